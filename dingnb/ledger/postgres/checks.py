"""Checks, when a notebook connects, whether sending with a team's database would work."""

from datetime import datetime

from dingnb.clock import BEIJING, NS_PER_S, Clock, seconds_to_ns
from dingnb.ledger.postgres.schema import privileges, tables
from dingnb.ledger.session import LedgerSession

CLOCK_TOLERANCE_S = 600
"""Maximum difference between the clocks of the database and of this computer, in seconds."""

_MAX_PRIVILEGES_SHOWN = 3
"""Maximum number of privileges named in an error: a user who is not a member of the role lacks many."""

_READ_ONLY = ("default_transaction_read_only = on", "hot standby")

_STATE = (
    "SELECT pg_is_in_recovery(), current_setting('transaction_read_only') = 'on',"
    " CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT) * 1000"
)


def why_no_ledger(db: LedgerSession) -> tuple[str, str]:
    """Return the problem of a database without a ledger that this user may read, and the user."""
    row = db.execute(
        "SELECT current_user, (SELECT has_schema_privilege(oid, 'USAGE') FROM pg_namespace WHERE nspname = 'dingnb')"
    ).fetchone()
    problems = {None: "no_tables", True: "not_ours", False: "no_access"}
    return problems[row[1]], str(row[0])


def find_problem(db: LedgerSession, clock: Clock) -> tuple[str, str] | None:
    """Return why sending with a ledger would not work, and the cause; None if sending would work."""
    is_replica, is_read_only, database_ns = db.execute(_STATE).fetchone()
    if is_replica or is_read_only:
        return "read_only", _READ_ONLY[is_replica]
    missing = _missing_privileges(db)
    if missing:
        more = f", … ({len(missing)})" if len(missing) > _MAX_PRIVILEGES_SHOWN else ""
        return "lacks_rights", ", ".join(missing[:_MAX_PRIVILEGES_SHOWN]) + more
    here_ns = clock.now_ns()
    if clock.is_real and abs(database_ns - here_ns) > seconds_to_ns(CLOCK_TOLERANCE_S):
        return "clock", f"{_format_time(database_ns)} / {_format_time(here_ns)}"
    return None


def _missing_privileges(db: LedgerSession) -> list[str]:
    needed = [(table, privilege) for table in tables() for privilege in privileges(table).split(", ")]
    values = ", ".join(["(CAST(? AS TEXT), CAST(? AS TEXT))"] * len(needed))
    rows = db.execute(
        f"SELECT needed.name, needed.privilege FROM (VALUES {values}) AS needed (name, privilege)"  # noqa: S608 - question marks
        " WHERE NOT has_table_privilege('dingnb.' || needed.name, needed.privilege)",
        [text for pair in needed for text in pair],
    )
    return [f"{privilege} ON {table}" for table, privilege in rows]


def _format_time(time_ns: int) -> str:
    return datetime.fromtimestamp(time_ns / NS_PER_S, BEIJING).strftime("%Y-%m-%d %H:%M:%S")

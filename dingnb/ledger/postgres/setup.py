"""
Creates and upgrades a team's ledger, which only the owner of its database may do.

Members of the team have a role that may read and write the rows of the ledger, and nothing else: the role owns nothing,
and cannot change tables.
"""

from collections.abc import Iterator
from itertools import count

from dingnb.auth.database_url import DatabaseUrl, parse_database_url
from dingnb.auth.secret import Secret, as_secret
from dingnb.errors.tracebacks import cleared_frames
from dingnb.ledger.migrations import VERSION
from dingnb.ledger.postgres.ledger import ADVISORY_LOCK, SETTINGS, PostgresLedger
from dingnb.ledger.postgres.schema import PRODUCT, privileges, tables, upgrade_statements
from dingnb.ledger.postgres.session import PostgresSession, connect

ROLE = "dingnb_team"
"""The role whose members may use the ledger."""

MAX_ROLE_BYTES = 63
"""Maximum length of a role's name in bytes; PostgreSQL would truncate a longer one."""

_CREATE_ROLE = """
DO {quote} BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {literal}) THEN
        CREATE ROLE {name} NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
    END IF;
END {quote}
"""

_IS_USED = "SELECT 1 FROM pg_class WHERE relnamespace = CAST('dingnb' AS regnamespace)"


def setup_script(database: str, role: str, version: int = 0) -> str:
    """
    Return the SQL that creates a ledger, or upgrades it, and lets the members of a role use it.

    Args:
        database: The name of the database.
        role: The name of the role, which is created if it does not exist.
        version: The version of the ledger to upgrade; 0 if there is no ledger yet.
    """
    return "".join(
        f"{statement.strip()};\n" for statement in ("BEGIN", *_statements(database, role, version), "COMMIT")
    )


def install_ledger(url: DatabaseUrl | Secret | str, role: str | None = None) -> int:
    """
    Create the tables of a ledger in a database, or upgrade them, and return their version.

    Only the owner of the database or of the schema ``dingnb`` may do so, while nobody is sending.

    Args:
        url: The address, with the owner as its user.
        role: The role whose members may use the ledger, created if it does not exist; None changes no privileges.

    Raises:
        InputError: The URL is invalid.
        LedgerError: The database cannot be used, or has the ledger of a newer dingnb or tables of another program.
        MissingPackageError: psycopg is not installed.
    """
    # First: the URL may contain a password, and tracebacks may show local variables.
    guarded_url = url if isinstance(url, DatabaseUrl) else as_secret(url)
    del url
    address = guarded_url if isinstance(guarded_url, DatabaseUrl) else parse_database_url(guarded_url)
    ledger = PostgresLedger(address)
    with cleared_frames(), ledger.translated_errors():
        session = PostgresSession(connect(address))
    with ledger.translated_errors():
        try:
            # Other sessions that install or upgrade a ledger wait here.
            session.run(f"BEGIN; SELECT pg_advisory_xact_lock({ADVISORY_LOCK}, 0)")
            version = _version_of(session, ledger)
            database = session.execute("SELECT current_database()").fetchone()[0]
            for statement in _statements(database, role, version):
                session.run(statement)
            session.run("COMMIT")
        finally:
            session.close()
    return VERSION


def _version_of(session: PostgresSession, ledger: PostgresLedger) -> int:
    """Return the version of the ledger in a database; 0 without a ledger."""
    if session.execute("SELECT 1 FROM pg_namespace WHERE nspname = 'dingnb'").fetchone() is None:
        return 0
    about = session.execute(
        "SELECT string_agg(attname, ',' ORDER BY attnum) FROM pg_attribute"
        " WHERE attrelid = to_regclass('dingnb.about') AND attnum > 0"
    ).fetchone()[0]
    if about is None and session.execute(_IS_USED).fetchone() is None:
        return 0
    if about != "product,version":
        ledger.refuse("not_ours")
    product, version = session.execute("SELECT product, version FROM dingnb.about").fetchone()
    if product != PRODUCT:
        ledger.refuse("not_ours")
    if version > VERSION:
        ledger.refuse("newer", version)
    return int(version)


def _statements(database: str, role: str | None, version: int) -> Iterator[str]:
    yield "CREATE SCHEMA IF NOT EXISTS dingnb"
    yield from (f"SET LOCAL {setting}" for setting in SETTINGS)
    yield from (statement.rstrip().removesuffix(";") for statement in upgrade_statements(version))
    if role is None:
        return
    name = _quoted(role)
    quote = next(quote for length in count() if (quote := f"${'q' * length}$") not in role)
    yield _CREATE_ROLE.format(name=name, literal="'" + role.replace("'", "''") + "'", quote=quote)
    yield "REVOKE ALL ON SCHEMA dingnb FROM PUBLIC"
    yield f"REVOKE ALL ON ALL TABLES IN SCHEMA dingnb FROM PUBLIC, {name}"
    yield f"GRANT CONNECT ON DATABASE {_quoted(database)} TO {name}"
    yield f"GRANT USAGE ON SCHEMA dingnb TO {name}"
    # For copies of the ledger, which keep the numbers of deleted rows from being used again.
    yield f"GRANT SELECT ON ALL SEQUENCES IN SCHEMA dingnb TO {name}"
    tables_by_privileges: dict[str, list[str]] = {}
    for table in tables():
        tables_by_privileges.setdefault(privileges(table), []).append(table)
    for granted, names in tables_by_privileges.items():
        yield f"GRANT {granted} ON {', '.join(names)} TO {name}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'

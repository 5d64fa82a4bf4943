"""
Compares a team's ledger in PostgreSQL with a ledger in a file: recording a plan, and reading a campaign's results.

A separate PostgreSQL is started in a temporary folder, with the usual durability, and reached by a socket: a network
adds its own time. Both ledgers do the same in turn, and the best of a few rounds counts. Each command prints one table:

    python benchmarks/team.py recording
    python benchmarks/team.py results
"""

import argparse
import contextlib
import io
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from campaigns import completion_script, digest_of, record_plan
from planning import EQUAL, PERSONAL, create_frame
from table import Figure, print_table
from timing import seconds

import dingnb
from dingnb.campaigns.plan import Plan
from dingnb.ledger import Ledger, SqliteLedger
from dingnb.ledger.migrations import split

# Tools are not installed.
sys.path.append(str(Path(__file__).parents[1]))

MESSAGES = {"personal": PERSONAL, "equal": EQUAL}
LIMIT = 3.0
"""Largest ratio of the time with a team's ledger to the time with a file."""

IN_POSTGRES = (
    ("one.key", "(one.place - 1)"),
    (
        """JOIN json_each('["' || replace(userids, ',', '","') || '"]') AS one""",
        "CROSS JOIN LATERAL string_to_table(userids, ',') WITH ORDINALITY AS one (userid, place)",
    ),
)
"""Parts of the completion script for SQLite, and their replacements for PostgreSQL."""

Connect = Callable[[], dict[str, dingnb.DingTalk]]


@contextlib.contextmanager
def two_ledgers() -> Iterator[Connect]:
    """Start a PostgreSQL, and yield a function that returns connections with an empty ledger of each kind."""
    from dingnb.auth.database_url import parse_database_url  # noqa: PLC0415 - see above
    from dingnb.ledger.postgres.setup import install_ledger  # noqa: PLC0415 - likewise
    from tools.postgres_server import start_server  # noqa: PLC0415 - likewise

    server, number = start_server(), 0

    def connect() -> dict[str, dingnb.DingTalk]:
        nonlocal number
        number += 1
        server.run(f"CREATE DATABASE ledger{number}")
        url = server.url(f"ledger{number}")
        install_ledger(parse_database_url(url))
        places = {"SQLite": tempfile.mkdtemp(prefix="dingnb-"), "PostgreSQL": url}
        return {name: dingnb.connect("sandbox", ledger=place) for name, place in places.items()}

    try:
        yield connect
    finally:
        server.remove()


def record_s(plan: Plan, name: str) -> float:
    """Record a plan, and return the time."""
    # Not part of what is measured.
    digest_of(plan)
    return seconds(lambda: record_plan(plan, name))


def settle(ledger: Ledger, now_ns: int) -> None:
    """Complete a recorded campaign as a send and a `wait` would."""
    script = completion_script(now_ns)
    if not isinstance(ledger, SqliteLedger):
        for word, replacement in IN_POSTGRES:
            script = script.replace(word, replacement)
    with ledger.transaction() as db:
        for statement in split(script):
            db.execute(statement)


def recording(connect: Connect, rows: int, rounds: int) -> list[Figure]:
    """Return the time for recording plans of a number of people."""
    figures = []
    for kind, message in MESSAGES.items():
        times: dict[str, list[float]] = {}
        for _ in range(rounds):
            for name, ding in connect().items():
                plan = ding.plan(create_frame(rows), message)
                times.setdefault(name, []).append(record_s(plan, kind))
        figures.append(_figure(f"record {rows:,} rows, {kind}", times))
    return figures


def results(connect: Connect, rows: int, rounds: int) -> list[Figure]:
    """Return the time for reading the results of a number of people: of a campaign at hand, and found by name."""
    figures = []
    for kind, message in MESSAGES.items():
        connected = connect()
        for ding in connected.values():
            plan = ding.plan(create_frame(rows), message)
            record_s(plan, kind)
            settle(plan._context.ledger, plan._context.now_ns())  # noqa: SLF001 - the ledger is changed directly
        runs = {name: ding.campaign(kind) for name, ding in connected.items()}
        at_hand: dict[str, list[float]] = {}
        by_name: dict[str, list[float]] = {}
        for _ in range(rounds):
            for name, run in runs.items():
                at_hand.setdefault(name, []).append(seconds(run.results))
            for name, ding in connected.items():
                by_name.setdefault(name, []).append(seconds(partial(_results_by_name, ding, kind)))
        figures.append(_figure(f"results of {rows:,} rows, {kind}", at_hand))
        figures.append(_figure(f"results of {rows:,} rows, {kind}, found by name", by_name))
    return figures


def _results_by_name(ding: dingnb.DingTalk, name: str) -> object:
    return ding.campaign(name).results()


def _figure(what: str, times: dict[str, list[float]]) -> Figure:
    return Figure(what, min(times["PostgreSQL"]), "SQLite", min(times["SQLite"]), "s", LIMIT)


TABLES = {"recording": recording, "results": results}


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", choices=TABLES, help="what to measure")
    parser.add_argument("--rows", type=int, default=1_000_000, help="people of a plan (default: 1,000,000)")
    parser.add_argument("--rounds", type=int, default=3, help="how often; the fastest counts (default: 3)")
    arguments = parser.parse_args()
    with contextlib.redirect_stdout(io.StringIO()), two_ledgers() as connect:
        figures = TABLES[arguments.table](connect, arguments.rows, arguments.rounds)
    return print_table(figures)


if __name__ == "__main__":
    sys.exit(main())

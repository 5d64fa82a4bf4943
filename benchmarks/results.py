"""
Measures results: reading a million results, the calls needed to query results, and the cost for a concurrent send.

The yardstick for reading is `pandas.read_sql` of a plain table in the same file with exactly these rows and columns;
the yardstick for calls is one call per task. A send at 20 calls a second is timed with and without continuous
`results()`, in turn, in real time over loopback: with the sandbox in this and in another process.
"""

import argparse
import contextlib
import dataclasses
import io
import os
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager

import pacing
import pandas as pd
import requests
from campaigns import completion_script, record_plan
from planning import EQUAL, PERSONAL, create_frame
from sending import connect, server
from table import Figure, print_table
from timing import seconds

import dingnb
from dingnb.campaigns.campaign import Campaign
from dingnb.clock import VirtualClock
from dingnb.limits import STANDARD
from dingnb.sandbox import SandboxSettings, start

MESSAGES = {"personal": PERSONAL, "equal": EQUAL}
PEOPLE = 10_000
DONE_AFTER_S = (1.0, 5.0, 30.0, 60.0, 600.0)
MOST_AWAITED_S = 60.0
"""If tasks take longer, each early query costs an extra call, while fewer queries would delay results."""

PEOPLE_PER_CALL = (1, 100)

LIMITS = dataclasses.replace(STANDARD, people_per_minute=10**7, calls_per_month=10**8)
"""
Limits of a standard organisation, except calls per month and people per minute: with 5,000 people per minute, 400 calls
of 100 people would take eight minutes.
"""

SERVER = """
import dataclasses, sys
from dingnb.limits import STANDARD
from dingnb.sandbox import SandboxSettings, serve
big = dict(people_per_minute=10**7, calls_per_month=10**8, ip_calls_per_20_s=10**8)
serve(SandboxSettings(users=int(sys.argv[1]), limits=dataclasses.replace(STANDARD, **big)), port=0)
"""


def measure_reading(rows: int, kind: str, rounds: int) -> list[Figure]:
    """Return the time for reading the results of a number of people: of a campaign at hand, and found by name."""
    os.environ["DINGNB_HOME"] = tempfile.mkdtemp(prefix="dingnb-")
    ding = dingnb.connect("sandbox")
    plan = ding.plan(create_frame(rows), MESSAGES[kind])
    context = plan._context  # noqa: SLF001 - the ledger is changed directly
    record_plan(plan, kind)
    with contextlib.closing(sqlite3.connect(context.ledger.place)) as db:
        db.executescript(completion_script(context.now_ns()))
    run = ding.campaign(kind)
    with contextlib.closing(sqlite3.connect(context.ledger.place)) as db:
        write_plain(run.results(), db)
        works: dict[str, Callable[[], object]] = {
            "read_sql": lambda: pd.read_sql("SELECT * FROM plain", db),
            "at hand": run.results,
            "by name": lambda: ding.campaign(kind).results(),
        }
        times = [[seconds(work) for work in works.values()] for _ in range(rounds)]
    best = dict(zip(works, map(min, zip(*times, strict=True)), strict=True))
    what = f"results of {rows:,} people, {kind}"
    return [
        Figure(what, best["at hand"], "pandas.read_sql", best["read_sql"], "s", 1.5),
        Figure(f"{what}, found by name", best["by name"], "pandas.read_sql", best["read_sql"], "s", None),
    ]


def write_plain(results: pd.DataFrame, db: sqlite3.Connection) -> None:
    """Write results as a table of texts and integers, which `read_sql` reads fastest."""
    plain = results.astype({"status": "str", "read": "Int64"})
    for name in ("sent_at", "updated_at"):
        plain[name] = plain[name].astype("int64")
    plain.to_sql("plain", db, index=False)


def count_result_calls(people: int, done_after_s: float) -> int:
    """Return the number of calls for the results of a number of people with one text, not counting calls that send."""
    clock = VirtualClock()
    os.environ["DINGNB_HOME"] = tempfile.mkdtemp(prefix="dingnb-")
    settings = SandboxSettings(users=round(people * 1.1), task_done_after_s=done_after_s)
    with start(settings, clock) as sandbox:
        ding = pacing.connect(sandbox, clock, 0.0)
        run = ding.plan(pacing.list_people(sandbox, people), EQUAL).send("benchmark")
        sent: int = sandbox.state.stats()["calls_counted"]
        run.wait()
        pacing.check(run.results()["status"].isin(["delivered", "read"]).all(), "Some outcomes are unknown.")
        known: int = sandbox.state.stats()["calls_counted"]
        return known - sent


@contextlib.contextmanager
def sandbox_here(users: int) -> Iterator[str]:
    """Run a sandbox in this process, and yield its address."""
    with start(SandboxSettings(users=users, limits=LIMITS)) as sandbox:
        yield sandbox.base_url


WHERE: Mapping[str, Callable[[int], AbstractContextManager[str]]] = {
    "in this process": sandbox_here,
    "in its own process": lambda users: server(users, SERVER),
}


def measure_sending(where: str, calls: int, people_per_call: int, rounds: int) -> Figure:
    """Return the time of a send with and without concurrent reading, in turn: the best time of each."""
    os.environ["DINGNB_HOME"] = tempfile.mkdtemp(prefix="dingnb-")
    people = calls * people_per_call
    with WHERE[where](round(people * 1.1) + 10) as url:
        ding = connect(url, LIMITS)
        ding.token()
        everybody = requests.get(f"{url}/_sandbox/users", timeout=60).json()
        userids = [person["userid"] for person in everybody if person["active"]][:people]
        frame = pd.DataFrame({"userid": userids, "n": [row // people_per_call for row in range(people)]})
        times = [
            [seconds_of_sending(ding, frame, f"{work.__name__} {number}", work) for work in (wait, read_repeatedly)]
            for number in range(rounds)
        ]
    alone_s, read_s = map(min, zip(*times, strict=True))
    what = f"send {calls} calls of {people_per_call}, sandbox {where}"
    return Figure(f"{what}, results read", read_s, "not read", alone_s, "s", 1.02)


def seconds_of_sending(
    ding: dingnb.DingTalk, frame: pd.DataFrame, name: str, work: Callable[[Campaign], None]
) -> float:
    """Return the time of sending under a name while some work runs."""
    plan = ding.plan(frame, dingnb.text(name + " {{ n }}"))
    # The calls of the last second count towards this send as well.
    time.sleep(1.5)
    took_s = seconds(lambda: work(plan.send(name, wait=False)))
    pacing.check((ding.campaign(name).results()["status"] == "accepted").all(), "Not everybody was sent to.")
    return took_s


def wait(run: Campaign) -> None:
    """Wait until a campaign has ended."""
    run.wait("sent", check=False)


def read_repeatedly(run: Campaign) -> None:
    """Read the results of a campaign repeatedly until it has ended."""
    while run.state == "running":
        run.results()
    run.wait("sent", check=False)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--rows", type=int, default=1_000_000, help="people whose results are read (default: 1,000,000)"
    )
    parser.add_argument("--calls", type=int, default=400, help="calls of a send (default: 400)")
    parser.add_argument("--rounds", type=int, default=3, help="how often; the fastest counts (default: 3)")
    arguments = parser.parse_args()
    rows, calls, rounds = arguments.rows, arguments.calls, arguments.rounds
    with contextlib.redirect_stdout(io.StringIO()):
        figures = [figure for kind in MESSAGES for figure in measure_reading(rows, kind, rounds)]
        figures += [
            Figure(
                f"calls to know all of {PEOPLE:,}, done after {done_after_s:g} s",
                count_result_calls(PEOPLE, done_after_s),
                "one a task",
                PEOPLE / 100,
                "calls",
                1.05 if done_after_s <= MOST_AWAITED_S else None,
            )
            for done_after_s in DONE_AFTER_S
        ]
        figures += [measure_sending(where, calls, people, rounds) for where in WHERE for people in PEOPLE_PER_CALL]
    return print_table(figures)


if __name__ == "__main__":
    sys.exit(main())

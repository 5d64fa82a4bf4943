"""
Measures reading the directory: calls, time at DingTalk's pace, and time from the ledger.

The sandbox runs in its own process and allows 20 calls a second of each API, as DingTalk does. The minimum of calls is,
for each department, one for the departments below and one for each page of its people. The minimum time is the time of
the API with more calls: both APIs are called side by side.
"""

import argparse
import contextlib
import dataclasses
import io
import os
import sys
import tempfile
import time

import requests
from sending import connect, server
from table import Figure, print_table

import dingnb
from dingnb.api import contacts
from dingnb.limits import STANDARD

SERVER = """
import sys
from dingnb.sandbox import SandboxSettings, serve
serve(SandboxSettings(users=int(sys.argv[1])), port=0)
"""
LIMITS = dataclasses.replace(STANDARD, calls_per_second=10**6)
DIRECTORY = (contacts.SUB_DEPARTMENTS, contacts.PEOPLE, contacts.USERIDS, contacts.DEPARTMENT, contacts.SCOPES)


def floors(url: str) -> tuple[int, int]:
    """Return the fewest calls for departments and for pages of people."""
    found = requests.get(f"{url}/_sandbox/departments", timeout=600).json()
    return len(found), sum(max(1, -(-department["people"] // contacts.PEOPLE_PER_PAGE)) for department in found)


def count_calls(url: str) -> int:
    """Return how many calls for the directory were made."""
    found = requests.get(f"{url}/_sandbox/calls", timeout=60).json()
    return sum(call["path"] in DIRECTORY for call in found)


def seconds_to_read(ding: dingnb.DingTalk, staff: int) -> float:
    """Return the seconds of reading everybody."""
    with contextlib.redirect_stdout(io.StringIO()):
        started = time.perf_counter()
        frame = ding.people(everybody=True)
        taken_s = time.perf_counter() - started
    if len(frame) != staff:
        sys.exit(f"{len(frame)} of {staff} people were read.")
    return taken_s


def count_staff(url: str) -> int:
    """Return how many people there are."""
    return sum(person["active"] for person in requests.get(f"{url}/_sandbox/users", timeout=600).json())


def measure_walk(users: int) -> list[Figure]:
    """Return the figures of reading an organisation at DingTalk's pace."""
    os.environ["DINGNB_HOME"] = tempfile.mkdtemp(prefix="dingnb-")
    with server(users, SERVER) as url:
        departments, pages = floors(url)
        taken_s = seconds_to_read(connect(url, STANDARD), count_staff(url))
        made, throttled = count_calls(url), requests.get(f"{url}/_sandbox/stats", timeout=60).json()["throttled"]
    if throttled:
        sys.exit(f"{throttled} calls were throttled.")
    what = f"read {users:,} people in {departments:,} departments"
    floor_s = max(departments, pages) / STANDARD.calls_per_second
    return [
        Figure(f"calls to {what}", made, "departments + pages", departments + pages, "calls", 1.05),
        Figure(f"time to {what}, 0 throttled", taken_s, "one API at 20 a second", floor_s, "s", 1.05),
        Figure("the same", taken_s, "all calls at 20 a second", made / STANDARD.calls_per_second, "s", 1.05),
    ]


def measure_ledger(users: int) -> list[Figure]:
    """Return the figures of a large organisation without limits: read, and known from the ledger."""
    os.environ["DINGNB_HOME"] = tempfile.mkdtemp(prefix="dingnb-")
    with server(users) as url:
        staff = count_staff(url)
        first_s = seconds_to_read(connect(url, LIMITS), staff)
        again_s = min(seconds_to_read(connect(url, LIMITS), staff) for _ in range(3))
    return [Figure(f"{users:,} people from the ledger", again_s, "read without a limit", first_s, "s", None)]


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=10_000, help="people read at DingTalk's pace (default: 10,000)")
    parser.add_argument("--known", type=int, default=100_000, help="people known from the ledger (default: 100,000)")
    arguments = parser.parse_args()
    return print_table([*measure_walk(arguments.users), *measure_ledger(arguments.known)])


if __name__ == "__main__":
    sys.exit(main())

"""
Measures the cost of the ledger: recording a plan, and the time to the first call when resuming after a kill.

The yardstick for recording is a bare `executemany` of the same rows, with their columns serialised as JSON, into a file
with the same settings; the yardstick for running again is planning and serialising the columns, in the same process.
Wall time, which includes waiting for the disk.
"""

import argparse
import contextlib
import io
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from campaigns import digest_of, record_plan
from planning import EQUAL, PERSONAL, create_frame
from sending import connect, server
from table import Figure, print_table
from timing import seconds

import dingnb
from dingnb.api import work_notifications
from dingnb.auth import Caller
from dingnb.campaigns.plan import Plan
from dingnb.ledger import SqliteLedger

KILLED_AFTER = 300
MESSAGES = {"personal": PERSONAL, "equal": EQUAL}


def plan_of(ding: dingnb.DingTalk, frame: pd.DataFrame, kind: str) -> Plan:
    """Return a plan of the given kind."""
    return ding.plan(frame, MESSAGES[kind])


def recording_s(plan: Plan, name: str) -> tuple[float, float]:
    """Return the time for recording a plan, and for a bare executemany of the same rows."""
    # Not part of what is measured.
    digest_of(plan)
    took_s = seconds(lambda: record_plan(plan, name))
    ledger = plan._context.ledger  # noqa: SLF001 - its rows are read directly
    with ledger.connection() as db:
        number = db.execute("SELECT id FROM campaigns WHERE name = ?", (name,)).fetchone()[0]
        rows = db.execute(
            "SELECT id, campaign, content, userids, size, keys, status, attempts, sent_ns, updated_ns, code, reason,"
            " hint FROM batches WHERE campaign = ?",
            (number,),
        ).fetchall()
        columns = db.execute(
            "SELECT batch, fields FROM recipient_fields JOIN batches ON batches.id = batch WHERE campaign = ?",
            (number,),
        ).fetchall()
    return took_s, bare_s(Path(ledger.place).with_name(f"bare-{name}.sqlite3"), rows, columns)


def bare_s(path: Path, rows: list[tuple[object, ...]], columns: list[tuple[int, str]]) -> float:
    """Return the time for an executemany of batches, and of their recipients' columns as JSON, in one transaction."""
    values = [(batch, json.loads(fields)) for batch, fields in columns]
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("CREATE TABLE batches (id INTEGER PRIMARY KEY, a, b, c, d, e, f, g, h, i, j, k, l)")
        db.execute("CREATE TABLE recipient_fields (batch INTEGER PRIMARY KEY, fields)")
        began = time.perf_counter()
        db.execute("BEGIN")
        db.executemany("INSERT INTO batches VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
        texts = ((batch, json.dumps(fields, ensure_ascii=False)) for batch, fields in values)
        db.executemany("INSERT INTO recipient_fields VALUES (?, ?)", texts)
        db.execute("COMMIT")
        return time.perf_counter() - began


def run_sender(url: str, kind: str, rows: int, role: str) -> None:
    """Send like a notebook cell: exit after some calls, or print the time of the first call."""
    ding = connect(url)
    # As in a kernel where other cells have run before.
    ding.token()
    with SqliteLedger().connection():
        pass
    frame, message = create_frame(rows), MESSAGES[kind]
    columns = [name for name in frame if name in {"name", *message.columns}]

    def plan_and_serialize() -> None:
        ding.plan(frame, message)
        json.dumps([frame.index.tolist(), *(frame[name].tolist() for name in columns)])

    planning_s = min(seconds(plan_and_serialize) for _ in range(3))
    calls, send, first_call = 0, work_notifications.send, threading.Lock()
    began = 0.0

    def count_and_send(caller: Caller, agent_id: int, userids: Sequence[str], body: bytes) -> int:
        nonlocal calls
        calls += 1
        if role == "die" and calls > KILLED_AFTER:
            os.kill(os.getpid(), 9)
        if role == "again":
            # Another thread may be about to make the second call.
            first_call.acquire()
            times = {"planning_s": planning_s, "first_call_s": time.perf_counter() - began}
            os.write(1, json.dumps(times).encode())
            os._exit(0)
        return send(caller, agent_id, userids, body)

    work_notifications.send = count_and_send
    began = time.perf_counter()
    with contextlib.redirect_stdout(io.StringIO()):
        ding.plan(frame, message).send(kind)


def again_s(url: str, kind: str, rows: int, rounds: int) -> tuple[float, float]:
    """Kill a sender, and return the next senders' times until the first call, and for planning."""
    command = (sys.executable, __file__, "--rows", str(rows), "--sender", url, kind)
    subprocess.run([*command, "die"], check=False)  # noqa: S603 - our own command
    runs = []
    for _ in range(rounds):
        done = subprocess.run([*command, "again"], check=True, capture_output=True)  # noqa: S603 - likewise
        # Planning that takes seconds prints its progress before.
        runs.append(json.loads(done.stdout.splitlines()[-1]))
    best = min(runs, key=lambda run: run["first_call_s"] / run["planning_s"])
    return best["first_call_s"], best["planning_s"]


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows to record (default: 1,000,000)")
    parser.add_argument("--again", type=int, default=100_000, help="people of the killed campaign (default: 100,000)")
    parser.add_argument("--rounds", type=int, default=3, help="how often; the best counts (default: 3)")
    parser.add_argument("--sender", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.sender:
        url, kind, role = arguments.sender
        run_sender(url, kind, arguments.rows, role)
        return 0
    os.environ["DINGNB_HOME"] = tempfile.mkdtemp(prefix="dingnb-")
    rows, tenth = arguments.rows, arguments.rows // 10
    figures = []
    with server(10) as url:
        ding = connect(url)
        frame = create_frame(rows)
        small = [
            recording_s(plan_of(ding, frame[:tenth], kind), f"{kind}-{n}")[0] for kind in MESSAGES for n in range(5)
        ]
        for position, kind in enumerate(MESSAGES):
            took_s, bare = min(
                (recording_s(plan_of(ding, frame, kind), f"{kind}-whole-{n}") for n in range(arguments.rounds)),
                key=lambda pair: pair[0] / pair[1],
            )
            figures.append(Figure(f"record {rows:,} rows, {kind}", took_s, "bare executemany", bare, "s", 2))
            if kind == "personal":
                tenth_s = sum(small[position * 5 : position * 5 + 5]) / 5
                figures.append(Figure(f"record {rows:,} rows, {kind}", took_s, f"record {tenth:,}", tenth_s, "s", 11))
        for kind in MESSAGES:
            first_s, planning_s = again_s(url, kind, arguments.again, arguments.rounds)
            what = f"{arguments.again:,} {kind}, again after a kill"
            figures.append(Figure(what, first_s, "planning, and JSON of columns", planning_s, "s", 1.5))
    return print_table(figures)


if __name__ == "__main__":
    sys.exit(main())

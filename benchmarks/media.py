"""
Measures what files cost: uploads, also after a kill, CPU time of a file and its message, and memory.

The yardstick of uploads is the number of different contents. The yardstick of the CPU time is a bare loop of
`requests.Session.post` that makes the same two calls with the same files; campaign and loop take turns, and the best
round of each counts. Memory is the maximum growth of a process that sends a campaign of large files, in terms of one
file; measuring it needs Linux. The sandbox runs in its own process, without effective limits, and stores at most 2 GB.
"""

import argparse
import contextlib
import io
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import requests
from matplotlib.figure import Figure as Chart
from sending import SEND, connect, server
from table import Figure, print_table

import dingnb
from dingnb.api.media import UPLOAD
from dingnb.calls.workers import MAX_WORKERS
from dingnb.sandbox import SandboxSettings

MB = 2**20
KB = 1_000
AGENT_ID = SandboxSettings().agent_id
STATUS = Path("/proc/self/status")
RESET_PEAK = Path("/proc/self/clear_refs"), "5"


def write_files(folder: Path, count: int, size: int) -> list[Path]:
    """Write files of different content, which take no room on file systems with sparse files."""
    folder.mkdir()
    paths = [folder / f"payslip_{number}.pdf" for number in range(count)]
    for number, path in enumerate(paths):
        with path.open("wb") as file:
            file.write(f"%PDF-1.7 {number} ".encode())
            file.truncate(size)
    return paths


def send(url: str, name: str, paths: Sequence[str], people: Sequence[str]) -> tuple[float, float]:
    """Send each file to a person, and return the CPU seconds of the plan and of sending it."""
    ding = connect(url)
    ding.token()
    frame = pd.DataFrame({"userid": people, "path": paths})
    with contextlib.redirect_stdout(io.StringIO()):
        began = time.process_time()
        plan = ding.plan(frame, dingnb.file("{{ path }}"))
        planned = time.process_time()
        run = plan.send(name)
        ended = time.process_time()
    if not (run.results()["status"] == "accepted").all():
        sys.exit("Not everybody was sent to.")
    return planned - began, ended - planned


def send_in_child(url: str, paths: Sequence[Path], people: Sequence[str], role: str) -> "subprocess.Popen[str]":
    """Start a process that sends each file to a person."""
    child = subprocess.Popen(  # noqa: S603 - this very command
        [sys.executable, __file__, "--child", role], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdin is not None  # noqa: S101 - for the type checker
    with child.stdin:
        child.stdin.write(json.dumps([url, [str(path) for path in paths], list(people)]))
    return child


def run_child(role: str) -> None:
    """Send what the standard input says; for memory, write by how many megabytes this process grew at most."""
    url, paths, people = json.load(sys.stdin)
    if role == "memory":
        with tempfile.TemporaryDirectory(prefix="dingnb-") as folder:
            send(url, "first", [str(file) for file in write_files(Path(folder) / "first", 1, KB)], people[:1])
        RESET_PEAK[0].write_text(RESET_PEAK[1], encoding="ascii")
        before = peak_kb()
    send(url, role, paths, people)
    if role == "memory":
        print((peak_kb() - before) / 1_024)


def peak_kb() -> int:
    """Return the largest size of this process in memory since that was reset."""
    return int(STATUS.read_text(encoding="ascii").partition("VmHWM:")[2].split()[0])


def bare_s(url: str, token: str, paths: Sequence[Path], people: Sequence[str]) -> float:
    """Return the CPU seconds of a loop that posts each file, and a message with the file."""
    query = {"access_token": token}
    with requests.Session() as session:
        began = time.process_time()
        for path, userid in zip(paths, people, strict=True):
            with path.open("rb") as file:
                parts = {"media": (path.name, file, "application/pdf")}
                answer = session.post(f"{url}{UPLOAD}", params={**query, "type": "file"}, files=parts).json()
            message = {"msgtype": "file", "file": {"media_id": answer["media_id"]}}
            body = {"agent_id": AGENT_ID, "userid_list": userid, "msg": message}
            if session.post(f"{url}{SEND}", params=query, json=body).json()["errcode"] != 0:
                sys.exit("The bare loop failed.")
        return time.process_time() - began


def count_uploads(url: str) -> int:
    """Return how many uploads the sandbox has received."""
    return len(requests.get(f"{url}/_sandbox/media", timeout=60).json())


def count_uploads_of_chart(url: str, people: Sequence[str]) -> int:
    """Send a chart to everybody, and return how many uploads that took."""
    chart = Chart()
    chart.subplots().plot([1, 3, 2])
    before = count_uploads(url)
    with contextlib.redirect_stdout(io.StringIO()):
        run = connect(url).plan(pd.DataFrame({"userid": people}), dingnb.image(chart)).send("chart")
    if not (run.results()["status"] == "accepted").all():
        sys.exit("Not everybody was sent to.")
    return count_uploads(url) - before


def count_uploads_with_kill(url: str, paths: Sequence[Path], people: Sequence[str]) -> int:
    """Kill a process in the middle of a campaign, let another process finish, and return the number of uploads."""
    before = count_uploads(url)
    first = send_in_child(url, paths, people, "killed")
    while count_uploads(url) - before < len(paths) // 2:
        if first.poll() is not None:
            sys.exit("The campaign ended before it could be killed.")
    first.kill()
    first.wait()
    if send_in_child(url, paths, people, "killed").wait():
        sys.exit("The campaign could not be finished after the kill.")
    return count_uploads(url) - before


def grown_mb(url: str, paths: Sequence[Path], people: Sequence[str]) -> float:
    """Return by how many megabytes a process grows at most while it plans and sends."""
    child = send_in_child(url, paths, people, "memory")
    assert child.stdout is not None  # noqa: S101 - for the type checker
    with child.stdout:
        return float(child.stdout.read())


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=5_000, help="people who get one chart (default: 5,000)")
    parser.add_argument("--killed", type=int, default=500, help="files of the killed campaign (default: 500)")
    parser.add_argument("--files", type=int, default=1_000, help="files of 200 kB in a round (default: 1,000)")
    parser.add_argument("--rounds", type=int, default=3, help="how often; the fastest counts (default: 3)")
    parser.add_argument("--large", type=int, default=1_000, help="files of 10 MB (default: 1,000)")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        run_child(arguments.child)
        return 0
    most = max(arguments.people, arguments.killed, arguments.files, arguments.large)
    with tempfile.TemporaryDirectory(prefix="dingnb-") as name, server(most) as url:
        folder = Path(name)
        people = [person["userid"] for person in requests.get(f"{url}/_sandbox/users", timeout=60).json()]
        os.environ["DINGNB_HOME"] = str(folder / "ledger")
        token = connect(url).token().reveal()
        chart = count_uploads_of_chart(url, people[: arguments.people])
        some = write_files(folder / "killed", arguments.killed, KB)
        after_kill = count_uploads_with_kill(url, some, people[: len(some)])
        small, bare, ours, plans = write_files(folder / "small", arguments.files, 200 * KB), [], [], []
        for number in range(arguments.rounds):
            bare.append(bare_s(url, token, small, people[: len(small)]))
            # Another ledger has no upload to use again.
            os.environ["DINGNB_HOME"] = str(folder / f"ledger-{number}")
            took = send(url, "small", [str(content) for content in small], people[: len(small)])
            plans.append(took[0])
            ours.append(took[1])
        large = write_files(folder / "large", arguments.large, 10 * MB)
        memory = grown_mb(url, large, people[: len(large)])
    bare_ms, ours_ms, plan_ms = (min(times) / len(small) * 1e3 for times in (bare, ours, plans))
    in_flight = (len(some) + MAX_WORKERS) / len(some)
    return print_table(
        [
            Figure(f"uploads of one chart for {arguments.people:,} people", chart, "one", 1.0, "", 1.0),
            Figure(f"uploads of {len(some):,} files with a kill", after_kill, "files", len(some), "", in_flight),
            Figure("CPU of a file of 200 kB and its message", ours_ms, "the same two posts", bare_ms, "ms", 1.3),
            Figure("CPU of a file of 200 kB in the plan", plan_ms, "the same two posts", bare_ms, "ms", None),
            Figure(f"memory while {len(large):,} files of 10 MB are sent", memory, "one file", 10.0, "MB", 3.0),
        ]
    )


if __name__ == "__main__":
    sys.exit(main())

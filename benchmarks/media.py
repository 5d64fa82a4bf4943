"""
Measures what uploads cost this computer: CPU time of a file and its message, and memory while large files are sent.

The yardstick of the CPU time is a bare loop of `requests.Session.post` that makes the same two calls against the same
sandbox, which runs in its own process with limits that hold nobody up. The two take turns, and the best round of each
counts. Memory is measured in a process of its own: how much it grows at most, in terms of one file.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import psutil
import requests
from sending import SEND, server
from table import Figure, print_table

from dingnb.api import media, work_notifications
from dingnb.auth import App, Caller, Secret, TokenSource
from dingnb.clock import SystemClock
from dingnb.ledger import Ledger, LedgerSession, Realm, uploads
from dingnb.ledger.uploads import Upload
from dingnb.limits import STANDARD
from dingnb.media import Content, content_of
from dingnb.messages.validation import encode
from dingnb.sandbox import SandboxSettings
from dingnb.transport import Hosts, Route, Transport

MB = 2**20
KB = 1_000
REALM = Realm.of("SANDBOX", "benchmark", "key", "k…y")
AGENT_ID = SandboxSettings().agent_id


def write_files(folder: Path, count: int, size: int) -> list[Path]:
    """Write files of different content."""
    paths = []
    for number in range(count):
        path = folder / f"payslip_{number}.pdf"
        with path.open("wb") as file:
            file.write(f"%PDF-1.7 {number} ".encode())
            file.truncate(size)
        paths.append(path)
    return paths


def bare_s(url: str, token: str, paths: Sequence[Path], people: Sequence[str]) -> float:
    """Return the CPU seconds of a loop that posts each file, and a message with it."""
    query = {"access_token": token}
    with requests.Session() as session:
        began = time.process_time()
        for path, userid in zip(paths, people, strict=True):
            with path.open("rb") as file:
                parts = {"media": (path.name, file, "application/pdf")}
                answer = session.post(f"{url}{media.UPLOAD}", params={**query, "type": "file"}, files=parts).json()
            message = {"msgtype": "file", "file": {"media_id": answer["media_id"]}}
            body = {"agent_id": AGENT_ID, "userid_list": userid, "msg": message}
            if session.post(f"{url}{SEND}", params=query, json=body).json()["errcode"] != 0:
                sys.exit("The bare loop failed.")
        return time.process_time() - began


class Sender:
    """Uploads files and sends them, as a campaign does: hashed, looked up, recorded, with the ledger kept open."""

    def __init__(self, url: str, ledger: Ledger, db: LedgerSession) -> None:
        settings, hosts = SandboxSettings(), Hosts(url, url)
        app = App(settings.app_key, Secret(settings.app_secret), settings.agent_id)
        transport = Transport(Route(hosts))
        self._caller = Caller(transport, TokenSource(app, transport, hosts, clock=SystemClock()))
        self._ledger, self._db = ledger, db

    def send(self, path: Path, userid: str) -> None:
        """Send a file to a person."""
        content = content_of(path, "file")
        body = encode({"msgtype": "file", "file": {"media_id": self._media_id(content)}})
        work_notifications.send(self._caller, AGENT_ID, [userid], body)

    def _media_id(self, content: Content) -> str:
        now_ns = time.time_ns()
        known = uploads.find(self._db, REALM, content.kind, [content.sha256], now_ns, STANDARD.media_lifetime_s)
        if known:
            return known[-1].media_id
        found = media.upload(self._caller, content)
        row = Upload(content.kind, content.sha256, found.media_id, content.size, content.name, now_ns)
        with self._ledger.writing(self._db) as db:
            uploads.add(db, REALM, row)
        return found.media_id


def ours_s(url: str, folder: Path, paths: Sequence[Path], people: Sequence[str]) -> float:
    """Return the CPU seconds of sending each file to a person."""
    ledger = Ledger(folder)
    with ledger.connection() as db:
        sender = Sender(url, ledger, db)
        sender.send(paths[0], people[0])
        began = time.process_time()
        for path, userid in zip(paths[1:], people[1:], strict=True):
            sender.send(path, userid)
        return (time.process_time() - began) * len(paths) / (len(paths) - 1)


def grown_mb(url: str, folder: Path, paths: Sequence[Path], people: Sequence[str]) -> float:
    """Return by how many megabytes this process grows at most while it sends each file to a person."""
    ledger = Ledger(folder / "ledger")
    with ledger.connection() as db:
        sender = Sender(url, ledger, db)
        sender.send(write_files(folder, 1, KB)[0], people[0])
        before = psutil.Process().memory_info().rss
        for path, userid in zip(paths, people, strict=True):
            sender.send(path, userid)
    return max(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1_024 - before, 0) / MB


def measured_memory(url: str, paths: Sequence[Path], people: Sequence[str]) -> float:
    """Return `grown_mb` of a fresh process."""
    given = json.dumps([url, [str(one) for one in paths], list(people)])
    done = subprocess.run(  # noqa: S603 - this very command
        [sys.executable, __file__, "--child"], input=given, capture_output=True, text=True, check=True
    )
    return float(done.stdout)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=1_000, help="files of 200 kB in a round (default: 1,000)")
    parser.add_argument("--rounds", type=int, default=3, help="how often; the fastest counts (default: 3)")
    parser.add_argument("--large", type=int, default=1_000, help="files of 10 MB (default: 1,000; they need the disk)")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        url, paths, people = json.load(sys.stdin)
        with tempfile.TemporaryDirectory(prefix="dingnb-") as folder:
            print(grown_mb(url, Path(folder), [Path(one) for one in paths], people))
        return 0
    with (
        tempfile.TemporaryDirectory(prefix="dingnb-") as name,
        server(2 * max(arguments.files, arguments.large)) as url,
    ):
        os.environ["DINGNB_HOME"] = name
        people = [one["userid"] for one in requests.get(f"{url}/_sandbox/users", timeout=60).json() if one["active"]]
        settings = SandboxSettings()
        keys = {"appkey": settings.app_key, "appsecret": settings.app_secret}
        token = requests.get(f"{url}/gettoken", params=keys, timeout=60).json()["access_token"]
        small = write_files(Path(tempfile.mkdtemp(dir=name)), arguments.files, 200 * KB)
        named = people[: len(small)]
        rounds = [
            (bare_s(url, token, small, named), ours_s(url, Path(name) / f"ledger-{n}", small, named))
            for n in range(arguments.rounds)
        ]
        large = write_files(Path(tempfile.mkdtemp(dir=name)), arguments.large, 10 * MB)
        memory = measured_memory(url, large, people[: len(large)])
    bare, ours = (min(times) / len(small) * 1e3 for times in zip(*rounds, strict=True))
    return print_table(
        [
            Figure("CPU of a file of 200 kB and its message", ours, "the same two posts", bare, "ms", 1.3),
            Figure(f"memory while {len(large):,} files of 10 MB are sent", memory, "one file", 10.0, "MB", 3.0),
        ]
    )


if __name__ == "__main__":
    sys.exit(main())

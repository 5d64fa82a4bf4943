"""
A trial of a team's ledger: two people send the same campaign at the same time, and nobody gets it twice.

``make team`` runs the trial, which starts a PostgreSQL and a local DingTalk that reaches nobody, and two processes with
a home of their own, as on two computers. One process is killed, and the other finishes. ``--keep`` leaves the servers
running, to try two notebooks.
"""

import argparse
import contextlib
import json
import os
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from dingnb.auth.database_url import parse_database_url
from dingnb.ledger.postgres.setup import ROLE, install_ledger
from dingnb.sandbox import SandboxSettings
from tools.postgres_server import NoServerError, Server, start_server

PEOPLE = 100
TIMEOUT_S = 120
NAME = "team-notice"
TEXT = "{{ name }}, the office moves on Friday."

SEND = f"""
import sys
import pandas as pd
import dingnb
ding = dingnb.connect()
staff = pd.read_csv(sys.argv[1], dtype=str)
run = ding.plan(staff, dingnb.text({TEXT!r})).send({NAME!r}, check=False).wait(check=False)
print(f"{{run.state}}: {{run.results()['status'].isin(['delivered', 'read']).sum()}} of {{len(staff)}} people got it")
"""
"""The code that both people run, as a cell of their notebook."""

SHOW = f"""
import dingnb
ding = dingnb.connect()
columns = ["name", "state", "people", "accepted", "calls", "created_by", "sent_by"]
print(ding.campaigns()[columns].to_string(index=False))
print()
print(repr(ding.campaign({NAME!r})))
"""


class Member:
    """
    A member of the team, on a computer of their own.

    Args:
        name: The role in the database.
        server: The database.
        sandbox: The base URL of the local DingTalk.
        folder: The folder of the trial.
    """

    def __init__(self, name: str, server: Server, sandbox: str, folder: Path) -> None:
        self.name = name
        settings = SandboxSettings()
        self.variables = {
            "DINGNB_LEDGER": server.url("notices", name),
            "DINGNB_OPERATOR": f"{name}@{name}s-laptop",
            "DINGNB_HOME": str(folder / name),
            "DINGTALK_APP_KEY": settings.app_key,
            "DINGTALK_APP_SECRET": settings.app_secret,
            "DINGTALK_AGENT_ID": str(settings.agent_id),
            "DINGTALK_OAPI_BASE_URL": sandbox,
            "DINGTALK_API_BASE_URL": sandbox,
            "DINGNB_REPEAT_AFTER_S": "5",
        }

    def start(self, code: str, *words: object) -> "subprocess.Popen[str]":
        """Run code in a process of its own."""
        command = [sys.executable, "-c", code, *map(str, words)]
        environment = {**os.environ, **self.variables}
        return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own


def main(arguments: list[str] | None = None) -> int:
    """Run the trial, and return the exit status: 1 if somebody got the message twice, or not at all."""
    parser = argparse.ArgumentParser(prog="make team", description=__doc__)
    parser.add_argument("--keep", action="store_true", help="leave the servers running until Ctrl+C")
    options = parser.parse_args(arguments)
    try:
        with tempfile.TemporaryDirectory(prefix="dingnb-team-") as folder, _servers() as (server, sandbox):
            ann, bo = (Member(name, server, sandbox, Path(folder)) for name in ("ann", "bo"))
            status = _trial(ann, bo, sandbox, Path(folder))
            if options.keep:
                _keep(ann, bo)
            return status
    except NoServerError as error:
        print(error, file=sys.stderr)
        return 1


def _trial(ann: Member, bo: Member, sandbox: str, folder: Path) -> int:
    people = [person for person in _get(sandbox, "users") if person["active"]][:PEOPLE]
    staff = folder / "staff.csv"
    staff.write_text(
        "userid,name\n" + "".join(f"{person['userid']},{person['name']}\n" for person in people), encoding="utf-8"
    )
    print(f"Ann sends {NAME!r} to {PEOPLE} people, and Bo sends the same, each on a computer of their own.")
    first = ann.start(SEND, staff)
    _wait_for_messages(sandbox, 1)
    second = bo.start(SEND, staff)
    print(f"After {_wait_for_messages(sandbox, PEOPLE // 2)} messages, Ann's process is killed.")
    first.send_signal(signal.SIGKILL)
    first.communicate()
    print(f"Bo's process goes on, and ends: {_last_line(second)}.")
    print(f"Ann runs her cell again: {_last_line(ann.start(SEND, staff))}.")
    got = Counter(message["userid"] for message in _get(sandbox, "messages"))
    twice, never = sum(n > 1 for n in got.values()), sum(person["userid"] not in got for person in people)
    print(f"\nWhat DingTalk delivered: {len(got)} people, {twice} of them twice, and {never} got nothing.\n")
    print(bo.start(SHOW).communicate(timeout=TIMEOUT_S)[0])
    return int(bool(twice or never))


def _last_line(process: "subprocess.Popen[str]") -> str:
    """Wait until a process ends, and return the last line that it printed."""
    output, _ = process.communicate(timeout=TIMEOUT_S)
    return output.splitlines()[-1] if output else "(nothing)"


def _wait_for_messages(sandbox: str, messages: int) -> int:
    """Wait until DingTalk has delivered some messages, and return how many."""
    until = time.monotonic() + TIMEOUT_S
    while (n := len(_get(sandbox, "messages"))) < messages and time.monotonic() < until:
        time.sleep(0.05)
    return n


def _keep(*members: Member) -> None:
    print("The servers run until Ctrl+C. In two terminals, start a notebook each with:\n")
    for member in members:
        print("  env", *(shlex.quote(f"{name}={value}") for name, value in member.variables.items()), "jupyter lab\n")
    with contextlib.suppress(KeyboardInterrupt):
        signal.pause()


@contextlib.contextmanager
def _servers() -> Iterator[tuple[Server, str]]:
    """Start a database with a ledger and two members, and a local DingTalk; yield the server and DingTalk's URL."""
    server = start_server()
    try:
        server.run("CREATE DATABASE notices")
        install_ledger(parse_database_url(server.url("notices")), ROLE)
        server.run(*(f"CREATE ROLE {name} LOGIN IN ROLE {ROLE}" for name in ("ann", "bo")))
        command = [sys.executable, "-m", "dingnb", "sandbox", "--port", "0", "--users", "400"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as sandbox:  # noqa: S603 - our own command
            try:
                assert sandbox.stdout is not None  # noqa: S101 - for type checkers
                yield server, sandbox.stdout.readline().split()[-1]
            finally:
                sandbox.terminate()
    finally:
        server.remove()


def _get(sandbox: str, what: str) -> list[dict[str, Any]]:
    with urlopen(f"{sandbox}/_sandbox/{what}", timeout=30) as answer:  # noqa: S310 - on this computer
        found: list[dict[str, Any]] = json.load(answer)
        return found


if __name__ == "__main__":
    sys.exit(main())

"""
Measures the pace that three processes keep together, each with a campaign of its own, by the sandbox's record.

The processes share a file or, with ``--ledger``, a PostgreSQL ledger. The sandbox allows what DingTalk allows, and runs
in its own process. Only the time during which all three processes send counts. With ``--jitter MS``, each call is
delayed by up to this many milliseconds, and with ``--people N``, each call goes to 1 to N people.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import requests
from sending import SEND, server
from table import Figure, print_table

from dingnb.limits import STANDARD

PROCESSES = 3
SECOND_MS = 1_000
MINUTE_MS = 60 * SECOND_MS
SERVER = """
import dataclasses, sys
from dingnb.limits import STANDARD
from dingnb.sandbox import SandboxSettings, serve
limits = dataclasses.replace(STANDARD, calls_per_month=10**8)
serve(SandboxSettings(users=int(sys.argv[1]), limits=limits), port=0)
"""
SENDER = """
import dataclasses, random, sys, time
import pandas as pd, requests
from requests.adapters import BaseAdapter
import dingnb
from dingnb.limits import STANDARD
from dingnb.sandbox import SandboxSettings
from dingnb.transport import OAPI
url, number, calls, most, jitter_ms = sys.argv[1], *map(int, sys.argv[2:])

class Late(BaseAdapter):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner
    def send(self, request, *args, **kwargs):
        time.sleep(random.uniform(0, jitter_ms / 1_000))
        return self.inner.send(request, *args, **kwargs)
    def close(self):
        self.inner.close()

settings = SandboxSettings()
people = [one["userid"] for one in requests.get(f"{url}/_sandbox/users", timeout=60).json() if one["active"]]
ding = dingnb.connect(
    app_key=settings.app_key, app_secret=settings.app_secret, agent_id=settings.agent_id,
    oapi_base_url=url, api_base_url=url, limits=dataclasses.replace(STANDARD, calls_per_month=10**8),
)
if jitter_ms:
    session = ding._transport._session
    session.mount(OAPI, Late(session.get_adapter(OAPI)))
seeded = random.Random(number)
sizes = [seeded.randint(1, most) for _ in range(calls)]
sizes[0] = most
each = len(people) // 3
texts = [n for n, size in enumerate(sizes) for _ in range(size)]
mine = people[number * each:][:len(texts)]
plan = ding.plan(pd.DataFrame({"userid": mine, "n": texts}), dingnb.text(f"{number} " + "{{ n }}"))
print("ready", flush=True)
input()
plan.send(f"campaign {number}")
"""


def run(url: str, ledger: str, *numbers: int) -> None:
    """Let all processes send; `numbers` are the numbers of calls, people and milliseconds, as for `main`."""
    home = tempfile.mkdtemp(prefix="dingnb-")
    senders = []
    for number in range(PROCESSES):
        own = {"DINGNB_LEDGER": ledger, "DINGNB_HOME": f"{home}/{number}"} if ledger else {"DINGNB_HOME": home}
        command = [sys.executable, "-c", SENDER, url, *map(str, (number, *numbers))]
        sender = subprocess.Popen(  # noqa: S603 - our own command
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, **own}
        )
        senders.append(sender)
    # At once, when all processes have planned.
    for sender in senders:
        assert sender.stdout is not None  # noqa: S101 - for the type checker
        while (line := sender.stdout.readline()) and line != b"ready\n":
            pass
    for sender in senders:
        assert sender.stdin is not None  # noqa: S101 - likewise
        sender.stdin.write(b"\n")
        sender.stdin.flush()
    for sender in senders:
        sender.communicate()
        if sender.returncode:
            sys.exit("A sender failed.")


def times_of_messages(url: str) -> dict[int, list[int]]:
    """Return the times in milliseconds at which the messages of each process were delivered."""
    found: dict[int, list[int]] = {number: [] for number in range(PROCESSES)}
    messages: list[Any] = []
    # The last messages are delivered after the last call.
    while len(newer := requests.get(f"{url}/_sandbox/messages", timeout=60).json()) > len(messages):
        messages = newer
        time.sleep(3)
    for message in messages:
        found[int(message["body"]["text"]["content"].split()[0])].append(message["time_ms"])
    return {number: sorted(times) for number, times in found.items()}


def times_of_calls(url: str) -> list[int]:
    """Return the times in milliseconds at which calls arrived."""
    calls = requests.get(f"{url}/_sandbox/calls", timeout=60).json()
    return sorted(call["time_ms"] for call in calls if call["path"] == SEND)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ledger", default="", help="the URL of a ledger in PostgreSQL (default: a file)")
    parser.add_argument("--calls", type=int, default=400, help="calls of each process (default: 400, a minute in all)")
    parser.add_argument("--people", type=int, default=1, help="maximum number of people per call (default: 1)")
    parser.add_argument("--jitter", type=int, default=0, metavar="MS", help="maximum delay of a call (default: 0)")
    arguments = parser.parse_args()
    os.environ.setdefault("PYTHONPATH", str(Path(__file__).parents[1]))
    # Some of the sandbox's users are inactive.
    with server(round(PROCESSES * arguments.calls * (arguments.people + 1) / 2 * 1.3) + PROCESSES, SERVER) as url:
        run(url, arguments.ledger, arguments.calls, arguments.people, arguments.jitter)
        times, arrivals = times_of_messages(url), times_of_calls(url)
        throttled = requests.get(f"{url}/_sandbox/stats", timeout=60).json()["throttled"]
    since, until = max(moments[0] for moments in times.values()), min(moments[-1] for moments in times.values())
    together = [at for at in arrivals if since <= at <= until]
    rate = (len(together) - 1) * SECOND_MS / (together[-1] - together[0])
    most, most_people = STANDARD.calls_per_second, STANDARD.people_per_minute
    over = sum(later - earlier < SECOND_MS for earlier, later in zip(together, together[most:], strict=False))
    reached = sorted(at for moments in times.values() for at in moments)
    crowded = sum(later - earlier < MINUTE_MS for earlier, later in zip(reached, reached[most_people:], strict=False))
    shares = Counter({number: sum(since <= at <= until for at in moments) for number, moments in times.items()})
    late = bool(arguments.jitter)
    figures = [
        Figure(f"windows of {most + 1} calls in less than a second", over, "windows", len(together), "", late / 1_000),
        Figure(f"windows of {most_people + 1:,} people in a minute", crowded, "windows", len(reached), "", 0.0),
        Figure("calls throttled", throttled, "calls", len(together), "", late / 1_000),
    ]
    if arguments.people == 1:
        figures += [
            Figure("calls a second, three processes", most, "measured", rate, "calls", 1 / (0.8 if late else 0.95)),
            Figure("largest share of a process", max(shares.values()), "smallest", min(shares.values()), "calls", 1.2),
        ]
    else:
        rate = len(reached) * MINUTE_MS / (reached[-1] - reached[0])
        figures.append(Figure("people in a minute", most_people, "measured", rate, "people", None))
    return print_table(figures)


if __name__ == "__main__":
    sys.exit(main())

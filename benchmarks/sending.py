"""
Measures the CPU time of a send call with one recipient, including ledger and rate limiting.

The yardstick is a bare loop of `requests.Session.post` with the same sandbox, which runs in its own process without
effective limits. Campaign and loop take turns, and the round with the median ratio counts, since the speed of a shared
machine drifts from round to round.
"""

import argparse
import contextlib
import dataclasses
import io
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

import pandas as pd
import requests
from table import Figure, print_table

import dingnb
from dingnb.limits import STANDARD, Limits
from dingnb.sandbox import SandboxSettings

SEND = "/topapi/message/corpconversation/asyncsend_v2"
LIMITS = dataclasses.replace(STANDARD, calls_per_second=10**6, people_per_minute=10**7, calls_per_month=10**8)
SERVER = """
import dataclasses, sys
from dingnb.limits import STANDARD
from dingnb.sandbox import SandboxSettings, serve
big = dict(calls_per_second=10**6, people_per_minute=10**7, calls_per_month=10**8, ip_calls_per_20_s=10**8)
serve(SandboxSettings(users=int(sys.argv[1]), limits=dataclasses.replace(STANDARD, **big)), port=0)
"""


@contextlib.contextmanager
def server(users: int, script: str = SERVER) -> Iterator[str]:
    """Run a sandbox in its own process, and yield its address."""
    command = (sys.executable, "-c", script, str(users))
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own command
        assert process.stdout is not None  # noqa: S101 - for the type checker
        try:
            yield process.stdout.readline().split()[-1]
        finally:
            process.terminate()


def connect(url: str, limits: Limits = LIMITS) -> dingnb.DingTalk:
    """Return a connection to the sandbox at an address, by default without effective limits."""
    settings = SandboxSettings()
    return dingnb.connect(
        app_key=settings.app_key,
        app_secret=settings.app_secret,
        agent_id=settings.agent_id,
        oapi_base_url=url,
        api_base_url=url,
        limits=limits,
    )


def bare_s(url: str, token: str, people: list[str], text: str) -> float:
    """Return the CPU time of a loop that posts one text to each person."""
    agent_id = SandboxSettings().agent_id
    with requests.Session() as session:
        began = time.process_time()
        for number, userid in enumerate(people):
            message = {"msgtype": "text", "text": {"content": f"{text} {number}"}}
            body = {"agent_id": agent_id, "userid_list": userid, "msg": message}
            answer = session.post(f"{url}{SEND}", params={"access_token": token}, json=body).json()
            if answer["errcode"] != 0:
                sys.exit(f"The bare loop failed: {answer}")
        return time.process_time() - began


def ours_s(ding: dingnb.DingTalk, people: list[str], text: str) -> float:
    """Return the CPU seconds of a campaign that sends one text to each person."""
    frame = pd.DataFrame({"userid": people, "n": range(len(people))})
    plan = ding.plan(frame, dingnb.text(text + " {{ n }}"))
    with contextlib.redirect_stdout(io.StringIO()):
        began = time.process_time()
        run = plan.send(text)
        took_s = time.process_time() - began
    if not (run.results()["status"] == "accepted").all():
        sys.exit("Not everybody was sent to.")
    return took_s


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=1_500, help="calls in a round (default: 1,500)")
    parser.add_argument("--rounds", type=int, default=9, help="how often; the median ratio counts (default: 9)")
    arguments = parser.parse_args()
    os.environ["DINGNB_HOME"] = tempfile.mkdtemp(prefix="dingnb-")
    with server(arguments.calls * 2) as url:
        people = [person["userid"] for person in requests.get(f"{url}/_sandbox/users", timeout=60).json()][
            : arguments.calls
        ]
        ding = connect(url)
        token = ding.token().reveal()
        rounds = [
            (bare_s(url, token, people, f"bare {n}"), ours_s(ding, people, f"ours {n}"))
            for n in range(arguments.rounds)
        ]
    rounds.sort(key=lambda times: times[1] / times[0])
    bare, ours = (time_s / arguments.calls * 1e3 for time_s in rounds[len(rounds) // 2])
    return print_table([Figure("CPU of a call of one recipient", ours, "requests.Session.post", bare, "ms", 1.40)])


if __name__ == "__main__":
    sys.exit(main())

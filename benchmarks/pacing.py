"""
Measures the calls and duration of sending on a virtual clock, compared with what DingTalk's limits allow.

The sandbox enforces its limits strictly: it throttles calls that are too fast, and drops people beyond the limit of a
minute. Nobody may be dropped; calls may be throttled with jitter only.
"""

import contextlib
import io
import os
import sys
import tempfile

import pandas as pd
from table import Figure, print_table

import dingnb
from dingnb.auth import App, Origin, Secret
from dingnb.client import DingTalk
from dingnb.clock import NS_PER_S, VirtualClock
from dingnb.sandbox import RunningSandbox, SandboxSettings, start
from dingnb.testing.slow_route import slow_down
from dingnb.transport import Hosts

EQUAL = dingnb.text("The canteen is closed on Friday.")
PERSONAL = dingnb.text("Your number is {{ n }}.")
LATENCY_S = 0.15


def list_people(sandbox: RunningSandbox, n: int) -> pd.DataFrame:
    """Return a number of active people."""
    people = [user["userid"] for user in sandbox.state.users() if user["active"]][:n]
    return pd.DataFrame({"userid": people, "n": range(n)})


def connect(sandbox: RunningSandbox, clock: VirtualClock, jitter_s: float) -> DingTalk:
    """Return a connection over a network of 150 ms."""
    settings = sandbox.settings
    app = App(settings.app_key, Secret(settings.app_secret), settings.agent_id)
    ding = DingTalk(app, Hosts(sandbox.base_url, sandbox.base_url), origin=Origin("arguments"), clock=clock)
    slow_down(ding._transport, clock, latency_s=LATENCY_S, jitter_s=jitter_s)  # noqa: SLF001 - a slower network
    return ding


def measure_send(
    people: int, message: dingnb.Message, jitter_s: float = 0.0, *, waits: bool = False
) -> tuple[float, float]:
    """
    Send to a number of people, and optionally wait for all results.

    Returns:
        The seconds until the last call of the send was answered, and the calls that counted towards the quota.
    """
    clock = VirtualClock()
    os.environ["DINGNB_HOME"] = tempfile.mkdtemp(prefix="dingnb-")
    with start(SandboxSettings(users=round(people * 1.1)), clock) as sandbox:
        plan = connect(sandbox, clock, jitter_s).plan(list_people(sandbox, people), message)
        began_ns = clock.monotonic_ns()
        run = plan.send("benchmark")
        took_s = (clock.monotonic_ns() - began_ns) / NS_PER_S
        calls = sandbox.state.stats()["calls_counted"]
        if waits:
            run.wait()
            calls = sandbox.state.stats()["calls_counted"]
            check(run.results()["status"].isin(["delivered", "read"]).all(), "Some outcomes are unknown.")
        clock.advance(5 * NS_PER_S)
        stats = sandbox.state.stats()
        check(stats["messages"] == people, "People were dropped.")
        check(not stats["throttled"] or bool(jitter_s), "A call was throttled.")
        return took_s, calls


def check(holds: object, message: str) -> None:
    """Exit with a message if a condition does not hold."""
    if not holds:
        sys.exit(message)


def main() -> int:
    """Measure and print."""
    with contextlib.redirect_stdout(io.StringIO()):
        calls = measure_send(10_000, EQUAL, waits=True)[1]
        equal_s = measure_send(20_000, EQUAL)[0]
        steady_s, jittered_s = measure_send(5_000, PERSONAL)[0], measure_send(5_000, PERSONAL, 0.025)[0]
    # 5,000 people at once, and again each minute; the 50 calls of the last minute need 2.5 s, less the first.
    allowed_s = 180 + 49 / 20 + LATENCY_S
    return print_table(
        [
            Figure("send 10,000 equal texts, know all", calls, "a send and a result a batch", 200, "calls", 1.025),
            Figure("send 20,000 equal texts", equal_s, "what the limits allow", allowed_s, "s", 1.03),
            Figure("send 5,000 personal texts", steady_s, "20 calls a second", 5_000 / 20, "s", 1 / 0.97),
            Figure("the same with 25 ms of jitter", jittered_s, "20 calls a second", 5_000 / 20, "s", 1 / 0.95),
        ]
    )


if __name__ == "__main__":
    sys.exit(main())

"""Two clicks on one button, in threads of a form or in two processes: nobody gets the message twice."""

import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import requests

import dingnb
from dingnb.campaigns.campaign import Campaign
from dingnb.client import DingTalk
from dingnb.clock import VirtualClock
from dingnb.sandbox import RunningSandbox, SandboxSettings
from tests.environments import connection_environment

Connect = Callable[..., DingTalk]
Staff = Callable[..., pd.DataFrame]
CLICKS = 4
PERSONAL = dingnb.text("number {{ n }}")


KERNEL = """
import sys
import pandas as pd
import dingnb
ding = dingnb.connect()
plan = ding.plan(pd.read_csv(sys.argv[1], dtype="str"), dingnb.text("number {{ n }}"))
print("ready", flush=True)
sys.stdin.readline()
run = plan.send("all", wait=False)
run.wait("sent", check=False)
print("sent", flush=True)
# The other kernel may still have its turn, in which it finds nothing to send.
sys.stdin.readline()
print(run.state, int((run.results()["status"] == "accepted").sum()))
"""


def at_once(clock: VirtualClock, work: Callable[[], Any]) -> list[Any]:
    """Run work in several threads at the same time; return their results."""
    gate = threading.Barrier(CLICKS)
    came_to: list[Any] = []

    def click() -> None:
        gate.wait()
        with clock.participating():
            try:
                came_to.append(work())
            except Exception as error:  # noqa: BLE001 - it is what the work came to
                came_to.append(error)

    threads = [threading.Thread(target=click) for _ in range(CLICKS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return came_to


def message_counts(sandbox: RunningSandbox, clock: VirtualClock) -> Counter[str]:
    clock.advance(2_000_000_000)
    return Counter(message["userid"] for message in sandbox.state.messages())


@pytest.mark.parametrize("latency_s", [0, 0.2])
@pytest.mark.parametrize("shared", [True, False])
def test_a_sample_is_sent_once(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, clock: VirtualClock, latency_s: float, *, shared: bool
) -> None:
    frame = staff(sandbox, 5)
    plans = [connect_to(sandbox, latency_s=latency_s).plan(frame, PERSONAL) for _ in range(CLICKS)]
    runs = at_once(clock, lambda: (plans[0] if shared else plans.pop()).test("manager"))
    assert [type(run) for run in runs] == [Campaign] * CLICKS
    assert {run.state for run in runs} == {"finished"}
    calls = [call for call in sandbox.state.recorded_calls() if call["path"].endswith("asyncsend_v2")]
    assert len(calls) == 1


@pytest.mark.parametrize("latency_s", [0, 0.2])
@pytest.mark.parametrize("wait", [True, False])
@pytest.mark.parametrize("shared", [True, False])
def test_a_plan_is_sent_once(
    sandbox: RunningSandbox,
    connect_to: Connect,
    staff: Staff,
    clock: VirtualClock,
    latency_s: float,
    *,
    wait: bool,
    shared: bool,
) -> None:
    frame = staff(sandbox, 60)
    plans = [connect_to(sandbox, latency_s=latency_s).plan(frame, PERSONAL) for _ in range(CLICKS)]
    runs = at_once(clock, lambda: (plans[0] if shared else plans.pop()).send("all", wait=wait))
    assert [type(run) for run in runs] == [Campaign] * CLICKS
    for run in runs:
        run.wait("sent", check=False)
    assert {run.state for run in runs} == {"finished"}
    assert message_counts(sandbox, clock) == Counter(frame["userid"].tolist())
    for run in runs:
        assert run.results()["status"].eq("accepted").all()


def test_a_plan_with_new_people_is_sent_once(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    frame = staff(sandbox, 60)
    ding = connect_to(sandbox, latency_s=0.2)
    ding.plan(frame[:30], PERSONAL).send("all")
    plan = ding.plan(frame, PERSONAL)
    for run in at_once(clock, lambda: plan.send("all", wait=False)):
        run.wait("sent", check=False)
        assert run.state == "finished"
    assert message_counts(sandbox, clock) == Counter(frame["userid"].tolist())


@pytest.mark.long
def test_a_plan_is_sent_once_by_two_kernels(
    sandbox_process: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = {
        **connection_environment(SandboxSettings(), sandbox_process),
        "PYTHONPATH": str(Path(dingnb.__file__).parents[1]),
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with requests.Session() as http:
        http.trust_env = False
        users = http.get(f"{sandbox_process}/_sandbox/users", timeout=10).json()
        people = [user["userid"] for user in users if user["active"]][:40]
        pd.DataFrame({"userid": people, "n": range(40)}).to_csv(tmp_path / "people.csv", index=False)
        kernels = [
            subprocess.Popen(  # noqa: S603 - our own command
                [sys.executable, "-c", KERNEL, tmp_path / "people.csv"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for _ in range(2)
        ]
        for step in ("ready\n", "sent\n"):
            for kernel in kernels:
                assert kernel.stdout is not None
                assert step in kernel.stdout, "the kernel ended early"
            for kernel in kernels:
                assert kernel.stdin is not None
                kernel.stdin.write("\n")
                kernel.stdin.flush()
        for kernel in kernels:
            assert kernel.communicate()[0].splitlines()[-1] == "finished 40"
        calls = http.get(f"{sandbox_process}/_sandbox/calls", timeout=10).json()
        sends = [call for call in calls if call["path"].endswith("asyncsend_v2")]
        messages = http.get(f"{sandbox_process}/_sandbox/messages", timeout=10).json()
    assert len(sends) == 40
    assert set(Counter(message["userid"] for message in messages).values()) <= {1}

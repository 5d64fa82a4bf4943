"""Two notebooks in separate processes in real time: one sends; the other observes, controls and takes over."""

import json
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import dingnb
from dingnb.campaigns.campaign import Campaign, view_of
from dingnb.client import DingTalk
from dingnb.clock import NS_PER_S, SystemClock, seconds_to_ns
from dingnb.sandbox import SandboxSettings
from tests.campaign_fixtures import get

PATIENCE_S = 60
NOTEBOOK = """
import json, sys
from dataclasses import replace
import pandas as pd
import dingnb
from dingnb.limits import STANDARD
people, people_per_minute = json.loads(sys.argv[1])
ding = dingnb.connect(limits=replace(STANDARD, people_per_minute=people_per_minute))
plan = ding.plan(pd.DataFrame({"userid": people, "n": range(len(people))}), dingnb.text("number {{ n }}"))
run = plan.send("payslip", check=False)
print()
print(json.dumps([run.state, run.reason, run.progress.accepted]))
"""

Start = Callable[[list[str], int], "subprocess.Popen[str]"]


@pytest.fixture
def app(sandbox_process: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make all processes connect to the sandbox."""
    settings = SandboxSettings()
    monkeypatch.setenv("DINGTALK_APP_KEY", settings.app_key)
    monkeypatch.setenv("DINGTALK_APP_SECRET", settings.app_secret)
    monkeypatch.setenv("DINGTALK_AGENT_ID", str(settings.agent_id))
    monkeypatch.setenv("DINGTALK_OAPI_BASE_URL", sandbox_process)
    monkeypatch.setenv("DINGTALK_API_BASE_URL", sandbox_process)
    monkeypatch.setenv("PYTHONPATH", str(Path(dingnb.__file__).parents[1]))


@pytest.fixture
def other(app: None) -> Iterator[Start]:  # noqa: ARG001 - used by the processes
    """Start a notebook that sends to people, with a limit of people a minute."""
    started: list[subprocess.Popen[str]] = []

    def start(people: list[str], people_per_minute: int) -> "subprocess.Popen[str]":
        command = [sys.executable, "-c", NOTEBOOK, json.dumps([people, people_per_minute])]
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))  # noqa: S603 - our own command
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def ding(app: None) -> Iterator[DingTalk]:  # noqa: ARG001 - what it connects to
    with dingnb.connect() as connected:
        yield connected


@pytest.fixture
def people(sandbox_process: str) -> list[str]:
    return [person["userid"] for person in get(sandbox_process, "users") if person["active"]][:60]


def wait_for(condition: Callable[[], Any]) -> Any:
    clock = SystemClock()
    until_ns = clock.monotonic_ns() + PATIENCE_S * NS_PER_S
    while not (found := condition()):
        assert clock.monotonic_ns() < until_ns, "It did not come about."
        clock.wait(clock.event(), seconds_to_ns(0.01))
    return found


def seen(ding: DingTalk) -> Campaign:
    """Return the campaign, as soon as the other notebook has recorded it."""
    return wait_for(lambda: "payslip" in ding.campaigns()["name"].tolist() and ding.campaign("payslip"))


def message_counts(base_url: str) -> Counter[str]:
    return Counter(message["userid"] for message in get(base_url, "messages"))


@pytest.mark.long
@pytest.mark.parametrize("command", ["pause", "stop"])
def test_a_notebook_is_stopped_by_another_one_while_it_makes_calls(
    other: Start, ding: DingTalk, people: list[str], sandbox_process: str, command: str
) -> None:
    sender = other(people, 5_000)
    run = seen(ding)
    wait_for(lambda: run.progress.accepted >= 5)
    getattr(run, command)()
    state, reason, accepted = json.loads(sender.communicate(timeout=PATIENCE_S)[0].splitlines()[-1])
    assert state == run.state == {"pause": "paused", "stop": "stopped"}[command]
    assert reason == run.reason == f"{state.capitalize()} manually, in this or another window or notebook."
    assert 5 <= accepted == run.progress.accepted < 60
    run.resume()
    assert run.state == "finished"
    run.wait()
    assert message_counts(sandbox_process) == dict.fromkeys(people, 1)


@pytest.mark.long
def test_a_waiting_notebook_is_paused_by_another_one_which_continues(
    other: Start, ding: DingTalk, people: list[str], sandbox_process: str
) -> None:
    sender = other(people[:40], 20)
    run = seen(ding)
    shown = wait_for(lambda: (now := run.progress).waiting_for == "people" and now.accepted == 20 and now)
    assert shown.text.startswith("Sending: 20 of 40 people accepted by DingTalk · waiting ")
    assert view_of(run).control.is_sending_elsewhere
    run.pause()
    run.wait("sent", check=False)
    assert run.state == "paused"
    assert json.loads(sender.communicate(timeout=PATIENCE_S)[0].splitlines()[-1])[0] == "paused"
    assert run.resume().state == "finished"
    run.wait()
    assert message_counts(sandbox_process) == dict.fromkeys(people[:40], 1)


@pytest.mark.long
@pytest.mark.parametrize("store_content", [True, False])
def test_another_notebook_sends_the_rest_of_a_dead_one_from_the_ledger(
    other: Start, ding: DingTalk, people: list[str], sandbox_process: str, *, store_content: bool
) -> None:
    sender = other(people[:40], 20)
    run = seen(ding)
    wait_for(lambda: (now := run.progress).waiting_for == "people" and now.accepted == 20)
    sender.send_signal(signal.SIGKILL)
    sender.wait(PATIENCE_S)
    if not store_content:
        with ding._ledger.transaction() as db:
            db.execute("UPDATE campaigns SET store_content = 0")
    again = ding.campaign("payslip")
    assert again.state == run.state == "interrupted"
    assert again.progress.text == "Interrupted: 20 of 40 people accepted by DingTalk"
    assert again.results()["status"].value_counts()["queued"] == 20
    # Nobody reads it.
    again.stop()
    assert again.resume().state == "finished"
    assert again.wait().results()["status"].isin(["delivered", "read"]).all()
    assert message_counts(sandbox_process) == dict.fromkeys(people[:40], 1)


def ended_script(steps: str, people: list[str], room: int, *given: object) -> subprocess.CompletedProcess[str]:
    """Run the steps of a script that ends without waiting, and return its result."""
    script = NOTEBOOK.replace('send("payslip", check=False)', 'send("payslip", wait=False)').partition("print()")[0]
    command = [sys.executable, "-c", f"{script}\n{steps}", json.dumps([people, room, *given])]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)  # noqa: S603 - ours


@pytest.mark.long
def test_a_script_that_ends_while_sending_drains_and_fails(
    app: None,  # noqa: ARG001 - what the script connects to
    ding: DingTalk,
    people: list[str],
    sandbox_process: str,
) -> None:
    steps = "import atexit; atexit.register(print, 'ended as well')"
    ended = ended_script(steps, people, 5_000)
    # As documented for sys.exit: an error after the end of the script.
    assert ended.returncode == 120
    assert ended.stdout.rstrip().endswith("ended as well")
    assert "Campaign payslip is not complete. " in ended.stderr
    assert "The program that was sending it ended." in ended.stderr
    assert 'run = ding.campaign("payslip")' in ended.stderr
    assert "should end with run.wait()" in ended.stderr
    run = ding.campaign("payslip")
    assert run.state == "interrupted"
    assert set(run.results()["status"]) <= {"accepted", "queued"}
    assert run.resume().state == "finished"
    run.wait()
    assert message_counts(sandbox_process) == dict.fromkeys(people, 1)


@pytest.mark.long
def test_a_script_that_sends_a_campaign_twice_drains_and_fails(
    app: None,  # noqa: ARG001 - what the script connects to
    ding: DingTalk,
    people: list[str],
    sandbox_process: str,
) -> None:
    ended = ended_script('again = plan.send("payslip", wait=False)', people, 5_000)
    assert ended.returncode == 120
    assert ended.stderr.count("Campaign payslip is not complete. ") == 1
    run = ding.campaign("payslip")
    assert run.state == "interrupted"
    assert set(run.results()["status"]) <= {"accepted", "queued"}
    assert run.resume().state == "finished"
    run.wait()
    assert message_counts(sandbox_process) == dict.fromkeys(people, 1)


@pytest.mark.long
def test_a_script_fails_if_a_campaign_stopped_before_its_end(
    app: None,  # noqa: ARG001 - what the script connects to
    ding: DingTalk,
    people: list[str],
) -> None:
    steps = """
import threading
run.stop()
while run.state == "running":
    threading.Event().wait(0.05)
"""
    ended = ended_script(steps, people, 5_000)
    assert ended.returncode == 120
    assert "Campaign payslip is not complete. " in ended.stderr
    assert ding.campaign("payslip").state == "stopped"


@pytest.mark.long
def test_a_script_succeeds_if_another_object_has_waited_for_the_campaign(
    app: None,  # noqa: ARG001 - what the script connects to
    ding: DingTalk,
    people: list[str],
) -> None:
    steps = """
import threading
run.stop()
while run.state == "running":
    threading.Event().wait(0.05)
ding.campaign("payslip").wait(check=False)
"""
    ended = ended_script(steps, people, 5_000)
    assert (ended.returncode, ended.stderr.count("not complete")) == (0, 0)
    assert ding.campaign("payslip").state == "stopped"


@pytest.mark.long
@pytest.mark.parametrize(
    "steps",
    [
        "run.wait()",
        "run.wait('sent', check=False)",
        "import threading\nwhile run.state == 'running': threading.Event().wait(0.05)",
    ],
)
def test_a_script_with_a_complete_campaign_succeeds(
    app: None,  # noqa: ARG001 - what the script connects to
    people: list[str],
    steps: str,
) -> None:
    ended = ended_script(steps, people[:40], 5_000)
    assert (ended.returncode, ended.stderr.count("not complete")) == (0, 0)


@pytest.mark.long
def test_a_script_that_raises_reports_the_error_once(
    app: None,  # noqa: ARG001 - what the script connects to
    people: list[str],
) -> None:
    ended = ended_script("run.stop()\nrun.wait()", people, 5_000)
    assert ended.returncode == 1
    assert "IncompleteError" in ended.stderr
    assert "should end with run.wait()" not in ended.stderr

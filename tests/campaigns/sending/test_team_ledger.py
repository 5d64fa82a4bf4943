"""A campaign whose ledger is in PostgreSQL."""

import os
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import dingnb
from dingnb.auth.database_url import parse_database_url
from dingnb.client import DingTalk
from dingnb.clock import NS_PER_S, SystemClock, seconds_to_ns
from dingnb.ledger.campaigns import actions
from dingnb.ledger.postgres.ledger import PostgresLedger
from dingnb.sandbox import RunningSandbox, SandboxSettings
from tests.campaign_fixtures import get
from tests.environments import connection_environment
from tests.postgres import as_member

PERSONAL = dingnb.text("number {{ n }}")
PATIENCE_S = 120

SENDER = """
import sys
import pandas as pd
import dingnb
from dingnb.calls import days
# Near midnight, a call with unknown outcome would be left for a decision.
days.MIDNIGHT_MARGIN_S = 0
people = sys.argv[1].split(",")
ding = dingnb.connect()
frame = pd.DataFrame({"userid": people, "n": range(len(people))})
run = ding.plan(frame, dingnb.text("number {{ n }}")).send("payslip")
run.wait()
print(run.results()["status"].isin(["delivered", "read"]).sum())
"""

Connect = Callable[..., DingTalk]
Staff = Callable[..., pd.DataFrame]
Agrees = Callable[[str, pd.DataFrame], None]


@pytest.fixture
def url(new_database: Callable[..., str]) -> str:
    return as_member(new_database())


def ledger(url: str) -> PostgresLedger:
    return PostgresLedger(parse_database_url(url))


@pytest.mark.parametrize("message", [PERSONAL, dingnb.text("the same for all")], ids=["personal", "shared"])
def test_a_campaign_is_planned_sent_and_read(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, agrees: Agrees, url: str, message: Any
) -> None:
    frame = staff(sandbox, 120)
    run = connect_to(sandbox, ledger=ledger(url)).plan(frame, message).send("payslip")
    results = run.wait().results()
    assert run.state == "finished"
    assert results.index.tolist() == frame.index.tolist()
    agrees(sandbox.base_url, results)
    # Another machine finds all of it, and sends nothing twice.
    other = connect_to(sandbox, ledger=ledger(url))
    assert re.search(r"[1-9]\d* calls used with this ledger, at most", repr(other.plan(frame, message)))
    assert other.campaigns()[["name", "state", "people", "accepted"]].to_numpy().tolist() == [
        ["payslip", "finished", 120, 120]
    ]
    again = other.plan(frame, message).send("payslip")
    assert again.results()["status"].tolist() == results["status"].tolist()
    changed = frame.assign(extra=1)[:60]
    assert other.plan(changed, message).send("payslip", absent="drop").state == "finished"
    assert len(get(sandbox.base_url, "messages")) == len(results[results["reached"].fillna(value=False)])


def test_a_plan_in_chinese_says_that_the_team_has_used_calls_and_not_this_computer(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, url: str
) -> None:
    dingnb.set_language("zh")
    for database, who in ((ledger(url), "此团队账本已用 0 次调用"), (None, "本机已用 0 次调用")):
        options = {} if database is None else {"ledger": database}
        assert who in repr(connect_to(sandbox, **options).plan(staff(sandbox, 1), PERSONAL))


def test_missed_people_are_retried_from_another_machine_and_a_campaign_is_recalled(
    open_sandbox: Callable[..., RunningSandbox], connect_to: Connect, staff: Staff, url: str
) -> None:
    sandbox = open_sandbox(failed_share=0.2)
    frame = staff(sandbox, 50)
    run = connect_to(sandbox, ledger=ledger(url)).plan(frame, PERSONAL).send("payslip")
    missed = len(run.wait().missed())
    assert missed
    there = connect_to(sandbox, ledger=ledger(url)).campaign("payslip")
    there.retry()
    there.wait()
    assert there.results()["status"].notna().all()
    there.recall(expect=49)
    assert "recalled" in set(run.results()["status"])


def test_everybody_sees_who_did_what(
    open_sandbox: Callable[..., RunningSandbox], connect_to: Connect, staff: Staff, url: str
) -> None:
    sandbox = open_sandbox(failed_share=0.2)
    frame = staff(sandbox, 50)
    ann = connect_to(sandbox, ledger=ledger(url), operator="ann@laptop")
    run = ann.plan(frame, PERSONAL).send("payslip")
    missed = len(run.wait().missed())
    bo = connect_to(sandbox, ledger=ledger(url), operator="bo@server")
    there = bo.campaign("payslip")
    there.retry()
    there.wait().recall(expect=49)
    assert bo.campaigns()[["created_by", "sent_by"]].to_numpy().tolist() == [["ann@laptop", "bo@server"]]
    with ledger(url).connection() as db:
        done = [(action.done_by, action.action, action.people) for action in actions.of_campaign(db, run._number)]
    assert done[:4] == [
        ("ann@laptop", "created", 50),
        ("ann@laptop", "sent", None),
        ("bo@server", "retried", missed),
        ("bo@server", "sent", None),
    ]
    ((who, what, people),) = done[4:]
    assert (who, what) == ("bo@server", "recalled")
    assert people is not None
    assert people == 49
    shown = repr(ann.campaign("payslip"))
    assert "bo@server   recalled" in re.sub(" +", "   ", shown)
    assert "bo@server" in ann.campaign("payslip")._repr_html_()


def test_what_a_person_stopped_or_resolved_has_their_name(
    open_sandbox: Callable[..., RunningSandbox], connect_to: Connect, staff: Staff, url: str
) -> None:
    sandbox = open_sandbox()
    sandbox.state.faults.add("drop_before", path="/asyncsend_v2")
    ann = connect_to(sandbox, ledger=ledger(url), operator="ann")
    ann.plan(staff(sandbox, 30), PERSONAL).send("payslip", pause_after=10, check=False)
    sandbox.state.faults.clear()
    bo = connect_to(sandbox, ledger=ledger(url), operator="bo").campaign("payslip")
    bo.resolve("leave")
    bo.stop()
    run = connect_to(sandbox, ledger=ledger(url), operator="ann").campaign("payslip").resume(check=False)
    with ledger(url).connection() as db:
        done = [
            (action.done_by, action.action, action.detail, action.people)
            for action in actions.of_campaign(db, run._number)
        ]
    assert done[2:] == [
        ("bo", "resolved", "leave", 10),
        ("bo", "stopped", "", None),
        ("ann", "resumed", "", None),
        ("ann", "sent", "", None),
    ]


def test_a_campaign_with_other_recipients_is_merged(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, agrees: Agrees, url: str
) -> None:
    frame = staff(sandbox, 60)
    connect_to(sandbox, ledger=ledger(url)).plan(frame[:40], PERSONAL).send("payslip").wait()
    run = connect_to(sandbox, ledger=ledger(url)).plan(frame, PERSONAL).send("payslip")
    agrees(sandbox.base_url, run.wait().results())


@pytest.fixture
def environment(sandbox_process: str, url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Make all processes connect to the sandbox and to the ledger."""
    given = {
        **connection_environment(SandboxSettings(), sandbox_process),
        "DINGNB_LEDGER": url,
        "DINGNB_REPEAT_AFTER_S": "1",
    }
    for name, value in {**given, "PYTHONPATH": str(Path(dingnb.__file__).parents[1])}.items():
        monkeypatch.setenv(name, value)
    return sandbox_process


def sending(people: list[str]) -> "subprocess.Popen[str]":
    return subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-c", SENDER, ",".join(people)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def wait_for(condition: Callable[[], bool]) -> None:
    clock = SystemClock()
    until_ns = clock.monotonic_ns() + PATIENCE_S * NS_PER_S
    while not condition():
        assert clock.monotonic_ns() < until_ns, "It did not come about."
        clock.wait(clock.event(), seconds_to_ns(0.02))


def texts(base_url: str) -> Counter[tuple[str, str]]:
    return Counter((message["userid"], message["body"]["text"]["content"]) for message in get(base_url, "messages"))


@pytest.mark.long
def test_a_killed_sender_is_continued_by_another_machine(environment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    base_url = environment
    people = [person["userid"] for person in get(base_url, "users") if person["active"]][:40]
    first = sending(people)
    wait_for(lambda: len(texts(base_url)) >= 5)
    first.send_signal(signal.SIGKILL)
    first.communicate()
    assert 5 <= len(texts(base_url)) < 40
    with dingnb.connect() as ding:
        seen = ding.campaign("payslip").results()["status"]
        assert seen.isin(["accepted", "queued", "unknown", "delivered", "read"]).all()
    # Another machine: another home.
    monkeypatch.setenv("DINGNB_HOME", os.fspath(Path(os.environ["DINGNB_HOME"]) / "elsewhere"))
    second = sending(people)
    out, shown = second.communicate(timeout=PATIENCE_S)
    assert second.returncode == 0, shown
    assert out.split()[-1] == "40"
    assert texts(base_url) == {(userid, f"number {n}"): 1 for n, userid in enumerate(people)}


def test_who_has_the_text_from_another_campaign_has_missed_nothing_until_that_is_recalled(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, url: str
) -> None:
    frame = staff(sandbox, 5)
    ding = connect_to(sandbox, ledger=ledger(url))
    first = ding.plan(frame, PERSONAL).send("first").wait()
    second = ding.plan(frame, PERSONAL).send("second").wait()
    assert second.results()["evidence"].eq("elsewhere").all()
    assert second.missed().empty
    first.recall(expect=5)
    assert len(second.missed()) == 5
    assert ding.campaigns().set_index("name")["delivered"].to_dict() == {"first": 5, "second": 0}

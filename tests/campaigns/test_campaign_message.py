"""The message of a past campaign."""

import re
from collections.abc import Callable

import pandas as pd
import pytest

import dingnb
from dingnb.campaigns.campaign import view_of
from dingnb.cli.main import main
from dingnb.client import DingTalk
from dingnb.clock import VirtualClock, seconds_to_ns
from dingnb.ledger import SqliteLedger
from dingnb.messages import Message
from dingnb.messages.message import deserialize, serialize
from dingnb.sandbox import RunningSandbox

Connect = Callable[..., DingTalk]
Staff = Callable[..., pd.DataFrame]
NOTE = dingnb.markdown("Round {{ n }}", "**{{ n }}** of 工资")


def kept(ledger: SqliteLedger) -> int:
    with ledger.connection() as db:
        n: int = db.execute("SELECT count(*) FROM templates").fetchone()[0]
    return n


def test_a_campaign_returns_its_message_with_templates(
    sandbox: RunningSandbox, ding: DingTalk, connect_to: Connect, staff: Staff
) -> None:
    frame = staff(sandbox, 3)
    run = ding.plan(frame, NOTE).send("payslip")
    found = connect_to(sandbox).campaign("payslip").message
    assert run.message == found == NOTE
    assert found is not None
    again = ding.plan(frame, found).send("payslip")
    assert str(view_of(again).control.opening).startswith("Nothing sent")


def test_the_message_is_that_of_the_newest_plan(sandbox: RunningSandbox, ding: DingTalk, staff: Staff) -> None:
    frame = staff(sandbox, 6)
    ding.plan(frame[:3], NOTE).send("payslip")
    newer = dingnb.markdown("Round {{ n }}!", "**{{ n }}** of 工资")
    ding.plan(frame, newer).send("payslip", changed="skip")
    assert ding.campaign("payslip").message == newer


def test_the_message_is_deleted_with_the_texts(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, clock: VirtualClock
) -> None:
    frame = staff(sandbox, 6)
    run = ding.plan(frame[:3], NOTE).send("payslip", store_content=False)
    assert run.message is None
    # There is nothing left to send: recording the plan again must not restore the message.
    ding.plan(frame[1:3], NOTE).send("payslip")
    assert ding.campaign("payslip").message is None
    ding.plan(frame[:3], dingnb.text("hi")).send("other").wait()
    clock.advance(seconds_to_ns(3 * 24 * 3_600))
    assert ding.campaign("other").message == dingnb.text("hi")
    assert main(["ledger", "prune", "--name", "other", "--texts-only", "--yes"]) == 0
    assert ding.campaign("other").message is None
    assert kept(ding._ledger) == 0


def test_without_stored_texts_the_message_exists_only_while_sending(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    ding = connect_to(sandbox, latency_s=0.2)
    with clock.participating():
        run = ding.plan(staff(sandbox, 60), NOTE).send("payslip", wait=False, store_content=False)
        clock.advance(seconds_to_ns(1))
        run.stop()
        run.wait("sent", check=False)
    assert ding.campaign("payslip").message == NOTE
    assert run.resume(wait=True).message is None


@pytest.mark.parametrize(
    "message",
    [
        dingnb.text("half {{ '\ud83d' if n else 'x' }}", body_bytes=4_096),
        dingnb.action_card("a", btn_orientation="0", btn_json_list=[("Yes", "https://a.b/y")]),
        dingnb.oa("https://a.b/c", title="{{ n }}", form={"a": "b"}),
    ],
)
def test_any_message_is_preserved(message: Message) -> None:
    assert deserialize(serialize(message)) == message


def test_the_list_of_the_ledger_counts_drafts(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, capsys: pytest.CaptureFixture[str]
) -> None:
    ding.plan(staff(sandbox, 3), NOTE).send("payslip")
    capsys.readouterr()
    main(["ledger", "list"])
    assert "Drafts" not in capsys.readouterr().out
    for name in ("a", "b"):
        ding.drafts.save(name, "text", {})
    main(["ledger", "list"])
    assert re.search(r"^ +Drafts +2$", capsys.readouterr().out, re.MULTILINE)

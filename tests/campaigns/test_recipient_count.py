"""The counts of plans and campaigns: people or, with a key, messages and people."""

import pandas as pd
import pytest

import dingnb
from dingnb.campaigns.campaign import view_of
from dingnb.campaigns.plan import Plan
from dingnb.campaigns.plan import view_of as view_of_plan
from dingnb.client import DingTalk
from dingnb.errors import InputError
from dingnb.words import set_language

WHO = ["ann", "bob"]
BILL = dingnb.text("Invoice {{ invoice }}")


def bills(ding: DingTalk, *, invoices: int = 2) -> Plan:
    """Return a plan with a number of invoices for each of two people."""
    frame = pd.DataFrame({"userid": WHO * invoices, "invoice": [f"no. {n}" for n in range(2 * invoices)]})
    return ding.plan(frame, BILL, key="invoice")


def test_a_plan_with_a_key_counts_messages_and_people(ding: DingTalk) -> None:
    plan = bills(ding)
    facts = {str(name): str(value) for name, value in view_of_plan(plan).sheet().facts}
    assert str(view_of_plan(plan).sheet().title) == "Plan for 4 messages to 2 people"
    assert (facts["Messages"], facts["People"]) == ("4 messages in 4 rows", "2 people")
    assert (plan.people, view_of_plan(plan).recipient_count.messages, view_of_plan(plan).recipient_count.people) == (
        4,
        4,
        2,
    )
    set_language("zh")
    assert str(view_of_plan(plan).sheet().title) == "发送计划：4 条消息（发给 2 人）"


def test_a_plan_without_a_key_counts_people(ding: DingTalk) -> None:
    plan = ding.plan(pd.DataFrame({"userid": ["ann", "bob", "cid"]}), dingnb.text("Hello"))
    assert str(view_of_plan(plan).sheet().title) == "Plan for 3 people"
    facts = {str(name): str(value) for name, value in view_of_plan(plan).sheet().facts}
    assert facts["People"] == "3 people in 3 rows"
    assert "Messages" not in facts


def test_the_error_for_a_wrong_expect_counts_messages_and_people(ding: DingTalk) -> None:
    with pytest.raises(InputError, match=r"this concerns 4 messages to 2 people\. .*"):
        bills(ding).send("bills", expect=2)


def test_a_campaign_with_a_key_counts_messages_and_people(ding: DingTalk) -> None:
    plan = bills(ding)
    run = plan.send("bills", expect=4)
    sheet = view_of(run).results.sheet()
    assert run.progress.text == "Sent: 4 of 4 messages accepted by DingTalk"
    facts = {str(name): str(value) for name, value in sheet.facts}
    assert (facts["Messages"], facts["People"]) == ("4", "2")
    assert str(sheet.tables[0].header[1]) == "messages"
    assert str(view_of(ding.campaign("bills")).results.recipient_count.text) == "4 messages to 2 people"
    again = plan.send("bills", expect=4)
    assert str(view_of(again).control.opening).endswith("4 messages to 2 people.")


def test_the_forecast_for_a_name_counts_messages(ding: DingTalk) -> None:
    plan = bills(ding)
    plan.send("bills", expect=4)
    assert str(plan.forecast("bills").text).endswith(
        ", 4 messages to 2 people: all messages of this plan have already been sent; sending again sends nothing."
    )
    more = str(bills(ding, invoices=3).forecast("bills").text)
    assert ", 4 messages to 2 people: 2 are new; only these are sent, and no message is sent twice." in more
    other = pd.DataFrame({"userid": WHO, "invoice": ["no. 0", "no. 1"]})
    changed = str(ding.plan(other, dingnb.text("Bill {{ invoice }}"), key="invoice").forecast("bills").text)
    assert changed.startswith("In this campaign, 2 messages were sent with a different text.")


def test_a_plan_with_a_key_promises_that_no_key_gets_it_twice(ding: DingTalk) -> None:
    frame = pd.DataFrame({"userid": WHO, "invoice": [1, 2]})
    ding.plan(frame, dingnb.text("Hello"), key="invoice").send("bills", expect=2)
    plan = repr(ding.plan(frame, dingnb.text("Hello"), key="invoice"))
    assert (
        "In this plan, 2 messages were already sent to the same people today with exactly this text (campaign bills)"
        in plan
    )
    assert "no message is sent twice; under another name DingTalk drops it for those who have it." in plan
    assert "nobody gets it twice" not in plan

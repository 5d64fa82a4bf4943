"""Lists of campaigns: what became of their messages, and names that the ledger does not have."""

from collections.abc import Callable

import pandas as pd
import pytest

import dingnb
from dingnb.campaigns.campaign import view_of
from dingnb.campaigns.stored_campaigns import DeliverySummary
from dingnb.client import DingTalk, deliveries_of
from dingnb.errors import InputError
from dingnb.ledger.campaigns import campaigns, outcomes, unknown_outcomes
from dingnb.sandbox import RunningSandbox
from dingnb.words import Language, set_language
from tests.campaigns.sending.test_media import Refuses
from tests.campaigns.sending.test_run_again import Loses

Staff = Callable[..., pd.DataFrame]
PERSONAL = dingnb.text("number {{ n }}")


def test_people_resolved_as_delivered_count_as_delivered(sandbox: RunningSandbox, ding: DingTalk, staff: Staff) -> None:
    Loses(ding, lambda _: True)
    run = ding.plan(staff(sandbox, 2), PERSONAL).send("payslip", check=False)
    assert deliveries_of(ding, ["payslip"]) == [DeliverySummary()]
    run.resolve("delivered", expect=2)
    assert deliveries_of(ding, ["payslip"]) == [DeliverySummary(delivered=2, read=0)]


def test_people_who_answered_count_as_delivered_and_read_if_the_call_had_no_answer(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    Loses(ding, lambda _: True)
    run = ding.plan(staff(sandbox, 2), PERSONAL).send("payslip", check=False)
    with ding._ledger.transaction() as db:
        batch, place = min(unknown_outcomes.places(db, run._number))
        outcomes.record_answered(db, batch, place, 1)
    assert deliveries_of(ding, ["payslip"]) == [DeliverySummary(delivered=1, read=1)]


def test_a_later_campaign_with_the_name_of_a_deleted_reminder_is_no_reminder(
    ding: DingTalk, staff: Staff, sandbox: RunningSandbox
) -> None:
    frame = staff(sandbox, 2)
    run = ding.plan(frame, PERSONAL).send("payslip").wait()
    reminder = run.remind(dingnb.text("A reminder")).send("r")

    def reminders() -> list[str]:
        view = view_of(run)
        return [reminder.name for reminder in view.available_actions(view.results.snapshot().people).reminders]

    assert reminders() == ["r"]
    with ding._ledger.transaction() as db:
        campaigns.delete(db, reminder._number)
    assert reminders() == []
    ding.plan(frame, dingnb.text("Something else")).send("r")
    assert reminders() == []


def test_a_test_of_a_reminder_is_no_reminder(ding: DingTalk, staff: Staff, sandbox: RunningSandbox) -> None:
    frame = staff(sandbox, 2)
    run = ding.plan(frame, PERSONAL).send("payslip").wait()
    plan = run.remind(dingnb.text("A reminder"))
    test = plan.test(frame["userid"][0])
    assert view_of(run).reminders() == ()
    assert view_of(test).reminds_of == ""
    plan.send("r")
    assert [reminder.name for reminder in view_of(run).reminders()] == ["r"]


def test_a_reminder_by_cards_has_reached_those_whose_cards_were_accepted(
    ding: DingTalk, staff: Staff, sandbox: RunningSandbox
) -> None:
    card = dingnb.card(title="Lunch", text="Coming?", buttons={"yes": "Yes", "no": "No"})
    frame = staff(sandbox, 4)
    run = ding.plan(frame, card).send("lunch")
    run.remind(run.message).send("again")
    view = view_of(run)
    [reminder] = view.available_actions(view.results.snapshot().people).reminders
    assert reminder.accepted == reminder.people == 4
    assert reminder.reached == set(frame["userid"])


def test_a_campaign_pruned_after_its_name_was_read_has_no_deliveries(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    ding.plan(staff(sandbox, 2), PERSONAL).send("payslip")
    sent, pruned = deliveries_of(ding, ["payslip", "pruned"])
    assert sent.has_delivery
    assert pruned == DeliverySummary()


def test_the_frame_of_campaigns_says_who_did_not_get_it(
    open_sandbox: Callable[..., RunningSandbox], connect_to: Callable[..., DingTalk], staff: Staff
) -> None:
    sandbox = open_sandbox(failed_share=0.3, read_share=1, read_within_s=0)
    ding = connect_to(sandbox)
    people = staff(sandbox, 20)
    frame = pd.concat([people, pd.DataFrame({"userid": ["stranger", None], "n": [98, 99]})], ignore_index=True)
    plan = ding.plan(frame, PERSONAL)
    run = plan.send("payslip")
    columns = ["people", "accepted", "failed", "delivered", "read", "missed", "elsewhere"]
    [listed] = ding.campaigns()[columns].astype(object).to_dict("records")
    assert (listed["people"], listed["accepted"]) == (21, 21)
    assert all(listed[name] is None for name in ("delivered", "read", "missed", "elsewhere"))
    statuses = run.wait().summary()["people"]
    plan.send("payslip-again").wait()
    again, first = ding.campaigns()[columns].astype(object).to_dict("records")
    reached = int(statuses.reindex(["delivered", "read"], fill_value=0).sum())
    missed = 21 - reached
    assert missed == statuses["failed"] + statuses["invalid"] > 1
    assert first == {
        "people": 21,
        "accepted": 21,
        "failed": 0,
        "delivered": reached,
        "read": statuses.get("read", 0),
        "missed": missed,
        "elsewhere": 0,
    }
    assert again["elsewhere"] > 0
    assert again["delivered"] + again["missed"] + again["elsewhere"] == again["people"] == 21
    summaries = deliveries_of(ding, ["payslip-again", "payslip"])
    assert [again["missed"], first["missed"]] == [summary.missed for summary in summaries]


@pytest.mark.parametrize(
    ("language", "start", "end"),
    [
        ("en", "The organisation has used up this month's API calls. DingTalk says: ", "(code 90020, {path})"),
        ("zh", "企业本月的 API 调用量已用完。钉钉说明：", "（错误码 90020，{path}）"),
    ],
)
def test_the_reason_why_a_campaign_ended_comes_before_the_path_that_was_called(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, language: Language, start: str, end: str
) -> None:
    sandbox.state.faults.add("month", path="/asyncsend_v2")
    ding.plan(staff(sandbox, 2), PERSONAL).send("payslip", check=False)
    set_language(language)
    (reason,) = ding.campaigns()["reason"]
    assert reason.startswith(start)
    assert end.format(path="/topapi/message/corpconversation/asyncsend_v2") in reason


def test_people_whose_call_is_refused_are_missed_before_results_are_read(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    Refuses(ding, code="33012")
    ding.plan(staff(sandbox, 3), PERSONAL).send("payslip", check=False)
    listed = ding.campaigns().iloc[0]
    assert (listed["failed"], listed["missed"], listed["accepted"]) == (3, 3, 0)
    assert listed["delivered"] is pd.NA


def test_an_unknown_name_is_refused_with_some_existing_names_and_how_many_more_there_are(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    frame = staff(sandbox, 1)
    for n in range(7):
        ding.plan(frame, dingnb.text(f"note {n}")).send(f"note-{n}")
    # The names of tests, although newer, come last.
    ding.plan(frame, dingnb.text("note 7")).test("manager01")
    with pytest.raises(InputError) as caught:
        ding.campaign(" memo ")
    assert "no campaign 'memo'" in caught.value.what
    assert "Existing campaigns: note-6, note-5, note-4, note-3, note-2 and 3 more." in caught.value.hint
    with pytest.raises(InputError, match=r"no campaign 'x{99}…' of this app"):
        ding.campaign("x" * 100_000)

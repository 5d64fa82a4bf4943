"""Work notifications: results are matched to the people of their task, and repeats are made only while that is safe."""

import dataclasses
from collections.abc import Callable

import pandas as pd
import pytest

import dingnb
from dingnb.api.work_notifications import SendResult, read_result
from dingnb.campaigns.campaign import view_of
from dingnb.channels import CHANNELS, WORK_NOTIFICATIONS, PersonResult, channel_named
from dingnb.channels.work_notifications import results_of
from dingnb.client import DingTalk
from dingnb.clock import NS_PER_S, VirtualClock
from dingnb.ledger.campaigns import batches, campaigns
from dingnb.ledger.sending.attempts import Attempt
from dingnb.limits import STANDARD
from dingnb.sandbox import RunningSandbox
from tests.table_rows import for_each

Connect = Callable[..., DingTalk]
Staff = Callable[..., pd.DataFrame]
S = NS_PER_S
MIN = 60 * S


def result_of(**lists: object) -> SendResult:
    return read_result({"send_result": lists})


@for_each(
    ("people", "named", "expected"),
    [
        (["Bob", "eve"], ["Bob"], {"Bob"}),
        (["Bob", "eve"], ["bob"], {"Bob"}),
        (["Bob", "eve"], ["bob", "Bob"], {"Bob"}),
        (["Bob", "bob"], ["bob"], {"bob"}),
        (["Bob", "bob"], ["BOB"], {"BOB"}),
        (["Bob"], ["bobby"], {"bobby"}),
        (["12"], [12], {"12"}),
        (["ÄB"], ["äb"], {"äb"}),
    ],
)
def test_userids_that_differ_only_in_case_match_if_unambiguous(
    people: list[str], named: list[object], expected: set[str]
) -> None:
    assert results_of(people, result_of(unread_user_id_list=named)).keys() == expected


def test_a_code_stays_with_its_person() -> None:
    result = result_of(
        forbidden_user_id_list=["BOB", "Bob", "eve"],
        forbidden_list=[{"userid": "bob", "code": 143106}, {"userid": "bob"}],
    )
    assert results_of(["Bob", "eve"], result) == {
        "Bob": PersonResult("filtered", "143106"),
        "eve": PersonResult("filtered"),
    }


def test_the_most_certain_list_counts_for_a_person_in_several() -> None:
    lists = {
        "read_user_id_list": ["a"],
        "unread_user_id_list": ["a", "b"],
        "forbidden_list": [{"userid": "b", "code": "143103"}, {"userid": "c", "code": "143103"}],
        "invalid_user_id_list": ["c", "d"],
        "failed_user_id_list": ["d", "e"],
    }
    found = results_of(list("abcde"), result_of(**lists))
    assert {userid: result.status for userid, result in found.items()} == {
        "a": "read",
        "b": "delivered",
        "c": "filtered",
        "d": "invalid",
        "e": "failed",
    }
    assert found["c"].code == "143103"


@pytest.mark.parametrize(
    ("ages_s", "now_min", "due_min"),
    [
        ([], 0, None),
        ([10], 0, 50 / 60),
        ([600, 10], 0, 50 / 60),
        ([600], 0, 0),
        ([700, 600, 10], 0, None),
        # It is noon: 14 minutes to midnight are too few, and the next day is another.
        ([600], 12 * 60 - 16, 12 * 60 - 16),
        ([600], 12 * 60 - 14, None),
        ([600], 12 * 60 + 16, None),
    ],
)
def test_a_repeat_is_due_after_a_pause_on_the_same_day_and_at_most_three_times(
    ages_s: list[int],
    now_min: int,
    due_min: float | None,
    sandbox: RunningSandbox,
    connect_to: Connect,
    clock: VirtualClock,
) -> None:
    context = connect_to(sandbox)._send_context()
    noon_ns = context.now_ns() // (24 * 60 * MIN) * (24 * 60 * MIN) + 4 * 60 * MIN
    clock.advance(noon_ns + 24 * 60 * MIN - context.now_ns() + now_min * MIN)
    start_ns = context.now_ns() - now_min * MIN
    made = [Attempt(1, 1, start_ns - age_s * S, start_ns - age_s * S, "unknown") for age_s in ages_s]
    made.append(Attempt(1, 1, start_ns - 3_600 * S, start_ns - 3_600 * S, "refused"))
    found = WORK_NOTIFICATIONS.repeat_due_ns(context, made)
    assert found == (None if due_min is None else start_ns + round(due_min * MIN))
    assert WORK_NOTIFICATIONS.must_save_last_attempt(made) == (len(ages_s) == 2)


def test_a_campaign_is_recorded_with_the_name_of_its_channel(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff
) -> None:
    ding = connect_to(sandbox)
    ding.plan(staff(sandbox, 1), dingnb.text("hi")).send("a")
    context = ding._send_context()
    with context.ledger.connection() as db:
        row = campaigns.find(db, context.realm, "a")
    assert row is not None
    # Ledgers that are older than this column have this name.
    assert row.channel == "work notification"
    assert channel_named(row.channel) is WORK_NOTIFICATIONS
    assert len({channel.name for channel in CHANNELS}) == len(CHANNELS)


def test_a_call_with_a_status_bar_goes_to_five_people(
    open_sandbox: Callable[..., RunningSandbox], connect_to: Connect, staff: Staff
) -> None:
    sandbox = open_sandbox(failed_share=0.5)
    ding = connect_to(sandbox)
    review = dingnb.oa("https://example.com", title="Review", status_value="open", status_bg="0xFF78C06E")
    ding.plan(staff(sandbox, 2), review).send("review").wait()
    run = ding.plan(staff(sandbox, 14), review).send("review").wait()
    assert _people_of_tasks(sandbox) == [2, 5, 5, 2]
    missed = len(run.missed())
    assert missed > 5
    run.retry().wait()
    assert _people_of_tasks(sandbox)[4:] == [5, missed - 5]
    assert set(run.results()["status"]) <= {"delivered", "failed"}


def test_only_a_status_bar_makes_calls_smaller(sandbox: RunningSandbox, connect_to: Connect, staff: Staff) -> None:
    ding = connect_to(sandbox)
    notice = dingnb.oa("https://example.com", title='What "status_bar": means', form={"status_bar": "none"})
    ding.plan(staff(sandbox, 14), notice).send("notice").wait()
    assert _people_of_tasks(sandbox) == [14]


def test_a_status_bar_makes_no_other_calls_of_a_retry_smaller(
    open_sandbox: Callable[..., RunningSandbox], connect_to: Connect, staff: Staff
) -> None:
    sandbox = open_sandbox(failed_share=1.0)
    ding = connect_to(sandbox)
    people = staff(sandbox, 20)
    review = dingnb.oa("https://example.com", title="Review", status_value="open", status_bg="0xFF78C06E")
    ding.plan(people.head(8), dingnb.text("Review")).send("review").wait()
    run = ding.plan(people[7:], review).send("review").wait()
    assert _people_of_tasks(sandbox) == [8, 5, 5, 3]
    assert view_of(run).available_actions(view_of(run).results.snapshot([]).people).retry.calls == 4
    run.retry().wait()
    assert sorted(_people_of_tasks(sandbox)[4:]) == [3, 5, 5, 7]


def test_a_status_bar_makes_no_calls_to_people_of_an_earlier_plan_smaller(
    open_sandbox: Callable[..., RunningSandbox], connect_to: Connect, staff: Staff
) -> None:
    sandbox = open_sandbox(limits=dataclasses.replace(STANDARD, calls_per_month=1))
    ding, people = connect_to(sandbox), staff(sandbox, 9)
    texts = ["first"] + ["Review"] * 8
    ding.plan(people.assign(t=texts), dingnb.text("{{ t }}")).send("review", check=False)
    review = dingnb.oa("https://example.com", title="Review", status_value="open", status_bg="0xFF78C06E")
    run = ding.plan(people.tail(1), review).send("review", absent="send", check=False)
    view = view_of(run)
    with view.context.ledger.connection() as db:
        queued = [row for row in batches.of_campaign(db, view.number) if row.status == "queued"]
    assert sorted(row.userids.count(",") + 1 for row in queued) == [1, 7]


def _people_of_tasks(sandbox: RunningSandbox) -> list[int]:
    return [task.people for task in sandbox.state.tasks.finished()]

"""Cards: one for each batch, whose id makes a repeat safe, with a result for each person in the answer."""

import dataclasses
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain
from typing import Any

import pandas as pd
import pytest
import requests
from requests.adapters import BaseAdapter

import dingnb
from dingnb.campaigns.campaign import Campaign, view_of
from dingnb.campaigns.stored_campaigns import stored_sheet
from dingnb.channels import CARDS, channel_for, channel_named
from dingnb.client import DingTalk
from dingnb.clock import VirtualClock, seconds_to_ns
from dingnb.errors import AccessError, CredentialsError, IncompleteError, InputError, LiveSendError
from dingnb.ledger import Ledger, answers, cards
from dingnb.ledger.answers import NewAnswer
from dingnb.ledger.campaigns import batches
from dingnb.ledger.cards import PollField
from dingnb.limits import STANDARD
from dingnb.messages import CardSettings, CardTemplate
from dingnb.messages.types import TYPES
from dingnb.sandbox import RunningSandbox
from tests.card_presses import press
from tests.live_mode import make_live

Connect = Callable[..., DingTalk]
Staff = Callable[..., pd.DataFrame]
OpenSandbox = Callable[..., RunningSandbox]

CARD = dingnb.card("Team day", "Number {{ n }}, are you coming?", buttons={"yes": "来", "no": "不来"})
EQUAL = dingnb.card("Team day", "Are you coming?", buttons={"yes": "来", "no": "不来", "map": ("Map", "https://a/b")})
CREATE = "/card/instances/createAndDeliver"


def created(sandbox: RunningSandbox) -> dict[str, list[str]]:
    """Return the people to whom each card was delivered."""
    return {
        card.out_track_id: [delivery.userid for delivery in card.deliveries]
        for card in sandbox.state.cards.list_newest()
    }


def fault(sandbox: RunningSandbox, kind: str, nth: int = 1, **more: Any) -> None:
    sandbox.state.faults.add(kind, path=CREATE, nth=nth, **more)


class ChangingRoute(BaseAdapter):
    """A route on which the answers to calls that send cards are changed."""

    def __init__(self, route: BaseAdapter, change: Callable[[dict[str, Any]], object]) -> None:
        super().__init__()
        self.route = route
        self._change = change

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        response = self.route.send(request, *args, **options)
        if CREATE in str(request.url):
            answer = response.json()
            self._change(answer)
            response._content = json.dumps(answer).encode()
        return response

    def close(self) -> None:
        self.route.close()


@contextmanager
def answering(ding: DingTalk, change: Callable[[dict[str, Any]], object]) -> Iterator[None]:
    session = ding._transport._session
    routes = dict(session.adapters)
    for prefix, route in routes.items():
        session.mount(prefix, ChangingRoute(route, change))
    yield
    for prefix, route in routes.items():
        session.mount(prefix, route)


def statuses(run: Campaign) -> list[str]:
    return run.results()["status"].astype(str).tolist()


def test_messages_of_card_types_travel_as_cards() -> None:
    assert {name for name in TYPES if channel_for(name) is CARDS} == {"card", "survey"}
    assert channel_named("card") is CARDS


def test_each_person_gets_one_card_and_the_results_say_so(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    plan = ding.plan(staff(sandbox, 3), CARD)
    assert plan.calls == 3
    run = plan.send("team-day")
    results = run.results()
    assert set(results["status"]) == {"accepted"}
    assert set(results["channel"]) == {"card"}
    assert results["task_id"].isna().all()
    assert results["reached"].isna().all()
    found = created(sandbox)
    assert sorted(chain(*found.values())) == sorted(results["userid"])
    assert all(len(out_track_id) <= 100 and out_track_id.startswith("dn-") for out_track_id in found)
    again = plan.send("team-day")
    assert created(sandbox) == found
    assert set(again.results()["status"]) == {"accepted"}


def test_a_work_notification_names_its_channel(sandbox: RunningSandbox, ding: DingTalk, staff: Staff) -> None:
    run = ding.plan(staff(sandbox, 1), dingnb.text("hi")).send("a")
    assert run.results()["channel"].tolist() == ["work notification"]
    assert run.results()["channel"].dtype == pd.Series(["a"], dtype="str").dtype


def test_the_plan_says_that_no_call_reads_results(sandbox: RunningSandbox, ding: DingTalk, staff: Staff) -> None:
    assert "3 calls to send\n" in repr(ding.plan(staff(sandbox, 3), CARD))


def test_equal_cards_share_calls_as_far_as_the_setting_allows(
    open_sandbox: OpenSandbox, connect_to: Connect, staff: Staff
) -> None:
    sandbox = open_sandbox(users=1_100)
    people = staff(sandbox, 1_000)
    assert connect_to(sandbox).plan(people, EQUAL).calls == 1_000
    ding = connect_to(sandbox, limits=dataclasses.replace(STANDARD, people_per_card=30))
    plan = ding.plan(people, EQUAL)
    assert plan.calls <= 35
    assert ding.plan(people.head(30), CARD).calls == 30
    assert set(plan.send("equal").results()["status"]) == {"accepted"}
    assert sorted(chain(*created(sandbox).values())) == sorted(people["userid"])


def test_each_key_of_a_person_has_a_card_and_an_answer_of_its_own(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff
) -> None:
    ding = connect_to(sandbox, limits=dataclasses.replace(STANDARD, people_per_card=30))
    people = staff(sandbox, 3)
    trips = pd.concat([people.assign(trip="a"), people.assign(trip="b"), people.assign(trip="b")])
    plan = ding.plan(trips, EQUAL, key="trip")
    assert (plan.people, plan.calls, plan.texts) == (6, 2, 1)
    run = plan.send("trips")
    cards_of = created(sandbox)
    assert list(cards_of.values()) == [people["userid"].tolist()] * 2
    second = list(cards_of)[1]
    ding._log.answers.record([press(second, people["userid"][0], "yes")])
    assert run.answers()["answer"].fillna("").tolist() == [*[""] * 3, "yes", "", "", "yes", "", ""]
    grown = pd.concat([trips, people.assign(trip="c")])
    run = ding.plan(grown, EQUAL, key="trip").send("trips")
    assert len(created(sandbox)) == 3
    assert run.answers()["answer"].fillna("").tolist() == [*[""] * 3, "yes", "", "", "yes", *[""] * 5]
    assert ding.campaign("trips").answers()["answer"].notna().sum() == 1
    # The cards of a reminder differ by key as well.
    reminder = run.remind(EQUAL).send("trips-again")
    assert statuses(reminder) == ["accepted"] * 10
    assert sum(map(len, created(sandbox).values())) == 9 + 8
    assert all(len(set(recipients)) == len(recipients) for recipients in created(sandbox).values())


@pytest.mark.parametrize("store_content", [True, False])
@pytest.mark.parametrize("days", ["dates", "floats", "durations"])
def test_answers_to_a_reminder_of_a_campaign_found_by_name_count_for_their_key(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, *, days: str, store_content: bool
) -> None:
    values = {
        "dates": pd.to_datetime(["2026-12-01", "2026-12-02"]),
        "floats": [1.0, 0.1 + 0.2],
        "durations": pd.to_timedelta(["1 day 03:05:00", "1 h"]),
    }[days]
    people = staff(sandbox, 1)
    shifts = pd.concat([people.assign(shift=value) for value in values])
    ding.plan(shifts, EQUAL, key="shift").send("shifts", store_content=store_content)
    run = ding.campaign("shifts")
    first = created(sandbox)
    run.remind(EQUAL).send("shifts-2")
    second = [card for card in created(sandbox) if card not in first][1]
    ding._log.answers.record([press(second, people["userid"][0], "yes")])
    assert run.answers()["answer"].fillna("").tolist() == ["", "yes"]
    assert len(run.unanswered()) == 1


def test_two_cards_of_a_person_are_retried_in_two_calls(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff
) -> None:
    ding = connect_to(sandbox, limits=dataclasses.replace(STANDARD, people_per_card=30))
    people = staff(sandbox, 2)
    trips = pd.concat([people.assign(trip="a"), people.assign(trip="b")])

    def block(answer: dict[str, Any]) -> None:
        for result in answer["result"]["deliverResults"]:
            result |= {"success": False, "errorMsg": "blocked"}

    with answering(ding, block):
        run = ding.plan(trips, EQUAL, key="trip").send("trips")
    assert statuses(run) == ["failed"] * 4
    before = created(sandbox).keys()
    run.retry()
    assert statuses(run) == ["accepted"] * 4
    assert [userids for card, userids in created(sandbox).items() if card not in before] == [
        people["userid"].tolist()
    ] * 2


def test_as_many_people_share_a_call_as_their_userids_fit_into_it() -> None:
    limits = dataclasses.replace(STANDARD, people_per_card=100)
    for length, people in ((8, 55), (10, 49), (12, 45), (16, 38), (20, 33), (24, 29)):
        assert CARDS.max_people(limits, ["x" * length, "y"], []) == people
    assert CARDS.max_people(limits, ["x" * 2_000], []) == 1
    assert CARDS.max_people(limits, [], []) == 90
    assert CARDS.max_people(STANDARD, ["x"], []) == 1


def test_the_result_of_each_person_comes_with_the_answer(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff
) -> None:
    ding = connect_to(sandbox, limits=dataclasses.replace(STANDARD, people_per_card=30))
    people = pd.concat([staff(sandbox, 2), pd.DataFrame({"userid": ["nobody"], "n": [9]})])
    run = ding.plan(people, EQUAL).send("mixed")
    assert statuses(run) == ["accepted", "accepted", "invalid"]
    [result] = run.missed().to_dict("records")
    assert "no chat of the robot" in result["reason"]
    context = ding._send_context()
    [card] = sandbox.state.cards.list_newest()
    with context.ledger.connection() as db:
        recorded = db.execute("SELECT out_track_id, userid, carrier_id FROM card_messages").fetchall()
    assert sorted(recorded) == sorted(
        (card.out_track_id, delivery.userid, delivery.carrier_id) for delivery in card.deliveries
    )


def test_who_was_not_delivered_to_is_retried_with_a_new_card(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    people = staff(sandbox, 2)
    first = people["userid"][0]

    def block(answer: dict[str, Any]) -> None:
        [result] = answer["result"]["deliverResults"]
        if result["spaceId"] == first:
            result |= {"success": False, "errorMsg": "blocked by the person"}

    with answering(ding, block):
        run = ding.plan(people, CARD).send("blocked")
    assert statuses(run) == ["failed", "accepted"]
    assert "blocked by the person" in run.results()["reason"][0]
    before = created(sandbox)
    run.retry()
    assert statuses(run) == ["accepted", "accepted"]
    after = created(sandbox)
    [new] = after.keys() - before.keys()
    assert after[new] == [first]
    assert run.retry().results()["attempts"].tolist() == [1, 1]


def test_no_call_closes_the_card_of_who_has_none(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, capsys: pytest.CaptureFixture[str]
) -> None:
    people = staff(sandbox, 3)

    def block(answer: dict[str, Any]) -> None:
        [result] = answer["result"]["deliverResults"]
        if result["spaceId"] == people["userid"][0]:
            result |= {"success": False, "errorMsg": "blocked by the person"}

    with answering(ding, block):
        run = ding.plan(people, CARD).send("blocked")
    available = view_of(run).available_actions(run.results())
    assert available.cards is not None
    assert available.cards.close_calls == 2
    capsys.readouterr()
    run.close()
    assert "2 cards disabled" in capsys.readouterr().out


def test_once_cards_are_closed_nothing_advises_to_send_again_or_to_wait_for_answers(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    people = staff(sandbox, 4)
    blocked, unnamed, _, _ = people["userid"]

    def change(answer: dict[str, Any]) -> None:
        for result in answer.get("result", {}).get("deliverResults", []):
            if result["spaceId"] == blocked:
                result |= {"success": False, "errorMsg": "blocked by the person"}
            if result["spaceId"] == unnamed:
                answer["result"]["deliverResults"] = []

    fault(sandbox, "drop_after", 3)
    with answering(ding, change):
        run = ding.plan(people, CARD).send("team-day", check=False)
    assert statuses(run) == ["failed", "unknown", "unknown", "accepted"]
    assert run.missed()["retry_at"].notna().all()
    run.close()
    with pytest.raises(InputError, match="closed"):
        run.retry()
    with pytest.raises(InputError, match="closed"):
        run.resolve("resend")
    assert "will not get one under this name" in run.results()["hint"][0]
    assert set(run.results()["hint"][1:3]) == {
        'Ask the person, then record your decision with run.resolve("delivered") or run.resolve("leave").'
    }
    assert run.missed()["retry_at"].isna().all()
    assert "will not get one under this name" in run.summary()["todo"]["failed"]
    stored = stored_sheet(ding._ledger, ding._clock, view_of(run).control.row()).to_text()
    for shown in (repr(run), stored, run.report().to_html()):
        assert "will not get one under this name" in shown
        for advice in ("run.retry()", "resend", "can be sent to again", "An answer shows that it was delivered"):
            assert advice not in shown, advice
    run.resolve("leave")


def test_a_plan_of_cards_does_not_warn_of_a_stream_that_runs(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    plan = ding.plan(staff(sandbox, 2), CARD)
    warning = "Answers are received only while something listens"
    assert warning in repr(plan)
    with ding.stream():
        assert warning not in repr(plan)
        assert warning not in repr(ding.plan(staff(sandbox, 3), CARD))
    assert warning in repr(plan)


def test_a_repeat_of_an_unknown_call_keeps_its_id(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, clock: VirtualClock
) -> None:
    fault(sandbox, "drop_before")
    start_ns = clock.monotonic_ns()
    run = ding.plan(staff(sandbox, 1), CARD).send("lost")
    assert statuses(run) == ["accepted"]
    assert run.results()["attempts"].tolist() == [2]
    assert clock.monotonic_ns() - start_ns >= seconds_to_ns(60)
    assert len(created(sandbox)) == 1
    context = ding._send_context()
    with context.ledger.connection() as db:
        [(only,)] = db.execute("SELECT out_track_id FROM cards").fetchall()
    assert created(sandbox).keys() == {only}


def test_a_card_that_exists_already_is_not_taken_for_delivered(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    fault(sandbox, "undelivered")
    run = ding.plan(staff(sandbox, 1), CARD).send("half", check=False)
    assert statuses(run) == ["unknown"]
    [row] = run.results().to_dict("records")
    assert "the card exists" in row["reason"]
    assert (row["code"], row["attempts"]) == ("param.cardAlreadyExist", 2)
    assert list(created(sandbox).values()) == [[]]
    with pytest.raises(IncompleteError, match="repeating the call would not show it"):
        ding.plan(staff(sandbox, 1), CARD).send("half")
    assert run.results()["attempts"].tolist() == [2]


def test_an_answer_proves_that_a_card_arrived(sandbox: RunningSandbox, ding: DingTalk, staff: Staff) -> None:
    fault(sandbox, "drop_after")
    people = staff(sandbox, 2)
    run = ding.plan(people, CARD).send("half", check=False)
    assert sorted(statuses(run)) == ["accepted", "unknown"]
    presses = [
        press(card.out_track_id, delivery.userid, "yes")
        for card in sandbox.state.cards.list_newest()
        for delivery in card.deliveries
    ]
    ding._log.answers.record(presses)
    results = run.results()
    assert statuses(run) == ["read", "read"]
    assert results["reached"].tolist() == results["read"].tolist() == [True, True]
    assert results["evidence"].tolist() == ["answer", "answer"]
    assert ding.plan(people, CARD).send("half").results()["attempts"].max() == 2
    assert all(len(recipients) == 1 for recipients in created(sandbox).values())


def test_an_answer_on_an_earlier_card_proves_that_the_person_has_one(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    people = staff(sandbox, 2)
    first, second = people["userid"]

    def block(answer: dict[str, Any]) -> None:
        [result] = answer["result"]["deliverResults"]
        if result["spaceId"] == first:
            result |= {"success": False, "errorMsg": "try again"}

    with answering(ding, block):
        run = ding.plan(people, CARD).send("blocked")
        [old] = [card for card, userids in created(sandbox).items() if userids == [first]]
        run.retry()
        assert statuses(run) == ["failed", "accepted"]
        assert len(created(sandbox)) == 3
        ding._log.answers.record([press(old, first, "yes")])
    assert statuses(run) == ["read", "accepted"]
    assert run.missed().empty
    assert run.summary().loc["read", "people"] == 1
    run.retry()
    assert statuses(run) == ["read", "accepted"]
    assert len(created(sandbox)) == 3
    assert run.unanswered()["userid"].tolist() == [second]


@pytest.mark.parametrize("answered", ["itself", "another card"])
def test_an_answer_takes_a_card_that_is_queued_again_off_the_queue(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, answered: str
) -> None:
    people = staff(sandbox, 1)
    first = people["userid"][0]
    run = asked = ding.plan(people, CARD).send("ask", check=False)
    if answered == "another card":
        fault(sandbox, "undelivered")
        run = asked.remind(CARD).send("again", expect=1, check=False)
    else:
        with asked._context.ledger.transaction() as db:
            db.execute("DELETE FROM outcomes")
            db.execute("UPDATE attempts SET outcome = 'unknown'")
            db.execute("UPDATE batches SET status = 'unknown', receipt = NULL")
    assert statuses(run) == ["unknown"]
    # The call that sends another card is refused.
    fault(sandbox, "ip_not_allowed")
    with pytest.raises(CredentialsError):
        run.resolve("resend")
    assert statuses(run) == ["unknown"]
    made = created(sandbox)
    [pressed] = [card for card, userids in made.items() if userids == [first]]
    ding._log.answers.record([press(pressed, first, "yes")])
    assert statuses(run) == ["read"]
    with run._context.ledger.connection() as db:
        assert not batches.is_open(db, run._number)
    run.resume()
    assert run.state == "finished"
    assert created(sandbox) == made


def test_an_answer_during_a_retry_is_not_overwritten_by_its_result(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    people = staff(sandbox, 1)
    first = people["userid"][0]

    def block(answer: dict[str, Any]) -> None:
        [result] = answer["result"]["deliverResults"]
        result |= {"success": False, "errorMsg": "try again"}
        if len(created(sandbox)) == 2:
            ding._log.answers.record([press(old, first, "yes")])

    with answering(ding, block):
        run = ding.plan(people, CARD).send("blocked")
        [old] = created(sandbox)
        run.retry()
    assert len(created(sandbox)) == 2
    assert statuses(run) == ["read"]
    assert run.missed().empty


def test_an_acknowledgement_shows_the_label_that_the_person_saw(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    buttons = {"a": "{{ n }} o'clock", "b": "Not at {{ n }}", "never": "{# or later #}Never"}
    ding.plan(staff(sandbox, 2), dingnb.card("T", "When?", buttons=buttons)).send("when")
    card_of = {userid: card for card, [userid] in created(sandbox).items()}
    first, second = staff(sandbox, 2)["userid"]
    presses = [press(card_of[who], who, key) for who, key in ((first, "a"), (second, "b"), (second, "never"))]

    def shown() -> list[str]:
        return [
            str(response["cardData"]["cardParamMap"]["tips"])
            for response in ding._log.answers.record(presses)
            if response is not None
        ]

    assert shown() == ["Answered: 0 o'clock", "Answered: Not at 1", "Answered: Never"]
    with ding._ledger.transaction() as db:
        db.execute("UPDATE batches SET hash = sha256(content), content = NULL")
    presses[1:] = []
    assert shown() == ["Answered: a"]


def test_resending_an_unknown_card_creates_another_one(sandbox: RunningSandbox, ding: DingTalk, staff: Staff) -> None:
    fault(sandbox, "drop_after")
    run = ding.plan(staff(sandbox, 1), CARD).send("half", check=False)
    assert statuses(run) == ["unknown"]
    run.resolve("resend")
    assert statuses(run) == ["accepted"]
    assert len(created(sandbox)) == 2
    assert all(len(recipients) == 1 for recipients in created(sandbox).values())


def test_a_card_whose_calls_all_fail_is_tried_three_times(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    for nth in range(1, 6):
        fault(sandbox, "drop_before", nth)
    run = ding.plan(staff(sandbox, 1), CARD).send("lost", check=False)
    assert statuses(run) == ["unknown"]
    assert run.results()["attempts"].tolist() == [3]
    assert created(sandbox) == {}


def test_a_call_that_was_throttled_is_made_again_with_the_same_id(
    open_sandbox: OpenSandbox, connect_to: Connect, staff: Staff
) -> None:
    sandbox = open_sandbox()
    fault(sandbox, "throttled")
    ding = connect_to(sandbox)
    run = ding.plan(staff(sandbox, 1), CARD).send("fast")
    assert statuses(run) == ["accepted"]
    with ding._send_context().ledger.connection() as db:
        assert db.execute("SELECT count(*) FROM cards").fetchone() == (1,)


def test_a_person_whom_the_answer_leaves_out_is_unknown(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff
) -> None:
    ding = connect_to(sandbox, limits=dataclasses.replace(STANDARD, people_per_card=30))
    with answering(ding, lambda answer: answer["result"]["deliverResults"].pop()):
        run = ding.plan(staff(sandbox, 2), EQUAL).send("silent", check=False)
    assert statuses(run) == ["accepted", "unknown"]
    assert "does not say whether" in run.results()["reason"][1]


def test_a_recall_is_refused_and_names_what_to_do(sandbox: RunningSandbox, ding: DingTalk, staff: Staff) -> None:
    run = ding.plan(staff(sandbox, 1), CARD).send("team-day")
    with pytest.raises(InputError, match=r"cannot recall cards[\s\S]*run\.close\(\)"):
        run.recall(expect=1)


def test_a_name_stays_with_its_channel(sandbox: RunningSandbox, ding: DingTalk, staff: Staff) -> None:
    people = staff(sandbox, 1)
    ding.plan(people, CARD).send("a")
    notice = ding.plan(people, dingnb.text("hi"))
    with pytest.raises(InputError, match="another channel"):
        notice.send("a", changed="resend")
    assert "another channel" in str(notice.forecast("a").refusal)


def test_what_a_card_asks_is_recorded(sandbox: RunningSandbox, ding: DingTalk, staff: Staff) -> None:
    people, context = staff(sandbox, 1), ding._send_context()
    ding.plan(people, EQUAL).send("buttons")
    survey = dingnb.survey(
        "Lunch",
        "Please.",
        fields=[
            dingnb.fields.choice("drink", "Drink", {"tea": "Tea", "none": "Nothing"}),
            dingnb.fields.number("guests", "Guests of {{ n }}"),
        ],
    )
    ding.plan(people, survey).send("survey")
    with context.ledger.connection() as db:
        first, second = (
            cards.poll_of(db, number) for (number,) in db.execute("SELECT id FROM campaigns ORDER BY id").fetchall()
        )
    assert first is not None
    assert first.poll.buttons == {"yes": "来", "no": "不来"}
    assert (first.poll.answer_variable, first.poll.counts, first.poll.deadline_ns) == ("tips", "last", None)
    assert first.poll.closed_data
    assert second is not None
    assert second.poll.fields == (
        PollField("drink", "Drink", "SELECT", (("tea", "Tea"), ("none", "Nothing"))),
        PollField("guests", "guests", "NUMBER"),
    )


def test_the_settings_choose_template_robot_and_the_way_back(
    open_sandbox: OpenSandbox, connect_to: Connect, staff: Staff
) -> None:
    sandbox = open_sandbox(card_templates="mine.schema")
    mine = CardSettings(
        CardTemplate("mine.schema", text="body", buttons="choices"), callback="HTTP", route_key="dingnb"
    )
    people = staff(sandbox, 1)
    run = connect_to(sandbox, cards=mine).plan(people, CARD).send("mine")
    assert statuses(run) == ["accepted"]
    [card] = sandbox.state.cards.list_newest()
    assert (card.template_id, card.callback_type, card.route_key) == ("mine.schema", "HTTP", "dingnb")
    assert card.public["body"].startswith("Number 0")
    other = connect_to(sandbox, cards=dataclasses.replace(mine, robot_code="other"))
    with pytest.raises(CredentialsError, match="robot code"):
        other.plan(people, CARD).send("other")


def test_a_template_that_the_app_may_not_use_stops_the_campaign(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    card = dingnb.card("T", template="foreign.schema", data={"a": "b"})
    with pytest.raises(AccessError, match="no such card template"):
        ding.plan(staff(sandbox, 3), card).send("foreign")
    run = ding.campaign("foreign")
    assert str(run.state) == "stopped"
    assert statuses(run) == ["queued"] * 3


def test_only_the_person_sees_private_values(open_sandbox: OpenSandbox, connect_to: Connect, staff: Staff) -> None:
    sandbox = open_sandbox(card_templates="mine.schema/net")
    card = dingnb.card("Pay", template="mine.schema", data={"month": "May"}, private={"net": "{{ n }}"})
    people = staff(sandbox, 2)
    connect_to(sandbox).plan(people, card).send("pay")
    for newest in sandbox.state.cards.list_newest():
        [delivery] = newest.deliveries
        number = people.set_index("userid")["n"][delivery.userid]
        assert newest.public == {"month": "May"}
        assert newest.private == {delivery.userid: {"net": str(number)}}


def test_on_live_a_template_is_used_only_after_somebody_pressed_a_test_card(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    make_live(ding)
    people, context = staff(sandbox, 2), ding._send_context()
    plan = ding.plan(people, CARD)
    assert "Nobody has pressed a card" in repr(plan)
    with pytest.raises(LiveSendError, match=r"Nobody has pressed a card[\s\S]*plan\.test"):
        plan.send("team-day", expect=2)
    assert created(sandbox) == {}
    tester = people["userid"][0]
    plan.test(tester)
    [out_track_id] = created(sandbox)
    with pytest.raises(LiveSendError):
        plan.send("team-day", expect=2)
    with context.ledger.transaction() as db:
        card = cards.card_of(db, context.realm, out_track_id)
        assert card is not None
        answers.add(db, NewAnswer(out_track_id, card.campaign, tester, "yes", "{}", "", 1, 1))
    assert "Nobody has pressed a card" not in repr(plan)
    run = plan.send("team-day", expect=2)
    assert statuses(run) == ["accepted", "accepted"]
    with context.ledger.transaction() as db:
        db.execute("DELETE FROM answers")
    # The proof outlives the answer.
    assert plan.send("team-day", expect=2).results()["attempts"].tolist() == [1, 1]
    survey = dingnb.survey("Lunch", "x", fields=[dingnb.fields.switch("bus", "Bus")])
    with pytest.raises(LiveSendError, match="Nobody has pressed"):
        ding.plan(people, survey).send("lunch", expect=2)


def test_cards_are_recorded_and_repeated_on_each_kind_of_database(
    open_sandbox: OpenSandbox, connect_to: Connect, staff: Staff, ledger: Ledger
) -> None:
    sandbox = open_sandbox()
    fault(sandbox, "drop_before", 2)
    fault(sandbox, "drop_after", 4)
    ding = connect_to(sandbox, ledger=ledger)
    people = pd.concat([staff(sandbox, 3), pd.DataFrame({"userid": ["nobody"], "n": [9]})])
    run = ding.plan(people, CARD).send("team-day", check=False)
    assert statuses(run).count("unknown") == 1
    assert sorted(run.results()["attempts"]) == [1, 1, 2, 2]
    with ledger.connection() as db:
        recorded = {out_track_id for (out_track_id,) in db.execute("SELECT out_track_id FROM cards").fetchall()}
    assert recorded == created(sandbox).keys()
    assert all(len(recipients) <= 1 for recipients in created(sandbox).values())
    assert ding.plan(people, CARD).send("team-day", check=False).results()["attempts"].max() == 2
    run.resolve("resend")
    assert sorted(statuses(run)) == ["accepted", "accepted", "accepted", "invalid"]

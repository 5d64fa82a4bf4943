"""The answers in the results form: bars that grow, a table by answer, reminding, closing, and both languages."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, Literal

import pandas as pd
import pytest

import dingnb
from dingnb.campaigns.campaign import Campaign, view_of
from dingnb.campaigns.plan import view_of as view_of_plan
from dingnb.client import DingTalk
from dingnb.clock import NS_PER_S, VirtualClock, seconds_to_ns
from dingnb.display.shell import user_namespace
from dingnb.errors import AccessError, InputError
from dingnb.events.stream.stream import StreamListener, Streams
from dingnb.ledger import answers as ledger_answers
from dingnb.ledger import cards
from dingnb.ledger.cards import Poll, PollField
from dingnb.messages.cards import CardSettings
from dingnb.sandbox import RunningSandbox
from dingnb.ui.kit.form import DEBOUNCE_NS
from dingnb.ui.plan.form import PlanForm
from dingnb.ui.results.form import ResultsForm
from dingnb.words import Text, set_language
from tests.card_presses import YES_NO, press, record_cards
from tests.ui.languages import chinese, english
from tests.ui.results_steps import act, choose_action, export, offered, open_details, opened, pick, rows, tiles
from tests.ui.steps import assert_harmless, is_shown, people, press_send, read, type_into, watch_focus, words

FIELDS = (
    PollField("meal", "餐食", "SELECT", (("a", "<b>素</b>"), ("b", "荤"))),
    PollField("n", "人数", "NUMBER"),
    PollField("note", "<script>alert(1)</script>", "TEXT"),
    PollField("days", "日期", "MULTI_SELECT", (("1", "一"), ("2", "二"))),
)


@pytest.fixture
def run(office: RunningSandbox, ding: DingTalk) -> Campaign:
    return ding.plan(people(office, 40), dingnb.text("number {{ n }}")).send("team-day")


def answer(run: Campaign, card: dict[str, str], rows: range, key: str = "", form: dict[str, Any] | None = None) -> None:
    userids = run.results()["userid"].tolist()
    listener = run._context.listener
    presses = [press(card[userids[at]], userids[at], key, form=form) for at in rows]
    listener.log.answers.record(presses)  # type: ignore[union-attr]


def bars(form: ResultsForm) -> str:
    return read(form.answers.bars.value).text


def pick_answer(form: ResultsForm, chosen: object) -> None:
    pick(form.people.answer, chosen)
    form.wait()


def test_a_campaign_without_cards_shows_no_answers(run: Campaign) -> None:
    form = opened(run)
    assert not is_shown(form.answers.box)
    assert "close" not in offered(form)


def test_answers_are_shown_once_later_cards_can_be_answered(ding: DingTalk, office: RunningSandbox) -> None:
    staff = people(office, 4)
    link = [{"key": "more", "label": "More", "url": "https://example.com"}]
    form = opened(ding.plan(staff, dingnb.card("T", "x", buttons=link)).send("parking"))
    assert not is_shown(form.answers.box)
    ding.plan(staff, dingnb.card("T", "y", buttons={"yes": "Yes"})).send("parking", changed="resend")
    form.model.reload_all()
    form.wait()
    assert is_shown(form.answers.box)


def test_the_notice_says_of_cards_only_who_read_them_and_who_did_not_get_one(
    ding: DingTalk, office: RunningSandbox
) -> None:
    staff = pd.concat([people(office, 3), pd.DataFrame({"userid": ["nobody-here"], "n": [9]})])
    run = ding.plan(staff, dingnb.card("Come?", "x", buttons={"a": "A"})).send("ask")
    office.press(userids=staff["userid"].head(2).tolist(), answers={"a": 1}, over_s=0, seed=1)
    run.wait("answered", timeout_s=1)
    form = opened(run)
    assert "Sent: 3 of 4 people accepted by DingTalk · 2 read · 1 person did not get it" in words(form)


def test_answers_are_shown_as_bars_and_rows(run: Campaign) -> None:
    card = record_cards(run)
    answer(run, card, range(10), "yes")
    answer(run, card, range(10, 15), "no")
    form = opened(run)
    assert is_shown(form.answers.box)
    assert is_shown(form.people.answer)
    assert "Answered: 15 of 40 (37.5%)" in words(form)
    assert "15 answered this; percentages are based on these" in bars(form)
    assert "10 · 66.7%" in bars(form)
    assert "5 · 33.3%" in bars(form)
    assert [line[2] for line in rows(form)] == ["来"] * 10 + ["不来"] * 5
    form.people.pager.later.click()
    assert {line[2] for line in rows(form)} == {"No answer"}


def test_the_share_of_those_who_answered_is_the_same_on_the_home_page(ding: DingTalk, office: RunningSandbox) -> None:
    frame = pd.concat([people(office, 4), pd.DataFrame({"userid": [None]})], ignore_index=True)
    run = ding.plan(frame, dingnb.text("Hi {{ n | default('') }}")).send("team-day", check=False)
    answer(run, record_cards(run), range(1), "yes")
    form = opened(run)
    assert "Answered: 1 of 5 (20%)" in words(form.answers.head)
    # Another quantity, whose base is named: how many of those who answered gave this answer.
    assert "1 answered this; percentages are based on these来1 · 100%" in bars(form)
    assert "1 answered 20.0%" in words(ding.studio().home.box)


def test_bars_grow_while_the_form_is_shown(run: Campaign, clock: VirtualClock) -> None:
    card = record_cards(run)
    form = opened(run)
    assert "Nobody has answered this yet" in bars(form)
    answer(run, card, range(10), "yes")
    clock.advance(seconds_to_ns(5))
    form.answers_model.poll()
    form.wait()
    assert "10 answered this; percentages are based on these" in bars(form)
    assert "10 · 100%" in bars(form)
    assert form.actions_model.offered["remind"] == 30


def test_the_head_says_that_the_deadline_has_passed_and_how_many_answers_are_late(
    run: Campaign, clock: VirtualClock
) -> None:
    deadline_ns = clock.now_ns() + seconds_to_ns(60)
    card = record_cards(run, replace(YES_NO, deadline_ns=deadline_ns))
    answer(run, card, range(4), "yes")
    form = opened(run)
    assert "open" in words(form.answers.head)
    assert "late" not in words(form.answers.head)
    clock.advance(seconds_to_ns(61))
    form.answers_model.poll()
    form.wait()
    assert "past the deadline" in words(form.answers.head)
    answer(run, card, range(3, 10), "no")
    form.answers_model.poll()
    form.wait()
    # Whoever answered in time as well is not late.
    assert "Answered: 10 of 40 (25%) · 6 of them late" in words(form.answers.head)
    assert "past the deadline" in words(opened(run).answers.head)


def test_the_deadline_passes_by_the_time_of_dingtalk_as_for_the_answers(run: Campaign, clock: VirtualClock) -> None:
    record_cards(run, replace(YES_NO, deadline_ns=clock.now_ns() + seconds_to_ns(60)))
    ten_minutes_ago = datetime.fromtimestamp(clock.now_ns() // NS_PER_S - 600, UTC)
    view_of(run).context.server_time.add_sample(clock.monotonic_ns(), format_datetime(ten_minutes_ago, usegmt=True))
    form = opened(run)
    clock.advance(seconds_to_ns(61))
    form.answers_model.poll()
    form.wait()
    assert "past the deadline" not in words(form.answers.head)
    clock.advance(seconds_to_ns(600))
    form.answers_model.poll()
    form.wait()
    assert "past the deadline" in words(form.answers.head)


def test_rows_are_filtered_by_answer(run: Campaign) -> None:
    card = record_cards(run, Poll(YES_NO.buttons, FIELDS))
    answer(run, card, range(3), "yes")
    answer(run, card, range(3, 5), form={"meal": "a", "days": ["1", "2"], "n": 2, "note": "=1+1"})
    form = opened(run)
    labels = [label for label, _ in form.people.answer.options]
    assert form.people.answer.index == 0
    assert labels[:4] == ["All rows (40)", "来 (3)", "不来 (0)", "Submitted form (2)"]
    assert "餐食: 荤 (0)" in labels
    for chosen, n in ((("answer", "yes"), 3), (("answer", None), 15), (("meal", "a"), 2), (("days", "2"), 2)):
        pick_answer(form, chosen)
        assert len(rows(form)) == n, chosen
        if chosen == ("meal", "a"):
            assert "餐食: <b>素</b>" in rows(form)[0][2]
            assert "日期: 一, 二" in rows(form)[0][2]
            details = open_details(form, 0)
            assert "餐食<b>素</b>" in details
            assert "日期一, 二" in details
    pick_answer(form, ("answer", "no"))
    assert "Nobody gave this answer." in words(form)
    pick_answer(form, "")
    form.people.search.set_state({"value": "accepted"})
    form.wait()
    assert "of 40" not in words(form.people.notice)
    form.people.clear.click()
    form.wait()
    assert "1–15 of 40" in words(form)


def test_the_answer_that_filters_stays_chosen_when_answers_arrive(
    run: Campaign, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = record_cards(run)
    answer(run, card, range(3), "yes")
    form = opened(run)
    pick_answer(form, ("answer", "no"))
    chosen = form.people.answer.index
    states: list[dict[str, Any]] = []
    monkeypatch.setattr(form.people.answer, "_send", lambda message, **_: states.append(message["state"]))
    answer(run, card, range(3, 6), "yes")
    clock.advance(seconds_to_ns(10))
    form.answers_model.poll()
    form.wait()
    assert [state["index"] for state in states if "index" in state] == [chosen]
    assert "来 (6)" in states[-1]["_options_labels"]


def test_filters_that_find_no_row_together_do_not_say_that_nobody_gave_the_answer(run: Campaign) -> None:
    card = record_cards(run)
    answer(run, card, range(3), "yes")
    form = opened(run)
    pick_answer(form, ("answer", "yes"))
    type_into(form.people.search, "no such person")
    form.wait()
    assert "No rows match all filters." in words(form)
    assert "Nobody gave this answer." not in words(form)
    form.people.clear.click()
    form.wait()
    answer(run, card, range(3, 40), "no")
    form.model.reload()
    form.wait()
    pick_answer(form, ("answer", None))
    assert "No rows match all filters." in words(form)


def test_answers_in_a_row_are_in_the_words_of_the_language(run: Campaign) -> None:
    answer(run, record_cards(run, Poll(fields=FIELDS)), range(1), form={"n": 2})
    form = opened(run)
    assert rows(form)[0][2] == "人数: 2"
    set_language("zh")
    form._repr_mimebundle_()
    form.wait()
    assert form.people.answer.options[0][0] == "全部（40 行）"
    assert rows(form)[0][2] == "人数：2"


def test_no_colon_follows_a_question_mark(run: Campaign) -> None:
    coming = PollField("coming", "是否参加？", "SELECT", (("in", "参加"), ("out", "不参加")))
    fields = (coming, PollField("why", "Why?", "TEXT"), PollField("n", "人数：", "TEXT"))
    form = {"coming": "in", "why": "fun", "n": "2"}
    answer(run, record_cards(run, Poll(YES_NO.buttons, fields)), range(1), form=form)
    results = opened(run)
    assert rows(results)[0][2] == "Submitted form · 是否参加？参加 · Why? fun · 人数：2"
    assert "是否参加？参加 (1)" in [label for label, _ in results.people.answer.options]


def test_an_empty_form_that_was_submitted_late_was_answered(run: Campaign) -> None:
    card = record_cards(run, Poll(fields=(PollField("note", "Note", "TEXT"),), deadline_ns=1))
    answer(run, card, range(1), form={})
    assert rows(opened(run))[0][2] == "Answered · late"


def test_a_switch_is_shown_as_yes_or_no_for_each_person_too(run: Campaign) -> None:
    card = record_cards(run, Poll(fields=(PollField("on", "Parking", "SWITCH"),)))
    answer(run, card, range(1), form={"on": True})
    answer(run, card, range(1, 2), form={"on": False})
    form = opened(run)
    assert [line[2] for line in rows(form)][:2] == ["Parking: Yes", "Parking: No"]
    assert "ParkingYes" in open_details(form, 0)


def test_the_rows_of_each_answer_are_counted_as_they_are_found(run: Campaign) -> None:
    card = record_cards(run, Poll(YES_NO.buttons, (*FIELDS, PollField("on", "Parking", "SWITCH"))))
    answer(run, card, range(3), "yes")
    answer(run, card, range(3, 8), form={"meal": "a", "days": ["1", "2"], "n": 2, "on": True})
    answer(run, card, range(8, 9), form={"days": [], "on": False})
    answers = view_of(run).results.answers()
    counted = {pair: n for pair, n in answers.rows_by_answer.items() if n}
    tally = answers.tally.dropna(subset="answer")
    found = {(q, a): int(answers.has(q, a).sum()) for q, a in zip(tally["question"], tally["answer"], strict=True)}
    assert counted == {pair: n for pair, n in found.items() if n}
    assert counted["days", "2"] == counted["on", "true"] == 5


def test_all_numbers_of_people_without_an_answer_agree(ding: DingTalk, office: RunningSandbox) -> None:
    frame = pd.concat([people(office, 5), pd.DataFrame({"userid": ["nobody_here", None]})], ignore_index=True)
    card = dingnb.card(title="Team day", text="Coming?", buttons={"yes": "来"})
    run = ding.plan(frame, card).send("poll", check=False)
    form = opened(run)
    assert form.actions_model.offered["remind"] == len(run.unanswered()) == 5
    assert [label for label, _ in form.people.answer.options] == ["All rows (7)", "来 (0)", "No answer (5)"]
    assert run.tally()["people"].tolist() == [0, 5]
    assert "Answered: 0 of 7 (0%) · 2 without a card" in words(form.answers.box)
    # As long as nobody has answered, there is nothing to filter by.
    assert not is_shown(form.people.answer)
    # Those without a card do not look like those who have not answered yet.
    assert [line[2] == "No answer" for line in rows(form)] == [True] * 5 + [False] * 2
    pick_answer(form, ("answer", None))
    assert len(rows(form)) == 5


def test_an_answer_is_listed_with_the_number_of_rows_that_it_finds(ding: DingTalk, office: RunningSandbox) -> None:
    frame = people(office, 3)
    frame = pd.concat([frame, frame.iloc[:1]], ignore_index=True)
    run = ding.plan(frame, dingnb.text("Hi")).send("team-day", check=False)
    answer(run, record_cards(run), range(2), "yes")
    form = opened(run)
    assert [label for label, _ in form.people.answer.options] == [
        *("All rows (4)", "来 (3)", "不来 (0)", "No answer (1)")
    ]
    for chosen, n in ((("answer", "yes"), 3), (("answer", None), 1)):
        pick_answer(form, chosen)
        assert len(rows(form)) == n
    # The bars, and the numbers above, are of people.
    assert "来2 · 100%" in bars(form)
    assert "Answered: 2 of 3 in the list" in words(form)


def test_cards_are_not_said_to_have_final_results(ding: DingTalk, office: RunningSandbox) -> None:
    form = opened(ding.plan(people(office, 5), ASKED).send("poll"))
    assert "Accepted, unconfirmed" in tiles(form)
    assert "Nothing to refresh: DingTalk does not report whether cards arrive." in words(form)
    assert "results are final" not in words(form)
    assert "results are final" not in form.run_form.main_button.tooltip


def test_shares_are_of_those_who_answered_the_question(run: Campaign) -> None:
    card = record_cards(run, Poll(YES_NO.buttons, FIELDS))
    answer(run, card, range(6), "yes")
    answer(run, card, range(6, 8), form={"meal": "a", "days": ["1", "2"]})
    answer(run, card, range(8, 9), form={"meal": "b", "days": ["1"]})
    answer(run, card, range(9, 10), form={"days": []})
    shown = bars(opened(run))
    assert (
        "Button pressed10 answered this; percentages are based on these来6 · 60%不来0 · 0%Submitted form4 · 40%"
        in shown
    )
    assert "餐食3 answered this; percentages are based on these<b>素</b>2 · 66.7%荤1 · 33.3%" in shown
    # Several may be chosen.
    assert "日期3 answered this; percentages are based on these一3 · 100%二2 · 66.7%" in shown
    assert run.tally()["share"].round(3).dropna().tolist() == [0.6, 0, 0.4, 0.667, 0.333, 1, 0.667]


@pytest.mark.long
def test_hostile_labels_and_answers_are_harmless(run: Campaign) -> None:
    hostile = "<img src=x onerror=alert(1)>\u202e\x1b[31m"
    card = record_cards(run, Poll({"yes": hostile}, FIELDS))
    answer(run, card, range(2), "yes")
    answer(run, card, range(2, 4), form={"meal": "a", "note": hostile, "n": hostile, "days": ["1"]})
    form = opened(run)
    assert_harmless(form)


def test_a_form_with_one_button_and_many_fields_shows_what_matters_and_what_is_left_out(run: Campaign) -> None:
    fields = tuple(PollField(f"f{at}", f"Field {at}", "NUMBER") for at in range(5))
    meal = PollField("meal", "Meal", "SELECT", (("a", "A"), ("b", "B")))
    card = record_cards(run, Poll({"submit": "Submit"}, (meal, *fields)))
    answer(run, card, range(3), form={"meal": "a", **{f"f{at}": at for at in range(5)}})
    form = opened(run)
    assert "Button pressed" not in bars(form)
    assert "Meal3 answered this; percentages are based on these" in bars(form)
    # That the one button was pressed is no answer.
    answered = "Meal: A · Field 0: 0 · Field 1: 1 · Field 2: 2 · Field 3: 3 · Field 4: 4"
    assert [line[2] for line in rows(form)] == [answered] * 3 + ["No answer"] * 12
    assert "MealA" in open_details(form, 0)
    assert "Submit" not in words(form.people.table)


def test_an_answer_that_reads_like_a_missing_value_is_an_answer(run: Campaign) -> None:
    poll = Poll({"None": "None of these", "some": "Some"}, (PollField("note", "Allergies", "TEXT"),))
    card = record_cards(run, poll)
    answer(run, card, range(1), form={"note": "None"})
    answer(run, card, range(1, 2), form={"note": "nan"})
    answer(run, card, range(2, 4), "None")
    form = opened(run)
    assert [line[2] for line in rows(form)][:4] == [
        *("Submitted form · Allergies: None", "Submitted form · Allergies: nan"),
        *["None of these"] * 2,
    ]
    options = dict(form.people.answer.options)
    assert options["None of these (2)"] == ("answer", "None")
    assert [chosen for chosen in options.values() if chosen == ("answer", None)] == [("answer", None)]


def test_an_answered_time_at_midnight_is_shown_with_the_time(run: Campaign) -> None:
    fields = (PollField("day", "Day", "DATE"), PollField("at", "From", "DATETIME"))
    answer(
        run,
        record_cards(run, Poll(YES_NO.buttons, fields)),
        range(1),
        form={"day": "2026-12-01", "at": "2026-12-01 00:00"},
    )
    assert rows(opened(run))[0][2].endswith("Day: 2026-12-01 · From: 2026-12-01 00:00")


def test_listening_starts_and_stops_here(run: Campaign, monkeypatch: pytest.MonkeyPatch, clock: VirtualClock) -> None:
    record_cards(run)
    form = opened(run)
    assert "Answers are not being received here" in words(form)
    assert is_shown(form.answers.listen)
    focused = watch_focus(monkeypatch)
    clock.advance(DEBOUNCE_NS)
    form.answers.listen.click()
    form.wait()
    listener = view_of(run).context.listener
    assert listener is not None
    assert listener.is_listening
    assert "Receiving answers over Stream." in words(form.answers.status)
    assert 'run.wait("answered", timeout_s=60)' in form.code
    # A second press of the same double click.
    form.answers.listen.click()
    form.wait()
    assert listener.is_listening
    # Without a kernel nobody receives them.
    assert "dn-hide-if-disconnected" in form.answers.status._dom_classes
    assert form.answers.listen.description == "Stop receiving"
    clock.advance(DEBOUNCE_NS)
    form.answers.listen.click()
    form.wait()
    assert not listener.is_listening
    assert form.answers.listen.description == "Receive answers"
    assert "Answers are not being received here" in words(form)
    # The button stays, and with it the focus.
    assert focused == []


def test_what_else_is_received_cannot_be_stopped_here(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock
) -> None:
    with ding.stream():
        run = ding.plan(people(office, 2), ASKED).send("poll")
        form = opened(run)
        clock.advance(DEBOUNCE_NS)
        form.answers_model.receiving.start()
        form.wait()
        assert "Receiving answers over Stream." in words(form)
        assert not is_shown(form.answers.listen)


def test_what_was_started_elsewhere_after_a_stop_or_a_failure_here_cannot_be_stopped_here(
    office: RunningSandbox, ding: DingTalk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(_listener: StreamListener) -> None:
        raise InputError(Text("stream.bad_on_card", value=1), Text("stream.bad_on_card_todo"))

    form = opened(ding.plan(people(office, 2), ASKED).send("poll"))
    receiving = form.answers_model.receiving
    receiving.start()
    form.wait()
    receiving.stop()
    form.wait()
    with ding.stream():
        form.answers_model.poll()
        assert receiving.state.is_listening
        assert not receiving.state.can_stop
    with monkeypatch.context() as patch:
        patch.setattr(StreamListener, "start", refused)
        receiving.start()
        form.wait()
    with ding.stream():
        form.answers_model.poll()
        assert receiving.state.is_listening
        assert not receiving.state.can_stop


ASKED = dingnb.card("T", "Coming?", buttons={"yes": "Y", "no": "N"})


def sent_by_form(ding: DingTalk, frame: pd.DataFrame) -> PlanForm:
    """Send a poll in the form of its plan."""
    plan = ding.plan(frame, ASKED)
    user_namespace().update(ding=ding, plan=plan)
    form = plan.form()
    type_into(form.sending.name, "poll")
    form.model.wait()
    press_send(form, str(len(frame)))
    assert form.model.run is not None
    form.model.run.wait()
    assert isinstance(form.follower, ResultsForm)
    form.follower.wait()
    return form


def test_a_poll_sent_by_a_form_is_received_at_once(
    office: RunningSandbox, ding: DingTalk, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened_streams: list[object] = []
    add_cards = Streams.add_cards
    monkeypatch.setattr(
        Streams, "add_cards", lambda streams, log: (opened_streams.append(log), add_cards(streams, log))
    )
    form = sent_by_form(ding, people(office, 3))
    listener = view_of(form.run).context.listener
    assert listener is not None
    assert listener.is_listening
    assert len(opened_streams) == 1
    results = form.follower
    assert isinstance(results, ResultsForm)
    assert "Receiving answers over Stream." in words(results.answers.status)
    assert results.answers.listen.description == "Stop receiving"
    assert form.code.splitlines()[-2:] == ['run = plan.send("poll", expect=3)', 'run.wait("answered", timeout_s=60)']
    listener.stop()


def test_answers_are_received_where_a_poll_is_opened_which_is_not_part_of_the_code(
    office: RunningSandbox, ding: DingTalk
) -> None:
    ding.plan(people(office, 2), ASKED).send("poll")
    studio = ding.studio()
    studio.model.view_campaign("poll")
    assert studio.results is not None
    studio.results.wait()
    listener = view_of(studio.results.run).context.listener
    assert listener is not None
    assert listener.is_listening
    # It was only looked at.
    assert "answered" not in studio.results.code
    assert studio.code == ""
    listener.stop()


def test_a_message_that_cannot_be_answered_is_not_listened_for(office: RunningSandbox, ding: DingTalk) -> None:
    form = ding.plan(people(office, 2), dingnb.text("Hello")).form()
    form.model.wait()
    press_send(form, "2")
    assert form.model.run is not None
    form.model.run.wait()
    listener = view_of(form.run).context.listener
    assert listener is not None
    assert not listener.is_receiving
    assert "answered" not in form.code


def test_answers_that_cannot_be_received_after_sending_can_be_tried_again(
    office: RunningSandbox, ding: DingTalk, monkeypatch: pytest.MonkeyPatch, clock: VirtualClock
) -> None:
    def refused(_listener: StreamListener) -> None:
        raise InputError(Text("stream.bad_on_card", value=1), Text("stream.bad_on_card_todo"))

    with monkeypatch.context() as patch:
        patch.setattr(StreamListener, "start", refused)
        form = sent_by_form(ding, people(office, 2))
        assert form.run.state == "finished"
        results = form.follower
        assert isinstance(results, ResultsForm)
        assert "on_card" in words(results.answers.alert)
        assert "Answers are not being received here" in words(results)
        assert "answered" not in form.code
        assert results.answers.listen.description == "Receive answers"
        assert is_shown(results.answers.listen)
    clock.advance(DEBOUNCE_NS)
    results.answers.listen.click()
    results.wait()
    assert "Receiving answers over Stream." in words(results.answers.status)
    assert "on_card" not in words(results)
    listener = view_of(form.run).context.listener
    assert listener is not None
    listener.stop()


def test_the_answer_to_a_test_of_a_card_is_received_and_shown(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock
) -> None:
    frame = people(office, 2)
    plan = ding.plan(frame, ASKED)
    user_namespace().update(ding=ding, plan=plan)
    form, me = plan.form(), frame["userid"].iloc[0]
    type_into(form.test.recipient, me)
    form.test.send_test.click()
    form.model.wait()
    listener = view_of_plan(plan).context.listener
    assert listener is not None
    assert listener.is_listening
    assert "this line shows when the answer is received" in words(form.test.notice)
    assert form.code.splitlines()[-2:] == ["ding.stream()", f'plan.test("{me}")']
    [card] = office.state.cards.list_delivered_to(me)
    listener.log.answers.record([press(card.out_track_id, me, "yes")])  # type: ignore[attr-defined]
    clock.advance(seconds_to_ns(2))
    form.model.poll()
    assert "Answer received: Y." in words(form.test.notice)
    assert "this line shows" not in words(form.test.notice)
    dingnb.set_language("zh")
    form.render()
    assert "已收到回答：Y。" in words(form.test.notice)
    dingnb.set_language("en")
    type_into(form.sending.name, "poll")
    form.model.wait()
    press_send(form)
    assert isinstance(form.follower, ResultsForm)
    form.follower.wait()
    assert form.model.run is not None
    form.model.run.receiving.poll(over_http=False)
    # What the test has started can be ended in the form of the campaign.
    assert form.model.run.receiving.state.can_stop
    listener.stop()


def test_a_lost_connection_is_shown_while_answers_are_received(
    office: RunningSandbox, ding: DingTalk, monkeypatch: pytest.MonkeyPatch, clock: VirtualClock
) -> None:
    form = sent_by_form(ding, people(office, 2))
    results = form.follower
    assert isinstance(results, ResultsForm)
    clock.advance(seconds_to_ns(5))
    monkeypatch.setattr(Streams, "problem", Text("stream.title"))
    results.answers_model.poll()
    assert "Connection lost: answers are not received until it is back. Retrying …" in words(results)
    assert "Receiving answers" not in words(results.answers.status)
    monkeypatch.undo()
    results.answers_model.poll()
    assert "Receiving answers over Stream." in words(results.answers.status)
    listener = view_of(form.run).context.listener
    assert listener is not None
    listener.stop()


def test_a_campaign_with_a_wrong_template_says_how_it_is_corrected(office: RunningSandbox, ding: DingTalk) -> None:
    card = dingnb.card("Team day", template="other.schema", data={"title": "Hi"})
    with pytest.raises(AccessError):
        ding.plan(people(office, 2), card).send("poll")
    form = opened(ding.campaign("poll"))
    assert "correct it and send under the same name: resuming keeps the old one" in words(form)


def test_answers_over_http_cannot_be_received_by_a_click(
    office: RunningSandbox, connect_to: Callable[..., DingTalk]
) -> None:
    ding = connect_to(office, cards=CardSettings(callback="HTTP", route_key="a"))
    form = opened(ding.plan(people(office, 2), dingnb.card("T", "?", buttons={"yes": "Y"})).send("poll"))
    assert "another process has to receive them" in words(form)
    assert not is_shown(form.answers.listen)


def test_the_card_is_sent_again_to_those_without_an_answer(run: Campaign) -> None:
    card = record_cards(run)
    answer(run, card, range(38), "yes")
    form = opened(run)
    assert form.actions.buttons["remind"].description == "Remind (2 without an answer)"
    choose_action(form, "remind")
    assert not is_shown(form.actions.reminder_fields)
    form.actions.act.click()
    form.wait()
    assert form.actions_model.reminder.plan_model is not None
    assert form.actions_model.reminder.plan_model.plan._batches.poll_campaign == run._number
    assert "reminder = run.remind(run.message)" in form.code


def answered_poll(office: RunningSandbox, ding: DingTalk, answers: int) -> tuple[Campaign, dict[str, str]]:
    """Send a poll that some people answer, and return it with the card of each person."""
    frame = people(office, 12)
    run = ding.plan(frame, ASKED).send("lunch")
    card = {
        userid: sent.out_track_id for userid in frame["userid"] for sent in office.state.cards.list_delivered_to(userid)
    }
    answer(run, card, range(answers), "yes")
    return run, card


def test_the_line_below_the_tiles_counts_those_who_answered_a_reminder(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock
) -> None:
    run, card = answered_poll(office, ding, 2)
    form = opened(run)
    assert "2 delivered" in words(form.run_form.notice)
    reminder = run.remind(run.message).send("lunch again")
    sent = {
        userid: office.state.cards.list_delivered_to(userid)[-1].out_track_id for userid in reminder.results()["userid"]
    }
    assert len(sent) == len(card) - 2
    clock.advance(seconds_to_ns(3_600))
    answer(reminder, sent, range(3), "yes")
    clock.advance(seconds_to_ns(10))
    form.run_form.model.poll()
    form.answers_model.poll()
    form.wait()
    assert tiles(form)["Read"].startswith("5 ")
    assert "5 delivered" in words(form.run_form.notice)
    newest = run.answers()["answered_at"].max()
    assert f"Last update: {newest:%Y-%m-%d %H:%M:%S}" in words(form.overview.as_of)


def test_people_reminded_before_are_counted_in_the_rows_that_are_shown(office: RunningSandbox, ding: DingTalk) -> None:
    run, _ = answered_poll(office, ding, 2)
    form = opened(run)
    run.remind(run.message).send("lunch again")
    ding.plan(people(office, 14), ASKED).send("lunch")
    # The other list is known, and its rows are not read yet.
    form.run_model._include_all_lists()
    form.actions_model.reminder.poll_sent()
    assert "10 people" in str(form.actions_model.reminder.repeat_text)


def prepared(run: Campaign, count: str = "") -> tuple[ResultsForm, PlanForm]:
    """Prepare a reminder in a form, and type the count."""
    form = opened(run)
    choose_action(form, "remind")
    form.actions.act.click()
    form.wait()
    plan = form.actions.reminder_form
    assert plan is not None
    plan.model.wait()
    type_into(plan.sending.count, count)
    return form, plan


@pytest.mark.long
def test_a_prepared_reminder_stays_while_people_answer_and_leaves_them_out(
    office: RunningSandbox, ding: DingTalk
) -> None:
    run, card = answered_poll(office, ding, 2)
    form, plan = prepared(run, "10")
    name = plan.sending.name.value
    assert "for 10 people. Nothing was sent yet. Those whose answers have been received when it is sent" in words(form)
    answer(run, card, range(2, 5), "yes")
    form.model.reload()
    form.wait()
    assert form.actions.reminder_form is plan
    assert (
        "Left out because they have answered since: 3 people. Those whose answers have been received when it is sent"
        in words(form)
    )
    dingnb.set_language("zh")
    form.render()
    ready = words(form)
    dingnb.set_language("en")
    form.render()
    assert "准备后已有 3 人作出回答，将自动排除。发送时已收到其回答的人将自动排除。" in ready
    assert (plan.sending.name.value, plan.sending.count.value) == (name, "10")
    assert (plan.sending.count.description, plan.sending.send.description) == (
        "Enter 7 to confirm",
        "Send to 7 of 10 people",
    )
    # Before the form has read them.
    answer(run, card, range(5, 7), "no")
    press_send(plan, "10")
    sent = ding.campaign(name).wait("sent", check=False).results()["userid"].tolist()
    assert sent == run.results()["userid"].tolist()[7:]
    assert f'reminder_run = reminder.send("{name}", expect=5)' in form.code


@pytest.mark.parametrize(("typed", "is_accepted"), [("6", False), ("7", True), ("9", True), ("11", False)])
def test_the_count_of_a_reminder_is_the_most_that_are_sent_to(
    office: RunningSandbox, ding: DingTalk, typed: str, *, is_accepted: bool
) -> None:
    run, card = answered_poll(office, ding, 2)
    form, plan = prepared(run)
    answer(run, card, range(2, 5), "yes")
    form.model.reload()
    form.wait()
    type_into(plan.sending.count, typed)
    assert plan.model.validate() is is_accepted


def test_a_reminder_whose_people_have_all_answered_is_not_sent(office: RunningSandbox, ding: DingTalk) -> None:
    run, card = answered_poll(office, ding, 10)
    form, plan = prepared(run, "2")
    answer(run, card, range(10, 12), "yes")
    press_send(plan, "2")
    assert plan.model.run is None
    assert "Everybody who may have the card has answered." in words(form)
    form.model.reload()
    form.wait()
    assert form.actions_model.reminder.plan_model is None


def test_cards_that_were_not_disabled_yet_can_be_disabled_later(run: Campaign) -> None:
    record_cards(run, replace(YES_NO, closed_data={"tips": "closed"}))
    with run._context.ledger.transaction() as db:
        cards.close_poll(db, run._number, 1)
        for card in list(cards.cards_to_disable(db, run._number))[:30]:
            cards.record_closed(db, card, 1)
    assert "Not disabled yet: 10 cards. run.close() disables them." in repr(run)
    form = opened(run)
    assert "remind" not in offered(form)
    assert form.actions.buttons["close"].description == "Disable the other cards (10)"
    assert "not disabled yet: 10 cards" in words(form)
    choose_action(form, "close")
    assert "Not all are disabled yet: 10 people can still press the buttons." in words(form)
    assert "cannot be undone" not in words(form)
    assert form.actions.act.description == "Disable the other cards (10 calls)"
    assert form.actions.count.description == "Enter 10 to confirm"


def test_who_has_two_cards_that_were_not_disabled_yet_counts_once(ding: DingTalk, office: RunningSandbox) -> None:
    frame = people(office, 5)
    run = ding.plan(frame, dingnb.text("hi")).send("party")
    reminder = ding.plan(frame.head(3), dingnb.text("again")).send("party-reminder")
    poll = replace(YES_NO, closed_data={"tips": "closed"})
    record_cards(run, poll)
    record_cards(reminder, poll, poll_campaign=run._number)
    # Another template, which does not say how its cards are disabled.
    last = ding.plan(frame, dingnb.text("for the last time")).send("party-reminder-2")
    record_cards(last, YES_NO, poll_campaign=run._number)
    with run._context.ledger.transaction() as db:
        cards.close_poll(db, run._number, 1)
    form = opened(run)
    choose_action(form, "close")
    # One card to all people of a call.
    assert "not disabled yet: 2 cards" in words(form)
    assert "Not all are disabled yet: 5 people can still press the buttons." in words(form)
    with run._context.ledger.transaction() as db:
        for card in cards.cards_to_disable(db, run._number):
            cards.record_closed(db, card, 1)
    assert "Not disabled yet" not in repr(run)
    assert "close" not in offered(opened(run))


def test_cards_of_messages_that_were_not_disabled_yet_are_counted_as_messages(
    ding: DingTalk, office: RunningSandbox
) -> None:
    frame = pd.concat([people(office, 3)] * 2, ignore_index=True).assign(day=[1, 1, 1, 2, 2, 2])
    run = ding.plan(frame, dingnb.text("day {{ day }}"), key="day").send("two-days")
    record_cards(run, replace(YES_NO, closed_data={"tips": "closed"}))
    with run._context.ledger.transaction() as db:
        cards.close_poll(db, run._number, 1)
    set_language("zh")
    form = opened(run)
    choose_action(form, "close")
    assert "还有 6 条消息的按钮仍可点击" in words(form)


def test_cards_are_closed(run: Campaign) -> None:
    record_cards(run)
    form = opened(run)
    choose_action(form, "close")
    assert form.actions.act.button_style == "danger"
    with_card = form.actions_model.people
    assert 0 < with_card <= len(run.results())
    assert form.actions.buttons["close"].description == f"Close the cards ({with_card})"
    assert f"Closes the cards of {with_card} people: further answers will not count." in words(form)
    assert "This cannot be undone, and nobody can be reminded afterwards." in words(form)
    assert form.actions.act.description == f"Close the cards of {with_card} people"
    assert form.actions.count.description == f"Enter {with_card} to confirm"
    # The button is pressed by mistake.
    form.actions.act.click()
    form.wait()
    assert f"Enter the number of people: {with_card} people." in words(form)
    assert "close" in offered(form)
    act(form, "close", with_card)
    assert "close" not in offered(form)
    assert "remind" not in offered(form)
    assert "run.close()" in form.code
    assert form.answers_model.answers is not None
    assert form.answers_model.answers.is_closed
    assert not is_shown(form.answers.listen)


def test_closing_the_cards_can_be_stopped(
    connect_to: Callable[..., DingTalk], office: RunningSandbox, clock: VirtualClock
) -> None:
    card = dingnb.card(title="Team day", text="{{ n }}, coming?", buttons={"yes": "来"})
    form = opened(connect_to(office, latency_s=0.2).plan(people(office, 100), card).send("poll"))
    assert not is_shown(form.actions.stop)
    choose_action(form, "close")
    form.actions.count.set_state({"value": str(form.actions_model.people)})
    with clock.participating():
        form.actions.act.click()
        clock.advance(seconds_to_ns(2))
        assert is_shown(form.actions.stop)
        assert form.actions.stop.description == "Stop disabling the cards"
        # The number of the last reading would lag behind the progress.
        form.model.reload()
        form.model.wait()
        assert "not disabled yet" not in words(form)
        form.actions.stop.click()
        form.wait()
    assert not is_shown(form.actions.stop)
    assert "Closing was stopped. Disabled: " in words(form)
    assert "The other cards can still be disabled." in words(form)
    assert "not disabled yet: " in words(form)
    # It was stopped on purpose.
    assert form.actions_model.state.failure is None
    assert "dn-notice-" not in form.actions.notice.value
    assert form.actions.buttons["close"].description.startswith("Disable the other cards (")


def test_results_that_are_read_while_the_cards_are_being_closed_are_shown(
    run: Campaign, caplog: pytest.LogCaptureFixture
) -> None:
    record_cards(run)
    form = opened(run)
    choose_action(form, "close")
    form.actions.count.set_state({"value": str(form.actions_model.people)})
    seen = list[bool]()

    def read_results() -> None:
        if form.actions_model.is_acting and view_of(run).is_closed and not seen:
            seen.append(True)
            form.model.reload()
            form.model.wait()

    form.actions_model.watch(read_results)
    form.actions.act.click()
    form.wait()
    assert seen
    assert "Closed: further answers do not count." in words(form)
    assert "could not be shown" not in caplog.text


def test_an_export_has_the_answers(run: Campaign, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    answer(run, record_cards(run), range(1), "yes")
    form = opened(run)
    export(form)
    [path] = tmp_path.glob("*.xlsx")
    assert pd.read_excel(path, dtype=str)["Answer"].tolist() == ["来", *["No answer"] * 39]


def test_the_shown_answers_can_be_exported(run: Campaign, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    answer(run, record_cards(run), range(2), "yes")
    form = opened(run)
    assert form.people.export.button.description == "Export 40 rows as Excel"
    pick_answer(form, ("answer", "yes"))
    assert form.people.export.button.description == "Export 2 rows as Excel"
    export(form)
    [path] = tmp_path.glob("*-来.xlsx")
    assert path.name in read(form.people.export.outcome.value).text
    assert pd.read_excel(path, dtype=str)["Answer"].tolist() == ["来", "来"]
    assert "answers={'answer': 'yes'}" in form.code.replace('"', "'")
    pick_answer(form, "")
    assert form.people.export.outcome.value == ""


def test_an_error_of_the_ledger_is_shown(run: Campaign, monkeypatch: pytest.MonkeyPatch, clock: VirtualClock) -> None:
    record_cards(run)
    form = opened(run)
    clock.advance(seconds_to_ns(60))

    def broken(*_: object) -> None:
        what = "broken"
        raise RuntimeError(what)

    monkeypatch.setattr(ledger_answers, "fingerprint", broken)
    form.answers_model.poll()
    assert "broken" in words(form)


english_in = english("answers_form.", "answer.", "results_form.", "run.", "form.", "code.", "plan_form.", "status.")
PLAIN = Poll(
    {"yes": "Coming", "no": "Absent"},
    (PollField("meal", "Meal", "SELECT", (("a", "Rice"), ("b", "Noodles"))), PollField("on", "Parking", "SWITCH")),
    counts="first",
)


def go_the_whole_way(run: Campaign, look: Callable[[ResultsForm], None]) -> None:
    """Bring the answers into many states, and check the form in each."""
    card = record_cards(run, replace(PLAIN, deadline_ns=run._context.now_ns() - 10**9))
    answer(run, card, range(3), "yes")
    answer(run, card, range(3, 5), form={"meal": "a", "on": True})
    form = opened(run)
    look(form)
    for _, chosen in form.people.answer.options:
        pick_answer(form, chosen)
        look(form)
    for action in ("remind", "close"):
        choose_action(form, action)
        look(form)
        act(form, action)
        look(form)


@pytest.mark.usefixtures("in_chinese")
def test_answers_are_shown_in_chinese_only(run: Campaign) -> None:
    seen: set[str] = set()
    go_the_whole_way(run, lambda form: seen.update(english_in(form)))
    assert seen == set()


@pytest.mark.long
def test_english_answers_contain_no_chinese(run: Campaign) -> None:
    seen: set[str] = set()
    go_the_whole_way(run, lambda form: seen.update(chinese(form)))
    assert seen == set()


@pytest.mark.parametrize(
    ("language", "expected"), [("en", "Open for answers: 21 cards"), ("zh", "尚可回答：21 张卡片")]
)
def test_the_quota_of_answers_counts_the_cards_of_reminders(
    language: Literal["en", "zh"], expected: str, office: RunningSandbox, ding: DingTalk
) -> None:
    poll = dingnb.card("Lunch", "Are you coming?", buttons={"yes": "Yes", "no": "No"})
    run = ding.plan(people(office, 12), poll).send("lunch")
    with run._context.ledger.connection() as db:
        found = db.execute("SELECT userids, out_track_id FROM cards JOIN batches ON batches.id = batch").fetchall()
    answer(run, {userid: card for joined, card in found for userid in joined.split(",")}, range(3), "yes")
    assert len(run.remind(run.message).send("lunch again").results()) == 9
    set_language(language)
    assert expected in words(opened(run))

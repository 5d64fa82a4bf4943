"""Robot messages in the form: shown unchanged, replied to once, and drafts stay with their message."""

import threading
from collections.abc import Mapping

import pytest

import dingnb
from dingnb.client import DingTalk
from dingnb.clock import VirtualClock, seconds_to_ns
from dingnb.events.event import Reply, Session
from dingnb.events.events import Events
from dingnb.events.log import EventLog
from dingnb.ledger import open_ledger
from dingnb.messages import Message
from dingnb.sandbox import RunningSandbox
from dingnb.ui.events.form import EventsForm
from tests.events.feeding import emit_robot_message, event_of_type, feed, leave_event, robot_message, robot_replies
from tests.ui.events_steps import choose, open_form, press, rows, type_in
from tests.ui.steps import assert_harmless, is_off, is_shown, words


def test_a_reply_reaches_the_conversation(office: RunningSandbox, ding: DingTalk) -> None:
    feed(ding, emit_robot_message(office, "lunch?"))
    form = open_form(ding)
    choose(form, 0)
    for typed, expected in (("{{ name }}", "columns that have no value: name"), ("at noon", "Replied, ")):
        type_in(form, form.details.text, typed)
        press(form, form.details.send)
        assert expected in words(form)
    assert [answer["text"]["content"] for answer in robot_replies(office)] == ["at noon"]


@pytest.fixture
def sent() -> list[str]:
    return []


@pytest.fixture
def answering(ding: DingTalk, clock: VirtualClock, sent: list[str]) -> EventsForm:
    """Yield a form for a log whose replies are recorded."""

    def record(_: Session, message: Message, _fields: Mapping[str, object]) -> Reply:
        if message.arguments["content"] == "break":
            raise dingnb.DingError("The line is cut.", "Try again.")  # noqa: TRY003, EM101 - made up
        sent.append(str(message.arguments["content"]))
        return Reply(clock.now_ns(), sent[-1])

    log = EventLog(open_ledger(), ding._log._realm, clock, ding._log.now_ns, record)
    for n in range(2):
        log.add(robot_message(n, f"question {n}", until_ns=clock.now_ns() + seconds_to_ns(600 * (n + 1))))
    log.add(leave_event(-5))
    form = EventsForm(Events(log), log, "log")
    form.wait()
    return form


def test_a_reply_is_sent_once_and_stays_with_its_message(answering: EventsForm, sent: list[str]) -> None:
    form = answering
    assert not form.details.text.continuous_update
    choose(form, 0)
    type_in(form, form.details.text, " at noon ")
    form.details.send.click()
    form.details.send.click()
    form.wait()
    assert sent == ["at noon"]
    assert form.details.text.value == ""
    assert "at noon" in words(form)
    assert "Replied, " in words(form)
    choose(form, 1)
    assert "at noon" not in words(form)
    choose(form, 0)
    assert "at noon" in words(form)
    assert_harmless(form)


def test_a_reply_from_elsewhere_is_shown_while_the_message_is_open(answering: EventsForm) -> None:
    form, other = answering, EventsForm(answering.events, answering.model.log, "log")
    other.wait()
    choose(form, 0)
    choose(other, 0)
    type_in(other, other.details.text, "from the other form")
    press(other, other.details.send)
    form.model.poll()
    assert "from the other form" in words(form)
    [event] = [event for event in form.model.state.found if event is form.model.state.chosen]
    event.reply(dingnb.text("from a handler"))
    for opened in (form, other):
        opened.model.poll()
        assert "from a handler" in words(opened)


def test_a_failed_reply_is_reported_and_its_text_stays(answering: EventsForm, sent: list[str]) -> None:
    form = answering
    choose(form, 0)
    press(form, form.details.send)
    assert "Write a reply first.Nothing was sent." in words(form)
    type_in(form, form.details.text, "break")
    press(form, form.details.send)
    assert "The line is cut." in words(form)
    assert form.details.text.value == "break"
    assert sent == []


def test_only_a_message_within_the_time_limit_can_be_replied_to(
    answering: EventsForm, clock: VirtualClock, sent: list[str]
) -> None:
    form = answering
    choose(form, 2)
    assert not is_shown(form.details._reply_box)
    form.reply.send()
    choose(form, 0)
    assert is_shown(form.details.send)
    clock.advance(seconds_to_ns(1_300))
    form.render()
    assert not is_shown(form.details.send)
    assert "You can no longer reply here" in words(form)
    form.reply.set_text("late")
    form.reply.send()
    form.wait()
    assert sent == ["late"]  # only the real log refuses it


def test_the_message_is_shown_unchanged_above_the_reply(ding: DingTalk) -> None:
    written = "第一行\n<b>second</b> 🤷\u200d♀️ a\u200db\n\n" + "x" * 3_000
    feed(ding, robot_message(0, written))
    form = open_form(ding)
    assert rows(form)[0][2].startswith("第一行 <b>second</b> 🤷\u200d♀️ a\\u200db xxx")
    choose(form, 0)
    facts = form.details.facts.value
    assert "第一行\n&lt;b&gt;second&lt;/b&gt; 🤷\u200d♀️ a\\u200db\n\nxxx" in facts
    assert facts.count("x") >= 3_000
    assert "张三 (u0)" in words(form)
    order = [form.details.facts, form.details._reply_box, form.details.notice, form.details.fields, form.details.raw]
    assert list(form.details.box.children[1:6]) == order  # below the links to other events
    assert "Sender" in form.details.fields.value
    assert "xxx" not in form.details.fields.value
    assert_harmless(form)


def test_the_sender_has_full_width_brackets_in_chinese(ding: DingTalk) -> None:
    dingnb.set_language("zh")
    feed(ding, robot_message(0, "hi"))
    form = open_form(ding)
    choose(form, 0)
    assert "张三（u0）" in words(form)


def test_a_long_value_of_an_event_is_shown_completely(ding: DingTalk) -> None:
    feed(ding, event_of_type("check_in", 0, remark="门" * 3_000))
    form = open_form(ding)
    assert "门" * 3_000 in choose(form, 0).partition("{")[0]


def test_a_reply_draft_stays_with_its_message(answering: EventsForm, sent: list[str]) -> None:
    form = answering
    choose(form, 0)
    type_in(form, form.details.text, "half an ans")
    choose(form, 1)
    assert form.details.text.value == ""
    type_in(form, form.details.text, "to the other")
    press(form, form.details.close)
    choose(form, 0)
    assert form.details.text.value == "half an ans"
    press(form, form.details.send)
    assert form.details.text.value == ""
    choose(form, 1)
    assert form.details.text.value == "to the other"
    choose(form, 0)
    assert form.details.text.value == ""
    assert sent == ["half an ans"]


@pytest.fixture
def gate() -> threading.Event:
    return threading.Event()


@pytest.fixture
def slow(ding: DingTalk, clock: VirtualClock, gate: threading.Event) -> EventsForm:
    """Yield a form whose replies are in progress until the gate is opened."""

    def record(_: Session, message: Message, _fields: Mapping[str, object]) -> Reply:
        assert gate.wait(30)
        if message.arguments["content"] == "break":
            raise dingnb.DingError("The line is cut.", "Try again.")  # noqa: TRY003, EM101 - made up
        return Reply(clock.now_ns(), str(message.arguments["content"]))

    log = EventLog(open_ledger(), ding._log._realm, clock, ding._log.now_ns, record)
    log.add(robot_message(0, "first"))
    log.add(robot_message(1, "second"))
    form = EventsForm(Events(log), log, "log")
    form.wait()
    return form


@pytest.mark.parametrize(("typed", "expected"), [("break", "The line is cut."), ("at noon", "Replied, ")])
def test_the_outcome_of_a_reply_is_shown_with_its_message_only(
    slow: EventsForm, gate: threading.Event, typed: str, expected: str
) -> None:
    form = slow
    form.rows.events.set_state({"index": 0})
    form.details.text.set_state({"value": typed})
    form.details.send.click()
    assert "Sending the reply" in words(form)
    assert is_off(form.details.send)
    assert not form.details.send.disabled
    form.rows.events.set_state({"index": 1})
    assert "Sending the reply" not in words(form)
    gate.set()
    form.wait()
    assert expected not in words(form)
    assert form.details.text.value == ""
    choose(form, 0)
    assert expected in words(form)
    assert form.details.text.value == ("break" if typed == "break" else "")


def test_text_typed_while_a_reply_is_being_sent_stays(slow: EventsForm, gate: threading.Event) -> None:
    form = slow
    form.rows.events.set_state({"index": 0})
    form.details.text.set_state({"value": "one"})
    form.details.send.click()
    form.details.text.set_state({"value": "one, and two"})
    gate.set()
    form.wait()
    assert form.details.text.value == "one, and two"
    assert "Replied, " in words(form)


def test_a_reply_pressed_while_another_is_being_sent_says_so(slow: EventsForm, gate: threading.Event) -> None:
    form = slow
    form.rows.events.set_state({"index": 0})
    form.details.text.set_state({"value": "one"})
    form.details.send.click()
    form.rows.events.set_state({"index": 1})
    form.details.text.set_state({"value": "two"})
    form.details.send.click()
    refused = "Not done, because another task was in progress."
    assert refused in words(form)
    form.rows.events.set_state({"index": 0})
    assert "Sending the reply" in words(form)
    form.details.send.click()
    assert refused not in words(form)
    gate.set()
    form.wait()
    assert "Sending the reply" not in words(form)
    assert "Replied, " in words(form)
    choose(form, 1)
    assert refused in words(form)
    assert form.details.text.value == "two"
    press(form, form.details.send)
    assert refused not in words(form)
    assert "Replied, " in words(form)


def test_a_reply_that_ends_while_another_message_is_shown_is_no_longer_being_sent(
    slow: EventsForm, gate: threading.Event
) -> None:
    form = slow
    form.rows.events.set_state({"index": 0})
    form.details.text.set_state({"value": "one"})
    form.details.send.click()
    form.rows.events.set_state({"index": 1})
    gate.set()
    form.wait()
    assert not is_off(form.details.send)
    choose(form, 0)
    assert "Sending the reply" not in words(form)

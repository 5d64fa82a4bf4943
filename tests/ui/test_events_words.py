"""The events form in both languages: in every state, all texts are in the current language."""

from collections.abc import Callable
from pathlib import Path

import pytest

from dingnb.client import DingTalk
from dingnb.clock import VirtualClock, seconds_to_ns
from dingnb.events.events import Events
from dingnb.events.log import EventLog
from dingnb.ledger import open_ledger
from dingnb.ui.events.form import EventsForm
from tests.events.feeding import event_of_type, leave_event, robot_message
from tests.ui.events_steps import choose, pick, poll, press, type_in
from tests.ui.languages import chinese, english

Look = Callable[[EventsForm], None]

english_in = english("events_form.", "event.", "form.", "code.")


def go_the_whole_way(ding: DingTalk, clock: VirtualClock, see: Look) -> None:
    """Bring the form into many states, and check it in each."""
    log = EventLog(open_ledger(), ding._log._realm, clock, clock.now_ns, lambda *_: None, start_stream=lambda: None)
    form = EventsForm(Events(log), log, "log")
    form.wait()
    see(form)
    press(form, form.connections.buttons[0])
    see(form)
    for n in range(40):
        log.add(leave_event(n) if n % 2 else event_of_type("check_in", n, place="x"))
    log.add(robot_message(50, "hi", until_ns=clock.now_ns() + seconds_to_ns(60)))
    poll(form)
    see(form)
    for at in (0, 1, None):
        choose(form, at) if at is not None else press(form, form.details.close)
        see(form)
    log.add(leave_event(60))
    poll(form)
    see(form)
    press(form, form.rows.pause)
    choose(form, 1)
    for typed in ("", "hello"):
        type_in(form, form.details.text, typed)
        press(form, form.details.send)
        see(form)
    clock.advance(seconds_to_ns(120))
    form.render()
    see(form)
    for when in ("hour", "today", "week", "other"):
        pick(form, form.rows.time_range, when)
        see(form)
    for since in ("soon", "2025-11-25 09:10", ""):
        type_in(form, form.rows.since, since)
        see(form)
    type_in(form, form.rows.text, "nowhere")
    see(form)
    press(form, form.rows.clear)
    for action in ("export", "keep", "keep_off", "delete"):
        press(form, form.actions.buttons[action])
        see(form)
        if action == "export":
            continue
        for count in ("", "7") if action == "delete" else ():
            type_in(form, form.actions.count, count)
            press(form, form.actions.act)
            see(form)
        type_in(form, form.actions.count, str(form.actions_model.state.events_to_delete))
        press(form, form.actions.act)
        see(form)
    form.code_view.toggle.click()
    see(form)


@pytest.mark.usefixtures("in_chinese")
def test_every_state_is_shown_in_chinese_only(
    ding: DingTalk, clock: VirtualClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    seen: dict[str, None] = {}

    def see(form: EventsForm) -> None:
        seen.update(dict.fromkeys(english_in(form)))

    go_the_whole_way(ding, clock, see)
    assert list(seen) == []


def test_english_texts_contain_no_chinese(
    ding: DingTalk, clock: VirtualClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    seen: dict[str, None] = {}

    def see(form: EventsForm) -> None:
        seen.update(dict.fromkeys(chinese(form, but="张三")))

    go_the_whole_way(ding, clock, see)
    assert list(seen) == []

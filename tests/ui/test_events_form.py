"""The events form by its widgets: events, filters, pages, pausing, details, replies and actions."""

import os
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

import dingnb
from dingnb.client import DingTalk
from dingnb.clock import SystemClock, VirtualClock, seconds_to_ns
from dingnb.events.events import Events
from dingnb.events.log import EventLog
from dingnb.ledger import open_ledger
from dingnb.sandbox import RunningSandbox
from dingnb.ui.events.form import EventsForm
from tests.events.feeding import FIRST_MS, MINUTE_MS, SESSION, event_of_type, feed, leave_event, robot_message
from tests.ui.events_steps import choose, names, open_form, pick, poll, press, rows, type_in
from tests.ui.steps import HOSTILE, Notebook, assert_harmless, is_off, is_shown, read, words

Connect = Callable[..., DingTalk]
WITHIN_S = 30


def mixed(ding: DingTalk, n: int = 40) -> None:
    feed(
        ding,
        *(
            leave_event(at, [f"u{at % 7}"]) if at % 2 else event_of_type("check_in", at, place=f"门{at}")
            for at in range(n)
        ),
    )


def run(code: str, ding: DingTalk) -> pd.DataFrame:
    """Run the code of a form, and return the resulting frame."""
    names_of_it: dict[str, object] = {"ding": ding, "dingnb": dingnb}
    exec(code, names_of_it)  # noqa: S102 - as a notebook does
    frame = names_of_it["events"]
    assert isinstance(frame, pd.DataFrame)
    return frame


def test_without_events_the_form_shows_advice(ding: DingTalk) -> None:
    form = open_form(ding)
    assert "No events yet" in words(form)
    # What to do something about comes first.
    assert words(form).index("Not receiving events.") < words(form).index("new events are kept only")
    assert not is_shown(form.rows._rows)
    assert form.code == "events = ding.events.to_frame()"
    assert len(form.frame) == 0
    assert "No events yet" in repr(form)


def test_events_are_shown_newest_first(ding: DingTalk) -> None:
    feed(
        ding,
        leave_event(0, ["u1", "u2"]),
        event_of_type("chat_update_title", 1, title="周会", chatId="c1"),
        robot_message(2, "lunch?"),
    )
    form = open_form(ding)
    assert rows(form) == [
        ["Message to the robot · 11-25 09:02:00", "u2", "lunch?", "callback"],
        ["Group renamed · 11-25 09:01:00", "", "Title: 周会 · Chat ID: c1", "callback"],
        ["Person left · 11-25 09:00:00", "u1, u2", "", "callback"],
    ]
    # A screen reader reads these while a row is chosen.
    assert [label for label, _ in form.rows.events.options] == [
        "Message to the robot · 11-25 09:02:00 · u2",
        "Group renamed · 11-25 09:01:00",
        "Person left · 11-25 09:00:00 · u1, u2",
    ]
    assert "3 events" in words(form)
    assert "3 in total" in words(form)
    assert [label for label, _ in form.rows.type.options] == [
        *("All types (3)", "Message to the robot (1)", "Group renamed (1)", "Person left (1)")
    ]
    assert_harmless(form)


def test_the_most_telling_fields_come_first_in_a_row(ding: DingTalk) -> None:
    data = {"processInstanceId": "df8c-1", "url": "https://x", "finishTime": 1764032400000, "result": "agree"}
    feed(ding, event_of_type("bpms_instance_change", 0, **data, title="请假", corpUrl="https://y", empty=""))
    form = open_form(ding)
    [[_, _, shown, _]] = rows(form)
    assert shown == "Result: agree · Title: 请假 · Finished: 2025-11-25 09:00:00 · Approval ID: df8c-1"


def test_inactive_buttons_stay_and_keep_the_focus(ding: DingTalk) -> None:
    mixed(ding, 3)
    form = open_form(ding)
    first, clear, only = form.rows.first, form.rows.clear, form.details.only_person
    assert (is_off(first), is_off(clear)) == (False, True)
    press(form, first)
    press(form, form.details.older)
    assert is_off(first)
    press(form, first)
    assert form.model.chosen_index == 1
    press(form, only)
    assert (is_off(only), is_off(clear)) == (True, False)
    press(form, clear)
    assert (is_off(only), is_off(clear)) == (False, True)
    assert all(is_shown(button) and not button.disabled for button in (first, clear, only))
    assert is_shown(form.rows.hint)


def test_a_type_keeps_its_place_while_others_are_added(ding: DingTalk) -> None:
    feed(ding, event_of_type("check_in", 0), leave_event(1), leave_event(2))
    form = open_form(ding)
    place = [label for label, _ in form.rows.type.options].index("Check-in (1)")
    feed(ding, *(event_of_type("approval", n) for n in range(3, 9)), event_of_type("check_in", 9))
    poll(form)
    form.rows.type.set_state({"index": place})
    form.wait()
    assert set(names(form)) == {"Check-in"}
    feed(ding, event_of_type("one_more", 10))
    poll(form)
    assert [value for _, value in form.rows.type.options] == [
        *("", "user_leave_org", "check_in", "approval", "one_more")
    ]


def test_pages_can_be_turned_and_entered(ding: DingTalk) -> None:
    mixed(ding)
    form = open_form(ding)
    seen = []
    for text, is_last in (("1–15", False), ("16–30", False), ("31–40", True)):
        assert f"{text} of 40" in form.rows.notice.value
        seen += names(form)
        assert is_off(form.rows.pager.later) is is_last
        press(form, form.rows.pager.later)
    assert seen == ["Person left", "Check-in"] * 20
    form.rows.pager.number.set_state({"value": 2})
    assert "16–30 of 40" in form.rows.notice.value
    press(form, form.rows.pager.earlier)
    assert form.rows.pager.number.value == 1
    form.model.turn_to(99)
    assert form.rows.pager.number.value == 3


def test_events_are_filtered_and_the_code_returns_the_same_frame(ding: DingTalk) -> None:
    mixed(ding)
    form = open_form(ding)
    steps: list[tuple[Callable[[], None], int, str]] = [
        (lambda: pick(form, form.rows.type, "user_leave_org"), 20, 'to_frame("user_leave_org")'),
        (lambda: type_in(form, form.rows.person, " u3 "), 3, 'to_frame("user_leave_org", person="u3")'),
        (lambda: pick(form, form.rows.time_range, "other"), 3, 'person="u3")'),
        (lambda: type_in(form, form.rows.since, "2025-11-25 09:04"), 2, 'since="2025-11-25 09:04", person="u3")'),
        (lambda: type_in(form, form.rows.until, "2025-11-25 09:20"), 1, 'until="2025-11-25 09:20"'),
        (lambda: type_in(form, form.rows.text, "LEAVE-17"), 1, 'text="LEAVE-17"'),
        (lambda: type_in(form, form.rows.text, "<nowhere>"), 0, 'text="<nowhere>"'),
    ]
    assert is_off(form.rows.clear)
    for step, found, code in steps:
        step()
        assert len(form.model.state.found) == found, code
        assert code in form.code
        assert run(form.code, ding).equals(form.frame)
        assert len(form.frame) == found
    assert "No matching events." in words(form)
    assert_harmless(form)
    press(form, form.rows.clear)
    assert [widget.value for widget in (form.rows.text, form.rows.person, form.rows.since)] == ["", "", ""]
    assert (form.rows.type.value, form.rows.time_range.value) == ("", "")
    assert "1–15 of 40" in words(form)


@pytest.mark.parametrize(
    ("when", "since", "found"),
    [("hour", "2026-11-02 08:00:00", 1), ("today", "2026-11-02", 2), ("week", "2026-10-26 09:00:00", 3)],
)
def test_a_time_range_of_the_list_is_a_time_in_the_code(ding: DingTalk, when: str, since: str, found: int) -> None:
    now = (ding._log.now_ns() // 10**6 - FIRST_MS) // MINUTE_MS
    feed(ding, leave_event(now - 24 * 60), leave_event(now - 70), leave_event(now))
    form = open_form(ding)
    pick(form, form.rows.time_range, when)
    assert form.code == f'events = ding.events.to_frame(since="{since}")'
    assert len(form.model.state.found) == found
    pick(form, form.rows.time_range, "other")
    assert form.rows.since.value == since


def test_a_time_range_of_the_list_moves_with_the_time_unless_updates_are_paused(
    ding: DingTalk, clock: VirtualClock
) -> None:
    now = (ding._log.now_ns() // 10**6 - FIRST_MS) // MINUTE_MS
    feed(ding, leave_event(now - 50), leave_event(now - 20))
    form = open_form(ding)
    pick(form, form.rows.time_range, "hour")
    for is_paused, found, since in ((False, 2, "08:00"), (True, 2, "08:00"), (False, 1, "08:30")):
        if form.model.state.is_paused != is_paused:
            press(form, form.rows.pause)
        clock.advance(seconds_to_ns(is_paused * 30 * 60))
        poll(form)
        assert len(form.model.state.found) == len(form.frame) == found
        assert form.code == f'events = ding.events.to_frame(since="2026-11-02 {since}:00")'
    clock.advance(seconds_to_ns(60 * 60))
    poll(form)
    assert "No matching events." in words(form)
    pick(form, form.rows.time_range, "today")
    clock.advance(seconds_to_ns(24 * 60 * 60))
    poll(form)
    assert 'since="2026-11-03"' in form.code


def test_an_invalid_time_is_reported_and_the_table_stays(ding: DingTalk) -> None:
    mixed(ding)
    form = open_form(ding)
    pick(form, form.rows.time_range, "other")
    type_in(form, form.rows.until, "soon")
    assert "'soon' is not a valid time." in read(form.rows.time_error.value).text
    assert "Enter a time such as 2026-11-25 09:00." in read(form.rows.time_error.value).text
    assert words(form).count("is not a valid time") == 1
    assert not form.rows.until.continuous_update
    assert "dn-invalid" in form.rows.until._dom_classes
    assert "dn-invalid" not in form.rows.since._dom_classes
    assert "1–15 of 40" in words(form)
    type_in(form, form.rows.until, "2025-11-25 09:10")
    assert "is not a valid time" not in words(form)
    assert "10 in total" in words(form)


def test_new_events_are_shown_unless_updates_are_paused(ding: DingTalk) -> None:
    mixed(ding, 4)
    form = open_form(ding)
    feed(ding, event_of_type("first", 50))
    poll(form)
    assert names(form)[0] == "first"
    assert form.rows.pause.description == "Pause updates"
    press(form, form.rows.pause)
    before = rows(form)
    feed(ding, event_of_type("second", 51), event_of_type("third", 52))
    poll(form)
    assert rows(form) == before
    assert form.rows.pause.description == "Show 2 new"
    assert form.rows.pause.button_style == "primary"
    assert "second (1)" in words(form)
    # Their rows are not shown yet, but exported.
    assert form.actions.buttons["export"].description == f"Export filtered events ({len(form.frame)})"
    press(form, form.rows.pause)
    assert names(form)[:2] == ["third", "second"]
    assert form.rows.pause.description == "Pause updates"


def test_only_events_that_pass_the_filters_count_as_new(ding: DingTalk) -> None:
    mixed(ding, 4)
    form = open_form(ding)
    pick(form, form.rows.type, "check_in")
    press(form, form.rows.pause)
    feed(ding, leave_event(50), event_of_type("check_in", 51))
    poll(form)
    assert form.rows.pause.description == "Show 1 new"
    feed(ding, leave_event(60))
    poll(form)
    assert form.rows.pause.description == "Show 1 new"


def test_updates_paused_while_a_filter_is_applied_show_the_filtered_events(ding: DingTalk) -> None:
    mixed(ding, 4)
    form = open_form(ding)
    newest = form.model.state.found[0].type

    def pause() -> None:
        if form.model.state.filters.type and not form.model.state.is_paused:
            form.model.set_paused(is_paused=True)

    # Notified of the filter before the events that pass it are found.
    form.model.watch(pause)
    pick(form, form.rows.type, newest)
    assert {event.type for event in form.model.state.found} == {newest}
    assert form.rows.pause.description == "Resume updates"


def test_showing_details_or_another_page_pauses_updates(ding: DingTalk) -> None:
    mixed(ding)
    form = open_form(ding)
    choose(form, 1)
    assert form.rows.pause.description == "Resume updates"
    press(form, form.rows.pause)
    press(form, form.rows.pager.later)
    assert form.rows.pause.description == "Resume updates"
    press(form, form.rows.pause)
    assert "1–15 of 40" in words(form)


def expect_no_threads_but(before: set[threading.Thread]) -> None:
    # A thread ends a moment after its work is done.
    for thread in set(threading.enumerate()) - before:
        thread.join(WITHIN_S)
        assert not thread.is_alive()


def test_the_form_refreshes_itself_while_displayed(ding: DingTalk) -> None:
    realm = ding._log._realm
    log = EventLog(open_ledger(), realm, SystemClock(), lambda: 0, lambda *_: None)
    before = set(threading.enumerate())
    form = EventsForm(Events(log), log, "log")
    form.wait()
    expect_no_threads_but(before)
    shown = threading.Event()
    form.model.watch(lambda: shown.set() if form.model.state.total else None)
    form.box.set_state({"_view_count": 1})
    log.add(leave_event(0))
    assert shown.wait(WITHIN_S)
    form.wait()
    form.box.set_state({"_view_count": 0})
    expect_no_threads_but(before)


def test_events_stored_by_another_notebook_are_shown(
    office: RunningSandbox, ding: DingTalk, connect_to: Connect
) -> None:
    form = open_form(ding)
    there = connect_to(office)
    there.events.keep()
    feed(there, leave_event(0))
    poll(form)
    assert names(form) == ["Person left"]


def test_details_show_everything_but_secrets(ding: DingTalk) -> None:
    feed(
        ding,
        event_of_type("bpms", 1, finishTime=1764032400000, formData={"请假": ["3 天"]}, isDone=True, token="t0ken"),
    )
    form = open_form(ding)
    details = choose(form, 0)
    shown = ("bpms", "2025-11-25 09:01:00", "bpms-1", "Finished", "form_data", "2025-11-25 09:00:00", "1764032400000")
    for text in shown:
        assert text in details
    assert '{"请假": ["3 天"]}' in details
    assert "is_donetrue" in details
    assert "***" in details
    assert "t0ken" not in "".join(part.value for part in (form.details.facts, form.details.raw))
    assert "<details>" in form.details.raw.value
    press(form, form.details.close)
    assert form.model.state.chosen is None
    assert not is_shown(form.details.box)


def test_buttons_step_through_details_and_across_pages(ding: DingTalk) -> None:
    mixed(ding, 17)
    form = open_form(ding)
    press(form, form.rows.first)
    assert form.model.chosen_index == 0
    assert is_off(form.details.newer)
    for place in range(1, 17):
        press(form, form.details.older)
        assert form.model.chosen_index == place
        assert form.rows.events.index == place % 15
    assert is_off(form.details.older)
    assert "16–17 of 17" in words(form)
    press(form, form.details.newer)
    press(form, form.details.newer)
    assert "1–15 of 17" in words(form)


def test_details_lead_to_all_events_of_the_person(ding: DingTalk) -> None:
    mixed(ding)
    form = open_form(ding)
    choose(form, 0)
    assert form.details.only_person.description == "Only events of u4"
    press(form, form.details.only_person)
    assert form.rows.person.value == "u4"
    assert {event.userids for event in form.model.state.found} == {("u4",)}
    assert form.model.state.chosen is not None
    assert is_off(form.details.only_person)


def test_the_filtered_events_are_exported(ding: DingTalk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    mixed(ding)
    feed(ding, event_of_type("check_in", 50, place="=1+1"))
    form = open_form(ding)
    pick(form, form.rows.type, "check_in")
    assert form.actions.buttons["export"].description == "Export filtered events (21)"
    press(form, form.actions.buttons["export"])
    written = pd.read_excel(tmp_path / "events.xlsx")
    assert set(written["type"]) == {"check_in"}
    assert len(written) == 21
    assert written["place"].iloc[-1] == "=1+1"
    assert "Written to" in words(form)
    assert "href" not in form.actions.notice.value
    assert form.code.endswith('ding.events.to_excel("events.xlsx", "check_in")')
    monkeypatch.setenv("VOILA_KERNEL_ID", "x")
    # A file that was changed since is not replaced.
    (tmp_path / "events.xlsx").write_bytes(b"changed")
    press(form, form.actions.buttons["export"])
    assert ";base64," in form.actions.notice.value
    assert 'download="events (2).xlsx"' in form.actions.notice.value


def test_storing_can_be_switched_on_and_off(ding: DingTalk) -> None:
    mixed(ding, 4)
    form = open_form(ding)
    assert "only while this kernel runs" in words(form)
    press(form, form.actions.buttons["keep"])
    assert "with a team's ledger also those of colleagues" in words(form)
    assert not ding._log.read_status().is_storing
    press(form, form.actions.act)
    assert ding._log.read_status().is_storing
    assert "stored in the ledger: kept after the kernel ends" in words(form)
    press(form, form.actions.buttons["keep_off"])
    press(form, form.actions.act)
    assert not ding._log.read_status().is_storing
    assert form.code.splitlines()[1:] == ["ding.events.keep()", "ding.events.keep(on=False)"]


def test_deleting_requires_the_count_and_keeps_later_events(ding: DingTalk) -> None:
    mixed(ding, 12)
    form = open_form(ding)
    press(form, form.actions.buttons["delete"])
    assert "12 events will be deleted, regardless of the filters" in words(form)
    assert "They are deleted from this kernel and from the ledger" in words(form)
    for typed in ("", "11", "all"):
        type_in(form, form.actions.count, typed)
        press(form, form.actions.act)
        assert "Nothing was done." in words(form)
        assert len(ding.events) == 12
    feed(ding, leave_event(90))
    poll(form)
    type_in(form, form.actions.count, "12")
    form.actions.act.click()
    form.actions.act.click()
    form.wait()
    assert [event.id for event in ding.events.select()] == ["leave-90"]
    assert "Deleted: 12 events." in words(form)
    assert names(form) == ["Person left"]
    feed(ding, leave_event(91))
    assert len(run(form.code, ding)) == 2
    assert [event.id for event in ding.events.select()] == ["leave-90", "leave-91"]


def test_details_of_a_deleted_event_are_closed(ding: DingTalk) -> None:
    mixed(ding, 3)
    form = open_form(ding)
    choose(form, 0)
    ding.events.clear()
    poll(form)
    assert form.model.state.chosen is None
    assert "No events yet" in words(form)


def test_an_unreadable_ledger_is_reported_until_it_can_be_read_again(ding: DingTalk) -> None:
    mixed(ding, 3)
    form = open_form(ding)
    path = open_ledger().path
    away = path.with_name("away")
    path.rename(away)
    form.model.reload()
    form.wait()
    assert str(path) in words(form)
    assert len(rows(form)) == 3
    away.rename(path)
    form.model.reload()
    form.wait()
    assert str(path) not in words(form)


def test_a_replaced_ledger_is_reported_until_the_next_connection(ding: DingTalk) -> None:
    mixed(ding, 3)
    form = open_form(ding)
    path = open_ledger().path
    kept = path.read_bytes()
    # Moved, not deleted: a file system may reuse the inode of a deleted file, which would then count as the
    # same ledger again.
    for file in path.parent.glob("ledger*"):
        file.rename(file.with_name(f"moved-{file.name}"))
    for there in (b"no database at all" * 100, kept):
        path.write_bytes(there)
        form.model.reload()
        form.wait()
        assert str(path) in words(form)
        assert len(rows(form)) == 3
    assert "If you have restored the ledger, connect again." in words(form)


def test_a_locked_ledger_is_reported_by_the_form(ding: DingTalk) -> None:
    mixed(ding, 3)
    form = open_form(ding)
    with sqlite3.connect(open_ledger().path, isolation_level=None) as other_kernel:
        other_kernel.execute("BEGIN IMMEDIATE")
        press(form, form.actions.buttons["keep"])
        press(form, form.actions.act)
        assert 'class="dn-notice dn-notice-bad"' in form.actions.notice.value
        other_kernel.execute("ROLLBACK")
    press(form, form.actions.act)
    assert ding._log.read_status().is_storing


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_events_are_shown_as_text(ding: DingTalk, text: str) -> None:
    feed(ding, leave_event(0, [text]), event_of_type(text, 1, title=text, **{text: text}, inside=[text, {text: text}]))
    feed(ding, robot_message(2, text))
    form = open_form(ding)
    for at in range(3):
        choose(form, at)
        assert_harmless(form)
    # A lone surrogate is replaced once stored.
    pick(form, form.rows.type, text.strip().replace("\ud800", "\ufffd"))
    type_in(form, form.rows.text, text)
    assert_harmless(form)


def test_a_saved_notebook_keeps_the_form_as_text(ding: DingTalk) -> None:
    feed(ding, leave_event(0), robot_message(1))
    bundle = open_form(ding)._repr_mimebundle_()
    for kind in ("text/plain", "text/html"):
        assert "user_leave_org" in bundle[kind]
        assert SESSION not in bundle[kind]
    assert "robot_message" in read(bundle["text/html"]).text


def test_the_code_uses_the_names_of_the_notebook(ding: DingTalk) -> None:
    notebook = Notebook(ding=ding)
    notebook.run("mine = ding.events; form = mine.form()")
    notebook["form"].wait()
    assert notebook["form"].code == "events = mine.to_frame()"


def test_without_a_name_for_events_or_app_the_code_has_a_placeholder(ding: DingTalk) -> None:
    assert ding.events.form().code.splitlines() == [
        "# Before you run this, set ding to the connected app.",
        "events = ding.events.to_frame()",
    ]


def test_many_events_need_no_widget_each(ding: DingTalk) -> None:
    mixed(ding, 2_000)
    form = open_form(ding)
    assert len(rows(form)) == 15
    assert os.environ.get("DINGNB_HOME")
    assert len(form.rows.events.options) == 15


def test_a_form_displayed_again_uses_the_current_language(ding: DingTalk) -> None:
    mixed(ding, 3)
    form = open_form(ding)
    for language, expected in (("zh", "全部类型（3）"), ("en", "All types (3)")):
        dingnb.set_language(language)  # type: ignore[arg-type] # one of them
        form._repr_mimebundle_()
        form.wait()
        assert expected in words(form)


def test_the_outcome_of_an_action_follows_the_language(ding: DingTalk) -> None:
    mixed(ding, 3)
    form = open_form(ding)
    press(form, form.actions.buttons["keep"])
    press(form, form.actions.act)
    for language, expected in (("zh", "现有及后续事件都会保存到账本。"), ("en", "are stored in the ledger.")):
        dingnb.set_language(language)  # type: ignore[arg-type] # one of them
        form._repr_mimebundle_()
        form.wait()
        assert expected in form.actions.notice.value

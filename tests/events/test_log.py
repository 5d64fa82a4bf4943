"""The event log: each event once over all channels, storing, replies and exports."""

import csv
import io
import json
import os
import re
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import Any

import openpyxl
import pytest

import dingnb
from dingnb.client import DingTalk
from dingnb.clock import VirtualClock, seconds_to_ns
from dingnb.display import Sheet
from dingnb.errors import DingError, FileError, InputError, LedgerError, MessageError
from dingnb.events.event import Event
from dingnb.events.events import Events
from dingnb.events.log import EventLog
from dingnb.events.parsing import parse_event, parse_frame_event
from dingnb.events.stored_events import EventPage
from dingnb.ledger import open_ledger
from dingnb.sandbox import RunningSandbox
from dingnb.words import as_text
from tests.environments import connection_environment
from tests.events.feeding import (
    FIRST_MS,
    SESSION,
    emit_robot_message,
    event_of_type,
    feed,
    leave_event,
    registered_leave_event,
    robot_message,
    robot_replies,
    streamed_leave_event,
)
from tests.media.samples import PNG
from tests.table_rows import for_each

Connect = Callable[..., DingTalk]
FORMULA = '=HYPERLINK("http://example.org","here")'
SECRETS = (SESSION, "sessionWebhook=", "k" * 43, "t0ken")


def ids(events: Events) -> list[str]:
    return events.to_frame()["event_id"].tolist()


def without_id(n: int) -> Event:
    return parse_event({"EventType": "odd", "n": n}, (FIRST_MS + n) * 10**6)


def test_an_event_is_logged_once_over_all_channels(ding: DingTalk) -> None:
    before = ding._log.changes
    assert feed(
        ding, leave_event(0), streamed_leave_event(0), leave_event(0), streamed_leave_event(1), leave_event(1)
    ) == [True, False, False, True, False]
    frame = ding.events.to_frame()
    assert frame["event_id"].tolist() == ["leave-0", "leave-1"]
    assert frame["channel"].tolist() == ["callback", "stream"]
    assert ding._log.repeated == 3
    assert ding._log.changes == before + 2


@pytest.mark.parametrize("keeps", [False, True])
@pytest.mark.parametrize("first", [0, 1])
def test_a_callback_without_an_id_and_stream_deliver_the_same_event_once(
    first: int, ding: DingTalk, *, keeps: bool
) -> None:
    ding.events.keep(on=keeps)
    approval = {"processInstanceId": "p", "type": "finish", "createTime": FIRST_MS, "finishTime": FIRST_MS + 5}
    data_by_type = {"user_leave_org": {"userId": ["u1"]}, "bpms_instance_change": approval, "org_change": {}}
    for n, (kind, data) in enumerate(data_by_type.items()):
        at_ms = FIRST_MS + n
        legacy = {"EventType": kind, "CorpId": "c", "TimeStamp": at_ms, **data}
        headers = {"topic": "*", "eventType": kind, "eventId": f"e{n}", "eventBornTime": str(at_ms), "eventCorpId": "c"}
        pair = (parse_event(legacy, FIRST_MS), parse_frame_event("EVENT", headers, data, FIRST_MS))
        assert ding._log.add(pair[first])
        assert not ding._log.add(pair[1 - first])
    assert len(ding.events) == 3
    ding.events.clear()
    assert ding._log.add(pair[1 - first])


@pytest.mark.parametrize(
    ("kind", "data", "stamp"),
    [
        ("user_leave_org", {"userId": ["u1"]}, {"TimeStamp": FIRST_MS}),
        ("bpms_instance_change", {"type": "finish", "createTime": FIRST_MS - 9, "finishTime": FIRST_MS - 5}, {}),
    ],
    ids=["a person", "an approval"],
)
def test_an_event_is_logged_once_in_any_order_of_channels(
    ding: DingTalk, kind: str, data: dict[str, object], stamp: dict[str, int]
) -> None:
    headers = {"topic": "*", "eventType": kind, "eventId": "e", "eventBornTime": str(FIRST_MS), "eventCorpId": "c"}
    missed = {"call_back_tag": kind, "event_time": FIRST_MS, kind: {"bpmsCallBackData": data, "corpid": "c"}}
    spellings = (
        parse_event({"EventType": kind, "CorpId": "c", **stamp, **data}, FIRST_MS),
        parse_event({"EventType": kind, "CorpId": "c", "EventTime": FIRST_MS, "eventId": "e", **data}, FIRST_MS),
        parse_frame_event("EVENT", headers, data, FIRST_MS),
        parse_event(missed, FIRST_MS, "missed"),
    )
    for order in permutations(spellings):
        assert feed(ding, *order) == [True, False, False, False]
        ding.events.clear()


def test_two_stream_events_with_equal_content_are_distinct(ding: DingTalk) -> None:
    for event_id in ("e1", "e2"):
        headers = {"topic": "*", "eventType": "org_change", "eventId": event_id, "eventBornTime": str(FIRST_MS)}
        assert ding._log.add(parse_frame_event("EVENT", headers, {}, FIRST_MS))


def test_events_without_id_and_time_are_never_repetitions(ding: DingTalk) -> None:
    assert feed(ding, without_id(0), without_id(0)) == [True, True]
    assert len(ding.events) == 2


def test_many_threads_can_write_and_read_the_log(ding: DingTalk) -> None:
    def work() -> None:
        for n in range(200):
            ding._log.add(leave_event(n))
            if n % 50 == 0:
                ding.events.to_frame()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ids(ding.events)) == sorted(f"leave-{n}" for n in range(200))
    assert ding._log.repeated == 5 * 200


def test_reading_events_waits_longer_than_an_event_for_a_locked_ledger(
    ding: DingTalk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dingnb.events.log._BUSY_TIMEOUT_S", 0.0)
    log = EventLog(open_ledger(), ding._log._realm, ding._log.clock, ding._log.now_ns, lambda *_: None)
    log.add(leave_event(0))
    with open_ledger().connection():
        pass
    # As another process does while it creates the ledger, or empties its log.
    other_process = sqlite3.connect(Path(open_ledger().place), isolation_level=None, check_same_thread=False)
    with closing(other_process):
        other_process.execute("PRAGMA journal_mode = DELETE")
        other_process.execute("BEGIN EXCLUSIVE")
        end = threading.Timer(0.2, other_process.execute, ("ROLLBACK",))
        end.start()
        assert ids(Events(log)) == ["leave-0"]
        end.join()


def test_the_number_of_events_in_memory_is_limited(ding: DingTalk, clock: VirtualClock) -> None:
    log = EventLog(open_ledger(), ding._log._realm, clock, clock.now_ns, lambda *_: None, max_events=100)
    events = Events(log)
    for n in range(130):
        log.add(leave_event(n))
    assert ids(events) == [f"leave-{n}" for n in range(30, 130)]
    assert "Dropped because the memory for events is full: 30 events." in repr(events)
    found = [events.wait(timeout_s=0) for _ in range(101)]
    assert [event.id if event else None for event in found] == [*(f"leave-{n}" for n in range(30, 130)), None]


def test_stored_events_are_not_dropped(ding: DingTalk, clock: VirtualClock) -> None:
    log = EventLog(open_ledger(), ding._log._realm, clock, clock.now_ns, lambda *_: None, max_events=10)
    events = Events(log).keep()
    for n in range(25):
        log.add(leave_event(n))
    assert len(events) == 25
    assert "Dropped because" not in repr(events)


def test_flags_other_than_true_and_false_are_refused(ding: DingTalk) -> None:
    calls: dict[str, Callable[[Any], object]] = {
        "on": lambda flag: ding.events.keep(on=flag),
        "each_person": lambda flag: ding.events.to_frame(each_person=flag),
        "keep": lambda flag: ding.stream(keep=flag),
        "robot": lambda flag: ding.stream(robot=flag),
        "cards": lambda flag: ding.stream(cards=flag),
        "answers_random": lambda flag: ding.receive(port=None, answers_random=flag),
    }
    for name, call in calls.items():
        with pytest.raises(InputError, match=f"{name}='no'"):
            call("no")
    with pytest.raises(InputError, match="keep=1"):
        ding.receive(port=None, keep=1)  # type: ignore[arg-type] # that is the point
    assert "only while this kernel runs" in repr(ding.events)


def test_only_events_that_are_not_stored_are_dropped(ding: DingTalk, clock: VirtualClock) -> None:
    log = EventLog(open_ledger(), ding._log._realm, clock, clock.now_ns, lambda *_: None, max_events=3)
    events = Events(log).keep()
    for n in range(5):
        log.add(leave_event(n))
    events.keep(on=False)
    for n in range(5, 9):
        log.add(leave_event(n))
    assert ids(events) == [f"leave-{n}" for n in (0, 1, 2, 3, 4, 6, 7, 8)]
    assert log.read_status().dropped == 1
    again = EventLog(open_ledger(), ding._log._realm, clock, clock.now_ns, lambda *_: None, max_events=3)
    assert len(Events(again)) == 5
    again.add(leave_event(9))
    assert ids(Events(again)) == [f"leave-{n}" for n in (0, 1, 2, 3, 4, 9)]


def test_an_event_that_another_notebook_has_stored_is_not_dropped(ding: DingTalk, clock: VirtualClock) -> None:
    here, other = (
        EventLog(open_ledger(), ding._log._realm, clock, clock.now_ns, lambda *_: None, max_events=2) for _ in "ab"
    )
    here.add(leave_event(0))
    Events(other).keep()
    other.add(leave_event(0))
    here.refresh()
    for n in range(1, 4):
        here.add(leave_event(n))
    assert ids(Events(here)) == ["leave-0", "leave-2", "leave-3"]


def test_without_storing_another_connection_sees_nothing(
    sandbox: RunningSandbox, ding: DingTalk, connect_to: Connect
) -> None:
    feed(ding, leave_event(0))
    assert len(connect_to(sandbox).events) == 0


@pytest.mark.parametrize("meanwhile", ["add", "clear"])
def test_incoming_events_do_not_wait_while_the_ledger_is_read(
    sandbox: RunningSandbox,
    ding: DingTalk,
    connect_to: Connect,
    monkeypatch: pytest.MonkeyPatch,
    meanwhile: str,
) -> None:
    feed(ding, *(leave_event(n) for n in range(3)))
    ding.events.keep()
    there = connect_to(sandbox)
    log = there._log
    pages, acts = (
        log._stored.pages,
        {"add": lambda: log.add(leave_event(9)), "clear": lambda: log._stored.remove(None, ())},
    )

    def interrupted() -> Iterator[EventPage]:
        for page in pages():
            thread = threading.Thread(target=acts[meanwhile], daemon=True)
            thread.start()
            thread.join(30)
            assert not thread.is_alive()
            yield page

    monkeypatch.setattr(log._stored, "pages", interrupted)
    assert ids(there.events) == ([f"leave-{n}" for n in (0, 1, 2, 9)] if meanwhile == "add" else [])


def test_incoming_events_do_not_wait_while_clear_reads_the_ledger(
    sandbox: RunningSandbox, ding: DingTalk, connect_to: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed(ding, leave_event(0))
    ding.events.keep()
    there = connect_to(sandbox)
    log = there._log
    pages = log._stored.pages

    def interrupted() -> Iterator[EventPage]:
        for page in pages():
            thread = threading.Thread(target=log.add, args=(leave_event(9),), daemon=True)
            thread.start()
            thread.join(30)
            assert not thread.is_alive()
            yield page

    monkeypatch.setattr(log._stored, "pages", interrupted)
    assert there.events.clear() == 2
    assert len(there.events) == len(connect_to(sandbox).events) == 0


def test_an_id_that_is_not_in_the_content_is_stored(
    sandbox: RunningSandbox, ding: DingTalk, connect_to: Connect
) -> None:
    posted = replace(without_id(0), id="hash-of-the-post")
    feed(ding, posted)
    ding.events.keep()
    there = connect_to(sandbox)
    assert ids(there.events) == ["hash-of-the-post"]
    assert not there._log.add(posted)


def test_events_stored_here_are_not_read_again(ding: DingTalk) -> None:
    feed(ding, leave_event(0), without_id(1))
    ding.events.keep()
    assert next(ding._log._stored.pages(), None) is None
    feed(ding, leave_event(2), without_id(3))
    assert next(ding._log._stored.pages(), None) is None
    assert len(ding.events) == 4


def test_a_lone_surrogate_can_be_stored(ding: DingTalk) -> None:
    ding._log.add(event_of_type("half\ud800", eventId="e\ud800"))
    ding.events.keep()
    ding._log.add(event_of_type("half\udfff", eventId="e\udfff2"))
    assert list(ding.events.to_frame()["type"]) == ["half\ufffd", "half\ufffd"]


def test_another_connection_sees_events_stored_before_and_after(
    sandbox: RunningSandbox, ding: DingTalk, connect_to: Connect
) -> None:
    feed(ding, leave_event(0), without_id(1), robot_message(2))
    ding.events.keep().keep()
    feed(ding, streamed_leave_event(3), without_id(4))
    second = connect_to(sandbox)
    there = second.events
    for events in (ding.events, there):
        assert events.to_frame().drop(columns="channel").equals(ding.events.to_frame().drop(columns="channel"))
        assert sorted(events.to_frame()["type"]) == ["odd", "odd", "robot_message", *["user_leave_org"] * 2]
    assert there.to_frame()["channel"].tolist() == ding.events.to_frame()["channel"].tolist()
    assert [event.session is not None for event in ding.events.select("robot_message")] == [True]
    there.keep()
    assert len(connect_to(sandbox).events) == 5
    before = second._log.changes
    feed(ding, leave_event(9))
    assert second._log.refresh() == before + 1
    assert second._log.add(leave_event(9)) is False


def test_two_logs_that_store_accept_an_event_once(sandbox: RunningSandbox, ding: DingTalk, connect_to: Connect) -> None:
    second = connect_to(sandbox)
    for connection in (ding, second):
        connection.events.keep()
    assert feed(ding, leave_event(0)) == [True]
    assert feed(second, leave_event(0)) == [False]
    assert len(second.events) == len(ding.events) == 1


def test_two_logs_that_store_accept_an_event_once_although_one_channel_has_no_id(
    sandbox: RunningSandbox, ding: DingTalk, connect_to: Connect
) -> None:
    second = connect_to(sandbox)
    for connection in (ding, second):
        connection.events.keep()
    assert feed(ding, streamed_leave_event(0), registered_leave_event(1)) == [True, True]
    assert feed(second, registered_leave_event(0), streamed_leave_event(1), registered_leave_event(2)) == [
        False,
        False,
        True,
    ]
    assert [event.happened_at for event in second.events.select()] == [
        event.happened_at for event in ding.events.select()
    ]
    assert len(connect_to(sandbox).events) == len(ding.events) == 3


def test_earlier_events_are_stored_once_although_one_channel_has_no_id(
    sandbox: RunningSandbox, ding: DingTalk, connect_to: Connect
) -> None:
    second = connect_to(sandbox)
    feed(ding, streamed_leave_event(0), registered_leave_event(1))
    feed(second, registered_leave_event(0), streamed_leave_event(1))
    for connection in (ding, second):
        connection.events.keep()
    assert [len(connection.events) for connection in (ding, second, connect_to(sandbox))] == [2, 2, 2]


def test_events_cleared_by_another_log_are_not_stored_again(
    sandbox: RunningSandbox, ding: DingTalk, connect_to: Connect
) -> None:
    second = connect_to(sandbox)
    feed(ding, leave_event(0), without_id(1))
    ding.events.keep()
    assert len(second.events) == 2
    ding.events.clear()
    feed(second, leave_event(2))
    second.events.keep()
    assert ids(connect_to(sandbox).events) == ["leave-2"]
    assert len(second.events) == 3
    second.events.clear()
    second.events.keep(on=False)
    assert feed(second, leave_event(0)) == [True]
    second.events.keep()
    assert ids(connect_to(sandbox).events) == ["leave-0"]


def test_events_stored_here_and_cleared_elsewhere_are_not_stored_again(
    sandbox: RunningSandbox, ding: DingTalk, connect_to: Connect
) -> None:
    feed(ding, leave_event(0), leave_event(1))
    ding.events.keep()
    feed(ding, leave_event(2))
    # Events that stay after clearing here count as stored, too.
    assert ding.events.clear(before="2025-11-25 09:01") == 1
    connect_to(sandbox).events.clear()
    ding.events.keep(on=False).keep()
    assert ids(connect_to(sandbox).events) == []
    assert ids(ding.events) == ["leave-1", "leave-2"]


def test_events_stored_by_another_log_appear_with_the_next_event(
    sandbox: RunningSandbox, ding: DingTalk, connect_to: Connect
) -> None:
    second = connect_to(sandbox)
    for connection in (ding, second):
        connection.events.keep()
    feed(ding, leave_event(0))
    before = second._log.changes
    assert feed(second, leave_event(0)) == [False]
    assert second._log.changes > before
    assert len(second.events) == 1


def test_another_process_sees_stored_events(ding: DingTalk, sandbox: RunningSandbox) -> None:
    feed(ding, leave_event(0, ["张三"]))
    ding.events.keep()
    code = """
import dingnb
ding = dingnb.connect()
print(ding.events.to_frame()[["event_id", "userids"]].to_dict("records"))
"""
    environment = {
        **os.environ,
        **connection_environment(sandbox.settings, sandbox.base_url),
        "PYTHONIOENCODING": "utf-8",
    }
    found = subprocess.run(  # noqa: S603 - another kernel
        [sys.executable, "-c", code], env=environment, capture_output=True, check=True, encoding="utf-8"
    )
    assert found.stdout.strip() == "[{'event_id': 'leave-0', 'userids': ['张三']}]"


def test_storing_can_end_and_stored_events_stay(sandbox: RunningSandbox, ding: DingTalk, connect_to: Connect) -> None:
    feed(ding, leave_event(0))
    ding.events.keep()
    ding.events.keep(on=False)
    feed(ding, leave_event(1))
    assert len(ding.events) == 2
    assert ids(connect_to(sandbox).events) == ["leave-0"]
    ding.events.keep()
    assert ids(connect_to(sandbox).events) == ["leave-0", "leave-1"]


def test_events_of_another_app_are_neither_shown_nor_cleared(
    sandbox: RunningSandbox, ding: DingTalk, connect_to: Connect, clock: VirtualClock
) -> None:
    feed(ding, leave_event(0))
    ding.events.keep()
    realm = ding._log._realm
    elsewhere = type(realm).of("SANDBOX", "another", "another", "ding…another")
    events = Events(EventLog(open_ledger(), elsewhere, clock, clock.now_ns, lambda *_: None))
    assert len(events) == 0
    assert events.clear() == events.clear("2027-01-01") == 0
    assert len(ding.events) == len(connect_to(sandbox).events) == 1


def test_clear_removes_all_events_or_those_before_a_time(
    sandbox: RunningSandbox, ding: DingTalk, connect_to: Connect
) -> None:
    feed(ding, *(leave_event(n) for n in range(4)))
    ding.events.keep()
    assert ding.events.clear("2025-11-25 09:02:00.250") == 2
    assert ids(ding.events) == ids(connect_to(sandbox).events) == ["leave-2", "leave-3"]
    found = ding.events.wait(timeout_s=0)
    assert found is not None
    assert found.id == "leave-2"
    with pytest.raises(InputError, match="before='then'"):
        ding.events.clear("then")
    assert ding.events.clear() == 2
    assert ids(ding.events) == ids(connect_to(sandbox).events) == []
    assert ding.events.wait(timeout_s=0) is None
    assert feed(ding, leave_event(0)) == [True]


@for_each(
    "text",
    [
        *("20:00:00.1234", "20:00:00.2026", "20:00:00,1234", "20:00,1234", "9:00:0000", "09:00+0800", "09:00-0800"),
        *("10:00 GMT+0800", "10:00 UTC-0800", "10:00+1700", "10:00 25 Nov +0800", "10:00:00.1234 25 Nov", "10:00 0800"),
    ],
)
def test_a_time_without_a_year_is_refused_although_it_has_four_digits(ding: DingTalk, text: str) -> None:
    with pytest.raises(InputError, match="is not a valid time"):
        ding.events.to_frame(since=text)


@pytest.mark.parametrize(
    "text", ["05/11/2025", "5.11.2025 09:00", "09:00 11-05-2025", "1/12/2025", "2025Q4", "q4 2025", "-2025"]
)
def test_an_ambiguous_date_is_refused(ding: DingTalk, text: str) -> None:
    with pytest.raises(InputError, match="is not a valid time"):
        ding.events.to_frame(until=text)


@for_each(
    "text",
    [
        *("2025-11-25 09:00:00.0000", "2025-11-25T09:00+0800", "2025-11-25T01:00:00.0000Z", "20251125T0900"),
        *("09:00 2025-11-25", "09:00 25.11.2025", "09:00:00.0000 25 Nov 2025", "25-11-2025 09:00 +0800"),
        *("2025/11/25 08:59:59.9", "2025.11.25 09:00"),
        *("Tue Nov 25 09:00:00 2025", "09:00:00 Nov 25 2025 +0800", "11/25/2025 9:00"),
    ],
)
def test_a_time_is_read_wherever_its_year_is(ding: DingTalk, text: str) -> None:
    feed(ding, *(leave_event(n) for n in (-1, 0)))
    assert ding.events.to_frame(since=text)["event_id"].tolist() == ["leave-0"]


def test_an_event_that_cannot_be_stored_is_not_accepted_and_can_be_sent_again(ding: DingTalk) -> None:
    ding.events.keep()
    with closing(sqlite3.connect(open_ledger().path, isolation_level=None)) as other_kernel, other_kernel:
        other_kernel.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerError):
            ding._log.add(leave_event(0))
        assert len(ding.events) == 0
        assert ding.events.wait(timeout_s=0) is None
        other_kernel.execute("ROLLBACK")
    assert feed(ding, leave_event(0)) == [True]


def test_failing_to_store_or_clear_changes_nothing(ding: DingTalk) -> None:
    feed(ding, leave_event(0), without_id(1))
    with closing(sqlite3.connect(open_ledger().path, isolation_level=None)) as other_kernel, other_kernel:
        other_kernel.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerError):
            ding.events.keep()
        with pytest.raises(LedgerError):
            ding.events.clear()
        other_kernel.execute("ROLLBACK")
    assert len(ding.events) == 2
    assert "ding.events.keep() stores them" in repr(ding.events)
    ding.events.keep()
    assert len(ding.events) == 2


@pytest.mark.parametrize("keeps", [False, True])
def test_events_in_memory_are_shown_and_exported_although_the_ledger_is_gone(
    ding: DingTalk, tmp_path: Path, *, keeps: bool
) -> None:
    feed(ding, leave_event(0))
    ding.events.keep(on=keeps)
    assert len(ding.events) == 1
    path = open_ledger().path
    away = path.rename(tmp_path / "away")
    with pytest.warns(UserWarning, match=r"Only events in memory.*\n?.*The ledger is gone"):
        assert ids(ding.events) == ["leave-0"]
    with pytest.warns(UserWarning, match="Only events in memory"):
        ding.events.to_csv(tmp_path / "events")
    with pytest.warns(UserWarning, match="Only events in memory"):
        assert "Only events in memory" in repr(ding.events)
    for action in (ding._log.refresh, ding.events.clear):
        with pytest.raises(LedgerError):
            action()
    away.rename(path)
    assert "Only events in memory" not in repr(ding.events)
    assert ids(ding.events) == ["leave-0"]


def test_with_no_events_in_memory_a_missing_ledger_is_an_error(ding: DingTalk, tmp_path: Path) -> None:
    assert len(ding.events) == 0
    open_ledger().path.rename(tmp_path / "away")
    with pytest.raises(LedgerError):
        ding.events.to_frame()


def test_the_display_shows_types_and_the_last_events(ding: DingTalk) -> None:
    assert "No events yet: ding.stream()" in repr(ding.events)
    feed(ding, leave_event(0, ["u1", "u2"]), leave_event(1), event_of_type("<img src=x onerror=alert(1)>", 2))
    shown = repr(ding.events)
    assert "3 events" in shown
    assert shown.count("Person left (user_leave_org)") == 3
    assert "11-25 09:01:00" in shown
    assert "u1, u2" in shown
    assert "<img" not in ding.events._repr_html_()
    event = ding.events.select()[0]
    assert "Person left (user_leave_org)" in event._repr_html_()
    assert repr(event).startswith("Event('Person left (user_leave_org)', ")
    dingnb.set_language("zh")
    assert repr(ding.events).count("员工离开企业（user_leave_org）") == 3
    assert "员工离开企业（user_leave_org）" in event._repr_html_()


def test_types_beyond_the_limit_are_counted_together(ding: DingTalk) -> None:
    feed(
        ding,
        *(event_of_type(f"kind-{n}", n) for n in range(13)),
        *(event_of_type(f"kind-{n}", 20 + n) for n in range(10)),
    )
    shown = repr(ding.events)
    types = shown[shown.index("Types") : shown.index("Last events")].split()
    assert types[types.index("kind-9") :] == ["kind-9", "2", *["…", "and", "3", "more,", "with", "3", "events"]]


def test_people_beyond_the_limit_are_indicated(ding: DingTalk) -> None:
    feed(ding, leave_event(0, [f"u{n}" for n in range(2_000)]), leave_event(1, ["a", "b", "c"]))
    assert "u0, u1, u2, …" in repr(ding.events)
    assert "a, b, c\n" in f"{ding.events!r}\n"
    [event, _] = ding.events.select()
    assert len(event.sheet().to_text()) < 500


class _Channel:
    title = as_text("Stream")
    status = as_text("connected since 09:00")
    problem = as_text("The gateway is silent. Wait.")
    is_running = True

    def sheet(self) -> Sheet:
        return Sheet(self.title, "SANDBOX", (), (self.problem,))

    def stop(self) -> None:
        return


def test_sources_are_shown_with_the_log(ding: DingTalk) -> None:
    source = _Channel()
    for _ in range(2):
        ding._log.attach(source)
    assert repr(ding.events).count("connected since 09:00") == 1
    assert repr(ding.events).count("The gateway is silent. Wait.") == 1
    for _ in range(2):
        ding._log.detach(source)
    assert "connected since" not in repr(ding.events)


def test_exports_are_written_like_those_of_results(ding: DingTalk, tmp_path: Path) -> None:
    feed(
        ding,
        leave_event(0, ["u1", "0012"]),
        event_of_type("odd", 1, title=FORMULA, deptId=[7], number=12345678901234567890),
        robot_message(2),
    )
    ding.events.to_csv(tmp_path / "events")
    lines = list(csv.DictReader(io.StringIO((tmp_path / "events.csv").read_text(encoding="utf-8-sig"))))
    assert [line["event_id"] for line in lines] == ["leave-0", "odd-1", "msg-2"]
    assert lines[0]["userids"] == "u1, 0012"
    assert lines[0]["time"] == "2025-11-25 09:00:00.000+08:00"
    assert lines[1]["title"] == f"'{FORMULA}"
    assert lines[1]["dept_id"] == "[7]"
    assert lines[1]["number"] == "12345678901234567890"
    ding.events.to_excel(tmp_path / "events", "odd", text="hyperlink")
    sheet = openpyxl.load_workbook(tmp_path / "events.xlsx").active
    assert sheet is not None
    header, *rows = sheet.iter_rows()
    assert len(rows) == 1
    cell = rows[0][[heading.value for heading in header].index("title")]
    assert (cell.value, cell.data_type) == (FORMULA, "s")
    for file_name in ("events.csv", "events.xlsx"):
        assert (tmp_path / file_name).stat().st_mode & 0o077 == 0
    with pytest.raises(FileError):
        ding.events.to_csv(tmp_path / "events.xlsx")


def test_a_file_is_written_for_any_content(ding: DingTalk, tmp_path: Path) -> None:
    feed(ding, event_of_type("odd", 0, self="s", lone="\ud800", nul="a\x00b", deep={"a": [{"b": 1}]}))
    ding.events.to_csv(tmp_path / "events")
    ding.events.to_excel(tmp_path / "events")


@pytest.mark.parametrize("text", ["x" * 60_000, "\U0001f600" * 20_000, "\x01" * 10_000, "=" * 60_000], ids=ascii)
def test_a_text_too_long_for_a_cell_is_truncated_with_a_note(ding: DingTalk, tmp_path: Path, text: str) -> None:
    feed(ding, event_of_type("odd", 0, text=text, deep=[{"a": text}]), event_of_type("odd", 1, text="short"))
    ding.events.to_csv(tmp_path / "events")
    assert text in (tmp_path / "events.csv").read_text(encoding="utf-8-sig")
    ding.events.to_excel(tmp_path / "events")
    sheet = openpyxl.load_workbook(tmp_path / "events.xlsx").active
    assert sheet is not None
    header, first, second = sheet.iter_rows(values_only=True)
    for name in ("text", "deep", "raw"):
        cell = str(first[header.index(name)])
        assert len(cell.encode("utf-16-le")) <= 2 * 32_767
        assert cell.endswith("characters in total; to_csv writes them all]")
    assert f"[{len(text):,} characters" in str(first[header.index("text")])
    assert second[header.index("text")] == "short"


def test_no_secret_is_shown_exported_or_stored(
    ding: DingTalk, tmp_path: Path, find_secrets: Callable[[str], list[str]]
) -> None:
    feed(ding, robot_message(0), event_of_type("odd", 1, token="t0ken", aesKey="k" * 43, inside={"ticket": "t0ken"}))
    ding.events.keep()
    frame = ding.events.to_frame()
    ding.events.to_csv(tmp_path / "events")
    folder = open_ledger().path.parent
    shown = [
        repr(ding.events),
        ding.events._repr_html_(),
        frame.to_csv(),
        repr(ding.events.select()),
        (tmp_path / "events.csv").read_text(encoding="utf-8"),
        *(path.read_bytes().decode(errors="replace") for path in folder.iterdir() if path.is_file()),
    ]
    for text in shown:
        assert [secret for secret in SECRETS if secret in text] == []
        assert find_secrets(text) == []
    assert json.loads(frame["raw"][0])["sessionWebhook"] == "***"


def asked_for(sandbox: RunningSandbox) -> list[str]:
    """Return the calls for replies of a robot, including failed ones."""
    return [call["path"] for call in sandbox.state.recorded_calls() if "sendBySession" in call["path"]]


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        (dingnb.text("yes 好"), "text"),
        (dingnb.markdown(title="t", text="**yes**"), "markdown"),
        (
            dingnb.link(title="t", text="x", message_url="https://example.org", pic_url="https://example.org/a.png"),
            "link",
        ),
        (
            dingnb.action_card(title="t", markdown="x", single_title="go", single_url="https://example.org"),
            "actionCard",
        ),
    ],
    ids=["text", "markdown", "link", "action card"],
)
def test_a_reply_goes_to_the_conversation_of_its_message(
    ding: DingTalk, sandbox: RunningSandbox, message: dingnb.Message, kind: str
) -> None:
    feed(ding, emit_robot_message(sandbox, "lunch?"))
    [event] = ding.events.select("robot_message")
    event.reply(message)
    event.reply(message)
    assert [answer["msgtype"] for answer in robot_replies(sandbox)] == [kind, kind]
    content = robot_replies(sandbox)[0][kind]
    assert [reply.text for reply in event.replies] == [content["content" if kind == "text" else "text"]] * 2
    ding.events.keep()
    assert [one.replies for one in ding.events.select()] == [event.replies]


def test_a_handler_can_reply(ding: DingTalk, sandbox: RunningSandbox) -> None:
    over = threading.Event()

    def answer(event: Event) -> None:
        event.reply(dingnb.text(f"You said: {event.fields['text']}"))
        over.set()

    ding.events.on("robot_message", answer)
    feed(ding, emit_robot_message(sandbox, "lunch?"))
    assert over.wait(30)
    assert [reply["text"]["content"] for reply in robot_replies(sandbox)] == ["You said: lunch?"]


@pytest.mark.parametrize("written", ["{{ 7 * 7 }}", "{{ name }}", "{% if", "{# quiet #}", "a {{ b"])
def test_the_text_of_a_message_is_quoted_unchanged(ding: DingTalk, sandbox: RunningSandbox, written: str) -> None:
    feed(ding, emit_robot_message(sandbox, written))
    [event] = ding.events.select()
    event.reply(dingnb.text("{{ sender_nick }}: {{ text }}"))
    assert [answer["text"]["content"] for answer in robot_replies(sandbox)] == [
        f"{event.fields['sender_nick']}: {written}"
    ]


@pytest.mark.parametrize("said_text", ["", " \n"])
def test_a_reply_with_an_empty_column_is_not_sent(ding: DingTalk, sandbox: RunningSandbox, said_text: str) -> None:
    feed(ding, robot_message(0, said_text))
    [event] = ding.events.select()
    with pytest.raises(MessageError, match="'text' is empty"):
        event.reply(dingnb.text("You said: {{ text }}"))
    assert asked_for(sandbox) == []


def test_a_refused_reply_reveals_no_session(
    ding: DingTalk, sandbox: RunningSandbox, whole_of: Callable[[BaseException], str]
) -> None:
    feed(ding, robot_message(0))
    [event] = ding.events.select()
    with pytest.raises(DingError) as caught:
        event.reply(dingnb.text("hi"))
    assert SESSION not in whole_of(caught.value)
    assert len(asked_for(sandbox)) == 1


@pytest.mark.parametrize(
    ("message", "why"),
    [
        ("hi", "was given str"),
        (dingnb.text("Hi {{ name }}"), "name"),
        (dingnb.image(source="@abc"), "image"),
        (dingnb.link("t", "t", "https://example.com", pic_url=PNG), "uploaded"),
    ],
    ids=["no message", "columns", "type", "picture"],
)
def test_messages_that_a_robot_cannot_send_are_refused_before_the_call(
    ding: DingTalk, sandbox: RunningSandbox, message: dingnb.Message, why: str
) -> None:
    feed(ding, robot_message(0))
    [event] = ding.events.select()
    with pytest.raises(MessageError, match=why):
        event.reply(message)
    assert asked_for(sandbox) == []


def test_only_robot_messages_received_here_can_be_replied_to(
    ding: DingTalk, sandbox: RunningSandbox, connect_to: Connect
) -> None:
    feed(ding, leave_event(0), robot_message(1))
    ding.events.keep()
    [leaving, _] = ding.events.select()
    with pytest.raises(InputError, match="user_leave_org event cannot be replied to"):
        leaving.reply(dingnb.text("bye"))
    [_, message] = connect_to(sandbox).events.select()
    with pytest.raises(InputError, match="robot_message event cannot be replied to"):
        message.reply(dingnb.text("hi"))
    with pytest.raises(InputError, match="does not belong to an event log"):
        robot_message(3).reply(dingnb.text("hi"))
    assert asked_for(sandbox) == []


def test_an_expired_session_is_not_used(ding: DingTalk, sandbox: RunningSandbox, clock: VirtualClock) -> None:
    feed(ding, robot_message(0, until_ns=clock.now_ns() + seconds_to_ns(60)))
    [event] = ding.events.select()
    clock.advance(seconds_to_ns(61))
    with pytest.raises(InputError, match="too old to be replied to"):
        event.reply(dingnb.text("late"))
    assert asked_for(sandbox) == []


def test_a_session_that_dingtalk_rejects_is_expired(ding: DingTalk, sandbox: RunningSandbox) -> None:
    feed(ding, robot_message(0))
    [event] = ding.events.select()
    with pytest.raises(InputError, match="too old to be replied to") as caught:
        event.reply(dingnb.text("late"))
    assert "300001" in str(caught.value.__cause__)
    assert len(asked_for(sandbox)) == 1


@pytest.mark.parametrize("url", ["https://oapi.dingtalk.com/robot/sendBySession", "not a url", "https://[", "?x=1"])
def test_an_address_without_a_session_is_not_called(ding: DingTalk, sandbox: RunningSandbox, url: str) -> None:
    feed(ding, robot_message(0, url=url))
    [event] = ding.events.select()
    with pytest.raises(InputError, match="does not say where to reply"):
        event.reply(dingnb.text("hi"))
    assert asked_for(sandbox) == []


def test_a_forged_address_is_never_contacted(ding: DingTalk, sandbox: RunningSandbox) -> None:
    caught: list[str] = []

    class Elsewhere(threading.Thread):
        def __init__(self) -> None:
            super().__init__(daemon=True)
            import socket  # noqa: PLC0415 - for this test alone

            self.socket = socket.create_server(("127.0.0.1", 0))
            self.port = self.socket.getsockname()[1]

        def run(self) -> None:
            try:
                caught.append(str(self.socket.accept()[1]))
            except OSError:
                return

    elsewhere = Elsewhere()
    elsewhere.start()
    feed(ding, robot_message(0, url=f"http://127.0.0.1:{elsewhere.port}/robot/sendBySession?session=abc"))
    [event] = ding.events.select()
    try:
        event.reply(dingnb.text("hi"))
    except DingError as error:
        assert "abc" not in f"{error!r}{error}"  # noqa: PT017 - whether the session is known is the sandbox's affair
    elsewhere.socket.close()
    assert caught == []
    assert len(asked_for(sandbox)) == 1


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "No event is about '张三', which looks like a name"), ("zh", "没有与“张三”有关的事件，它看起来是姓名")],
)
def test_a_name_in_place_of_a_userid_is_a_warning(ding: DingTalk, language: Any, said: str) -> None:
    feed(ding, leave_event(0, ["u1", "王五"]))
    dingnb.set_language(language)
    with pytest.warns(UserWarning, match=re.escape(said)) as caught:
        assert len(ding.events.to_frame(person=["张三", "u1"])) == 1
    assert [warning.filename for warning in caught] == [__file__]
    # Somebody without events, and an unusual userid that has some.
    assert ding.events.to_frame(person="u2").empty
    assert len(ding.events.to_frame(person="王五")) == 1


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "No event of type 'user_leave' was received. Did you mean 'user_leave_org'?"),
        ("zh", "没有收到过类型为“user_leave”的事件。是否指“user_leave_org”？"),
    ],
)
def test_a_misspelled_type_is_a_warning_and_new_types_are_none(ding: DingTalk, language: Any, said: str) -> None:
    feed(ding, leave_event(0))
    dingnb.set_language(language)
    with pytest.warns(UserWarning, match=re.escape(said)) as caught:
        assert ding.events.to_frame("user_leave").empty
    assert caught[0].filename == __file__
    with pytest.warns(UserWarning, match="user_leave_org"):
        assert ding.events.wait(["user_leave", "check_in"], timeout_s=0) is None
    with pytest.warns(UserWarning, match="user_leave_org"):
        ding.events.on("User_Leave_Org", print).off()
    # DingTalk may add types, also with similar names.
    assert ding.events.select(["edu_user_insert", "user_leave_org"])
    ding._log.add(parse_event({"EventType": "user_leave", "UserId": ["u1"]}, FIRST_MS))
    assert len(ding.events.select("user_leave")) == 1

"""Handlers that are called with events, and waits for them."""

import gc
import os
import select
import signal
import sys
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import Any

import numpy as np
import pytest

from dingnb.client import DingTalk
from dingnb.clock import VirtualClock
from dingnb.errors import InputError
from dingnb.events.event import Event
from dingnb.events.events import Events
from dingnb.events.log import EventLog
from dingnb.ledger import open_ledger
from tests.events.feeding import event_of_type, feed, leave_event

WITHIN_S = 30


CALLED: list[str] = []


class Appender:
    """Appends events to a list."""

    def __init__(self, events: list[Event]) -> None:
        self.events = events

    def add(self, event: Event) -> None:
        self.events.append(event)


def define_handler(called: list[str], word: str) -> Callable[[Event], None]:
    """Define a handler as a notebook's cell does: again under the same name."""
    namespace: dict[str, Any] = {"called": called, "__name__": "__main__"}
    exec(f"def answer(event):\n    called.append({word!r})", namespace)  # noqa: S102 - our own text
    handler: Callable[[Event], None] = namespace["answer"]
    return handler


def in_closure(word: str) -> Callable[[Event], None]:
    return lambda _: CALLED.append(word)


def taken(queue: "SimpleQueue[str]", n: int) -> list[str]:
    return [queue.get(timeout=WITHIN_S) for _ in range(n)]


def done(ding: DingTalk) -> None:
    """Wait until all handlers were called; they are called in the order of events."""
    over = threading.Event()
    with ding.events.on("the_last_one", lambda _: over.set()):
        feed(ding, event_of_type("the_last_one", done.count))
        done.count += 1
        assert over.wait(WITHIN_S)


done.count = 0  # type: ignore[attr-defined] # each call needs its own event


def test_a_handler_gets_its_types_once_each_and_in_order(ding: DingTalk) -> None:
    got: SimpleQueue[str] = SimpleQueue()
    feed(ding, leave_event(0))
    ding.events.on("user_leave_org", lambda event: got.put(event.id))
    feed(ding, *(leave_event(n) for n in range(1, 30)), event_of_type("check_in"), leave_event(5), leave_event(30))
    assert taken(got, 30) == [f"leave-{n}" for n in range(1, 31)]
    done(ding)
    assert got.empty()


def test_handlers_are_called_in_the_order_of_the_log_although_several_threads_write_to_it(ding: DingTalk) -> None:
    called: SimpleQueue[str] = SimpleQueue()
    ding.events.on("user_leave_org", lambda event: called.put(event.id))
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda n: feed(ding, leave_event(n)), range(400)))
    finally:
        sys.setswitchinterval(interval)
    logged = [event.id for _ in range(400) if (event := ding.events.wait("user_leave_org", 0))]
    assert taken(called, 400) == logged


def test_a_handler_can_take_all_types_or_several(ding: DingTalk) -> None:
    every: SimpleQueue[str] = SimpleQueue()
    some: SimpleQueue[str] = SimpleQueue()
    ding.events.on("*", lambda event: every.put(event.type))
    ding.events.on(["check_in", "odd"], lambda event: some.put(event.type))
    feed(ding, leave_event(0), event_of_type("check_in"), event_of_type("odd"))
    assert taken(every, 3) == ["user_leave_org", "check_in", "odd"]
    assert taken(some, 2) == ["check_in", "odd"]


def test_a_cell_that_runs_again_replaces_its_handler(ding: DingTalk) -> None:
    called: list[str] = []
    first, second = (define_handler(called, name) for name in ("first", "second"))
    replaced = ding.events.on("user_leave_org", first)
    current = ding.events.on(["user_leave_org", "check_in"], second)
    elsewhere = ding.events.on("org_dept_create", first)
    feed(ding, leave_event(1))
    done(ding)
    assert called == ["second"]
    assert "is no longer called" in repr(replaced)
    assert "is called" in repr(current)
    assert "is called" in repr(elsewhere)


def test_a_lambda_replaces_only_a_lambda_of_the_same_code_and_values(ding: DingTalk) -> None:
    for word in ("a", "b"):
        ding.events.on("user_leave_org", in_closure(word))
        ding.events.on("user_leave_org", lambda _: CALLED.append("same"))
    ding.events.on("user_leave_org", lambda _: CALLED.append("other"))
    CALLED.clear()
    feed(ding, leave_event(1))
    done(ding)
    assert sorted(CALLED) == ["a", "b", "other", "same"]


def test_a_method_replaces_itself_but_not_that_of_another_object(ding: DingTalk) -> None:
    first, second = list[Event](), list[Event]()
    for _ in range(2):
        ding.events.on("user_leave_org", Appender(first).add)
    appender = Appender(second)
    for _ in range(2):
        ding.events.on("user_leave_org", appender.add)
    feed(ding, leave_event(1))
    done(ding)
    assert (len(first), len(second)) == (2, 1)


def test_receiving_does_not_wait_for_a_handler(ding: DingTalk) -> None:
    go_on, called = threading.Event(), threading.Event()

    def slow(_: Event) -> None:
        called.set()
        assert go_on.wait(WITHIN_S)

    ding.events.on("*", slow)
    feed(ding, leave_event(0))
    assert called.wait(WITHIN_S)
    assert feed(ding, leave_event(1)) == [True]
    assert len(ding.events.to_frame()) == 2
    go_on.set()


@pytest.mark.parametrize("raised", [ValueError("no such person"), SystemExit(1)], ids=repr)
def test_an_error_is_shown_once_for_each_kind_and_the_next_event_is_handled(
    ding: DingTalk, capsys: pytest.CaptureFixture[str], raised: BaseException
) -> None:
    got: SimpleQueue[str] = SimpleQueue()

    def broken(event: Event) -> None:
        if event.id in {"leave-0", "leave-1"}:
            raise raised
        if event.id == "leave-2":
            raise KeyError(event.id)
        got.put(event.id)

    ding.events.on("user_leave_org", broken)
    feed(ding, *(leave_event(n) for n in range(4)))
    assert taken(got, 1) == ["leave-3"]
    shown = capsys.readouterr().err
    assert shown.count(f"{type(raised).__name__}: {raised}") == 1
    assert shown.count("KeyError: 'leave-2'") == 1
    assert "Handlers failed 3 times" in repr(ding.events)


def test_a_failed_handler_is_released_eventually(ding: DingTalk, capsys: pytest.CaptureFixture[str]) -> None:
    def failing() -> Callable[[Event], None]:
        def fail(_: Event) -> None:
            message = "its own fault"
            raise ValueError(message)

        return fail

    handlers = [failing() for _ in range(200)]
    for n, handler in enumerate(handlers):
        with ding.events.on("user_leave_org", handler):
            feed(ding, leave_event(n))
            done(ding)
    assert capsys.readouterr().err.count("ValueError: its own fault") == len(handlers)
    watched = [weakref.ref(handler) for handler in handlers]
    del handler
    handlers.clear()
    gc.collect()
    assert sum(each() is not None for each in watched) < 100


def test_a_failure_does_not_keep_other_handlers_from_the_event(
    ding: DingTalk, capsys: pytest.CaptureFixture[str]
) -> None:
    got: SimpleQueue[str] = SimpleQueue()
    ding.events.on("*", lambda _: sys.exit("enough"))
    ding.events.on("*", lambda event: got.put(event.id))
    feed(ding, leave_event(0), leave_event(1))
    assert taken(got, 2) == ["leave-0", "leave-1"]
    assert "SystemExit: enough" in capsys.readouterr().err


def test_off_and_leaving_the_context_end_a_subscription(ding: DingTalk) -> None:
    got: SimpleQueue[str] = SimpleQueue()
    kept = ding.events.on("*", lambda event: got.put(event.id))
    feed(ding, leave_event(0))
    assert taken(got, 1) == ["leave-0"]
    kept.off()
    kept.off()
    with ding.events.on("*", lambda event: got.put(f"with {event.id}")):
        feed(ding, leave_event(1))
        assert taken(got, 1) == ["with leave-1"]
    feed(ding, leave_event(2))
    done(ding)
    assert got.empty()


def test_a_handler_may_read_the_log_and_end_itself(ding: DingTalk) -> None:
    got: SimpleQueue[int] = SimpleQueue()

    def once(_: Event) -> None:
        subscription.off()
        got.put(len(ding.events.to_frame()))

    subscription = ding.events.on("*", once)
    feed(ding, leave_event(0))
    assert got.get(timeout=WITHIN_S) == 1
    feed(ding, leave_event(1))
    done(ding)
    assert got.empty()


def test_a_new_handler_gets_only_later_events_even_while_others_lag(ding: DingTalk) -> None:
    go_on, called = threading.Event(), threading.Event()
    got: SimpleQueue[str] = SimpleQueue()

    def slow(_: Event) -> None:
        called.set()
        assert go_on.wait(WITHIN_S)

    ding.events.on("*", slow)
    ended = ding.events.on("*", lambda event: got.put(f"ended {event.id}"))
    feed(ding, leave_event(0), leave_event(1))
    assert called.wait(WITHIN_S)
    ding.events.on("*", lambda event: got.put(event.id))
    feed(ding, leave_event(2))
    ended.off()
    go_on.set()
    assert taken(got, 1) == ["leave-2"]
    done(ding)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_handlers_are_called_in_a_forked_process(ding: DingTalk) -> None:
    go_on, called = threading.Event(), threading.Event()
    reading, writing = os.pipe()

    def handle(event: Event) -> None:
        if event.id == "leave-0":
            called.set()
            assert go_on.wait(WITHIN_S)
        else:
            os.write(writing, event.id.encode())

    ding.events.on("user_leave_org", handle)
    feed(ding, leave_event(0))
    assert called.wait(WITHIN_S)
    child = os.fork()
    if not child:
        feed(ding, leave_event(1))
        go_on.wait(WITHIN_S)  # its parent ends it
    try:
        assert select.select([reading], [], [], WITHIN_S)[0]
        assert os.read(reading, 100) == b"leave-1"
    finally:
        go_on.set()
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(reading)
        os.close(writing)


def test_a_handler_that_is_not_callable_is_refused(ding: DingTalk) -> None:
    with pytest.raises(InputError, match="'print' is not callable"):
        ding.events.on("*", "print")  # type: ignore[arg-type] # that is the point


def test_an_async_handler_is_refused(ding: DingTalk) -> None:
    async def handle(_: Event) -> None: ...

    class Handler:
        async def __call__(self, _: Event) -> None: ...

    for handler in (handle, Handler()):
        with pytest.raises(InputError, match="is async"):
            ding.events.on("*", handler)
        with pytest.raises(InputError, match="is async"):
            ding.stream(on_card=handler)  # type: ignore[arg-type] # that is the point


def test_wait_gives_each_event_once_in_order(ding: DingTalk) -> None:
    feed(ding, leave_event(0), event_of_type("check_in"), leave_event(1))
    found = [
        ding.events.wait("user_leave_org", 0),
        ding.events.wait(timeout_s=0),
        ding.events.wait(["user_leave_org"], 0),
    ]
    assert [event.id if event else None for event in found] == ["leave-0", "check_in-0", "leave-1"]
    assert ding.events.wait(timeout_s=0) is None
    assert len(ding.events.to_frame()) == 3


def test_wait_ends_in_time_on_the_virtual_clock(ding: DingTalk, clock: VirtualClock) -> None:
    with clock.participating():
        began_ns = clock.monotonic_ns()
        assert ding.events.wait("user_leave_org", 90) is None
        assert clock.monotonic_ns() - began_ns == 90 * 10**9


def test_wait_is_woken_by_an_event_and_several_waits_share_events(ding: DingTalk) -> None:
    got: SimpleQueue[str] = SimpleQueue()

    def wait() -> None:
        event = ding.events.wait("user_leave_org", 10**7)
        got.put(event.id if event else "none")

    threads = [threading.Thread(target=wait, daemon=True) for _ in range(5)]
    for thread in threads:
        thread.start()
    feeders = [threading.Thread(target=feed, args=(ding, leave_event(n), leave_event(n))) for n in range(5)]
    for feeder in feeders:
        feeder.start()
    assert sorted(taken(got, 5)) == [f"leave-{n}" for n in range(5)]
    for thread in [*threads, *feeders]:
        thread.join(WITHIN_S)


@pytest.mark.parametrize("timeout_s", [-1, "soon", None, True, float("nan")], ids=repr)
def test_an_invalid_wait_timeout_is_refused(ding: DingTalk, timeout_s: object) -> None:
    with pytest.raises(InputError, match="timeout_s="):
        ding.events.wait(timeout_s=timeout_s)  # type: ignore[arg-type] # that is the point


def test_a_wait_timeout_may_be_any_number(ding: DingTalk) -> None:
    feed(ding, *map(leave_event, range(4)))
    waits: tuple[Any, ...] = (np.int64(0), np.float32(0.5), float("inf"), 10**400)
    assert [event.id if event else None for event in (ding.events.wait(timeout_s=wait) for wait in waits)] == [
        "leave-0",
        "leave-1",
        "leave-2",
        "leave-3",
    ]


def test_without_a_free_thread_the_next_event_delivers_all(
    ding: DingTalk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def none_left(_: object) -> None:
        message = "can't start new thread"
        raise RuntimeError(message)

    called: SimpleQueue[str] = SimpleQueue()
    ding.events.on("*", lambda event: called.put(event.id))
    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", none_left)
        assert feed(ding, leave_event(0), leave_event(1)) == [True, True]
    assert capsys.readouterr().err.count("can't start new thread") == 1
    assert "Handlers failed" not in repr(ding.events)
    feed(ding, leave_event(2))
    assert [called.get(timeout=20) for _ in range(3)] == ["leave-0", "leave-1", "leave-2"]


def test_a_subscription_shows_its_handler_its_types_and_how_to_end_it(ding: DingTalk) -> None:
    def answer(event: Event) -> None:
        del event

    assert repr(ding.events.on(["user_leave_org", "check_in"], answer)) == (
        "From now on, answer is called with check_in, user_leave_org; .off() ends it."
    )
    assert "every event" in repr(ding.events.on("*", answer))
    assert repr(ding.events.on("check_in", Answering())).startswith("From now on, Answering is called")


def test_a_subscription_that_was_ended_says_so(ding: DingTalk) -> None:
    subscription = ding.events.on("check_in", Answering())
    subscription.off()
    assert repr(subscription) == "Answering is no longer called with check_in."


def test_events_that_a_slow_handler_cannot_keep_up_with_are_dropped_and_counted(
    ding: DingTalk, clock: VirtualClock
) -> None:
    go_on, called = threading.Event(), threading.Event()
    got: SimpleQueue[str] = SimpleQueue()

    def slow(event: Event) -> None:
        called.set()
        assert go_on.wait(WITHIN_S)
        got.put(event.id)

    log = EventLog(open_ledger(), ding._log._realm, clock, clock.now_ns, lambda *_: None, max_events=3)
    Events(log).on("*", slow)
    log.add(leave_event(0))
    assert called.wait(WITHIN_S)
    for n in range(1, 6):
        log.add(leave_event(n))
    go_on.set()
    assert taken(got, 4) == ["leave-0", "leave-3", "leave-4", "leave-5"]
    assert "Handlers were not called with 2 events" in repr(Events(log))


class Answering:
    def __call__(self, event: Event) -> None: ...

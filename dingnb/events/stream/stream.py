"""The stream, as users start, inspect and stop it."""

import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self
from weakref import WeakValueDictionary

from dingnb.api.stream import Topic
from dingnb.auth import App
from dingnb.clock import NS_PER_S, Clock
from dingnb.display import ProgressBar, Sheet
from dingnb.errors import DingError, InputError
from dingnb.errors.arguments import check_flag
from dingnb.events.event_queue import parse_timeout
from dingnb.events.handlers import is_async
from dingnb.events.log import EventLog
from dingnb.events.stream.cards import CardResponder, OnCard
from dingnb.events.stream.engine import ConnectionSettings, Engine, StreamState
from dingnb.events.stream.inbox import Inbox
from dingnb.events.stream.protocol import CALLBACK, CARD_TOPIC, EVENT, ROBOT_TOPIC
from dingnb.transport import Hosts, Route, Timeouts, Transport, WebSocketTimeouts
from dingnb.words import NOTHING, Text, count, duration, listed, sentences

_TICKET_TIMEOUTS = Timeouts(connect_s=5, read_s=10, total_s=15)

REPORT_AFTER = 3
"""The number of failures in a row after which an outage is reported; shorter outages end within seconds."""

_POLL_S = 0.2
_END_STATES = frozenset({StreamState.STOPPED, StreamState.FAILED})

_CARD_SUBSCRIPTION: Topic = (CALLBACK, CARD_TOPIC)

_running: "WeakValueDictionary[tuple[str, Hosts], Stream]" = WeakValueDictionary()
_lock = threading.Lock()


class Stream:
    """
    Receives events, robot messages and card callbacks into the log. Created by `DingTalk.stream`.

    The stream reconnects automatically whenever the connection ends. `stop` ends the stream, as does leaving a
    ``with``.

    Args:
        log: The event log.
        settings: The settings of the connection.
        mode: ``SANDBOX`` or ``LIVE``.
        on_card: Answers cards.
    """

    def __init__(self, log: EventLog, settings: ConnectionSettings, mode: str, on_card: OnCard | None) -> None:
        self._log = log
        self._mode = mode
        self._topics = tuple(settings.topics)
        self._clock = settings.clock
        self._progress_bar = ProgressBar(settings.clock)
        self._changed = threading.Condition()
        self._state = StreamState.CONNECTING
        self._error: DingError | None = None
        self._was_stable = False
        self._waiting = 0
        self._successor: Stream | None = None
        self._failures = self._failed_ns = 0
        self._is_outage_reported = False
        self._cards = CardResponder(on_card)
        callbacks = frozenset(topic for kind, topic in self._topics if kind == CALLBACK)
        self._inbox = Inbox(log, self._cards, callbacks)
        self._engine = Engine(settings, self._inbox, self._cards, on_state=self._on_state, on_stable=self._on_stable)
        self._engine.start()
        log.attach(self)

    @property
    def state(self) -> str:
        """``connecting``, ``connected``, ``waiting`` before the next attempt, ``stopped`` or ``failed``."""
        if self._successor is not None:
            return self._successor.state
        is_gone = self._state not in _END_STATES and not self._engine.is_alive
        return str(StreamState.STOPPED if is_gone else self._state)

    @property
    def error(self) -> DingError | None:
        """The error for which the stream has ended or is retrying; None without an error."""
        return self._error if self._successor is None else self._successor.error

    @property
    def received(self) -> int:
        """The number of events, robot messages and card callbacks received, including repetitions."""
        return self._inbox.received_count + (0 if self._successor is None else self._successor.received)

    @property
    def topics(self) -> tuple[Topic, ...]:
        """The topics to which the stream subscribes."""
        return self._topics if self._successor is None else self._successor.topics

    @property
    def title(self) -> Text:
        """The stream's name in the display of the log."""
        return Text("stream.title")

    @property
    def status(self) -> Text:
        """The stream's state, on one line."""
        return Text(f"stream.{self.state}")

    @property
    def is_running(self) -> bool:
        """Whether the stream receives, or tries to: it was not stopped, and DingTalk did not refuse the app."""
        return self.state not in _END_STATES

    @property
    def problem(self) -> Text:
        """The error for which the stream has ended or is retrying, on one line; empty without an error."""
        return _one_line(self.error)

    def wait_until_connected(self, timeout_s: float = 30) -> bool:
        """
        Wait until the stream is connected. An interrupt ends the waiting, not the stream.

        Args:
            timeout_s: How long to wait, in seconds.

        Returns:
            Whether the stream is connected; False if it could not connect in time, or was stopped.

        Raises:
            InputError: `timeout_s` is not a number of seconds.
            DingError: The stream failed for good: DingTalk does not accept the app.
        """
        if self._successor is not None:
            return self._successor.wait_until_connected(timeout_s)
        until = time.monotonic() + parse_timeout(timeout_s) / NS_PER_S
        with self._changed:
            self._waiting += 1
            try:
                while self.state not in {StreamState.CONNECTED, *_END_STATES} and time.monotonic() < until:
                    # Short waits: an interrupt has to reach this thread on every system.
                    self._changed.wait(min(_POLL_S, max(until - time.monotonic(), 0)))
            finally:
                self._waiting -= 1
        if self._state is StreamState.FAILED and self._error is not None:
            raise self._error
        return self.state == StreamState.CONNECTED

    def stop(self) -> None:
        """
        Stop receiving, within a second at most; further calls do nothing.

        What was not acknowledged by then is sent to the next stream, except robot messages, which DingTalk sends only
        once. Robot messages waiting for the ledger are tried one last time; a robot message still in transit is lost.
        """
        if self._successor is not None:
            self._successor.stop()
        self._engine.stop()
        with self._changed:
            if self._state not in _END_STATES:
                self._state = StreamState.STOPPED
            self._changed.notify_all()
        # A live engine does this itself: waiting for a busy log could exceed the time limit of `stop`.
        if not self._engine.is_alive and self in self._log.sources:
            self._log.detach(self)

    def forward_to(self, successor: "Stream") -> None:
        """Forward all further calls of this stream to the stream that has replaced it."""
        self._successor = successor

    @property
    def on_card(self) -> OnCard | None:
        """The function that answers cards that are not a campaign's."""
        return self._cards.on_card

    def answer_cards_with(self, on_card: OnCard | None) -> None:
        """Replace the function that answers cards."""
        self._cards.on_card = on_card

    def sheet(self) -> Sheet:
        """Return the display of the stream."""
        facts = (
            (Text("stream.state"), self.status),
            (Text("stream.receives"), listed(_topic_text(topic) for topic in self.topics)),
            (Text("stream.received"), count("event", self.received)),
        )
        numbers = self._problem_counts()
        # Counted by the log, over all its sources.
        numbers["stream.press_ignored", "press"] = self._log.answers.ignored
        numbers["stream.press_foreign", "press"] = self._log.answers.foreign
        counts = (Text(key, n=count(noun, n)) for (key, noun), n in numbers.items() if n)
        notes = list(filter(None, [self.problem, *counts]))
        return Sheet(self.title, self._mode, facts, tuple(notes))

    def _problem_counts(self) -> Counter[tuple[str, str]]:
        """Return the numbers of problems by text key and unit, including problems of the stream's replacement."""
        counts = Counter(
            {
                ("stream.unreadable", "frame"): self._inbox.unreadable_count,
                ("stream.postponed", "time"): self._inbox.postponed_count,
                ("stream.pending", "robot_message"): self._inbox.pending_messages,
                ("stream.lost", "robot_message"): self._inbox.lost_messages,
                ("stream.pending", "press"): self._inbox.pending_presses,
                ("stream.press_lost", "press"): self._inbox.lost_presses,
                ("stream.card_failed", "time"): self._cards.errors.count,
                ("stream.card_late", "time"): self._cards.late_count,
                ("stream.inside_failed", "frame"): self._inbox.failures,
            }
        )
        return counts if self._successor is None else counts + self._successor._problem_counts()  # noqa: SLF001 - a stream

    def _on_state(self, state: StreamState, error: DingError | None) -> None:
        """Record a change; called in the thread of the engine."""
        if state is StreamState.STOPPED:
            self._log.detach(self)
        with self._changed:
            was_stopped = self._state is StreamState.STOPPED
            if not was_stopped:
                self._state = state
                # The last error stays visible while reconnecting.
                if state is not StreamState.CONNECTING:
                    self._error = error
            is_raised = bool(self._waiting)
            self._changed.notify_all()
        if was_stopped:
            # `stop` did not wait for the engine any longer: its end is not shown.
            if state in _END_STATES:
                self._log.detach(self)
        elif state is StreamState.FAILED:
            # `wait_until_connected` raises the error instead.
            if not is_raised:
                self._progress_bar.end(Text("stream.has_failed", error=_one_line(error)))
        elif state is StreamState.WAITING:
            self._failed_ns = self._failed_ns if self._failures else self._clock.monotonic_ns()
            self._failures += 1
            is_outage = not self._was_stable or self._failures >= REPORT_AFTER
            if is_outage and not self._is_outage_reported:
                self._is_outage_reported = True
                self._progress_bar.end(Text("stream.is_lost", error=error.text if error else NOTHING))

    def _on_stable(self) -> None:
        """Record that the connection works; called in the thread of the engine."""
        if self._is_outage_reported:
            lost_s = (self._clock.monotonic_ns() - self._failed_ns) / NS_PER_S
            self._progress_bar.end(
                Text("stream.is_back" if self._was_stable else "stream.is_there", duration=duration(lost_s))
            )
        self._was_stable, self._is_outage_reported, self._failures = True, False, 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        return self.sheet().to_text()

    def _repr_html_(self) -> str:
        return self.sheet().to_html()


@dataclass(slots=True)
class Streams:
    """
    The stream of one connection to DingTalk; at most one runs for all connections of an app in this process.

    Attributes:
        app: The app whose events are requested.
        hosts: DingTalk's hosts.
        clock: The source of time.
        mode: ``SANDBOX`` or ``LIVE``.
        timeouts: The network timeouts.
    """

    app: App
    hosts: Hosts
    clock: Clock
    mode: str
    timeouts: WebSocketTimeouts
    _running: Stream | None = None

    def open(
        self,
        log: EventLog,
        *,
        keep: bool,
        robot: bool,
        cards: bool | None,
        on_card: OnCard | None,
        topics: Sequence[str],
    ) -> Stream:
        """
        Return the running stream, if it receives the same, else a new stream.

        `DingTalk.stream` documents the arguments and errors.

        The stream of another connection of this app, left from an earlier run of the notebook, is stopped: DingTalk
        would send it a share of the events.
        """
        if on_card is not None and not callable(on_card):
            raise InputError(Text("stream.bad_on_card", value=on_card), Text("stream.bad_on_card_todo"))
        if on_card is not None and is_async(on_card):
            raise InputError(Text("event.async_handler", value=on_card), Text("stream.bad_on_card_todo"))
        for name, value in (("keep", keep), ("robot", robot)):
            check_flag(name, value)
        if cards is not None:
            check_flag("cards", cards)
        else:
            cards = on_card is not None or log.answers.has_open_cards()
        subscriptions = _topics(topics, robot=robot, cards=cards)
        if keep:
            log.set_storing(is_on=True)
        with _lock:
            running = self._running
            if running is not None and running.is_running and running.topics == subscriptions:
                running.answer_cards_with(on_card)
                return running
            key = (self.app.app_key, self.hosts)
            for stream in (running, _running.get(key)):
                if stream is not None:
                    stream.stop()
            # The transport is created here, so that it uses this connection's route.
            transport = Transport(Route(self.hosts), timeouts=_TICKET_TIMEOUTS)
            settings = ConnectionSettings(self.app, transport, self.clock, subscriptions, self.timeouts)
            self._running = _running[key] = Stream(log, settings, self.mode, on_card)
            return self._running

    @property
    def receives_cards(self) -> bool:
        """Whether a stream runs that receives presses on cards."""
        running = self._running
        return running is not None and self.is_running and _CARD_SUBSCRIPTION in running.topics

    def add_cards(self, log: EventLog) -> None:
        """
        Receive presses on cards as well.

        A new stream replaces the running stream, and keeps its other topics. Without a running stream, the new stream
        also receives events and robot messages.
        """
        if self.receives_cards:
            return
        running = self._running
        robot, topics, on_card = True, [], None
        is_continued = self.is_running
        if running is not None and is_continued:
            callback_topics = [topic for _, topic in running.topics[1:]]
            robot, topics = ROBOT_TOPIC in callback_topics, [topic for topic in callback_topics if topic != ROBOT_TOPIC]
            on_card = running.on_card
        replacement = self.open(log, keep=False, robot=robot, cards=True, on_card=on_card, topics=topics)
        if running is not None and is_continued:
            # The user may hold the replaced stream, and must still be able to stop what receives now.
            running.forward_to(replacement)

    @property
    def is_running(self) -> bool:
        """Whether a stream runs."""
        return self._running is not None and self._running.is_running

    @property
    def problem(self) -> Text:
        """Why the stream is waiting to connect again; empty otherwise."""
        running = self._running
        return running.problem if running is not None and running.state == StreamState.WAITING else NOTHING

    def wait_until_connected(self) -> None:
        """
        Wait for the stream to connect, if one runs, for at most 30 seconds.

        Raises:
            DingError: DingTalk does not accept the app.
        """
        if self._running is not None:
            self._running.wait_until_connected()

    def stop(self) -> None:
        """Stop the stream, if one runs."""
        if self._running is not None:
            self._running.stop()


@dataclass(frozen=True, slots=True)
class StreamListener:
    """
    Receives the answers to cards over Stream.

    Attributes:
        streams: The stream of the connection.
        log: The event log.
        is_over_http: Whether answers come over HTTP instead, to a receiver here or elsewhere.
    """

    streams: Streams
    log: EventLog
    is_over_http: bool = False

    def for_transport(self, *, over_http: bool) -> "StreamListener":
        """Return a listener to answers that come over HTTP, or over Stream, whatever the current settings."""
        return replace(self, is_over_http=over_http)

    @property
    def is_listening(self) -> bool:
        """Whether answers are received here."""
        if self.is_over_http:
            return any(source.is_running for source in self.log.sources if not isinstance(source, Stream))
        return self.streams.receives_cards

    @property
    def listens_to_new_cards(self) -> bool:
        """Whether answers to cards sent from now on are received here: a running stream will include such answers."""
        return self.is_listening if self.is_over_http else self.streams.is_running

    @property
    def is_receiving(self) -> bool:
        """Whether anything is received here, such as events."""
        return self.streams.is_running or any(source.is_running for source in self.log.sources)

    @property
    def problem(self) -> Text:
        """Why the stream is waiting to connect again; empty otherwise, and if answers come over HTTP."""
        return NOTHING if self.is_over_http else self.streams.problem

    def include_cards(self) -> None:
        """Receive answers over the running stream; without a running stream, or over HTTP, nothing changes."""
        if self.streams.is_running and not self.is_over_http:
            self.streams.add_cards(self.log)

    def start(self) -> None:
        """
        Receive answers from now on; do nothing over HTTP.

        Returns once the stream is connected, or after 30 seconds, while the stream goes on trying to connect.

        Raises:
            DingError: DingTalk does not accept the app.
        """
        if self.is_over_http:
            return
        self.streams.add_cards(self.log)
        self.streams.wait_until_connected()

    def stop(self) -> None:
        """Stop the stream; do nothing over HTTP."""
        if not self.is_over_http:
            self.streams.stop()


def _topics(topics: Sequence[str], *, robot: bool, cards: bool) -> tuple[Topic, ...]:
    given: object = topics
    if not isinstance(given, list | tuple) or not all(
        isinstance(topic, str) and topic.startswith("/") for topic in given
    ):
        raise InputError(Text("stream.bad_topics", value=topics), Text("stream.bad_topics_todo"))
    chosen = [topic for topic, is_included in ((ROBOT_TOPIC, robot), (CARD_TOPIC, cards)) if is_included]
    return ((EVENT, "*"), *((CALLBACK, topic) for topic in dict.fromkeys([*chosen, *topics])))


def _topic_text(topic: Topic) -> Text | str:
    names = {"*": "stream.events", ROBOT_TOPIC: "stream.robot_messages", CARD_TOPIC: "stream.cards"}
    key = names.get(topic[1])
    return Text(key) if key else topic[1]


def _one_line(error: DingError | None) -> Text:
    """Return an error on one line."""
    return NOTHING if error is None else sentences(error.text, error.advice)

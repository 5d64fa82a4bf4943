"""The thread that maintains the connection to the gateway: requests tickets, connects, receives and reconnects."""

import math
import random
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass
from enum import StrEnum
from itertools import takewhile

from dingnb.api.stream import USER_AGENT, Topic, request_endpoint
from dingnb.auth import App
from dingnb.clock import Clock, seconds_to_ns
from dingnb.errors import ApiError, DingError, Kind
from dingnb.errors.tracebacks import cleared_frames
from dingnb.events.stream.cards import CardResponder
from dingnb.events.stream.inbox import Inbox
from dingnb.transport import Transport, WebSocket, WebSocketClosedError, WebSocketTimeouts
from dingnb.words import Text

MIN_PAUSE_S = 1.0
"""The pause after the first failure, doubled with each further failure; a random part of up to half is subtracted."""

MAX_PAUSE_S = 60.0
"""The longest pause after a failure."""

STABLE_AFTER_S = 5.0
"""Time after which a connection counts as having worked, even without data; its end is then not a failure."""

POLL_S = 0.1
"""Interval between checks for a stop and for answers of cards while nothing arrives."""

_STOP_TIMEOUT_S = 0.9
"""Maximum time that `Engine.stop` waits for the thread to end."""

_MAX_DOUBLINGS = 16
_PERMANENT = frozenset({Kind.CREDENTIALS, Kind.ACCESS, Kind.ARGUMENT})
"""The kinds of errors that another attempt would repeat."""


class StreamState(StrEnum):
    """The state of a stream."""

    CONNECTING = "connecting"
    CONNECTED = "connected"
    WAITING = "waiting"
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ConnectionSettings:
    """
    The settings of a Stream connection.

    Attributes:
        app: The app whose events are requested.
        transport: The transport for ticket requests alone.
        clock: The clock for pauses.
        topics: The topics to subscribe to.
        timeouts: The network timeouts.
    """

    app: App
    transport: Transport
    clock: Clock
    topics: Sequence[Topic]
    timeouts: WebSocketTimeouts


class ConnectionMonitor:
    """
    Tracks whether a connection has worked.

    Args:
        inbox: The inbox, which counts what was received.
        stable_at: The time from which the connection has lasted long enough, in seconds of ``time.monotonic``.

    Attributes:
        is_reported: Whether `Engine` has reported that the connection works.
    """

    def __init__(self, inbox: Inbox, stable_at: float) -> None:
        self._inbox = inbox
        self._received_before = inbox.received_count
        self._stable_at = stable_at
        self.is_reported = False

    @property
    def has_worked(self) -> bool:
        """Whether the connection has worked: something was received, or the connection has lasted long enough."""
        return self._inbox.received_count > self._received_before or self.has_lasted

    @property
    def has_lasted(self) -> bool:
        """Whether the connection has lasted long enough, regardless of what was received."""
        return time.monotonic() >= self._stable_at


class Engine:
    """
    Receives in a separate thread, from `start` to `stop`.

    Args:
        settings: The settings of the connection.
        inbox: Processes what is received.
        cards: Answers cards.
        on_state: Called on each change with the state, and the error or None.
        on_stable: Called when a connection has worked.
    """

    def __init__(
        self,
        settings: ConnectionSettings,
        inbox: Inbox,
        cards: CardResponder,
        *,
        on_state: Callable[[StreamState, DingError | None], None],
        on_stable: Callable[[], None],
    ) -> None:
        self._settings = settings
        self._inbox = inbox
        self._cards = cards
        self._on_state = on_state
        self._on_stable = on_stable
        self._connecting: Future[WebSocket] = Future()
        self._stop_requested = settings.clock.event()
        self._stop_requested_at = math.inf
        self._failures_in_a_row = 0
        self._thread = threading.Thread(target=self._run, name="dingnb stream", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Stop the thread, and wait up to a second for its end; further calls do nothing."""
        self._stop_requested_at = min(self._stop_requested_at, time.monotonic())
        self._stop_requested.set()
        self._connecting.cancel()
        if self._thread is not threading.current_thread():
            self._thread.join(_STOP_TIMEOUT_S)

    @property
    def is_alive(self) -> bool:
        """Whether the thread runs in this process: threads do not survive a fork."""
        return self._thread.is_alive()

    def _run(self) -> None:
        state, error = StreamState.FAILED, None
        try:
            while not self._stop_requested.is_set():
                self._pause(self._connect_once())
            state = StreamState.STOPPED
        except CancelledError:
            state = StreamState.STOPPED
        except DingError as failure:
            error = failure.with_traceback(None)
        except Exception as failure:  # noqa: BLE001 - an error in a thread would be lost: it is reported
            error = DingError(Text("stream.broken", kind=type(failure).__name__))
            traceback.print_exc()
        finally:
            self._inbox.close(self._stop_requested_at)
            self._on_state(state, error)

    def _connect_once(self) -> float:
        """Connect, and receive until the connection ends; return the pause before the next attempt."""
        self._on_state(StreamState.CONNECTING, None)
        try:
            socket = self._connect()
        except ApiError as error:
            if error.facts.kind in _PERMANENT:
                raise
            return max(self._pause_after(error), min(error.pause_s, MAX_PAUSE_S))
        except DingError as error:
            return self._pause_after(error)
        # Many events may arrive at once, and DingTalk resends events not acknowledged within 3 seconds.
        with self._inbox.hold_ledger_open():
            return self._serve(socket)

    def _connect(self) -> WebSocket:
        """
        Return a new connection.

        The connection is opened in a separate thread, because name look-ups, proxies and TLS cannot be interrupted:
        `stop` abandons that thread, which ends after the time-outs at the latest, and closes any connection it opened.

        Raises:
            CancelledError: The engine was stopped.
            DingError: No connection could be opened.
        """
        self._connecting = result = Future[WebSocket]()
        if self._stop_requested.is_set():
            raise CancelledError
        threading.Thread(target=self._open, args=(result,), name="dingnb stream connecting", daemon=True).start()
        return result.result()

    def _open(self, result: Future[WebSocket]) -> None:
        settings = self._settings
        try:
            try:
                opening = request_endpoint(settings.transport, settings.app, settings.topics)
            finally:
                # The next ticket is requested hours later.
                settings.transport.close()
            if result.cancelled():
                return
            with cleared_frames():
                socket = WebSocket.open(opening.address, opening.query.reveal(), USER_AGENT, settings.timeouts)
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that waits
            if result.set_running_or_notify_cancel():
                result.set_exception(error)
            return
        if result.set_running_or_notify_cancel():
            result.set_result(socket)
        else:
            socket.close()

    def _serve(self, socket: WebSocket) -> float:
        self._on_state(StreamState.CONNECTED, None)
        monitor = ConnectionMonitor(self._inbox, time.monotonic() + STABLE_AFTER_S)
        is_disconnecting = is_protocol_error = False
        reason = Text("stream.disconnected")
        try:
            while not (is_disconnecting or self._stop_requested.is_set()):
                is_disconnecting = self._process(socket.receive(POLL_S), socket)
                self._report_if_stable(monitor)
        except WebSocketClosedError as error:
            reason, is_protocol_error = error.reason, error.is_closed_by_us
            self._report_if_stable(monitor)
        finally:
            self._on_state(StreamState.CONNECTING, None)
            # Of frames that arrived during our close, DingTalk resends all but robot messages: process them now.
            self._process(socket.close(), socket)
            self._cards.record_connection_loss()
        if self._stop_requested.is_set():
            return 0.0
        if is_protocol_error or not monitor.is_reported:
            return self._pause_after(DingError(Text("stream.ended", why=reason)))
        # A random pause: clients do not reconnect simultaneously, or in a tight loop if connections end at once.
        return 0.0 if is_disconnecting and monitor.has_lasted else random.uniform(0, MIN_PAUSE_S)  # noqa: S311

    def _process(self, texts: Sequence[str], socket: WebSocket) -> bool:
        """Process what was received, unless stopping; return whether the other side is about to disconnect."""
        if self._stop_requested.is_set():
            return False
        if not texts:
            self._inbox.process_idle(socket.send)
            return False
        return self._inbox.process(takewhile(lambda _: not self._stop_requested.is_set(), texts), socket.send)

    def _report_if_stable(self, monitor: ConnectionMonitor) -> None:
        if not monitor.is_reported and monitor.has_worked:
            monitor.is_reported, self._failures_in_a_row = True, 0
            self._on_stable()

    def _pause_after(self, error: DingError) -> float:
        """Return the pause after a failure, which grows with the number of failures in a row."""
        self._on_state(StreamState.WAITING, error.with_traceback(None))
        max_pause_s = min(MIN_PAUSE_S * 2**self._failures_in_a_row, MAX_PAUSE_S)
        self._failures_in_a_row = min(self._failures_in_a_row + 1, _MAX_DOUBLINGS)
        return random.uniform(max_pause_s / 2, max_pause_s)  # noqa: S311 - not for cryptography

    def _pause(self, duration_s: float) -> None:
        clock = self._settings.clock
        with clock.passive():
            clock.wait(self._stop_requested, seconds_to_ns(duration_s))

"""
Rate limits: calls a second for each API, and people a minute for the app.

Starts of calls are reserved in the ledger, so that all processes of an app keep its limits together
(`dingnb.ledger.pace`). What concerns only this computer is kept here: pauses, and how long answers take.

DingTalk counts a call when it arrives, between its start and its answer. With a limit of n calls a second, a call
therefore starts at least a second after the n-th call before it, plus the time by which the answer to that call was
slower than the quickest one. A call that cannot leave at its start, because this computer was busy or suspended, asks
for another one.
"""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from dingnb.clock import NS_PER_S, Clock, seconds
from dingnb.errors import LedgerError
from dingnb.ledger import Ledger, LedgerSession, Realm, pace
from dingnb.ledger.pace import MOST_PLACES, Correction, Granted, Lane, PaceRequest
from dingnb.limits import Limits

Reason = Literal["pause", "outage", "uncertain", "ban", "token"]
"""Why no call may start for a while: DingTalk requested a pause, cannot be reached, may or may not have carried out
the call, has banned this computer's address, or does not accept the token."""

MAX_LATE_NS = seconds(0.01)
"""Longest delay of a call after its start; later, it asks for another start."""

_TOLERANCE_NS = seconds(0.005)
"""Smallest change of the time of an answer that is recorded."""

_MARGIN_NS = MAX_LATE_NS + _TOLERANCE_NS

_MAX_SPREAD_NS = seconds(0.5)
"""Longest margin for slow answers: a call that took longer reached DingTalk long before its answer."""

_MAX_LEAD_NS = seconds(5)
_SUSPENDED_NS = NS_PER_S
"""A larger difference between the passed times of the two clocks means that the computer was suspended."""

_DELAYS_KEPT = 64


class Wait(NamedTuple):
    """Why a call may not start yet, how long that lasts (None if unknown), and the time after which to ask again."""

    reason: Literal["people"] | Reason
    wait_ns: int | None
    ask_again_ns: int


@dataclass(slots=True)
class Start:
    """
    A granted start of a call.

    Attributes:
        request: What was requested.
        number: The number of the call, which determines its place.
        slot_ns: The start by the ledger's shared clock.
        due_ns: The start by the monotonic clock.
        wall_ns: The start by the wall clock.
        called_ns: When the call was made, by the monotonic clock.
        correction: The time from which its place is free, if its answer has shown that.
    """

    request: PaceRequest
    number: int
    slot_ns: int
    due_ns: int
    wall_ns: int
    called_ns: int = 0
    correction: Correction | None = None


@dataclass(slots=True)
class _Lane:
    """The calls of one API: recent response times, pauses, and its starts where the ledger cannot be used."""

    delays_ns: deque[int] = field(default_factory=lambda: deque(maxlen=_DELAYS_KEPT))
    paused_until_ns: int = 0
    reason: Reason = "pause"
    local: Lane = field(default_factory=Lane)

    @property
    def spread_ns(self) -> int:
        """How much later than the quickest calls one may arrive."""
        return min(max(self.delays_ns) - min(self.delays_ns), _MAX_SPREAD_NS) if self.delays_ns else 0


class Pace:
    """
    Decides when the next call may start. Thread-safe: several campaigns and look-ups share one pace.

    Args:
        limits: DingTalk's limits.
        clock: The source of time.
        ledger: The ledger in which starts are reserved.
        realm: The app and its mode.
    """

    def __init__(self, limits: Limits, clock: Clock, ledger: Ledger, realm: Realm) -> None:
        self._limits = limits
        self._clock = clock
        self._ledger = ledger
        self._realm = realm
        self._places = min(limits.calls_per_second, MOST_PLACES)
        self._period_ns = NS_PER_S * self._places // limits.calls_per_second
        self._lock = threading.RLock()
        self._lanes: dict[str, _Lane] = {}
        self._banned_until_ns = 0
        self._lead_ns = 0

    def pause_ns(self, api: str) -> int:
        """Return how long no call of an API may start because of a pause; 0 if there is none."""
        with self._lock:
            until_ns = max(self._lane(api).paused_until_ns, self._banned_until_ns)
        return max(until_ns - self._clock.monotonic_ns(), 0)

    def pause_reason(self, api: str) -> Reason:
        """Return the reason of the pause that `pause_ns` reports."""
        with self._lock:
            lane = self._lane(api)
            now_ns = self._clock.monotonic_ns()
            return "ban" if self._banned_until_ns > max(now_ns, lane.paused_until_ns) else lane.reason

    def request(self, api: str, campaign: int = 0, people: int = 0) -> PaceRequest:
        """
        Return what a call needs, for `dingnb.ledger.pace`.

        Args:
            api: The API that is called.
            campaign: The campaign; 0 for calls that send nothing.
            people: The number of people that it is sent to.
        """
        with self._lock:
            margin_ns = _MARGIN_NS + self._lane(api).spread_ns
        return PaceRequest(
            self._realm,
            api,
            self._ledger.shared_clock_ns(self._clock) + self._lead_ns,
            self._places,
            self._period_ns,
            (self._period_ns + _MARGIN_NS) // self._places,
            margin_ns,
            campaign,
            people,
            self._limits.people_per_minute,
        )

    def granted(self, request: PaceRequest, granted: Granted, requested_ns: int) -> Start:
        """
        Return the start that the ledger has granted.

        Args:
            request: What was requested.
            granted: The ledger's answer.
            requested_ns: The monotonic time of the request; the next one asks for a start that much later.
        """
        now_ns = self._clock.monotonic_ns()
        self._lead_ns = min(now_ns - requested_ns, _MAX_LEAD_NS)
        ahead_ns = granted.slot_ns - self._ledger.shared_clock_ns(self._clock)
        return Start(request, granted.number, granted.slot_ns, now_ns + ahead_ns, self._clock.now_ns() + ahead_ns)

    def is_in_time(self, start: Start) -> bool:
        """Return whether it is not too late for the start of a call, and the computer was not suspended before."""
        late_ns = self._clock.monotonic_ns() - start.due_ns
        return late_ns <= MAX_LATE_NS and self._clock.now_ns() - start.wall_ns - late_ns <= _SUSPENDED_NS

    def answered(self, start: Start) -> None:
        """Record that the answer to a call has arrived, and note in its start the time from which its place is free."""
        delay_ns = self._clock.monotonic_ns() - start.called_ns
        with self._lock:
            delays_ns = self._lane(start.request.api).delays_ns
            delays_ns.append(delay_ns)
            spread_ns = min(delay_ns - min(delays_ns), _MAX_SPREAD_NS)
        expected_ns = start.request.margin_ns - _MARGIN_NS
        if abs(spread_ns - expected_ns) > _TOLERANCE_NS:
            free_ns = start.slot_ns + self._period_ns + _MARGIN_NS + spread_ns
            start.correction = Correction(start.request, start.number, free_ns)

    def people_counted(self) -> int:
        """Return the number of people that count against the current minute."""
        with suppress(LedgerError):
            if self._ledger.exists():
                with self._ledger.connection() as db:
                    return pace.people_counted(db, self._realm, self._ledger.shared_clock_ns(self._clock))
        return 0

    @contextmanager
    def reserving(self) -> Iterator["Reservations"]:
        """Reserve starts of calls that send nothing, in the current thread."""
        with ExitStack() as held:
            yield Reservations(self, self._ledger, self._clock, held)

    def reserve_locally(self, request: PaceRequest) -> Granted:
        """Reserve a start in this process only."""
        with self._lock:
            lane = self._lane(request.api)
            lane.local, granted = pace.grant(lane.local, request)
            return granted

    def pause(self, api: str, pause_s: float, reason: Reason = "pause") -> None:
        """Start no call of `api` for `pause_s` seconds; with the reason "ban", no call of any API."""
        with self._lock:
            if reason == "ban":
                self.ban(pause_s)
                return
            lane, until_ns = self._lane(api), self._clock.monotonic_ns() + seconds(pause_s)
            if until_ns > lane.paused_until_ns:
                lane.paused_until_ns, lane.reason = until_ns, reason

    def ban(self, pause_s: float) -> None:
        """Start no call of any API for `pause_s` seconds, because the address is banned."""
        with self._lock:
            self._banned_until_ns = max(self._banned_until_ns, self._clock.monotonic_ns() + seconds(pause_s))

    def banned_ns(self) -> int:
        """Return the remaining time of the ban."""
        return max(self._banned_until_ns - self._clock.monotonic_ns(), 0)

    def end_outage(self, api: str) -> None:
        """End a pause of `api` that DingTalk did not request, because the work was started again."""
        with self._lock:
            lane = self._lane(api)
            if lane.reason in {"outage", "uncertain", "token"}:
                lane.paused_until_ns = 0

    def _lane(self, api: str) -> _Lane:
        lane = self._lanes.get(api)
        if lane is None:
            lane = self._lanes[api] = _Lane()
        return lane


class Reservations:
    """
    Starts of calls that send nothing. Without a usable ledger, they are paced in this process only.

    Args:
        pace: The pace.
        ledger: The ledger.
        clock: The source of time.
        held: Closes the session with the ledger.
    """

    def __init__(self, pace: Pace, ledger: Ledger, clock: Clock, held: ExitStack) -> None:
        self._pace = pace
        self._ledger = ledger
        self._clock = clock
        self._held = held
        self._session: LedgerSession | None = None
        self._is_usable = True

    def reserve(self, api: str) -> Start:
        """Reserve the start of a call."""
        requested_ns = self._clock.monotonic_ns()
        request = self._pace.request(api)
        granted = None
        if self._is_usable:
            try:
                with self._ledger.transaction_unless_shared(self._open()) as db:
                    granted = pace.reserve(db, request)
            except LedgerError:
                self._is_usable = False
        return self._pace.granted(request, granted or self._pace.reserve_locally(request), requested_ns)

    def answered(self, start: Start) -> None:
        """Record the time from which the place of a call is free."""
        if start.correction is not None and self._is_usable:
            with suppress(LedgerError), self._ledger.transaction_unless_shared(self._open()) as db:
                pace.correct(db, start.correction)

    def _open(self) -> LedgerSession:
        if self._session is None:
            self._session = self._held.enter_context(self._ledger.unsynced_connection())
        return self._session

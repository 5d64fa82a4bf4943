"""
Rate limits: calls a second for each API, and people a minute for the app.

Starts of calls are reserved in the ledger, so that all processes of an app keep its limits together
(`dingnb.ledger.sending.pace`). What concerns only this process is kept here: pauses and response times.

DingTalk counts a call when it arrives, between its start and its answer. With a limit of n calls a second, a call
therefore starts at least a second after the n-th call before it, plus the time by which the answer to that call was
slower than the quickest answer. A call that cannot be made at its start, because this computer was busy or suspended,
gets another start.
"""

import threading
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from dingnb.clock import NS_PER_S, Clock, seconds_to_ns
from dingnb.errors import LedgerError
from dingnb.ledger import Ledger, LedgerSession, Realm
from dingnb.ledger.sending import pace as ledger_pace
from dingnb.ledger.sending.pace import MAX_PLACES, Correction, Grant, PaceRequest, Starts
from dingnb.limits import Limits

PauseReason = Literal["pause", "outage", "uncertain", "ban", "token"]
"""
Reason why no call may start for a while.

DingTalk requested a pause, cannot be reached, may or may not have carried out the call, has banned this computer's
address, or does not accept the token.
"""

_UNREQUESTED: tuple[PauseReason, ...] = ("outage", "uncertain", "token")
"""Reasons of pauses that DingTalk did not request."""

CallWaitReason = Literal["people"] | PauseReason
"""Reason why a call may not start yet: the limit of people a minute, or a pause."""

MAX_LATE_NS = seconds_to_ns(0.01)
"""Longest delay of a call after its start; a later call needs another start."""

_TOLERANCE_NS = seconds_to_ns(0.005)
"""Smallest difference between an expected and an actual response time that is recorded."""

_MARGIN_NS = MAX_LATE_NS + _TOLERANCE_NS
"""Time added to the period of a place: its last call may have started late, and response times are not exact."""

_MAX_SPREAD_NS = seconds_to_ns(0.5)
"""Longest margin for slow answers: a call whose answer takes longer reached DingTalk long before the answer."""

_MAX_LEAD_NS = seconds_to_ns(5)
"""Longest time by which a requested start is later than now, to allow for the time that the request takes."""

_SUSPENSION_NS = NS_PER_S
"""Maximum time by which the wall clock advances more than the monotonic one, unless the computer was suspended."""

_MAX_DELAYS = 64
"""Number of recent response times that are kept for each API."""


class Wait(NamedTuple):
    """
    A refused start.

    Attributes:
        reason: Why the call may not start yet.
        wait_ns: How long the reason lasts; None if unknown.
        retry_after_ns: The duration after which to request a start again.
    """

    reason: CallWaitReason
    wait_ns: int | None
    retry_after_ns: int


@dataclass(slots=True)
class Start:
    """
    A granted start of a call.

    Attributes:
        request: The request.
        number: The number of the call, which determines its place.
        slot_ns: The start by the ledger's shared clock.
        due_ns: The start by the monotonic clock.
        wall_ns: The start by the wall clock.
        called_ns: When the call was made, by the monotonic clock.
        correction: The time from which the call's place is free, if the answer differed from the expected response
            time.
    """

    request: PaceRequest
    number: int
    slot_ns: int
    due_ns: int
    wall_ns: int
    called_ns: int = 0
    correction: Correction | None = None


@dataclass(slots=True)
class _ApiPace:
    """The pace of one API: recent response times, pauses, and its starts where the ledger cannot be used."""

    delays_ns: deque[int] = field(default_factory=lambda: deque(maxlen=_MAX_DELAYS))
    paused_until_ns: dict[PauseReason, int] = field(default_factory=dict)
    local_starts: Starts = field(default_factory=Starts)

    @property
    def longest_pause(self) -> tuple[int, PauseReason]:
        """The end of the longest pause, and the pause's reason."""
        return max(((until_ns, reason) for reason, until_ns in self.paused_until_ns.items()), default=(0, "pause"))

    @property
    def spread_ns(self) -> int:
        """The time by which a call may arrive later than the quickest one."""
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
        self._places = min(limits.calls_per_second, MAX_PLACES)
        self._period_ns = NS_PER_S * self._places // limits.calls_per_second
        self._lock = threading.RLock()
        self._paces: dict[str, _ApiPace] = defaultdict(_ApiPace)
        self._banned_until_ns = 0
        self._lead_ns = 0

    def pause_ns(self, api: str) -> int:
        """Return how long no call of an API may start because of a pause; 0 without a pause."""
        with self._lock:
            until_ns = max(self._paces[api].longest_pause[0], self._banned_until_ns)
        return max(until_ns - self._clock.monotonic_ns(), 0)

    def pause_reason(self, api: str) -> PauseReason:
        """Return the reason of the pause that `pause_ns` reports."""
        with self._lock:
            until_ns, reason = self._paces[api].longest_pause
            return "ban" if self._banned_until_ns > max(self._clock.monotonic_ns(), until_ns) else reason

    def request(self, api: str, campaign: int = 0, people: int = 0) -> PaceRequest:
        """
        Return a request for the start of a call, for `dingnb.ledger.sending.pace`.

        Args:
            api: The API that is called.
            campaign: The campaign; 0 for calls that send nothing.
            people: The number of people that the call sends to.
        """
        with self._lock:
            margin_ns = _MARGIN_NS + self._paces[api].spread_ns
        return PaceRequest(
            realm=self._realm,
            api=api,
            shared_clock_ns=self._ledger.shared_clock_ns(self._clock) + self._lead_ns,
            places=self._places,
            period_ns=self._period_ns,
            interval_ns=(self._period_ns + _MARGIN_NS) // self._places,
            margin_ns=margin_ns,
            campaign=campaign,
            people=people,
            max_people=self._limits.people_per_minute,
        )

    def make_start(self, request: PaceRequest, grant: Grant, requested_ns: int) -> Start:
        """
        Return the start that a grant stands for, by the clocks of this process.

        Args:
            request: The request.
            grant: The grant.
            requested_ns: The monotonic time of the request. The next start is requested for a time that is later by the
                duration of this request.
        """
        now_ns = self._clock.monotonic_ns()
        self._lead_ns = min(now_ns - requested_ns, _MAX_LEAD_NS)
        ahead_ns = grant.slot_ns - self._ledger.shared_clock_ns(self._clock)
        return Start(request, grant.number, grant.slot_ns, now_ns + ahead_ns, self._clock.now_ns() + ahead_ns)

    def is_in_time(self, start: Start) -> bool:
        """
        Return whether a call can still be made at its start.

        A call cannot be made more than `MAX_LATE_NS` late, or if the computer was suspended since the start was
        granted.
        """
        late_ns = self._clock.monotonic_ns() - start.due_ns
        return late_ns <= MAX_LATE_NS and self._clock.now_ns() - start.wall_ns - late_ns <= _SUSPENSION_NS

    def record_answer(self, start: Start) -> None:
        """Record that the answer to a call has arrived, and set `Start.correction` if necessary."""
        delay_ns = self._clock.monotonic_ns() - start.called_ns
        with self._lock:
            delays_ns = self._paces[start.request.api].delays_ns
            delays_ns.append(delay_ns)
            spread_ns = min(delay_ns - min(delays_ns), _MAX_SPREAD_NS)
        expected_ns = start.request.margin_ns - _MARGIN_NS
        if abs(spread_ns - expected_ns) > _TOLERANCE_NS:
            free_ns = start.slot_ns + self._period_ns + _MARGIN_NS + spread_ns
            start.correction = Correction(start.request, start.number, free_ns)

    def count_people(self) -> int:
        """Return the number of people that count against the current minute; 0 if the ledger cannot be read."""
        with suppress(LedgerError):
            if self._ledger.exists():
                with self._ledger.connection() as db:
                    return ledger_pace.count_people(db, self._realm, self._ledger.shared_clock_ns(self._clock))
        return 0

    @contextmanager
    def open_reservations(self) -> Iterator["Reservations"]:
        """Return a context in which the current thread reserves starts of calls that send nothing."""
        with ExitStack() as exits:
            yield Reservations(self, self._ledger, self._clock, exits)

    def reserve_locally(self, request: PaceRequest) -> Grant:
        """Reserve a start in this process only."""
        with self._lock:
            api_pace = self._paces[request.api]
            api_pace.local_starts, grant = ledger_pace.grant(api_pace.local_starts, request)
            return grant

    def pause(self, api: str, pause_s: float, reason: PauseReason = "pause") -> None:
        """Start no call of `api` for `pause_s` seconds; with the reason "ban", no call of any API."""
        with self._lock:
            if reason == "ban":
                self.ban(pause_s)
                return
            paused_until_ns = self._paces[api].paused_until_ns
            until_ns = self._clock.monotonic_ns() + seconds_to_ns(pause_s)
            paused_until_ns[reason] = max(paused_until_ns.get(reason, 0), until_ns)

    def ban(self, pause_s: float) -> None:
        """Start no call of any API for `pause_s` seconds, because the address is banned."""
        with self._lock:
            self._banned_until_ns = max(self._banned_until_ns, self._clock.monotonic_ns() + seconds_to_ns(pause_s))

    def ban_ns(self) -> int:
        """Return the remaining time of a ban; 0 without a ban."""
        return max(self._banned_until_ns - self._clock.monotonic_ns(), 0)

    def end_outage(self, api: str) -> None:
        """End pauses of `api` that DingTalk did not request, because the work was started again."""
        with self._lock:
            paused_until_ns = self._paces[api].paused_until_ns
            for reason in _UNREQUESTED:
                paused_until_ns.pop(reason, None)


class Reservations:
    """
    Reserves starts of calls that send nothing. Without a usable ledger, the calls are paced in this process only.

    Args:
        pace: The pace.
        ledger: The ledger.
        clock: The source of time.
        exits: Closes the session with the ledger.
    """

    def __init__(self, pace: Pace, ledger: Ledger, clock: Clock, exits: ExitStack) -> None:
        self._pace = pace
        self._ledger = ledger
        self._clock = clock
        self._exits = exits
        self._session: LedgerSession | None = None
        self._is_usable = True

    def reserve(self, api: str) -> Start:
        """Reserve the start of a call."""
        requested_ns = self._clock.monotonic_ns()
        request = self._pace.request(api)
        grant = None
        if self._is_usable:
            try:
                with self._ledger.transaction_unless_shared(self._open()) as db:
                    grant = ledger_pace.reserve(db, request)
            except LedgerError:
                self._is_usable = False
        return self._pace.make_start(request, grant or self._pace.reserve_locally(request), requested_ns)

    def record_answer(self, start: Start) -> None:
        """Record the time from which the place of a call is free, if the answer has corrected it."""
        if start.correction is not None and self._is_usable:
            with suppress(LedgerError), self._ledger.transaction_unless_shared(self._open()) as db:
                ledger_pace.correct(db, start.correction)

    def _open(self) -> LedgerSession:
        if self._session is None:
            self._session = self._exits.enter_context(self._ledger.unsynced_connection())
        return self._session

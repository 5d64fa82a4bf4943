"""
Rate limits: calls a second for each API, and people a minute for the app.

DingTalk counts a call when it arrives, between its start and its answer. With a limit of n calls a second, a call
therefore starts at least a second after the n-th call before it, plus the time by which the answer to that call was
slower than the quickest one. Calls start at even intervals; one that starts late because this computer was busy does
not delay the calls after it. The people of a call count until a minute after its answer.
"""

import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from dingnb.clock import NS_PER_S, Clock, seconds
from dingnb.limits import Limits

Reason = Literal["pause", "outage", "uncertain", "ban", "token"]
"""Why no call may start for a while: DingTalk requested a pause, cannot be reached, may or may not have carried out
the call, has banned this computer's address, or does not accept the token."""

_MIN_MARGIN_NS = seconds(0.01)
_MAX_MARGIN_NS = seconds(0.5)
"""Longest margin: a call that took longer reached DingTalk long before its answer."""

_MAX_LATE_NS = seconds(0.1)
"""Longest delay of a call's start that does not delay the calls after it."""

_DELAYS_KEPT = 64
_MINUTE_NS = 60 * NS_PER_S


@dataclass(slots=True)
class Lease:
    """The permission for one call, returned when its answer has arrived."""

    api: str
    people: int
    started_ns: int
    delay_ns: int | None = None


@dataclass(slots=True)
class _Lane:
    """The calls of one API: those of the last second, recent response times, and when the next call is due."""

    leases: deque[Lease]
    delays_ns: deque[int] = field(default_factory=lambda: deque(maxlen=_DELAYS_KEPT))
    due_ns: int = 0
    paused_until_ns: int = 0
    reason: Reason = "pause"

    def margin_ns(self, lease: Lease) -> int:
        """Return how much later than the quickest calls this one may have arrived."""
        delays_ns = self.delays_ns or (0,)
        longest_ns = max(delays_ns) if lease.delay_ns is None else lease.delay_ns
        return min(longest_ns - min(delays_ns) + _MIN_MARGIN_NS, _MAX_MARGIN_NS)


class Pace:
    """
    Decides when the next call may start. Thread-safe: several campaigns and look-ups share one pace.

    Args:
        limits: DingTalk's limits.
        clock: The source of time.
    """

    def __init__(self, limits: Limits, clock: Clock) -> None:
        self._limits = limits
        self._clock = clock
        self._interval_ns = (NS_PER_S + _MIN_MARGIN_NS) // limits.calls_per_second
        self._lock = threading.RLock()
        self._lanes: dict[str, _Lane] = {}
        self._people_under_way = 0
        self._people_expiring: deque[tuple[int, int]] = deque()
        self._people_counted = 0
        self._banned_until_ns = 0

    def delay_ns(self, api: str, people: int = 0) -> int | None:
        """
        Return how long the next call has to wait; 0 if it may start now.

        Args:
            api: The API that is called.
            people: The number of people the call sends to.

        Returns:
            Nanoseconds; None if an answer has to arrive first.
        """
        with self._lock:
            now_ns = self._clock.monotonic_ns()
            people_delay_ns = self._people_delay_ns(people, now_ns)
            if people_delay_ns is None:
                return None
            return max(self._lane_delay_ns(self._lane(api), now_ns), people_delay_ns)

    def waits_for(self, api: str, people: int = 0) -> Literal["people"] | Reason:
        """Return what `delay_ns` waits for longest: the people a minute, or the end of a pause."""
        with self._lock:
            now_ns = self._clock.monotonic_ns()
            lane = self._lane(api)
            people_delay_ns = self._people_delay_ns(people, now_ns)
            if people_delay_ns is None or people_delay_ns > self._lane_delay_ns(lane, now_ns):
                return "people"
            return "ban" if self._banned_until_ns > max(now_ns, lane.paused_until_ns) else lane.reason

    def people_counted(self) -> int:
        """Return the number of people that count against the current minute."""
        with self._lock:
            self._people_delay_ns(0, self._clock.monotonic_ns())
            return self._people_counted + self._people_under_way

    def start(self, api: str, people: int = 0) -> Lease | None:
        """Record that a call starts now and return its lease; None if another thread has just taken its place."""
        with self._lock:
            if self.delay_ns(api, people) != 0:
                return None
            now_ns = self._clock.monotonic_ns()
            lane, lease = self._lane(api), Lease(api, people, now_ns)
            lane.leases.append(lease)
            # After an idle time there is no backlog.
            lane.due_ns = (lane.due_ns if now_ns - lane.due_ns <= _MAX_LATE_NS else now_ns) + self._interval_ns
            self._people_under_way += people
            return lease

    def finish(self, lease: Lease, *, counted: bool = True) -> None:
        """
        Record that the answer to a call has arrived.

        Args:
            lease: What `start` returned.
            counted: Whether DingTalk counted its people, which it does unless it certainly refused the call.
        """
        with self._lock:
            now_ns = self._clock.monotonic_ns()
            lease.delay_ns = now_ns - lease.started_ns
            self._lane(lease.api).delays_ns.append(lease.delay_ns)
            self._people_under_way -= lease.people
            if counted and lease.people:
                self._people_expiring.append((now_ns + _MINUTE_NS + _MIN_MARGIN_NS, lease.people))
                self._people_counted += lease.people

    def cancel(self, lease: Lease) -> None:
        """Cancel the permission for a call that did not leave."""
        with self._lock:
            self._people_under_way -= lease.people
            lane = self._lane(lease.api)
            if lane.leases and lane.leases[-1] is lease:
                lane.leases.pop()
                lane.due_ns -= self._interval_ns

    def seed(self, api: str, starts_ago_ns: Iterable[int], counted: Iterable[tuple[int, int]]) -> None:
        """
        Replace the counts of this process by those of the ledger.

        All calls of this process are in the ledger as well, unless the wall clock was set meanwhile; so the larger
        count of people is kept.

        The caller must hold the sender lock, so that no call is under way.

        Args:
            api: The API for sending.
            starts_ago_ns: How long ago each call of the last seconds started, in nanoseconds.
            counted: For each call of the last minute, how long ago its answer arrived, and its number of people.
        """
        with self._lock:
            now_ns = self._clock.monotonic_ns()
            lane = self._lane(api)
            ago = sorted(map(_not_in_future, starts_ago_ns), reverse=True)
            lane.leases.clear()
            lane.leases.extend(Lease(api, 0, now_ns - ago_ns) for ago_ns in ago)
            lane.due_ns = now_ns - ago[-1] + self._interval_ns if ago else 0
            self._people_under_way = 0
            self._expire_people(now_ns)
            span_ns = _MINUTE_NS + _MIN_MARGIN_NS
            lately = [(_not_in_future(ago_ns), people) for ago_ns, people in sorted(counted, reverse=True)]
            expiring = deque((now_ns + span_ns - ago_ns, people) for ago_ns, people in lately if ago_ns < span_ns)
            total = sum(people for _, people in expiring)
            if total >= self._people_counted:
                self._people_expiring, self._people_counted = expiring, total

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
        """End a pause of `api` that DingTalk did not request, since the work was started anew."""
        with self._lock:
            lane = self._lane(api)
            if lane.reason in {"outage", "uncertain", "token"}:
                lane.paused_until_ns = 0

    def _lane(self, api: str) -> _Lane:
        lane = self._lanes.get(api)
        if lane is None:
            lane = self._lanes[api] = _Lane(deque(maxlen=self._limits.calls_per_second))
        return lane

    def _lane_delay_ns(self, lane: _Lane, now_ns: int) -> int:
        ready_ns = max(lane.paused_until_ns, lane.due_ns, self._banned_until_ns)
        if len(lane.leases) == lane.leases.maxlen:
            first = lane.leases[0]
            ready_ns = max(ready_ns, first.started_ns + NS_PER_S + lane.margin_ns(first))
        return max(ready_ns - now_ns, 0)

    def _expire_people(self, now_ns: int) -> None:
        while self._people_expiring and self._people_expiring[0][0] <= now_ns:
            self._people_counted -= self._people_expiring.popleft()[1]

    def _people_delay_ns(self, people: int, now_ns: int) -> int | None:
        self._expire_people(now_ns)
        room = self._limits.people_per_minute - self._people_under_way - self._people_counted
        if people <= room:
            return 0
        for expires_ns, expired in self._people_expiring:
            room += expired
            if people <= room:
                return expires_ns - now_ns
        return None


def _not_in_future(ago_ns: int) -> int:
    # After the clock was set back, recorded calls may lie in the future; they count as of now.
    return max(ago_ns, 0)

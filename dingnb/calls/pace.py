"""
How fast calls may go: calls a second for each API, and people a minute for the app.

DingTalk counts when a call arrives, somewhere between its start and its answer. So a call waits for the one that
is a second's worth of calls before it: a second, and as much as that one's answer took longer than the quickest. All
start at even distances; one that starts late, since this computer was busy, leaves those behind it where they were.
The people of a call count until a minute after its answer.
"""

import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from dingnb.clock import NS_PER_S, Clock, seconds
from dingnb.limits import Limits

Reason = Literal["pause", "outage", "uncertain", "ban", "token"]
"""Why no call may start for a while: DingTalk asked for a pause, cannot be reached, may or may not have done what was
asked, has banned this computer's address, or does not accept the token."""

_LEAST_MARGIN_NS = seconds(0.01)
_MOST_MARGIN_NS = seconds(0.5)
"""A call that took longer has reached DingTalk long before its answer came."""

_MOST_LATE_NS = seconds(0.1)
"""So late a call may start, and those behind it are still where they were."""

_DELAYS_SEEN = 64
_MINUTE_NS = 60 * NS_PER_S


@dataclass(slots=True)
class Lease:
    """The permission for one call, to be handed back when its answer has come."""

    api: str
    people: int
    started_ns: int
    delay_ns: int | None = None


@dataclass(slots=True)
class _Lane:
    """The calls of one API: those of the last second, how long answers took lately, and when the next one is due."""

    leases: deque[Lease]
    delays_ns: deque[int] = field(default_factory=lambda: deque(maxlen=_DELAYS_SEEN))
    due_ns: int = 0
    paused_until_ns: int = 0
    reason: Reason = "pause"

    def margin_ns(self, lease: Lease) -> int:
        """Return how much later than the quickest ones a call may have arrived."""
        delays_ns = self.delays_ns or (0,)
        longest_ns = max(delays_ns) if lease.delay_ns is None else lease.delay_ns
        return min(longest_ns - min(delays_ns) + _LEAST_MARGIN_NS, _MOST_MARGIN_NS)


class Pace:
    """
    Says when the next call may start. Any thread may ask: several campaigns and look-ups share one pace.

    Args:
        limits: What DingTalk allows.
        clock: The source of time.
    """

    def __init__(self, limits: Limits, clock: Clock) -> None:
        self._limits = limits
        self._clock = clock
        self._apart_ns = (NS_PER_S + _LEAST_MARGIN_NS) // limits.calls_per_second
        self._lock = threading.RLock()
        self._lanes: dict[str, _Lane] = {}
        self._people_out = 0
        self._people_back: deque[tuple[int, int]] = deque()
        self._people_counted = 0
        self._banned_until_ns = 0

    def delay_ns(self, api: str, people: int = 0) -> int | None:
        """
        Return how long the next call has to wait; 0 lets it go now.

        Args:
            api: The API that is called.
            people: How many people the call sends to.

        Returns:
            Nanoseconds, or None when an answer has to come back first.
        """
        with self._lock:
            now_ns = self._clock.monotonic_ns()
            people_delay_ns = self._people_delay_ns(people, now_ns)
            if people_delay_ns is None:
                return None
            return max(self._lane_delay_ns(self._lane(api), now_ns), people_delay_ns)

    def waits_for(self, api: str, people: int = 0) -> Literal["people"] | Reason:
        """Return what `delay_ns` waits for longest: people a minute, or the end of a pause."""
        with self._lock:
            now_ns = self._clock.monotonic_ns()
            lane = self._lane(api)
            people_delay_ns = self._people_delay_ns(people, now_ns)
            if people_delay_ns is None or people_delay_ns > self._lane_delay_ns(lane, now_ns):
                return "people"
            return "ban" if self._banned_until_ns > max(now_ns, lane.paused_until_ns) else lane.reason

    def people_counted(self) -> int:
        """Return how many people count against the minute now."""
        with self._lock:
            self._people_delay_ns(0, self._clock.monotonic_ns())
            return self._people_counted + self._people_out

    def start(self, api: str, people: int = 0) -> Lease | None:
        """Note that a call starts now, and return its lease; None where another thread has just taken its place."""
        with self._lock:
            if self.delay_ns(api, people) != 0:
                return None
            now_ns = self._clock.monotonic_ns()
            lane, lease = self._lane(api), Lease(api, people, now_ns)
            lane.leases.append(lease)
            # After a rest there is nothing to catch up with.
            lane.due_ns = (lane.due_ns if now_ns - lane.due_ns <= _MOST_LATE_NS else now_ns) + self._apart_ns
            self._people_out += people
            return lease

    def finish(self, lease: Lease, *, counted: bool = True) -> None:
        """
        Note that the answer of a call has come.

        Args:
            lease: What `start` returned.
            counted: Whether DingTalk counted its people: not when it refused the call for sure.
        """
        with self._lock:
            now_ns = self._clock.monotonic_ns()
            lease.delay_ns = now_ns - lease.started_ns
            self._lane(lease.api).delays_ns.append(lease.delay_ns)
            self._people_out -= lease.people
            if counted and lease.people:
                self._people_back.append((now_ns + _MINUTE_NS + _LEAST_MARGIN_NS, lease.people))
                self._people_counted += lease.people

    def cancel(self, lease: Lease) -> None:
        """Take back the permission for a call that did not leave."""
        with self._lock:
            self._people_out -= lease.people
            lane = self._lane(lease.api)
            if lane.leases and lane.leases[-1] is lease:
                lane.leases.pop()
                lane.due_ns -= self._apart_ns

    def seed(self, api: str, starts_ago_ns: Iterable[int], counted: Iterable[tuple[int, int]]) -> None:
        """
        Start with what the ledger knows that DingTalk counts, in place of what is known here.

        All that is known here is in the ledger as well, unless the wall clock was set meanwhile: what is known here
        stays where it is more.

        Whoever calls it holds the right to send, so that no call is under way.

        Args:
            api: The API that is called to send.
            starts_ago_ns: For each call of the last seconds how long ago it started, in nanoseconds.
            counted: For each call of the last minute how long ago its answer came, and its people.
        """
        with self._lock:
            now_ns = self._clock.monotonic_ns()
            lane = self._lane(api)
            ago = sorted(map(_not_ahead, starts_ago_ns), reverse=True)
            lane.leases.clear()
            lane.leases.extend(Lease(api, 0, now_ns - ago_ns) for ago_ns in ago)
            lane.due_ns = now_ns - ago[-1] + self._apart_ns if ago else 0
            self._people_out = 0
            self._take_people_back(now_ns)
            span_ns = _MINUTE_NS + _LEAST_MARGIN_NS
            lately = [(_not_ahead(ago_ns), people) for ago_ns, people in sorted(counted, reverse=True)]
            back = deque((now_ns + span_ns - ago_ns, people) for ago_ns, people in lately if ago_ns < span_ns)
            total = sum(people for _, people in back)
            if total >= self._people_counted:
                self._people_back, self._people_counted = back, total

    def pause(self, api: str, pause_s: float, reason: Reason = "pause") -> None:
        """Let no call of `api` start for `pause_s` seconds; with the reason "ban", none of any API."""
        with self._lock:
            if reason == "ban":
                self.ban(pause_s)
                return
            lane, until_ns = self._lane(api), self._clock.monotonic_ns() + seconds(pause_s)
            if until_ns > lane.paused_until_ns:
                lane.paused_until_ns, lane.reason = until_ns, reason

    def ban(self, pause_s: float) -> None:
        """Let no call start for `pause_s` seconds, of whatever API: the address is banned."""
        with self._lock:
            self._banned_until_ns = max(self._banned_until_ns, self._clock.monotonic_ns() + seconds(pause_s))

    def banned_ns(self) -> int:
        """Return how long the address is taken to be banned yet."""
        return max(self._banned_until_ns - self._clock.monotonic_ns(), 0)

    def end_outage(self, api: str) -> None:
        """End a pause of `api` that no answer of DingTalk's asked for: somebody has started the work anew."""
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

    def _take_people_back(self, now_ns: int) -> None:
        while self._people_back and self._people_back[0][0] <= now_ns:
            self._people_counted -= self._people_back.popleft()[1]

    def _people_delay_ns(self, people: int, now_ns: int) -> int | None:
        self._take_people_back(now_ns)
        room = self._limits.people_per_minute - self._people_out - self._people_counted
        if people <= room:
            return 0
        for back_ns, returned in self._people_back:
            room += returned
            if people <= room:
                return back_ns - now_ns
        return None


def _not_ahead(ago_ns: int) -> int:
    # A clock that was set back makes calls of the future: these count as of now.
    return max(ago_ns, 0)

"""Counts the calls and the recipients of the app, and admits them up to DingTalk's limits."""

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from dingnb.clock import NS_PER_S, seconds_to_ns
from dingnb.sandbox.records import EffectRecorder, discard_effect
from dingnb.sandbox.sandbox_time import SandboxTime
from dingnb.sandbox.settings import SandboxSettings


class SlidingWindow:
    """
    A sliding-window counter. An entry that is exactly `span_ns` old no longer counts.

    When the time is set back, entries from the future are discarded.

    Args:
        limit: The maximum within any span.
        span_ns: The span in nanoseconds.
    """

    __slots__ = ("_entries", "_limit", "_span_ns", "_total")

    def __init__(self, limit: int, span_ns: int) -> None:
        self._limit = limit
        self._span_ns = span_ns
        self._entries: deque[tuple[int, int]] = deque()
        self._total = 0

    def remaining(self, now_ns: int) -> int:
        """Return how much of the limit is left; negative if the limit is exceeded."""
        entries = self._entries
        while entries and entries[0][0] <= now_ns - self._span_ns:
            self._total -= entries.popleft()[1]
        while entries and entries[-1][0] > now_ns:
            self._total -= entries.pop()[1]
        return self._limit - self._total

    def add(self, now_ns: int, amount: int = 1) -> None:
        """Add `amount` at this time."""
        if amount:
            self._entries.append((now_ns, amount))
            self._total += amount


_ADDRESS_SPAN_NS = 20 * NS_PER_S
"""The span in which the calls of one address are counted."""

_BAN_NS = 300 * NS_PER_S
"""The duration for which an address with too many calls is banned."""


class CallUsage:
    """
    Counts the calls of the sandbox's app.

    Args:
        settings: The settings with the limits.
        time: The sandbox's time, which determines the month.
        record_effect: Called whenever a call is to be admitted, even if it is refused.
    """

    def __init__(
        self, settings: SandboxSettings, time: SandboxTime, record_effect: EffectRecorder = discard_effect
    ) -> None:
        self._record_effect = record_effect
        self._settings = settings
        self._limits = settings.limits
        self._time = time
        self._seconds: dict[str, SlidingWindow] = {}
        self._addresses: dict[str, _AddressUsage] = {}
        self._months: Counter[tuple[int, int]] = Counter()

    def admit_address(self, address: str, now_ns: int) -> bool:
        """Return whether another call from an address is allowed; if so, count it. Too many calls ban the address."""
        self._record_effect("admit_address", address)
        usage = self._addresses.get(address)
        if usage is None:
            window = SlidingWindow(self._limits.ip_calls_per_20_s, _ADDRESS_SPAN_NS)
            usage = self._addresses[address] = _AddressUsage(window)
        if usage.is_banned(now_ns):
            return False
        if usage.window.remaining(now_ns) <= 0:
            usage.banned_at_ns = now_ns
            return False
        usage.window.add(now_ns)
        return True

    def admit_in_second(self, api_name: str, now_ns: int) -> bool:
        """
        Return whether another call of an API is allowed within a second; if so, count it.

        With the setting `throttled_calls_count`, a call that is not allowed counts as well.
        """
        self._record_effect("admit_in_second", api_name)
        window = self._seconds.get(api_name)
        if window is None:
            window = self._seconds[api_name] = SlidingWindow(self._limits.calls_per_second, seconds_to_ns(1))
        admitted = window.remaining(now_ns) > 0
        if admitted or self._settings.throttled_calls_count:
            window.add(now_ns)
        return admitted

    def admit_in_month(self, now_ns: int) -> bool:
        """Return whether another call is allowed in this month; if so, count it."""
        self._record_effect("admit_in_month")
        month = self._time.month(now_ns)
        # Assumption: a call refused for the monthly quota is not counted. DingTalk's documentation does not say.
        if self._months[month] >= self._limits.calls_per_month:
            return False
        self._months[month] += 1
        return True

    def used_in_month(self, now_ns: int) -> int:
        """Return the number of counted calls in this month."""
        return self._months[self._time.month(now_ns)]


@dataclass(slots=True)
class _AddressUsage:
    """The calls of one address, and the time of its last ban; None if it was never banned."""

    window: SlidingWindow
    banned_at_ns: int | None = None

    def is_banned(self, now_ns: int) -> bool:
        """Return whether the address is banned; a ban ends when the time is set back before its start."""
        return self.banned_at_ns is not None and self.banned_at_ns <= now_ns < self.banned_at_ns + _BAN_NS


MINUTE_LIMIT_CODE = "143103"
"""DingTalk's code for a person beyond the limit of people per minute."""

DAY_LIMIT_CODE = "143105"
"""DingTalk's code for a person who has received the daily maximum of messages."""

SAME_CONTENT_CODE = "143106"
"""DingTalk's code for a person who has received the same content on this day."""


@dataclass(frozen=True, slots=True)
class DroppedPerson:
    """A person dropped by a limit, with DingTalk's code and the limit's threshold."""

    userid: str
    code: str
    threshold: int


class Admission(NamedTuple):
    """The userids that a limit admits, and the people whom it drops, both in the order of the request."""

    userids: Sequence[str]
    dropped: list[DroppedPerson]


class PeopleUsage:
    """
    Counts the recipients of the sandbox's app.

    Each ``admit_`` method with userids divides the people into admitted and dropped people.

    Args:
        settings: The settings with the limits.
        time: The sandbox's time, which determines the day.
        record_effect: Called for sends to everybody. Other usage is derived from the tasks.
    """

    def __init__(
        self, settings: SandboxSettings, time: SandboxTime, record_effect: EffectRecorder = discard_effect
    ) -> None:
        self._record_effect = record_effect
        self._settings = settings
        self._limits = settings.limits
        self._time = time
        self._sends_to_all: Counter[int] = Counter()
        self._minute = SlidingWindow(settings.limits.people_per_minute, seconds_to_ns(60))
        self._day_counts: defaultdict[int, Counter[str]] = defaultdict(Counter)
        self._contents: defaultdict[tuple[int, bytes], set[str]] = defaultdict(set)

    def admit_send_to_all(self, at_ns: int) -> bool:
        """Return whether another send to everybody is allowed on this day; if so, count it."""
        self._record_effect("admit_send_to_all")
        day = self._time.day(at_ns)
        if self._sends_to_all[day] >= self._settings.to_all_per_day:
            return False
        self._sends_to_all[day] += 1
        return True

    def admit_in_minute(self, userids: Sequence[str], at_ns: int) -> Admission:
        """Admit people up to the limit per minute."""
        # Assumption, the stricter one: people dropped by a later limit still count here.
        admitted = userids[: max(self._minute.remaining(at_ns), 0)]
        self._minute.add(at_ns, len(admitted))
        threshold = self._limits.people_per_minute
        dropped = [DroppedPerson(userid, MINUTE_LIMIT_CODE, threshold) for userid in userids[len(admitted) :]]
        return Admission(admitted, dropped)

    def admit_in_day(self, userids: Sequence[str], at_ns: int) -> Admission:
        """Admit people who are below the daily limit of messages; `count_day` counts the messages later."""
        counts = self._day_counts[self._time.day(at_ns)]
        threshold = self._limits.messages_per_person_per_day
        admitted = [userid for userid in userids if counts[userid] < threshold]
        dropped = [
            DroppedPerson(userid, DAY_LIMIT_CODE, threshold) for userid in userids if counts[userid] >= threshold
        ]
        return Admission(admitted, dropped)

    def count_day(self, userids: Iterable[str], at_ns: int) -> None:
        """Count a message delivered to these people."""
        self._day_counts[self._time.day(at_ns)].update(userids)

    def admit_content(self, userids: Sequence[str], content: bytes, at_ns: int) -> Admission:
        """Admit people for whom this content does not count yet on this day, and count the content for these people."""
        taken = self._contents[self._time.day(at_ns), content]
        dropped = [DroppedPerson(userid, SAME_CONTENT_CODE, 1) for userid in userids if userid in taken]
        admitted = [userid for userid in userids if userid not in taken] if dropped else userids
        taken.update(admitted)
        return Admission(admitted, dropped)

    def free_content(self, userids: Iterable[str], content: bytes, at_ns: int) -> None:
        """Stop counting a content for people for whom `admit_content` counted it at this time."""
        self._contents[self._time.day(at_ns), content].difference_update(userids)

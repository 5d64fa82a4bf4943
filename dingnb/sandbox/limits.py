"""A sliding window: so many in any span of time, to the nanosecond."""

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dingnb.clock import NS_PER_S, seconds
from dingnb.sandbox.noting import Note, not_noted
from dingnb.sandbox.sandbox_time import SandboxTime
from dingnb.sandbox.settings import SandboxSettings


class SlidingWindow:
    """
    Counts what happened in the last `span_ns`; what happened exactly `span_ns` ago is over.

    When the time is set back, what would lie in the future is forgotten.

    Args:
        limit: How many there may be in any span.
        span_ns: The span, nanoseconds.
    """

    __slots__ = ("_entries", "_limit", "_span_ns", "_total")

    def __init__(self, limit: int, span_ns: int) -> None:
        self._limit = limit
        self._span_ns = span_ns
        self._entries: deque[tuple[int, int]] = deque()
        self._total = 0

    def room(self, now_ns: int) -> int:
        """Return how many more there may be now; negative when there are too many."""
        entries = self._entries
        while entries and entries[0][0] <= now_ns - self._span_ns:
            self._total -= entries.popleft()[1]
        while entries and entries[-1][0] > now_ns:
            self._total -= entries.pop()[1]
        return self._limit - self._total

    def take(self, now_ns: int, amount: int = 1) -> None:
        """Count `amount` at this time."""
        if amount:
            self._entries.append((now_ns, amount))
            self._total += amount


_ADDRESS_SPAN_NS = 20 * NS_PER_S
_BAN_NS = 300 * NS_PER_S


class CallLimits:
    """
    What the calls of the sandbox's one app have used up.

    Args:
        settings: Where the limits stand.
        time: Whose months count.
        note: Is told what counted.
    """

    def __init__(self, settings: SandboxSettings, time: SandboxTime, note: Note = not_noted) -> None:
        self._note = note
        self._settings = settings
        self._limits = settings.limits
        self._time = time
        self._seconds: dict[str, SlidingWindow] = {}
        self._addresses: dict[str, _Address] = {}
        self._months: Counter[tuple[int, int]] = Counter()

    def ban(self, address: str, now_ns: int) -> bool:
        """Count a call from an address; return whether the address is banned."""
        self._note("address", address)
        known = self._addresses.get(address)
        if known is None:
            window = SlidingWindow(self._limits.ip_calls_per_20_s, _ADDRESS_SPAN_NS)
            known = self._addresses[address] = _Address(window)
        if now_ns < known.banned_until_ns:
            return True
        if known.window.room(now_ns) <= 0:
            known.banned_until_ns = now_ns + _BAN_NS
            return True
        known.window.take(now_ns)
        return False

    def admit_to_second(self, api_name: str, now_ns: int) -> bool:
        """Count a call of an API, and return True, if the last second has room for it."""
        self._note("second", api_name)
        window = self._seconds.get(api_name)
        if window is None:
            window = self._seconds[api_name] = SlidingWindow(self._limits.calls_per_second, seconds(1))
        admitted = window.room(now_ns) > 0
        if admitted or self._settings.refused_calls_fill_second:
            window.take(now_ns)
        return admitted

    def admit_to_month(self, now_ns: int) -> bool:
        """Count a call, and return True, if the month has room for it."""
        self._note("month")
        month = self._time.month(now_ns)
        # That a call refused for the month does not count itself is an assumption: nothing can be seen of it.
        if self._months[month] >= self._limits.calls_per_month:
            return False
        self._months[month] += 1
        return True

    def used_in_month(self, now_ns: int) -> int:
        """Return how many calls of this month have counted."""
        return self._months[self._time.month(now_ns)]


@dataclass(slots=True)
class _Address:
    window: SlidingWindow
    banned_until_ns: int = 0


OVER_MINUTE = "143103"
OVER_DAY = "143105"
SAME_CONTENT = "143106"


@dataclass(frozen=True, slots=True)
class Dropped:
    """A person whom a limit dropped: DingTalk's code and the limit's threshold."""

    userid: str
    code: str
    threshold: int


class PeopleLimits:
    """
    What the people whom the sandbox's one app wrote to have used up.

    Each ``admit_`` method divides people into those who pass and those who are dropped, in their order.

    Args:
        settings: Where the limits stand.
        time: Whose days count.
        note: Is told of sends to everybody; the rest follows from the tasks.
    """

    def __init__(self, settings: SandboxSettings, time: SandboxTime, note: Note = not_noted) -> None:
        self._note = note
        self._settings = settings
        self._limits = settings.limits
        self._time = time
        self._sends_to_all: Counter[int] = Counter()
        self._minute = SlidingWindow(settings.limits.people_per_minute, seconds(60))
        self._day_counts: defaultdict[int, Counter[str]] = defaultdict(Counter)
        self._contents: defaultdict[tuple[int, bytes], set[str]] = defaultdict(set)

    def admit_to_all(self, at_ns: int) -> bool:
        """Count a send to everybody, and return True, if the day has room for it."""
        self._note("everybody")
        day = self._time.day(at_ns)
        if self._sends_to_all[day] >= self._settings.to_all_per_day:
            return False
        self._sends_to_all[day] += 1
        return True

    def admit_to_minute(self, userids: Sequence[str], at_ns: int) -> tuple[Sequence[str], list[Dropped]]:
        """Let as many pass as the last minute has room for."""
        # That people count here whom a later limit drops is an assumption, the strict one.
        passed = userids[: max(self._minute.room(at_ns), 0)]
        self._minute.take(at_ns, len(passed))
        threshold = self._limits.people_per_minute
        return passed, [Dropped(one, OVER_MINUTE, threshold) for one in userids[len(passed) :]]

    def admit_to_day(self, userids: Sequence[str], at_ns: int) -> tuple[Sequence[str], list[Dropped]]:
        """Let those pass who have had fewer messages this day than they may."""
        counts = self._day_counts[self._time.day(at_ns)]
        threshold = self._limits.messages_per_person_per_day
        passed = [one for one in userids if counts[one] < threshold]
        if len(passed) == len(userids):
            return passed, []
        return passed, [Dropped(one, OVER_DAY, threshold) for one in userids if counts[one] >= threshold]

    def count_day(self, userids: Iterable[str], at_ns: int) -> None:
        """Count a message that reached these people."""
        self._day_counts[self._time.day(at_ns)].update(userids)

    def admit_content(self, userids: Sequence[str], content: bytes, at_ns: int) -> tuple[Sequence[str], list[Dropped]]:
        """Let those pass who have not had this content this day, and take their slots."""
        taken = self._contents[self._time.day(at_ns), content]
        dropped = [Dropped(one, SAME_CONTENT, 1) for one in userids if one in taken]
        passed = [one for one in userids if one not in taken] if dropped else userids
        taken.update(passed)
        return passed, dropped

    def free_content(self, userids: Iterable[str], content: bytes, at_ns: int) -> None:
        """Give back the slots that were taken at a time."""
        self._contents[self._time.day(at_ns), content].difference_update(userids)

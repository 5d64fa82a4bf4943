"""The limits that drop people in silence: in a minute, in a day, and for a content that they already had."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dingnb.clock import seconds
from dingnb.sandbox.noting import Note, not_noted
from dingnb.sandbox.sandbox_time import SandboxTime
from dingnb.sandbox.settings import SandboxSettings
from dingnb.sandbox.windows import SlidingWindow

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

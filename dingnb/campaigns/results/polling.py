"""
What is known of how long DingTalk works on tasks, and so which task is worth a call now.

DingTalk says neither how long a task takes nor whether tasks are done in order (both: assumption), and each question
is a call of the month's quota. So one task is asked first, a scout. "Not ready" is taken to hold for all of its age
or younger; "ready" for all that are at least as old as it was. What is assumed so is given up as soon as tasks
answer otherwise.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dingnb.clock import seconds
from dingnb.ledger.batches import OpenTask

FIRST_LOOK_NS = seconds(2)
"""A task is first asked so long after it was sent; how long one takes is not documented (assumption)."""

RECENT_NS = seconds(5)
"""What was looked at so lately is not asked again at once: nobody reads so fast that it would pay."""

UNREAD_PAUSE_NS = seconds(10)
"""Where all is known but who has read it, a task is let be so long at least: people take longer than DingTalk."""

LONGEST_PAUSE_NS = seconds(3_600)
"""However long a task takes, it is asked once an hour: its result is there for a day, and a call is cheap then."""

MOST_IN_A_ROW = 2
"""So many tasks in a row that are not ready mean that the others are not, either; one alone may be stuck."""

_MUCH_YOUNGER = 4
"""A task that was waited for so many times shorter than another one has pauses of its own."""

LAST_CHANCE_NS = seconds(1_800)
"""So long before its result cannot be had any more, each task is asked once more, whatever others have answered."""

_MINUTE_NS = seconds(60)


@dataclass(slots=True)
class _Known:
    """
    What is known of one task; times are monotonic.

    Attributes:
        born_ns: When it was sent.
        asked_ns: When it was asked last; None for never.
        rest_until_ns: Before that it is let be.
        quiet_until_ns: Before that it is not expected to be ready, as far as is known.
        presumed_ns: When others last showed that it cannot be ready; None for never.
        unready_age_ns: The greatest age at which it was seen not to be ready.
        is_unanswered: Whether the last call for it had no answer.
        is_ready: Whether it was seen to be ready.
    """

    born_ns: int
    asked_ns: int | None = None
    rest_until_ns: int = 0
    quiet_until_ns: int = 0
    presumed_ns: int | None = None
    unready_age_ns: int = 0
    is_unanswered: bool = False
    is_ready: bool = False


class Readiness:
    """
    What is known of the tasks of one campaign. All times are monotonic, in nanoseconds.

    Args:
        window_ns: How old a task can be whose result is still to be had.
    """

    def __init__(self, window_ns: int) -> None:
        self._last_age_ns = window_ns - LAST_CHANCE_NS
        self._known: dict[int, _Known] = {}
        self._began_ns: int | None = None
        self._ripe_age_ns: int | None = None
        self._refuted_age_ns = 0
        self._raw_age_ns = 0
        self._last_unready: tuple[int, int] | None = None
        self._scouts: set[int] = set()
        self._in_a_row = 0

    def meet(self, tasks: Iterable[OpenTask], now_ns: int, wall_ns: int) -> None:
        """Take note of tasks; `wall_ns` is the time in which they tell when they were sent."""
        for task in tasks:
            if task.batch not in self._known:
                # A clock that was set back makes tasks of the future; these are looked at soon all the same.
                self._known[task.batch] = _Known(now_ns - max(wall_ns - task.sent_ns, 0))

    def due(self, tasks: Iterable[OpenTask], now_ns: int) -> list[OpenTask]:
        """Return which of these tasks, all met, to ask now, for someone who waits."""
        candidates = [task for task in tasks if self._due_ns(self._known[task.batch], now_ns) <= now_ns]
        if candidates and self._ripe_age_ns is None:
            # Who was not asked yet goes first, lest the same ones be due again and again.
            oldest_ns = max(self._known[task.batch].born_ns for task in candidates)
            candidates = [task for task in tasks if self._may_go_first(task, oldest_ns, now_ns)]
        return self._choose(candidates, now_ns)

    def worth_asking(self, tasks: Iterable[OpenTask], now_ns: int) -> list[OpenTask]:
        """Return which of these tasks, all met, to ask for someone who wants to know now; empty once it is enough."""
        return self._choose([task for task in tasks if self._can_have_changed(task, now_ns)], now_ns)

    def grown_ns(self, tasks: Iterable[OpenTask]) -> int:
        """Return when all of these tasks, all met, are old enough for a first look."""
        return max((self._known[task.batch].born_ns for task in tasks), default=-FIRST_LOOK_NS) + FIRST_LOOK_NS

    def doubt(self, since_ns: int) -> None:
        """Give up what was taken to be so since then of tasks that were not asked themselves."""
        for known in self._known.values():
            if known.presumed_ns is not None and known.presumed_ns >= since_ns:
                known.presumed_ns = None

    def next_ns(self, tasks: Sequence[OpenTask], now_ns: int) -> int:
        """Return when the first of these tasks, all met, is due."""
        return min(self._due_ns(self._known[task.batch], now_ns) for task in tasks)

    def is_ready(self, task: OpenTask) -> bool:
        """Return whether DingTalk has told a result of this task."""
        return self._known[task.batch].is_ready

    def may_ask(self, task: OpenTask, now_ns: int) -> bool:
        """Return whether a task that was chosen is still worth its call, after what the others have answered."""
        known = self._known[task.batch]
        return known.is_ready or task.batch in self._scouts or self._is_ripe(known, now_ns)

    def ready(self, task: OpenTask, now_ns: int, *, is_whole: bool) -> None:
        """Take note that DingTalk has a result of a task; whole, if it names all of its people."""
        known = self._known[task.batch]
        age_ns = now_ns - known.born_ns
        known.asked_ns = now_ns
        known.is_unanswered = False
        least_ns = UNREAD_PAUSE_NS if is_whole else 0
        known.rest_until_ns = max(self._twice_as_old_ns(known, now_ns), now_ns + least_ns)
        if known.is_ready:
            return
        known.is_ready = True
        self._in_a_row = 0
        # Where some are ready, others are soon: pauses grow from the start again.
        self._began_ns = now_ns
        # It was not stuck when it was not ready, so that others are not ready at that age, either.
        self._raw_age_ns = max(self._raw_age_ns, known.unready_age_ns)
        if age_ns > self._refuted_age_ns:
            self._ripe_age_ns = age_ns if self._ripe_age_ns is None else min(self._ripe_age_ns, age_ns)

    def unready(self, task: OpenTask, now_ns: int) -> None:
        """Take note that DingTalk has no result of a task yet."""
        known = self._known[task.batch]
        age_ns = now_ns - known.born_ns
        is_first = known.asked_ns is None
        known.asked_ns = now_ns
        known.is_unanswered = False
        if known.is_ready:
            known.rest_until_ns = self._twice_as_old_ns(known, now_ns)
            return
        known.unready_age_ns = age_ns
        self._corroborate(task, age_ns)
        if task.batch not in self._scouts:
            # One that stays behind is asked at its own time.
            known.quiet_until_ns = self._twice_as_old_ns(known, now_ns)
            # What was not ready before either may be stuck: it says nothing of the others.
            self._in_a_row += is_first
            if self._in_a_row < MOST_IN_A_ROW:
                return
            self._in_a_row = 0
            self._refuted_age_ns = max(self._refuted_age_ns, age_ns)
            self._ripe_age_ns = None
        self._presume(known, now_ns)

    def unanswered(self, task: OpenTask, now_ns: int) -> None:
        """Take note that a call for a task had no answer; nothing was learnt of it."""
        known = self._known[task.batch]
        known.rest_until_ns = self._twice_as_old_ns(known, now_ns)
        known.is_unanswered = True

    def end_outage(self) -> None:
        """Let tasks without an answer be asked again at once: DingTalk could not be reached for any of them."""
        for known in self._known.values():
            if known.is_unanswered:
                known.rest_until_ns = 0

    def _twice_as_old_ns(self, known: _Known, now_ns: int) -> int:
        """Return when a task that is asked now is asked again for itself alone."""
        return now_ns + min(max(now_ns - known.born_ns, FIRST_LOOK_NS), LONGEST_PAUSE_NS)

    def _corroborate(self, task: OpenTask, age_ns: int) -> None:
        """Take an age at which two tasks were not ready for one at which none is."""
        if self._last_unready is not None and self._last_unready[0] != task.batch:
            self._raw_age_ns = max(self._raw_age_ns, min(self._last_unready[1], age_ns))
        self._last_unready = (task.batch, age_ns)

    def _presume(self, scout: _Known, now_ns: int) -> None:
        """Let all wait that are of a scout's age, or younger, or not much older."""
        pause_ns = self._pause_ns(scout, now_ns)
        waited_ns = self._waited_ns(scout, now_ns)
        for known in self._known.values():
            if not known.is_ready and known.born_ns >= scout.born_ns - pause_ns:
                is_newer = _MUCH_YOUNGER * self._waited_ns(known, now_ns) < waited_ns
                known.presumed_ns = now_ns
                wait_ns = self._pause_ns(known, now_ns) if is_newer else pause_ns
                known.quiet_until_ns = max(known.quiet_until_ns, now_ns + wait_ns)

    def _pause_ns(self, known: _Known, now_ns: int) -> int:
        """
        Return how long to wait for a task that is not ready.

        As long again as one has waited, and half as long after a minute: what takes up to a minute is known after
        five looks too many, and nothing is known later than after half as long again.
        """
        waited_ns = self._waited_ns(known, now_ns)
        return min(waited_ns if waited_ns < _MINUTE_NS else waited_ns // 2, LONGEST_PAUSE_NS)

    def _waited_ns(self, known: _Known, now_ns: int) -> int:
        """Return how long it has been waited for a task; of what was before the first look nothing is known."""
        age_ns = now_ns - known.born_ns
        if self._ripe_age_ns is None and self._began_ns is not None:
            age_ns = min(age_ns, now_ns - self._began_ns + FIRST_LOOK_NS)
        return max(age_ns, FIRST_LOOK_NS)

    def _choose(self, candidates: Sequence[OpenTask], now_ns: int) -> list[OpenTask]:
        """Return those that are ready as far as is known, and one scout for the rest, which answers first."""
        rest: list[OpenTask] = []
        chosen: list[OpenTask] = []
        for task in candidates:
            known = self._known[task.batch]
            (chosen if known.is_ready or self._is_ripe(known, now_ns) else rest).append(task)
        if candidates and self._began_ns is None:
            self._began_ns = now_ns
        scouts = sorted(rest, key=self._turn)[:1]
        self._scouts = {task.batch for task in scouts}
        self._refuted_age_ns = 0
        return [*scouts, *sorted(chosen, key=self._turn)]

    def _turn(self, task: OpenTask) -> tuple[int, int]:
        """Return what sorts tasks: first who was not asked for the longest time, and may be stuck least; then age."""
        known = self._known[task.batch]
        return -1 if known.asked_ns is None else known.asked_ns, known.born_ns

    def _is_ripe(self, known: _Known, now_ns: int) -> bool:
        age_ns = now_ns - known.born_ns
        is_last_chance = known.unready_age_ns < self._last_age_ns <= age_ns
        return is_last_chance or (self._ripe_age_ns is not None and age_ns >= self._ripe_age_ns)

    def _may_go_first(self, task: OpenTask, born_ns: int, now_ns: int) -> bool:
        known = self._known[task.batch]
        if known.is_ready:
            return known.rest_until_ns <= now_ns
        return known.rest_until_ns <= now_ns and known.born_ns <= born_ns

    def _due_ns(self, known: _Known, now_ns: int) -> int:
        return max(known.rest_until_ns, 0 if known.is_ready else self._expected_ns(known, now_ns))

    def _expected_ns(self, known: _Known, now_ns: int) -> int:
        """Return from when on a task may be ready, as far as is known."""
        first_age_ns = 0 if known.asked_ns is not None else self._first_age_ns()
        expected_ns = max(known.quiet_until_ns, known.born_ns + first_age_ns)
        if known.unready_age_ns < self._last_age_ns:
            expected_ns = min(expected_ns, known.born_ns + self._last_age_ns)
        if self._ripe_age_ns is None or known.unready_age_ns >= self._ripe_age_ns:
            return expected_ns
        # A scout that is nearly as old tells little.
        is_near = 2 * max(first_age_ns, now_ns - known.born_ns) > self._ripe_age_ns
        ripe_ns = known.born_ns + self._ripe_age_ns
        return ripe_ns if is_near else min(expected_ns, ripe_ns)

    def _first_age_ns(self) -> int:
        """Return the age at which a task is worth its first call, if it is not known to be ready before."""
        return min(max(FIRST_LOOK_NS, 2 * self._raw_age_ns), _MINUTE_NS)

    def _can_have_changed(self, task: OpenTask, now_ns: int) -> bool:
        known = self._known[task.batch]
        if now_ns - known.born_ns < FIRST_LOOK_NS or _is_recent(known.asked_ns, now_ns):
            return False
        return known.is_ready or self._is_ripe(known, now_ns) or not _is_recent(known.presumed_ns, now_ns)


def _is_recent(at_ns: int | None, now_ns: int) -> bool:
    return at_ns is not None and now_ns - at_ns < RECENT_NS

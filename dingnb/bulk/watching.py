"""Watches accepted batches until DingTalk's results are known, with as few calls as that takes."""

import threading
from collections.abc import Callable, Sequence

from dingnb.bulk.line import Line
from dingnb.bulk.looks import Look, Waiting
from dingnb.bulk.readiness import MOST_IN_A_ROW, RECENT_NS, Readiness
from dingnb.bulk.reading import MOST_FRUITLESS, Reading, of_strangers
from dingnb.bulk.status import Status
from dingnb.clock import NS_PER_S, seconds
from dingnb.errors import UnreachableError
from dingnb.ledger import batches
from dingnb.ledger.batches import OpenTask

RETRY_S = 4.0
"""After a look without any answer the next one waits so long, and twice as long after each further one."""

_LEAST_WAIT_NS = seconds(0.5)
"""Batches that are due one after the other are asked in groups."""


class Watch:
    """
    Looks at the results of accepted batches, each when its state can have changed.

    What it learns of how long DingTalk takes stays, for the next wait or look.

    Args:
        line: What to call with.
        campaign: The campaign's number in the ledger.

    Attributes:
        look: What the last `look_once` has come to; None before it, and where it failed.
    """

    def __init__(self, line: Line, campaign: int) -> None:
        self._line = line
        self._campaign = campaign
        self._readiness = Readiness(seconds(line.limits.result_window_s))
        self._reading: Reading | None = None
        self._waiting: Waiting | None = None
        self._fruitless = 0
        self._never_left = False
        self.look: Look | None = None

    @property
    def waiting(self) -> Waiting | None:
        """What `run` waits for at this moment; None while it does not run. Any thread may ask, as often as it likes."""
        return self._waiting

    @property
    def waiting_text(self) -> str:
        """That as a text; empty while it does not run."""
        waiting = self._waiting
        return "" if waiting is None else waiting.text(self._line.clock.monotonic_ns())

    def tasks(self, statuses: frozenset[Status]) -> tuple[OpenTask, ...]:
        """Return the tasks in which somebody has none of `statuses`, and whose results still answer."""
        since_ns = self._line.now_ns() - seconds(self._line.limits.result_window_s)
        with self._line.ledger.connection() as db:
            found = tuple(batches.open_tasks(db, self._campaign, statuses, since_ns))
        self._readiness.meet(found, self._line.clock.monotonic_ns(), self._line.now_ns())
        return found

    def run(
        self, statuses: frozenset[Status], enough: Callable[[], bool], stop: threading.Event, deadline_ns: int | None
    ) -> None:
        """
        Look until everybody accepted has one of `statuses`, or `enough` says so, or `stop` is set.

        Raises:
            BadAnswerError: Results named others than were asked for; all other results were read.
            DingError: DingTalk refused to answer, or is out of reach.
        """
        self._fruitless = 0
        strange: dict[int, frozenset[str]] = {}
        try:
            while not stop.is_set() and not enough():
                tasks = [task for task in self.tasks(statuses) if task.task_id not in strange]
                if not tasks or self._is_over(deadline_ns):
                    break
                due = self._readiness.due(tasks, self._line.clock.monotonic_ns())
                if due:
                    self._waiting = Waiting(len(tasks))
                    self._look(due, stop, strange)
                if self._fruitless or not due:
                    self._pause(tasks, stop, deadline_ns)
        finally:
            self._waiting = None
        if strange:
            raise of_strangers(strange)

    def look_once(self, statuses: frozenset[Status], stop: threading.Event) -> None:
        """
        Ask each task whose state can have changed for those who have none of `statuses`, once; `look` tells of it.

        Not asked is what was sent or looked at a moment ago, and what cannot be ready since others are not.

        Raises:
            BadAnswerError: Results named others than were asked for; all other results were read.
            DingError: DingTalk refused to answer, or did not answer at all.
        """
        began_ns = self._line.clock.monotonic_ns()
        self._fruitless = 0
        self.look = None
        tasks = self.tasks(statuses)
        strange: dict[int, frozenset[str]] = {}
        asked: set[int] = set()
        answers = 0
        doubts = MOST_IN_A_ROW - 1
        while not stop.is_set():
            left = [task for task in tasks if task.batch not in asked]
            chosen = self._readiness.worth_asking(left, self._line.clock.monotonic_ns())
            if not chosen and asked and doubts:
                # That one task is not ready may be its own matter.
                doubts -= 1
                self._readiness.doubt(began_ns)
                continue
            if not chosen:
                break
            reading = self._look(chosen, stop, strange)
            asked |= reading.asked
            answers += reading.answers
            if reading.trouble is not None and not answers:
                raise reading.trouble
            if reading.trouble is not None and not reading.answers:
                break
        if strange:
            raise of_strangers(strange)
        self.look = self._come_to(tasks, len(asked), answers)

    def interrupt(self, stop: threading.Event) -> None:
        """Set `stop`, an event of the line's clock, and wake whatever waits."""
        stop.set()
        if self._reading is not None:
            self._reading.interrupt()

    def _is_over(self, deadline_ns: int | None) -> bool:
        return deadline_ns is not None and self._line.clock.monotonic_ns() >= deadline_ns

    def _pause(self, tasks: Sequence[OpenTask], stop: threading.Event, deadline_ns: int | None) -> None:
        """Wait until the next look is due."""
        now_ns = self._line.clock.monotonic_ns()
        if self._fruitless:
            next_ns = now_ns + seconds(RETRY_S * 2 ** (self._fruitless - 1))
        else:
            next_ns = max(self._readiness.next_ns(tasks, now_ns), now_ns + _LEAST_WAIT_NS)
        if deadline_ns is not None:
            next_ns = min(next_ns, deadline_ns)
        self._waiting = Waiting(len(tasks), next_ns, self._fruitless, MOST_FRUITLESS, self._never_left)
        self._line.clock.wait(stop, next_ns - now_ns)

    def _look(self, tasks: Sequence[OpenTask], stop: threading.Event, strange: dict[int, frozenset[str]]) -> Reading:
        reading = self._reading = Reading(self._line, tuple(tasks), stop, self._readiness)
        reading.run()
        strange.update(reading.strange)
        self._never_left = isinstance(reading.trouble, UnreachableError)
        self._fruitless = self._fruitless + 1 if reading.trouble is not None and not reading.answers else 0
        failure = reading.failure or (reading.trouble if self._fruitless >= MOST_FRUITLESS else None)
        if failure is not None:
            raise failure
        return reading

    def _come_to(self, tasks: Sequence[OpenTask], asked: int, answers: int) -> Look:
        now_ns = self._line.clock.monotonic_ns()
        not_yet = [task for task in tasks if not self._readiness.is_ready(task)]
        next_in_s = None
        if not_yet:
            wait_ns = max(self._readiness.next_ns(not_yet, now_ns) - now_ns, RECENT_NS)
            next_in_s = -(-wait_ns // NS_PER_S)
        ready = len(tasks) - len(not_yet)
        return Look(len(tasks), asked, ready, len(not_yet), asked - answers, next_in_s)

"""Watches accepted batches until DingTalk's results are known, with as few calls as that takes."""

import threading
from collections.abc import Callable

from dingnb.bulk.line import Line
from dingnb.bulk.reading import Reading
from dingnb.bulk.status import Status
from dingnb.clock import seconds
from dingnb.ledger import batches
from dingnb.ledger.batches import OpenTask

FIRST_LOOK_S = 2.0
"""A batch is looked at so long after it was sent; DingTalk does not say how long delivery takes (assumption)."""

LONGEST_PAUSE_S = 3_600.0
"""Each look that leaves somebody open doubles the pause before the next, up to this."""


MOST_FRUITLESS_LOOKS = 3
"""After so many looks in a row without one answer, DingTalk is taken to be out of reach."""


class Watch:
    """
    Looks at the results of accepted batches, each at its own time.

    Args:
        line: What to call with.
        campaign: The campaign's number in the ledger.
    """

    def __init__(self, line: Line, campaign: int) -> None:
        self._line = line
        self._campaign = campaign
        self._pauses_s: dict[int, float] = {}
        self._due_ns: dict[int, int] = {}
        self._reading: Reading | None = None
        self._fruitless = 0

    def tasks(self, statuses: frozenset[Status]) -> tuple[OpenTask, ...]:
        """Return the tasks in which somebody has none of `statuses`, and whose results still answer."""
        since_ns = self._line.now_ns() - seconds(self._line.limits.result_window_s)
        with self._line.ledger.connection() as db:
            return tuple(batches.open_tasks(db, self._campaign, statuses, since_ns))

    def run(
        self, statuses: frozenset[Status], enough: Callable[[], bool], stop: threading.Event, deadline_ns: int | None
    ) -> None:
        """
        Look until everybody accepted has one of `statuses`, or `enough` says so, or `stop` is set.

        Raises:
            DingError: DingTalk refused to answer, or is out of reach.
        """
        clock = self._line.clock
        while not stop.is_set() and not enough():
            tasks = self.tasks(statuses)
            if not tasks:
                return
            now_ns = clock.monotonic_ns()
            if deadline_ns is not None and now_ns >= deadline_ns:
                return
            due = [task for task in tasks if self._due_of(task) <= now_ns]
            if due:
                self._look(due, stop)
                continue
            next_ns = min(self._due_of(task) for task in tasks)
            if deadline_ns is not None:
                next_ns = min(next_ns, deadline_ns)
            clock.wait(stop, next_ns - now_ns)

    def interrupt(self, stop: threading.Event) -> None:
        """Set `stop`, an event of the line's clock, and wake whatever waits."""
        stop.set()
        if self._reading is not None:
            self._reading.interrupt()

    def _look(self, tasks: list[OpenTask], stop: threading.Event) -> None:
        reading = self._reading = Reading(self._line, tuple(tasks), stop)
        reading.run()
        self._fruitless = self._fruitless + 1 if reading.trouble is not None else 0
        failure = reading.failure or (reading.trouble if self._fruitless >= MOST_FRUITLESS_LOOKS else None)
        if failure is not None:
            self._fruitless = 0
            raise failure
        now_ns = self._line.clock.monotonic_ns()
        for task in tasks:
            pause_s = min(self._pauses_s.get(task.batch, FIRST_LOOK_S) * 2, LONGEST_PAUSE_S)
            self._pauses_s[task.batch] = pause_s
            self._due_ns[task.batch] = now_ns + seconds(pause_s)

    def _due_of(self, task: OpenTask) -> int:
        due_ns = self._due_ns.get(task.batch)
        if due_ns is not None:
            return due_ns
        # A clock that was set back makes batches of the future; these are looked at soon all the same.
        age_ns = max(self._line.now_ns() - task.sent_ns, 0)
        first_ns = self._line.clock.monotonic_ns() + seconds(FIRST_LOOK_S) - age_ns
        self._due_ns[task.batch] = first_ns
        return first_ns

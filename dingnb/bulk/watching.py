"""Watches accepted batches until DingTalk's results are known, with as few calls as that takes."""

import threading
from collections.abc import Callable

from dingnb.bulk.record import MemoryRecord
from dingnb.bulk.sending import Line, Reading, Task
from dingnb.bulk.status import Status
from dingnb.clock import seconds

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
        record: What is remembered.
    """

    def __init__(self, line: Line, record: MemoryRecord) -> None:
        self._line = line
        self._record = record
        self._pauses_s: dict[int, float] = {}
        self._due_ns: dict[int, int] = {}
        self._reading: Reading | None = None
        self._fruitless = 0
        self._wake = line.clock.event()

    def tasks(self, statuses: frozenset[Status]) -> tuple[Task, ...]:
        """Return the tasks in which somebody has none of `statuses`, and whose results still answer."""
        now_ns, window_ns = self._line.clock.now_ns(), seconds(self._line.limits.result_window_s)
        return tuple(
            Task(self._record.cut.batch(number), task_id, closes_ns)
            for number in self._record.open_batches(statuses)
            if (task_id := self._record.batches[number].task_id) is not None
            and (closes_ns := self._record.batches[number].sent_ns + window_ns) > now_ns
        )

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
            due = [task for task in tasks if self._due_of(task.batch.number) <= now_ns]
            if due:
                self._look(due, stop)
                continue
            next_ns = min(self._due_of(task.batch.number) for task in tasks)
            if deadline_ns is not None:
                next_ns = min(next_ns, deadline_ns)
            self._wake.clear()
            clock.wait(self._wake, next_ns - now_ns)

    def interrupt(self, stop: threading.Event) -> None:
        """Set `stop` and wake whatever waits."""
        stop.set()
        self._wake.set()
        if self._reading is not None:
            self._reading.interrupt()

    def _look(self, tasks: list[Task], stop: threading.Event) -> None:
        reading = self._reading = Reading(self._line, self._record, tuple(tasks), stop)
        reading.run()
        self._fruitless = self._fruitless + 1 if reading.trouble is not None else 0
        failure = reading.failure or (reading.trouble if self._fruitless >= MOST_FRUITLESS_LOOKS else None)
        if failure is not None:
            self._fruitless = 0
            raise failure
        now_ns = self._line.clock.monotonic_ns()
        for number in (task.batch.number for task in tasks):
            pause_s = min(self._pauses_s.get(number, FIRST_LOOK_S) * 2, LONGEST_PAUSE_S)
            self._pauses_s[number] = pause_s
            self._due_ns[number] = now_ns + seconds(pause_s)

    def _due_of(self, number: int) -> int:
        due_ns = self._due_ns.get(number)
        if due_ns is not None:
            return due_ns
        clock = self._line.clock
        age_ns = clock.now_ns() - self._record.batches[number].sent_ns
        first_ns = clock.monotonic_ns() + seconds(FIRST_LOOK_S) - age_ns
        self._due_ns[number] = first_ns
        return first_ns

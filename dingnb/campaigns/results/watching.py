"""Watches accepted batches until DingTalk's results are known, with as few calls as that takes."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from dingnb.api import work_notifications as notifications
from dingnb.calls.backoff import Backoff
from dingnb.calls.context import Line
from dingnb.calls.pace import Reason
from dingnb.calls.workers import Again
from dingnb.campaigns.results.fetching import MOST_FRUITLESS, Reading, of_strangers
from dingnb.campaigns.results.look import Look, Waiting
from dingnb.campaigns.results.polling import MOST_IN_A_ROW, RECENT_NS, Readiness
from dingnb.campaigns.status import Status
from dingnb.clock import NS_PER_S, seconds
from dingnb.errors import DingError
from dingnb.ledger import batches
from dingnb.ledger.batches import OpenTask

_LEAST_WAIT_NS = seconds(0.5)
"""Batches that are due one after the other are asked in groups."""

_LOOK_AROUND_NS = seconds(300)
"""However long nothing is due, other batches may be sent meanwhile."""


@dataclass(slots=True)
class _Tally:
    """
    What several readings have come to.

    Attributes:
        asked: Which batches were asked.
        answers: How many answers came.
        fruitless: How many readings in a row, up to the last, were without any.
        trouble: Why the last of these was; None where there is none.
        gave_up: Whether the last of them left tasks out, since DingTalk is out of reach.
        pause: The pause after it; None where it is time to give up.
        strange: For each task id whose answer named others than its people, these others.
    """

    asked: set[int] = field(default_factory=set)
    answers: int = 0
    fruitless: int = 0
    trouble: DingError | None = None
    gave_up: bool = False
    pause: Again | None = None
    strange: dict[int, frozenset[str]] = field(default_factory=dict)

    def add(self, reading: Reading) -> None:
        self.asked |= reading.asked
        self.answers += reading.answers
        self.strange.update(reading.strange)
        self.gave_up = reading.is_out_of_reach
        self.trouble = None if reading.answers else reading.trouble
        self.fruitless = self.fruitless + 1 if self.trouble is not None else 0
        self.pause = reading.pause


class Watch:
    """
    Looks at the results of accepted batches, each when its state can have changed.

    What it learns of how long DingTalk takes stays, for the next wait or look.

    Args:
        line: What to call with.
        campaign: The campaign's number in the ledger.

    Attributes:
        look: What the last `look_once` has come to; None before it, and where it failed.
        calls: How many batches were asked so far, each time anew.
    """

    def __init__(self, line: Line, campaign: int) -> None:
        self._line = line
        self._campaign = campaign
        self._readiness = Readiness(seconds(line.limits.result_window_s))
        self._reading: Reading | None = None
        self._waiting: Waiting | None = None
        self.look: Look | None = None
        self.calls = 0

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
        since_ns = self._since_ns()
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
        tally, backoff = _Tally(), self._line.backoff()
        self._line.pace.end_outage(notifications.RESULT)
        try:
            while not stop.is_set() and not enough():
                tasks = [task for task in self.tasks(statuses) if task.task_id not in tally.strange]
                if not tasks or self._is_over(deadline_ns):
                    break
                due = self._readiness.due(tasks, self._line.clock.monotonic_ns())
                if due:
                    self._waiting = Waiting(len(tasks))
                    # While calls fail, one shows whether DingTalk is back: each may count in the month's quota.
                    self._read(due, stop, tally, backoff, 1 if backoff.is_failing else MOST_FRUITLESS)
                if tally.trouble is not None and tally.pause is None:
                    raise tally.trouble
                if tally.trouble is not None or not due:
                    self._pause(tasks, stop, deadline_ns, tally, backoff)
                if tally.trouble is not None:
                    self._readiness.end_outage()
        finally:
            self._waiting = None
        if tally.strange:
            raise of_strangers(tally.strange)

    def look_once(self, statuses: frozenset[Status], stop: threading.Event) -> None:
        """
        Ask each task whose state can have changed for those who have none of `statuses`, once; `look` tells of it.

        What was sent just now is waited for, 2 seconds at most. Not asked is what was looked at a moment ago, and what
        cannot be ready since others are not.

        Raises:
            BadAnswerError: Results named others than were asked for; all other results were read.
            DingError: DingTalk refused to answer, or did not answer at all.
        """
        clock = self._line.clock
        self.look = None
        tasks = self.tasks(statuses)
        # A look that comes right after sending would tell nothing.
        clock.wait(stop, max(self._readiness.grown_ns(tasks) - clock.monotonic_ns(), 0))
        began_ns = clock.monotonic_ns()
        tally, backoff = _Tally(), self._line.backoff()
        doubts = MOST_IN_A_ROW - 1
        # Who looks once wants to know now, and does not wait for the end of an outage.
        while not (stop.is_set() or tally.gave_up or tally.fruitless >= MOST_FRUITLESS):
            since_ns = self._since_ns()
            left = [task for task in tasks if task.batch not in tally.asked and task.sent_ns > since_ns]
            chosen = self._readiness.worth_asking(left, self._line.clock.monotonic_ns())
            if chosen:
                self._read(chosen, stop, tally, backoff, MOST_FRUITLESS)
            elif tally.asked and doubts:
                # That one task is not ready may be its own matter.
                doubts -= 1
                self._readiness.doubt(began_ns)
            else:
                break
        self._waiting = None
        if tally.trouble is not None and not tally.answers:
            raise tally.trouble
        if tally.strange:
            raise of_strangers(tally.strange)
        self.look = self._come_to(tasks, len(tally.asked), tally.answers)

    def interrupt(self, stop: threading.Event) -> None:
        """Set `stop`, an event of the line's clock, and wake whatever waits."""
        stop.set()
        if self._reading is not None:
            self._reading.interrupt()

    def _since_ns(self) -> int:
        """Return after which time a task has to have been sent whose result is still to be had."""
        return self._line.now_ns() - seconds(self._line.limits.result_window_s)

    def _is_over(self, deadline_ns: int | None) -> bool:
        return deadline_ns is not None and self._line.clock.monotonic_ns() >= deadline_ns

    def _pause(
        self,
        tasks: Sequence[OpenTask],
        stop: threading.Event,
        deadline_ns: int | None,
        tally: _Tally,
        backoff: Backoff,
    ) -> None:
        """Wait until the next look is due."""
        now_ns = self._line.clock.monotonic_ns()
        reason: Reason | None = None
        if tally.trouble is not None and tally.pause is not None:
            next_ns, reason = now_ns + seconds(tally.pause.pause_s), tally.pause.reason
        else:
            next_ns = max(self._readiness.next_ns(tasks, now_ns), now_ns + _LEAST_WAIT_NS)
        if deadline_ns is not None:
            next_ns = min(next_ns, deadline_ns)
        self._waiting = Waiting(len(tasks), next_ns, reason, backoff.gives_up_ns or 0)
        self._line.clock.wait(stop, min(next_ns - now_ns, _LOOK_AROUND_NS))

    def _read(
        self,
        tasks: Sequence[OpenTask],
        stop: threading.Event,
        tally: _Tally,
        backoff: Backoff,
        most_fruitless: int,
    ) -> None:
        def on_wait(delay_ns: int | None, reason: Literal["people"] | Reason) -> None:
            if delay_ns is not None and delay_ns >= NS_PER_S and reason != "people":
                next_ns = self._line.clock.monotonic_ns() + delay_ns
                self._waiting = Waiting(len(tasks), next_ns, reason, backoff.gives_up_ns or 0)

        reading = self._reading = Reading(
            self._line, self._campaign, tuple(tasks), stop, self._readiness, backoff, on_wait, most_fruitless
        )
        reading.run()
        self.calls += len(reading.asked)
        tally.add(reading)
        if reading.failure is not None:
            raise reading.failure

    def _come_to(self, tasks: Sequence[OpenTask], asked: int, answers: int) -> Look:
        now_ns = self._line.clock.monotonic_ns()
        not_yet = [task for task in tasks if not self._readiness.is_ready(task)]
        next_in_s = None
        if not_yet:
            wait_ns = max(self._readiness.next_ns(not_yet, now_ns) - now_ns, RECENT_NS)
            next_in_s = -(-wait_ns // NS_PER_S)
        ready = len(tasks) - len(not_yet)
        return Look(len(tasks), asked, ready, len(not_yet), asked - answers, next_in_s, bool(tasks) or self._is_sent())

    def _is_sent(self) -> bool:
        with self._line.ledger.connection() as db:
            return Status.ACCEPTED in batches.count_by_status(db, self._campaign)

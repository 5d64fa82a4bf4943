"""Reads the results of accepted batches until they are final, with as few calls as possible."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from dingnb.api import work_notifications as notifications
from dingnb.calls.backoff import Backoff, retry_text
from dingnb.calls.context import SendContext
from dingnb.calls.pace import Reason
from dingnb.calls.workers import RetryLater
from dingnb.campaigns.results.fetching import MOST_FRUITLESS, Reading, of_unexpected_people
from dingnb.campaigns.results.polling import RECENT_NS, Polling
from dingnb.campaigns.status import FINAL, Status
from dingnb.clock import NS_PER_S, seconds
from dingnb.errors import DingError
from dingnb.ledger import batches
from dingnb.ledger.batches import OpenTask
from dingnb.words import NOTHING, Text, count, sentences


@dataclass(frozen=True, slots=True)
class Look:
    """
    What one look at the results of a campaign has come to.

    Attributes:
        batches: In how many batches somebody's state could still change.
        asked: How many of them were asked.
        ready: Of how many of them DingTalk has told results, now or before.
        not_yet: Of how many it has none yet.
        unanswered: For how many the call had no answer that could be used.
        next_in_s: In how many seconds it pays to look again; None where nothing is to come.
        is_sent: Whether anything was accepted at all, of which there could be results.
    """

    batches: int
    asked: int = 0
    ready: int = 0
    not_yet: int = 0
    unanswered: int = 0
    next_in_s: int | None = None
    is_sent: bool = True

    @property
    def text(self) -> Text:
        """What that is, as a sentence."""
        if not self.is_sent:
            return Text("look.nobody")
        if not self.batches:
            return Text("look.none")
        batches = count("batch", self.batches)
        if not self.not_yet:
            parts = [Text("look.all" if self.asked else "look.all_lately", batches=batches)]
        else:
            key = "look.some" if self.asked else "look.some_lately"
            parts = [
                Text(key, batches=batches, ready=self.ready, not_yet=self.not_yet, seconds=f"{self.next_in_s or 0:,}")
            ]
        if self.unanswered:
            parts.append(Text("look.unanswered", batches=count("batch", self.unanswered)))
        return sentences(*parts)


@dataclass(frozen=True, slots=True)
class Waiting:
    """
    What a wait for results waits for at a moment.

    Attributes:
        batches: How many batches are waited for.
        next_ns: When the next look comes, by the monotonic time; None while one is under way.
        reason: Why it waits although it would call; None where it would not.
        gives_up_ns: When it gives up where no call succeeds, by the monotonic time.
    """

    batches: int
    next_ns: int | None = None
    reason: Reason | None = None
    gives_up_ns: int = 0

    def text(self, now_ns: int) -> Text:
        """Return that as a text, at a monotonic time."""
        batches = count("batch", self.batches)
        if self.next_ns is None:
            return Text("waiting.asks", batches=batches)
        left_ns = max(self.next_ns - now_ns, 0)
        if self.reason is not None:
            gives_up_s = -(-max(self.gives_up_ns - now_ns, 0) // NS_PER_S)
            return Text("waiting.failing", what=retry_text(self.reason, left_ns, gives_up_s))
        return Text("waiting.next", batches=batches, seconds=f"{-(-left_ns // NS_PER_S):,}")


_LEAST_WAIT_NS = seconds(0.5)
"""Minimum pause, so that tasks that are due one after the other are asked together."""

_LOOK_AROUND_NS = seconds(300)
"""Longest pause, since other batches may be sent meanwhile."""


@dataclass(slots=True)
class _Tally:
    """
    The outcome of several readings.

    Attributes:
        asked: The batches that were asked.
        answers: The number of answers.
        fruitless: The number of last readings in a row without an answer.
        trouble: The error of the last reading; None if it had an answer.
        gave_up: Whether the last reading skipped tasks, since DingTalk cannot be reached.
        pause: The pause after it; None if it is time to give up.
        strange: The people in an answer who do not belong to its task, by receipt.
    """

    asked: set[int] = field(default_factory=set)
    answers: int = 0
    fruitless: int = 0
    trouble: DingError | None = None
    gave_up: bool = False
    pause: RetryLater | None = None
    strange: dict[str, frozenset[str]] = field(default_factory=dict)

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
    Fetches the results of the accepted batches of a campaign.

    What it learns about the time that DingTalk takes is kept for later calls.

    Args:
        context: What the campaign is sent with.
        campaign: The campaign's number in the ledger.

    Attributes:
        look: The outcome of the last `look_once`; None before the first, and if it failed.
        calls: The number of requests so far.
    """

    def __init__(self, context: SendContext, campaign: int) -> None:
        self._context = context
        self._campaign = campaign
        self._polling = Polling(seconds(context.limits.result_window_s))
        self._reading: Reading | None = None
        self._waiting: Waiting | None = None
        self.look: Look | None = None
        self.calls = 0

    @property
    def waiting(self) -> Waiting | None:
        """What `run` waits for now; None while it does not run. Any thread may read it."""
        return self._waiting

    @property
    def waiting_text(self) -> Text:
        """`waiting` as text; empty while it does not run."""
        waiting = self._waiting
        return NOTHING if waiting is None else waiting.text(self._context.clock.monotonic_ns())

    def tasks(self, statuses: frozenset[Status]) -> tuple[OpenTask, ...]:
        """Return the tasks with people without one of `statuses` whose results have not expired."""
        since_ns = self._since_ns()
        with self._context.ledger.connection() as db:
            found = tuple(batches.open_tasks(db, self._campaign, statuses, since_ns))
        self._polling.add(found, self._context.clock.monotonic_ns(), self._context.now_ns())
        return found

    def run(
        self, statuses: frozenset[Status], enough: Callable[[], bool], stop: threading.Event, deadline_ns: int | None
    ) -> None:
        """
        Fetch results until all accepted people have one of `statuses`, `enough` returns True, or `stop` is set.

        Raises:
            BadAnswerError: Results named others than were asked for; all other results were read.
            DingError: DingTalk refused to answer, or is out of reach.
        """
        tally, backoff = _Tally(), self._context.backoff()
        self._context.pace.end_outage(notifications.RESULT)
        try:
            while not stop.is_set() and not enough():
                tasks = [task for task in self.tasks(statuses) if task.receipt not in tally.strange]
                if not tasks or self._is_over(deadline_ns):
                    break
                due = self._polling.due(tasks, self._context.clock.monotonic_ns())
                if due:
                    self._waiting = Waiting(len(tasks))
                    # While calls fail, one is enough to see whether DingTalk is back: each may count against the quota.
                    self._read(due, stop, tally, backoff, 1 if backoff.is_failing else MOST_FRUITLESS)
                if tally.trouble is not None and tally.pause is None:
                    raise tally.trouble
                if tally.trouble is not None or not due:
                    self._pause(tasks, stop, deadline_ns, tally, backoff)
                if tally.trouble is not None:
                    self._polling.end_outage()
        finally:
            self._waiting = None
        if tally.strange:
            raise of_unexpected_people(tally.strange)

    def look_once(self, statuses: frozenset[Status], stop: threading.Event) -> None:
        """
        Fetch results once for people without one of `statuses`, and set `look`.

        Waits until tasks sent just now are 2 seconds old. Tasks that answered a moment ago are not asked, nor the
        others after two that were not ready.

        Raises:
            BadAnswerError: Results named others than were asked for; all other results were read.
            DingError: DingTalk refused to answer, or did not answer at all.
        """
        clock = self._context.clock
        self.look = None
        tasks = self.tasks(statuses)
        # Right after sending there are no results yet.
        clock.wait(stop, max(self._polling.first_request_ns(tasks) - clock.monotonic_ns(), 0))
        tally, backoff = _Tally(), self._context.backoff()
        # This does not wait for the end of an outage.
        while not (stop.is_set() or tally.gave_up or tally.fruitless >= MOST_FRUITLESS):
            since_ns = self._since_ns()
            left = [task for task in tasks if task.batch not in tally.asked and task.sent_ns > since_ns]
            due = self._polling.due_on_demand(left, clock.monotonic_ns())
            if not due:
                break
            self._read(due, stop, tally, backoff, MOST_FRUITLESS)
        self._waiting = None
        if tally.trouble is not None and not tally.answers:
            raise tally.trouble
        if tally.strange:
            raise of_unexpected_people(tally.strange)
        self.look = self._come_to(tasks, len(tally.asked), tally.answers)

    def interrupt(self, stop: threading.Event) -> None:
        """Set `stop`, an event of the context's clock, and end all waits."""
        stop.set()
        if self._reading is not None:
            self._reading.interrupt()

    def _since_ns(self) -> int:
        """Return the time after which tasks were sent whose results have not expired."""
        return self._context.now_ns() - seconds(self._context.limits.result_window_s)

    def _is_over(self, deadline_ns: int | None) -> bool:
        return deadline_ns is not None and self._context.clock.monotonic_ns() >= deadline_ns

    def _pause(
        self,
        tasks: Sequence[OpenTask],
        stop: threading.Event,
        deadline_ns: int | None,
        tally: _Tally,
        backoff: Backoff,
    ) -> None:
        """Wait until the next request is due."""
        now_ns = self._context.clock.monotonic_ns()
        reason: Reason | None = None
        if tally.trouble is not None and tally.pause is not None:
            next_ns, reason = now_ns + seconds(tally.pause.pause_s), tally.pause.reason
        else:
            next_ns = max(self._polling.next_ns(tasks, now_ns), now_ns + _LEAST_WAIT_NS)
        if deadline_ns is not None:
            next_ns = min(next_ns, deadline_ns)
        self._waiting = Waiting(len(tasks), next_ns, reason, backoff.gives_up_ns or 0)
        self._context.clock.wait(stop, min(next_ns - now_ns, _LOOK_AROUND_NS))

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
                next_ns = self._context.clock.monotonic_ns() + delay_ns
                self._waiting = Waiting(len(tasks), next_ns, reason, backoff.gives_up_ns or 0)

        reading = self._reading = Reading(
            self._context, self._campaign, tuple(tasks), stop, self._polling, backoff, on_wait, most_fruitless
        )
        reading.run()
        self.calls += len(reading.asked)
        tally.add(reading)
        if reading.failure is not None:
            raise reading.failure

    def _come_to(self, tasks: Sequence[OpenTask], asked: int, answers: int) -> Look:
        now_ns = self._context.clock.monotonic_ns()
        not_yet = [task for task in tasks if not self._polling.is_ready(task)]
        next_in_s = None
        if not_yet:
            wait_ns = max(self._polling.next_ns(not_yet, now_ns) - now_ns, RECENT_NS)
            next_in_s = -(-wait_ns // NS_PER_S)
        ready = len(tasks) - len(not_yet)
        return Look(len(tasks), asked, ready, len(not_yet), asked - answers, next_in_s, bool(tasks) or self._is_sent())

    def _is_sent(self) -> bool:
        with self._context.ledger.connection() as db:
            return Status.ACCEPTED in batches.count_by_status(db, self._campaign)


class Asking:
    """
    Requests the results of each batch again and again, with growing pauses.

    Args:
        context: What the campaign is sent with.
        campaign: The campaign's number in the ledger.
    """

    def __init__(self, context: SendContext, campaign: int) -> None:
        self._clock, self._now_ns = context.clock, context.now_ns
        self._watch = Watch(context, campaign)
        self._stop = context.clock.event()

    @property
    def calls(self) -> int:
        """The number of calls so far."""
        return self._watch.calls

    @property
    def waiting(self) -> Waiting | None:
        """What it waits for now; None while it does not run."""
        return self._watch.waiting

    def wall_ns(self, at_ns: int) -> int:
        """Return a monotonic time as wall time: nanoseconds since the epoch."""
        return self._now_ns() + at_ns - self._clock.monotonic_ns()

    @property
    def is_ended(self) -> bool:
        """Whether `end` was called."""
        return self._stop.is_set()

    def run(self, *, timeout_s: float, enough: Callable[[], bool]) -> None:
        """
        Request results until they are complete, the time is over, `enough` returns True, or `end` is called.

        Raises:
            BadAnswerError: Results named others than were asked for; all other results were read.
            DingError: DingTalk refused to answer, or is out of reach.
        """
        deadline_ns = self._clock.monotonic_ns() + seconds(timeout_s)
        self._watch.run(FINAL, enough, self._stop, deadline_ns)

    def end(self) -> None:
        """Let no further call leave; may be called from any thread."""
        self._watch.interrupt(self._stop)

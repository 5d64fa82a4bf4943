"""
Decides for which tasks to request results, and when: each request counts against the monthly quota.

DingTalk does not say how long a task takes. So one task, the probe, is requested first. If the probe is ready, tasks
that are at least as old are expected to be ready, and are requested as well. If not, the probe pauses, together with
all other unready tasks whose pauses are not much longer: 2 seconds at first, then longer, an hour at most. The next
probe is another task, since a single task may never become ready. Each task gets a last request before its results
expire.

With a limited number of calls, each task gets an equal share of the calls. The requests for a ready task are spread
over the time until the end by equal ratios. If the task's age was `a` at the last answer and will be `e` at the end,
and `n` requests are left, the next request is made no sooner than at the age `a * (e / a) ** (1 / (n + 1))`.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from dingnb.clock import seconds_to_ns
from dingnb.ledger.campaigns.batches import OpenTask

_FIRST_REQUEST_NS = seconds_to_ns(2)
"""Age of a task at its first request; how long DingTalk takes is not documented (assumption)."""

_MAX_PAUSE_NS = seconds_to_ns(3_600)
"""Longest pause of a task."""

_MIN_UNREAD_PAUSE_NS = seconds_to_ns(10)
"""Minimum pause of a task of which only the read states are still open."""

RECENT_NS = seconds_to_ns(5)
"""Time after an answer during which a request on demand is not worth a call."""

FRESH_NS = seconds_to_ns(120)
"""Time after an answer during which a task is not requested again to find out whom to remind."""

_LAST_REQUEST_NS = seconds_to_ns(1_800)
"""Time from a task's last request to the end of its result window."""

_MINUTE_NS = seconds_to_ns(60)

_MAX_UNREADY = 2
"""
Number of unready tasks in a row after which no task is expected to be ready.

After as many unready probes, a refresh on demand makes no more of them.
"""

_SIMILAR_RATIO = 4
"""Maximum ratio of two durations that count as about the same."""


@dataclass(slots=True)
class _TaskState:
    """
    The state of one task.

    Attributes:
        sent_ns: When the task was sent.
        next_ns: The end of the task's pause.
        pause_ns: The length of the next pause together with other tasks.
        retry_ns: The end of the pause after a failed request.
        answered_ns: When DingTalk last answered a request for the task.
        unready_age_ns: The task's age at the last request without results; 0 before any.
        unready_count: The number of requests without results.
        is_ready: Whether DingTalk has returned results.
        requests: The number of requests.
    """

    sent_ns: int
    next_ns: int = 0
    pause_ns: int = _FIRST_REQUEST_NS
    retry_ns: int = 0
    answered_ns: int | None = None
    unready_age_ns: int = 0
    unready_count: int = 0
    is_ready: bool = False
    requests: int = 0


class PollingSchedule:
    """
    Schedules the requests for the results of one campaign. All times are monotonic, in nanoseconds.

    Args:
        window_ns: The age at which the results of a task expire.
    """

    def __init__(self, window_ns: int) -> None:
        self._tasks: dict[int, _TaskState] = {}
        self._probe: int | None = None
        # The ages at which tasks get their first and their last request, and from which they are expected to be ready.
        self._first_age_ns = _FIRST_REQUEST_NS
        self._last_age_ns = window_ns - _LAST_REQUEST_NS
        self._ready_age_ns: int | None = None
        # When the last pause of a group started and ends, after how many unready probes in quick succession.
        self._pause_started_ns: int | None = None
        self._pause_ends_ns = 0
        self._unready_probes = 0
        # How many tasks that were expected to be ready were not, since the last task that was ready.
        self._unready_in_a_row = 0
        # With a limited number of calls, how many calls each task has in all, and until when.
        self._calls_per_task = 0.0
        self._end_ns: int | None = None

    def add(self, tasks: Iterable[OpenTask], now_ns: int, wall_ns: int) -> None:
        """Add tasks that are new; `wall_ns` is the current time of the clock that their `sent_ns` was read from."""
        # A new task joins a pause that ends soon.
        is_short = self._pause_ends_ns - now_ns <= _SIMILAR_RATIO * _FIRST_REQUEST_NS
        for task in tasks:
            # If the wall clock was set back, the task may seem to be sent in the future.
            state = _TaskState(now_ns - max(wall_ns - task.sent_ns, 0), self._pause_ends_ns if is_short else 0)
            self._tasks.setdefault(task.batch, state)

    def spread(self, tasks: Collection[OpenTask], calls_left: int, end_ns: int) -> None:
        """Spread the calls that are left over the time until `end_ns`, in equal shares for the tasks."""
        # Requests so far are included, so that a task whose turn comes later in a round has the same share.
        requests = sum(self._tasks[task.batch].requests for task in tasks)
        self._calls_per_task, self._end_ns = (calls_left + requests) / len(tasks), end_ns

    def due(self, tasks: Iterable[OpenTask], now_ns: int, *, only_newest: bool = False) -> list[OpenTask]:
        """
        Return the tasks to request now: one probe, and the tasks that are expected to be ready.

        With `only_newest`, return the newest task that is due, as the probe.
        """
        candidates = [task for task in tasks if self._due_ns(task, now_ns) <= now_ns]
        return self._choose(candidates, now_ns, only_newest=only_newest)

    def due_on_demand(self, tasks: Iterable[OpenTask], now_ns: int, *, only_newest: bool = False) -> list[OpenTask]:
        """
        Return the tasks to request if the analyst asks, as `due` does.

        Pauses do not apply until two probes were not ready.
        """
        candidates = [task for task in tasks if self._may_have_changed(task, now_ns)]
        return self._choose(candidates, now_ns, only_newest=only_newest)

    def next_ns(self, tasks: Iterable[OpenTask], now_ns: int) -> int:
        """Return when the first of some tasks is due."""
        return min(self._due_ns(task, now_ns) for task in tasks)

    def first_request_ns(self, tasks: Iterable[OpenTask]) -> int:
        """Return when all of some tasks are old enough for a first request; 0 without tasks."""
        return max((self._tasks[task.batch].sent_ns + _FIRST_REQUEST_NS for task in tasks), default=0)

    def is_ready(self, task: OpenTask) -> bool:
        """Return whether DingTalk has returned results of a task."""
        return self._tasks[task.batch].is_ready

    def may_request(self, task: OpenTask, now_ns: int) -> bool:
        """Return whether a due task is still worth a request, given the answers for other tasks."""
        return task.batch == self._probe or self._is_expected(task, now_ns)

    def record_ready(self, task: OpenTask, now_ns: int, *, is_whole: bool) -> None:
        """Record that DingTalk has results of a task; `is_whole` says whether they cover all of its people."""
        state, age_ns = self._record_answer(task, now_ns)
        state.next_ns = now_ns + max(_pause_ns(age_ns), _MIN_UNREAD_PAUSE_NS if is_whole else 0)
        if state.is_ready:
            return
        state.is_ready = True
        self._unready_in_a_row = 0
        self._ready_age_ns = age_ns if self._ready_age_ns is None else min(self._ready_age_ns, age_ns)
        if task.batch == self._probe:
            # If one task is ready, others will be soon: reset the pauses of tasks that were not requested yet.
            self._pause_started_ns = None
            if age_ns <= _SIMILAR_RATIO * state.pause_ns:
                # Newer tasks are expected to take as long; if they do not, their results are at most a minute late.
                self._first_age_ns = min(age_ns, _MINUTE_NS)
            for open_task in self._tasks.values():
                open_task.pause_ns = open_task.pause_ns if open_task.unready_count else _FIRST_REQUEST_NS

    def record_unready(self, task: OpenTask, now_ns: int) -> None:
        """Record that DingTalk has no results of a task yet."""
        state, age_ns = self._record_answer(task, now_ns)
        is_probe = task.batch == self._probe
        if not is_probe:
            state.next_ns = now_ns + _pause_ns(age_ns)
        if state.is_ready:
            return
        state.unready_age_ns = age_ns
        state.unready_count += 1
        if not is_probe:
            # A task that was not ready before either proves nothing about other tasks.
            self._unready_in_a_row += state.unready_count == 1
            if self._unready_in_a_row < _MAX_UNREADY:
                return
            self._unready_in_a_row, self._ready_age_ns = 0, None
        self._pause_group(state, now_ns)

    def record_failure(self, task: OpenTask, now_ns: int) -> None:
        """Record that a request for a task failed."""
        state = self._tasks[task.batch]
        state.requests += 1
        state.retry_ns = now_ns + _pause_ns(now_ns - state.sent_ns)

    def end_outage(self) -> None:
        """Make tasks whose last request failed due again: no request could succeed during the outage."""
        for state in self._tasks.values():
            state.retry_ns = 0

    def _record_answer(self, task: OpenTask, now_ns: int) -> tuple[_TaskState, int]:
        """Record an answer; return the state of the task, and its age."""
        state = self._tasks[task.batch]
        state.answered_ns, state.retry_ns = now_ns, 0
        state.requests += 1
        return state, now_ns - state.sent_ns

    def _choose(self, candidates: list[OpenTask], now_ns: int, *, only_newest: bool) -> list[OpenTask]:
        """
        Choose the next probe, if one is needed; return it, and then the tasks that need none.

        The probe is the oldest of the tasks with the fewest requests without results. Tasks that DingTalk does not know
        come last.
        """
        if only_newest and candidates:
            newest = max(candidates, key=lambda candidate: (not candidate.is_unknown, candidate.sent_ns))
            self._probe = newest.batch
            return [newest]

        def precedence(candidate: OpenTask) -> tuple[bool, int, int]:
            state = self._tasks[candidate.batch]
            return candidate.is_unknown, state.unready_count, state.sent_ns

        candidates.sort(key=precedence)
        expected = [candidate for candidate in candidates if self._is_expected(candidate, now_ns)]
        probe = next((candidate for candidate in candidates if not self._is_expected(candidate, now_ns)), None)
        self._probe = None if probe is None else probe.batch
        return expected if probe is None else [probe, *expected]

    def _is_expected(self, task: OpenTask, now_ns: int) -> bool:
        """Return whether a task needs no probe: it is expected to be ready, or this is its last request."""
        state = self._tasks[task.batch]
        age_ns = now_ns - state.sent_ns
        is_last = state.unready_age_ns < self._last_age_ns <= age_ns
        return state.is_ready or is_last or (self._ready_age_ns is not None and age_ns >= self._ready_age_ns)

    def _due_ns(self, task: OpenTask, now_ns: int) -> int:
        """Return when a task is to be requested next."""
        state = self._tasks[task.batch]
        if state.is_ready:
            return max(state.next_ns, state.retry_ns, self._affordable_ns(state))
        due_ns = max(state.next_ns, state.sent_ns + self._first_age_ns)
        if self._ready_age_ns is not None and state.unready_age_ns < self._ready_age_ns:
            ready_ns = state.sent_ns + self._ready_age_ns
            # A task of at least half the age of ready tasks waits for that age; a newer task may be ready sooner.
            is_near = 2 * (now_ns - state.sent_ns) >= self._ready_age_ns
            due_ns = ready_ns if is_near else min(due_ns, ready_ns)
        if state.unready_age_ns < self._last_age_ns:
            due_ns = min(due_ns, state.sent_ns + self._last_age_ns)
        return max(due_ns, state.retry_ns)

    def _affordable_ns(self, state: _TaskState) -> int:
        """Return when the next request for a task leaves enough calls for the time until the end; 0 without a limit."""
        if self._end_ns is None or state.answered_ns is None:
            return 0
        age_ns = max(state.answered_ns - state.sent_ns, _FIRST_REQUEST_NS)
        requests_left = max(self._calls_per_task - state.requests, 0)
        ratio = max((self._end_ns - state.sent_ns) / age_ns, 1)
        return state.sent_ns + int(age_ns * ratio ** (1 / (requests_left + 1)))

    def _may_have_changed(self, task: OpenTask, now_ns: int) -> bool:
        state = self._tasks[task.batch]
        if now_ns - state.sent_ns < _FIRST_REQUEST_NS or _is_recent(state.answered_ns, now_ns):
            return False
        is_paused = self._unready_probes >= _MAX_UNREADY and _is_recent(self._pause_started_ns, now_ns)
        return self._is_expected(task, now_ns) or not is_paused

    def _pause_group(self, state: _TaskState, now_ns: int) -> None:
        """Pause an unready task, and the other unready tasks whose pauses are not much longer."""
        unready = [task for task in self._tasks.values() if not task.is_ready]
        group = [unready_task for unready_task in unready if unready_task.pause_ns <= _SIMILAR_RATIO * state.pause_ns]
        longest_ns = max(unready_task.pause_ns for unready_task in group)
        for unready_task in group:
            # A much newer task keeps its shorter pause.
            pause_ns = longest_ns if _SIMILAR_RATIO * unready_task.pause_ns >= longest_ns else unready_task.pause_ns
            unready_task.next_ns = max(unready_task.next_ns, now_ns + pause_ns)
            unready_task.pause_ns = min(2 * pause_ns if 2 * pause_ns < _MINUTE_NS else pause_ns * 3 // 2, _MAX_PAUSE_NS)
        self._unready_probes = self._unready_probes + 1 if _is_recent(self._pause_started_ns, now_ns) else 1
        self._pause_started_ns, self._pause_ends_ns = now_ns, now_ns + longest_ns


def _pause_ns(age_ns: int) -> int:
    """Return the pause of a single task: it is requested again at twice its age."""
    return min(max(age_ns, _FIRST_REQUEST_NS), _MAX_PAUSE_NS)


def _is_recent(at_ns: int | None, now_ns: int) -> bool:
    return at_ns is not None and now_ns - at_ns < RECENT_NS

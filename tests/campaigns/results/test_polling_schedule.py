"""The number of calls needed to find the results of all tasks, for any processing times; no calls are made here."""

import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dingnb.campaigns.results.polling_schedule import PollingSchedule
from dingnb.clock import NS_PER_S, seconds_to_ns
from dingnb.ledger.campaigns.batches import OpenTask
from tests.tiers import examples

DAY_S = 86_400
CALL_NS = NS_PER_S // 20
BURST = [number / 20 for number in range(100)]
"""100 tasks at 20 calls a second."""
PACED = [moment_s + 60 * (number >= 50) for number, moment_s in enumerate(BURST)]
"""100 tasks of 100 people each: the second half waits for the next minute."""


def watched(
    sent_s: Sequence[float], takes_s: Sequence[float | None], *, from_s: float | None = None, until_s: float = DAY_S
) -> tuple[int, dict[int, float]]:
    """Wait for tasks; return the number of calls, and the delay of each result in seconds since it was available."""
    polling = PollingSchedule(seconds_to_ns(DAY_S))
    tasks = [OpenTask(number, str(number), seconds_to_ns(moment_s), ("a",)) for number, moment_s in enumerate(sent_s)]
    now_ns = seconds_to_ns(max(sent_s) if from_s is None else from_s)
    calls, late_s = 0, {}
    while len(late_s) < len(tasks) and now_ns < seconds_to_ns(until_s):
        left = [task for task in tasks if task.batch not in late_s and task.sent_ns <= now_ns]
        polling.add(left, now_ns, now_ns)
        due = polling.due(left, now_ns)
        for task in due:
            if not polling.may_request(task, now_ns):
                continue
            calls += 1
            now_ns += CALL_NS
            needed = takes_s[task.batch]
            ready_ns = None if needed is None else task.sent_ns + seconds_to_ns(needed)
            if ready_ns is not None and ready_ns <= now_ns:
                polling.record_ready(task, now_ns, is_whole=False)
                late_s[task.batch] = (now_ns - max(ready_ns, seconds_to_ns(max(sent_s)))) / NS_PER_S
            else:
                polling.record_unready(task, now_ns)
        if not due:
            next_ns = polling.next_ns(left, now_ns) if left else now_ns
            now_ns = min(max(next_ns, now_ns + NS_PER_S // 2), now_ns + 300 * NS_PER_S)
    return calls, late_s


@pytest.mark.parametrize("sent_s", [BURST, PACED], ids=["at once", "over a minute"])
@pytest.mark.parametrize(
    ("takes_s", "most", "late_s"),
    [(0.1, 100, 6), (1, 100, 6), (2, 102, 8), (5, 102, 12), (30, 105, 40), (60, 105, 70), (600, 112, 320)],
)
def test_tasks_of_equal_duration_cost_one_call_each_and_a_few_more(
    sent_s: Sequence[float], takes_s: float, most: int, late_s: float
) -> None:
    calls, late = watched(sent_s, [takes_s] * 100)
    assert len(late) == 100
    assert calls <= most
    assert max(late.values()) <= late_s


@pytest.mark.parametrize("takes_s", [1, 5, 30, 60])
def test_waiting_while_tasks_are_sent_costs_no_more(takes_s: float) -> None:
    calls, late = watched(PACED, [takes_s] * 100, from_s=0)
    assert len(late) == 100
    assert calls <= 105


@pytest.mark.parametrize("takes_s", [1, 30, 3_600])
def test_a_later_wait_costs_one_call_for_each_finished_task(takes_s: float) -> None:
    calls, late = watched(PACED, [takes_s] * 100, from_s=2 * 3_600)
    assert (calls, len(late)) == (100, 100)
    assert max(late.values()) <= 2 * 3_600 + 20


@pytest.mark.parametrize("longest_s", [5, 30, 60])
def test_tasks_finished_out_of_order_are_all_found(longest_s: float) -> None:
    takes_s = [random.Random(7).uniform(0, longest_s) for _ in range(100)]
    random.Random(8).shuffle(takes_s)
    calls, late = watched(PACED, takes_s)
    assert len(late) == 100
    assert calls <= 130


@pytest.mark.parametrize("place", [0, 10, 99])
def test_one_early_task_does_not_cause_early_requests_for_others(place: int) -> None:
    takes_s = [0.5 if number == place else 60.0 for number in range(100)]
    calls, late = watched(BURST, takes_s)
    assert len(late) == 100
    assert calls <= 112
    assert max(late.values()) <= 90


@pytest.mark.parametrize("seed", range(5))
def test_tasks_are_found_soon_even_if_many_are_stuck(seed: int) -> None:
    stuck = random.Random(seed).sample(range(100), 30)
    calls, late = watched(PACED, [None if number in stuck else 5.0 for number in range(100)])
    assert set(late) == set(range(100)) - set(stuck)
    assert max(late.values()) <= 400
    assert calls <= 70 + 32 * 30


def test_a_late_task_is_found_before_its_results_expire() -> None:
    takes_s = [22 * 3_600 if number == 50 else None for number in range(100)]
    assert set(watched(BURST, takes_s)[1]) == {50}


@pytest.mark.parametrize("stuck", [[0], [50], [99], [0, 1, 2], [49, 50], list(range(0, 100, 10))], ids=str)
@pytest.mark.parametrize("from_s", [None, 6 * 3_600])
def test_stuck_tasks_do_not_hide_finished_ones(stuck: list[int], from_s: float | None) -> None:
    takes_s = [None if number in stuck else 3.0 for number in range(100)]
    calls, late = watched(PACED, takes_s, from_s=from_s)
    assert set(late) == set(range(100)) - set(stuck)
    assert max(late.values()) <= (from_s or 0) + 130
    assert calls <= 100 + 32 * len(stuck) + 10


def test_tasks_that_never_finish_cost_few_calls() -> None:
    calls, late = watched(BURST, [None] * 100)
    assert (calls <= 160, late) == (True, {})
    calls, late = watched([0], [None])
    assert (calls <= 42, late) == (True, {})


def test_a_new_task_does_not_wait_for_a_stuck_one() -> None:
    calls, late = watched([0, 6 * 3_600], [None, 3], from_s=0, until_s=6 * 3_600 + 400)
    assert late[1] <= 310
    assert calls <= 30


def test_a_task_that_is_much_newer_than_a_probe_does_not_pause_as_long() -> None:
    polling, now_ns = PollingSchedule(seconds_to_ns(DAY_S)), seconds_to_ns(DAY_S)
    old, young = (
        OpenTask(number, str(number), now_ns - seconds_to_ns(age_s), ("a",)) for number, age_s in enumerate((12, 1))
    )
    polling.add([old, young], now_ns, now_ns)
    for after_s in (0, 2, 6, 14, 30):
        assert polling.due([old], now_ns + seconds_to_ns(after_s)) == [old]
        polling.record_unready(old, now_ns + seconds_to_ns(after_s))
    later_ns = now_ns + seconds_to_ns(62)
    newest = OpenTask(2, "2", later_ns - seconds_to_ns(1), ("a",))
    polling.add([newest], later_ns, later_ns)
    assert polling.due([old], later_ns) == [old]
    polling.record_unready(old, later_ns)
    assert polling.next_ns([old], later_ns) == polling.next_ns([young], later_ns) >= later_ns + seconds_to_ns(30)
    assert polling.next_ns([newest], later_ns) <= later_ns + seconds_to_ns(3)


def test_two_consecutive_unready_tasks_end_the_requests() -> None:
    polling, now_ns = PollingSchedule(seconds_to_ns(DAY_S)), seconds_to_ns(DAY_S)
    tasks = [OpenTask(number, str(number), now_ns - seconds_to_ns(30 - number), ("a",)) for number in range(5)]
    polling.add(tasks, now_ns, now_ns)
    assert polling.due(tasks, now_ns) == tasks[:1]
    polling.record_ready(tasks[0], now_ns, is_whole=False)
    now_ns += seconds_to_ns(4)
    assert set(polling.due(tasks[1:], now_ns)) == set(tasks[1:])
    polling.record_unready(tasks[1], now_ns)
    assert polling.may_request(tasks[3], now_ns)
    polling.record_unready(tasks[2], now_ns)
    assert not polling.may_request(tasks[3], now_ns)


def test_a_request_that_fails_is_repeated_after_a_pause_or_after_the_outage() -> None:
    polling, sent_ns = PollingSchedule(seconds_to_ns(DAY_S)), seconds_to_ns(DAY_S)
    task = OpenTask(1, "1", sent_ns, ("a",))
    polling.add([task], sent_ns, sent_ns)
    # Including its last request, which does not wait for others.
    for age_s, pause_s in ((10, 10), (DAY_S - 1_000, 3_600)):
        now_ns = sent_ns + seconds_to_ns(age_s)
        assert polling.due([task], now_ns) == [task]
        polling.record_failure(task, now_ns)
        assert polling.due([task], now_ns) == []
        assert polling.next_ns([task], now_ns) == now_ns + seconds_to_ns(pause_s)
        polling.end_outage()
        assert polling.due([task], now_ns) == [task]


@given(st.data())
@examples(60)
def test_each_task_finished_in_time_is_found_before_its_results_expire(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 40))
    sent_s = sorted(data.draw(st.lists(st.floats(0, 900), min_size=n, max_size=n)))
    takes = st.none() | st.sampled_from([0.5, 3.0, 50.0]) | st.floats(0, 20 * 3_600)
    takes_s = data.draw(st.lists(takes, min_size=n, max_size=n))
    calls, late = watched(sent_s, takes_s, from_s=data.draw(st.sampled_from([0, 900, 4 * 3_600])), until_s=DAY_S + 900)
    assert set(late) == {number for number, time_s in enumerate(takes_s) if time_s is not None}
    assert calls <= 45 * n

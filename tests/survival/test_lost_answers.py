"""Lost calls and answers, under each interpretation of what DingTalk leaves undocumented."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.tiers import SOAK

NewScenario = Callable[..., Any]
Agrees = Callable[..., None]

PACE = {"people_per_minute": 25}
LOST = {"send": (0.15, 0.25), "result": (0.1, 0.1), "token": (0.2, 0.2)}
OPEN: dict[str, dict[str, Any]] = {
    "as assumed": {},
    "content at acceptance": {"same_content_counted_at": "acceptance"},
    "people at processing": {"people_counted_at": "processing"},
    "both": {"same_content_counted_at": "acceptance", "people_counted_at": "processing"},
    "recall frees": {"recall_frees_content": True},
    "days of UTC": {"day_starts_at_utc_offset_h": 0, "limits": {**PACE, "day_starts_at_utc_offset_h": 0}},
    "slow delivery": {"task_starts_after_s": 20, "task_done_after_s": 90},
    "slow delivery, content at acceptance": {"task_done_after_s": 90, "same_content_counted_at": "acceptance"},
    "empty early results": {"early_result": "empty"},
    "refused calls fill the second": {"throttled_calls_count": True},
    "lists forbidden users": {"lists_forbidden_users": True},
}


@pytest.mark.sampled(1)
@pytest.mark.parametrize("seed", range(10 if SOAK else 1))
@pytest.mark.parametrize("settings", OPEN.values(), ids=OPEN)
def test_lost_answers_change_no_status(
    settings: dict[str, Any], seed: int, new_scenario: NewScenario, agrees: Agrees
) -> None:
    scenario = new_scenario(seed, settings={"limits": PACE, **settings}, lost=LOST)
    scenario.choose(30)
    point = scenario.random.choice(("written:send", "answered:send", "before:mark_accepted"))
    # It may end before it is killed, if it could not get a token.
    scenario.run([{"act": "kill", "point": point, "nth": 6}])
    ended = scenario.finish()
    agrees(scenario, ended)
    evidence = [row["evidence"] for row in ended.rows]
    assert "duplicate" in evidence
    assert "result" in evidence


@pytest.mark.parametrize("seed", [10, 11])
def test_a_repeat_dropped_by_another_limit_leaves_the_first_call_unknown(
    seed: int, new_scenario: NewScenario, agrees: Agrees
) -> None:
    scenario = new_scenario(
        seed, settings={"limits": {**PACE, "messages_per_person_per_day": 1}}, lost={"send": (0.0, 0.3)}
    )
    scenario.choose(30)
    ended = scenario.run()
    repeated = {row["userid"] for row in ended.rows if row["attempts"] > 1}
    agrees(scenario, ended, unknown=repeated.__contains__)
    assert "143105" in {row["code"] for row in ended.rows if row["userid"] in repeated}


@pytest.mark.parametrize("seed", [20, 21])
def test_across_a_midnight_other_than_beijings_a_repeat_may_arrive_twice(seed: int, new_scenario: NewScenario) -> None:
    """No client can detect this: the repeat is on the same day in Beijing, but on the next day for this server."""
    midnight_ns = 1_793_577_600 * 10**9
    scenario = new_scenario(
        seed,
        settings={"limits": PACE, "day_starts_at_utc_offset_h": 0},
        start_ns=midnight_ns - 30 * 10**9,
        later_s=0.5,
        lost={"send": (0.0, 0.3)},
    )
    scenario.choose(30)
    ended = scenario.run()
    times: dict[str, list[int]] = {}
    for message in scenario.sandbox.get("messages"):
        times.setdefault(message["userid"], []).append(message["time_ms"] * 10**6)
    twice = [moments for moments in times.values() if len(moments) > 1]
    assert twice
    assert all(len(moments) == 2 and moments[0] < midnight_ns <= moments[1] for moments in twice)
    assert {row["userid"] for row in ended.rows} == set(times)

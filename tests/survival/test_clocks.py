"""Midnight in Beijing, and clocks that are wrong."""

from collections.abc import Callable
from typing import Any

import pytest

from dingnb.clock import NS_PER_S
from tests.tiers import SOAK

NewScenario = Callable[..., Any]
Agrees = Callable[..., None]

PERSONAL = {"limits": {"people_per_minute": 25}}
SLOW = {"limits": {"people_per_minute": 2}}
MIDNIGHT_NS = 1_793_635_200 * NS_PER_S
"""2026-11-03 00:00 in Beijing."""

MARGIN_NS = 15 * 60 * NS_PER_S
GRACE_NS = 4 * 60 * NS_PER_S
"""The maximum time that a permitted repeat waits for its turn."""


def near_midnight(scenario: Any, midnight_ns: int = MIDNIGHT_NS) -> Callable[[str], bool]:
    """Return a test for people whose calls with unknown outcome are too close to midnight to be repeated."""
    rows = scenario.ledger(
        "SELECT batches.userids, min(started_ns), max(ended_ns), count(*) FROM attempts"
        " JOIN batches ON batches.id = batch WHERE outcome = 'unknown' GROUP BY batch"
    )

    def is_near(first_ns: int, last_ns: int) -> bool:
        due_ns = last_ns + 60 * NS_PER_S + GRACE_NS
        return due_ns > midnight_ns - MARGIN_NS and first_ns < midnight_ns + MARGIN_NS

    near = {userid for joined, first, last, n in rows if n >= 3 or is_near(first, last) for userid in joined.split(",")}
    return lambda userid: userid in near


@pytest.mark.sampled(1)
@pytest.mark.parametrize("before_min", [20, 14, 1, -5, -14])
@pytest.mark.parametrize("seed", range(10 if SOAK else 1))
def test_nobody_gets_the_message_again_after_midnight(
    seed: int, before_min: int, new_scenario: NewScenario, agrees: Agrees
) -> None:
    start_ns = MIDNIGHT_NS - before_min * 60 * NS_PER_S
    scenario = new_scenario(seed, settings=SLOW, start_ns=start_ns, lost={"send": (0.1, 0.2)})
    scenario.choose(24)
    scenario.kill_at("answered:send", 7)
    ended = scenario.run()
    agrees(scenario, ended, unknown=near_midnight(scenario))


def test_calls_with_unknown_outcome_on_both_sides_of_midnight_stay_unknown(
    new_scenario: NewScenario, agrees: Agrees
) -> None:
    start_ns = MIDNIGHT_NS - 5 * 60 * NS_PER_S
    scenario = new_scenario(5, settings=SLOW, start_ns=start_ns, lost={"send": (0.2, 0.3)})
    scenario.choose(24)
    ended = scenario.run()
    agrees(scenario, ended, unknown=near_midnight(scenario))
    lost = scenario.ledger("SELECT started_ns > ? FROM attempts WHERE outcome = 'unknown'", MIDNIGHT_NS)
    assert {after for (after,) in lost} == {0, 1}
    assert ended.statuses["unknown"] == len(lost)


@pytest.mark.parametrize("seed", [10, 11])
def test_calls_lost_hours_before_midnight_are_repeated_before_it(
    seed: int, new_scenario: NewScenario, agrees: Agrees
) -> None:
    """A long campaign repeats calls before its end, since the day would be over."""
    start_ns = MIDNIGHT_NS - 35 * 60 * NS_PER_S
    scenario = new_scenario(seed, settings=SLOW, start_ns=start_ns, lost={"send": (0.1, 0.1)})
    scenario.choose(80)
    agrees(scenario, scenario.run(), unknown=near_midnight(scenario))


@pytest.mark.parametrize("wall_off_s", [3_600, -3_600])
@pytest.mark.parametrize("seed", [20, 21, 22])
def test_a_clock_that_is_an_hour_off_changes_nothing(
    seed: int, wall_off_s: int, new_scenario: NewScenario, agrees: Agrees
) -> None:
    scenario = new_scenario(seed, settings=PERSONAL, wall_off_s=wall_off_s, later_s=0.001)
    scenario.choose(60)
    scenario.kill_at("answered:send", 25)
    scenario.kill_at("committed", 14)
    agrees(scenario, scenario.run())


@pytest.mark.parametrize("offsets_s", [(3_600, 0, -3_600), (0, -3_600, 3_600), (2.4, -2.4, 2.6)])
def test_a_different_clock_after_each_kill_changes_nothing(
    offsets_s: tuple[float, ...], new_scenario: NewScenario, agrees: Agrees
) -> None:
    scenario = new_scenario(30, settings=PERSONAL, later_s=0.001)
    scenario.choose(60)
    scenario.kill_at("answered:send", 25, wall_off_s=offsets_s[0])
    scenario.kill_at("answered:send", 2, wall_off_s=offsets_s[1])
    agrees(scenario, scenario.run(wall_off_s=offsets_s[2]))


@pytest.mark.parametrize("off_s", [3_600, -3_600])
def test_setting_the_clock_during_a_campaign_changes_nothing(
    off_s: int, new_scenario: NewScenario, agrees: Agrees
) -> None:
    scenario = new_scenario(40, settings=PERSONAL, lost={"send": (0.1, 0.2)})
    scenario.choose(60)
    acts = [{"act": "set_wall", "point": "leave:send", "nth": scenario.random.randint(1, 40), "off_s": off_s}]
    agrees(scenario, scenario.run(acts))


@pytest.mark.parametrize("wall_off_s", [3_600, -3_600])
def test_midnight_is_measured_by_the_clock_of_dingtalk(
    wall_off_s: int, new_scenario: NewScenario, agrees: Agrees
) -> None:
    """At 23:10 in Beijing there is time for a repeat, whether this computer shows 22:10 or 00:10."""
    start_ns = MIDNIGHT_NS - 50 * 60 * NS_PER_S
    scenario = new_scenario(50, settings=PERSONAL, start_ns=start_ns, wall_off_s=wall_off_s)
    scenario.choose(20)
    scenario.kill_at("wait:repeat", 1, lost={"send": (0.1, 0.4)})
    assert scenario.ledger("SELECT count(*) FROM batches WHERE status NOT IN ('unknown', 'accepted')") == [(0,)]
    agrees(scenario, scenario.run())

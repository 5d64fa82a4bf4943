"""A sender that is killed repeatedly, and then left to finish."""

import random
from collections.abc import Callable
from typing import Any

import pytest

from tests.tiers import SOAK

NewScenario = Callable[..., Any]
Agrees = Callable[..., None]

PERSONAL = {"limits": {"people_per_minute": 25}}
EQUAL = {"limits": {"people_per_minute": 150, "recipients_per_call": 20}}
PERSONAL_SEEDS = range(160 if SOAK else 12)
EQUAL_SEEDS = range(1_000, 1_080 if SOAK else 1_006)
CALLS = {"personal": 40, "equal": 15}
LEAST_KILLS = 300 if SOAK else 30

BEFORE = (("migrating", 8), ("begun", 2), ("uncommitted", 2), ("before:add_batches", 1), ("after:add_batches", 1))
WHILE_SENDING = (
    "leave:send",
    "written:send",
    "answered:send",
    "before:begin",
    "after:begin",
    "before:mark_accepted",
    "after:mark_accepted",
    "begun",
    "uncommitted",
    "committed",
    "waiting",
)
WHILE_READING = ("leave:result", "written:result", "answered:result", "committed")


def schedule(seed: int, calls: int) -> list[tuple[str, int]]:
    """Return where to kill a campaign: possibly before it starts, while sending, possibly while reading."""
    dice = random.Random(seed)
    kills: list[tuple[str, int]] = []
    if dice.random() < 0.2:
        point, most = dice.choice(BEFORE)
        kills.append((point, dice.randint(1, most)))
    left = calls - 1
    for _ in range(dice.choice((1, 2, 2, 3, 4))):
        nth = min(dice.choice((1, 1, 2, 5, dice.randint(1, 20))), left)
        if nth < 1:
            break
        left -= nth
        kills.append((dice.choice(WHILE_SENDING), nth))
    if dice.random() < 0.3:
        kills.append((dice.choice(WHILE_READING), 1))
    return kills


def test_there_are_enough_kills() -> None:
    personal = sum(len(schedule(seed, CALLS["personal"])) for seed in PERSONAL_SEEDS)
    equal = sum(len(schedule(seed, CALLS["equal"])) for seed in EQUAL_SEEDS)
    assert personal + equal >= LEAST_KILLS


@pytest.mark.sampled(3)
@pytest.mark.parametrize("seed", PERSONAL_SEEDS)
def test_a_killed_sender_of_personal_texts_sends_to_everybody_once(
    seed: int, new_scenario: NewScenario, agrees: Agrees
) -> None:
    scenario = new_scenario(seed, settings=PERSONAL)
    scenario.choose(40, everybody=True)
    for point, nth in schedule(seed, CALLS["personal"]):
        scenario.kill_at(point, nth)
    agrees(scenario, scenario.run())


@pytest.mark.sampled(1)
@pytest.mark.parametrize("seed", EQUAL_SEEDS)
def test_a_killed_sender_of_one_text_sends_to_everybody_once(
    seed: int, new_scenario: NewScenario, agrees: Agrees
) -> None:
    scenario = new_scenario(seed, settings=EQUAL, text="the canteen is closed")
    scenario.choose(300, everybody=True)
    for point, nth in schedule(seed, CALLS["equal"]):
        scenario.kill_at(point, nth)
    agrees(scenario, scenario.run())


@pytest.mark.sampled(1)
@pytest.mark.parametrize("seed", range(2_000, 2_060 if SOAK else 2_004))
def test_kills_on_a_network_that_loses_calls_and_answers(seed: int, new_scenario: NewScenario, agrees: Agrees) -> None:
    scenario = new_scenario(seed, settings=PERSONAL, lost={"send": (0.1, 0.15), "result": (0.1, 0.1)})
    scenario.choose(30)
    for nth in (4, 7):
        scenario.kill_at(scenario.random.choice(("answered:send", "before:mark_accepted", "committed", "waiting")), nth)
    agrees(scenario, scenario.finish())


@pytest.mark.sampled(1)
@pytest.mark.parametrize("seed", range(3_000, 3_040 if SOAK else 3_003))
def test_external_kills_at_any_time(seed: int, new_scenario: NewScenario, agrees: Agrees) -> None:
    scenario = new_scenario(seed, settings=PERSONAL)
    scenario.choose(60)
    for _ in range(3):
        scenario.end(scenario.start(), kill_after_s=scenario.random.uniform(0.02, 0.4))
    agrees(scenario, scenario.run())


@pytest.mark.parametrize("point", ["written:send", "answered:send", "before:mark_accepted", "committed"])
@pytest.mark.parametrize("seed", range(4_000, 4_005 if SOAK else 4_001))
def test_a_kill_at_the_minute_limit_skips_nobody(
    point: str, seed: int, new_scenario: NewScenario, agrees: Agrees
) -> None:
    scenario = new_scenario(seed, settings=PERSONAL, later_s=0.001)
    scenario.choose(60)
    nth = 50 if point == "committed" else 25
    scenario.kill_at(point, nth)
    scenario.kill_at(point, nth // 25)
    agrees(scenario, scenario.run())


def test_a_kill_at_the_5000th_person_of_a_minute_skips_nobody(new_scenario: NewScenario, agrees: Agrees) -> None:
    scenario = new_scenario(5_000, settings={"users": 5_400}, text="the canteen is closed", later_s=0.001)
    scenario.choose(5_120)
    scenario.kill_at("answered:send", 50)
    agrees(scenario, scenario.run())

"""Senders killed during a retry or a recall."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.tiers import SOAK

NewScenario = Callable[..., Any]
Agrees = Callable[..., None]

FAILING = {"users": 400, "failed_share": 0.3, "limits": {"people_per_minute": 25}}
RETRYING = (
    ("before:write", 1),
    ("after:write", 1),
    ("after:add_batches", 2),
    ("leave:send", 33),
    ("written:send", 33),
    ("answered:send", 33),
)
RECALLING = ("leave:recall", "written:recall", "answered:recall", "before:record", "after:record")


def anybody(_: str) -> bool:
    """If a repeat failed, the outcome of the first call is unknown."""
    return True


@pytest.mark.sampled(1)
@pytest.mark.parametrize("point", RETRYING, ids="{0[0]}-{0[1]}".format)
@pytest.mark.parametrize("seed", range(6_000, 6_012 if SOAK else 6_001))
def test_a_kill_during_a_retry_sends_nothing_twice_and_skips_nobody(
    seed: int, point: tuple[str, int], new_scenario: NewScenario, agrees: Agrees
) -> None:
    scenario = new_scenario(seed, settings=FAILING, retries=12)
    scenario.choose(30)
    scenario.kill_at(*point)
    scenario.kill_at("answered:send", 1)
    ended = scenario.finish()
    agrees(scenario, ended, unknown=anybody)
    assert ended.statuses["unknown"] < 15


@pytest.mark.parametrize("seed", range(6_100, 6_160 if SOAK else 6_103))
def test_a_retry_on_a_network_that_loses_calls_and_answers(
    seed: int, new_scenario: NewScenario, agrees: Agrees
) -> None:
    scenario = new_scenario(seed, settings=FAILING, retries=12, lost={"send": (0.1, 0.15), "result": (0.1, 0.1)})
    scenario.choose(30)
    agrees(scenario, scenario.finish(), unknown=anybody)


@pytest.mark.long
@pytest.mark.parametrize("point", RECALLING)
@pytest.mark.parametrize("seed", range(6_200, 6_212 if SOAK else 6_201))
def test_a_kill_during_a_recall_leaves_the_rest_to_the_next_one(
    seed: int, point: str, new_scenario: NewScenario
) -> None:
    scenario = new_scenario(seed, settings=FAILING, recalls=True)
    people = scenario.choose(30)
    scenario.kill_at(point, scenario.random.randint(1, 20))
    ended = scenario.run()
    assert not ended.error
    assert ended.statuses["recalled"] + ended.statuses["failed"] == len(people)
    assert all(message["recalled"] for message in scenario.sandbox.get("messages"))
    recalls = [call for call in scenario.sandbox.get("calls") if call["path"].endswith("/recall")]
    assert len(recalls) <= len(people) + 16

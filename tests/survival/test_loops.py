"""An interrupted loop over campaigns: it stops, and running it again completes every campaign once."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.tiers import SOAK

NewScenario = Callable[..., Any]
Agrees = Callable[..., None]

PERSONAL = {"limits": {"people_per_minute": 25}}
NAMES = ("north", "east", "south", "west")
PEOPLE = 12
POINTS = (
    *("leave:send", "written:send", "answered:send", "begun", "uncommitted", "committed"),
    *("before:begin", "after:begin", "before:mark_accepted", "after:mark_accepted", "waiting", "before:add_batches"),
)


def loop(scenario: Any) -> list[dict[str, Any]]:
    return [{"name": name, "text": f"{name} {{{{ n }}}}", "people": scenario.choose(PEOPLE)} for name in NAMES]


def sent_count(scenario: Any, name: str) -> int:
    return sum(message["body"]["text"]["content"].startswith(name) for message in scenario.sandbox.get("messages"))


def recorded(scenario: Any) -> set[str]:
    """Return the names of the campaigns in the ledger, which has no tables if the interrupt was early enough."""
    if not scenario.ledger("SELECT 1 FROM sqlite_master WHERE name = 'campaigns'"):
        return set()
    return {name for (name,) in scenario.ledger("SELECT name FROM campaigns")}


@pytest.mark.long
@pytest.mark.parametrize("seed", range(8_000, 8_200 if SOAK else 8_004))
def test_an_interrupted_loop_stops_and_completes_when_run_again(
    seed: int, new_scenario: NewScenario, agrees: Agrees
) -> None:
    scenario = new_scenario(seed, settings=PERSONAL)
    steps = loop(scenario)
    point = scenario.random.choice(POINTS)
    nth = scenario.random.randint(1, 3 if point == "before:add_batches" else 3 * PEOPLE)
    ended = scenario.run([{"act": "interrupt", "point": point, "nth": nth}], steps=steps)
    assert ended.error.startswith("KeyboardInterrupt"), f"seed {seed}: {point} {nth}: {ended}"
    assert [step.partition(": ")[2] for step in ended.steps] == ["done"] * (len(ended.steps) - 1) + ["begun"]
    for name in NAMES[len(ended.steps) :]:
        assert sent_count(scenario, name) == 0, f"seed {seed}: {name} went out after the interrupt"
        assert name not in recorded(scenario)
    again = scenario.run(steps=steps)
    assert not again.error, f"seed {seed}: {again.error}"
    for step in steps:
        another = scenario.another(**step)
        agrees(another, another.run())


@pytest.mark.parametrize("seed", range(8_300, 8_400 if SOAK else 8_302))
def test_a_loop_can_be_interrupted_repeatedly(seed: int, new_scenario: NewScenario, agrees: Agrees) -> None:
    scenario = new_scenario(seed, settings=PERSONAL, lost={"send": (0.05, 0.1)})
    steps = loop(scenario)
    for _ in range(4):
        point = scenario.random.choice(POINTS[:-1])
        scenario.run([{"act": "interrupt", "point": point, "nth": scenario.random.randint(1, 2 * PEOPLE)}], steps=steps)
    scenario.run(steps=steps)
    for step in steps:
        another = scenario.another(**step)
        agrees(another, another.finish())

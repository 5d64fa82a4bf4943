"""A loop over campaigns that is interrupted: it ends there, and running it again completes every campaign once."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.tiers import SOAK

Tell = Callable[..., Any]
Agrees = Callable[..., None]

PERSONAL = {"limits": {"people_per_minute": 25}}
NAMES = ("north", "east", "south", "west")
PEOPLE = 12
POINTS = (
    *("leave:send", "written:send", "answered:send", "begun", "uncommitted", "committed"),
    *("before:begin", "after:begin", "before:accept", "after:accept", "waiting", "before:add_batches"),
)


def loop(story: Any) -> list[dict[str, Any]]:
    return [{"name": name, "text": f"{name} {{{{ n }}}}", "people": story.choose(PEOPLE)} for name in NAMES]


def told(story: Any, name: str) -> int:
    return sum(one["body"]["text"]["content"].startswith(name) for one in story.sandbox.get("messages"))


def recorded(story: Any) -> set[str]:
    """Return the names of the campaigns in the ledger; the interrupt may have come before it had any table."""
    if not story.ledger("SELECT 1 FROM sqlite_master WHERE name = 'campaigns'"):
        return set()
    return {name for (name,) in story.ledger("SELECT name FROM campaigns")}


@pytest.mark.sampled(1)
@pytest.mark.parametrize("seed", range(8_000, 8_200 if SOAK else 8_004))
def test_an_interrupted_loop_stops_and_completes_when_run_again(seed: int, tell: Tell, agrees: Agrees) -> None:
    story = tell(seed, settings=PERSONAL)
    steps = loop(story)
    point = story.random.choice(POINTS)
    nth = story.random.randint(1, 3 if point == "before:add_batches" else 3 * PEOPLE)
    ended = story.run([{"act": "interrupt", "point": point, "nth": nth}], steps=steps)
    assert ended.error.startswith("KeyboardInterrupt"), f"seed {seed}: {point} {nth}: {ended}"
    assert [one.partition(": ")[2] for one in ended.steps] == ["done"] * (len(ended.steps) - 1) + ["begun"]
    for name in NAMES[len(ended.steps) :]:
        assert told(story, name) == 0, f"seed {seed}: {name} went out after the interrupt"
        assert name not in recorded(story)
    again = story.run(steps=steps)
    assert not again.error, f"seed {seed}: {again.error}"
    for step in steps:
        one = story.another(**step)
        agrees(one, one.run())


@pytest.mark.parametrize("seed", range(8_300, 8_400 if SOAK else 8_302))
def test_a_loop_can_be_interrupted_repeatedly(seed: int, tell: Tell, agrees: Agrees) -> None:
    story = tell(seed, settings=PERSONAL, lost={"send": (0.05, 0.1)})
    steps = loop(story)
    for _ in range(4):
        point = story.random.choice(POINTS[:-1])
        story.run([{"act": "interrupt", "point": point, "nth": story.random.randint(1, 2 * PEOPLE)}], steps=steps)
    story.run(steps=steps)
    for step in steps:
        one = story.another(**step)
        agrees(one, one.finish())

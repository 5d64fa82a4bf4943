import os
import random
from collections.abc import Callable
from typing import Any

import pytest

SOAK = bool(os.environ.get("DINGNB_SOAK"))
Tell = Callable[..., Any]
Agrees = Callable[..., None]

PERSONAL = {"limits": {"people_per_minute": 25}}
EQUAL = {"limits": {"people_per_minute": 150}}
BEFORE = (("migrating", 12), ("begun", 2), ("uncommitted", 2), ("before:add_batches", 1), ("after:add_batches", 1))
WHILE_SENDING = (
    "leave:send",
    "written:send",
    "answered:send",
    "before:begin",
    "after:begin",
    "before:accept",
    "after:accept",
    "begun",
    "uncommitted",
    "committed",
    "waiting",
)
WHILE_READING = ("leave:result", "written:result", "answered:result", "committed")


def schedule(dice: random.Random, calls: int) -> list[tuple[str, int]]:
    """Return where to kill one campaign: perhaps before it begins, then while it sends, perhaps while it reads."""
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


@pytest.mark.parametrize("seed", range(120 if SOAK else 12))
def test_whoever_is_killed_tells_everybody_once_in_the_end(seed: int, tell: Tell, agrees: Agrees) -> None:
    story = tell(seed, settings=PERSONAL)
    story.choose(40, everybody=True)
    for point, nth in schedule(story.random, 40):
        story.kill_at(point, nth)
    agrees(story, story.run())

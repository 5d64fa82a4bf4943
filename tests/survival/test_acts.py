"""A sender that is killed while it sends once more to those who missed it, or while it takes messages back."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.tiers import SOAK

Tell = Callable[..., Any]
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
RECALLING = ("leave:recall", "written:recall", "answered:recall", "before:record_recall", "after:record_recall")


def anybody(_: str) -> bool:
    """Of whom a repeat failed nobody knows what the first call came to."""
    return True


@pytest.mark.sampled(1)
@pytest.mark.parametrize("point", RETRYING, ids="{0[0]}-{0[1]}".format)
@pytest.mark.parametrize("seed", range(6_000, 6_012 if SOAK else 6_001))
def test_a_kill_in_a_retry_tells_nobody_twice_and_forgets_nobody(
    seed: int, point: tuple[str, int], tell: Tell, agrees: Agrees
) -> None:
    story = tell(seed, settings=FAILING, retries=12)
    story.choose(30)
    story.kill_at(*point)
    story.kill_at("answered:send", 1)
    ended = story.finish()
    agrees(story, ended, unknown=anybody)
    assert ended.statuses["unknown"] < 15


@pytest.mark.parametrize("seed", range(6_100, 6_160 if SOAK else 6_103))
def test_a_retry_on_a_road_that_loses_calls_and_answers(seed: int, tell: Tell, agrees: Agrees) -> None:
    story = tell(seed, settings=FAILING, retries=12, lost={"send": (0.1, 0.15), "result": (0.1, 0.1)})
    story.choose(30)
    agrees(story, story.finish(), unknown=anybody)


@pytest.mark.sampled(1)
@pytest.mark.parametrize("point", RECALLING)
@pytest.mark.parametrize("seed", range(6_200, 6_212 if SOAK else 6_201))
def test_a_kill_in_a_recall_leaves_the_rest_to_the_next_one(seed: int, point: str, tell: Tell) -> None:
    story = tell(seed, settings=FAILING, recalls=True)
    people = story.choose(30)
    story.kill_at(point, story.random.randint(1, 20))
    ended = story.run()
    assert not ended.error
    assert ended.statuses["recalled"] + ended.statuses["failed"] == len(people)
    assert all(one["recalled"] for one in story.sandbox.get("messages"))
    recalls = [one for one in story.sandbox.get("calls") if one["path"].endswith("/recall")]
    assert len(recalls) <= len(people) + 16

"""Several plans under one name, from one process and from two, with every choice: nobody is lost, nobody told twice."""

import itertools
import os
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

SOAK = bool(os.environ.get("DINGNB_SOAK"))
Tell = Callable[..., Any]
Agrees = Callable[..., None]

PERSONAL = {"limits": {"people_per_minute": 25}}
STEPS = 3
ORDERS = list(
    itertools.product(*[[(absent, wait) for absent in ("error", "send", "drop") for wait in (False, True)]] * 2)
)
"""What the second and the third plan do with those whom they lack, and whether they wait."""


def plans(story: Any, first: list[str], order: tuple[tuple[str, bool], ...]) -> list[dict[str, Any]]:
    """Return steps with overlapping lists; everybody's number is their own, whatever list they are in."""
    dice = story.random
    steps = []
    for absent, wait in (("error", dice.random() < 0.3), *order):
        people = dice.sample(first, dice.randint(8, 16))
        numbers = [first.index(one) for one in people]
        decision = dice.choice(("send", "drop"))
        steps.append({"people": people, "numbers": numbers, "absent": absent, "wait": wait, "decision": decision})
    return steps


def judge(story: Any, agrees: Agrees, steps: list[dict[str, Any]], told: Any = None) -> None:
    """Go on until the campaign is finished, and see that everybody in any list has it once, or was taken out."""
    ended = story.finish(resume=True)
    everybody = {one for step in steps for one in step["people"]}
    may_drop = any("drop" in {step["absent"], step["decision"]} for step in steps)
    assert {row["userid"] for row in ended.rows} == everybody, (
        f"seed {story.case['seed']}: {ended.how, ended.error, ended.state} {told.error} {told.steps}"
    )
    taken_out = {row["userid"] for row in ended.rows if row["status"] == "cancelled"}
    reached = Counter(one["userid"] for one in story.sandbox.get("messages"))
    assert not taken_out or may_drop, f"seed {story.case['seed']}: {taken_out} were taken out"
    assert not taken_out & set(reached), f"seed {story.case['seed']}: taken out, and told"
    story.case["people"] = sorted(everybody - taken_out)
    ended.rows = [row for row in ended.rows if row["userid"] not in taken_out]
    agrees(story, ended)


@pytest.mark.parametrize("seed", range(7_000, 7_180 if SOAK else 7_004))
def test_lists_that_follow_each_other_under_one_name(seed: int, tell: Tell, agrees: Agrees) -> None:
    story = tell(seed, settings=PERSONAL)
    # In a soak every order comes five times.
    order = ORDERS[(seed if SOAK else seed * 11) % len(ORDERS)]
    steps = plans(story, story.choose(30), order)
    ended = story.run(steps=steps)
    assert not ended.error, ended.error
    assert len(ended.steps) == STEPS
    judge(story, agrees, steps, ended)


@pytest.mark.parametrize("seed", range(7_200, 7_260 if SOAK else 7_202))
def test_lists_that_follow_each_other_on_a_road_that_loses_answers(seed: int, tell: Tell, agrees: Agrees) -> None:
    story = tell(seed, settings=PERSONAL, lost={"send": (0.1, 0.15), "result": (0.1, 0.1)})
    steps = plans(story, story.choose(30), story.random.choice(ORDERS))
    story.run(steps=steps)
    judge(story, agrees, steps)


@pytest.mark.parametrize("seed", range(7_300, 7_400 if SOAK else 7_303))
def test_two_processes_send_their_lists_under_one_name(seed: int, tell: Tell, agrees: Agrees) -> None:
    story = tell(seed, settings=PERSONAL, shared=True)
    people = story.choose(30)
    both = [plans(story, people, story.random.choice(ORDERS)) for _ in range(2)]
    # One of them may be killed, too, in the midst of it.
    acts = [{"act": "kill", "point": "answered:send", "nth": story.random.randint(1, 12)}] if seed % 3 == 0 else []
    senders = [story.start(acts, steps=both[0]), story.start(steps=both[1])]
    for ended in [story.end(sender) for sender in senders]:
        assert ended.was_killed or not ended.error, f"seed {seed}: {ended.error}"
    steps = [*both[1], *(step for step in both[0] if not acts)]
    if acts:
        known = {one for (joined,) in story.ledger("SELECT userids FROM batches") for one in joined.split(",")}
        steps += [{**step, "people": [one for one in step["people"] if one in known]} for step in both[0]]
    judge(story, agrees, steps)

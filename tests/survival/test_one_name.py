"""Several plans under one name, from one or two processes, with every choice: nobody is skipped or sent to twice."""

import itertools
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from tests.survival.conftest import has_no_repeat_left
from tests.tiers import SOAK

NewScenario = Callable[..., Any]
Agrees = Callable[..., None]

PERSONAL = {"limits": {"people_per_minute": 25}}
STEPS = 3
ORDERS = list(
    itertools.product(*[[(absent, wait) for absent in ("error", "send", "drop") for wait in (False, True)]] * 2)
)
"""What the second and third plan do with people missing from them, and whether they wait."""


def plans(scenario: Any, first: list[str], order: tuple[tuple[str, bool], ...]) -> list[dict[str, Any]]:
    """Return steps with overlapping lists; each person has the same number in all lists."""
    dice = scenario.random
    steps = []
    for absent, wait in (("error", dice.random() < 0.3), *order):
        people = dice.sample(first, dice.randint(8, 16))
        numbers = [first.index(person) for person in people]
        decision = dice.choice(("send", "drop"))
        steps.append({"people": people, "numbers": numbers, "absent": absent, "wait": wait, "decision": decision})
    return steps


def may_be_taken_out(steps: list[dict[str, Any]], ended: Any) -> set[str]:
    """Return the people who may be removed: those missing from a plan that drops missing people."""
    everybody = {person for step in steps for person in step["people"]}
    texts = [*ended.steps, *[""] * len(steps)]
    dropping = [
        step
        for step, text in zip(steps, texts, strict=False)
        if step["absent"] == "drop"
        or (step["decision"] == "drop" and (ended.was_killed or "AbsentRecipientsError" in text))
    ]
    return {userid for step in dropping for userid in everybody - set(step["people"])}


def judge(scenario: Any, agrees: Agrees, steps: list[dict[str, Any]], may_go: set[str]) -> None:
    """Continue until the campaign is finished, and assert that everybody in any list got it once, or was removed."""
    ended = scenario.finish(resume=True)
    everybody = {person for step in steps for person in step["people"]}
    assert {row["userid"] for row in ended.rows} == everybody, f"seed {scenario.case['seed']}"
    taken_out = {row["userid"] for row in ended.rows if row["status"] == "cancelled"}
    reached = Counter(message["userid"] for message in scenario.sandbox.get("messages"))
    assert taken_out <= may_go, f"seed {scenario.case['seed']}: taken out in silence: {taken_out - may_go}"
    assert not taken_out & set(reached), f"seed {scenario.case['seed']}: removed, but reached"
    scenario.case["people"] = sorted(everybody - taken_out)
    ended.rows = [row for row in ended.rows if row["userid"] not in taken_out]
    is_exhausted = has_no_repeat_left(scenario)
    # People with unknown outcome who were then removed get no repeat.
    agrees(scenario, ended, unknown=lambda userid: userid in may_go or is_exhausted(userid))


@pytest.mark.sampled(1)
@pytest.mark.parametrize("lost", [{}, {"send": (0.1, 0.15), "result": (0.1, 0.1)}], ids=["sure", "lossy"])
@pytest.mark.parametrize("seed", range(7_000, 7_144 if SOAK else 7_004))
def test_successive_lists_under_one_name(
    seed: int, lost: dict[str, Any], new_scenario: NewScenario, agrees: Agrees
) -> None:
    scenario = new_scenario(seed, settings=PERSONAL, lost=lost)
    orders = ORDERS if SOAK else ORDERS[::9]
    order = orders[seed % len(orders)]
    steps = plans(scenario, scenario.choose(30), order)
    # The first one is interrupted, so that it leaves people who are missing from the next plan.
    act = {
        "act": scenario.random.choice(("kill", "interrupt")),
        "point": "committed",
        "nth": scenario.random.randint(4, 16),
    }
    scenario.run([act], steps=steps[:1])
    known = {userid for (joined,) in scenario.ledger("SELECT userids FROM batches") for userid in joined.split(",")}
    steps[0]["people"] = [person for person in steps[0]["people"] if person in known]
    ended = scenario.run(steps=steps[1:])
    assert not ended.error, ended.error
    assert len(ended.steps) == STEPS - 1
    everybody = {"people": [person for step in steps for person in step["people"]], "absent": "", "decision": ""}
    judge(scenario, agrees, steps, may_be_taken_out([*steps[1:], everybody], ended))


@pytest.mark.parametrize("seed", range(7_300, 7_400 if SOAK else 7_303))
def test_two_processes_send_their_lists_under_one_name(seed: int, new_scenario: NewScenario, agrees: Agrees) -> None:
    scenario = new_scenario(seed, settings=PERSONAL, shared=True)
    people = scenario.choose(30)
    both = [plans(scenario, people, scenario.random.choice(ORDERS)) for _ in range(2)]
    # One of them may also be killed midway.
    acts = [{"act": "kill", "point": "answered:send", "nth": scenario.random.randint(1, 12)}] if seed % 3 == 0 else []
    senders = [scenario.start(acts, steps=both[0]), scenario.start(steps=both[1])]
    ends = [scenario.end(sender) for sender in senders]
    for ended in ends:
        assert ended.was_killed or not ended.error, f"seed {seed}: {ended.error}"
    everybody = [{"people": people, "absent": "", "decision": ""}]
    may_go = {
        userid for own, ended in zip(both, ends, strict=True) for userid in may_be_taken_out([*own, *everybody], ended)
    }
    steps = [*both[1], *(step for step in both[0] if not acts)]
    if acts:
        known = {userid for (joined,) in scenario.ledger("SELECT userids FROM batches") for userid in joined.split(",")}
        steps += [{**step, "people": [person for person in step["people"] if person in known]} for step in both[0]]
    judge(scenario, agrees, steps, may_go)

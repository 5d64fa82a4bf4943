"""Outages and bans of a second to ten minutes at any time during a send: nobody is skipped or sent to twice."""

import itertools
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from tests.tiers import SOAK

NewScenario = Callable[..., Any]
Agrees = Callable[..., None]

PERSONAL = {"limits": {"people_per_minute": 25}}
LASTS_S = (1, 2, 30, 120, 600)
ON_THE_ROAD = ("refused", "timeout")
ANSWERED: dict[str, dict[str, Any]] = {
    "-1": {"fault": "busy"},
    "-1-done": {"fault": "busy", "executes": True},
    "15": {"fault": "isp"},
    "502": {"fault": "502"},
    "504": {"fault": "504"},
    "reset": {"fault": "reset_after"},
    "1111": {"fault": "ban"},
    "page": {"fault": "ban_page"},
    "login": {"fault": "html", "executes": True},
}
BANS = {"1111", "page", "login"}
SEEDS = range(8_000, 8_012 if SOAK else 8_001)
CASES = list(itertools.product((*ON_THE_ROAD, *ANSWERED), LASTS_S))[:: 1 if SOAK else 2]


def through(scenario: Any, kind: str, lasts_s: float) -> Any:
    """Send during an outage that starts at a call chosen by this seed."""
    nth = scenario.random.randint(1, 24)
    if kind in ON_THE_ROAD:
        # A call for the token, for a result, or a send.
        return scenario.run(outages=[{"kind": kind, "nth": nth, "for_s": lasts_s}])
    path = scenario.random.choice(({}, {"path": "asyncsend_v2"}))
    scenario.sandbox.post("faults", **ANSWERED[kind], **path, nth=nth, for_s=lasts_s, times=1)
    return scenario.run()


@pytest.mark.sampled(1)
@pytest.mark.parametrize(("kind", "lasts_s"), CASES)
@pytest.mark.parametrize("seed", SEEDS)
def test_an_outage_while_sending_skips_nobody_and_sends_nothing_twice(
    seed: int, kind: str, lasts_s: float, new_scenario: NewScenario, agrees: Agrees
) -> None:
    scenario = new_scenario(seed, settings=PERSONAL)
    people = scenario.choose(24)
    ended = through(scenario, kind, lasts_s)
    if lasts_s <= 2 or (kind == "refused" and lasts_s < 600) or (kind in BANS and lasts_s < 300):
        # Short outages, and those that are waited out, do not end a run.
        assert (ended.state, ended.error) == ("finished", "")
    else:
        scenario.sandbox.advance(lasts_s)
        ended = scenario.finish()
    agrees(scenario, ended, unknown=lambda _: False)
    assert ended.statuses["delivered"] + ended.statuses["read"] == len(people)
    tries = scenario.ledger("SELECT count(*) FROM attempts WHERE outcome = 'unknown' GROUP BY batch")
    assert max((n for (n,) in tries), default=0) <= 2, "an outage used up the tries of a batch"


@pytest.mark.parametrize("seed", range(8_100, 8_160 if SOAK else 8_103))
def test_repeated_outages_and_a_sender_killed_during_one(seed: int, new_scenario: NewScenario, agrees: Agrees) -> None:
    scenario = new_scenario(seed, settings=PERSONAL)
    scenario.choose(24)
    chosen = scenario.random
    for _ in range(3):
        rule = chosen.choice(list(ANSWERED.values()))
        scenario.sandbox.post("faults", **rule, nth=chosen.randint(1, 40), for_s=chosen.choice(LASTS_S), times=1)
    outages = [
        {"kind": chosen.choice(ON_THE_ROAD), "nth": chosen.randint(1, 60), "for_s": chosen.choice(LASTS_S)}
        for _ in range(2)
    ]
    acts = [{"act": "kill", "point": "waiting", "nth": chosen.randint(20, 400)}]
    scenario.run(acts, outages=outages)
    for _ in range(3):
        scenario.sandbox.advance(chosen.choice((1, 60, 700)))
        ended = scenario.run()
    scenario.sandbox.advance(700)
    agrees(scenario, scenario.finish())
    assert Counter(message["userid"] for message in scenario.sandbox.get("messages")).most_common(1)[0][1] == 1
    del ended

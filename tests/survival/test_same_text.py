"""One text from two ledgers on one day, and a retry of each on the next: nobody gets it twice."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.tiers import SOAK

NewScenario = Callable[..., Any]

DAY_S = 24 * 3_600
HAS_IT = frozenset({"delivered", "read", "filtered"})


def same_in_another_ledger(scenario: Any, people: list[str], first: list[str]) -> Any:
    other = scenario.another(people=people, numbers=[first.index(person) for person in people])
    other.home = Path(f"{scenario.home}-other")
    other.home.mkdir()
    other.case["home"] = str(other.home)
    return other


@pytest.mark.long
@pytest.mark.parametrize("lost", [{}, {"send": (0.05, 0.2), "result": (0.1, 0.1)}], ids=["sure", "lossy"])
@pytest.mark.parametrize("seed", range(9_000, 9_080 if SOAK else 9_003))
def test_a_retry_on_the_next_day_skips_people_with_the_text_from_another_campaign(
    seed: int, lost: dict[str, Any], new_scenario: NewScenario
) -> None:
    # A minute has room for both: otherwise both would retry dropped people, unaware of each other.
    scenario = new_scenario(seed, shared=True, lost=lost)
    first = scenario.choose(40)
    scenario.case.update(people=first[:28], numbers=list(range(28)))
    other = same_in_another_ledger(scenario, scenario.random.sample(first[14:], 20), first)
    if seed % 2:
        senders = [(current, current.start()) for current in (scenario, other)]
        for current, sender in senders:
            assert current.end(sender).state == "finished"
    else:
        scenario.run()
        other.run()
    for days in range(1, 3):
        scenario.sandbox.advance(DAY_S)
        for current in (scenario, other) if days == 1 else (other, scenario):
            ended = current.run(steps=[{"do": "retry"}])
            assert not ended.error, f"seed {seed}: {ended.error}"
    reached = Counter(message["userid"] for message in scenario.sandbox.get("messages"))
    assert not {userid: n for userid, n in reached.items() if n > 1}, f"seed {seed}: reached twice"
    for current in (scenario, other):
        for row in current.finish(resume=True).rows:
            shown = f"seed {seed}: {row}, and the sandbox reached {reached[row['userid']]} times"
            if lost and row["status"] in {"unknown", "accepted"}:
                # A send, or all queries for its result, got no answer: neither status reports a delivery.
                continue
            assert row["status"] in HAS_IT, shown
            assert reached[row["userid"]] == 1, shown

"""Every fault that the sandbox can make, on the road of a sender that is killed as well."""

from collections.abc import Callable
from typing import Any

import pytest

from dingnb.sandbox.faults.rules import KINDS
from tests.tiers import SOAK

Tell = Callable[..., Any]
Agrees = Callable[..., None]

PERSONAL = {"limits": {"people_per_minute": 25}}
REAL_S = 0.03
"""The sandbox's time stands still between calls: what lasts, lasts so long by this computer."""

OPTIONS: dict[str, dict[str, Any]] = {"delay": {"delay_s": REAL_S}, "refuse": {"for_s": REAL_S}}
OF_RESULTS = {"unfinished", "strangers"}
"""No result says what became of everybody after these; tests/campaigns covers how that is reported."""
RULES = [{"fault": name, **OPTIONS.get(name, {})} for name in KINDS if name not in OF_RESULTS]
RULES += [{"fault": name, "executes": True} for name in ("502", "html", "busy")]
RULES += [{"fault": name, "executes": False} for name in ("504", "isp")]


@pytest.mark.sampled(2)
@pytest.mark.parametrize("seed", range(8 if SOAK else 2))
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule['fault']}-{rule.get('executes', '')}")
def test_no_fault_makes_a_status_wrong(rule: dict[str, Any], seed: int, tell: Tell, agrees: Agrees) -> None:
    story = tell(seed, settings=PERSONAL)
    story.choose(24)
    story.sandbox.post("faults", **rule, path="asyncsend_v2", probability=0.2, times=7, seed=seed)
    story.sandbox.post("faults", **rule, probability=0.1, times=5, seed=seed)
    # It may as well end before it is killed: where a fault has stopped it.
    story.run([{"act": "kill", "point": "committed", "nth": story.random.randint(4, 30)}])
    agrees(story, story.finish())
    assert sum(one["struck"] for one in story.sandbox.get("faults")) > 0

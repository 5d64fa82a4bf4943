"""Every fault of the sandbox, combined with a killed sender."""

from collections.abc import Callable
from typing import Any

import pytest

from dingnb.sandbox.faults import FAULTS_BY_NAME
from tests.tiers import SOAK

NewScenario = Callable[..., Any]
Agrees = Callable[..., None]

PERSONAL = {"limits": {"people_per_minute": 25}}
REAL_S = 0.03
"""The real duration of lasting faults, since the sandbox's clock is stopped between calls."""

OPTIONS: dict[str, dict[str, Any]] = {"delay": {"delay_s": REAL_S}, "refuse": {"for_s": REAL_S}}
OF_RESULTS = {"unfinished", "strangers"}
"""Faults after which results stay incomplete; tests/campaigns covers how that is reported."""
RULES = [{"fault": name, **OPTIONS.get(name, {})} for name in FAULTS_BY_NAME if name not in OF_RESULTS]
RULES += [{"fault": name, "executes": True} for name in ("502", "html", "busy")]
RULES += [{"fault": name, "executes": False} for name in ("504", "isp")]


@pytest.mark.sampled(2)
@pytest.mark.parametrize("seed", range(8 if SOAK else 1))
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule['fault']}-{rule.get('executes', '')}")
def test_no_fault_makes_a_status_wrong(
    rule: dict[str, Any], seed: int, new_scenario: NewScenario, agrees: Agrees
) -> None:
    scenario = new_scenario(seed, settings=PERSONAL)
    scenario.choose(24)
    scenario.sandbox.post("faults", **rule, path="asyncsend_v2", probability=0.2, times=7, seed=seed)
    scenario.sandbox.post("faults", **rule, probability=0.1, times=5, seed=seed)
    # It may end before it is killed, if a fault has stopped it.
    scenario.run([{"act": "kill", "point": "committed", "nth": scenario.random.randint(4, 30)}])
    agrees(scenario, scenario.finish())
    assert sum(fault["injected"] for fault in scenario.sandbox.get("faults")) > 0

"""How much a run of tests tries. CONTRIBUTING.md has a table of what each tier proves."""

import os

from hypothesis import HealthCheck, settings

SOAK = bool(os.environ.get("DINGNB_SOAK"))
"""Whether this run is `make soak`."""

EXAMPLES = {"few": 20, "many": 100, "soak": 2_000}
"""Examples of a property, by the profile of hypothesis: few in `make test`; `make long` asks for many."""

# How long an example takes depends on the machine. Fixtures that all examples of a test share are meant.
_UNCHECKED = (HealthCheck.too_slow, HealthCheck.function_scoped_fixture)


def register_profiles() -> None:
    """Register a profile for each tier, and load that of `make test` or `make soak`."""
    for name, n in EXAMPLES.items():
        settings.register_profile(name, deadline=None, max_examples=n, suppress_health_check=_UNCHECKED)
    settings.load_profile("soak" if SOAK else "few")


def examples(n: int) -> settings:
    """Return the settings of a property that needs n examples where others need 100."""
    return settings(max_examples=n * settings.default.max_examples // 100)

"""Test tiers: how thorough a run is. CONTRIBUTING.md has a table of what each tier covers."""

import os
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from dingnb.words import Language
    from tools.hosts import Theme

SOAK = bool(os.environ.get("DINGNB_SOAK"))
"""Whether `make soak` is running."""

LOOKS: "list[tuple[Language, Theme]]" = [("zh", "dark"), *([("en", "light")] if SOAK else [])]
"""The languages and themes of browser tests that look for what does not fit or cannot be read."""

EXAMPLES = {"few": 20, "many": 60, "soak": 2_000}
"""The number of examples per property by hypothesis profile: few in `make test`, many in `make long`."""

# The duration of an example depends on the machine. Examples share fixtures on purpose.
_UNCHECKED = (HealthCheck.too_slow, HealthCheck.function_scoped_fixture)


def register_profiles() -> None:
    """Register a profile for each tier, and load the one for `make test` or `make soak`."""
    for name, n in EXAMPLES.items():
        settings.register_profile(name, deadline=None, max_examples=n, suppress_health_check=_UNCHECKED)
    settings.load_profile("soak" if SOAK else "few")


def examples(n: int) -> settings:
    """Return the settings of a property that needs n examples where others need 100."""
    return settings(max_examples=n * settings.default.max_examples // 100)

"""Warnings attributed to the user's line, however deep in dingnb they arise."""

import sys
import warnings

_INTERNAL_PACKAGES = {"dingnb", "IPython", "decorator", "ipykernel", "threading"}
"""Packages whose lines are never the user's; IPython's request what is displayed."""


def warn_user(text: str) -> None:
    """Warn at the line that called dingnb; do nothing in a background thread, which has no such line."""
    level, frame = 1, sys._getframe()  # noqa: SLF001 - `inspect.stack` would read the source of every frame
    while frame.f_globals.get("__name__", "").partition(".")[0] in _INTERNAL_PACKAGES:
        if frame.f_back is None:
            return
        level, frame = level + 1, frame.f_back
    warnings.warn(text, stacklevel=level)

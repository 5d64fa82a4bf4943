"""Warnings that name the line of the notebook, however deep in dingnb they arise."""

import sys
import warnings

_NOBODYS = {"dingnb", "IPython", "decorator", "ipykernel", "threading"}
"""Packages of which no line is the user's: what is shown in a notebook is asked for by those of IPython."""


def warn_user(text: str) -> None:
    """Warn at the line of whoever called dingnb; in a thread of its own nobody did, and nothing is said."""
    level, frame = 1, sys._getframe()  # noqa: SLF001 - `inspect.stack` would read the source of every frame
    while frame.f_globals.get("__name__", "").partition(".")[0] in _NOBODYS:
        if frame.f_back is None:
            return
        level, frame = level + 1, frame.f_back
    warnings.warn(text, stacklevel=level)

"""IPython's shell, without importing IPython."""

import sys
from typing import Any


def current_shell() -> Any:  # noqa: ANN401 - IPython's own
    """Return the shell that runs the user's code; None outside of IPython."""
    # Code cannot be running in IPython if it was not imported.
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython else None


def notebook_shell() -> Any:  # noqa: ANN401 - likewise
    """Return the shell of a notebook's kernel; None outside of a notebook, such as in a terminal."""
    shell = current_shell()
    return None if getattr(shell, "kernel", None) is None else shell


def is_notebook() -> bool:
    """Return whether this process runs the cells of a notebook, so that live output is possible."""
    return notebook_shell() is not None

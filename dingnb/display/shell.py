"""IPython's shell, without importing IPython."""

import sys
from typing import Any


def current_shell() -> Any:  # noqa: ANN401 - IPython's own
    """Return the shell that runs the user's code; None outside of IPython."""
    # Code cannot be running in IPython if it was not imported.
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython else None

"""IPython's shell, without importing IPython, and the names of objects in the user's namespace, for generated code."""

import keyword
import re
import sys
from collections.abc import Callable
from typing import Any

_RESERVED = re.compile(r"_+|_i+|_i?\d+|_[iod]h|__\w+__")
"""Names of past inputs and outputs in IPython, and Python's own names."""


def current_shell() -> Any:  # noqa: ANN401 - IPython's own
    """Return the shell that runs the user's code; None outside of IPython."""
    # Code cannot be running in IPython if IPython was not imported.
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython else None


def notebook_shell() -> Any:  # noqa: ANN401 - likewise
    """Return the shell of a notebook's kernel; None outside of a notebook, such as in a terminal."""
    shell = current_shell()
    return None if getattr(shell, "kernel", None) is None else shell


def is_notebook() -> bool:
    """Return whether this process runs the cells of a notebook, so that live output is possible."""
    return notebook_shell() is not None


def user_namespace() -> dict[str, object]:
    """Return the user's namespace: IPython's, or the main module's outside of IPython."""
    shell = current_shell()
    namespace: dict[str, object] = vars(sys.modules["__main__"]) if shell is None else shell.user_ns
    return namespace


def find_names(value: object) -> list[str]:
    """Return the user's names of an object; names with a leading underscore only if there are no other names."""
    # A copy, because another thread may define names meanwhile.
    names = [name for name, candidate in list(user_namespace().items()) if candidate is value and _is_usable(name)]
    return [name for name in names if not name.startswith("_")] or names


def find_name(value: object) -> str:
    """Return the user's first name of an object; empty if the object has no name."""
    return next(iter(find_names(value)), "")


def find_names_matching(predicate: Callable[[object], bool]) -> list[str]:
    """Return the names of objects for which a predicate is true, sorted, without those with a leading underscore."""
    values = list(user_namespace().items())
    return sorted(name for name, value in values if _is_usable(name) and name[0] != "_" and predicate(value))


def output_expression(value: object) -> str:
    """Return the expression of the newest output that is this object, such as ``Out[3]``; empty if no output is."""
    outputs = user_namespace().get("Out")
    if not isinstance(outputs, dict):
        return ""
    numbers = [number for number, candidate in list(outputs.items()) if candidate is value]
    return f"Out[{numbers[-1]!r}]" if numbers else ""


def _is_usable(name: str) -> bool:
    return name.isidentifier() and not keyword.iskeyword(name) and _RESERVED.fullmatch(name) is None

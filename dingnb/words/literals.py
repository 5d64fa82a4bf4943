"""Writes values as Python, for code that a reader can copy."""

import math


def literal(value: object) -> str:
    r"""
    Return a value as Python; a text is in double quotes if double quotes need no escapes.

    >>> print(literal("it's"), literal('say "hi"'), literal("a\u202eb"))
    "it's" 'say "hi"' "a\u202eb"
    """
    if isinstance(value, str):
        # As a plain str, and below as a plain float: the repr of a NumPy value contains the name of its class.
        written = repr(str(value))
        return f'"{written[1:-1]}"' if written.startswith("'") and '"' not in value else written
    if isinstance(value, float) and not math.isfinite(value):
        return f'float("{value}")'
    if isinstance(value, float):
        return repr(float(value))
    return repr(value)

"""What a row brings to a template, and what it comes back with where it cannot be rendered."""

from dataclasses import dataclass
from typing import Final

from dingnb.words import Text


class _Missing:
    __slots__ = ()

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = _Missing()
"""Stands for a value that a row does not have."""

UNWRITABLE: Final = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What Python may raise while it makes a text of a value; values are the analyst's, of any type."""


@dataclass(frozen=True, slots=True)
class RowFailure:
    """
    Why one row cannot be rendered.

    Attributes:
        position: The row, counted from 0.
        column: The column at fault; empty where that is not known.
        reason: What is wrong.
        hint: What to do about it.
    """

    position: int
    column: str
    reason: Text
    hint: Text

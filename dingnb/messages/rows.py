"""The values of a row for a template, and the failure of a row that cannot be rendered."""

from dataclasses import dataclass
from typing import Final

from dingnb.words import Text


class _Missing:
    __slots__ = ()

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = _Missing()
"""Marker of a missing value."""

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
"""Errors that converting a value to text may raise; values are the analyst's, of any type."""


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

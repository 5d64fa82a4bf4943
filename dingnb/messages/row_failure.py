"""The failure to render the message of a row."""

from dataclasses import dataclass

from dingnb.words import Text


@dataclass(frozen=True, slots=True)
class RowFailure:
    """
    The failure to render one row.

    Attributes:
        position: The position of the row, from 0.
        column: The column at fault; empty if unknown.
        reason: What is wrong.
        hint: How to fix the problem.
    """

    position: int
    column: str
    reason: Text
    hint: Text

"""Prints measurements with their yardsticks, and whether they are within their limits."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """
    One measurement.

    Attributes:
        what: What was measured.
        figure: The measured value.
        yardstick_name: What the measured value is compared with.
        yardstick: The value of the yardstick, in the same unit.
        unit: The unit of both values.
        limit: The largest allowed ratio of the measured value to the yardstick; None if the ratio is only shown.
    """

    what: str
    figure: float
    yardstick_name: str
    yardstick: float
    unit: str
    limit: float | None

    @property
    def ratio(self) -> float:
        """The ratio of the figure to its yardstick."""
        return self.figure / self.yardstick

    @property
    def is_missed(self) -> bool:
        """Whether the ratio exceeds the limit; False without a limit."""
        return self.limit is not None and self.ratio > self.limit


def print_table(figures: Sequence[Figure]) -> int:
    """Print one line per figure; return the exit status: 1 if a limit is exceeded."""
    header = ("what", "figure", "yardstick", "", "ratio", "limit", "")
    lines = [header, *map(_line, figures)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        print("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())
    return int(any(figure.is_missed for figure in figures))


def _line(figure: Figure) -> tuple[str, ...]:
    return (
        figure.what,
        f"{figure.figure:,.2f} {figure.unit}",
        figure.yardstick_name,
        f"{figure.yardstick:,.2f} {figure.unit}",
        f"{figure.ratio:.2f}",
        "" if figure.limit is None else f"{figure.limit:.2f}",
        "missed" if figure.is_missed else "",
    )

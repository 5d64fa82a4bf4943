"""How wide a text stands in a terminal: Chinese letters take two columns, marks on a letter none."""

from itertools import accumulate
from unicodedata import combining, east_asian_width

_MORE = "..."


def width(text: str) -> int:
    """
    Return how many columns a text takes.

    >>> width("Sent"), width("已发送")
    (4, 6)
    """
    return sum(map(_width_of, text))


def cut(text: str, columns: int) -> str:
    """
    Return a text that takes so many columns at most; where it would take more, its end is left out.

    >>> cut("已发送：12 / 300 人", 12)
    '已发送：...'
    """
    if width(text) <= columns:
        return text
    fits = sum(taken <= columns - len(_MORE) for taken in accumulate(map(_width_of, text)))
    return text[:fits] + _MORE


def _width_of(letter: str) -> int:
    if combining(letter):
        return 0
    return 2 if east_asian_width(letter) in "WF" else 1

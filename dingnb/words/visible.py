"""
Makes untrusted text safe to display, and measures and shortens it.

It is escaped, so that it cannot control a terminal, break a line or reverse its direction. Chinese characters take two
columns, and combining marks none.
"""

from itertools import accumulate
from unicodedata import combining, east_asian_width

_MORE = "..."


def visible(text: str) -> str:
    r"""
    Return a text with unprintable characters escaped.

    >>> visible("\x1b[31mred\u202e")
    '\\x1b[31mred\\u202e'
    """
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode() for character in text
    )


def truncated(text: str, length: int) -> str:
    """
    Return a text truncated to a number of characters.

    >>> truncated("payslip.pdf", 8)
    'payslip…'
    """
    return text if len(text) <= length else f"{text[: length - 1]}…"


def width(text: str) -> int:
    """
    Return the width of a text in columns.

    >>> width("Sent"), width("已发送")
    (4, 6)
    """
    return sum(map(_width_of, text))


def truncated_to_width(text: str, columns: int) -> str:
    """
    Return a text truncated to a width in columns.

    >>> truncated_to_width("已发送：12 / 300 人", 12)
    '已发送：1...'
    """
    if width(text) <= columns:
        return text
    fits = sum(taken <= columns - len(_MORE) for taken in accumulate(map(_width_of, text)))
    return text[:fits] + _MORE


def _width_of(letter: str) -> int:
    if combining(letter):
        return 0
    return 2 if east_asian_width(letter) in "WF" else 1

"""Tells a file without a header: its first row is made like the rows below it, and would lose a person."""

import re
from collections.abc import Sequence
from itertools import zip_longest

from dingnb.bulk.cells import BLANKS

_NUMBERED = re.compile(r"([^0-9]*)([0-9]+)")
_FEWEST_DIGITS = 5
_SHORTEST_MIXED = 5


def data_above(rows: Sequence[Sequence[str]]) -> str:
    """
    Return what in the first row is an id like those below it; empty where the row may be a header.

    Years and months are headers of pay lists (``name,2025,2026``), so that bare numbers count only in the
    first column, with leading zeros, or with five digits and more. A word above numbers makes it a header.

    >>> data_above([["manager01", "Zhang"], ["manager02", "Li"]]), data_above([["city", "2025"], ["Wuhan", "900"]])
    ('manager01', '')

    Args:
        rows: The first rows of a file that holds no usual name.
    """
    tidy = [[cell.strip(BLANKS) for cell in row] for row in rows]
    columns = list(zip_longest(*tidy, fillvalue=""))
    found = ""
    for position, (first, *cells) in enumerate(columns):
        below = [cell for cell in cells if cell]
        if not first or not below:
            continue
        if not _has_digit(first) and all(map(_has_digit, below)):
            return ""
        alike = sum(_is_alike(first, cell, is_first=position == 0) for cell in below)
        if not found and 2 * alike >= len(below):
            found = first
    return found


def _is_alike(first: str, cell: str, *, is_first: bool) -> bool:
    one, other = _NUMBERED.fullmatch(first), _NUMBERED.fullmatch(cell)
    if one and other and one[1] == other[1]:
        is_marked = one[1] or (len(first) == len(cell) and (first.startswith("0") or len(first) >= _FEWEST_DIGITS))
        return first != cell and bool(is_first or is_marked)
    is_mixed = first.isalnum() and not first.isalpha() and not first.isdecimal() and len(first) >= _SHORTEST_MIXED
    return is_mixed and first != cell and _shape(first) == _shape(cell)


def _shape(text: str) -> str:
    return "".join("9" if one.isdecimal() else "a" if one.isalpha() else one for one in text)


def _has_digit(text: str) -> bool:
    return any(map(str.isdecimal, text))

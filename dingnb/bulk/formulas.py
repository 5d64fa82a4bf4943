"""What a spreadsheet would take for a formula, and how a text is kept from being one in a CSV file."""

import re
from typing import Final
from unicodedata import normalize

from dingnb.bulk.cells import BLANKS

_STARTS: Final = frozenset("=+-@|%\u2212")
"""What a formula begins with, or what an old program takes for a call of another one."""

_BREAKS: Final = frozenset("\t\r\n")
"""What begins a cell of its own in some program, wherever it stands at the beginning of a text."""

_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?|-")
_NOT_SEEN = BLANKS + "".join(map(chr, (*range(0x20), *range(0x7F, 0xA0)))) + "\"'"
_CELL_INSIDE = re.compile(r"(?<=[;\t\r\n])")
"""Where a program that takes another separator, as Excel does in much of Europe, begins a cell."""

_SMALLEST = 0x2000
"""Below it no character but those of ASCII is a sign of a formula in another width."""


def is_formula(text: str) -> bool:
    """
    Return whether a program could take a text for a formula; a plain number is none.

    Blanks, characters that nobody sees and quotation marks in front are no disguise, and neither are signs of another
    width, which a Chinese, Japanese or Korean Excel reads as those of ASCII.

    >>> [is_formula(text) for text in ("=1+1", " @SUM(A1)", "＝1", "-1", "-2+3", "manager01")]
    [True, True, True, False, True, False]
    """
    if text[:1] in _BREAKS:
        return True
    if text.startswith("'"):
        return False  # it is text for whoever knows the mark
    first = text.lstrip(_NOT_SEEN)[:1]
    return bool(first) and _narrow(first) in _STARTS and not _NUMBER.fullmatch(text)


def defuse(text: str) -> str:
    r"""
    Return a text as it may stand in a CSV file: an apostrophe before whatever could be taken for a formula.

    A program that separates cells by semicolons or tabs may find one in the middle of a text, so that each part is
    looked at.

    >>> defuse("=1+1"), defuse("manager01"), defuse("a;=1+1"), defuse("-5")
    ("'=1+1", 'manager01', "a;'=1+1", '-5')
    """
    if text.isalnum():
        return text
    head, *parts = _CELL_INSIDE.split(text)
    if not parts:
        return f"'{text}" if is_formula(text) else text
    first = f"'{head}" if is_formula(text) else head
    return first + "".join(f"'{part}" if _begins_cell(part) else part for part in parts)


def _begins_cell(part: str) -> bool:
    first = part.lstrip(_NOT_SEEN)[:1]
    return bool(first) and _narrow(first) in _STARTS and not _NUMBER.fullmatch(part.rstrip(";\t\r\n"))


def _narrow(character: str) -> str:
    return character if ord(character) < _SMALLEST else normalize("NFKC", character)[:1]

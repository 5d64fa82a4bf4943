"""What stands in the XML of a sheet besides its cells: which rows are hidden, which cells are merged."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, NamedTuple

_CHUNK = 1 << 20
_LONGEST_TAG = 1 << 16
_PREFIX = re.compile(rb"<(\w+:)?worksheet\b")
_NUMBER = re.compile(rb"\br\s*=\s*[\"'](\d+)[\"']")
_HIDDEN = re.compile(rb"\bhidden\s*=\s*[\"'](?:1|true|on)[\"']")
_NO_HEIGHT = re.compile(rb"\bht\s*=\s*[\"']0(?:\.0*)?[\"']")
_RANGE = re.compile(rb"\bref\s*=\s*[\"']\$?([A-Z]{1,3})\$?(\d{1,9}):\$?([A-Z]{1,3})\$?(\d{1,9})[\"']")


class Merged(NamedTuple):
    """A range of merged cells: its first and last row, from 1, and its first and last column, from 0."""

    top: int
    bottom: int
    left: int
    right: int


@dataclass(slots=True)
class Markup:
    """
    What a sheet says of its rows.

    Attributes:
        hidden: The numbers of the rows that Excel does not show, by a filter, a group or by hand; from 1.
        merged: Its merged cells of more than one row or column.
        last_row: The highest number of a row.
        has_formulas: Whether some cell is computed.
    """

    hidden: frozenset[int] = frozenset()
    merged: list[Merged] = field(default_factory=list)
    last_row: int = 0
    has_formulas: bool = False


def read_markup(part: IO[bytes]) -> Markup:
    """
    Return what a sheet says of its rows.

    Args:
        part: The sheet's XML, in UTF-8, as Excel, WPS and every library write it.
    """
    found = Markup()
    hidden: set[int] = set()
    number = 0
    tags: re.Pattern[bytes] | None = None
    for piece in _pieces(part):
        if tags is None:
            start = _PREFIX.search(piece)
            prefix = re.escape(start[1] or b"") if start else b""
            tags = re.compile(rb"<" + prefix + rb"(?:(row)\b|(f)[\s>/]|(mergeCell)\b)([^>]*)")
        for tag in tags.finditer(piece):
            if tag[1]:
                given = _NUMBER.search(tag[4])
                number = int(given[1]) if given else number + 1
                found.last_row = max(found.last_row, number)
                if _HIDDEN.search(tag[4]) or _NO_HEIGHT.search(tag[4]):
                    hidden.add(number)
            elif tag[2]:
                found.has_formulas = True
            elif (place := _RANGE.search(tag[4])) is not None:
                one = Merged(int(place[2]), int(place[4]), _column(place[1]), _column(place[3]))
                if one.top <= one.bottom and one.left <= one.right:
                    found.merged.append(one)
    found.hidden = frozenset(hidden)
    return found


def _pieces(part: IO[bytes]) -> Iterator[bytes]:
    """Yield the XML in pieces that end between two tags."""
    rest = b""
    while chunk := part.read(_CHUNK):
        whole = rest + chunk
        end = whole.rfind(b"<")
        if end <= 0 or len(whole) - end > _LONGEST_TAG:
            end = len(whole)
        yield whole[:end]
        rest = whole[end:]
    yield rest


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1

"""What stands in the XML of a sheet besides its cells: which rows are hidden, which cells are merged."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, Literal, NamedTuple, NoReturn

_CHUNK = 1 << 20
_LONGEST_TAG = 1 << 16
_MOST_CELLS_IN_ROW = 1 << 14
"""Excel has no more."""

_MOST_MERGED = 50_000
"""No list of people has as many; each costs time."""

_PLACE = re.compile(rb"\br\s*=\s*[\"']([A-Z]{1,3}\d{1,9})[\"']")
_NEVER = re.compile(rb"(?!)")
_OTHER_ENCODING = re.compile(rb"<\?xml[^>]*encoding\s*=\s*[\"'](?!utf-8|us-ascii)", re.IGNORECASE)
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


Problem = Literal["", "rows_out_of_order", "endless_tag", "row_too_long", "too_many_merged", "not_utf8"]


@dataclass(slots=True)
class Markup:
    """
    What a sheet says of its rows.

    Attributes:
        hidden: The numbers of the rows that Excel does not show, by a filter, a group or by hand; from 1.
        merged: Its merged cells of more than one row or column.
        last_row: The highest number of a row.
        last_row_with_cells: The number of the last row that has cells.
        uncomputed: The places of formulas that no program has computed; what they would give is not known.
        problem: Why it is not worth reading on: it is damaged, or made to take long; empty where it is worth it.
    """

    hidden: frozenset[int] = frozenset()
    merged: list[Merged] = field(default_factory=list)
    last_row: int = 0
    last_row_with_cells: int = 0
    uncomputed: list[str] = field(default_factory=list)
    problem: Problem = ""


def read_markup(part: IO[bytes]) -> Markup:
    """
    Return what a sheet says of its rows.

    Args:
        part: The sheet's XML, in UTF-8, as Excel, WPS and every library write it.
    """
    found = Markup()
    try:
        _Reader(found).read(part)
    except _NotWorthItError as error:
        found.problem = error.args[0]
    return found


class _NotWorthItError(Exception):
    """There is no use in reading on; its argument is the problem."""


def _refuse(problem: Problem) -> NoReturn:
    raise _NotWorthItError(problem)


class _Reader:
    """Reads the tags of a sheet."""

    def __init__(self, found: Markup) -> None:
        self._found = found
        self._hidden: set[int] = set()
        self._number = 0
        self._cells = 0
        self._prefix: bytes | None = None
        self._tags = self._uncomputed = _NEVER
        self._cell = self._formula = b""

    def read(self, part: IO[bytes]) -> None:
        for piece in _pieces(part):
            if self._prefix is None:
                self._begin(piece)
            self._take(piece)
        self._found.hidden = frozenset(self._hidden)

    def _begin(self, piece: bytes) -> None:
        if piece.startswith((b"\xff\xfe", b"\xfe\xff")) or _OTHER_ENCODING.match(piece[:200]):
            _refuse("not_utf8")
        start = _PREFIX.search(piece)
        self._prefix = (start[1] or b"") if start else b""
        self._cell = b"<" + self._prefix + b"c"
        escaped = re.escape(self._prefix)
        self._tags = re.compile(b"<" + escaped + rb"(?:(row)\b|(mergeCell)\b)([^>]*)")
        # A text that is empty was computed; programs that compute nothing leave its type out.
        self._uncomputed = re.compile(
            rb"<%(p)sc\b(?![^>]*\bt=\"str\")[^>]*>\s*<%(p)sf\b(?:[^>]*/>|[^>]*>[^<]*</%(p)sf>)"
            rb"\s*(?:<%(p)sv\s*/>|<%(p)sv>\s*</%(p)sv>)?\s*</%(p)sc>" % {b"p": escaped}
        )
        self._formula = b"<" + self._prefix + b"f"

    def _take(self, piece: bytes) -> None:
        found, at = self._found, 0
        if self._formula in piece:
            found.uncomputed += [_place(one[0]) for one in self._uncomputed.finditer(piece)]
        for tag in self._tags.finditer(piece):
            self._count_cells(piece, at, tag.start())
            at = tag.end()
            if tag[1]:
                self._row(tag[3])
            elif (place := _RANGE.search(tag[3])) is not None:
                one = Merged(int(place[2]), int(place[4]), _column(place[1]), _column(place[3]))
                if one.top <= one.bottom and one.left <= one.right:
                    found.merged.append(one)
                if len(found.merged) > _MOST_MERGED:
                    _refuse("too_many_merged")
        self._count_cells(piece, at, len(piece))

    def _count_cells(self, piece: bytes, start: int, end: int) -> None:
        cells = piece.count(self._cell + b" ", start, end) + piece.count(self._cell + b">", start, end)
        self._cells += cells
        if cells and self._number:
            self._found.last_row_with_cells = self._number
        if self._cells > _MOST_CELLS_IN_ROW:
            _refuse("row_too_long")

    def _row(self, attributes: bytes) -> None:
        given = _NUMBER.search(attributes)
        number = int(given[1]) if given else self._number + 1
        if number <= self._number:
            _refuse("rows_out_of_order")
        self._number = self._found.last_row = number
        self._cells = 0
        if _HIDDEN.search(attributes) or _NO_HEIGHT.search(attributes):
            self._hidden.add(number)


def _pieces(part: IO[bytes]) -> Iterator[bytes]:
    """Yield the XML in pieces that end between two tags."""
    rest = b""
    while chunk := part.read(_CHUNK):
        whole = rest + chunk
        last = max(whole.rfind(b"<"), 0)
        if whole.find(b">", last) < 0 and len(whole) - last > _LONGEST_TAG:
            _refuse("endless_tag")
        # Between two rows, where there are some: what belongs to a cell stays together.
        end = whole.rfind(b"<row")
        if end <= 0:
            end = last
        yield whole[:end]
        rest = whole[end:]
    yield rest


def _place(cell: bytes) -> str:
    found = _PLACE.search(cell)
    return found[1].decode() if found else "?"


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1

"""Reads the hidden rows and merged cells from the XML of a sheet."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, Literal, NamedTuple, NoReturn

_CHUNK_BYTES = 1 << 20
_MAX_TAG_LENGTH = 1 << 16
_MAX_CELLS_IN_ROW = 1 << 14
"""Maximum number of cells in a row of Excel."""

_MAX_MERGED = 50_000
"""Maximum number of merged ranges, which limits the processing time."""

_CELL_NAME = re.compile(rb"\br\s*=\s*[\"']([A-Z]{1,3}\d{1,9})[\"']")
_NEVER = re.compile(rb"(?!)")
_OTHER_ENCODING = re.compile(rb"<\?xml[^>]*encoding\s*=\s*[\"'](?!utf-8|us-ascii)", re.IGNORECASE)
_PREFIX = re.compile(rb"<(\w+:)?worksheet\b")
_ROW_NUMBER = re.compile(rb"\br\s*=\s*[\"'](\d+)[\"']")
_HIDDEN = re.compile(rb"\bhidden\s*=\s*[\"'](?:1|true|on)[\"']")
_NO_HEIGHT = re.compile(rb"\bht\s*=\s*[\"']0(?:\.0*)?[\"']")
_RANGE = re.compile(rb"\bref\s*=\s*[\"']\$?([A-Z]{1,3})\$?(\d{1,9}):\$?([A-Z]{1,3})\$?(\d{1,9})[\"']")


class MergedRange(NamedTuple):
    """A range of merged cells: first and last row, from 1, and first and last column, from 0."""

    top: int
    bottom: int
    left: int
    right: int


Problem = Literal["", "rows_out_of_order", "endless_tag", "row_too_long", "too_many_merged", "not_utf8"]


@dataclass(slots=True)
class SheetMarkup:
    """
    Information about the rows of a sheet.

    Attributes:
        hidden_rows: The numbers of rows hidden by a filter, a group or manually, from 1.
        merged_ranges: The merged ranges.
        last_row: The number of the last row.
        last_row_with_cells: The number of the last row with cells.
        uncomputed_cells: The cells with formulas without a computed value.
        problem: The reason why reading stopped, if the sheet is damaged or malicious; otherwise empty.
    """

    hidden_rows: frozenset[int] = frozenset()
    merged_ranges: list[MergedRange] = field(default_factory=list)
    last_row: int = 0
    last_row_with_cells: int = 0
    uncomputed_cells: list[str] = field(default_factory=list)
    problem: Problem = ""


def read_markup(part: IO[bytes]) -> SheetMarkup:
    """
    Return information about the rows of a sheet.

    Args:
        part: The sheet's XML, in UTF-8, as written by Excel, WPS and all libraries.
    """
    markup = SheetMarkup()
    try:
        _Reader(markup).read(part)
    except _InvalidMarkupError as error:
        markup.problem = error.args[0]
    return markup


class _InvalidMarkupError(Exception):
    """The sheet cannot be read; the argument is the problem."""


def _refuse(problem: Problem) -> NoReturn:
    raise _InvalidMarkupError(problem)


class _Reader:
    """Reads the tags of a sheet into a `SheetMarkup`."""

    def __init__(self, markup: SheetMarkup) -> None:
        self._markup = markup
        self._hidden: set[int] = set()
        self._row_number = 0
        self._cells_in_row = 0
        self._prefix: bytes | None = None
        self._tags = self._uncomputed = _NEVER
        self._cell = self._formula = b""

    def read(self, part: IO[bytes]) -> None:
        for piece in _pieces(part):
            if self._prefix is None:
                self._read_prefix(piece)
            self._read_piece(piece)
        self._markup.hidden_rows = frozenset(self._hidden)

    def _read_prefix(self, piece: bytes) -> None:
        if piece.startswith((b"\xff\xfe", b"\xfe\xff")) or _OTHER_ENCODING.match(piece[:200]):
            _refuse("not_utf8")
        start = _PREFIX.search(piece)
        self._prefix = (start[1] or b"") if start else b""
        self._cell = b"<" + self._prefix + b"c"
        escaped = re.escape(self._prefix)
        self._tags = re.compile(b"<" + escaped + rb"(?:(row)\b|(mergeCell)\b)([^>]*)")
        # An empty text has been computed; programs that compute nothing omit the type of the cell.
        self._uncomputed = re.compile(
            rb"<%(p)sc\b(?![^>]*\bt\s*=\s*[\"']str[\"'])[^>]*>\s*<%(p)sf\b(?:[^>]*/>|[^>]*>[^<]*</%(p)sf>)"
            rb"\s*(?:<%(p)sv\s*/>|<%(p)sv>\s*</%(p)sv>)?\s*</%(p)sc>" % {b"p": escaped}
        )
        self._formula = b"<" + self._prefix + b"f"

    def _read_piece(self, piece: bytes) -> None:
        markup, at = self._markup, 0
        if self._formula in piece:
            markup.uncomputed_cells += [_cell_name(match[0]) for match in self._uncomputed.finditer(piece)]
        for tag in self._tags.finditer(piece):
            self._count_cells(piece, at, tag.start())
            at = tag.end()
            if tag[1]:
                self._read_row(tag[3])
            elif (place := _RANGE.search(tag[3])) is not None:
                cell_range = MergedRange(int(place[2]), int(place[4]), _column(place[1]), _column(place[3]))
                if cell_range.top <= cell_range.bottom and cell_range.left <= cell_range.right:
                    markup.merged_ranges.append(cell_range)
                if len(markup.merged_ranges) > _MAX_MERGED:
                    _refuse("too_many_merged")
        self._count_cells(piece, at, len(piece))

    def _count_cells(self, piece: bytes, start: int, end: int) -> None:
        cells = piece.count(self._cell + b" ", start, end) + piece.count(self._cell + b">", start, end)
        self._cells_in_row += cells
        if cells and self._row_number:
            self._markup.last_row_with_cells = self._row_number
        if self._cells_in_row > _MAX_CELLS_IN_ROW:
            _refuse("row_too_long")

    def _read_row(self, attributes: bytes) -> None:
        match = _ROW_NUMBER.search(attributes)
        number = int(match[1]) if match else self._row_number + 1
        if number <= self._row_number:
            _refuse("rows_out_of_order")
        self._row_number = self._markup.last_row = number
        self._cells_in_row = 0
        if _HIDDEN.search(attributes) or _NO_HEIGHT.search(attributes):
            self._hidden.add(number)


def _pieces(part: IO[bytes]) -> Iterator[bytes]:
    """Yield the XML in pieces that end between tags."""
    rest = b""
    while chunk := part.read(_CHUNK_BYTES):
        whole = rest + chunk
        last = max(whole.rfind(b"<"), 0)
        if whole.find(b">", last) < 0 and len(whole) - last > _MAX_TAG_LENGTH:
            _refuse("endless_tag")
        # Between two rows, if possible, so that cells are not split.
        end = whole.rfind(b"<row")
        if end <= 0:
            end = last
        yield whole[:end]
        rest = whole[end:]
    yield rest


def _cell_name(cell: bytes) -> str:
    match = _CELL_NAME.search(cell)
    return match[1].decode() if match else "?"


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1

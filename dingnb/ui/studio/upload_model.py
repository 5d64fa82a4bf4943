"""The list of recipients that somebody uploads, without a browser: a file becomes a frame, with what was met in it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd

from dingnb.clock import Clock
from dingnb.display import Sheet, Table
from dingnb.errors import FileError, HiddenRowsError
from dingnb.tables.cells import ATTRS_KEY, show
from dingnb.tables.files import Hidden, ReadOptions, read_table, sheets_of
from dingnb.tables.row_labels import index_heading, is_indexed_by_line
from dingnb.ui.kit.model import Failure, Model
from dingnb.words import count, say

ROWS_SHOWN = 5
COLUMNS_SHOWN = 8

ENCODINGS = ("UTF-8", "GB18030", "Big5", "UTF-16", "Shift_JIS", "EUC-KR", "Windows-1252")
"""What may be chosen where the encoding is found wrongly."""

_NOTHING = "", b""
_AS_FOUND = ReadOptions()

_FOLLOWED = ("file", "sheets", "sheet", "is_text", "encoding", "told", "hidden")


@dataclass(frozen=True, slots=True)
class UploadState:
    """
    What the form shows.

    Attributes:
        file: The file's name; empty where none was uploaded.
        sheets: The sheets of a workbook, in its order.
        sheet: The one that was read.
        is_text: Whether what was chosen last is text, so that its encoding can be chosen.
        encoding: The encoding that somebody chose; empty where it is found.
        told: What was met in it.
        is_reading: Whether it is being read.
        failure: Why it could not be.
        asks_hidden: Whether it could not since rows that name people are hidden, and somebody has to choose.
        hidden: What was chosen for hidden rows.
    """

    file: str = ""
    sheets: tuple[str, ...] = ()
    sheet: str = ""
    is_text: bool = False
    encoding: str = ""
    told: Sheet | None = None
    is_reading: bool = False
    failure: Failure | None = None
    asks_hidden: bool = False
    hidden: Hidden | None = None


class UploadModel(Model[UploadState]):
    """
    Reads an uploaded file, as `dingnb.read_recipients` does.

    Args:
        clock: The source of time.
        took: Is called with the frame that was read, in a thread of its own.

    Attributes:
        kept: The name and the bytes of the file that another sheet may be read from, or that may be read in another
            encoding; else empty.
    """

    def __init__(self, clock: Clock, took: Callable[[pd.DataFrame], None]) -> None:
        super().__init__(UploadState(), clock)
        self._took = took
        self._asked = _AS_FOUND
        self.kept = _NOTHING

    def follow(self, other: "UploadModel") -> None:
        """Show what another one has read, and offer the same sheets."""
        self.kept = other.kept
        self._show(**{name: getattr(other.state, name) for name in _FOLLOWED})

    def take(self, file: str, data: bytes) -> None:
        """Read a file; one that cannot be read leaves what was there before."""
        self._start(lambda: self._read(file, data))

    def choose_sheet(self, sheet: str) -> None:
        """Read another sheet of the workbook."""
        if sheet in self.state.sheets and sheet != self.state.sheet:
            self._start(lambda: self._read(*self.kept, ReadOptions(sheet)))

    def choose_encoding(self, encoding: str) -> None:
        """Read the text anew in an encoding; an empty one is found."""
        if self.state.is_text and encoding != self.state.encoding:
            self._start(lambda: self._read(*self.kept, ReadOptions(encoding=encoding or None)))

    def choose_hidden(self, hidden: Hidden) -> None:
        """Read the workbook without its hidden rows, or with them."""
        if self.state.asks_hidden:
            asked = self._asked
            self._start(lambda: self._read(*self.kept, asked._replace(hidden=hidden)))

    def _start(self, work: Callable[[], None]) -> None:
        self._begin(work, is_reading=True, failure=None, asks_hidden=False)

    def _read(self, file: str, data: bytes, choices: ReadOptions = _AS_FOUND) -> None:
        sheets = sheets_of(file, data)
        has_others, is_text = len(sheets) > 1, not sheets
        if is_text:
            # Before it is read: it may be that its encoding has to be chosen.
            self.kept = file, data
            self._show(is_text=True, encoding=choices.encoding or "", sheets=())
        tried: list[str | int | None] = [None, *sheets] if choices.sheet is None else [choices.sheet]
        try:
            frame, told = _read_first(file, data, tried, choices)
        except HiddenRowsError:
            self.kept, self._asked = (file, data), choices
            self._show(asks_hidden=True)
            raise
        # The file is kept to be chosen from, so long as there is something to choose.
        self.kept = (file, data) if has_others or is_text else _NOTHING
        read = frame.attrs[ATTRS_KEY]["sheet"] if has_others else ""
        self._show(
            file=file,
            told=told,
            sheets=tuple(sheets) if has_others else (),
            sheet=read,
            is_text=is_text,
            encoding=choices.encoding or "",
            hidden=choices.hidden,
        )
        self._took(frame)

    def _ended(self) -> None:
        self._show(is_reading=False)


def _read_first(
    file: str, data: bytes, sheets: Sequence[str | int | None], choices: ReadOptions
) -> tuple[pd.DataFrame, Sheet]:
    """Return the first of these sheets that holds a list: before it there may be a cover."""
    failures: list[FileError] = []
    for sheet in sheets:
        try:
            return read_table(file, data, choices._replace(sheet=sheet))
        except HiddenRowsError:
            raise
        except FileError as error:
            failures.append(error)
    raise failures[0]


def first_rows(frame: pd.DataFrame) -> Table:
    """Return the first rows of a frame, and its first columns, as they are read; in front the lines of a file."""
    labels = list(frame.columns[:COLUMNS_SHOWN])
    head = frame.iloc[:ROWS_SHOWN, :COLUMNS_SHOWN]
    has_lines = is_indexed_by_line(frame)
    rows = tuple(tuple(map(show, row)) for row in head.itertuples(index=has_lines, name=None))
    left = len(frame.columns) - len(labels)
    more = say("studio.more_columns", columns=count("column", left)) if left > 0 else ""
    caption = say("studio.first_rows", n=len(head), rows=count("row", len(frame)))
    header = [index_heading(frame.index)] if has_lines else []
    return Table(caption, (*header, *map(str, labels)), rows, more)

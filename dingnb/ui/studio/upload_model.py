"""The model of the upload: a file becomes a frame, with a report on what was read."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import pandas as pd

from dingnb.clock import Clock
from dingnb.display import Sheet, Table
from dingnb.errors import FileError, HiddenRowsError
from dingnb.tables.cells import ATTRS_KEY, show
from dingnb.tables.files import HiddenRows, ReadOptions, read_table, sheets_of
from dingnb.tables.row_labels import index_heading, is_indexed_by_line
from dingnb.ui.kit.model import Failure, Model
from dingnb.words import count, say

ROWS_SHOWN = 5
COLUMNS_SHOWN = 8

ENCODINGS = ("UTF-8", "GB18030", "Big5", "UTF-16", "Shift_JIS", "EUC-KR", "Windows-1252")
"""Encodings to choose from if the wrong one was detected."""

_NOTHING = "", b""
_AS_FOUND = ReadOptions()

_READING: Final[Mapping[str, Any]] = MappingProxyType(
    {"is_reading": True, "failure": None, "must_choose_hidden": False}
)
"""The fields of the state while a file is read."""

_FOLLOWED = ("file", "sheets", "sheet", "is_text", "encoding", "report", "hidden")


@dataclass(frozen=True, slots=True)
class UploadState:
    """
    The state of the form.

    Attributes:
        file: The file's name; empty if none was uploaded.
        sheets: The sheets of a workbook, in order.
        sheet: The one that was read.
        is_text: Whether the last file is text, so that its encoding can be chosen.
        encoding: The chosen encoding; empty if it is detected.
        report: The report on what was read.
        is_reading: Whether it is being read.
        failure: The last error; None if there was none.
        must_choose_hidden: Whether a choice about hidden rows is needed.
        hidden: The choice about hidden rows.
    """

    file: str = ""
    sheets: tuple[str, ...] = ()
    sheet: str = ""
    is_text: bool = False
    encoding: str = ""
    report: Sheet | None = None
    is_reading: bool = False
    failure: Failure | None = None
    must_choose_hidden: bool = False
    hidden: HiddenRows | None = None


class UploadModel(Model[UploadState]):
    """
    Reads an uploaded file, as `dingnb.read_recipients` does.

    Args:
        clock: The source of time.
        took: Called in a separate thread with the frame that was read.

    Attributes:
        kept: The name and the bytes of a file whose sheet or encoding can be changed; else empty.
    """

    def __init__(self, clock: Clock, took: Callable[[pd.DataFrame], None]) -> None:
        super().__init__(UploadState(), clock)
        self._took = took
        self._choices = _AS_FOUND
        self.kept = _NOTHING

    def follow(self, other: "UploadModel") -> None:
        """Copy the state of another upload."""
        self.restore(other.followed())

    def followed(self) -> dict[str, Any]:
        """Return what `restore` takes."""
        return {"kept": self.kept, **{name: getattr(self.state, name) for name in _FOLLOWED}}

    def restore(self, followed: Mapping[str, Any]) -> None:
        """Show a file that was read elsewhere."""
        self.kept = followed["kept"]
        self._show(**{name: followed[name] for name in _FOLLOWED})

    def leave(self) -> None:
        """Forget the file, and one that waits to be read: the recipients come from elsewhere now."""
        self.kept, self._next = _NOTHING, None
        self._show(**{name: getattr(UploadState(), name) for name in _FOLLOWED})

    def take(self, file: str, data: bytes) -> None:
        """Read a file, after one that is being read; if it cannot be read, the previous one stays."""
        self._start_newest(lambda: self._read(file, data), **_READING)

    def choose_sheet(self, sheet: str) -> None:
        """Read another sheet of the workbook."""
        if sheet in self.state.sheets and sheet != self.state.sheet:
            self._start(lambda: self._read(*self.kept, ReadOptions(sheet)))

    def choose_encoding(self, encoding: str) -> None:
        """Read the text again in an encoding; empty detects it."""
        if self.state.is_text and encoding != self.state.encoding:
            self._start(lambda: self._read(*self.kept, ReadOptions(encoding=encoding or None)))

    def choose_hidden(self, hidden: HiddenRows) -> None:
        """Read the workbook without its hidden rows, or with them."""
        if self.state.must_choose_hidden:
            choices = self._choices
            self._start(lambda: self._read(*self.kept, choices._replace(hidden=hidden)))

    def _start(self, work: Callable[[], None]) -> None:
        self._start_work(work, **_READING)

    def _read(self, file: str, data: bytes, choices: ReadOptions = _AS_FOUND) -> None:
        sheets = sheets_of(file, data)
        has_others, is_text = len(sheets) > 1, not sheets
        if is_text:
            # Before reading: the encoding may have to be chosen.
            self.kept = file, data
            self._show(is_text=True, encoding=choices.encoding or "", sheets=())
        tried: list[str | int | None] = [None, *sheets] if choices.sheet is None else [choices.sheet]
        try:
            frame, report = _read_first(file, data, tried, choices)
        except HiddenRowsError:
            self.kept, self._choices = (file, data), choices
            self._show(must_choose_hidden=True)
            raise
        # Keep the file only if there is something to choose.
        self.kept = (file, data) if has_others or is_text else _NOTHING
        read = frame.attrs[ATTRS_KEY]["sheet"] if has_others else ""
        self._show(
            file=file,
            report=report,
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
    """Return the first of these sheets with a list: there may be a cover sheet before it."""
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
    """Return the first rows and columns of a frame, with the line numbers of a file."""
    labels = list(frame.columns[:COLUMNS_SHOWN])
    head = frame.iloc[:ROWS_SHOWN, :COLUMNS_SHOWN]
    has_lines = is_indexed_by_line(frame)
    rows = tuple(tuple(map(_cell, row)) for row in head.itertuples(index=has_lines, name=None))
    left = len(frame.columns) - len(labels)
    more = say("studio.more_columns", columns=count("column", left)) if left > 0 else ""
    caption = say("studio.first_rows", n=len(head), rows=count("row", len(frame)))
    header = [index_heading(frame.index)] if has_lines else []
    return Table(caption, (*header, *map(str, labels)), rows, more)


def _cell(value: object) -> str:
    """Return a cell as text; a tuple, such as the departments of a person, without brackets."""
    return ", ".join(map(show, value)) if isinstance(value, tuple) else show(value)

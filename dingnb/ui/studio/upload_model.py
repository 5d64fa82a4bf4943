"""The list of recipients that somebody uploads, without a browser: a file becomes a frame, with what was met in it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd

from dingnb.bulk.cells import show
from dingnb.bulk.files import read_table, sheets_of
from dingnb.bulk.row_names import heading_of_rows, is_named_by_line
from dingnb.clock import Clock
from dingnb.display import Sheet, Table
from dingnb.errors import FileError
from dingnb.language import count, say
from dingnb.ui.model import Failure, Model

ROWS_SHOWN = 5
COLUMNS_SHOWN = 8


@dataclass(frozen=True, slots=True)
class UploadState:
    """
    What the form shows.

    Attributes:
        file: The file's name; empty where none was uploaded.
        sheets: The sheets of a workbook, in its order.
        sheet: The one that was read.
        told: What was met in it.
        is_reading: Whether it is being read.
        failure: Why it could not be.
    """

    file: str = ""
    sheets: tuple[str, ...] = ()
    sheet: str = ""
    told: Sheet | None = None
    is_reading: bool = False
    failure: Failure | None = None


class UploadModel(Model[UploadState]):
    """
    Reads an uploaded file, as `dingnb.read_recipients` does.

    Args:
        clock: The source of time.
        took: Is called with the frame that was read, in a thread of its own.

    Attributes:
        kept: The workbook that another sheet may be read from; empty where there is none.
    """

    def __init__(self, clock: Clock, took: Callable[[pd.DataFrame], None]) -> None:
        super().__init__(UploadState(), clock)
        self._took = took
        self.kept = b""

    def follow(self, other: "UploadModel") -> None:
        """Show what another one has read, and offer the same sheets."""
        self.kept = other.kept
        self._show(**{name: getattr(other.state, name) for name in ("file", "sheets", "sheet", "told")})

    def take(self, file: str, data: bytes) -> None:
        """Read a file; one that cannot be read leaves what was there before."""
        self._start(lambda: self._read(file, data, None))

    def choose_sheet(self, sheet: str) -> None:
        """Read another sheet of the workbook."""
        if self.kept and sheet in self.state.sheets and sheet != self.state.sheet:
            self._start(lambda: self._read(self.state.file, self.kept, sheet))

    def _start(self, work: Callable[[], None]) -> None:
        self._begin(work, is_reading=True, failure=None)

    def _read(self, file: str, data: bytes, sheet: str | None) -> None:
        sheets = sheets_of(file, data)
        frame, told = _read_first(file, data, [None, *sheets] if sheet is None else [sheet])
        has_others = len(sheets) > 1
        # The file is kept to be chosen from, so long as there is something to choose.
        self.kept = data if has_others else b""
        read = frame.attrs["dingnb"]["sheet"] if has_others else ""
        self._show(file=file, told=told, sheets=tuple(sheets) if has_others else (), sheet=read)
        self._took(frame)

    def _ended(self) -> None:
        self._show(is_reading=False)


def _read_first(file: str, data: bytes, sheets: Sequence[str | None]) -> tuple[pd.DataFrame, Sheet]:
    """Return the first of these sheets that holds a list: before it there may be a cover."""
    failures: list[FileError] = []
    for sheet in sheets:
        try:
            return read_table(file, data, sheet=sheet)
        except FileError as error:
            failures.append(error)
    raise failures[0]


def first_rows(frame: pd.DataFrame) -> Table:
    """Return the first rows of a frame, and its first columns, as they are read; in front the lines of a file."""
    labels = list(frame.columns[:COLUMNS_SHOWN])
    head = frame.iloc[:ROWS_SHOWN, :COLUMNS_SHOWN]
    has_lines = is_named_by_line(frame)
    rows = tuple(tuple(map(show, row)) for row in head.itertuples(index=has_lines, name=None))
    left = len(frame.columns) - len(labels)
    more = say("studio.more_columns", columns=count("column", left)) if left > 0 else ""
    caption = say("studio.first_rows", n=len(head), rows=count("row", len(frame)))
    header = [heading_of_rows(frame.index)] if has_lines else []
    return Table(caption, (*header, *map(str, labels)), rows, more)

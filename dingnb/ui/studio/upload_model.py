"""The list of recipients that somebody uploads, without a browser: a file becomes a frame, with what was met in it."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from dingnb.bulk.cells import show
from dingnb.bulk.files import read_table
from dingnb.clock import Clock
from dingnb.display import Sheet, Table
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
        sheets: The sheets of a workbook, the one that was read first.
        told: What was met in it.
        is_reading: Whether it is being read.
        failure: Why it could not be.
    """

    file: str = ""
    sheets: tuple[str, ...] = ()
    told: Sheet | None = None
    is_reading: bool = False
    failure: Failure | None = None


class UploadModel(Model[UploadState]):
    """
    Reads an uploaded file, as `dingnb.read_recipients` does.

    Args:
        clock: The source of time.
        took: Is called with the frame that was read, in a thread of its own.
    """

    def __init__(self, clock: Clock, took: Callable[[pd.DataFrame], None]) -> None:
        super().__init__(UploadState(), clock)
        self._took = took
        self._file, self._data = "", b""

    def take(self, file: str, data: bytes) -> None:
        """Read a file; one that cannot be read leaves what was there before."""
        self._start(lambda: self._read(file, data, None))

    def choose_sheet(self, sheet: str) -> None:
        """Read another sheet of the workbook."""
        if self._data and sheet in self.state.sheets[1:]:
            self._start(lambda: self._read(self._file, self._data, sheet))

    def _start(self, work: Callable[[], None]) -> None:
        self._begin(work, is_reading=True, failure=None)

    def _read(self, file: str, data: bytes, sheet: str | None) -> None:
        frame, told = read_table(file, data, sheet=sheet)
        met = frame.attrs["dingnb"]
        # The sheet is kept to be chosen from, so long as there are others.
        others = tuple(met.get("other_sheets", ()))
        self._file, self._data = file, data if others else b""
        self._show(file=file, told=told, sheets=(met["sheet"], *others) if others else ())
        self._took(frame)

    def _ended(self) -> None:
        self._show(is_reading=False)


def first_rows(frame: pd.DataFrame) -> Table:
    """Return the first rows of a frame, and its first columns, as they are read."""
    labels = list(frame.columns[:COLUMNS_SHOWN])
    head = frame.iloc[:ROWS_SHOWN, :COLUMNS_SHOWN]
    rows = tuple(tuple(show(value) for value in row) for row in head.itertuples(index=False, name=None))
    left = len(frame.columns) - len(labels)
    more = say("studio.more_columns", columns=count("column", left)) if left > 0 else ""
    caption = say("studio.first_rows", n=len(head), rows=count("row", len(frame)))
    return Table(caption, tuple(map(str, labels)), rows, more)

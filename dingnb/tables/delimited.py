"""Reads the rows of delimited text, and names the lines that cannot be rows."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, NamedTuple

from dingnb.errors import FileError
from dingnb.words import NOTHING, Text, count

MOST_COLUMNS: Final = 2_000
"""No list of people is wider; what is, has something far to the right, or is made to be."""

DELIMITERS: Final = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
"""What may stand between cells, and the key of its name."""

_LINES_LOOKED_AT = 60
_TABS_BEFORE = re.compile(r"\t+(?=[,;|])")
_MOST_TORN = 1_000


class Record(NamedTuple):
    """
    One row of a file.

    Attributes:
        line: The line of the file that it begins on, from 1.
        cells: Its cells.
        problem: Why it cannot be a row; empty where it can.
    """

    line: int
    cells: list[object]
    problem: Text = NOTHING


class Layout(NamedTuple):
    """
    How rows are written.

    Attributes:
        delimiter: What stands between cells.
        width: How many cells most rows have.
        first_line: The line, from 1, that rows begin on.
    """

    delimiter: str
    width: int
    first_line: int = 1


def find_layout(data: bytes, encoding: str, given: str | None) -> Layout:
    """
    Return the delimiter under which the first lines have most cells and agree on their number.

    Args:
        data: The file's bytes.
        encoding: Their encoding.
        given: The delimiter that the user names.
    """
    head = list(islice(_text(data, encoding), _LINES_LOOKED_AT))
    first_line = 1
    # Excel writes and reads such a line in front of the header.
    if head and head[0].lower().startswith("sep=") and len(head[0].strip("\r\n")) == len("sep=,"):
        given = given or head[0][4]
        head, first_line = head[1:], 2
    # A tab behind a number keeps Excel from reading it as one, and stands before the delimiter.
    clear = [_TABS_BEFORE.sub("", line) for line in head]
    choices = [
        _score(clear if delimiter == "\t" else head, delimiter) for delimiter in ([given] if given else DELIMITERS)
    ]
    _, width, delimiter = max(choices, key=lambda choice: choice[0])
    return Layout(delimiter, width, first_line)


def check_delimiter(delimiter: object) -> None:
    """
    Make sure that a delimiter is one character.

    Raises:
        FileError: It is not.
    """
    if delimiter is not None and (not isinstance(delimiter, str) or len(delimiter) != 1 or delimiter in '"\r\n'):
        raise FileError(Text("file.bad_delimiter", delimiter=delimiter), Text("file.bad_delimiter_todo"))


def read_delimited(data: bytes, encoding: str, layout: Layout, name: str) -> Iterator[Record]:
    """
    Return the rows.

    A quotation mark that is not closed would swallow the rows below it: its line is left out, and reading
    goes on with the next line.

    Raises:
        FileError: So many quotation marks are not closed that the file cannot be read.
    """
    source = _Lines(_text(data, encoding))
    for _ in range(layout.first_line - 1):
        next(source, None)
    reader = csv.reader(source, delimiter=layout.delimiter)
    torn = 0
    while True:
        line = source.begin()
        try:
            cells: list[object] | None = list(next(reader))
        except StopIteration:
            return
        except csv.Error:  # a cell longer than the module's limit: a quotation mark is open
            cells = None
        if cells is not None and len(cells) > MOST_COLUMNS:
            what = Text("file.too_many_cells", file=name, columns=count("column", len(cells)), line=line)
            raise FileError(what, Text("file.too_many_cells_todo", most=f"{MOST_COLUMNS:,}"))
        if cells is not None and not source.is_exhausted and (len(source.pending) == 1 or not _is_torn(source, layout)):
            yield Record(line, cells)
            continue
        torn += 1
        if torn > _MOST_TORN:
            raise FileError(Text("file.torn", file=name, n=torn, line=line), Text("file.torn_todo"))
        problem = "file.long_cell" if cells is None else "file.open_quote"
        yield Record(line, [], Text(problem, limit=csv.field_size_limit()))
        source.rewind()
        reader = csv.reader(source, delimiter=layout.delimiter)


@dataclass(slots=True)
class _Lines:
    """The lines of a text, with those of the present row at hand."""

    lines: Iterator[str]
    pending: list[str] = field(default_factory=list)
    is_exhausted: bool = False
    _line: int = 0
    _again: list[str] = field(default_factory=list)

    def begin(self) -> int:
        """Forget the lines of the last row, and return the number of the next one's first line."""
        self.pending.clear()
        return self._line + 1

    def rewind(self) -> None:
        """Hand out again what the present row took, but for its first line."""
        self._again += reversed(self.pending[1:])
        self._line -= len(self.pending) - 1
        self.is_exhausted = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.pop() if self._again else next(self.lines, None)
        if line is None:
            self.is_exhausted = bool(self.pending)
            raise StopIteration
        self._line += 1
        self.pending.append(line)
        return line


def _text(data: bytes, encoding: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(data), encoding=encoding, newline="")


def _is_torn(source: _Lines, layout: Layout) -> bool:
    """Tell a cell of several lines from a quotation mark that is open: that one swallows whole rows."""
    lines = list(source.pending)
    try:
        width = len(next(csv.reader(lines, delimiter=layout.delimiter, strict=True)))
    except csv.Error:
        return True
    return width != layout.width and any(
        len(row) == layout.width for line in lines[1:-1] for row in csv.reader([line], delimiter=layout.delimiter)
    )


def _score(head: list[str], delimiter: str) -> tuple[float, int, str]:
    widths: Counter[int] = Counter()
    reader = csv.reader(head, delimiter=delimiter)
    try:
        for cells in reader:
            if any(map(str.strip, cells)):
                widths[len(cells)] += 1
            if len(cells) > MOST_COLUMNS:
                break
    except csv.Error:
        pass  # an open quotation mark: what came before it is enough
    if not widths:
        return 0.0, 1, delimiter
    width, n = max(widths.items(), key=lambda item: (item[1] * (item[0] - 1), item[0]))
    return n / widths.total() * (width - 1), width, delimiter

"""Reads the rows of delimited text and reports lines that cannot be read."""

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

MAX_COLUMNS: Final = 2_000
"""Maximum number of columns. Wider files have stray cells or are malicious."""

_CHINESE_DELIMITERS = {"，": "chinese_comma", "；": "chinese_semicolon", "、": "enumeration_comma"}
"""Delimiters of lists that were typed with a Chinese keyboard. Cells contain the same characters, too."""

_USUAL_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}

DELIMITERS: Final = {**_USUAL_DELIMITERS, **_CHINESE_DELIMITERS}
"""Supported delimiters with the keys of their names."""

_MIN_SCORE = 0.5
"""Minimum score of a Chinese delimiter: about half of the lines have two cells."""

_LINES_INSPECTED = 60
_DELIMITER_LINE = re.compile(r'sep=([^"\r\n])[\r\n]*', re.IGNORECASE)
"""A line such as ``sep=;`` before the header, which Excel supports; Python accepts no quotation mark as a delimiter."""

_TABS_BEFORE = re.compile(r"\t+(?=[,;|])")

_MAX_UNCLOSED = 1_000
"""Maximum number of unclosed quotation marks in a file. The lines after each are read again."""


class Record(NamedTuple):
    """
    One row of a file.

    Attributes:
        line: The line of the file on which the row starts, from 1.
        cells: The cells.
        problem: Why the row cannot be read; empty for a readable row.
    """

    line: int
    cells: list[object]
    problem: Text = NOTHING


class Dialect(NamedTuple):
    """
    The format of the rows.

    Attributes:
        delimiter: The delimiter of cells.
        width: The number of cells that a row should have: that of the lines which the delimiter fits best.
        first_line: The line on which the rows start, from 1.
    """

    delimiter: str
    width: int
    first_line: int = 1


def find_dialect(data: bytes, encoding: str, delimiter: str | None) -> Dialect:
    """
    Return the format. The delimiter gives the first lines the most cells, and the most similar numbers of cells.

    A delimiter that gives all first lines the same number of cells is preferred: texts contain commas as well.

    Args:
        data: The file's bytes.
        encoding: The file's encoding.
        delimiter: The delimiter that the user has set; None detects it.
    """
    head = list(islice(_open_text(data, encoding), _LINES_INSPECTED))
    first_line = 1
    if head and (delimiter_line := _DELIMITER_LINE.fullmatch(head[0])) is not None:
        delimiter = delimiter or delimiter_line[1]
        head, first_line = head[1:], 2
    # A tab between a number and the delimiter keeps Excel from reading the cell as a number.
    without_tabs = [_TABS_BEFORE.sub("", line) for line in head]
    candidates = [
        _measure_fit(without_tabs if candidate == "\t" else head, candidate)
        for candidate in ([delimiter] if delimiter else _USUAL_DELIMITERS)
    ]
    best = max(candidates, key=lambda fit: (fit.is_uniform, fit.score))
    header = next(filter(str.strip, head), "")
    # A usual delimiter that is not in the header may come from remarks in a list with another delimiter.
    if best.delimiter not in header and not delimiter:
        chinese_fits = [_measure_fit(head, candidate) for candidate in _CHINESE_DELIMITERS if candidate in header]
        best_chinese = max(chinese_fits, key=lambda fit: fit.score, default=best)
        if best_chinese.score > max(best.score, _MIN_SCORE):
            best = best_chinese
    return Dialect(best.delimiter, best.width, first_line)


def check_delimiter(delimiter: object) -> None:
    """
    Check that a delimiter is a single character, and not a quotation mark or a line break; None is valid.

    Raises:
        FileError: The delimiter is invalid.
    """
    if delimiter is not None and (not isinstance(delimiter, str) or len(delimiter) != 1 or delimiter in '"\r\n'):
        raise FileError(Text("file.bad_delimiter", delimiter=delimiter), Text("file.bad_delimiter_todo"))


def read_delimited(data: bytes, encoding: str, dialect: Dialect, name: str) -> Iterator[Record]:
    """
    Yield the rows.

    A line with an unclosed quotation mark, which would include the following rows, is reported as a problem, and
    reading continues with the next line.

    Raises:
        FileError: Too many quotation marks are not closed, or a row has too many cells.
    """
    source = _Lines(_open_text(data, encoding))
    for _ in range(dialect.first_line - 1):
        next(source, None)
    reader = csv.reader(source, delimiter=dialect.delimiter)
    unclosed = 0
    while True:
        line = source.start_row()
        try:
            cells: list[object] | None = list(next(reader))
        except StopIteration:
            return
        except csv.Error:  # a cell exceeds csv's limit because of an unclosed quotation mark
            cells = None
        if cells is not None and len(cells) > MAX_COLUMNS:
            what = Text("file.too_many_cells", file=name, columns=count("column", len(cells)), line=line)
            raise FileError(what, Text("file.too_many_cells_todo", most=f"{MAX_COLUMNS:,}"))
        # A row that ends with the text, or has several lines, may begin with a quotation mark that is not closed.
        if (
            cells is not None
            and not source.is_exhausted
            and (len(source.pending) == 1 or not _has_open_quote(source, dialect))
        ):
            yield Record(line, cells)
            continue
        unclosed += 1
        if unclosed > _MAX_UNCLOSED:
            raise FileError(Text("file.torn", file=name, n=_MAX_UNCLOSED, line=line), Text("file.torn_todo"))
        problem = "file.long_cell" if cells is None else "file.open_quote"
        yield Record(line, [], Text(problem, limit=csv.field_size_limit()))
        source.rewind()
        reader = csv.reader(source, delimiter=dialect.delimiter)


@dataclass(slots=True)
class _Lines:
    """
    The lines of a text, which can be rewound to the second line of the current row.

    Attributes:
        lines: The lines that have not been read yet.
        pending: The lines of the current row.
        is_exhausted: Whether the text ended within the current row.
    """

    lines: Iterator[str]
    pending: list[str] = field(default_factory=list)
    is_exhausted: bool = False
    _line: int = 0
    _rewound_lines: list[str] = field(default_factory=list)

    def start_row(self) -> int:
        """Start a new row, and return the number of the row's first line."""
        self.pending.clear()
        return self._line + 1

    def rewind(self) -> None:
        """Return to the second line of the current row."""
        self._rewound_lines += reversed(self.pending[1:])
        self._line -= len(self.pending) - 1
        self.is_exhausted = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._rewound_lines.pop() if self._rewound_lines else next(self.lines, None)
        if line is None:
            self.is_exhausted = bool(self.pending)
            raise StopIteration
        self._line += 1
        self.pending.append(line)
        return line


def _open_text(data: bytes, encoding: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(data), encoding=encoding, newline="")


def _has_open_quote(source: _Lines, dialect: Dialect) -> bool:
    """Return whether a row has an unclosed quotation mark, rather than a cell with several lines."""
    lines = list(source.pending)
    try:
        width = len(next(csv.reader(lines, delimiter=dialect.delimiter, strict=True)))
    except csv.Error:
        return True
    return width != dialect.width and any(
        len(row) == dialect.width for line in lines[1:-1] for row in csv.reader([line], delimiter=dialect.delimiter)
    )


class _Fit(NamedTuple):
    """
    How well a delimiter fits the first lines.

    Attributes:
        score: The number of delimiters in the lines of this width, divided by the number of all lines.
        is_uniform: Whether all lines have this number of cells, and more than one.
        width: The number of cells in a line for which the score is highest; the larger of two.
        delimiter: The delimiter.
    """

    score: float
    is_uniform: bool
    width: int
    delimiter: str


def _measure_fit(head: list[str], delimiter: str) -> _Fit:
    """Return how well a delimiter fits the first lines."""
    widths: Counter[int] = Counter()
    reader = csv.reader(head, delimiter=delimiter)
    try:
        for cells in reader:
            if any(map(str.strip, cells)):
                widths[len(cells)] += 1
            if len(cells) > MAX_COLUMNS:
                break
    except csv.Error:
        pass  # an unclosed quotation mark; the rows before the mark are sufficient
    if not widths:
        return _Fit(0.0, is_uniform=False, width=1, delimiter=delimiter)
    width, n = max(widths.items(), key=lambda item: (item[1] * (item[0] - 1), item[0]))
    score, is_uniform = n / widths.total() * (width - 1), len(widths) == 1 and width > 1
    return _Fit(score, is_uniform, width, delimiter)

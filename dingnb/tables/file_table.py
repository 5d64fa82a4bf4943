"""Makes columns of a file's records: finds the header, leaves out what is no row, and says so."""

import re
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice

from dingnb.errors import ColumnError, FileError
from dingnb.messages.cell_values import written
from dingnb.tables.cells import BLANKS, read_mobile
from dingnb.tables.delimited import Record
from dingnb.tables.headers import Headers, data_above, name_columns, usual_name
from dingnb.tables.sheet_markup import Merged
from dingnb.words import Text, count

_LOOKED_AT = 20
_CHUNK = 20_000
_LIKE_DATA = re.compile(r"[0-9]{7,}|[^@\s]+@[^@\s]+\.[A-Za-z]{2,}")


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A row of the file that is not in the frame: the line it begins on, from 1, and why."""

    line: int
    problem: Text


@dataclass(frozen=True, slots=True)
class FileTable:
    """
    The columns of a file.

    Attributes:
        headers: Their names.
        columns: Their values, one list each, all of one length.
        lines: The line that each row begins on, from 1.
        above: The first cells of rows above the header.
        left_out: The rows that could not be read.
    """

    headers: Headers
    columns: list[list[object]]
    lines: "array[int]"
    above: list[str]
    left_out: list[LeftOut]


def make_table(
    name: str, records: Iterator[Record], names: Sequence[str] | None, merged: Sequence[Merged] = ()
) -> FileTable:
    """
    Return the columns of a file.

    A header in merged cells of two rows is read as one. What stands in merged cells below the header stands in each of
    their columns.

    Args:
        name: The file's name, for errors.
        records: Its rows.
        names: The columns' names where the file has no header.
        merged: The merged cells of a sheet; those of several rows are filled in their first column already.

    Raises:
        FileError: There is no header, or no row below it, or `names` does not fit.
        ColumnError: A column that names people is there twice.
    """
    filled = (record for record in records if record.problem or not _is_blank(record))
    head = list(islice(filled, _LOOKED_AT))
    rows = [record for record in head if not record.problem]
    if not rows:
        raise FileError(Text("file.empty", file=name), Text("file.empty_todo"))
    if names is None:
        top = _header(name, rows)
        header, texts = _whole_header(top, rows, merged)
        above = rows[: rows.index(top)]
        body = [record for record in head if record.problem or record.line > header.line]
    else:
        above, texts, body = [], _given(name, names, rows), head
    rest = list(filled) if merged else filled
    if merged:
        rest = _without_bands([*body, *rest], merged)
        body = []
        _fill_sideways(rest, merged)
    headers = name_columns(texts)
    for label, n in headers.twice.items():
        raise ColumnError(Text("file.column_twice", file=name, column=label, n=n), Text("file.column_twice_todo"))
    lines = array("q")
    columns, left_out = _columns(chain(body, rest), texts, lines)
    if not columns or not columns[0]:
        told = f" {_told(left_out)}" if left_out else ""
        raise FileError(Text("file.header_only", file=name, left_out=told), Text("file.header_only_todo"))
    return FileTable(headers, columns, lines, [_first_text(record) for record in above], left_out)


def _header(name: str, rows: Sequence[Record]) -> Record:
    """Return the header: the first row, or the first with usual names if those above are but a title."""
    first = rows[0]
    for row in rows:
        above = rows[: rows.index(row)]
        is_title = all(2 * _filled(other) <= _filled(row) for other in above)
        if is_title and any(usual_name(_text(cell)) for cell in row.cells):
            return row
    data = next((text for text in map(_text, first.cells) if _looks_like_data(text)), "") or data_above(
        [list(map(_text, row.cells)) for row in rows]
    )
    if data:
        what = Text("file.no_header", file=name, value=data, line=first.line)
        names = _proposed(first)
        raise FileError(what, Text("file.no_header_todo", columns=count("column", len(names)), names=names))
    return first


def _whole_header(top: Record, rows: Sequence[Record], merged: Sequence[Merged]) -> tuple[Record, list[str]]:
    """
    Return the last row of the header, and its texts: below a merged title of several columns stand their names.

    Two of them that are equal have the title in front: ``10月 基本``, ``11月 基本``.
    """
    here = [one for one in merged if one.top == top.line]
    last_line = min((one.bottom for one in here if one.bottom > top.line), default=top.line)
    header = next((row for row in reversed(rows) if top.line < row.line <= last_line), top)
    texts = list(map(_text, header.cells))
    if header is top or not any(one.right > one.left for one in here):
        return top, list(map(_text, top.cells))
    titles = list(map(_text, top.cells))
    for one in here:
        titles[one.left : one.right + 1] = [titles[one.left]] * (min(one.right + 1, len(titles)) - one.left)
    counts = Counter(texts)
    return header, [
        title if not text.strip(BLANKS) else f"{title} {text}" if counts[text] > 1 and title.strip(BLANKS) else text
        for text, title in zip(texts, titles, strict=True)
    ]


def _without_bands(records: Sequence[Record], merged: Sequence[Merged]) -> list[Record]:
    """Return the rows, those that are but a heading across several columns with the reason why they are none."""
    wide = {(one.top, one.left) for one in merged if one.right > one.left}
    kept: list[Record] = []
    for record in records:
        filled = [at for at, cell in enumerate(record.cells) if cell is not None and _text(cell).strip(BLANKS)]
        is_band = len(filled) == 1 and (record.line, filled[0]) in wide
        kept.append(Record(record.line, [], Text("file.band")) if is_band else record)
    return kept


def _fill_sideways(records: Sequence[Record], merged: Sequence[Merged]) -> None:
    if not records:
        return
    by_line = {record.line: record.cells for record in records}
    for one in merged:
        # Only a table's own rows are looked at, however far the range goes.
        for line in range(one.top, min(one.bottom, records[-1].line) + 1) if one.right > one.left else ():
            cells = by_line.get(line)
            if cells is not None and one.left < len(cells):
                for at in range(one.left + 1, min(one.right + 1, len(cells))):
                    cells[at] = cells[one.left] if cells[at] is None else cells[at]


def _proposed(row: Record) -> list[str]:
    phones = [bool(read_mobile(_text(cell)).text) for cell in row.cells]
    first = phones.index(True) if any(phones) else -1
    return ["mobile" if position == first else f"column_{position + 1}" for position in range(len(phones))]


def _given(name: str, names: Sequence[str], rows: Sequence[Record]) -> list[str]:
    given = [str(one) for one in names]
    if isinstance(names, str) or len(set(given)) < len(given) or not all(one.strip(BLANKS) for one in given):
        raise FileError(Text("file.names_text", names=names), Text("file.names_text_todo"))
    ((width, _),) = Counter(len(row.cells) for row in rows).most_common(1)
    if width != len(given):
        what = Text("file.bad_names", given=count("column", len(given)), file=name, found=count("column", width))
        row = ", ".join(repr(_text(cell)) for cell in rows[0].cells)
        raise FileError(what, Text("file.bad_names_todo", row=row))
    return given


def _columns(
    records: Iterator[Record], texts: Sequence[str], lines: "array[int]"
) -> tuple[list[list[object]], list[LeftOut]]:
    """Return the columns, and what is left out of them; the lines of the rows are added to `lines`."""
    width = len(texts)
    fewest = max((position + 1 for position, text in enumerate(texts) if text.strip(BLANKS)), default=0)
    columns: list[list[object]] = [[] for _ in texts]
    left_out: list[LeftOut] = []
    chunk: list[list[object]] = []
    for line, cells, problem in records:
        if problem:
            left_out.append(LeftOut(line, problem))
            continue
        if len(cells) != width:
            while len(cells) > width and not _text(cells[-1]).strip(BLANKS):
                cells.pop()
            if not fewest <= len(cells) <= width:
                left_out.append(LeftOut(line, Text("file.ragged", found=len(cells), wanted=width)))
                continue
            cells.extend([None] * (width - len(cells)))
        chunk.append(cells)
        lines.append(line)
        if len(chunk) == _CHUNK:
            _append(columns, chunk)
    _append(columns, chunk)
    return columns, left_out


def _append(columns: list[list[object]], chunk: list[list[object]]) -> None:
    for column, values in zip(columns, zip(*chunk, strict=True), strict=bool(chunk)):
        column.extend(values)
    chunk.clear()


def _told(left_out: Sequence[LeftOut]) -> Text:
    return Text("file.left_out_line", line=left_out[0].line, problem=left_out[0].problem)


def _is_blank(record: Record) -> bool:
    # A loop, since this runs for every row of a large file and mostly ends at its first cell.
    for cell in record.cells:  # noqa: SIM110
        if cell is not None and _text(cell).strip(BLANKS):
            return False
    return True


def _filled(record: Record) -> int:
    return sum(bool(_text(cell).strip(BLANKS)) for cell in record.cells)


def _first_text(record: Record) -> str:
    return next(text for cell in record.cells if (text := _text(cell)).strip(BLANKS))


def _text(cell: object) -> str:
    return "" if cell is None else str(written(cell))


def _looks_like_data(text: str) -> bool:
    return bool(read_mobile(text).text or _LIKE_DATA.search(text))

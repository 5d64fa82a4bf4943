"""DataFrames as media: a picture of a table, drawn by matplotlib, or an Excel workbook."""

import io
import math
import re
import zipfile
from collections.abc import Callable, Sequence
from importlib import import_module
from numbers import Real
from typing import TYPE_CHECKING, Any, Final

from dingnb.errors import InputError, MissingPackageError
from dingnb.media.figures import draw
from dingnb.media.pictures import display_scale
from dingnb.tables.headers import ID_COLUMNS, canonical_name
from dingnb.words import NOTHING, Text, count, sentences
from dingnb.words.visible import safe_str, truncate, width

if TYPE_CHECKING:
    import pandas as pd

MAX_ROWS: Final = 30
"""Maximum number of rows that are readable in the size in which DingTalk shows pictures."""

MAX_COLUMNS: Final = 8
"""Maximum number of columns that are readable in that size."""

_DATES = re.compile(rb"<dcterms:(created|modified)[^>]*>[^<]*</dcterms:\1>")
_MAX_CELL_LENGTH = 40
_ROW_INCHES, _LETTER_INCHES, _MARGIN_INCHES = 0.3, 0.11, 0.2
_TEXT_POINTS = 11
_TEXT_INCHES = _TEXT_POINTS / 72
_MIN_TEXT_PIXELS = 8
"""Minimum size of legible text."""

_HEADER_COLOUR, _STRIPE_COLOUR, _LINE_COLOUR = "#e8edf3", "#f7f9fb", "#c9d1da"


def draw_table(frame: "pd.DataFrame") -> tuple[bytes, Text]:
    """
    Return a picture of a table as PNG, and a note on what could not be drawn correctly; usually empty.

    The index is shown only if one of its levels has a name.

    Raises:
        InputError: The table is empty, or too large to be read in a picture.
        MissingPackageError: matplotlib is not installed.
    """
    rows, columns = frame.shape
    if not rows or not columns:
        raise InputError(Text("media.nothing_drawn", thing=Text("media.thing_table")), Text("media.empty_table_todo"))
    if any(name is not None for name in frame.index.names):
        frame = frame.reset_index(allow_duplicates=True)
        columns = frame.shape[1]
    if rows > MAX_ROWS or columns > MAX_COLUMNS:
        sizes = {"rows": count("row", rows), "columns": count("column", columns)}
        what = Text("media.large_table", **sizes, max_rows=MAX_ROWS, max_columns=MAX_COLUMNS)
        raise InputError(what, Text("media.large_table_todo", max_rows=MAX_ROWS))
    try:
        figure_module = import_module("matplotlib.figure")
        matplotlib = import_module("matplotlib")
    except ModuleNotFoundError:
        todo = Text("media.no_exporter_todo", package="matplotlib")
        raise MissingPackageError(Text("media.no_matplotlib"), todo) from None
    names = list(map(_heading, frame.columns))
    cells = [[_cell_text(value) for value in row] for row in frame.itertuples(index=False, name=None)]
    # The analyst's own matplotlib settings must not affect this picture. Asking for the backend would choose a backend.
    defaults = {name: value for name, value in matplotlib.rcParamsDefault.items() if not name.startswith("backend")}
    with matplotlib.rc_context(defaults):
        figure = _make_figure(figure_module.Figure, names, cells, [_is_number(dtype) for dtype in frame.dtypes])
        picture, note = draw(figure)
    is_legible = _TEXT_INCHES * display_scale(*figure.get_size_inches()) >= _MIN_TEXT_PIXELS
    return picture, note if is_legible else sentences(note, Text("media.small_text"))


def make_workbook(frame: "pd.DataFrame", name: str) -> bytes:
    """
    Return a frame as an Excel workbook, as `write_excel` writes it, but without the dates in its properties.

    Args:
        frame: The rows.
        name: The file's name, which the progress display shows.

    Raises:
        FileError: The frame is too large for a sheet of Excel.
    """
    from dingnb.tables.exports import workbook_bytes  # noqa: PLC0415 - imports pandas, as the frame's owner has

    return _without_dates(workbook_bytes(frame, name))


def people_note(frame: "pd.DataFrame") -> Text:
    """Return a warning if a column of ids (`ID_COLUMNS`) shows that a table is about several people; usually empty."""
    for label, values in (
        *((name, frame.index.get_level_values(level)) for level, name in enumerate(frame.index.names)),
        *((label, frame.iloc[:, position]) for position, label in enumerate(frame.columns)),
    ):
        if canonical_name(_heading(label)) not in ID_COLUMNS:
            continue
        # A cell may have any type, also a type without a hash.
        people = len({safe_str(value) for value in values if not is_missing(value)})
        if people > 1:
            return Text("media.table_of_people", column=_heading(label), people=count("person", people))
    return NOTHING


def is_missing(value: object) -> bool:
    """Return whether a value is None, NaN, NA or NaT."""
    if isinstance(value, Real):
        return bool(value != value)  # noqa: PLR0124 - NaN differs from itself
    return value is None or type(value).__name__ in {"NAType", "NaTType"}


def _without_dates(workbook: bytes) -> bytes:
    """Return a workbook without dates in its properties, so that equal tables give equal bytes."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.infolist():
            data = old.read(member)
            if member.filename == "docProps/core.xml":
                data = _DATES.sub(b"", data)
            new.writestr(zipfile.ZipInfo(member.filename), data, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def _make_figure(
    figure_class: Callable[..., Any], names: Sequence[str], cells: Sequence[Sequence[str]], numbers: Sequence[bool]
) -> Any:  # noqa: ANN401 - matplotlib's
    """Return a figure with a table; `numbers` says for each column whether to align its cells like numbers."""
    widths = [
        max(width(text) for text in (name, *(row[column] for row in cells))) * _LETTER_INCHES + _MARGIN_INCHES
        for column, name in enumerate(names)
    ]
    figure = figure_class(figsize=(sum(widths), _ROW_INCHES * (len(cells) + 1)), facecolor="white")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    table = axes.table(
        cellText=[list(row) for row in cells],
        colLabels=list(names),
        colWidths=[inches / sum(widths) for inches in widths],
        cellLoc="left",
        bbox=(0, 0, 1, 1),
    )
    table.auto_set_font_size(False)  # noqa: FBT003 - matplotlib's own signature
    table.set_fontsize(_TEXT_POINTS)
    for (row, column), cell in table.get_celld().items():
        cell.set_edgecolor(_LINE_COLOUR)
        cell.set_facecolor(_HEADER_COLOUR if row == 0 else _STRIPE_COLOUR if row % 2 == 0 else "white")
        cell.get_text().set_horizontalalignment("right" if numbers[column] else "left")
        cell.get_text().set_parse_math(False)
        cell.PAD = 0.06
        if row == 0:
            cell.get_text().set_fontweight("bold")
    return figure


def _is_number(dtype: Any) -> bool:  # noqa: ANN401 - pandas'
    return getattr(dtype, "kind", "") in {"i", "u", "f", "c"}


def _heading(label: object) -> str:
    """Return the label of a column as text; several levels, as in a pivot table, are joined."""
    levels = label if isinstance(label, tuple) else (label,)
    return " ".join(filter(None, map(_cell_text, levels)))


def _cell_text(value: Any) -> str:  # noqa: ANN401 - a cell of any type
    """Return a cell as text on one line; empty for a missing value."""
    if is_missing(value):
        return ""
    text = f"{value:.15g}" if isinstance(value, float) and math.isfinite(value) else safe_str(value)
    return truncate(" ".join(text.split()).removesuffix(" 00:00:00"), _MAX_CELL_LENGTH)

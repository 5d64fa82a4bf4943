"""The upload of a list of recipients: a file is read into a DataFrame, with a report on what was read."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import ipywidgets as widgets
import pandas as pd

from dingnb.clock import Clock
from dingnb.display import Sheet, Table
from dingnb.errors import FileError, HiddenRowsError
from dingnb.messages import MISSING
from dingnb.recipients.column_titles import (
    MATCH_COLUMN,
    added_by_matching,
    column_titles,
    headings_of_renamed,
    match_text,
    with_column_titles,
)
from dingnb.tables.cells import apply_date_formats, drop_midnights, read_values_with_times, show
from dingnb.tables.files import HiddenRows, ReadOptions, read_table, sheets_of
from dingnb.tables.frame_report import ATTRS_KEY
from dingnb.tables.row_labels import index_heading, is_indexed_by_line
from dingnb.ui.app_page.exports import exports_folder
from dingnb.ui.kit import parts
from dingnb.ui.kit.files import FileField, is_served_by_voila, max_upload_bytes
from dingnb.ui.kit.form import button, row, show_if, stack, toggle_class, update
from dingnb.ui.kit.model import Failure, Model
from dingnb.words import Text, TextLike, count, listed, say

if TYPE_CHECKING:
    from dingnb.ui.kit.form import Form

ACCEPTED_SUFFIXES = ".csv,.tsv,.txt,.xlsx,.xlsm"

_FILE_DETAILS = (Text("file.format"), Text("file.columns"), Text("studio.renamed"))
"""Facts about a file that are collapsed, since the table below shows the columns."""

_SHEETS_IN_NOTE = 2
"""Number of sheets that the note about a sheet without a list names: that sheet, and the sheet read instead."""

_MAX_ROWS = 5
_MAX_COLUMNS = 8

ENCODINGS = ("UTF-8", "GB18030", "Big5", "UTF-16", "Shift_JIS", "EUC-KR", "Windows-1252")
"""Encodings to choose from if the wrong one was detected."""

_NO_FILE = "", b""
_DEFAULT_OPTIONS = ReadOptions()

_NOT_REFUSED: Final[Mapping[str, Any]] = {"failure": None, "must_choose_hidden": False}
"""Changes to the state when a file that was refused no longer matters."""

_READING: Final[Mapping[str, Any]] = {"is_reading": True, **_NOT_REFUSED}
"""Changes to the state when the reading of a file starts."""

_SAVED_FIELDS = ("file", "sheets", "sheet", "text_file", "encoding", "report", "hidden")


@dataclass(frozen=True, slots=True)
class UploadState:
    """
    The state of the upload.

    Attributes:
        file: The name of the file that was read last; empty if none was.
        sheets: The sheets of a workbook, in order; empty if there is only one.
        sheet: The sheet that was read; empty if `sheets` is.
        text_file: The name of the text file that can be read again in another encoding, even if it could not be read;
            empty if there is none.
        encoding: The chosen encoding; empty to detect it.
        report: The report on what was read; None if nothing was.
        is_reading: Whether a file is being read.
        failure: The last error; None if there was none.
        must_choose_hidden: Whether the file has hidden rows, and the user has to choose what to do with them.
        hidden: The choice about hidden rows; None if there was none.
    """

    file: str = ""
    sheets: tuple[str, ...] = ()
    sheet: str = ""
    text_file: str = ""
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
        on_read: Called in a background thread with the DataFrame that was read.
        on_load: Called when a file was chosen, before it is read.

    Attributes:
        source_file: The name and the bytes of a file that may be read again with other options; both empty otherwise.
    """

    def __init__(
        self, clock: Clock, on_read: Callable[[pd.DataFrame], None], on_load: Callable[[], None] = lambda: None
    ) -> None:
        super().__init__(UploadState(), clock)
        self._on_read, self._on_load = on_read, on_load
        self._options_before_hidden = _DEFAULT_OPTIONS
        self._clear_count = 0
        self.source_file = _NO_FILE

    def saved_state(self) -> dict[str, Any]:
        """Return what `restore` takes, to show the same file in another studio or process."""
        return {"source_file": self.source_file, **{name: getattr(self.state, name) for name in _SAVED_FIELDS}}

    def restore(self, saved: Mapping[str, Any]) -> None:
        """Show a file that was read elsewhere."""
        self.source_file = saved["source_file"]
        self._show(**{name: saved[name] for name in _SAVED_FIELDS}, **_NOT_REFUSED)

    def clear(self) -> None:
        """Forget the file, and files that are being read or wait, since the recipients come from elsewhere now."""
        with self._lock:
            self._clear_count += 1
            self.source_file = _NO_FILE
        self._drop_next()
        self._show(**{name: getattr(UploadState(), name) for name in _SAVED_FIELDS}, **_NOT_REFUSED)

    def load(self, file: str, data: bytes) -> None:
        """Read a file, after any that is being read; if it cannot be read, the previous one stays."""
        self._on_load()
        self._start_newest(lambda: self._read(file, data), **_READING)

    def choose_sheet(self, sheet: str) -> None:
        """Read another sheet of the workbook."""
        if sheet in self.state.sheets and sheet != self.state.sheet:
            self._start(lambda: self._read(*self.source_file, ReadOptions(sheet)))

    def choose_encoding(self, encoding: str) -> None:
        """Read the text again in an encoding; if empty, the encoding is detected."""
        if self.state.text_file and encoding != self.state.encoding:
            self._start(lambda: self._read(*self.source_file, ReadOptions(encoding=encoding or None)))

    def choose_hidden(self, hidden: HiddenRows) -> None:
        """Read the workbook without its hidden rows, or with them."""
        if self.state.must_choose_hidden:
            options = self._options_before_hidden._replace(hidden=hidden)
            self._start(lambda: self._read(*self.source_file, options))

    def _start(self, work: Callable[[], None]) -> None:
        self._start_work(work, **_READING)

    def _read(self, file: str, data: bytes, options: ReadOptions = _DEFAULT_OPTIONS) -> None:
        clear_count = self._clear_count
        if data is not self.source_file[1] and self.source_file[0] != self.state.file:
            # This file replaces a refused file, whose encoding or hidden rows could still be chosen until now.
            self.source_file = _NO_FILE
            self._show(text_file="", encoding="")
        sheets = sheets_of(file, data)
        has_several_sheets, is_text = len(sheets) > 1, not sheets
        if is_text:
            # Before the file is read: if that fails, the encoding may have to be chosen.
            self.source_file = file, data
            self._show(text_file=file, encoding=options.encoding or "", sheets=())
        candidates: list[str | int | None] = [None, *sheets] if options.sheet is None else [options.sheet]
        try:
            frame, report = _read_first_list(file, data, candidates, options)
        except HiddenRowsError:
            if clear_count != self._clear_count:
                return
            # The choices offered until now belong to the previous file.
            previous = {} if self.source_file == (file, data) else {"sheets": (), "text_file": ""}
            self.source_file, self._options_before_hidden = (file, data), options
            self._show(must_choose_hidden=True, **previous)
            raise
        with self._lock:
            if clear_count != self._clear_count:
                return
            # The file is kept only if it may be read again.
            self.source_file = (file, data) if has_several_sheets or is_text else _NO_FILE
            self._show(
                file=file,
                report=_report_with_column_titles(report, frame),
                sheets=tuple(sheets) if has_several_sheets else (),
                sheet=frame.attrs[ATTRS_KEY]["sheet"] if has_several_sheets else "",
                text_file=file if is_text else "",
                encoding=options.encoding or "",
                hidden=options.hidden,
            )
        self._on_read(frame)

    def _on_idle(self) -> None:
        self._change({"is_reading": False})


def _read_first_list(
    file: str, data: bytes, sheets: Sequence[str | int | None], options: ReadOptions
) -> tuple[pd.DataFrame, Sheet]:
    """
    Read the first of these sheets that contains a list, since there may be a cover sheet before it.

    Raises:
        HiddenRowsError: A sheet has hidden rows; no further sheet is read.
        FileError: No sheet contains a list; the error is that of the first one.
    """
    failures: list[FileError] = []
    for sheet in sheets:
        try:
            return read_table(file, data, options._replace(sheet=sheet))
        except HiddenRowsError:
            raise
        except FileError as error:
            failures.append(error)
    raise failures[0]


def _report_with_column_titles(report: Sheet, frame: pd.DataFrame) -> Sheet:
    """Return the report on a file in which columns are named as in the rest of the form."""
    titles = column_titles(frame)
    # In the form, columns keep their headings, except for line breaks.
    renamed = [f"{heading} → {label}" for label, heading in headings_of_renamed(frame).items() if heading != label]
    facts: list[tuple[TextLike, TextLike]] = []
    for label, value in report.facts:
        if label == Text("file.columns"):
            facts.append((label, listed(titles.values())))
        elif label != Text("file.renamed"):
            facts.append((label, with_column_titles(titles, value)))
        elif renamed:
            facts.append((Text("studio.renamed"), listed(renamed)))
    return replace(report, facts=tuple(facts), notes=tuple(with_column_titles(titles, note) for note in report.notes))


def preview_table(frame: pd.DataFrame) -> Table:
    """Return the first rows and columns of a DataFrame, with line numbers if it comes from a file."""
    labels = list(frame.columns[:_MAX_COLUMNS])
    head = frame.iloc[:_MAX_ROWS]
    has_lines = is_indexed_by_line(frame)
    matches = [name == MATCH_COLUMN and name in added_by_matching(frame) for name in labels]
    cells = [_match_cell if is_match else _cell for is_match in ([False] if has_lines else []) + matches]
    columns = [_first_cells(frame.iloc[:, at]) for at in range(len(labels))]
    rows = tuple(
        tuple(cell(value) for cell, value in zip(cells, row, strict=True))
        for row in zip(*([head.index.tolist()] if has_lines else []), *columns, strict=True)
    )
    hidden_columns = len(frame.columns) - len(labels)
    more = say("studio.more_columns", columns=count("column", hidden_columns)) if hidden_columns else ""
    rows_text = count("row", len(frame))
    caption = str(rows_text) if len(head) == len(frame) else say("studio.first_rows", n=len(head), rows=rows_text)
    header = [index_heading(frame.index)] if has_lines else []
    titles = column_titles(frame)
    names = (titles.get(label, str(label)) for label in labels)
    return Table(caption, (*header, *names), rows, more)


def _first_cells(column: "pd.Series[Any]") -> list[object]:
    """Return the first cells of a column; dates as in a message, which omits a time of midnight."""
    head = column.iloc[:_MAX_ROWS]
    if column.dtype.kind != "M":
        return list(head.tolist())
    present, cells = column.dropna(), read_values_with_times(head)
    cells = drop_midnights(cells) if present.dt.normalize().equals(present) else cells
    return [None if cell is MISSING else cell for cell in apply_date_formats(cells, column)]


def _match_cell(value: object) -> str:
    return match_text(show(value))


def _cell(value: object) -> str:
    """Return a cell as text; the items of a tuple, such as the departments of a person, as a list."""
    return str(listed(map(show, value))) if isinstance(value, tuple) else show(value)


class UploadView:
    """
    The widgets of the upload.

    Args:
        form: The form that contains them.
        model: The model.
        directory: The button that opens the directory, the other source of recipients.
        other_list: The button that uses another list.
    """

    def __init__(self, form: "Form", model: UploadModel, directory: widgets.Button, other_list: widgets.Button) -> None:
        self._model = model
        self.file = FileField(ACCEPTED_SUFFIXES, lambda: say("studio.upload_kinds"))
        self.sheet, self.encoding = widgets.Dropdown(), widgets.Dropdown()
        self.sheet.add_class("dn-third")
        self.encoding.add_class("dn-third")
        self.skip, self.keep = button(tone="primary"), button()
        self.hidden = row([self.skip, self.keep])
        self.hint, self.notice = widgets.HTML(), widgets.HTML()
        self.about_file, self.about_directory, self.example = widgets.HTML(), widgets.HTML(), widgets.HTML()
        from_file = stack([self.about_file, self.example, self.file], "dn-source")
        from_directory = stack([self.about_directory, directory], "dn-source")
        if exports_folder() is not None:
            # Only the page of the app takes a file that is dropped.
            from_file.add_class("dn-drop")
        self.sources = row([from_file, from_directory], "dn-sources")
        fields = row([self.sources, other_list, self.sheet, self.encoding], "dn-align-end")
        self.box = stack([self.hint, fields, self.notice, self.hidden])
        form.on_change(self.file, lambda _: self._load())
        form.on_change(self.sheet, self._choose_sheet)
        form.on_change(self.encoding, model.choose_encoding)
        form.on_click(self.skip, lambda: model.choose_hidden("skip"))
        form.on_click(self.keep, lambda: model.choose_hidden("keep"))

    def render(self, state: UploadState, rows: int, *, is_addressed: bool, is_next_step: bool) -> None:
        """
        Show the uploaded file and the report on it.

        Args:
            state: The state of the upload.
            rows: The number of rows of the list of recipients, which stays if a file cannot be read.
            is_addressed: Whether the columns that identify people are known, so that the report need not name them.
            is_next_step: Whether choosing a file is the next step.
        """
        update(self.hint, value=parts.quiet(say("studio.upload_hint", large=_size_limit())))
        self._render_sources(is_open=is_next_step and not state.must_choose_hidden, has_list=rows > 0)
        label = say("studio.upload_another" if state.file else "studio.upload")
        if self.file.description != label:
            self.file.set_label(label)
        update(self.file, button_style="primary" if is_next_step and not state.must_choose_hidden else "")
        show_if(len(state.sheets) > 1, self.sheet)
        if state.sheets:
            update(self.sheet, options=state.sheets, description=say("studio.sheet"))
            update(self.sheet, value=state.sheet)
        show_if(bool(state.text_file), self.encoding)
        options = ((say("studio.encoding_found"), ""), *((name, name) for name in ENCODINGS))
        # The file that could not be read, and the file with the list that is still shown, may differ.
        has_others = state.failure is not None or state.file not in {"", state.text_file}
        name = parts.short(state.text_file)
        label = say("studio.encoding_of", file=name) if has_others else say("studio.encoding")
        update(self.encoding, options=options, description=label)
        update(self.encoding, value=state.encoding)
        update(self.skip, description=say("studio.skip_hidden"))
        update(self.keep, description=say("studio.keep_hidden"))
        show_if(state.must_choose_hidden, self.hidden)
        update(self.notice, value=_report(state, rows, is_addressed=is_addressed))

    def _render_sources(self, *, is_open: bool, has_list: bool) -> None:
        """Show a card for each source of recipients, or only their buttons once there is a list."""
        drop = say("studio.drop") if exports_folder() is not None else ""
        about = say("studio.from_file_about", large=_size_limit())
        update(self.about_file, value=parts.source("file", say("studio.from_file"), about, drop))
        names = say("studio.from_directory"), say("studio.from_directory_about")
        update(self.about_directory, value=parts.source("everybody", *names))
        rows = [line.split("|") for line in say("studio.example_rows").splitlines()]
        columns = say("studio.example_columns").split("|")
        update(self.example, value=parts.example_table(say("studio.example_list"), columns, rows))
        show_if(is_open, self.about_file, self.about_directory, self.example)
        show_if(not is_open and not has_list, self.hint)
        toggle_class(self.sources, "dn-open", is_open)

    def _load(self) -> None:
        for name, data in self.file.take():
            self._model.load(name, data)

    def _choose_sheet(self, sheet: str | None) -> None:
        if sheet:
            self._model.choose_sheet(sheet)


def _size_limit() -> str:
    if not is_served_by_voila():
        return say("studio.upload_large")
    return say("studio.upload_large_page", megabytes=max_upload_bytes() // 1_000_000)


def _is_known(note: TextLike, state: UploadState, *, is_addressed: bool) -> bool:
    """Return whether a note repeats what the form shows or, about the only two sheets, what another note says."""
    if not isinstance(note, Text) or state.report is None:
        return False
    if note.mentions("file.other_sheets"):
        others = (other for other in state.report.notes if isinstance(other, Text))
        return len(state.sheets) == _SHEETS_IN_NOTE and any(other.mentions("file.passed_over") for other in others)
    return is_addressed and note.mentions("file.no_address")


def _report(state: UploadState, rows: int, *, is_addressed: bool) -> str:
    if state.is_reading:
        return parts.status(parts.quiet(say("studio.reading")))
    report = ""
    if state.report is not None:
        notes = [(note, "") for note in state.report.notes if not _is_known(note, state, is_addressed=is_addressed)]
        notices = parts.notices(notes, "warn")
        report = parts.status(f"<strong>{parts.shown(state.report.title)}</strong>{notices}")
        report += parts.facts([fact for fact in state.report.facts if fact[0] not in _FILE_DETAILS])
        details = [fact for fact in state.report.facts if fact[0] in _FILE_DETAILS]
        report += parts.collapsible(say("studio.file_details"), parts.facts(details))
    kept = ""
    if state.failure is not None and rows:
        kept = parts.notice(say("studio.list_kept", rows=count("row", rows)), "", "warn")
    return parts.failure_alert(state.failure) + kept + report

"""The part of the studio in which a list of recipients is uploaded."""

from typing import TYPE_CHECKING

import ipywidgets as widgets

from dingnb.ui.app_page.exports import exports_folder
from dingnb.ui.kit import parts
from dingnb.ui.kit.files import FileField, is_served_by_voila, max_upload_bytes
from dingnb.ui.kit.form import button, row, show_if, stack, toggle_class, update
from dingnb.ui.studio.upload_model import ENCODINGS, UploadModel, UploadState
from dingnb.words import Text, TextLike, count, say

if TYPE_CHECKING:
    from dingnb.ui.kit.form import Form

ACCEPTED_SUFFIXES = ".csv,.tsv,.txt,.xlsx,.xlsm"

_FILE_DETAILS = (Text("file.format"), Text("file.columns"), Text("studio.renamed"))
"""Facts about a file that are collapsed, since the table below shows the columns."""

_SHEETS_IN_NOTE = 2
"""Number of sheets that the note about a sheet without a list names: that sheet, and the sheet read instead."""


class UploadView:
    """
    The widgets of the upload.

    Args:
        form: The form that contains them.
        model: The model.
        directory: The button that opens the directory, the other source of recipients; None if there is none.
        other_list: The button that uses another list; None if there is none.
    """

    def __init__(
        self,
        form: "Form",
        model: UploadModel,
        directory: widgets.Button | None = None,
        other_list: widgets.Button | None = None,
    ) -> None:
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
        from_directory = [] if directory is None else [stack([self.about_directory, directory], "dn-source")]
        if exports_folder() is not None:
            # Only the page of the app takes a file that is dropped.
            from_file.add_class("dn-drop")
        self.sources = row([from_file, *from_directory], "dn-sources")
        beside = [] if other_list is None else [other_list]
        fields = row([self.sources, *beside, self.sheet, self.encoding], "dn-align-end")
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

"""The export of the rows that the table of results shows, as an Excel workbook."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from dingnb.tables.exports import write_table
from dingnb.ui.kit import parts
from dingnb.ui.kit.code import call
from dingnb.ui.kit.files import export_path, file_name, offer_download
from dingnb.ui.kit.form import button, show_if, update
from dingnb.ui.kit.model import Failure, Model
from dingnb.ui.results.model import ResultsModel
from dingnb.ui.run.model import RunModel
from dingnb.words import Text, TextLike, count, in_form, say, sentences
from dingnb.words.literals import literal

if TYPE_CHECKING:
    from dingnb.ui.results.form import ResultsForm


@dataclass(frozen=True, slots=True)
class ExportState:
    """
    The state of the export.

    Attributes:
        notice: The progress of the export, or its outcome.
        name: The name of the workbook; empty if there is none.
        link: The address from which the browser downloads the workbook; empty if there is none.
        failure: The last error; None if there was none.
    """

    notice: TextLike = ""
    name: str = ""
    link: str = ""
    failure: Failure | None = None


_NO_OUTCOME: dict[str, Any] = {"notice": "", "name": "", "link": "", "failure": None}
"""The fields of a state without the outcome of an export."""


@dataclass(frozen=True, slots=True)
class ExportSelection:
    """
    The rows to export.

    Attributes:
        count: The number of rows.
        content: What the rows are, for the workbook's name.
        filters: The arguments of `Campaign.export` that choose the rows.
    """

    count: int
    content: Sequence[str]
    filters: Mapping[str, Any]


class ExportModel(Model[ExportState]):
    """
    Exports the rows that the table shows.

    Args:
        results: The model of the table.
        run: The model of the campaign.
        name: The name of the campaign in the code.
    """

    def __init__(self, results: ResultsModel, run: RunModel, name: str) -> None:
        super().__init__(ExportState(), run.view.clock)
        self._results = results
        self._run_model = run
        self._name = name
        self._exported_filters: Mapping[str, Any] = {}
        results.watch(self._clear_outdated)

    @property
    def count(self) -> int:
        """The number of rows to export; 0 while the campaign is running."""
        return 0 if self._run_model.is_running else _selection_of(self._results).count

    def export(self) -> None:
        """Write the rows to a workbook; ignored without rows, and while the campaign is running."""
        selection = _selection_of(self._results)
        if selection.count and not self._run_model.is_running:
            self._start_work(
                lambda: self._export(selection), notice=Text("form.working"), name="", link="", failure=None
            )

    def _export(self, selection: ExportSelection) -> None:
        self._exported_filters = selection.filters
        run = self._run_model.run
        keep = list(self._results.keep)
        # The hints in this workbook name buttons, while those of the same export by code name calls.
        frame = self._run_model.view.results.export_frame(keep, **selection.filters, readable=True, render=in_form)
        path = write_table(export_path(file_name(run.name, *selection.content)), frame)
        arguments = {**selection.filters, **({"keep": keep} if keep else {}), "readable": True}
        self._run_model.code_lines.append(call(f"{self._name}.export", literal(path.name), **arguments))
        notice, link = offer_download(path)
        note = self._run_model.view.results.export_note()
        self._show(notice=sentences(notice, note), link=link, name=path.name)

    def _on_idle(self) -> None:
        if self._is_outdated:
            self._change(_NO_OUTCOME)
        elif self.state.failure is not None:
            self._change({"notice": ""})

    @property
    def _is_outdated(self) -> bool:
        """Whether the table is filtered in another way than for the last export."""
        return self._exported_filters != _selection_of(self._results).filters

    def _clear_outdated(self) -> None:
        """Clear the outcome of the last export, or its failure, once the table is filtered in another way."""
        with self._lock:
            has_outcome = any(getattr(self.state, name) for name in _NO_OUTCOME)
            if not has_outcome or self.is_busy or not self._is_outdated:
                return
            self._change(_NO_OUTCOME)
        self._notify()


def _selection_of(results: ResultsModel) -> ExportSelection:
    state = results.state
    shown, snapshot, answers = state.shown, state.snapshot, state.answers
    filters: dict[str, Any] = {
        name: value for name, value in (("status", str(shown.status)), ("text", shown.query)) if value
    }
    name = snapshot.name_of(shown.status).lower() if shown.status and snapshot else say("form.file_results")
    content = [name, shown.query]
    if shown.answer is not None and answers is not None:
        question, answer = shown.answer
        filters["answers"] = {question: answer}
        content.append(answers.label_of_answer(question, answer))
    return ExportSelection(shown.found, content, filters)


class ExportView:
    """
    The button that exports the rows that the table shows, and the outcome of the export.

    Args:
        form: The form that contains them.
        model: The model.
    """

    def __init__(self, form: "ResultsForm", model: ExportModel) -> None:
        self._model = model
        self.button, self.outcome = button(), widgets.HTML()
        form.on_click(self.button, model.export)

    def render(self) -> None:
        """Show the number of rows, and the progress or the outcome of the export, with a link if there is one."""
        rows = self._model.count
        show_if(bool(rows), self.button)
        update(self.button, description=say("results_form.export_shown", rows=count("row", rows)))
        update(self.outcome, value=self._outcome())

    def _outcome(self) -> str:
        state = self._model.state
        if state.failure is not None:
            return parts.failure_alert(state.failure)
        if not state.notice:
            return ""
        download = " " + parts.download_link(say("form.download"), state.name, state.link) if state.link else ""
        return parts.status(parts.quiet(state.notice) + download)

"""The model of the export of the rows that a table shows as an Excel workbook."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from dingnb.ui.kit.code import call, literal
from dingnb.ui.kit.files import export_path, file_name, offer_download
from dingnb.ui.kit.model import Failure, Model
from dingnb.ui.results.answers_model import AnswersModel
from dingnb.ui.results.model import ResultsModel
from dingnb.ui.run.model import RunModel
from dingnb.words import Text, Words, sentences


@dataclass(frozen=True, slots=True)
class ExportState:
    """
    The state of the export.

    Attributes:
        notice: The progress of the export, or its outcome.
        name: The name of the workbook.
        link: The address from which the browser downloads the workbook; empty if there is none.
        failure: The last error; None if there was none.
    """

    notice: Words = ""
    name: str = ""
    link: str = ""
    failure: Failure | None = None


class ExportedRows(NamedTuple):
    """
    The rows to export.

    Attributes:
        rows: Their number.
        ending: The ending of the workbook's name, without the suffix.
        filters: The arguments of `Campaign.export` that choose them.
    """

    rows: int
    ending: str
    filters: Mapping[str, Any]


def rows_of_results(results: ResultsModel) -> ExportedRows:
    """Return the rows that the table of results shows."""
    shown = results.state.shown
    filters = {name: value for name, value in (("status", str(shown.status)), ("text", shown.query)) if value}
    return ExportedRows(shown.found, shown.status or "results", filters)


def rows_of_answers(answers: AnswersModel) -> ExportedRows:
    """Return the rows that the table of answers shows."""
    shown = answers.state.shown
    if shown.chosen is None:
        return ExportedRows(shown.found, "answers", {})
    question, answer = shown.chosen
    return ExportedRows(shown.found, f"answers-{answer or 'none'}", {"answers": {question: answer}})


class ExportModel(Model[ExportState]):
    """
    Exports the rows that a table shows.

    Args:
        table: The model of the table.
        find_rows: Returns the rows that it shows.
        run: The model of the campaign.
        name: The name of the campaign in the code.
        keep: The columns of the input to add.
    """

    def __init__(
        self,
        table: Model[Any],
        find_rows: Callable[[], ExportedRows],
        run: RunModel,
        name: str,
        keep: Sequence[Hashable],
    ) -> None:
        super().__init__(ExportState(), run.view.clock)
        self._find_rows = find_rows
        self._run_model = run
        self._name = name
        self._keep = keep
        self._exported_filters: Mapping[str, Any] = {}
        table.watch(self._check_filters)

    @property
    def rows(self) -> int:
        """The number of rows to export; 0 while the campaign is running."""
        return 0 if self._run_model.is_running else self._find_rows().rows

    def export(self) -> None:
        """Write the rows to a workbook."""
        rows = self._find_rows()
        if self.rows:
            self._start_work(
                lambda: self._export(rows), notice=Text("results_form.working"), name="", link="", failure=None
            )

    def _export(self, rows: ExportedRows) -> None:
        run = self._run_model.run
        arguments = {**rows.filters, **({"keep": list(self._keep)} if self._keep else {}), "readable": True}
        path = run.export(export_path(file_name(run.name, rows.ending)), **arguments)
        self._run_model.code_lines.append(call(f"{self._name}.export", literal(path.name), **arguments))
        notice, link = offer_download(path)
        self._exported_filters = rows.filters
        note = self._run_model.view.results.export_note()
        self._show(notice=sentences(notice, note), link=link, name=path.name)

    def _check_filters(self) -> None:
        """Clear the outcome of the last export once other rows are shown."""
        if (
            (self.state.link or self.state.notice)
            and not self.is_busy
            and self._exported_filters != self._find_rows().filters
        ):
            self._show(notice="", link="", name="")

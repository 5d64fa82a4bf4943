"""The model of the export of the shown rows as an Excel workbook."""

from dataclasses import dataclass
from typing import Any

from dingnb.tables.exports import WORKBOOK
from dingnb.ui.kit.code import call, literal
from dingnb.ui.kit.files import export_path, file_name, offer_download
from dingnb.ui.kit.model import Failure, Model
from dingnb.ui.results.model import ResultsModel
from dingnb.ui.results.state import ShownRows
from dingnb.ui.run.model import RunModel
from dingnb.words import Text, Words


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


class ExportModel(Model[ExportState]):
    """
    Exports the rows that are shown.

    Args:
        results: The model of the results.
        run: The model of the campaign.
        name: The name of the campaign in the code.
    """

    def __init__(self, results: ResultsModel, run: RunModel, name: str) -> None:
        super().__init__(ExportState(), results.view.clock)
        self._results = results
        self._run_model = run
        self._name = name
        self._exported_filter = ("", "")
        results.watch(self._check_filter)

    @property
    def rows(self) -> int:
        """The number of rows to export; 0 while the campaign is running."""
        return 0 if self._run_model.is_running else self._results.state.shown.found

    def export(self) -> None:
        """Write the rows to a workbook."""
        shown = self._results.state.shown
        if self.rows:
            self._start_work(
                lambda: self._export(shown), notice=Text("results_form.working"), name="", link="", failure=None
            )

    def _export(self, shown: ShownRows) -> None:
        run = self._results.run
        options = {"status": str(shown.status), "text": shown.query, "keep": list(self._results.keep)}
        arguments: dict[str, Any] = {name: value for name, value in options.items() if value}
        path = run.export(export_path(file_name(run.name, shown.status or "results", WORKBOOK)), **arguments)
        self._run_model.steps.append(call(f"{self._name}.export", literal(path.name), **arguments))
        notice, link = offer_download(path)
        self._exported_filter = self._current_filter
        self._show(notice=notice, link=link, name=path.name)

    @property
    def _current_filter(self) -> tuple[str, str]:
        shown = self._results.state.shown
        return shown.status, shown.query

    def _check_filter(self) -> None:
        """Clear the outcome of the last export once other rows are shown."""
        if (
            (self.state.link or self.state.notice)
            and not self.is_busy
            and self._exported_filter != self._current_filter
        ):
            self._show(notice="", link="", name="")

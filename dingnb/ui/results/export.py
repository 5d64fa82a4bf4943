"""The button that exports the rows that a table shows, and the outcome of the export."""

from typing import TYPE_CHECKING

import ipywidgets as widgets

from dingnb.ui.kit import parts
from dingnb.ui.kit.form import button, show_if, update
from dingnb.ui.results.export_model import ExportModel
from dingnb.words import count, say

if TYPE_CHECKING:
    from dingnb.ui.results.form import ResultsForm


class ExportView:
    """
    The widgets of an export.

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

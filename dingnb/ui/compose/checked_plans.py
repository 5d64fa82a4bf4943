"""The newest plan of the compose form, earlier plans that were sent, and the campaigns opened in the form."""

from collections.abc import Callable
from functools import partial

from dingnb.ui.compose.script import CheckInput, Script
from dingnb.ui.compose.state import Document, DocumentText
from dingnb.ui.plan.model import PlanModel
from dingnb.ui.run.model import RunModel

_Check = tuple[PlanModel, CheckInput]


class CheckedPlans:
    """
    The newest plan, earlier plans that were sent, and the campaigns opened in the form.

    Plans that were sent stay visible after another check. Campaigns are kept for the code of the actions on them.

    Args:
        on_change: Called whenever one of the plans changes.
    """

    def __init__(self, on_change: Callable[[], None]) -> None:
        self._on_change = on_change
        self._history: list[_Check | RunModel] = []

    @property
    def _checks(self) -> list[_Check]:
        return [entry for entry in self._history if isinstance(entry, tuple)]

    @property
    def plan_models(self) -> list[PlanModel]:
        """The plans, the newest last."""
        return [plan_model for plan_model, _ in self._checks]

    @property
    def sent_messages(self) -> list[DocumentText]:
        """The messages that were sent, as they were written."""
        return [check.document_text for plan_model, check in self._checks if plan_model.run is not None]

    def plan_models_of(self, document: Document) -> list[PlanModel]:
        """Return the plans of one message, the newest last."""
        return [plan_model for plan_model, check in self._checks if check.document_text.document is document]

    def campaign_name_of(self, document: Document) -> str:
        """
        Return the name of the campaign of a message; empty if there is none, or the name is only suggested.

        Before the message is sent, this is the name as typed, which the campaign may spell differently.
        """
        plan_models = self.plan_models_of(document)
        if not plan_models:
            return document.earlier_campaign
        newest = plan_models[-1]
        if newest.run is not None:
            return newest.run.run.name
        return newest.state.name if newest.is_name_chosen or newest.is_sent_or_starting else ""

    def add(self, newest: PlanModel, check: CheckInput) -> None:
        """Add a plan, and the input from which the plan was made."""
        self.mark_outdated()
        history: list[_Check | RunModel] = []
        for entry in self._history:
            if isinstance(entry, RunModel) or entry[0].is_sent_or_starting:
                history.append(entry)
            else:
                # The plan is dropped, but the campaigns opened in its form stay part of the code.
                history += entry[0].opened_runs
        self._history = history
        for plan_model in self.plan_models:
            newest.watch(partial(plan_model.mark_overtaken_by, newest))
        self._history = [*history, (newest, check)]
        newest.watch(self._on_change)

    def add_opened(self, run: RunModel) -> None:
        """Add a campaign that was opened in the form, in place of campaigns that were only looked at."""
        if any(entry is run for entry in self._history):
            return
        kept = [entry for entry in self._history if not isinstance(entry, RunModel) or entry.all_code_lines]
        self._history = [*kept, run]
        run.watch(self._on_change)

    def mark_outdated(self) -> None:
        """Mark all plans as outdated, so that none can be sent: the form shows something else now."""
        for plan_model in self.plan_models:
            plan_model.mark_outdated()

    def retranslate(self) -> None:
        """Render all plans again, in the current language."""
        for plan_model in self.plan_models:
            plan_model.retranslate()

    def code_lines(self, script: Script, *, is_current: bool) -> list[str]:
        """
        Return the code of the checks and of the actions on their plans, except outdated plans that were not sent.

        Actions on campaigns that were opened are always part of the code.

        Args:
            script: Writes the code.
            is_current: Whether the newest plan matches what the form shows.
        """
        newest, lines = self.plan_models[-1:], list[str]()
        for entry in self._history:
            if isinstance(entry, RunModel):
                lines += entry.code_lines_of_opened(script.names.app)
                continue
            plan_model, check = entry
            if plan_model.is_sent_or_starting or (is_current and plan_model in newest):
                lines += (*script.check_lines(check), *plan_model.code_lines)
            else:
                lines += plan_model.opened_lines
        return lines

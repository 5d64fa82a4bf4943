"""The part of the compose form that warns of rows that may reach the wrong people or nobody, and leaves them out."""

from functools import partial
from typing import TYPE_CHECKING, Final

import ipywidgets as widgets

from dingnb.ui.compose.model import ComposeModel
from dingnb.ui.compose.state import ComposeState
from dingnb.ui.kit.form import show_if, stack, update
from dingnb.ui.plan.row_lists import warning_with_rows
from dingnb.words import say

if TYPE_CHECKING:
    from dingnb.ui.compose.form import ComposeForm
    from dingnb.ui.compose.source import Snapshot

_LABELS: Final = {"name": "compose.rejects_names", "directory": "compose.rejects_unlisted"}
"""The labels of the ticks, by the check of `DingTalk.plan` that leaves the rows out."""


class RowWarningsView:
    """
    The widgets of the warnings: each with its rows, which are folded, and a tick that leaves them out.

    Args:
        form: The form that contains them.
        model: The form's model.
    """

    def __init__(self, form: "ComposeForm", model: ComposeModel) -> None:
        self._model = model
        self.notices = {check: widgets.HTML() for check in _LABELS}
        self.ticks = {check: widgets.Checkbox(indent=False) for check in _LABELS}
        self._warned: dict[str, Snapshot | None] = {}
        self.box = stack([widget for check in _LABELS for widget in (self.notices[check], self.ticks[check])])
        for check, tick in self.ticks.items():
            form.on_change(tick, partial(model.set_row_check, check))

    def render(self, state: ComposeState) -> None:
        """Show the warnings of the newest check, and the ticks for this list."""
        plan_model = self._model.plan_models[-1] if self._model.plan_models else None
        # Once it was sent, the campaign shows these people.
        show_if(plan_model is not None and not plan_model.is_sent_or_starting, self.box)
        for check, tick in self.ticks.items():
            # Not while it is checked again, so that the tick that was pressed does not move.
            if not state.is_checking:
                warning = ""
                if plan_model is not None and state.is_current:
                    warning = warning_with_rows(plan_model.view, plan_model.state.sheet.notes, check)
                    # From then on the tick stays, so that it can be taken back.
                    self._warned[check] = state.snapshot if warning else self._warned.get(check)
                update(self.notices[check], value=warning)
                show_if(bool(warning), self.notices[check])
            is_ticked = check in state.recipient_choice.checks
            show_if(is_ticked or self._warned.get(check) is state.snapshot, tick)
            update(tick, value=is_ticked, description=say(_LABELS[check]))

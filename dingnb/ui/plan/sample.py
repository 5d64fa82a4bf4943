"""The test in the form of a plan: the message of one row, to one person."""

from typing import TYPE_CHECKING

import ipywidgets as widgets

from dingnb.campaigns.status import Status
from dingnb.ui.kit import parts
from dingnb.ui.kit.form import button, row, show_if, stack, update
from dingnb.ui.kit.rows import RowField
from dingnb.ui.plan.model import PlanModel
from dingnb.ui.plan.state import PlanState
from dingnb.words import say

if TYPE_CHECKING:
    from dingnb.ui.plan.form import PlanForm


class SampleView:
    """
    The widgets of the test.

    Args:
        form: The form that contains them.
        model: The model.
    """

    def __init__(self, form: "PlanForm", model: PlanModel) -> None:
        self._model = model
        self.heading, self.notice = widgets.HTML(), widgets.HTML()
        # Sent when the field is left: a press overtakes letters, and part of an id may be someone else's.
        self.tester = widgets.Text(value=model.state.tester, continuous_update=False)
        self.row = RowField()
        self._rows = model.view.row_numbers
        self.send_test = button()
        self.tester.add_class("dn-third")
        self.row.add_class("dn-short")
        self.box = stack(
            [self.heading, row([self.tester, self.row, self.send_test], "dn-low"), self.notice], "dn-section"
        )
        form.on_change(self.tester, model.choose_tester)
        form.on_change(self.row, lambda _: model.choose_row(self.row.chosen()))
        form.on_click(self.send_test, model.test)
        form.on_submit(self.tester, self._go_on)

    def _go_on(self) -> None:
        """Move to the button: Enter alone sends nothing."""
        self.send_test.focus()

    def render(self, state: PlanState) -> None:
        """Show the test and its outcome."""
        show_if(bool(self._model.plan.people) and state.stage == "open" and not state.is_folded, self.box)
        update(self.heading, value=parts.heading(say("plan_form.test")))
        update(self.tester, description=say("plan_form.tester"), placeholder=say("plan_form.tester_hint"))
        self.row.put_row(self._rows.numbers, state.row)
        update(self.row, description=say("plan_form.position" if self._rows.kind == "position" else "plan_form.row"))
        # Not disabled while busy: a disabled button loses the focus. The model ignores further presses.
        update(self.send_test, description=say("plan_form.send_test"))
        update(self.notice, value=parts.status(_notice(state)))


def _notice(state: PlanState) -> str:
    if state.testing:
        return parts.quiet(state.testing)
    if state.not_tested is not None:
        return parts.notice(state.not_tested.what, state.not_tested.hint, "bad")
    tested = state.tested
    if tested is None:
        return ""
    key = "plan_form.tested_before" if tested.was_sent_before else "plan_form.tested"
    what = say(key, userid=tested.userid, status=say(f"status.{tested.status}"))
    is_good = tested.status in {Status.ACCEPTED, Status.DELIVERED, Status.READ}
    return parts.notice(what, f"{tested.reason} {tested.hint}".strip(), "good" if is_good else "bad")

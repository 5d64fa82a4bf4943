"""The actions on events: one at a time, each described first."""

from typing import TYPE_CHECKING

import ipywidgets as widgets

from dingnb.ui.events.actions_model import FILE_NAME, ActionsModel
from dingnb.ui.events.state import ActionsState, EventsState
from dingnb.ui.kit import parts
from dingnb.ui.kit.form import button, row, set_available, show_if, stack, toggle_class, update
from dingnb.words import count, say

if TYPE_CHECKING:
    from dingnb.ui.events.form import EventsForm


class ActionsView:
    """
    The widgets of the actions.

    Args:
        form: The form that contains them.
        model: The model.
    """

    def __init__(self, form: "EventsForm", model: ActionsModel) -> None:
        self._model = model
        self._round = 0
        self.heading, self.what, self.notice = widgets.HTML(), widgets.HTML(), widgets.HTML()
        self.action = widgets.Dropdown(options=[("", "")])
        # Sent when the field is left: sent by letter, the last ones could arrive after the press of the button.
        self.count = widgets.Text(continuous_update=False)
        self.act = button(tone="primary")
        self.action.add_class("dn-wide")
        self.count.add_class("dn-third")
        self._confirm = row([self.count, self.act], "dn-low")
        self.box = stack([self.heading, self.action, self.what, self._confirm, self.notice], "dn-section")
        form.on_change(self.action, model.choose)
        form.on_change(self.count, model.type_count)
        form.on_click(self.act, model.act)

    def render(self, events: EventsState) -> None:
        """Show the available actions and the chosen one."""
        model, state = self._model, self._model.state
        offered = model.offered
        update(self.heading, value=parts.heading(say("results_form.actions")))
        options = [
            (say("results_form.act_none"), ""),
            *((say(f"events_form.do_{action}", n=n), action) for action, n in offered.items()),
        ]
        update(self.action, options=tuple(options), description=say("results_form.action"))
        chosen = state.action if state.action in offered else ""
        update(self.action, value=chosen)
        is_forgetting = chosen == "forget"
        update(self.what, value=_what(state, events) if chosen else "")
        show_if(is_forgetting, self.count)
        update(self.count, description=say("results_form.count", n=state.events))
        if state.round != self._round:
            # Only then, so that text being typed is not overwritten.
            self._round = state.round
            update(self.count, value=state.typed)
        toggle_class(self.count, "dn-invalid", state.is_miscounted)
        show_if(bool(chosen), self._confirm)
        update(self.act, button_style="danger" if is_forgetting else "primary")
        # Not disabled while busy: a disabled button loses the focus. The model ignores further presses.
        set_available(self.act, not model.is_busy)
        if chosen:
            update(self.act, description=say(f"events_form.press_{chosen}", events=count("event", state.events)))
        update(self.notice, value=_notice(state))


def _what(state: ActionsState, events: EventsState) -> str:
    if state.action == "export":
        return parts.notice(say("events_form.export_what", events=count("event", len(events.found))), FILE_NAME)
    if state.action == "forget":
        what = say("events_form.forget_what", events=count("event", state.events))
        return parts.notice(what, say("events_form.forget_lost"), "warn")
    return parts.notice(say(f"events_form.{state.action}_what"))


def _notice(state: ActionsState) -> str:
    if state.busy_text:
        return parts.status(parts.quiet(state.busy_text))
    if state.failure is not None:
        return parts.status(parts.notice(state.failure.what, state.failure.hint, "bad"), urgent=True)
    if not state.notice:
        return ""
    link = f" {parts.download(say('form.download'), FILE_NAME, state.link)}" if state.link else ""
    return parts.status(parts.notice(state.notice, "", "good") + link)

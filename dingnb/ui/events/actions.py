"""The actions on events: export, store, and delete, which needs a confirmed count."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

import ipywidgets as widgets
import pandas as pd

from dingnb.tables.timestamps import ZONE
from dingnb.ui.events.model import EventsModel
from dingnb.ui.kit import parts
from dingnb.ui.kit.code import call
from dingnb.ui.kit.files import export_path, file_name, offer_download
from dingnb.ui.kit.form import Form, button, row, set_available, show_if, stack, toggle_class, update
from dingnb.ui.kit.model import Failure, Model
from dingnb.ui.kit.typed_count import CountTexts, after_correction, find_miscount
from dingnb.words import NOTHING, Text, TextLike, count, say
from dingnb.words.literals import literal

Action = Literal["", "export", "keep", "keep_off", "delete"]

ACTIONS: tuple[Action, ...] = ("export", "keep", "keep_off", "delete")
"""All actions, in the order in which they are offered."""


@dataclass(frozen=True, slots=True)
class ActionsState:
    """
    The state of the actions.

    Attributes:
        action: The chosen action.
        events_to_delete: The number of events to delete.
        before_ns: The time before which the events to delete arrived, nanoseconds since the epoch.
        typed: The count as typed.
        busy_text: The text shown while an action is in progress.
        notice: The outcome of the last action.
        name: The name of the exported file; empty if there is none.
        link: The address from which the browser downloads the file; empty if there is none.
        resets: Increases each time the typed count is cleared other than by typing.
        failure: The last error; None if there was none.
        is_miscounted: Whether the error is about the typed count.
    """

    action: Action = ""
    events_to_delete: int = 0
    before_ns: int = 0
    typed: str = ""
    busy_text: Text = NOTHING
    notice: TextLike = ""
    name: str = ""
    link: str = ""
    resets: int = 0
    failure: Failure | None = None
    is_miscounted: bool = False


class ActionsModel(Model[ActionsState]):
    """
    Exports, stores and deletes events.

    Args:
        events: The model of the events.
        name: The log's name in the code.

    Attributes:
        code_lines: Python code that does what was done here so far, one statement per item.
    """

    def __init__(self, events: EventsModel, name: str) -> None:
        super().__init__(ActionsState(), events.clock)
        self._events = events
        self._name = name
        self.code_lines: list[str] = []

    @property
    def offered(self) -> dict[Action, int]:
        """The available actions, each with the number of events that it affects; empty until the log is read."""
        state = self._events.state
        if state.log_status is None:
            return {}
        offered: dict[Action, int] = {}
        filtered = len(state.found) + state.new_count
        if filtered:
            offered["export"] = filtered
        offered["keep_off" if state.log_status.is_storing else "keep"] = state.total
        if state.total:
            offered["delete"] = state.total
        return offered

    def press(self, action: Action) -> None:
        """Export at once; choose any other action, which is described and confirmed first, or clear the choice."""
        if action == "export":
            self.choose("")
            self._start(self._export)
        else:
            self.choose("" if action == self.state.action else action)

    def choose(self, action: Action) -> None:
        """Choose an action without doing it yet; an empty name clears the choice."""
        if action == self.state.action or self.is_busy:
            return
        state = self._events.state
        # Later events are excluded, so that the count stays right.
        to_delete = {"events_to_delete": state.total, "before_ns": state.newest_ns + 1} if action == "delete" else {}
        self._show_and_clear_count(action=action, notice="", link="", **to_delete)

    def set_count(self, typed: str) -> None:
        """Set the count as typed; once a refused count is corrected, ask the user to press the button."""
        with self._lock:
            was_refused = self.state.is_miscounted
            self._show(typed=typed, failure=None, is_miscounted=False)
            if was_refused:
                self._show(**after_correction(self._miscount()))

    def act(self) -> None:
        """Do the chosen action; ignored while an action is in progress."""
        work_of: dict[Action, Callable[[], TextLike]] = {
            "keep": self._keep,
            "keep_off": self._keep_off,
            "delete": self._delete,
        }
        action = self.state.action
        if self.is_busy or action not in work_of:
            return
        miscount = self._miscount() if action == "delete" else None
        if miscount is not None:
            self._show(failure=miscount, notice="", is_miscounted=True)
            return
        self._start(work_of[action])

    def _start(self, work: Callable[[], TextLike]) -> None:
        self._start_work(
            lambda: self._do(work),
            busy_text=Text("events_form.working"),
            failure=None,
            notice="",
            link="",
            is_miscounted=False,
        )

    def _do(self, work: Callable[[], TextLike]) -> None:
        notice = work()
        # Before the notice is shown, so that the actions offered with it stay.
        self._events.reload()
        self._events.wait()
        self._show_and_clear_count(action="", notice=notice)

    def _export(self) -> TextLike:
        path = export_path(file_name(say("form.file_events")))
        wanted = self._events.state.filters.arguments
        arguments = [literal(path.name), *([literal(wanted["type"])] if "type" in wanted else [])]
        keywords = {name: value for name, value in wanted.items() if name != "type"}
        self._events.events.to_excel(path, wanted.get("type"), **keywords)
        self.code_lines.append(call(f"{self._name}.to_excel", *arguments, **keywords))
        notice, link = offer_download(path)
        self._show(name=path.name, link=link)
        return notice

    def _keep(self) -> Text:
        self._events.events.keep()
        self.code_lines.append(call(f"{self._name}.keep"))
        return Text("events_form.kept")

    def _keep_off(self) -> Text:
        self._events.events.keep(on=False)
        self.code_lines.append(call(f"{self._name}.keep", on=False))
        return Text("events_form.kept_off")

    def _delete(self) -> Text:
        before = pd.Timestamp(self.state.before_ns, tz="UTC").tz_convert(ZONE)
        deleted = self._events.events.clear(before)
        self.code_lines.append(call(f"{self._name}.clear", literal(str(before))))
        # The rows that the pause kept are deleted.
        self._events.set_paused(is_paused=False)
        return Text("events_form.deleted", events=count("event", deleted))

    def _miscount(self) -> Failure | None:
        events = self.state.events_to_delete
        texts = CountTexts("events_form.type_count", "form.no_count", "form.other_count", "form.nothing_done")
        return find_miscount(self.state.typed, events, count("event", events), texts)

    def _show_and_clear_count(self, **changed: object) -> None:
        """Change the state and clear the typed count."""
        with self._lock:
            self._show(typed="", failure=None, is_miscounted=False, resets=self.state.resets + 1, **changed)

    def _on_idle(self) -> None:
        self._change({"busy_text": NOTHING})


class ActionsView:
    """The widgets of the actions: one at a time, each described first."""

    def __init__(self, form: Form, model: ActionsModel) -> None:
        self._model = model
        self._resets = 0
        self._last_action: Action = ""
        self.heading, self.description, self.notice = widgets.HTML(), widgets.HTML(), widgets.HTML()
        self.buttons: dict[Action, widgets.Button] = {action: button() for action in ACTIONS}
        # Not sent on each keystroke: the last keystrokes could arrive after the button press.
        self.count = widgets.Text(continuous_update=False)
        self.act = button(tone="primary")
        self.count.add_class("dn-third")
        self._confirm = row([self.count, self.act], "dn-align-end")
        self._chosen = stack([self.description, self._confirm])
        self.box = stack([self.heading, row(self.buttons.values()), self._chosen, self.notice], "dn-section")
        for action, widget in self.buttons.items():
            form.on_click(widget, partial(model.press, action))
        form.on_change(self.count, model.set_count)
        form.on_click(self.act, model.act)

    def render(self) -> None:
        """Show the available actions and the chosen one."""
        model, state = self._model, self._model.state
        offered = model.offered
        update(self.heading, value=parts.heading(say("form.actions")))
        chosen: Action = state.action if state.action in offered else ""
        for action, widget in self.buttons.items():
            show_if(action in offered, widget)
            update(widget, description=say(f"events_form.do_{action}", n=offered.get(action, 0)))
            toggle_class(widget, "dn-chosen", action == chosen)
        toggle_class(self._chosen, "dn-card", bool(chosen))
        is_deleting = chosen == "delete"
        update(self.description, value=_describe_action(state) if chosen else "")
        show_if(is_deleting, self.count)
        update(self.count, description=say("form.count", n=state.events_to_delete))
        if state.resets != self._resets:
            # Only after a reset, so that text being typed is not overwritten.
            self._resets = state.resets
            update(self.count, value=state.typed)
        toggle_class(self.count, "dn-invalid", state.is_miscounted)
        show_if(bool(chosen), self._confirm)
        update(self.act, button_style="danger" if is_deleting else "primary")
        # Not disabled while busy: a disabled button loses the focus. The model ignores further presses.
        set_available(self.act, not model.is_busy)
        if chosen:
            update(
                self.act, description=say(f"events_form.press_{chosen}", events=count("event", state.events_to_delete))
            )
        update(self.notice, value=_action_notice(state))
        if self._last_action and not state.action and state.notice:
            # The button that was pressed had the focus, and is hidden now.
            self.buttons[next(iter(offered))].focus()
        self._last_action = state.action


def _describe_action(state: ActionsState) -> str:
    if state.action == "delete":
        what = say("events_form.delete_what", events=count("event", state.events_to_delete))
        return parts.notice(what, say("events_form.delete_lost"), "warn")
    return parts.notice(say(f"events_form.{state.action}_what"))


def _action_notice(state: ActionsState) -> str:
    if state.busy_text:
        return parts.status(parts.quiet(state.busy_text))
    if state.failure is not None:
        return parts.failure_alert(state.failure)
    if not state.notice:
        return ""
    link = f" {parts.download_link(say('form.download'), state.name, state.link)}" if state.link else ""
    return parts.status(parts.notice(state.notice, "", "good") + link)

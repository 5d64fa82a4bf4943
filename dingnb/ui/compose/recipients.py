"""The part of the compose form that chooses the recipients, starts the check, and rejects rows that it warns about."""

from functools import partial
from typing import TYPE_CHECKING, Final

import ipywidgets as widgets

from dingnb.recipients.column_titles import column_titles
from dingnb.ui.app_page.exports import exports_folder
from dingnb.ui.compose.message_check import problem_of
from dingnb.ui.compose.message_text import initial_text
from dingnb.ui.compose.model import ComposeModel
from dingnb.ui.compose.recipient_columns import RecipientChoice
from dingnb.ui.compose.state import ComposeState, FrameChange
from dingnb.ui.kit import parts
from dingnb.ui.kit.form import button, row, set_available, show_if, stack, toggle_class, update
from dingnb.ui.plan.model import PlanModel
from dingnb.ui.plan.row_lists import row_warning, warning_with_rows
from dingnb.words import NOTHING, Text, count, say, sentences

if TYPE_CHECKING:
    from dingnb.ui.compose.form import ComposeForm
    from dingnb.ui.compose.source import Snapshot

_CHECKBOX_LABELS: Final = {
    "note": "compose.rejects_notes",
    "name": "compose.rejects_names",
    "directory": "compose.rejects_unlisted",
}
"""The labels of the checkboxes, by the check of `DingTalk.plan` that rejects the rows."""


class RecipientsView:
    """The widgets that choose the recipients."""

    def __init__(self, form: "ComposeForm", model: ComposeModel) -> None:
        self._model = model
        self._snapshot: Snapshot | None = None
        self._columns: list[tuple[str, int]] = []
        self._key_columns: list[tuple[str, int]] = []
        self.heading = widgets.HTML()
        self.userid, self.mobile, self.exclude, self.key = choices = [widgets.Dropdown() for _ in range(4)]
        self.check, self.cancel = button(), button()
        self.status = widgets.HTML()
        for choice in choices:
            choice.add_class("dn-third")
        self.choices = row(choices, "dn-align-end")
        self.status.add_class("dn-grow")
        self.checking = row([self.check, self.cancel, self.status])
        self.row_warnings = RowWarningsView(form, model)
        self.box = stack([self.heading, self.choices], "dn-section")
        form.on_change(self.userid, lambda at: model.choose_recipients(userid=at))
        form.on_change(self.mobile, lambda at: model.choose_recipients(mobile=at))
        form.on_change(self.exclude, lambda name: model.choose_recipients(exclude=name))
        form.on_change(self.key, lambda at: model.choose_recipients(key=at))
        form.on_click(self.check, model.check)
        form.on_click(self.cancel, model.cancel)

    def render(self, state: ComposeState, *, is_next_elsewhere: bool) -> None:
        """
        Show the choices, and the progress or outcome of the check.

        Args:
            state: The state of the form.
            is_next_elsewhere: Whether what to do next is in a campaign that was opened.
        """
        if state.snapshot is not self._snapshot:
            self._snapshot = state.snapshot
            recipients = state.snapshot.recipients
            titles = column_titles(recipients.frame)
            self._columns = [(parts.short(titles[recipients.frame.columns[at]]), at) for at, _ in recipients.labels()]
            self._key_columns = [(title, at) for title, at in self._columns if recipients.can_be_key(at)]
        update(self.heading, value=parts.heading(say("compose.recipients")))
        for widget, key, value, columns in (
            (self.userid, "compose.userid", state.recipient_choice.userid, self._columns),
            (self.mobile, "compose.mobile", state.recipient_choice.mobile, self._columns),
            (self.key, "compose.key", state.recipient_choice.key, self._key_columns),
        ):
            update(widget, options=((say("compose.none"), -1), *columns), description=say(key))
            update(widget, value=value)
        list_names = _exclusion_lists(state)
        nobody = (say("compose.exclude_nobody" if list_names else "compose.exclude_no_lists"), "")
        exclusions = (nobody, *((name, name) for name in list_names))
        update(self.exclude, options=exclusions, description=say("compose.exclude"))
        update(self.exclude, tooltip=_lists_hint(has_lists=bool(list_names)))
        update(self.exclude, value=state.recipient_choice.exclude)
        # Available even if columns are missing, because the notebook's frame may have them by then.
        update(self.check, description=say("compose.check_again" if state.plan_count else "compose.check"))
        set_available(self.check, not state.is_checking, say("compose.checking"))
        # After a check, the next step is in the plan.
        is_next_step = not state.is_current
        update(self.check, button_style="primary" if is_next_step and not is_next_elsewhere else "")
        toggle_class(self.checking, "dn-footer", is_next_step)
        update(self.cancel, description=say("compose.cancel"))
        show_if(state.is_checking and state.share is not None, self.cancel)
        self.row_warnings.render(state)
        update(self.status, value=self._status(state))
        # Without a kernel nothing can be checked; what went wrong stays.
        toggle_class(self.status, "dn-hide-if-disconnected", state.failure is None and state.frame_change is None)

    def _status(self, state: ComposeState) -> str:
        change = state.frame_change
        notice = parts.status(parts.notice(frame_change_text(change), "", "warn")) if change is not None else ""
        return notice + self._check_status(state)

    def _check_status(self, state: ComposeState) -> str:
        if state.is_checking:
            bar = parts.bar([(state.share, "")], say("progress.label")) if state.share is not None else ""
            return parts.status(parts.quiet(state.progress)) + bar + lookups_hint(state.recipient_choice)
        if state.failure is not None:
            return parts.failure_alert(state.failure)
        problem = problem_of(state.text, state.view)
        # Before anything is written, the fields themselves say what is required.
        if problem and state.text != initial_text():
            return parts.status(parts.quiet(problem))
        return parts.status(parts.quiet(say("compose.nothing_sent")))


class RowWarningsView:
    """
    The widgets of warnings about rows whose messages may reach the wrong people, or nobody.

    Each warning has a collapsed list of its rows, and a checkbox that rejects them.
    """

    def __init__(self, form: "ComposeForm", model: ComposeModel) -> None:
        self._model = model
        self.notices = {check: widgets.HTML() for check in _CHECKBOX_LABELS}
        self.checkboxes = {check: widgets.Checkbox(indent=False) for check in _CHECKBOX_LABELS}
        self._warned: dict[str, Snapshot | None] = {}
        self.box = stack(
            [widget for check in _CHECKBOX_LABELS for widget in (self.notices[check], self.checkboxes[check])]
        )
        for check, checkbox in self.checkboxes.items():
            form.on_change(checkbox, partial(model.set_row_check, check))

    @property
    def are_kept(self) -> bool:
        """Whether warnings of the newest check are about the current list: they stay while it is checked again."""
        return self._model.state.snapshot in self._warned.values()

    def render(self, state: ComposeState) -> None:
        """Show the warnings of the newest check, and the checkboxes for this list."""
        plan_model = self._model.plan_models[-1] if self._model.plan_models else None
        # Once the plan was sent, the campaign shows these people.
        show_if(plan_model is not None and not plan_model.is_sent_or_starting, self.box)
        for check, checkbox in self.checkboxes.items():
            is_set = check in state.recipient_choice.checks
            # Not while the list is checked again, so that the checkbox that was clicked does not move.
            if not state.is_checking or self._warned.get(check) is not state.snapshot:
                warning = ""
                if plan_model is not None and state.is_current:
                    warning = warning_with_rows(plan_model.view, plan_model.state.sheet.notes, check)
                    if check == "name":
                        warning = warning or (_compared_notice if is_set else _unread_notice)(plan_model)
                    # A set checkbox stays, so that it can be cleared again.
                    self._warned[check] = state.snapshot if warning or is_set else None
                update(self.notices[check], value=warning)
                show_if(bool(warning), self.notices[check])
            show_if(is_set or self._warned.get(check) is state.snapshot, checkbox)
            update(checkbox, value=is_set, description=say(_CHECKBOX_LABELS[check]))


def _exclusion_lists(state: ComposeState) -> list[str]:
    """Return the lists to choose from; a chosen list that was deleted stays, so that the check refuses it."""
    return list(dict.fromkeys(filter(None, [*state.exclusion_lists, state.recipient_choice.exclude])))


def _lists_hint(*, has_lists: bool) -> str:
    """Return where lists are created: in the settings of the app; elsewhere by code, said until there is a list."""
    if exports_folder() is None:
        return "" if has_lists else say("compose.exclude_no_lists_todo")
    return say("compose.exclude_in_settings", settings=say("settings.open"), lists=say("exclusions_form.title"))


def _unread_notice(plan_model: PlanModel) -> str:
    """
    Return the notice that names were not compared, since the directory was not read.

    Empty if all names were compared, or a warning says which people are not in the directory.
    """
    unchecked = plan_model.view.unchecked_names
    # People who are not in a directory that was read as a whole have a warning of their own.
    if not unchecked or row_warning(plan_model.state.sheet.notes, "directory") is not None:
        return ""
    what = say("compose.names_unread", people=count("person", unchecked))
    calls = plan_model.view.name_check_calls
    todo = Text("compose.names_unread_todo", tick=say(_CHECKBOX_LABELS["name"]), calls=count("call", calls))
    others = (
        Text("compose.names_unread_others", calls=count("call", calls - unchecked)) if calls > unchecked else NOTHING
    )
    return parts.notice(what, sentences(todo, others))


def _compared_notice(plan_model: PlanModel) -> str:
    """Return how many names were compared, and whether they agree; empty if none could be compared."""
    agreeing, differing = plan_model.view.names_compared
    if differing:
        rows, others = count("row", agreeing), count("row", differing)
        return parts.notice(say("compose.names_compared", rows=rows, others=others), "", "warn")
    return parts.notice(say("compose.names_agree", rows=count("row", agreeing)), "", "good") if agreeing else ""


def lookups_hint(choice: RecipientChoice) -> str:
    """Return that a check looks up phone numbers, and of which rows; empty if it does not."""
    if choice.mobile < 0:
        return ""
    return parts.quiet(say("compose.lookups_hint" if choice.userid < 0 else "compose.lookups_rest_hint"))


def frame_change_text(change: FrameChange) -> str:
    """Return how the frame has changed, as a sentence."""
    name = change.name or say("compose.the_frame")
    if change.now is None:
        key = "compose.frame_deleted" if change.is_name_gone else "compose.frame_gone"
        return say(key, name=name, rows=count("row", change.before))
    since = say("compose.since_opened" if change.is_found_by_first_check else "compose.since_check")
    if change.now == change.before:
        return say("compose.frame_changed_within", name=name, since=since)
    before, now = count("row", change.before), f"{change.now:,}"
    return say("compose.frame_changed", name=name, since=since, before=before, now=now)

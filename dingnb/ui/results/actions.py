"""The actions on results: one at a time, each described first, and confirmed by its count if it reaches people."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import ipywidgets as widgets

from dingnb.calls.days import format_moment
from dingnb.campaigns.campaign_view import AvailableActions, CardActions, RecallSummary, Reminder
from dingnb.campaigns.recipient_count import RecipientCount, Unit, text_key
from dingnb.campaigns.results.campaign_results import Snapshot
from dingnb.campaigns.results.results_frame import is_unread
from dingnb.campaigns.sending.retry import earlier_text_note
from dingnb.campaigns.sending.unknown_outcomes import Decision
from dingnb.campaigns.status import State, Status
from dingnb.campaigns.stored_campaigns import find_campaign
from dingnb.ui.app_page.exports import exports_folder
from dingnb.ui.kit import parts
from dingnb.ui.kit.files import is_served_by_voila
from dingnb.ui.kit.form import (
    ViewPoller,
    button,
    replace_children,
    row,
    set_available,
    show_if,
    stack,
    toggle_class,
    update,
    update_choice,
)
from dingnb.ui.kit.lists import set_children, update_entries
from dingnb.ui.kit.times import TIME_TO_SECOND, format_time
from dingnb.ui.plan.form import PlanForm
from dingnb.ui.plan.model import PlanModel
from dingnb.ui.results.actions_model import ACTIONS, COUNTED_ACTIONS, Action, ActionsModel, ActionsState
from dingnb.ui.results.model import ResultsModel
from dingnb.ui.results.reminder_model import ReminderModel
from dingnb.ui.results.tiles import EVERYBODY
from dingnb.ui.run.form import RunForm, opening_text
from dingnb.ui.run.model import RunModel
from dingnb.words import NOTHING, Text, count, listed_briefly, say, sentences

if TYPE_CHECKING:
    from collections.abc import Callable

    from dingnb.ui.results.form import ResultsForm

_DECISIONS: tuple[Decision, ...] = ("leave", "delivered", "resend")

_MAX_COLUMNS = 14
"""The maximum number of columns with a button that inserts them into a reminder."""


class ActionsView:
    """
    The widgets of the actions.

    Args:
        form: The form that contains them.
        model: The model.
        results: The model of the results.

    Attributes:
        open_campaign: Opens the page of another campaign by name; None if there are no pages.
        opened_reminder: The form of a reminder that was sent, while it is open.
    """

    def __init__(self, form: "ResultsForm", model: ActionsModel, results: ResultsModel) -> None:
        self.model, self._form = model, form
        self._results, self._is_live = results, results.view.mode == "LIVE"
        self._resets = self._reminder_resets = 0
        self._reminded_rows: dict[str, widgets.HBox] = {}
        self.heading, self.description, self.notice = widgets.HTML(), widgets.HTML(), widgets.HTML()
        self.reminded = stack([])
        self._opened_box = stack([])
        self.open_campaign: Callable[[str], None] | None = None
        self.opened_reminder: RunForm | None = None
        self.buttons: dict[Action, widgets.Button] = {action: button() for action in ACTIONS}
        self.how = widgets.Dropdown(options=[(choice, choice) for choice in _DECISIONS], value="leave")
        self.show_unknown, self.cancel = button(css_class="dn-link"), button(css_class="dn-link")
        self.recall_from = widgets.Dropdown(options=[(False, False), (True, True)], value=False)
        self.reminder, self.reminder_columns = widgets.Textarea(), widgets.HTML()
        self.count = widgets.Text()
        self.act = button(tone="primary")
        self.stop = button(css_class="dn-stop")
        # Without a kernel there are no buttons for the actions that the description describes or announces.
        self.description.add_class("dn-hide-if-disconnected")
        self.reminder_columns.add_class("dn-hide-if-disconnected")
        self.columns: dict[str, widgets.Button] = {}
        self._columns_row: widgets.Box | None = None
        if exports_folder() is None:
            fields_of_text = [self.reminder, self.reminder_columns]
        else:
            # The script of the app's page inserts the column of a button at the caret.
            self._columns_row = row([], "dn-columns-row", "dn-hide-if-disconnected")
            tools = stack([self._columns_row], "dn-tools")
            fields_of_text = [stack([stack([self.reminder], "dn-field"), tools], "dn-main")]
        self.reminder_fields = stack(fields_of_text)
        self.how.add_class("dn-wide")
        self.recall_from.add_class("dn-wide")
        self.count.add_class("dn-third")
        self._confirm = row([self.count, self.act, self.cancel, self.show_unknown], "dn-align-end")
        self._reminder_box = stack([])
        self.reminder_form: PlanForm | None = None
        fields = [self.reminder_fields, self.how, self.recall_from, self._confirm]
        self.card = stack([self.heading, self.description, *fields, self.notice, self.stop, self._reminder_box])
        self.box = stack([self.reminded, self.card, self._opened_box])
        ViewPoller(results.clock, self.box, model.reminder.poll)
        for action, widget in self.buttons.items():
            # Without text until the results are read.
            widget.layout.display = "none"
            form.on_click(widget, partial(_toggle, model, action))
        form.on_change(self.how, model.choose_how)
        form.on_change(self.recall_from, model.choose_everybody)
        form.on_change(self.reminder, model.reminder.set_text)
        form.on_change(self.count, model.set_count)
        form.on_count(self.count, lambda: model.is_count_right, self._confirm_count)
        form.on_click(self.act, self._act)
        form.on_click(self.stop, model.stop_closing)
        form.on_click(self.cancel, self._cancel)
        form.on_click(self.show_unknown, lambda: results.filter_by(Status.UNKNOWN))

    def render(self, snapshot: Snapshot) -> None:
        """Show the offered actions and the chosen one."""
        model, state = self.model, self.model.state
        offered = model.offered
        for action, widget in self.buttons.items():
            show_if(action in offered, widget)
            update(widget, description=self._label(action, offered.get(action, 0)))
            toggle_class(widget, "dn-chosen", action == state.action)
        set_available(self.buttons["remind"], not model.awaits_refresh, say("results_form.remind_awaits"))
        self._render_reminded()
        # Once the action has started, its description and fields are outdated.
        has_started = model.is_acting or model.shows_sent_reminder
        update(self.description, value="" if has_started else self._describe(snapshot))
        show_if(bool(self.description.value), self.description)
        is_reminder, notice = state.action == "remind", self._notice()
        # During a recall the card would be empty.
        toggle_class(self.card, "dn-card", bool(state.action) and (is_reminder or not has_started or bool(notice)))
        toggle_class(self.card, "dn-apart", is_reminder)
        update(self.heading, value=_heading_of_reminder(self._results.run.name) if is_reminder else "")
        self._render_fields(is_open=bool(state.action) and not has_started)
        update(self.notice, value=notice)
        show_if(bool(self.notice.value), self.notice)
        update(self.stop, description=say("results_form.stop_close"))
        show_if(model.is_closing, self.stop)
        self._render_reminder()

    def _render_fields(self, *, is_open: bool) -> None:
        model, state = self.model, self.model.state
        has_text = is_open and state.action == "remind" and not model.reminder.sends_card
        show_if(has_text, self.reminder_fields)
        if has_text:
            self._render_columns()
        else:
            update(self.reminder_columns, value="")
        update(self.reminder, description=say("results_form.reminder"), placeholder=say("results_form.reminder_hint"))
        show_if(is_open and state.action == "resolve", self.how, self.show_unknown)
        decisions = [(say(f"results_form.resolve_{choice}"), choice) for choice in _DECISIONS]
        update_choice(self.how, decisions, state.how)
        update(self.how, description=say("results_form.resolve_how"))
        self._render_recall(is_open=is_open and state.action == "recall")
        update(self.show_unknown, description=say("results_form.resolve_show"))
        show_if(is_open, self._confirm)
        update(self.cancel, description=say("results_form.cancel"))
        is_counted = state.action in COUNTED_ACTIONS
        is_possible = not model.is_out_of_calls
        show_if(is_counted and bool(model.people) and is_possible, self.count)
        update(self.count, description=say("form.count", n=model.people))
        toggle_class(self.count, "dn-invalid", state.is_miscounted)
        if state.resets != self._resets:
            # Only after a reset, so that text being typed is not overwritten.
            self._resets = state.resets
            update(self.count, value=state.typed)
        if model.reminder.state.resets != self._reminder_resets:
            self._reminder_resets = model.reminder.state.resets
            update(self.reminder, value=model.reminder.state.text)
        show_if(bool(state.action) and (bool(model.people) or not is_counted) and is_possible, self.act)
        update(self.act, button_style=self._tone())
        set_available(self.act, not model.is_busy, say("form.working"))
        if state.action:
            calls = {"remind": model.reminder.calls, "close": model.close_calls}.get(state.action, 0)
            is_prepared = state.action == "remind" and model.reminder.plan_model is not None
            key = f"results_form.do_{state.action}{'_again' if is_prepared else ''}"
            key = text_key(model.unit, key) if is_counted else key
            key = f"{key}_calls" if calls else key
            if state.action == "close" and model.closes_rest:
                key = "results_form.do_close_rest"
            update(self.act, description=say(key, people=count(model.unit, model.people), calls=count("call", calls)))

    def _render_columns(self) -> None:
        """Show the columns that the text of a reminder can use: in the app the first of them, as buttons."""
        if self._columns_row is None:
            update(self.reminder_columns, value=parts.quiet(self.model.reminder.columns_text))
            return
        tags = self.model.reminder.tags
        update_entries(self.columns, list(tags)[:_MAX_COLUMNS], lambda _name: button(css_class="dn-chip"))
        for name, chip in self.columns.items():
            update(chip, description=parts.short(name), tooltip=tags[name])
        update(self.reminder_columns, value=parts.quiet(say("results_form.reminder_insert")))
        set_children(self._columns_row, [self.reminder_columns, *self.columns.values()])

    def _render_recall(self, *, is_open: bool) -> None:
        """Show the choice between fewer people and everybody, if there is one."""
        available, selected = self.model.available, self.model.state.selected_recall
        rest = None if available is None else available.rest_of_recall
        fewer = rest if selected is None else selected
        show_if(is_open and fewer is not None, self.recall_from)
        if available is None or fewer is None:
            return
        unit = available.unit
        key = "rest" if selected is None else "selected"
        choices = ((key, fewer.people, False), ("all", available.recall.people, True))
        options = [(say(f"results_form.recall_{key}", people=count(unit, n)), choice) for key, n, choice in choices]
        update_choice(self.recall_from, options, self.model.state.recalls_everybody)
        update(self.recall_from, description=say("results_form.recall_from"))

    def _tone(self) -> str:
        """Return the style of the chosen action's button: red if it is final, may send twice or retries on LIVE."""
        model, state = self.model, self.model.state
        if state.action == "resolve":
            # Only sending again reaches people, some of them maybe twice.
            is_danger = state.how == "resend"
        else:
            is_danger = state.action in {"recall", "close"} or (state.action == "retry" and self._is_live)
        if is_danger:
            return "danger"
        # A reminder that is prepared has a button that sends it.
        return "" if model.should_resume_first or model.reminder.plan_model is not None else "primary"

    def _label(self, action: Action, n: int) -> str:
        key: str = action
        if action == "remind" and self.model.reminder.sends_card:
            key = "remind_cards"
        elif action == "close" and self.model.closes_rest:
            key = "close_rest"
        elif action == "recall" and self.model.offered_recall.who:
            key = "recall_rest"
        return say(f"results_form.act_{key}", n=n)

    def open_recall(self, who: tuple[str, ...]) -> None:
        """Open the recall from certain people, by userid."""
        self.model.choose_recall_from(who)
        self.buttons["recall"].focus()

    def _confirm_count(self) -> None:
        """Focus the button of the action if the count is right: Enter alone does not start the action."""
        # The button may have been pressed since.
        if self.model.state.action and not self.model.is_busy and self.model.validate():
            self.act.focus()

    def _cancel(self) -> None:
        """Close the action; its button takes the focus, which the pressed button loses when it is hidden."""
        action = self.model.state.action
        self.model.choose("")
        if action:
            self.buttons[action].focus()

    def _act(self) -> None:
        action = self.model.state.action
        if self.model.act() and action != "remind":
            # Now, since the button is hidden once the action is done, and by then the user may be typing elsewhere.
            if action == "close":
                # Nothing can be refreshed or resumed then, so that no other button stays.
                self._form.tiles.tiles[EVERYBODY].focus()
            else:
                self._form.run_form.focus_after_action()

    def _render_reminded(self) -> None:
        """Show each reminder that was sent in one line, with a link to its results."""
        reminders, texts = self.model.reminder.sent, self.model.reminder.sent_texts
        show_if(bool(reminders), self.reminded)
        for reminder in reminders:
            if reminder.name not in self._reminded_rows:
                sent, link = widgets.HTML(), button(css_class="dn-link")
                self._form.on_click(link, partial(self._toggle_results, reminder.name))
                self._reminded_rows[reminder.name] = row((sent, link), "dn-line")
        for reminder, text in zip(reminders, texts, strict=True):
            sent, link = self._reminded_rows[reminder.name].children
            # The form of the reminder below says that it was stopped, and has a button to continue.
            is_below = self._shows_below(reminder.name)
            is_warning = reminder.is_halted and not is_below
            update(sent, value=parts.notice(text, "", "warn") if is_warning else parts.quiet(text))
            show_if(not is_below, link)
            toggle_class(link, "dn-link", not is_warning)
            is_open = self.opened_reminder is not None and self.opened_reminder.model.run.name == reminder.name
            key = "close" if is_open else "continue" if reminder.should_continue else "open"
            update(link, description=say(f"results_form.reminder_{key}"))
        update(self.reminded, children=tuple(self._reminded_rows[reminder.name] for reminder in reminders))
        # Below the actions, whose outcome is about the campaign itself.
        show_if(self.opened_reminder is not None, self._opened_box)
        set_children(self._opened_box, [] if self.opened_reminder is None else [self.opened_reminder.box])

    def _shows_below(self, name: str) -> bool:
        """Return whether the form of a reminder that was sent from here is shown as the chosen action."""
        plan_model = self.model.reminder.plan_model
        return (
            self.model.shows_sent_reminder
            and plan_model is not None
            and plan_model.run is not None
            and plan_model.run.run.name == name
        )

    def _toggle_results(self, name: str) -> None:
        """Open the page of a reminder or, without pages, its results below; close the results if they are open."""
        if self.open_campaign is not None:
            self.open_campaign(name)
            return
        before = self.opened_reminder
        is_open = before is not None and before.model.run.name == name
        self.close_reminder()
        if not is_open:
            run = find_campaign(self._results.view.context, name)
            self.opened_reminder = RunForm(RunModel(run, self._results.view.clock))
            self.model.reminder.follow_sent(self.opened_reminder.model)
        self._render_reminded()

    def close_reminder(self) -> None:
        """Close the results of a reminder, if they are open."""
        if self.opened_reminder is not None:
            self.opened_reminder.model.unfollow()
            self.opened_reminder.close()
            self.opened_reminder = None

    def _render_reminder(self) -> None:
        plan_model, before = self.model.reminder.plan_model, self.reminder_form
        show_if(self.model.state.action == "remind", self._reminder_box)
        if (None if before is None else before.model) is plan_model:
            return
        self.reminder_form = (
            None
            if plan_model is None
            else PlanForm(plan_model, is_inside=True, has_list=False, open_campaign=self.open_campaign)
        )
        replace_children(self._reminder_box, [] if self.reminder_form is None else [self.reminder_form.box])
        if before is not None:
            before.close()
            self._focus_sent(before.model)

    def _focus_sent(self, reminder: PlanModel) -> None:
        """Focus the line of a reminder that was just sent to everybody: the button that sent it, far below, is gone."""
        run = reminder.run
        # Not in a notebook, where the focus may be in another cell.
        if run is None or not is_served_by_voila():
            return
        progress = run.state.progress
        if progress.state is not State.FINISHED or progress.accepted != progress.people:
            return
        line = self._reminded_rows.get(run.run.name)
        if line is not None:
            line.children[1].focus()

    def _describe(self, snapshot: Snapshot) -> str:
        """Return a description of the chosen action; without one, why there are no actions."""
        state, available = self.model.state, self.model.available
        if not state.action or available is None:
            return self._describe_wait()
        if state.action == "retry":
            return _describe_retry(available, self.model.people) + self._quota_warning()
        if state.action in {"remind", "close"}:
            repeat = self.model.reminder.repeat_text if state.action == "remind" else NOTHING
            warning = parts.notice(repeat, "", "warn") if repeat else ""
            if available.cards is None:
                described = _describe_reminder(available, snapshot, self.model.reminder)
                return described + self._quota_warning() + warning
            return _describe_card_action(available, available.cards, state) + self._quota_warning() + warning
        if state.action == "recall":
            recall, selected = self.model.recall, NOTHING
            if recall is state.selected_recall:
                names = self._results.view.results.row_map.names
                who = listed_briefly([names.get(userid, userid) for userid in recall.who], "person")
                selected = Text("results_form.recall_selected_who", who=who)
            described = _describe_recall(recall, selected, available.unit, self.model.reminder.sent)
            return described + self._quota_warning()
        return self._describe_resolving(available, snapshot, state)

    def _describe_resolving(self, available: AvailableActions, snapshot: Snapshot, state: ActionsState) -> str:
        unit, people = available.unit, snapshot.people
        # With a key, a person may have several messages.
        userids = people.loc[people["status"] == Status.UNKNOWN, "userid"].drop_duplicates()
        names = self._results.view.results.row_map.names
        who = listed_briefly([names.get(userid, userid) for userid in userids], "person")
        text = Text(text_key(unit, "results_form.resolve_who"), people=count(unit, available.unknown), who=who)
        if self.model.should_resume_first:
            text = sentences(text, Text("results_form.resolve_after_resume"))
        if state.how != "resend":
            return parts.notice(text, "", "warn")
        if not available.resendable:
            return parts.notice(text, Text("results_form.resolve_none_again"), "warn")
        cost = Text("results_form.takes", calls=count("call", available.resend_calls))
        queued = NOTHING
        if available.queued:
            queued = Text(text_key(unit, "results_form.resolve_queued"), people=count(unit, available.queued))
        return parts.notice(text, sentences(queued, cost), "warn") + self._quota_warning()

    def _quota_warning(self) -> str:
        """Return a warning if too few calls are left this month; empty otherwise, or if the form says so below."""
        available, calls = self.model.available, self.model.calls
        if available is None or calls <= available.calls_left or available.may_exceed_quota:
            return ""
        failure, is_out = self.model.state.failure, self.model.is_out_of_calls
        is_said_above = self._form.run_model.state.says_out_of_calls
        if is_out and not is_said_above and failure is not None and failure.is_out_of_calls:
            return ""
        key = "results_form.none_left" if is_out else "results_form.over_quota"
        hint = Text("results_form.none_left_todo") if is_out and not is_said_above else NOTHING
        return parts.notice(Text(key, calls=count("call", calls), left=f"{available.calls_left:,}"), hint, "bad")

    def _describe_wait(self) -> str:
        """Return why no actions are offered yet, or that a reminder waits for a refresh; otherwise empty."""
        if self.model.is_running:
            return parts.quiet(say("results_form.actions_wait"))
        if self.model.recall_elsewhere is not None:
            return parts.notice(say("results_form.recalling_elsewhere"), "", "warn")
        if self.model.available is None:
            return parts.quiet(say("results_form.reading"))
        awaits = "remind" in self.model.offered and self.model.awaits_refresh
        return parts.quiet(say("results_form.remind_awaits")) if awaits else ""

    def _notice(self) -> str:
        """Return the progress, the error or the outcome of the last action, or else where the chosen action sends."""
        action = self.model.state.action
        state = self.model.reminder.state if action == "remind" else self.model.state
        if state.busy_text:
            # The form of the campaign shows the progress of a recall.
            is_shown = self._form.run_model.state.recall is not None
            return "" if is_shown else parts.status(parts.quiet(state.busy_text))
        if state.failure is not None and not self._form.says_out_of_calls(state.failure, by_actions=False):
            return parts.failure_alert(state.failure)
        if self.model.shows_sent_reminder:
            # The form of the reminder shows its outcome.
            return ""
        # The form of the campaign shows its opening itself.
        if state.notice and state.notice != opening_text(self._form.run_model):
            was_stopped = action != "remind" and self.model.state.was_stopped
            known = self.model.reminder.known_reads_text if action == "remind" else NOTHING
            return parts.status(parts.notice(state.notice, known, "" if was_stopped else "good"))
        if action in COUNTED_ACTIONS:
            return parts.quiet(say("results_form.live" if self._is_live else "results_form.sandbox"))
        return ""


def _toggle(model: ActionsModel, action: Action) -> None:
    """Choose an action, or clear the choice if it is chosen already; once a reminder was sent, choose the next one."""
    is_open = model.state.action == action and not (action == "remind" and model.reminder.has_ended)
    model.choose("" if is_open else action)


def _describe_reminder(available: AvailableActions, snapshot: Snapshot, reminder: ReminderModel) -> str:
    unread = snapshot.people[is_unread(snapshot.people)]
    has_key = available.unit == "message"
    people = RecipientCount(len(unread), unread["userid"].nunique() if has_key else None).text
    texts = [Text(text_key(available.unit, "results_form.remind_who"), people=people)]
    # Once a reminder is prepared, the button says what preparing it again takes.
    if reminder.plan_model is None and reminder.queried_ns:
        texts.append(Text("results_form.remind_queried", time=format_time(reminder.queried_ns, TIME_TO_SECOND)))
    elif reminder.plan_model is None and reminder.calls:
        key = text_key(available.unit, "results_form.remind_query")
        texts.append(Text(key, calls=count("call", reminder.calls)))
    texts.append(Text("results_form.remind_confirm"))
    unknown = NOTHING
    if snapshot.read_unknown:
        unknown = Text("results_form.remind_unknown", people=count(available.unit, snapshot.read_unknown))
    return parts.notice(sentences(*texts), unknown)


def _describe_card_action(available: AvailableActions, cards: CardActions, state: ActionsState) -> str:
    if state.action == "remind":
        people = count(available.unit, cards.unanswered)
        return parts.notice(Text("results_form.remind_cards_who", people=people))
    key = "close_rest" if cards.is_closed else "close_who" if cards.close_calls else "close_only"
    text = Text(
        text_key(available.unit, f"results_form.{key}"),
        people=count(available.unit, cards.people),
        calls=count("call", cards.close_calls),
    )
    final = NOTHING if cards.is_closed else Text("results_form.close_final")
    return parts.notice(text, final, "warn")


def _heading_of_reminder(name: str) -> str:
    """Return the heading of a reminder, which says that its numbers are not the campaign's."""
    about = parts.quiet(say("results_form.reminder_apart", name=parts.short(name)))
    return f"{parts.heading(say('run.reminds_of', name=parts.short(name)))}<div>{about}</div>"


def _describe_retry(available: AvailableActions, people: int) -> str:
    note = available.recall_note
    recalled = Text("results_form.retry_recalled", note=note) if note else NOTHING
    if available.state is not State.FINISHED:
        return parts.notice(recalled or Text("results_form.retry_not_finished"), "", "warn")
    texts = []
    if available.retry.people:
        texts.append(Text(text_key(available.unit, "results_form.retry_who"), people=count(available.unit, people)))
        if available.retry.earlier_text:
            texts.append(earlier_text_note(available.retry, available.unit))
        texts.append(Text("results_form.takes", calls=count("call", available.retry.calls)))
    later_key = text_key(available.unit, "results_form.retry_later")
    for at_ns, n in sorted(available.retry.people_later.items()):
        texts.append(Text(later_key, people=count(available.unit, n), when=format_moment(at_ns)))
    if recalled:
        return parts.notice(recalled, sentences(*texts), "warn")
    return parts.notice(sentences(*texts))


def _describe_recall(recall: RecallSummary, selected: Text, unit: Unit, reminders: Sequence[Reminder]) -> str:
    text = sentences(selected, Text(text_key(unit, "results_form.recall_who"), who=recall.text))
    consequences = [Text("results_form.recall_final")]
    if recall.readers:
        key = "recall_read_any" if recall.messages > recall.people else "recall_read"
        consequences.append(Text(text_key(unit, f"results_form.{key}"), people=count(unit, recall.readers)))
    if recall.unknown:
        consequences.append(Text("results_form.recall_unknown", people=count(unit, recall.unknown)))
    reminder_names = [reminder.name for reminder in reminders if reminder.reached]
    if reminder_names:
        consequences.append(Text("results_form.recall_reminders", names=listed_briefly(reminder_names, "campaign")))
    return parts.notice(text, sentences(*consequences), "warn")

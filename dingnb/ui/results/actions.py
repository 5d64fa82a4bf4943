"""The actions on results: one at a time, each described first and confirmed by its count."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import ipywidgets as widgets

from dingnb.calls.days import format_moment
from dingnb.campaigns.campaign import view_of
from dingnb.campaigns.campaign_view import AvailableActions, CardActions
from dingnb.campaigns.recipient_count import text_key
from dingnb.campaigns.results.campaign_results import Snapshot
from dingnb.campaigns.status import State, Status
from dingnb.ui.kit import parts
from dingnb.ui.kit.form import button, row, set_available, show_if, stack, toggle_class, update
from dingnb.ui.plan.form import PlanForm
from dingnb.ui.results.actions_model import ACTIONS, COUNTED, ActionsModel
from dingnb.ui.results.model import ResultsModel
from dingnb.ui.results.state import Action, ActionsState
from dingnb.words import Text, count, join_sentences, listed_briefly, say

if TYPE_CHECKING:
    from dingnb.ui.results.form import ResultsForm

_HOW = ("leave", "delivered", "resend")
_MAY_HAVE_IT = (Status.SENDING, Status.ACCEPTED, Status.UNKNOWN)


class ActionsView:
    """
    The widgets of the actions.

    Args:
        form: The form that contains them.
        model: The model.
        results: The model of the results.
    """

    def __init__(self, form: "ResultsForm", model: ActionsModel, results: ResultsModel) -> None:
        self.model, self._form = model, form
        self._is_live = view_of(model.run).mode == "LIVE"
        self._round = 0
        self.who, self.notice = widgets.HTML(), widgets.HTML()
        self.choices: dict[Action, widgets.Button] = {action: button() for action in ACTIONS}
        self.how = widgets.Dropdown(options=[(choice, choice) for choice in _HOW], value="leave")
        self.show_them = button(name="dn-link")
        self.reminder = widgets.Textarea()
        self.count = widgets.Text()
        self.act = button(tone="primary")
        self.how.add_class("dn-wide")
        self.count.add_class("dn-third")
        self._confirm = row([self.count, self.act, self.show_them], "dn-low")
        self._reminder_box = stack([])
        self.reminder_form: PlanForm | None = None
        parts_of_it = [self.who, self.reminder, self.how, self._confirm, self.notice]
        self.box = stack([*parts_of_it, self._reminder_box])
        for action, pressed in self.choices.items():
            form.on_click(pressed, _choosing(model, action))
        form.on_change(self.how, model.decide)
        form.on_change(self.reminder, model.write_reminder)
        form.on_change(self.count, model.type_count)
        form.on_submit(self.count, self._go_on)
        form.on_click(self.act, self._act)
        form.on_click(self.show_them, lambda: results.filter_by(Status.UNKNOWN))

    def render(self, snapshot: Snapshot) -> None:
        """Show the available actions and the chosen one."""
        model, state = self.model, self.model.state
        offered = model.offered
        for action, pressed in self.choices.items():
            show_if(action in offered, pressed)
            update(pressed, description=self.name_of(action, offered.get(action, 0)))
            toggle_class(pressed, "dn-chosen", action == state.action)
        people = count(model.unit, model.people)
        is_counted = state.action in COUNTED
        # What would be done is not what is being done, and its numbers change meanwhile.
        is_open = bool(state.action) and not model.is_acting and not model.is_reminder_sent
        update(self.who, value="" if model.is_acting or model.is_reminder_sent else self._who(snapshot, people))
        toggle_class(self.box, "dn-card", bool(state.action))
        show_if(is_open and state.action == "remind" and not model.reminds_by_card, self.reminder)
        update(self.reminder, description=say("results_form.reminder"), placeholder=say("results_form.reminder_hint"))
        show_if(is_open and state.action == "resolve", self.how, self.show_them)
        update(self.how, options=tuple((say(f"results_form.resolve_{choice}"), choice) for choice in _HOW))
        update(self.how, value=state.how, description=say("results_form.resolve_how"))
        update(self.show_them, description=say("results_form.resolve_show"))
        show_if(is_counted and bool(model.people), self.count)
        update(self.count, description=say("results_form.count", n=model.people))
        if state.round != self._round:
            # Only then, so that text being typed is not overwritten.
            self._round = state.round
            update(self.count, value=state.typed)
            update(self.reminder, value=state.reminder)
        toggle_class(self.count, "dn-invalid", state.is_miscounted)
        show_if(bool(state.action) and (bool(model.people) or not is_counted), self.act)
        # Red if it reaches real people, or takes something from them.
        is_danger = (is_counted and (self._is_live or state.action == "recall")) or state.action == "close"
        update(self.act, button_style="danger" if is_danger else "primary")
        set_available(self.act, not model.is_busy, say("results_form.working"))
        if state.action:
            key = f"results_form.do_{state.action}"
            key = text_key(model.unit, key) if is_counted else key
            update(self.act, description=say(key, people=people))
        show_if(is_open, self._confirm)
        update(self.notice, value=self._notice(state))
        show_if(bool(self.notice.value), self.notice)
        show_if(bool(self.who.value), self.who)
        self._render_reminder()

    def name_of(self, action: Action, n: int) -> str:
        """Return the name of an action, with the number of people that it concerns."""
        key = "remind_cards" if action == "remind" and self.model.reminds_by_card else action
        return say(f"results_form.act_{key}", n=n)

    def _go_on(self) -> None:
        """Move to the button if the count is right: Enter alone does nothing."""
        if self.model.validate():
            self.act.focus()

    def _act(self) -> None:
        if self.model.act() and self.model.state.action != "remind":
            # The button is hidden once the action is done. By then, the user may be typing elsewhere.
            self._form.run_form.focus()

    def _render_reminder(self) -> None:
        reminder, before = self.model.reminder, self.reminder_form
        show_if(self.model.state.action == "remind", self._reminder_box)
        if (None if before is None else before.model) is reminder:
            return
        self.reminder_form = None if reminder is None else PlanForm(reminder, is_inside=True)
        self._reminder_box.children = [] if self.reminder_form is None else [self.reminder_form.box]
        if before is not None:
            before.close()

    def _who(self, snapshot: Snapshot, people: Text) -> str:
        """Return a description of the chosen action."""
        state, choices = self.model.state, self.model.choices
        if not state.action or choices is None:
            return self._nothing_yet()
        if state.action == "retry":
            return _retry(choices, people)
        if state.action in {"remind", "close"}:
            return _remind(choices) if choices.cards is None else _of_cards(choices, choices.cards, state)
        if state.action == "recall":
            final = parts.notice(_recall(choices, snapshot), _final(choices, snapshot), "warn")
            return final + _too_dear(choices.recall.calls, choices.calls_left)
        return _resolve(choices, snapshot, state)

    def _nothing_yet(self) -> str:
        if self.model.is_running:
            return parts.quiet(say("results_form.actions_wait"))
        return "" if self.model.choices is not None else parts.quiet(say("results_form.reading"))

    def _notice(self, state: ActionsState) -> str:
        if state.busy_text:
            return parts.status(parts.quiet(state.busy_text))
        if state.failure is not None:
            return parts.status(parts.notice(state.failure.what, state.failure.hint, "bad"), urgent=True)
        if self.model.is_reminder_sent:
            # Its own form says so.
            return ""
        if state.notice:
            return parts.status(parts.notice(state.notice, "", "good"))
        if state.action in COUNTED:
            return parts.quiet(say("results_form.live" if self._is_live else "results_form.sandbox"))
        return ""


def _choosing(model: ActionsModel, action: Action) -> Callable[[], None]:
    """Return what a button does: it opens its action, or closes it again."""
    return lambda: model.choose("" if model.state.action == action else action)


def _remind(choices: AvailableActions) -> str:
    key = text_key(choices.unit, "results_form.remind_who")
    calls = count("call", choices.refresh_calls)
    words = say(key, people=count(choices.unit, choices.unread), calls=calls)
    return parts.notice(words) + _too_dear(choices.refresh_calls, choices.calls_left)


def _of_cards(choices: AvailableActions, cards: CardActions, state: ActionsState) -> str:
    """Return a description of an action on cards."""
    if state.action == "remind":
        people = count(choices.unit, cards.unanswered)
        return parts.notice(say("results_form.remind_cards_who", people=people))
    if not cards.close_calls:
        return parts.notice(say("results_form.close_only"), "", "warn")
    calls = count("call", cards.close_calls)
    return parts.notice(say("results_form.close_who", calls=calls), "", "warn") + _too_dear(
        cards.close_calls, choices.calls_left
    )


def _too_dear(calls: int, left: int) -> str:
    """Return a warning if the month has too few calls left."""
    if calls <= left:
        return ""
    return parts.notice(say("results_form.too_dear", calls=count("call", calls), left=f"{left:,}"), "", "bad")


def _retry(choices: AvailableActions, people: Text) -> str:
    if choices.state is not State.FINISHED:
        return parts.notice(say("results_form.retry_not_finished"), "", "warn")
    words = []
    if choices.retry.people:
        words.append(say(text_key(choices.unit, "results_form.retry_who"), people=people))
        words.append(say("results_form.takes", calls=count("call", choices.retry.calls)))
    words += [
        say(
            text_key(choices.unit, "results_form.retry_later"),
            people=count(choices.unit, n),
            when=format_moment(at_ns),
        )
        for at_ns, n in sorted(choices.retry.people_later.items())
    ]
    return parts.notice(join_sentences(words)) + _too_dear(choices.retry.calls, choices.calls_left)


def _recall(choices: AvailableActions, snapshot: Snapshot) -> str:
    recall = choices.recall
    if recall.reached == recall.people:
        return say(text_key(choices.unit, "results_form.recall_who"), who=recall.text)
    is_known = not snapshot.people["status"].isin(_MAY_HAVE_IT).any()
    key = "results_form.recall_fewer" if is_known else "results_form.recall_fewer_at_most"
    return say(text_key(choices.unit, key), reached=count(choices.unit, recall.reached), who=recall.text)


def _final(choices: AvailableActions, snapshot: Snapshot) -> str:
    """Return what a recall does, and what it cannot undo."""
    read = int((snapshot.people["status"] == Status.READ).sum())
    words = [say("results_form.recall_final")]
    if read:
        words.append(say(text_key(choices.unit, "results_form.recall_read"), people=count(choices.unit, read)))
    return join_sentences(words)


def _resolve(choices: AvailableActions, snapshot: Snapshot, state: ActionsState) -> str:
    frame = snapshot.people
    userids = frame.loc[frame["status"] == Status.UNKNOWN, "userid"].tolist()
    key = text_key(choices.unit, "results_form.resolve_who")
    words = say(key, people=count(choices.unit, choices.unknown), who=listed_briefly(userids))
    if state.how != "resend":
        return parts.notice(words, "", "warn")
    if not choices.resendable:
        return parts.notice(words, say("results_form.resolve_none_again"), "warn")
    more = [say("results_form.takes", calls=count("call", choices.resend_calls))]
    if choices.queued:
        key = text_key(choices.unit, "results_form.resolve_queued")
        more.insert(0, say(key, people=count(choices.unit, choices.queued)))
    too_dear = _too_dear(choices.resend_calls, choices.calls_left)
    return parts.notice(words, join_sentences(more), "warn") + too_dear

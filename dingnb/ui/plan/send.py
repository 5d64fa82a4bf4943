"""The part of the plan form that sends: the campaign's name, the forecast, and the count to confirm."""

from functools import partial
from typing import TYPE_CHECKING

import ipywidgets as widgets

from dingnb.campaigns.planning.forecast import Forecast
from dingnb.campaigns.status import State
from dingnb.recipients.column_titles import column_titles, with_column_titles
from dingnb.ui.kit import parts
from dingnb.ui.kit.form import ViewPoller, button, row, set_available, show_if, stack, toggle_class, update
from dingnb.ui.kit.lists import set_children, update_entries
from dingnb.ui.plan.figures import send_figures
from dingnb.ui.plan.model import PlanModel
from dingnb.ui.plan.row_lists import list_of_changed_rows
from dingnb.ui.plan.state import PlanState
from dingnb.ui.run.refresh_limits import MAX_CALLS, can_refresh, max_calls
from dingnb.words import NOTHING, Text, TextLike, count, in_form, say, sentences

if TYPE_CHECKING:
    from collections.abc import Callable

    from dingnb.ui.plan.form import PlanForm
    from dingnb.ui.run.form import RunForm

_CHANGED_CHOICES = ("skip", "resend")
_RECALL = "recall"
_ABSENT_CHOICES = ("send", "drop")


class SendView:
    """
    The widgets that name the campaign, confirm the count and send.

    Args:
        form: The form that contains them.
        model: The model.
        shown_run: Returns the progress of a campaign, by name, if the form around this one shows it on the same page;
            else None.
        open_campaign: Opens a campaign by name in the form around this one; None opens it here.
        has_page: Whether the widgets are on a page without the plan's figures, so that they show the figures that
            depend on a choice made here.
        refreshes_after_send: Whether the results are refreshed automatically once everything is sent.
    """

    def __init__(
        self,
        form: "PlanForm",
        model: PlanModel,
        shown_run: "Callable[[str], RunForm | None]",
        open_campaign: "Callable[[str], None] | None",
        *,
        has_page: bool,
        refreshes_after_send: bool,
    ) -> None:
        self._form, self._model = form, model
        self._refreshes_after_send = refreshes_after_send
        self._shown_run, self._open_campaign, self._has_page = shown_run, open_campaign, has_page
        self.heading, self.forecast, self.figures, self.notice = (widgets.HTML() for _ in range(4))
        self.leave_names_out = widgets.HTML()
        self.name = widgets.Text(value=model.state.name)
        # Without a value until the user decides.
        self.changed = widgets.RadioButtons(options=[(choice, choice) for choice in _CHANGED_CHOICES], index=None)
        self.absent = widgets.RadioButtons(options=[(choice, choice) for choice in _ABSENT_CHOICES], index=None)
        self.count = widgets.Text(value=model.state.typed_count)
        self.accepts_names, self.beyond_quota = widgets.Checkbox(indent=False), widgets.Checkbox(indent=False)
        self.open = button(tone="primary")
        self._unfinished_buttons: dict[str, widgets.Button] = {}
        self._unfinished_row = row([])
        self.send = button(tone="danger" if model.plan.mode == "LIVE" else "primary")
        self.name.add_class("dn-third")
        self.count.add_class("dn-third")
        self._name_row = row([self.name], "dn-align-end")
        self._count_row = row([self.count, self.send, self.open], "dn-align-end")
        choices = [self.changed, self.absent, self.accepts_names, self.leave_names_out, self.beyond_quota]
        shown = [self.heading, self._name_row, self.forecast, self._unfinished_row, self.figures, *choices]
        self.box = stack(shown, *([] if has_page else ["dn-section"]))
        self.footer = stack([self._count_row, self.notice], "dn-footer")
        self.footer.add_class("dn-confirm")
        for part in (self.box, self.footer):
            part.add_class("dn-hide-if-disconnected")
        form.on_change(self.name, model.set_name)
        form.on_change(self.changed, lambda chosen: model.choose_changed(chosen or "error"))
        form.on_change(self.absent, lambda chosen: model.choose_absent(chosen or "error"))
        form.on_change(self.accepts_names, model.choose_accepts_names)
        form.on_change(self.beyond_quota, model.choose_beyond_quota)
        form.on_change(self.count, model.set_count)
        form.on_click(self.open, self._go_to_blocking)
        form.on_click(self.send, model.send)
        # Enter alone sends nothing.
        form.on_count(self.count, lambda: model.is_count_right, self._focus_send_if_valid)
        ViewPoller(model.clock, self.box, model.poll)

    def _go_to_blocking(self) -> None:
        forecast = self._model.state.forecast
        if forecast is not None and self._model.can_open:
            # The name as that campaign spells it.
            self._go_to(forecast.name, self._model.open_campaign)

    def _go_to(self, name: str, open_here: "Callable[[], None]") -> None:
        """Move to a campaign if the form around this one shows it already, or else open it."""
        shown = self._shown_run(name)
        if shown is not None:
            shown.focus()
        elif self._open_campaign is not None:
            self._open_campaign(name)
        else:
            open_here()

    def _focus_send_if_valid(self) -> None:
        # The button may have been pressed since.
        if self._model.state.stage == "open" and self._model.validate():
            self.send.focus()

    def render(self, state: PlanState) -> None:
        """Show what sending would do."""
        model = self._model
        show_if(state.stage != "sent" and not state.is_collapsed, self.box, self.footer)
        show_if(bool(model.plan.people), self._name_row, self._count_row)
        update(self.heading, value=parts.heading(say("plan_form.send_title")))
        update(self.name, description=say("plan_form.name"), placeholder=say("plan_form.name_hint"))
        update(self.forecast, value=parts.status(self._forecast_notice(state)))
        self._render_choices(state)
        show_if(model.asks_names, self.accepts_names, self.leave_names_out)
        update(
            self.leave_names_out, value=parts.quiet(in_form(model.how_to_leave_names_out)) if model.asks_names else ""
        )
        update(self.accepts_names, value=model.accepts_names, description=in_form(model.misnamed_text))
        show_if(model.asks_beyond_quota, self.beyond_quota)
        update(self.beyond_quota, value=state.beyond_quota, description=say("plan_form.beyond_quota"))
        show_if(model.can_open and model.blocking_run is None, self.open)
        update(self.open, description=say("plan_form.open_campaign"))
        self._render_unfinished(state)
        show_if(not model.can_open, self.send)
        # Not disabled while starting: a disabled button loses the focus. The model ignores further presses.
        is_off = state.stage == "open" and not model.can_send
        is_undecided = bool(state.undecided)
        update(self.count, description=_count_label(model))
        show_if(model.sent_now > 0 and not model.can_open and not is_undecided, self.count)
        update(self.send, description=say("plan_form.send_title") if is_undecided else _send_label(model))
        update(self.send, disabled=is_off)
        why_not = "plan_form.undecided" if is_undecided else "plan_form.no_calls" if model.is_without_calls else ""
        set_available(self.send, not why_not, say(why_not) if why_not else "")
        toggle_class(self.count, "dn-invalid", state.is_miscounted)
        update(self.notice, value=self._notice(state))

    @property
    def unfinished_buttons(self) -> list[widgets.Button]:
        """The buttons that open unfinished campaigns."""
        return list(self._unfinished_buttons.values())

    def _render_unfinished(self, state: PlanState) -> None:
        """Show a button for each unfinished campaign, while no other campaign is open."""
        is_offered = self._model.offers_unfinished and self._model.blocking_run is None
        update_entries(self._unfinished_buttons, state.unfinished, self._new_unfinished_button)
        for name, open_button in self._unfinished_buttons.items():
            update(open_button, description=say("plan_form.go_to", name=parts.short(name)))
        set_children(self._unfinished_row, [self._unfinished_buttons[name] for name in state.unfinished])
        show_if(is_offered, self._unfinished_row)

    def _new_unfinished_button(self, name: str) -> widgets.Button:
        open_button = button()
        self._form.on_click(open_button, lambda: self._go_to(name, partial(self._model.open_unfinished, name)))
        return open_button

    def _render_choices(self, state: PlanState) -> None:
        """Show what the user has to decide before this campaign can be continued."""
        forecast = state.forecast
        n_changed, n_absent = (0, 0) if forecast is None else (forecast.changed, forecast.absent)
        show_if(n_changed > 0, self.changed)
        show_if(self._has_page and n_changed > 0, self.figures)
        if self._has_page and n_changed:
            update(self.figures, value=send_figures(self._model, state))
        show_if(n_absent > 0, self.absent)
        if forecast is None:
            return
        choices = (*_CHANGED_CHOICES, _RECALL) if forecast.replaceable == "all" else _CHANGED_CHOICES
        keys = {"resend": "changed.resend_card"} if forecast.keeps_answers else {}
        if forecast.may_keep_earlier:
            keys[_RECALL] = "changed.recall_perhaps" if forecast.perhaps_replaceable else "changed.recall_except"
        kept = count(self._model.view.recipient_count.unit, forecast.may_keep_earlier)
        changed = tuple((say(keys.get(choice, f"changed.{choice}"), people=kept), choice) for choice in choices)
        update(self.changed, description=in_form(forecast.changed_text), options=changed)
        chosen = _RECALL if self._model.recalls_first else state.changed
        update(self.changed, index=choices.index(chosen) if chosen in choices else None)
        absent = tuple((say(f"absent.{choice}"), choice) for choice in _ABSENT_CHOICES)
        update(self.absent, description=in_form(forecast.absent_text), options=absent)
        update(self.absent, index=_ABSENT_CHOICES.index(state.absent) if state.absent in _ABSENT_CHOICES else None)

    def _summary(self, state: PlanState) -> str:
        """Return what is confirmed, in one line: people; calls and time; rows that won't be sent."""
        model, plan = self._model, self._model.plan
        rejected = say("plan_form.not_sent_rows", rows=count("row", plan.rejected)) if plan.rejected else ""
        time = dict(state.sheet.facts).get(Text("plan.time"), "")
        costs: tuple[TextLike, ...] = (count("call", plan.calls + state.uploads), time)
        if not model.is_whole:
            calls = count("call", model.calls_now)
            costs = (calls if model.is_calls_now_exact else Text("plan_form.calls_at_most", calls=calls),)
        words = (model.expected_text, *(() if model.added else costs), rejected)
        return " · ".join(in_form(word) for word in words if word)

    def _removed_note(self) -> str:
        dropped = self._model.dropped
        if not dropped:
            return ""
        return parts.quiet(say("plan_form.taken_out", people=count(self._model.view.recipient_count.unit, dropped)))

    def _refresh_note(self, state: PlanState) -> str:
        """Return with how many calls the results are refreshed automatically; empty if they are not."""
        model, forecast = self._model, state.forecast
        calls_per_refresh = model.view.calls_needed - model.plan.calls
        is_short = bool(model.shortage) and not state.beyond_quota
        if not self._refreshes_after_send or forecast is None or is_short or not can_refresh(calls_per_refresh):
            return ""
        # What was sent before under this name is refreshed as well.
        limit = max_calls(calls_per_refresh) if forecast.is_new else MAX_CALLS
        return parts.quiet(say("plan_form.refreshes", calls=count("call", limit)))

    def shortage_notice(self, state: PlanState) -> str:
        """Return the warning that the month has too few calls, and after how many people sending would stop."""
        after, titles = state.stops_after, column_titles(self._model.view.frame)
        shortage = with_column_titles(titles, self._model.shortage)
        if not shortage:
            return ""
        if after is None or after >= self._model.sent_now:
            return parts.notice(shortage, "", "warn")
        lack = self._model.lack_of_calls
        if lack is not None:
            return parts.notice(lack.what, lack.hint, "warn")
        unit = self._model.view.recipient_count.unit
        return parts.notice(say("plan_form.stops_after", people=count(unit, after)), shortage, "warn")

    def _forecast_notice(self, state: PlanState) -> str:
        if not self._model.plan.people:
            return ""
        if not state.name.strip():
            return _no_name_notice(state)
        if state.forecast is None:
            return parts.quiet(say("plan_form.looking_up")) if state.is_forecasting else ""
        forecast = state.forecast
        if forecast.refusal:
            return parts.notice(sentences(forecast.text, self._how_to_open(forecast)), "", "bad")
        # With nobody left to send to, the notice beside the button says so.
        if forecast.is_new or not self._model.sent_now:
            warnings = state.send_warnings
            texts = [warnings.new_name_warning, *warnings.unfinished_warnings] if forecast.is_new else []
            notices = "".join(parts.notice(text, "", "warn") for text in texts if text)
            changed_rows = list_of_changed_rows(self._model.view, forecast.changed_rows)
            return (notices or parts.quiet(forecast.summary)) + changed_rows
        if self._model.recalls_first:
            todo = Text("plan_form.recall_first", recall=Text("results_form.act_recall_name"))
            kept = count(self._model.view.recipient_count.unit, forecast.may_keep_earlier)
            rest = Text("plan_form.recall_first_rest", people=kept) if forecast.may_keep_earlier else NOTHING
            notice = parts.notice(forecast.summary, sentences(todo, rest))
        elif self._model.can_open:
            notice = parts.notice(sentences(forecast.summary, self._how_to_open(forecast)))
        else:
            continues = say("plan_form.continues", name=parts.short(forecast.name))
            is_doubtful = bool(state.undecided or forecast.recalled_before)
            notice = parts.notice(continues, forecast.summary, "warn" if is_doubtful else "")
        if forecast.replaceable == "some":
            # A recall from everybody would take the right text from other people, too.
            notice += parts.quiet(in_form(Text("record.recall_some_first", name=forecast.name)))
        return notice + list_of_changed_rows(self._model.view, forecast.changed_rows)

    def _how_to_open(self, forecast: Forecast) -> Text:
        """Return how to open the campaign that blocks the name; empty if nothing blocks it, or it is open here."""
        if not self._model.can_open or self._model.blocking_run is not None:
            return NOTHING
        is_running = forecast.state is State.RUNNING
        blocked_by = "running" if is_running else "recalled" if forecast.blocked == "recalled" else "halted"
        return Text(f"plan_form.open_{blocked_by}", open=Text("plan_form.open_campaign"))

    def _notice(self, state: PlanState) -> str:
        if state.stage == "starting":
            return parts.status(parts.quiet(say("plan_form.starting")))
        if state.failure is not None:
            return parts.failure_alert(state.failure)
        if not self._model.plan.people:
            return parts.status(parts.notice(say("plan_form.nobody"), say("plan_form.nobody_todo"), "warn"))
        if self._model.can_open or state.undecided:
            # What sending would cost does not matter now.
            return "" if self._model.can_open else parts.status(parts.quiet(say("plan_form.undecided")))
        if not self._model.sent_now:
            return parts.status(self._nobody_left(state))
        return (
            self._removed_note()
            + self.shortage_notice(state)
            + parts.quiet(self._summary(state))
            + self._refresh_note(state)
            + parts.quiet(say("plan_form.live" if self._model.plan.mode == "LIVE" else "plan_form.sandbox"))
        )

    def _nobody_left(self, state: PlanState) -> str:
        """Return the notice that nothing is left to send in this plan."""
        if self._model.dropped:
            people = count(self._model.view.recipient_count.unit, self._model.dropped)
            return parts.notice(say("plan_form.only_taken_out", people=people), "", "warn")
        forecast, show = state.forecast, say("plan_form.show_campaign")
        if forecast is not None and forecast.recalled:
            key = "nobody_left_recalled" if forecast.is_recalled_from_all else "nobody_left_some_recalled"
            people = count(self._model.view.recipient_count.unit, forecast.recalled)
            todo = say("plan_form.nobody_left_recalled_todo", show=show)
            return parts.notice(say(f"plan_form.{key}", people=people), todo, "warn")
        key = "nobody_left_kept" if forecast is not None and forecast.changed else "nobody_left"
        return parts.notice(say(f"plan_form.{key}"), say("plan_form.nobody_left_todo", show=show), "good")


def _send_label(model: PlanModel) -> str:
    """Return the label of the button: what it sends and to how many, or what else it does."""
    recipient_count, sent_now = model.view.recipient_count, model.sent_now
    unit, has_key = recipient_count.unit, recipient_count.people is not None
    if not sent_now:
        dropped = model.dropped
        return say("plan_form.take_out", people=count(unit, dropped)) if dropped else say("plan_form.show_campaign")
    total = count(unit, model.plan.people + model.added)
    if not model.is_whole:
        key = "plan_form.send_some_messages" if has_key else "plan_form.send_to_some"
        return say(key, n=sent_now, recipients=total)
    key = "plan_form.send_messages" if has_key else "plan_form.send_to"
    return say(key, recipients=total if model.added else recipient_count.text)


def _count_label(model: PlanModel) -> str:
    """Return the label of the count: the people whom sending now reaches."""
    unit, n, added = model.view.recipient_count.unit, model.expected, model.added
    if added:
        return say(f"plan_form.count_added_{unit}", n=n, plan=n - added, added=added)
    return say("form.count", n=n)


def _no_name_notice(state: PlanState) -> str:
    """Return the notice that no name is entered; it may be better to resume a campaign."""
    if not state.unfinished:
        return parts.notice(say("plan_form.no_name"), say("plan_form.no_name_todo"))
    return "".join(
        parts.notice(text, say("plan_form.no_name_unfinished", name=parts.short(name)), "warn")
        for name, text in zip(state.unfinished, state.send_warnings.unfinished_warnings, strict=True)
    )

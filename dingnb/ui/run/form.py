"""The form of a running campaign: progress, and the buttons to pause, resume and stop it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Literal

import ipywidgets as widgets

from dingnb.campaigns.recipient_count import text_key
from dingnb.campaigns.results.delivery_statistics import share_text
from dingnb.campaigns.results.display import is_problems_table
from dingnb.campaigns.results.result_texts import RENAMED_STATUSES, explained_status, split_by_read, status_name
from dingnb.campaigns.sending.progress import Progress
from dingnb.campaigns.status import REACHED, State, Status
from dingnb.display import Sheet, Table
from dingnb.ui.kit import parts
from dingnb.ui.kit.form import (
    DEBOUNCE_NS,
    Form,
    ViewPoller,
    button,
    call_once_displayed,
    row,
    set_available,
    show_if,
    stack,
    toggle_class,
    update,
)
from dingnb.ui.kit.model import Failure
from dingnb.ui.run.model import RunModel, RunState
from dingnb.ui.run.receiving_model import ReceivingState
from dingnb.words import NOTHING, Text, TextLike, as_text, capitalize, count, dotted, duration, in_form, say, sentences

_REPORTED_STATUSES = frozenset({Status.DELIVERED, Status.READ, Status.INVALID, Status.FILTERED, Status.RECALLED})
"""The statuses that are known only from DingTalk's delivery results."""

_PARTIAL_RECALL = ("recall.kept", "recall.late")
"""Keys of the texts that a message could not be recalled from everybody."""


class RunForm(Form):
    """
    The form of a campaign.

    Args:
        model: The model.
        tiles: The tiles of the results form that contains this one: shown instead of the figures
            while nothing is being sent or recalled.
        actions: The buttons of the results form, shown next to the buttons of the campaign.
        has_primary_action: Returns whether the primary button belongs to an action of the results form.
        shows_refresh: Returns whether to show the progress of a refresh that was started elsewhere.
    """

    def __init__(
        self,
        model: RunModel,
        *,
        tiles: widgets.Box | None = None,
        actions: Iterable[widgets.Button] = (),
        has_primary_action: Callable[[], bool] = lambda: False,
        shows_refresh: Callable[[], bool] = lambda: True,
    ) -> None:
        super().__init__(model)
        self.model = model
        self._tiles = tiles
        self._has_primary_action = has_primary_action
        self._shows_refresh = shows_refresh
        self.head, self.figures, self.notice, self.outcome = (widgets.HTML() for _ in range(4))
        self.alert, self.announcement = widgets.HTML(), widgets.HTML()
        for advice in (self.notice, self.announcement):
            advice.add_class("dn-hide-if-disconnected")
        self._pressed, self._has_been_useful, self._is_set_aside = "", False, False
        self._debounced_since_ns = -DEBOUNCE_NS
        # One button pauses, resumes and refreshes: replacing it with another would lose the focus.
        self.main_button = button()
        self.stop_button, self.refresh_button = button(css_class="dn-stop"), button()
        buttons = row([self.main_button, self.stop_button, self.refresh_button, *actions])
        numbers = [self.head, self.figures, *([] if tiles is None else [tiles])]
        # The notice is below the buttons, so that they stay in place when its length changes.
        self._box = stack([*numbers, self.alert, self.announcement, buttons, self.notice, self.outcome], "dn-section")
        self.on_click(self.main_button, self._press_main)
        self.on_click(self.stop_button, self._press_stop)
        self.on_click(self.refresh_button, self._press_refresh)
        self.watch(model, model.receiving)
        self.render()
        ViewPoller(model.clock, self._box, model.poll)

    @property
    def box(self) -> widgets.VBox:
        """The form's widgets."""
        return self._box

    def sheet(self) -> Sheet:
        """Return the campaign's sheet."""
        return self.model.sheet()

    def _render(self) -> None:
        model, state = self.model, self.model.state
        update(self.head, value=run_title(model))
        has_tiles = self._has_tiles
        if self._tiles is not None:
            # While sending, the figures count; the tiles would lag behind the figures, as they would behind a recall.
            show_if(has_tiles, self._tiles)
        # During a recall, the figures would lag behind it.
        figures = "" if state.recall is not None else parts.figures(_figures(state))
        update(self.figures, value="" if has_tiles else _bar(state) + figures)
        show_if(not has_tiles, self.figures)
        # The results form shows with the answers whether they are received.
        receiving = model.receiving.state if self._tiles is None else ReceivingState()
        notice = _notice(model, state, has_tiles=has_tiles, shows_refresh=self._shows_refresh())
        update(self.notice, value=notice + _receiving(receiving))
        show_if(bool(self.notice.value), self.notice)
        update(self.alert, value=_alert(state, receiving.failure))
        update(self.announcement, value=parts.announcement(state.announcement.in_form()))
        # Styles the last figure, the time left.
        toggle_class(self.figures, "dn-running", model.is_running)
        # Not disabled while busy: a disabled button loses the focus. The model ignores further presses.
        meaning = self._meaning
        label = _refresh_label(state) if meaning == "refresh" else say(f"run.{meaning}")
        is_primary = self.is_next_step and not (self._has_primary_action() or self._is_set_aside)
        update(self.main_button, description=label, button_style="primary" if is_primary else "")
        is_over = meaning == "refresh" and state.sheet is not None and not state.refresh_calls
        reason = "over" if model.view.control.channel.results_api else "unreported"
        if meaning == "resume":
            set_available(self.main_button, state.recall is None, say("run.resume_after_recall"))
        else:
            why_not = say(f"results_form.refresh_{reason}") if is_over else _why_no_refresh(state)
            set_available(self.main_button, not why_not, why_not)
        # A button that has been useful stays, because it may have the focus.
        self._has_been_useful |= not is_over and state.sheet is not None
        show_if(self._has_been_useful or not is_over, self.main_button)
        update(self.stop_button, description=say("run.stop" if state.recall is None else "run.stop_recall"))
        show_if(model.is_running or state.recall is not None, self.stop_button)
        update(self.refresh_button, description=_refresh_label(state))
        set_available(self.refresh_button, not _why_no_refresh(state), _why_no_refresh(state))
        show_if(meaning == "resume", self.refresh_button)
        if self._pressed and self._has_changed():
            self._pressed = ""
            self._debounce()
        elif not model.is_busy and not state.command:
            # The press has changed nothing; a later change comes from another form or process.
            self._pressed = ""
        update(self.outcome, value="" if self._tiles is not None else _outcome(state))

    @property
    def run_form(self) -> "RunForm":
        """The form itself; the results form has this form as its `run_form`."""
        return self

    @property
    def is_next_step(self) -> bool:
        """Whether what to do next is here, with the main button or an action of the results form, unless set aside."""
        meaning, state = self._meaning, self.model.state
        is_useful = meaning == "resume" and state.should_resume
        # In the results, the next step after sending is to see whom it has reached.
        can_refresh = state.refresh_calls > 0 and state.can_finish_refresh
        is_useful |= self._has_tiles and meaning == "refresh" and can_refresh and not _has_reports(state)
        return is_useful or self._has_primary_action()

    @property
    def _has_tiles(self) -> bool:
        return self._tiles is not None and not self.model.is_running and self.model.state.recall is None

    def set_aside(self, *, is_set_aside: bool) -> None:
        """Have no primary button, since what to do next is in the form around this one; or have one again."""
        if is_set_aside != self._is_set_aside:
            self._is_set_aside = is_set_aside
            self.render()

    def focus(self) -> None:
        """Focus the main button, which ignores presses for a moment."""
        self._debounce()
        self.main_button.focus()

    def focus_after_action(self) -> None:
        """Focus the button that refreshes: another press must not resume what was perhaps just recalled."""
        if self._meaning == "resume":
            self._debounce()
            self.refresh_button.focus()
        else:
            self.focus()

    def take_focus(self) -> None:
        """Take the focus from a button that was removed, as soon as the form is displayed; call this before it is."""
        # Already now: a busy kernel may learn that the form is displayed only after the user has seen and pressed it.
        self._debounce()
        call_once_displayed(self.main_button, self.main_button.focus)

    @property
    def _meaning(self) -> Literal["pause", "resume", "refresh"]:
        """What the main button does now."""
        if self.model.is_running:
            return "pause"
        state = self.model.state
        return "refresh" if state.progress.state is State.FINISHED or state.is_closed else "resume"

    def _has_changed(self) -> bool:
        """Return whether the button that was pressed now does something else, or is hidden."""
        return not self.model.is_running if self._pressed == "stop" else self._meaning != self._pressed

    def _debounce(self) -> None:
        """Ignore presses for a moment, until users can see what the button with the focus does now."""
        self._debounced_since_ns = self.model.clock.monotonic_ns()

    def _is_repeated(self) -> bool:
        """Return whether a press is of a repeated or held key, meant for what the button did before, or for another."""
        now_ns = self.model.clock.monotonic_ns()
        is_repeated = now_ns - self._debounced_since_ns < DEBOUNCE_NS
        if is_repeated:
            self._debounced_since_ns = now_ns
        return is_repeated

    def _press_main(self) -> None:
        if not self._is_repeated():
            self._pressed = self._meaning
            {"pause": self.model.pause, "resume": self.model.resume, "refresh": self.model.refresh}[self._meaning]()

    def _press_refresh(self) -> None:
        if not self._is_repeated():
            self.model.refresh()

    def _press_stop(self) -> None:
        self._pressed = "stop"
        # Now, since the button is hidden once sending has stopped, and by then the user may be typing elsewhere.
        self.focus()
        self.model.stop()

    def _needs_kernel(self) -> bool:
        return False


def opening_text(model: RunModel) -> Text:
    """Return the outcome of the last action on a campaign, as far as it is still true; empty if there is none."""
    opening, sheet = model.view.control.opening, model.state.sheet
    # "Sending again" is true only while the campaign runs; "nothing was sent" stays true.
    return opening if sheet is None or opening in sheet.notes else NOTHING


def run_title(model: RunModel, *facts: str, level: int = 3, names_reminded: bool = True) -> str:
    """
    Return the title of a campaign's progress and results.

    Args:
        model: The model of the campaign.
        facts: Short texts next to it.
        level: The level of the heading.
        names_reminded: Whether the title of a reminder's campaign names the campaign that it reminds of.
    """
    name = parts.short(model.run.name)
    whole = "" if name == model.run.name else model.run.name
    words = say("run.title", name=name)
    is_named = names_reminded and model.reminds_of
    reminder = say("run.reminds_of", name=parts.short(model.reminds_of)) if is_named else ""
    return parts.title(words, model.view.mode, model.recipients_text, reminder, *facts, level=level, full_text=whole)


def _why_no_refresh(state: RunState) -> str:
    """Return why nothing can be refreshed now; empty if a refresh is possible."""
    if state.recall is not None:
        return say("run.refresh_after_recall")
    return say("results_form.no_calls_left") if state.is_out_of_calls else ""


def _refresh_label(state: RunState) -> str:
    """Return the label of the button that refreshes, with the calls that it takes."""
    # During a recall, the count lags behind.
    if not state.refresh_calls or state.recall is not None:
        return say("run.refresh")
    calls = count("call", state.refresh_calls)
    if state.is_out_of_calls or state.can_finish_refresh:
        return say("run.refresh_calls", calls=calls)
    return say("run.refresh_last_calls", calls=calls, left=f"{state.calls_left:,}")


def _has_reports(state: RunState) -> bool:
    return any(status in _REPORTED_STATUSES for status, *_ in state.counts)


def _figures(state: RunState) -> list[tuple[str, str, str]]:
    """Return the figures of sending, or, once there are delivery results, the number of people with each status."""
    progress = state.progress
    if _has_reports(state):
        return [(name, f"{people:,}", "") for name, people, *_ in _statuses(state)]
    queued = progress.people - progress.accepted - progress.failed - progress.unknown
    figures = [
        (say("run.accepted"), f"{progress.accepted:,}", say("run.of", total=progress.people)),
        (say("run.queued"), f"{queued:,}", ""),
        (say("run.failed"), f"{progress.failed:,}", ""),
        (say("run.unknown"), f"{progress.unknown:,}", ""),
    ]
    if progress.state is State.RUNNING:
        time_left = str(duration(max(progress.left_s, 1))) if progress.is_time_left_known else say("run.time_unknown")
        figures.append((say("run.time_left"), time_left, ""))
    return figures


def _statuses(state: RunState) -> Iterator[tuple[str, int, float, str]]:
    """
    Yield the name of each status, the number of people, their share, and what the status means.

    The names are as in the results: nobody is called filtered if all were sent the text before, or unread if it is
    unknown whether they have read the message.
    """
    undelivered = state.undelivered
    for status, people, share in state.counts:
        are_elsewhere = status is Status.FILTERED and people == undelivered.people_elsewhere
        evidence = "elsewhere" if are_elsewhere else ""
        for read, n, part in split_by_read(status, people, share, undelivered.read_unknown):
            yield status_name(status, read, evidence), n, part, say(f"report.means_{explained_status(status, read)}")


def _outcome(state: RunState) -> str:
    if state.sheet is None:
        return ""
    unit = "messages" if state.progress.unit == "message" else "people"
    header = [say(f"campaign.{name}") for name in ("status", unit, "share", "means")]
    rows = [
        [
            (name, ""),
            (f"{people:,}", ""),
            # The share of the list, as in the results.
            (share_text(share), ""),
            (meaning, ""),
        ]
        for name, people, share, meaning in _statuses(state)
    ]
    return parts.table(say("campaign.statuses"), header, rows) + "".join(map(table_html, state.sheet.tables[1:]))


def with_form_statuses(table: Table) -> Table:
    """Return a table in which statuses are named as on the tiles."""
    names: dict[Text | str, Text] = {Text(f"status.{name}"): Text(f"form.status_{name}") for name in RENAMED_STATUSES}
    rows = [tuple(names.get(cell, cell) for cell in cells) for cells in table.rows]
    return replace(table, rows=rows)


def table_html(table: Table) -> str:
    """Return a table of the campaign's sheet; what went wrong in few columns, which fit a narrow pane."""
    return _problems_table(table) if is_problems_table(table) else parts.tables([table])


def _problems_table(table: Table) -> str:
    status, _, reason, *_ = table.header
    lines = [
        [
            (capitalize(cells[0]), ""),
            (say("report.with_code", reason=in_form(cells[2]), code=cells[1]) if cells[1] else cells[2], cells[3]),
            (cells[4], cells[5]),
        ]
        for cells in with_form_statuses(table).rows
    ]
    more = parts.quiet(table.more) if table.more else ""
    return parts.table(table.caption, (status, reason, Text("run.rows_and_people")), lines) + more


def _bar(state: RunState) -> str:
    progress, people = state.progress, state.progress.people or 1
    if state.recall is not None:
        return parts.bar([(state.recall.share, "")], say("progress.label"))
    shares: list[tuple[float, parts.Tone]] = [
        (progress.accepted / people, ""),
        (progress.failed / people, "bad"),
        (progress.unknown / people, "warn"),
    ]
    return parts.bar(shares, say("progress.label"))


def _notice(model: RunModel, state: RunState, *, has_tiles: bool, shows_refresh: bool) -> str:
    """Return the status as shown; it changes too often for a screen reader."""
    if state.recall is not None:
        # What else is known is changing.
        return _line(model.recall_text)
    opening = opening_text(model)
    tone: parts.Tone = "warn" if any(map(opening.mentions, _PARTIAL_RECALL)) else ""
    notice = [parts.notice(opening, "", tone)] if opening else []
    if state.progress.state is not State.FINISHED:
        # Before the end, who did not get the message is not up to date.
        notice.append(
            _line(_counted_text(model, state) if state.is_halted and not state.recalled else state.progress.text)
        )
    elif not state.recalled:
        undelivered = state.undelivered
        is_problem = bool(undelivered.missed) or undelivered.has_faulty_rows
        is_complete = state.progress.accepted == state.progress.people and not is_problem
        # People who were retried have the message only once DingTalk says so; until then, as on the tiles, the tone is
        # neutral.
        is_unconfirmed = bool(state.progress.retried) and any(status is Status.ACCEPTED for status, *_ in state.counts)
        tone = "warn" if not is_complete else "" if is_unconfirmed else "good"
        notice.append(parts.notice(_counted_text(model, state), undelivered.without_file, tone))
    elif not has_tiles:
        # Once messages are recalled, only the tiles, or the table, show what is still true.
        recalled = count(state.progress.unit, state.recalled)
        notice.append(parts.notice(Text("progress.recalled_people", people=recalled)))
    notice.append(_earlier_versions(state))
    if state.command:
        notice = [parts.notice(say("run.pausing" if state.command == "pause" else "run.stopping"), "", "warn")]
    elif model.is_running and state.progress.waiting_for:
        notice = [parts.notice(state.progress.text, "", "warn" if state.progress.is_failing else "")]
    elif state.is_halted and not state.why:
        notice.append(parts.notice(state.resume_text, "", "warn"))
    if state.is_refreshing or (state.refresh_text and shows_refresh):
        notice.append(_line(state.refresh_text or say("run.refreshing")))
    elif state.notice:
        notice.append(_line(state.notice))
    return "".join(notice)


def _earlier_versions(state: RunState) -> str:
    """Return how many people have or may have an earlier message, beside the newest one or alone; empty if nobody."""
    undelivered = state.undelivered
    hint = say("run.two_versions_todo") if undelivered.have_two_versions else ""
    return parts.notice(undelivered.earlier, hint, "warn") if undelivered.earlier else ""


def _counted_text(model: RunModel, state: RunState) -> TextLike:
    """
    Return how many people were accepted, are known to have the message, and have none, the same or an earlier one.

    People whose call was refused are among those who did not get it. People whose rows were not sent are counted
    separately, as on the tiles and in the list of campaigns. DingTalk does not report whether cards arrive: only people
    who have answered are known to have one, and count as having read it.
    """
    progress, undelivered = replace(state.progress, failed=0), state.undelivered
    missed = max(undelivered.missed, state.progress.failed)
    texts = [as_text(progress.text)]
    is_reported = bool(model.view.control.channel.results_api)
    reached, statuses = ("run.delivered", REACHED) if is_reported else ("run.read", {Status.READ})
    if n := sum(people for status, people, _ in state.counts if status in statuses):
        texts.append(Text(text_key(progress.unit, reached), n=n))
    if missed:
        texts.append(Text(text_key(progress.unit, "run.not_delivered"), people=count(progress.unit, missed)))
    if undelivered.rejected:
        texts.append(Text(text_key(progress.unit, "run.not_sent"), n=undelivered.rejected))
    texts += filter(None, [undelivered.elsewhere, undelivered.kept])
    return dotted(texts) if len(texts) > 1 else progress.text


def _receiving(state: ReceivingState) -> str:
    """Return that answers are received; empty if they are not, or if the connection has a problem."""
    return _line(say("answers_form.listening")) if state.is_listening and not state.problem else ""


def _line(text: TextLike) -> str:
    return f"<div>{parts.quiet(text)}</div>"


def _alert(state: RunState, not_receiving: Failure | None = None) -> str:
    """Return an alert: why sending stopped on its own, and what failed."""
    notices = []
    is_cut_off = state.is_halted and state.why.mentions("transport.unreachable")
    is_still_cut_off = is_cut_off and state.failure is not None and state.failure.what.mentions("transport.unreachable")
    if is_cut_off:
        what = Text("run.cut_off_still" if is_still_cut_off else "run.cut_off")
        notices.append(parts.notice(what, sentences(_cut_off_counts(state.progress), state.repeats_text), "warn"))
    elif state.is_halted and state.why:
        notices.append(parts.notice(state.why, state.resume_text, "warn"))
    if state.interrupted_recall.reason:
        hint = NOTHING if state.is_out_of_calls else state.interrupted_recall.hint
        notices.append(parts.notice(state.interrupted_recall.reason, hint, "warn"))
    is_said = is_still_cut_off or (state.has_run_out_of_calls and bool(state.failure and state.failure.is_out_of_calls))
    if state.failure is not None and not is_said:
        notices.append(parts.failure_notice(state.failure))
    if not_receiving is not None:
        notices.append(parts.notice(say("answers_form.not_started"), not_receiving.what, "warn"))
    return parts.status("".join(notices), urgent=True) if notices else ""


def _cut_off_counts(progress: Progress) -> Text:
    accepted, unknown = (count(progress.unit, n) for n in (progress.accepted, progress.unknown))
    return Text("run.cut_off_unknown" if progress.unknown else "run.cut_off_todo", accepted=accepted, unknown=unknown)

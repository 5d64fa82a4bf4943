"""The form of a campaign that is sent: how far it has come, and pause, resume and stop."""

import ipywidgets as widgets

from dingnb.bulk.progress import Progress
from dingnb.bulk.status import State, Status
from dingnb.display import Sheet
from dingnb.language import duration, say
from dingnb.ui import parts
from dingnb.ui.form import Form, button, put, row, show_if, stack
from dingnb.ui.plain import plain, plain_table
from dingnb.ui.run.model import RunModel, RunState

_TOLD = frozenset({Status.DELIVERED, Status.READ, Status.INVALID, Status.FILTERED, Status.RECALLED})
"""What nobody knows of people until DingTalk has told it."""


class RunForm(Form):
    """
    The form of a campaign.

    Args:
        model: What it shows and does.
    """

    def __init__(self, model: RunModel) -> None:
        super().__init__(model)
        self.model = model
        self.head, self.figures, self.said, self.outcome = (widgets.HTML() for _ in range(4))
        self.alarm, self.spoken = widgets.HTML(), widgets.HTML()
        self.pause_button, self.stop_button = button(), button(name="dn-stop")
        self.resume_button, self.refresh_button = button(tone="primary"), button()
        buttons = row([self.pause_button, self.stop_button, self.resume_button, self.refresh_button])
        self._box = stack(
            [self.head, self.figures, self.said, self.alarm, self.spoken, buttons, self.outcome], "dn-section"
        )
        for pressed, handler in (
            (self.pause_button, model.pause),
            (self.stop_button, model.stop),
            (self.resume_button, model.resume),
            (self.refresh_button, model.refresh),
        ):
            self.press(pressed, handler)
        model.watch(self.render)
        self.render()

    @property
    def box(self) -> widgets.VBox:
        """The form's widgets."""
        return self._box

    def sheet(self) -> Sheet:
        """Return what the campaign shows."""
        return self.model.run.sheet()

    def _render(self) -> None:
        model, state = self.model, self.model.state
        progress = state.progress
        put(self.head, value=parts.title(say("run.title", name=model.run.name), model.run.mode, model.reach, level=3))
        put(self.figures, value=_bar(progress) + parts.figures((label, value, "") for label, value in _figures(state)))
        put(self.said, value=_said(model, state))
        put(self.alarm, value=_alarm(state))
        put(self.spoken, value=parts.spoken(state.spoken))
        is_running, is_over = model.is_running, progress.state is State.FINISHED
        for pressed, key, is_shown, is_off in (
            (self.pause_button, "run.pause", is_running, bool(state.wish)),
            (self.stop_button, "run.stop", is_running, state.wish == "stop"),
            (self.resume_button, "run.resume", not is_running and not is_over, model.is_busy),
            (self.refresh_button, "run.refresh", not is_running, model.is_busy),
        ):
            put(pressed, description=say(key), disabled=is_off)
            show_if(is_shown, pressed)
        put(self.outcome, value=_outcome(state))

    def _needs_kernel(self) -> bool:
        return False


def _figures(state: RunState) -> list[tuple[str, str]]:
    """Return the figures: of the sending, and once DingTalk told what became of people, of them."""
    progress = state.progress
    if any(status in _TOLD for status, *_ in state.counts):
        return [(say(f"status.{status}"), f"{people:,}") for status, people, _ in state.counts]
    left = progress.people - progress.accepted - progress.failed - progress.unknown
    figures = [
        (say("run.accepted"), say("run.of", n=progress.accepted, total=progress.people)),
        (say("run.left"), f"{left:,}"),
        (say("run.failed"), f"{progress.failed:,}"),
        (say("run.unknown"), f"{progress.unknown:,}"),
    ]
    if progress.state is State.RUNNING:
        rate = f"{progress.calls_per_second:.1f}" if progress.calls_per_second else say("run.no_rate")
        figures += [(say("run.rate"), rate), (say("run.time_left"), duration(progress.left_s))]
    return figures


def _outcome(state: RunState) -> str:
    """Return who has it, in words for people without code, and what went wrong."""
    if state.sheet is None:
        return ""
    counted = "messages" if state.progress.unit == "message" else "people"
    header = [say(f"campaign.{name}") for name in ("status", counted, "share", "means")]
    rows = [
        [(say(f"status.{status}"), ""), (f"{people:,}", ""), (f"{share:.1%}", ""), (say(f"report.means_{status}"), "")]
        for status, people, share in state.counts
    ]
    return parts.table(say("campaign.statuses"), header, rows) + parts.tables(map(plain_table, state.sheet.tables[1:]))


def _bar(progress: Progress) -> str:
    people = progress.people or 1
    shares: list[tuple[float, parts.Tone]] = [
        (progress.accepted / people, ""),
        (progress.failed / people, "bad"),
        (progress.unknown / people, "warn"),
    ]
    return parts.bar(shares, say("progress.label"))


def _said(model: RunModel, state: RunState) -> str:
    """Return what is read of how it stands; it changes too often to be read out."""
    opening = model.run.opening
    # That it goes on is true as long as it does; that nothing was sent stays so.
    is_true = state.sheet is None or opening in state.sheet.notes
    said = [parts.notice(plain(opening))] if opening and is_true else []
    said.append(parts.quiet(state.progress.text))
    if state.wish:
        said = [parts.notice(say("run.pausing" if state.wish == "pause" else "run.stopping"), "", "warn")]
    elif model.is_running and state.progress.waiting_for:
        said = [parts.notice(state.progress.text)]
    elif _is_halted(state) and not state.reason:
        said.append(parts.notice(say("run.paused_todo"), "", "warn"))
    if state.asking or state.said:
        said.append(parts.quiet(state.asking or state.said))
    return "<br>".join(said)


def _alarm(state: RunState) -> str:
    """Return what is to be told at once: why it was stopped though nobody wished that, and what did not work."""
    told = []
    if _is_halted(state) and state.reason:
        told.append(parts.notice(plain(state.reason), say("run.paused_todo"), "warn"))
    if state.failure is not None:
        told.append(parts.notice(state.failure.what, state.failure.hint, "bad"))
    return parts.status("".join(told), urgent=True) if told else ""


def _is_halted(state: RunState) -> bool:
    return state.progress.state in {State.PAUSED, State.STOPPED, State.INTERRUPTED}

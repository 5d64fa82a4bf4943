"""The overview of results: delivery funnel, reads over time, and the automatic refresh."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import ipywidgets as widgets
import pandas as pd

from dingnb.campaigns.campaign_view import AvailableActions
from dingnb.campaigns.results.answers import Answers
from dingnb.campaigns.results.campaign_results import Snapshot
from dingnb.campaigns.results.delivery_statistics import Funnel, in_beijing, share_text
from dingnb.campaigns.results.result_texts import status_name
from dingnb.campaigns.status import Status
from dingnb.ui.kit import parts
from dingnb.ui.kit.form import row, show_if, stack, update
from dingnb.ui.kit.times import format_time
from dingnb.ui.results.auto_refresh_model import MAX_HOURS, AutoRefreshModel
from dingnb.ui.results.reads_chart import reads_chart
from dingnb.ui.run.refresh_limits import MAX_CALLS
from dingnb.words import NOTHING, Text, count, say, sentences

if TYPE_CHECKING:
    from dingnb.ui.results.form import ResultsForm

_WITHOUT_CALL = frozenset({Status.QUEUED, Status.SENDING, Status.REJECTED, Status.CANCELLED})
"""The statuses of people for whom no call has ended."""


class OverviewView:
    """
    The widgets of the overview.

    Args:
        form: The form that contains them.
        model: The model of the automatic refresh.
    """

    def __init__(self, form: "ResultsForm", model: AutoRefreshModel) -> None:
        self._model, self._form = model, form
        self.funnel, self.reads = widgets.HTML(), widgets.HTML()
        self.as_of, self.refresh_status = widgets.HTML(), widgets.HTML()
        self.auto_refresh = widgets.Checkbox(value=False, indent=False)
        columns = widgets.HBox([self.funnel, self.reads])
        columns.add_class("dn-columns")
        columns.add_class("dn-overview")
        # Hidden in a saved notebook, like the checkbox and the button that the text mentions.
        self.refresh_status.add_class("dn-hide-if-disconnected")
        self.refresh = row([self.as_of, self.auto_refresh, self.refresh_status], "dn-line")
        self.box = stack([columns], "dn-section")
        form.on_change(self.auto_refresh, model.switch)

    def render(self, snapshot: Snapshot, available: AvailableActions | None, answers: Answers | None) -> None:
        """Show the overview."""
        update(self.funnel, value=_funnel(snapshot))
        update(self.reads, value=_reads(snapshot))
        model, state = self._model, self._model.state
        # During an automatic refresh, something is left to refresh until the refresh says otherwise.
        is_unknown = available is None or (state.is_on and not available.refresh_calls)
        calls_left = NOTHING if available is None or is_unknown else _calls_left(available, snapshot)
        update(self.as_of, value=parts.quiet(sentences(_as_of(snapshot, available, answers), calls_left)))
        max_calls = state.max_calls if state.is_on else model.max_calls
        label = say("results_form.auto_refresh", calls=count("call", max_calls), hours=MAX_HOURS)
        update(self.auto_refresh, value=state.is_on, description=label)
        show_if(state.is_on or model.can_refresh, self.auto_refresh)
        # During a refresh, the notice has the number of calls.
        shows_used = state.is_on and state.calls and not state.is_refreshing
        used = Text("results_form.refreshed", calls=count("call", state.calls)) if shows_used else NOTHING
        # Once the refresh was started, the notice says what it waits for, or why it has ended.
        is_off = model.can_refresh and not (state.is_on or state.notice)
        pauses = Text("results_form.auto_refresh_pauses") if state.is_on and model.is_page else NOTHING
        notice = Text("results_form.auto_refresh_off") if is_off else state.notice
        if model.is_elsewhere:
            notice = Text("results_form.refreshed_elsewhere")
        text = sentences(used, notice, pauses, _over_limit(available))
        status = parts.status(parts.quiet(text) if text else "")
        failure = None if self._form.says_out_of_calls(state.failure) else state.failure
        alerts = parts.failure_alert(state.unread, "warn") + parts.failure_alert(failure)
        update(self.refresh_status, value=status + alerts)


def _as_of(snapshot: Snapshot, available: AvailableActions | None, answers: Answers | None) -> Text:
    is_updated = snapshot.frame["updated_at"].notna()
    if not is_updated.any():
        return Text("results_form.no_results")
    # A recall says nothing of who else has received or read the message.
    others = is_updated & (snapshot.frame["status"] != Status.RECALLED)
    updated = snapshot.frame["updated_at"][others if others.any() else is_updated]
    queried_ns = 0 if available is None else available.queried_ns
    moments = updated if answers is None else pd.concat([updated, answers.frame["answered_at"].dropna()])
    return Text("results_form.as_of", moment=format_time(max(int(moments.max().value), queried_ns)))


def _calls_left(available: AvailableActions, snapshot: Snapshot) -> Text:
    """Return how many calls are left for refreshes, or that none is needed."""
    if not available.refresh_calls and not snapshot.funnel.has_delivery:
        return Text("results_form.refresh_unreported")
    if not available.refresh_calls:
        is_sent = bool(snapshot.counts.keys() - _WITHOUT_CALL)
        return Text("results_form.refresh_over" if is_sent else "results_form.refresh_nobody")
    left = available.calls_left
    return Text("results_form.calls_left", calls=count("call", left)) if left else Text("results_form.no_calls_left")


def _over_limit(available: AvailableActions | None) -> Text:
    """Return why an automatic refresh is unavailable, if it would take too many calls, and what else to do."""
    if available is None or not available.has_calls:
        return NOTHING
    calls = count("call", available.refresh_calls)
    if not available.can_finish_refresh:
        return Text("results_form.refresh_too_few_calls", calls=calls)
    if available.refresh_calls <= MAX_CALLS:
        return NOTHING
    return Text("results_form.auto_refresh_over_limit", calls=calls, most=MAX_CALLS)


def _funnel(snapshot: Snapshot) -> str:
    funnel = snapshot.funnel
    people = funnel.people or 1
    rows: list[tuple[str, float, str, parts.Tone]] = [
        (say("results_form.everybody"), 1.0 if funnel.people else 0.0, f"{funnel.people:,}", "")
    ]
    rows += [(name, n / people, f"{n:,} · {share_text(n / people)}", "") for name, n in delivery_steps(snapshot)]
    note = "" if snapshot.has_rejected_rows else parts.quiet(say("results_form.recorded_only"))
    return parts.heading(say("report.funnel")) + parts.share_bars(say("report.funnel"), rows) + note


def delivery_steps(snapshot: Snapshot) -> list[tuple[str, int]]:
    """
    Return the name of each step of the funnel that says something, and the number of people who reached it.

    People whose message was recalled count in the steps that they had reached before, and have a step of their own.
    """
    funnel, recalled = snapshot.funnel, _Recalled.of(snapshot)
    reached_before = {
        Status.ACCEPTED: recalled.people,
        Status.DELIVERED: recalled.delivered,
        Status.READ: recalled.read,
    }
    # Once all results are in, the step of accepted messages adds nothing: people who are missing in the next step did
    # not get the message, and have tiles.
    is_unconfirmed = Status.ACCEPTED in snapshot.counts or recalled.delivered < recalled.people
    has_accepted_step = is_unconfirmed or not funnel.has_delivery
    steps = [
        (_step_name(funnel, status, reached_before[status]), n + reached_before[status])
        for status, n in funnel.steps
        if (has_accepted_step if status == Status.ACCEPTED else n + reached_before[status] or recalled.is_known)
    ]
    return [*steps, (status_name(Status.RECALLED, read=None), recalled.people)] if recalled.people else steps


def _step_name(funnel: Funnel, status: Status, recalled: int) -> str:
    """Return the name of a step, which says whether it includes people whose message was recalled."""
    name = say(funnel.step_text_key(status))
    return say("results_form.step_with_recalled", step=name) if recalled else name


@dataclass(frozen=True, slots=True)
class _Recalled:
    """
    The people whose message was recalled.

    Attributes:
        people: The number of people.
        delivered: The number of people who are known to have received the message before the recall.
        read: The number of people who had read the message before the recall.
    """

    people: int
    delivered: int
    read: int

    @classmethod
    def of(cls, snapshot: Snapshot) -> "_Recalled":
        """Count the people of a campaign whose message was recalled."""
        read = snapshot.people.loc[snapshot.people["status"] == Status.RECALLED, "read"]
        return cls(len(read), int(read.notna().sum()), int(read.fillna(value=False).sum()))

    @property
    def is_known(self) -> bool:
        """Whether anybody is known to have received the message; True if no message was recalled."""
        return bool(self.delivered) or not self.people

    @property
    def text(self) -> Text:
        """How many had received and read the message, or that it is unknown; empty if no message was recalled."""
        if not self.people:
            return NOTHING
        if not self.delivered:
            return Text("results_form.recalled_unknown")
        return Text("results_form.recalled_read", delivered=self.delivered, read=self.read)


def _reads(snapshot: Snapshot) -> str:
    if not snapshot.funnel.has_delivery:
        return ""
    heading = parts.heading(say("results_form.reads"))
    reads, delivered = snapshot.reads, snapshot.funnel.delivered
    recalled = _Recalled.of(snapshot).text
    if not len(reads.times):
        if recalled:
            rest = Text("results_form.nobody_read_of_rest", n=delivered) if delivered else NOTHING
            return heading + parts.placeholder(sentences(recalled, rest).in_form())
        return heading + parts.placeholder(say(f"results_form.{'nobody_read' if delivered else 'no_deliveries'}"))
    sent_at = in_beijing(snapshot.people["sent_at"])
    chart = reads_chart(reads, delivered, sent_at.min() if len(sent_at) else None)
    return heading + chart + (f"<div>{parts.quiet(recalled)}</div>" if recalled else "")

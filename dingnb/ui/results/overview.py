"""The overview of results: delivery funnel, reads over time, and the automatic refresh."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import ipywidgets as widgets

from dingnb.campaigns.campaign_view import AvailableActions
from dingnb.campaigns.report.funnel import share_text
from dingnb.campaigns.results.campaign_results import Snapshot
from dingnb.campaigns.results.read_times import in_beijing
from dingnb.campaigns.status import Status
from dingnb.ui.kit import parts
from dingnb.ui.kit.form import row, show_if, stack, update
from dingnb.ui.kit.times import moment
from dingnb.ui.results.auto_refresh_model import MAX_CALLS, MAX_HOURS, AutoRefreshModel
from dingnb.ui.results.reads_chart import reads_chart
from dingnb.ui.results.state import AutoRefreshState
from dingnb.words import count, join_sentences, say

if TYPE_CHECKING:
    from dingnb.ui.results.form import ResultsForm

_NOT_SENT = frozenset({Status.QUEUED, Status.SENDING, Status.REJECTED, Status.CANCELLED})


class OverviewView:
    """
    The widgets of the overview.

    Args:
        form: The form that contains them.
        model: The model of the automatic refresh.
    """

    def __init__(self, form: "ResultsForm", model: AutoRefreshModel) -> None:
        self._model = model
        self.funnel, self.reads = widgets.HTML(), widgets.HTML()
        self.as_of, self.refresh_status = widgets.HTML(), widgets.HTML()
        self.auto_refresh = widgets.Checkbox(value=False, indent=False)
        columns = widgets.HBox([self.funnel, self.reads])
        columns.add_class("dn-columns")
        # What it says of the checkbox is of use only beside it.
        self.refresh_status.add_class("dn-live")
        self.refresh = row([self.as_of, self.auto_refresh, self.refresh_status], "dn-line")
        self.box = stack([columns], "dn-section")
        form.on_change(self.auto_refresh, model.switch)

    def render(self, snapshot: Snapshot, choices: AvailableActions | None) -> None:
        """Show the overview."""
        update(self.funnel, value=_funnel(snapshot))
        update(self.reads, value=_reads(snapshot))
        model, state = self._model, self._model.state
        left = "" if choices is None else _left(choices, snapshot)
        update(self.as_of, value=parts.quiet(join_sentences([_as_of(snapshot), left])))
        max_calls = state.max_calls if state.is_on else model.max_calls
        label = say("results_form.auto_refresh", calls=count("call", max_calls), hours=MAX_HOURS)
        update(self.auto_refresh, value=state.is_on, description=label)
        show_if(state.is_on or model.can_refresh, self.auto_refresh)
        refresh_status = (
            say("results_form.refreshed", calls=count("call", state.calls)) if state.is_on and state.calls else ""
        )
        note = parts.quiet(join_sentences([refresh_status, state.notice])) if refresh_status or state.notice else ""
        update(self.refresh_status, value=parts.status(note) + _failed(state))


def _as_of(snapshot: Snapshot) -> str:
    known = snapshot.frame["updated_at"].dropna()
    return say("results_form.as_of", moment=moment(known.max())) if len(known) else say("results_form.no_results")


def _left(choices: AvailableActions, snapshot: Snapshot) -> str:
    """Return how many calls are left for refreshes, and why an automatic one is unavailable."""
    if not choices.refresh_calls:
        is_sent = bool(snapshot.counts.keys() - _NOT_SENT)
        return say("results_form.refresh_over" if is_sent else "results_form.refresh_nobody")
    left = say("results_form.calls_left", left=f"{choices.calls_left:,}")
    if choices.refresh_calls <= MAX_CALLS:
        return left
    return join_sentences([left, say("results_form.auto_refresh_dear", calls=count("call", choices.refresh_calls))])


def _failed(state: AutoRefreshState) -> str:
    if state.failure is None:
        return ""
    return parts.status(parts.notice(state.failure.what, state.failure.hint, "bad"), urgent=True)


def _funnel(snapshot: Snapshot) -> str:
    funnel = snapshot.funnel
    people = funnel.people or 1
    rows: list[tuple[str, float, str, parts.Tone]] = [
        (say(everybody_key(snapshot)), 1.0 if funnel.people else 0.0, f"{funnel.people:,}", "")
    ]
    rows += [(name, n / people, f"{n:,} · {share_text(n / people)}", "") for name, n in delivery_steps(snapshot)]
    note = "" if snapshot.has_rejected_rows else parts.quiet(say("results_form.recorded_only"))
    return parts.heading(say("report.how_far")) + parts.share_bars(say("report.how_far"), rows) + note


def delivery_steps(snapshot: Snapshot) -> list[tuple[str, int]]:
    """
    Return the name of each step of the funnel, and the number of people who reached it.

    People whose message was recalled are counted at the steps that they had reached before, and then by themselves.
    """
    funnel, recalled = snapshot.funnel, _Recalled.of(snapshot)
    earlier = {
        Status.ACCEPTED: recalled.people,
        Status.DELIVERED: recalled.delivered,
        Status.READ: recalled.read,
    }
    # Once it is known of all accepted people whether they have it, the first step would say the same as the second.
    is_open = Status.ACCEPTED in snapshot.counts or recalled.delivered < recalled.people
    has_accepted = is_open or not funnel.has_delivery
    steps = [
        (say(funnel.key_of(status)), n + earlier[status])
        for status, n in funnel.steps
        if (has_accepted if status == Status.ACCEPTED else n + earlier[status] or recalled.is_known)
    ]
    return [*steps, (parts.status_name(Status.RECALLED), recalled.people)] if recalled.people else steps


@dataclass(frozen=True, slots=True)
class _Recalled:
    """
    The people whose message was recalled.

    Attributes:
        people: The number of them.
        delivered: The number of these who are known to have received it before.
        read: The number of these who had read it.
    """

    people: int
    delivered: int
    read: int

    @classmethod
    def of(cls, snapshot: Snapshot) -> "_Recalled":
        read = snapshot.people.loc[snapshot.people["status"] == Status.RECALLED, "read"]
        return cls(len(read), int(read.notna().sum()), int(read.fillna(value=False).sum()))

    @property
    def is_known(self) -> bool:
        """Whether it is known of any of them whether they had received it; True if there are none."""
        return bool(self.delivered) or not self.people

    @property
    def text(self) -> str:
        """What they had received, as text; empty if there are none."""
        if not self.people:
            return ""
        if not self.delivered:
            return say("results_form.recalled_unknown")
        return say("results_form.recalled_read", delivered=self.delivered, read=self.read)


def everybody_key(snapshot: Snapshot) -> str:
    """Return the key of the label for all rows of the snapshot."""
    return "results_form.everybody" if snapshot.has_rejected_rows else "results_form.recorded"


def _reads(snapshot: Snapshot) -> str:
    if not snapshot.funnel.has_delivery:
        return ""
    heading = parts.heading(say("results_form.reads"))
    reads, delivered = snapshot.reads, snapshot.funnel.delivered
    recalled = _Recalled.of(snapshot).text
    if not len(reads.times):
        key = "results_form.nobody_read" if delivered else "results_form.nobody_has_it"
        return heading + parts.placeholder(recalled if recalled and not delivered else say(key))
    sent_at = in_beijing(snapshot.people["sent_at"])
    chart = reads_chart(reads, delivered, sent_at.min() if len(sent_at) else None)
    return heading + chart + (parts.quiet(recalled) if recalled else "")

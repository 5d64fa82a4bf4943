"""The details of one person: the status, each call, and a preview of the message."""

from typing import TYPE_CHECKING, Any

import ipywidgets as widgets
import pandas as pd

from dingnb.campaigns.recipient_count import text_key
from dingnb.campaigns.results.answers import Answers
from dingnb.campaigns.results.campaign_results import Snapshot
from dingnb.campaigns.results.result_texts import evidence_text, explained_status, read_status_text, status_name
from dingnb.campaigns.sending.retry import retry_at_ns
from dingnb.campaigns.status import MAY_HAVE_MESSAGE, REACHED, Status
from dingnb.clock import NS_PER_S
from dingnb.ledger.sending.traces import EarlierMessage, Trace, TracedCall
from dingnb.messages import decode
from dingnb.messages.markdown import TextRenderer
from dingnb.messages.preview import client_view_of
from dingnb.ui.kit import parts
from dingnb.ui.kit.form import button, row, set_available, show_if, stack, update
from dingnb.ui.kit.times import DATETIME_TO_SECOND_WITHOUT_YEAR, format_time, format_timestamp
from dingnb.ui.results.actions import ActionsView
from dingnb.ui.results.actions_model import ACTION_BY_STATUS, Action
from dingnb.ui.results.answers import answer_texts
from dingnb.ui.results.model import PersonDetails, ResultsModel, ResultsState
from dingnb.ui.results.people import person_name
from dingnb.ui.results.tiles import tone_of
from dingnb.words import count, say

if TYPE_CHECKING:
    from dingnb.ui.results.form import ResultsForm

_NOT_SENT = frozenset({Status.QUEUED, Status.CANCELLED, Status.REJECTED})


class DetailsView:
    """
    The widgets of one person's details.

    Args:
        form: The form that contains them.
        model: The model.
        actions: The actions, one of which may apply to the person.
    """

    def __init__(self, form: "ResultsForm", model: ResultsModel, actions: ActionsView) -> None:
        self._model, self._actions = model, actions
        self.act, self.recall = button(), button()
        self.facts, self.preview, self.not_recalled = (widgets.HTML() for _ in range(3))
        self.earlier, self.later, self.close = (button(css_class="dn-link") for _ in range(3))
        self.box = stack(
            # These buttons come first, so that they do not move with the height of the rest.
            [
                row([self.earlier, self.later, self.close], "dn-details-bar"),
                *(self.facts, row([self.act, self.recall, self.not_recalled]), self.preview),
            ],
            "dn-details",
        )
        # Buttons rather than arrow keys, which JupyterLab intercepts.
        form.on_click(self.earlier, lambda: model.step(-1))
        form.on_click(self.later, lambda: model.step(1))
        form.on_click(self.close, lambda: model.choose(None))
        form.on_click(self.act, self._open_action)
        form.on_click(self.recall, lambda: actions.open_recall(model.recall_of_person.who))

    def render(self, state: ResultsState, snapshot: Snapshot) -> None:
        """Show the details of the chosen person."""
        details = state.details
        show_if(state.chosen is not None, self.box)
        update(self.close, description=say("form.details_close"))
        update(self.earlier, description=say("results_form.details_earlier"))
        update(self.later, description=say("results_form.details_later"))
        shown, chosen = state.shown, state.chosen
        on_page = shown.page_positions
        is_first = shown.page == 0 and on_page[:1] == [chosen]
        set_available(self.earlier, not is_first)
        set_available(self.later, not (shown.page == shown.pages - 1 and on_page[-1:] == [chosen]))
        action, n = self._action(details)
        show_if(bool(action), self.act)
        if action:
            people = count(self._actions.model.unit, n)
            key = text_key(self._actions.model.unit, f"results_form.all_{action}")
            update(self.act, description=say(key, people=people))
        can_recall = "recall" in self._actions.model.offered
        is_recallable = bool(self._model.recall_of_person.people)
        show_if(can_recall and is_recallable, self.recall)
        update(self.recall, description=say("results_form.recall_person"))
        show_if(can_recall and not is_recallable and self._model.person_has_message, self.not_recalled)
        update(self.not_recalled, value=parts.quiet(say("results_form.recall_not_person")))
        if details is None:
            update(self.facts, value=parts.status(parts.quiet(say("results_form.details_loading"))))
            update(self.preview, value="")
            return
        update(self.facts, value=parts.status(_facts_html(details, snapshot, state.answers)))
        update(self.preview, value=_preview(details))

    def _action(self, details: PersonDetails | None) -> tuple[Action, int]:
        """Return the action that applies to the person, or empty, and the number of people that it affects."""
        action = "" if details is None else ACTION_BY_STATUS.get(details.facts["status"], "")
        if details is not None and action == "remind" and details.facts["read"] is None:
            return "", 0
        offered = self._actions.model.offered
        if details is None or action not in offered or (action == "retry" and not self._can_retry_now(details.facts)):
            return "", 0
        return action, offered[action]

    def _can_retry_now(self, facts: dict[Any, Any]) -> bool:
        """Return whether a retry would reach the person at once, with a message that was not recalled."""
        available = self._actions.model.available
        if available is None or available.recall_note:
            return False
        context = self._model.view.context
        sent_ns = pd.Timestamp(facts["sent_at"]).as_unit("ns").value
        retry_ns = retry_at_ns(context.limits, facts["status"], facts["code"] or "", facts["evidence"] or "", sent_ns)
        return retry_ns is not None and retry_ns <= context.now_ns()

    def _open_action(self) -> None:
        action, _ = self._action(self._model.state.details)
        if action:
            self._actions.model.choose(action)
            self._actions.buttons[action].focus()


def _facts_html(details: PersonDetails, snapshot: Snapshot, answers: Answers | None) -> str:
    facts, status = details.facts, details.facts["status"]
    name = person_name(snapshot, details.label, pd.Series(facts, dtype=object))
    title = parts.heading(
        say("results_form.details_title", who=name, status=status_name(status, facts["read"], facts["evidence"]))
    )
    # If the call that reached the person had no response, it is unknown whether they have read the message; the
    # reason says so.
    explained = explained_status(status, facts["read"])
    text, todo = facts["reason"] or say(f"report.means_{explained}"), facts["hint"] or say(f"report.then_{explained}")
    if facts["evidence"] == "elsewhere":
        todo = facts["hint"] or say("report.then_read")
    is_excluded = details.position in snapshot.excluded
    explanation = parts.notice(text, todo, tone_of(status, facts["evidence"], is_excluded=is_excluded))
    versions = _two_versions(status, details.trace)
    explanation += parts.notice(versions, "", "warn") if versions else ""
    texts = [] if answers is None else answer_texts(answers, details.position)
    answered = [(question or say("answers_form.answer"), answer) for question, answer in texts]
    return title + explanation + parts.facts([*answered, *_facts(facts, details.trace)]) + _calls(details.trace)


def _facts(facts: dict[Any, Any], trace: Trace) -> list[tuple[str, str]]:
    pairs = [
        ("code", facts["code"] or ""),
        ("read", read_status_text(facts["status"], facts["read"], facts["sent_at"])),
        # As in the list of calls, rather than the time for which the pace had planned the last call.
        ("sent_at", format_time(max(call.started_ns for call in trace.calls)) if trace.calls else ""),
        ("updated_at", format_timestamp(facts["updated_at"])),
        ("evidence", evidence_text(facts["evidence"])),
        ("recalled_at", format_time(trace.recalled_ns) if trace.recalled_ns else ""),
        ("task", "" if facts["task_id"] is None else str(facts["task_id"])),
    ]
    earlier = [("earlier", _describe_earlier(message)) for message in trace.earlier]
    return [(say(f"results_form.fact_{name}"), value) for name, value in [*pairs, *earlier] if value]


def _describe_earlier(message: EarlierMessage) -> str:
    """Return when an earlier message was sent, and whether the person still has it."""
    fate = "recalled" if message.recalled_ns else "kept" if message.status in REACHED else "unsure"
    return say(
        f"results_form.{fate}_earlier", sent=format_time(message.sent_ns), recalled=format_time(message.recalled_ns)
    )


def _two_versions(status: str, trace: Trace) -> str:
    """Return that the person has or may have an earlier message beside the newest one; empty if not."""
    earlier = [message.status for message in trace.earlier if not message.recalled_ns]
    if not earlier or status not in MAY_HAVE_MESSAGE:
        return ""
    is_certain = status in REACHED and not REACHED.isdisjoint(earlier)
    return say("results_form.has_both" if is_certain else "results_form.may_have_both")


def _calls(trace: Trace) -> str:
    if not trace.calls:
        return f"<p>{parts.quiet(say('results_form.no_calls'))}</p>"
    header = [say(f"results_form.call_{name}") for name in ("started", "outcome", "took", "people")]
    rows = [
        [
            (format_time(call.started_ns, DATETIME_TO_SECOND_WITHOUT_YEAR), ""),
            (say(f"results_form.outcome_{call.outcome or 'open'}"), call.code),
            (_duration(call), ""),
            (f"{call.people:,}", ""),
        ]
        for call in trace.calls
    ]
    return parts.table(say("results_form.calls"), header, rows)


def _duration(call: TracedCall) -> str:
    """Return how long the response took, or that there is none."""
    if call.ended_ns is None or call.outcome == "unknown":
        return say("results_form.call_none")
    duration_s = max(call.ended_ns - call.started_ns, 0) / NS_PER_S
    return say("results_form.call_seconds", seconds=f"{duration_s:.1f}")


def _preview(details: PersonDetails) -> str:
    """Return the message and earlier messages as a phone shows them, or why the message cannot be shown."""
    content = details.trace.content
    if content is None:
        key = "results_form.no_text" if details.trace.calls else "results_form.no_text_for_row"
        return parts.quiet(say(key))
    status = details.facts["status"]
    # A recall hides whether the message was delivered before, unless DingTalk had reported reads.
    was_delivered = status in REACHED or (status == Status.RECALLED and details.facts["read"] is not None)
    kind = "not_sent" if status in _NOT_SENT else "delivered" if was_delivered else "sent"
    earlier = [
        _picture(say("results_form.preview_earlier", what=_describe_earlier(message)), message.content, details)
        for message in details.trace.earlier
        if message.content is not None
    ]
    return _picture(say(f"results_form.preview_{kind}"), content, details) + "".join(earlier)


def _picture(heading: str, content: bytes, details: PersonDetails) -> str:
    message = decode(content)
    msgtype = str(message["msgtype"])
    view = client_view_of(msgtype, message[msgtype], TextRenderer(details.attachments))
    return parts.group(heading, parts.quiet(heading) + parts.picture(view))

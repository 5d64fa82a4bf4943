"""The completeness of a campaign, and the available actions on its results."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from dingnb.calls.context import SendContext
from dingnb.calls.quota import calls_left
from dingnb.campaigns.recipient_count import Unit, unit_of
from dingnb.campaigns.results.campaign_results import is_unread
from dingnb.campaigns.results.frames import results_frame
from dingnb.campaigns.row_map import RowMap
from dingnb.campaigns.sending.recall import find_recall
from dingnb.campaigns.sending.retry import Retried, forecast_retry
from dingnb.campaigns.status import FINAL, State, Status
from dingnb.clock import seconds
from dingnb.errors import DingError, IncompleteError, InputError
from dingnb.ledger import batches, campaigns
from dingnb.words import NOTHING, Text, count, sentences

if TYPE_CHECKING:
    from dingnb.campaigns.campaign import Campaign
    from dingnb.campaigns.sending.control import SendingControl


_HALTED = frozenset({State.PAUSED, State.STOPPED, State.INTERRUPTED})


def find_incompleteness(
    campaign: "Campaign",
    control: "SendingControl",
    context: "SendContext",
    number: int,
    results_error: DingError | None = None,
) -> IncompleteError | None:
    """
    Return why a campaign that is not being sent is incomplete; None if it is complete.

    It is incomplete if it was paused, stopped or interrupted, or the quota was used up, before everything was sent; if
    outcomes are still unknown; or if the results could not be read.

    Args:
        campaign: The campaign, for the error.
        control: The control of its sending.
        context: The context of sending.
        number: Its number in the ledger.
        results_error: Why its results could not be read; None if they could, or were not requested.
    """
    state, found = control.state, f"run = ding.campaign({json.dumps(control.name, ensure_ascii=False)})"
    with context.ledger.connection() as db:
        row = campaigns.get(db, number)
        undecided = batches.count_undecided(db, number)
    if state in _HALTED:
        is_by_person = row is not None and row.by_person
        reason = control.why or Text(f"incomplete.{state}")
        todo = Text("incomplete.resume_by_person" if is_by_person else "incomplete.resume", found=found)
    elif state is State.FINISHED and undecided:
        unit = unit_of(has_key=row is not None and bool(row.key_columns))
        reason = Text("incomplete.unknown", people=count(unit, undecided))
        todo = Text("incomplete.resolve", found=found)
    elif results_error is not None:
        reason, todo = Text("incomplete.unread", reason=results_error.text), Text("incomplete.read", found=found)
    else:
        return None
    what = Text("incomplete.what", name=control.name, progress=control.progress.counted)
    return IncompleteError(
        sentences(what, reason),
        todo,
        campaign=campaign,
        state=state,
        counts=_counts(context, number, state),
        reason=reason,
    )


def _counts(context: "SendContext", number: int, state: State) -> dict[str, int]:
    """Return the number of people, or messages, of the campaign by status."""
    closed_ns = context.now_ns() - seconds(context.limits.result_window_s)
    with context.ledger.connection() as db:
        row_map = RowMap.of_ledger(db, number)
        frame = results_frame(db, number, row_map, closed_ns=closed_ns, is_sending=state is State.RUNNING)
    found = frame["status"].value_counts()
    return {str(status): int(people) for status, people in found.items() if people}


@dataclass(frozen=True, slots=True)
class RecallEffect:
    """
    The effect of a recall from everybody.

    Attributes:
        people: The number of people sent to, to be confirmed; includes others in the same calls and earlier recalls.
        reached: The number of these who have or may have the message and would lose it.
        calls: The number of calls needed.
        text: The people affected, as text; or why nothing can be recalled.
    """

    people: int = 0
    reached: int = 0
    calls: int = 0
    text: Text = NOTHING


@dataclass(frozen=True, slots=True)
class Choices:
    """
    The available actions on results.

    Attributes:
        state: The state of the campaign.
        retried: The outcome that a retry would have.
        unread: The number of people who have the message and are not known to have read it.
        unknown: The number of people with unknown outcome.
        lost: The number of these who can be sent to again under this name.
        queued: The number of people who are sent to when sending continues.
        recall: The effect of a recall from everybody.
        refresh_calls: The maximum number of calls for a refresh.
        left: The maximum number of calls left this month.
        unit: The counted unit: people or, with a key, messages.
    """

    state: State
    retried: Retried
    unread: int
    unknown: int
    lost: int
    queued: int
    recall: RecallEffect
    refresh_calls: int
    left: int
    unit: Unit


def find_choices(
    context: SendContext, campaign: int, state: State, people: pd.DataFrame, row_map: RowMap, *, lost: int, unit: Unit
) -> Choices:
    """
    Return the available actions on the results of a campaign.

    Args:
        context: The context of sending.
        campaign: The campaign's number.
        state: Its state.
        people: Its results, one row for each person.
        row_map: The rows of its results.
        lost: The number of people with unknown outcome who can be sent to again.
        unit: The counted unit.
    """
    now_ns = context.now_ns()
    with context.ledger.connection() as db:
        retried = forecast_retry(db, context, campaign)
        refresh_calls = len(batches.open_tasks(db, campaign, FINAL, now_ns - seconds(context.limits.result_window_s)))
        left = calls_left(db, context)
    statuses = people["status"]
    return Choices(
        state=state,
        retried=retried,
        unread=int(is_unread(people).sum()),
        unknown=int((statuses == Status.UNKNOWN).sum()),
        lost=lost,
        queued=int((statuses == Status.QUEUED).sum()),
        recall=_recall_effect(context, campaign, row_map),
        refresh_calls=refresh_calls,
        left=left,
        unit=unit,
    )


def _recall_effect(context: SendContext, campaign: int, row_map: RowMap) -> RecallEffect:
    try:
        found = find_recall(context, campaign, None, row_map.userids)
    except InputError as error:
        return RecallEffect(text=error.text)
    return RecallEffect(found.people, found.reached, len(found.remaining), found.text)

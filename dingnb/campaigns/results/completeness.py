"""Whether a campaign is complete, and which actions on its results are available."""

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
    unread: DingError | None = None,
) -> IncompleteError | None:
    """
    Return why a campaign that nobody sends any more is not complete; None where it is.

    That is: it was paused, stopped or interrupted, or the quota is used up, before everybody was sent to; of some
    people it stays unknown whether the message reached them; or the results could not be read.

    Args:
        campaign: The campaign, for the error.
        control: Its sending.
        context: What it is sent with.
        number: Its number in the ledger.
        unread: Why its results could not be read; None where they could, or nobody asked.
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
    elif unread is not None:
        reason, todo = Text("incomplete.unread", reason=unread.text), Text("incomplete.read", found=found)
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
    """Return how many people, or messages, of the whole campaign have each status."""
    closed_ns = context.now_ns() - seconds(context.limits.result_window_s)
    with context.ledger.connection() as db:
        row_map = RowMap.of_ledger(db, number)
        frame = results_frame(db, number, row_map, closed_ns=closed_ns, is_sending=state is State.RUNNING)
    found = frame["status"].value_counts()
    return {str(status): int(people) for status, people in found.items() if people}


@dataclass(frozen=True, slots=True)
class Recallable:
    """
    What a recall from everybody would come to.

    Attributes:
        people: How many people were sent to, taken in along and taken back before included: what is confirmed.
        reached: How many of these would lose the message: who has it, or may have it.
        calls: How many calls that takes.
        text: Who is meant, in words; where nothing can be taken back, why.
    """

    people: int = 0
    reached: int = 0
    calls: int = 0
    text: Text = NOTHING


@dataclass(frozen=True, slots=True)
class Choices:
    """
    What may be done about results.

    Attributes:
        state: How the campaign stands.
        retried: What a retry would come to.
        unread: How many people have the message, and have not read it as far as is known.
        unknown: Of how many people nobody knows whether the message reached them.
        lost: How many of these can be sent to again under this name.
        queued: How many more are sent to when sending goes on.
        recall: What a recall from everybody would come to.
        looks: How many calls it takes at most to ask DingTalk once for all that may have changed.
        left: How many calls of this month are left, at most.
        unit: What is counted as people: with a key, their messages.
    """

    state: State
    retried: Retried
    unread: int
    unknown: int
    lost: int
    queued: int
    recall: Recallable
    looks: int
    left: int
    unit: Unit


def find_choices(
    context: SendContext, campaign: int, state: State, people: pd.DataFrame, row_map: RowMap, *, lost: int, unit: Unit
) -> Choices:
    """
    Return what may be done about the results of a campaign.

    Args:
        context: Whose ledger it is.
        campaign: The campaign's number.
        state: How it stands.
        people: Its results, one row for each person.
        row_map: The rows of its results.
        lost: How many people of unknown outcome can be sent to again.
        unit: What is counted as people.
    """
    now_ns = context.now_ns()
    with context.ledger.connection() as db:
        retried = forecast_retry(db, context, campaign)
        looks = len(batches.open_tasks(db, campaign, FINAL, now_ns - seconds(context.limits.result_window_s)))
        left = calls_left(db, context)
    statuses = people["status"]
    return Choices(
        state=state,
        retried=retried,
        unread=int(is_unread(people).sum()),
        unknown=int((statuses == Status.UNKNOWN).sum()),
        lost=lost,
        queued=int((statuses == Status.QUEUED).sum()),
        recall=_recallable(context, campaign, row_map),
        looks=looks,
        left=left,
        unit=unit,
    )


def _recallable(context: SendContext, campaign: int, row_map: RowMap) -> Recallable:
    try:
        found = find_recall(context, campaign, None, row_map.userids)
    except InputError as error:
        return Recallable(text=error.text)
    return Recallable(found.people, found.reached, len(found.left), found.text)

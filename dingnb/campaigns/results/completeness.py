"""Whether a campaign has come to its end as it should: everybody sent to, and nothing left that nobody decides."""

import json
from typing import TYPE_CHECKING

from dingnb.campaigns.recipient_count import unit_of
from dingnb.campaigns.results.frames import results_frame
from dingnb.campaigns.row_map import RowMap
from dingnb.campaigns.status import State
from dingnb.clock import seconds
from dingnb.errors import DingError, IncompleteError
from dingnb.ledger import batches, campaigns
from dingnb.words import Text, count, sentences

if TYPE_CHECKING:
    from dingnb.calls.context import SendContext
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

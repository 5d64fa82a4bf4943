"""What a campaign shows: its state, who has which status, and what went wrong."""

from collections import Counter

import pandas as pd

from dingnb.bulk.status import State, Status
from dingnb.display import Sheet, Table
from dingnb.language import count, say
from dingnb.ledger.campaigns import CampaignRow

_REASONS_SHOWN = 10


def campaign_sheet(
    row: CampaignRow, state: State, frame: pd.DataFrame, people: pd.DataFrame, *, calls: int, opening: str
) -> Sheet:
    """
    Return the sheet of a campaign.

    Args:
        row: The campaign in the ledger.
        state: How it stands.
        frame: Its results.
        people: One row of them for each recipient.
        calls: How many calls have left.
        opening: What is said first; may be empty.
    """
    statuses = people["status"].value_counts(sort=False)
    rejected = int((frame["status"] == Status.REJECTED).sum())
    facts = [
        (say("plan.app"), row.realm.app),
        (say("campaign.state"), say(f"campaign.{state}")),
        (say("plan.people"), count("person", len(people))),
        (say("campaign.calls"), count("call", calls)),
        *([(say("status.rejected"), count("row", rejected))] if rejected else []),
        *((say(f"status.{status}"), count("person", int(n))) for status, n in statuses.items() if n),
    ]
    halted = " ".join(filter(None, [row.reason, row.hint])) if state not in {State.RUNNING, State.FINISHED} else ""
    unknown = say("campaign.unknown_note") if state is not State.RUNNING and statuses.get("unknown", 0) else ""
    again = _how_to_go_on(state, row)
    awaited = people["status"].eq(Status.ACCEPTED) & people["reason"].isna()
    accepted = say("campaign.accepted_note") if state is State.FINISHED and awaited.any() else ""
    notes = tuple(filter(None, [opening, halted, again, unknown, accepted]))
    title = say("campaign.title", name=row.name)
    return Sheet(title, row.realm.mode, tuple(facts), notes, _tables(frame))


def _how_to_go_on(state: State, row: CampaignRow) -> str:
    if state is State.INTERRUPTED:
        return say("campaign.interrupted_todo")
    # What paused it by itself says so already.
    is_left = state is State.STOPPED or (state is State.PAUSED and not row.reason)
    return say("campaign.stopped_todo") if is_left else ""


def _tables(frame: pd.DataFrame) -> tuple[Table, ...]:
    told = frame[frame["reason"].notna() & (frame["status"] != Status.REJECTED)]
    if told.empty:
        return ()
    causes = Counter(zip(told["status"].astype(str), told["code"].fillna(""), told["reason"], strict=True))
    rows = [
        (say(f"status.{status}"), code, reason, f"{n:,}")
        for (status, code, reason), n in causes.most_common(_REASONS_SHOWN)
    ]
    header = tuple(say(f"campaign.{name}") for name in ("status", "code", "reason", "rows"))
    return (Table(say("campaign.reasons"), header, rows),)

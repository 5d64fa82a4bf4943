"""What a campaign shows: its state, who has which status, what to do next, and what went wrong."""

import pandas as pd

from dingnb.campaigns.recipient_count import Reach
from dingnb.campaigns.results.summary import summarise
from dingnb.campaigns.status import State, Status
from dingnb.display import Sheet, Table
from dingnb.ledger.campaigns import CampaignRow
from dingnb.words import count, listed, say

_REASONS_SHOWN = 10
_WHO_SHOWN = 3

_NO_PROBLEM = [Status.QUEUED, Status.DELIVERED, Status.READ, Status.RECALLED]
"""Statuses whose reason is no problem of the person: why sending stopped stands above, and a recall was meant."""


def campaign_sheet(
    row: CampaignRow,
    state: State,
    frame: pd.DataFrame,
    people: pd.DataFrame,
    *,
    calls: int,
    opening: str,
    reason: str,
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
        reason: Why it is paused, stopped or interrupted; else empty.
    """
    reach = Reach(len(people), people["userid"].nunique() if row.key_columns else None)
    facts = (
        (say("plan.app"), row.realm.app),
        (say("campaign.state"), say(f"campaign.{state}")),
        *_counted(reach),
        (say("campaign.calls"), count("call", calls)),
    )
    notes = tuple(filter(None, [opening, reason, _how_to_go_on(state, row)]))
    title = say("campaign.title", name=row.name)
    return Sheet(title, row.realm.mode, facts, notes, (*_statuses(frame, people, reach), *_problems(frame)))


def _counted(reach: Reach) -> list[tuple[str, str]]:
    if reach.people is None:
        return [(say("plan.people"), reach.text)]
    return [
        (say("plan.messages"), count("message", reach.messages)),
        (say("plan.people"), count("person", reach.people)),
    ]


def _how_to_go_on(state: State, row: CampaignRow) -> str:
    if state is State.RUNNING:
        return say("campaign.running_todo")
    if state is State.FINISHED:
        return ""
    if row.by_person:
        return say("campaign.by_person_todo")
    if state is State.INTERRUPTED and not row.reason:
        return say("campaign.interrupted_todo")
    # Where its reason comes with a hint, that says so already.
    return "" if row.hint else say("campaign.stopped_todo")


def _statuses(frame: pd.DataFrame, people: pd.DataFrame, reach: Reach) -> tuple[Table, ...]:
    summary = summarise(frame, people)
    if summary.empty:
        return ()
    counted = "people" if reach.people is None else "messages"
    header = tuple(say(f"campaign.{name}") for name in ("status", counted, "share", "next"))
    columns = (summary["people"].tolist(), summary["share"].tolist(), summary["todo"].fillna("").tolist())
    rows = [
        (say(f"status.{status}"), f"{people:,}", f"{share:.1%}", todo)
        for status, people, share, todo in zip(summary.index, *columns, strict=True)
    ]
    return (Table(say("campaign.statuses"), header, rows),)


def _problems(frame: pd.DataFrame) -> tuple[Table, ...]:
    """Return what went wrong, by reason, with the first few whom it befell."""
    told = frame[frame["reason"].notna() & ~frame["status"].isin(_NO_PROBLEM)]
    if told.empty:
        return ()
    causes: dict[tuple[str, ...], list[int]] = {}
    named = (told[name].astype(object).fillna("").map(str).tolist() for name in ("status", "code", "hint", "reason"))
    for at, (*cause, reason) in enumerate(zip(*named, strict=True)):
        # The reason of a rejected row quotes what stands there: one kind of mistake is one line all the same.
        kind = "" if cause[0] == Status.REJECTED else reason
        causes.setdefault((*cause, kind), []).append(at)
    groups = sorted(causes.items(), key=lambda one: -len(one[1]))
    reasons = told["reason"].tolist()
    rows = [
        (say(f"status.{status}"), code, _reason([reasons[one] for one in at]), hint, f"{len(at):,}", _who(told, at))
        for (status, code, hint, _), at in groups[:_REASONS_SHOWN]
    ]
    header = tuple(say(f"campaign.{name}") for name in ("status", "code", "reason", "todo", "rows", "first"))
    more = say("campaign.more_reasons", n=len(groups) - _REASONS_SHOWN) if len(groups) > _REASONS_SHOWN else ""
    return (Table(say("campaign.reasons"), header, rows, more),)


def _reason(reasons: list[str]) -> str:
    """Return the reason of some rows; where it quotes what stands in each, the first one is an example."""
    is_of_all = reasons.count(reasons[0]) == len(reasons)
    return reasons[0] if is_of_all else say("campaign.such_as", reason=reasons[0])


def _who(frame: pd.DataFrame, at: list[int]) -> str:
    """Return the first few people, or, where a row names nobody, its label."""
    userids, found = frame["userid"], dict[str, None]()
    # Somebody may have several rows.
    for one in at:
        userid = userids.iloc[one]
        found[say("campaign.row", label=frame.index[one]) if pd.isna(userid) else userid] = None
        if len(found) == _WHO_SHOWN:
            break
    return listed(found)

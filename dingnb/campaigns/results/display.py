"""The display of a campaign: its state, the people of each status, the next step, and what went wrong."""

from typing import Any

import pandas as pd

from dingnb.campaigns.recipient_count import RecipientCount
from dingnb.campaigns.status import State, Status
from dingnb.display import Sheet, Table
from dingnb.ledger.campaigns import CampaignRow
from dingnb.words import NOTHING, Text, count, listed, say


def summarise(frame: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """
    Return how many people have each status that somebody has.

    Args:
        frame: The results of a campaign.
        people: One row of them for each recipient.

    Returns:
        The index is `status` (str), in the order of a results frame's categories. `people` (int64; of ``rejected``
        it is rows), `share` (float64, of all of these), `todo` (str: the next step; empty is NA).
    """
    counts = people["status"].value_counts(sort=False)
    counts[Status.REJECTED] = int((frame["status"] == Status.REJECTED).sum())
    counts = counts[counts > 0]
    names = [str(status) for status in counts.index]
    total = max(int(counts.sum()), 1)
    # Of those whose results are over nothing more can be asked.
    is_over = not (people["status"].eq(Status.ACCEPTED) & people["reason"].isna()).any()
    steps = [say(f"next.{'accepted_over' if name == Status.ACCEPTED and is_over else name}") or None for name in names]
    return pd.DataFrame(
        {
            "people": counts.to_numpy(dtype="int64"),
            "share": counts.to_numpy(dtype="float64") / total,
            "todo": pd.array(steps, dtype="str"),
        },
        index=pd.Index(names, dtype="str", name="status"),
    )


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
    opening: Text,
    reason: Text,
) -> Sheet:
    """
    Return the sheet of a campaign.

    Args:
        row: The campaign in the ledger.
        state: How it stands.
        frame: Its results, with reasons and hints as values.
        people: One row of them for each recipient.
        calls: How many calls have left.
        opening: What is said first; may be empty.
        reason: Why it is paused, stopped or interrupted; else empty.
    """
    recipient_count = RecipientCount(len(people), people["userid"].nunique() if row.key_columns else None)
    facts: tuple[tuple[Text, Text | str], ...] = (
        (Text("plan.app"), row.realm.app),
        (Text("campaign.state"), Text(f"campaign.{state}")),
        *_counted(recipient_count),
        (Text("campaign.calls"), count("call", calls)),
    )
    notes: tuple[Text, ...] = tuple(filter(None, [opening, reason, _how_to_go_on(state, row)]))
    title = Text("campaign.title", name=row.name)
    return Sheet(title, row.realm.mode, facts, notes, (*_statuses(frame, people, recipient_count), *_problems(frame)))


def _counted(recipient_count: RecipientCount) -> list[tuple[Text, Text]]:
    if recipient_count.people is None:
        return [(Text("plan.people"), recipient_count.text)]
    return [
        (Text("plan.messages"), count("message", recipient_count.messages)),
        (Text("plan.people"), count("person", recipient_count.people)),
    ]


def _how_to_go_on(state: State, row: CampaignRow) -> Text:
    if state is State.RUNNING:
        return Text("campaign.running_todo")
    if state is State.FINISHED:
        return NOTHING
    if row.by_person:
        return Text("campaign.by_person_todo")
    if state is State.INTERRUPTED and not row.reason:
        return Text("campaign.interrupted_todo")
    # Where its reason comes with a hint, that says so already.
    return NOTHING if row.hint else Text("campaign.stopped_todo")


def _statuses(frame: pd.DataFrame, people: pd.DataFrame, recipient_count: RecipientCount) -> tuple[Table, ...]:
    summary = summarise(frame, people)
    if summary.empty:
        return ()
    counted = "people" if recipient_count.people is None else "messages"
    header = tuple(Text(f"campaign.{name}") for name in ("status", counted, "share", "next"))
    columns = (summary["people"].tolist(), summary["share"].tolist(), summary["todo"].fillna("").tolist())
    rows = [
        (Text(f"status.{status}"), f"{people:,}", f"{share:.1%}", todo)
        for status, people, share, todo in zip(summary.index, *columns, strict=True)
    ]
    return (Table(Text("campaign.statuses"), header, rows),)


def _problems(frame: pd.DataFrame) -> tuple[Table, ...]:
    """Return what went wrong, by reason, with the first few whom it befell."""
    told = frame[frame["reason"].notna() & ~frame["status"].isin(_NO_PROBLEM)]
    if told.empty:
        return ()
    causes: dict[tuple[Any, ...], list[int]] = {}
    named = (told[name].astype(object).fillna("").tolist() for name in ("status", "code", "hint", "reason"))
    for at, (*cause, reason) in enumerate(zip(*named, strict=True)):
        # The reason of a rejected row quotes what stands there: one kind of mistake is one line all the same.
        kind = "" if cause[0] == Status.REJECTED else reason
        causes.setdefault((*cause, kind), []).append(at)
    groups = sorted(causes.items(), key=lambda one: -len(one[1]))
    reasons = told["reason"].tolist()
    rows = [
        (Text(f"status.{status}"), code, _reason([reasons[one] for one in at]), hint, f"{len(at):,}", _who(told, at))
        for (status, code, hint, _), at in groups[:_REASONS_SHOWN]
    ]
    header = tuple(Text(f"campaign.{name}") for name in ("status", "code", "reason", "todo", "rows", "first"))
    more = Text("campaign.more_reasons", n=len(groups) - _REASONS_SHOWN) if len(groups) > _REASONS_SHOWN else NOTHING
    return (Table(Text("campaign.reasons"), header, rows, more),)


def _reason(reasons: list[Text]) -> Text:
    """Return the reason of some rows; where it quotes what stands in each, the first one is an example."""
    is_of_all = reasons.count(reasons[0]) == len(reasons)
    return reasons[0] if is_of_all else Text("campaign.such_as", reason=reasons[0])


def _who(frame: pd.DataFrame, at: list[int]) -> Text:
    """Return the first few people, or, where a row names nobody, its label."""
    userids, found = frame["userid"], dict[Text | str, None]()
    # Somebody may have several rows.
    for one in at:
        userid = userids.iloc[one]
        found[Text("campaign.row", label=frame.index[one]) if pd.isna(userid) else userid] = None
        if len(found) == _WHO_SHOWN:
            break
    return listed(found)

"""
Deletes finished campaigns or only their texts, and other personal data.

What the send protocol still needs is kept: queued and open batches, batches that may be repeated, and recent attempts,
which determine the pace and repeats. A call may be repeated only on its own day, so two days are enough, however much
this computer's clock differs from DingTalk's.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from dingnb.ledger.campaigns import actions, campaigns, stored_bodies
from dingnb.ledger.campaigns.actions import Action
from dingnb.ledger.campaigns.campaigns import CampaignRow
from dingnb.ledger.contacts import directory
from dingnb.ledger.interface import Ledger
from dingnb.ledger.session import LedgerSession

KEPT_DAYS = 2
"""Number of days for which everything that was sent is kept."""

DAY_NS = 24 * 3_600 * 1_000_000_000

ReasonToKeep = Literal["", "open", "recent"]

_CANDIDATES = """
SELECT campaigns.id,
       count(CASE WHEN status IN ('queued', 'sending') THEN 1 END),
       count(CASE WHEN content IS NOT NULL AND status <> 'unknown' THEN 1 END)
           + (SELECT count(*) FROM templates WHERE campaign = campaigns.id),
       (SELECT count(*) FROM answers WHERE answers.campaign = campaigns.id),
       coalesce(max(batches.updated_ns), 0), coalesce(max(sent_ns), 0),
       (SELECT coalesce(max(started_ns), 0) FROM batches AS own JOIN attempts ON batch = own.id
        WHERE own.campaign = campaigns.id),
       (SELECT coalesce(max(ended_ns), 0) FROM batches AS own JOIN attempts ON batch = own.id
        WHERE own.campaign = campaigns.id)
FROM campaigns LEFT JOIN batches ON batches.campaign = campaigns.id GROUP BY campaigns.id
"""


@dataclass(frozen=True, slots=True)
class PruneCandidate:
    """
    A campaign, and whether it may be deleted.

    Attributes:
        row: The campaign.
        last_ns: When the campaign was last sent or changed.
        has_texts: Whether the campaign has texts that may be deleted.
        answers: The number of recorded answers to the campaign's cards, with what people wrote. `prune` deletes
            them, unless it deletes only texts.
        reason_to_keep: Why the campaign must be kept: ``open`` if it is not finished or has something to send,
            ``recent`` if a part of it is from the last `KEPT_DAYS`. Empty if the campaign may be deleted.
    """

    row: CampaignRow
    last_ns: int
    has_texts: bool
    answers: int
    reason_to_keep: ReasonToKeep


_PERSONAL_TABLES = {
    "events": "received_ns",
    "people": "read_ns",
    "departments": "listed_ns",
    "roles": "listed_ns",
    "lookups": "found_ns",
    "uploads": "uploaded_ns",
}
"""Tables with personal data that belong to an app and not to a campaign, and their columns with the time."""

_KEPT_RECENTLY = frozenset({"events", "uploads"})
"""Tables whose rows are kept for `KEPT_DAYS`, to recognise events that arrive again and to reuse uploaded media."""


def list_candidates(db: LedgerSession, now_ns: int) -> list[PruneCandidate]:
    """Return the campaigns of all apps, newest first, each with the reason to keep it, if any."""
    facts = {number: rest for number, *rest in db.execute(_CANDIDATES)}
    candidates = []
    for row in campaigns.find_all(db):
        unsent, has_texts, answered, *times = facts[row.id]
        last_ns = max(row.updated_ns, *times)
        reason: ReasonToKeep = ""
        if row.state != "finished" or unsent:
            reason = "open"
        elif last_ns > now_ns - KEPT_DAYS * DAY_NS:
            reason = "recent"
        candidates.append(PruneCandidate(row, last_ns, bool(has_texts), answered, reason))
    return candidates


def prune(
    ledger: Ledger,
    now_ns: int,
    choose: Callable[[list[PruneCandidate]], Iterable[int]],
    *,
    texts_only: bool,
    done_by: str,
) -> None:
    """
    Delete campaigns with everything that belongs to them, or only their texts; the calls stay counted.

    The texts of batches with unknown outcome are kept. With `texts_only`, hashes and answers are kept too.

    Args:
        ledger: The ledger.
        now_ns: The time.
        choose: Returns the numbers of the campaigns to delete, given all campaigns.
        texts_only: Whether to delete only the texts.
        done_by: Who prunes.
    """
    with ledger.transaction() as db:
        for campaign in list(choose(list_candidates(db, now_ns))):
            if texts_only:
                stored_bodies.delete_texts(db, campaign)
                actions.add(db, Action(campaign, actions.TEXTS_REMOVED, done_by, now_ns))
            else:
                campaigns.delete(db, campaign)


def delete_personal_data(
    ledger: Ledger, now_ns: int, days: int, realms: Collection[str] | None, *, counts_only: bool
) -> Mapping[str, int]:
    """
    Delete events, the directory, owners of phone numbers, and uploads with their file names.

    Returns the number of rows by table.

    Args:
        ledger: The ledger.
        now_ns: The time.
        days: The minimum age of rows in days; events and uploads are kept for at least `KEPT_DAYS`.
        realms: The ids of the apps; None for all.
        counts_only: Whether to count the rows and delete nothing.
    """
    counts = dict.fromkeys(_PERSONAL_TABLES, 0)
    if realms is not None and not realms:
        return counts
    with ledger.transaction() as db:
        for table, time in _PERSONAL_TABLES.items():
            # Ages beyond the epoch exceed the integers of databases.
            before_ns = max(now_ns - max(days, KEPT_DAYS if table in _KEPT_RECENTLY else 0) * DAY_NS, 0)
            where, values = f"FROM {table} WHERE {time} <= ?", [before_ns, *(realms or ())]
            if realms is not None:
                where += f" AND realm IN ({', '.join('?' * len(realms))})"
            counts[table] = int(db.execute(f"SELECT count(*) {where}", values).fetchone()[0])
            if not counts_only:
                db.execute(f"DELETE {where}", values)
        if not counts_only:
            directory.delete_orphans(db)
    return counts

"""
Deletes finished campaigns, or only their texts.

Everything that the send protocol still needs is kept: queued and open batches, batches that may be repeated, and
recent attempts, which determine the pace and repeats. A call may be repeated only on its own day, so two days are
enough, whatever the difference between this computer's clock and DingTalk's.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from dingnb.ledger import batches, campaigns
from dingnb.ledger.campaigns import CampaignRow
from dingnb.ledger.session import LedgerSession

KEPT_DAYS = 2
"""Number of days in which nothing that was sent is deleted."""

DAY_NS = 24 * 3_600 * 1_000_000_000

Obstacle = Literal["", "open", "lately"]

_STANDING = """
SELECT campaigns.id, CAST(coalesce(sum(size), 0) AS BIGINT),
       count(CASE WHEN status IN ('queued', 'sending') THEN 1 END),
       count(CASE WHEN content IS NOT NULL AND status <> 'unknown' THEN 1 END)
           + (SELECT count(*) FROM templates WHERE campaign = campaigns.id),
       coalesce(max(batches.updated_ns), 0), coalesce(max(sent_ns), 0),
       (SELECT coalesce(max(started_ns), 0) FROM batches AS own JOIN attempts ON batch = own.id
        WHERE own.campaign = campaigns.id),
       (SELECT coalesce(max(ended_ns), 0) FROM batches AS own JOIN attempts ON batch = own.id
        WHERE own.campaign = campaigns.id)
FROM campaigns LEFT JOIN batches ON batches.campaign = campaigns.id GROUP BY campaigns.id
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """
    Whether a campaign may be deleted.

    Attributes:
        row: The campaign.
        people: The number of its people.
        last_ns: When it was last sent or changed.
        has_texts: Whether it has texts that may be deleted.
        obstacle: Why it must be kept: ``open`` if it is not finished or has something to send, ``lately`` if parts of
            it are from the last `KEPT_DAYS`. Empty if it may be deleted.
    """

    row: CampaignRow
    people: int
    last_ns: int
    has_texts: bool
    obstacle: Obstacle


def survey(db: LedgerSession, now_ns: int) -> list[Standing]:
    """Return whether campaigns of all apps may be deleted, newest first."""
    facts = {number: rest for number, *rest in db.execute(_STANDING)}
    found = []
    for row in campaigns.every(db):
        people, unsent, has_texts, *times = facts[row.id]
        last_ns = max(row.updated_ns, *times)
        obstacle: Obstacle = ""
        if row.state != "finished" or unsent:
            obstacle = "open"
        elif last_ns > now_ns - KEPT_DAYS * DAY_NS:
            obstacle = "lately"
        found.append(Standing(row, people, last_ns, bool(has_texts), obstacle))
    return found


def forget(db: LedgerSession, numbers: Iterable[int]) -> None:
    """Delete campaigns with everything that belongs to them; their calls stay counted."""
    for number in numbers:
        campaigns.delete(db, number)


def forget_texts(db: LedgerSession, numbers: Iterable[int]) -> None:
    """Keep only the hashes of the texts of campaigns, except for batches with unknown outcome."""
    for number in numbers:
        batches.forget_content(db, number)

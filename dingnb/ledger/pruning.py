"""
Forgets campaigns that are over, as a whole or their texts alone.

Nothing goes that the send protocol still needs: what is queued or on its way, what may be repeated, and the attempts
of today, by which the pace and the sense of a repeat are judged. A call may be repeated on its own day only, so
that two days keep all of it, whatever this computer's clock and DingTalk's differ by.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from dingnb.ledger import batches, campaigns
from dingnb.ledger.campaigns import CampaignRow
from dingnb.ledger.session import LedgerSession

KEPT_DAYS = 2
"""What was sent in so many days is never forgotten."""

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
    Whether a campaign may be forgotten.

    Attributes:
        row: The campaign.
        people: How many people it has.
        last_ns: When anything of it was last sent or written.
        has_texts: Whether it has texts that may be forgotten.
        obstacle: Why it has to stay: ``open``, it is not finished or has something to send; ``lately``, something
            of it is of the last `KEPT_DAYS`. Empty where it may go.
    """

    row: CampaignRow
    people: int
    last_ns: int
    has_texts: bool
    obstacle: Obstacle


def survey(db: LedgerSession, now_ns: int) -> list[Standing]:
    """Return how all campaigns of all apps stand, the newest first."""
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
    """Forget campaigns with all that belongs to them; the calls that they used stay counted."""
    for number in numbers:
        campaigns.delete(db, number)


def forget_texts(db: LedgerSession, numbers: Iterable[int]) -> None:
    """Keep only the hashes of the texts of campaigns, except for batches of unknown outcome."""
    for number in numbers:
        batches.forget_content(db, number)

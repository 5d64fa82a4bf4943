"""The one count of a campaign's statuses that every part of the results form shows: people, and their rows."""

from dataclasses import dataclass

from dingnb.campaigns.results.campaign_results import Snapshot
from dingnb.campaigns.status import Status

EVERYBODY = ""
"""In place of a status: any."""

_ORDER = (
    Status.READ,
    Status.DELIVERED,
    Status.ACCEPTED,
    Status.SENDING,
    Status.QUEUED,
    Status.UNKNOWN,
    Status.FAILED,
    Status.FILTERED,
    Status.INVALID,
    Status.REJECTED,
    Status.CANCELLED,
    Status.RECALLED,
)


@dataclass(frozen=True, slots=True)
class StatusCount:
    """
    How many have a status.

    Attributes:
        status: The status; empty for any.
        people: The number of people or, with a key, of messages; of ``rejected``, of rows, which nobody is known for.
        rows: The number of rows of the input.
    """

    status: str
    people: int
    rows: int


def counts_of(snapshot: Snapshot) -> tuple[StatusCount, ...]:
    """Return how many there are in all, and then for each status that occurs: those who have the message first."""
    people = {str(status): int(n) for status, n in snapshot.summary["people"].items()}
    rows = snapshot.counts
    each = [
        StatusCount(status, people.get(status, 0), rows.get(status, 0))
        for status in _ORDER
        if status in people or status in rows
    ]
    return (StatusCount(EVERYBODY, sum(people.values()), len(snapshot.frame)), *each)

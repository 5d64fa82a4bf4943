"""How far the results of a campaign are known, while somebody waits for them."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

from dingnb.campaigns.recipient_count import Unit
from dingnb.campaigns.status import Status
from dingnb.ledger import LedgerSession, batches, outcomes
from dingnb.words import Text, count, dotted

Until = Literal["sent", "delivered", "read"]

_HAVE_IT = frozenset({Status.DELIVERED, Status.READ})
_REST_FACTOR = 20

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Arrival:
    """
    How far the results of a campaign are known; a person counts once.

    Attributes:
        people: How many people's calls DingTalk accepted, without those that were taken back.
        known: Of how many of them the result is known.
        delivered: How many have the message.
        read: How many have read it.
        readable: Of how many it can be told whether they have read it, now or later.
        not_sent: To how many people nothing was sent yet.
        recalled: From how many people the message was taken back; they are in none of the other counts.
        unit: What is counted as people: with a key, their messages.
    """

    people: int
    known: int
    delivered: int
    read: int
    readable: int
    not_sent: int
    recalled: int = 0
    unit: Unit = "person"

    @classmethod
    def of(cls, db: LedgerSession, campaign: int, unit: Unit = "person") -> "Arrival":
        """Return how far it is in the ledger."""
        by_batch = batches.count_by_status(db, campaign)
        told = outcomes.count_by_status(db, campaign)
        accepted = by_batch.get(Status.ACCEPTED, (0, 0))[1]
        recalled = sum(n for (status, _), n in told.items() if status == Status.RECALLED)
        known = sum(told.values())
        delivered = sum(n for (status, _), n in told.items() if status in _HAVE_IT)
        answered = sum(n for (status, evidence), n in told.items() if status in _HAVE_IT and evidence == "result")
        return cls(
            people=accepted - recalled,
            known=known - recalled,
            delivered=delivered,
            read=sum(n for (status, _), n in told.items() if status == Status.READ),
            readable=accepted - known + answered,
            not_sent=by_batch.get(Status.QUEUED, (0, 0))[1],
            recalled=recalled,
            unit=unit,
        )

    def share(self, until: Until) -> float:
        """Return the share of the people who have the message, or who have read it."""
        part, whole = (self.delivered, self.people) if until == "delivered" else (self.read, self.readable)
        return part / whole if whole else 1.0

    @property
    def shown(self) -> tuple[str, float]:
        """What a bar shows of it: the text, and the share of the people whose result is known."""
        return self.text, self.known / self.people if self.people else 1.0

    @property
    def text(self) -> str:
        """The record as one line, in the language in use."""
        parts = [Text("progress.known", n=self.known, people=count(self.unit, self.people))]
        if self.known:
            parts.append(Text("progress.have_it", n=self.delivered, read=self.read))
        parts += [
            Text(f"progress.{name}", people=count(self.unit, people))
            for name, people in (("recalled_people", self.recalled), ("not_sent", self.not_sent))
            if people
        ]
        return str(dotted(parts))


def seldom(look: Callable[[], Value]) -> Callable[[], Value]:
    """Return a function that looks again only when a look's cost has been rested from twenty times over."""
    value: Value | None = None
    again_s = 0.0

    def looked() -> Value:
        nonlocal value, again_s
        began_s = time.perf_counter()
        if value is None or began_s >= again_s:
            value = look()
            now_s = time.perf_counter()
            again_s = now_s + _REST_FACTOR * (now_s - began_s)
        return value

    return looked

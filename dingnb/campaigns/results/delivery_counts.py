"""Counts of deliveries and reads while results are being fetched."""

from dataclasses import dataclass
from typing import Literal

from dingnb.campaigns.recipient_count import Unit
from dingnb.campaigns.report.funnel import share_text
from dingnb.campaigns.status import REACHED, Status
from dingnb.ledger import LedgerSession
from dingnb.ledger.campaigns import batches, outcomes
from dingnb.ledger.campaigns.campaigns import campaign_scope
from dingnb.words import Text, count, dotted

Until = Literal["sent", "delivered", "read"]
"""What to wait for; see `Campaign.wait`."""

_READ_STATE_EVIDENCE = frozenset({"result", "answer"})
"""Evidence that shows whether a message that arrived was read."""


@dataclass(frozen=True, slots=True)
class DeliveryCounts:
    """
    Counts of the people of a campaign by result; each person counts once.

    Attributes:
        people: The number of people whose calls DingTalk accepted, without `recalled`, `failed` and `unknown`.
        reported: The number of these people whose result is known.
        delivered: The number of people who have received the message.
        read: The number of people who have read the message.
        readable: The number of people whose read state is known or may become known.
        not_sent: The number of people whose message has not been sent yet.
        recalled: The number of people whose message was recalled.
        failed: The number of people whom the answer to an accepted call names as missed.
        unknown: The number of people about whom the answer to an accepted call says nothing.
        unit: The counted unit: people or, with a key, messages.
        has_delivery: Whether DingTalk reports deliveries.
    """

    people: int
    reported: int
    delivered: int
    read: int
    readable: int
    not_sent: int
    recalled: int = 0
    failed: int = 0
    unknown: int = 0
    unit: Unit = "person"
    has_delivery: bool = True

    @classmethod
    def of_ledger(
        cls, db: LedgerSession, campaign: int, unit: Unit = "person", *, has_delivery: bool = True
    ) -> "DeliveryCounts":
        """Return the counts from the ledger."""
        by_batch = batches.count_by_status(db, campaign)
        results = outcomes.count_by_status(db, campaign_scope(campaign)).get(campaign, {})
        unreached = outcomes.count_unreached(db, campaign_scope(campaign)).get(campaign, {})
        unknown = unreached.pop(Status.UNKNOWN, 0)
        failed = sum(unreached.values())
        accepted = by_batch.get(Status.ACCEPTED, (0, 0))[1]
        recalled = sum(n for (status, _), n in results.items() if status == Status.RECALLED)
        people = accepted - recalled - failed - unknown
        reported = sum(results.values()) - recalled - failed - unknown
        with_read_state = sum(
            n for (status, evidence), n in results.items() if status in REACHED and evidence in _READ_STATE_EVIDENCE
        )
        return cls(
            people=people,
            reported=reported,
            delivered=sum(n for (status, _), n in results.items() if status in REACHED),
            read=sum(n for (status, _), n in results.items() if status == Status.READ),
            readable=people - reported + with_read_state,
            not_sent=by_batch.get(Status.QUEUED, (0, 0))[1],
            recalled=recalled,
            failed=failed,
            unknown=unknown,
            unit=unit,
            has_delivery=has_delivery,
        )

    def share(self, until: Literal["delivered", "read"]) -> float:
        """Return the share of people who have received or read the message; 1 if there are no people to wait for."""
        part, whole = self._part_and_whole(until)
        return part / whole if whole else 1.0

    def shortfall(self, until: Literal["delivered", "read"], wanted: float) -> list[Text]:
        """Return the text that fewer people than a share have received or read the message; empty if enough have."""
        share = self.share(until)
        if share >= wanted:
            return []
        part, whole = self._part_and_whole(until)
        # Rounded down: 89.96% would be shown as 90%, and as short of 90%.
        rounded = part * 1_000 // whole / 1_000 or share
        return [Text(f"progress.short_{until}", share=share_text(rounded), wanted=share_text(wanted))]

    def _part_and_whole(self, until: Literal["delivered", "read"]) -> tuple[int, int]:
        return (self.delivered, self.people) if until == "delivered" else (self.read, self.readable)

    @property
    def text_and_share(self) -> tuple[str, float]:
        """The text and the share of reported results for a progress bar."""
        return self.text, self.reported / self.people if self.people and self.has_delivery else 1.0

    @property
    def text(self) -> str:
        """The counts as one line, in the current language."""
        key = "progress.known" if self.has_delivery else "progress.unreported"
        parts = [Text(key, n=self.reported, people=count(self.unit, self.people))]
        if self.reported and self.has_delivery:
            parts.append(Text("progress.delivered", n=self.delivered, read=self.read))
        parts += [
            Text(f"progress.{name}", people=count(self.unit, people))
            for name, people in (
                ("failed", self.failed),
                ("unknown", self.unknown),
                ("recalled_people", self.recalled),
                ("not_sent", self.not_sent),
            )
            if people
        ]
        return str(dotted(parts))

"""How many people have the message: by result, in the delivery funnel, and over time."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd

from dingnb.campaigns.recipient_count import Unit
from dingnb.campaigns.results.results_frame import have_elsewhere
from dingnb.campaigns.status import MISSED, NOT_DELIVERED, REACHED, Status
from dingnb.channels import channel_named
from dingnb.ledger import LedgerSession
from dingnb.ledger.campaigns import batches, outcomes
from dingnb.ledger.campaigns.campaigns import campaign_scope
from dingnb.tables.factorize import IntArray
from dingnb.tables.timestamps import ZONE
from dingnb.words import Text, count, dotted

Until = Literal["sent", "delivered", "read"]
"""What to wait for; see `Campaign.wait`."""

_READ_STATE_EVIDENCE = frozenset({"result", "answer"})
"""Evidence that shows whether a message that arrived was read."""

STEPS = (Status.ACCEPTED, Status.DELIVERED, Status.READ)
"""The steps of the funnel in order; people with one of these statuses have passed all earlier steps."""

UNREPORTED_STEPS = (Status.ACCEPTED, Status.READ)
"""The steps if DingTalk reports no delivery: people who answer have read the message, others may have it."""

_OTHER_STATUSES = (
    Status.QUEUED,
    Status.SENDING,
    Status.UNKNOWN,
    Status.FILTERED,
    Status.INVALID,
    Status.FAILED,
    Status.REJECTED,
    Status.CANCELLED,
    Status.RECALLED,
)
"""All other statuses, in the order in which they are shown."""

_MIN_SHOWN_SHARE = 0.001
"""Smallest share, and smallest distance from 100%, that is shown as a number."""

Times: TypeAlias = "np.ndarray[tuple[int], np.dtype[np.datetime64]]"

_MAX_GAP = np.timedelta64(5, "s")
"""Maximum time between two responses of the same refresh."""


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
        failed: The number of people whom the answer to an accepted call names as not reached.
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
        """Return one text if fewer people than a share have received or read the message; otherwise an empty list."""
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


@dataclass(frozen=True, slots=True)
class Funnel:
    """
    The number of people at each step of delivery.

    Attributes:
        people: The number of all people.
        steps: The number of people who reached each step, including people at later steps.
        others: The number of people with each other status, for statuses with people.
        filtered_undetermined: The number of ``filtered`` people who may have the text from an unknown source.
        elsewhere: The number of ``filtered`` people who have the text from another campaign or a test, or were sent it.
        undelivered: The number of people whom an accepted call is known not to have reached. Recalled messages do not
            count.
        has_delivery: Whether DingTalk reports deliveries; if so, delivery is a step.
    """

    people: int
    steps: tuple[tuple[Status, int], ...]
    others: tuple[tuple[Status, int], ...]
    filtered_undetermined: int = 0
    elsewhere: int = 0
    undelivered: int = 0
    has_delivery: bool = True

    def step_text_key(self, step: Status) -> str:
        """Return the key of the text for a step."""
        return f"report.step_{step}" if self.has_delivery else f"report.step_{step}_only"

    @property
    def accepted(self) -> int:
        """
        The number of people with an accepted call whose message was not recalled.

        People whom the message did not reach count only if DingTalk reports deliveries.
        """
        return dict(self.steps)[Status.ACCEPTED]

    @property
    def delivered(self) -> int:
        """The number of people who certainly have the message."""
        return dict(self.steps).get(Status.DELIVERED, self.read)

    @property
    def read(self) -> int:
        """The number of people known to have read the message."""
        return dict(self.steps)[Status.READ]

    @property
    def missed(self) -> int:
        """The number of people who do not have the message, or not yet; `Campaign.missed` lists them."""
        return sum(n for status, n in self.others if status in MISSED) - self.filtered_undetermined - self.elsewhere

    @property
    def missed_key(self) -> str:
        """The key of the text for `missed`: people from whom the message was recalled may have had it."""
        return "report.missed_or_recalled" if dict(self.others).get(Status.RECALLED) else "report.missed"

    @property
    def undetermined(self) -> int:
        """The number of people of whom it is not known, yet or ever, whether they have the message."""
        return self.people - self.delivered - self.missed - self.elsewhere

    @property
    def were_all_filtered_sent_before(self) -> bool:
        """Whether all ``filtered`` people, if any, have the text from another campaign or a test, or were sent it."""
        return dict(self.others).get(Status.FILTERED, 0) == self.elsewhere


def funnel_of(
    counts: Mapping[str, int],
    filtered_undetermined: int = 0,
    elsewhere: int = 0,
    undelivered: int = 0,
    *,
    has_delivery: bool = True,
) -> Funnel:
    """
    Return the funnel of people counted by status.

    Args:
        counts: The number of people by status.
        filtered_undetermined: The number of ``filtered`` people who may have the text from an unknown source; see
            `count_filtered_undetermined`.
        elsewhere: The number of ``filtered`` people who have the text from another campaign or a test, or were sent it;
            see `count_elsewhere`.
        undelivered: The number of people whom an accepted call is known not to have reached; see `count_undelivered`.
        has_delivery: Whether DingTalk reports deliveries.

    >>> funnel_of({"read": 5, "delivered": 3, "filtered": 2}).steps
    ((<Status.ACCEPTED: 'accepted'>, 8), (<Status.DELIVERED: 'delivered'>, 8), (<Status.READ: 'read'>, 5))
    """
    shown_steps = STEPS if has_delivery else UNREPORTED_STEPS
    reached = {step: sum(counts.get(later, 0) for later in STEPS[STEPS.index(step) :]) for step in STEPS}
    if has_delivery:
        reached[Status.ACCEPTED] += undelivered
    steps = tuple((step, reached[step]) for step in shown_steps)
    others = tuple((other, counts[other]) for other in _OTHER_STATUSES if counts.get(other, 0))
    return Funnel(sum(counts.values()), steps, others, filtered_undetermined, elsewhere, undelivered, has_delivery)


def reports_delivery(people: pd.DataFrame) -> bool:
    """Return whether DingTalk reports deliveries to the people of a results frame; True if there are none."""
    return people.empty or bool(channel_named(people["channel"].iloc[0]).results_api)


def count_filtered_undetermined(people: pd.DataFrame) -> int:
    """Return how many people in a results frame are ``filtered``, and may have the text from an unknown source."""
    may_have_text = people["status"].eq(Status.FILTERED) & people["reached"].isna()
    return int((may_have_text & ~have_elsewhere(people)).sum())


def count_elsewhere(people: pd.DataFrame) -> int:
    """Return how many people in a results frame have the text from another campaign or a test, or were sent it."""
    return int(have_elsewhere(people).sum())


def count_undelivered(people: pd.DataFrame) -> int:
    """Return how many people in a results frame an accepted call is known not to have reached."""
    return int((people["status"].isin(list(NOT_DELIVERED)) & people["evidence"].notna()).sum())


def share_text(share: float, *, is_in_column: bool = False) -> str:
    """
    Return a share as a percentage that is rounded neither to 0% nor to 100%.

    Args:
        share: The share, from 0 to 1.
        is_in_column: Whether the share is shown in a column, where shares between 0 and 1 keep their decimal.

    >>> share_text(1), share_text(0.3333), share_text(0.00001), share_text(0.99999)
    ('100%', '33.3%', '<0.1%', '>99.9%')
    >>> share_text(0.2), share_text(0.2, is_in_column=True), share_text(1, is_in_column=True)
    ('20%', '20.0%', '100%')
    """
    if 0 < share < _MIN_SHOWN_SHARE:
        return "<0.1%"
    if 1 - _MIN_SHOWN_SHARE < share < 1:
        return ">99.9%"
    text = f"{100 * share:.1f}"
    return (text if is_in_column and 0 < share < 1 else text.removesuffix(".0")) + "%"


@dataclass(frozen=True, slots=True)
class ReadTimeline:
    """
    The number of readers over time: one step for each refresh that reported reads.

    Attributes:
        times: The times of the refreshes; datetime64[ms], local time in Beijing.
        readers: The number of people known to have read the message by each of these times.
    """

    times: Times
    readers: IntArray

    def thin(self, max_steps: int) -> "ReadTimeline":
        """Return at most `max_steps` steps, at even intervals and including the last."""
        if len(self.times) <= max_steps:
            return self
        times = self.times.astype(np.int64)
        edges = np.linspace(times[-1], times[0], max_steps).round()
        at = np.unique(np.searchsorted(times, edges, side="right") - 1)
        return ReadTimeline(self.times[at], self.readers[at])


def reads_over_time(people: pd.DataFrame) -> ReadTimeline:
    """
    Return the number of readers over time.

    Args:
        people: One row for each person, with the columns `status` and `updated_at` of `Campaign.results`.
    """
    times, counts = np.unique(in_beijing(people.loc[people["status"] == Status.READ, "updated_at"]), return_counts=True)
    # A refresh makes many calls in a row: one step, at the last of them.
    is_last = np.append(np.diff(times) > _MAX_GAP, True)[: len(times)]
    return ReadTimeline(times[is_last], counts.cumsum()[is_last])


def in_beijing(times: "pd.Series[Any]") -> Times:
    """Return the non-missing times as local time in Beijing; datetime64[ms]."""
    local = times.dropna().dt.tz_convert(ZONE).dt.tz_localize(None)
    return np.asarray(local.to_numpy(dtype="datetime64[ms]"))

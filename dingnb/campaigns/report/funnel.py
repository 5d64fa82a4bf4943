"""The delivery funnel: the number of people whose message was accepted, delivered and read, and all others."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from dingnb.campaigns.results.results_frame import have_elsewhere
from dingnb.campaigns.status import MISSED, NOT_DELIVERED, Status
from dingnb.channels import channel_named

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


@dataclass(frozen=True, slots=True)
class Funnel:
    """
    The number of people at each step of delivery.

    Attributes:
        people: The number of all people.
        steps: The number of people who reached each step, including people at later steps.
        others: The number of people with each other status, for statuses with people.
        filtered_undetermined: The number of ``filtered`` people who may have the text from elsewhere.
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
        filtered_undetermined: The number of ``filtered`` people who may have the text from elsewhere; see
            `count_filtered_undetermined`.
        elsewhere: The number of ``filtered`` people who have the text from elsewhere, or were sent it; see
            `count_elsewhere`.
        undelivered: The number of people whom the message of an accepted call did not reach; see `count_undelivered`.
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
    """Return how many people in a results frame did not get the message by an accepted call, as its result says."""
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

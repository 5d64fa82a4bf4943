"""How far a message came on its way to people, and who is beside the way."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from dingnb.campaigns.status import Status

WAY = (Status.ACCEPTED, Status.DELIVERED, Status.READ)
"""The statuses on the way, in its order: whoever has one has passed those before."""

OPEN = (Status.QUEUED, Status.SENDING, Status.UNKNOWN)
"""The statuses of people of whom it is not settled whether they get it, or had it."""

MISSED = (Status.FILTERED, Status.INVALID, Status.FAILED, Status.REJECTED, Status.CANCELLED, Status.RECALLED)
"""The statuses of people who do not have it."""

_SMALLEST = 0.001


@dataclass(frozen=True, slots=True)
class Funnel:
    """
    How many people came how far.

    Attributes:
        people: Everybody.
        steps: For each status on the way how many reached it, those behind it included.
        beside: For each other status that somebody has, how many do.
        repeats: How many of the ``filtered`` may have the text from elsewhere.
    """

    people: int
    steps: tuple[tuple[Status, int], ...]
    beside: tuple[tuple[Status, int], ...]
    repeats: int = 0

    @property
    def delivered(self) -> int:
        """How many have it for sure."""
        return dict(self.steps)[Status.DELIVERED]

    @property
    def read(self) -> int:
        """How many of these are known to have read it."""
        return dict(self.steps)[Status.READ]

    @property
    def missed(self) -> int:
        """How many do not have it."""
        return sum(n for status, n in self.beside if status in MISSED) - self.repeats

    @property
    def open(self) -> int:
        """Of how many it is not known yet, or never, whether they have it."""
        return self.people - self.delivered - self.missed


def funnel_of(counts: Mapping[str, int], repeats: int = 0) -> Funnel:
    """
    Return the funnel of so many people by status.

    Args:
        counts: How many have each status.
        repeats: How many of the ``filtered`` may have the text from elsewhere, as `count_repeats` says.

    >>> funnel_of({"read": 5, "delivered": 3, "filtered": 2}).steps
    ((<Status.ACCEPTED: 'accepted'>, 8), (<Status.DELIVERED: 'delivered'>, 8), (<Status.READ: 'read'>, 5))
    """
    steps = tuple((one, sum(counts.get(later, 0) for later in WAY[at:])) for at, one in enumerate(WAY))
    beside = tuple((one, counts[one]) for one in (*OPEN, *MISSED) if counts.get(one, 0))
    return Funnel(sum(counts.values()), steps, beside, repeats)


def count_repeats(people: pd.DataFrame) -> int:
    """Return how many people of a results frame are ``filtered`` and may have the text from elsewhere all the same."""
    return int((people["status"].eq(Status.FILTERED) & people["reached"].isna()).sum())


def share_text(share: float) -> str:
    """
    Return a share in per cent, which says neither all nor none where it is not so.

    >>> share_text(1), share_text(0.3333), share_text(0.00001), share_text(0.99999)
    ('100%', '33.3%', '<0.1%', '>99.9%')
    """
    if 0 < share < _SMALLEST:
        return "<0.1%"
    if 1 - _SMALLEST < share < 1:
        return ">99.9%"
    return f"{100 * share:.1f}".removesuffix(".0") + "%"

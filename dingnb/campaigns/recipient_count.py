"""How many are sent to: people; or, where a key keeps the rows of a person apart, messages, and to how many people."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from dingnb.campaigns.planning.batches import Cut
from dingnb.campaigns.row_map import Roster
from dingnb.words import Text, count

Unit = Literal["person", "message"]
"""What is counted, as `count` calls it."""


@dataclass(frozen=True, slots=True)
class Reach:
    """
    How many are sent to.

    Attributes:
        messages: How many messages that is, which is what `expect` compares with.
        people: To how many different people, where a key keeps the rows of a person apart; None: each gets one.
    """

    messages: int
    people: int | None = None

    @property
    def unit(self) -> Unit:
        """What is counted: messages where a person may get several, else people."""
        return unit_of(has_key=self.people is not None)

    @property
    def text(self) -> Text:
        """It as a few words, in the language in use."""
        counted = count(self.unit, self.messages)
        return (
            counted if self.people is None else Text("reach.to", messages=counted, people=count("person", self.people))
        )


def unit_of(*, has_key: bool) -> Unit:
    """Return what is counted of a plan or a campaign."""
    return "message" if has_key else "person"


def words_for(unit: Unit, key: str) -> str:
    """Return the key of words about what is counted: those about messages end in ``_message``."""
    return key if unit == "person" else f"{key}_message"


def reach_of_cut(cut: Cut) -> Reach:
    """Return how many a plan sends to."""
    return Reach(len(cut.recipients), None if cut.keys is None else len(set(cut.recipients)))


def reach_of_roster(roster: Roster, *, has_key: bool) -> Reach:
    """Return how many a campaign has."""
    if not has_key:
        return Reach(roster.people)
    sent = np.flatnonzero(roster.recipient_of_row >= 0).tolist()
    return Reach(roster.people, len({roster.userids[row] for row in sent}))

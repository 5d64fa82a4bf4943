"""How many are sent to: people; or, where a key keeps the rows of a person apart, messages, and to how many people."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from dingnb.campaigns.planning.batches import Batches
from dingnb.campaigns.row_map import RowMap
from dingnb.words import Text, count

Unit = Literal["person", "message"]
"""What is counted, as `count` calls it."""


@dataclass(frozen=True, slots=True)
class RecipientCount:
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


def count_of_batches(planned: Batches) -> RecipientCount:
    """Return how many a plan sends to."""
    return RecipientCount(len(planned.recipients), None if planned.keys is None else len(set(planned.recipients)))


def count_of_row_map(row_map: RowMap, *, has_key: bool) -> RecipientCount:
    """Return how many a campaign has."""
    if not has_key:
        return RecipientCount(row_map.people)
    sent = np.flatnonzero(row_map.recipient_of_row >= 0).tolist()
    return RecipientCount(row_map.people, len({row_map.userids[row] for row in sent}))

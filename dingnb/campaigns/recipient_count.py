"""Counts of recipients: people, or messages and people if a key distinguishes several rows of a person."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from dingnb.campaigns.planning.batches import Batches
from dingnb.campaigns.row_map import NOBODY, RowMap
from dingnb.tables.factorize import BoolArray
from dingnb.words import Text, count

if TYPE_CHECKING:
    import pandas as pd

Unit = Literal["person", "message"]
"""The counted unit: a noun of `count`."""


@dataclass(frozen=True, slots=True)
class RecipientCount:
    """
    A number of recipients.

    Attributes:
        messages: The number of messages, which `expect` is compared with.
        people: The number of different people if a key distinguishes their rows; None if each person gets one message.
    """

    messages: int
    people: int | None = None

    @property
    def unit(self) -> Unit:
        """The counted unit: messages if a person may get several, otherwise people."""
        return unit_of(has_key=self.people is not None)

    @property
    def text(self) -> Text:
        """The count as text."""
        counted = count(self.unit, self.messages)
        return (
            counted
            if self.people is None
            else Text("plan.messages_to_people", messages=counted, people=count("person", self.people))
        )


def unit_of(*, has_key: bool) -> Unit:
    """Return the counted unit of a plan or campaign."""
    return "message" if has_key else "person"


def text_key(unit: Unit, key: str) -> str:
    """Return the text key for a unit: keys for messages end in ``_message``."""
    return key if unit == "person" else f"{key}_message"


def count_of_batches(batches: Batches) -> RecipientCount:
    """Return the number of recipients of a plan."""
    return RecipientCount(len(batches.recipients), None if batches.keys is None else len(set(batches.recipients)))


def counted_rows(persons: "pd.Series[str]", unit: Unit) -> BoolArray:
    """
    Return which rows are counted: of several rows of one person, only the first.

    Args:
        persons: The person of each row, as `persons_of_rows` returns it; NA if the row has no userid. Rows without a
            userid count as different people. A row whose person is `NOBODY` does not count.
        unit: The counted unit; if messages are counted, each row counts.

    >>> import pandas as pd
    >>> counted_rows(pd.Series(["ann", None, "ann", None, NOBODY], dtype="str"), "person").tolist()
    [True, True, False, True, False]
    """
    is_somebody = persons.ne(NOBODY).fillna(value=True).to_numpy(dtype=bool)
    if unit == "message":
        return is_somebody
    return is_somebody & (~persons.duplicated() | persons.isna()).to_numpy(dtype=bool)


def count_of_row_map(row_map: RowMap, *, has_key: bool) -> RecipientCount:
    """Return the number of recipients of a campaign."""
    if not has_key:
        return RecipientCount(row_map.people)
    rows = np.flatnonzero(row_map.recipient_of_row >= 0).tolist()
    return RecipientCount(row_map.people, len({row_map.userids[row] for row in rows}))

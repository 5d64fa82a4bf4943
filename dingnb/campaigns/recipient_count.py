"""
Counts of recipients, and the check against `expect`, the number that the analyst expects.

Recipients are people, or messages and people if a key distinguishes several rows of a person.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

import numpy as np

from dingnb.campaigns.planning.batches import Batches
from dingnb.campaigns.row_map import NOBODY, RowMap
from dingnb.errors import InputError, LiveSendError
from dingnb.errors.arguments import is_integer, short_repr
from dingnb.tables.factorize import BoolArray
from dingnb.words import NOTHING, Text, count

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
        return RecipientCount(row_map.recipients)
    rows = np.flatnonzero(row_map.recipient_of_row >= 0).tolist()
    return RecipientCount(row_map.recipients, len({row_map.userids[row] for row in rows}))


def check_expected_people(
    mode: str,
    expect: int | range | None,
    people: int,
    description: Text = NOTHING,
    mismatch_key: str = "send.expect",
    missing_key: str = "send.live_expect",
) -> None:
    """
    Check the number of people against the number that the analyst expects.

    Args:
        mode: ``LIVE`` requires `expect`.
        expect: A number or a range; None if not given.
        people: The actual number.
        description: The people as described in errors; by default, their number.
        mismatch_key: The text key of the error for a different number.
        missing_key: The text key of the error for a missing `expect`.

    Raises:
        LiveSendError: A live send without `expect`.
        InputError: The number differs, or `expect` has another type.
    """
    who = description or count("person", people)
    if expect is None:
        if mode == "LIVE":
            raise LiveSendError(Text(missing_key, people=who), Text("send.expect_todo", n=people))
        return
    if not is_expected(expect, people):
        raise InputError(Text(mismatch_key, expect=expect, people=who), Text("send.expect_todo", n=people))


def is_expected(expect: int | range, people: int) -> bool:
    """
    Return whether a number is the expected number, or in the expected range.

    Raises:
        InputError: `expect` has another type.
    """
    return people in _as_range(expect)


def check_expect_type(expect: object) -> None:
    """
    Check that `expect` is a number, a range or None.

    Raises:
        InputError: `expect` has another type.
    """
    if expect is not None:
        _as_range(expect)


def _as_range(expect: object) -> range:
    if isinstance(expect, range):
        return expect
    if is_integer(expect):
        number = int(cast("int", expect))
        return range(number, number + 1)
    raise InputError(Text("send.bad_expect", expect=short_repr(expect)), Text("send.bad_expect_todo"))

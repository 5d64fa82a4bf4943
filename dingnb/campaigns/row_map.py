"""Who is who: the rows of a frame, and where the ledger keeps what became of their recipients."""

import json
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from dingnb.campaigns.planning.batches import Batches
from dingnb.campaigns.recipient_fields import column_of_values, read_fields
from dingnb.ledger import LedgerSession, fields, moves
from dingnb.ledger.moves import Place
from dingnb.recipients.addresses import Rejection
from dingnb.tables.factorize import Factorized, factorize_values
from dingnb.words import Text

Numbers: TypeAlias = "np.ndarray[tuple[int], np.dtype[np.int64]]"


@dataclass(frozen=True, eq=False)
class RowMap:
    """
    The rows that a campaign's results have, and their places in the ledger. It never changes.

    Attributes:
        frame: The input; where the campaign was found by its name, a frame of userids and the columns that are kept.
        userids: The userid of each row; empty where there is none.
        rejections: The rows that are not sent to, by position.
        recipient_of_row: For each row the number of its recipient, -1 where it is rejected.
        batch_of: For each recipient the number of its batch in the ledger.
        place_of: For each recipient its place in the batch.
        is_whole: Whether it has the rows that are not sent to as well, which the ledger does not keep.
    """

    frame: pd.DataFrame
    userids: list[str]
    rejections: dict[int, Rejection]
    recipient_of_row: Numbers
    batch_of: Numbers
    place_of: Numbers
    is_whole: bool = True

    @property
    def people(self) -> int:
        """How many recipients there are."""
        return len(self.batch_of)

    @cached_property
    def userid_column(self) -> Any:  # noqa: ANN401 - an array of pandas, whose class depends on what is installed
        """The userids as a column; NA where there is none."""
        return pd.array([userid or np.nan for userid in self.userids], dtype="str")

    @cached_property
    def rejected(self) -> tuple[Numbers, Factorized[tuple[Text, Text]]]:
        """The positions of the rows that are not sent to, and of each the reason and the hint."""
        positions = np.fromiter(self.rejections, np.int64, len(self.rejections))
        return positions, factorize_values([(one.reason, one.hint) for one in self.rejections.values()])

    def followed(self, ends: Mapping[Place, Place]) -> "RowMap":
        """Return the row map with everybody where they stand now; `ends` tells it of those who were sent to again."""
        if not ends or not len(self.batch_of):
            return self
        batch_of, place_of = self.batch_of.copy(), self.place_of.copy()
        for number in np.flatnonzero(np.isin(batch_of, [batch for batch, _ in ends])).tolist():
            here = (int(batch_of[number]), int(place_of[number]))
            batch_of[number], place_of[number] = ends.get(here, here)
        return replace(self, batch_of=batch_of, place_of=place_of)

    @classmethod
    def of_plan(cls, planned: Batches, batch_of: Numbers, place_of: Numbers) -> "RowMap":
        """Return the row map of a plan that was recorded."""
        return cls(planned.frame, planned.userids, planned.rejections, planned.recipient_of_row, batch_of, place_of)

    @classmethod
    def of_ledger(cls, db: LedgerSession, campaign: int, *, with_fields: bool = False) -> "RowMap":
        """
        Return a row for each recipient of a campaign, in the order in which they were recorded.

        Args:
            db: The ledger.
            campaign: The campaign's number.
            with_fields: Whether the frame has the columns of the input that are kept as well.
        """
        people = _People()
        for page in fields.of_people(db, campaign):
            people.add(*page)
        batches, sizes = (np.array(one, dtype=np.int64) for one in (people.batches, people.sizes))
        # Somebody who was sent to once more is one person all the same, and stands where that counts.
        newest = {person: at for at, person in enumerate(people.persons())}
        moved = moves.of_campaign(db, campaign)
        if moved:
            starts = dict(zip(people.batches, (np.cumsum(sizes) - sizes).tolist(), strict=True))
            gone = {starts[batch] + place for batch, place in moved}
            newest |= {person: at for at, person in enumerate(people.persons()) if at not in gone}
            # Who has one text for several keys now stands under the first of them.
            newest = {person: at for person, at in newest.items() if at not in gone}
        at = np.fromiter(newest.values(), np.int64, len(newest))
        userids = [people.userids[one] for one in newest.values()]
        places = np.arange(len(people.userids)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        frame = pd.DataFrame({"userid": pd.array(userids, dtype="str")})
        if with_fields:
            firsts = dict(zip(people.batches, (np.cumsum(sizes) - sizes).tolist(), strict=True))
            for name, values in read_fields(db, campaign, firsts, len(people.userids)).items():
                frame[name] = column_of_values(values[at])
        rows = np.arange(len(userids))
        return cls(frame, userids, {}, rows, np.repeat(batches, sizes)[at], places[at], is_whole=False)


@dataclass(slots=True)
class _People:
    """The recipients of the batches of a campaign, and what tells several texts for one person apart."""

    batches: list[int] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    userids: list[str] = field(default_factory=list)
    keys: list[list[list[str]] | None] = field(default_factory=list)

    def add(self, batches: str, sizes: str, userids: str, keys: str) -> None:
        """Add a page of `columns.of_people`."""
        self.batches += map(int, batches.split(","))
        self.sizes += map(int, sizes.split(","))
        self.userids += userids.split(",")
        self.keys += json.loads(keys)

    def persons(self) -> Iterable[Hashable]:
        """Return who each recipient is: the userid, and the first of the keys where there are any."""
        if not any(self.keys):
            return self.userids
        nothing: list[str] = []
        keys = (own or [nothing] * size for own, size in zip(self.keys, self.sizes, strict=True))
        return zip(self.userids, (tuple(own[:1]) for own in chain.from_iterable(keys)), strict=True)

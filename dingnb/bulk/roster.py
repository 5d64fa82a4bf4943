"""Who is who: the rows of a frame, and where the ledger keeps what became of their recipients."""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import pandas as pd

from dingnb.bulk.cutting import Cut
from dingnb.bulk.recipients import Rejection
from dingnb.ledger import batches
from dingnb.ledger.moves import Place

Numbers: TypeAlias = "np.ndarray[tuple[int], np.dtype[np.int64]]"


@dataclass(frozen=True, eq=False)
class Roster:
    """
    The rows that a campaign's results have, and their places in the ledger.

    Attributes:
        frame: The input, or a frame of userids where the campaign was found by its name.
        userids: The userid of each row; empty where there is none.
        rejections: The rows that are not sent to, by position.
        recipient_of_row: For each row the number of its recipient, -1 where it is rejected.
        batch_of: For each recipient the number of its batch in the ledger.
        place_of: For each recipient its place in the batch.
    """

    frame: pd.DataFrame
    userids: list[str]
    rejections: dict[int, Rejection]
    recipient_of_row: Numbers
    batch_of: Numbers
    place_of: Numbers

    @property
    def people(self) -> int:
        """How many recipients there are."""
        return len(self.batch_of)

    def followed(self, ends: Mapping[Place, Place]) -> "Roster":
        """Return the roster with everybody where they stand now; `ends` tells it of those who were sent to again."""
        if not ends or not len(self.batch_of):
            return self
        batch_of, place_of = self.batch_of.copy(), self.place_of.copy()
        for number in np.flatnonzero(np.isin(batch_of, [batch for batch, _ in ends])).tolist():
            here = (int(batch_of[number]), int(place_of[number]))
            batch_of[number], place_of[number] = ends.get(here, here)
        return replace(self, batch_of=batch_of, place_of=place_of)

    @classmethod
    def of_plan(cls, cut: Cut, batch_of: Numbers, place_of: Numbers) -> "Roster":
        """Return the roster of a plan that was recorded."""
        return cls(cut.frame, cut.userids, cut.rejections, cut.recipient_of_row, batch_of, place_of)

    @classmethod
    def of_ledger(cls, db: sqlite3.Connection, campaign: int) -> "Roster":
        """Return a row for each recipient of a campaign, in the order in which they were recorded."""
        newest: dict[tuple[str, ...], tuple[str, int, int]] = {}
        for row in batches.of_campaign(db, campaign):
            keys = json.loads(row.keys) if row.keys else None
            for place, userid in enumerate(row.userids.split(",")):
                # Somebody who was sent a changed text is one person all the same: the newest counts.
                newest[userid, *(keys[place][:1] if keys else ())] = (userid, row.id, place)
        userids = [userid for userid, _, _ in newest.values()]
        numbers = np.arange(len(userids), dtype=np.int64)
        frame = pd.DataFrame({"userid": pd.array(userids, dtype="str")})
        batch_of = np.array([batch for _, batch, _ in newest.values()], dtype=np.int64)
        place_of = np.array([place for _, _, place in newest.values()], dtype=np.int64)
        return cls(frame, userids, {}, numbers, batch_of, place_of)

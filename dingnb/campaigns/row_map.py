"""Maps the rows of a frame to the places of their recipients in the ledger."""

import json
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from dingnb.campaigns.planning.batches import KEY_SEPARATOR, Batches
from dingnb.campaigns.rejected_rows import RejectedRows, read_rejected_rows
from dingnb.campaigns.stored_columns import RowLabels, column_of_values, read_columns, take_row_labels
from dingnb.ledger import LedgerSession
from dingnb.ledger.campaigns import batches, campaigns, moves, rejected_rows
from dingnb.ledger.campaigns.moves import BatchPlace
from dingnb.recipients.addresses import Rejection
from dingnb.recipients.column_titles import column_titles
from dingnb.tables.cells import is_missing, renamed_columns_of, show
from dingnb.tables.factorize import Factorized, factorize_values, take
from dingnb.tables.headers import canonical_name
from dingnb.words import Text

_MAX_NAME_LENGTH = 40

Numbers: TypeAlias = "np.ndarray[tuple[int], np.dtype[np.int64]]"


def identities_of(userids: Iterable[str], names: Iterable[str]) -> list[str]:
    """
    Return what distinguishes the people of rows: the userid; with the name, if rows with it have different names.

    Rows that share a userid but have different names are of different people: one of them has a wrong userid. A row
    without a name is not of a further person.

    Args:
        userids: The userid of each row; empty if it has none.
        names: The name in each row; empty if it is missing.

    >>> identities_of(["u1", "u1", "u2", "u2", ""], ["Ann", "Ann", "Bo", "Cy", "Di"])
    ['u1', 'u1', 'u2 Bo', 'u2 Cy', '']
    >>> identities_of(["u2", "u2", "u2"], ["Bo", "Cy", ""])
    ['u2 Bo', 'u2 Cy', 'u2 Bo']
    """
    rows = list(zip(userids, names, strict=True))
    names_of: dict[str, dict[str, None]] = {}
    for userid, name in rows:
        if name:
            names_of.setdefault(userid, {})[name] = None
    first_names = {userid: next(iter(names_of[userid])) for userid in names_of if userid and len(names_of[userid]) > 1}
    return [f"{userid} {name or first_names[userid]}" if userid in first_names else userid for userid, name in rows]


@dataclass(frozen=True, eq=False)
class RowMap:
    """
    The rows of a campaign's results and the places of their recipients in the ledger. Immutable.

    Attributes:
        frame: The input; for a campaign found by name, a frame of userids and stored columns.
        userids: The userid of each row; empty if it has none.
        rejections: The rejected rows, by position.
        recipient_of_row: The number of each row's recipient; -1 if the row is rejected.
        batch_of: The number of each recipient's batch in the ledger.
        place_of: The place of each recipient in its batch.
        has_rejected_rows: Whether rejected rows are included, which earlier versions did not store in the ledger.
        has_all_lists: Whether all people of the campaign are included, as for a campaign found by name, and not only
            the rows of one plan.
        has_input_index: Whether the frame has the index of the input, which the ledger stores with the columns of a
            campaign's first list.
        merges_rows: Whether a row may stand for several rows of the input with one recipient.
        labels: The labels of rejected rows in the input, as shown unless they are integers, by their labels in the
            frame; empty if this has the input's index.
        earlier_places: The place of the person in a rejected row, by position, if an earlier plan included them.
    """

    frame: pd.DataFrame
    userids: list[str]
    rejections: dict[int, Rejection]
    recipient_of_row: Numbers
    batch_of: Numbers
    place_of: Numbers
    has_rejected_rows: bool = True
    has_all_lists: bool = False
    has_input_index: bool = True
    merges_rows: bool = False
    labels: Mapping[Hashable, int | str] = field(default_factory=dict)
    earlier_places: Mapping[int, BatchPlace] = field(default_factory=dict)

    @property
    def people(self) -> int:
        """The number of recipients."""
        return len(self.batch_of)

    def places(self) -> list[BatchPlace]:
        """Return the place of each recipient."""
        return list(zip(self.batch_of.tolist(), self.place_of.tolist(), strict=True))

    @cached_property
    def userid_column(self) -> Any:  # noqa: ANN401 - a pandas array whose class depends on installed packages
        """The userids as an array; NA if missing."""
        return pd.array([userid or np.nan for userid in self.userids], dtype="str")

    def column(self, kind: str) -> Hashable | None:
        """Return the column of the input with a usual name for a kind, such as ``name``; None if there is none."""
        return next((label for label in self.frame.columns if canonical_name(label) == kind), None)

    def column_titles(self) -> dict[object, str]:
        """Return the titles of the input's columns by their labels, in the current language."""
        return column_titles(self.frame, is_from_ledger=self.has_all_lists)

    def labels_by_heading(self, headings: Iterable[str]) -> dict[str, str]:
        """
        Return the labels of columns that a template names by their headings in the file.

        The ledger has only dingnb's names of renamed columns: these may be named by any usual heading.
        """
        if not self.has_all_lists:
            return renamed_columns_of(self.frame)
        labels = self._text_labels
        kinds = {heading: canonical_name(heading) for heading in headings if heading not in labels}
        return {heading: kind for heading, kind in kinds.items() if kind in labels}

    def column_names(self) -> list[str]:
        """Return the names of columns for a template: the headings of the list, or the labels where these differ."""
        titles, labels = self.column_titles(), self._text_labels
        by_heading = self.labels_by_heading(titles.values())
        return [titles[label] if by_heading.get(titles[label]) == label else label for label in labels]

    @property
    def _text_labels(self) -> list[str]:
        """The columns whose label is text, which templates can use."""
        labels: list[object] = list(self.frame.columns.unique())
        return [label for label in labels if isinstance(label, str)]

    @cached_property
    def names(self) -> dict[str, str]:
        """The names of people by userid, from a name column of the input; without those that are missing."""
        pairs = zip(self.userids, self._names_of_rows, strict=True)
        return {userid: name for userid, name in pairs if userid and name}

    @cached_property
    def named_userids(self) -> list[tuple[str, str]]:
        """The names and userids of rows that have both, without names that are too long to be shown whole."""
        pairs = dict.fromkeys(zip(self._names_of_rows, self.userids, strict=True))
        return [(name, userid) for name, userid in pairs if userid and 0 < len(name) < _MAX_NAME_LENGTH]

    @cached_property
    def names_without_userid(self) -> dict[Hashable, str]:
        """The names in rows without a userid, likewise, by the label of the row; none if labels occur twice."""
        triples = zip(self._unique_labels, self.userids, self._names_of_rows, strict=False)
        return {label: name for label, userid, name in triples if name and not userid}

    @cached_property
    def names_of_doubtful_rows(self) -> dict[Hashable, str]:
        """The names in rejected rows with a userid that rows of other names have, too; by label, as above."""
        rows = zip(self._unique_labels, self.userids, self.identities, self._names_of_rows, strict=False)
        return {
            label: name
            for position, (label, userid, identity, name) in enumerate(rows)
            if name and identity != userid and position in self.rejections
        }

    @cached_property
    def identities(self) -> list[str]:
        """The person of each row, as `identities_of` returns them."""
        return identities_of(self.userids, self._names_of_rows)

    @property
    def _unique_labels(self) -> list[Hashable]:
        """The labels of the rows; empty if one occurs twice."""
        return self.frame.index.tolist() if self.frame.index.is_unique else []

    @cached_property
    def _names_of_rows(self) -> list[str]:
        """The name in each row; empty if it is missing."""
        column = self.column("name")
        if column is None:
            return [""] * len(self.userids)
        # By position: a label may occur twice.
        position = list[Hashable](self.frame.columns).index(column)
        cells = self.frame.iloc[:, position].astype(object).tolist()
        return ["" if is_missing(cell) else show(cell).strip()[:_MAX_NAME_LENGTH] for cell in cells]

    @cached_property
    def rejected(self) -> tuple[Numbers, Factorized[tuple[Text, Text]]]:
        """The positions of the rejected rows, with their reasons and hints."""
        positions = np.fromiter(self.rejections, np.int64, len(self.rejections))
        return positions, factorize_values(
            [(rejection.reason, rejection.hint) for rejection in self.rejections.values()]
        )

    @cached_property
    def excluded(self) -> list[int]:
        """The positions of the rows that the analyst excluded, which are among the rejected ones."""
        return [position for position, rejection in self.rejections.items() if rejection.is_exclusion]

    def with_moves(self, moves_by_place: Mapping[BatchPlace, BatchPlace]) -> "RowMap":
        """Return a row map with the current places of people who were sent to again."""
        if not moves_by_place:
            return self
        batch_of, place_of = self.batch_of.copy(), self.place_of.copy()
        for number in np.flatnonzero(np.isin(batch_of, [batch for batch, _ in moves_by_place])).tolist():
            place = (int(batch_of[number]), int(place_of[number]))
            batch_of[number], place_of[number] = moves_by_place.get(place, place)
        earlier_places = {position: moves_by_place.get(place, place) for position, place in self.earlier_places.items()}
        return replace(self, batch_of=batch_of, place_of=place_of, earlier_places=earlier_places)

    def with_earlier_places(self) -> "RowMap":
        """Return a row map in which the people of `earlier_places` are recipients too."""
        if not self.earlier_places:
            return self
        places, number_of = np.unique(np.array(list(self.earlier_places.values())), axis=0, return_inverse=True)
        numbers = self.recipient_of_row.copy()
        numbers[list(self.earlier_places)] = self.people + number_of.reshape(-1)
        return replace(
            self,
            recipient_of_row=numbers,
            batch_of=np.append(self.batch_of, places[:, 0]),
            place_of=np.append(self.place_of, places[:, 1]),
        )

    @classmethod
    def of_plan(
        cls,
        plan: Batches,
        batch_of: Numbers,
        place_of: Numbers,
        earlier_places: Mapping[int, BatchPlace] | None = None,
    ) -> "RowMap":
        """Return the row map of a recorded plan."""
        rows = (plan.frame, plan.userids, plan.rejections, plan.recipient_of_row)
        return cls(*rows, batch_of, place_of, earlier_places=earlier_places or {})

    @classmethod
    def of_ledger(
        cls, db: LedgerSession, campaign: int, *, with_fields: bool = False, with_rejected: bool = True
    ) -> "RowMap":
        """
        Return a row map with one row for each recipient of a campaign, in the order of recording.

        The rejected rows of its newest plan follow, in the order of the list. If the index of the input is stored, the
        frame has it, and its rows are in the order of their labels if these are integers.

        Args:
            db: The ledger.
            campaign: The campaign's number.
            with_fields: Whether the frame includes the stored columns of the input, and the key columns in any case.
            with_rejected: Whether the rejected rows are included.
        """
        people = _People()
        for page in batches.people_pages(db, campaign):
            people.add(*page)
        numbers, sizes = (np.array(values, dtype=np.int64) for values in (people.batches, people.sizes))
        starts = np.cumsum(sizes) - sizes
        start_of = dict(zip(people.batches, starts.tolist(), strict=True))
        # A person in several batches has one row, at the newest place.
        newest = {person: index for index, person in enumerate(people.persons())}
        moved = moves.moved_places(db, campaign)
        if moved:
            moved_from = {start_of[batch] + place for batch, place in moved}
            newest |= {person: index for index, person in enumerate(people.persons()) if index not in moved_from}
            # A person whose text now covers several keys has one row, under the first key.
            newest = {person: index for person, index in newest.items() if index not in moved_from}
        indexes = np.fromiter(newest.values(), np.int64, len(newest))
        userids = [people.userids[index] for index in newest.values()]
        places = np.arange(len(people.userids)) - np.repeat(starts, sizes)
        has_rejected_rows = with_rejected and rejected_rows.count(db, campaign) is not None
        rejected = read_rejected_rows(db, campaign) if has_rejected_rows else RejectedRows()
        first, n = len(userids), len(rejected.userids)
        userids += rejected.userids
        frame = pd.DataFrame({"userid": pd.array([userid or np.nan for userid in userids], dtype="str")})
        index_labels: list[int | str | None] = []
        row_labels = RowLabels()
        if with_fields:
            stored = read_columns(db, campaign, start_of, len(people.userids))
            row_labels = take_row_labels(stored)
            for name in dict.fromkeys([*stored, *rejected.columns]):
                own = stored[name][indexes] if name in stored else np.full(first, None)
                frame[name] = column_of_values(np.append(own, rejected.columns.get(name, np.full(n, None))))
            row = campaigns.get(db, campaign)
            if row is not None and row.first_batch is not None:
                # Of one list. A person who was sent to again is in a newer batch, but the first one is the list's.
                origins: dict[Hashable, int] = {}
                for index, person in enumerate(people.persons()):
                    origins.setdefault(person, index)
                index_labels = [row_labels.labels.get(origins[person]) for person in newest] + rejected.labels
            for number, name in enumerate(() if row is None else row.key_columns):
                if name not in frame:
                    # The columns are not stored, but the keys are.
                    keys = take(people.key_parts(number), indexes)
                    frame[name] = pd.array([*keys, *[np.nan] * n], dtype="str")
        rejections = {
            position: Rejection(position, "", "", reason, hint)
            for position, (reason, hint) in enumerate(zip(rejected.reasons, rejected.hints, strict=True), first)
        }
        row_map = cls(
            frame,
            userids,
            rejections,
            np.append(np.arange(first), np.full(n, -1)),
            np.repeat(numbers, sizes)[indexes],
            places[indexes],
            has_rejected_rows=has_rejected_rows,
            has_all_lists=True,
            merges_rows=row_labels.has_merged_rows,
        )
        own_index = [label for label in index_labels if label is not None]
        if own_index and len(own_index) == len(index_labels):
            # A name of both an index and a column would be ambiguous.
            index_name = row_labels.heading if row_labels.heading not in frame.columns else None
            return row_map._with_index(pd.Index(own_index, name=index_name or None))
        labels: dict[Hashable, int | str] = {
            at: position if label is None else label
            for at, (position, label) in enumerate(zip(rejected.positions, rejected.labels, strict=True), first)
        }
        return replace(row_map, has_input_index=False, labels=labels)

    def _with_index(self, index: pd.Index) -> "RowMap":
        """Return a row map whose frame has an index; if that is of integers, the rows are in their order."""
        order = np.arange(len(index))
        if pd.api.types.is_integer_dtype(index.dtype):
            order = np.argsort(index, kind="stable")
        frame = self.frame.set_axis(index).iloc[order]
        rejections = {
            at: replace(self.rejections[position], position=at)
            for at, position in enumerate(order.tolist())
            if position in self.rejections
        }
        return replace(
            self,
            frame=frame,
            userids=[self.userids[position] for position in order],
            rejections=rejections,
            recipient_of_row=self.recipient_of_row[order],
        )


@dataclass(slots=True)
class _People:
    """The recipients of a campaign's batches, with their keys."""

    batches: list[int] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    userids: list[str] = field(default_factory=list)
    keys: list[list[list[str]] | None] = field(default_factory=list)

    def add(self, batches: str, sizes: str, userids: str, keys: str) -> None:
        """Add a page of `batches.people_pages`."""
        self.batches += map(int, batches.split(","))
        self.sizes += map(int, sizes.split(","))
        self.userids += userids.split(",")
        self.keys += json.loads(keys)

    def key_parts(self, number: int) -> list[str]:
        """Return the part of each recipient's first key that comes from a key column, by number."""
        keys = chain.from_iterable(keys_of_batch or () for keys_of_batch in self.keys)
        return [own[0].split(KEY_SEPARATOR)[number] if own else "" for own in keys]

    def persons(self) -> Iterable[Hashable]:
        """Return the identity of each recipient: the userid, and the first key if there are keys."""
        if not any(self.keys):
            return self.userids
        no_keys: list[str] = []
        keys = (batch_keys or [no_keys] * size for batch_keys, size in zip(self.keys, self.sizes, strict=True))
        return zip(self.userids, (tuple(person_keys[:1]) for person_keys in chain.from_iterable(keys)), strict=True)

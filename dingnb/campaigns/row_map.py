"""Maps the rows of a frame to the places of their recipients in the ledger."""

import json
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from dingnb.campaigns.planning.batches import KEY_SEPARATOR, Batches
from dingnb.campaigns.stored_rows import (
    RejectedRows,
    RowLabels,
    column_of_values,
    read_columns,
    read_rejected_rows,
    take_row_labels,
)
from dingnb.ledger import LedgerSession
from dingnb.ledger.campaigns import campaigns, moves, pages, rejected_rows
from dingnb.ledger.campaigns.moves import BatchPlace
from dingnb.recipients.addresses import Rejection
from dingnb.recipients.column_titles import column_titles, labels_by_tag_name
from dingnb.tables.cells import is_missing, show
from dingnb.tables.factorize import BoolArray, Factorized, IntArray, factorize_values, take
from dingnb.tables.headers import canonical_name
from dingnb.words import Text

_MAX_NAME_LENGTH = 40

NOBODY = " "
"""The person of a row that is a total, a note or a repeated header; no userid is blank."""

_Columns: TypeAlias = "Mapping[str, np.ndarray[tuple[int], np.dtype[Any]]]"
"""Stored columns of the input, with a value for each recipient."""


def persons_of_rows(userids: Iterable[str], names: Iterable[str]) -> list[str]:
    """
    Return what distinguishes the people of rows: the userid, followed by the name if names differ.

    Rows that share a userid but have different names are of different people: one of them has a wrong userid. A row
    without a name is not taken for another person.

    Args:
        userids: The userid of each row; empty if it has none.
        names: The name in each row; empty if it is missing.

    >>> persons_of_rows(["u1", "u1", "u2", "u2", ""], ["Ann", "Ann", "Bo", "Cy", "Di"])
    ['u1', 'u1', 'u2 Bo', 'u2 Cy', '']
    >>> persons_of_rows(["u2", "u2", "u2"], ["Bo", "Cy", ""])
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
        has_all_lists: Whether all people of the campaign are included, as for a campaign found by name; False if only
            the rows of one plan are.
        has_input_index: Whether the frame has the index of the input; for a campaign found by name, only if the ledger
            has all labels, and people of several lists do not have equal ones.
        merges_rows: Whether a row may stand for several rows of the input with one recipient.
        labels: The labels of rejected rows in the input, by their labels in the frame: integers, and all others as
            text. Empty if the frame has the input's index.
        earlier_places: The place of the person in a rejected row, by position, if an earlier plan included the person.
    """

    frame: pd.DataFrame
    userids: list[str]
    rejections: dict[int, Rejection]
    recipient_of_row: IntArray
    batch_of: IntArray
    place_of: IntArray
    has_rejected_rows: bool = True
    has_all_lists: bool = False
    has_input_index: bool = True
    merges_rows: bool = False
    labels: Mapping[Hashable, int | str] = field(default_factory=dict)
    earlier_places: Mapping[int, BatchPlace] = field(default_factory=dict)

    @property
    def recipients(self) -> int:
        """The number of recipients: of people or, with ``key=``, of messages."""
        return len(self.batch_of)

    def places(self) -> list[BatchPlace]:
        """Return the place of each recipient."""
        return list(zip(self.batch_of.tolist(), self.place_of.tolist(), strict=True))

    def is_at(self, places: Collection[BatchPlace]) -> BoolArray:
        """Return whether the recipient of each row is at one of some places."""
        numbers = np.flatnonzero(np.isin(self.batch_of, list({batch for batch, _ in places}))).tolist()
        recipients = [
            number for number in numbers if (int(self.batch_of[number]), int(self.place_of[number])) in places
        ]
        return np.isin(self.recipient_of_row, recipients)

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

        The ledger does not keep the file's headings: in a campaign from the ledger, a renamed column has all its usual
        headings.
        """
        if not self.has_all_lists:
            return labels_by_tag_name(self.frame)
        labels = self._text_labels
        kinds = {heading: canonical_name(heading) for heading in headings if heading not in labels}
        return {heading: kind for heading, kind in kinds.items() if kind in labels}

    def column_names(self) -> list[str]:
        """
        Return the names of columns for a template.

        A column's name is its heading in the list, or its label if the heading does not identify it.
        """
        titles, labels = self.column_titles(), self._text_labels
        by_heading = self.labels_by_heading(titles.values())
        return [titles[label] if by_heading.get(titles[label]) == label else label for label in labels]

    @property
    def _text_labels(self) -> list[str]:
        """The labels that are text: only columns with such labels can be used by templates."""
        labels: list[object] = list(self.frame.columns.unique())
        return [label for label in labels if isinstance(label, str)]

    @cached_property
    def names(self) -> dict[str, str]:
        """The names of people by userid, from a name column of the input; without missing names."""
        pairs = zip(self.userids, self._names_of_rows, strict=True)
        return {userid: name for userid, name in pairs if userid and name}

    @cached_property
    def named_userids(self) -> list[tuple[str, str]]:
        """The name and the userid in each row; empty if missing, or if a name is too long to be shown in full."""
        names = (name if len(name) < _MAX_NAME_LENGTH else "" for name in self._names_of_rows)
        return list(zip(names, self.userids, strict=True))

    @cached_property
    def names_without_userid(self) -> dict[Hashable, str]:
        """The names in rows without a userid, truncated if long, by row label; empty if a label occurs twice."""
        triples = zip(self._unique_labels, self.userids, self._names_of_rows, strict=False)
        return {label: name for label, userid, name in triples if name and not userid}

    @cached_property
    def names_of_doubtful_rows(self) -> dict[Hashable, str]:
        """The names in rejected rows whose userid also has other names, as in `names_without_userid`."""
        rows = zip(self._unique_labels, self.userids, self.person_of_row, self._names_of_rows, strict=False)
        return {
            label: name
            for position, (label, userid, person, name) in enumerate(rows)
            if name and person not in {userid, NOBODY} and position in self.rejections
        }

    @cached_property
    def person_of_row(self) -> list[str]:
        """The person of each row, as `persons_of_rows` returns them, or `NOBODY`."""
        persons = persons_of_rows(self.userids, self._names_of_rows)
        for position, rejection in self.rejections.items():
            if rejection.is_about_nobody:
                persons[position] = NOBODY
        return persons

    @property
    def _unique_labels(self) -> list[Hashable]:
        """The labels of the rows; empty if one occurs twice."""
        return self.frame.index.tolist() if self.frame.index.is_unique else []

    @cached_property
    def _names_of_rows(self) -> list[str]:
        """The name in each row; empty if it is missing."""
        # By position: a label may occur twice.
        position = next((at for at, label in enumerate(self.frame.columns) if canonical_name(label) == "name"), None)
        if position is None:
            return [""] * len(self.userids)
        cells = self.frame.iloc[:, position].astype(object).tolist()
        return ["" if is_missing(cell) else show(cell).strip()[:_MAX_NAME_LENGTH] for cell in cells]

    @cached_property
    def rejected(self) -> tuple[IntArray, Factorized[tuple[Text, Text]]]:
        """The positions of the rejected rows, with their reasons and hints."""
        positions = np.fromiter(self.rejections, np.int64, len(self.rejections))
        return positions, factorize_values(
            [(rejection.reason, rejection.hint) for rejection in self.rejections.values()]
        )

    @cached_property
    def excluded(self) -> list[int]:
        """The positions of the rows that the analyst excluded, which are among the rejected rows."""
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
        # NumPy 2.0 returns the numbers in two dimensions.
        places, number_of = np.unique(np.array(list(self.earlier_places.values())), axis=0, return_inverse=True)
        numbers = self.recipient_of_row.copy()
        numbers[list(self.earlier_places)] = self.recipients + number_of.reshape(-1)
        return replace(
            self,
            recipient_of_row=numbers,
            batch_of=np.append(self.batch_of, places[:, 0]),
            place_of=np.append(self.place_of, places[:, 1]),
        )

    @classmethod
    def of_plan(
        cls,
        batches: Batches,
        batch_of: IntArray,
        place_of: IntArray,
        earlier_places: Mapping[int, BatchPlace] | None = None,
    ) -> "RowMap":
        """Return the row map of a recorded plan."""
        rows = (batches.frame, batches.userids, batches.rejections, batches.recipient_of_row)
        return cls(*rows, batch_of, place_of, earlier_places=earlier_places or {})

    @classmethod
    def of_ledger(
        cls, db: LedgerSession, campaign: int, *, with_fields: bool = False, with_rejected: bool = True
    ) -> "RowMap":
        """
        Return a row map with one row for each recipient of a campaign, in the order of recording.

        The rejected rows of the newest plan follow, in the order of the list. With `with_fields`, if the index of the
        input is stored and no people of several lists have equal labels, the frame has this index, with each person's
        label in the last list that includes the person, and integer labels determine the order of the rows.

        Args:
            db: The ledger.
            campaign: The campaign's number.
            with_fields: Whether the frame has the stored columns of the input, the key columns even if they are not
                stored, and the index of the input.
            with_rejected: Whether the rejected rows are included.
        """
        recipients = _Recipients.of_campaign(db, campaign)
        rows = recipients.newest(moves.moved_places(db, campaign))
        has_rejected_rows = with_rejected and rejected_rows.count(db, campaign) is not None
        rejected = read_rejected_rows(db, campaign) if has_rejected_rows else RejectedRows()
        userids = take(recipients.userids, rows) + rejected.userids
        frame = pd.DataFrame({"userid": pd.array([userid or np.nan for userid in userids], dtype="str")})
        row_labels, index = RowLabels(), None
        if with_fields:
            stored = read_columns(db, campaign, recipients.start_of, len(recipients.userids))
            row_labels = take_row_labels(stored)
            row = campaigns.get(db, campaign)
            _add_columns(frame, stored, rows, rejected)
            _add_keys(frame, () if row is None else row.key_columns, recipients, rows)
            if row is not None:
                labels = [row_labels.labels.get(number) for number in rows.tolist()]
                index = _index_of_input(row_labels, labels, rejected, frame.columns)
                if row.first_batch is None and index is not None and not index.is_unique:
                    # People of several lists have equal labels.
                    index = None
        first = len(rows)
        row_map = cls(
            frame,
            userids,
            _rejections(rejected, first),
            np.append(np.arange(first), np.full(len(rejected.userids), -1)),
            recipients.batch_of[rows],
            recipients.place_of[rows],
            has_rejected_rows=has_rejected_rows,
            has_all_lists=True,
            merges_rows=row_labels.has_merged_rows,
        )
        if index is None:
            return replace(row_map, has_input_index=False, labels=_labels_of_rejected(rejected, first))
        return row_map._with_index(index)

    def _with_index(self, index: pd.Index) -> "RowMap":
        """Return a row map whose frame has an index; integer labels also determine the order of the rows."""
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


def _add_columns(frame: pd.DataFrame, stored: _Columns, rows: IntArray, rejected: RejectedRows) -> None:
    """
    Add the stored columns of the input to a frame.

    Args:
        frame: The frame.
        stored: The columns of the recipients.
        rows: The recipient of each row of the frame; the rejected rows follow.
        rejected: The rejected rows, with columns of their own.
    """
    n = len(rejected.userids)
    for name in dict.fromkeys([*stored, *rejected.columns]):
        own = stored[name][rows] if name in stored else np.full(len(rows), None)
        frame[name] = column_of_values(np.append(own, rejected.columns.get(name, np.full(n, None))))


def _add_keys(frame: pd.DataFrame, key_columns: Sequence[str], recipients: "_Recipients", rows: IntArray) -> None:
    """
    Add to a frame the key columns that are not stored, taken from the stored keys.

    The values of these columns are missing in the rejected rows.
    """
    for number, name in enumerate(key_columns):
        if name not in frame:
            keys = take(recipients.key_parts(number), rows)
            frame[name] = pd.array([*keys, *[np.nan] * (len(frame) - len(rows))], dtype="str")


def _index_of_input(
    row_labels: RowLabels, labels_of_people: Sequence[Hashable], rejected: RejectedRows, column_names: pd.Index
) -> pd.Index | None:
    """Return the index of the input for people and rejected rows; None if any label is not known."""
    labels = [*labels_of_people, *rejected.labels]
    if not labels or None in labels:
        return None
    has_levels = all(isinstance(label, tuple) and len(label) in row_labels.headings for label in labels)
    index = pd.Index(labels, tupleize_cols=has_levels)
    names = [name or None for name in row_labels.headings.get(index.nlevels, [""] * index.nlevels)]
    # pandas joins levels by their names. A name of both an index and a column would be ambiguous.
    is_ambiguous = index.nlevels == 1 and names[0] in column_names
    return index if is_ambiguous else index.set_names(names)


def _labels_of_rejected(rejected: RejectedRows, first: int) -> dict[Hashable, int | str]:
    """Return the labels of rejected rows in the input, by position; `first` is the first row's position."""
    labels = [label if label is None or type(label) is int else show(label) for label in rejected.labels]
    rows = zip(rejected.positions, labels, strict=True)
    return {at: position if label is None else label for at, (position, label) in enumerate(rows, first)}


def _rejections(rejected: RejectedRows, first: int) -> dict[int, Rejection]:
    """Return the rejections of rejected rows, by position; `first` is the first row's position."""
    texts = zip(rejected.reasons, rejected.hints, strict=True)
    return {at: Rejection(at, "", "", reason, hint) for at, (reason, hint) in enumerate(texts, first)}


@dataclass(frozen=True, slots=True)
class _Recipients:
    """
    The recipients of a campaign's batches, in the order of recording.

    Attributes:
        userids: The userid of each recipient.
        keys: The keys of each recipient; empty if there are none.
        start_of: The number of each batch's first recipient.
        batch_of: The number of each recipient's batch in the ledger.
        place_of: The place of each recipient in its batch.
    """

    userids: list[str]
    keys: list[list[str]]
    start_of: dict[int, int]
    batch_of: IntArray
    place_of: IntArray

    @classmethod
    def of_campaign(cls, db: LedgerSession, campaign: int) -> "_Recipients":
        """Return the recipients of a campaign."""
        numbers, sizes, userids, keys = list[int](), list[int](), list[str](), list[list[str]]()
        no_keys: list[str] = []
        for page_numbers, page_sizes, page_userids, page_keys in pages.people_pages(db, campaign):
            new_sizes = list(map(int, page_sizes.split(",")))
            numbers += map(int, page_numbers.split(","))
            sizes += new_sizes
            userids += page_userids.split(",")
            for size, keys_of_batch in zip(new_sizes, json.loads(page_keys), strict=True):
                keys += keys_of_batch or [no_keys] * size
        starts = np.cumsum(sizes, dtype=np.int64) - np.array(sizes, dtype=np.int64)
        return cls(
            userids,
            keys,
            dict(zip(numbers, starts.tolist(), strict=True)),
            np.repeat(np.array(numbers, dtype=np.int64), sizes),
            np.arange(len(userids)) - np.repeat(starts, sizes),
        )

    def newest(self, moved: Iterable[BatchPlace]) -> IntArray:
        """
        Return the newest recipient of each person, in the order of the first recipient of each person.

        Args:
            moved: The places of people who were sent to again, in other batches.
        """
        newest = {key: number for number, key in enumerate(self.recipient_keys())}
        moved_numbers = {self.start_of[batch] + place for batch, place in moved}
        if moved_numbers:
            newest |= {key: number for number, key in enumerate(self.recipient_keys()) if number not in moved_numbers}
            # A person whose text now covers several keys has one row, under the first key.
            newest = {key: number for key, number in newest.items() if number not in moved_numbers}
        return np.fromiter(newest.values(), np.int64, len(newest))

    def key_parts(self, number: int) -> list[str]:
        """Return the part of each recipient's first key that comes from a key column, by number."""
        return [own[0].split(KEY_SEPARATOR)[number] if own else "" for own in self.keys]

    def recipient_keys(self) -> Iterable[Hashable]:
        """Return what identifies each recipient: the userid, and the first key if there are keys."""
        if not any(self.keys):
            return self.userids
        return zip(self.userids, (tuple(own[:1]) for own in self.keys), strict=True)

"""
The people whom a plan excludes.

Every value must be readable: skipping an unreadable id would send a message to somebody who must not get it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from dingnb.errors import InputError
from dingnb.tables.cells import ATTRS_KEY, BLANK, Cell, cells_of, plain_userids, read_mobile, read_userid, show
from dingnb.words import NOTHING, Text, count, listed_briefly, sentences

_USERID = "userid"
_MATCHED = frozenset({_USERID, "match", "reason"})
"""Columns of a frame that was matched."""

_COLLECTIONS = (list, tuple, set, frozenset)
_ARRAYS = (pd.Series, pd.Index, np.ndarray, pd.api.extensions.ExtensionArray)


@dataclass(frozen=True, slots=True)
class Entry:
    """
    One excluded userid or phone number.

    Attributes:
        text: The entry as given.
        userid: The entry as a userid; empty if it cannot be one.
        mobile: The entry as a mobile number; empty if it cannot be one. An entry may be both.
        reason: The reason that the plan shows for its rows.
    """

    text: str
    userid: str = ""
    mobile: str = ""
    reason: Text = NOTHING


@dataclass(frozen=True, slots=True)
class Excluded:
    """
    The people whom a plan excludes.

    Attributes:
        entries: The distinct entries.
        named: The name of the exclusion list; empty if the entries were passed.
        from_directory: Whether they are people of the directory, most of whom may be in no row.
        userids: The reasons by userid.
        mobiles: The reasons by mobile number; empty if the plan does not address people by number.
    """

    entries: tuple[Entry, ...] = ()
    named: str = ""
    from_directory: bool = False
    userids: dict[str, Text] = field(default_factory=dict)
    mobiles: dict[str, Text] = field(default_factory=dict)

    @classmethod
    def of(cls, entries: Iterable[Entry], named: str, *, by_mobile: bool) -> "Excluded":
        """Return the people excluded by some entries; without `by_mobile`, mobile numbers are ignored."""
        found = tuple({entry.text: entry for entry in entries}.values())
        userids = {entry.userid: entry.reason for entry in found if entry.userid}
        mobiles = {one.mobile: one.reason for one in found if one.mobile} if by_mobile else {}
        return cls(found, named, userids=userids, mobiles=mobiles)

    def with_owners(self, owners: Mapping[str, str]) -> "Excluded":
        """Return a copy that also excludes the owners of excluded numbers by their userids."""
        found = {owners[mobile]: reason for mobile, reason in self.mobiles.items() if mobile in owners}
        return replace(self, userids=found | self.userids)

    def unmatched(self, row_ids: "RowIds") -> Text:
        """Return a note about the entries that match no row; empty if all match."""
        lost = [entry for entry in self.entries if not self._matches(entry, row_ids)]
        if not lost:
            return NOTHING
        if self.from_directory:
            everybody = count("person", len(self.entries))
            return Text("exclude.unmatched_people", all=everybody) if len(lost) == len(self.entries) else NOTHING
        key = "exclude.unmatched_list" if self.named else "exclude.unmatched"
        who, total = listed_briefly([entry.text for entry in lost], "entry"), count("entry", len(self.entries))
        parts = [Text(key, who=who, n=f"{len(lost):,}", all=total, name=self.named)]
        numbers = 0 if self.mobiles else sum(bool(entry.mobile) for entry in lost)
        if numbers:
            parts.append(Text("exclude.unmatched_numbers", entries=count("entry", numbers)))
        if row_ids.has_unknown and any(entry.userid for entry in lost):
            parts.append(Text("exclude.unmatched_unlooked"))
        return sentences(*parts)

    def _matches(self, entry: Entry, row_ids: "RowIds") -> bool:
        if entry.userid and entry.userid in row_ids.userids:
            return True
        if not self.mobiles or not entry.mobile:
            return False
        return entry.mobile in row_ids.mobiles or row_ids.owners.get(entry.mobile, "") in row_ids.userids


@dataclass(frozen=True, slots=True)
class RowIds:
    """
    The ids in the rows of a plan.

    Attributes:
        userids: The userids.
        mobiles: The mobile numbers.
        owners: The known owners by number.
        has_unknown: Whether rows are excluded by numbers that were not looked up.
    """

    userids: frozenset[str]
    mobiles: frozenset[str] = frozenset()
    owners: Mapping[str, str] = field(default_factory=dict)
    has_unknown: bool = False


def read_excluded(exclude: object, named: Callable[[str], Mapping[str, Text]], *, by_mobile: bool = False) -> Excluded:
    """
    Return the people whom a plan excludes.

    Args:
        exclude: Userids, or phone numbers if the plan addresses people by number: a list, a tuple, a set, a Series, an
            Index or a one-dimensional array. They are read like those of recipients; blank values are skipped.
            Or a DataFrame with a column ``userid``, or the name of an exclusion list. None excludes nobody.
        named: Returns the entries of a list by its name, with their reasons.
        by_mobile: Whether the plan addresses people by phone number.

    Raises:
        InputError: It has another type, or a value is invalid.

    >>> read_excluded(["manager01", 123.0, None], {}.__getitem__).userids
    {'manager01': Text('row.excluded'), '123': Text('row.excluded')}
    >>> list(read_excluded(["+86 139-0000-0001"], {}.__getitem__, by_mobile=True).mobiles)
    ['13900000001']
    """
    if exclude is None:
        return Excluded()
    if isinstance(exclude, str):
        found = (Entry(text, text, read_mobile(text).text, reason) for text, reason in named(exclude).items())
        return Excluded.of(found, exclude.strip(), by_mobile=by_mobile)
    entries = read_entries(exclude, "exclude", Text("row.excluded"), by_mobile=by_mobile)
    is_directory = isinstance(exclude, pd.DataFrame) and "read_at" in exclude.attrs.get(ATTRS_KEY, {})
    return replace(Excluded.of(entries, "", by_mobile=by_mobile), from_directory=is_directory)


def read_entries(ids: object, argument: str, reason: Text = NOTHING, *, by_mobile: bool = True) -> list[Entry]:
    """
    Return the entries of a collection of userids and phone numbers; blank values are skipped.

    Args:
        ids: A list, a tuple, a set, a Series, an Index a one-dimensional array, or a DataFrame with a
            column ``userid``.
        argument: The name of the argument, for errors.
        reason: The reason that plans show for their rows.
        by_mobile: Whether phone numbers that cannot be userids are allowed.

    Raises:
        InputError: It has another type, or a value is invalid.
    """
    cells = _cells_of_ids(ids, argument)
    read = [(cell, read_userid(cell), read_mobile(cell)) for cell in cells]
    _check_read([BLANK if by_mobile and mobile.text else userid for _, userid, mobile in read], argument)
    return [
        Entry(show(cell), userid.text, mobile.text, reason)
        for cell, userid, mobile in read
        if userid.text or (by_mobile and mobile.text)
    ]


def list_named(exclude: object) -> str | None:
    """Return the name of the exclusion list in `exclude`; empty if it has ids, None if it excludes nobody."""
    return None if exclude is None else exclude.strip() if isinstance(exclude, str) else ""


def read_userids(ids: object, argument: str) -> list[str]:
    """
    Return the userids in a collection, read like those of recipients; blank values are skipped.

    Args:
        ids: A list, a tuple, a set, a Series, an Index a one-dimensional array, or a DataFrame with a
            column ``userid``.
        argument: The name of the argument, for errors.

    Raises:
        InputError: It has another type, or a value is not a valid userid.
    """
    return _read_ids(_cells_of_ids(ids, argument), argument)


def _cells_of_ids(ids: object, argument: str) -> list[object]:
    if isinstance(ids, pd.DataFrame):
        ids = _userid_column(ids, argument)
    if not isinstance(ids, (*_COLLECTIONS, *_ARRAYS)) or _has_dimensions(ids):
        kind = type(ids).__name__
        raise InputError(Text("exclude.not_ids", argument=argument, kind=kind), Text("exclude.not_ids_todo"))
    return _cells(ids)


def _userid_column(frame: pd.DataFrame, argument: str) -> "pd.Series[Any]":
    """Return the userids of a frame of people."""
    found = [position for position, name in enumerate(frame.columns) if name == _USERID]
    if len(found) != 1:
        raise InputError(Text("exclude.no_userids", argument=argument), Text("exclude.not_ids_todo"))
    userids = frame.iloc[:, found[0]]
    labels: Sequence[object] = frame.columns.tolist()
    if {label for label in labels if isinstance(label, str)} >= _MATCHED:
        left_open = sum(not read_userid(cell).text for cell in cells_of(userids))
        if left_open:
            what = Text("exclude.left_open", argument=argument, rows=count("row", left_open))
            raise InputError(what, Text("exclude.left_open_todo"))
    return userids


def _has_dimensions(ids: object) -> bool:
    return isinstance(ids, pd.MultiIndex) or getattr(ids, "ndim", 1) != 1


def _cells(ids: object) -> list[object]:
    return list(ids) if isinstance(ids, _COLLECTIONS) else cells_of(pd.Series(ids))


def _read_ids(cells: list[object], argument: str) -> list[str]:
    plain = plain_userids(cells)
    if plain is not None:
        return plain
    read = list(map(read_userid, cells))
    _check_read(read, argument)
    return [cell.text for cell in read if cell.text]


def _check_read(read: list[Cell], argument: str) -> None:
    unread = [position for position, cell in enumerate(read) if cell.problem]
    if unread:
        first = unread[0]
        raise InputError(
            Text(
                "exclude.unread",
                argument=argument,
                cells=count("cell", len(unread)),
                position=first,
                problem=read[first].problem,
            ),
            Text("exclude.unread_todo"),
        )

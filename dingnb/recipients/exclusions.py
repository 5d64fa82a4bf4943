"""
Whom a plan leaves out.

Every value has to be read: somebody who asked not to be told, and is told because an id could not be read,
is the worst outcome.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from dingnb.errors import InputError
from dingnb.tables.cells import BLANK, Cell, cells_of, plain_userids, read_mobile, read_userid, show
from dingnb.words import NOTHING, Text, count, few, sentences

_USERID = "userid"
_PYTHONS = (list, tuple, set, frozenset)
_ARRAYS = (pd.Series, pd.Index, np.ndarray, pd.api.extensions.ExtensionArray)


@dataclass(frozen=True, slots=True)
class Entry:
    """
    One entry of whom is left out.

    Attributes:
        text: The entry as it was given.
        userid: The userid that it reads as; empty where it is none.
        mobile: The mobile number that it reads as; empty where it is none. An entry may be both.
        reason: What a plan says of the rows.
    """

    text: str
    userid: str = ""
    mobile: str = ""
    reason: Text = NOTHING


@dataclass(frozen=True, slots=True)
class Excluded:
    """
    Whom a plan leaves out.

    Attributes:
        entries: The entries, each once.
        named: The name of the list that they are on; empty where they were given.
        userids: Userids, each with the reason.
        mobiles: Mobile numbers, each with the reason; empty where nobody is addressed by one.
    """

    entries: tuple[Entry, ...] = ()
    named: str = ""
    userids: dict[str, Text] = field(default_factory=dict)
    mobiles: dict[str, Text] = field(default_factory=dict)

    @classmethod
    def of(cls, entries: Iterable[Entry], named: str, *, by_mobile: bool) -> "Excluded":
        """Return who is left out by these entries; without `by_mobile` their mobile numbers count for nothing."""
        found = tuple({entry.text: entry for entry in entries}.values())
        userids = {entry.userid: entry.reason for entry in found if entry.userid}
        return cls(found, named, userids, {one.mobile: one.reason for one in found if one.mobile} if by_mobile else {})

    def with_owners(self, owners: Mapping[str, str]) -> "Excluded":
        """Return the same with the owners of excluded numbers left out as well, by whatever their rows name them."""
        found = {owners[mobile]: reason for mobile, reason in self.mobiles.items() if mobile in owners}
        return replace(self, userids=found | self.userids)

    def unmatched(self, met: "Met") -> Text:
        """Return which entries match nobody among some rows, as a sentence; empty where each of them does."""
        lost = [entry for entry in self.entries if not self._matches(entry, met)]
        if not lost:
            return NOTHING
        key = "exclude.unmatched_list" if self.named else "exclude.unmatched"
        who, every = few([entry.text for entry in lost], "entry"), count("entry", len(self.entries))
        told = [Text(key, who=who, n=f"{len(lost):,}", all=every, name=self.named)]
        numbers = 0 if self.mobiles else sum(bool(entry.mobile) for entry in lost)
        if numbers:
            told.append(Text("exclude.unmatched_numbers", entries=count("entry", numbers)))
        if met.has_unknown and any(entry.userid for entry in lost):
            told.append(Text("exclude.unmatched_unlooked"))
        return sentences(*told)

    def _matches(self, entry: Entry, met: "Met") -> bool:
        if entry.userid and entry.userid in met.userids:
            return True
        if not self.mobiles or not entry.mobile:
            return False
        return entry.mobile in met.mobiles or met.owners.get(entry.mobile, "") in met.userids


@dataclass(frozen=True, slots=True)
class Met:
    """
    Who is in the rows of a plan.

    Attributes:
        userids: Their userids.
        mobiles: Their mobile numbers.
        owners: The owners of numbers, as far as they are known.
        has_unknown: Whether rows are left out by their number, of whose owners nobody was asked.
    """

    userids: frozenset[str]
    mobiles: frozenset[str] = frozenset()
    owners: Mapping[str, str] = field(default_factory=dict)
    has_unknown: bool = False


def read_excluded(exclude: object, named: Callable[[str], Mapping[str, Text]], *, by_mobile: bool = False) -> Excluded:
    """
    Return whom a plan leaves out.

    Args:
        exclude: Userids, and phone numbers where people are addressed by them: a list, a tuple, a set, a Series, an
            Index or an array of one dimension; they are cleaned as those of recipients are, and blank ones are skipped.
            Or a DataFrame with a column ``userid``, or the name of a list. None is nobody.
        named: Returns the entries of the list with a name, each with the reason.
        by_mobile: Whether people are addressed by phone numbers.

    Raises:
        InputError: It is none of these, or a value cannot be read.

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
    return Excluded.of(entries, "", by_mobile=by_mobile)


def read_entries(ids: object, argument: str, reason: Text = NOTHING, *, by_mobile: bool = True) -> list[Entry]:
    """
    Return the entries of any collection of userids and phone numbers; blank ones are skipped.

    Args:
        ids: A list, a tuple, a set, a Series, an Index or an array of one dimension, or a DataFrame with a column
            ``userid``.
        argument: The name of the argument that they were given as, for errors.
        reason: What a plan says of their rows.
        by_mobile: Whether a phone number that cannot be a userid is one of them; else it cannot be read.

    Raises:
        InputError: It is none of these, or a value cannot be read.
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
    """Return the name of the list that people are excluded by; empty for ids, None where nobody is to be."""
    return None if exclude is None else exclude.strip() if isinstance(exclude, str) else ""


def read_userids(ids: object, argument: str) -> list[str]:
    """
    Return userids of any collection, cleaned as those of recipients are; blank ones are skipped.

    Args:
        ids: A list, a tuple, a set, a Series, an Index or an array of one dimension, or a DataFrame with a column
            ``userid``.
        argument: The name of the argument that they were given as, for errors.

    Raises:
        InputError: It is none of these, or a value cannot be read as a userid.
    """
    return _read_ids(_cells_of_ids(ids, argument), argument)


def _cells_of_ids(ids: object, argument: str) -> list[object]:
    if isinstance(ids, pd.DataFrame):
        ids = _userid_column(ids, argument)
    if not isinstance(ids, (*_PYTHONS, *_ARRAYS)) or _has_dimensions(ids):
        kind = type(ids).__name__
        raise InputError(Text("exclude.not_ids", argument=argument, kind=kind), Text("exclude.not_ids_todo"))
    return _cells(ids)


def _userid_column(frame: pd.DataFrame, argument: str) -> "pd.Series[Any]":
    """Return the userids of a frame of people."""
    found = [position for position, name in enumerate(frame.columns) if name == _USERID]
    if len(found) != 1:
        raise InputError(Text("exclude.no_userids", argument=argument), Text("exclude.not_ids_todo"))
    return frame.iloc[:, found[0]]


def _has_dimensions(ids: object) -> bool:
    return isinstance(ids, pd.MultiIndex) or getattr(ids, "ndim", 1) != 1


def _cells(ids: object) -> list[object]:
    return list(ids) if isinstance(ids, _PYTHONS) else cells_of(pd.Series(ids))


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

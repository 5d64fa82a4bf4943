"""
The people whom a plan excludes, and the lists in the ledger of people who must never receive messages.

Every value must be readable: skipping an unreadable id would send a message to somebody who must not get it.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from dingnb.clock import SystemClock
from dingnb.display import ProgressBar, Sheet, Table
from dingnb.errors import InputError
from dingnb.errors.arguments import explains_arguments, is_storable_text, read_name, short_repr, shorten_name
from dingnb.ledger import Ledger, Realm
from dingnb.ledger.contacts import directory, exclusions
from dingnb.ledger.names import fold_name
from dingnb.recipients.matching import ADDED_COLUMNS
from dingnb.recipients.person_names import fold_names, fold_one_name
from dingnb.tables.cells import cells_of, show
from dingnb.tables.frame_report import is_from_directory
from dingnb.tables.ids import BLANK, Cell, plain_userids, read_mobile, read_userid
from dingnb.tables.row_labels import row_name, row_names
from dingnb.tables.timestamps import timestamps
from dingnb.words import NOTHING, Text, count, listed, listed_briefly, sentences
from dingnb.words.literals import literal

_COLLECTIONS = (list, tuple, set, frozenset)
_EXCLUDING = frozenset({"exclude", "ids"})
"""The arguments with people to exclude; other arguments name people for another purpose, such as a recall."""

_ARRAYS = (pd.Series, pd.Index, np.ndarray, pd.api.extensions.ExtensionArray)


@dataclass(frozen=True, slots=True)
class ExclusionEntry:
    """
    One excluded userid or phone number.

    Attributes:
        text: The entry as given.
        userid: The entry as a userid; empty if it cannot be a userid.
        mobile: The entry as a mobile number; empty if it cannot be a mobile number. An entry may be both.
        reason: The reason that the plan shows for the entry's rows.
    """

    text: str
    userid: str = ""
    mobile: str = ""
    reason: Text = NOTHING


@dataclass(frozen=True, slots=True)
class ExcludedPeople:
    """
    The people whom a plan excludes.

    Attributes:
        entries: The distinct entries.
        list_name: The name of the exclusion list; empty if the entries were passed.
        is_from_directory: Whether the entries are people of the directory, most of whom may be in no row.
        blanks: The number of blank values that were passed, which exclude nobody.
        is_empty: Whether an empty collection was passed, perhaps because a filter found nobody.
        userids: The reasons by userid.
        mobiles: The reasons by mobile number; empty if the plan does not address people by number.
    """

    entries: tuple[ExclusionEntry, ...] = ()
    list_name: str = ""
    is_from_directory: bool = False
    blanks: int = 0
    is_empty: bool = False
    userids: dict[str, Text] = field(default_factory=dict)
    mobiles: dict[str, Text] = field(default_factory=dict)

    @classmethod
    def of(cls, entries: Iterable[ExclusionEntry], list_name: str, *, by_mobile: bool) -> "ExcludedPeople":
        """Return the people excluded by some entries; without `by_mobile`, mobile numbers are ignored."""
        distinct = tuple({entry.text: entry for entry in entries}.values())
        userids = {entry.userid: entry.reason for entry in distinct if entry.userid}
        mobiles = {entry.mobile: entry.reason for entry in distinct if entry.mobile} if by_mobile else {}
        return cls(distinct, list_name, userids=userids, mobiles=mobiles)

    def with_owners(self, owners: Mapping[str, str]) -> "ExcludedPeople":
        """Return a copy that also excludes the owners of excluded numbers by their userids."""
        owner_reasons = {owners[mobile]: reason for mobile, reason in self.mobiles.items() if mobile in owners}
        return replace(self, userids=owner_reasons | self.userids)

    def check_names(self, row_ids: "RowIds", names: Iterable[object]) -> None:
        """
        Check that no entry is the name of somebody in the plan, who would not be excluded.

        Chinese names may be spelled differently, as in `fold_names`; a text in ASCII may be a userid like a name.

        Raises:
            InputError: An entry that matches no row is the name of somebody in the plan.
        """
        if self.is_from_directory or not (unmatched := self._unmatched(row_ids)):
            return
        in_rows = [name for name in names if isinstance(name, str)]
        folded, simplified = set(map(fold_name, in_rows)), set(fold_names(in_rows)) - {""}
        names_of_people = [
            entry.text
            for entry in unmatched
            if fold_name(entry.text) in folded or (not entry.text.isascii() and fold_one_name(entry.text) in simplified)
        ]
        if not names_of_people:
            return
        who = listed_briefly(names_of_people, "entry")
        if self.list_name:
            what = Text("exclude.names_on_list", who=who, name=self.list_name)
            raise InputError(what, Text("exclude.names_on_list_todo", name=literal(self.list_name)))
        raise InputError(Text("exclude.names", who=who), Text("exclude.names_todo"))

    def check_leading_zeros(self, row_ids: "RowIds") -> None:
        """
        Check that no entry is the userid of somebody in the plan without its leading zeros.

        Such a number excludes nobody: pandas and spreadsheets drop the zeros of userids that are read as numbers.

        Raises:
            InputError: An entry that matches no row is such a number.
        """
        padded = {text.lstrip("0"): text for text in row_ids.userids if text.startswith("0") and text.isdecimal()}
        if self.is_from_directory or not padded:
            return
        shortened = [
            f"{entry.text} ({padded[entry.userid]})" for entry in self._unmatched(row_ids) if entry.userid in padded
        ]
        if not shortened:
            return
        who = listed_briefly(shortened, "entry")
        if self.list_name:
            what = Text("exclude.zeros_on_list", who=who, name=self.list_name)
            raise InputError(what, Text("exclude.zeros_on_list_todo", name=literal(self.list_name)))
        raise InputError(Text("exclude.zeros", who=who), Text("exclude.zeros_todo"))

    def check_mobiles(self, row_ids: "RowIds", numbers_of_rows: Mapping[int, Sequence[str]], index: pd.Index) -> None:
        """
        Check that no entry is the phone number of somebody in a plan that addresses people by userid.

        Args:
            row_ids: The ids in the rows.
            numbers_of_rows: The phone numbers in the rows that would be sent, by position.
            index: The labels of the rows.

        Raises:
            InputError: A row has the number of an entry that matches no row.
        """
        numbers = {entry.mobile for entry in self._unmatched(row_ids) if entry.mobile}
        positions = [at for at, own in numbers_of_rows.items() if not numbers.isdisjoint(own)]
        if self.is_from_directory or not positions:
            return
        labels = listed_briefly([show(index[at]) for at in positions], "row")
        rows = row_name(index, index[positions[0]]) if len(positions) == 1 else row_names(index, labels)
        if self.list_name:
            what = Text("exclude.mobiles_on_list", rows=rows, name=self.list_name)
            raise InputError(what, Text("exclude.mobiles_on_list_todo", name=literal(self.list_name)))
        raise InputError(Text("exclude.mobiles", rows=rows), Text("exclude.mobiles_todo"))

    def blank_note(self) -> Text:
        """Return a note about blank values, or that there are no values at all; otherwise empty."""
        if self.is_empty:
            return Text("exclude.empty")
        return Text("exclude.blank", cells=count("cell", self.blanks)) if self.blanks else NOTHING

    def unmatched_note(self, row_ids: "RowIds") -> Text:
        """
        Return a note about the entries that match no row; empty if all match.

        An exclusion list, or a part of the directory, also has people to whom the plan would not be sent anyway. For
        these, there is a note only if nobody at all matches, or if numbers cannot match.
        """
        unmatched = self._unmatched(row_ids)
        if not unmatched:
            return NOTHING
        is_nobody_excluded = len(unmatched) == len(self.entries)
        if self.is_from_directory:
            everybody = count("person", len(self.entries))
            return Text("exclude.unmatched_people", all=everybody) if is_nobody_excluded else NOTHING
        numbers = 0 if self.mobiles else sum(bool(entry.mobile) for entry in unmatched)
        if self.list_name:
            if numbers:
                return Text("exclude.list_has_numbers", name=self.list_name, entries=count("entry", numbers))
            return Text("exclude.unmatched_list", name=self.list_name) if is_nobody_excluded else NOTHING
        who, total = listed_briefly([entry.text for entry in unmatched], "entry"), count("entry", len(self.entries))
        parts = [Text("exclude.unmatched", who=who, n=f"{len(unmatched):,}", all=total)]
        if numbers:
            parts.append(Text("exclude.unmatched_numbers", entries=count("entry", numbers)))
        if row_ids.has_unknown and any(entry.userid and not entry.mobile for entry in unmatched):
            parts.append(Text("exclude.unmatched_unlooked"))
        return sentences(*parts)

    def _unmatched(self, row_ids: "RowIds") -> list[ExclusionEntry]:
        return [entry for entry in self.entries if not self._matches(entry, row_ids)]

    def _matches(self, entry: ExclusionEntry, row_ids: "RowIds") -> bool:
        if entry.userid and entry.userid in row_ids.userids:
            return True
        if not self.mobiles or not entry.mobile:
            return False
        return entry.mobile in row_ids.mobiles or row_ids.owners.get(entry.mobile, "") in row_ids.userids


def excludes_nobody(note: object) -> bool:
    """Return whether a note of a plan only says that nobody to be excluded is in the plan."""
    return isinstance(note, Text) and note.key in {"exclude.unmatched_people", "exclude.unmatched_list"}


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


def read_excluded(
    exclude: object, reasons_of_list: Callable[[str], Mapping[str, Text]], *, by_mobile: bool = False
) -> ExcludedPeople:
    """
    Return the people whom a plan excludes.

    Args:
        exclude: Userids, or phone numbers if the plan addresses people by number: a list, a tuple, a set, a Series, an
            Index or a one-dimensional array. The values are read like recipients' userids and numbers; blank values are
            skipped. Or a DataFrame with a column ``userid``, or the name of an exclusion list. None excludes nobody.
        reasons_of_list: Returns the entries of the list with a name, and their reasons.
        by_mobile: Whether the plan addresses people by phone number.

    Raises:
        InputError: `exclude` has another type, or a value is invalid.

    >>> read_excluded(["manager01", 123.0, None], {}.__getitem__).userids
    {'manager01': Text('row.excluded'), '123': Text('row.excluded')}
    >>> list(read_excluded(["+86 139-0000-0001"], {}.__getitem__, by_mobile=True).mobiles)
    ['13900000001']
    """
    if exclude is None:
        return ExcludedPeople()
    if isinstance(exclude, str):
        entries_of_list = (
            ExclusionEntry(text, text, read_mobile(text).text, reason)
            for text, reason in reasons_of_list(exclude).items()
        )
        return ExcludedPeople.of(entries_of_list, exclude.strip(), by_mobile=by_mobile)
    entries = read_entries(exclude, "exclude", Text("row.excluded"), by_mobile=by_mobile)
    blanks = _count_blanks(exclude, "exclude", entries)
    return replace(
        ExcludedPeople.of(entries, "", by_mobile=by_mobile),
        is_from_directory=isinstance(exclude, pd.DataFrame) and is_from_directory(exclude),
        blanks=blanks,
        is_empty=not entries and not blanks,
    )


def read_entries(ids: object, argument: str, reason: Text = NOTHING, *, by_mobile: bool = True) -> list[ExclusionEntry]:
    """
    Return the entries of a collection of userids and phone numbers; blank values are skipped.

    Args:
        ids: A list, a tuple, a set, a Series, an Index, a one-dimensional array, or a DataFrame with a
            column ``userid``.
        argument: The name of the argument, for errors.
        reason: The reason that plans show for the rows of the entries.
        by_mobile: Whether phone numbers that cannot be userids are allowed.

    Raises:
        InputError: `ids` has another type, or a value is invalid.
    """
    cells = _cells_of_ids(ids, argument)
    read = [(cell, read_userid(cell), read_mobile(cell)) for cell in cells]
    _check_read([BLANK if by_mobile and mobile.text else userid for _, userid, mobile in read], argument)
    return [
        ExclusionEntry(show(cell), userid.text, mobile.text, reason)
        for cell, userid, mobile in read
        if userid.text or (by_mobile and mobile.text)
    ]


def _count_blanks(ids: object, argument: str, entries: list[ExclusionEntry]) -> int:
    """Return how many values of a collection are blank, given its entries as `read_entries` returns them."""
    return len(_cells_of_ids(ids, argument)) - len(entries)


def exclusion_list_name(exclude: object) -> str | None:
    """Return the name of the exclusion list in `exclude`; empty for ids, None if `exclude` is None."""
    return None if exclude is None else exclude.strip() if isinstance(exclude, str) else ""


def read_userids(ids: object, argument: str) -> list[str]:
    """
    Return the userids in a collection, read like recipients' userids; blank values are skipped.

    Args:
        ids: A list, a tuple, a set, a Series, an Index, a one-dimensional array, or a DataFrame with a
            column ``userid``.
        argument: The name of the argument, for errors.

    Raises:
        InputError: `ids` has another type, or a value is not a valid userid.
    """
    cells = _cells_of_ids(ids, argument)
    plain = plain_userids(cells)
    if plain is not None:
        return plain
    read = list(map(read_userid, cells))
    _check_read(read, argument)
    return [cell.text for cell in read if cell.text]


def _cells_of_ids(ids: object, argument: str) -> list[object]:
    if isinstance(ids, pd.DataFrame):
        ids = _userid_column(ids, argument)
    if not isinstance(ids, (*_COLLECTIONS, *_ARRAYS)) or _is_multidimensional(ids):
        kind = type(ids).__name__
        raise InputError(Text("exclude.not_ids", argument=argument, kind=kind), Text("exclude.not_ids_todo"))
    return _cells_in(ids)


def _userid_column(frame: pd.DataFrame, argument: str) -> "pd.Series[Any]":
    """Return the userids of a frame of people."""
    labels: Sequence[object] = frame.columns.tolist()
    # NA as a label equals nothing; comparing it returns NA.
    positions = [at for at, label in enumerate(labels) if isinstance(label, str) and label == "userid"]
    if len(positions) != 1:
        raise InputError(Text("exclude.no_userids", argument=argument), Text("exclude.not_ids_todo"))
    userids = frame.iloc[:, positions[0]]
    if {label for label in labels if isinstance(label, str)} >= set(ADDED_COLUMNS):
        left_open = sum(not read_userid(cell).text for cell in cells_of(userids))
        if left_open:
            key = "exclude.left_open" if argument in _EXCLUDING else "exclude.left_open_ids"
            what = Text(key, argument=argument, rows=count("row", left_open))
            raise InputError(what, Text("exclude.left_open_todo"))
    return userids


def _is_multidimensional(ids: object) -> bool:
    return isinstance(ids, pd.MultiIndex) or getattr(ids, "ndim", 1) != 1


def _cells_in(ids: object) -> list[object]:
    return list(ids) if isinstance(ids, _COLLECTIONS) else cells_of(pd.Series(ids))


def _check_read(read: list[Cell], argument: str) -> None:
    unread = [position for position, cell in enumerate(read) if cell.problem]
    if unread:
        first_unread = unread[0]
        raise InputError(
            Text(
                "exclude.unread",
                argument=argument,
                cells=count("cell", len(unread)),
                position=first_unread,
                problem=read[first_unread].problem,
            ),
            Text("exclude.unread_todo" if argument in _EXCLUDING else "exclude.unread_ids_todo"),
        )


class Exclusions:
    """
    The exclusion lists of an app, available as `DingTalk.exclusions`.

    ``ding.plan(..., exclude="left")`` excludes everybody who is on the list `left` at that time. A list exists while
    it has people: ``"left" in ding.exclusions``. As for campaigns, names that differ only in case, width or runs of
    blanks are the same. The lists are kept in the ledger, separately for each app.

    Args:
        ledger: The ledger with the lists.
        realm: The app and its mode.
        now_ns: Returns the current time.

    Example:
        >>> import dingnb
        >>> ding = dingnb.connect("sandbox")
        >>> ding.exclusions.add("left", ["manager01", "manager02"], reason="left in May")
        2
        >>> ding.exclusions.remove("left", ["manager01"])
        1
        >>> ding.exclusions.names()
        ['left']
    """

    def __init__(self, ledger: Ledger, realm: Realm, now_ns: Callable[[], int]) -> None:
        self._ledger = ledger
        self._realm = realm
        self._now_ns = now_ns

    @explains_arguments
    def add(self, name: str, ids: object, reason: str = "") -> int:
        """
        Add people to a list, which is created if necessary.

        A name or a blank value excludes nobody. Entries that look like names are added; printed lines say how many
        blank values and how many such entries there are, and if there are no entries at all. A list exists only while
        it has people.

        Args:
            name: The list's name.
            ids: Userids or phone numbers: a list, a tuple, a set, a Series, an Index, an array, or a DataFrame with a
                column ``userid``; blank values are skipped. Phone numbers, in any notation, apply to plans that address
                people by number.
            reason: The reason, shown by plans with the excluded rows. The new reason replaces an earlier reason.

        Returns:
            The number of people who were not on the list before.

        Raises:
            InputError: The name, an id or the reason is invalid; nobody was added.
            LedgerError: The ledger cannot be written.
        """
        if not is_storable_text(reason):
            raise InputError(Text("exclude.bad_reason", reason=short_repr(reason)), Text("exclude.bad_reason_todo"))
        list_name, entries = _read_name(name), read_entries(ids, "ids")
        stored_ids = list(dict.fromkeys(map(_stored_text, entries)))
        ledger, realm = self._ledger, self._realm
        added = exclusions.add(ledger, realm, list_name, stored_ids, reason.strip(), self._now_ns())
        blanks = _count_blanks(ids, "ids", entries)
        if blanks:
            ProgressBar(SystemClock()).end(Text("exclude.blank_ids", cells=count("cell", blanks)))
        elif not entries:
            ProgressBar(SystemClock()).end(Text("exclude.empty_ids"))
        # The userids of people who have left are not in the directory, so that only their form can be checked.
        words = [stored for stored in stored_ids if not stored.isascii()]
        if words:
            all_given = count("entry", len(stored_ids))
            what = Text("exclude.like_names", who=listed_briefly(words, "entry"), n=f"{len(words):,}", all=all_given)
            todo = Text("exclude.names_on_list_todo", name=literal(list_name))
            ProgressBar(SystemClock()).end(sentences(what, todo))
        return added

    @explains_arguments
    def remove(self, name: str, ids: object) -> int:
        """
        Remove people from a list, so that they receive messages again.

        Args:
            name: The list's name.
            ids: Userids or phone numbers, as for `add`. `drop` removes everybody.

        Returns:
            The number of people removed.

        Raises:
            InputError: No list has this name, or the name or an id is invalid; nobody was removed.
            LedgerError: The ledger cannot be written.
        """
        entries = read_entries(ids, "ids")
        userids = {entry.userid for entry in entries}
        mobiles = {entry.mobile for entry in entries if entry.mobile}
        list_name = _read_name(name)

        def matches(text: str) -> bool:
            return text in userids or (bool(mobiles) and read_mobile(text).text in mobiles)

        check = partial(_check_exists, list_name)
        return len(exclusions.remove(self._ledger, self._realm, list_name, check, matches))

    @explains_arguments
    def drop(self, name: str) -> int:
        """
        Delete a list, so that everybody on it receives messages again.

        Args:
            name: The list's name.

        Returns:
            The number of people who were on the list.

        Raises:
            InputError: No list has this name, or the name is invalid.
            LedgerError: The ledger cannot be written.
        """
        list_name = _read_name(name)
        check = partial(_check_exists, list_name)
        return len(exclusions.remove(self._ledger, self._realm, list_name, check))

    def names(self) -> list[str]:
        """Return the names of the lists."""
        with self._ledger.connection() as db:
            return exclusions.names(db, self._realm)

    def to_frame(self, name: str | None = None) -> pd.DataFrame:
        """
        Return the people on the lists.

        Args:
            name: The list; by default, all lists.

        Returns:
            One row for each person on each list, ordered by list and userid: `list` (str), `userid` (str; the phone
            number if a phone number was added), `reason` (str; NA if empty), `added_at` (datetime64[ms,
            Asia/Shanghai]).

        Raises:
            InputError: No list has this name, or the name is invalid.
            LedgerError: The ledger cannot be read.
        """
        rows = self._rows(None if name is None else _read_name(name))
        return pd.DataFrame(
            {
                "list": pd.array([row.list for row in rows], dtype="str"),
                "userid": pd.array([row.userid for row in rows], dtype="str"),
                "reason": pd.array([row.reason or None for row in rows], dtype="str"),
                "added_at": timestamps([row.added_ns for row in rows]),
            }
        )

    @explains_arguments
    def read(self, exclude: object, *, by_mobile: bool) -> ExcludedPeople:
        """
        Return the people whom a plan excludes.

        Args:
            exclude: As for `read_excluded`.
            by_mobile: Whether the plan addresses people by phone number.

        Raises:
            InputError: `exclude` has another type, a value is invalid, or a value in a collection is the name of a
                list.
            LedgerError: The ledger cannot be read.
        """
        if isinstance(exclude, (*_COLLECTIONS, *_ARRAYS)) and not _is_multidimensional(exclude):
            names = {fold_name(name): name for name in self.names()}
            texts = [cell for cell in _cells_in(exclude) if isinstance(cell, str)] if names else []
            list_names = list(dict.fromkeys(names[folded] for text in texts if (folded := fold_name(text)) in names))
            if list_names:
                todo = Text("exclude.lists_among_ids_todo", names=", ".join(map(literal, list_names)))
                raise InputError(Text("exclude.lists_among_ids", names=listed(list_names)), todo)
        return read_excluded(exclude, self.reasons, by_mobile=by_mobile)

    def reasons(self, name: str) -> dict[str, Text]:
        """
        Return the userids and phone numbers on a list, each with the reason that plans show for its rows.

        Raises:
            InputError: No list has this name, or the name is invalid.
            LedgerError: The ledger cannot be read.
        """
        return {
            row.userid: Text("row.excluded_why", name=row.list, reason=row.reason)
            if row.reason
            else Text("row.excluded_list", name=row.list)
            for row in self._rows(_read_name(name))
        }

    def sheet(self) -> Sheet:
        """Return the display of the lists."""
        app = (Text("plan.app"), self._realm.app)
        rows = self._rows(None)
        if not rows:
            return Sheet(Text("exclude.title"), self._realm.mode, (app,), (Text("exclude.none"),))
        newest: dict[str, int] = {}
        for row in rows:
            newest[row.list] = max(newest.get(row.list, 0), row.added_ns)
        people = Counter(row.list for row in rows)
        days = timestamps(list(newest.values())).strftime("%Y-%m-%d %H:%M")
        cells = [(name, f"{people[name]:,}", day) for name, day in zip(newest, days, strict=True)]
        header = (Text("exclude.list"), Text("exclude.people"), Text("exclude.newest"))
        facts = (app, (Text("plan.people"), count("person", len({row.userid for row in rows}))))
        note = Text("exclude.use", name=literal(rows[0].list))
        return Sheet(
            Text("exclude.title"), self._realm.mode, facts, (note,), (Table(Text("exclude.lists"), header, cells),)
        )

    def _rows(self, name: str | None) -> list[exclusions.Exclusion]:
        with self._ledger.connection() as db:
            rows = exclusions.find_all(db, self._realm, name)
            if name is not None and not rows:
                _check_exists(name, exclusions.names(db, self._realm))
        return rows

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and fold_name(name) in map(fold_name, self.names())

    def __iter__(self) -> Iterator[str]:
        return iter(self.names())

    def __len__(self) -> int:
        return len(self.names())

    def __repr__(self) -> str:
        return self.sheet().to_text()

    def _repr_html_(self) -> str:
        return self.sheet().to_html()


def entries_of(lists: Exclusions) -> tuple[list[exclusions.Exclusion], dict[str, str]]:
    """Return the people on all lists, and their names in the directory, as read last; for forms."""
    with lists._ledger.connection() as db:  # noqa: SLF001 - of this module
        rows = exclusions.find_all(db, lists._realm)  # noqa: SLF001 - likewise
        userids = list(dict.fromkeys(row.userid for row in rows))
        return rows, directory.find_names(db, lists._realm, userids, lists._now_ns())  # noqa: SLF001 - likewise


def remove_entries(lists: Exclusions, name: str, userids: Collection[str] | None = None) -> list[exclusions.Exclusion]:
    """Remove people, or everybody, from a list, and return whom; empty if the list is gone; for forms."""
    matches = None if userids is None else userids.__contains__
    return exclusions.remove(lists._ledger, lists._realm, name, lambda _names: None, matches)  # noqa: SLF001 - of this module


def restore_entries(lists: Exclusions, removed: Sequence[exclusions.Exclusion]) -> None:
    """Add people to the list from which they were removed, with their reasons and dates; for forms."""
    exclusions.restore(lists._ledger, lists._realm, removed)  # noqa: SLF001 - of this module


def stored_id(text: str) -> str:
    """Return a userid or phone number as stored on a list; empty if the text is neither."""
    return _stored_text(ExclusionEntry(text, read_userid(text).text, read_mobile(text).text))


def _check_exists(name: str, names: list[str]) -> None:
    """Check that a list's name is among these names."""
    if fold_name(name) not in map(fold_name, names):
        todo = Text("exclude.no_list_todo", names=listed(names)) if names else Text("exclude.no_lists_todo")
        raise InputError(Text("exclude.no_list", name=shorten_name(name)), todo)


def _stored_text(entry: ExclusionEntry) -> str:
    """Return what a list stores for an entry: the same text for all spellings of a number with +."""
    is_number = entry.mobile and entry.userid[:1] in {"", "+"}
    return entry.mobile if is_number else entry.userid


def _read_name(name: object) -> str:
    return read_name(name, "exclude.bad_name")

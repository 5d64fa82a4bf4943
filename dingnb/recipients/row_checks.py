"""
Checks the rows of a plan against the directory and an earlier matching.

Rows that matching left open are never sent. Names are compared with the names of the owners of userids and phone
numbers, and people who have never activated DingTalk are marked. Only cached people are checked, unless calls are
requested. A note beside a name, such as 勿发, is found without the directory.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Final, Literal, NamedTuple

import pandas as pd

from dingnb.api import contacts
from dingnb.errors import InputError, LedgerError, code_meaning
from dingnb.errors.arguments import are_equal_labels, short_repr
from dingnb.ledger import Ledger, Realm
from dingnb.ledger.contacts.directory import departments, find_names, find_people, has_people
from dingnb.recipients.addresses import Addresses, Rejection, address_column, column_of, usual_column
from dingnb.recipients.department_tree import DepartmentTree
from dingnb.recipients.directory import AbsentPeople, Directory, KnownPeople
from dingnb.recipients.evidence import ID_KINDS, placeholder_keys, read_texts
from dingnb.recipients.match_choices import CHOSEN, LEFT_OUT
from dingnb.recipients.matching import ADDED_COLUMNS
from dingnb.recipients.people_index import PeopleIndex, origin_of
from dingnb.recipients.person_names import PersonName, is_one_apart, name_keys
from dingnb.recipients.row_matcher import (
    CONFLICT,
    NAME_AND_DEPARTMENT,
    NAME_ONLY,
    NOT_FOUND,
    REPEATED,
    SEVERAL_CANDIDATES,
)
from dingnb.tables.cells import cells_of, shorten, show
from dingnb.tables.factorize import IntArray
from dingnb.tables.ids import read_userid
from dingnb.tables.row_labels import row_name
from dingnb.words import NOTHING, Text, count, dotted, listed_briefly, sentences

OPEN_RESULTS: Final = frozenset({CONFLICT, NAME_ONLY, NOT_FOUND, REPEATED, SEVERAL_CANDIDATES})
"""The results of matching that give a row no userid, unless the result is accepted."""

CHECKS: Final = ("name", "note", "directory", "login")
"""The checks that a plan makes on request; ``note`` makes no calls."""

NameResult = Literal["equal", "differs", "unknown"]
"""Whether a name is a person's name; unknown without a name or a person, or if the person's name is unknown."""

_SAME = Text("match.same", what=Text("match.kind_name"))
_NOT_MATCHED = "row.not_matched_"
_RESULTS = OPEN_RESULTS | {*ID_KINDS, NAME_AND_DEPARTMENT, CHOSEN, LEFT_OUT}


def reject_open_rows(frame: pd.DataFrame, addresses: Addresses) -> None:
    """
    Reject the rows to which matching gave no userid, with matching's reason, even if they have another address.

    Args:
        frame: The input.
        addresses: The addresses. The numbers of rejected rows are removed, so that they are not looked up.
    """
    # If the column of userids was dropped, rows stay open, except rows matched by name only, which may be accepted.
    is_open = OPEN_RESULTS if ADDED_COLUMNS[0] in frame.columns else OPEN_RESULTS - {NAME_ONLY}
    for position, (userid, match, reason) in _matched_rows(frame):
        if match in {*is_open, LEFT_OUT} and not userid:
            key = "row.left_out" if match == LEFT_OUT else f"{_NOT_MATCHED}{match.replace(' ', '_')}"
            hint = NOTHING if match == LEFT_OUT else Text("row.not_matched_todo")
            addresses.rejections[position] = Rejection(position, "userid", "", Text(key, reason=reason), hint)
            addresses.userids[position] = ""
            addresses.mobiles.pop(position, None)


def is_unmatched_reason(reason: Text) -> bool:
    """Return whether a reason says that matching gave a row no userid; it then quotes matching's own reason."""
    return reason.key.startswith(_NOT_MATCHED)


def reject_other_owners(frame: pd.DataFrame, addresses: Addresses) -> None:
    """Reject the rows whose phone number belongs to somebody else than the matched person."""
    if not addresses.mobiles:
        return
    for position, (userid, *_) in _matched_rows(frame):
        owner = addresses.userids[position]
        if position in addresses.mobiles and userid and owner and owner != userid:
            mobile = addresses.mobiles[position]
            what = Text("row.other_owner", value=mobile, owner=owner, userid=userid)
            hint = Text("row.other_owner_todo")
            addresses.rejections[position] = Rejection(position, addresses.mobile_column, mobile, what, hint)


def check_origin(frame: pd.DataFrame, realm: Realm, columns: Mapping[str, object], *, by_userid: bool) -> Text:
    """
    Return a note if the userids are from another app's directory; empty if not, if unknown, or if no userids are used.

    Args:
        frame: The input.
        realm: The connected app and its mode.
        columns: The columns without a usual name.
        by_userid: Whether rows are addressed by userid.

    Raises:
        InputError: The userids are from a sandbox and the connection is LIVE, or the reverse.
    """
    origin = origin_of(frame)
    is_matched = set(ADDED_COLUMNS) <= set(frame.columns)
    is_usual = "userid" in frame.columns and are_equal_labels(columns.get("userid", "userid"), "userid")
    is_used = is_usual and (by_userid or is_matched)
    if origin is None or not is_used or origin.get("realm") == realm.id:
        return NOTHING
    fields = {
        "theirs": origin.get("app", ""),
        "their_mode": origin.get("mode", ""),
        "ours": realm.app,
        "mode": realm.mode,
    }
    if fields["their_mode"] != realm.mode:
        raise InputError(Text("frame.other_mode", **fields), Text("frame.other_app_todo"))
    return sentences(Text("frame.other_app", **fields), Text("frame.other_app_todo"))


def _matched_rows(frame: pd.DataFrame) -> Iterator[tuple[int, tuple[str, str, str]]]:
    """Yield the position, userid, match and reason of each row that was matched."""
    labels: Sequence[object] = frame.columns.tolist()
    # NA as a label equals nothing; comparing it returns NA.
    label_counts = Counter(label for label in labels if isinstance(label, str))
    userid_column, *others = ADDED_COLUMNS
    if label_counts[userid_column] > 1 or any(label_counts[name] != 1 for name in others):
        return
    matches, reasons = (cells_of(column_of(frame, name)) for name in others)
    userids = cells_of(column_of(frame, userid_column)) if label_counts[userid_column] else [""] * len(matches)
    for position, (userid, match, reason) in enumerate(zip(userids, matches, reasons, strict=True)):
        if isinstance(match, str) and match in _RESULTS:
            yield position, (read_userid(userid).text, match, show(reason))


class NameCheck(NamedTuple):
    """The result of a comparison, the person (negative if unknown), and the reason."""

    result: NameResult
    person: int
    reason: Text


@dataclass(frozen=True, slots=True)
class RowChecks:
    """
    The results of checking the rows of a plan.

    Attributes:
        known: The people of the plan who are cached or were read.
        differing: Why the name in a row is not its person's name, by position; empty if such rows are rejected.
        noted: The warnings about rows whose name has a note such as 勿发, by position; empty if such rows are rejected.
        inactive: The userids of people who have never activated DingTalk.
        absent: The people who have not logged in lately; None if logins were not requested, or are unknown.
        are_logins_unknown: Whether logins were requested, but are unknown.
        unknown: The number of names that could not be compared although comparing names was requested.
        unlisted: The names in the list of people whose userids are not in the directory, by userid; empty unless the
            whole directory is cached. Such rows are not rejected.
        unread: The number of people who are not cached and were not read; reading them takes one call each.
        agreeing: The number of rows whose name was found to be its person's name; 0 if comparing names was not
            requested.
        rejected: The number of rows that were rejected because their name is not their person's name.
    """

    known: KnownPeople
    differing: Mapping[int, Text] = field(default_factory=dict)
    noted: Mapping[int, Text] = field(default_factory=dict)
    inactive: frozenset[str] = frozenset()
    absent: AbsentPeople | None = None
    are_logins_unknown: bool = False
    unknown: int = 0
    unlisted: Mapping[str, str] = field(default_factory=dict)
    unread: int = 0
    agreeing: int = 0
    rejected: int = 0

    def warnings(self, userids: Sequence[str], recipient_of_row: IntArray) -> dict[int, Text]:
        """Return the warnings about rows that are sent, by position."""
        person_warnings = self._person_warnings()
        if not (self.differing or self.noted or person_warnings):
            return {}
        warnings: dict[int, Text] = {}
        for position, (userid, recipient) in enumerate(zip(userids, recipient_of_row.tolist(), strict=True)):
            if recipient >= 0 and (position in self.differing or position in self.noted or userid in person_warnings):
                of_name = self.differing.get(position, ""), self.noted.get(position, "")
                warnings[position] = sentences(*of_name, person_warnings.get(userid, ""))
        return warnings

    def _person_warnings(self) -> dict[str, Text]:
        """Return the warnings about people, by userid."""
        absent_warnings = {}
        if self.absent is not None and self.absent.userids:
            warning = Text("row.absent", first=str(self.absent.first), last=str(self.absent.last))
            absent_warnings = dict.fromkeys(self.absent.userids, warning)
        unlisted = Text("row.not_in_directory", age=self.known.age_of_whole)
        return (
            absent_warnings
            | dict.fromkeys(self.inactive, Text("row.inactive"))
            | dict.fromkeys(self.unlisted, unlisted)
        )

    def notes(self, frame: pd.DataFrame, userids: Sequence[str], recipient_of_row: IntArray) -> list[Text]:
        """Return notes about the rows that are sent, for the plan."""
        if not (self.differing or self.noted or self.unknown or self.are_logins_unknown or self._person_warnings()):
            return []
        sent = [position for position, recipient in enumerate(recipient_of_row.tolist()) if recipient >= 0]
        notes = []
        for key, reasons in (("plan.names_noted", self.noted), ("plan.names_differ", self.differing)):
            rows = [position for position in sent if position in reasons]
            if rows:
                row = row_name(frame.index, frame.index[rows[0]])
                example = Text("plan.names_row", row=row, reason=reasons[rows[0]])
                what = Text(key, rows=count("row", len(rows)), age=self.known.age)
                notes.append(sentences(what, example))
        if self.unknown:
            notes.append(Text("plan.names_unknown", rows=count("row", self.unknown)))
        unlisted = [userids[position] for position in sent if userids[position] in self.unlisted]
        if unlisted:
            people = list(dict.fromkeys(unlisted))
            who = listed_briefly([f"{userid} {self.unlisted[userid]}".rstrip() for userid in people], "person")
            counts = {"people": count("person", len(people)), "rows": count("row", len(unlisted))}
            notes.append(Text("plan.not_in_directory", **counts, who=who, age=self.known.age_of_whole))
        return [*notes, *self._notes_about_people(list(dict.fromkeys(userids[position] for position in sent)))]

    def _notes_about_people(self, people: Sequence[str]) -> list[Text]:
        notes = []
        everybody = count("person", len(people))
        inactive = [person for person in people if person in self.inactive]
        if inactive:
            n, who = f"{len(inactive):,}", self._listed(inactive)
            notes.append(Text("plan.inactive", n=n, people=everybody, who=who, age=self.known.age))
        period = self.absent
        absent = [person for person in people if period and person in period.userids and person not in self.inactive]
        if absent and period:
            n, who, days = f"{len(absent):,}", self._listed(absent), (str(period.first), str(period.last))
            notes.append(Text("plan.not_logged_in", n=n, people=everybody, who=who, first=days[0], last=days[1]))
        if self.are_logins_unknown:
            notes.append(Text("plan.logins_unknown"))
        return notes

    def _listed(self, userids: Sequence[str]) -> Text:
        return listed_briefly([_describe_person(self.known, userid) for userid in userids], "person")


def check_rows(
    frame: pd.DataFrame,
    addresses: Addresses,
    directory: Directory,
    *,
    columns: Mapping[str, object],
    checks: frozenset[str],
    refresh: bool,
) -> RowChecks:
    """
    Compare the names in rows with their recipients' names, and find people who should not or will not get the message.

    Userids are compared with the directory if the whole directory is cached. Owners of phone numbers are not: their
    numbers identify them.

    Args:
        frame: The input.
        addresses: The addresses with userids; rows that fail a check are rejected.
        directory: The directory; without checks, or with ``note`` alone, no calls are made.
        columns: The columns without a usual name; only the columns of names and userids are used.
        checks: Some of `CHECKS`. ``name``: read the people who are not cached, and reject rows whose names differ.
            ``note``: reject rows whose name has a note that the person has left or should get no messages.
            ``directory``: read the whole directory unless it is cached, and reject rows whose userid the directory does
            not have. ``login``: find people who have not logged in lately.
        refresh: Whether to read cached people, the directory and logins again.

    Raises:
        ColumnError: The given column of names does not exist; or, with the check ``name`` or ``note``, no column is
            given, and no column or several columns have a usual name for names.
        DingError: People, the directory or logins could not be read.
    """
    by_calls, in_directory, logins = (check in checks for check in ("name", "directory", "login"))
    is_required = by_calls or "note" in checks or "name" in columns
    label = address_column(frame, "name", columns) if is_required else usual_column(frame, "name")
    rows = [
        position
        for position, userid in enumerate(addresses.userids)
        if userid and position not in addresses.rejections and position not in addresses.excluded
    ]
    names = _names_in(frame, label, rows)
    userids = list(dict.fromkeys(addresses.userids[position] for position in rows))
    if not (by_calls or in_directory or logins or directory.has_people()):
        known = directory.known_people(())
        noted = _check_notes(frame, known, addresses, names, label, is_rejection="note" in checks)
        return RowChecks(known, noted=noted, unread=len(userids))
    if in_directory:
        directory.read_everybody(refresh=refresh)
    if by_calls:
        # With `in_directory`, everybody was just read again.
        known = directory.read_each(userids, refresh=refresh and not in_directory)
    else:
        known = directory.known_people(userids)
    inactive = frozenset(userid for userid, person in known.people.items() if person.active is False)
    absent = directory.absent_people(refresh=refresh) if logins and userids else None
    noted = _check_notes(frame, known, addresses, names, label, is_rejection="note" in checks)
    unlisted = _unlisted(known, addresses, names)
    userid_column = str(columns.get("userid", usual_column(frame, "userid")))
    if in_directory:
        _reject_unlisted(known, addresses, unlisted, userid_column)
        unlisted = []
    results = RowChecks(
        known,
        noted=noted,
        inactive=inactive,
        absent=absent,
        are_logins_unknown=logins and bool(userids) and absent is None,
        unlisted={addresses.userids[row]: names[row] for row in unlisted},
        unread=0 if by_calls else sum(userid not in known.people for userid in userids),
    )
    if label is None or not (known.people or known.not_found):
        return results
    compared = sum(row not in addresses.rejections for row in rows)
    checked = _compare_rows(known, addresses, names)
    chosen = _chosen_rows(frame, addresses)
    differing = {row: check.reason for row, check in checked.items() if check.result == "differs" and row not in chosen}
    if not by_calls:
        return replace(results, differing=differing)
    _reject_differing(known, addresses, names, {row: differing.get(row) for row in checked}, str(label), userid_column)
    unknown = sum(check.result == "unknown" and row not in addresses.rejections for row, check in checked.items())
    agreeing = compared - sum(check.result in {"differs", "unknown"} for check in checked.values())
    return replace(results, unknown=unknown, agreeing=agreeing, rejected=len(differing))


def _chosen_rows(frame: pd.DataFrame, addresses: Addresses) -> set[int]:
    """Return the rows whose people the user has chosen although their values do not agree."""
    return {
        row for row, (userid, match, _) in _matched_rows(frame) if match == CHOSEN and userid == addresses.userids[row]
    }


def _check_notes(
    frame: pd.DataFrame,
    known: KnownPeople,
    addresses: Addresses,
    names: Mapping[int, str],
    label: Hashable | None,
    *,
    is_rejection: bool,
) -> dict[int, Text]:
    """
    Find the rows whose name has a note that the person has left or should get no messages, and reject them if wanted.

    Returns:
        The warnings about these rows, by position; empty if the rows are rejected.
    """
    written = list(dict.fromkeys(names.values()))
    keys = name_keys(written, lambda _: False)
    noted = {name for name, key in zip(written, keys, strict=True) if PersonName.of(key).has_note}
    if not noted:
        return {}
    chosen = _chosen_rows(frame, addresses)
    userid_of = {row: addresses.userids[row] for row, name in names.items() if name in noted and row not in chosen}
    index, person_of = _index_of(known, userid_of.values())
    found = {}
    for row, userid in userid_of.items():
        [key] = name_keys([names[row]], index.is_department)
        name = PersonName.of(key)
        if index.is_marked(person_of.get(userid, -1), name):
            found[row] = Text("row.name_noted", mark=shorten(name.qualifier))
    if not is_rejection:
        return found
    for row, reason in found.items():
        if row not in addresses.rejections:
            hint = Text("row.name_noted_todo")
            addresses.rejections[row] = Rejection(row, str(label), show(names[row]), reason, hint)
    return {}


def _compare_rows(known: KnownPeople, addresses: Addresses, names: Mapping[int, str]) -> dict[int, NameCheck]:
    """Return the results of comparing names, by position, without rows whose name is written as in the directory."""
    # Most names are written as in the directory.
    userid_of = {
        row: addresses.userids[row]
        for row, name in names.items()
        if row not in addresses.rejections and not _is_same(known, addresses.userids[row], name)
    }
    return _compare(known, names, userid_of, addresses.mobiles)


def _reject_differing(
    known: KnownPeople,
    addresses: Addresses,
    names: Mapping[int, str],
    difference_of: Mapping[int, Text | None],
    name_column: str,
    userid_column: str,
) -> None:
    """
    Reject the rows whose name is not their person's name, and the rows whose userid nobody has.

    `difference_of` has, for each row to check, why the name is not the person's name; None if it may be.
    """
    for row, difference in difference_of.items():
        userid = addresses.userids[row]
        if difference is not None:
            hint = Text("row.name_differs_todo")
            addresses.rejections[row] = Rejection(row, name_column, show(names[row]), difference, hint)
        elif reason := _why_not_found(known, userid):
            number = addresses.mobiles.get(row, "")
            column, value = (addresses.mobile_column, number) if number else (userid_column, userid)
            hint = Text("row.no_such_person_todo" if number else "row.no_such_userid_todo")
            addresses.rejections[row] = Rejection(row, column, value, reason, hint)


def _names_in(frame: pd.DataFrame, label: Hashable | None, rows: list[int]) -> dict[int, str]:
    """Return the names in rows, by position; empty without a column of names."""
    texts = [""] * len(rows) if label is None else read_texts(column_of(frame, label).iloc[rows])
    return dict(zip(rows, texts, strict=True))


def _unlisted(known: KnownPeople, addresses: Addresses, rows: Iterable[int]) -> list[int]:
    """Return the rows whose userid is not in the directory; empty unless the whole directory is cached."""
    if known.whole_ns is None:
        return []
    # A userid that nobody has according to DingTalk is rejected with that reason.
    return [
        row
        for row in rows
        if row not in addresses.mobiles
        and addresses.userids[row] not in known.people
        and _why_not_found(known, addresses.userids[row]) is None
    ]


def _reject_unlisted(known: KnownPeople, addresses: Addresses, rows: Iterable[int], column: str) -> None:
    for row in rows:
        reason = Text("row.not_in_directory", age=known.age_of_whole)
        hint = Text("row.not_in_directory_todo")
        addresses.rejections[row] = Rejection(row, column, addresses.userids[row], reason, hint)


def _is_same(known: KnownPeople, userid: str, name: str) -> bool:
    return userid in known.people and bool(name) and known.people[userid].name == name


def _compare(
    known: KnownPeople, names: Mapping[int, str], userid_of: Mapping[int, str], mobiles: Mapping[int, str]
) -> dict[int, NameCheck]:
    """Return the results of comparing the names in rows, by position."""
    index, person_of = _index_of(known, userid_of.values())
    owners = [(person_of.get(userid, -1), "mobile" if at in mobiles else "userid") for at, userid in userid_of.items()]
    return dict(zip(userid_of, check_names([names[row] for row in userid_of], index, owners), strict=True))


def _index_of(known: KnownPeople, userids: Iterable[str]) -> tuple[PeopleIndex, dict[str, int]]:
    """Return the known people who have one of these userids, and each person's position by userid."""
    people = {userid: known.people[userid] for userid in userids if userid in known.people}
    index = PeopleIndex(replace(known, people=people).to_frame())
    return index, {userid: person for person, userid in enumerate(index.userids)}


def other_names(
    ledger: Ledger, realm: Realm, people: Iterable[tuple[str, str]], now_ns: int
) -> dict[tuple[str, str], str]:
    """
    Return the names in the directory, as read last, of people with another name in a list. Makes no calls.

    Args:
        ledger: The ledger with the directory; if the ledger cannot be read, the result is empty.
        realm: The app and its mode.
        people: The name of each person in the list, which may be empty, and the userid.
        now_ns: The current time.

    Returns:
        The names in the directory, by the names in the list and the userids.
    """
    named = [pair for pair in dict.fromkeys(people) if all(pair)]
    with suppress(LedgerError), ledger.connection() as db:
        if not named or not has_people(db, realm):
            return {}
        theirs = find_names(db, realm, list(dict.fromkeys(userid for _, userid in named)), now_ns)
        # Most names are written as in the directory.
        rest = [(name, userid) for name, userid in named if theirs.get(userid, name) != name]
        if not rest:
            return {}
        people_by_userid = find_people(db, realm, list(dict.fromkeys(userid for _, userid in rest)), now_ns)
        known = KnownPeople(people_by_userid, DepartmentTree(departments(db, realm)), now_ns)
        names = {at: name for at, (name, _) in enumerate(rest)}
        checked = _compare(known, names, {at: userid for at, (_, userid) in enumerate(rest)}, {})
        return {rest[at]: theirs[rest[at][1]] for at, check in checked.items() if check.result == "differs"}
    return {}


def _why_not_found(known: KnownPeople, userid: str) -> Text | None:
    """Return why nobody has a userid; None unless DingTalk said that nobody has it."""
    error = known.not_found.get(userid)
    if error is None or error.code not in contacts.NO_SUCH_PERSON_CODES:
        return None
    return Text("row.no_such_userid", value=userid, reason=code_meaning(error.code))


def check_names(written: Sequence[str], index: PeopleIndex, owners: Sequence[tuple[int, str]]) -> list[NameCheck]:
    """
    Compare names with people's names.

    Args:
        written: The names; empty where a name is missing.
        index: The directory.
        owners: For each name a person of the directory (negative if unknown), and the kind of id that found the person.
    """
    keys = name_keys(written, index.is_department)
    placeholders = placeholder_keys(keys)
    known: dict[tuple[str, int, str], NameCheck] = {}
    checked: list[NameCheck] = []
    for text, key, (person, kind) in zip(written, keys, owners, strict=True):
        if person >= 0 and text == index.names[person] and key not in placeholders:
            checked.append(NameCheck("equal", person, _SAME))
            continue
        comparison = ("" if key in placeholders else text, person, kind)
        if comparison not in known:
            known[comparison] = _compare_name(index, comparison[0], PersonName.of(key), person, kind)
        checked.append(known[comparison])
    return checked


def _compare_name(index: PeopleIndex, written: str, name: PersonName, person: int, kind: str) -> NameCheck:
    if person < 0:
        return NameCheck("unknown", person, Text("match.check_no_person"))
    if not written:
        return NameCheck("unknown", person, Text("match.check_blank"))
    theirs = index.by_name.of(person)
    if not theirs.base:
        return NameCheck("unknown", person, Text("match.check_no_name", who=index.describe(person)))
    if index.has_name(person, name):
        rules = index.name_rules(person, written, name)
        reason = sentences(_SAME, Text("match.rules", rules=dotted(rules))) if rules else _SAME
        return NameCheck("equal", person, reason)
    near = [Text("match.check_similar")] if is_one_apart(name.base, theirs.base) else []
    differs = Text(
        "match.check_differs", name=shorten(written), what=Text(f"match.this_{kind}"), who=index.describe(person)
    )
    return NameCheck("differs", person, sentences(differs, *near))


def _describe_person(known: KnownPeople, userid: str) -> str:
    name = known.people[userid].name if userid in known.people else ""
    return f"{userid} {name}" if name else userid


def read_checks(check: object) -> frozenset[str]:
    """
    Return the checks that a plan makes with calls.

    Raises:
        InputError: `check` is neither one of `CHECKS` nor a list of them.
    """
    names = [] if check is None else [check] if isinstance(check, str) else check
    if not isinstance(names, list | tuple | set | frozenset) or not all(
        isinstance(name, str) and name in CHECKS for name in names
    ):
        raise InputError(Text("argument.kind", name="check", value=short_repr(check)), Text("argument.check_todo"))
    return frozenset(names)

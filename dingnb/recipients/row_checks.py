"""
What the directory and an earlier matching say about the rows of a plan.

Rows that matching left open are never sent. Names are compared with those of the owners of userids and phone numbers,
and people who have never activated DingTalk are marked: where they are known already, or by calls.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import pandas as pd

from dingnb.api import contacts
from dingnb.errors import InputError, code_meaning
from dingnb.errors.arguments import short_repr
from dingnb.recipients.addresses import Addresses, Rejection, address_column, column_of, usual_column
from dingnb.recipients.directory import AbsentPeople, Directory, KnownPeople
from dingnb.recipients.evidence import ID_KINDS, read_texts
from dingnb.recipients.judgement import CONFLICT, NAME_AND_DEPARTMENT, NAME_ONLY, NONE, SEVERAL
from dingnb.recipients.match_choices import CHOSEN
from dingnb.recipients.matching import COLUMNS
from dingnb.recipients.name_check import DIFFERS, UNKNOWN, NameCheck, check_names
from dingnb.recipients.people_index import PeopleIndex
from dingnb.tables.cells import cells_of, read_userid, show
from dingnb.tables.factorize import Numbers
from dingnb.words import Text, count, listed_briefly, sentences

OPEN: Final = frozenset({CONFLICT, NAME_ONLY, NONE, SEVERAL})
"""The results of matching that give a row no userid, unless they are accepted."""

CHECKS: Final = ("name", "login")
"""What a plan checks by calls if asked."""

_RESULTS = OPEN | {*ID_KINDS, NAME_AND_DEPARTMENT, CHOSEN}
_NOBODY = frozenset({contacts.NO_SUCH_PERSON, "33012"})
"""Error codes of a userid that nobody has."""


def reject_open_rows(frame: pd.DataFrame, addresses: Addresses) -> None:
    """
    Reject the rows that matching gave no userid, with its reason, even if they have another address.

    Args:
        frame: The input.
        addresses: The addresses; the numbers of rejected rows are removed from it, so that they are not looked up.
    """
    # If the userids were dropped, rows stay open; only of names it cannot be seen any more whether they were accepted.
    is_open = OPEN if COLUMNS[0] in frame.columns else OPEN - {NAME_ONLY}
    for position, (userid, match, reason) in _matched_rows(frame):
        if match in is_open and not userid:
            told = Text("row.not_matched", reason=reason)
            addresses.rejections[position] = Rejection(position, "userid", "", told, Text("row.not_matched_todo"))
            addresses.userids[position] = ""
            addresses.mobiles.pop(position, None)


def reject_other_owners(frame: pd.DataFrame, addresses: Addresses) -> None:
    """Reject the rows whose phone number belongs to somebody else than the person to whom matching came."""
    if not addresses.mobiles:
        return
    for position, (userid, *_) in _matched_rows(frame):
        owner = addresses.userids[position]
        if position in addresses.mobiles and userid and owner and owner != userid:
            mobile = addresses.mobiles[position]
            told = Text("row.other_owner", value=mobile, owner=owner, userid=userid)
            hint = Text("row.other_owner_todo")
            addresses.rejections[position] = Rejection(position, addresses.mobile_column, mobile, told, hint)


def _matched_rows(frame: pd.DataFrame) -> Iterator[tuple[int, tuple[str, str, str]]]:
    """Yield the position, userid, match and reason of each row that was matched."""
    labels: Sequence[object] = frame.columns.tolist()
    # NA as a label equals nothing; comparing it returns NA.
    found = Counter(label for label in labels if isinstance(label, str))
    userid_column, *others = COLUMNS
    if found[userid_column] > 1 or any(found[name] != 1 for name in others):
        return
    matches, reasons = (cells_of(column_of(frame, name)) for name in others)
    userids = cells_of(column_of(frame, userid_column)) if found[userid_column] else [""] * len(matches)
    for position, (userid, match, reason) in enumerate(zip(userids, matches, reasons, strict=True)):
        if isinstance(match, str) and match in _RESULTS:
            yield position, (read_userid(userid).text, match, show(reason))


@dataclass(frozen=True, slots=True)
class RowChecks:
    """
    What the directory says about the rows of a plan.

    Attributes:
        known: The people of the plan who are known.
        differing: Why the name in a row is not that of its person, by position; such rows are not rejected.
        inactive: The userids of people who have never activated DingTalk.
        absent: Who has not logged in lately; None if that was not asked for.
        unknown: The number of names that could not be compared although that was asked for.
    """

    known: KnownPeople
    differing: Mapping[int, Text] = field(default_factory=dict)
    inactive: frozenset[str] = frozenset()
    absent: AbsentPeople | None = None
    unknown: int = 0

    def warnings(self, userids: Sequence[str], recipient_of_row: Numbers) -> dict[int, Text]:
        """Return the warnings about rows that are sent, by position."""
        about = self._about_people()
        if not self.differing and not about:
            return {}
        found: dict[int, Text] = {}
        for position, (userid, recipient) in enumerate(zip(userids, recipient_of_row.tolist(), strict=True)):
            if recipient >= 0 and (position in self.differing or userid in about):
                found[position] = sentences(self.differing.get(position, ""), about.get(userid, ""))
        return found

    def _about_people(self) -> dict[str, Text]:
        """Return the warnings about people, by userid."""
        found = {}
        if self.absent is not None and self.absent.userids:
            told = Text("row.absent", first=str(self.absent.first), last=str(self.absent.last))
            found = dict.fromkeys(self.absent.userids, told)
        return found | dict.fromkeys(self.inactive, Text("row.inactive"))

    def notes(self, frame: pd.DataFrame, userids: Sequence[str], recipient_of_row: Numbers) -> list[Text]:
        """Return notes about the rows that are sent, for the plan."""
        if not (self.differing or self.unknown or self._about_people()):
            return []
        sent = [position for position, recipient in enumerate(recipient_of_row.tolist()) if recipient >= 0]
        notes = []
        differing = [position for position in sent if position in self.differing]
        if differing:
            rows, first = count("row", len(differing)), differing[0]
            example = Text("plan.names_differ_row", label=str(frame.index[first]), reason=self.differing[first])
            notes.append(sentences(Text("plan.names_differ", rows=rows, age=self.known.age), example))
        if self.unknown:
            notes.append(Text("plan.names_unknown", rows=count("row", self.unknown)))
        return [*notes, *self._notes_about_people(list(dict.fromkeys(userids[position] for position in sent)))]

    def _notes_about_people(self, people: Sequence[str]) -> list[Text]:
        notes = []
        everybody = count("person", len(people))
        inactive = [one for one in people if one in self.inactive]
        if inactive:
            n, who = f"{len(inactive):,}", self._listed(inactive)
            notes.append(Text("plan.inactive", n=n, people=everybody, who=who, age=self.known.age))
        lately = self.absent
        absent = [one for one in people if lately and one in lately.userids and one not in self.inactive]
        if absent and lately:
            n, who, days = f"{len(absent):,}", self._listed(absent), (str(lately.first), str(lately.last))
            notes.append(Text("plan.absent", n=n, people=everybody, who=who, first=days[0], last=days[1]))
        return notes

    def _listed(self, userids: Sequence[str]) -> Text:
        return listed_briefly([_named(self.known, one) for one in userids])


def check_rows(
    frame: pd.DataFrame,
    addresses: Addresses,
    directory: Directory,
    *,
    columns: Mapping[str, object],
    by_calls: bool,
    logins: bool,
    refresh: bool,
) -> RowChecks:
    """
    Compare the names in rows with those of the people whom they are sent to, and find who cannot read the message.

    Args:
        frame: The input.
        addresses: The addresses with userids; with `by_calls`, rows whose names differ are rejected.
        directory: The directory; without `by_calls`, no calls are made.
        columns: The columns without a usual name: that of the names.
        by_calls: Whether to read the people who are not known, and to reject rows whose names differ.
        logins: Whether to read who has not logged in lately.
        refresh: Whether to read again what is known.

    Raises:
        ColumnError: With `by_calls`: there is no column of names, or there are several.
        DingError: People or logins could not be read.
    """
    label = address_column(frame, "name", columns) if by_calls or "name" in columns else usual_column(frame, "name")
    rows = [
        position
        for position, userid in enumerate(addresses.userids)
        if userid and position not in addresses.rejections and position not in addresses.excluded
    ]
    userids = list(dict.fromkeys(addresses.userids[position] for position in rows))
    known = directory.read_each(userids, refresh=refresh) if by_calls else directory.known_people(userids)
    inactive = frozenset(userid for userid, one in known.people.items() if one.active is False)
    absent = directory.absent_people(refresh=refresh) if logins and userids else None
    if label is None or not (known.people or known.absent):
        return RowChecks(known, inactive=inactive, absent=absent)
    names = dict(zip(rows, read_texts(column_of(frame, label).iloc[rows]), strict=True))
    # Most are written as in the directory.
    rest = [row for row in rows if not _is_same(known, addresses.userids[row], names[row])]
    checked = _compare(known, names, {row: addresses.userids[row] for row in rest}, addresses.mobiles)
    differing = {row: one.reason for row, one in checked.items() if one.check == DIFFERS}
    if not by_calls:
        return RowChecks(known, differing, inactive, absent)
    unknown = 0
    for row, one in checked.items():
        reason = differing.get(row) or _absence(known, addresses.userids[row])
        if reason:
            hint = Text("row.name_differs_todo" if row in differing else "row.no_such_userid_todo")
            addresses.rejections[row] = Rejection(row, str(label), show(names[row]), reason, hint)
        else:
            unknown += one.check == UNKNOWN
    return RowChecks(known, {}, inactive, absent, unknown)


def _is_same(known: KnownPeople, userid: str, name: str) -> bool:
    return userid in known.people and bool(name) and known.people[userid].name == name


def _compare(
    known: KnownPeople, names: Mapping[int, str], userid_of: Mapping[int, str], mobiles: Mapping[int, str]
) -> dict[int, NameCheck]:
    """Return the comparisons of some rows, by position."""
    people = {userid: known.people[userid] for userid in userid_of.values() if userid in known.people}
    index = PeopleIndex(replace(known, people=people).to_frame())
    person_of = {userid: person for person, userid in enumerate(index.userids)}
    owners = [(person_of.get(userid, -1), "mobile" if at in mobiles else "userid") for at, userid in userid_of.items()]
    return dict(zip(userid_of, check_names([names[row] for row in userid_of], index, owners), strict=True))


def _absence(known: KnownPeople, userid: str) -> Text | None:
    """Return why there is nobody with a userid; None where there is, or where DingTalk does not say."""
    error = known.absent.get(userid)
    if error is None or error.code not in _NOBODY:
        return None
    return Text("row.no_such_userid", value=userid, reason=code_meaning(error.code))


def _named(known: KnownPeople, userid: str) -> str:
    name = known.people[userid].name if userid in known.people else ""
    return f"{userid} {name}" if name else userid


def read_checks(check: object) -> frozenset[str]:
    """
    Return the checks that a plan makes by calls.

    Raises:
        InputError: `check` is neither one of `CHECKS` nor a list of these.
    """
    given = [] if check is None else [check] if isinstance(check, str) else check
    if not isinstance(given, list | tuple | set | frozenset) or any(one not in CHECKS for one in given):
        raise InputError(Text("argument.kind", name="check", value=short_repr(check)), Text("argument.check_todo"))
    return frozenset(given)

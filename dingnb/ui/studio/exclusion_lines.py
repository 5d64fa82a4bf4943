"""The people of an exclusion list as a user types them: one userid, name or phone number per line."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from dingnb.recipients.exclusions import stored_id
from dingnb.recipients.people_index import PeopleIndex
from dingnb.recipients.person_names import read_name
from dingnb.tables.ids import normalize_id, read_mobile, read_userid
from dingnb.words import Text, listed_briefly


@dataclass(frozen=True, slots=True)
class Line:
    """
    A line that is not blank.

    Attributes:
        number: The number of the line, from 1.
        text: The text of the line.
    """

    number: int
    text: str

    @property
    def is_number(self) -> bool:
        """Whether the text is a phone number."""
        return bool(read_mobile(self.text).text)


@dataclass(frozen=True, slots=True)
class UnclearLine:
    """A line whose person is not certain, and the reason."""

    line: Line
    reason: Text


@dataclass(frozen=True, slots=True)
class PeopleOfLines:
    """
    The people of some lines.

    Attributes:
        ids: The people's userids and phone numbers as exclusion lists store them, each once.
        unlisted: The userids that the directory does not have, such as the userids of people who have left; empty if
            the directory could not be read.
        unclear: The lines whose person is not certain.
    """

    ids: tuple[str, ...]
    unlisted: tuple[str, ...]
    unclear: tuple[UnclearLine, ...]


def read_lines(text: str) -> list[Line]:
    r"""
    Return the lines of a text that are not blank.

    >>> read_lines("manager01\n\n 李娜 ")
    [Line(number=1, text='manager01'), Line(number=3, text='李娜')]
    """
    lines = enumerate(map(str.strip, text.splitlines()), 1)
    return [Line(number, line) for number, line in lines if normalize_id(line)]


def find_people(lines: Sequence[Line], people: pd.DataFrame | None) -> PeopleOfLines:
    r"""
    Return the people of some lines.

    A name counts if exactly one person in the directory has it, and nobody else may be meant.

    Args:
        lines: The lines.
        people: The directory, as `DingTalk.people` returns it; None if the directory could not be read.

    >>> people = pd.DataFrame({"userid": ["u1", "u2", "u3"], "name": ["李娜", "王伟", "王伟"]})
    >>> found = find_people(read_lines("李娜\n王伟\nleft01\n13900000001"), people)
    >>> found.ids, found.unlisted, [unclear.line.number for unclear in found.unclear]
    (('u1', 'left01', '13900000001'), ('left01',), [2])
    """
    index = None if people is None else PeopleIndex(people)
    ids, unlisted, unclear = list[str](), list[str](), list[UnclearLine]()
    for line in lines:
        people_with_id = [] if index is None else index.ids("userid").people(line.text)
        if index is not None and people_with_id:
            ids.append(index.userids[people_with_id[0]])
            continue
        if line.is_number:
            ids.append(stored_id(line.text))
            continue
        named = [] if index is None else _people_named(index, line.text)
        if index is not None and len(named) == 1 and _has_exact_name(index, named[0], line.text):
            ids.append(index.userids[named[0]])
        elif index is not None and named:
            candidates = listed_briefly([index.describe(person) for person in named], "person")
            unclear.append(UnclearLine(line, Text("exclude.line_several", people=candidates)))
        elif line.text.isascii() and (userid := read_userid(line.text).text):
            # The directory does not have the userids of people who have left.
            ids.append(userid)
            unlisted += [userid] if index is not None else []
        else:
            key = "exclude.line_unread" if index is None else "exclude.line_unknown"
            unclear.append(UnclearLine(line, Text(key)))
    return PeopleOfLines(tuple(dict.fromkeys(ids)), tuple(dict.fromkeys(unlisted)), tuple(unclear))


def _people_named(index: PeopleIndex, text: str) -> list[int]:
    name = read_name(text, index.is_department)
    return sorted(set(index.people_for_name(name))) if name.base else []


def _has_exact_name(index: PeopleIndex, person: int, text: str) -> bool:
    """Return whether a person has this name, with the same number or text beside it."""
    return index.by_name.of(person) == read_name(text, index.is_department)

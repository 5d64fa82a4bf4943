"""The people to whom a test of a plan can be sent, found by name or userid in the plan and the directory."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from dingnb.errors import InputError
from dingnb.tables.ids import read_userid
from dingnb.words import NOTHING, Text, listed_briefly, say, sentences
from dingnb.words.visible import truncate, visible

_SEPARATOR = " · "
_MAX_NAME_LENGTH = 40

_MARKUP = frozenset('<>"')
"""Characters without which no text can become markup, not even as an attribute's value."""

_MAY_BE_ID = re.compile(r"[!-~]+")
"""Matches what may be a userid, or is refused with a reason of its own: visible ASCII characters."""

_MOBILE = re.compile(r"1[3-9][0-9]{9}")
"""Matches mobile numbers of mainland China, which organisations rarely use as userids."""


class DirectoryPerson(NamedTuple):
    """A person of the directory; the department, the first of several, is empty if it is unknown."""

    name: str
    userid: str
    department: str


class PlanPeople:
    """
    The people of a plan and of the directory, as it was read last.

    Args:
        people: Returns the first people of the plan, at most as many as its argument says; everybody if the argument is
            None. A person is a name, which may be empty, and a userid.
        in_directory: Returns the people in the directory who have a given name or userid.
        other_names: Returns the directory's names of people with other names in the plan, by the plan's name and the
            userid.

    Attributes:
        in_directory: The argument of the same name.
    """

    def __init__(
        self,
        people: Callable[[int | None], Sequence[tuple[str, str]]],
        in_directory: Callable[[str], Sequence[DirectoryPerson]],
        other_names: Callable[[Sequence[tuple[str, str]]], Mapping[tuple[str, str], str]],
    ) -> None:
        self.in_directory = in_directory
        self._people = people
        self._find_other_names = other_names

    def first(self, n: int) -> Sequence[tuple[str, str]]:
        """Return the first people of the plan, at most `n`, as in `everybody`."""
        return self._people(n)

    @cached_property
    def everybody(self) -> Sequence[tuple[str, str]]:
        """The people of the plan, each with a name, which may be empty, and a userid."""
        return self._people(None)

    @cached_property
    def names(self) -> Mapping[str, str]:
        """The names of the people of the plan by userid."""
        return {userid: name for name, userid in self.everybody}

    @cached_property
    def _other_names(self) -> Mapping[str, str]:
        """The directory's names of people with other names in the plan, by userid."""
        return {userid: name for (_, userid), name in self._find_other_names(self.everybody).items()}

    def label_of(self, person: tuple[str, str]) -> str:
        """Return the name, or both names, and the userid of a person of the plan."""
        return label_in_plan(*person, self._other_names.get(person[1], ""))

    def labels_of(self, people: Sequence[tuple[str, str]]) -> list[str]:
        """Return the labels of some people of the plan, without finding the other names of everybody."""
        others = self._find_other_names(people)
        return [label_in_plan(*person, others.get(person, "")) for person in people]

    def userid_of(self, text: str) -> str:
        """
        Return the userid of the person who has this name or userid.

        A text that names nobody in the plan or the directory is taken as a userid: a test can be sent to anybody.

        Raises:
            InputError: The text is a mobile number; several people have this name; the person of this name in the plan
                has another name in the directory; the name may also be the userid of somebody else; or the text names
                nobody and cannot be a userid.
        """
        # No name or userid that was read from a file or from DingTalk has a lone surrogate.
        name = text.strip().encode(errors="backslashreplace").decode()
        as_userid = read_userid(name).text or name
        spellings = dict.fromkeys([name, as_userid])
        departments = {
            person.userid: person.department for spelling in spellings for person in self.in_directory(spelling)
        }
        if as_userid in self.names or as_userid in departments:
            return as_userid
        in_plan = [person for person in self.everybody if person[0] in spellings]
        # Not `_other_names`: the directory may have been read again since these were found.
        misnamed = {userid for _, userid in self._find_other_names(in_plan)}
        namesakes = dict.fromkeys([*(userid for _, userid in in_plan), *departments])
        if misnamed or len(namesakes) > 1:
            people = [
                self.describe(userid) if userid in misnamed else _dotted(userid, departments.get(userid, ""))
                for userid in namesakes
            ]
            key = "test.several_people" if len(namesakes) > 1 else "test.misnamed"
            raise InputError(Text(key, name=name, people=listed_briefly(people, "person")), Text(f"{key}_todo"))
        if namesakes and _MAY_BE_ID.fullmatch(as_userid):
            # An organisation may use the names of people as userids, and the directory may not have been read.
            people = [_dotted(userid, departments.get(userid, "")) for userid in namesakes]
            raise InputError(
                Text("test.name_or_userid", name=name, people=listed_briefly(people, "person")),
                Text("test.name_or_userid_todo"),
            )
        if namesakes:
            return next(iter(namesakes))
        if _MOBILE.fullmatch(as_userid):
            raise InputError(Text("test.mobile", number=as_userid), Text("test.nobody_todo"))
        if not _MAY_BE_ID.fullmatch(as_userid):
            raise self._nobody_error(name)
        return as_userid

    def _nobody_error(self, text: str) -> InputError:
        similar = [self.label_of(person) for person in self.everybody if contains_ignoring_case(person[0], text)]
        todo = Text("test.similar_names", people=listed_briefly(similar, "person")) if similar else NOTHING
        return InputError(Text("test.nobody", name=short_name(text)), sentences(todo, Text("test.nobody_todo")))

    def describe(self, userid: str) -> str:
        """
        Return a person's name and department, as far as they are known, and userid.

        If the directory has another name than the plan, the plan's name follows the directory's.
        """
        known_person = next((person for person in self.in_directory(userid) if person.userid == userid), None)
        name, department = ("", "") if known_person is None else (known_person.name, known_person.department)
        name_in_plan = self.names.get(userid, "")
        shown = short_name(name_in_plan or name)
        for other_name in self._find_other_names([(name_in_plan, userid)]).values():
            shown = say("directory.named_in_list", name=short_name(other_name), listed=shown)
        return _dotted(shown, department, userid)


def contains_ignoring_case(text: str, part: str) -> bool:
    """Return whether a text contains another, ignoring case."""
    return part.casefold() in text.casefold()


def person_label(name: str, userid: str, department: str = "") -> str:
    """Return a person's name, department and userid in one line."""
    # Options of forms are saved with a notebook, so a name or department with markup from a hostile list is left out.
    if not name or not _MARKUP.isdisjoint(name):
        return userid
    return _dotted(short_name(name), short_name(department) if _MARKUP.isdisjoint(department) else "", userid)


def label_in_plan(name: str, userid: str, other_name: str) -> str:
    """Return the label of a person of the plan, with the directory's name if it differs."""
    return person_label(f"{short_name(other_name)} / {short_name(name)}" if other_name else name, userid)


def userid_in(text: str) -> str:
    """Return the userid at the end of a label; a text without a separator is returned whole."""
    return text.rpartition(_SEPARATOR)[2]


def short_name(name: str) -> str:
    """Return a name, shortened for a list."""
    return truncate(visible(name), _MAX_NAME_LENGTH)


def _dotted(*parts: str) -> str:
    return _SEPARATOR.join(filter(None, parts))

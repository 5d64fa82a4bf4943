"""The people to whom a test of a plan can be sent, found by name or userid in the plan and the directory."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from itertools import islice, starmap

from dingnb.campaigns.plan_view import DirectoryPerson
from dingnb.errors import InputError
from dingnb.ui.kit.parts import short
from dingnb.words import NOTHING, Text, listed_briefly, sentences

MAX_OFFERED = 1_000
"""The maximum number of people that are offered at once; others are found by typing."""

_SEPARATOR = " · "

_MAY_BE_ID = re.compile(r"[!-~]*")
"""Matches what may be a userid, or is refused with a reason of its own: visible ASCII characters."""


class Testers:
    """
    The people of a plan and of the directory, of whom one gets a test.

    Args:
        people: Returns the first people of the plan, or all of them if its argument is None; each is a name, which may
            be empty, and a userid.
        directory: Returns the people with a name or userid in the directory.
    """

    def __init__(
        self,
        people: Callable[[int | None], Sequence[tuple[str, str]]],
        directory: Callable[[str], Sequence[DirectoryPerson]],
    ) -> None:
        self._people = people
        self._directory = directory
        self._first = [_label(*person) for person in people(MAX_OFFERED)]
        self._others_typed = ""
        self._others: list[DirectoryPerson] = []

    @cached_property
    def _everybody(self) -> Sequence[tuple[str, str]]:
        return self._people(None)

    @cached_property
    def _names(self) -> Mapping[str, str]:
        return {userid: name for name, userid in self._everybody}

    def offered(self, typed: str) -> list[str]:
        """Return the people to offer: those who match a text, or the first ones, each as name and userid."""
        typed = typed.strip()
        if not typed:
            return self._first
        others = [_label(*person) for person in self._others_called(typed)]
        if len(self._first) < MAX_OFFERED:
            return [*others, *self._first]
        labels = starmap(_label, self._everybody)
        matching = list(islice((label for label in labels if typed in label), MAX_OFFERED))
        return [*others, *(matching or self._first)]

    def _others_called(self, typed: str) -> list[DirectoryPerson]:
        """Return the people of the directory with a name or userid who are not in the plan."""
        # Kept, because a form asks again whenever it is rendered, also once one of them was chosen.
        if typed != self._others_typed and typed not in {_label(*person) for person in self._others}:
            self._others = [person for person in self._directory(typed) if person.userid not in self._names]
            self._others_typed = typed
        return self._others

    def userid_of(self, typed: str) -> str:
        """
        Return the userid of the person who was chosen, or typed as a name or a userid.

        A text that names nobody in the plan or the directory is a userid: a test can be sent to anybody.

        Raises:
            InputError: Several people have this name, or it is part of a name and cannot be a userid.
        """
        typed = typed.strip()
        for person in self._others:
            if typed == _label(*person):
                return person.userid
        label_start, separator, label_userid = typed.rpartition(_SEPARATOR)
        if separator and any(userid == label_userid and short(name) == label_start for name, userid in self._everybody):
            return label_userid
        known = self._directory(typed)
        departments = {person.userid: person.department for person in known}
        if typed in self._names or typed in departments:
            return typed
        namesakes = dict.fromkeys([*(userid for name, userid in self._everybody if name == typed), *departments])
        if len(namesakes) > 1:
            people = [_dotted(userid, departments.get(userid, "")) for userid in namesakes]
            what = Text("plan_form.several_testers", name=typed, people=listed_briefly(people))
            raise InputError(what, Text("plan_form.several_testers_todo"))
        if namesakes:
            return next(iter(namesakes))
        if not _MAY_BE_ID.fullmatch(typed):
            similar = [_label(*person) for person in self._everybody if typed in person[0]]
            todo = Text("plan_form.unknown_tester_similar", people=listed_briefly(similar)) if similar else NOTHING
            what = Text("plan_form.unknown_tester", name=short(typed))
            raise InputError(what, sentences(todo, Text("plan_form.unknown_tester_todo")))
        return typed

    def describe(self, userid: str) -> str:
        """Return a person's name and department, as far as they are known, and userid."""
        known = next((person for person in self._directory(userid) if person.userid == userid), None)
        name, department = ("", "") if known is None else (known.name, known.department)
        return _dotted(short(self._names.get(userid) or name), department, userid)


def _dotted(*parts: str) -> str:
    return _SEPARATOR.join(filter(None, parts))


def _label(name: str, userid: str, department: str = "") -> str:
    # Options are saved with a notebook, so markup from a hostile list is left out.
    is_plain = name and not set(name + department) & set("<>&\"'")
    return _dotted(short(name), short(department), userid) if is_plain else userid

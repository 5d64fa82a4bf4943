"""The people to whom a test of a plan can be sent, found by name or userid in the plan and the directory."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from itertools import islice

from dingnb.campaigns.plan_view import DirectoryPerson
from dingnb.errors import InputError
from dingnb.ui.kit.parts import short
from dingnb.words import NOTHING, Text, listed_briefly, say, sentences

MAX_OFFERED = 1_000
"""The maximum number of people that are offered at once; others are found by typing."""

_SEPARATOR = " · "

_MAY_BE_ID = re.compile(r"[!-~]+")
"""Matches what may be a userid, or is refused with a reason of its own: visible ASCII characters."""


class RecipientsOfTests:
    """
    The people of a plan and of the directory, of whom one gets a test.

    Args:
        people: Returns the first people of the plan, or all of them if its argument is None; each is a name, which may
            be empty, and a userid.
        directory: Returns the people with a name or userid in the directory.
        other_names: Returns the names in the directory of people whose names in the plan differ, by name and userid.
    """

    def __init__(
        self,
        people: Callable[[int | None], Sequence[tuple[str, str]]],
        directory: Callable[[str], Sequence[DirectoryPerson]],
        other_names: Callable[[Sequence[tuple[str, str]]], Mapping[tuple[str, str], str]],
    ) -> None:
        self._people = people
        self._directory = directory
        self._find_other_names = other_names
        first = people(MAX_OFFERED)
        others = other_names(first)
        self._first = [_label_in_plan(*person, others.get(person, "")) for person in first]
        self._others_typed = ""
        self._others: list[DirectoryPerson] = []

    @cached_property
    def _everybody(self) -> Sequence[tuple[str, str]]:
        return self._people(None)

    @cached_property
    def _names(self) -> Mapping[str, str]:
        return {userid: name for name, userid in self._everybody}

    @cached_property
    def _other_names(self) -> Mapping[str, str]:
        """The names in the directory of people whose names in the plan differ, by userid."""
        return {userid: name for (_, userid), name in self._find_other_names(self._everybody).items()}

    @cached_property
    def _labels(self) -> Sequence[str]:
        """The labels of everybody, kept because a form asks for those that match whenever it is rendered."""
        return [self._label_of(person) for person in self._everybody]

    def offered(self, typed: str) -> list[str]:
        """
        Return the people to offer, each as name and userid; the browser shows those of them who match what is typed.

        These are all people of the plan, or of a large plan those who match, and people of the directory with this
        name or userid. If the names in the directory and in the plan differ, both are shown. If nobody in a large plan
        matches, its first people are offered, for the next text.
        """
        typed = typed.strip()
        if not typed:
            return self._first
        others = [_label(*person) for person in self._others_called(typed)]
        if len(self._first) < MAX_OFFERED:
            return [*others, *self._first]
        matching = list(islice((label for label in self._labels if _contains(label, typed)), MAX_OFFERED))
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
            InputError: Several people have this name; the directory has another name for the person whom the plan
                calls this; or it names nobody and cannot be a userid.
        """
        typed = typed.strip()
        offered = self._userid_of_label(typed)
        if offered:
            return offered
        departments = {person.userid: person.department for person in self._directory(typed)}
        if typed in self._names or typed in departments:
            return typed
        in_plan = [userid for name, userid in self._everybody if name == typed]
        # As the directory is now, which may have been read since people were offered.
        misnamed = {userid for _, userid in self._find_other_names([(typed, userid) for userid in in_plan])}
        namesakes = dict.fromkeys([*in_plan, *departments])
        if misnamed or len(namesakes) > 1:
            people = [
                self.describe(userid) if userid in misnamed else _dotted(userid, departments.get(userid, ""))
                for userid in namesakes
            ]
            key = "several_test_recipients" if len(namesakes) > 1 else "misnamed_test_recipient"
            what = Text(f"plan_form.{key}", name=typed, people=listed_briefly(people))
            raise InputError(what, Text(f"plan_form.{key}_todo"))
        if namesakes:
            return next(iter(namesakes))
        if not _MAY_BE_ID.fullmatch(typed):
            raise self._nobody_error(typed)
        return typed

    def _userid_of_label(self, typed: str) -> str:
        """Return the userid of the person who is offered as this text; empty if nobody is."""
        for person in self._others:
            if typed == _label(*person):
                return person.userid
        userid = typed.rpartition(_SEPARATOR)[2]
        known = userid != typed and userid in self._names
        return userid if known and self._label_of((self._names[userid], userid)) == typed else ""

    def _label_of(self, person: tuple[str, str]) -> str:
        """Return the label of a person of the plan."""
        return _label_in_plan(*person, self._other_names.get(person[1], ""))

    def _nobody_error(self, typed: str) -> InputError:
        similar = [self._label_of(person) for person in self._everybody if typed and _contains(person[0], typed)]
        todo = Text("plan_form.unknown_test_recipient_similar", people=listed_briefly(similar)) if similar else NOTHING
        what = Text("plan_form.unknown_test_recipient", name=short(typed))
        return InputError(what, sentences(todo, Text("plan_form.unknown_test_recipient_todo")))

    def describe(self, userid: str) -> str:
        """
        Return a person's name and department, as far as they are known, and userid.

        If the directory has another name than the plan, it is that name, followed by that of the plan.
        """
        known = next((person for person in self._directory(userid) if person.userid == userid), None)
        name, department = ("", "") if known is None else (known.name, known.department)
        listed = self._names.get(userid, "")
        shown = short(listed or name)
        for other_name in self._find_other_names([(listed, userid)]).values():
            shown = say("directory.named_in_list", name=short(other_name), listed=shown)
        return _dotted(shown, department, userid)


def _contains(text: str, typed: str) -> bool:
    return typed.casefold() in text.casefold()


def _dotted(*parts: str) -> str:
    return _SEPARATOR.join(filter(None, parts))


def _label_in_plan(name: str, userid: str, other_name: str) -> str:
    return _label(f"{short(other_name)} / {short(name)}" if other_name else name, userid)


def _label(name: str, userid: str, department: str = "") -> str:
    # Options are saved with a notebook, so markup from a hostile list is left out.
    is_plain = name and not set(name + department) & set("<>&\"'")
    return _dotted(short(name), short(department), userid) if is_plain else userid

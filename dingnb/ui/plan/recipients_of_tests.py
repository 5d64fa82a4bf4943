"""The people to whom a form offers to send a test of its plan."""

from collections.abc import Sequence
from functools import cached_property
from itertools import islice

from dingnb.campaigns.plan_people import DirectoryPerson, PlanPeople, contains_ignoring_case, person_label, userid_in

MAX_OFFERED = 1_000
"""The maximum number of people that are offered at once; others are found by typing."""


class RecipientsOfTests:
    """
    The people whom a form offers as the recipient of a test.

    Args:
        people: The people of the plan and of the directory.
    """

    def __init__(self, people: PlanPeople) -> None:
        self._people = people
        self._first = people.labels_of(people.first(MAX_OFFERED))
        self._others_typed = ""
        self._others: list[DirectoryPerson] = []

    @cached_property
    def _labels(self) -> Sequence[str]:
        """The labels of everybody, kept because they are searched after each change of the text."""
        return [self._people.label_of(person) for person in self._people.everybody]

    def offered(self, typed: str) -> list[str]:
        """
        Return the people to offer, each as name and userid; the browser shows only people who match what is typed.

        These are all people of the plan, or only the matching people of a large plan, and people of the directory with
        this name or userid. If the names in the directory and in the plan differ, both are shown. If nobody in a large
        plan matches, its first people are offered, for the next text.
        """
        typed = typed.strip()
        if not typed:
            return self._first
        others = [person_label(*person) for person in self._others_named(typed)]
        if len(self._first) < MAX_OFFERED:
            return [*others, *self._first]
        matching = list(islice((known for known in self._labels if contains_ignoring_case(known, typed)), MAX_OFFERED))
        return [*others, *(matching or self._first)]

    def _others_named(self, typed: str) -> list[DirectoryPerson]:
        """Return the people of the directory with a name or userid who are not in the plan."""
        # The people are kept once one of their labels was chosen, so that it still leads to a userid.
        if typed != self._others_typed and typed not in {person_label(*person) for person in self._others}:
            people = self._people.in_directory(typed)
            self._others = [person for person in people if person.userid not in self._people.names]
            self._others_typed = typed
        return self._others

    def userid_of(self, typed: str) -> str:
        """
        Return the userid of the person who was chosen, or typed as for `Plan.test`.

        Raises:
            InputError: As for `Plan.test`.
        """
        return self._userid_of_label(typed.strip()) or self._people.userid_of(typed)

    def _userid_of_label(self, typed: str) -> str:
        """Return the userid of the person who is offered as this text; empty if nobody is offered as it."""
        for person in self._others:
            if typed == person_label(*person):
                return person.userid
        userid, names = userid_in(typed), self._people.names
        is_label = userid != typed and userid in names
        return userid if is_label and self._people.label_of((names[userid], userid)) == typed else ""

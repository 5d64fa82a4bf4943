"""The people of a plan to whom a test can be sent, found by name or userid."""

import re
from collections.abc import Callable, Sequence
from functools import cached_property
from itertools import islice, starmap

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
    The people of a plan, of whom one gets a test.

    Args:
        people: Returns the first people, or all of them if its argument is None; each is a name, which may be empty,
            and a userid.
    """

    def __init__(self, people: Callable[[int | None], Sequence[tuple[str, str]]]) -> None:
        self._people = people
        self._first = [_label(*person) for person in people(MAX_OFFERED)]

    @cached_property
    def _everybody(self) -> Sequence[tuple[str, str]]:
        return self._people(None)

    def offered(self, typed: str) -> list[str]:
        """Return the people to offer: those who match a text, or the first ones, each as name and userid."""
        typed = typed.strip()
        if not typed or len(self._first) < MAX_OFFERED:
            return self._first
        labels = starmap(_label, self._everybody)
        return list(islice((label for label in labels if typed in label), MAX_OFFERED)) or self._first

    def userid_of(self, typed: str) -> str:
        """
        Return the userid of the person who was chosen, or typed as a name or a userid.

        A text that names nobody in the plan is a userid: a test can be sent to anybody.

        Raises:
            InputError: Several people have this name, or it is part of a name and cannot be a userid.
        """
        typed = typed.strip()
        label_start, separator, label_userid = typed.rpartition(_SEPARATOR)
        if separator and any(userid == label_userid and short(name) == label_start for name, userid in self._everybody):
            return label_userid
        namesakes = [userid for name, userid in self._everybody if name == typed]
        if len(namesakes) > 1 and typed not in {userid for _, userid in self._everybody}:
            what = Text("plan_form.several_testers", name=typed, userids=listed_briefly(namesakes))
            raise InputError(what, Text("plan_form.several_testers_todo"))
        if len(namesakes) == 1:
            return namesakes[0]
        if not _MAY_BE_ID.fullmatch(typed):
            similar = [_label(*person) for person in self._everybody if typed in person[0]]
            todo = Text("plan_form.unknown_tester_similar", people=listed_briefly(similar)) if similar else NOTHING
            what = Text("plan_form.unknown_tester", name=short(typed))
            raise InputError(what, sentences(todo, Text("plan_form.unknown_tester_todo")))
        return typed


def _label(name: str, userid: str) -> str:
    # Options are saved with a notebook, so markup from a hostile list is left out.
    is_plain = name and not set(name) & set("<>&\"'")
    return f"{short(name)}{_SEPARATOR}{userid}" if is_plain else userid

"""The people of a plan to whom a test can be sent, found by name or userid."""

from collections.abc import Callable, Sequence
from functools import cached_property

from dingnb.errors import InputError
from dingnb.ui.kit.parts import short
from dingnb.words import Text, listed_briefly

MAX_OFFERED = 1_000
"""The number of people that are offered, the first ones or those who match; the others are found by typing."""

_BETWEEN = " · "


class Testers:
    """
    The people of a plan.

    Args:
        people: Returns the first people, or with None all of them, each as a name, which may be empty, and a userid.
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
        matching = (label for tester in self._everybody if typed in (label := _label(*tester)))
        found = [label for label, _ in zip(matching, range(MAX_OFFERED), strict=False)]
        return found or self._first

    def userid_of(self, typed: str) -> str:
        """
        Return the userid of the person who was chosen, or typed as a name or a userid.

        A text that names nobody in the plan is a userid: a test can be sent to anybody.

        Raises:
            InputError: Several people have this name.
        """
        typed = typed.strip()
        name, between, userid = typed.rpartition(_BETWEEN)
        if between and any(
            known_userid == userid and short(called) == name for called, known_userid in self._everybody
        ):
            return userid
        found = [known_userid for called, known_userid in self._everybody if called == typed]
        if len(found) > 1 and typed not in {known_userid for _, known_userid in self._everybody}:
            what = Text("plan_form.several_testers", name=typed, userids=listed_briefly(found))
            raise InputError(what, Text("plan_form.several_testers_todo"))
        return found[0] if len(found) == 1 else typed


def _label(name: str, userid: str) -> str:
    # A saved notebook may contain what is offered: markup of a hostile list stays out of it.
    is_plain = name and not set(name) & set("<>&\"'")
    return f"{short(name)}{_BETWEEN}{userid}" if is_plain else userid

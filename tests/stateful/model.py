"""What the analyst asked for, campaign by campaign, and whether the sandbox's record agrees: the reference model."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from unicodedata import normalize

from tests.stateful.world import SendCall, World, content_of

SHARED = "all alike"
"""A text that campaigns of every name and every ledger send."""

Person = tuple[str, str]
"""A userid, and what the key column holds; empty without a key."""


def same_name(name: str) -> str:
    """Return what names that differ only in case, width or blanks have in common."""
    return normalize("NFKC", name).casefold().strip()


@dataclass(slots=True)
class Asked:
    """
    What the analyst asked for under one name of one ledger.

    Attributes:
        home: Whose ledger it is.
        name: The name as it was first given.
        had: How often each person had each text before: a campaign of this name may have been pruned.
        first_call: How many calls had left before its first one.
        is_keyed: Whether a key keeps several rows of a person apart.
        granted: How often each person may get each text.
        wishes: The texts that each person was to get, the newest last.
        members: Who was surely recorded.
        gone: Who was taken out by the analyst's own word before anything was sent to them.
        perhaps_gone: Who may have been taken out: the analyst interrupted that.
        resent: To whom the analyst sent once more at their own risk.
        unsure: Who may or may not have been recorded with a later text: the analyst interrupted that.
        noted: Of whom the analyst noted that they have it.
        was_recalled: Whether something may have been taken back.
    """

    home: str
    name: str
    had: Counter[tuple[str, str]]
    first_call: int
    is_keyed: bool = False
    granted: Counter[tuple[str, str]] = field(default_factory=Counter)
    wishes: dict[Person, list[str]] = field(default_factory=dict)
    members: set[Person] = field(default_factory=set)
    gone: set[Person] = field(default_factory=set)
    perhaps_gone: set[Person] = field(default_factory=set)
    resent: set[str] = field(default_factory=set)
    unsure: set[Person] = field(default_factory=set)
    noted: set[str] = field(default_factory=set)
    was_recalled: bool = False

    @property
    def texts(self) -> set[str]:
        """Every text that somebody was to get."""
        return {content for contents in self.wishes.values() for content in contents}

    def texts_of(self, userid: str) -> set[str]:
        return {content for person, contents in self.wishes.items() if person[0] == userid for content in contents}

    def wished(self, person: Person) -> set[str]:
        """Return which texts a person may be meant to have in the end."""
        contents = self.wishes[person]
        return set(contents if person in self.unsure else contents[-1:])

    def record(
        self,
        wanted: dict[Person, str],
        *,
        changed: str,
        world: World,
        had: set[tuple[str, str]],
        gone: Iterable[Person],
        is_sure: bool,
    ) -> None:
        """
        Take note of a plan that was sent under this name.

        Args:
            wanted: The text of each person of the plan.
            changed: As for `Plan.send`.
            world: Its record of calls, also of those that the plan made.
            had: Who had, or may have had, which text before the plan was sent.
            gone: Who was waiting, and was left out of the plan by the analyst's word.
            is_sure: Whether it was surely recorded; after an interrupt it may not have been.
        """
        may_have, has_left = may_have_of(world, self.home), left_to(world)
        if not is_sure:
            self.unsure |= set(wanted)
            self.perhaps_gone |= set(gone)
        for person, content in wanted.items():
            before = self.wishes.setdefault(person, [])
            if before[-1:] == [content]:
                continue
            if is_sure:
                # What was queued is replaced: it is not to be sent any more.
                self._revoke(person[0], [one for one in before if (person[0], one) not in has_left])
            if SHARED in before:
                # Whether they have it by this campaign or by another one, the record does not tell.
                self.unsure.add(person)
            # The plan's own text may be under way already, and its people may have wanted it once before.
            old = [one for one in before if (person[0], one) in (had if one == content else may_have)]
            old = [one for one in old if one != SHARED]
            if content in old or (old and changed != "resend"):
                continue
            before.append(content)
            self.granted[person[0], content] += 1
        if is_sure:
            self.members |= set(wanted)
            self.gone -= set(wanted)
            self.perhaps_gone -= set(wanted)
            self.gone |= set(gone)

    def _revoke(self, userid: str, contents: Iterable[str]) -> None:
        for content in contents:
            self.granted[userid, content] = 0


def may_have_of(world: World, home: str) -> set[tuple[str, str]]:
    """Return who has, or may have, which text: what the sandbox accepted, or what left without a sure answer."""
    found = {(userid, call.content) for call in world.calls if call.outcome == "unsure" for userid in call.userids}
    for task in world.tasks().values():
        if task.recalled_ns is None:
            found |= {(userid, content_of(task)) for userid in (*task.waiting, *task.delivered)}
    # What another ledger sent is not known to this one: its texts are its own, but for the one that all share.
    mine = {call.content for call in world.calls if call.home == home}
    return {one for one in found if one[1] in mine}


def left_to(world: World) -> set[tuple[str, str]]:
    """Return to whom which text has left, whatever came of it."""
    return {
        (userid, call.content)
        for call in world.calls
        if call.outcome in {"accepted", "unsure"}
        for userid in call.userids
    }


def unsure(calls: Iterable[SendCall]) -> set[tuple[str, str]]:
    """Return to whom a call left of which nobody could know what it came to, and with which text."""
    return {(userid, call.content) for call in calls if call.outcome == "unsure" for userid in call.userids}

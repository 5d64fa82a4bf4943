"""The reference model: what the analyst asked for by campaign, compared with the sandbox's record."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from unicodedata import normalize

from tests.stateful.world import SendCall, World

SHARED = "all alike"
"""A text sent by campaigns of all names and ledgers."""

Person = tuple[str, str]
"""A userid and the value of the key column; empty without a key."""


def same_name(name: str) -> str:
    """Return the common form of names that differ only in case, width or blanks."""
    return normalize("NFKC", name).casefold().strip()


@dataclass(slots=True)
class Asked:
    """
    What the analyst requested under one name in one ledger.

    Attributes:
        home: The home of the ledger.
        name: The name as it was first given.
        had: How often each person had each text before: a campaign of this name may have been pruned.
        first_call: How many calls had been made before its first one.
        is_keyed: Whether a key distinguishes several rows of a person.
        granted: How often each person may get each text.
        wanted_texts: The texts that each person should get, the newest last.
        members: The people who were certainly recorded.
        gone: The people whom the analyst removed before anything was sent to them.
        perhaps_gone: The people who may have been removed: the analyst interrupted that.
        resent: The people to whom the analyst sent again at their own risk.
        unsure: The people who may have been recorded with a later text: the analyst interrupted that.
        noted: The people whom the analyst marked as delivered.
        was_recalled: Whether something may have been recalled.
        may_be_recalled: Whether more may have been recalled than is recorded: the recall was cut short.
    """

    home: str
    name: str
    had: Counter[tuple[str, str]]
    first_call: int
    is_keyed: bool = False
    granted: Counter[tuple[str, str]] = field(default_factory=Counter)
    wanted_texts: dict[Person, list[str]] = field(default_factory=dict)
    members: set[Person] = field(default_factory=set)
    gone: set[Person] = field(default_factory=set)
    perhaps_gone: set[Person] = field(default_factory=set)
    resent: set[str] = field(default_factory=set)
    unsure: set[Person] = field(default_factory=set)
    noted: set[str] = field(default_factory=set)
    was_recalled: bool = False
    may_be_recalled: bool = False

    @property
    def texts(self) -> set[str]:
        """All texts that were to be sent to anybody."""
        return {content for contents in self.wanted_texts.values() for content in contents}

    def texts_of(self, userid: str) -> set[str]:
        return {
            content for person, contents in self.wanted_texts.items() if person[0] == userid for content in contents
        }

    def wanted(self, person: Person) -> set[str]:
        """Return the texts that a person may be intended to have in the end."""
        contents = self.wanted_texts[person]
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
        Record a plan sent under this name.

        Args:
            wanted: The text of each person of the plan.
            changed: As for `Plan.send`.
            world: The world, for what has arrived before.
            had: The texts that each person had, or may have had, before the plan was sent.
            gone: The queued people whom the analyst removed with this plan.
            is_sure: Whether it was certainly recorded; after an interrupt it may not have been.
        """
        may_have, has_left = may_have_of(world, self.home), left_to(world)
        if not is_sure:
            self.unsure |= set(wanted)
            self.perhaps_gone |= set(gone)
        for person, content in wanted.items():
            before = self.wanted_texts.setdefault(person, [])
            if before[-1:] == [content]:
                continue
            if is_sure:
                # Queued messages are replaced: they are no longer to be sent.
                self._revoke(person[0], [text for text in before if (person[0], text) not in has_left])
            if SHARED in before:
                # The record does not show which campaign delivered it.
                self.unsure.add(person)
            # The plan's own text may be under way already, and its people may have wanted it once before.
            old = [text for text in before if (person[0], text) in (had if text == content else may_have)]
            old = [text for text in old if text != SHARED]
            if content in old or (old and changed != "resend"):
                if is_sure:
                    # The person keeps what came before, in place of what was queued since.
                    kept = content if content in old else old[-1]
                    before.remove(kept)
                    before.append(kept)
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
    """Return who has or may have which text: accepted by the sandbox, or sent with unknown outcome."""
    found = {(userid, call.content) for call in world.calls if call.outcome == "unsure" for userid in call.userids}
    for task in world.tasks().values():
        if task.recalled_ns is None:
            found |= {(userid, world.content_of(task)) for userid in (*task.pending_userids, *task.delivered_userids)}
    found |= {(delivery.userid, delivery.variables["markdown"]) for delivery in world.cards()}
    # A ledger has no record of what another sent; only one text is shared by all.
    mine = {call.content for call in world.calls if call.home == home}
    return {sent for sent in found if sent[1] in mine}


def left_to(world: World) -> set[tuple[str, str]]:
    """Return which text was sent to whom, regardless of the outcome."""
    return {
        (userid, call.content)
        for call in world.calls
        if call.outcome in {"accepted", "unsure"}
        for userid in call.userids
    }


def unsure(calls: Iterable[SendCall]) -> set[tuple[str, str]]:
    """Return the people and texts of calls with unknown outcome."""
    return {(userid, call.content) for call in calls if call.outcome == "unsure" for userid in call.userids}

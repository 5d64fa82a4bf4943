"""Looks phone numbers up: paced, each number once, and remembered for this connection."""

from collections.abc import Iterable
from dataclasses import dataclass

from dingnb.api import contacts
from dingnb.auth import Caller
from dingnb.bulk.background import Background
from dingnb.bulk.crew import Again, Crew, Work
from dingnb.bulk.pace import Pace
from dingnb.bulk.patience import Patience
from dingnb.bulk.recipients import Addresses, Rejection
from dingnb.clock import Clock
from dingnb.display import ProgressBar
from dingnb.errors import BusyError, DingError, PersonError, ThrottledError, TransportError
from dingnb.language import count, say

PAUSE_S = 1.0
"""How long to wait before a look-up that had no answer is repeated."""

MOST_TRIES = 4
"""A look-up changes nothing and may be repeated; DingTalk asks for at most three repeats."""


@dataclass(frozen=True, slots=True)
class Found:
    """
    Whom a number belongs to.

    Attributes:
        userid: The person; empty where there is none.
        reason: Why there is none; empty where there is one.
    """

    userid: str = ""
    reason: str = ""


class Lookups:
    """
    Finds the userids of phone numbers.

    Args:
        caller: Calls as the app.
        pace: When calls may start.
        clock: The source of time.
    """

    def __init__(self, caller: Caller, pace: Pace, clock: Clock) -> None:
        self._caller = caller
        self._pace = pace
        self._clock = clock
        self._known: dict[str, str] = {}

    def fill(self, addresses: Addresses) -> None:
        """
        Give the rows with phone numbers the userids of these; reject those whose number nobody has.

        Raises:
            DingError: As `find`.
        """
        found = self.find(addresses.mobiles.values())
        for position, mobile in addresses.mobiles.items():
            who = found[mobile]
            addresses.userids[position] = who.userid
            if not who.userid:
                reason = say("row.no_such_person", value=mobile, reason=who.reason)
                hint = say("row.no_such_person_todo")
                addresses.rejections[position] = Rejection(position, addresses.mobile_column, mobile, reason, hint)

    def find(self, mobiles: Iterable[str]) -> dict[str, Found]:
        """
        Return for each number whom it belongs to.

        A number whose owner is known already costs no call; one that nobody had is asked for again.

        Raises:
            DingError: DingTalk could not be asked, or does not allow it; what was found is kept.
        """
        wanted = list(dict.fromkeys(mobiles))
        found = {mobile: Found(self._known[mobile]) for mobile in wanted if mobile in self._known}
        new = [mobile for mobile in wanted if mobile not in found]
        if new:
            self._ask(new, found)
        return found

    def _ask(self, mobiles: list[str], found: dict[str, Found]) -> None:
        # Fetched ahead: calls that wait for a token would then leave all at once.
        self._caller.token()
        patience = Patience(self._clock)
        tries = dict.fromkeys(mobiles, 0)
        failures: list[DingError] = []

        def on_outcome(mobile: str, outcome: Found | DingError) -> Again | None:
            if isinstance(outcome, Found):
                found[mobile] = outcome
                if outcome.userid:
                    self._known[mobile] = outcome.userid
                patience.succeeded()
                return None
            tries[mobile] += 1
            again = _again(outcome, patience, tries[mobile])
            if again is None:
                failures.append(outcome)
                stop.set()
            return again

        stop = self._clock.event()
        crew = Crew(self._clock, self._pace, Work(api=contacts.BY_MOBILE, do=self._look_up, on_outcome=on_outcome))

        def interrupt() -> None:
            stop.set()
            crew.interrupt()

        def progress() -> tuple[str, float]:
            done = sum(mobile in found for mobile in mobiles)
            return say("progress.look_up", n=done, numbers=count("number", len(mobiles))), done / len(mobiles)

        bar = ProgressBar(self._clock)
        try:
            Background(self._clock, lambda: crew.run(mobiles, stop), interrupt).join(lambda: bar.show(*progress()))
        finally:
            bar.end(*progress())
        if failures:
            raise failures[0]

    def _look_up(self, mobile: str) -> Found | DingError:
        try:
            return Found(contacts.userid_by_mobile(self._caller, mobile))
        except PersonError as error:
            return Found(reason=error.facts.meaning)
        except DingError as error:
            return error


def _again(error: DingError, patience: Patience, tries: int) -> Again | None:
    """Return the pause after which a look-up is repeated; None where that would not help."""
    if isinstance(error, ThrottledError):
        return patience.pause(error)
    if isinstance(error, BusyError | TransportError) and tries < MOST_TRIES:
        return Again(PAUSE_S)
    return None

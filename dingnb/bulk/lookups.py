"""Looks phone numbers up: paced, each number once, and remembered for this connection."""

from collections.abc import Iterable
from dataclasses import dataclass

from dingnb.api import contacts
from dingnb.auth import Caller
from dingnb.bulk.background import Background
from dingnb.bulk.crew import Again, Crew, Work
from dingnb.bulk.pace import Pace
from dingnb.clock import Clock
from dingnb.errors import ApiError, BusyError, DingError, PersonError, ThrottledError, TransportError

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
        self._known: dict[str, Found] = {}

    def find(self, mobiles: Iterable[str]) -> dict[str, Found]:
        """
        Return for each number whom it belongs to; numbers that are known already cost no call.

        Raises:
            DingError: DingTalk could not be asked, or does not allow it; what was found is kept.
        """
        wanted = list(dict.fromkeys(mobiles))
        new = [mobile for mobile in wanted if mobile not in self._known]
        if new:
            self._ask(new)
        return {mobile: self._known[mobile] for mobile in wanted}

    def _ask(self, mobiles: list[str]) -> None:
        # Fetched ahead: calls that wait for a token would then leave all at once.
        self._caller.token()
        tries = dict.fromkeys(mobiles, 0)
        failures: list[DingError] = []

        def on_outcome(mobile: str, outcome: Found | DingError) -> Again | None:
            if isinstance(outcome, Found):
                self._known[mobile] = outcome
                return None
            tries[mobile] += 1
            passing = isinstance(outcome, ThrottledError | BusyError | TransportError)
            if passing and (isinstance(outcome, ThrottledError) or tries[mobile] < MOST_TRIES):
                return Again(outcome.pause_s if isinstance(outcome, ApiError) else 1.0)
            failures.append(outcome)
            stop.set()
            return None

        stop = self._clock.event()
        crew = Crew(self._clock, self._pace, Work(api=contacts.BY_MOBILE, do=self._look_up, on_outcome=on_outcome))

        def interrupt() -> None:
            stop.set()
            crew.interrupt()

        if Background(self._clock, lambda: crew.run(mobiles, stop), interrupt).join():
            raise KeyboardInterrupt
        if failures:
            raise failures[0]

    def _look_up(self, mobile: str) -> Found | DingError:
        try:
            return Found(contacts.userid_by_mobile(self._caller, mobile))
        except PersonError as error:
            return Found(reason=error.facts.meaning)
        except DingError as error:
            return error

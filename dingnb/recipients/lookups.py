"""Looks phone numbers up: paced, each number once, and remembered in the ledger for a day."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from dingnb.api import contacts
from dingnb.auth import Caller
from dingnb.calls.background import Background
from dingnb.calls.backoff import Backoff, RetryStatus, fetch_token
from dingnb.calls.context import SendContext
from dingnb.calls.pace import Pace
from dingnb.calls.workers import Job, RetryLater, WorkerPool
from dingnb.clock import NS_PER_S, seconds
from dingnb.display import ProgressBar
from dingnb.errors import DingError, LedgerError, PersonError, code_meaning
from dingnb.ledger import Ledger, Realm, lookups, transactions
from dingnb.ledger.lookups import Owner
from dingnb.recipients.addresses import Addresses, Rejection
from dingnb.words import NOTHING, Text, count, dotted, duration

_KEEP_EVERY_NS = seconds(1)
_MINUTE_S = 60


@dataclass(frozen=True, slots=True)
class Found:
    """
    Whom a number belongs to.

    Attributes:
        userid: The person; empty where there is none.
        reason: Why there is none; empty where there is one.
    """

    userid: str = ""
    reason: Text = NOTHING


@dataclass(frozen=True, slots=True)
class LookedUp:
    """
    Where the owners of a plan's numbers come from.

    Attributes:
        now: How many numbers were looked up for it.
        known: How many were known from before.
        oldest_s: How long before the plan the oldest of these was looked up, in seconds.
    """

    now: int = 0
    known: int = 0
    oldest_s: float = 0

    @property
    def text(self) -> Text:
        """It in words; empty where nothing was known from before."""
        if not self.known:
            return NOTHING
        age = (
            Text("plan.age", duration=duration(self.oldest_s)) if self.oldest_s >= _MINUTE_S else Text("plan.age_short")
        )
        key = "plan.looked_up" if self.now else "plan.looked_up_before"
        return Text(key, now=f"{self.now:,}", known=f"{self.known:,}", age=age)


class Lookups:
    """
    Finds the userids of phone numbers.

    Args:
        caller: Calls as the app.
        pace: When calls may start.
        backoff: Makes what decides about repeats; a look-up changes nothing and may be repeated.
        ledger: Where they are kept; one that cannot be used keeps nobody from planning.
        realm: Whose look-ups these are.
        now_ns: Returns the time.
    """

    def __init__(
        self,
        caller: Caller,
        pace: Pace,
        backoff: Callable[[], Backoff],
        ledger: Ledger,
        realm: Realm,
        now_ns: Callable[[], int],
    ) -> None:
        self._caller = caller
        self._pace = pace
        self._backoff = backoff
        self._ledger = ledger
        self._realm = realm
        self._now_ns = now_ns
        self._known: dict[str, Owner] = {}

    @classmethod
    def of(cls, context: SendContext) -> "Lookups":
        """Return what looks numbers up for a plan or a campaign."""
        return cls(context.caller, context.pace, context.backoff, context.ledger, context.realm, context.now_ns)

    def known(self, numbers: Iterable[str]) -> dict[str, str]:
        """Return the owners of those of some numbers that are known; no call is made."""
        return {mobile: owner.userid for mobile, owner in self._recall(list(numbers)).items()}

    def owners(self, numbers: Iterable[str]) -> dict[str, str]:
        """
        Return the owners of those of some numbers that have one; those that are not known are asked for.

        Raises:
            DingError: As `find`.
        """
        wanted = list(dict.fromkeys(numbers))
        found = self.find(wanted, self._recall(wanted))
        return {mobile: who.userid for mobile, who in found.items() if who.userid}

    def fill(
        self, addresses: Addresses, *, others: Iterable[str] = (), refresh: bool = False
    ) -> tuple[dict[str, str], LookedUp]:
        """
        Give the rows with phone numbers the userids of these; reject those whose number nobody has.

        Args:
            addresses: The rows.
            others: More numbers whose owners are wanted.
            refresh: Whether to ask for those as well whose owners are known.

        Returns:
            The owners of all these numbers that have one, and where they come from.

        Raises:
            DingError: As `find`.
        """
        numbers = list(dict.fromkeys([*addresses.mobiles.values(), *others]))
        known = {} if refresh else self._recall(numbers)
        now_ns = self._now_ns()
        found = self.find(numbers, known)
        oldest_ns = min((owner.found_ns for owner in known.values()), default=now_ns)
        for position, mobile in addresses.mobiles.items():
            who = found[mobile]
            addresses.userids[position] = who.userid
            if not who.userid:
                reason = Text("row.no_such_person", value=mobile, reason=who.reason)
                hint = Text("row.no_such_person_todo")
                addresses.rejections[position] = Rejection(position, addresses.mobile_column, mobile, reason, hint)
        looked_up = LookedUp(len(numbers) - len(known), len(known), max(now_ns - oldest_ns, 0) / NS_PER_S)
        return {mobile: who.userid for mobile, who in found.items() if who.userid}, looked_up

    def find(self, numbers: Iterable[str], known: Mapping[str, Owner]) -> dict[str, Found]:
        """
        Return for each number whom it belongs to.

        A number whose owner is known already costs no call; one that nobody had is asked for again.

        Args:
            numbers: The numbers.
            known: The owners that are known.

        Raises:
            DingError: DingTalk could not be asked, or does not allow it; what was found is kept.
            KeyboardInterrupt: The cell was interrupted; what was found is kept.
        """
        found = {mobile: Found(owner.userid) for mobile, owner in known.items()}
        new = [mobile for mobile in numbers if mobile not in found]
        if new:
            self._ask(new, found)
        return found

    def _recall(self, numbers: Sequence[str]) -> dict[str, Owner]:
        """Return the owners that are known."""
        now_ns = self._now_ns()
        found = {one: self._known[one] for one in numbers if one in self._known and self._known[one].is_current(now_ns)}
        if numbers:
            # Without a ledger nothing is sent, and the plan says so; what this connection knows, it knows.
            with suppress(LedgerError), self._ledger.connection() as db:
                found |= lookups.known(db, self._realm, numbers, now_ns)
        return found

    def _keep(self, fresh: dict[str, Found]) -> None:
        """Write down what was found, and forget it here."""
        now_ns = self._now_ns()
        owners = {mobile: Owner(one.userid, now_ns) for mobile, one in fresh.items() if one.userid}
        gone = [mobile for mobile in fresh if mobile not in owners]
        self._known |= owners
        for mobile in gone:
            self._known.pop(mobile, None)
        with suppress(LedgerError):
            transactions.store_owners(self._ledger, self._realm, owners, gone)
        fresh.clear()

    def _ask(self, mobiles: list[str], found: dict[str, Found]) -> None:
        backoff = self._backoff()
        clock, trouble = backoff.clock, RetryStatus(backoff)
        failures: list[DingError] = []
        fresh: dict[str, Found] = {}
        kept_ns = clock.monotonic_ns()

        def on_outcome(mobile: str, outcome: Found | DingError, started_ns: int) -> RetryLater | None:
            nonlocal kept_ns
            if isinstance(outcome, Found):
                found[mobile] = fresh[mobile] = outcome
                backoff.succeeded()
                trouble.over()
                # As it comes: a kernel that dies loses a second's work.
                if clock.monotonic_ns() - kept_ns >= _KEEP_EVERY_NS:
                    self._keep(fresh)
                    kept_ns = clock.monotonic_ns()
                return None
            retry = backoff.failed(outcome, started_ns, asks=True)
            if retry is None:
                failures.append(outcome)
                stop.set()
            return retry

        stop = clock.event()
        self._pace.end_outage(contacts.BY_MOBILE)
        job = Job(
            api=contacts.BY_MOBILE,
            call=self._look_up,
            on_outcome=on_outcome,
            on_wait=trouble.wait,
            one_at_a_time=lambda: backoff.is_failing,
        )
        pool = WorkerPool(clock, self._pace, job)

        def run() -> None:
            refused = fetch_token(self._caller, self._pace, backoff, stop, trouble.wait)
            failures.extend(filter(None, [refused]))
            try:
                pool.run([] if refused else mobiles, stop)
            finally:
                self._keep(fresh)

        def interrupt() -> None:
            stop.set()
            pool.interrupt()

        def progress() -> tuple[str, float]:
            done = sum(mobile in found for mobile in mobiles)
            text = Text("progress.look_up", n=done, numbers=count("number", len(mobiles)))
            return str(dotted([text, trouble.text])), done / len(mobiles)

        bar = ProgressBar(clock)
        try:
            Background(clock, run, interrupt).join(lambda: bar.show(*progress()))
        finally:
            trouble.over()
            bar.end(*progress())
        if failures:
            raise failures[0]

    def _look_up(self, mobile: str) -> Found | DingError:
        try:
            return Found(contacts.userid_by_mobile(self._caller, mobile))
        except PersonError as error:
            return Found(reason=code_meaning(error.code))
        except DingError as error:
            return error

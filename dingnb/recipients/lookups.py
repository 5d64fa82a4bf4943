"""Looks up the owners of phone numbers: paced, each number once, and cached in the ledger for a day."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from dingnb.api import contacts
from dingnb.auth import Caller
from dingnb.calls.background import Background, interruption
from dingnb.calls.backoff import Backoff, RetryStatus, fetch_token
from dingnb.calls.context import SendContext
from dingnb.calls.pace import Pace
from dingnb.calls.workers import Job, RetryLater, WorkerPool
from dingnb.clock import NS_PER_S, seconds_to_ns
from dingnb.display import ProgressBar
from dingnb.errors import DingError, LedgerError, PersonError, code_meaning, code_todo
from dingnb.ledger import Ledger, Realm, transactions
from dingnb.ledger.contacts import lookups
from dingnb.ledger.contacts.lookups import Owner
from dingnb.recipients.addresses import Addresses, Rejection
from dingnb.tables.ids import read_userid
from dingnb.words import NOTHING, Text, age_text, count, dotted

_STORE_INTERVAL_NS = seconds_to_ns(1)


@dataclass(frozen=True, slots=True)
class LookupResult:
    """
    The result of looking up the owner of a phone number.

    Attributes:
        userid: The owner's userid; empty if there is none.
        reason: Why there is none; empty if there is one.
        hint: What to do about it.
    """

    userid: str = ""
    reason: Text = NOTHING
    hint: Text = NOTHING


@dataclass(frozen=True, slots=True)
class LookupCounts:
    """
    The number of owners of a plan's phone numbers that were looked up, and of those that came from the cache.

    Attributes:
        looked_up: The number of owners that were looked up.
        cached: The number of cached owners.
        oldest_s: The age of the oldest cached owner, in seconds.
    """

    looked_up: int = 0
    cached: int = 0
    oldest_s: float = 0

    @property
    def text(self) -> Text:
        """The counts as text; empty if nothing came from the cache."""
        if not self.cached:
            return NOTHING
        key = "plan.looked_up" if self.looked_up else "plan.looked_up_before"
        return Text(key, now=f"{self.looked_up:,}", known=f"{self.cached:,}", age=age_text(self.oldest_s))


class Lookups:
    """
    Looks up the userids of phone numbers.

    Args:
        caller: Makes calls as the app.
        pace: Decides when calls may start.
        backoff: Creates the backoff of a run; a look-up changes nothing and may be repeated.
        ledger: The ledger with the cache; planning works without it.
        realm: The app and its mode.
        now_ns: Returns the current time.
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
        self._cache: dict[str, Owner] = {}

    @classmethod
    def of(cls, context: SendContext) -> "Lookups":
        """Return the look-ups of a context."""
        return cls(context.caller, context.pace, context.backoff, context.ledger, context.realm, context.now_ns)

    def cached_owners(self, numbers: Iterable[str]) -> dict[str, str]:
        """Return the cached owners by number. Makes no calls."""
        return {mobile: owner.userid for mobile, owner in self._cached(list(numbers)).items()}

    def find_owners(self, numbers: Iterable[str]) -> dict[str, str]:
        """
        Return the owners by number, looking up those that are not cached; numbers without an owner are left out.

        Raises:
            DingError: As for `find`.
        """
        distinct = list(dict.fromkeys(numbers))
        results = self.find(distinct, self._cached(distinct))
        return {mobile: result.userid for mobile, result in results.items() if result.userid}

    def fill_in(
        self, addresses: Addresses, *, others: Iterable[str] = (), refresh: bool = False
    ) -> tuple[dict[str, str], LookupCounts]:
        """
        Fill in the userids of rows with phone numbers; rows whose number has no owner are rejected.

        Args:
            addresses: The addresses of the rows.
            others: Further numbers to look up.
            refresh: Whether to ignore cached owners.

        Returns:
            The owners by number, and the number of owners that were looked up and cached.

        Raises:
            DingError: As for `find`.
        """
        numbers = list(dict.fromkeys([*addresses.mobiles.values(), *others]))
        cached = {} if refresh else self._cached(numbers)
        now_ns = self._now_ns()
        results = self.find(numbers, cached)
        oldest_ns = min((owner.found_ns for owner in cached.values()), default=now_ns)
        for position, mobile in addresses.mobiles.items():
            result = results[mobile]
            addresses.userids[position] = result.userid
            if not result.userid:
                rejection = Rejection(position, addresses.mobile_column, mobile, result.reason, result.hint)
                addresses.rejections[position] = rejection
        counts = LookupCounts(len(numbers) - len(cached), len(cached), max(now_ns - oldest_ns, 0) / NS_PER_S)
        return {mobile: result.userid for mobile, result in results.items() if result.userid}, counts

    def find(self, numbers: Iterable[str], known: Mapping[str, Owner]) -> dict[str, LookupResult]:
        """
        Return the owner of each number.

        A known owner costs no call; that a number has no owner is not cached.

        Args:
            numbers: The numbers.
            known: The known owners.

        Raises:
            DingError: DingTalk could not be reached, or refused; owners found so far are cached.
            KeyboardInterrupt: The cell was interrupted; owners found so far are cached.
        """
        found = {mobile: LookupResult(owner.userid) for mobile, owner in known.items()}
        new = [mobile for mobile in numbers if mobile not in found]
        if new:
            self._request(new, found)
        return found

    def _cached(self, numbers: Sequence[str]) -> dict[str, Owner]:
        """Return the cached owners."""
        now_ns = self._now_ns()
        found = {
            number: self._cache[number]
            for number in numbers
            if number in self._cache and self._cache[number].is_current(now_ns)
        }
        if numbers:
            # Without a ledger nothing is sent, and the plan says so; the cache of this object still applies.
            with suppress(LedgerError), self._ledger.connection() as db:
                found |= lookups.find(db, self._realm, numbers, now_ns)
        return found

    def _store(self, fresh: dict[str, LookupResult]) -> None:
        """Write new owners to the caches, and clear `fresh`."""
        now_ns = self._now_ns()
        owners = {mobile: Owner(answer.userid, now_ns) for mobile, answer in fresh.items() if answer.userid}
        without_owner = [mobile for mobile in fresh if mobile not in owners]
        self._cache |= owners
        for mobile in without_owner:
            self._cache.pop(mobile, None)
        with suppress(LedgerError):
            transactions.store_owners(self._ledger, self._realm, owners, without_owner)
        fresh.clear()

    def _request(self, mobiles: list[str], found: dict[str, LookupResult]) -> None:
        backoff = self._backoff()
        clock, status = backoff.clock, RetryStatus(backoff)
        failures: list[DingError] = []
        fresh: dict[str, LookupResult] = {}
        stored_ns = clock.monotonic_ns()

        def on_outcome(mobile: str, outcome: LookupResult | DingError, started_ns: int) -> RetryLater | None:
            nonlocal stored_ns
            if isinstance(outcome, LookupResult):
                found[mobile] = fresh[mobile] = outcome
                backoff.record_success()
                status.clear()
                # Regularly, so that a kernel that dies loses at most a second of work.
                if clock.monotonic_ns() - stored_ns >= _STORE_INTERVAL_NS:
                    self._store(fresh)
                    stored_ns = clock.monotonic_ns()
                return None
            retry = backoff.record_failure(outcome, started_ns, is_query=True)
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
            on_wait=status.set_pause,
            one_at_a_time=lambda: backoff.is_failing,
        )
        pool = WorkerPool(clock, self._pace, job)

        def run() -> None:
            refused = fetch_token(self._caller, self._pace, backoff, stop, status.set_pause)
            failures.extend([] if refused is None else [refused])
            try:
                pool.run([] if refused else mobiles, stop)
            finally:
                self._store(fresh)

        def interrupt() -> None:
            stop.set()
            pool.interrupt()

        def progress() -> tuple[str, float]:
            done = sum(mobile in found for mobile in mobiles)
            text = Text("progress.look_up", n=done, numbers=count("phone_number", len(mobiles)))
            return str(dotted([text, status.text])), done / len(mobiles)

        bar = ProgressBar(clock)
        try:
            Background(clock, run, interrupt).join(lambda: bar.show(*progress()))
        except KeyboardInterrupt:
            raise interruption(Text("look_up.interrupted", progress=progress()[0])) from None
        finally:
            status.clear()
            bar.end(*progress())
        if failures:
            raise failures[0]

    def _look_up(self, mobile: str) -> LookupResult | DingError:
        try:
            userid = contacts.find_userid_by_mobile(self._caller, mobile)
        except PersonError as error:
            if error.code == contacts.NO_SUCH_MOBILE_CODE:
                return LookupResult(
                    reason=Text("row.no_such_person", value=mobile), hint=Text("row.no_such_person_todo")
                )
            refused = Text("row.number_refused", value=mobile, reason=code_meaning(error.code))
            return LookupResult(reason=refused, hint=code_todo(error.code))
        except DingError as error:
            return error
        # A comma, for example, would separate two people in a call.
        problem = read_userid(userid).problem
        if problem:
            return LookupResult(
                reason=Text("row.number_refused", value=mobile, reason=problem), hint=Text("row.no_such_person_todo")
            )
        return LookupResult(userid)

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
from dingnb.ledger import Ledger, Realm
from dingnb.ledger.contacts import directory
from dingnb.ledger.contacts.directory import Owner
from dingnb.recipients.addresses import Addresses, Rejection
from dingnb.tables.ids import read_userid
from dingnb.words import NOTHING, Text, age_text, count, dotted

_STORE_INTERVAL_NS = seconds_to_ns(1)


@dataclass(frozen=True, slots=True)
class LookupResult:
    """
    The result of looking up the owner of a phone number.

    Attributes:
        userid: The owner's userid; empty if no owner was found.
        reason: Why no owner was found; empty if an owner was found.
        hint: What to do next; empty if an owner was found.
    """

    userid: str = ""
    reason: Text = NOTHING
    hint: Text = NOTHING


@dataclass(frozen=True, slots=True)
class LookupCounts:
    """
    How many of a plan's phone numbers were looked up, and how many owners came from the cache.

    Attributes:
        looked_up: The number of phone numbers that were looked up.
        cached: The number of cached owners.
        oldest_s: The age of the oldest cached owner, in seconds; 0 without cached owners.
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
        new_backoff: Creates the backoff of a run; a look-up changes nothing and may be repeated.
        ledger: The ledger with the cache; planning works without it.
        realm: The app and its mode.
        now_ns: Returns the current time.
    """

    def __init__(
        self,
        caller: Caller,
        pace: Pace,
        new_backoff: Callable[[], Backoff],
        ledger: Ledger,
        realm: Realm,
        now_ns: Callable[[], int],
    ) -> None:
        self._caller = caller
        self._pace = pace
        self._new_backoff = new_backoff
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

    def look_up_owners(self, numbers: Iterable[str]) -> dict[str, str]:
        """
        Return the owners by number, looking up owners that are not cached; numbers without an owner are left out.

        Raises:
            DingError: As for `look_up`.
        """
        distinct = list(dict.fromkeys(numbers))
        results = self.look_up(distinct, self._cached(distinct))
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
            The owners by number, and how many numbers were looked up and how many owners were cached.

        Raises:
            DingError: As for `look_up`.
        """
        numbers = list(dict.fromkeys([*addresses.mobiles.values(), *others]))
        cached = {} if refresh else self._cached(numbers)
        now_ns = self._now_ns()
        results = self.look_up(numbers, cached)
        oldest_ns = min((owner.found_ns for owner in cached.values()), default=now_ns)
        for position, mobile in addresses.mobiles.items():
            result = results[mobile]
            addresses.userids[position] = result.userid
            if not result.userid:
                rejection = Rejection(position, addresses.mobile_column, mobile, result.reason, result.hint)
                addresses.rejections[position] = rejection
        counts = LookupCounts(len(numbers) - len(cached), len(cached), max(now_ns - oldest_ns, 0) / NS_PER_S)
        return {mobile: result.userid for mobile, result in results.items() if result.userid}, counts

    def look_up(self, numbers: Iterable[str], known: Mapping[str, Owner]) -> dict[str, LookupResult]:
        """
        Return the owner of each number.

        A known owner costs no call; that a number has no owner is not cached.

        Raises:
            DingError: DingTalk could not be reached, or refused; owners found so far are cached.
            KeyboardInterrupt: The cell was interrupted; owners found so far are cached.
        """
        results = {mobile: LookupResult(owner.userid) for mobile, owner in known.items()}
        unknown = [mobile for mobile in dict.fromkeys(numbers) if mobile not in results]
        if unknown:
            results |= _LookupRun(self._caller, self._pace, self._new_backoff(), unknown, self._store).complete()
        return results

    def _cached(self, numbers: Sequence[str]) -> dict[str, Owner]:
        """Return the cached owners."""
        now_ns = self._now_ns()
        owners = {
            number: self._cache[number]
            for number in numbers
            if number in self._cache and self._cache[number].is_current(now_ns)
        }
        if numbers:
            # Without a ledger, nothing is sent, and the plan says so; the cache of this object still applies.
            with suppress(LedgerError), self._ledger.connection() as db:
                owners |= directory.find_owners(db, self._realm, numbers, now_ns)
        return owners

    def _store(self, results: Mapping[str, LookupResult]) -> None:
        """Write new owners to the caches, and remove numbers without an owner."""
        now_ns = self._now_ns()
        owners = {mobile: Owner(result.userid, now_ns) for mobile, result in results.items() if result.userid}
        without_owner = [mobile for mobile in results if mobile not in owners]
        self._cache |= owners
        for mobile in without_owner:
            self._cache.pop(mobile, None)
        with suppress(LedgerError):
            directory.store_owners(self._ledger, self._realm, owners, without_owner, now_ns)


class _LookupRun:
    """
    Looks up the owners of numbers, with a progress bar.

    Args:
        caller: Makes calls as the app.
        pace: Decides when calls may start.
        backoff: Decides about retries.
        mobiles: The numbers.
        store: Called regularly with the results since the last time.
    """

    def __init__(
        self,
        caller: Caller,
        pace: Pace,
        backoff: Backoff,
        mobiles: Sequence[str],
        store: Callable[[Mapping[str, LookupResult]], None],
    ) -> None:
        self._caller, self._pace, self._backoff = caller, pace, backoff
        self._mobiles = mobiles
        self._store_results = store
        self._clock, self._status = backoff.clock, RetryStatus(backoff)
        self._stop = backoff.clock.event()
        self._failures: list[DingError] = []
        self._unstored: dict[str, LookupResult] = {}
        self._stored_ns = backoff.clock.monotonic_ns()
        self._results: dict[str, LookupResult] = {}

    def complete(self) -> dict[str, LookupResult]:
        """
        Look up all numbers, and return the results by number.

        Raises:
            DingError: DingTalk could not be reached, or refused; what was found before is stored.
            KeyboardInterrupt: The cell was interrupted; what was found before is stored.
        """
        self._pace.end_outage(contacts.BY_MOBILE)
        job = Job(
            api=contacts.BY_MOBILE,
            call=self._look_up,
            on_outcome=self._on_outcome,
            on_wait=self._status.set_pause,
            one_at_a_time=lambda: self._backoff.is_failing,
        )
        pool = WorkerPool(self._clock, self._pace, job)

        def interrupt() -> None:
            self._stop.set()
            pool.interrupt()

        bar = ProgressBar(self._clock)
        try:
            Background(self._clock, lambda: self._run(pool), interrupt).join(lambda: bar.show(*self._progress()))
        except KeyboardInterrupt:
            raise interruption(Text("look_up.interrupted", progress=self._progress()[0])) from None
        finally:
            self._status.clear()
            bar.end(*self._progress())
        if self._failures:
            raise self._failures[0]
        return self._results

    def _run(self, pool: WorkerPool[str, LookupResult | DingError]) -> None:
        refused = fetch_token(self._caller, self._pace, self._backoff, self._stop, self._status.set_pause)
        if refused is not None:
            self._failures.append(refused)
        try:
            pool.run([] if refused else self._mobiles, self._stop)
        finally:
            self._store()

    def _on_outcome(self, mobile: str, outcome: LookupResult | DingError, started_ns: int) -> RetryLater | None:
        if isinstance(outcome, LookupResult):
            self._results[mobile] = self._unstored[mobile] = outcome
            self._backoff.record_success()
            self._status.clear()
            # Regularly, so that a kernel that dies loses at most a second of work.
            if self._clock.monotonic_ns() - self._stored_ns >= _STORE_INTERVAL_NS:
                self._store()
            return None
        retry = self._backoff.record_failure(outcome, started_ns, is_query=True)
        if retry is None:
            self._failures.append(outcome)
            self._stop.set()
        return retry

    def _store(self) -> None:
        self._store_results(self._unstored)
        self._unstored.clear()
        self._stored_ns = self._clock.monotonic_ns()

    def _progress(self) -> tuple[str, float]:
        """Return the progress as text, and the fraction that is done."""
        done, total = len(self._results), len(self._mobiles)
        text = Text("progress.look_up", n=done, numbers=count("phone_number", total))
        return str(dotted([text, self._status.text])), done / total

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
                reason=Text("row.owner_unusable", value=mobile, reason=problem), hint=Text("row.owner_unusable_todo")
            )
        return LookupResult(userid)

"""
The pace of calls, shared by all processes that use a ledger.

A row for each API of an app says when the next call may start. The row has a place for each call that is allowed in a
second. Calls take the places in turn, and a place may be taken again a second after its last call has certainly
arrived.

The people of the last minute are counted by the recorded attempts. The row has an upper bound of their number, which is
corrected when it is too high.

Times are read from the clock that all users of the ledger share (`Ledger.shared_clock_ns`).
"""

from collections.abc import Sequence
from typing import NamedTuple

from dingnb.clock import NS_PER_S, seconds_to_ns
from dingnb.ledger.realm import Realm
from dingnb.ledger.session import PLACE, LedgerSession, set_place
from dingnb.ledger.statements import AFTER_CLOCK_CHANGE_NS, MAX_SLOT_AHEAD_NS

MINUTE_NS = 60 * NS_PER_S + seconds_to_ns(0.01)
"""Time for which the people of a call count after its answer."""

OPEN_NS = 2 * MINUTE_NS
"""Time for which the people of a call without an answer count after its start: a call takes a minute at most."""

MAX_PLACES = 100
"""Maximum number of places; a higher number of calls a second is limited over a shorter period."""

_PRIORITY_NS = seconds_to_ns(2)
"""Time for which a refused campaign has priority, unless it asks again."""

_RETRY_NS = seconds_to_ns(0.5)
"""Time after which a campaign without priority asks again."""


class PaceRequest(NamedTuple):
    """
    What a call needs.

    Attributes:
        realm: The app and its mode.
        api: The API that is called.
        shared_clock_ns: The earliest time at which the call can start: now, or later by the time that a request takes.
        places: The number of places.
        period_ns: The minimum time between two calls in one place.
        interval_ns: The minimum time between two calls.
        margin_ns: The time by which the call may arrive later than other calls.
        campaign: The campaign; 0 for calls that send nothing.
        people: The number of people to whom the call sends.
        max_people: The maximum number of people in a minute.
    """

    realm: Realm
    api: str
    shared_clock_ns: int
    places: int
    period_ns: int
    interval_ns: int
    margin_ns: int
    campaign: int = 0
    people: int = 0
    max_people: int = 0


class Starts(NamedTuple):
    """
    The starts of an API's calls.

    Attributes:
        next_ns: When the next call may start.
        n: The number of calls so far.
        places: When each place becomes free, 8 bytes each.
    """

    next_ns: int = 0
    n: int = 0
    places: bytes = b""


class Grant(NamedTuple):
    """A granted start: when the call may start, and its number, which determines its place."""

    slot_ns: int
    number: int


class NoRoom(NamedTuple):
    """
    A refusal: the limit of people a minute is reached, or another campaign has priority.

    Attributes:
        wait_ns: How long the people of earlier calls still count; None if unknown, because an answer has to arrive
            first or no people count.
        retry_after_ns: The duration after which to ask again.
    """

    wait_ns: int | None
    retry_after_ns: int


class PeopleLimit(NamedTuple):
    """
    The state of the limit of people a minute.

    Attributes:
        counted: An upper bound of the number of people of the last minute.
        priority_campaign: The campaign that has priority, because it was refused; 0 for none.
        priority_until_ns: When the priority ends.
    """

    counted: int = 0
    priority_campaign: int = 0
    priority_until_ns: int = 0

    def has_room(self, request: PaceRequest) -> bool:
        """Return whether a call may be made now."""
        return self.counted + request.people <= request.max_people and self.has_turn(request)

    def has_turn(self, request: PaceRequest) -> bool:
        """Return whether no other campaign has priority."""
        if self.priority_campaign in {0, request.campaign}:
            return True
        now_ns = request.shared_clock_ns
        return not now_ns < self.priority_until_ns <= now_ns + MAX_SLOT_AHEAD_NS

    def after(self, request: PaceRequest) -> "PeopleLimit":
        """Return the state after a call was granted, which ends the priority of its campaign."""
        counted = self.counted + request.people
        return PeopleLimit(counted) if self.priority_campaign == request.campaign else self._replace(counted=counted)


def grant(starts: Starts, request: PaceRequest) -> tuple[Starts, Grant]:
    """
    Grant a start, and return the state after the grant, and the grant.

    For PostgreSQL, `dingnb.ledger.statements` does the same.

    >>> import struct
    >>> from dingnb.ledger.realm import Realm
    >>> request = PaceRequest(Realm("", "", ""), "send", 1_000, 2, 100, 50, 10)
    >>> starts, granted = grant(Starts(), request)
    >>> granted
    Grant(slot_ns=1000, number=0)
    >>> starts.next_ns, starts.n, struct.unpack("<2q", starts.places)
    (1050, 1, (1110, 0))
    """
    now_ns, size = request.shared_clock_ns, request.places * PLACE.size
    places, place = starts.places[:size].ljust(size, b"\0"), starts.n % request.places
    (free_ns,) = PLACE.unpack_from(places, place * PLACE.size)
    if starts.next_ns > now_ns + MAX_SLOT_AHEAD_NS or free_ns > now_ns + MAX_SLOT_AHEAD_NS:
        slot_ns = now_ns + AFTER_CLOCK_CHANGE_NS
    else:
        slot_ns = max(starts.next_ns, now_ns, free_ns)
    places = set_place(places, place, slot_ns + request.period_ns + request.margin_ns)
    return Starts(slot_ns + request.interval_ns, starts.n + 1, places), Grant(slot_ns, starts.n)


def reserve(db: LedgerSession, request: PaceRequest) -> Grant:
    """
    Reserve the start of a call that sends nothing.

    Args:
        db: The ledger, in a `Ledger.transaction_unless_shared` context.
        request: What the call needs.
    """
    if db.statements.reserve:
        values = _values(request)
        row = db.execute(db.statements.reserve, values).fetchone()
        if row is None:
            ensure(db, request.realm, request.api)
            row = db.execute(db.statements.reserve, values).fetchone()
        return Grant(int(row[0]), int(row[1]))
    starts, granted = grant(read(db, request)[0], request)
    write(db, request, starts)
    return granted


class Correction(NamedTuple):
    """When the place of a call becomes free, as the answer has shown: the call's request and number, and the time."""

    request: PaceRequest
    number: int
    free_ns: int

    @property
    def values(self) -> tuple[object, ...]:
        """The values of `Statements.correct_pace`."""
        request = self.request
        place = self.number % request.places
        return place, self.free_ns, request.realm.id, request.api, self.number + request.places


def correct(db: LedgerSession, correction: Correction) -> None:
    """Record the time from which the place of a call is free, in a `Ledger.transaction_unless_shared` context."""
    db.execute(db.statements.correct_pace, correction.values)


def make_room(db: LedgerSession, request: PaceRequest) -> NoRoom | None:
    """
    Count the people of the last minute again, and return the refusal of a call; None if the call may be made.

    With a refusal, the campaign of the call gets priority, unless another campaign has it. Without priority, a campaign
    with many people in a call would never find room beside a campaign with few.

    Args:
        db: The ledger, in a `Ledger.row_locking_transaction`.
        request: What the call needs.
    """
    ensure(db, request.realm, request.api)
    if db.statements.lock_pace:
        # Without the lock, the number could change between counting and recording it.
        db.execute(db.statements.lock_pace, (request.realm.id, request.api)).fetchone()
    now_ns = request.shared_clock_ns
    # Times further ahead were recorded before the clock was set back.
    db.execute(
        "UPDATE attempts SET counts_until_ns = ? WHERE realm = ? AND counts_until_ns > ?",
        (now_ns + MINUTE_NS, request.realm.id, now_ns + OPEN_NS + MINUTE_NS),
    )
    counting = _counting_calls(db, request.realm, now_ns)
    people = _read_people(db, request)._replace(counted=sum(call.people for call in counting))
    if people.has_room(request):
        _write_people(db, request, people)
        return None
    wait_ns = _wait_ns(counting, people.counted + request.people - request.max_people, now_ns)
    if not people.has_turn(request):
        _write_people(db, request, people)
        return NoRoom(wait_ns, _RETRY_NS)
    _write_people(
        db, request, people._replace(priority_campaign=request.campaign, priority_until_ns=now_ns + _PRIORITY_NS)
    )
    return NoRoom(wait_ns, min(_PRIORITY_NS // 2, _PRIORITY_NS if wait_ns is None else wait_ns))


def count_people(db: LedgerSession, realm: Realm, shared_clock_ns: int) -> int:
    """Return the number of people of the last minute."""
    latest_ns = shared_clock_ns + OPEN_NS + MINUTE_NS
    return sum(call.people for call in _counting_calls(db, realm, shared_clock_ns) if call.until_ns <= latest_ns)


def recount(db: LedgerSession, realm: Realm, now_ns: int, shared_clock_ns: int, tolerance_ns: int) -> None:
    """
    Make the people of recent calls count again after the shared clock has started anew, as when the computer restarts.

    Args:
        db: The ledger, in a write transaction.
        realm: The app and its mode.
        now_ns: The time of the ledger.
        shared_clock_ns: The time of the shared clock.
        tolerance_ns: The possible error of the time of the ledger.
    """
    expected = "(? + ended_ns + ? - ?)"
    db.execute(
        f"UPDATE attempts SET counts_until_ns = {expected} WHERE realm = ? AND ended_ns > ?"  # noqa: S608 - our own text
        f" AND ended_ns <= ? AND outcome IN ('accepted', 'unknown') AND abs(counts_until_ns - {expected}) > ?"
        " AND id >= (SELECT coalesce(max(id), 0) - ? FROM attempts)",
        (
            *(shared_clock_ns, MINUTE_NS + tolerance_ns, now_ns),
            *(realm.id, now_ns - MINUTE_NS - tolerance_ns, now_ns + tolerance_ns),
            *(shared_clock_ns, MINUTE_NS, now_ns),
            *(3 * tolerance_ns, _MAX_RECENT_ATTEMPTS),
        ),
    )


_MAX_RECENT_ATTEMPTS = 10_000
"""Maximum number of attempts that can have ended in the last minute."""


def ensure(db: LedgerSession, realm: Realm, api: str) -> None:
    """Add the row of an API, if it is missing."""
    db.execute("INSERT INTO pace (realm, api) VALUES (?, ?) ON CONFLICT (realm, api) DO NOTHING", (realm.id, api))


def read(db: LedgerSession, request: PaceRequest) -> tuple[Starts, PeopleLimit]:
    """Return the state of an API in a file, adding its row if it is missing."""
    row = db.execute(
        "SELECT next_ns, n, places, people, head, head_until_ns FROM pace WHERE realm = ? AND api = ?",
        (request.realm.id, request.api),
    ).fetchone()
    if row is None:
        ensure(db, request.realm, request.api)
        return Starts(), PeopleLimit()
    return parse(*row)


def parse(
    next_ns: int, n: int, places: bytes | None, counted: int, priority_campaign: int, priority_until_ns: int
) -> tuple[Starts, PeopleLimit]:
    """Return the state of an API as stored in a file."""
    return Starts(next_ns, n, places or b""), PeopleLimit(counted, priority_campaign, priority_until_ns)


def write(db: LedgerSession, request: PaceRequest, starts: Starts, people: PeopleLimit | None = None) -> None:
    """Record the state of an API in a file; without `people`, the state of the limit of people stays."""
    if people is None:
        db.execute(
            "UPDATE pace SET next_ns = ?, n = ?, places = ? WHERE realm = ? AND api = ?",
            (*starts, request.realm.id, request.api),
        )
        return
    db.execute(
        "UPDATE pace SET next_ns = ?, n = ?, places = ?, people = ?, head = ?, head_until_ns = ?"
        " WHERE realm = ? AND api = ?",
        (*starts, *people, request.realm.id, request.api),
    )


def _read_people(db: LedgerSession, request: PaceRequest) -> PeopleLimit:
    row = db.execute(
        "SELECT people, head, head_until_ns FROM pace WHERE realm = ? AND api = ?", (request.realm.id, request.api)
    ).fetchone()
    return PeopleLimit() if row is None else PeopleLimit(*map(int, row))


def _write_people(db: LedgerSession, request: PaceRequest, people: PeopleLimit) -> None:
    db.execute(
        "UPDATE pace SET people = ?, head = ?, head_until_ns = ? WHERE realm = ? AND api = ?",
        (*people, request.realm.id, request.api),
    )


class _CountingCall(NamedTuple):
    """A call whose people count: until when, their number, and whether the call has no answer yet."""

    until_ns: int
    people: int
    is_open: bool


def _counting_calls(db: LedgerSession, realm: Realm, now_ns: int) -> list[_CountingCall]:
    """Return the calls whose people count, in the order in which they stop counting."""
    rows = db.execute(
        "SELECT counts_until_ns, people, ended_ns FROM attempts WHERE realm = ? AND counts_until_ns > ?"
        " ORDER BY counts_until_ns",
        (realm.id, now_ns),
    )
    return [_CountingCall(until_ns, people, ended_ns is None) for until_ns, people, ended_ns in rows]


def _wait_ns(counting: Sequence[_CountingCall], too_many: int, now_ns: int) -> int | None:
    """Return the time until this many people no longer count; None if an answer has to arrive first, or fewer count."""
    for until_ns, people, is_open in counting:
        too_many -= people
        if is_open:
            return None
        if too_many <= 0:
            return until_ns - now_ns
    return None


def _values(request: PaceRequest) -> tuple[object, ...]:
    """Return the values of `Statements.reserve`."""
    return (
        request.realm.id,
        request.api,
        request.shared_clock_ns,
        request.places,
        request.period_ns + request.margin_ns,
        request.interval_ns,
    )

"""
Every interleaving of two senders of one batch, with the functions that they call in the ledger.

The states are explored exhaustively within bounds: processes that are killed or stop for any time, leases that expire,
begins whose answer is lost or that reach the database late, answers that come late, a person who has the batch sent
again. What the ledger does in a state is not modelled, but asked of the ledger.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from dingnb.ledger import LedgerSession, Realm, SqliteLedger
from dingnb.ledger.campaigns import batches, unknown_outcomes
from dingnb.ledger.campaigns.batches import NewBatch
from dingnb.ledger.explanation import Explanation
from dingnb.ledger.sending import attempts, leases, pace
from dingnb.ledger.sending.attempts import EndedAttempt, PendingBatch
from dingnb.ledger.sending.leases import TERM_NS, Lease
from dingnb.ledger.sending.processes import Process
from tests.attempt_steps import MANY, request
from tests.campaign_rows import add_campaign
from tests.tiers import SOAK

REALM = Realm.of("SANDBOX", "one", "key", "k…y")
WHY = Explanation("lost")
NOW_NS = 10**18
MOST_ATTEMPTS = 3 if SOAK else 2
MOST_TERMS = 3

SENDERS = (Process(1, "one", "start"), Process(2, "another", "start"))


class Tables(NamedTuple):
    """The rows that the protocol uses: the lease, the batch, and its attempts (number, term, outcome; "" if open)."""

    term: int = 0
    holder: int = 0
    is_expired: bool = True
    status: str = "queued"
    queued_after: int = 0
    attempts: tuple[tuple[int, int, str], ...] = ()


class Known(NamedTuple):
    """What the ledger does not know of an attempt: whether its call left and may have had an effect, whether it may be
    repeated by now, and the earlier attempts that it may repeat."""

    number: int
    called: bool = False
    aged: bool = False
    repeats: frozenset[int] = frozenset()


class Sender(NamedTuple):
    """A process: its term (0: none), what it does, its attempt, and whether that may leave without asking again."""

    term: int = 0
    phase: str = "idle"
    attempt: int = 0
    is_fresh: bool = True
    outcome: str = ""
    repeats: frozenset[int] = frozenset()


START, IDLE = Tables(), Sender()


@dataclass(frozen=True)
class State:
    tables: Tables = START
    known: tuple[Known, ...] = ()
    senders: tuple[Sender, Sender] = (IDLE, IDLE)
    held: tuple[tuple[int, int, str, frozenset[int]], ...] = ()
    is_trouble_used: bool = False
    is_resent: bool = False


class Database:
    """The ledger's functions, as functions of the tables; none of them is asked the same twice."""

    def __init__(self, db: LedgerSession) -> None:
        self._db = db
        self._seen: dict[tuple[Any, ...], tuple[Tables, Any]] = {}

    def ask(self, tables: Tables, name: str, *values: Any) -> tuple[Tables, Any]:
        question = (tables, name, *values)
        if question not in self._seen:
            self._db.execute("BEGIN")
            self._load(tables)
            answer = getattr(self, f"_{name}")(*values)
            self._seen[question] = self._read(tables), answer
            self._db.execute("ROLLBACK")
        return self._seen[question]

    def _load(self, tables: Tables) -> None:
        process = SENDERS[tables.holder - 1] if tables.holder else Process(0, "", "")
        expires_ns = 0 if tables.is_expired else NOW_NS + TERM_NS
        self._db.execute("INSERT INTO leases VALUES (1, ?, ?, ?, ?, ?)", (tables.term, *process, expires_ns))
        self._db.execute("UPDATE batches SET status = ?, queued_after = ?", (tables.status, tables.queued_after))
        self._db.executemany(
            "INSERT INTO attempts (id, realm, batch, people, started_ns, term, ended_ns, outcome)"
            " VALUES (?, ?, 1, 1, 0, ?, CASE ? WHEN '' THEN NULL ELSE 0 END, nullif(?, ''))",
            [(number, REALM.id, term, outcome, outcome) for number, term, outcome in tables.attempts],
        )

    def _read(self, before: Tables) -> Tables:
        term, process, expires_ns = self._db.execute("SELECT term, process, expires_ns FROM leases").fetchone()
        status, queued_after = self._db.execute("SELECT status, queued_after FROM batches").fetchone()
        rows = self._db.execute("SELECT id, term, coalesce(outcome, '') FROM attempts ORDER BY id").fetchall()
        return Tables(term, process, before.is_expired and expires_ns <= NOW_NS, status, queued_after, tuple(rows))

    def _claim(self, sender: int) -> bool:
        return leases.claim(self._db, 1, SENDERS[sender], NOW_NS) is not None

    def _take_over(self, term: int) -> bool:
        if not leases.is_held(self._db, Lease(1, term)):
            return False
        attempts.close_abandoned(self._db, 1, WHY, NOW_NS, NOW_NS)
        return True

    def _begin(self, term: int, status: str) -> tuple[str, int]:
        needed = request(REALM, NOW_NS)
        begun = attempts.begin(self._db, Lease(1, term), MANY, self._batch(status), needed, None, NOW_NS)
        return begun.reason, begun.attempt

    def _postpone(self, term: int, attempt: int) -> bool:
        needed = request(REALM, NOW_NS)
        return attempts.postpone(self._db, Lease(1, term), attempt, needed, NOW_NS) is not None

    def _accept(self, attempt: int) -> bool:
        return attempts.mark_accepted(self._db, self._ended_attempt(attempt), "77")

    def _accept_late(self, attempt: int) -> None:
        attempts.mark_accepted_late(self._db, self._ended_attempt(attempt), "77")

    def _lose(self, attempt: int) -> None:
        attempts.mark_unknown(self._db, self._ended_attempt(attempt), WHY)

    def _refuse(self, attempt: int) -> None:
        attempts.mark_failed(self._db, self._ended_attempt(attempt), WHY)

    def _give_back(self, attempt: int, left: bool) -> None:  # noqa: FBT001 - as it is called by `ask`
        attempts.mark_without_effect(self._db, self._ended_attempt(attempt), REALM, "send", was_made=left, counts=True)

    def _undo(self, term: int) -> int:
        """As the sender does after a begin without an answer: a new term first, in the same transaction."""
        lease = leases.begin_term(self._db, Lease(1, term), NOW_NS)
        if lease is None:
            return 0
        for attempt in attempts.unacknowledged(self._db, Lease(1, term), self._batch("queued"), []):
            self._give_back(attempt, left=False)
        return lease.term

    def _queue_again(self) -> None:
        leases.revoke(self._db, 1)
        unknown_outcomes.queue_again(self._db, 1, NOW_NS)

    @staticmethod
    def _batch(status: str) -> PendingBatch:
        return PendingBatch(1, ("u",), b"body", status)

    def _ended_attempt(self, attempt: int) -> EndedAttempt:
        return EndedAttempt(attempt, self._batch("queued"), NOW_NS, NOW_NS)


Step = tuple[str, State]


class Model:
    """
    The steps that are possible in a state.

    Args:
        ledger: The ledger's functions.
        without: What the senders leave out, to see that it matters.
    """

    def __init__(self, ledger: Database, without: str = "") -> None:
        self._ledger = ledger
        self._without = without

    def steps(self, state: State) -> Iterator[Step]:
        tables = state.tables
        late = tuple(sender._replace(is_fresh=sender.is_fresh and sender.phase != "begun") for sender in state.senders)
        if not tables.is_expired:
            yield "the lease expires", changed(state, tables=tables._replace(is_expired=True))
        if any(outcome == "unknown" and not call.aged for call, (_, _, outcome) in paired(state)):
            aged = tuple(call._replace(aged=call.aged or o == "unknown") for call, (_, _, o) in paired(state))
            yield "time passes", changed(state, known=aged, senders=late)
        for number, (sender, term, status, repeats) in enumerate(state.held):
            held = state.held[:number] + state.held[number + 1 :]
            yield from self._begin(changed(state, held=held), sender, term, status, repeats, "held begin arrives", "")
        if tables.is_expired and not state.is_resent:
            # A person decides, since nobody seems to send; that takes time.
            after, _ = self._ledger.ask(tables, "queue_again")
            if after != tables:
                yield "a person has it sent again", changed(state, tables=after, senders=late, is_resent=True)
        for number in range(2):
            yield from self._steps_of(state, number)

    def _steps_of(  # noqa: C901, PLR0912 - one branch for each thing that a process does
        self, state: State, number: int
    ) -> Iterator[Step]:
        tables, me = state.tables, state.senders[number]
        if number == 0 and me.phase != "dead" and not any(message[0] == 0 for message in state.held):
            yield "0 is killed", put(state, 0, Sender(phase="dead"))
        if me.phase == "idle":
            if not me.term and tables.term < MOST_TERMS:
                after, is_claimed = self._ledger.ask(tables, "claim", number)
                if is_claimed:
                    yield f"{number} claims", put(state, number, Sender(after.term, "claimed"), tables=after)
            if me.term:
                yield from self._look(state, number)
        elif me.phase == "claimed":
            after, is_held = self._ledger.ask(tables, "take_over", me.term)
            if self._without == "take_over":
                after, is_held = tables, True
            yield f"{number} takes over", put(state, number, Sender(me.term if is_held else 0), tables=after)
        elif me.phase == "looked":
            yield from self._try(state, number)
        elif me.phase == "lost":
            after, term = self._ledger.ask(tables, "undo", me.term)
            if term <= MOST_TERMS + 1:
                yield f"{number} undoes", put(state, number, Sender(term), tables=after)
        elif me.phase == "begun":
            yield from self._leave(state, number)
        elif me.phase == "calling":
            for outcome in ("accepted", "unknown", "refused", "failed"):
                known = state.known
                if outcome in {"refused", "failed"}:
                    # It certainly had no effect.
                    known = tuple(call._replace(called=call.called and call.number != me.attempt) for call in known)
                heard = me._replace(phase="told", outcome=outcome)
                yield f"{number} hears: {outcome}", put(state, number, heard, known=known)
        elif me.phase in {"told", "late"}:
            yield from self._settle(state, number)

    def _look(self, state: State, number: int) -> Iterator[Step]:
        """Decide what to do by what is in the ledger; another process may change that before it is done."""
        me, status = state.senders[number], state.tables.status
        if len(state.tables.attempts) >= MOST_ATTEMPTS:
            return
        unknown = [call for call, (_, _, outcome) in paired(state) if outcome == "unknown"]
        if status == "queued":
            by_person = frozenset(call.number for call in state.known if call.number <= state.tables.queued_after)
            yield f"{number} looks", put(state, number, Sender(me.term, "looked", outcome=status, repeats=by_person))
        elif status == "unknown" and all(call.aged for call in unknown):
            repeats = frozenset(call.number for call in state.known)
            yield f"{number} looks", put(state, number, Sender(me.term, "looked", outcome=status, repeats=repeats))

    def _try(self, state: State, number: int) -> Iterator[Step]:
        me = state.senders[number]
        idle = put(state, number, Sender(me.term))
        yield from self._begin(idle, number, me.term, me.outcome, me.repeats, f"{number} begins", "begun")
        if not state.is_trouble_used:
            troubled = changed(idle, is_trouble_used=True)
            label = f"{number} begins without an answer"
            yield from self._begin(troubled, number, me.term, me.outcome, me.repeats, label, "lost")
            held = (*state.held, (number, me.term, me.outcome, me.repeats))
            yield f"{number}'s begin is held", changed(put(troubled, number, Sender(me.term, "lost")), held=held)

    def _begin(
        self, state: State, number: int, term: int, status: str, repeats: frozenset[int], label: str, phase: str
    ) -> Iterator[Step]:
        if len(state.tables.attempts) >= MOST_ATTEMPTS:
            return
        after, (reason, attempt) = self._ledger.ask(state.tables, "begin", term, status)
        # The number of an attempt that was given back may be used again.
        still = repeats & {number for number, _, _ in state.tables.attempts}
        known = (*state.known, Known(attempt, repeats=still)) if attempt else state.known
        me = state.senders[number]
        if phase == "begun":
            me = Sender(term, phase, attempt) if attempt else Sender(0 if reason == "lost" else term)
        elif phase == "lost":
            me = Sender(term, "lost")
        yield f"{label} ({reason or attempt})", put(state, number, me, tables=after, known=known)

    def _leave(self, state: State, number: int) -> Iterator[Step]:
        me = state.senders[number]
        if me.is_fresh or self._without == "postpone":
            known = tuple(call._replace(called=call.called or call.number == me.attempt) for call in state.known)
            yield f"call {me.attempt} leaves", put(state, number, me._replace(phase="calling"), known=known)
        else:
            after, may_leave = self._ledger.ask(state.tables, "postpone", me.term, me.attempt)
            again = me._replace(is_fresh=True) if may_leave else me._replace(phase="told", outcome="back")
            yield f"{number} asks again: {may_leave}", put(state, number, again, tables=after)
        yield f"{number} gives up", put(state, number, me._replace(phase="told", outcome="back"))

    def _settle(self, state: State, number: int) -> Iterator[Step]:
        me, tables = state.senders[number], state.tables
        name, *values = {
            "accepted": ("accept",) if me.phase == "told" else ("accept_late",),
            "unknown": ("lose",),
            "refused": ("give_back", True),
            "failed": ("refuse",),
            "back": ("give_back", False),
        }[me.outcome]
        after, is_settled = self._ledger.ask(tables, name, me.attempt, *values)
        idle = Sender(me.term)
        if name == "accept" and not is_settled:
            idle = me._replace(phase="late")
        yield f"{number} settles {me.attempt}: {name}", put(state, number, idle, tables=after)


def changed(state: State, **fields: Any) -> State:
    found = State(**{**state.__dict__, **fields})
    numbers = {number for number, _, _ in found.tables.attempts}
    if len(numbers) != len(found.known):
        # Attempts that were given back are gone.
        assert not any(call.called for call in found.known if call.number not in numbers)
        known = tuple(call for call in found.known if call.number in numbers)
        found = State(**{**found.__dict__, "known": known})
    return found


def put(state: State, number: int, sender: Sender, **fields: Any) -> State:
    senders = tuple(sender if n == number else other for n, other in enumerate(state.senders))
    return changed(state, senders=senders, **fields)


def paired(state: State) -> list[tuple[Known, tuple[int, int, str]]]:
    return list(zip(state.known, state.tables.attempts, strict=True))


def wrong(label: str, state: State) -> str:  # noqa: C901, PLR0911 - one for each thing that must not be
    """Return what must never be in a state after a step; empty if it is as it must be."""
    status, pairs = state.tables.status, paired(state)
    called = [call for call in state.known if call.called]
    if label.startswith("call "):
        attempt = int(label.split()[1])
        for call in called:
            first, second = sorted((call.number, attempt))
            later = next(known for known in state.known if known.number == second)
            if first != second and first not in later.repeats:
                return "a second call, against the rule"
        if any(attempt in call.repeats for call in state.known):
            return "a call leaves after its repeat was begun"
    outcomes = {outcome for _, (_, _, outcome) in pairs}
    if status == "queued" and any(call.number > state.tables.queued_after for call in called):
        return "queued, though a call left"
    if status == "accepted" and not any(call.called and outcome == "accepted" for call, (_, _, outcome) in pairs):
        return "accepted, though no call was"
    if status in {"unknown", "failed"} and "accepted" in outcomes:
        return f"{status}, though a call was accepted"
    if status == "failed" and called:
        return "failed, though a call may have arrived"
    if status == "sending" and "" not in outcomes:
        return "under way, though no call is"
    if not state.held and any(sender.term == state.tables.term and sender.phase == "idle" for sender in state.senders):
        ours = {sender.attempt for sender in state.senders if sender.phase != "dead"}
        if any(outcome == "" and call.number not in ours for call, (_, _, outcome) in pairs):
            return "under way for ever: nobody who lives knows of the attempt"
    return ""


def explore(model: Model, until: str = "") -> tuple[int, dict[str, list[str]]]:
    """Return the number of states, and the shortest way to each kind of error; ends with the error `until`."""
    start = State()
    reached: dict[State, tuple[State, str] | None] = {start: None}
    queue, bad = deque([start]), dict[str, list[str]]()
    while queue and (not until or until not in bad):
        state = queue.popleft()
        for label, after in model.steps(state):
            error = wrong(label, after)
            if error:
                if error not in bad:
                    bad[error] = [*way_to(reached, state), label]
            elif after not in reached:
                reached[after] = state, label
                queue.append(after)
    return len(reached), bad


def way_to(reached: dict[State, tuple[State, str] | None], state: State) -> list[str]:
    labels = []
    while (before := reached[state]) is not None:
        state, label = before
        labels.append(label)
    return labels[::-1]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    ledger = SqliteLedger(tmp_path / "ledger")
    with ledger.transaction() as db:
        number = add_campaign(db, REALM, now_ns=NOW_NS)
        batches.add_batches(db, number, [NewBatch(b"body", "u", 1)])
        pace.ensure(db, REALM, "send")
    with ledger.connection() as db:
        yield Database(db)


@pytest.mark.long
def test_no_interleaving_of_two_senders_breaks_the_protocol(database: Database) -> None:
    states, bad = explore(Model(database))
    assert bad == {}
    assert states > 10_000


@pytest.mark.parametrize(
    ("without", "error"),
    [
        ("postpone", "a call leaves after its repeat was begun"),
        ("take_over", "under way for ever: nobody who lives knows of the attempt"),
    ],
)
def test_what_a_sender_must_not_leave_out(database: Database, without: str, error: str) -> None:
    assert error in explore(Model(database, without), error)[1]

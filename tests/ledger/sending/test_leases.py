"""Who sends a campaign: one process at a time, by a lease with a term."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from dingnb.ledger import Ledger, LedgerSession, Realm
from dingnb.ledger.campaigns import batches, unknown_outcomes
from dingnb.ledger.campaigns.batches import NewBatch
from dingnb.ledger.explanation import Explanation
from dingnb.ledger.sending import attempts, leases, pace
from dingnb.ledger.sending.leases import TERM_NS, Lease
from dingnb.ledger.sending.processes import Process, this_process
from tests import attempt_steps
from tests.attempt_steps import MANY, request
from tests.campaign_rows import add_campaign
from tests.other_process import OTHER_PROCESS

REALM = Realm.of("SANDBOX", "one", "key", "k…y")
WHY = Explanation("lost", "look")
NOON_NS = 1_793_592_000 * 10**9
HERE = this_process()


@pytest.fixture
def db(ledger: Ledger) -> Iterator[LedgerSession]:
    with ledger.transaction() as opened:
        number = add_campaign(opened, REALM, now_ns=NOON_NS)
        pace.ensure(opened, REALM, "send")
        batches.add_batches(opened, number, [NewBatch(b"body", "u1,u2", 2)])
        yield opened


def claimed(db: LedgerSession, at_ns: int, process: Process = HERE) -> Lease:
    lease = leases.claim(db, 1, process, at_ns)
    assert lease is not None
    return lease


def test_a_campaign_has_one_sender_until_its_lease_expires(db: LedgerSession) -> None:
    first = claimed(db, NOON_NS)
    assert leases.holder(db, 1, NOON_NS) == HERE
    assert leases.claim(db, 1, OTHER_PROCESS, NOON_NS + TERM_NS - 1) is None
    assert leases.renew(db, first, NOON_NS + TERM_NS - 1)
    assert leases.claim(db, 1, OTHER_PROCESS, NOON_NS + TERM_NS) is None
    second = claimed(db, NOON_NS + 2 * TERM_NS, OTHER_PROCESS)
    assert second.term == first.term + 1
    assert leases.holder(db, 1, NOON_NS + 2 * TERM_NS) == OTHER_PROCESS
    assert not leases.is_held(db, first)
    assert not leases.renew(db, first, NOON_NS + 2 * TERM_NS)
    # What the first one does no longer concerns the second.
    leases.release(db, first)
    assert leases.is_held(db, second)
    leases.release(db, second)
    assert leases.holder(db, 1, NOON_NS + 2 * TERM_NS) is None
    claimed(db, NOON_NS + 2 * TERM_NS)


def test_a_late_sender_whom_nobody_has_replaced_goes_on(db: LedgerSession) -> None:
    lease = claimed(db, NOON_NS)
    assert leases.renew(db, lease, NOON_NS + 10 * TERM_NS)
    assert leases.holder(db, 1, NOON_NS + 10 * TERM_NS) == HERE


def test_a_lease_of_before_the_clock_began_anew_has_expired(db: LedgerSession) -> None:
    claimed(db, NOON_NS, OTHER_PROCESS)
    claimed(db, NOON_NS // 2)


def test_a_process_that_was_killed_loses_its_lease_at_once(db: LedgerSession) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        claimed(db, NOON_NS, HERE._replace(pid=other.pid))
        assert leases.claim(db, 1, HERE, NOON_NS) is None
        other.send_signal(signal.SIGKILL)
    claimed(db, NOON_NS)


def test_a_process_of_a_container_with_its_own_numbers_is_not_taken_for_dead(db: LedgerSession) -> None:
    claimed(db, NOON_NS, Process(4_194_305, HERE.host, "another start"))
    assert HERE.pid == os.getpid()
    assert leases.claim(db, 1, HERE, NOON_NS) is None


def test_no_attempt_begins_and_none_is_postponed_without_the_lease(db: LedgerSession) -> None:
    first = claimed(db, NOON_NS)
    (batch,) = batches.queued(db, 1)
    needed = request(REALM, NOON_NS, people=2)
    begun = attempts.begin(db, first, MANY, batch, needed, None, NOON_NS)
    assert begun.start is not None
    second = claimed(db, NOON_NS + TERM_NS, OTHER_PROCESS)
    assert attempts.postpone(db, first, begun.attempt, needed, NOON_NS) is None
    assert attempts.close_abandoned(db, 1, WHY, NOON_NS + TERM_NS, NOON_NS + TERM_NS) == 1
    (again,) = batches.pending_with_status(db, 1, "unknown")
    assert attempts.begin(db, first, MANY, again, needed, None, NOON_NS).reason == "lost"
    assert attempts.begin(db, second, MANY, again, needed, None, NOON_NS).reason == ""
    # The first one finds out that its call has arrived.
    attempt_steps.mark_accepted(db, begun.attempt, batch, "77", NOON_NS + TERM_NS + 1)
    assert db.execute("SELECT status, receipt FROM batches").fetchone() == ("sending", "77")
    assert [attempt.outcome for attempt in attempts.of_batch(db, batch.id)] == ["accepted", None]


def test_an_attempt_without_acknowledgement_is_found_in_a_new_term(db: LedgerSession) -> None:
    lease = claimed(db, NOON_NS)
    (batch,) = batches.queued(db, 1)
    needed = request(REALM, NOON_NS, people=2)
    attempt = attempts.begin(db, lease, MANY, batch, needed, None, NOON_NS).attempt
    again = leases.begin_term(db, lease, NOON_NS)
    assert again == Lease(1, lease.term + 1)
    assert attempts.begin(db, lease, MANY, batch, needed, None, NOON_NS).reason == "lost"
    assert attempts.unacknowledged(db, lease, batch, [attempt]) == []
    assert attempts.unacknowledged(db, lease, batch, []) == [attempt]
    attempt_steps.mark_without_effect(db, REALM, attempt, batch, "send", NOON_NS, was_made=False, counts=True)
    attempt_steps.mark_without_effect(db, REALM, attempt, batch, "send", NOON_NS, was_made=False, counts=True)
    assert db.execute("SELECT status, attempts FROM batches").fetchone() == ("queued", 0)
    assert leases.begin_term(db, lease, NOON_NS) is None


def test_outcomes_may_be_recorded_twice_since_a_commit_may_have_no_answer(db: LedgerSession) -> None:
    claimed(db, NOON_NS)
    (batch,) = batches.queued(db, 1)
    refused = attempt_steps.begin(db, REALM, batch, "send", NOON_NS)
    assert refused is not None
    for _ in range(2):
        attempt_steps.mark_without_effect(db, REALM, refused, batch, "send", NOON_NS, was_made=True, counts=False)
    assert db.execute("SELECT status, attempts FROM batches").fetchone() == ("queued", 1)
    assert db.execute("SELECT CAST(sum(n) AS BIGINT) FROM calls").fetchone() == (0,)
    accepted = attempt_steps.begin(db, REALM, batch, "send", NOON_NS)
    assert accepted is not None
    for _ in range(2):
        attempt_steps.mark_accepted(db, accepted, batch, "77", NOON_NS)
    assert db.execute("SELECT status, receipt FROM batches").fetchone() == ("accepted", "77")
    # An outcome that is known stays.
    attempt_steps.mark_unknown(db, accepted, batch.id, WHY, NOON_NS)
    assert db.execute("SELECT status FROM batches").fetchone() == ("accepted",)


def test_a_person_who_has_calls_repeated_takes_the_lease_from_a_process_that_seems_gone(db: LedgerSession) -> None:
    lease = claimed(db, NOON_NS)
    (batch,) = batches.queued(db, 1)
    attempt = attempt_steps.begin(db, REALM, batch, "send", NOON_NS)
    assert attempt is not None
    leases.revoke(db, 1)
    unknown_outcomes.queue_again(db, 1, NOON_NS)
    assert attempts.postpone(db, lease, attempt, request(REALM, NOON_NS), NOON_NS) is None
    assert claimed(db, NOON_NS).term == lease.term + 2

"""The status of a batch follows from all its attempts, in any order of their ends."""

from collections.abc import Iterator

import pytest

from dingnb.ledger import Ledger, LedgerSession, Realm
from dingnb.ledger.campaigns import batches, unknown_outcomes
from dingnb.ledger.campaigns.batches import NewBatch
from dingnb.ledger.explanation import Explanation
from dingnb.ledger.sending import attempts, calls
from dingnb.ledger.sending.attempts import PendingBatch
from tests import attempt_steps
from tests.campaign_rows import add_campaign

REALM = Realm.of("SANDBOX", "one", "key", "k…y")
WHY = Explanation("lost", "look")
REFUSED = Explanation("refused", "correct it", "40035")
NOON_NS = 1_793_592_000 * 10**9


@pytest.fixture
def db(ledger: Ledger) -> Iterator[LedgerSession]:
    with ledger.transaction() as opened:
        number = add_campaign(opened, REALM, now_ns=NOON_NS)
        batches.add_batches(opened, number, [NewBatch(b"body", "u1,u2", 2)])
        yield opened


def begin(db: LedgerSession) -> tuple[int, PendingBatch]:
    (batch,) = [*batches.queued(db, 1), *batches.pending_with_status(db, 1, "unknown")]
    attempt = attempt_steps.begin(db, REALM, batch, "send", NOON_NS)
    assert attempt is not None
    return attempt, batch


def row_of(db: LedgerSession) -> tuple[str, str | None, str, int]:
    found: tuple[str, str | None, str, int] = db.execute(
        "SELECT status, receipt, reason, sent_ns FROM batches"
    ).fetchone()
    return found


def died(db: LedgerSession) -> None:
    attempt_steps.take_over(db, 1, WHY, NOON_NS + 1)


def test_a_late_answer_during_a_repeat_is_not_overwritten_by_the_repeat(db: LedgerSession) -> None:
    first, batch = begin(db)
    died(db)
    second, again = begin(db)
    attempt_steps.mark_accepted(db, first, batch, "77", NOON_NS + 2)
    assert row_of(db)[:2] == ("sending", "77")
    attempt_steps.mark_unknown(db, second, again.id, WHY, NOON_NS + 3)
    assert row_of(db) == ("accepted", "77", "", NOON_NS)


@pytest.mark.parametrize("left", [False, True])
def test_a_late_attempt_without_effect_does_not_queue_a_batch_being_repeated(db: LedgerSession, *, left: bool) -> None:
    first, batch = begin(db)
    died(db)
    second, again = begin(db)
    attempt_steps.mark_without_effect(db, REALM, first, batch, "send", NOON_NS + 2, was_made=left, counts=True)
    assert row_of(db)[0] == "sending"
    assert list(batches.queued(db, 1)) == []
    attempt_steps.mark_accepted(db, second, again, "78", NOON_NS + 3)
    assert row_of(db)[:2] == ("accepted", "78")


def test_a_call_that_never_left_stays_in_the_ledger_once_another_sender_has_seen_it(db: LedgerSession) -> None:
    first, batch = begin(db)
    died(db)
    seen = attempts.recipients_of_calls(db, 1)
    # The sender that was suspended finds that it is too late for its call.
    attempt_steps.mark_without_effect(db, REALM, first, batch, "send", NOON_NS + 2, was_made=False, counts=True)
    assert attempts.recipients_of_calls(db, 1) == seen == ["u1,u2"]
    assert row_of(db)[0] == "queued"
    assert db.execute("SELECT attempts FROM batches").fetchone() == (0,)


def test_a_finally_refused_repeat_leaves_the_batch_unknown(db: LedgerSession) -> None:
    first, batch = begin(db)
    attempt_steps.mark_unknown(db, first, batch.id, WHY, NOON_NS + 1)
    second, again = begin(db)
    assert not attempt_steps.mark_failed(db, second, again, REFUSED, NOON_NS + 2)
    assert row_of(db)[::2] == ("unknown", "lost")


def test_a_finally_refused_first_call_fails_the_batch(db: LedgerSession) -> None:
    attempt, batch = begin(db)
    assert attempt_steps.mark_failed(db, attempt, batch, REFUSED, NOON_NS + 1)
    assert row_of(db)[::2] == ("failed", "refused")


def test_a_batch_queued_again_stays_queued_until_its_next_call(db: LedgerSession) -> None:
    begin(db)
    died(db)
    unknown_outcomes.queue_again(db, 1, NOON_NS + 2)
    assert row_of(db)[0] == "queued"
    second, again = begin(db)
    attempt_steps.mark_without_effect(db, REALM, second, again, "send", NOON_NS + 3, was_made=True, counts=False)
    assert row_of(db)[0] == "queued"
    third, again = begin(db)
    assert not attempt_steps.mark_failed(db, third, again, REFUSED, NOON_NS + 4)
    assert row_of(db)[0] == "unknown"


def test_a_batch_of_a_dead_process_queued_again_stays_queued(db: LedgerSession) -> None:
    begin(db)
    unknown_outcomes.queue_again(db, 1, NOON_NS + 1)
    died(db)
    assert row_of(db)[0] == "queued"


def test_an_accepted_batch_is_not_queued_again_despite_an_open_repeat(db: LedgerSession) -> None:
    first, batch = begin(db)
    died(db)
    begin(db)
    attempt_steps.mark_accepted(db, first, batch, "77", NOON_NS + 2)
    unknown_outcomes.queue_again(db, 1, NOON_NS + 3)
    assert row_of(db)[:2] == ("accepted", "77")


def test_the_number_of_a_deleted_batch_is_not_reused(db: LedgerSession) -> None:
    db.execute("DELETE FROM batches")
    assert batches.add_batches(db, 1, [NewBatch(b"body", "u1", 1), NewBatch(b"body", "u2", 1)]) == 2
    assert batches.add_batches(db, 1, []) == 4
    assert batches.add_batches(db, 1, [NewBatch(b"body", "u3", 1)]) == 4


def test_an_attempt_without_effect_is_subtracted_from_the_month_in_which_it_was_counted(db: LedgerSession) -> None:
    december_ns = 1_796_054_400 * 10**9
    (batch,) = batches.queued(db, 1)
    attempt = attempt_steps.begin(db, REALM, batch, "send", december_ns - 1)
    assert attempt is not None
    attempt_steps.mark_without_effect(db, REALM, attempt, batch, "send", december_ns + 1, was_made=False, counts=True)
    assert (calls.count_used(db, REALM, december_ns - 1), calls.count_used(db, REALM, december_ns)) == (0, 0)

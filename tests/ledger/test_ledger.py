"""What holds for a ledger in a file and in PostgreSQL alike."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from dingnb.errors import LedgerError, UnreachableError
from dingnb.ledger import Ledger, LedgerSession, Realm, events
from dingnb.ledger.campaigns import actions, batches, campaigns, moves, outcomes, recalls, unknown_outcomes
from dingnb.ledger.campaigns.actions import Action
from dingnb.ledger.campaigns.batches import NewBatch
from dingnb.ledger.campaigns.moves import Move
from dingnb.ledger.campaigns.outcomes import Outcome
from dingnb.ledger.events import EventRow, NewEvent
from dingnb.ledger.explanation import Explanation
from dingnb.ledger.sending import attempts, calls
from dingnb.ledger.sending.attempts import PendingBatch
from dingnb.words import Text
from tests import attempt_steps
from tests.campaign_rows import add_campaign

REALM = Realm.of("SANDBOX", "one", "key", "k…y")
WHY = Explanation("lost", "look")
NOON_NS = 1_793_592_000 * 10**9


def begun(db: LedgerSession, people: int = 3, realm: Realm = REALM) -> int:
    number = add_campaign(db, realm, now_ns=NOON_NS)
    batches.add_batches(db, number, [NewBatch(b"body %d" % n, f"u{n}", 1) for n in range(people)])
    campaigns.set_plan(db, number, "plan", 1, "m")
    return number


def test_an_error_rolls_a_transaction_back(ledger: Ledger) -> None:
    def broken(fail: Callable[[LedgerSession], object]) -> None:
        with ledger.transaction() as db:
            begun(db)
            fail(db)

    with pytest.raises(LedgerError):
        broken(lambda db: db.execute("nonsense"))
    with pytest.raises(ZeroDivisionError):
        broken(lambda _: 1 / 0)
    with ledger.connection() as db:
        assert campaigns.find_all(db) == []


@pytest.mark.parametrize("begin", ["connection", "transaction", "unsynced_connection"])
@pytest.mark.parametrize("error", [FileNotFoundError("the caller's"), UnreachableError("DingTalk is unreachable.")])
def test_an_error_of_the_caller_is_not_one_of_the_ledger(ledger: Ledger, begin: str, error: OSError) -> None:
    with pytest.raises(OSError, match=r"caller's|unreachable") as raised, getattr(ledger, begin)():
        raise error
    assert raised.value is error


def test_a_snapshot_of_the_ledger_is_of_one_moment_for_all_connections_of_its_thread(ledger: Ledger) -> None:
    def add_campaign_and_count() -> int:
        with ledger.transaction() as db:
            begun(db)
            return len(campaigns.find_all(db))

    with ledger.snapshot():
        with ledger.connection() as db:
            assert campaigns.find_all(db) == []
        with ThreadPoolExecutor() as elsewhere:
            assert elsewhere.submit(add_campaign_and_count).result() == 1
        with ledger.snapshot(), ledger.connection() as db:
            assert campaigns.find_all(db) == []
        with ledger.connection() as db:
            assert campaigns.find_all(db) == []
    with ledger.connection() as db:
        assert len(campaigns.find_all(db)) == 1


def test_a_snapshot_of_the_ledger_ends_with_an_error(ledger: Ledger) -> None:
    with pytest.raises(ZeroDivisionError), ledger.snapshot():
        _ = 1 / 0
    with ledger.transaction() as db:
        begun(db)
    with ledger.connection() as db:
        assert len(campaigns.find_all(db)) == 1


def test_a_transaction_refused_inside_a_snapshot_does_not_end_the_snapshot(ledger: Ledger) -> None:
    def add_elsewhere() -> None:
        with ledger.transaction() as db:
            begun(db)

    with ledger.snapshot(), ThreadPoolExecutor() as elsewhere:
        with ledger.connection() as db:
            assert campaigns.find_all(db) == []
        with pytest.raises(LedgerError), ledger.transaction() as db:
            begun(db)
        elsewhere.submit(add_elsewhere).result()
        with ledger.connection() as db:
            assert campaigns.find_all(db) == []
    with ledger.connection() as db:
        assert len(campaigns.find_all(db)) == 1


def test_a_snapshot_inside_another_one_reads_the_same_and_does_not_end_it(ledger: Ledger) -> None:
    with ledger.connection() as db, db.snapshot():
        assert campaigns.find_all(db) == []
        with ledger.transaction() as other:
            begun(other)
        with db.snapshot():
            assert campaigns.find_all(db) == []
        assert campaigns.find_all(db) == []
    with ledger.connection() as db:
        assert len(campaigns.find_all(db)) == 1


def test_an_attempt_is_open_until_it_is_closed_and_a_death_makes_it_unknown(ledger: Ledger) -> None:
    with ledger.transaction() as db:
        number = begun(db)
        jobs = list(batches.queued(db, number))
        first = attempt_steps.begin(db, REALM, jobs[0], "send", NOON_NS)
        assert attempt_steps.begin(db, REALM, jobs[0], "send", NOON_NS) is None
        attempt_steps.begin(db, REALM, jobs[1], "send", NOON_NS + 1)
        assert first is not None
        attempt_steps.mark_accepted(db, first, jobs[0], "77", NOON_NS + 5)
        assert attempt_steps.take_over(db, 1, WHY, NOON_NS + 9) == 1
        assert batches.count_by_status(db, number) == {"accepted": (1, 1), "unknown": (1, 1), "queued": (1, 1)}
        assert [batch.userids for batch in batches.pending_with_status(db, number, "unknown")] == [("u1",)]
        found = [attempt for job in jobs for attempt in attempts.of_batch(db, job.id)]
        assert [(attempt.outcome, attempt.ended_ns) for attempt in found] == [
            ("accepted", NOON_NS + 5),
            ("unknown", NOON_NS + 9),
        ]
        assert calls.count_used(db, REALM, NOON_NS) == 2


def test_a_call_that_never_left_leaves_no_trace(ledger: Ledger) -> None:
    with ledger.transaction() as db:
        number = begun(db)
        batch = next(batches.queued(db, number))
        attempt = attempt_steps.begin(db, REALM, batch, "send", NOON_NS)
        assert attempt is not None
        attempt_steps.mark_without_effect(db, REALM, attempt, batch, "send", NOON_NS, was_made=False, counts=True)
        assert calls.count_used(db, REALM, NOON_NS) == 0
        assert attempts.of_batch(db, batch.id) == []
        assert batches.count_attempts(db, number) == 0
        assert next(batches.queued(db, number)) == batch


def test_a_refused_repeat_leaves_the_batch_unknown(ledger: Ledger) -> None:
    with ledger.transaction() as db:
        number = begun(db)
        batch = next(batches.queued(db, number))
        attempt = attempt_steps.begin(db, REALM, batch, "send", NOON_NS)
        assert attempt is not None
        attempt_steps.mark_unknown(db, attempt, batch.id, WHY, NOON_NS)
        again = batches.pending_with_status(db, number, "unknown")[0]
        attempt = attempt_steps.begin(db, REALM, again, "send", NOON_NS + 60)
        assert attempt is not None
        attempt_steps.mark_without_effect(db, REALM, attempt, again, "send", NOON_NS + 61, was_made=True, counts=False)
        status, reason, sent_ns = db.execute(
            "SELECT status, reason, sent_ns FROM batches WHERE id = ?", (batch.id,)
        ).fetchone()
        assert (status, reason, sent_ns) == ("unknown", "lost", NOON_NS)


def lose(db: LedgerSession, number: int, *, is_noticed: bool = True) -> None:
    """Make the call of each queued batch, without an answer; by default, the sender has noticed that."""
    for batch in list(batches.queued(db, number)):
        attempt = attempt_steps.begin(db, REALM, batch, "send", NOON_NS)
        assert attempt is not None
        if is_noticed:
            attempt_steps.mark_unknown(db, attempt, batch.id, WHY, NOON_NS)


def outcome(batch: int, place: int, status: str, evidence: str) -> Outcome:
    return Outcome(batch, place, status, "", evidence, Text("resolve.leave"), Text("resolve.leave"), NOON_NS)


def test_people_left_unknown_are_unknown_but_decided(ledger: Ledger) -> None:
    with ledger.transaction() as db:
        number = begun(db, people=5)
        lose(db, number)
        outcomes.write(db, [outcome(1, 0, "unknown", "resolved"), outcome(2, 0, "delivered", "resolved")])
        moves.write(db, [Move(3, 0, 4, 0, same_text=True)])
        assert unknown_outcomes.places(db, number) == {(1, 0), (3, 0), (4, 0), (5, 0)}
        assert unknown_outcomes.count_undecided(db, number) == 2


def test_a_message_that_was_read_stays_read_when_an_older_result_arrives(ledger: Ledger) -> None:
    with ledger.transaction() as db:
        number = begun(db, people=1)
        for status in ("read", "delivered"):
            outcomes.write(db, [outcome(1, 0, status, "result")])
            [kept] = outcomes.of_batch(db, 1)
            assert (kept.status, kept.was_read) == ("read", 1)
        outcomes.write(db, [outcome(1, 0, "delivered", "result")._replace(updated_ns=NOON_NS + 1)])
        assert outcomes.last_updated_ns(db, number) == NOON_NS


def test_people_whose_batch_is_queued_again_are_unknown_but_decided(ledger: Ledger) -> None:
    with ledger.transaction() as db:
        number = begun(db, people=2)
        lose(db, number)
        batches.add_batches(db, number, [NewBatch(b"body", "u7,u8,u9", 3)])
        lose(db, number)
        # Two were left out of the repeat; one of them is in the newest plan again.
        outcomes.write(db, [outcome(3, place, "unknown", "left_out") for place in (0, 1)])
        batches.record_absent(db, [(3, 0)], [])
        assert unknown_outcomes.resendable_places(db, number) == {(1, 0), (2, 0), (3, 2)}
        unknown_outcomes.queue_again(db, number, NOON_NS)
        assert unknown_outcomes.places(db, number) == {(1, 0), (2, 0), (3, 0), (3, 1), (3, 2)}
        assert unknown_outcomes.count_undecided(db, number) == 1
        batches.cancel(db, [3], WHY, NOON_NS)
        assert unknown_outcomes.places(db, number) == {(1, 0), (2, 0), (3, 0), (3, 1)}


def test_a_batch_queued_again_while_its_call_is_open_may_have_arrived(ledger: Ledger) -> None:
    with ledger.transaction() as db:
        number = begun(db, people=1)
        lose(db, number, is_noticed=False)
        assert [row.is_repeat for row in batches.of_campaign(db, number)] == [False]
        unknown_outcomes.queue_again(db, number, NOON_NS)
        assert [(row.status, row.is_repeat) for row in batches.of_campaign(db, number)] == [("queued", True)]


def test_apps_and_sandboxes_do_not_see_each_others_campaigns(ledger: Ledger) -> None:
    others = [
        Realm.of("SANDBOX", "two", "key", "k…y"),
        Realm.of("LIVE", "one", "key", "k…y"),
        Realm.of("SANDBOX", "one", "keys", "k…s"),
    ]
    with ledger.transaction() as db:
        begun(db)
        for other in others:
            assert campaigns.find(db, other, "a") is None
            begun(db, realm=other)
        assert len({REALM.id, *(other.id for other in others)}) == 4
        assert len(campaigns.find_all(db)) == 4
        assert [row.name for row in campaigns.find_all(db, REALM)] == ["a"]


def test_a_month_begins_in_beijing(ledger: Ledger) -> None:
    midnight_ns = 1_793_462_400 * 10**9  # 2026-10-31 16:00 UTC
    assert calls.month_of(midnight_ns - 1) == "2026-10"
    assert calls.month_of(midnight_ns) == "2026-11"
    with ledger.transaction() as db:
        calls.count_call(db, REALM, "send", midnight_ns - 1)
        assert calls.count_used(db, REALM, midnight_ns) == 0
        calls.uncount_call(db, REALM, "send", midnight_ns)
        assert calls.count_used(db, REALM, midnight_ns) == 0
        assert calls.count_used(db, REALM, midnight_ns - 1) == 1


def test_the_view_shows_a_row_for_each_recipient(ledger: Ledger) -> None:
    with ledger.transaction() as db:
        number = begun(db, 0)
        batches.add_batches(db, number, [NewBatch(b"x", 'a"b,c\\n,d', 3)])
        assert db.execute("SELECT campaign, place, userid, status FROM recipients ORDER BY place").fetchall() == [
            ("a", 0, 'a"b', "queued"),
            ("a", 1, "c\\n", "queued"),
            ("a", 2, "d", "queued"),
        ]


def test_a_batch_with_people_left_out_is_not_claimed_completely(ledger: Ledger) -> None:
    with ledger.transaction() as db:
        number = begun(db, 1)
        batch = next(batches.queued(db, number))
        assert (
            attempt_steps.begin(db, REALM, PendingBatch(batch.id, ("somebody",), batch.body, "queued"), "send", NOON_NS)
            is None
        )
        assert (
            attempt_steps.begin(db, REALM, PendingBatch(batch.id, batch.userids, b"other", "queued"), "send", NOON_NS)
            is None
        )


def test_commands_and_texts_are_deleted_with_their_campaign(ledger: Ledger) -> None:
    with ledger.transaction() as db:
        number = begun(db)
        campaigns.add_command(db, number, "stopped")
        campaigns.set_message(db, number, "[]")
        campaigns.delete(db, number)
        left = db.execute("SELECT (SELECT count(*) FROM steering) + (SELECT count(*) FROM templates)")
        assert left.fetchone() == (0,)
        # Nothing is recorded for a deleted campaign.
        campaigns.add_command(db, number, "stopped")
        campaigns.set_progress(db, number, "{}")
        assert campaigns.count_commands(db, number) == 0


def test_people_in_a_newer_batch_count_only_there(ledger: Ledger) -> None:
    with ledger.transaction() as db:
        number = begun(db)
        batches.add_batches(db, number, [NewBatch(b"body 0", "u0", 1), NewBatch(b"body 0", "u0", 1)])
        moves.write(db, [Move(1, 0, 4, 0, same_text=True), Move(4, 0, 5, 0, same_text=True)])
        moves.write(db, [Move(2, 0, 3, 0, same_text=False)])
        assert moves.current_places(db, number) == {(1, 0): (5, 0), (4, 0): (5, 0)}
        assert batches.count_by_status(db, number) == {"queued": (5, 2)}
        shown = db.execute("SELECT batch FROM recipients ORDER BY batch").fetchall()
        assert shown == [(3,), (5,)]
        batches.cancel(db, [3], WHY, NOON_NS)
        # The cancelled batch only has its own person left.
        assert batches.count_by_status(db, number) == {"queued": (4, 1), "cancelled": (1, 1)}


def test_a_recalled_batch_stays_recalled_and_keeps_the_read_state(ledger: Ledger) -> None:
    with ledger.transaction() as db:
        begun(db)
        seen = [(1, 0, "read"), (2, 0, "delivered"), (3, 0, "invalid")]
        outcomes.write(db, [Outcome(*row, "", "result", "", "", NOON_NS) for row in seen])
        for batch in (1, 2, 3):
            recalls.record(db, batch, WHY, ("recalled", WHY), NOON_NS + batch)
        # An answer under way during the recall.
        outcomes.write(db, [Outcome(2, 0, "read", "", "result", "", "", NOON_NS + 9)])
        rows = db.execute("SELECT status, was_read FROM outcomes ORDER BY batch").fetchall()
        assert rows == [("recalled", 1), ("recalled", 0), ("invalid", None)]


def test_an_event_received_twice_is_stored_once(ledger: Ledger) -> None:
    with ledger.transaction() as db:
        assert events.count(db) == 0
        event = NewEvent("e-1", "user_add_org", "stream", 1, "{}")
        number = events.add(db, REALM, event)
        assert number is not None
        assert events.add(db, REALM, event) is None
        assert events.after(db, REALM, 0) == [EventRow(number, *event)]


def test_an_event_without_an_id_is_always_stored(ledger: Ledger) -> None:
    with ledger.transaction() as db:
        event = NewEvent("", "chat_update_title", "callback", 1, "{}")
        numbers = [events.add(db, REALM, event) for _ in range(3)]
        assert [row.number for row in events.after(db, REALM, 0)] == numbers
        assert [row.number for row in events.after(db, REALM, numbers[0] or 0, limit=1)] == numbers[1:2]
    assert events.store(ledger, REALM, 0, lambda _: []) == ([], numbers[-1])


def test_a_command_is_returned_to_senders_that_have_not_seen_it(ledger: Ledger) -> None:
    with ledger.transaction() as db:
        number = begun(db)
        assert campaigns.get_message(db, number) == campaigns.get_progress(db, number) == ""
        assert campaigns.count_commands(db, number) == 0
        campaigns.add_command(db, number, "paused")
        campaigns.set_progress(db, number, "{}")
        assert (campaigns.command_since(db, number, 0), campaigns.get_progress(db, number)) == ("paused", "{}")
        assert campaigns.command_since(db, number, 1) == ""


def test_unfinished_campaigns_are_found_with_their_people_and_each_change_is_noticed(ledger: Ledger) -> None:
    with ledger.connection() as db:
        changes = [campaigns.last_change(db, REALM)]
        assert changes == [(0, 0, 0, 0, 0)]
    with ledger.transaction() as db:
        number = begun(db, 4)
        changes.append(campaigns.last_change(db, REALM))
        first, second, *_ = batches.queued(db, number)
        db.execute("UPDATE batches SET status = 'accepted' WHERE id = ?", (first.id,))
        # It was queued again after a call with unknown outcome, and so may have arrived.
        db.execute("UPDATE batches SET queued_after = 1 WHERE id = ?", (second.id,))
        assert batches.people_by_progress(db, number) == ({"u0", "u1"}, {"u2", "u3"}, set(), {"u1"}, set())
        assert batches.count_people(db, number) == 4
        assert batches.has_unsettled(db, number)
        campaigns.set_state(db, number, "stopped", NOON_NS + 5)
        changes.append(campaigns.last_change(db, REALM))
        assert [row.id for row in campaigns.find_unfinished(db, REALM, NOON_NS + 5)] == [number]
        assert campaigns.find_unfinished(db, REALM, NOON_NS + 6) == []
        assert campaigns.find_unfinished(db, Realm.of("SANDBOX", "other", "key", "k…y"), 0) == []
        # Its last change is the start of sending, which may have taken long.
        campaigns.set_state(db, number, "running", NOON_NS + 5)
        assert [row.id for row in campaigns.find_unfinished(db, REALM, NOON_NS + 6)] == [number]
        campaigns.set_state(db, number, "finished", NOON_NS + 7)
        db.execute("UPDATE batches SET status = 'accepted'")
        assert campaigns.find_unfinished(db, REALM, 0) == []
        assert not batches.has_unsettled(db, number)
        changes.append(campaigns.last_change(db, REALM))
        # What people do to it is noticed as well, such as a recall, and its progress.
        recall = actions.add(db, Action(number, actions.RECALLED, "ann@laptop", NOON_NS + 8, 1))
        changes.append(campaigns.last_change(db, REALM))
        actions.add_people(db, recall, 2)
        changes.append(campaigns.last_change(db, REALM))
        campaigns.delete(db, number)
        changes.append(campaigns.last_change(db, REALM))
    assert len(set(changes[:-1])) == 6
    assert changes[-1] == changes[0]

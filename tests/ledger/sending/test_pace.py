"""The pace that all processes share, in the ledger."""

import random
from collections.abc import Iterator

import pytest

from dingnb.clock import NS_PER_S, seconds_to_ns
from dingnb.ledger import Ledger, LedgerSession, Realm
from dingnb.ledger.campaigns import batches
from dingnb.ledger.campaigns.batches import NewBatch
from dingnb.ledger.sending import attempts, leases, pace
from dingnb.ledger.sending.attempts import BeginResult, EndedAttempt, PendingBatch
from dingnb.ledger.sending.leases import Lease
from dingnb.ledger.sending.pace import MINUTE_NS, OPEN_NS, Correction, Grant, NoRoom, PaceRequest, Starts, grant
from dingnb.ledger.sending.processes import this_process
from dingnb.ledger.session import set_place
from tests.attempt_steps import MANY
from tests.campaign_rows import add_campaign

REALM = Realm.of("SANDBOX", "one", "key", "k…y")
NOON_NS = 1_793_592_000 * 10**9
INTERVAL_NS = seconds_to_ns(0.05)


def needed(at_ns: int, *, places: int = 4, margin_ns: int = 0, campaign: int = 1, people: int = 0) -> PaceRequest:
    return PaceRequest(REALM, "send", at_ns, places, NS_PER_S, INTERVAL_NS, margin_ns, campaign, people, 10)


@pytest.fixture
def db(ledger: Ledger) -> Iterator[LedgerSession]:
    with ledger.transaction() as opened:
        pace.ensure(opened, REALM, "send")
        for number in (1, 2):
            add_campaign(opened, REALM, f"campaign {number}", now_ns=NOON_NS)
            big = ",".join(f"u{n}" for n in range(8))
            batches.add_batches(opened, number, [NewBatch(b"b", big if number == 1 else "u", 8)] * 40)
            leases.claim(opened, number, this_process(), 0)
        yield opened


def begin(db: LedgerSession, campaign: int, at_ns: int) -> tuple[BeginResult, PendingBatch]:
    batch = next(batches.queued(db, campaign))
    begun = attempts.begin(
        db,
        Lease(campaign, 1),
        MANY,
        batch,
        needed(at_ns, campaign=campaign, people=len(batch.userids)),
        None,
        at_ns,
    )
    return begun, batch


def end(db: LedgerSession, begun: BeginResult, batch: PendingBatch, at_ns: int) -> None:
    assert attempts.mark_accepted(db, EndedAttempt(begun.attempt, batch, at_ns, at_ns), "7")


def test_both_databases_grant_the_same_starts_as_the_function(db: LedgerSession) -> None:
    dice, lane, at_ns = random.Random(1), Starts(), NOON_NS
    for _ in range(300):
        at_ns += dice.choice(
            (0, 1, seconds_to_ns(0.02), seconds_to_ns(0.3), seconds_to_ns(3), -seconds_to_ns(0.2), -seconds_to_ns(30))
        )
        request = needed(at_ns, margin_ns=dice.choice((0, seconds_to_ns(0.1))))
        lane, expected = grant(lane, request)
        assert pace.reserve(db, request) == expected
        if dice.random() < 0.3:
            number = expected.number - dice.choice((0, 1, 3, 4, 5))
            free_ns = at_ns + seconds_to_ns(dice.uniform(0.5, 2))
            if number >= 0:
                if lane.n <= number + 4:
                    lane = lane._replace(places=set_place(lane.places, number % 4, free_ns))
                pace.correct(db, Correction(request, number, free_ns))


def test_calls_start_at_even_intervals_and_a_second_after_the_one_whose_place_they_take() -> None:
    lane, starts = Starts(), []
    for _ in range(12):
        lane, granted = grant(lane, needed(NOON_NS))
        starts.append((granted.slot_ns - NOON_NS) / NS_PER_S)
    assert starts == [0, 0.05, 0.1, 0.15, 1, 1.05, 1.1, 1.15, 2, 2.05, 2.1, 2.15]
    # An idle time leaves no backlog.
    assert grant(lane, needed(NOON_NS + seconds_to_ns(60)))[1].slot_ns == NOON_NS + seconds_to_ns(60)


def test_a_slow_answer_delays_only_the_call_that_takes_its_place(db: LedgerSession) -> None:
    def reserve_four() -> list[float]:
        return [(pace.reserve(db, needed(NOON_NS)).slot_ns - NOON_NS) / NS_PER_S for _ in range(4)]

    correction = Correction(needed(NOON_NS), 1, NOON_NS + seconds_to_ns(1.3))
    assert reserve_four() == [0, 0.05, 0.1, 0.15]
    pace.correct(db, correction)
    assert reserve_four() == [1, 1.3, 1.35, 1.4]
    # Its place has been taken.
    pace.correct(db, correction._replace(free_ns=NOON_NS + seconds_to_ns(9)))
    assert reserve_four() == [2, 2.3, 2.35, 2.4]


def test_a_clock_that_was_set_back_stops_calls_for_a_second() -> None:
    lane, _ = grant(Starts(), needed(NOON_NS))
    lane, granted = grant(lane, needed(NOON_NS - seconds_to_ns(3_600)))
    assert granted == Grant(NOON_NS - seconds_to_ns(3_599), 1)
    assert grant(lane, needed(NOON_NS - seconds_to_ns(3_600)))[1].slot_ns - granted.slot_ns == INTERVAL_NS


def test_people_count_for_a_minute_after_the_answer(db: LedgerSession) -> None:
    begun, batch = begin(db, 1, NOON_NS)
    assert begin(db, 1, NOON_NS)[0].reason == "full"
    wanted = needed(NOON_NS, people=8)
    room = pace.make_room(db, wanted)
    assert room is not None
    assert room.wait_ns is None
    end(db, begun, batch, NOON_NS + seconds_to_ns(5))
    assert pace.count_people(db, REALM, NOON_NS + seconds_to_ns(10)) == 8
    room = pace.make_room(db, wanted._replace(shared_clock_ns=NOON_NS + seconds_to_ns(10)))
    assert room is not None
    assert room.wait_ns == seconds_to_ns(5) + MINUTE_NS - seconds_to_ns(10)
    late_ns = NOON_NS + seconds_to_ns(5) + MINUTE_NS
    assert begin(db, 1, late_ns)[0].reason == "full"
    assert pace.make_room(db, wanted._replace(shared_clock_ns=late_ns)) is None
    assert begin(db, 1, late_ns)[0].reason == ""


def test_the_campaign_that_found_no_room_goes_first_for_a_while(db: LedgerSession) -> None:
    first, batch = begin(db, 1, NOON_NS)
    end(db, first, batch, NOON_NS)
    assert begin(db, 1, NOON_NS)[0].reason == "full"
    assert pace.make_room(db, needed(NOON_NS, people=8)) is not None
    # There is room for one, but it is not its turn.
    assert begin(db, 2, NOON_NS + 1)[0].reason == "full"
    assert isinstance(pace.make_room(db, needed(NOON_NS + 1, campaign=2, people=1)), NoRoom)
    at_ns = NOON_NS + seconds_to_ns(3)
    assert begin(db, 2, at_ns)[0].reason == ""
    at_ns = NOON_NS + MINUTE_NS
    assert pace.make_room(db, needed(at_ns, people=8)) is None
    assert begin(db, 1, at_ns)[0].reason == ""


def test_an_attempt_that_is_never_answered_counts_for_two_minutes(db: LedgerSession) -> None:
    begin(db, 1, NOON_NS)
    assert pace.count_people(db, REALM, NOON_NS + OPEN_NS - 1) == 8
    assert pace.make_room(db, needed(NOON_NS + OPEN_NS, people=8)) is None
    assert begin(db, 1, NOON_NS + OPEN_NS)[0].reason == ""


def test_a_refused_call_frees_its_people(db: LedgerSession) -> None:
    begun, batch = begin(db, 1, NOON_NS)
    ended = EndedAttempt(begun.attempt, batch, NOON_NS, NOON_NS)
    attempts.mark_without_effect(db, ended, REALM, "send", was_made=True, counts=False)
    assert pace.make_room(db, needed(NOON_NS, people=8)) is None


def test_people_recorded_before_the_clock_was_set_back_count_for_a_minute_at_most(db: LedgerSession) -> None:
    end(db, *begin(db, 1, NOON_NS), NOON_NS)
    at_ns = NOON_NS - seconds_to_ns(3_600)
    room = pace.make_room(db, needed(at_ns, people=8))
    assert room is not None
    assert room.wait_ns == MINUTE_NS
    assert pace.make_room(db, needed(at_ns + MINUTE_NS, people=8)) is None


def test_people_of_the_last_minute_count_though_the_computer_has_started_again(db: LedgerSession) -> None:
    begun, batch = begin(db, 1, seconds_to_ns(1_000))
    # It ended at noon by the ledger's time, a thousand seconds after the start of the computer.
    assert attempts.mark_accepted(db, EndedAttempt(begun.attempt, batch, NOON_NS, seconds_to_ns(1_000)), "7")
    again_ns = seconds_to_ns(2_000)
    assert pace.count_people(db, REALM, again_ns) == 0
    pace.recount(db, REALM, NOON_NS + seconds_to_ns(20), again_ns, seconds_to_ns(6))
    assert pace.count_people(db, REALM, again_ns + seconds_to_ns(40)) == 8
    assert pace.count_people(db, REALM, again_ns + seconds_to_ns(47)) == 0


def test_the_count_of_the_month_is_checked_with_each_call(db: LedgerSession) -> None:
    wanted = [next(batches.queued(db, number)) for number in (1, 2)]
    begun = [
        attempts.begin(db, Lease(number, 1), MANY, batch, needed(NOON_NS, campaign=number, people=1), 1, NOON_NS)
        for number, batch in enumerate(wanted, 1)
    ]
    assert [(attempt.reason, attempt.used) for attempt in begun] == [("", 0), ("quota", 1)]

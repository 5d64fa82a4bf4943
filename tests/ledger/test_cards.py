from collections.abc import Sequence
from dataclasses import replace

from dingnb.ledger import Ledger, LedgerSession, Realm, answers, cards
from dingnb.ledger.answers import NewAnswer
from dingnb.ledger.campaigns import batches, campaigns
from dingnb.ledger.cards import NewCard, Poll, PollField
from dingnb.ledger.explanation import Explanation
from dingnb.ledger.sending.attempts import PendingBatch
from dingnb.words import Text
from tests.attempt_steps import begin as begin_attempt
from tests.attempt_steps import mark_accepted, mark_failed, mark_unknown
from tests.campaign_rows import add_campaign, open_cards
from tests.card_presses import stored_answers

REALM = Realm.of("SANDBOX", "one", "key", "k…y")
OTHER = Realm.of("SANDBOX", "one", "other", "o…r")
POLL = Poll(
    {"yes": "来", "no": "不来"},
    (PollField("meal", "餐食", "SELECT", (("a", "素"), ("b", "荤"))), PollField("n", "人数", "NUMBER")),
    counts="first",
    deadline_ns=900,
    answer_variable="tips",
    closed_data={"tips": "已关闭"},
)


def begin(db: LedgerSession, name: str, people: Sequence[str] = ("a", "b")) -> tuple[int, int]:
    """Record a campaign with one batch, and return their numbers."""
    campaign = add_campaign(db, REALM, name, now_ns=1, channel="card")
    return campaign, batches.add_batches(db, campaign, [(b"{}", ",".join(people), len(people), "")])


def press(card: str, campaign: int, action: str, at_ns: int, press_id: str = "", value: str = "{}") -> NewAnswer:
    return NewAnswer(card, campaign, "a", action, value, press_id, at_ns, at_ns + 1)


def test_a_card_is_found_in_its_realm_with_the_people_asked(ledger: Ledger) -> None:
    with ledger.transaction() as db:
        campaign, batch = begin(db, "team-day")
        cards.add(db, campaign, [NewCard("dn-1", batch, "own")], 5)
        found = cards.card_of(db, REALM, "dn-1")
        assert found == ("dn-1", campaign, batch, ("a", "b"), "", None, "own")
        assert cards.card_of(db, OTHER, "dn-1") is None
        assert cards.card_of(db, REALM, "dn-2") is None


def test_a_poll_comes_back_as_recorded_and_stays_closed(ledger: Ledger) -> None:
    with ledger.transaction() as db:
        campaign, batch = begin(db, "team-day")
        assert cards.poll_of(db, campaign) is None
        cards.record_poll(db, campaign, Poll())
        cards.record_poll(db, campaign, POLL)
        cards.add(db, campaign, [NewCard("dn-1", batch)], 5)
        assert cards.poll_of(db, campaign) == (campaign, POLL, None, {"": POLL.answer_variable})
        cards.close_poll(db, campaign, 7)
        cards.close_poll(db, campaign, 9)
        cards.record_poll(db, campaign, POLL)
        assert cards.poll_of(db, campaign) == (campaign, POLL, 7, {"": POLL.answer_variable})
        found = cards.card_of(db, REALM, "dn-1")
    assert found is not None
    assert found.closed_ns == 7


def test_each_card_is_disabled_by_the_variables_of_its_own_template(ledger: Ledger) -> None:
    with ledger.transaction() as db:
        campaign, batch = begin(db, "team-day")
        db.execute("UPDATE batches SET status = 'accepted'")
        old, new = replace(POLL, closed_data={"off": "1"}), replace(POLL, closed_data={"closed": "true"})
        cards.record_poll(db, campaign, old, template="old")
        cards.record_poll(db, campaign, new, template="new")
        cards.add(db, campaign, [NewCard("dn-1", batch, "old"), NewCard("dn-2", batch, "new")], 7)
        assert cards.cards_to_disable(db, campaign) == {"dn-1": {"off": "1"}, "dn-2": {"closed": "true"}}
        corrected = replace(POLL, closed_data={"closed": "yes"})
        cards.record_poll(db, campaign, corrected, template="new")
        cards.record_poll(db, campaign, replace(POLL, closed_data={}), template="own")
        cards.add(db, campaign, [NewCard("dn-3", batch, "own")], 10)
        assert cards.cards_to_disable(db, campaign) == {"dn-1": {"off": "1"}, "dn-2": {"closed": "yes"}}


def test_cards_are_open_until_each_is_disabled_and_need_listening_until_the_poll_is_closed(ledger: Ledger) -> None:
    with ledger.transaction() as db:
        campaign, batch = begin(db, "team-day")
        cards.record_poll(db, campaign, POLL)
        assert not cards.has_open_cards(db, REALM)
        cards.add(db, campaign, [NewCard("dn-1", batch), NewCard("dn-2", batch)], 5)
        assert cards.has_open_cards(db, REALM)
        assert not cards.has_open_cards(db, OTHER)
        cards.record_closed(db, "dn-1", 6)
        assert open_cards(db, campaign) == ["dn-2"]
        cards.close_poll(db, campaign, 7)
        assert not cards.has_open_cards(db, REALM)
        assert open_cards(db, campaign) == ["dn-2"]


def test_a_card_that_no_call_can_have_created_is_not_disabled(ledger: Ledger) -> None:
    with ledger.transaction() as db:
        campaign, first = begin(db, "team-day")
        second, third, fourth = (batches.add_batches(db, campaign, [(b"{}", who, 1, "")]) for who in "cde")
        cards.record_poll(db, campaign, POLL)
        names = {"dn-unused": first, "dn-lost": second, "dn-refused": third, "dn-sent": fourth}
        cards.add(db, campaign, [NewCard(card, batch) for card, batch in names.items()], 5)
        why = Explanation(Text("result.failed"), Text("result.failed_todo"))

        def begun(batch: int, userid: str, at_ns: int) -> tuple[int, PendingBatch]:
            pending = PendingBatch(batch, (userid,), b"{}", "queued")
            number = begin_attempt(db, REALM, pending, "send", at_ns)
            assert number is not None
            return number, pending

        number, _ = begun(second, "c", 10**9)
        mark_unknown(db, number, second, why, 2 * 10**9)
        mark_failed(db, *begun(third, "d", 3 * 10**9), why, 4 * 10**9)
        number, pending = begun(fourth, "e", 5 * 10**9)
        mark_accepted(db, number, pending, "", 6 * 10**9)
        assert sorted(cards.cards_to_disable(db, campaign)) == ["dn-lost", "dn-sent"]


def test_what_counts_is_the_same_for_a_reminder(ledger: Ledger) -> None:
    with ledger.transaction() as db:
        campaign, _ = begin(db, "team-day")
        cards.record_poll(db, campaign, POLL)
        reminder, _ = begin(db, "again")
        cards.record_poll(db, reminder, replace(POLL, counts="last", deadline_ns=1_900), campaign)
        found = cards.poll_of(db, reminder)
        assert found is not None
        assert (found.poll.counts, found.poll.deadline_ns) == ("first", 1_900)


def actions(db: LedgerSession, root: int) -> list[str]:
    return [answer.action for answer in stored_answers(db, root)]


def test_a_press_is_recorded_once_however_often_and_late_it_is_delivered(ledger: Ledger) -> None:
    with ledger.transaction() as db:
        campaign, batch = begin(db, "team-day")
        cards.record_poll(db, campaign, POLL)
        cards.add(db, campaign, [NewCard("dn-1", batch)], 5)
        added = [
            answers.add(db, press("dn-1", campaign, action, at_ns, press_id))
            for action, at_ns, press_id in (
                ("yes", 10, "m1"),
                ("yes", 12, "m2"),  # a double click
                ("no", 20, "m3"),
                ("yes", 30, "m4"),  # a change of mind
                ("no", 20, "m3"),  # delivered again
                ("no", 15, "m5"),  # delivered late
                ("yes", 60, "m2"),  # the double click, delivered again
                ("yes", 40, ""),  # a double click without an id
                ("no", 50, ""),
            )
        ]
        assert added == [True, True, True, True, False, True, False, False, True]
        assert actions(db, campaign) == ["yes", "yes", "no", "no", "yes", "no"]


def test_a_reminder_counts_for_the_poll_that_it_reminds_of(ledger: Ledger) -> None:
    with ledger.transaction() as db:
        first, batch = begin(db, "team-day")
        cards.record_poll(db, first, POLL)
        cards.add(db, first, [NewCard("dn-1", batch)], 5)
        campaign, reminded = first, []
        for n in (2, 3):
            second, batch = begin(db, f"reminder-{n}", ["a"])
            cards.record_poll(db, second, POLL, poll_campaign=campaign)
            cards.add(db, second, [NewCard(f"dn-{n}", batch)], 5)
            answers.add(db, press(f"dn-{n}", second, "yes", n, f"m{n}"))
            reminded.append(batch)
            campaign = second
        answers.add(db, press("dn-1", first, "no", 1, "m1"))
        assert actions(db, first) == ["no", "yes", "yes"]
        assert [answer.batch for answer in stored_answers(db, first)][1:] == reminded
        assert answers.fingerprint(db, first)[0] == 3
        assert answers.counting_answer(db, first, "a", "first") == ("no", False)
        assert answers.counting_answer(db, first, "a", "last") == ("yes", False)
        assert answers.counting_answer(db, first, "a", "last", key="May") is None
        assert answers.counting_answer(db, first, "b", "last") is None
        polls = [cards.poll_of(db, poll_campaign) for poll_campaign in (first, second)]
        assert [poll.root for poll in polls if poll] == [first, first]


def test_cards_and_answers_are_forgotten_with_their_campaign(ledger: Ledger) -> None:
    with ledger.transaction() as db:
        campaign, batch = begin(db, "team-day")
        cards.record_poll(db, campaign, POLL)
        cards.add(db, campaign, [NewCard("dn-1", batch)], 5)
        answers.add(db, press("dn-1", campaign, "yes", 10, "m1"))
        campaigns.delete(db, campaign)
        left = [db.execute(f"SELECT * FROM {table}").fetchone() for table in ("polls", "cards", "answers")]  # noqa: S608
        assert left == [None, None, None]

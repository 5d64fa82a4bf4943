"""Templates of cards, proved by answers, and DingTalk's ids of messages; on each kind of database."""

from dingnb.ledger import Ledger, Realm, answers, cards
from dingnb.ledger.answers import NewAnswer
from dingnb.ledger.campaigns import batches, stored_bodies
from dingnb.ledger.cards import NewCard, Poll
from tests.campaign_rows import add_campaign

REALM = Realm.of("LIVE", "", "key", "k…y")
OTHER = Realm.of("LIVE", "", "other", "o…r")
TEMPLATE = "mine.schema"


def sent(ledger: Ledger, name: str, card: str, template: str = TEMPLATE, realm: Realm = REALM) -> tuple[int, int]:
    """Record a campaign with a card for two people, and return its number and that of its batch."""
    with ledger.transaction() as db:
        campaign = add_campaign(db, realm, name, now_ns=1, channel="card")
        batch = batches.add_batches(db, campaign, [(b"{}", "a,b", 2, "")])
        cards.record_poll(db, campaign, Poll())
        cards.add(db, campaign, [NewCard(card, batch)], 1)
        cards.record_template(db, campaign, "before.schema")
        cards.record_template(db, campaign, template)
    return campaign, batch


def answer(ledger: Ledger, campaign: int, card: str, userid: str) -> None:
    with ledger.transaction() as db:
        answers.add(db, NewAnswer(card, campaign, userid, "ok", "{}", "", 1, 1))


def proved(ledger: Ledger, template: str = TEMPLATE, realm: Realm = REALM) -> set[str]:
    with ledger.connection() as db:
        return set(cards.pressed_by(db, realm, template))


def test_a_press_proves_a_template_to_its_app(ledger: Ledger) -> None:
    campaign, _ = sent(ledger, "one", "dn-1")
    assert proved(ledger) == set()
    answer(ledger, campaign, "dn-1", "a")
    assert proved(ledger) == {"a"}
    answer(ledger, campaign, "dn-1", "b")
    assert proved(ledger) == {"a", "b"}
    assert proved(ledger, "before.schema") == proved(ledger, realm=OTHER) == set()


def test_the_proof_outlives_the_campaign(ledger: Ledger) -> None:
    campaign, _ = sent(ledger, "one", "dn-1")
    answer(ledger, campaign, "dn-1", "a")
    assert proved(ledger) == {"a"}
    for _ in range(2):
        with ledger.transaction() as db:
            cards.record_proofs(db, REALM, TEMPLATE, 2)
    with ledger.transaction() as db:
        db.execute("DELETE FROM campaigns")
    assert proved(ledger) == {"a"}


def test_a_proof_is_of_the_private_variables_that_all_cards_of_the_campaign_have(ledger: Ledger) -> None:
    campaign, _ = sent(ledger, "one", "dn-1")
    answer(ledger, campaign, "dn-1", "a")
    with ledger.transaction() as db:
        second = add_campaign(db, REALM, "two", now_ns=1, channel="card")
        batch = batches.add_batches(db, second, [(b"{}", "b", 1, "")])
        cards.record_template(db, second, TEMPLATE, ["net"])
        cards.record_template(db, second, TEMPLATE, ["net", "tax"])
        cards.add(db, second, [NewCard("dn-2", batch)], 1)
    answer(ledger, second, "dn-2", "b")

    def proved_by(*private: str) -> set[str]:
        with ledger.connection() as db:
            return set(cards.pressed_by(db, REALM, TEMPLATE, private))

    assert (proved_by(), proved_by("net"), proved_by("net", "tax")) == ({"a", "b"}, {"b"}, {"b"})
    assert proved_by("pay") == set()
    # What the first card had public may be private in the next plan.
    with ledger.transaction() as db:
        cards.record_template(db, second, TEMPLATE, ["net", "pay"])
    assert (proved_by("net"), proved_by("tax"), proved_by("pay")) == ({"b"}, set(), set())
    for _ in range(2):
        with ledger.transaction() as db:
            cards.record_proofs(db, REALM, TEMPLATE, 2)
    with ledger.transaction() as db:
        db.execute("DELETE FROM campaigns")
    assert (proved_by(), proved_by("net")) == ({"a", "b"}, {"b"})


def test_messages_and_the_newest_card_are_found(ledger: Ledger) -> None:
    campaign, batch = sent(ledger, "one", "dn-1")
    with ledger.transaction() as db:
        newest = cards.newest_card(db, batch)
        assert newest is not None
        assert (newest.out_track_id, newest.created_ns) == ("dn-1", 1)
        cards.add(db, campaign, [NewCard("dn-0", batch)], 5)
        newest = cards.newest_card(db, batch)
        assert newest is not None
        assert newest.out_track_id == "dn-0"
        assert cards.newest_card(db, batch + 1) is None
        cards.record_messages(db, "dn-1", {"a": "x", "b": "y"})
        cards.record_messages(db, "dn-1", {"a": "z"})
        recorded = db.execute("SELECT userid, carrier_id FROM card_messages ORDER BY userid").fetchall()
        assert recorded == [("a", "z"), ("b", "y")]


def test_the_hash_of_each_person_s_body_comes_back_by_place(ledger: Ledger) -> None:
    campaign, batch = sent(ledger, "one", "dn-1")
    other, _ = sent(ledger, "two", "dn-2")
    digests = [bytes([number]) * 32 for number in (1, 2)]
    with ledger.transaction() as db:
        stored_bodies.write_digests(db, [(batch, digests)])
        assert stored_bodies.digests_of(db, campaign) == {batch: digests}
        assert stored_bodies.digests_of(db, other) == {}

"""Removals from exclusion lists are returned, and can be restored."""

from dingnb.ledger import Ledger, Realm
from dingnb.ledger.contacts import exclusions
from dingnb.ledger.contacts.exclusions import Exclusion

REALM = Realm.of("SANDBOX", "one", "key", "k…y")
OTHER = Realm.of("SANDBOX", "one", "other", "o…r")


def add(ledger: Ledger, name: str, userids: list[str], reason: str, at_ns: int, realm: Realm = REALM) -> None:
    exclusions.add(ledger, realm, name, userids, reason, at_ns)


def remove(ledger: Ledger, name: str, *userids: str) -> list[Exclusion]:
    matches = userids.__contains__ if userids else None
    return exclusions.remove(ledger, REALM, name, lambda _names: None, matches)


def found(ledger: Ledger) -> list[Exclusion]:
    with ledger.connection() as db:
        return exclusions.find_all(db, REALM)


def test_removed_people_are_returned_as_they_were(ledger: Ledger) -> None:
    add(ledger, "left", ["a", "b", "c"], "in May", 5)
    add(ledger, "left", ["a"], "", 5, OTHER)
    assert remove(ledger, "LEFT", "b", "x") == [Exclusion("left", "b", "in May", 5)]
    assert remove(ledger, "left", "b") == []
    assert remove(ledger, "left") == [Exclusion("left", "a", "in May", 5), Exclusion("left", "c", "in May", 5)]
    assert remove(ledger, "left") == found(ledger) == []
    with ledger.connection() as db:
        assert exclusions.names(db, OTHER) == ["left"]


def test_restored_people_have_their_dates_and_reasons_unless_they_were_added_again(ledger: Ledger) -> None:
    add(ledger, "left", ["a"], "first", 5)
    add(ledger, "left", ["b"], "", 6)
    removed = remove(ledger, "left")
    add(ledger, "Left", ["a"], "second", 7)
    exclusions.restore(ledger, REALM, removed)
    assert found(ledger) == [Exclusion("Left", "a", "second", 7), Exclusion("Left", "b", "", 6)]

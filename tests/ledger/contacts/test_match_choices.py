from dingnb.ledger import Ledger, Realm
from dingnb.ledger.contacts import match_choices
from dingnb.ledger.contacts.match_choices import MatchChoice

REALM = Realm.of("SANDBOX", "one", "key", "k…y")
OTHER = Realm.of("SANDBOX", "one", "other", "o…r")


def choice(evidence: str, userid: str = "a") -> MatchChoice:
    return MatchChoice(evidence, "c" * 64, 1, userid, 7)


def found(ledger: Ledger, realm: Realm = REALM, name: str = "payroll") -> dict[str, str]:
    with ledger.connection() as db:
        return {evidence: found_choice.userid for evidence, found_choice in match_choices.find(db, realm, name).items()}


def test_choices_belong_to_an_app_and_a_list_and_the_newest_counts(ledger: Ledger) -> None:
    match_choices.store(ledger, REALM, "payroll", [choice("x"), choice("y")])
    match_choices.store(ledger, REALM, "payroll", [choice("x", "b")])
    match_choices.store(ledger, REALM, "bonus", [choice("x", "c")])
    match_choices.store(ledger, OTHER, "payroll", [choice("x", "d")])
    assert found(ledger) == {"x": "b", "y": "a"}
    assert found(ledger, name="bonus") == {"x": "c"}
    assert found(ledger, OTHER) == {"x": "d"}
    with ledger.connection() as db:
        assert match_choices.names(db, REALM) == ["bonus", "payroll"]


def test_choices_are_forgotten_one_by_one_or_for_a_list(ledger: Ledger) -> None:
    match_choices.store(ledger, REALM, "payroll", [choice("x"), choice("y")])
    match_choices.store(ledger, REALM, "payroll", [], ["y"])
    assert found(ledger) == {"x": "a"}
    assert match_choices.delete(ledger, REALM, "payroll") == 1
    assert match_choices.delete(ledger, REALM, "payroll") == 0
    assert found(ledger) == {}

"""Who did what with a campaign."""

from dingnb.ledger import Ledger, Realm
from dingnb.ledger.campaigns import actions, campaigns, transitions
from dingnb.ledger.campaigns.actions import Action
from tests.campaign_rows import add_campaign

REALM = Realm.of("SANDBOX", "one", "key", "k…y")
NOON_NS = 1_793_592_000 * 10**9


def record(ledger: Ledger, name: str) -> int:
    with ledger.transaction() as db:
        return add_campaign(db, REALM, name, now_ns=NOON_NS)


def test_actions_are_kept_in_order_and_the_last_of_each_kind_is_found(ledger: Ledger) -> None:
    first, second = record(ledger, "a"), record(ledger, "b")
    done = [
        Action(first, actions.CREATED, "ann@one", NOON_NS, 2),
        Action(first, actions.SENT, "ann@one", NOON_NS + 1),
        Action(second, actions.SENT, "bo@two", NOON_NS + 2),
        Action(first, actions.SENT, "bo@two", NOON_NS + 3),
        Action(first, actions.RESOLVED, "ann@one", NOON_NS + 4, 1, "leave"),
    ]
    with ledger.transaction() as db:
        for action in done:
            actions.add(db, action)
        recalled = actions.add(db, Action(second, actions.RECALLED, "bo@two", NOON_NS, 5))
        actions.add_people(db, recalled, 7)
    with ledger.connection() as db:
        assert actions.of_campaign(db, first) == [action for action in done if action.campaign == first]
        assert actions.of_campaign(db, second)[-1].people == 12
        assert actions.last_operators(db, REALM) == {
            (first, "created"): "ann@one",
            (first, "sent"): "bo@two",
            (first, "resolved"): "ann@one",
            (second, "sent"): "bo@two",
            (second, "recalled"): "bo@two",
        }
        assert actions.last_operators(db, Realm.of("LIVE", "", "other", "")) == {}


def test_what_a_reminder_reminds_of_is_known_as_long_as_that_campaign_is_there(ledger: Ledger) -> None:
    first, reminder = record(ledger, "a"), record(ledger, "a-reminder")
    with ledger.transaction() as db:
        actions.add(db, Action(first, actions.REMINDED, "ann@one", NOON_NS, 2, "a-reminder", reminder))
        assert actions.reminded_campaigns(db, [first, reminder]) == {reminder: "a"}
        assert actions.reminded_campaigns(db, [first]) == {}
        campaigns.delete(db, first)
        assert actions.reminded_campaigns(db, [reminder]) == {}


def test_a_reminder_reminds_of_its_campaign_and_of_those_before_it(ledger: Ledger) -> None:
    first, second, third, other = (record(ledger, name) for name in ("a", "a-reminder", "a-reminder-2", "b"))
    with ledger.transaction() as db:
        for reminded, reminder in ((first, second), (second, third), (third, second)):
            actions.add(db, Action(reminded, actions.REMINDED, "ann@one", NOON_NS, 2, "", reminder))
        assert [actions.is_reminder_of(db, third, number) for number in (first, second, third, other)] == [
            True,
            True,
            True,
            False,
        ]
        assert not actions.is_reminder_of(db, other, first)
        assert not actions.is_reminder_of(db, None, first)


def test_what_has_no_effect_is_no_action(ledger: Ledger) -> None:
    number = record(ledger, "a")
    transitions.allow_resuming(ledger, number, NOON_NS, "ann@one")
    transitions.finish_campaign(ledger, number, NOON_NS, keeps_texts=True)
    transitions.add_command(ledger, number, "stopped", NOON_NS, lambda _: False, "ann@one")
    with ledger.connection() as db:
        assert actions.of_campaign(db, number) == []


def test_actions_go_with_their_campaign(ledger: Ledger) -> None:
    number = record(ledger, "a")
    with ledger.transaction() as db:
        actions.add(db, Action(number, actions.SENT, "ann@one", NOON_NS))
        campaigns.delete(db, number)
        assert actions.of_campaign(db, number) == []

"""A sender of cards is killed repeatedly, and then left to finish: nobody gets two cards, and nobody is forgotten."""

import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from tests.tiers import SOAK

NewScenario = Callable[..., Any]

BUTTONS = {"yes": "来", "no": "不来"}
PERSONAL = {"limits": {"people_per_minute": 25}}
EQUAL = {"limits": {"people_per_minute": 150, "people_per_card": 20}}
TEMPLATE = "mine.schema"
SHARED = {"limits": {"people_per_minute": 150, "people_per_card": 20}, "card_templates": f"{TEMPLATE}/net"}
PEOPLE = 40
PERSONAL_SEEDS = range(8_000, 8_080 if SOAK else 8_006)
EQUAL_SEEDS = range(8_100, 8_140 if SOAK else 8_103)
SHARED_SEEDS = range(8_150, 8_190 if SOAK else 8_153)
LOSSY_SEEDS = range(8_200, 8_240 if SOAK else 8_203)
OUTSIDE_SEEDS = range(8_300, 8_340 if SOAK else 8_303)
REPEATS = 3

POINTS = (
    "leave:send",
    "written:send",
    "answered:send",
    "before:begin",
    "after:begin",
    "before:mark_accepted",
    "after:mark_accepted",
    "begun",
    "uncommitted",
    "committed",
    "waiting",
)
UNKNOWN = "param.cardAlreadyExist"


def schedule(seed: int, calls: int) -> list[tuple[str, int]]:
    """Return where to kill a campaign while it is being sent."""
    dice = random.Random(seed)
    kills, left = [], calls - 1
    for _ in range(dice.choice((1, 2, 3, 4))):
        nth = min(dice.choice((1, 1, 2, 5, dice.randint(1, 20))), left)
        if nth < 1:
            break
        left -= nth
        kills.append((dice.choice(POINTS), nth))
    return kills


def judge(scenario: Any, ended: Any) -> None:
    """Assert that the campaign's results match the cards that the sandbox recorded."""
    seed = f"seed {scenario.case['seed']}"
    people = scenario.case["people"]
    assert (ended.error, ended.state) == ("", "finished"), seed
    cards = scenario.sandbox.get("cards")
    known = dict(scenario.ledger("SELECT out_track_id, userids FROM cards JOIN batches ON batches.id = batch"))
    assert {card["out_track_id"] for card in cards} <= known.keys(), f"{seed}: a card of which nothing was written"
    batches = Counter(batch for (batch,) in scenario.ledger("SELECT batch FROM cards"))
    created = {card["out_track_id"]: card for card in cards}
    of_batch = scenario.ledger("SELECT batch, out_track_id FROM cards")
    per_batch = Counter(batch for batch, card in of_batch if card in created)
    assert set(per_batch.values()) <= {1}, f"{seed}: two cards of one batch were created"
    assert batches.keys() >= per_batch.keys()
    reached = Counter(delivery["userid"] for card in cards for delivery in card["deliveries"])
    twice = {userid: n for userid, n in reached.items() if n > 1}
    assert not twice, f"{seed}: reached twice: {twice}"
    for card in cards:
        assert {delivery["userid"] for delivery in card["deliveries"]} <= set(known[card["out_track_id"]].split(",")), (
            seed
        )
    rows = {row["userid"]: row for row in ended.rows}
    assert sorted(rows) == sorted(set(people)), f"{seed}: a recipient is missing or unexpected"
    named = {userid for card in cards for userid in known[card["out_track_id"]].split(",")}
    for userid, row in rows.items():
        shown = f"{seed}: {row}, and the sandbox reached {reached[userid]} times"
        assert row["status"] in {"accepted", "unknown", "invalid"}, shown
        if row["status"] == "unknown":
            # Either DingTalk has the card, or no further repeat was permitted.
            assert (row["code"] == UNKNOWN) == (userid in named) or row["attempts"] >= REPEATS, shown
        elif row["status"] == "invalid":
            assert userid not in scenario.sandbox.active, shown
        else:
            assert reached[userid] == 1, shown
    judge_texts(scenario, cards)
    (accepted,) = scenario.ledger("SELECT count(*) FROM attempts WHERE coalesce(outcome, '') <> 'refused'")[0]
    (counted,) = scenario.ledger("SELECT coalesce(sum(n), 0) FROM calls WHERE api LIKE '%createAndDeliver'")[0]
    assert len(cards) <= min(accepted, counted), f"{seed}: a call was not written or not counted"


def judge_texts(scenario: Any, cards: list[dict[str, Any]]) -> None:
    """Assert that each person received their own text, and that nothing personal is public on a shared card."""
    text = scenario.case["text"].replace("{{ n }}", "{}")
    number = {userid: n for n, userid in enumerate(scenario.case["people"])}
    is_shared = "template" in scenario.case
    for card in cards:
        assert not is_shared or card["public"] == {"month": "May"}
        for delivery in card["deliveries"]:
            expected = text.format(number[delivery["userid"]])
            assert delivery["received"]["net" if is_shared else "markdown"] == expected, f"another one's text: {card}"


@pytest.mark.sampled(1)
@pytest.mark.parametrize("seed", PERSONAL_SEEDS)
def test_a_killed_sender_of_personal_cards_creates_one_for_everybody(seed: int, new_scenario: NewScenario) -> None:
    scenario = new_scenario(seed, settings=PERSONAL, buttons=BUTTONS)
    scenario.choose(PEOPLE, everybody=True)
    for point, nth in schedule(seed, PEOPLE):
        scenario.kill_at(point, nth)
    judge(scenario, scenario.finish())


@pytest.mark.sampled(1)
@pytest.mark.parametrize("seed", EQUAL_SEEDS)
def test_a_killed_sender_of_one_card_for_many_creates_each_once(seed: int, new_scenario: NewScenario) -> None:
    scenario = new_scenario(seed, settings=EQUAL, buttons=BUTTONS, text="who joins?")
    scenario.choose(300, everybody=True)
    for point, nth in schedule(seed, 15):
        scenario.kill_at(point, nth)
    judge(scenario, scenario.finish())


@pytest.mark.sampled(1)
@pytest.mark.parametrize("seed", SHARED_SEEDS)
def test_a_killed_sender_of_shared_cards_shows_everybody_their_own_text(seed: int, new_scenario: NewScenario) -> None:
    scenario = new_scenario(seed, settings=SHARED, template=TEMPLATE)
    scenario.choose(300, everybody=True)
    for point, nth in schedule(seed, 15):
        scenario.kill_at(point, nth)
    ended = scenario.finish()
    judge(scenario, ended)
    assert len(scenario.sandbox.get("cards")) <= 15


@pytest.mark.sampled(1)
@pytest.mark.parametrize("seed", LOSSY_SEEDS)
def test_kills_on_a_network_that_loses_calls_and_answers(seed: int, new_scenario: NewScenario) -> None:
    scenario = new_scenario(seed, settings=PERSONAL, buttons=BUTTONS, lost={"send": (0.1, 0.15)})
    scenario.choose(30)
    for nth in (4, 7):
        scenario.kill_at(scenario.random.choice(("answered:send", "before:mark_accepted", "committed", "waiting")), nth)
    judge(scenario, scenario.finish())


@pytest.mark.sampled(1)
@pytest.mark.parametrize("seed", OUTSIDE_SEEDS)
def test_external_kills_at_any_time(seed: int, new_scenario: NewScenario) -> None:
    scenario = new_scenario(seed, settings=PERSONAL, buttons=BUTTONS)
    scenario.choose(60)
    for _ in range(3):
        scenario.end(scenario.start(), kill_after_s=scenario.random.uniform(0.02, 0.4))
    judge(scenario, scenario.finish())


def test_a_card_that_was_created_and_not_delivered_is_not_called_delivered(new_scenario: NewScenario) -> None:
    scenario = new_scenario(8_400, settings=PERSONAL, buttons=BUTTONS)
    scenario.choose(20)
    scenario.sandbox.post("faults", fault="undelivered", path="createAndDeliver", nth=[3, 7])
    ended = scenario.finish()
    judge(scenario, ended)
    assert ended.statuses == {"accepted": 18, "unknown": 2}

"""The ledger is lost at any time during a send, and then the advice of the error is followed."""

import random
import re
import shlex
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from dingnb.cli.main import main
from tests.tiers import SOAK

NewScenario = Callable[..., Any]
Agrees = Callable[..., None]

PERSONAL = {"limits": {"people_per_minute": 25}}
EQUAL = {"limits": {"people_per_minute": 150, "recipients_per_call": 20}}
SEEDS = 40 if SOAK else 2
LOSSES = ("deleted", "renamed", "folder", "replaced", "older", "overwritten", "read_only", "folder_read_only")
READ_ONLY = ("read_only", "folder_read_only")
POINTS = {
    "leave:send": 30,
    "written:send": 30,
    "answered:send": 30,
    "before:begin": 30,
    "after:begin": 30,
    "before:mark_accepted": 30,
    "after:mark_accepted": 30,
    "begun": 60,
    "uncommitted": 60,
    "committed": 60,
    "waiting": 60,
}
NEXT_DAY_S = 16 * 3_600


def attempts_in(path: Path) -> int:
    with closing(sqlite3.connect(path)) as db:
        found: int = db.execute("SELECT count(*) FROM attempts").fetchone()[0]
    return found


def accepted(scenario: Any) -> int:
    calls = [call for call in scenario.sandbox.get("calls") if call["path"].endswith("asyncsend_v2")]
    return sum(call["code"] == "0" for call in calls)


def lose(scenario: Any, how: str, most: int, dice: random.Random) -> Any:
    """Send until the ledger is lost, between recording the plan and the last call."""
    point = dice.choice(tuple(POINTS))
    return lose_at(
        scenario, how, point, dice.randint(4, POINTS[point] * most // 40) if most > 10 else dice.randint(4, 8)
    )


def lose_at(scenario: Any, how: str, point: str, nth: int) -> Any:
    """Send until the ledger is lost; verify the report, and return it."""
    where = f"seed {scenario.case['seed']}: {how} at {point} {nth}"
    ended = scenario.run([{"act": "lose", "how": how, "point": point, "nth": nth}])
    assert ended.error.startswith("LedgerError: "), f"{where}: {ended.error}, {ended.seen}"
    assert "DINGNB_HOME" not in ended.error, where
    ledger = scenario.home / "ledger.sqlite3"
    if how == "overwritten" and not ended.saved_to:
        # Data not yet in memory is lost, but then nothing has been sent.
        assert "nothing was sent" in ended.error, f"{where}: {ended.error}"
        assert not accepted(scenario), where
        return ended
    kept = ledger if how in READ_ONLY else Path(ended.saved_to)
    left = attempts_in(kept)
    assert accepted(scenario) <= left, f"{where}: a call left of which nothing was written"
    # Calls committed before may still be sent; those being written at that moment may not.
    committed = ended.lost_at.get("after:begin", 0) - (point == "after:begin")
    assert ended.seen.get("leave:send", 0) <= committed, f"{where}: a call left after the ledger was lost"
    if how == "renamed":
        assert attempts_in(scenario.home / "away.sqlite3") == left, where
    counted = re.search(r"([\d,]+) calls? had been made", ended.error)
    assert int(counted[1]) == left if counted else left == 0, f"{where}: {ended.error}"
    assert ("nothing was sent" in ended.error) == (left == 0), where
    return ended


def follow_advice(scenario: Any, ended: Any, how: str, dice: random.Random) -> bool:
    """Follow the advice of the error, or put back a moved file. Return whether the campaign can be resumed."""
    if how == "overwritten" and not ended.saved_to:
        for path in scenario.home.glob("ledger.sqlite3*"):
            path.unlink()
        return False
    if how in READ_ONLY:
        for path in (scenario.home, scenario.home / "ledger.sqlite3"):
            path.chmod(0o700)
    elif how == "renamed" and dice.random() < 0.5:
        (scenario.home / "away.sqlite3").rename(scenario.home / "ledger.sqlite3")
    else:
        command = re.search(r"dingnb (ledger restore .*?)\. 2\.", ended.error)
        assert command is not None, ended.error
        words = shlex.split(command[1])
        # An older copy of the ledger contains nothing that the saved one lacks; nor does a new one.
        assert main(words) == 0
    return True


@pytest.mark.sampled(1)
@pytest.mark.parametrize("how", LOSSES)
@pytest.mark.parametrize("seed", range(SEEDS if SOAK else 1))
def test_a_ledger_lost_at_any_time_while_sending_personal_texts(
    seed: int, how: str, new_scenario: NewScenario, agrees: Agrees
) -> None:
    scenario = new_scenario(7_000 + 10 * seed + LOSSES.index(how), settings=PERSONAL)
    dice = random.Random(scenario.case["seed"])
    scenario.choose(40, everybody=True)
    ended = lose(scenario, how, 40, dice)
    can_resume = follow_advice(scenario, ended, how, dice)
    if dice.random() < 0.5:
        scenario.sandbox.advance(NEXT_DAY_S)
    agrees(scenario, scenario.run(resume=can_resume and dice.random() < 0.7))


@pytest.mark.parametrize("how", ["deleted", "overwritten", "read_only"])
def test_a_call_whose_attempt_is_still_being_written_is_not_sent(
    how: str, new_scenario: NewScenario, agrees: Agrees
) -> None:
    scenario = new_scenario(6_000, settings=PERSONAL)
    scenario.choose(20)
    follow_advice(scenario, lose_at(scenario, how, "after:begin", 9), how, random.Random(0))
    agrees(scenario, scenario.run(resume=True))


@pytest.mark.parametrize("how", LOSSES)
@pytest.mark.parametrize("seed", range(SEEDS // 2))
def test_a_ledger_lost_at_any_time_while_sending_one_text(
    seed: int, how: str, new_scenario: NewScenario, agrees: Agrees
) -> None:
    scenario = new_scenario(8_000 + 10 * seed + LOSSES.index(how), settings=EQUAL, text="the canteen is closed")
    dice = random.Random(scenario.case["seed"])
    scenario.choose(300, everybody=True)
    ended = lose(scenario, how, 10, dice)
    can_resume = follow_advice(scenario, ended, how, dice)
    if dice.random() < 0.5:
        scenario.sandbox.advance(NEXT_DAY_S)
    agrees(scenario, scenario.run(resume=can_resume and dice.random() < 0.7))


@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_ledger_lost_twice_on_a_network_that_loses_calls_and_answers(
    seed: int, new_scenario: NewScenario, agrees: Agrees
) -> None:
    scenario = new_scenario(9_000 + seed, settings=PERSONAL, lost={"send": (0.05, 0.1), "result": (0.1, 0.1)})
    dice = random.Random(scenario.case["seed"])
    scenario.choose(40, everybody=True)
    for _ in range(2):
        # A sender that has just started has little in memory to save from an overwritten file.
        how = dice.choice([loss for loss in LOSSES if loss != "overwritten"])
        ended = lose(scenario, how, 15, dice)
        follow_advice(scenario, ended, how, dice)
    agrees(scenario, scenario.finish())

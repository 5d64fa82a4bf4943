"""Other obstacles for a sender: the token, the disk, the ledger, the system."""

import signal
import sqlite3
from collections.abc import Callable
from typing import Any

import pytest

NewScenario = Callable[..., Any]
Agrees = Callable[..., None]

PERSONAL = {"limits": {"people_per_minute": 25}}
BIG = {"limits": {"people_per_minute": 200}}
OUTSIDE_TRANSACTIONS = ("committed", "leave:send", "written:send", "answered:send", "leave:result", "waiting")


@pytest.mark.parametrize("seed", range(3))
def test_a_token_revoked_while_sending_loses_no_messages(seed: int, new_scenario: NewScenario, agrees: Agrees) -> None:
    scenario = new_scenario(seed, settings=PERSONAL)
    scenario.choose(40)
    acts = [{"act": "revoke", "point": "leave:send", "nth": nth} for nth in scenario.random.sample(range(1, 40), 4)]
    acts += [{"act": "revoke", "point": "leave:result", "nth": nth} for nth in scenario.random.sample(range(1, 40), 2)]
    agrees(scenario, scenario.run(acts))


@pytest.mark.sampled(1)
@pytest.mark.parametrize("act", [{"act": "limit_files", "more": 9_000}, {"act": "limit_pages"}], ids=["file", "pages"])
@pytest.mark.parametrize("seed", [10, 11])
def test_a_full_disk_stops_sending_and_loses_nothing(
    act: dict[str, Any], seed: int, new_scenario: NewScenario, agrees: Agrees, agrees_on_calls: Agrees
) -> None:
    scenario = new_scenario(seed, settings=BIG)
    scenario.choose(150)
    ended = scenario.run([{**act, "point": "committed", "nth": scenario.random.randint(2, 60)}])
    assert ended.error.startswith("LedgerError: ")
    assert ended.state == "interrupted"
    assert set(ended.statuses) <= {"queued", "unknown", "accepted"}
    agrees_on_calls(scenario)
    agrees(scenario, scenario.run())


@pytest.mark.parametrize("seed", range(20, 23))
def test_a_ledger_locked_while_sending_stops_it_and_loses_nothing(
    seed: int, new_scenario: NewScenario, agrees: Agrees, agrees_on_calls: Agrees
) -> None:
    scenario = new_scenario(seed, settings=PERSONAL, busy_timeout_s=0.05)
    scenario.choose(40)
    sender = scenario.start([{"act": "stop", "point": "committed", "nth": scenario.random.randint(2, 60)}])
    assert scenario.end(sender).exit_status == {"stopped": signal.SIGSTOP}
    db = sqlite3.connect(scenario.home / "ledger.sqlite3", isolation_level=None)
    db.execute("BEGIN IMMEDIATE")
    scenario.resume_sender(sender)
    ended = scenario.end(sender)
    db.close()
    assert "locked" in ended.error or "writing" in ended.error, ended.error
    assert set(ended.statuses) <= {"queued", "unknown", "accepted"}
    agrees_on_calls(scenario)
    agrees(scenario, scenario.run())


def test_a_ledger_locked_from_the_start_sends_nothing(new_scenario: NewScenario, agrees: Agrees) -> None:
    scenario = new_scenario(30, settings=PERSONAL, busy_timeout_s=0.05)
    scenario.choose(20)
    scenario.kill_at("committed", 5)
    sent = scenario.sandbox.get("stats")["tasks"]
    db = sqlite3.connect(scenario.home / "ledger.sqlite3", isolation_level=None)
    db.execute("BEGIN IMMEDIATE")
    ended = scenario.run()
    db.close()
    assert ended.error.startswith("LedgerError: ")
    assert scenario.sandbox.get("stats")["tasks"] == sent
    agrees(scenario, scenario.run())


def test_a_ledger_of_a_newer_dingnb_is_left_unchanged(new_scenario: NewScenario, agrees: Agrees) -> None:
    scenario = new_scenario(31, settings=PERSONAL)
    scenario.choose(20)
    scenario.kill_at("answered:send", 5)
    sent = scenario.sandbox.get("stats")["tasks"]
    (version,) = scenario.ledger("PRAGMA user_version")[0]
    scenario.ledger("PRAGMA user_version = 99")
    content = (scenario.home / "ledger.sqlite3").read_bytes()
    ended = scenario.run()
    assert ended.error.startswith("LedgerError: ")
    assert "99" in ended.error
    assert scenario.sandbox.get("stats")["tasks"] == sent
    assert (scenario.home / "ledger.sqlite3").read_bytes() == content
    scenario.ledger(f"PRAGMA user_version = {version}")
    agrees(scenario, scenario.run())


@pytest.mark.parametrize(("point", "minutes"), list(zip(OUTSIDE_TRANSACTIONS, (2, 45) * 3, strict=True)))
def test_a_sender_suspended_for_minutes_continues(
    point: str, minutes: int, new_scenario: NewScenario, agrees: Agrees
) -> None:
    scenario = new_scenario(40 + minutes, settings=PERSONAL)
    scenario.choose(40)
    sender = scenario.start([{"act": "stop", "point": point, "nth": scenario.random.randint(1, 20)}])
    assert scenario.end(sender).exit_status == {"stopped": signal.SIGSTOP}
    scenario.sandbox.advance(minutes * 60)
    scenario.resume_sender(sender)
    agrees(scenario, scenario.end(sender))


@pytest.mark.parametrize("seed", range(100, 103))
def test_a_suspended_sender_that_is_killed_is_resumed(seed: int, new_scenario: NewScenario, agrees: Agrees) -> None:
    scenario = new_scenario(seed, settings=PERSONAL)
    scenario.choose(40)
    nth = scenario.random.randint(1, 20)
    acts = [
        {"act": "stop", "point": scenario.random.choice(OUTSIDE_TRANSACTIONS[:4]), "nth": nth},
        {"act": "kill", "point": "committed", "nth": 2 * nth + 30},
    ]
    sender = scenario.start(acts)
    assert scenario.end(sender).exit_status == {"stopped": signal.SIGSTOP}
    scenario.sandbox.advance(200)
    scenario.resume_sender(sender)
    assert scenario.end(sender).was_killed
    agrees(scenario, scenario.run())

"""What else stops a sender: the token, the disk, the ledger, the system."""

import signal
import sqlite3
from collections.abc import Callable
from typing import Any

import pytest

Tell = Callable[..., Any]
Agrees = Callable[..., None]

PERSONAL = {"limits": {"people_per_minute": 25}}
BIG = {"limits": {"people_per_minute": 200}}
OUTSIDE_TRANSACTIONS = ("committed", "leave:send", "written:send", "answered:send", "leave:result", "waiting")


@pytest.mark.parametrize("seed", range(3))
def test_a_token_revoked_while_sending_loses_no_messages(seed: int, tell: Tell, agrees: Agrees) -> None:
    story = tell(seed, settings=PERSONAL)
    story.choose(40)
    acts = [{"act": "revoke", "point": "leave:send", "nth": nth} for nth in story.random.sample(range(1, 40), 4)]
    acts += [{"act": "revoke", "point": "leave:result", "nth": nth} for nth in story.random.sample(range(1, 40), 2)]
    agrees(story, story.run(acts))


@pytest.mark.sampled(1)
@pytest.mark.parametrize("act", [{"act": "limit_files", "more": 9_000}, {"act": "limit_pages"}], ids=["file", "pages"])
@pytest.mark.parametrize("seed", [10, 11])
def test_a_full_disk_stops_sending_and_loses_nothing(
    act: dict[str, Any], seed: int, tell: Tell, agrees: Agrees, agrees_on_calls: Agrees
) -> None:
    story = tell(seed, settings=BIG)
    story.choose(150)
    ended = story.run([{**act, "point": "committed", "nth": story.random.randint(2, 60)}])
    assert ended.error.startswith("LedgerError: ")
    assert ended.state == "interrupted"
    assert set(ended.statuses) <= {"queued", "unknown", "accepted"}
    agrees_on_calls(story)
    agrees(story, story.run())


@pytest.mark.parametrize("seed", range(20, 23))
def test_a_ledger_locked_while_sending_stops_it_and_loses_nothing(
    seed: int, tell: Tell, agrees: Agrees, agrees_on_calls: Agrees
) -> None:
    story = tell(seed, settings=PERSONAL, busy_timeout_s=0.05)
    story.choose(40)
    sender = story.start([{"act": "stop", "point": "committed", "nth": story.random.randint(2, 60)}])
    assert story.end(sender).how == {"stopped": signal.SIGSTOP}
    db = sqlite3.connect(story.home / "ledger.sqlite3", isolation_level=None)
    db.execute("BEGIN IMMEDIATE")
    story.go_on(sender)
    ended = story.end(sender)
    db.close()
    assert "locked" in ended.error or "writing" in ended.error, ended.error
    assert set(ended.statuses) <= {"queued", "unknown", "accepted"}
    agrees_on_calls(story)
    agrees(story, story.run())


def test_a_ledger_locked_from_the_start_sends_nothing(tell: Tell, agrees: Agrees) -> None:
    story = tell(30, settings=PERSONAL, busy_timeout_s=0.05)
    story.choose(20)
    story.kill_at("committed", 5)
    sent = story.sandbox.get("stats")["tasks"]
    db = sqlite3.connect(story.home / "ledger.sqlite3", isolation_level=None)
    db.execute("BEGIN IMMEDIATE")
    ended = story.run()
    db.close()
    assert ended.error.startswith("LedgerError: ")
    assert story.sandbox.get("stats")["tasks"] == sent
    agrees(story, story.run())


def test_a_ledger_of_a_newer_dingnb_is_left_unchanged(tell: Tell, agrees: Agrees) -> None:
    story = tell(31, settings=PERSONAL)
    story.choose(20)
    story.kill_at("answered:send", 5)
    sent = story.sandbox.get("stats")["tasks"]
    (version,) = story.ledger("PRAGMA user_version")[0]
    story.ledger("PRAGMA user_version = 99")
    content = (story.home / "ledger.sqlite3").read_bytes()
    ended = story.run()
    assert ended.error.startswith("LedgerError: ")
    assert "99" in ended.error
    assert story.sandbox.get("stats")["tasks"] == sent
    assert (story.home / "ledger.sqlite3").read_bytes() == content
    story.ledger(f"PRAGMA user_version = {version}")
    agrees(story, story.run())


@pytest.mark.parametrize(("point", "minutes"), list(zip(OUTSIDE_TRANSACTIONS, (2, 45) * 3, strict=True)))
def test_a_sender_suspended_for_minutes_continues(point: str, minutes: int, tell: Tell, agrees: Agrees) -> None:
    story = tell(40 + minutes, settings=PERSONAL)
    story.choose(40)
    sender = story.start([{"act": "stop", "point": point, "nth": story.random.randint(1, 20)}])
    assert story.end(sender).how == {"stopped": signal.SIGSTOP}
    story.sandbox.advance(minutes * 60)
    story.go_on(sender)
    agrees(story, story.end(sender))


@pytest.mark.parametrize("seed", range(100, 103))
def test_a_suspended_sender_that_is_killed_is_resumed(seed: int, tell: Tell, agrees: Agrees) -> None:
    story = tell(seed, settings=PERSONAL)
    story.choose(40)
    nth = story.random.randint(1, 20)
    acts = [
        {"act": "stop", "point": story.random.choice(OUTSIDE_TRANSACTIONS[:4]), "nth": nth},
        {"act": "kill", "point": "committed", "nth": 2 * nth + 7},
    ]
    sender = story.start(acts)
    assert story.end(sender).how == {"stopped": signal.SIGSTOP}
    story.sandbox.advance(200)
    story.go_on(sender)
    assert story.end(sender).was_killed
    agrees(story, story.run())

"""A command from another process at any time: no call is sent after it, and nobody is skipped."""

import os
import signal
from collections.abc import Callable
from typing import Any

import pytest

from dingnb.errors import LedgerError
from dingnb.ledger import SqliteLedger
from dingnb.ledger.campaigns import campaigns

NewScenario = Callable[..., Any]
Agrees = Callable[..., None]

PERSONAL = {"limits": {"people_per_minute": 25}}
POINTS = ("committed", "leave:send", "answered:send", "wait:people")


def stopped_at(scenario: Any, point: str) -> tuple[int, Any]:
    """Suspend a sender at a point, and command it to stop."""
    nth = scenario.random.randint(6, 30) if point != "wait:people" else 1
    sender: tuple[int, Any] = scenario.start([{"act": "stop", "point": point, "nth": nth}])
    assert scenario.end(sender).exit_status == {"stopped": signal.SIGSTOP}
    try:
        command(scenario, lambda: None, busy_timeout_s=1)
    except LedgerError:
        # Another of its threads is in a transaction: it continues until that ends.
        os.kill(sender[0], signal.SIGCONT)
        command(scenario, lambda: hold(scenario, sender))
    return sender


def command(scenario: Any, before: Callable[[], None], **options: Any) -> None:
    """Command a sender to stop; `before` is called while the ledger is locked."""
    with SqliteLedger(scenario.home, **options).transaction() as db:
        before()
        campaigns.add_command(db, 1, "paused")


def hold(scenario: Any, sender: tuple[int, Any]) -> None:
    os.kill(sender[0], signal.SIGSTOP)
    assert scenario.end(sender).exit_status == {"stopped": signal.SIGSTOP}


def attempts(scenario: Any) -> int:
    n: int = scenario.ledger("SELECT count(*) FROM attempts")[0][0]
    return n


@pytest.mark.sampled(1)
@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("seed", range(70, 72))
def test_no_call_is_sent_after_a_command(seed: int, point: str, new_scenario: NewScenario, agrees: Agrees) -> None:
    scenario = new_scenario(seed, settings=PERSONAL)
    scenario.choose(40)
    sender = stopped_at(scenario, point)
    before = attempts(scenario)
    scenario.resume_sender(sender)
    assert scenario.end(sender).state == "paused"
    # A call whose start was still ahead is undone.
    left = attempts(scenario)
    assert before - left in {0, 1}
    # It was paused on purpose: running the cell again does not continue it.
    assert scenario.run().error.startswith("CampaignStoppedError: Campaign campaign was paused")
    assert attempts(scenario) == left
    agrees(scenario, scenario.finish(resume=True))


@pytest.mark.parametrize("point", POINTS)
def test_a_command_to_a_dead_sender_does_not_stop_a_later_one(
    point: str, new_scenario: NewScenario, agrees: Agrees
) -> None:
    scenario = new_scenario(72, settings=PERSONAL)
    scenario.choose(40)
    sender = stopped_at(scenario, point)
    os.kill(sender[0], signal.SIGKILL)
    assert scenario.end(sender).was_killed
    agrees(scenario, scenario.finish())

"""A command of another process, at any instant of a sender's life: no call leaves after it, and nobody is forgotten."""

import os
import signal
from collections.abc import Callable
from typing import Any

import pytest

from dingnb.errors import LedgerError
from dingnb.ledger import Ledger, steering

Tell = Callable[..., Any]
Agrees = Callable[..., None]

PERSONAL = {"limits": {"people_per_minute": 25}}
POINTS = ("committed", "leave:send", "answered:send", "wait:people")


def stopped_at(story: Any, point: str) -> tuple[int, Any]:
    """Let a sender stand still at a point, and command it to end."""
    nth = story.random.randint(6, 30) if point != "wait:people" else 1
    sender: tuple[int, Any] = story.start([{"act": "stop", "point": point, "nth": nth}])
    assert story.end(sender).how == {"stopped": signal.SIGSTOP}
    try:
        command(story, lambda: None, busy_timeout_s=1)
    except LedgerError:
        # Another thread of it stands in the middle of a transaction: it goes on until that is over.
        os.kill(sender[0], signal.SIGCONT)
        command(story, lambda: hold(story, sender))
    return sender


def command(story: Any, before: Callable[[], None], **options: Any) -> None:
    """Command a sender to end; `before` is called while nobody else can write into the ledger."""
    with Ledger(story.home, **options).writing() as db:
        before()
        steering.add_command(db, 1, "paused")


def hold(story: Any, sender: tuple[int, Any]) -> None:
    os.kill(sender[0], signal.SIGSTOP)
    assert story.end(sender).how == {"stopped": signal.SIGSTOP}


def attempts(story: Any) -> int:
    n: int = story.ledger("SELECT count(*) FROM attempts")[0][0]
    return n


@pytest.mark.sampled(1)
@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("seed", range(70, 72))
def test_no_call_is_sent_after_a_command(seed: int, point: str, tell: Tell, agrees: Agrees) -> None:
    story = tell(seed, settings=PERSONAL)
    story.choose(40)
    sender = stopped_at(story, point)
    before = attempts(story)
    story.go_on(sender)
    assert story.end(sender).state == "paused"
    assert attempts(story) == before
    # Who paused it had a reason: running the cell again does not continue it.
    assert story.run().error.startswith("CampaignStoppedError: Campaign campaign was paused")
    assert attempts(story) == before
    agrees(story, story.finish(resume=True))


@pytest.mark.parametrize("point", POINTS)
def test_a_command_to_a_dead_sender_does_not_stop_a_later_one(point: str, tell: Tell, agrees: Agrees) -> None:
    story = tell(72, settings=PERSONAL)
    story.choose(40)
    sender = stopped_at(story, point)
    os.kill(sender[0], signal.SIGKILL)
    assert story.end(sender).was_killed
    agrees(story, story.finish())

"""Two processes at once: on one campaign, on two campaigns of one app, and where one takes over from the other."""

import signal
from collections.abc import Callable
from typing import Any

import pytest

Tell = Callable[..., Any]
Agrees = Callable[..., None]

PERSONAL = {"limits": {"people_per_minute": 25}}


@pytest.mark.sampled(1)
@pytest.mark.parametrize("seed", range(3))
def test_two_senders_of_one_campaign_send_to_everybody_once(seed: int, tell: Tell, agrees: Agrees) -> None:
    story = tell(seed, settings=PERSONAL, shared=True)
    story.choose(40)
    senders = [story.start(), story.start()]
    for ended in [story.end(sender) for sender in senders]:
        agrees(story, ended)


@pytest.mark.sampled(1)
@pytest.mark.parametrize("seed", range(10, 14))
def test_a_sender_takes_over_from_a_killed_one(seed: int, tell: Tell, agrees: Agrees) -> None:
    story = tell(seed, settings=PERSONAL, shared=True)
    story.choose(40)
    point = story.random.choice(("leave:send", "answered:send", "committed", "before:accept"))
    kill = {"act": "kill", "point": point, "nth": story.random.randint(1, 30)}
    # The first one has the turn before the second one asks for it.
    first = story.start([{"act": "stop", "point": "leave:token", "nth": 1}, kill])
    assert story.end(first).how == {"stopped": signal.SIGSTOP}
    second = story.start()
    story.go_on(first)
    assert story.end(first).was_killed
    agrees(story, story.end(second))


@pytest.mark.parametrize("seed", range(20, 23))
def test_two_campaigns_in_two_processes_share_the_rate_limit(seed: int, tell: Tell, agrees: Agrees) -> None:
    story = tell(seed, settings=PERSONAL, shared=True, text="first {{ n }}")
    people = story.choose(40)
    other = story.another(name="other", text="second {{ n }}", people=people[10:] + people[:5])
    senders = [(one, one.start()) for one in (story, other)]
    for one, ended in [(one, one.end(sender)) for one, sender in senders]:
        agrees(one, ended)
    calls = [one for one in story.sandbox.get("calls") if one["path"].endswith("asyncsend_v2")]
    assert [one["code"] for one in calls] == ["0"] * 75


@pytest.mark.parametrize("seed", range(30, 32))
def test_a_killed_campaign_still_counts_towards_the_minute_of_another(seed: int, tell: Tell, agrees: Agrees) -> None:
    story = tell(seed, settings=PERSONAL, text="first {{ n }}", later_s=0.001)
    people = story.choose(40)
    other = story.another(name="other", text="second {{ n }}", people=people[20:])
    story.kill_at("answered:send", 25)
    agrees(other, other.run())
    agrees(story, story.run())


@pytest.mark.parametrize("seed", range(40, 43))
def test_a_changed_plan_waits_while_another_process_sends(seed: int, tell: Tell, agrees: Agrees) -> None:
    story = tell(seed, settings=PERSONAL)
    people = story.choose(45)
    numbers = list(range(45))
    story.case.update(people=people[:40], numbers=numbers[:40])
    changed = story.another(people=people[:30] + people[40:], numbers=numbers[:30] + numbers[40:], shared=True)
    first = story.start([{"act": "stop", "point": "committed", "nth": story.random.randint(3, 40)}], shared=True)
    assert story.end(first).how == {"stopped": signal.SIGSTOP}
    refused = changed.run().error
    assert refused.startswith("CampaignRunningError: Campaign campaign is being sent by another process on this")
    story.go_on(first)
    story.end(first)
    ended = changed.run()
    # The campaign has everybody who was ever in it.
    changed.case["people"] = people
    agrees(changed, ended)


@pytest.mark.parametrize("point", ["begun", "uncommitted"])
def test_a_sender_suspended_while_writing_blocks_other_senders(point: str, tell: Tell, agrees: Agrees) -> None:
    story = tell(50, settings=PERSONAL, busy_timeout_s=0.05, shared=True)
    story.choose(30)
    first = story.start([{"act": "stop", "point": point, "nth": 9}])
    assert story.end(first).how == {"stopped": signal.SIGSTOP}
    sent = story.sandbox.get("stats")["tasks"]
    other = story.another(name="other", text="second {{ n }}")
    assert other.run().error.startswith("LedgerError: ")
    assert story.sandbox.get("stats")["tasks"] == sent
    story.sandbox.advance(300)
    story.go_on(first)
    agrees(story, story.end(first))
    agrees(other, other.run())


def test_a_suspended_sender_keeps_its_turn(tell: Tell, agrees: Agrees) -> None:
    story = tell(60, settings=PERSONAL, shared=True)
    story.choose(30)
    first = story.start([{"act": "stop", "point": "committed", "nth": 11}])
    assert story.end(first).how == {"stopped": signal.SIGSTOP}
    second = story.start()
    story.sandbox.advance(300)
    story.go_on(first)
    agrees(story, story.end(first))
    agrees(story, story.end(second))

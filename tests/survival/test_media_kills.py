"""A sender with a file for each person is killed repeatedly, and then left to finish."""

import hashlib
import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from dingnb.calls.workers import MAX_WORKERS
from tests.tiers import SOAK

NewScenario = Callable[..., Any]
Agrees = Callable[..., None]

SETTINGS = {"limits": {"people_per_minute": 40}}
PEOPLE = 60
SEEDS = range(6_000, 6_060 if SOAK else 6_005)
OUTSIDE_SEEDS = range(7_000, 7_040 if SOAK else 7_003)

ALWAYS = ("uncommitted", "committed", "waiting")
WHILE_UPLOADING = (
    "leave:upload",
    "written:upload",
    "answered:upload",
    "before:add_upload",
    "after:add_upload",
    *ALWAYS,
)
WHILE_SENDING = (
    "before:record_sent_body",
    "after:record_sent_body",
    "leave:send",
    "answered:send",
    "before:mark_accepted",
    *ALWAYS,
)


def give_files(scenario: Any) -> dict[str, str]:
    """Write a file for each of some people, and return the hash of each."""
    folder = scenario.home.parent / f"{scenario.home.name}-files"
    folder.mkdir()
    scenario.case["files"] = str(folder)
    contents = {userid: f"%PDF-1.7 of {userid}".encode() for userid in scenario.choose(PEOPLE)}
    for userid, content in contents.items():
        (folder / f"{userid}.pdf").write_bytes(content)
    return {userid: hashlib.sha256(content).hexdigest() for userid, content in contents.items()}


def judge_files(scenario: Any, ended: Any, files: dict[str, str], kills: int) -> None:
    """Assert that each person has one message with their own file, and that no recorded upload was made again."""
    seed = f"seed {scenario.case['seed']}"
    assert (ended.error, ended.state) == ("", "finished"), seed
    assert set(ended.statuses) <= {"delivered", "read"}, f"{seed}: {ended.statuses}"
    received = [
        (message["userid"], [file["sha256"] for file in message["media"]])
        for message in scenario.sandbox.get("messages")
    ]
    assert sorted(received) == sorted((userid, [sha256]) for userid, sha256 in files.items()), seed
    uploaded = Counter(medium["sha256"] for medium in scenario.sandbox.get("media"))
    assert set(uploaded) == set(files.values()), seed
    assert uploaded.total() <= PEOPLE + kills * MAX_WORKERS, f"{seed}: {uploaded.total()} uploads"
    recorded = scenario.ledger("SELECT digest, count(*) FROM uploads GROUP BY digest")
    assert [n for _, n in recorded] == [1] * PEOPLE, f"{seed}: uploaded again though it was recorded"


@pytest.mark.sampled(1)
@pytest.mark.parametrize("seed", SEEDS)
def test_a_killed_sender_of_files_sends_each_person_their_own_once(
    seed: int, new_scenario: NewScenario, agrees_on_calls: Agrees
) -> None:
    scenario = new_scenario(seed, settings=SETTINGS)
    files = give_files(scenario)
    dice = random.Random(seed)
    kills = [
        (dice.choice(points), dice.choice((1, 2, 5, dice.randint(1, 20))))
        for points in (WHILE_UPLOADING, WHILE_UPLOADING, WHILE_SENDING, WHILE_SENDING)
    ]
    for point, nth in kills:
        scenario.kill_at(point, nth)
    judge_files(scenario, scenario.run(), files, len(kills))
    agrees_on_calls(scenario)


@pytest.mark.parametrize("seed", OUTSIDE_SEEDS)
def test_external_kills_of_a_sender_of_files_at_any_time(
    seed: int, new_scenario: NewScenario, agrees_on_calls: Agrees
) -> None:
    scenario = new_scenario(seed, settings=SETTINGS)
    files = give_files(scenario)
    kills = 4
    for _ in range(kills):
        scenario.end(scenario.start(), kill_after_s=scenario.random.uniform(0.05, 0.8))
    judge_files(scenario, scenario.run(), files, kills)
    agrees_on_calls(scenario)

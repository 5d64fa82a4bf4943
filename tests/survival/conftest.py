"""
Fixtures for survival tests: a sandbox and a sender, each in its own process, and the verification.

A test kills, suspends or sabotages the sender, lets it run again, and verifies that the results of the campaign
match what the sandbox delivered to each person.
"""

import copy
import itertools
import json
import os
import random
import select
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from dingnb.clock import NS_PER_S

MONDAY_NS = 1_793_581_200 * NS_PER_S
"""2026-11-02 09:00 in Beijing."""

PATIENCE_S = 100
"""The maximum real time of one run of a sender; longer is a hang."""

SENDER = Path(__file__).with_name("sender.py")
SERVE = """
import dataclasses, json, sys
from dingnb.limits import STANDARD
from dingnb.sandbox import SandboxSettings, serve
settings = json.loads(sys.argv[1])
serve(SandboxSettings(limits=dataclasses.replace(STANDARD, **settings.pop("limits", {})), **settings))
"""
LEAST_PAUSE_NS = 53 * NS_PER_S
"""The time after which a call with unknown outcome may be repeated, by the clocks of two processes."""

MOST_RUNS = 8
"""The maximum number of runs of a cell until nothing stops it."""

REPEATS = 3
"""The maximum number of attempts at a call with unknown outcome."""

REACHED = frozenset({"delivered", "read"})


class Senders:
    """The process that forks the senders."""

    def __init__(self, log: Path) -> None:
        self.log = log
        with log.open("wb") as errors:
            self._process = subprocess.Popen(  # noqa: S603 - our own script
                [sys.executable, str(SENDER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors
            )

    def start(self, case: dict[str, Any]) -> int:
        pid: int = self._ask({"run": case}, PATIENCE_S)["pid"]
        return pid

    def wait(self, pid: int, what: str, kill_after_s: float | None = None) -> dict[str, int]:
        """Wait until a sender ends or is suspended; one that hangs is killed, and fails the test."""
        self._write({"wait": pid})
        try:
            return self._read(kill_after_s or PATIENCE_S)
        except TimeoutError:
            os.kill(pid, signal.SIGKILL)
            ended = self._read(PATIENCE_S)
        if kill_after_s is None:
            pytest.fail(f"The sender hung for {PATIENCE_S} s: {what}\n{self.log.read_text()[-4_000:]}")
        return ended

    def stop(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(PATIENCE_S)
        self._process.stdout.close()

    def _ask(self, command: dict[str, Any], timeout_s: float) -> dict[str, int]:
        self._write(command)
        return self._read(timeout_s)

    def _write(self, command: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(command).encode() + b"\n")
        self._process.stdin.flush()

    def _read(self, timeout_s: float) -> dict[str, int]:
        assert self._process.stdout is not None
        if not select.select([self._process.stdout], [], [], timeout_s)[0]:
            raise TimeoutError
        answer: dict[str, int] = json.loads(self._process.stdout.readline())
        return answer


class Sandbox:
    """A sandbox in its own process."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self.settings = settings
        self._process = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-c", SERVE, json.dumps(settings)], stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        self.base_url = self._process.stdout.readline().split()[-1]
        self._http = requests.Session()
        self._http.trust_env = False
        # A port that a fault has closed opens again.
        self._http.mount("http://", HTTPAdapter(max_retries=Retry(connect=60, backoff_factor=0.01, backoff_max=0.1)))
        self.people = [user["userid"] for user in self.get("users")]
        self.active = [user["userid"] for user in self.get("users") if user["active"]]

    def get(self, path: str) -> Any:
        return self._http.get(f"{self.base_url}/_sandbox/{path}", timeout=30).json()

    def post(self, path: str, /, **fields: Any) -> Any:
        return self._http.post(f"{self.base_url}/_sandbox/{path}", json=fields, timeout=30).json()

    @property
    def now_ns(self) -> int:
        now_ns: int = self.get("clock")["now_ns"]
        return now_ns

    def advance(self, by_s: float) -> None:
        self.post("clock", now_ns=self.now_ns + round(by_s * NS_PER_S), stopped=True)

    def terminate(self) -> None:
        """Ask the process to end, without waiting for it."""
        self._http.close()
        self._process.terminate()

    def wait(self) -> None:
        assert self._process.stdout is not None
        self._process.wait(PATIENCE_S)
        self._process.stdout.close()


@dataclass
class Ended:
    """How a sender ended, and its report on the campaign."""

    exit_status: dict[str, int]
    error: str = ""
    saved_to: str = ""
    state: str = ""
    rows: list[dict[str, Any]] = field(default_factory=list)
    seen: dict[str, int] = field(default_factory=dict)
    lost_at: dict[str, int] = field(default_factory=dict)
    steps: list[str] = field(default_factory=list)

    @property
    def was_killed(self) -> bool:
        return self.exit_status == {"signal": signal.SIGKILL}

    @property
    def statuses(self) -> Counter[str]:
        return Counter(row["status"] for row in self.rows)


class Scenario:
    """A campaign in a sandbox: sent, killed, sent again, and verified in the end."""

    def __init__(self, senders: Senders, sandbox: Sandbox, home: Path, seed: int, start_ns: int, **case: Any) -> None:
        self.senders = senders
        self.sandbox = sandbox
        self.home = home
        self.random = random.Random(seed)
        self.case = {
            "base_url": sandbox.base_url,
            "home": str(home),
            "seed": seed,
            "name": "campaign",
            "text": "number {{ n }}",
            "limits": sandbox.settings.get("limits", {}),
            **case,
        }
        sandbox.post("reset")
        sandbox.post("clock", now_ns=start_ns, stopped=True)
        self._runs = itertools.count(1)

    def choose(self, n: int, *, everybody: bool = False) -> list[str]:
        """Choose and return the recipients: people in the order of this seed, including some unknown ones."""
        people = self.random.sample(self.sandbox.people if everybody else self.sandbox.active, n)
        self.case["people"] = people
        return people

    def start(self, acts: Sequence[dict[str, Any]] = (), **changes: Any) -> tuple[int, Path]:
        """Start a sender and return its process and its file."""
        run = next(self._runs)
        out = self.home.parent / f"{self.home.name}-{run}.json"
        later_s = self.case.get("later_s") or self.random.choice((0.001, 0.5, 3.0, 30.0))
        start_ns = self.sandbox.now_ns + round(later_s * NS_PER_S)
        # Each run has a different seed for the network.
        seed = self.case["seed"] * 1_000 + run
        case = {**self.case, "start_ns": start_ns, "seed": seed, "acts": list(acts), "out": str(out), **changes}
        return self.senders.start(case), out

    def end(self, sender: tuple[int, Path], kill_after_s: float | None = None) -> Ended:
        """Wait for the end of a sender."""
        pid, out = sender
        exit_status = self.senders.wait(pid, f"seed {self.case['seed']}, {out.name}", kill_after_s)
        report = json.loads(out.read_text(encoding="utf-8")) if out.exists() else {}
        ended = Ended(exit_status, **report)
        is_expected = ended.was_killed or "stopped" in exit_status or exit_status == {"exit": 0}
        assert is_expected, self.senders.log.read_text()[-4_000:]
        return ended

    def run(self, acts: Sequence[dict[str, Any]] = (), **changes: Any) -> Ended:
        return self.end(self.start(acts, **changes))

    def finish(self, **changes: Any) -> Ended:
        """Run again, as users run a cell again, until nothing stops it."""
        for _ in range(MOST_RUNS):
            ended = self.run(**changes)
            if ended.state == "finished" and not ended.error:
                break
        return ended

    def kill_at(self, point: str, nth: int, **changes: Any) -> None:
        """Run until the sender has crossed a point a number of times, and assert that it dies there."""
        ended = self.run([{"act": "kill", "point": point, "nth": nth}], **changes)
        assert ended.was_killed, f"seed {self.case['seed']}: {point} was not crossed {nth} times: {ended.seen}"

    def resume_sender(self, sender: tuple[int, Path]) -> None:
        """Resume a suspended sender."""
        os.kill(sender[0], signal.SIGCONT)

    def another(self, **changes: Any) -> "Scenario":
        """Return another scenario with the same sandbox and ledger."""
        scenario = copy.copy(self)
        scenario.case = {**self.case, **changes}
        return scenario

    def ledger(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Read the ledger directly."""
        db = sqlite3.connect(self.home / "ledger.sqlite3")
        try:
            return db.execute(query, values).fetchall()
        finally:
            db.close()


def judge(
    scenario: Scenario, ended: Ended, *, unknown: Callable[[str], bool] | None = None, filtered: Collection[str] = ()
) -> None:
    """
    Assert that the campaign's results match what the sandbox delivered to each person.

    Args:
        scenario: The campaign.
        ended: The report of the last run.
        unknown: Whether a person may be unknown; by default only after the maximum number of calls.
        filtered: The codes with which DingTalk may have filtered a person.
    """
    seed = f"seed {scenario.case['seed']}"
    people = scenario.case["people"]
    messages = messages_of(scenario)
    reached = Counter(message["userid"] for message in messages)
    statuses = {row["userid"]: row for row in ended.rows}
    assert ended.error == "", seed
    assert ended.state == "finished", seed
    assert sorted(statuses) == sorted(set(people)), f"{seed}: a recipient is missing or unexpected"
    twice = {userid: n for userid, n in reached.items() if n > 1}
    assert not twice, f"{seed}: reached twice: {twice}"
    assert not set(reached) - set(people), f"{seed}: reached without being a recipient"
    may_be_unknown = unknown or has_no_repeat_left(scenario)
    task_of = {message["userid"]: message["task_id"] for message in messages}
    for userid, row in statuses.items():
        shown = f"{seed}: {row}, and the sandbox reached {reached[userid]} times"
        status = row["status"]
        is_filtered = status == "filtered" and row["code"] in filtered
        assert is_filtered or status in REACHED | {"unknown", "invalid"}, shown
        assert status != "invalid" or userid not in scenario.sandbox.active, shown
        assert status != "unknown" or may_be_unknown(userid), f"{shown}; a repeat was permitted"
        if status != "unknown":
            assert reached[userid] == int(status in REACHED), shown
        if row["evidence"] == "result" and status in REACHED:
            assert row["task_id"] == task_of[userid], shown
    judge_calls(scenario)


def messages_of(scenario: Scenario) -> list[dict[str, Any]]:
    """Return the delivered messages with the text of the scenario."""
    start = scenario.case["text"].partition("{{")[0]
    return [
        message for message in scenario.sandbox.get("messages") if message["body"]["text"]["content"].startswith(start)
    ]


def judge_calls(scenario: Scenario) -> None:
    """Assert that every call sent is in the ledger, and that it counts all calls."""
    (attempts,) = scenario.ledger(
        "SELECT count(*) FROM attempts WHERE coalesce(outcome, '') NOT IN ('refused', 'failed')"
    )[0]
    (counted,) = scenario.ledger("SELECT coalesce(sum(n), 0) FROM calls WHERE api LIKE '%asyncsend_v2'")[0]
    calls = [call for call in scenario.sandbox.get("calls") if call["path"].endswith("asyncsend_v2")]
    accepted = sum(call["code"] == "0" for call in calls)
    assert accepted <= attempts, "a call was made that is not in the ledger"
    assert accepted <= counted, "a call was not counted"
    pairs = scenario.ledger(
        "SELECT one.ended_ns, another.started_ns FROM attempts AS one JOIN attempts AS another"
        " ON another.batch = one.batch AND another.id > one.id WHERE one.outcome = 'unknown'"
    )
    early = [(ended, started) for ended, started in pairs if started - ended < LEAST_PAUSE_NS]
    assert not early, f"seed {scenario.case['seed']}: repeated too early: {early}"


def has_no_repeat_left(scenario: Scenario) -> Callable[[str], bool]:
    """Return a function that returns whether a person had the maximum number of attempts, all without an answer."""
    lost = scenario.ledger(
        "SELECT userids, (SELECT count(*) FROM attempts WHERE batch = batches.id AND outcome = 'unknown') FROM batches"
        " WHERE status = 'unknown'"
    )
    exhausted = {userid for joined, n in lost if n >= REPEATS for userid in joined.split(",")}
    return lambda userid: userid in exhausted


@pytest.fixture(scope="session")
def senders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Senders]:
    forking = Senders(tmp_path_factory.mktemp("senders") / "stderr.txt")
    yield forking
    forking.stop()


@pytest.fixture(scope="session")
def sandbox_of() -> Iterator[Callable[..., Sandbox]]:
    """Return the sandbox with these settings, started once and reset for every scenario."""
    running: dict[str, Sandbox] = {}

    def start_or_reuse(**settings: Any) -> Sandbox:
        settings = {"users": 400, **settings}
        key = json.dumps(settings, sort_keys=True)
        if key not in running:
            running[key] = Sandbox(settings)
        return running[key]

    yield start_or_reuse
    for sandbox in running.values():
        sandbox.terminate()
    for sandbox in running.values():
        sandbox.wait()


@pytest.fixture
def new_scenario(senders: Senders, sandbox_of: Callable[..., Sandbox], tmp_path: Path) -> Callable[..., Scenario]:
    """Start a scenario in a sandbox with these settings."""

    def begin(seed: int, *, start_ns: int = MONDAY_NS, settings: dict[str, Any] | None = None, **case: Any) -> Scenario:
        home = tmp_path / f"home-{seed}-{len(list(tmp_path.iterdir()))}"
        home.mkdir()
        return Scenario(senders, sandbox_of(**(settings or {})), home, seed, start_ns, **case)

    return begin


@pytest.fixture(scope="session")
def agrees() -> Callable[..., None]:
    return judge


@pytest.fixture(scope="session")
def agrees_on_calls() -> Callable[..., None]:
    return judge_calls

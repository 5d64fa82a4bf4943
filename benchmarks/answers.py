"""
Measures the answers to a poll: none lost, none counted twice, and how soon each press is acknowledged.

10,000 people press over 60 virtual seconds. Some press twice, some change their minds, some presses are delivered
again, and two connections are reset. Virtual time goes on in small steps once all pushed presses have been
acknowledged, or no acknowledgement arrives any more. An acknowledgement is timed in real seconds, from the push to the
answer. The record of the sandbox decides.

Reading the answers of 100,000 people is compared with `pandas.read_sql` of the same rows.
"""

import argparse
import contextlib
import dataclasses
import io
import os
import random
import sqlite3
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pandas as pd
from campaigns import record_plan
from table import Figure, print_table

import dingnb
from dingnb.api.cards import SEND
from dingnb.auth import App, Origin, Secret
from dingnb.campaigns.campaign import Campaign
from dingnb.client import DingTalk
from dingnb.clock import SystemClock, VirtualClock, seconds_to_ns
from dingnb.ledger import answers, cards
from dingnb.ledger.answers import NewAnswer
from dingnb.ledger.cards import NewCard
from dingnb.limits import STANDARD
from dingnb.sandbox import RunningSandbox, SandboxSettings, start
from dingnb.sandbox.events.stream_frames import Push
from dingnb.sandbox.presses import CardPresses
from dingnb.transport import Hosts

BUTTONS = {"yes": "来", "no": "不来"}
OVER_S = 60
STEP_S = 0.05
DRAIN_S = 0.1
PATIENCE_S = 120
RESETS_AT_S = (15, 35)
_REPEAT_EVERY = 20
REPEATED = 0.05
"""The share of presses that are delivered once more."""

LIMITS = dataclasses.replace(
    STANDARD, calls_per_second=10**6, people_per_minute=10**7, calls_per_month=10**8, people_per_card=30
)
MOST_CALLS = 35
MOST_ACK_S = 0.5
SELECT = "SELECT userid, action, value, pressed_ns FROM answers WHERE campaign = ? ORDER BY pressed_ns, id"


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Hide progress."""
    with contextlib.redirect_stdout(io.StringIO()):
        yield


@contextlib.contextmanager
def connect(people: int) -> Iterator[tuple[DingTalk, RunningSandbox, VirtualClock, list[str]]]:
    """Yield a connection to a sandbox in this process, the sandbox, its virtual clock, and people who can be asked."""
    clock = VirtualClock()
    settings = SandboxSettings(users=people + people // 4 + 100, limits=LIMITS, stream_pushes_per_month=10**6)
    sandbox = start(settings, clock=clock)
    app = App(settings.app_key, Secret(settings.app_secret), settings.agent_id)
    hosts = Hosts(sandbox.base_url, sandbox.base_url)
    ding = DingTalk(app, hosts, origin=Origin("arguments"), clock=clock, sandbox=sandbox, limits=LIMITS)
    active = [user["userid"] for user in sandbox.state.users() if user["active"]][:people]
    try:
        yield ding, sandbox, clock, active
    finally:
        ding.close()
        sandbox.stop()


def ask(ding: DingTalk, people: list[str], name: str) -> Campaign:
    """Return a campaign that asks people with equal cards."""
    card = dingnb.card("团建", "周五来吗？", buttons=BUTTONS)
    with quiet():
        return ding.plan(pd.DataFrame({"userid": people}), card).send(name)


class Timing:
    """
    Records how long acknowledgements took, in real seconds.

    Attributes:
        took_s: The time from each push to its acknowledgement.
        pending: The number of presses that were reported and not answered.
    """

    def __init__(self) -> None:
        self.took_s: list[float] = []
        self.pending = 0
        record, record_outcome = CardPresses.record_answer, CardPresses.record_outcome

        def timed(presses: CardPresses, number: int, status: Any, answer: Any, now_ns: int) -> None:  # noqa: ANN401
            press = presses.find(number)
            if press is not None and press.push is not None and status != "unanswered":
                self.took_s.append((SystemClock().monotonic_ns() - press.push.sent_ns) / 1e9)
            self.pending -= 1
            record(presses, number, status, answer, now_ns)

        def counted(presses: CardPresses, number: int, status: Any, *rest: Any) -> None:  # noqa: ANN401
            self.pending += status == "pressed"
            record_outcome(presses, number, status, *rest)

        CardPresses.record_answer = timed  # type: ignore[method-assign, assignment]
        CardPresses.record_outcome = counted  # type: ignore[method-assign, assignment]


class Presses:
    """
    Lets everybody press in the course of virtual time, delivers some presses again, and resets connections.

    Args:
        sandbox: The sandbox.
        clock: Its clock.
        timing: Counts what is not acknowledged yet.
    """

    def __init__(self, sandbox: RunningSandbox, clock: VirtualClock, timing: Timing) -> None:
        self._sandbox, self._state, self._clock, self._timing = sandbox, sandbox.state, clock, timing
        self._dice = random.Random(3)  # noqa: S311 - repeatable
        self._resets = list(RESETS_AT_S)
        self._looked_at = 0

    def run(self) -> None:
        """Press, and return once all is acknowledged."""
        self._sandbox.press(share=1.0, answers={"yes": 2, "no": 1}, over_s=OVER_S, seed=1, twice=0.1)
        self._sandbox.press(share=0.2, answers={"yes": 1, "no": 1}, over_s=OVER_S, seed=2)
        nothing = threading.Event()
        for step in range(int((OVER_S + PATIENCE_S) / STEP_S)):
            self._clock.advance(seconds_to_ns(STEP_S))
            self._disturb(step)
            left, until_s = self._timing.pending, time.monotonic() + DRAIN_S
            while left and time.monotonic() < until_s:
                nothing.wait(0.005)
                before, left = left, self._timing.pending
                if left < before:
                    until_s = time.monotonic() + DRAIN_S
            if not left and self._is_done():
                return

    def _disturb(self, step: int) -> None:
        with self._state.lock:
            if self._resets and step * STEP_S >= self._resets[0]:
                self._resets.pop(0)
                self._state.stream.disconnect("reset", None, self._clock.now_ns())
            if step % _REPEAT_EVERY == 0:
                reported = [press.push for press in self._state.presses.list_newest() if press.push is not None]
                for old in reported[self._looked_at :]:
                    if old.is_over and self._dice.random() < REPEATED:
                        now_ns = self._clock.now_ns()
                        push = Push(old.kind, old.topic, old.headers, old.data, old.message_id, now_ns)
                        self._state.stream.emit(push, now_ns)
                self._looked_at = len(reported)

    def _is_done(self) -> bool:
        with self._state.lock:
            return self._state.presses.due_ns is None


def judge(run: Campaign, sandbox: RunningSandbox) -> tuple[int, int, int, int]:
    """Return how many people pressed, and how many answers were lost, counted twice, or given to the wrong person."""
    state = sandbox.state
    with state.lock:
        reported = [press for press in state.presses.list_newest() if press.pressed_ns is not None]
        presser = {state.presses.press_id(press): press.userid for press in reported}
    last: dict[str, str] = {}
    for press in sorted(reported, key=lambda candidate: (candidate.pressed_ns or 0, candidate.number)):
        last[press.userid] = press.action_ids[0]
    found = run.answers().dropna(subset="answer")
    given = dict(zip(found["userid"], found["answer"], strict=True))
    lost = sum(userid not in given for userid in last)
    wrong = sum(last.get(userid) != answer for userid, answer in given.items())
    with run._context.ledger.connection() as db:  # noqa: SLF001 - what the answers are counted from
        stored = db.execute("SELECT press_id, userid FROM answers").fetchall()
    twice = sum(n - 1 for n in Counter(press_id for press_id, _ in stored).values())
    twice += abs(int(run.tally()["people"].sum()) - len(run.results()))
    wrong += sum(presser.get(press_id) != userid for press_id, userid in stored)
    return len(last), lost, twice, wrong


def record_answers(ding: DingTalk, people: int) -> Campaign:
    """Return a campaign with an answer of each of many people, recorded as if they had pressed."""
    card = dingnb.card("团建", "周五来吗？", buttons=BUTTONS)
    plan = ding.plan(pd.DataFrame({"userid": [f"u{at:06}" for at in range(people)]}), card)
    record_plan(plan, "many")
    run, context = ding.campaign("many"), plan._context  # noqa: SLF001 - answers are recorded directly
    number, now_ns = run._number, context.now_ns()  # noqa: SLF001 - likewise
    dice = random.Random(4)  # noqa: S311 - repeatable
    with context.ledger.transaction() as db:
        found = db.execute("SELECT id, userids FROM batches WHERE campaign = ?", (number,)).fetchall()
        cards.add(db, number, [NewCard(f"dn-{batch}", batch) for batch, _ in found], now_ns)
        everybody = [(f"dn-{batch}", userid) for batch, joined in found for userid in joined.split(",")]
        dice.shuffle(everybody)
        for at, (card_id, userid) in enumerate(everybody):
            pressed_ns = now_ns + at * 10**6
            action = dice.choice(("yes", "no"))
            answers.add(db, NewAnswer(card_id, number, userid, action, "{}", f"m{at}", pressed_ns, pressed_ns))
    return run


def measure_reading(ding: DingTalk, people: int, rounds: int) -> tuple[float, float]:
    """Return the times of `Campaign.answers` and of `pandas.read_sql` of the same rows; the best of some rounds."""
    with quiet():
        run = record_answers(ding, people)
    path = run._context.ledger.place  # noqa: SLF001 - the file that is read
    ours, bare = list[float](), list[float]()
    for _ in range(rounds):
        with contextlib.closing(sqlite3.connect(path)) as db:
            began = time.perf_counter()
            rows = pd.read_sql(SELECT, db, params=(run._number,))  # noqa: SLF001 - likewise
            bare.append(time.perf_counter() - began)
        began = time.perf_counter()
        found = run.answers()
        ours.append(time.perf_counter() - began)
        if len(rows) != people or found["answer"].notna().sum() != people:
            sys.exit("Not all answers were read.")
    return min(ours), min(bare)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=10_000, help="people who press (default: 10,000)")
    parser.add_argument("--read", type=int, default=100_000, help="answers to read (default: 100,000)")
    parser.add_argument("--rounds", type=int, default=5, help="how often to read; the fastest counts (default: 5)")
    arguments = parser.parse_args()
    os.environ["DINGNB_HOME"] = tempfile.mkdtemp(prefix="dingnb-")
    with connect(arguments.people) as (ding, sandbox, clock, people):
        before = len(sandbox.state.recorded_calls())
        ask(ding, people[:1_000], "thousand")
        calls = sum(call["path"] == SEND for call in sandbox.state.recorded_calls()[before:])
        run = ask(ding, people, "poll")
        timing = Timing()
        if not ding.stream(robot=False).wait_until_connected():
            sys.exit("Stream could not connect.")
        Presses(sandbox, clock, timing).run()
        pressed, lost, twice, wrong = judge(run, sandbox)
        ours_s, bare_s = measure_reading(ding, arguments.read, arguments.rounds)
    acknowledged = sorted(timing.took_s)
    p99_s = acknowledged[int(0.99 * len(acknowledged))]
    print(f"{pressed:,} people pressed, {len(acknowledged):,} presses were acknowledged.")
    print(f"Lost: {lost:,}. Counted twice: {twice:,}. Wrong person: {wrong:,}.")
    figures = [
        Figure("acknowledgement of a press, p99", p99_s, "limit", MOST_ACK_S, "s", 1.0),
        Figure(f"answers() of {arguments.read:,} people", ours_s, "pandas.read_sql", bare_s, "s", 1.5),
        Figure("calls to ask 1,000 people with equal cards", calls, "limit", MOST_CALLS, "calls", 1.0),
    ]
    is_wrong = bool(lost or twice or wrong) or pressed < arguments.people
    return max(print_table(figures), int(is_wrong))


if __name__ == "__main__":
    sys.exit(main())

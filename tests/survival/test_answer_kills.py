"""A process that receives answers is killed repeatedly: none is lost, counted twice, or given to somebody else."""

import json
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

import dingnb
from dingnb.campaigns.campaign import Campaign
from dingnb.client import DingTalk
from dingnb.sandbox import RunningSandbox, SandboxSettings, start
from tests.survival.listener import POINTS
from tests.tiers import SOAK

SEEDS = range(9_000, 9_060 if SOAK else 9_004)
PEOPLE = 60
PATIENCE_S = 180
BUTTONS = {"yes": "来", "no": "不来"}
FIELDS = [dingnb.fields.choice("meal", "餐食", {"a": "素", "b": "荤"}), dingnb.fields.number("n", "人数")]


@pytest.fixture
def sandbox(request: pytest.FixtureRequest) -> Iterator[RunningSandbox]:
    seed = request.node.callspec.params["seed"]
    limits = {"stream_callback_repeat_s": 1.0, "stream_pushes_per_month": 10**6}
    running = start(SandboxSettings(users=120, seed=seed, **limits))  # type: ignore[arg-type]
    yield running
    running.stop()


def connected(sandbox: RunningSandbox) -> DingTalk:
    settings = sandbox.settings
    url = sandbox.base_url
    return dingnb.connect(
        app_key=settings.app_key,
        app_secret=settings.app_secret,
        agent_id=settings.agent_id,
        oapi_base_url=url,
        api_base_url=url,
    )


def listen(sandbox: RunningSandbox, point: str, nth: int) -> "subprocess.Popen[str]":
    command = (sys.executable, "-m", "tests.survival.listener", sandbox.base_url, point, str(nth))
    root = str(Path(__file__).parents[2])
    return subprocess.Popen(  # noqa: S603 - our own command
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root, env={**os.environ}
    )


def is_over(sandbox: RunningSandbox) -> bool:
    with sandbox.state.lock:
        return all(press.status not in {"planned", "pressed"} for press in sandbox.state.presses.list_newest())


@pytest.mark.sampled(1)
@pytest.mark.parametrize("seed", SEEDS)
def test_kills_between_press_and_acknowledgement_lose_and_double_nothing(seed: int, sandbox: RunningSandbox) -> None:
    dice = random.Random(seed)
    ding = connected(sandbox)
    people = [user["userid"] for user in sandbox.state.users() if user["active"]][:PEOPLE]
    is_form = seed % 2 == 1
    poll = dingnb.survey("T", "?", fields=FIELDS) if is_form else dingnb.card("T", "?", buttons=BUTTONS)
    run = ding.plan(pd.DataFrame({"userid": people}), poll).send("poll")
    wanted = {"seed": seed} if is_form else {"answers": {"yes": 1, "no": 1}, "seed": seed}
    sandbox.press(share=0.9, over_s=2.0, twice=0.2, **wanted)
    sandbox.press(share=0.3, over_s=2.5, **{**wanted, "seed": seed + 1})
    kills = [(dice.choice(POINTS), dice.choice((1, 1, 2, 5, dice.randint(1, 20)))) for _ in range(4)]
    end = time.monotonic() + PATIENCE_S
    for point, nth in [*kills, ("never", 0)]:
        process = listen(sandbox, point, nth)
        while process.poll() is None and not is_over(sandbox):
            assert time.monotonic() < end, f"seed {seed}: {point} {nth} never came"
            threading.Event().wait(0.02)
        process.kill()
        process.communicate()
    judge(sandbox, run, f"seed {seed}: {kills}")
    ding.close()


def judge(sandbox: RunningSandbox, run: Campaign, case: str) -> None:
    """Assert that the answers are those that the sandbox recorded."""
    with sandbox.state.lock:
        presses = [press for press in sandbox.state.presses.list_newest() if press.pressed_ns is not None]
        ids = {sandbox.state.presses.press_id(press): press for press in presses}
    last = {
        press.userid: press for press in sorted(presses, key=lambda pressed: (pressed.pressed_ns or 0, pressed.number))
    }
    found = run.answers().dropna(subset="answer").set_index("userid")
    assert set(found.index) == set(last), f"{case}: lost or of somebody else"
    for userid, press in last.items():
        row = found.loc[userid]
        if "form" in press.params:
            given = press.params["form"]
            meal = given.get("meal")
            assert (row["meal"] if pd.notna(row["meal"]) else None) == (meal["value"] if meal else None), case
            assert (row["n"] if pd.notna(row["n"]) else None) == given.get("n"), case
        else:
            assert row["answer"] == press.action_ids[0], f"{case}: {userid}"
    with run._context.ledger.connection() as db:
        stored = db.execute("SELECT press_id, userid, action, value FROM answers").fetchall()
    assert max(Counter(press_id for press_id, *_ in stored).values()) == 1, f"{case}: counted twice"
    for press_id, userid, action, value in stored:
        assert ids[press_id].userid == userid, case
        assert action == "submit" or json.loads(value) == {}, case

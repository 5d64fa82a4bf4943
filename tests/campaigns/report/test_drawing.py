"""Work that a form runs in a thread is drawn in the form's place, and not in a cell."""

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

import pandas as pd
import pytest

import dingnb
from dingnb.client import DingTalk
from dingnb.clock import VirtualClock
from dingnb.display import progress_shown_by
from dingnb.sandbox import RunningSandbox

if TYPE_CHECKING:
    from dingnb.campaigns.campaign import Campaign


class Wall:
    """A place that records final displays."""

    is_live = True

    def __init__(self) -> None:
        self.left: list[str] = []

    def show(self, text: str, _fraction: float | None) -> None:
        self.left.append(f"on the way: {text}")

    def end(self, text: str, _fraction: float | None) -> None:
        self.left.append(text)


@pytest.fixture
def drawn(
    ding: DingTalk, clock: VirtualClock, capsys: pytest.CaptureFixture[str]
) -> Callable[[Callable[[DingTalk], object]], list[str]]:
    """Run work in a thread with a place; return its final displays, and assert that nothing was drawn elsewhere."""

    def run(work: Callable[[DingTalk], object]) -> list[str]:
        wall = Wall()

        def in_thread() -> None:
            with progress_shown_by(wall), clock.participating():
                work(ding)

        capsys.readouterr()
        thread = threading.Thread(target=in_thread)
        thread.start()
        thread.join()
        assert capsys.readouterr() == ("", "")
        return wall.left

    return run


Drawn = Callable[[Callable[[DingTalk], object]], list[str]]


def test_look_ups_are_drawn_in_the_place(sandbox: RunningSandbox, drawn: Drawn) -> None:
    mobiles = [user["mobile"] for user in sandbox.state.users() if user["active"]][:7]
    frame = pd.DataFrame({"mobile": mobiles})
    assert drawn(lambda ding: ding.plan(frame, dingnb.text("hi"), to="mobile")) == ["Looked up: 7 of 7 phone numbers"]


def test_tests_sends_and_refreshes_are_drawn_in_the_place(
    ding: DingTalk, sandbox: RunningSandbox, drawn: Drawn, staff: Callable[..., pd.DataFrame]
) -> None:
    frame = staff(sandbox, 7)
    plan = ding.plan(frame[1:], dingnb.text("hi"))
    runs: list[Campaign] = []
    assert drawn(lambda _: plan.test(frame["userid"][0])) == ["Sent: 1 of 1 person accepted by DingTalk"]
    assert drawn(lambda _: runs.append(plan.send("hi"))) == ["Sent: 6 of 6 people accepted by DingTalk"]
    assert drawn(lambda _: runs[0].refresh()) == ["1 batch: DingTalk has results for all."]
    assert drawn(lambda _: runs[0].wait())[-1].startswith("Delivery results: 6 of 6 people · 6 delivered")
    assert drawn(lambda _: plan.send("hi")) == ["Nothing sent: finished on 2 November 2026, 6 people."]
    assert drawn(lambda _: runs[0].recall(expect=6))[-1].startswith("Recalled: 6 people")

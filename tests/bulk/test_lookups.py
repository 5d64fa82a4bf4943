import dataclasses
from collections.abc import Callable

import pandas as pd
import pytest

import dingnb
from dingnb.client import DingTalk
from dingnb.errors import UnreachableError
from dingnb.limits import STANDARD
from dingnb.sandbox import RunningSandbox

HI = dingnb.text("hi")


def mobiles(sandbox: RunningSandbox, n: int) -> pd.DataFrame:
    people = [one for one in sandbox.state.users() if one["active"]][:n]
    return pd.DataFrame({"mobile": [one["mobile"] for one in people], "right": [one["userid"] for one in people]})


def lookups(sandbox: RunningSandbox) -> int:
    return sum(one["path"].endswith("getbymobile") for one in sandbox.state.recorded_calls())


def test_each_number_is_looked_up_once_and_remembered(sandbox: RunningSandbox, ding: DingTalk) -> None:
    frame = mobiles(sandbox, 50)
    frame = pd.concat([frame, frame.assign(mobile="+86 " + frame["mobile"])], ignore_index=True)
    plan = ding.plan(frame, HI, to="mobile")
    assert plan.to_frame()["userid"].tolist() == frame["right"].tolist()
    assert plan.people == 50
    assert lookups(sandbox) == 50
    ding.plan(frame, HI, to="mobile")
    assert lookups(sandbox) == 50
    assert sandbox.state.stats()["throttled"] == 0


def test_a_number_that_nobody_has_is_rejected_with_the_number(sandbox: RunningSandbox, ding: DingTalk) -> None:
    left = next(one["mobile"] for one in sandbox.state.users() if not one["active"])
    frame = pd.concat([mobiles(sandbox, 2), pd.DataFrame({"mobile": ["13800000001", left, "12", None]})])
    problems = ding.plan(frame, HI, to="mobile").problems()
    assert problems["value"].tolist() == ["13800000001", left, "12", ""]
    assert problems["column"].tolist() == ["mobile"] * 4
    assert "nobody with the number '13800000001'" in problems["reason"].iloc[0]
    assert problems["hint"].ne("").all()


def test_throttled_look_ups_are_repeated(
    open_sandbox: Callable[..., RunningSandbox], connect_to: Callable[..., DingTalk]
) -> None:
    sandbox = open_sandbox(limits=dataclasses.replace(STANDARD, calls_per_second=3))
    frame = mobiles(sandbox, 30)
    assert connect_to(sandbox).plan(frame, HI, to="mobile").to_frame()["userid"].tolist() == frame["right"].tolist()
    assert sandbox.state.stats()["throttled"] > 0


def test_a_server_that_is_gone_is_an_error_and_what_was_found_is_kept(sandbox: RunningSandbox, ding: DingTalk) -> None:
    frame = mobiles(sandbox, 40)
    ding.plan(frame[:20], HI, to="mobile")
    sandbox.stop()
    with pytest.raises(UnreachableError):
        ding.plan(frame, HI, to="mobile")
    assert ding.plan(frame[:20], HI, to="mobile").people == 20


def test_a_template_that_cannot_be_filled_costs_no_look_up(sandbox: RunningSandbox, ding: DingTalk) -> None:
    with pytest.raises(dingnb.InputError):
        ding.plan(mobiles(sandbox, 5), dingnb.text("{{ nothing }}"), to="mobile")
    assert lookups(sandbox) == 0


def test_a_number_that_nobody_had_is_asked_for_again(sandbox: RunningSandbox, ding: DingTalk) -> None:
    frame = pd.DataFrame({"mobile": [sandbox.state.users(1)[0]["mobile"], "13800000001"]})
    for _ in range(2):
        ding.plan(frame, dingnb.text("hi"), to="mobile")
    asked = [call for call in sandbox.state.calls if call.path.endswith("getbymobile")]
    assert len(asked) == 3

"""A test of a plan in code goes to a person by userid or by name, as in the form."""

import re
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

import dingnb
from dingnb.campaigns.plan_people import person_label
from dingnb.client import DingTalk
from dingnb.errors import InputError
from dingnb.sandbox import RunningSandbox

NOTE = dingnb.text("hi {{ name }}")


@pytest.fixture
def directory(ding: DingTalk) -> pd.DataFrame:
    """Return the directory, which was read."""
    return ding.people(everybody=True)


def counted(sandbox: RunningSandbox) -> Any:
    return sandbox.state.stats()["calls"]


def refusal(ding: DingTalk, frame: pd.DataFrame, name: str) -> str:
    with pytest.raises(InputError) as refused:
        ding.plan(frame, NOTE).test(name)
    return str(refused.value)


def test_a_test_goes_to_the_person_of_the_list_with_this_name(
    sandbox: RunningSandbox, ding: DingTalk, staff: Callable[..., pd.DataFrame]
) -> None:
    frame = staff(sandbox, 3).assign(name=["张三", "李四", "王五"])
    run = ding.plan(frame, NOTE).test(" 李四 ")
    assert run.results()["userid"].tolist() == [frame["userid"][1]]


def test_a_name_is_found_as_it_is_written_in_the_list(
    sandbox: RunningSandbox, ding: DingTalk, staff: Callable[..., pd.DataFrame]
) -> None:
    frame = staff(sandbox, 2).assign(name=["１号", "Ａｎｎ"])
    run = ding.plan(frame, NOTE).test("１号")
    assert run.results()["userid"].tolist() == [frame["userid"][0]]
    said = refusal(ding, frame, "Ａｎｎ")
    assert f"“Ａｎｎ” is the name of {frame['userid'][1]}" in said


def test_a_name_of_the_directory_costs_no_call_besides_that_of_the_test(
    sandbox: RunningSandbox, ding: DingTalk, directory: pd.DataFrame
) -> None:
    unique = directory[~directory["name"].duplicated(keep=False)]
    plan = ding.plan(unique.head(1)[["userid", "name"]], NOTE)
    before = counted(sandbox)
    run = plan.test(unique["name"].iloc[5])
    assert run.results()["userid"].tolist() == [unique["userid"].iloc[5]]
    assert counted(sandbox) == before + 1


def test_a_name_of_several_people_is_refused_with_the_candidates(
    sandbox: RunningSandbox, ding: DingTalk, directory: pd.DataFrame
) -> None:
    name = directory["name"][directory["name"].duplicated()].iloc[0]
    namesakes = directory[directory["name"] == name]
    said = refusal(ding, directory.head(1)[["userid", "name"]], name)
    assert f"Several people are called “{name}”: " in said
    for userid, department in zip(namesakes["userid"][:5], namesakes["department"], strict=False):
        assert f"{userid} · {department}" in said
    assert 'such as plan.test("manager01"). No test was sent.' in said
    assert sandbox.state.stats()["tasks"] == 0


def test_a_name_that_the_list_gives_to_somebody_else_is_refused(
    sandbox: RunningSandbox, ding: DingTalk, directory: pd.DataFrame
) -> None:
    frame = directory.head(2)[["userid", "name"]].assign(name=["张三丰", "李四光"])
    said = refusal(ding, frame, "张三丰")
    assert f"is someone else: {directory['name'][0]} (“张三丰” in the list)" in said
    assert sandbox.state.stats()["tasks"] == 0


def test_a_name_of_nobody_is_refused_with_similar_names_and_what_to_do_in_code(
    ding: DingTalk, sandbox: RunningSandbox, staff: Callable[..., pd.DataFrame]
) -> None:
    frame = staff(sandbox, 2).assign(name=["张三丰", "李四"])
    said = refusal(ding, frame, "张三")
    assert f"Similar names: 张三丰 · {frame['userid'][0]}. Pass a userid, or read the directory first" in said
    dingnb.set_language("zh")
    assert "请传入 userid，或先读取通讯录：ding.people(everybody=True)。没有发送测试。" in refusal(ding, frame, "王")


def test_a_phone_number_that_is_nobody_s_userid_is_refused(
    sandbox: RunningSandbox, ding: DingTalk, staff: Callable[..., pd.DataFrame]
) -> None:
    frame = staff(sandbox, 2).assign(name=["Ann", "Bo"])
    assert "13900000001 is a phone number, and not the userid of anyone" in refusal(ding, frame, "13900000001")
    assert sandbox.state.stats()["tasks"] == 0
    known = pd.concat([frame, pd.DataFrame({"userid": ["13900000001"], "name": ["Cy"]})])
    assert ding.plan(known, NOTE).test("13900000001").results()["userid"].tolist() == ["13900000001"]


def test_a_label_leaves_out_only_what_could_be_markup() -> None:
    assert person_label("O'Brien", "u1", "R&D") == "O'Brien · R&D · u1"
    assert person_label("Ann", "u1", "<b>R&D") == "Ann · u1"
    assert (
        person_label('Ann" onfocus="alert(1)', "u1", "R&D")
        == person_label("<script>", "u1", "R&D")
        == person_label("", "u1", "R&D")
        == "u1"
    )


def test_a_userid_that_is_the_name_of_somebody_else_is_the_userid(
    sandbox: RunningSandbox, ding: DingTalk, staff: Callable[..., pd.DataFrame]
) -> None:
    frame = staff(sandbox, 2)
    frame["name"] = ["Ann", frame["userid"][0]]
    run = ding.plan(frame, NOTE).test(frame["userid"][0])
    assert run.results()["userid"].tolist() == [frame["userid"][0]]


def test_a_name_that_could_be_the_userid_of_somebody_unknown_is_refused(
    sandbox: RunningSandbox, ding: DingTalk, staff: Callable[..., pd.DataFrame]
) -> None:
    frame = staff(sandbox, 4)
    userid = frame["userid"][3]
    frame = frame.head(3).assign(name=[userid, "李四", "王五"])
    said = refusal(ding, frame, userid)
    assert f"“{userid}” is the name of {frame['userid'][0]}, and could also be" in said
    assert sandbox.state.messages() == []
    [advice] = re.findall(r"ding\.people\((\w+)=True\)", said)
    ding.people(**{advice: True})
    assert ding.plan(frame, NOTE).test(userid).results()["userid"].tolist() == [userid]
    # An invisible character that was copied with it changes nothing.
    assert ding.plan(frame, NOTE).test(f"\u200b{frame['userid'][1]}").results()["userid"].tolist() == [
        frame["userid"][1]
    ]

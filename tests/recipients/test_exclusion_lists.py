import ast
import dataclasses
import re
from collections.abc import Callable
from typing import Any, Literal

import pandas as pd
import pytest

import dingnb
from dingnb.auth import App, Origin, Secret
from dingnb.client import DingTalk
from dingnb.clock import VirtualClock, seconds_to_ns
from dingnb.errors import InputError
from dingnb.sandbox import RunningSandbox
from dingnb.transport import Hosts
from dingnb.words import count, say

Staff = Callable[..., pd.DataFrame]


def test_a_list_is_created_extended_and_found_by_a_later_connection(
    ding: DingTalk, sandbox: RunningSandbox, connect_to: Callable[..., DingTalk]
) -> None:
    lists = ding.exclusions
    assert lists.add("left", ["a1", "a2", None, "a1"], reason="left in May") == 2
    assert lists.add(" left ", pd.Series(["a2", "a3"])) == 1
    assert lists.add("董事", {"b1"}) == 1
    found = connect_to(sandbox).exclusions
    assert found.names() == list(found) == ["left", "董事"]
    assert len(found) == 2
    assert "left" in found
    assert "right" not in found
    assert 5 not in found
    assert found.to_frame("left")["userid"].tolist() == ["a1", "a2", "a3"]


def test_a_name_in_latin_letters_is_refused_by_its_space(ding: DingTalk) -> None:
    assert ding.exclusions.add("left", ["zhangsan", "Zhang.San-3", "139 0000 0003"]) == 3
    with pytest.raises(InputError, match="'Zhang San' contains whitespace") as caught:
        ding.exclusions.add("left", ["lisi", "Zhang San"])
    assert "For people given by name, ding.match(...) finds the userids." in caught.value.hint
    assert len(ding.exclusions.to_frame("left")) == 3


def test_adding_names_says_that_they_exclude_nobody(ding: DingTalk, capsys: pytest.CaptureFixture[str]) -> None:
    assert ding.exclusions.add("离职", ["manager01", "+86 139 0000 0001", "１３９０００００００２"]) == 3
    assert not capsys.readouterr().out
    assert ding.exclusions.add("离职", ["赵刚", "manager02", "钱丽"]) == 3
    said = capsys.readouterr().out
    assert said.startswith("Entries that look like names: 赵刚, 钱丽 (2 of 3 entries). A name excludes nobody. ")
    [code] = re.findall(r"(ding\.exclusions\.remove\(.*\))\.$", said.strip())
    assert eval(code, {"ding": ding, "names": ["赵刚", "钱丽"]}) == 2  # noqa: S307 - our own advice
    dingnb.set_language("zh")
    ding.exclusions.add("离职", ["赵刚"])
    assert capsys.readouterr().out.startswith("1 项中有 1 项像是姓名：赵刚。姓名不能用于排除。请添加他们的 userid")


def test_blank_values_which_exclude_nobody_are_counted(
    ding: DingTalk, staff: Staff, capsys: pytest.CaptureFixture[str]
) -> None:
    frame = staff(ding.sandbox, 3)
    known = pd.Series([frame["userid"][0], None, float("nan"), " "])
    plan = ding.plan(frame, dingnb.text("hi"), exclude=known)
    assert plan.people == 2
    assert "Blank in exclude=: 3 cells. A blank value excludes nobody; check whether userids are missing." in repr(plan)
    assert "Blank" not in repr(ding.plan(frame, dingnb.text("hi"), exclude=frame.head(1)))
    capsys.readouterr()
    assert ding.exclusions.add("left", known) == 1
    assert capsys.readouterr().out.startswith("Blank: 3 cells. ")
    run = plan.send("note")
    assert "Blank in exclude=: 1 cell." in repr(run.wait().remind(dingnb.text("read it"), exclude=[None]))


def test_the_display_gives_code_that_runs_for_a_name_with_quotation_marks(ding: DingTalk, staff: Staff) -> None:
    frame = staff(ding.sandbox, 2)
    ding.exclusions.add('the "old" list', frame["userid"][:1])
    [code] = re.findall(r"exclude=(.*)\) excludes everyone", repr(ding.exclusions))
    assert len(ding.plan(frame, dingnb.text("hi"), exclude=ast.literal_eval(code)).problems()) == 1


def test_names_that_differ_only_in_case_width_or_blanks_are_one_list(ding: DingTalk, staff: Staff) -> None:
    frame = staff(ding.sandbox, 3)
    first, second, third = frame["userid"]
    lists = ding.exclusions
    for name, userid in (("Left 2026", first), ("left  2026", second), ("ｌｅｆｔ ２０２６", third)):
        lists.add(name, [userid])
        assert name in lists
    assert lists.names() == ["Left 2026"]
    assert lists.to_frame("LEFT 2026")["userid"].tolist() == sorted(frame["userid"])
    reasons = ding.plan(frame, dingnb.text("hi"), exclude="left 2026").problems()["reason"]
    assert reasons.str.contains("Left 2026").sum() == 3
    assert lists.remove("ｌｅｆｔ ２０２６", [first]) == 1
    assert lists.drop("left 2026") == 2
    assert not lists.names()


def test_the_frame_has_a_row_for_each_person_on_each_list(ding: DingTalk, clock: VirtualClock) -> None:
    ding.exclusions.add("left", ["b"], reason="gone")
    clock.advance(seconds_to_ns(60))
    ding.exclusions.add("left", ["b", "a"])
    ding.exclusions.add("board", ["a"])
    frame = ding.exclusions.to_frame()
    assert frame.dtypes.astype(str).to_dict() == {
        "list": "str",
        "userid": "str",
        "reason": "str",
        "added_at": "datetime64[ms, Asia/Shanghai]",
    }
    assert frame[["list", "userid"]].to_numpy().tolist() == [["board", "a"], ["left", "a"], ["left", "b"]]
    assert frame["reason"].isna().tolist() == [True, True, False]
    assert (frame["added_at"][1] - frame["added_at"][2]).total_seconds() == 60
    pd.testing.assert_frame_equal(frame.iloc[:0], dingnb_without_lists(ding).exclusions.to_frame())


def dingnb_without_lists(ding: DingTalk) -> DingTalk:
    other = App("dingotherappkey", Secret("s"), 7)
    return DingTalk(other, ding._hosts, origin=Origin("arguments"), clock=ding._clock)


def test_a_later_reason_replaces_the_first(ding: DingTalk) -> None:
    ding.exclusions.add("left", ["a"], reason="gone")
    assert ding.exclusions.add("left", ["a"], reason="moved") == 0
    ding.exclusions.add("left", ["a"])
    assert ding.exclusions.to_frame()["reason"].tolist() == ["moved"]


def test_removed_people_are_counted_and_an_empty_list_disappears(ding: DingTalk) -> None:
    lists = ding.exclusions
    lists.add("left", ["a1", "a2", "a3"])
    lists.add("board", ["a1"])
    assert lists.remove("left", ["a1", "never-there"]) == 1
    assert lists.drop("left") == 2
    assert lists.names() == ["board"]
    assert lists.add("left", ["a1"]) == 1


def test_a_missing_column_removes_nobody(ding: DingTalk) -> None:
    ding.exclusions.add("left", ["a1", "a2"])
    with pytest.raises(InputError):
        ding.exclusions.remove("left", pd.DataFrame({"userid": ["a1"]}).get("user_id"))
    assert len(ding.exclusions.to_frame("left")) == 2


@pytest.mark.parametrize("act", ["drop", "to_frame", "reasons"])
def test_the_error_for_a_missing_list_names_the_existing_ones(act: str, ding: DingTalk) -> None:
    with pytest.raises(InputError, match="no exclusion list 'lefft'") as caught:
        getattr(ding.exclusions, act)("lefft")
    assert "no lists yet" in caught.value.hint
    ding.exclusions.add("left", ["a1"])
    with pytest.raises(InputError, match="no exclusion list 'lefft'") as caught:
        getattr(ding.exclusions, act)("lefft")
    assert "Lists: left." in caught.value.hint
    with pytest.raises(InputError, match=r"no exclusion list 'x{99}…'"):
        getattr(ding.exclusions, act)("x" * 100_000)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"name": ""}, "not a valid name"),
        ({"name": " "}, "not a valid name"),
        ({"name": 5}, "not a valid name"),
        ({"name": None}, "not a valid name"),
        ({"ids": "a1"}, "ids= cannot be str"),
        ({"ids": None}, "ids= cannot be NoneType"),
        ({"ids": ["a1", "b,c"]}, "ids= contains 1 cell that cannot be read"),
        ({"reason": None}, "reason=None is not text"),
        ({"reason": "left\0"}, "is not text"),
    ],
    ids=str,
)
def test_invalid_entries_raise_and_add_nobody(given: dict[str, Any], message: str, ding: DingTalk) -> None:
    with pytest.raises(InputError, match=message):
        ding.exclusions.add(**{"name": "left", "ids": ["a1"], **given})
    assert ding.exclusions.names() == []


def test_a_plan_excludes_people_on_a_list_and_shows_its_name_and_their_number(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, agrees: Callable[[str, pd.DataFrame], None]
) -> None:
    frame = staff(sandbox, 5)
    userids = frame["userid"].tolist()
    ding.exclusions.add("left", userids[:1], reason="left in <May>")
    ding.exclusions.add("left", userids[1:2])
    twice = pd.concat([frame, frame[:1]], ignore_index=True)
    plan = ding.plan(twice, dingnb.text("hi"), exclude=" left ")
    assert plan.people == 3
    problems = plan.problems()
    assert problems["position"].tolist() == [0, 1, 5]
    assert problems["reason"][0] == "This person is on the exclusion list 'left' (left in <May>)."
    assert problems["reason"][1] == "This person is on the exclusion list 'left'."
    assert "3 rows, by list 'left'" in repr(plan)
    assert "left in &lt;May&gt;" in plan._repr_html_()
    results = plan.send().wait().results()
    assert results["status"].eq("rejected").tolist() == [True, True, False, False, False, True]
    assert results["reason"][0] == problems["reason"][0]
    agrees(sandbox.base_url, results)


def test_a_list_that_excludes_nobody_is_shown_nevertheless(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    ding.exclusions.add("left", ["somebody-else"])
    plan = ding.plan(staff(sandbox, 2), dingnb.text("hi"), exclude="left")
    assert "0 rows, by list 'left'" in repr(plan)
    by_ids = ding.plan(staff(sandbox, 2), dingnb.text("hi"), exclude=["somebody-else"])
    assert "Of these, excluded  0 rows" in repr(by_ids)
    assert "excluded" not in repr(ding.plan(staff(sandbox, 2), dingnb.text("hi")))


def test_a_number_is_on_a_list_once_in_any_spelling(ding: DingTalk) -> None:
    assert ding.exclusions.add("left", ["+8613900000001", "13900000001", "+86 139-0000-0001"]) == 1
    assert ding.exclusions.add("left", ["+85291234567", "+852 9123 4567"]) == 1
    assert ding.exclusions.to_frame()["userid"].tolist() == ["+85291234567", "13900000001"]
    assert ding.exclusions.remove("left", ["+8613900000001"]) == 1


def test_a_plan_counts_people_excluded_by_id(sandbox: RunningSandbox, ding: DingTalk, staff: Staff) -> None:
    frame = staff(sandbox, 3)
    plan = ding.plan(frame, dingnb.text("hi"), exclude=frame["userid"][:1])
    assert "Of these, excluded  1 row" in repr(plan)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_excluded_rows_are_no_errors_to_correct(
    language: Literal["en", "zh"], sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    error, advice = {"en": ("Rejected", "correct"), "zh": ("数据有误", "修正")}[language]
    frame, note = staff(sandbox, 3), dingnb.text("hi")
    dingnb.set_language(language)
    excluding = ding.plan(frame, note, exclude=frame["userid"][:1])
    run = excluding.send("excluding")
    assert error not in repr(excluding)
    assert advice not in repr(run).lower()
    assert advice not in run.summary().loc["rejected", "todo"].lower()
    assert say("campaign.reasons") not in repr(run)
    frame.loc[2, "userid"] = "a b"
    mixed = ding.plan(frame, note, exclude=frame["userid"][:1]).send("mixed")
    assert str(count("row", 1)) in mixed.summary().loc["rejected", "todo"]
    assert advice in repr(mixed)
    assert ("“a b”" if language == "zh" else "'a b'") in repr(mixed)
    assert "exclude=" not in repr(mixed)
    faulty = ding.plan(frame, note)
    assert error in repr(faulty)
    assert advice in faulty.send("faulty").summary().loc["rejected", "todo"].lower()


def test_a_plan_with_a_missing_list_raises_without_look_ups(sandbox: RunningSandbox, ding: DingTalk) -> None:
    frame = pd.DataFrame({"mobile": [user["mobile"] for user in sandbox.state.users(3)]})
    ding.exclusions.add("left", ["a1"])
    calls = sandbox.state.stats()["calls"]
    with pytest.raises(InputError, match="no exclusion list 'lefft'"):
        ding.plan(frame, dingnb.text("hi"), to="mobile", exclude="lefft")
    assert sandbox.state.stats()["calls"] == calls


def test_each_app_has_its_own_lists(ding: DingTalk, sandbox: RunningSandbox) -> None:
    ding.exclusions.add("left", ["a1"])
    app = dataclasses.replace(ding.app, app_key="dingotherappkey")
    hosts = Hosts(sandbox.base_url, sandbox.base_url)
    with DingTalk(app, hosts, origin=Origin("arguments"), clock=ding._clock) as other:
        assert "left" not in other.exclusions
        other.exclusions.add("left", ["b1"])
        other.exclusions.drop("left")
    assert ding.exclusions.to_frame()["userid"].tolist() == ["a1"]


def test_the_lists_are_displayed_in_both_languages(ding: DingTalk, sandbox: RunningSandbox) -> None:
    for language, empty, title, mode in (
        ("en", "No lists yet", "Exclusion lists", "SANDBOX"),
        ("zh", "还没有名单", "排除名单", "沙箱"),
    ):
        dingnb.set_language(language)
        for shown in (repr(ding.exclusions), ding.exclusions._repr_html_()):
            assert title in shown
            assert empty in shown
            assert mode in shown
    dingnb.set_language("en")
    ding.exclusions.add("<b>left", ["a1", "a2"])
    ding.exclusions.add("board", ["a1"])
    text, html = repr(ding.exclusions), ding.exclusions._repr_html_()
    assert "2 people" in text
    assert "2026-11-02 09:00" in text
    for shown in (text, html):
        assert sandbox.settings.app_key not in shown
    assert "<b>" not in html


def test_adding_nobody_says_that_there_is_no_list(ding: DingTalk, capsys: pytest.CaptureFixture[str]) -> None:
    assert ding.exclusions.add("left", pd.Series([], dtype=str)) == 0
    assert capsys.readouterr().out == "Nobody was added: there are no IDs. A list without people does not exist.\n"

"""Nobody is chosen where the evidence leaves a choice."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dingnb
from dingnb.clock import VirtualClock, seconds_to_ns
from dingnb.display import progress_shown_by
from dingnb.errors import ColumnError, InputError
from dingnb.recipients.matching import find_matches, match_people
from dingnb.recipients.people_index import PeopleIndex
from dingnb.recipients.person_names import fold_department, fold_one_name, read_name
from dingnb.recipients.row_matcher import RowMatcher
from tests.progress_texts import ProgressTexts
from tests.table_rows import for_each

FIELDS = ["userid", "name", "mobile", "department", "departments", "title", "job_number", "email"]
PEOPLE = [
    ("zw1", "张伟", "13900000001", "财务部", ("总部/财务部",), "会计", "0101", "zw1@example.com"),
    ("zw2", "张伟", "13900000002", "销售部", ("总部/销售部",), "经理", "0102", None),
    ("zw3", "张伟2", "13900000003", "销售部", ("总部/销售部", "总部/审计部"), None, "0103", None),
    ("ln", "李娜", "13900000004", "人事部", ("总部/人事部",), None, "0104", "LN@example.com"),
    ("lw", "Li Wei", "13900000005", "技术中心", ("总部/技术中心",), None, "A105", None),
    ("oy", "欧阳娜娜", None, "前端组", ("总部/技术中心/前端组",), None, None, None),
    ("zg", "赵国强", None, "后端组", ("总部/技术中心/后端组",), None, None, None),
    ("bj", "周杰", "13900000008", "销售部", ("北京/销售部",), None, "8", None),
    ("sh", "周杰", "13900000009", "销售部", ("上海/销售部",), None, "9", None),
    ("sp", "𬭎䶮", "13900000010", "财务部", ("总部/财务部",), None, "10", None),
    ("na", None, "13900000011", "财务部", ("总部/财务部",), None, "11", None),
    ("mm", "阿布都拉·买买提", "13900000012", "财务部", ("总部/财务部",), None, "12", None),
    ("n1", "13800000000", "13900000013", "财务部", ("总部/财务部",), None, "13", None),
    ("hq", "韩雪", "13900000014", None, (), None, "14", None),
]


class SlowClock(VirtualClock):
    """A clock that counts as the real one, and is a second further whenever it is read."""

    is_real = True

    def monotonic_ns(self) -> int:
        self.advance(seconds_to_ns(1))
        return super().monotonic_ns()


def directory(*more: tuple[object, ...]) -> pd.DataFrame:
    return pd.DataFrame([*PEOPLE, *more], columns=FIELDS)


def matched(rows: list[tuple[object, ...]], by: list[str], **options: Any) -> pd.DataFrame:
    people = options.pop("people", None)
    frame = pd.DataFrame(rows, columns=by, dtype=object)
    return match_people(frame, directory() if people is None else people, by, **options)


def match_one(row: tuple[object, ...], by: list[str], **options: Any) -> tuple[str | None, str, str]:
    found = matched([row], by, **options).iloc[0]
    return (None if pd.isna(found["userid"]) else found["userid"]), found["match"], found["reason"]


@for_each(
    ("name", "department", "userid", "match"),
    [
        ("张伟", "财务部", "zw1", "name and department"),
        ("張偉", "財務部", "zw1", "name and department"),
        (" 张\u3000伟\u200b", "财务部", "zw1", "name and department"),
        ("张伟", "财务", "zw1", "name and department"),
        ("张伟", "总部/财务部", "zw1", "name and department"),
        ("张伟", "总部-财务部", "zw1", "name and department"),
        ("张伟", "财务部、人事部", "zw1", "name and department"),
        ("张伟（财务）", None, "zw1", "name and department"),
        ("张伟-财务部", None, "zw1", "name and department"),
        ("张伟（财务）", "财务部", "zw1", "name and department"),
        ("张伟（财务）", "销售部", None, "conflict"),
        ("张伟", "销售部", None, "several"),
        ("张伟2", "销售部", "zw3", "name and department"),
        ("张伟②", "销售部", "zw3", "name and department"),
        ("张伟3", "销售部", None, "several"),
        ("张伟2", "财务部", None, "conflict"),
        ("张伟2（销售）", None, "zw3", "name and department"),
        ("張偉②-销售部", None, "zw3", "name and department"),
        ("张伟2（销售）", "审计部", "zw3", "name and department"),
        ("张伟2（财务）", None, None, "conflict"),
        ("张伟2（财务）", "财务部", None, "conflict"),
        ("张伟2（销售）", "财务部", None, "conflict"),
        ("张伟3（销售）", None, None, "several"),
        ("李娜2（人事）", None, "ln", "name and department"),
        ("李娜2（人事）", "火星部", "ln", "name and department"),
        ("李娜2（总部）", None, None, "name only"),
        ("李娜2（火星）", None, None, "none"),
        ("李娜0103（人事）", None, None, "conflict"),
        ("张伟", "审计部", "zw3", "name and department"),
        ("张伟", "人事部", None, "conflict"),
        ("张伟", "火星部", None, "several"),
        ("张伟", None, None, "several"),
        ("李娜", "火星部", None, "name only"),
        ("李娜", None, None, "name only"),
        ("李娜", "-", None, "name only"),
        ("李娜", "总部", None, "name only"),
        ("李娜", "财务部", None, "conflict"),
        ("李那", "人事部", None, "none"),
        ("ＬＩ ＷＥＩ", "技术中心", "lw", "name and department"),
        ("歐陽娜娜", "技术中心/前端组", "oy", "name and department"),
        ("歐陽娜娜", "技术中心", None, "name only"),
        ("周杰", "销售部", None, "several"),
        ("周杰", "北京/销售部", "bj", "name and department"),
        ("周杰", "北京", None, "name only"),
        ("𬭎䶮", "财务部", "sp", "name and department"),
        ("阿布都拉•买买提", "财务部", "mm", "name and department"),
        (13800000000, "财务部", "n1", "name and department"),
        (13800000000.0, "财务部", "n1", "name and department"),
        ("无", "财务部", None, "none"),
        ("nan", "财务部", None, "none"),
        (None, "财务部", None, "none"),
        ("\u3000", "财务部", None, "none"),
        (pd.NA, pd.NA, None, "none"),
        ("合计", None, None, "none"),
        ("韩雪", "财务部", None, "conflict"),
        ("韩雪", None, None, "name only"),
    ],
)
def test_a_name_and_a_department_mean_one_person_or_nobody(
    name: object, department: object, userid: str | None, match: str
) -> None:
    assert match_one((name, department), ["name", "department"])[:2] == (userid, match)


@for_each("name", ["王芳（离职）", "王芳(已离职)", "王芳（former）"])
def test_the_name_of_a_leaver_whom_the_directory_does_not_have_says_that_it_has_no_leavers(name: str) -> None:
    reason = f"No one in the directory is named {name!r}. The directory does not show people who have left."
    assert match_one((name,), ["name"])[1:] == ("none", reason)
    assert "left" not in match_one(("王芳",), ["name"])[2]


@for_each(("mark", "is_refused"), [("former", True), ("Retired", True), ("已former", True), ("performer", False)])
def test_only_whole_words_say_that_somebody_has_left(mark: str, is_refused: bool) -> None:  # noqa: FBT001 - a row
    people = directory(("wf", "王芳", None, "财务部", ("总部/财务部",), None, None, None))
    _, match, reason = match_one((f"王芳（{mark}）", "财务部"), ["name", "department"], people=people)
    assert (match == "conflict", "has left or should get no messages" in reason) == (is_refused, is_refused)
    assert ("people who have left" in match_one((f"王强（{mark}）",), ["name"])[2]) == is_refused


@for_each(
    ("name", "mark"),
    [
        ("张伟（勿发）", "勿发"),
        ("（不发）張偉", "不发"),
        ("张伟（财务，停发）", "财务,停发"),
        ("张伟（离职）", "离职"),
        ("张伟（退休）", "退休"),
        ("张伟 勿发", "勿发"),
        ("张伟-离职", "离职"),
        ("張偉不要发", "不要发"),
    ],
)
def test_a_note_that_somebody_gets_nothing_counts_whatever_finds_the_person(name: str, mark: str) -> None:
    reason = (
        f"{mark!r} next to the name says that zw1 张伟 (总部/财务部, 会计, 0101, …0001) has left or should get no "
        f"messages. If the row should be sent, remove {mark!r} from the name, or choose the person."
    )
    ids = {"userid": "zw1", "mobile": "13900000001", "email": "zw1@example.com", "job_number": 101}
    for kind, value in ids.items():
        assert match_one((value, name), [kind, "name"]) == (None, "conflict", reason)
    assert match_one((name, "财务部"), ["name", "department"]) == (None, "conflict", reason)
    # The directory does not show this person's name.
    assert match_one(("13900000011", name), ["mobile", "name"])[:2] == (None, "conflict")


def test_a_note_that_says_nothing_against_a_message_is_no_reason_to_refuse() -> None:
    by = ["userid", "name"]
    assert match_one(("zw1", "张伟（退休返聘）"), by)[0] == "zw1"
    assert match_one(("zw1", "张伟（实习）"), by)[0] == "zw1"
    # Of these, the directory itself says 离职, and 离退休办 is a department.
    people = directory(
        ("wf", "王芳（离职）", None, "财务部", ("总部/财务部",), None, None, None),
        ("lt", "李婷", None, "离退休办", ("总部/离退休办",), None, None, None),
    )
    assert match_one(("wf", "王芳（离职）"), by, people=people)[0] == "wf"
    assert match_one(("lt", "李婷（离退休办）"), by, people=people)[0] == "lt"


def test_a_name_with_a_note_against_sending_that_nobody_has_does_not_speak_of_leavers() -> None:
    assert match_one(("王芳（勿发）",), ["name"])[1:] == ("none", "No one in the directory is named '王芳（勿发）'.")


@for_each(
    ("name", "department", "where"),
    [
        ("李娜（财务）", None, "department '财务'"),
        ("李娜", "财务部", "department '财务部'"),
        ("李娜（财务）", "火星部", "department '财务'"),
        ("李娜（财务）", "人事部", "both departments, '人事部' and, next to the name, '财务'"),
        ("李娜2（财务）", "人事部", "both departments, '人事部' and, next to the name, '财务'"),
        ("李娜2（财务）", None, "department '财务'"),
    ],
)
def test_a_name_that_is_elsewhere_names_each_department_that_was_compared(
    name: str, department: str | None, where: str
) -> None:
    _, match, reason = match_one((name, department), ["name", "department"])
    assert match == "conflict"
    assert reason.startswith(f"No one named {name!r} is in {where}. People with this name: ln 李娜 (总部/人事部, 0104")


@for_each(
    ("name", "department", "match"),
    [
        ("韩雪", None, "name only"),
        ("韩雪（离职）", None, "conflict"),
        ("李娜", "销售部", "conflict"),
        ("无名", None, "none"),
    ],
)
def test_evidence_that_could_not_be_compared_is_always_named(name: str, department: str | None, match: str) -> None:
    found = matched(
        [(name, department, "nobody@example.com", "999")],
        ["name", "department", "email", "job_number"],
        people=directory().assign(job_number=None),
    ).iloc[0]
    assert found["match"] == match
    assert "nobody@example.com" in found["reason"]
    assert "job number" in found["reason"]


def test_a_directory_without_names_still_says_which_number_nobody_has() -> None:
    people = directory().assign(name=None)
    _, match, reason = match_one(("王芳", "13900000099"), ["name", "mobile"], people=people)
    assert match == "none"
    assert "13900000099" in reason


def test_a_number_and_a_department_beside_a_name_are_both_read() -> None:
    people = directory(("zw4", "张伟", None, "人事部", ("总部/人事部",), None, None, None))
    assert match_one(("张伟2（销售部）",), ["name"])[2] == (
        "Matched by name and department. Rules applied: '销售部' next to the name is the department."
    )
    assert match_one(("张伟2（人事部）",), ["name"], people=people)[:2] == (None, "conflict")  # 张伟2 is in sales
    # A list that numbers people in its own way, of whom the directory shows one.
    rows: list[tuple[object, ...]] = [("李娜1（人事）",), ("李娜2（人事）",)]
    assert matched(rows, ["name"], accept="repeated")["match"].tolist() == ["conflict", "conflict"]
    # Somebody whose own name ends so keeps it.
    own = directory(("x", "张伟2（财务）", None, "财务部", ("总部/财务部",), None, None, None))
    assert match_one(("张伟2（财务）",), ["name"], accept="name", people=own)[0] == "x"
    assert match_one(("张伟2（销售）",), ["name"], accept="name", people=own)[0] is None


@for_each(
    ("mobile", "job_number", "name", "department", "userid", "match"),
    [
        ("13900000001", None, None, None, "zw1", "mobile"),
        (13900000001.0, None, "张伟", None, "zw1", "mobile"),
        ("+86 139-0000-0001", None, "張 偉", "财务部", "zw1", "mobile"),
        ("13900000001", "101", "张伟", None, "zw1", "mobile"),
        (None, 101.0, None, None, "zw1", "job_number"),
        (None, "a105", None, None, "lw", "job_number"),
        ("13900000001", None, "李娜", None, None, "conflict"),
        ("13900000001", "0102", "张伟", None, None, "conflict"),
        ("13900000001", None, "张伟", "人事部", "zw1", "mobile"),
        ("13900000001", None, "张伟", "销售部", None, "conflict"),
        ("13900000001", None, None, "人事部", None, "conflict"),
        ("13900000001", None, None, "火星部", "zw1", "mobile"),
        ("13900000001", "999", None, None, None, "conflict"),
        ("13900000099", "0101", None, None, "zw1", "job_number"),
        ("13900000099", None, "李娜", "人事部", None, "conflict"),
        ("13900000099", None, "李娜", None, None, "conflict"),
        ("13900000099", None, "赵国强", "后端组", "zg", "name and department"),
        ("13900000099", None, None, None, None, "none"),
        ("123", None, "赵国强", "后端组", "zg", "name and department"),
        ("123", None, None, None, None, "none"),
        ("无", "无", "赵国强", "后端组", "zg", "name and department"),
        ("#REF!", "#N/A", "赵国强", "后端组", "zg", "name and department"),
        ("13900000003", None, "#NAME?", "#REF!", "zw3", "mobile"),
        ("13900000011", None, "张伟", "财务部", "na", "mobile"),
        ("13900000003", None, "张伟", None, "zw3", "mobile"),
        ("13900000003", None, "张伟3", None, None, "conflict"),
    ],
)
def test_all_evidence_of_a_row_has_to_agree(
    mobile: object, job_number: object, name: object, department: object, userid: str | None, match: str
) -> None:
    by = ["mobile", "job_number", "name", "department"]
    assert match_one((mobile, job_number, name, department), by)[:2] == (userid, match)


@for_each(
    ("name", "department", "userid", "match"),
    [
        ("张伟 13900000001", "财务部", "zw1", "name and department"),
        ("张伟 13900000002", "财务部", None, "conflict"),
        ("张伟（139****0001）", "财务部", "zw1", "name and department"),
        ("张伟（尾号0002）", "财务部", None, "conflict"),
        ("张伟0001", "财务部", "zw1", "name and department"),
        ("张伟9999", "财务部", None, "conflict"),
        ("张伟（102）", "财务部", None, "conflict"),
        ("Li Wei (A105)", "技术中心", "lw", "name and department"),
        ("赵国强1234", "后端组", None, "conflict"),
        ("赵国强（已离职）", "后端组", None, "conflict"),
        ("赵国强（不发）", None, None, "conflict"),
        ("赵国强（外包）", "后端组", "zg", "name and department"),
    ],
)
def test_a_number_beside_a_name_has_to_be_the_persons(
    name: str, department: str | None, userid: str | None, match: str
) -> None:
    assert match_one((name, department), ["name", "department"])[:2] == (userid, match)


def test_a_phone_number_beside_somebody_elses_name_is_a_conflict() -> None:
    by = ["mobile", "name"]
    assert match_one(("13900000002", "张伟2"), by)[:2] == (None, "conflict")
    assert match_one(("13900000003", "张伟2"), by)[:2] == ("zw3", "mobile")
    assert match_one(("13900000001", "张伟 13900000002"), by)[:2] == (None, "conflict")


def test_a_number_without_a_name_in_the_directory_is_not_contradicted_by_a_department_that_holds_others() -> None:
    assert match_one(("13900000011", None), ["mobile", "name"])[:2] == ("na", "mobile")
    assert match_one(("13900000011", "财务部"), ["mobile", "department"])[:2] == ("na", "mobile")


def test_userids_and_addresses_are_compared_as_well() -> None:
    assert match_one(("zw1", "张伟"), ["userid", "name"])[:2] == ("zw1", "userid")
    assert match_one(("zw1", "李娜"), ["userid", "name"])[:2] == (None, "conflict")
    assert match_one(("gone", "李娜"), ["userid", "name"])[:2] == (None, "conflict")
    assert match_one((" ln@EXAMPLE.com ",), ["email"])[:2] == ("ln", "email")
    assert match_one(("nobody", "李娜"), ["email", "name"])[1] == "name only"


def test_a_name_alone_is_accepted_only_if_asked_and_only_if_one_person_has_exactly_this_name() -> None:
    names = [("欧阳娜娜",), ("李 娜",), ("张伟",), ("张伟2",), ("赵国强1",), ("李那",), ("赵国强（实习）",)]
    found = matched(names, ["name"], accept="name")
    assert found["userid"].fillna("").tolist() == ["oy", "ln", "", "zw3", "", "", ""]
    assert found["match"].tolist() == [*["name only"] * 2, "several", "name only", "name only", "none", "name only"]
    assert matched(names, ["name"])["userid"].isna().all()
    unknown = [("李娜", "火星部"), ("李娜", "财务部"), ("李娜", "总部"), ("李娜", None)]
    assert matched(unknown, ["name", "department"], accept="name")["userid"].fillna("").tolist() == ["", "", "", "ln"]


def test_a_department_beside_both_names_is_a_name_and_no_department() -> None:
    people = directory(("ws", "王珊（财务）", None, "一组", ("上海/一组",), None, None, None))
    by = ["name", "department"]
    assert match_one(("王珊（财务）", None), by, people=people)[:2] == (None, "name only")
    assert match_one(("王珊（财务）", None), by, people=people, accept="name")[:2] == ("ws", "name only")
    assert match_one(("王珊（财务）", "一组"), by, people=people)[:2] == ("ws", "name and department")
    assert match_one(("王珊（财务）", "销售部"), by, people=people)[:2] == (None, "conflict")
    assert match_one(("王珊", "财务部"), by, people=people)[:2] == (None, "conflict")


def test_a_department_above_is_accepted_only_if_asked() -> None:
    rows = [("李娜", "总部"), ("张伟", "总部"), ("李娜", "财务部"), ("周杰", "北京")]
    found = matched(rows, ["name", "department"], accept=["below"])
    assert found["userid"].fillna("").tolist() == ["ln", "", "", "bj"]
    assert found["match"].tolist() == ["name and department", "several", "conflict", "name and department"]
    assert "a sub-department of '总部'" in found["reason"][0]
    assert matched(rows, ["name", "department"])["match"].tolist()[:2] == ["name only", "several"]


@pytest.mark.parametrize("department", [None, "火星部", "技术中心/后端组"])
def test_a_department_beside_a_name_is_named_in_the_reason(department: str | None) -> None:
    by, row = ["name", "department"], ("赵国强（技术中心）", department)
    assert "In a sub-department of '技术中心': zg" in match_one(row, by)[2]
    userid, match, reason = match_one(row, by, accept="below")
    assert (userid, match) == ("zg", "name and department")
    assert "department is a sub-department of '技术中心'." in reason
    assert match_one(("李娜（人事部）",), ["name"])[2].startswith("Matched by name and department.")


def test_rows_that_a_list_keeps_apart_are_not_one_person() -> None:
    by, accept = ["name", "department"], "repeated"
    rows = [("赵国强1", "后端组"), ("赵国强2", "后端组"), ("赵国强", "后端组"), ("李娜", "人事部")]
    found = matched(rows, by, accept=accept)
    assert found["match"].tolist() == ["conflict"] * 3 + ["name and department"]
    assert found["userid"].notna().tolist() == [False] * 3 + [True]
    assert "distinguishes several people with this name" in found["reason"][0]
    assert matched([("赵国强1", "后端组")] * 2, by, accept=accept)["userid"].tolist() == ["zg"] * 2
    numbers = [("赵国强", "后端组", "77"), ("赵国强", "后端组", "78"), ("赵国强", "后端组", None)]
    by = [*by, "job_number"]
    assert matched(numbers, by, accept=accept)["match"].tolist() == ["conflict"] * 3
    assert matched(numbers[:1] * 2, by, accept=accept)["userid"].tolist() == ["zg"] * 2


def test_several_rows_that_mean_one_person_by_name_are_accepted_only_if_asked() -> None:
    by = ["mobile", "name", "department"]
    rows = [
        (None, "李娜", "人事部"),
        (None, "李 娜", "总部/人事部"),
        ("13900000004", "李娜", None),
        (None, "张伟", "财务部"),
    ]
    found = matched(rows, by)
    assert found["userid"].fillna("").tolist() == ["", "", "ln", "zw1"]
    assert found["match"].tolist() == ["repeated", "repeated", "mobile", "name and department"]
    assert found["reason"][0].startswith("3 rows match ln 李娜 (总部/人事部, 0104, …0004) by name only, and")
    assert matched(rows, by, accept="repeated")["userid"].tolist() == ["ln", "ln", "ln", "zw1"]
    assert matched([("李娜",)] * 2, ["name"], accept="name")["userid"].isna().all()
    assert matched([("李娜",)] * 2, ["name"], accept=["name", "repeated"])["userid"].tolist() == ["ln"] * 2
    assert matched([("13900000004",)] * 2, ["mobile"])["userid"].tolist() == ["ln"] * 2


def test_the_reason_shows_rules_and_what_tells_candidates_apart() -> None:
    by = ["name", "department"]
    assert match_one(("張 偉", "财务"), by)[2] == (
        "Matched by name and department. Rules applied: traditional and simplified characters are equal · width, "
        "blanks, case and dots are ignored · department '财务' is 总部/财务部."
    )
    assert match_one(("张伟（财务）", None), by)[2] == (
        "Matched by name and department. Rules applied: '财务' next to the name is the department."
    )
    assert match_one(("张伟", None), by)[2] == (
        "3 people have this name. Candidates: zw1 张伟 (总部/财务部, 会计, 0101, …0001); "
        "zw2 张伟 (总部/销售部, 经理, 0102, …0002); zw3 张伟2 (总部/销售部, 总部/审计部, 0103, …0003)."
    )
    assert "Similar names, not matched: ln 李娜" in match_one(("李那", "人事部"), by)[2]
    assert "0101" in match_one(("101",), ["job_number"])[2]
    assert "火星部" in match_one(("李娜", "火星部"), by)[2]
    assert "'2' next to the name is ignored" in match_one(("赵国强2", "后端组"), by)[2]
    assert "13900000001" not in match_one(("李娜", "13900000001"), ["name", "mobile"])[2]


def test_reasons_quote_long_and_broken_values_safely() -> None:
    long = "张" * 10_000
    for row in [(long, None), ("李娜", long), ("张伟\ud800", "\ud800"), ("李娜\ud800（\ud800）", "人事部")]:
        reason = match_one(row, ["name", "department"])[2]
        assert len(reason) < 300
        assert reason.encode()
    assert len(match_one((f"{long}@x",), ["email"])[2]) < 300


def test_reasons_with_several_ids_are_grammatical() -> None:
    by = ["userid", "mobile", "name"]
    assert match_one(("zw1", "13900000001", "李娜"), by)[2].startswith(
        "The userid and mobile number belong to zw1 张伟 (总部/财务部, 会计, 0101, …0001), but the row says '李娜'. "
        "They may have changed owner"
    )
    assert match_one(("zw1", None, "李娜"), by)[2].startswith("The userid belongs to zw1 张伟")
    row = ("zw1", "13900000001", "张伟", "销售部")
    assert match_one(row, [*by, "department"])[2].startswith("By userid and mobile number, the row is zw1 张伟")


def test_reasons_are_in_the_language_in_use() -> None:
    dingnb.set_language("zh")
    assert match_one(("張偉", "财务部"), ["name", "department"])[2] == (
        "匹配依据：姓名、部门。已按以下规则处理：繁体与简体视为相同。"
    )
    assert "候选：zw1" in match_one(("张伟", None), ["name", "department"])[2]


def test_columns_are_found_by_common_names_and_can_be_named() -> None:
    frame = pd.DataFrame({"姓名": ["张伟"], "所属部门": ["财务部"], "代收人": ["李娜"]}, index=[7])
    assert match_people(frame, directory(), ["name", "department"])["userid"].tolist() == ["zw1"]
    assert match_people(frame, directory(), ["姓名", "所属部门"])["userid"].tolist() == ["zw1"]
    assert match_people(frame, directory(), {"name": "代收人"}, "name")["userid"].tolist() == ["ln"]
    found = match_people(frame, directory(), "name")
    assert found.columns.tolist() == [*frame.columns, "userid", "match", "reason"]
    assert found.index.tolist() == [7]
    assert frame.columns.tolist() == ["姓名", "所属部门", "代收人"]


def test_who_does_what_the_hint_for_several_levels_says_finds_the_people() -> None:
    levels = pd.MultiIndex.from_tuples([("谁", "姓名"), ("谁", "所属部门")])
    frame = pd.DataFrame([["张伟", "财务部"]], columns=levels, index=pd.Index([7], name="row"))
    with pytest.raises(InputError, match="several levels") as raised:
        match_people(frame, directory(), ["姓名", "所属部门"])
    code, _, argument = raised.value.hint.removeprefix("The columns have several levels. Join them: ").partition(
        ". Then "
    )
    assert argument == 'pass by={"name": "谁_姓名", "department": "谁_所属部门"}.'
    names = {"frame": frame}
    exec(code, names)  # noqa: S102 - our own hint
    by = {"name": "谁_姓名", "department": "谁_所属部门"}
    assert match_people(names["frame"], directory(), by)["userid"].tolist() == ["zw1"]


def test_the_added_columns_are_text_also_without_rows_or_people() -> None:
    frame = pd.DataFrame({"name": pd.array([], dtype="str")})
    for people in (directory(), directory().iloc[:0]):
        found = match_people(frame, people, ["name"])
        assert found.dtypes.astype(str).tolist() == ["str"] * 4
    nobody = match_people(pd.DataFrame({"name": ["李娜"]}), directory().iloc[:0], ["name"])
    assert nobody["match"].tolist() == ["none"]
    assert "permission" in nobody["reason"][0]


@pytest.mark.parametrize("spelling", ["张伟", "張偉"])
def test_the_rows_that_accepting_a_name_alone_gives_a_person_are_those_it_is_offered_for(spelling: str) -> None:
    people = pd.DataFrame(
        {"userid": ["zw", "ln", "wf"], "name": ["张伟", "李娜", "王芳"], "department": ["财务部", "财务部", "销售部"]}
    )
    staff = pd.DataFrame(
        {"name": [spelling, "张伟", "李娜", "王芳", "王芳", "王芳"], "department": ["", "", "", "销售部", "销售部", ""]}
    )
    for by in (["name"], ["name", "department"]):
        for accept in ((), ("repeated",)):
            before = find_matches(staff, people, by, accept)
            after = find_matches(staff, people, by, ("name", *accept))
            gains = (before.people < 0) & (after.people >= 0)
            assert [before.can_accept_name(row) for row in range(len(staff))] == gains.tolist()


def test_a_frame_that_was_matched_can_be_matched_again() -> None:
    once = match_people(pd.DataFrame({"name": ["李娜", "张伟"]}), directory(), "name")
    again = match_people(once, directory(), "name", accept="name")
    assert again["userid"].fillna("").tolist() == ["ln", ""]
    assert again.columns.tolist() == once.columns.tolist()


def test_a_frame_with_attributes_of_other_programs_can_be_matched() -> None:
    frame = pd.DataFrame({"userid": ["manager01"]})
    frame.attrs["dingnb"] = "a note"
    people = pd.DataFrame({"userid": ["manager01"], "name": ["Ann"]})
    assert match_people(frame, people, "userid")["match"].tolist() == ["userid"]


@pytest.mark.parametrize("taken", ["userid", "match", "reason"])
def test_no_column_of_a_list_is_lost(taken: str) -> None:
    frame = pd.DataFrame({"name": ["李娜"], taken: ["x"]})
    with pytest.raises(ColumnError, match=taken):
        match_people(frame, directory(), "name")


def test_userids_of_rows_that_are_not_clear_are_taken_out() -> None:
    frame = pd.DataFrame({"userid": ["zw1", "zw2"], "name": ["张伟", "李娜"]})
    found = match_people(frame, directory(), ["userid", "name"])
    assert found["userid"].fillna("").tolist() == ["zw1", ""]
    assert found.columns.tolist() == ["userid", "name", "match", "reason"]


@for_each("by", [[], None, "salary", ["department"], ["name", "姓名"], {}, 5, ["name", ["name"]]])
def test_evidence_that_identifies_nobody_is_refused(by: Any) -> None:
    with pytest.raises(InputError):
        match_people(pd.DataFrame({"name": ["李娜"], "姓名": ["李娜"], "department": ["x"]}), directory(), by)


def test_wrong_arguments_are_refused() -> None:
    frame = pd.DataFrame({"name": ["李娜"]})
    for accept in ("all", ["name", "x"], None, 5):
        with pytest.raises(InputError, match="accept"):
            match_people(frame, directory(), "name", accept)  # type: ignore[arg-type]
    for people in (None, [], directory().drop(columns="userid"), directory().assign(userid=None)):
        with pytest.raises(InputError, match="people"):
            match_people(frame, people, "name")  # type: ignore[arg-type]
    with pytest.raises(ColumnError, match="mobile"):
        match_people(frame, directory(), ["name", "mobile"])
    with pytest.raises(ColumnError, match="电话"):
        match_people(pd.DataFrame({"手机": [1], "电话": [1]}), directory(), ["mobile"])
    with pytest.raises(InputError):
        match_people(pd.concat({"a": frame}, axis=1), directory(), "name")


def test_a_field_that_the_app_may_not_see_is_named() -> None:
    unseen = directory().assign(mobile=pd.NA)
    assert match_one(("13900000001", "张伟"), ["mobile", "name"], people=unseen)[1] == "several"
    reason = match_one(("13900000001",), ["mobile"], people=unseen)[2]
    assert reason == "The directory shows no one's mobile number: the app may lack the permission."


def test_a_directory_with_few_columns_is_enough() -> None:
    people = pd.DataFrame({"userid": ["a", "b", "a"], "name": ["张伟", "李娜", "张伟"]})
    found = matched([("张伟",), ("李娜",)], ["name"], people=people, accept="name")
    assert found["userid"].tolist() == ["a", "b"]


def test_people_saved_to_a_file_are_in_the_same_departments(tmp_path: Path) -> None:
    directory().to_csv(tmp_path / "people.csv", index=False)
    saved = pd.read_csv(tmp_path / "people.csv", dtype=str)
    by = ["name", "department"]
    for department, userid in (("总部/财务部", "zw1"), ("总部/审计部", "zw3")):
        assert match_one(("张伟", department), by, people=saved)[0] == userid
    assert "zw1 张伟 (总部/财务部, 会计" in match_one(("张伟", None), by, people=saved)[2]


def test_departments_in_a_saved_directory_are_read_as_they_were(tmp_path: Path) -> None:
    departments = [
        (),
        ("R&D/O'Brien's team",),
        ("总部/财务\\部", "总部/\u200b审计"),
        ("('总部',",),
        ("总部/\ud800", '"'),
        ("总部/一\n二",),
    ]
    people = pd.DataFrame(
        {"userid": [f"u{n}" for n in range(len(departments))], "name": "张伟", "departments": departments}
    )
    people.to_csv(tmp_path / "people.csv", index=False)
    saved = pd.read_csv(tmp_path / "people.csv", dtype=str)
    index, again = PeopleIndex(people), PeopleIndex(saved)
    for person in range(len(departments)):
        assert again.department_paths(person) == index.department_paths(person)
    assert str(again.describe(0)) == "u0 张伟"


@pytest.mark.parametrize(
    "cell", ["('\0',)", "('\ud800',)", "('\n',)", "('\\q',)", "('a' 'b',)", "(" * 10_000, "('\\U00ffffff',)"]
)
def test_a_department_that_looks_like_a_saved_one_is_its_own_name(cell: str) -> None:
    people = pd.DataFrame({"userid": ["u"], "name": ["张伟"], "departments": [cell]})
    assert PeopleIndex(people).department_paths(0) == cell


def test_a_number_that_two_people_have_means_the_one_with_the_name() -> None:
    people = directory(("ln2", "李静", "13900000004", "人事部", ("总部/人事部",), None, None, None))
    by = ["mobile", "name"]
    assert match_one(("13900000004", None), by, people=people)[1] == "several"
    assert match_one(("13900000004", "李静"), by, people=people)[:2] == ("ln2", "mobile")
    assert match_one(("13900000004", "张伟"), by, people=people)[0] is None


def test_job_numbers_that_differ_by_zeros_are_not_chosen_between() -> None:
    people = directory(("z", "王静", None, None, (), None, "00101", None))
    assert match_one(("101",), ["job_number"], people=people)[:2] == (None, "several")
    assert match_one(("0101", "张伟"), ["job_number", "name"], people=people)[:2] == ("zw1", "job_number")


def test_five_hundred_people_of_one_name_are_candidates_of_each_row() -> None:
    people = pd.DataFrame(
        {
            "userid": [f"u{n}" for n in range(500)],
            "name": "张伟",
            "department": [f"第{n}组" for n in range(500)],
            "departments": [(f"总部/第{n}组",) for n in range(500)],
        }
    )
    rows = pd.DataFrame({"name": ["張偉"] * 501, "department": [*people["department"], None]})
    found = match_people(rows, people, ["name", "department"])
    assert found["userid"].fillna("").tolist() == [*people["userid"], ""]
    assert "u4 张伟 (总部/第4组) and 495 more" in found["reason"][500]
    assert match_people(rows, people, "name")["match"].unique().tolist() == ["several"]
    assert len(find_matches(rows.iloc[:1], people, "name").decision(0).candidates) == 500


def test_rotated_departments_give_no_wrong_person() -> None:
    rows = directory()[["userid", "name", "department"]].dropna().rename(columns={"userid": "truth"})
    rows["department"] = np.roll(rows["department"].to_numpy(), 1)
    found = match_people(rows, directory(), ["name", "department"])
    wrong = found[found["userid"].notna() & (found["userid"] != found["truth"])]
    # The department of one 张伟 became that of another one: the row is indistinguishable from theirs.
    assert set(wrong["name"]) <= {"张伟"}
    assert (found["match"] == "conflict").sum() >= 5


def test_the_candidates_of_each_row_are_in_the_order_of_the_directory() -> None:
    rows = pd.DataFrame({"name": ["李娜", "张伟", "周杰"], "department": ["人事部", "销售部", "销售部"]})
    found = find_matches(rows, directory(), ["name", "department"])
    candidates = [[found.index.userids[person] for person in found.decision(row).candidates] for row in range(3)]
    assert candidates == [["ln"], ["zw2", "zw3"], ["bj", "sh"]]


NAMES = st.sampled_from(
    [
        "张伟",
        "張偉",
        "张 伟",
        "张伟2",
        "张伟3",
        "张伟（财务）",
        "张伟（实习）",
        "李娜",
        "李那",
        "Li Wei",
        "liwei",
        "无",
        "",
    ]
)
PATHS = ["总部/财务部", "总部/销售部", "总部/销售部/一组", "北京/销售部"]
PERSON = st.fixed_dictionaries(
    {
        "name": NAMES | st.none(),
        "mobile": st.sampled_from(["13900000001", "13900000002", "13900000003", None]),
        "job_number": st.sampled_from(["1", "01", "2", "A3", None]),
        "departments": st.lists(st.sampled_from(PATHS), max_size=2, unique=True).map(tuple),
    }
)
ROW = st.fixed_dictionaries(
    {
        "name": NAMES | st.none(),
        "mobile": st.sampled_from(["13900000001", 13900000002.0, "13900000009", "x", None]),
        "job_number": st.sampled_from([1.0, "01", "a3", "9", None]),
        "department": st.sampled_from(
            ["财务部", "财务", "销售部", "总部", "北京/销售部", "火星", "财务部、销售部", "-", None]
        ),
    }
)
BY = st.lists(st.sampled_from(["name", "mobile", "job_number", "department"]), min_size=1, unique=True).filter(
    lambda by: by != ["department"]
)


def framed(people: list[dict[str, Any]]) -> pd.DataFrame:
    made = pd.DataFrame(people, columns=["name", "mobile", "job_number", "departments"])
    return made.assign(userid=[f"u{n}" for n in range(len(made))])


def test_a_department_beside_both_names_is_not_that_of_the_cell() -> None:
    people = framed(
        [
            {"name": "张伟", "mobile": None, "job_number": None, "departments": ()},
            {"name": "张伟（财务）", "mobile": None, "job_number": None, "departments": ()},
            {"name": "李娜", "mobile": None, "job_number": None, "departments": ("总部/财务部",)},
        ]
    )
    rows = pd.DataFrame({"name": ["张伟（财务）"], "department": ["财务部"]})
    assert pd.isna(match_people(rows, people, ["name", "department"], ())["userid"][0])


@given(
    st.lists(PERSON, max_size=5), st.lists(ROW, max_size=5), BY, st.sets(st.sampled_from(["name", "below", "repeated"]))
)
def test_whoever_gets_a_userid_is_the_only_one_whom_the_evidence_fits(
    people: list[dict[str, Any]], rows: list[dict[str, Any]], by: list[str], accept: set[str]
) -> None:
    frame = pd.DataFrame(rows, columns=["name", "mobile", "job_number", "department"])
    found = match_people(frame, framed(people), by, tuple(accept))
    for row, match in zip(rows, found.to_dict("records"), strict=True):
        if pd.isna(match["userid"]):
            assert match["match"] != "name and department"
            continue
        chosen = people[int(match["userid"][1:])]
        fitting = [person for person in people if fits(row, person, people, by, match["match"])]
        assert chosen in fitting
        # What is beside a name tells one person apart from others of this name.
        mark = mark_of(row)
        assert len(fitting) == 1 or (
            mark and [candidate for candidate in fitting if mark_of(candidate) == mark] in ([chosen], [])
        )


def mark_of(person: dict[str, Any]) -> str:
    return read_name(person["name"] or "").qualifier


def fits(row: dict[str, Any], person: dict[str, Any], people: list[dict[str, Any]], by: list[str], match: str) -> bool:
    """Return whether the evidence of a row does not contradict a person, by the plainest code."""
    for kind in {"mobile", "job_number"}.intersection(by):
        owners = [
            owner
            for owner in people
            if row[kind] is not None and comparable_number(owner[kind]) == comparable_number(row[kind])
        ]
        if owners and person not in owners:
            return False
    ours, theirs = (
        "" if candidate["name"] in {None, "无"} else fold_one_name(candidate["name"]) for candidate in (row, person)
    )
    if "name" not in by or not ours or (not theirs and match not in {"name and department", "name only"}):
        return True
    if read_name(ours).base != read_name(theirs).base:
        return False
    if match != "name and department":
        return True
    known = {end for candidate in people for path in candidate["departments"] for end in parts_of(path)}
    ends = {end for path in person["departments"] for end in parts_of(path)}
    is_fit = True
    for place in ((row["department"] if "department" in by else "") or "", mark_of(row)):
        keys = {fold_department(name) for name in place.split("、")}
        keys = (keys | {f"{key}部" for key in keys}) & known
        is_fit &= not keys or bool(keys & ends) or place == mark_of(row) == mark_of(person)
    return is_fit


def comparable_number(number: object) -> str:
    return str(number).removesuffix(".0").casefold().lstrip("0")


def parts_of(path: str) -> list[str]:
    parts = path.split("/")
    return [*("/".join(parts[at:]) for at in range(len(parts))), *parts]


@given(
    st.lists(PERSON, max_size=5), st.lists(ROW, max_size=5), BY, st.sets(st.sampled_from(["name", "below", "repeated"]))
)
def test_rows_that_are_matched_many_at_a_time_are_judged_the_same_one_by_one(
    people: list[dict[str, Any]], rows: list[dict[str, Any]], by: list[str], accept: set[str]
) -> None:
    frame = pd.DataFrame(rows, columns=["name", "mobile", "job_number", "department"])
    matches = find_matches(frame, framed(people), by, tuple(accept))
    matcher = RowMatcher(PeopleIndex(framed(people)), accept)
    for row, match in enumerate(matches.to_frame().to_dict("records")):
        decision = matcher.decide(matches.evidence(row))
        if decision.person < 0 or pd.notna(match["userid"]):
            assert (match["match"], match["reason"]) == (decision.match, str(decision.reason))
            assert pd.isna(match["userid"]) if decision.person < 0 else match["userid"] == f"u{decision.person}"


@given(st.lists(PERSON, max_size=5), st.lists(ROW, max_size=5), BY, st.randoms(use_true_random=False))
def test_the_order_of_rows_and_people_does_not_matter(
    people: list[dict[str, Any]], rows: list[dict[str, Any]], by: list[str], random: Any
) -> None:
    frame = pd.DataFrame(rows, columns=["name", "mobile", "job_number", "department"])
    directory_of = framed(people)
    found = match_people(frame, directory_of, by)
    order = random.sample(range(len(frame)), len(frame))
    shuffled = directory_of.iloc[random.sample(range(len(people)), len(people))]
    again = match_people(frame.iloc[order], shuffled, by).sort_index()
    pd.testing.assert_frame_equal(found[["userid", "match"]], again[["userid", "match"]])


@given(
    st.lists(PERSON, min_size=1, max_size=6),
    st.sampled_from([str, lambda name: name.replace("伟", "偉"), "　".join]),
)
def test_spelling_does_not_change_whom_a_row_means(people: list[dict[str, Any]], spell: Any) -> None:
    names = [person["name"] or "" for person in people]
    departments = [(person["departments"] or ("",))[0] for person in people]
    frame = pd.DataFrame({"name": names, "department": departments})
    by = ["name", "department"]
    found = match_people(frame, framed(people), by)
    other = match_people(frame.assign(name=[spell(name) for name in names]), framed(people), by)
    pd.testing.assert_frame_equal(found[["userid", "match"]], other[["userid", "match"]])


def test_a_long_comparison_shows_its_progress() -> None:
    frame = pd.DataFrame({"name": ["张伟"] * 500 + [f"无此人{number}" for number in range(4_500)]})
    with progress_shown_by(place := ProgressTexts()):
        match_people(frame, directory(), "name", clock=SlowClock())
    assert place.texts[-1] == "Comparing with the directory: 5,000 of 5,000 rows"
    with progress_shown_by(quick := ProgressTexts()):
        match_people(frame, directory(), "name", clock=VirtualClock())
    assert not quick.texts

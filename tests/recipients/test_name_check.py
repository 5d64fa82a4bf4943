import pandas as pd
import pytest

import dingnb
from dingnb.errors import InputError
from dingnb.recipients.name_check import compare_names
from tests.table_rows import for_each

PEOPLE = pd.DataFrame(
    {
        "userid": ["a", "b", "c", "d", "e"],
        "name": ["张伟", "李娜", None, "王静2", "王静"],
        "mobile": ["13900000001", "13900000002", "13900000003", None, None],
        "departments": [("总部/财务部",), ("总部/人事部",), (), (), ()],
    }
)


@for_each(
    ("name", "userid", "mobile", "check"),
    [
        ("张伟", "a", None, "equal"),
        ("張 偉", "a", None, "equal"),
        ("张伟（财务）", "a", None, "equal"),
        ("张伟2", "a", None, "equal"),
        ("王静", "d", None, "equal"),
        ("王静3", "d", None, "differs"),
        ("王静2", "e", None, "differs"),
        ("王静", "e", None, "equal"),
        ("张伟 13900000001", "a", None, "equal"),
        ("张伟 13900000002", "a", None, "differs"),
        ("李娜", "a", None, "differs"),
        ("张玮", "a", None, "differs"),
        ("李娜", None, "139 0000 0002", "equal"),
        ("李娜", "", 13900000001.0, "differs"),
        ("张伟", "a", "13900000002", "equal"),
        ("张伟", "c", None, "unknown"),
        ("张伟", "gone", None, "unknown"),
        ("张伟", "gone", "13900000001", "unknown"),
        ("无", "a", None, "unknown"),
        (None, "a", None, "unknown"),
        ("张伟", None, None, "unknown"),
    ],
)
def test_a_name_is_compared_with_that_of_the_owner(name: object, userid: object, mobile: object, check: str) -> None:
    found = compare_names(pd.Series([name], index=[7], dtype=object), PEOPLE, userids=[userid], mobiles=[mobile])
    assert found["check"].tolist() == [check]
    assert found["reason"][7]


def test_the_frame_says_who_the_owner_is_and_by_which_rule_names_are_equal() -> None:
    found = compare_names(pd.Series(["張偉", "张玮", "x"]), PEOPLE, userids=["a", "a", "gone"])
    assert found.dtypes.astype(str).to_dict() == dict.fromkeys(["check", "userid", "directory_name", "reason"], "str")
    assert found["directory_name"].fillna("").tolist() == ["张伟", "张伟", ""]
    assert found["userid"].fillna("").tolist() == ["a", "a", ""]
    assert "traditional" in found["reason"][0]
    assert found["reason"][1] == (
        "The list says '张玮', but this userid belongs to a 张伟 (总部/财务部, …0001). "
        "The names are similar: it may be a typing error."
    )
    dingnb.set_language("zh")
    assert "名单中的姓名为 '张玮'" in compare_names(pd.Series(["张玮"]), PEOPLE, userids=["a"])["reason"][0]


def test_a_number_of_two_people_belongs_to_nobody() -> None:
    people = PEOPLE.assign(mobile="13900000001")
    assert compare_names(pd.Series(["张伟"]), people, mobiles=["13900000001"])["check"].tolist() == ["unknown"]


def test_each_name_needs_its_ids() -> None:
    with pytest.raises(InputError, match="userids has 2 values for 1 names"):
        compare_names(pd.Series(["张伟"]), PEOPLE, userids=["a", "b"])
    assert compare_names(pd.Series([], dtype="str"), PEOPLE, userids=[]).empty

import pytest

from dingnb.tables.headers import COLUMN_ALIASES, canonical_name, name_columns
from tests.table_rows import for_each


@for_each(
    ("written", "name"),
    [
        ("手机", "mobile"),
        ("手机号码", "mobile"),
        ("*手机号（必填）", "mobile"),
        ("\ufeff手机\n号码", "mobile"),
        ("\u2068手机\u2069", "mobile"),
        ("手 机", "mobile"),
        ("Mobile Phone", "mobile"),
        ("Phone No.", "mobile"),
        ("电话：", "mobile"),
        ("员工手机号", "mobile"),
        ("联系方式（手机）", "mobile"),
        ("员工UserID", "userid"),
        ("ＵｓｅｒＩＤ", "userid"),
        ("user_id", "userid"),
        ("User ID", "userid"),
        ("dingtalk_id", "userid"),
        ("工号", "job_number"),
        ("员工编号", "job_number"),
        ("姓名", "name"),
        ("部门", "department"),
        ("E-Mail", "email"),
        ("职位", "title"),
    ],
)
def test_common_column_names_are_recognised(written: str, name: str) -> None:
    assert canonical_name(written) == name


@for_each("written", ["", "奖金", "id", "手机品牌", "办公电话", "telephone", "员工id", "username"])
def test_ambiguous_column_names_are_not_recognised(written: str) -> None:
    assert canonical_name(written) == ""


def test_no_alias_belongs_to_two_columns() -> None:
    names = [name for names in COLUMN_ALIASES.values() for name in names]
    assert [canonical_name(name) for name in names] == [kind for kind, names in COLUMN_ALIASES.items() for _ in names]


def test_renaming_keeps_column_names_unique() -> None:
    headers = name_columns(["手机", "电话", "姓名"])
    assert headers.labels == ["手机", "电话", "name"]
    assert headers.ambiguous == {"mobile": ["手机", "电话"]}


@pytest.mark.parametrize("own", ["mobile", "Mobile"])
def test_a_column_with_the_name_itself_comes_before_other_names_of_it(own: str) -> None:
    assert name_columns(["手机", own]).labels == ["手机", "mobile"]


def test_duplicate_and_unnamed_columns_get_unique_names() -> None:
    assert name_columns(["a", "a_2", "a", "", "column_4"]).labels == ["a", "a_2", "a_3", "column_5", "column_4"]


def test_two_address_columns_with_the_same_name_are_reported() -> None:
    assert name_columns(["手机", "手机", "奖金", "奖金"]).duplicates == {"手机": 2}

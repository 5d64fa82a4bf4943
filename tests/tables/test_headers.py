import pytest

from dingnb.tables.headers import USUAL_NAMES, name_columns, usual_name
from tests.table_rows import for_each


@for_each(
    ("written", "name"),
    [
        ("手机", "mobile"),
        ("手机号码", "mobile"),
        ("*手机号（必填）", "mobile"),
        ("\ufeff手机\n号码", "mobile"),
        ("手 机", "mobile"),
        ("Mobile Phone", "mobile"),
        ("电话：", "mobile"),
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
def test_what_people_call_a_column_is_known(written: str, name: str) -> None:
    assert usual_name(written) == name


@for_each("written", ["", "奖金", "id", "手机品牌", "办公电话", "telephone", "员工id", "username"])
def test_what_may_mean_something_else_is_not_taken_for_a_usual_name(written: str) -> None:
    assert usual_name(written) == ""


def test_no_name_stands_for_two_columns() -> None:
    names = [name for names in USUAL_NAMES.values() for name in names]
    assert [usual_name(name) for name in names] == [kind for kind, names in USUAL_NAMES.items() for _ in names]


def test_a_rename_never_makes_two_columns_of_one_name() -> None:
    headers = name_columns(["手机", "电话", "姓名"])
    assert headers.labels == ["手机", "电话", "name"]
    assert headers.competing == {"mobile": ["手机", "电话"]}


@pytest.mark.parametrize("own", ["mobile", "Mobile"])
def test_a_column_with_the_name_itself_comes_before_other_names_of_it(own: str) -> None:
    assert name_columns(["手机", own]).labels == ["手机", "mobile"]


def test_second_columns_of_a_name_and_columns_without_one_get_names_of_their_own() -> None:
    assert name_columns(["a", "a_2", "a", "", "column_4"]).labels == ["a", "a_2", "a_3", "column_5", "column_4"]


def test_two_address_columns_in_the_same_words_are_told() -> None:
    assert name_columns(["手机", "手机", "奖金", "奖金"]).twice == {"手机": 2}

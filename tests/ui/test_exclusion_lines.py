"""The people of an exclusion list as typed: only people who are certain are added."""

import pandas as pd
import pytest

from dingnb.ui.studio.exclusion_lines import find_people, read_lines

DIRECTORY = pd.DataFrame(
    {
        "userid": ["u1", "u2", "u3", "u4", "李四"],
        "name": ["李娜", "王伟", "王伟", "阿布·都拉", "李四"],
        "departments": [("财务部",), ("财务部",), ("研发部",), ("研发部",), ("研发部",)],
    }
)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("u1", "u1"),
        (" 李娜\u200b", "u1"),
        ("李 娜", "u1"),
        ("阿布都拉", "u4"),
        ("李四", "李四"),
        ("+86 139-0000-0001", "13900000001"),
        ("left01", "left01"),
    ],
)
def test_a_userid_a_name_and_a_number_are_read(line: str, found: str) -> None:
    people = find_people(read_lines(line), DIRECTORY)
    assert people.ids == (found,)
    assert people.unclear == ()
    assert people.unlisted == ((found,) if found == "left01" else ())


@pytest.mark.parametrize(
    "line", ["王伟", "李娜（研发）", "李娜2", "无此人", "Li Wei", "u1,u2", "u1\t李娜", "N/A", "（）"]
)
def test_what_is_not_certain_is_not_added(line: str) -> None:
    people = find_people(read_lines(f"u2\n\n{line}"), DIRECTORY)
    assert people.ids == ("u2",)
    assert [(unclear.line.number, unclear.line.text) for unclear in people.unclear] == [(3, line)]


def test_without_a_directory_no_name_is_guessed() -> None:
    people = find_people(read_lines("u1\nu1\n李娜\n13900000001"), None)
    assert people.ids == ("u1", "13900000001")
    assert people.unlisted == ()
    assert [unclear.line.text for unclear in people.unclear] == ["李娜"]


def test_a_name_of_two_people_is_no_userid_and_lists_both() -> None:
    people = pd.DataFrame({"userid": ["u1", "u2"], "name": ["Ann", "Ann"]})
    found = find_people(read_lines("Ann"), people)
    assert found.ids == ()
    assert all(userid in str(found.unclear[0].reason) for userid in ("u1", "u2"))

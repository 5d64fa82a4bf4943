"""Reading of task results."""

from typing import Any

import pytest

from dingnb.api.work_notifications import read_result
from dingnb.errors import BadAnswerError
from tests.table_rows import for_each


def test_missing_or_malformed_lists_are_empty() -> None:
    for lists in ({}, {"read_user_id_list": None, "forbidden_list": "x", "failed_user_id_list": {"a": 1}}):
        assert not read_result({"send_result": lists}).userids


def test_invalid_userids_are_ignored() -> None:
    result = read_result({"send_result": {"read_user_id_list": ["a", 7, None, True, 1.5, ["b"], {}, "", " ", "a"]}})
    assert result.read == {"a", "7"}


@for_each(
    ("item", "dropped"),
    [
        ({"userid": "a", "code": "143106", "count": 1}, {"a": "143106"}),
        ({"userid": 7, "code": 143106}, {"7": "143106"}),
        ({"userid": "a"}, {"a": ""}),
        ({"userid": "a", "code": ["143106"]}, {"a": ""}),
        ({"userid": "a", "code": True}, {"a": ""}),
        ({"userid": "a", "code": "\x1b[31m"}, {"a": ""}),
        ({"userid": None, "code": "143106"}, {}),
        ({"code": "143106"}, {}),
        ("a", {}),
        (None, {}),
    ],
)
def test_malformed_forbidden_items_are_partly_read(item: Any, dropped: dict[str, str]) -> None:
    assert read_result({"send_result": {"forbidden_list": [item]}}).dropped == dropped


def test_both_lists_of_dropped_people_are_read() -> None:
    lists = {
        "forbidden_user_id_list": ["a", "b"],
        "forbidden_list": [{"userid": "b", "code": "143105"}, {"userid": "b"}],
    }
    assert read_result({"send_result": lists, "unknown": 1}).dropped == {"a": "", "b": "143105"}


def test_the_lists_may_be_nested_one_level_deeper() -> None:
    assert read_result({"result": {"send_result": {"unread_user_id_list": ["a"]}}}).unread == {"a"}


@pytest.mark.parametrize(
    "answer", [{}, {"send_result": []}, {"result": None}, {"result": {"send_result": "x"}}], ids=str
)
def test_an_answer_without_any_lists_is_none(answer: dict[str, Any]) -> None:
    with pytest.raises(BadAnswerError):
        read_result(answer)

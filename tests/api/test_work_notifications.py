"""Sending work notifications, and reading their results."""

import json
from typing import Any

import pytest

from dingnb.api import work_notifications
from dingnb.api.work_notifications import SendResult, read_result
from dingnb.errors import BadAnswerError
from tests.table_rows import for_each

EMPTY = SendResult(frozenset(), frozenset(), {}, frozenset(), frozenset())


@pytest.mark.parametrize(
    "task_id", [None, True, "", "²", "-5", 0, 1.5, [], "9" * 500, 10**18], ids=lambda value: repr(value)[:9]
)
def test_a_send_without_a_usable_task_id_may_have_taken_effect(caller_hearing: Any, task_id: object) -> None:
    with pytest.raises(BadAnswerError, match="without a task id") as caught:
        work_notifications.send(caller_hearing({"task_id": task_id})[0], 1, ["a"], b"{}")
    assert caught.value.may_have_taken_effect


@pytest.mark.parametrize("task_id", [256271667526, "256271667526"], ids=repr)
def test_a_task_id_may_be_a_number_or_a_string(caller_hearing: Any, task_id: object) -> None:
    caller, bodies = caller_hearing({"task_id": task_id})
    assert work_notifications.send(caller, 1, ['a"b', "钉"], b'{"x": 1}') == 256271667526
    assert json.loads(bodies[-1]) == {"agent_id": 1, "userid_list": 'a"b,钉', "msg": {"x": 1}}
    assert bodies[-1].endswith(b'"msg":{"x": 1}}')


@pytest.mark.parametrize(
    "answer", [{}, {"send_result": []}, {"send_result": None, "result": 5}, {"result": {"send_result": "x"}}], ids=repr
)
def test_a_result_without_lists_is_a_bad_answer(caller_hearing: Any, answer: dict[str, Any]) -> None:
    with pytest.raises(BadAnswerError, match="send_result"):
        work_notifications.fetch_result(caller_hearing(answer)[0], 1, 2)


@pytest.mark.parametrize("strange", [None, 5, "abc", {"userid": "x"}, [None, 5, "x", {"code": 1}]], ids=repr)
def test_malformed_result_lists_are_empty(caller_hearing: Any, strange: object) -> None:
    found = work_notifications.fetch_result(caller_hearing({"send_result": {"forbidden_list": strange}})[0], 1, 2)
    assert found.dropped == {}


def test_a_result_names_each_person_once_with_the_code_of_the_limit(caller_hearing: Any) -> None:
    lists = {
        "read_user_id_list": ["a"],
        "unread_user_id_list": ["b"],
        "forbidden_user_id_list": ["c", "d"],
        "forbidden_list": [{"userid": "c", "code": 143106, "count": 1}],
    }
    for answer in ({"send_result": lists}, {"result": {"send_result": lists}}):
        found = work_notifications.fetch_result(caller_hearing(answer)[0], 1, 2)
        assert (found.read, found.unread) == (frozenset("a"), frozenset("b"))
        assert found.dropped == {"c": "143106", "d": ""}


def test_missing_or_malformed_lists_are_empty() -> None:
    for lists in ({}, {"read_user_id_list": None, "forbidden_list": "x", "failed_user_id_list": {"a": 1}}):
        assert read_result({"send_result": lists}) == EMPTY


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

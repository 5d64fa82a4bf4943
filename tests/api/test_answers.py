import json
from typing import Any

import pytest

from dingnb.api import contacts, work_notifications
from dingnb.errors import BadAnswerError


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


@pytest.mark.parametrize("result", [None, [], {}, {"userid": ""}, {"userid": 5}, "x"], ids=repr)
def test_a_lookup_without_a_userid_is_a_bad_answer(caller_hearing: Any, result: object) -> None:
    with pytest.raises(BadAnswerError, match="userid"):
        contacts.find_userid_by_mobile(caller_hearing({"result": result})[0], "13800000000")

"""
Work notifications (工作通知): send, result, recall.

All calls are ``POST /topapi/message/corpconversation/...`` (docs/dingtalk.md, "Work notifications: sending").
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dingnb.auth import Caller
from dingnb.errors import BadAnswerError, bad_answer_todo
from dingnb.transport import Call, parse_whole_number
from dingnb.words import Text

SEND = "/topapi/message/corpconversation/asyncsend_v2"
RESULT = "/topapi/message/corpconversation/getsendresult"
RECALL = "/topapi/message/corpconversation/recall"

_CODE = re.compile(r"[0-9A-Za-z._-]{1,64}")


@dataclass(frozen=True, slots=True)
class SendResult:
    """
    The result of one task. The status of a person in no list is not final.

    If a person is in several lists, the first list in the order below applies because it is the most reliable: delivery
    is observed while failure is inferred, and a limit's code says more than a list without codes.

    Attributes:
        read: Userids that received and opened the message.
        unread: Userids that received the message but have not opened it.
        dropped: Userids dropped by a limit, with the limit's code; the code is empty if unknown.
        invalid: Userids that do not exist or are outside the app's scope.
        failed: Userids to which delivery failed.
    """

    read: frozenset[str]
    unread: frozenset[str]
    dropped: Mapping[str, str]
    invalid: frozenset[str]
    failed: frozenset[str]


def send(caller: Caller, agent_id: int, userids: Sequence[str], body: bytes) -> int:
    """
    Send one body to up to 100 people, and return the id of the task, which DingTalk has accepted but not delivered yet.

    Args:
        caller: The caller for the app.
        agent_id: The app's agent id.
        userids: The recipients.
        body: The exact bytes of `msg`.

    Raises:
        BadAnswerError: The answer contains no task id.
        DingError: DingTalk refused the call or could not be reached.
    """
    head = json.dumps({"agent_id": agent_id, "userid_list": ",".join(userids)}, ensure_ascii=False)
    answer = caller.call(Call(SEND, b'%s,"msg":%s}' % (head.removesuffix("}").encode(), body)))
    task_id = parse_whole_number(answer.get("task_id"))
    if not task_id:
        raise BadAnswerError(Text("api.no_task_id", path=SEND), bad_answer_todo(SEND))
    return task_id


def fetch_result(caller: Caller, agent_id: int, task_id: int) -> SendResult:
    """
    Return the result of a task of the last 24 hours with at most 100 recipients.

    Raises:
        BadAnswerError: The answer contains no result.
        DingError: DingTalk refused the call or could not be reached.
    """
    return read_result(caller.call(Call(RESULT, {"agent_id": agent_id, "task_id": task_id})))


def read_result(answer: Mapping[str, Any]) -> SendResult:
    """
    Return the result in an answer.

    Missing lists, invalid userids and unknown fields are ignored.

    Raises:
        BadAnswerError: The answer contains no result.
    """
    lists = answer.get("send_result")
    if not isinstance(lists, Mapping):
        nested = answer.get("result")
        lists = nested.get("send_result") if isinstance(nested, Mapping) else None
    if not isinstance(lists, Mapping):
        raise BadAnswerError(Text("api.no_send_result", path=RESULT), bad_answer_todo(RESULT))
    dropped = dict.fromkeys(_userids(lists, "forbidden_user_id_list"), "")
    forbidden = lists.get("forbidden_list")
    for item in forbidden if isinstance(forbidden, list) else ():
        userid = _userid(item.get("userid")) if isinstance(item, Mapping) else ""
        if userid:
            # An item without a code must not clear a known one.
            dropped[userid] = _code(item.get("code")) or dropped.get(userid, "")
    return SendResult(
        read=_userids(lists, "read_user_id_list"),
        unread=_userids(lists, "unread_user_id_list"),
        dropped=dropped,
        invalid=_userids(lists, "invalid_user_id_list"),
        failed=_userids(lists, "failed_user_id_list"),
    )


def recall(caller: Caller, agent_id: int, task_id: int) -> None:
    """
    Recall a whole task of the last 24 hours.

    Raises:
        DingError: DingTalk refused the call or could not be reached.
    """
    caller.call(Call(RECALL, {"agent_id": agent_id, "msg_task_id": task_id}))


def _userids(lists: Mapping[str, Any], name: str) -> frozenset[str]:
    value = lists.get(name)
    return frozenset(filter(None, map(_userid, value))) if isinstance(value, list) else frozenset()


def _userid(value: object) -> str:
    """Return a userid as text, which DingTalk may write as a number; empty if the value is not a userid."""
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return str(value) if is_number or (isinstance(value, str) and value.strip()) else ""


def _code(value: object) -> str:
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    return text if _CODE.fullmatch(text) else ""

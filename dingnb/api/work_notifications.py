"""
Work notifications (工作通知): send, progress, result, recall.

All four are ``POST /topapi/message/corpconversation/...`` (docs/dingtalk.md, "Work notifications").
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dingnb.auth import Caller
from dingnb.errors import BadAnswerError, bad_answer_todo
from dingnb.transport import Call, whole_number
from dingnb.words import Text

SEND = "/topapi/message/corpconversation/asyncsend_v2"
RESULT = "/topapi/message/corpconversation/getsendresult"
NOT_READY = "41052"
"""The code of a result that was asked for too early, or of a task with too many recipients."""

RECALL = "/topapi/message/corpconversation/recall"

_CODE = re.compile(r"[0-9A-Za-z._-]{1,64}")


@dataclass(frozen=True, slots=True)
class SendResult:
    """
    What DingTalk says of one task; a person in no list is not final yet.

    Of a person in several lists the first of these counts, since it is the surer one: that somebody has the message
    is seen, that somebody has it not is concluded; and a limit's code says more than a list without one.

    Attributes:
        read: Userids that received the message and opened it.
        unread: Userids that received it.
        dropped: Userids that a limit dropped, each with the limit's code; an empty code is not known.
        invalid: Userids that do not exist, or that this app may not reach.
        failed: Userids to whom sending failed.
    """

    read: frozenset[str]
    unread: frozenset[str]
    dropped: Mapping[str, str]
    invalid: frozenset[str]
    failed: frozenset[str]

    @property
    def userids(self) -> frozenset[str]:
        """Everybody whom it names."""
        return self.read | self.unread | self.dropped.keys() | self.invalid | self.failed


def send(caller: Caller, agent_id: int, userids: Sequence[str], body: bytes) -> int:
    """
    Send one body to up to 100 people, and return the task id.

    The answer means that DingTalk accepted the work, and nothing about delivery.

    Args:
        caller: Calls as the app.
        agent_id: The app's agent id.
        userids: To whom.
        body: The exact bytes of `msg`.
    """
    head = json.dumps({"agent_id": agent_id, "userid_list": ",".join(userids)}, ensure_ascii=False)
    answer = caller.call(Call(SEND, b'%s,"msg":%s}' % (head.removesuffix("}").encode(), body)))
    task_id = whole_number(answer.get("task_id"))
    if not task_id:
        raise BadAnswerError(Text("api.no_task_id", path=SEND), bad_answer_todo(SEND))
    return task_id


def result(caller: Caller, agent_id: int, task_id: int) -> SendResult:
    """Return what became of a task of the last 24 hours that had at most 100 recipients."""
    return read_result(caller.call(Call(RESULT, {"agent_id": agent_id, "task_id": task_id})))


def read_result(answer: Mapping[str, Any]) -> SendResult:
    """
    Return what an answer to a question for a result says.

    Lists may be missing, and hold what is no userid: that is passed over, as are fields that nobody knows.

    Raises:
        BadAnswerError: There is no result in it.
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
            # An item without a code takes none away.
            dropped[userid] = _code(item.get("code")) or dropped.get(userid, "")
    return SendResult(
        read=_userids(lists, "read_user_id_list"),
        unread=_userids(lists, "unread_user_id_list"),
        dropped=dropped,
        invalid=_userids(lists, "invalid_user_id_list"),
        failed=_userids(lists, "failed_user_id_list"),
    )


def recall(caller: Caller, agent_id: int, task_id: int) -> None:
    """Take back a whole task of the last 24 hours."""
    caller.call(Call(RECALL, {"agent_id": agent_id, "msg_task_id": task_id}))


def _userids(lists: Mapping[str, Any], name: str) -> frozenset[str]:
    value = lists.get(name)
    return frozenset(filter(None, map(_userid, value))) if isinstance(value, list) else frozenset()


def _userid(value: object) -> str:
    """Return a userid, which may have come as a number; empty for what is none."""
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return str(value) if is_number or (isinstance(value, str) and value.strip()) else ""


def _code(value: object) -> str:
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    return text if _CODE.fullmatch(text) else ""

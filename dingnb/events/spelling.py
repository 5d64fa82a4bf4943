"""The spellings of an event's keys, and the one that we give them (docs/dingtalk.md, "Events")."""

import json
import re
from functools import lru_cache
from typing import Any, Final

from dingnb.auth.secret import MASK
from dingnb.events.unpacking import unpacked

_PASCAL_OR_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")

# As DingTalk's pages spell them for Stream. Other channels write some without the capitals by which words are found.
_KNOWN = """
actionType actionIds appId appIds appType appUuid approveTime atUsers attendanceRecordId baseCheckTime bizCategoryId
bizId bizTag blackboardId blackboardType businessId businessType calendarEventId calendarId categoryId categoryName
changeType changedTimeStamp chatId chatbotCorpId chatbotUserId checkTime companyName conversationId conversationTitle
conversationType coolAppCode createAt createTime creatorUserId dataList dentryId deptId deptIdList deptIds diffInfo
downloadCode errorCode eventScope eventScopeId finishTime followerUserId formCode hiredDate isAdmin isBoss isInAtList
jobNumber labelIdList labelIds liveId managerUserid modifierUserId modifyTime msgId openConfModel
openConversationCorpId openConversationId operateTime operatorUnionId optStaffId outTrackId planCheckTime planId
postLabelList preLabelList processCode processInstanceId processQueryKey robotCode senderCorpId senderId senderNick
sessionWebhook sessionWebhookExpiredTime senderPlatform senderUnionId shareDeptIds shareUserIds spaceId spaceType
stateCode taskId templateId timeStamp unionId unionIdList userGroupId workDate workPlace
"""

_MISSPELT = {"finshtime": "finishtime", "operattime": "operatetime"}

PEOPLE = frozenset({"userid", "useridlist", "userids", "staffid", "staffids", "staffidlist", "senderstaffid"})
"""The keys, folded, that name whom an event is about."""

_SECRET = re.compile(
    "(?:token|secret|aeskey|apikey|privatekey|password|passwd|authcode|permanentcode|webhook(?:url)?"
    "|(?:^|suite|jsapi|app|corp)ticket|^authorization|^cookie)$"
)
_NO_LETTER = re.compile(r"[\W_]")
_SECRET_IN_JSON = re.compile(r'(\\{0,9}"([^"\\]{1,64})\\{0,9}"\s{0,9}:\s{0,9}\\{0,9}")[^"\\]+')
"""A key with a text, as they stand in JSON, and in JSON in a text of that."""

_SECRET_IN_URL = re.compile(r"([?&](?:access_token|app_?secret|client_secret|sign|session)=)[^&#\s\"']+", re.IGNORECASE)

_KEYS_REMEMBERED: Final = 4_096


@lru_cache(_KEYS_REMEMBERED)
def fold(key: str) -> str:
    """
    Return a key as all its spellings read, the wrong ones too.

    >>> fold("CorpId"), fold("corp_id"), fold("finshTime")
    ('corpid', 'corpid', 'finishtime')
    """
    folded = key.replace("_", "").casefold()
    return _MISSPELT.get(folded, folded)


@lru_cache(_KEYS_REMEMBERED)
def name_of(key: str) -> str:
    """
    Return the one name of a key.

    >>> name_of("ProcessInstanceId"), name_of("processinstanceid"), name_of("finshTime"), name_of("newThing")
    ('process_instance_id', 'process_instance_id', 'finish_time', 'new_thing')
    """
    return _NAMES.get(fold(key)) or _snake(key)


def masked(value: Any) -> Any:  # noqa: ANN401 - what JSON holds
    """
    Return what came with everything secret in it replaced, at any depth, in texts of JSON as well.

    >>> masked({"text": "hi", "sessionWebhook": "https://..."})
    {'text': 'hi', 'sessionWebhook': '***'}
    """
    if isinstance(value, dict):
        return {key: MASK if _is_secret(key) and _tells(one) else masked(one) for key, one in value.items()}
    if isinstance(value, list):
        return [masked(one) for one in value]
    return _masked_text(value) if isinstance(value, str) else value


def _masked_text(text: str) -> str:
    """Return a text with everything secret in it replaced: in JSON, in what is nearly that, and in URLs."""
    if "=" in text:
        text = _SECRET_IN_URL.sub(rf"\1{MASK}", text)
    if '"' not in text:
        return text
    try:
        found = unpacked(text)
        if found is not text and (shown := masked(found)) != found:
            text = json.dumps(shown, ensure_ascii=False)
    except RecursionError:
        return MASK
    return _SECRET_IN_JSON.sub(_hidden, text)


def _hidden(found: re.Match[str]) -> str:
    return f"{found[1]}{MASK}" if _is_secret(found[2]) else found[0]


@lru_cache(_KEYS_REMEMBERED)
def _is_secret(key: str) -> bool:
    return _SECRET.search(_NO_LETTER.sub("", key).casefold()) is not None


def _tells(value: object) -> bool:
    """Return whether a value can hold a secret."""
    return value is not None and not isinstance(value, bool)


def _snake(key: str) -> str:
    return _PASCAL_OR_CAMEL.sub("_", key).lower()


_NAMES = {fold(key): _snake(key) for key in _KNOWN.split()}

"""The spellings of an event's keys, and the one that we give them (docs/dingtalk.md, "Events")."""

import json
import re
from collections.abc import Mapping
from typing import Any

from dingnb.auth.secret import MASK
from dingnb.events.unpacking import unpacked

_PASCAL_OR_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")

# As DingTalk's pages spell them for Stream. Other channels write some without the capitals by which words are found.
_KNOWN = """
actionType actionIds appIds appType appUuid approveTime atUsers attendanceRecordId baseCheckTime bizCategoryId bizId
bizTag blackboardId blackboardType businessId businessType calendarEventId calendarId categoryId categoryName
changeType changedTimeStamp chatId chatbotCorpId chatbotUserId checkTime companyName conversationId conversationTitle
conversationType coolAppCode createAt createTime creatorUserId dataList dentryId deptId deptIdList deptIds diffInfo
downloadCode errorCode eventScope eventScopeId finishTime followerUserId formCode hiredDate isAdmin isInAtList
jobNumber labelIdList labelIds liveId managerUserid modifierUserId modifyTime msgId openConfModel
openConversationCorpId openConversationId operateTime operatorUnionId optStaffId outTrackId planCheckTime planId
postLabelList preLabelList processCode processInstanceId processQueryKey robotCode senderCorpId senderId senderNick
sessionWebhook sessionWebhookExpiredTime senderPlatform senderUnionId shareDeptIds shareUserIds spaceId spaceType
stateCode taskId templateId timeStamp unionId unionIdList userGroupId workDate workPlace
"""

_MISSPELT = {"finshtime": "finish_time", "operattime": "operate_time"}

PEOPLE = frozenset({"userid", "useridlist", "userids", "staffid", "staffids", "staffidlist", "senderstaffid"})
"""The keys, folded, that name whom an event is about."""

_SECRET = frozenset(
    {
        "accesstoken",
        "aeskey",
        "appsecret",
        "authcode",
        "clientsecret",
        "encodingaeskey",
        "permanentcode",
        "sessionwebhook",
        "suiteticket",
        "tempauthcode",
        "ticket",
        "token",
        "tmpauthcode",
    }
)


def fold(key: str) -> str:
    """
    Return a key as all its spellings read.

    >>> fold("CorpId"), fold("corpid"), fold("corp_id")
    ('corpid', 'corpid', 'corpid')
    """
    return key.replace("_", "").casefold()


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
    if isinstance(value, Mapping):
        return {key: MASK if fold(key) in _SECRET else masked(one) for key, one in value.items()}
    if isinstance(value, list):
        return [masked(one) for one in value]
    return _masked_text(value) if isinstance(value, str) else value


def _masked_text(text: str) -> str:
    """Return a text, and where it is JSON, with everything secret in that replaced."""
    try:
        found = unpacked(text)
        return text if found is text or (shown := masked(found)) == found else json.dumps(shown, ensure_ascii=False)
    except RecursionError:
        return MASK


def _snake(key: str) -> str:
    return _PASCAL_OR_CAMEL.sub("_", key).lower()


_NAMES = {fold(key): _snake(key) for key in _KNOWN.split()} | _MISSPELT

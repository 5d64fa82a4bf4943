"""The spellings of an event's keys, and the one that we give them (docs/dingtalk.md, "Events")."""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final

from dingnb.auth.secret import MASK, Secret
from dingnb.events.event import CARD_CALLBACK, ROBOT_MESSAGE, Channel, Event, Session
from dingnb.events.json_values import unpacked, whole

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


UNKNOWN = "unknown"
"""The type of an event that tells none."""

TOPICS = {
    "/v1.0/im/bot/messages/get": ROBOT_MESSAGE,
    "/v1.0/im/bot/messages/delegate": ROBOT_MESSAGE,
    "/v1.0/card/instances/callback": CARD_CALLBACK,
}
"""The types of the callbacks of Stream that have a name of their own here; others have their topic's."""

_TYPE = ("eventtype", "syncaction", "callbacktag")
_ID = ("eventid",)
_TIME = ("timestamp", "eventtime", "eventborntime", "finishtime", "createtime")
_ENVELOPE = frozenset({*_TYPE, *_ID, "timestamp", "eventtime", "eventborntime", "corpid", "eventcorpid", "bizid"})
_OF_A_SUITE = frozenset({"biztype"})
"""Of the envelope in which third-party apps get what other channels tell without it."""

_INSIDE = frozenset({"bpmscallbackdata", "rolelabelchange", "callbackdata", "bizdata"})
_HEADERS = ("eventtype", "eventid", "eventborntime", "eventcorpid")
_WORDS = frozenset({"title", "remark", "name", "sender_nick", "conversation_title", "company_name"})
"""What people write: it stays the text that it is, even where it looks like JSON."""

_ABOUT = {"chat_quit": "operator", "chat_update_owner": "owner"}
"""Who it is about, where that has a name of its own: who quits, and who owns the group from now on."""

_NOT_OF_A_MESSAGE = frozenset({"msg_id", "session_webhook", "session_webhook_expired_time", "create_at", "text"})
_DIGITS = re.compile(r"[0-9]{9,17}", re.ASCII)
_NS_PER_MS = 1_000_000
_MS_PER_S = 1_000
_LAST_MS = 2**63 // _NS_PER_MS
"""In April 2262: a later time is none, since frames count nanoseconds in 64 bits."""

_IS_TIME = ("_time", "_at", "time_stamp")
_SECONDS_BELOW = 10_000_000_000
"""A time below this counts seconds: in milliseconds it would be before May 1970. With less than 9 digits it is none."""


def read_event(data: Mapping[str, Any], received_ns: int, channel: Channel = "callback") -> Event:
    """
    Return the event that a callback carries, or an item of the list of missed ones.

    Args:
        data: The decrypted object, in the spelling of registered callbacks, of the console's, or of an item of
            ``get_call_back_failed_result``.
        received_ns: When it came.
        channel: How it came.
    """
    data = whole(data)
    return _made(_Told.of(data), masked(data), received_ns, channel)


def read_frame(kind: str, headers: Mapping[str, Any], data: Mapping[str, Any], received_ns: int) -> Event:
    """
    Return the event that a frame of Stream carries.

    Args:
        kind: ``EVENT`` or ``CALLBACK``.
        headers: The frame's headers: the envelope.
        data: The object in its ``data``.
        received_ns: When it came.
    """
    headers, data = whole(headers), whole(data)
    envelope, told = _Told.of(headers), _Told.of(data)
    raw = {"headers": masked(headers), "data": masked(data)}
    if kind == "CALLBACK":
        topic = envelope.text("topic") or UNKNOWN
        name = TOPICS.get(topic, topic)
        if name == ROBOT_MESSAGE:
            return read_robot_message(data, received_ns, "stream", raw)
        told.values["eventid"] = told.text(*_ID) or envelope.text("messageid")
        # What is pressed is told at once, and says no time of its own.
        told.values.setdefault("eventborntime", envelope.values.get("time"))
        return _made(told, raw, received_ns, "stream", name)
    told.values.update({key: envelope.values[key] for key in _HEADERS if envelope.text(key)})
    return _made(told, raw, received_ns, "stream")


def read_robot_message(
    data: Mapping[str, Any], received_ns: int, channel: Channel, raw: Mapping[str, Any] | None = None
) -> Event:
    """Return what somebody wrote to the robot; it can be answered while its session lasts."""
    data = whole(data)
    told = _Told.of(data)
    event = _made(told, masked(data) if raw is None else raw, received_ns, channel, ROBOT_MESSAGE)
    fields = {name: value for name, value in event.fields.items() if name not in _NOT_OF_A_MESSAGE}
    return replace(
        event,
        id=told.text("msgid") or event.id,
        time_ns=(milliseconds_in(told.values.get("createat")) or 0) * _NS_PER_MS,
        userids=tuple(_people(told.values.get("senderstaffid"))),
        corp_id=told.text("sendercorpid", "chatbotcorpid") or event.corp_id,
        fields={"text": masked(_said(told)), **fields},
        session=_session(told),
    )


def read_kept(raw: Mapping[str, Any], type_: str, channel: Channel, received_ns: int) -> Event:
    """Return an event again from its `raw`, as the ledger keeps it; it cannot be answered any more."""
    if channel == "stream":
        topic = _Told.of(raw["headers"]).text("topic") or UNKNOWN
        kind = "CALLBACK" if type_ == TOPICS.get(topic, topic) else "EVENT"
        return read_frame(kind, raw["headers"], raw["data"], received_ns)
    if type_ == ROBOT_MESSAGE and _Told.of(raw).text(*_TYPE) != ROBOT_MESSAGE:
        return read_robot_message(raw, received_ns, channel)
    return read_event(raw, received_ns, channel)


@dataclass(frozen=True, slots=True)
class _Told:
    """What an object tells, by folded key; of two spellings of one key the first that is not empty counts."""

    values: dict[str, Any]
    names: dict[str, str]

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> "_Told":
        told = cls({}, {})
        tag = next((data[key] for key in data if fold(key) in _TYPE and isinstance(data[key], str)), "")
        told._add(data, {*_INSIDE, fold(tag)})
        return told

    def _add(self, data: Mapping[str, Any], inside: AbstractSet[str]) -> None:
        for key, value in data.items():
            found = unpacked(value)
            if fold(key) in inside and isinstance(found, Mapping):
                self._add(found, _INSIDE)
            elif _is_empty(self.values.get(fold(key))):
                self.values[fold(key)] = value
                self.names[fold(key)] = name_of(key)

    def text(self, *keys: str) -> str:
        """Return the first of some values that is a text or a whole number, as a text; else an empty one."""
        for key in keys:
            one = self.values.get(key)
            if _is_plain(one) and (text := str(one).strip()):
                return text
        return ""


def _made(told: _Told, raw: Mapping[str, Any], received_ns: int, channel: Channel, name: str = "") -> Event:
    kind = name or told.text(*_TYPE) or UNKNOWN
    userids = tuple(dict.fromkeys(_about(kind, told.values)))
    stamps = [stamp for key in _TIME if (stamp := milliseconds_in(told.values.get(key))) is not None]
    envelope = _ENVELOPE | _OF_A_SUITE if "syncaction" in told.values else _ENVELOPE
    fields = {
        name: _value(name, told.values[key])
        for key, name in told.names.items()
        if key not in PEOPLE and key not in envelope
    }
    shown: dict[str, Any] = masked(fields)
    event_id = told.text(*_ID)
    digests = _digests(kind, list(dict.fromkeys(stamps)), userids, shown)
    if not event_id and digests:
        event_id, *digests = digests
    return Event(
        kind,
        event_id,
        (stamps[0] if stamps else 0) * _NS_PER_MS,
        userids,
        told.text("corpid", "eventcorpid"),
        shown,
        raw,
        channel,
        received_ns,
        aliases=frozenset([] if name else digests),
    )


def _value(name: str, value: object) -> object:
    if name in _WORDS:
        return value
    if name.endswith(_IS_TIME):
        stamp = milliseconds_in(value)
        return value if stamp is None else stamp
    if isinstance(value, list):
        return [unpacked(one) for one in value]
    return unpacked(value)


def is_time(name: str, value: int) -> bool:
    """Return whether a field of an event is a time, in milliseconds since the epoch."""
    return name.endswith(_IS_TIME) and _SECONDS_BELOW <= value < _LAST_MS


def milliseconds_in(value: object) -> int | None:
    """Return a time in milliseconds since the epoch, whether it came as text or number; None where it is none."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value).strip() if _is_plain(value) else ""
    if not _DIGITS.fullmatch(text):
        return None
    number = int(text)
    stamp = number * _MS_PER_S if number < _SECONDS_BELOW else number
    return stamp if 0 < stamp < _LAST_MS else None


def _about(kind: str, told: Mapping[str, Any]) -> list[str]:
    """Return whom an event is about; where it says so nowhere, it is about those in its lists and objects."""
    named = [one for key in told if key in PEOPLE or key == _ABOUT.get(kind) for one in _people(told[key])]
    return named or [one for value in told.values() for one in _people_in(value)]


def _people_in(value: object) -> Iterator[str]:
    found = unpacked(value)
    if isinstance(found, dict):
        for key, one in found.items():
            yield from _people(one) if fold(key) in PEOPLE else _people_in(one)
    elif isinstance(found, list):
        for one in found:
            yield from _people_in(one)


def _people(value: object) -> Iterator[str]:
    found = unpacked(value)
    for one in found if isinstance(found, list) else [found]:
        if _is_plain(one) and str(one).strip():
            yield str(one).strip()


def _is_empty(value: object) -> bool:
    return value is None or value in ("", [], {})


def _is_plain(value: object) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool)


def _said(told: _Told) -> str:
    """Return the words of a robot message; of rich text its pieces one after the other."""
    text, content = unpacked(told.values.get("text")), unpacked(told.values.get("content"))
    if isinstance(text, Mapping):
        said = text.get("content")
        return said.strip() if isinstance(said, str) else ""
    if isinstance(text, str) and text.strip():
        return text.strip()
    if isinstance(content, Mapping) and isinstance(content.get("richText"), list):
        pieces = [one.get("text") for one in content["richText"] if isinstance(one, Mapping)]
        return "".join(one for one in pieces if isinstance(one, str)).strip()
    return ""


def _session(told: _Told) -> Session | None:
    url = told.text("sessionwebhook")
    expires_ms = milliseconds_in(told.values.get("sessionwebhookexpiredtime")) or 0
    return Session(Secret(url), expires_ms * _NS_PER_MS) if url and url != MASK else None


def _digests(kind: str, times_ms: list[int], userids: Iterable[str], fields: Mapping[str, Any]) -> list[str]:
    """Return a hash of an event's content for each of its times."""
    told = json.dumps([kind, sorted(userids), _essence(fields)], sort_keys=True) if times_ms else ""
    return [hashlib.sha256(f"{time_ms} {told}".encode()).hexdigest()[:32] for time_ms in times_ms]


def _essence(value: object) -> object:
    """Return what channels tell alike: one may tell a number as a text, or leave out what is empty."""
    if isinstance(value, Mapping):
        return {fold(key): _essence(one) for key, one in value.items() if not _is_empty(one)}
    if isinstance(value, list):
        return [_essence(one) for one in value]
    return value if value is None or isinstance(value, bool) else str(value)

"""Parses events: normalizes the spellings of their keys, and masks secrets (docs/dingtalk.md, "Events")."""

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
from dingnb.events.json_values import parse_nested

_PASCAL_OR_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")

# As DingTalk's documentation spells them for Stream. Other channels write some in lower case, without word boundaries.
_DOCUMENTED_KEYS = """
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
"""The folded keys of the people an event is about."""

_SECRET = re.compile(
    "(?:token|secret|aeskey|apikey|privatekey|password|passwd|authcode|permanentcode|webhook(?:url)?"
    "|(?:^|suite|jsapi|app|corp)ticket|^authorization|^cookie)$"
)
_NO_LETTER = re.compile(r"[\W_]")
_SECRET_IN_JSON = re.compile(r'(\\{0,9}"([^"\\]{1,64})\\{0,9}"\s{0,9}:\s{0,9}\\{0,9}")[^"\\]+')
"""A key with a string value in JSON, or in JSON nested in a string."""

_SECRET_IN_URL = re.compile(r"([?&](?:access_token|app_?secret|client_secret|sign|session)=)[^&#\s\"']+", re.IGNORECASE)

_KEYS_REMEMBERED: Final = 4_096


@lru_cache(_KEYS_REMEMBERED)
def fold(key: str) -> str:
    """
    Return a key in the form common to all its spellings, including misspelt ones.

    >>> fold("CorpId"), fold("corp_id"), fold("finshTime")
    ('corpid', 'corpid', 'finishtime')
    """
    folded = key.replace("_", "").casefold()
    return _MISSPELT.get(folded, folded)


@lru_cache(_KEYS_REMEMBERED)
def name_of(key: str) -> str:
    """
    Return the normalized name of a key.

    >>> name_of("ProcessInstanceId"), name_of("processinstanceid"), name_of("finshTime"), name_of("newThing")
    ('process_instance_id', 'process_instance_id', 'finish_time', 'new_thing')
    """
    return _NAMES.get(fold(key)) or _snake(key)


def masked(value: Any) -> Any:  # noqa: ANN401 - what JSON holds
    """
    Return received JSON with all secrets replaced, at any depth, including JSON nested in strings.

    >>> masked({"text": "hi", "sessionWebhook": "https://..."})
    {'text': 'hi', 'sessionWebhook': '***'}
    """
    if isinstance(value, dict):
        return {key: MASK if _is_secret(key) and _can_be_secret(item) else masked(item) for key, item in value.items()}
    if isinstance(value, list):
        return [masked(item) for item in value]
    return _masked_text(value) if isinstance(value, str) else value


def _masked_text(text: str) -> str:
    """Return a text with all secrets replaced: in JSON, in malformed JSON, and in URLs."""
    if "=" in text:
        text = _SECRET_IN_URL.sub(rf"\1{MASK}", text)
    if '"' not in text:
        return text
    try:
        found = parse_nested(text)
        if found is not text and (shown := masked(found)) != found:
            text = json.dumps(shown, ensure_ascii=False)
    except RecursionError:
        return MASK
    return _SECRET_IN_JSON.sub(_masked_match, text)


def _masked_match(found: re.Match[str]) -> str:
    return f"{found[1]}{MASK}" if _is_secret(found[2]) else found[0]


@lru_cache(_KEYS_REMEMBERED)
def _is_secret(key: str) -> bool:
    return _SECRET.search(_NO_LETTER.sub("", key).casefold()) is not None


def _can_be_secret(value: object) -> bool:
    """Return whether a value can be a secret."""
    return value is not None and not isinstance(value, bool)


def _snake(key: str) -> str:
    return _PASCAL_OR_CAMEL.sub("_", key).lower()


_NAMES = {fold(key): _snake(key) for key in _DOCUMENTED_KEYS.split()}


UNKNOWN = "unknown"
"""The type of an event without one."""

TOPICS = {
    "/v1.0/im/bot/messages/get": ROBOT_MESSAGE,
    "/v1.0/im/bot/messages/delegate": ROBOT_MESSAGE,
    "/v1.0/card/instances/callback": CARD_CALLBACK,
}
"""The event types of Stream callbacks by topic; for others, the topic is the type."""

_TYPE = ("eventtype", "syncaction", "callbacktag")
_ID = ("eventid",)
_TIME = ("timestamp", "eventtime", "eventborntime", "finishtime", "createtime")
_ENVELOPE = frozenset({*_TYPE, *_ID, "timestamp", "eventtime", "eventborntime", "corpid", "eventcorpid", "bizid"})
_SUITE_ENVELOPE = frozenset({"biztype"})
"""Part of the envelope that only third-party apps receive."""

_NESTED = frozenset({"bpmscallbackdata", "rolelabelchange", "callbackdata", "bizdata"})
_HEADERS = ("eventtype", "eventid", "eventborntime", "eventcorpid")
_PLAIN_TEXT = frozenset({"title", "remark", "name", "sender_nick", "conversation_title", "company_name"})
"""Fields written by people, never parsed as JSON."""

_PERSON_KEYS = {"chat_quit": "operator", "chat_update_owner": "owner"}
"""Type-specific keys of the person concerned: who left a group, and its new owner."""

_NOT_MESSAGE_FIELDS = frozenset({"msg_id", "session_webhook", "session_webhook_expired_time", "create_at", "text"})
_DIGITS = re.compile(r"[0-9]{9,17}", re.ASCII)
_NS_PER_MS = 1_000_000
_MS_PER_S = 1_000
_LAST_MS = 2**63 // _NS_PER_MS
"""April 2262: DataFrames count nanoseconds in 64 bits, so later values are not times."""

_IS_TIME = ("_time", "_at", "time_stamp")
_SECONDS_BELOW = 10_000_000_000
"""Times below this are in seconds: in milliseconds they would be before May 1970. A time has at least 9 digits."""


def read_event(data: Mapping[str, Any], received_ns: int, channel: Channel = "callback") -> Event:
    """
    Parse the event of a callback, or of an item in the list of missed events.

    Args:
        data: The decrypted object, as posted to a registered callback or to one set in the console, or an item of
            ``get_call_back_failed_result``.
        received_ns: When it was received.
        channel: The channel that received it.
    """
    return _make_event(_Payload.of(data), masked(data), received_ns, channel)


def read_frame(kind: str, headers: Mapping[str, Any], data: Mapping[str, Any], received_ns: int) -> Event:
    """
    Parse the event of a Stream frame.

    Args:
        kind: ``EVENT`` or ``CALLBACK``.
        headers: The frame's headers: the envelope.
        data: The object in its ``data``.
        received_ns: When it was received.
    """
    envelope, payload = _Payload.of(headers), _Payload.of(data)
    raw = {"headers": masked(headers), "data": masked(data)}
    if kind == "CALLBACK":
        topic = envelope.text("topic") or UNKNOWN
        name = TOPICS.get(topic, topic)
        if name == ROBOT_MESSAGE:
            return read_robot_message(data, received_ns, "stream", raw)
        payload.values["eventid"] = payload.text(*_ID) or envelope.text("messageid")
        # A card callback contains no time, but arrives without delay.
        payload.values.setdefault("eventborntime", envelope.values.get("time"))
        return _make_event(payload, raw, received_ns, "stream", name)
    payload.values.update({key: envelope.values[key] for key in _HEADERS if envelope.text(key)})
    return _make_event(payload, raw, received_ns, "stream")


def read_robot_message(
    data: Mapping[str, Any], received_ns: int, channel: Channel, raw: Mapping[str, Any] | None = None
) -> Event:
    """Parse a message to the robot; it can be replied to while its session lasts."""
    payload = _Payload.of(data)
    event = _make_event(payload, masked(data) if raw is None else raw, received_ns, channel, ROBOT_MESSAGE)
    fields = {name: value for name, value in event.fields.items() if name not in _NOT_MESSAGE_FIELDS}
    return replace(
        event,
        id=payload.text("msgid") or event.id,
        time_ns=(parse_milliseconds(payload.values.get("createat")) or 0) * _NS_PER_MS,
        userids=tuple(_people(payload.values.get("senderstaffid"))),
        corp_id=payload.text("sendercorpid", "chatbotcorpid") or event.corp_id,
        fields={"text": masked(_message_text(payload)), **fields},
        session=_session(payload),
    )


def read_card_callback(data: Mapping[str, Any], received_ns: int, press_id: str, time_ms: object = None) -> Event:
    """
    Parse a press on a card, posted over HTTP.

    Args:
        data: The body of the post.
        received_ns: When it was received.
        press_id: The id of the event: the body contains none.
        time_ms: When it was posted: the body contains no time.
    """
    payload = _Payload.of(data)
    payload.values.update({"eventid": press_id, "eventborntime": time_ms})
    return _make_event(payload, masked(data), received_ns, "callback", CARD_CALLBACK)


def read_stored(raw: Mapping[str, Any], type_: str, channel: Channel, received_ns: int) -> Event:
    """Parse a stored event from its `raw`; it can no longer be replied to."""
    if channel == "stream":
        topic = _Payload.of(raw["headers"]).text("topic") or UNKNOWN
        kind = "CALLBACK" if type_ == TOPICS.get(topic, topic) else "EVENT"
        return read_frame(kind, raw["headers"], raw["data"], received_ns)
    if type_ == CARD_CALLBACK and _Payload.of(raw).text(*_TYPE) != CARD_CALLBACK:
        return read_card_callback(raw, received_ns, "")
    if type_ == ROBOT_MESSAGE and _Payload.of(raw).text(*_TYPE) != ROBOT_MESSAGE:
        return read_robot_message(raw, received_ns, channel)
    return read_event(raw, received_ns, channel)


@dataclass(frozen=True, slots=True)
class _Payload:
    """The values of an object by folded key; of several spellings of a key, the first non-empty one counts."""

    values: dict[str, Any]
    names: dict[str, str]

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> "_Payload":
        payload = cls({}, {})
        tag = next((data[key] for key in data if fold(key) in _TYPE and isinstance(data[key], str)), "")
        payload._add(data, {*_NESTED, fold(tag)})
        return payload

    def _add(self, data: Mapping[str, Any], inside: AbstractSet[str]) -> None:
        for key, value in data.items():
            found = parse_nested(value)
            if fold(key) in inside and isinstance(found, Mapping):
                self._add(found, _NESTED)
            elif _is_empty(self.values.get(fold(key))):
                self.values[fold(key)] = value
                self.names[fold(key)] = name_of(key)

    def text(self, *keys: str) -> str:
        """Return the first of some values that is a non-empty string or an integer, as a string; else an empty one."""
        for key in keys:
            value = self.values.get(key)
            if _is_plain(value) and (text := str(value).strip()):
                return text
        return ""


def _make_event(payload: _Payload, raw: Mapping[str, Any], received_ns: int, channel: Channel, name: str = "") -> Event:
    kind = name or payload.text(*_TYPE) or UNKNOWN
    userids = tuple(dict.fromkeys(_people_concerned(kind, payload.values)))
    stamps = [stamp for key in _TIME if (stamp := parse_milliseconds(payload.values.get(key))) is not None]
    envelope = _ENVELOPE | _SUITE_ENVELOPE if "syncaction" in payload.values else _ENVELOPE
    fields = {
        name: _value(name, payload.values[key])
        for key, name in payload.names.items()
        if key not in PEOPLE and key not in envelope
    }
    shown: dict[str, Any] = masked(fields)
    event_id = payload.text(*_ID)
    digests = _digests(kind, list(dict.fromkeys(stamps)), userids, shown)
    if not event_id and digests:
        event_id, *digests = digests
    return Event(
        kind,
        event_id,
        (stamps[0] if stamps else 0) * _NS_PER_MS,
        userids,
        payload.text("corpid", "eventcorpid"),
        shown,
        raw,
        channel,
        received_ns,
        aliases=frozenset([] if name else digests),
    )


def _value(name: str, value: object) -> object:
    if name in _PLAIN_TEXT:
        return value
    if name.endswith(_IS_TIME):
        stamp = parse_milliseconds(value)
        return value if stamp is None else stamp
    if isinstance(value, list):
        return [parse_nested(item) for item in value]
    return parse_nested(value)


def is_time(name: str, value: int) -> bool:
    """Return whether a field of an event is a time, in milliseconds since the epoch."""
    return name.endswith(_IS_TIME) and _SECONDS_BELOW <= value < _LAST_MS


def parse_milliseconds(value: object) -> int | None:
    """Parse a time, given as text or number, to milliseconds since the epoch; None if it is not a time."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value).strip() if _is_plain(value) else ""
    if not _DIGITS.fullmatch(text):
        return None
    number = int(text)
    stamp = number * _MS_PER_S if number < _SECONDS_BELOW else number
    return stamp if 0 < stamp < _LAST_MS else None


def _people_concerned(kind: str, fields: Mapping[str, Any]) -> list[str]:
    """Return the people an event is about; if it names none, those in its lists and objects."""
    named = [
        person for key in fields if key in PEOPLE or key == _PERSON_KEYS.get(kind) for person in _people(fields[key])
    ]
    return named or [userid for value in fields.values() for userid in _people_in(value)]


def _people_in(value: object) -> Iterator[str]:
    found = parse_nested(value)
    if isinstance(found, dict):
        for key, item in found.items():
            yield from _people(item) if fold(key) in PEOPLE else _people_in(item)
    elif isinstance(found, list):
        for item in found:
            yield from _people_in(item)


def _people(value: object) -> Iterator[str]:
    found = parse_nested(value)
    for item in found if isinstance(found, list) else [found]:
        if _is_plain(item) and str(item).strip():
            yield str(item).strip()


def _is_empty(value: object) -> bool:
    return value is None or value in ("", [], {})


def _is_plain(value: object) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool)


def _message_text(payload: _Payload) -> str:
    """Return the text of a robot message; for rich text, its pieces joined."""
    text, content = parse_nested(payload.values.get("text")), parse_nested(payload.values.get("content"))
    if isinstance(text, Mapping):
        content_text = text.get("content")
        return content_text.strip() if isinstance(content_text, str) else ""
    if isinstance(text, str) and text.strip():
        return text.strip()
    if isinstance(content, Mapping) and isinstance(content.get("richText"), list):
        pieces = [part.get("text") for part in content["richText"] if isinstance(part, Mapping)]
        return "".join(piece for piece in pieces if isinstance(piece, str)).strip()
    return ""


def _session(payload: _Payload) -> Session | None:
    url = payload.text("sessionwebhook")
    expires_ms = parse_milliseconds(payload.values.get("sessionwebhookexpiredtime")) or 0
    return Session(Secret(url), expires_ms * _NS_PER_MS) if url and url != MASK else None


def _digests(kind: str, times_ms: list[int], userids: Iterable[str], fields: Mapping[str, Any]) -> list[str]:
    """Return one hash of an event's content for each of its times."""
    content = json.dumps([kind, sorted(userids), _comparable(fields)], sort_keys=True) if times_ms else ""
    return [hashlib.sha256(f"{time_ms} {content}".encode()).hexdigest()[:32] for time_ms in times_ms]


def _comparable(value: object) -> object:
    """Return a value in the form common to all channels: some send numbers as text, or omit empty values."""
    if isinstance(value, Mapping):
        return {fold(key): _comparable(item) for key, item in value.items() if not _is_empty(item)}
    if isinstance(value, list):
        return [_comparable(item) for item in value]
    return value if value is None or isinstance(value, bool) else str(value)

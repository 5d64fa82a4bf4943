"""Parses events: normalises the spellings of keys, and masks secrets (docs/dingtalk.md, "Events")."""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final

from dingnb.auth.secret import MASK, Secret
from dingnb.clock import NS_PER_MS
from dingnb.events.event import CARD_CALLBACK, ROBOT_MESSAGE, Channel, Event, Session
from dingnb.events.json_values import parse_nested
from dingnb.events.stream.protocol import CARD_TOPIC, ROBOT_TOPIC

_PASCAL_OR_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")

# As spelled in DingTalk's documentation of Stream. Other channels have some in lower case, without word boundaries.
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

_MISSPELT_KEYS = {"finshtime": "finishtime", "operattime": "operatetime"}

PEOPLE_KEYS = frozenset({"userid", "useridlist", "userids", "staffid", "staffids", "staffidlist", "senderstaffid"})
"""The folded keys of the people an event is about."""

_SECRET_KEY = re.compile(
    "(?:token|secret|aeskey|apikey|privatekey|password|passwd|authcode|permanentcode|webhook(?:url)?"
    "|(?:^|suite|jsapi|app|corp)ticket|^authorization|^cookie)$"
)
_NO_LETTER_OR_DIGIT = re.compile(r"[\W_]")
_SECRET_IN_JSON = re.compile(r'(\\{0,9}"([^"\\]{1,64})\\{0,9}"\s{0,9}:\s{0,9}\\{0,9}")[^"\\]+')
"""A key with a string value in JSON, or in JSON nested in a string."""

_SECRET_IN_URL = re.compile(r"([?&](?:access_token|app_?secret|client_secret|sign|session)=)[^&#\s\"']+", re.IGNORECASE)

_MAX_CACHED_KEYS: Final = 4_096


@lru_cache(_MAX_CACHED_KEYS)
def fold_key(key: str) -> str:
    """
    Return a key in the form common to all its spellings, including misspellings.

    >>> fold_key("CorpId"), fold_key("corp_id"), fold_key("finshTime")
    ('corpid', 'corpid', 'finishtime')
    """
    folded = key.replace("_", "").casefold()
    return _MISSPELT_KEYS.get(folded, folded)


@lru_cache(_MAX_CACHED_KEYS)
def normalize_key(key: str) -> str:
    """
    Return the normalised name of a key.

    >>> normalize_key("ProcessInstanceId"), normalize_key("processinstanceid"), normalize_key("finshTime")
    ('process_instance_id', 'process_instance_id', 'finish_time')
    >>> normalize_key("newThing")
    'new_thing'
    """
    return _NAMES_BY_KEY.get(fold_key(key)) or _to_snake_case(key)


def mask_secrets(value: Any) -> Any:  # noqa: ANN401 - what JSON holds
    """
    Return received JSON with all secrets replaced, at any depth, including JSON nested in strings.

    >>> mask_secrets({"text": "hi", "sessionWebhook": "https://..."})
    {'text': 'hi', 'sessionWebhook': '***'}
    """
    if isinstance(value, dict):
        return {
            key: MASK if _is_secret(key) and _can_be_secret(item) else mask_secrets(item) for key, item in value.items()
        }
    if isinstance(value, list):
        return [mask_secrets(item) for item in value]
    return _mask_text(value) if isinstance(value, str) else value


def _mask_text(text: str) -> str:
    """Return a text with all secrets replaced: in JSON, in malformed JSON, and in URLs."""
    if "=" in text:
        text = _SECRET_IN_URL.sub(rf"\1{MASK}", text)
    if '"' not in text:
        return text
    try:
        parsed = parse_nested(text)
        if parsed is not text and (shown := mask_secrets(parsed)) != parsed:
            text = json.dumps(shown, ensure_ascii=False)
    except RecursionError:
        return MASK
    return _SECRET_IN_JSON.sub(_mask_match, text)


def _mask_match(match: re.Match[str]) -> str:
    return f"{match[1]}{MASK}" if _is_secret(match[2]) else match[0]


@lru_cache(_MAX_CACHED_KEYS)
def _is_secret(key: str) -> bool:
    return _SECRET_KEY.search(_NO_LETTER_OR_DIGIT.sub("", key).casefold()) is not None


def _can_be_secret(value: object) -> bool:
    """Return whether a value is of a type that may hold a secret."""
    return value is not None and not isinstance(value, bool)


def _to_snake_case(key: str) -> str:
    return _PASCAL_OR_CAMEL.sub("_", key).lower()


_NAMES_BY_KEY = {fold_key(key): _to_snake_case(key) for key in _DOCUMENTED_KEYS.split()}


UNKNOWN_TYPE = "unknown"
"""The type of an event for which DingTalk gave no type."""

TYPES_BY_TOPIC = {
    ROBOT_TOPIC: ROBOT_MESSAGE,
    "/v1.0/im/bot/messages/delegate": ROBOT_MESSAGE,
    CARD_TOPIC: CARD_CALLBACK,
}
"""The event types of Stream callbacks by topic; for other topics, the topic is the type."""

_TYPE_KEYS = ("eventtype", "syncaction", "callbacktag")
_ID_KEYS = ("eventid",)
_TIME_KEYS = ("timestamp", "eventtime", "eventborntime", "finishtime", "createtime")
_ENVELOPE_KEYS = frozenset(
    {*_TYPE_KEYS, *_ID_KEYS, "timestamp", "eventtime", "eventborntime", "corpid", "eventcorpid", "bizid"}
)
_SUITE_ENVELOPE_KEYS = frozenset({"biztype"})
"""Part of the envelope that only third-party apps receive."""

_NESTED_KEYS = frozenset({"bpmscallbackdata", "rolelabelchange", "callbackdata", "bizdata"})
_HEADER_KEYS = ("eventtype", "eventid", "eventborntime", "eventcorpid")
_PLAIN_TEXT_FIELDS = frozenset({"title", "remark", "name", "sender_nick", "conversation_title", "company_name"})
"""Fields written by people: never parsed as JSON, nor searched for people."""

_PERSON_KEYS = {"chat_quit": "operator", "chat_update_owner": "owner"}
"""The keys of the person concerned, by event type: the person who left a group, and its new owner."""

_NOT_MESSAGE_FIELDS = frozenset({"msg_id", "session_webhook", "session_webhook_expired_time", "create_at", "text"})
_DIGITS = re.compile(r"[0-9]{9,17}", re.ASCII)
_MS_PER_S = 1_000
_LAST_MS = 2**63 // NS_PER_MS
"""The last time, in April 2262, that DataFrames can represent as nanoseconds in 64 bits."""

_TIME_SUFFIXES = ("_time", "_at", "time_stamp")
_MIN_MILLISECONDS = 10_000_000_000
"""The smallest time in milliseconds; smaller values are seconds, as they would be before May 1970."""


def parse_event(data: Mapping[str, Any], received_ns: int, channel: Channel = "callback") -> Event:
    """
    Parse the event of a callback, or of an item in the list of missed events.

    Args:
        data: The decrypted object, as posted to a callback that was registered or set in the console, or an item of
            ``get_call_back_failed_result``.
        received_ns: When the event was received.
        channel: The channel that received it.
    """
    return _create_event(_Payload.from_object(data), mask_secrets(data), received_ns, channel)


def parse_frame_event(kind: str, headers: Mapping[str, Any], data: Mapping[str, Any], received_ns: int) -> Event:
    """
    Parse the event of a Stream frame.

    Args:
        kind: ``CALLBACK``; any other kind is read like ``EVENT``.
        headers: The frame's headers: the envelope.
        data: The object in the frame's ``data``.
        received_ns: When the frame was received.
    """
    envelope, payload = _Payload.from_object(headers), _Payload.from_object(data)
    raw = {"headers": mask_secrets(headers), "data": mask_secrets(data)}
    if kind == "CALLBACK":
        topic = envelope.first_text("topic") or UNKNOWN_TYPE
        name = TYPES_BY_TOPIC.get(topic, topic)
        if name == ROBOT_MESSAGE:
            return parse_robot_message(data, received_ns, "stream", raw)
        payload.values["eventid"] = payload.first_text(*_ID_KEYS) or envelope.first_text("messageid")
        # A card callback contains no time, but arrives without delay.
        payload.values.setdefault("eventborntime", envelope.values.get("time"))
        return _create_event(payload, raw, received_ns, "stream", name)
    payload.values.update({key: envelope.values[key] for key in _HEADER_KEYS if envelope.first_text(key)})
    return _create_event(payload, raw, received_ns, "stream")


def parse_robot_message(
    data: Mapping[str, Any], received_ns: int, channel: Channel, raw: Mapping[str, Any] | None = None
) -> Event:
    """Parse a message to the robot; replies are possible while its session lasts."""
    payload = _Payload.from_object(data)
    event = _create_event(payload, mask_secrets(data) if raw is None else raw, received_ns, channel, ROBOT_MESSAGE)
    fields = {name: value for name, value in event.fields.items() if name not in _NOT_MESSAGE_FIELDS}
    return replace(
        event,
        id=payload.first_text("msgid") or event.id,
        time_ns=(parse_milliseconds(payload.values.get("createat")) or 0) * NS_PER_MS,
        userids=tuple(_parse_people(payload.values.get("senderstaffid"))),
        corp_id=payload.first_text("sendercorpid", "chatbotcorpid") or event.corp_id,
        fields={"text": mask_secrets(_parse_message_text(payload)), **fields},
        session=_parse_session(payload),
    )


def parse_card_callback(data: Mapping[str, Any], received_ns: int, press_id: str, time_ms: object = None) -> Event:
    """
    Parse a press on a card, posted over HTTP.

    Args:
        data: The body of the post.
        received_ns: When the post was received.
        press_id: The id of the event: the body contains no id.
        time_ms: The time of the post: the body contains no time.
    """
    payload = _Payload.from_object(data)
    payload.values.update({"eventid": press_id, "eventborntime": time_ms})
    return _create_event(payload, mask_secrets(data), received_ns, "callback", CARD_CALLBACK)


def parse_stored_event(raw: Mapping[str, Any], event_type: str, channel: Channel, received_ns: int) -> Event:
    """Parse a stored event from its `raw`; replies are no longer possible."""
    if channel == "stream":
        topic = _Payload.from_object(raw["headers"]).first_text("topic") or UNKNOWN_TYPE
        kind = "CALLBACK" if event_type == TYPES_BY_TOPIC.get(topic, topic) else "EVENT"
        return parse_frame_event(kind, raw["headers"], raw["data"], received_ns)
    if event_type == CARD_CALLBACK and _Payload.from_object(raw).first_text(*_TYPE_KEYS) != CARD_CALLBACK:
        return parse_card_callback(raw, received_ns, "")
    if event_type == ROBOT_MESSAGE and _Payload.from_object(raw).first_text(*_TYPE_KEYS) != ROBOT_MESSAGE:
        return parse_robot_message(raw, received_ns, channel)
    return parse_event(raw, received_ns, channel)


@dataclass(frozen=True, slots=True)
class _Payload:
    """The values of an object by folded key; of several spellings of a key, the first non-empty value counts."""

    values: dict[str, Any]
    names: dict[str, str]

    @classmethod
    def from_object(cls, data: Mapping[str, Any]) -> "_Payload":
        payload = cls({}, {})
        tag = next((data[key] for key in data if fold_key(key) in _TYPE_KEYS and isinstance(data[key], str)), "")
        payload._add(data, {*_NESTED_KEYS, fold_key(tag)})
        return payload

    def _add(self, data: Mapping[str, Any], nested_keys: AbstractSet[str]) -> None:
        for key, value in data.items():
            parsed = parse_nested(value)
            if fold_key(key) in nested_keys and isinstance(parsed, Mapping):
                self._add(parsed, _NESTED_KEYS)
            elif _is_empty(self.values.get(fold_key(key))):
                self.values[fold_key(key)] = value
                self.names[fold_key(key)] = normalize_key(key)

    def first_text(self, *keys: str) -> str:
        """Return the first value of these keys that is a non-empty string or an integer, as text; otherwise empty."""
        for key in keys:
            value = self.values.get(key)
            if _is_text_or_integer(value) and (text := str(value).strip()):
                return text
        return ""


def _create_event(
    payload: _Payload, raw: Mapping[str, Any], received_ns: int, channel: Channel, event_type: str = ""
) -> Event:
    has_given_type = bool(event_type)
    event_type = event_type or payload.first_text(*_TYPE_KEYS) or UNKNOWN_TYPE
    userids = tuple(dict.fromkeys(_find_people(event_type, payload.values)))
    times_ms = [time_ms for key in _TIME_KEYS if (time_ms := parse_milliseconds(payload.values.get(key))) is not None]
    envelope = _ENVELOPE_KEYS | _SUITE_ENVELOPE_KEYS if "syncaction" in payload.values else _ENVELOPE_KEYS
    fields = {
        name: _parse_field(name, payload.values[key])
        for key, name in payload.names.items()
        if key not in PEOPLE_KEYS and key not in envelope
    }
    masked_fields: dict[str, Any] = mask_secrets(fields)
    event_id = payload.first_text(*_ID_KEYS)
    hashes = _content_hashes(event_type, list(dict.fromkeys(times_ms)), userids, masked_fields)
    if not event_id and hashes:
        event_id, *hashes = hashes
    return Event(
        event_type,
        event_id,
        (times_ms[0] if times_ms else 0) * NS_PER_MS,
        userids,
        payload.first_text("corpid", "eventcorpid"),
        masked_fields,
        raw,
        channel,
        received_ns,
        aliases=frozenset([] if has_given_type else hashes),
    )


def _parse_field(name: str, value: object) -> object:
    if name in _PLAIN_TEXT_FIELDS:
        return value
    if name.endswith(_TIME_SUFFIXES):
        stamp = parse_milliseconds(value)
        return value if stamp is None else stamp
    if isinstance(value, list):
        return [parse_nested(item) for item in value]
    return parse_nested(value)


def is_time_field(name: str, value: int) -> bool:
    """Return whether a field of an event is a time, in milliseconds since the epoch."""
    return name.endswith(_TIME_SUFFIXES) and _MIN_MILLISECONDS <= value < _LAST_MS


def parse_milliseconds(value: object) -> int | None:
    """Parse a time, given as text or number, to milliseconds since the epoch; None if the value is not a time."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value).strip() if _is_text_or_integer(value) else ""
    if not _DIGITS.fullmatch(text):
        return None
    number = int(text)
    stamp = number * _MS_PER_S if number < _MIN_MILLISECONDS else number
    return stamp if 0 < stamp < _LAST_MS else None


def _find_people(event_type: str, fields: Mapping[str, Any]) -> list[str]:
    """Return the people an event is about; if the event itself names nobody, the people in its lists and objects."""
    keys = [key for key in fields if key in PEOPLE_KEYS or key == _PERSON_KEYS.get(event_type)]
    named = [userid for key in keys for userid in _parse_people(fields[key])]
    return named or list(_find_people_in(fields))


def _find_people_in(value: object) -> Iterator[str]:
    parsed = parse_nested(value)
    if isinstance(parsed, Mapping):
        for key, item in parsed.items():
            if fold_key(key) in PEOPLE_KEYS:
                yield from _parse_people(item)
            elif normalize_key(key) not in _PLAIN_TEXT_FIELDS:
                yield from _find_people_in(item)
    elif isinstance(parsed, list):
        for item in parsed:
            yield from _find_people_in(item)


def _parse_people(value: object) -> Iterator[str]:
    parsed = parse_nested(value)
    for item in parsed if isinstance(parsed, list) else [parsed]:
        if _is_text_or_integer(item) and str(item).strip():
            yield str(item).strip()


def _is_empty(value: object) -> bool:
    return value is None or value in ("", [], {})


def _is_text_or_integer(value: object) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool)


def _parse_message_text(payload: _Payload) -> str:
    """Return the text of a robot message; for rich text, the joined pieces."""
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


def _parse_session(payload: _Payload) -> Session | None:
    url = payload.first_text("sessionwebhook")
    if not url or url == MASK:
        return None
    expires_ms = parse_milliseconds(payload.values.get("sessionwebhookexpiredtime"))
    return Session(Secret(url), None if expires_ms is None else expires_ms * NS_PER_MS)


def _content_hashes(
    event_type: str, times_ms: list[int], userids: Iterable[str], fields: Mapping[str, Any]
) -> list[str]:
    """Return one hash of an event's content for each of its times."""
    content = json.dumps([event_type, sorted(userids), _to_comparable(fields)], sort_keys=True) if times_ms else ""
    return [hashlib.sha256(f"{time_ms} {content}".encode()).hexdigest()[:32] for time_ms in times_ms]


def _to_comparable(value: object) -> object:
    """Return a value in the form common to all channels: some send numbers as text, or omit empty values."""
    if isinstance(value, Mapping):
        return {fold_key(key): _to_comparable(item) for key, item in value.items() if not _is_empty(item)}
    if isinstance(value, list):
        return [_to_comparable(item) for item in value]
    return value if value is None or isinstance(value, bool) else str(value)

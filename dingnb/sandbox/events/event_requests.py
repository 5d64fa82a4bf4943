"""
Events, robot messages and card callbacks that tests request, and their emission.

See docs/dingtalk.md, "Events", "Robot messages" and "Cards".
"""

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

from dingnb.clock import NS_PER_MS, seconds_to_ns
from dingnb.errors import InputError
from dingnb.errors.arguments import short_repr
from dingnb.sandbox.arguments import refuse_argument
from dingnb.sandbox.events.events import (
    EVENT_FORMATS,
    Event,
    EventFormat,
    EventSource,
    compact_json,
    complete_event_data,
    conversation_id,
)
from dingnb.sandbox.events.stream_frames import (
    CALLBACK,
    CARD_TOPIC,
    EVENT,
    ROBOT_TOPIC,
    Push,
    app_id,
    message_id,
)
from dingnb.sandbox.organisation import union_id
from dingnb.sandbox.sessions import Session
from dingnb.sandbox.state import SandboxState
from dingnb.words import Text

_Emitter = Callable[[], dict[str, Any]]

# Of each kind, the first name that exists counts; the names after it may be fields of the data: "type" in approvals,
# "timestamp" in the formats of the console and of Stream, "corpid" in chats.
_TYPE_FIELDS = ("eventtype", "event_type", "type")
_ID_FIELDS = ("event_id", "eventid")
_TIME_FIELDS = ("eventtime", "event_time", "eventborntime", "time", "timestamp")
_CORP_FIELDS = ("eventcorpid", "corp_id", "corpid")
_UNUSED_FIELDS = ("bizid",)
_LAST_YEAR = 9999
_MAX_MS = int(datetime(_LAST_YEAR, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp()) * 1_000


@dataclass(frozen=True, slots=True)
class EventRequest:
    """
    An event requested by a test. The sandbox fills in values that are None or empty.

    Attributes:
        type: The type.
        id: The id.
        at_ms: The time of the event.
        corp_id: The organisation's id.
        data: The data, possibly incomplete.
        event_format: The format over HTTP; None for the format of the subscription.
    """

    type: str
    id: str
    at_ms: int | None
    corp_id: str
    data: dict[str, Any]
    event_format: EventFormat | None


def emit(state: SandboxState, request: Any, now_ns: int) -> list[dict[str, Any]]:  # noqa: ANN401 - any JSON
    """
    Emit events, and return a description of each with the channels over which it is sent.

    Args:
        state: The sandbox.
        request: An event, a list of events, or an object with a list in ``events``. `dingnb.sandbox.apis.control`
            documents their fields.
        now_ns: The current time.

    Raises:
        InputError: An event is invalid. Nothing is emitted then.
    """
    if isinstance(request, dict) and isinstance(request.get("events"), list):
        request = request["events"]
    emitters = [_read_emitter(state, event, now_ns) for event in (request if isinstance(request, list) else [request])]
    return [emitter() for emitter in emitters]


def _read_emitter(state: SandboxState, request: object, now_ns: int) -> _Emitter:
    if not isinstance(request, dict):
        what = Text("sandbox.not_an_event", value=short_repr(request))
        raise InputError(what, Text("sandbox.expected", expected=Text("expected.event")))
    content = json.dumps(request, sort_keys=True)
    digest = state.request_digest("event", content.encode())
    settings = state.settings

    def source(at_ms: int, corp_id: str = "") -> EventSource:
        return EventSource(state.organisation, corp_id or settings.corp_id, settings.app_key, digest, at_ms)

    now_ms = now_ns // NS_PER_MS
    if "robot_message" in request:
        life_ms = seconds_to_ns(settings.session_lifetime_s) // NS_PER_MS
        message, session = _robot_message(request["robot_message"], source(now_ms), state.base_url, life_ms)

        def emit_message() -> dict[str, Any]:
            state.sessions.open(session)
            return _emit_callback(state, ROBOT_TOPIC, message, message["msgId"], digest, now_ns)

        return emit_message
    if "card_callback" in request:
        pressed = _card_callback(request["card_callback"], source(now_ms))
        return lambda: _emit_callback(state, CARD_TOPIC, pressed, pressed["outTrackId"], digest, now_ns)
    event_request = read_event_request(request)
    at_ms = now_ms if event_request.at_ms is None else event_request.at_ms
    event_source = source(at_ms, event_request.corp_id)
    event = Event(
        event_request.type,
        event_request.id or digest.hex(),
        at_ms,
        event_source.corp_id,
        complete_event_data(event_request.type, event_request.data, event_source),
    )
    return lambda: _emit_event(state, event, event_request.event_format, digest, now_ns)


def read_event_request(fields: Mapping[str, Any]) -> EventRequest:
    """
    Read an event request, with its fields in ``data`` or flat as in any `EventFormat`.

    Raises:
        InputError: A field is invalid, has different values in two spellings, or is beside ``data``.

    Example:
        >>> read_event_request({"EventType": "check_in", "StaffId": "manager0001"}).data
        {'StaffId': 'manager0001'}
    """
    rest = dict(fields)
    event_type, event_id, at, corp_id = (
        _pop_field(rest, names) for names in (_TYPE_FIELDS, _ID_FIELDS, _TIME_FIELDS, _CORP_FIELDS)
    )
    _pop_field(rest, _UNUSED_FIELDS)
    event_format = rest.pop("format", None)
    has_data = "data" in rest
    data = rest.pop("data") if has_data else rest
    if has_data and rest:
        name, value = next(iter(rest.items()))
        refuse_argument("event", name, value, Text("expected.inside_data"))
    if not (isinstance(event_type, str) and event_type):
        refuse_argument("event", "type", event_type, Text("expected.event_type"))
    if event_format is not None and event_format not in EVENT_FORMATS:
        refuse_argument("event", "format", event_format, Text("expected.choice", choices=", ".join(EVENT_FORMATS)))
    if not isinstance(data, dict):
        refuse_argument("event", "data", data, Text("expected.object"))
    for name, value in (("event_id", event_id), ("corp_id", corp_id)):
        if not (value is None or isinstance(value, str)):
            refuse_argument("event", name, value, Text("expected.text"))
    return EventRequest(
        event_type, event_id or "", None if at is None else _parse_milliseconds(at), corp_id or "", data, event_format
    )


def _pop_field(fields: dict[str, Any], names: tuple[str, ...]) -> Any:  # noqa: ANN401 - any JSON
    """Remove a field and return its value, by the first of these names that exists, ignoring case."""
    for name in names:
        spellings = [field for field in fields if field.lower() == name]
        if spellings:
            values = {field: fields.pop(field) for field in spellings}
            first = spellings[0]
            for field, value in values.items():
                if value != values[first]:
                    refuse_argument("event", field, value, Text("expected.same_value", name=first))
            return values[first]
    return None


def _parse_milliseconds(at: object) -> int:
    at_ms: int | None = None
    if isinstance(at, int) and not isinstance(at, bool):
        at_ms = at
    elif isinstance(at, str):
        with suppress(ValueError):
            at_ms = int(at) if at.isascii() and at.isdigit() else _milliseconds_of_iso_time(at)
    if at_ms is None:
        refuse_argument("event", "time", at, Text("expected.time"))
    if not 0 <= at_ms <= _MAX_MS:
        refuse_argument("event", "time", at, Text("expected.years", last=_LAST_YEAR))
    return at_ms


def _milliseconds_of_iso_time(at: str) -> int | None:
    """Return the milliseconds since the epoch; None if the time has no zone."""
    parsed = datetime.fromisoformat(at)
    return None if parsed.tzinfo is None else round(parsed.timestamp() * 1_000)


def _emit_event(
    state: SandboxState, event: Event, event_format: EventFormat | None, digest: bytes, now_ns: int
) -> dict[str, Any]:
    channels = state.callbacks.queue(event, event_format, now_ns)
    is_waiting = False
    # An app that receives events over HTTP and has never connected to Stream does not use Stream.
    if state.stream.was_subscribed((EVENT, "*")) or not channels:
        headers = {
            "appId": app_id(state.settings.app_key),
            **event.headers,
            "eventUnifiedAppId": app_id(state.settings.app_key),
        }
        push = Push(EVENT, "*", headers, compact_json(event.data), _message_id(digest), now_ns)
        is_waiting = _emit(state, push, now_ns)
        channels.append("stream")
    return {"type": event.type, "event_id": event.id, "channels": channels, "waiting": is_waiting, "data": event.data}


def _emit_callback(
    state: SandboxState, topic: str, data: dict[str, Any], event_id: str, digest: bytes, now_ns: int
) -> dict[str, Any]:
    headers = {"appId": app_id(state.settings.app_key)}
    push = Push(CALLBACK, topic, headers, compact_json(data), _message_id(digest), now_ns)
    is_waiting = _emit(state, push, now_ns)
    return {"type": topic, "event_id": event_id, "channels": ["stream"], "waiting": is_waiting, "data": data}


def _emit(state: SandboxState, push: Push, now_ns: int) -> bool:
    """Push over Stream, and return whether the push has to wait for a client."""
    state.stream.emit(push, now_ns)
    return not state.stream.has_connection(push.subscription)


def _message_id(digest: bytes) -> str:
    """Return a message id that is unique in this sandbox, even after a restart, and differs from the event's id."""
    return message_id(blake2b(digest, digest_size=16).hexdigest())


def _robot_message(request: object, source: EventSource, base_url: str, life_ms: int) -> tuple[dict[str, Any], Session]:
    """
    Return a complete message to the robot, generated from a test's input, and the session for replies.

    Args:
        request: A text, or an object with ``text``, ``from`` (a userid), ``group`` (the title of a group conversation)
            and ``at`` (mentioned userids). All other fields are copied into the message.
        source: The source of generated values.
        base_url: The URL for replies.
        life_ms: The lifetime of the session.

    Raises:
        InputError: `request` is neither a text nor an object, or one of these fields is invalid.
    """
    rest: dict[str, Any] = {"text": request} if isinstance(request, str) else _copy_fields("robot_message", request)
    userid, group, mentions = _pop_userid(rest, source), rest.pop("group", None), rest.pop("at", [])
    if group is not None:
        _check_text("group", group)
    _check_texts("at", mentions)
    if isinstance(rest.get("text", ""), str):
        rest["text"] = {"content": rest.get("text", "你好")}
    if rest.get("msgtype", "text") != "text":
        rest.pop("text")
    person = source.organisation.by_userid(userid)
    robot = _encrypted_id(source.app_key)
    conversation = f"{source.corp_id} {userid} {group}"
    session = Session(
        id=source.digest.hex(),
        conversation_id=conversation_id(blake2b(conversation.encode(errors="replace"), digest_size=16).digest()),
        userid=userid,
        expires_ms=source.at_ms + life_ms,
    )
    return {
        "conversationId": session.conversation_id,
        "conversationType": "1" if group is None else "2",
        **_group_fields(group, robot, mentions),
        "chatbotCorpId": source.corp_id,
        "chatbotUserId": robot,
        "msgId": "msg" + base64.b64encode(source.digest).decode(),
        "senderId": _encrypted_id(userid),
        "senderNick": userid if person is None else person.name,
        "senderStaffId": userid,
        "senderCorpId": source.corp_id,
        "senderUnionId": union_id(userid),
        "isAdmin": False,
        "sessionWebhook": f"{base_url}/robot/sendBySession?session={session.id}",
        "sessionWebhookExpiredTime": session.expires_ms,
        "createAt": source.at_ms,
        "robotCode": source.app_key,
        "senderPlatform": "Win",
        "msgtype": "text",
        **rest,
    }, session


def _card_callback(request: object, source: EventSource) -> dict[str, Any]:
    """
    Return the callback for a press on a card's button.

    Args:
        request: An object with ``from`` (a userid), ``out_track_id`` (the card), ``action_ids`` (a list) and ``params``
            (an object). All other fields are copied into the data.
        source: The source of generated values.

    Raises:
        InputError: `request` is not an object, or one of these fields is invalid.
    """
    rest = _copy_fields("card_callback", request)
    userid, card = _pop_userid(rest, source), rest.pop("out_track_id", source.digest.hex())
    _check_text("out_track_id", card)
    pressed = {"actionIds": rest.pop("action_ids", ["1"]), "params": rest.pop("params", {})}
    _check_texts("action_ids", pressed["actionIds"])
    if not isinstance(pressed["params"], dict):
        refuse_argument("event", "params", pressed["params"], Text("expected.object"))
    return {
        "corpId": source.corp_id,
        "userId": userid,
        "outTrackId": card,
        "type": "actionCallback",
        "spaceType": "IM",
        "spaceId": conversation_id(source.digest),
        "content": json.dumps({"cardPrivateData": pressed}, ensure_ascii=False),
        "extension": "{}",
        **rest,
    }


def _copy_fields(name: str, request: object) -> dict[str, Any]:
    if not isinstance(request, dict):
        refuse_argument("event", name, request, Text("expected.object"))
    return dict(request)


def _pop_userid(rest: dict[str, Any], source: EventSource) -> str:
    userid = rest.pop("from", source.person.userid)
    if not isinstance(userid, str):
        refuse_argument("event", "from", userid, Text("expected.userid"))
    return userid


def _check_text(name: str, value: object) -> None:
    if not isinstance(value, str):
        refuse_argument("event", name, value, Text("expected.text"))


def _check_texts(name: str, value: object) -> None:
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        refuse_argument("event", name, value, Text("expected.texts"))


def _group_fields(title: str | None, robot: str, mentions: Sequence[str]) -> Mapping[str, Any]:
    if title is None:
        return {}
    named = [{"dingtalkId": _encrypted_id(person), "staffId": person} for person in mentions]
    return {"conversationTitle": title, "isInAtList": True, "atUsers": [{"dingtalkId": robot}, *named]}


def _encrypted_id(plain_id: str) -> str:
    """Return an id that looks like the encrypted form of another id."""
    return (
        "$:LWCP_v1:$" + base64.b64encode(blake2b(plain_id.encode(errors="replace"), digest_size=24).digest()).decode()
    )

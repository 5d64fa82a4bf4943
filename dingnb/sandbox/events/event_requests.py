"""
Events, robot messages and card callbacks that tests request, and their emission.

See docs/dingtalk.md, "Robot messages".
"""

import base64
import json
from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Any

from dingnb.clock import seconds
from dingnb.errors import InputError
from dingnb.errors.arguments import short_repr
from dingnb.sandbox.arguments import refuse_argument
from dingnb.sandbox.events.event_data import Source, complete_data, conversation_id
from dingnb.sandbox.events.events import Event, EventFormat, read_event_request
from dingnb.sandbox.events.stream_frames import CALLBACK, CARD_TOPIC, EVENT, ROBOT_TOPIC, Push, app_id, message_id
from dingnb.sandbox.organisation import union_id
from dingnb.sandbox.sessions import Session
from dingnb.sandbox.state import SandboxState
from dingnb.words import Text

_Emitter = Callable[[], dict[str, Any]]
_SENDER = ("from", "sender", "userid")


def emit(state: SandboxState, wanted: Any, now_ns: int) -> list[dict[str, Any]]:  # noqa: ANN401 - any JSON
    """
    Emit events and return a description of each with the channels that received it.

    Args:
        state: The sandbox.
        wanted: An event, a list of events, or an object with a list in ``events``. `dingnb.sandbox.apis.control`
            documents their fields.
        now_ns: The current time.

    Raises:
        InputError: An event is invalid. Nothing is emitted then.
    """
    if isinstance(wanted, dict) and isinstance(wanted.get("events"), list):
        wanted = wanted["events"]
    emitters = [_read(state, item, now_ns) for item in (wanted if isinstance(wanted, list) else [wanted])]
    return [emitter() for emitter in emitters]


def _read(state: SandboxState, wanted: object, now_ns: int) -> _Emitter:
    if not isinstance(wanted, dict):
        what = Text("sandbox.not_an_event", value=short_repr(wanted))
        raise InputError(what, Text("sandbox.expected", expected=Text("expected.event")))
    content = json.dumps(wanted, sort_keys=True)
    digest = state.request_digest("event", content.encode())
    settings = state.settings

    def source(at_ms: int, corp_id: str = "") -> Source:
        return Source(state.organisation, corp_id or settings.corp_id, settings.app_key, digest, at_ms)

    now_ms = now_ns // 1_000_000
    if "robot_message" in wanted:
        life_ms = seconds(settings.session_lifetime_s) // 1_000_000
        message, session = _robot_message(wanted["robot_message"], source(now_ms), state.base_url, life_ms)

        def emit_message() -> dict[str, Any]:
            state.sessions.open(session)
            return _emit_callback(state, ROBOT_TOPIC, message, message["msgId"], digest, now_ns)

        return emit_message
    if "card_callback" in wanted:
        pressed = _card_callback(wanted["card_callback"], source(now_ms))
        return lambda: _emit_callback(state, CARD_TOPIC, pressed, pressed["outTrackId"], digest, now_ns)
    wanted_event = read_event_request(wanted)
    at_ms = now_ms if wanted_event.at_ms is None else wanted_event.at_ms
    event_source = source(at_ms, wanted_event.corp_id)
    event = Event(
        wanted_event.type,
        wanted_event.id or digest.hex(),
        at_ms,
        event_source.corp_id,
        complete_data(wanted_event.type, wanted_event.data, event_source),
    )
    return lambda: _emit_event(state, event, wanted_event.event_format, digest, now_ns)


def _emit_event(
    state: SandboxState, event: Event, event_format: EventFormat | None, digest: bytes, now_ns: int
) -> dict[str, Any]:
    channels = state.callbacks.push(event, event_format, now_ns)
    kept = False
    # An app that receives events over HTTP and has never connected to Stream does not use Stream.
    if state.stream.is_wanted((EVENT, "*")) or not channels:
        headers = {
            "appId": app_id(state.settings.app_key),
            **event.headers,
            "eventUnifiedAppId": app_id(state.settings.app_key),
        }
        kept = _emit(state, Push(EVENT, "*", headers, _text(event.data), _message_id(digest), now_ns))
        channels.append("stream")
    return {"type": event.type, "event_id": event.id, "channels": channels, "kept": kept, "data": event.data}


def _emit_callback(
    state: SandboxState, topic: str, data: dict[str, Any], its_id: str, digest: bytes, now_ns: int
) -> dict[str, Any]:
    headers = {"appId": app_id(state.settings.app_key)}
    kept = _emit(state, Push(CALLBACK, topic, headers, _text(data), _message_id(digest), now_ns))
    return {"type": topic, "event_id": its_id, "channels": ["stream"], "kept": kept, "data": data}


def _emit(state: SandboxState, push: Push) -> bool:
    """Push by Stream, and return whether the push has to wait for a client."""
    state.stream.emit(push)
    return not state.stream.has_connection(push.subscription)


def _text(data: dict[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def _message_id(digest: bytes) -> str:
    """Return a message id that is unique in this sandbox, even after a restart, and differs from the event's id."""
    return message_id(blake2b(digest, digest_size=16).hexdigest())


def _robot_message(wanted: object, source: Source, base_url: str, life_ms: int) -> tuple[dict[str, Any], Session]:
    """
    Return a complete message to the robot, generated from a test's input, and the session for replies.

    Args:
        wanted: A text, or an object with ``text``, ``from`` (a userid), ``group`` (the title of a group conversation)
            and ``at`` (mentioned userids). All other fields are copied into the message.
        source: The source of generated values.
        base_url: The URL for replies.
        life_ms: The lifetime of the session.

    Raises:
        InputError: `wanted` is neither a text nor an object.
    """
    rest: dict[str, Any] = {"text": wanted} if isinstance(wanted, str) else _fields("robot_message", wanted)
    userid = _userid(rest, source)
    group = rest.pop("group", None)
    if isinstance(rest.get("text", ""), str):
        rest["text"] = {"content": rest.get("text", "你好")}
    if rest.get("msgtype", "text") != "text":
        rest.pop("text")
    who = source.organisation.by_userid(userid)
    robot = _encrypted_id(source.app_key)
    place = f"{source.corp_id} {userid} {group}"
    session = Session(
        id=source.digest.hex(),
        conversation_id=conversation_id(blake2b(place.encode(errors="replace"), digest_size=16).digest()),
        userid=userid,
        expires_ms=source.at_ms + life_ms,
    )
    return {
        "conversationId": session.conversation_id,
        "conversationType": "1" if group is None else "2",
        **_group(group, robot, rest.pop("at", [])),
        "chatbotCorpId": source.corp_id,
        "chatbotUserId": robot,
        "msgId": "msg" + base64.b64encode(source.digest).decode(),
        "senderId": _encrypted_id(userid),
        "senderNick": userid if who is None else who.name,
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


def _card_callback(wanted: object, source: Source) -> dict[str, Any]:
    """
    Return the callback for a press on a card's button.

    Args:
        wanted: An object with ``from`` (a userid), ``out_track_id`` (the card), ``action_ids`` (a list) and ``params``
            (an object). All other fields are copied into the data.
        source: The source of generated values.

    Raises:
        InputError: `wanted` is not an object.
    """
    rest = _fields("card_callback", wanted)
    userid = _userid(rest, source)
    pressed = {"actionIds": rest.pop("action_ids", ["1"]), "params": rest.pop("params", {})}
    return {
        "corpId": source.corp_id,
        "userId": userid,
        "outTrackId": rest.pop("out_track_id", source.digest.hex()),
        "type": "actionCallback",
        "spaceType": "IM",
        "spaceId": conversation_id(source.digest),
        "content": json.dumps({"cardPrivateData": pressed}, ensure_ascii=False),
        "extension": "{}",
        **rest,
    }


def _fields(name: str, wanted: object) -> dict[str, Any]:
    if not isinstance(wanted, dict):
        refuse_argument("event", name, wanted, Text("expected.object"))
    return dict(wanted)


def _userid(rest: dict[str, Any], source: Source) -> str:
    found = [rest.pop(name) for name in _SENDER if name in rest]
    userid = found[0] if found else source.person.userid
    if not isinstance(userid, str):
        refuse_argument("event", "from", userid, Text("expected.userid"))
    return userid


def _group(title: object, robot: str, at: object) -> Mapping[str, Any]:
    if title is None:
        return {}
    people = [userid for userid in at if isinstance(userid, str)] if isinstance(at, list) else []
    named = [{"dingtalkId": _encrypted_id(person), "staffId": person} for person in people]
    return {"conversationTitle": title, "isInAtList": True, "atUsers": [{"dingtalkId": robot}, *named]}


def _encrypted_id(of: str) -> str:
    """Return the encrypted form of an id."""
    return "$:LWCP_v1:$" + base64.b64encode(blake2b(of.encode(errors="replace"), digest_size=24).digest()).decode()

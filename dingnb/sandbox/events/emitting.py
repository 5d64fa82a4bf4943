"""Emission of events, robot messages and card callbacks requested by tests."""

import json
from collections.abc import Callable
from hashlib import blake2b
from typing import Any
from uuid import UUID

from dingnb.clock import seconds
from dingnb.errors import InputError
from dingnb.sandbox.events.event_data import Source, filled
from dingnb.sandbox.events.events import Event, Spelling, read_event_request
from dingnb.sandbox.events.robot_messages import card_callback, robot_message
from dingnb.sandbox.events.stream_frames import CALLBACK, CARD_TOPIC, EVENT, ROBOT_TOPIC, Push, message_id
from dingnb.sandbox.state import SandboxState

_Emitter = Callable[[], dict[str, Any]]


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
    emitters = [_read(state, one, now_ns) for one in (wanted if isinstance(wanted, list) else [wanted])]
    return [emitter() for emitter in emitters]


def _read(state: SandboxState, wanted: object, now_ns: int) -> _Emitter:
    if not isinstance(wanted, dict):
        what, hint = f"An event is {wanted!r}.", 'Give an object, such as {"type": "user_add_org"}.'
        raise InputError(what, hint)
    content = json.dumps(wanted, sort_keys=True)
    digest = state.request_digest("event", content.encode())
    settings = state.settings

    def source(at_ms: int, corp_id: str = "") -> Source:
        return Source(state.organisation, corp_id or settings.corp_id, settings.app_key, digest, at_ms)

    now_ms = now_ns // 1_000_000
    if "robot_message" in wanted:
        life_ms = seconds(settings.session_life_s) // 1_000_000
        message, session = robot_message(wanted["robot_message"], source(now_ms), state.base_url, life_ms)

        def emit_message() -> dict[str, Any]:
            state.sessions.open(session)
            return _emit_callback(state, ROBOT_TOPIC, message, message["msgId"], digest, now_ns)

        return emit_message
    if "card_callback" in wanted:
        pressed = card_callback(wanted["card_callback"], source(now_ms))
        return lambda: _emit_callback(state, CARD_TOPIC, pressed, pressed["outTrackId"], digest, now_ns)
    wanted_event = read_event_request(wanted)
    at_ms = now_ms if wanted_event.at_ms is None else wanted_event.at_ms
    event_source = source(at_ms, wanted_event.corp_id)
    event = Event(
        wanted_event.type,
        wanted_event.id or digest.hex(),
        at_ms,
        event_source.corp_id,
        filled(wanted_event.type, wanted_event.data, event_source),
    )
    return lambda: _emit_event(state, event, wanted_event.spelling, digest, now_ns)


def _emit_event(
    state: SandboxState, event: Event, spelling: Spelling | None, digest: bytes, now_ns: int
) -> dict[str, Any]:
    channels = state.callbacks.push(event, spelling, now_ns)
    kept = False
    # An app that receives events over HTTP and has never connected to Stream does not use Stream.
    if state.stream.is_wanted((EVENT, "*")) or not channels:
        headers = {"appId": _app_id(state), **event.headers, "eventUnifiedAppId": _app_id(state)}
        kept = _emit(state, Push(EVENT, "*", headers, _text(event.data), _message_id(digest), now_ns))
        channels.append("stream")
    return {"type": event.type, "event_id": event.id, "channels": channels, "kept": kept, "data": event.data}


def _emit_callback(
    state: SandboxState, topic: str, data: dict[str, Any], its_id: str, digest: bytes, now_ns: int
) -> dict[str, Any]:
    headers = {"appId": _app_id(state)}
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


def _app_id(state: SandboxState) -> str:
    """Return the app id for frames. No API uses it."""
    return str(UUID(bytes=state.settings.app_key.encode(errors="replace")[:16].ljust(16, b"-")))

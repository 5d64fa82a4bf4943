"""What a test lets happen: events, robot messages and presses on cards, each to the channels that are there for it."""

import json
from collections.abc import Callable
from hashlib import blake2b
from typing import Any
from uuid import UUID

from dingnb.clock import seconds
from dingnb.errors import InputError
from dingnb.sandbox.events.event_data import Source, filled
from dingnb.sandbox.events.events import Event, Spelling, read_wish
from dingnb.sandbox.events.robot_messages import card_callback, robot_message
from dingnb.sandbox.events.stream_frames import CALLBACK, CARD_TOPIC, EVENT, ROBOT_TOPIC, Push, message_id
from dingnb.sandbox.state import SandboxState

_Happening = Callable[[], dict[str, Any]]


def emit(state: SandboxState, wanted: Any, now_ns: int) -> list[dict[str, Any]]:  # noqa: ANN401 - any JSON
    """
    Let things happen, and return of each what it is and where it went.

    Args:
        state: The sandbox.
        wanted: One of them, a list, or an object with a list in ``events``; their fields are those of
            `dingnb.sandbox.apis.control`.
        now_ns: The time.

    Raises:
        InputError: One of them cannot be understood; then nothing happens.
    """
    if isinstance(wanted, dict) and isinstance(wanted.get("events"), list):
        wanted = wanted["events"]
    happenings = [_read(state, one, now_ns) for one in (wanted if isinstance(wanted, list) else [wanted])]
    return [happen() for happen in happenings]


def _read(state: SandboxState, wanted: object, now_ns: int) -> _Happening:
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

        def tell() -> dict[str, Any]:
            state.sessions.open(session)
            return _call_back(state, ROBOT_TOPIC, message, message["msgId"], digest, now_ns)

        return tell
    if "card_callback" in wanted:
        pressed = card_callback(wanted["card_callback"], source(now_ms))
        return lambda: _call_back(state, CARD_TOPIC, pressed, pressed["outTrackId"], digest, now_ns)
    wish = read_wish(wanted)
    at_ms = now_ms if wish.at_ms is None else wish.at_ms
    whence = source(at_ms, wish.corp_id)
    event = Event(wish.type, wish.id or digest.hex(), at_ms, whence.corp_id, filled(wish.type, wish.data, whence))
    return lambda: _happen(state, event, wish.spelling, digest, now_ns)


def _happen(state: SandboxState, event: Event, spelling: Spelling | None, digest: bytes, now_ns: int) -> dict[str, Any]:
    channels = state.callbacks.take(event, spelling, now_ns)
    kept = False
    # An app that takes its events over HTTP, and never has by Stream, does not use Stream.
    if state.stream.is_wanted((EVENT, "*")) or not channels:
        headers = {"appId": _app_id(state), **event.headers, "eventUnifiedAppId": _app_id(state)}
        kept = _emit(state, Push(EVENT, "*", headers, _text(event.data), _message_id(digest), now_ns))
        channels.append("stream")
    return {"type": event.type, "event_id": event.id, "channels": channels, "kept": kept, "data": event.data}


def _call_back(
    state: SandboxState, topic: str, data: dict[str, Any], its_id: str, digest: bytes, now_ns: int
) -> dict[str, Any]:
    headers = {"appId": _app_id(state)}
    kept = _emit(state, Push(CALLBACK, topic, headers, _text(data), _message_id(digest), now_ns))
    return {"type": topic, "event_id": its_id, "channels": ["stream"], "kept": kept, "data": data}


def _emit(state: SandboxState, push: Push) -> bool:
    """Push it by Stream, and return whether it has to wait for a client."""
    state.stream.emit(push)
    return not state.stream.has_line(push.subscription)


def _text(data: dict[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def _message_id(digest: bytes) -> str:
    """Return an id that no other event of this sandbox has, even after a restart; it is not the event's own."""
    return message_id(blake2b(digest, digest_size=16).hexdigest())


def _app_id(state: SandboxState) -> str:
    """Return the app's id that frames name; it is none that anything asks for."""
    return str(UUID(bytes=state.settings.app_key.encode(errors="replace")[:16].ljust(16, b"-")))

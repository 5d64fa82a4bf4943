"""The robot's replies: ``/robot/sendBySession`` (docs/dingtalk.md, "Robot messages")."""

import re
from collections.abc import Mapping
from typing import Any

from dingnb.messages.robot import BODY_BYTES
from dingnb.sandbox.apis import media
from dingnb.sandbox.state import SandboxState
from dingnb.sandbox.web.request import Request
from dingnb.sandbox.web.responses import RefusedError, Response, service_error, success

PATH = "/robot/sendBySession"

_LINK = re.compile(r"(?:https?|dingtalk)://.+", re.DOTALL)
_REQUIRED_FIELDS: Mapping[str, tuple[str, ...]] = {
    "text": ("content",),
    "markdown": ("title", "text"),
    "link": ("title", "text", "messageUrl"),
    "actionCard": ("title", "text"),
    "feedCard": (),
    "empty": (),
}
"""The required text fields of each message type; fields whose names end in URL must contain a link."""

_BUTTON_FIELDS = ("title", "actionURL")
_LINK_FIELDS = ("title", "messageURL", "picURL")


def send_by_session(state: SandboxState, request: Request) -> Response:
    """
    Check the message and record the reply; a message of the type ``empty`` is accepted and not recorded.

    Raises:
        RefusedError: The message is refused.
    """
    if "application/json" not in request.headers.get("content-type", "").lower():
        return service_error("43004")
    session = state.sessions.find(request.query.get("session", ""), request.now_ns)
    if session is None:
        return service_error("300001")
    if len(request.body) > BODY_BYTES:
        return service_error("460101")
    body = _read_message(request)
    media.check_robot_message(state, body, request.now_ns)
    if body["msgtype"] != "empty":
        state.sessions.add_reply(session.id, body, request.now_ns)
    return success(people=1)


def _read_message(request: Request) -> dict[str, Any]:
    body = request.json_object()
    if not body:
        raise RefusedError(service_error("40035", "json"))
    kind = body.get("msgtype")
    if not isinstance(kind, str) or kind not in _REQUIRED_FIELDS:
        raise RefusedError(service_error("400105"))
    content = _check_fields(body.get(kind, {} if kind == "empty" else None), _REQUIRED_FIELDS[kind], kind)
    if kind == "actionCard":
        _check_card(content)
    if kind == "feedCard":
        _check_list(content.get("links"), _LINK_FIELDS, "feedCard.links")
    return body


def _check_fields(candidate: object, names: tuple[str, ...], where: str) -> dict[str, Any]:
    """Return an object that has all these fields, or refuse it. The error code is an assumption."""
    if not isinstance(candidate, dict):
        raise RefusedError(service_error("40035", where))
    for name in names:
        value = candidate.get(name)
        if not (isinstance(value, str) and value.strip()) or (
            name.lower().endswith("url") and not _LINK.fullmatch(value)
        ):
            raise RefusedError(service_error("40035", f"{where}.{name}"))
    return candidate


def _check_card(card: dict[str, Any]) -> None:
    if card.get("singleTitle") and card.get("singleURL"):
        _check_fields(card, ("singleTitle", "singleURL"), "actionCard")
    else:
        _check_list(card.get("btns"), _BUTTON_FIELDS, "actionCard.btns")


def _check_list(candidate: object, names: tuple[str, ...], where: str) -> None:
    if not (isinstance(candidate, list) and candidate):
        raise RefusedError(service_error("40035", where))
    for entry in candidate:
        _check_fields(entry, names, where)

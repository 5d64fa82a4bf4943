"""The robot's replies: ``/robot/sendBySession`` (docs/dingtalk.md, "Robot messages")."""

import re
from collections.abc import Mapping
from typing import Any

from dingnb.sandbox.apis import media
from dingnb.sandbox.state import SandboxState
from dingnb.sandbox.web.answers import Answer, RefusedError, service_error, success
from dingnb.sandbox.web.request import Request

PATH = "/robot/sendBySession"

_BODY_BYTES = 20_000
_LINK = re.compile(r"(?:https?|dingtalk)://.+", re.DOTALL)
# The required text fields of each type; names that end in URL must contain a link.
_REQUIRED: Mapping[str, tuple[str, ...]] = {
    "text": ("content",),
    "markdown": ("title", "text"),
    "link": ("title", "text", "messageUrl"),
    "actionCard": ("title", "text"),
    "feedCard": (),
    "empty": (),
}
_BUTTON = ("title", "actionURL")
_ROW = ("title", "messageURL", "picURL")


def send_by_session(state: SandboxState, request: Request) -> Answer:
    """Check the message and record the reply."""
    if "application/json" not in request.headers.get("content-type", "").lower():
        return service_error("43004")
    session = state.sessions.find(request.query.get("session", ""), request.now_ns)
    if session is None:
        return service_error("300001")
    if len(request.body) > _BODY_BYTES:
        return service_error("460101")
    try:
        body = _message(request)
        media.check_robot_message(state, body, request.now_ns)
    except RefusedError as refused:
        return refused.answer
    if body["msgtype"] != "empty":
        state.sessions.add_reply(session.id, body, request.now_ns)
    return success(people=1)


def _message(request: Request) -> dict[str, Any]:
    try:
        body = request.json()
    except ValueError:
        raise RefusedError(service_error("40035", "json")) from None
    if not (isinstance(body, dict) and body):
        raise RefusedError(service_error("40035", "json"))
    kind = body.get("msgtype")
    if not isinstance(kind, str) or kind not in _REQUIRED:
        raise RefusedError(service_error("400105"))
    content = _checked(body.get(kind, {} if kind == "empty" else None), _REQUIRED[kind], kind)
    if kind == "actionCard":
        _check_card(content)
    if kind == "feedCard":
        _check_list(content.get("links"), _ROW, "feedCard.links")
    return body


def _checked(found: object, names: tuple[str, ...], where: str) -> dict[str, Any]:
    """Return an object that has all these fields, or refuse it. The error code is an assumption."""
    if not isinstance(found, dict):
        raise RefusedError(service_error("40035", where))
    for name in names:
        value = found.get(name)
        if not (isinstance(value, str) and value.strip()) or (
            name.lower().endswith("url") and not _LINK.fullmatch(value)
        ):
            raise RefusedError(service_error("40035", f"{where}.{name}"))
    return found


def _check_card(card: dict[str, Any]) -> None:
    if card.get("singleTitle") and card.get("singleURL"):
        _checked(card, ("singleTitle", "singleURL"), "actionCard")
    else:
        _check_list(card.get("btns"), _BUTTON, "actionCard.btns")


def _check_list(found: object, names: tuple[str, ...], where: str) -> None:
    if not (isinstance(found, list) and found):
        raise RefusedError(service_error("40035", where))
    for entry in found:
        _checked(entry, names, where)

"""Robots: replies to messages (docs/dingtalk.md, "Robot messages")."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, quote

from dingnb.auth.secret import Secret, hide
from dingnb.errors import InputError
from dingnb.errors.tracebacks import cleared_frames
from dingnb.transport import Call, PreparedRequest, Transport
from dingnb.words import Text

SEND_BY_SESSION = "/robot/sendBySession"


def send_reply(transport: Transport, session_webhook: Secret, body: Mapping[str, Any]) -> None:
    """
    Send a reply in the conversation of a robot message.

    Args:
        transport: The transport for the call.
        session_webhook: The message's ``sessionWebhook``. Only its session is used, so a forged host has no effect.
        body: The message in the format of robots.

    Raises:
        InputError: The URL contains no session.
        DingError: DingTalk refused the call or could not be reached.
    """
    with cleared_frames():
        session = Secret(_session_in(session_webhook.reveal()))
    if not session:
        raise InputError(Text("event.no_session_in_url"), Text("event.no_session_todo"))
    transport.call(Call(SEND_BY_SESSION, body), _SessionAuthorization(session))


class _SessionAuthorization:
    """Adds the session to the query of a call."""

    def __init__(self, session: Secret) -> None:
        self._session = session

    def apply(self, request: PreparedRequest) -> None:
        request.url = f"{request.url}?session={quote(self._session.reveal(), safe='')}"

    def hide(self, text: str) -> str:
        return hide(text, self._session)


def _session_in(url: str) -> str:
    # urlsplit would raise an error that contains the session if the text is not a URL.
    query = url.partition("?")[2].partition("#")[0]
    return parse_qs(query).get("session", [""])[0]

"""Robots: replies to messages (docs/dingtalk.md, "Robot messages")."""

from collections.abc import Mapping
from typing import Any

from dingnb.auth.caller import SESSION_PATH, SessionQuery
from dingnb.auth.secret import Secret
from dingnb.errors import InputError
from dingnb.transport import Call, Transport
from dingnb.words import Text


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
    session = SessionQuery(session_webhook)
    if not session:
        raise InputError(Text("event.no_session_in_url"), Text("event.no_session_todo"))
    transport.call(Call(SESSION_PATH, body), session)

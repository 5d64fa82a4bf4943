"""Robots: the answer to somebody who wrote to one (docs/dingtalk.md, "Robots")."""

from collections.abc import Mapping
from typing import Any

from dingnb.auth.caller import SESSION_PATH, SessionOn
from dingnb.auth.secret import Secret
from dingnb.errors import InputError
from dingnb.transport import Call, Transport
from dingnb.words import Text


def answer(transport: Transport, session_webhook: Secret, body: Mapping[str, Any]) -> None:
    """
    Say something in the conversation of a robot message.

    Args:
        transport: How to call.
        session_webhook: The message's ``sessionWebhook``. Only its session is used: a forged address leads nowhere.
        body: The message in the spelling of robots.

    Raises:
        InputError: The address holds no session.
        DingError: DingTalk refuses it, or could not be asked.
    """
    session = SessionOn(session_webhook)
    if not session:
        raise InputError(Text("event.no_session_in_url"), Text("event.no_session_todo"))
    transport.call(Call(SESSION_PATH, body), session)

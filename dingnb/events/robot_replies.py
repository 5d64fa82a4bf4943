"""Replies to robot messages in their conversations."""

from collections.abc import Callable, Mapping

from dingnb.api import robot
from dingnb.errors import ApiError, InputError
from dingnb.events.event import SendReply, Session
from dingnb.messages import Message
from dingnb.messages.robot import robot_body
from dingnb.transport import Transport
from dingnb.words import Text

_NO_SESSION = "300001"
"""DingTalk's code for an unknown or expired session."""


def replier(transport: Transport, now_ns: Callable[[], int]) -> SendReply:
    """
    Return a function that replies to a robot message in its conversation.

    Args:
        transport: The transport for calls.
        now_ns: Returns DingTalk's time.
    """

    def reply(session: Session, message: Message, fields: Mapping[str, object]) -> None:
        body = robot_body(message, fields)
        expired = InputError(Text("event.session_over"), Text("event.session_over_todo"))
        if session.expires_ns and session.expires_ns < now_ns():
            raise expired
        try:
            robot.answer(transport, session.url, body)
        except ApiError as error:
            if error.code == _NO_SESSION:
                raise expired from error
            raise

    return reply

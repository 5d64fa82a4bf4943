"""Answers to what people write to the robot, where they wrote it."""

from collections.abc import Callable

from dingnb.api import robot
from dingnb.errors import InputError
from dingnb.events.event import Session
from dingnb.language import say
from dingnb.messages import Message
from dingnb.messages.robot import robot_body
from dingnb.transport import Transport


def replier(transport: Transport, now_ns: Callable[[], int]) -> Callable[[Session, Message], None]:
    """
    Return what answers a robot message in its conversation.

    Args:
        transport: How to call.
        now_ns: Returns DingTalk's time.
    """

    def answer(session: Session, message: Message) -> None:
        body = robot_body(message)
        if session.expires_ns and session.expires_ns < now_ns():
            raise InputError(say("event.session_over"), say("event.session_over_todo"))
        robot.answer(transport, session.url, body)

    return answer

"""Sessions in which a robot may reply, and the robot's replies."""

from dataclasses import dataclass
from typing import Any

from dingnb.clock import NS_PER_MS
from dingnb.sandbox.records import EffectRecorder, discard_effect


@dataclass(frozen=True, slots=True)
class Session:
    """
    A session, opened by a message to the robot.

    Attributes:
        id: The id that a reply must name.
        conversation_id: The conversation in which replies appear.
        userid: The author of the message.
        expires_ms: The time at which the session expires, in milliseconds since the epoch.
    """

    id: str
    conversation_id: str
    userid: str
    expires_ms: int


@dataclass(frozen=True, slots=True)
class Reply:
    """
    A reply of the robot.

    Attributes:
        session: The session of the reply.
        body: The message as received.
        at_ns: The time of the reply.
    """

    session: Session
    body: dict[str, Any]
    at_ns: int


class Sessions:
    """
    The sessions of one sandbox.

    Args:
        record_effect: Called for every change.

    Attributes:
        replies: The replies, oldest first.
    """

    def __init__(self, record_effect: EffectRecorder = discard_effect) -> None:
        self._record_effect = record_effect
        self._sessions: dict[str, Session] = {}
        self.replies: list[Reply] = []

    def open(self, session: Session) -> None:
        """Open a session."""
        self._record_effect("open_session", session.id, session.conversation_id, session.userid, session.expires_ms)
        self._sessions[session.id] = session

    def find(self, session_id: str, now_ns: int) -> Session | None:
        """Return a session; None if the session is unknown or has expired."""
        session = self._sessions.get(session_id)
        return session if session is not None and now_ns // NS_PER_MS < session.expires_ms else None

    def add_reply(self, session_id: str, body: dict[str, Any], now_ns: int) -> None:
        """Record a reply. A reply in a session that the journal no longer contains is ignored."""
        session = self._sessions.get(session_id)
        if session is not None:
            self._record_effect("add_reply", session_id, body)
            self.replies.append(Reply(session, body, now_ns))

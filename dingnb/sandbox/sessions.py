"""The sessions in which a robot may answer, and what it said there."""

from dataclasses import dataclass
from typing import Any

from dingnb.sandbox.noting import Note, not_noted


@dataclass(frozen=True, slots=True)
class Session:
    """
    A session: it is opened by a message to the robot.

    Attributes:
        id: Who knows it may answer.
        conversation_id: Where the answer appears.
        userid: Who wrote the message.
        expires_ms: When it is over.
    """

    id: str
    conversation_id: str
    userid: str
    expires_ms: int


@dataclass(frozen=True, slots=True)
class Reply:
    """
    What the robot said.

    Attributes:
        session: Where.
        body: The message, as it came.
        at_ns: When.
    """

    session: Session
    body: dict[str, Any]
    at_ns: int


class Sessions:
    """The sessions of one sandbox."""

    def __init__(self, note: Note = not_noted) -> None:
        self._note = note
        self._sessions: dict[str, Session] = {}
        self.replies: list[Reply] = []

    def open(self, session: Session) -> None:
        """Let the robot answer there."""
        self._note("session", session.id, session.conversation_id, session.userid, session.expires_ms)
        self._sessions[session.id] = session

    def find(self, session_id: str, now_ns: int) -> Session | None:
        """Return a session that is not over."""
        found = self._sessions.get(session_id)
        return found if found is not None and now_ns // 1_000_000 < found.expires_ms else None

    def say(self, session_id: str, body: dict[str, Any], now_ns: int) -> None:
        """Keep what the robot said; a session of a month ago is no longer there."""
        session = self._sessions.get(session_id)
        if session is not None:
            self._note("reply", session_id, body)
            self.replies.append(Reply(session, body, now_ns))

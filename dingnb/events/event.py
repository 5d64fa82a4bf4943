"""One thing that DingTalk told us, in one spelling whatever the channel was."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from dingnb.auth.secret import Secret
from dingnb.clock import BEIJING, NS_PER_S
from dingnb.display import Sheet
from dingnb.errors import InputError
from dingnb.messages import Message
from dingnb.words import Text
from dingnb.words.visible import visible

Channel = Literal["callback", "stream", "missed"]

ROBOT_MESSAGE = "robot_message"
"""The type of what somebody writes to the robot."""

CARD_CALLBACK = "card_callback"
"""The type of what somebody presses on an interactive card."""

_SHOWN = 120


@dataclass(frozen=True, slots=True)
class Session:
    """
    Where a robot message can be answered, for a while.

    Attributes:
        url: The ``sessionWebhook``; who knows it can write into the conversation.
        expires_ns: Until when it can be, nanoseconds since the epoch; 0 where DingTalk did not tell.
    """

    url: Secret
    expires_ns: int = 0


Answer = Callable[[Session, Message, Mapping[str, object]], None]
"""Says a message in a session; what was told there fills in the columns of the message."""


def _nobody_answers(_session: Session, _message: Message, _told: Mapping[str, object]) -> None:
    raise InputError(Text("event.no_reply_here"), Text("event.no_reply_here_todo"))


@dataclass(frozen=True, slots=True, repr=False)
class Event:
    """
    One event, as DingTalk told it over any channel, in one spelling.

    Attributes:
        type: DingTalk's name of the event's type, such as ``user_leave_org``; ``robot_message`` and ``card_callback``
            for those, ``unknown`` where none was told.
        id: DingTalk's id of the event; for robot messages their ``msgId``. Where DingTalk gives none, a hash of type,
            time and content. Where there is no time either, a hash of the callback's post, by which the same post is
            known again; empty on other channels.
        time_ns: When it happened, nanoseconds since the epoch; 0 where it was not told.
        userids: Whom it is about, as userids (or staff ids, which are the same), also where only the entries of a list
            name them; may be empty.
        corp_id: The organisation; may be empty.
        fields: What else was told, by names in snake_case. Times are milliseconds since the epoch, as int.
        raw: What came, with secrets replaced by ``***``: of Stream ``headers`` and ``data``.
        channel: How it came first: ``callback``, ``stream``, or ``missed``: fetched later by ``callbacks.failed``.
        received_ns: When it came, nanoseconds since the epoch.
        aliases: The ids that the event has where another channel brings it, which tells no id or another time.
    """

    type: str
    id: str
    time_ns: int
    userids: tuple[str, ...]
    corp_id: str
    fields: Mapping[str, Any]
    raw: Mapping[str, Any]
    channel: Channel
    received_ns: int
    session: Session | None = field(default=None, repr=False, compare=False)
    aliases: frozenset[str] = field(default=frozenset(), repr=False, compare=False)
    answer_with: Answer = field(default=_nobody_answers, repr=False, compare=False)
    _letters: str = field(default="", init=False, repr=False, compare=False)

    @property
    def happened_ns(self) -> int:
        """When it happened, or, where that was not told, when it came; nanoseconds since the epoch."""
        return self.time_ns or self.received_ns

    @property
    def happened_at(self) -> str:
        """The same in Beijing's time, to the second, as displays have it."""
        return f"{datetime.fromtimestamp(self.happened_ns // NS_PER_S, BEIJING):%Y-%m-%d %H:%M:%S}"

    @property
    def letters(self) -> str:
        """All that the event tells, in small letters, to be searched; it is put together once."""
        if not self._letters:
            told = (self.type, self.id, self.corp_id, *self.userids, *self.fields.values())
            object.__setattr__(self, "_letters", "\n".join(map(str, told)).casefold())
        return self._letters

    def reply(self, message: Message) -> None:
        """
        Answer a robot message, where it was written: everybody in that conversation sees the answer.

        It works from a handler and later, until about 1.5 hours after the message came, and not on what was read from
        the ledger: where to answer is a secret that is not kept.

        Args:
            message: A text, markdown, link or action card. Its columns are `fields` of the event: ``{{ text }}`` says
                what somebody wrote as it is. In an f-string, ``{{`` of theirs would begin a column.

        Raises:
            InputError: This is no robot message, or its time to be answered is over.
            MessageError: A robot cannot send such a message; nothing was sent.
            DingError: DingTalk refuses it, or could not be asked.
        """
        if self.session is None:
            raise InputError(Text("event.no_session", type=self.type), Text("event.no_session_todo"))
        self.answer_with(self.session, message, self.fields)

    def sheet(self) -> Sheet:
        """Return what the event shows; its `raw` is left to who asks for it."""
        facts: tuple[tuple[Text | str, Text | str], ...] = (
            (Text("event.time"), self.happened_at),
            (Text("event.people"), _short(", ".join(self.userids)) or Text("event.nobody")),
            *((name, _short(value)) for name, value in self.fields.items()),
        )
        return Sheet(self.type, facts=facts)

    def __repr__(self) -> str:
        told = ", ".join(f"{_short(k)}={_short(v)}" for k, v in {"userids": self.userids, **self.fields}.items())
        return f"Event({self.type!r}, {self.happened_at!r}, {told})"

    def _repr_html_(self) -> str:
        return self.sheet().to_html()


def _short(value: object) -> str:
    # What people write must not steer the terminal that shows it.
    text = visible(str(value))
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"

"""An event from DingTalk, in one format for all channels, and the reply to a robot message."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches
from typing import Any, Literal

from dingnb.api import robot
from dingnb.auth.secret import Secret
from dingnb.clock import BEIJING, NS_PER_S
from dingnb.display import Sheet
from dingnb.errors import ApiError, InputError
from dingnb.messages import Message
from dingnb.messages.robot import robot_body
from dingnb.transport import Transport
from dingnb.words import Text, listed
from dingnb.words.catalogue import translations
from dingnb.words.visible import truncate, visible

Channel = Literal["callback", "stream", "missed"]
"""How an event arrived; see `Event.channel`."""

ROBOT_MESSAGE = "robot_message"
"""The event type of a message to the robot."""

CARD_CALLBACK = "card_callback"
"""The event type of a callback from an interactive card."""

_TYPE_KEY = "event_type."
"""Beginning of the keys of what displays call event types."""

_MAX_SHOWN_CHARACTERS = 120

_NO_SESSION = "300001"
"""DingTalk's code for an unknown or expired session."""


@dataclass(frozen=True, slots=True)
class Reply:
    """
    A reply that was sent to a robot message.

    Attributes:
        sent_ns: When it was sent, nanoseconds since the epoch.
        text: Its text.
    """

    sent_ns: int
    text: str


@dataclass(frozen=True, slots=True)
class Session:
    """
    The address for replies to a robot message, valid for a limited time.

    Attributes:
        url: The ``sessionWebhook``; anyone who has it can post to the conversation.
        expires_ns: Expiry time, nanoseconds since the epoch; None if DingTalk did not give one.
        replies: The replies sent by this process, oldest first.
    """

    url: Secret
    expires_ns: int | None = None
    replies: list[Reply] = field(default_factory=list, repr=False, compare=False)

    def has_expired(self, now_ns: int) -> bool:
        """Return whether the address is no longer valid; False if the expiry time is unknown."""
        return self.expires_ns is not None and self.expires_ns < now_ns


SendReply = Callable[[Session, Message, Mapping[str, object]], Reply]
"""Sends a message to a session; event fields fill in the columns of the message."""


def _no_reply(_session: Session, _message: Message, _fields: Mapping[str, object]) -> Reply:
    raise InputError(Text("event.no_reply_here"), Text("event.no_reply_here_todo"))


@dataclass(frozen=True, slots=True, repr=False)
class Event:
    """
    One event, in the same format for all channels.

    Attributes:
        type: DingTalk's event type, such as ``user_leave_org``; ``robot_message`` for robot messages,
            ``card_callback`` for card callbacks, and ``unknown`` if DingTalk gave none.
        id: DingTalk's event id; for robot messages the ``msgId``. If DingTalk gives none, a hash of type, time and
            content. Without a time, a hash of the callback's post, which identifies repeated posts; empty on other
            channels.
        time_ns: When the event happened, nanoseconds since the epoch; 0 if DingTalk gave no time.
        userids: The people concerned, as userids (or staff ids, which are the same), including those named only in the
            entries of a list; may be empty.
        corp_id: The organisation; may be empty.
        fields: The other fields, by names in snake_case. Times are milliseconds since the epoch, as int.
        raw: The original content, with secrets replaced by ``***``; for Stream its ``headers`` and ``data``.
        channel: The channel of the first arrival: ``callback``, ``stream``, or ``missed`` (by ``callbacks.failed``).
        received_ns: When the event was received, nanoseconds since the epoch.
        session: The address for replies to a robot message; None for other events, and for events read from the ledger.
        aliases: The ids of the same event on other channels, which give no id or a different time.
        send_reply: Sends the reply to a robot message.
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
    send_reply: SendReply = field(default=_no_reply, repr=False, compare=False)
    _search_text: str = field(default="", init=False, repr=False, compare=False)

    @property
    def happened_ns(self) -> int:
        """When the event happened, or else when it was received; nanoseconds since the epoch."""
        return self.time_ns or self.received_ns

    @property
    def happened_at(self) -> str:
        """`happened_ns` in Beijing time, to the second, as displayed."""
        return f"{datetime.fromtimestamp(self.happened_ns // NS_PER_S, BEIJING):%Y-%m-%d %H:%M:%S}"

    @property
    def search_text(self) -> str:
        """All texts of the event in lower case, for searching; computed once."""
        if not self._search_text:
            texts = (self.type, self.id, self.corp_id, *self.userids, *self.fields.values())
            object.__setattr__(self, "_search_text", "\n".join(map(str, texts)).casefold())
        return self._search_text

    def reply(self, message: Message) -> None:
        """
        Reply to a robot message in its conversation; everyone in the conversation sees the reply.

        A reply is possible in a handler and later, until about 1.5 hours after the message arrived, but not for
        messages read from the ledger: the address for replies is a secret and is not stored.

        Args:
            message: A text, markdown, link or action card. Its columns are `fields` of the event: ``{{ text }}`` is
                the text of the robot message as written. If an f-string inserts that text instead, any ``{{`` in the
                text starts a column.

        Raises:
            InputError: The event is not a robot message, is too old, or was read from the ledger.
            MessageError: A robot cannot send such a message; nothing was sent.
            DingError: DingTalk refuses the reply, or cannot be reached.
        """
        if self.session is None:
            raise InputError(Text("event.no_session", type=self.type), Text("event.no_session_todo"))
        self.session.replies.append(self.send_reply(self.session, message, self.fields))

    @property
    def replies(self) -> tuple[Reply, ...]:
        """The replies that this process has sent, by forms, handlers and calls; oldest first."""
        return () if self.session is None else tuple(self.session.replies)

    def sheet(self) -> Sheet:
        """Return the display of the event, without `raw`."""
        facts: tuple[tuple[Text | str, Text | str], ...] = (
            (Text("event.time"), self.happened_at),
            (Text("event.people"), _shorten(listed(self.userids)) or Text("event.nobody")),
            *((name, _shorten(value)) for name, value in self.fields.items()),
        )
        return Sheet(type_text(self.type), facts=facts)

    def __repr__(self) -> str:
        fields = {"userids": self.userids, **self.fields}
        shown = ", ".join(f"{_shorten(name)}={_shorten(value)}" for name, value in fields.items())
        return f"Event({str(type_text(self.type))!r}, {self.happened_at!r}, {shown})"

    def _repr_html_(self) -> str:
        return self.sheet().to_html()


def type_text(event_type: str) -> Text | str:
    """Return an event type as displayed: its name, if any, and DingTalk's spelling of the type."""
    key = f"{_TYPE_KEY}{event_type}"
    return Text("event.named_type", name=Text(key), type=event_type) if key in translations() else event_type


def similar_type(name: str, other_types: Collection[str] = ()) -> str:
    """
    Return the known event type most similar to an unknown name; empty for a known type, or without a similar type.

    Args:
        name: The name, or what displays call a type.
        other_types: Event types that are known as well, such as the types received.

    >>> similar_type("user_leave"), similar_type("Person left"), similar_type("user_leave_org"), similar_type("edu_new")
    ('user_leave_org', 'user_leave_org', '', '')
    """
    texts_by_type = {
        key.removeprefix(_TYPE_KEY): texts for key, texts in translations().items() if key.startswith(_TYPE_KEY)
    }
    if name in texts_by_type or name in other_types:
        return ""
    types = {shown.casefold(): type_name for type_name, texts in texts_by_type.items() for shown in (type_name, *texts)}
    types |= {type_name.casefold(): type_name for type_name in other_types}
    near = get_close_matches(name.casefold(), types, n=1, cutoff=0.75)
    return types[near[0]] if near else ""


def create_reply_sender(transport: Transport, now_ns: Callable[[], int]) -> SendReply:
    """
    Return a function that replies to a robot message in its conversation.

    Args:
        transport: The transport for calls.
        now_ns: Returns DingTalk's time.
    """

    def reply(session: Session, message: Message, fields: Mapping[str, object]) -> Reply:
        body = robot_body(message, fields)
        expiry_error = InputError(Text("event.session_over"), Text("event.session_over_todo"))
        if session.has_expired(now_ns()):
            raise expiry_error
        try:
            robot.send_reply(transport, session.url, body)
        except ApiError as error:
            if error.code == _NO_SESSION:
                raise expiry_error from error
            raise
        content = body[body["msgtype"]]
        return Reply(now_ns(), content["content"] if "content" in content else content["text"])

    return reply


def _shorten(value: object) -> str:
    # Text written by others must not control the terminal that shows it.
    return truncate(visible(str(value)), _MAX_SHOWN_CHARACTERS)

"""The context of sending: the app, the limits, the clock and the ledger, with its settings from the environment."""

import getpass
import math
import os
import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal, Protocol

from dingnb.auth import Caller
from dingnb.calls.backoff import Backoff
from dingnb.calls.pace import Pace
from dingnb.clock import Clock
from dingnb.errors import InputError
from dingnb.errors.arguments import is_number, read_name, short_repr
from dingnb.ledger import Ledger, Realm
from dingnb.limits import Limits
from dingnb.messages import CardSettings
from dingnb.messages.cards import STANDARD_SETTINGS
from dingnb.transport import ServerTime
from dingnb.words import Text

OPERATOR_VARIABLE = "DINGNB_OPERATOR"
"""Environment variable for the name of the person who uses the ledger."""

_MAX_OPERATOR_LENGTH = 100

REPEAT_AFTER_S = 60.0
"""Default minimum time before an attempt with unknown outcome may be repeated; assumed to exceed delivery time."""

OUTAGE_PATIENCE_S = 600.0
"""Default time from the first failure until work that cannot reach DingTalk gives up."""

BAN_PAUSE_S = 300.0
"""Default pause after DingTalk answers with a block page; bans last 5 minutes (docs/dingtalk.md, "Rates and quota")."""

DurationName = Literal["repeat_after_s", "outage_patience_s", "ban_pause_s"]

_DURATIONS: Mapping[DurationName, tuple[str, float]] = {
    "repeat_after_s": ("DINGNB_REPEAT_AFTER_S", REPEAT_AFTER_S),
    "outage_patience_s": ("DINGNB_OUTAGE_PATIENCE_S", OUTAGE_PATIENCE_S),
    "ban_pause_s": ("DINGNB_BAN_PAUSE_S", BAN_PAUSE_S),
}
"""The environment variables and the defaults of durations."""


class AnswerListener(Protocol):
    """Receives the answers to cards in this process."""

    def for_transport(self, *, over_http: bool) -> "AnswerListener":
        """Return a listener to the answers over HTTP, which a receiver here or elsewhere gets, or over Stream."""

    @property
    def is_listening(self) -> bool:
        """Whether answers are received here."""

    @property
    def listens_to_new_cards(self) -> bool:
        """Whether answers to cards that are sent from now on are received here."""

    @property
    def is_receiving(self) -> bool:
        """Whether this process receives anything, such as events, over Stream or HTTP."""

    @property
    def problem(self) -> Text:
        """Why the connection is down although the listener is running; empty while the connection is up."""

    def include_cards(self) -> None:
        """Let a connection that already receives events receive answers as well."""

    def start(self) -> None:
        """
        Start receiving answers over Stream, unless they are being received already; do nothing over HTTP.

        Raises:
            DingError: Answers cannot be received.
        """

    def stop(self) -> None:
        """Stop receiving anything over Stream, events included; do nothing over HTTP."""


@dataclass(frozen=True, slots=True)
class SendContext:
    """
    The app, its limits, its clock and its ledger, as sending needs them.

    Attributes:
        realm: The app and its mode, which identify its entries in the ledger.
        caller: Makes calls as the app.
        agent_id: The app's agent id.
        pace: Decides when calls may start.
        limits: DingTalk's limits.
        clock: The source of time.
        server_time: DingTalk's time.
        ledger: The database of campaigns.
        repeat_after_s: Minimum time before an attempt with unknown outcome may be repeated, in seconds.
        outage_patience_s: Time from the first failure until work gives up if no call succeeds, in seconds.
        ban_pause_s: Pause of all calls after DingTalk answers with a block page, in seconds.
        app_key: The app key.
        card_settings: How cards are sent.
        listener: Receives the answers to cards in this process; None if the process cannot receive any.
        operator: The person who uses the ledger, as the ledger records the name.
    """

    realm: Realm
    caller: Caller
    agent_id: int
    pace: Pace
    limits: Limits
    clock: Clock
    server_time: ServerTime
    ledger: Ledger
    repeat_after_s: float = REPEAT_AFTER_S
    outage_patience_s: float = OUTAGE_PATIENCE_S
    ban_pause_s: float = BAN_PAUSE_S
    app_key: str = ""
    card_settings: CardSettings = STANDARD_SETTINGS
    listener: AnswerListener | None = None
    operator: str = ""

    def backoff(self) -> Backoff:
        """Return a new `Backoff` for one piece of work."""
        return Backoff(self.clock, outage_patience_s=self.outage_patience_s, ban_pause_s=self.ban_pause_s)

    def now_ns(self) -> int:
        """Return the time for the ledger in nanoseconds since the epoch: DingTalk's, or a shared database's."""
        return self.ledger.now_ns(self.clock, self.server_time.now_ns)


def read_operator(operator: str | None = None) -> str:
    """
    Return the person who uses this ledger: the argument, else from the environment, else the system's user and host.

    A blank name counts as missing.

    Raises:
        InputError: The name is not a single line of text, or is too long.
    """
    given: object = operator
    is_missing = given is None or (isinstance(given, str) and not given.strip())
    name = os.environ.get(OPERATOR_VARIABLE, "") if is_missing else given
    if isinstance(name, str) and not name.strip():
        return _system_operator()
    stripped = read_name(name, "client.bad_operator")
    if len(stripped) > _MAX_OPERATOR_LENGTH:
        raise InputError(Text("client.bad_operator", name=short_repr(name)), Text("client.bad_operator_todo"))
    return stripped


def _system_operator() -> str:
    try:
        user = getpass.getuser()
    except (KeyError, OSError, ImportError):
        # The user of a container may have no name.
        user = str(os.getuid()) if hasattr(os, "getuid") else ""
    name = "".join(character for character in f"{user}@{socket.gethostname()}" if character.isprintable())
    return name[:_MAX_OPERATOR_LENGTH]


def read_seconds(name: DurationName, argument: float | None) -> float:
    """
    Return a duration of `SendContext` in seconds: the argument, else from the environment, else the default.

    Raises:
        InputError: The value is not a finite number, 0 or more.
    """
    variable, default = _DURATIONS[name]
    in_environment = os.environ.get(variable, "").strip()
    value: object = argument if argument is not None else in_environment or default
    number: float | None = None
    if is_number(value) or isinstance(value, str):
        with suppress(ValueError, OverflowError):
            number = float(value)  # type: ignore[arg-type]  # `is_number` has checked it
    if number is None or not 0 <= number < math.inf:
        what = Text("client.bad_seconds", name=name, value=short_repr(value))
        raise InputError(what, Text("client.bad_seconds_todo", variable=variable))
    return number

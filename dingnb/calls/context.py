"""The context of sending: the app, the limits, the clock and the ledger."""

import os
from dataclasses import dataclass

from dingnb.auth import Caller
from dingnb.calls.backoff import Backoff
from dingnb.calls.pace import Pace
from dingnb.clock import Clock
from dingnb.errors import InputError
from dingnb.errors.arguments import is_number, short_repr
from dingnb.ledger import Ledger, Realm
from dingnb.limits import Limits
from dingnb.transport import ServerTime
from dingnb.words import Text

REPEAT_AFTER = "DINGNB_REPEAT_AFTER_S"

REPEAT_AFTER_S = 60.0
"""Minimum time before an attempt with unknown outcome may be repeated; assumed to exceed delivery time."""

OUTAGE_PATIENCE = "DINGNB_OUTAGE_PATIENCE_S"
OUTAGE_PATIENCE_S = 600.0
"""Default time from the first failure until work that cannot reach DingTalk gives up."""

BAN_PAUSE = "DINGNB_BAN_PAUSE_S"
BAN_PAUSE_S = 300.0
"""Default pause after a web page that refuses a call; a ban lasts 5 minutes (docs/dingtalk.md, "Rates and quota")."""


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
        ban_pause_s: Pause of all calls after a web page that refuses a request, in seconds.
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

    def backoff(self) -> Backoff:
        """Return a new `Backoff` for one piece of work."""
        return Backoff(self.clock, outage_patience_s=self.outage_patience_s, ban_pause_s=self.ban_pause_s)

    def now_ns(self) -> int:
        """Return DingTalk's time, used for all times in the ledger: nanoseconds since the epoch."""
        return self.server_time.now_ns()


def read_repeat_after_s(given: float | None) -> float:
    """
    Return `repeat_after_s` as given, else from the environment, else the default.

    Raises:
        InputError: It is not a number of seconds.
    """
    return _read_seconds("repeat_after_s", given, REPEAT_AFTER, REPEAT_AFTER_S)


def read_outage_patience_s(given: float | None) -> float:
    """
    Return `outage_patience_s` as given, else from the environment, else the default.

    Raises:
        InputError: It is not a number of seconds.
    """
    return _read_seconds("outage_patience_s", given, OUTAGE_PATIENCE, OUTAGE_PATIENCE_S)


def read_ban_pause_s(given: float | None) -> float:
    """
    Return `ban_pause_s` as given, else from the environment, else the default.

    Raises:
        InputError: It is not a number of seconds.
    """
    return _read_seconds("ban_pause_s", given, BAN_PAUSE, BAN_PAUSE_S)


def _read_seconds(name: str, given: float | None, variable: str, default: float) -> float:
    named = os.environ.get(variable, "").strip()
    value: object = given if given is not None else named or default
    try:
        found = float(value) if is_number(value) or isinstance(value, str) else -1.0  # type: ignore[arg-type]
    except (ValueError, OverflowError):
        found = -1.0
    if not 0 <= found < float("inf"):
        what = Text("client.bad_seconds", name=name, value=short_repr(value))
        raise InputError(what, Text("client.bad_seconds_todo", variable=variable))
    return found

"""What a plan is sent with: the app, the limits, the time, and the ledger that remembers."""

import os
from dataclasses import dataclass

from dingnb.auth import Caller
from dingnb.calls.backoff import Backoff
from dingnb.calls.pace import Pace
from dingnb.clock import Clock
from dingnb.errors import InputError
from dingnb.errors.arguments import is_number, shown
from dingnb.ledger import Ledger, Realm
from dingnb.limits import Limits
from dingnb.transport import ServerTime
from dingnb.words import say

REPEAT_AFTER = "DINGNB_REPEAT_AFTER_S"

REPEAT_AFTER_S = 60.0
"""So long after a call of unknown outcome it may be repeated; longer than delivery takes (assumption)."""

OUTAGE_PATIENCE = "DINGNB_OUTAGE_PATIENCE_S"
OUTAGE_PATIENCE_S = 600.0
"""Default time, counted from the first failure, after which work gives up that DingTalk cannot be reached for."""

BAN_PAUSE = "DINGNB_BAN_PAUSE_S"
BAN_PAUSE_S = 300.0
"""Default pause after a web page that refuses; a ban lasts 5 minutes (docs/dingtalk.md, "Rates and quota")."""


@dataclass(frozen=True, slots=True)
class Line:
    """
    What a campaign is sent with.

    Attributes:
        realm: The app and its mode, as the ledger tells them from others.
        caller: Calls as the app.
        agent_id: The app's agent id.
        pace: When calls may start.
        limits: What DingTalk allows.
        clock: The source of time.
        server_time: DingTalk's time.
        ledger: What remembers.
        repeat_after_s: So long after a call of unknown outcome it may be repeated, in seconds.
        outage_patience_s: Work gives up so many seconds after the first failure without a success.
        ban_pause_s: No call is made for so many seconds after a web page that refuses.
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
        """Return what decides about repeats of one piece of work."""
        return Backoff(self.clock, outage_patience_s=self.outage_patience_s, ban_pause_s=self.ban_pause_s)

    def now_ns(self) -> int:
        """Return DingTalk's time, in which all that the ledger holds is told: nanoseconds since the epoch."""
        return self.server_time.now_ns()


def read_repeat_after_s(given: float | None) -> float:
    """
    Return after how many seconds a call of unknown outcome may be repeated: as given, else as the environment says.

    Raises:
        InputError: It is no such number.
    """
    return _read_seconds("repeat_after_s", given, REPEAT_AFTER, REPEAT_AFTER_S)


def read_outage_patience_s(given: float | None) -> float:
    """
    Return after how many seconds of an outage work gives up: as given, else as the environment says.

    Raises:
        InputError: It is not a number of seconds.
    """
    return _read_seconds("outage_patience_s", given, OUTAGE_PATIENCE, OUTAGE_PATIENCE_S)


def read_ban_pause_s(given: float | None) -> float:
    """
    Return how many seconds no call is made after a web page that refuses: as given, else as the environment says.

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
        what = say("client.bad_seconds", name=name, value=shown(value))
        raise InputError(what, say("client.bad_seconds_todo", variable=variable))
    return found

"""What a plan is sent with: the app, the limits, the time, and the ledger that remembers."""

import os
from dataclasses import dataclass

from dingnb.auth import Caller
from dingnb.bulk.pace import Pace
from dingnb.clock import Clock
from dingnb.errors import InputError
from dingnb.errors.arguments import is_number, shown
from dingnb.language import say
from dingnb.ledger import Ledger, Realm
from dingnb.limits import Limits
from dingnb.transport import ServerTime

REPEAT_AFTER = "DINGNB_REPEAT_AFTER_S"

REPEAT_AFTER_S = 60.0
"""So long after a call of unknown outcome it may be repeated; longer than delivery takes (assumption)."""


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

    def now_ns(self) -> int:
        """Return DingTalk's time, in which all that the ledger holds is told: nanoseconds since the epoch."""
        return self.server_time.now_ns()


def read_repeat_after_s(given: float | None) -> float:
    """
    Return after how many seconds a call of unknown outcome may be repeated: as given, else as the environment says.

    Raises:
        InputError: It is no such number.
    """
    named = os.environ.get(REPEAT_AFTER, "").strip()
    value: object = given if given is not None else named or REPEAT_AFTER_S
    try:
        repeat_after_s = float(value) if is_number(value) or isinstance(value, str) else -1.0  # type: ignore[arg-type]
    except (ValueError, OverflowError):
        repeat_after_s = -1.0
    if not 0 <= repeat_after_s < float("inf"):
        raise InputError(say("client.bad_repeat", value=shown(value)), say("client.bad_repeat_todo"))
    return repeat_after_s

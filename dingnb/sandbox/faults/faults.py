"""
Faults: which calls do not go as they should, when, and how; a test asks for them.

A rule is made of these fields; all but `fault` may be left out:

======================= ==============================================================================================
field                   meaning
======================= ==============================================================================================
``fault``               one of the names below
``path``                the calls whose path ends so; without it, every call of DingTalk's APIs, token calls too
``nth``                 a number or a list: the 1st, 2nd, ... matching call from now on; each is struck once
``probability``         instead of `nth`: every matching call with this probability, drawn from ``seed`` (0)
``times``               how often it strikes at most; without it, as often as `nth` says, else without end
``delay_s``             how long "delay" lasts
``for_s``               how long "refuse" lasts, or how long any other fault but "delay", "month", "unfinished" and
                        "strangers" goes on for all matching calls after it struck: 0, "throttled_everybody" 1
``executes``            whether the call is worked on, where that may be chosen
======================= ==============================================================================================

Without `nth` and `probability` every matching call is struck. To practise an outage or a ban that lasts:
``{"fault": "busy", "for_s": 120, "times": 1}`` fails all calls for two minutes from the next call on,
``{"fault": "ban_page", "for_s": 300, "times": 1, "nth": 40}`` bans the address at the 40th call for five.

=========================== ==========================================================================================
fault                       what becomes of the call
=========================== ==========================================================================================
``delay``                   it is worked on at once, its answer is held back; adds to whatever else strikes the call
``refuse``                  it is answered, then the port is closed: new connections are refused, open ones end, idle or
                            after the answer under way. Who has changed the sandbox and called nothing stays connected,
                            to open the port; a call through that connection ends it, unanswered.
                            Without `nth` and `probability` this begins at once, whatever is called
``drop_before``             it is read, not worked on, and the connection is closed
``drop_after``              it is worked on, and the connection is closed without an answer
``reset_before``            as ``drop_before``, with a TCP reset
``reset_after``             as ``drop_after``, with a TCP reset
``502``, ``504``, ``html``  a web page with this status, or with 200; worked on only by ``504``, or as `executes` says
``truncated``               it is worked on, the first half of the answer comes
``busy``                    errcode -1; worked on if `executes` says so
``isp``                     errcode 15, isp.*: the back end did not answer in time; worked on unless `executes` is false
``token``                   the token is not accepted
``throttled``               90018: too many calls in this second
``throttled_everybody``     90002 with the time of its end, in Beijing; it goes on for all matching calls until then
``month``                   90020: the month is used up
``ban``                     the answer to a banned address: status 1111
``ban_page``                the same as a web page, with status 403
``unfinished``              a send is accepted, and its task never gets done; another call goes as it should
``strangers``               a result names two people more, whom the task was not sent to; any other answer is true
=========================== ==========================================================================================

The WebSocket of Stream is a call of ``/connect``. "drop" and "reset" end it, "502" and "504" refuse it with this
status, any other fault in place of the answer with 401, as a bad ticket is; its ticket is not used up.

Calls that are not worked on leave no trace but in the record of calls: they use up nothing. Of several rules whose turn
it is, delays and refusals all strike, and the oldest of the others; the turn of the rest is over.

**Time.** Delays and refusals last as long by the sandbox's own time, so that a virtual clock passes over them at once,
and setting the time past their end ends them. While the time is stopped they last as long by the computer's.
"""

import random
import threading
from dataclasses import dataclass
from typing import Any, Protocol

from dingnb.clock import NS_PER_S, seconds
from dingnb.errors import InputError
from dingnb.sandbox.faults.rules import Rule, read_rule

_BESIDE = frozenset({"delay", "refuse"})


class Door(Protocol):
    """What can close the port that the sandbox listens on."""

    @property
    def is_shut(self) -> bool:
        """Whether it is closed."""

    def shut(self, duration_ns: int) -> None:
        """Refuse new connections for so long."""

    def open(self) -> None:
        """Take connections again."""


@dataclass(frozen=True, slots=True)
class Strike:
    """
    What strikes one call.

    Attributes:
        rule: The rule that takes the place of the true answer; None where none does.
        until_ns: When that fault is over.
        delay_ns: How long the answer is held back.
        shut_ns: For how long the port is closed after the answer.
        names: The faults, joined by commas.
    """

    rule: Rule | None = None
    until_ns: int = 0
    delay_ns: int = 0
    shut_ns: int = 0
    names: str = ""


NOTHING = Strike()


@dataclass(slots=True)
class _Active:
    """A rule at work."""

    rule: Rule
    dice: random.Random
    seen: int = 0
    begun: int = 0
    struck: int = 0
    until_ns: int = 0

    def has_turn(self, now_ns: int) -> bool:
        """Count a matching call; return whether the rule would strike it."""
        rule = self.rule
        self.seen += 1
        drawn = rule.probability is None or self.dice.random() < rule.probability
        if now_ns < self.until_ns:
            return True
        if rule.begins_at_once or (rule.times is not None and self.begun >= rule.times):
            return False
        return self.seen in rule.nth if rule.nth else drawn

    def strike(self, now_ns: int) -> None:
        """Count a strike; one that goes on ends with a whole second, as DingTalk's text names it."""
        self.struck += 1
        if now_ns < self.until_ns:
            return
        self.begun += 1
        if self.rule.fault not in _BESIDE and self.rule.for_s:
            self.until_ns = -(-(now_ns + seconds(self.rule.for_s)) // NS_PER_S) * NS_PER_S


class Faults:
    """
    The rules of one sandbox.

    Args:
        lock: The lock of the sandbox's state.
    """

    def __init__(self, lock: threading.RLock) -> None:
        self._lock = lock
        self._rules: list[_Active] = []
        self.door: Door | None = None

    def add(self, fault: str, /, **fields: Any) -> None:  # noqa: ANN401 - checked one by one
        """
        Add a rule; the module tells which fields it may have.

        Raises:
            InputError: A field is unknown or its value cannot be used.

        Example:
            >>> faults = Faults(threading.RLock())
            >>> faults.add("drop_after", path="asyncsend_v2", nth=[1, 4])
            >>> faults.rules()[0]["struck"]
            0
        """
        rule = read_rule({"fault": fault, **fields})
        if rule.fault == "refuse" and self.door is None:
            what, hint = "A fault is 'refuse'.", "Give another one: only the sandbox's own server can close its port."
            raise InputError(what, hint)
        with self._lock:
            active = _Active(rule, random.Random(rule.seed))  # noqa: S311 - repeatable, and no secret
            active.struck = int(rule.begins_at_once)
            self._rules.append(active)
        if rule.begins_at_once and self.door is not None:
            self.door.shut(seconds(rule.for_s))

    def rules(self) -> list[dict[str, Any]]:
        """Return the rules, the oldest first, each with how many calls matched (`seen`) and were `struck`."""
        with self._lock:
            return [
                {
                    "fault": one.rule.fault,
                    "path": one.rule.path,
                    "nth": list(one.rule.nth),
                    "probability": one.rule.probability,
                    "seed": one.rule.seed,
                    "times": one.rule.times,
                    "delay_s": one.rule.delay_s,
                    "for_s": one.rule.for_s,
                    "executes": one.rule.executes,
                    "seen": one.seen,
                    "struck": one.struck,
                }
                for one in self._rules
            ]

    def clear(self) -> None:
        """Remove all rules, and open the port."""
        with self._lock:
            self._rules.clear()
        if self.door is not None:
            self.door.open()

    def strike(self, path: str, now_ns: int) -> Strike:
        """Count a call; return what strikes it."""
        struck: list[_Active] = []
        delay_ns = shut_ns = 0
        main: _Active | None = None
        for one in self._rules:
            if not path.endswith(one.rule.path) or not one.has_turn(now_ns):
                continue
            if one.rule.fault not in _BESIDE:
                if main is not None:
                    continue
                main = one
            one.strike(now_ns)
            struck.append(one)
            delay_ns += seconds(one.rule.delay_s)
            shut_ns = max(shut_ns, seconds(one.rule.for_s) if one.rule.fault == "refuse" else 0)
        if not struck:
            return NOTHING
        names = ",".join(one.rule.fault for one in struck)
        rule, until_ns = (None, 0) if main is None else (main.rule, main.until_ns)
        return Strike(rule, until_ns, delay_ns, shut_ns, names)

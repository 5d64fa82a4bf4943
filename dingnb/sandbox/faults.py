"""
Faults that tests inject into calls.

A rule has these fields; all but `fault` are optional:

======================= ==============================================================================================
field                   meaning
======================= ==============================================================================================
``fault``               one of the names below
``path``                the end of the path of matching calls; by default all calls of DingTalk's APIs, including token
                        calls
``nth``                 a number or a list: the 1st, 2nd, ... matching call from now on, each once
``probability``         instead of `nth`: the probability for each matching call, with the random ``seed`` (default 0)
``times``               the maximum number of injections, not counting continued injections (`for_s`); by default as
                        many as `nth` lists, otherwise unlimited
``delay_s``             the duration of "delay" in seconds
``for_s``               the duration of "refuse" in seconds; for any other fault but "delay", "month", "unfinished",
                        "undelivered" and "strangers", how long the fault continues for all matching calls after an
                        injection: default 0, for "throttled_everybody" 1
``executes``            whether the call is executed, for faults that allow the choice
======================= ==============================================================================================

Without `nth` and `probability` the fault is injected into every matching call. To simulate an outage or a ban:
``{"fault": "busy", "for_s": 120, "times": 1}`` fails all calls for two minutes from the next call on, and
``{"fault": "ban_page", "for_s": 300, "times": 1, "nth": 40}`` bans the address at the 40th call for five minutes.

=========================== ==========================================================================================
fault                       effect on the call
=========================== ==========================================================================================
``delay``                   executed at once, but the answer is delayed; can be combined with any other fault
``refuse``                  answered, then the port is closed: new connections are refused, open connections end when
                            idle or after the current answer. A connection that has only changed the sandbox through
                            the control API stays open, so that it can open the port again; an API call over that
                            connection gets no answer, and the connection ends.
                            Without `nth` and `probability` the port is closed immediately
``drop_before``             read but not executed; the connection is closed
``drop_after``              executed; the connection is closed without an answer
``reset_before``            like ``drop_before``, with a TCP reset
``reset_after``             like ``drop_after``, with a TCP reset
``502``, ``504``, ``html``  a web page with this status, or 200 for ``html``; executed only for ``504``, unless
                            `executes` is set
``truncated``               executed; only the first half of the answer is sent
``busy``                    errcode -1; not executed, unless `executes` is true
``isp``                     errcode 15, isp.*: the back end timed out; executed, unless `executes` is false
``token``                   the token is rejected
``throttled``               90018: too many calls in this second
``throttled_everybody``     90002 with the Beijing time at which the limit ends; continues for all calls until then
``month``                   90020: the monthly quota is used up
``ip_not_allowed``          60020: the caller's address, which the message contains, is not in the app's allowlist
``ban``                     the answer to a banned address: status 1111
``ban_page``                the same as a web page, with HTTP status 403
``unfinished``              a send is accepted, but its task is never done; other calls are not affected
``undelivered``             a call that creates and delivers a card times out after the creation and before the
                            delivery: 504; other calls are not affected. For a timeout after both, inject ``504``
``strangers``               a result contains two people to whom the task was not sent; other calls are not affected
=========================== ==========================================================================================

Calls through the TOP gateway, ``/router/rest``, are executed normally under "unfinished" and "strangers".

The WebSocket of Stream is a call of ``/connect``. The "drop" and "reset" faults end the connection; "502" and "504"
refuse the request with this status; any other fault that replaces the answer refuses the request with 401, like an
invalid ticket. The ticket stays valid.

Calls that are not executed are recorded but count towards no limit. If several rules apply to a call, all delays and
refusals are injected, and of the other rules only the oldest; the rest lose their turn.

**Time.** Delays and refusals are measured in the sandbox's time: a virtual clock skips them, and setting the time past
the end ends them. While the time is stopped, delays and refusals are measured in the computer's time.
"""

import random
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from dingnb.clock import NS_PER_S, seconds_to_ns
from dingnb.errors.arguments import is_integer
from dingnb.sandbox.arguments import refuse_argument, refuse_field
from dingnb.words import Text

_MAX_S = 31 * 24 * 3_600
_COMBINABLE = frozenset({"delay", "refuse"})


@dataclass(frozen=True, slots=True)
class _FaultProperties:
    """
    Properties of one fault.

    Attributes:
        executes: Whether the call is executed by default.
        may_set_executes: Whether a rule may set `executes`.
        required_field: The field that a rule must have besides ``fault``; empty if there is none.
        for_s: Default of the rule's `for_s`; None if the fault has no duration.
    """

    executes: bool = False
    may_set_executes: bool = False
    required_field: str = ""
    for_s: float | None = None


FAULTS_BY_NAME = {
    "delay": _FaultProperties(executes=True, required_field="delay_s"),
    "refuse": _FaultProperties(executes=True, required_field="for_s", for_s=0),
    "drop_before": _FaultProperties(for_s=0),
    "drop_after": _FaultProperties(executes=True, for_s=0),
    "reset_before": _FaultProperties(for_s=0),
    "reset_after": _FaultProperties(executes=True, for_s=0),
    "502": _FaultProperties(may_set_executes=True, for_s=0),
    "504": _FaultProperties(executes=True, may_set_executes=True, for_s=0),
    "html": _FaultProperties(may_set_executes=True, for_s=0),
    "truncated": _FaultProperties(executes=True, for_s=0),
    "busy": _FaultProperties(may_set_executes=True, for_s=0),
    "isp": _FaultProperties(executes=True, may_set_executes=True, for_s=0),
    "token": _FaultProperties(for_s=0),
    "throttled": _FaultProperties(for_s=0),
    "throttled_everybody": _FaultProperties(for_s=1),
    "month": _FaultProperties(),
    "ip_not_allowed": _FaultProperties(for_s=0),
    "ban": _FaultProperties(for_s=0),
    "ban_page": _FaultProperties(for_s=0),
    "unfinished": _FaultProperties(executes=True),
    "undelivered": _FaultProperties(executes=True),
    "strangers": _FaultProperties(executes=True),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule. The module's docstring lists its fields."""

    fault: str
    path: str = ""
    nth: tuple[int, ...] = ()
    probability: float | None = None
    seed: int = 0
    times: int | None = None
    delay_s: float = 0
    for_s: float = 0
    executes: bool = False

    @property
    def starts_immediately(self) -> bool:
        """Whether the rule takes effect without waiting for a call."""
        return self.fault == "refuse" and not self.nth and self.probability is None


class Port(Protocol):
    """The port on which the sandbox listens."""

    @property
    def is_closed(self) -> bool:
        """Whether the port is closed."""

    def close(self, duration_ns: int) -> None:
        """Refuse new connections for this duration."""

    def open(self) -> None:
        """Accept connections again."""


@dataclass(frozen=True, slots=True)
class Injection:
    """
    The faults injected into one call.

    Attributes:
        rule: The rule whose fault replaces the real answer; None if the real answer is returned.
        until_ns: The time at which the rule's fault ends; 0 if it affects this call alone.
        delay_ns: The delay of the answer.
        refuse_ns: The duration for which the port is closed after the answer.
        names: The faults, separated by commas.
    """

    rule: Rule | None = None
    until_ns: int = 0
    delay_ns: int = 0
    refuse_ns: int = 0
    names: str = ""


NO_FAULT = Injection()


@dataclass(slots=True)
class _ActiveRule:
    """A rule and its counters; `start_count` leaves out injections that continued an earlier one, until `until_ns`."""

    rule: Rule
    generator: random.Random
    match_count: int = 0
    start_count: int = 0
    injection_count: int = 0
    until_ns: int = 0

    def count_match(self, now_ns: int) -> bool:
        """Count a matching call, and return whether the rule injects its fault into the call."""
        rule = self.rule
        self.match_count += 1
        is_drawn = rule.probability is None or self.generator.random() < rule.probability
        if now_ns < self.until_ns:
            return True
        if rule.starts_immediately or (rule.times is not None and self.start_count >= rule.times):
            return False
        return self.match_count in rule.nth if rule.nth else is_drawn

    def count_injection(self, now_ns: int) -> None:
        """Count an injection. A continuing injection ends on a whole second, the precision of DingTalk's message."""
        self.injection_count += 1
        if now_ns < self.until_ns:
            return
        self.start_count += 1
        if self.rule.fault not in _COMBINABLE and self.rule.for_s:
            self.until_ns = -(-(now_ns + seconds_to_ns(self.rule.for_s)) // NS_PER_S) * NS_PER_S


class Faults:
    """
    The fault rules of one sandbox.

    Args:
        lock: The lock of the sandbox's state. `inject` is called with the lock held; the other methods acquire it.

    Attributes:
        port: The port that "refuse" closes; None unless the sandbox's own server runs.
    """

    def __init__(self, lock: threading.RLock) -> None:
        self._lock = lock
        self._rules: list[_ActiveRule] = []
        self.port: Port | None = None

    def add(self, fault: str, /, **fields: Any) -> None:  # noqa: ANN401 - checked one by one
        """
        Add a rule. The module's docstring lists the fields.

        Raises:
            InputError: A field is unknown or invalid, fields exclude each other, or the port cannot be closed because
                the sandbox runs on another server.

        Example:
            >>> faults = Faults(threading.RLock())
            >>> faults.add("drop_after", path="asyncsend_v2", nth=[1, 4])
            >>> faults.rules()[0]["injected"]
            0
        """
        rule = read_rule({"fault": fault, **fields})
        if rule.fault == "refuse" and self.port is None:
            refuse_argument("fault", "fault", "refuse", Text("expected.own_server"))
        with self._lock:
            active = _ActiveRule(rule, random.Random(rule.seed))  # noqa: S311 - repeatable, and no secret
            active.injection_count = int(rule.starts_immediately)
            self._rules.append(active)
        if rule.starts_immediately and self.port is not None:
            self.port.close(seconds_to_ns(rule.for_s))

    def rules(self) -> list[dict[str, Any]]:
        """Return the rules, oldest first, each with its numbers of calls `matched` and of faults `injected`."""
        with self._lock:
            return [
                {
                    **asdict(active.rule),
                    "nth": list(active.rule.nth),
                    "matched": active.match_count,
                    "injected": active.injection_count,
                }
                for active in self._rules
            ]

    def clear(self) -> None:
        """Remove all rules and open the port."""
        with self._lock:
            self._rules.clear()
        if self.port is not None:
            self.port.open()

    def inject(self, path: str, now_ns: int) -> Injection:
        """Count a call and return the faults to inject into it."""
        injected: list[_ActiveRule] = []
        delay_ns = refuse_ns = 0
        replacement: _ActiveRule | None = None
        for active in self._rules:
            if not path.endswith(active.rule.path) or not active.count_match(now_ns):
                continue
            if active.rule.fault not in _COMBINABLE:
                if replacement is not None:
                    continue
                replacement = active
            active.count_injection(now_ns)
            injected.append(active)
            delay_ns += seconds_to_ns(active.rule.delay_s)
            refuse_ns = max(refuse_ns, seconds_to_ns(active.rule.for_s) if active.rule.fault == "refuse" else 0)
        if not injected:
            return NO_FAULT
        names = ",".join(active.rule.fault for active in injected)
        rule, until_ns = (None, 0) if replacement is None else (replacement.rule, replacement.until_ns)
        return Injection(rule, until_ns, delay_ns, refuse_ns, names)


def read_rule(fields: Mapping[str, Any]) -> Rule:
    """
    Return the rule with these fields.

    Raises:
        InputError: A field is unknown or invalid, or fields exclude each other.
    """
    name = fields.get("fault")
    properties = FAULTS_BY_NAME.get(name) if isinstance(name, str) else None
    if properties is None or not isinstance(name, str):
        refuse_argument("fault", "fault", name, Text("expected.choice", choices=", ".join(FAULTS_BY_NAME)))
    _check_fields(fields, properties)
    nth, times = fields.get("nth", ()), fields.get("times")
    # NumPy's integers can neither be sent as JSON nor be a seed.
    rule = Rule(
        fault=name,
        path=fields.get("path", ""),
        nth=tuple(sorted(set(map(int, nth if isinstance(nth, list | tuple) else (nth,))))),
        probability=fields.get("probability"),
        seed=int(fields.get("seed", 0)),
        times=None if times is None else int(times),
        delay_s=fields.get("delay_s", 0),
        for_s=fields.get("for_s", properties.for_s or 0),
        executes=fields.get("executes", properties.executes),
    )
    if rule.nth and rule.probability is not None:
        refuse_argument("fault", "probability", rule.probability, Text("expected.nth_or_probability"))
    if rule.starts_immediately and (rule.path or rule.times is not None):
        refuse_argument("fault", "fault", "refuse", Text("expected.refusal"))
    return rule


def _check_fields(fields: Mapping[str, Any], properties: _FaultProperties) -> None:
    name = fields["fault"]
    for key, value in fields.items():
        if key == "fault":
            continue
        if key not in _CHECKS:
            refuse_field("fault", key, ["fault", *_CHECKS])
        expected, accepts = _CHECKS[key]
        if not accepts(value):
            refuse_argument("fault", key, value, expected)
    for key, allowed in (
        ("delay_s", properties.required_field == "delay_s"),
        ("for_s", properties.for_s is not None),
        ("executes", properties.may_set_executes),
    ):
        if key in fields and not allowed:
            refuse_argument("fault", key, fields[key], Text("expected.without_field", field=key, fault=name))
    if properties.for_s and fields.get("for_s") == 0:
        refuse_argument("fault", "for_s", 0, Text("expected.positive_seconds"))
    if properties.required_field and not fields.get(properties.required_field):
        refuse_argument(
            "fault", properties.required_field, fields.get(properties.required_field), Text("expected.positive_seconds")
        )


def _is_number(value: object, minimum: float, maximum: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and minimum <= value <= maximum


def _are_positive_integers(value: object) -> bool:
    if isinstance(value, list | tuple):
        return bool(value) and all(is_integer(item, 1) for item in value)
    return is_integer(value, 1)


_SECONDS = Text("expected.seconds_up_to", most=f"{_MAX_S:,}")

_CHECKS: dict[str, tuple[Text, Callable[[object], bool]]] = {
    "path": (Text("expected.path"), lambda value: isinstance(value, str) and bool(value)),
    "nth": (Text("expected.positives"), _are_positive_integers),
    "probability": (Text("expected.share"), lambda value: _is_number(value, 0, 1)),
    "seed": (Text("expected.not_negative"), lambda value: is_integer(value, 0)),
    "times": (Text("expected.positive"), lambda value: is_integer(value, 1)),
    "delay_s": (_SECONDS, lambda value: _is_number(value, 0, _MAX_S)),
    "for_s": (_SECONDS, lambda value: _is_number(value, 0, _MAX_S)),
    "executes": (Text("expected.flag"), lambda value: isinstance(value, bool)),
}

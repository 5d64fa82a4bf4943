"""Validation of fault rules. `dingnb.sandbox.faults.faults` documents their fields."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from dingnb.errors import InputError

_LONGEST_S = 31 * 24 * 3_600


@dataclass(frozen=True, slots=True)
class _Kind:
    """
    Properties of one fault.

    Attributes:
        executes: Whether the call is executed by default.
        may_choose: Whether a rule may set `executes`.
        needs: The required field, if any.
        for_s: Default of the rule's `for_s`; None if the fault has no duration.
    """

    executes: bool = False
    may_choose: bool = False
    needs: str = ""
    for_s: float | None = None


KINDS = {
    "delay": _Kind(executes=True, needs="delay_s"),
    "refuse": _Kind(executes=True, needs="for_s", for_s=0),
    "drop_before": _Kind(for_s=0),
    "drop_after": _Kind(executes=True, for_s=0),
    "reset_before": _Kind(for_s=0),
    "reset_after": _Kind(executes=True, for_s=0),
    "502": _Kind(may_choose=True, for_s=0),
    "504": _Kind(executes=True, may_choose=True, for_s=0),
    "html": _Kind(may_choose=True, for_s=0),
    "truncated": _Kind(executes=True, for_s=0),
    "busy": _Kind(may_choose=True, for_s=0),
    "isp": _Kind(executes=True, may_choose=True, for_s=0),
    "token": _Kind(for_s=0),
    "throttled": _Kind(for_s=0),
    "throttled_everybody": _Kind(for_s=1),
    "month": _Kind(),
    "ban": _Kind(for_s=0),
    "ban_page": _Kind(for_s=0),
    "unfinished": _Kind(executes=True),
    "strangers": _Kind(executes=True),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule. `dingnb.sandbox.faults.faults` documents its fields."""

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
        """Whether it takes effect without waiting for a call."""
        return self.fault == "refuse" and not self.nth and self.probability is None


def read_rule(fields: Mapping[str, Any]) -> Rule:
    """
    Return the rule with these fields.

    Raises:
        InputError: A field is unknown or its value is invalid.
    """
    name = fields.get("fault")
    kind = KINDS.get(name) if isinstance(name, str) else None
    if kind is None or not isinstance(name, str):
        _refuse("fault", name, f"one of {', '.join(KINDS)}")
    _check_fields(fields, kind)
    nth = fields.get("nth", ())
    rule = Rule(
        fault=name,
        path=fields.get("path", ""),
        nth=tuple(sorted(set(nth))) if isinstance(nth, list | tuple) else (nth,),
        probability=fields.get("probability"),
        seed=fields.get("seed", 0),
        times=fields.get("times"),
        delay_s=fields.get("delay_s", 0),
        for_s=fields.get("for_s", kind.for_s or 0),
        executes=fields.get("executes", kind.executes),
    )
    if rule.nth and rule.probability is not None:
        _refuse("probability", rule.probability, "either nth or probability")
    if rule.starts_immediately and (rule.path or rule.times is not None):
        _refuse("fault", "refuse", "nth or probability with it, or neither path nor times: alone it starts immediately")
    return rule


def _check_fields(fields: Mapping[str, Any], kind: _Kind) -> None:
    name = fields["fault"]
    for key, value in fields.items():
        if key == "fault":
            continue
        if key not in _CHECKS:
            _refuse(key, value, f"one of these fields: fault, {', '.join(_CHECKS)}")
        wanted, accepts = _CHECKS[key]
        if not accepts(value):
            _refuse(key, value, wanted)
    for key, allowed in (
        ("delay_s", kind.needs == "delay_s"),
        ("for_s", kind.for_s is not None),
        ("executes", kind.may_choose),
    ):
        if key in fields and not allowed:
            _refuse(key, fields[key], f"it to another fault: {name!r} has no {key}")
    if kind.for_s and fields.get("for_s") == 0:
        _refuse("for_s", 0, f"more than 0: {name!r} names its end")
    if kind.needs and not fields.get(kind.needs):
        _refuse(kind.needs, fields.get(kind.needs), f"the seconds that {name!r} lasts, more than 0")


def _is_number(value: object, least: float, most: float) -> bool:
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and math.isfinite(value)
        and least <= value <= most
    )


def _is_whole(value: object, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= _LONGEST_S


def _are_whole(value: object) -> bool:
    if isinstance(value, list | tuple):
        return bool(value) and all(_is_whole(one, 1) for one in value)
    return _is_whole(value, 1)


_SECONDS = f"seconds from 0 to {_LONGEST_S:,}"
_CHECKS: dict[str, tuple[str, Callable[[object], bool]]] = {
    "path": ("the end of a path, such as /gettoken", lambda value: isinstance(value, str) and bool(value)),
    "nth": ("a whole number of 1 or more, or a list of such", _are_whole),
    "probability": ("a number from 0 to 1", lambda value: _is_number(value, 0, 1)),
    "seed": ("a whole number of 0 or more", lambda value: _is_whole(value, 0)),
    "times": ("a whole number of 1 or more", lambda value: _is_whole(value, 1)),
    "delay_s": (_SECONDS, lambda value: _is_number(value, 0, _LONGEST_S)),
    "for_s": (_SECONDS, lambda value: _is_number(value, 0, _LONGEST_S)),
    "executes": ("true or false", lambda value: isinstance(value, bool)),
}


def _refuse(name: str, value: object, wanted: str) -> NoReturn:
    what, hint = f"A fault's {name} is {value!r}.", f"Give {wanted}."
    raise InputError(what, hint)

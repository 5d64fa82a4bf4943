"""Settings of the sandbox as words of a command line: `same_content_taken_at=acceptance`, `limits.body_bytes=4000`."""

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any, Literal, get_args, get_origin, get_type_hints

from dingnb.errors import InputError
from dingnb.language import say
from dingnb.limits import STANDARD, Limits
from dingnb.sandbox.settings import SandboxSettings

_LIMIT = "limits."
# These have flags of their own.
_FLAGS = ("users", "seed", "app_key", "app_secret", "agent_id", "corp_id", "limits")
_BOOLEANS = {"true": True, "false": False}
_TYPES = {name: kind for name, kind in get_type_hints(SandboxSettings).items() if name not in _FLAGS} | {
    f"{_LIMIT}{one.name}": int for one in fields(Limits)
}


def read_settings(words: Sequence[str], given: dict[str, Any]) -> SandboxSettings:
    """
    Return settings with values of the form ``NAME=VALUE``.

    Args:
        words: The values; of several for one name, the last.
        given: Further fields of `SandboxSettings`.

    Raises:
        InputError: A name is unknown, or a value cannot be used.

    Example:
        >>> read_settings(["recall_frees_content=true", "limits.body_bytes=9"], {}).limits.body_bytes
        9
    """
    values: dict[str, Any] = {}
    limits: dict[str, int] = {}
    for word in words:
        name, equals, text = word.partition("=")
        if not equals:
            raise InputError(say("sandbox.no_assignment", text=word))
        if name not in _TYPES:
            raise InputError(say("sandbox.no_setting", name=name))
        value = _value(name, text)
        if name.startswith(_LIMIT):
            limits[name.removeprefix(_LIMIT)] = value
        else:
            values[name] = value
    return SandboxSettings(**given, **values, limits=replace(STANDARD, **limits))


def settings_help() -> str:
    """Return the names with their defaults and choices, a line each."""
    plain = SandboxSettings()
    lines = []
    for name in _TYPES:
        source = STANDARD if name.startswith(_LIMIT) else plain
        default = getattr(source, name.removeprefix(_LIMIT))
        shown = str(default).lower() if isinstance(default, bool) else default
        lines.append(f"  {name}={shown}  ({_wanted(name)})")
    return "settings for --set, with their defaults:\n" + "\n".join(lines)


def _value(name: str, text: str) -> Any:  # noqa: ANN401 - of the field's type
    kind = _TYPES[name]
    try:
        if get_origin(kind) is Literal:
            return {choice: choice for choice in get_args(kind)}[text]
        if kind is bool:
            return _BOOLEANS[text]
        value = kind(text)
    except (KeyError, ValueError):
        value = None
    # The comparison refuses what is no number, too.
    least, most = _RANGES.get(name, _RANGE)
    if value is None or not least <= value <= most:
        raise InputError(say("sandbox.bad_setting", name=name, value=text, wanted=_wanted(name))) from None
    return value


_UTC_OFFSET = "day_starts_at_utc_offset_h"
_RANGES = {_UTC_OFFSET: (-23, 23)}
_RANGE = (0, 10**12)


def _wanted(name: str) -> str:
    kind = _TYPES[name]
    if get_origin(kind) is Literal:
        return " | ".join(get_args(kind))
    if kind is bool:
        return "true | false"
    if name == _UTC_OFFSET:
        return "-23 ... 23"
    return "0, 1, 2, ..." if kind is int else "0 ..."

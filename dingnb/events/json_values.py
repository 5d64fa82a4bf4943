"""Parses received JSON, including JSON nested in its strings, within limits."""

import json
from math import isfinite
from typing import Any

from dingnb.errors import InputError
from dingnb.words import Text

_MAX_DEPTH = 100
"""The maximum nesting of JSON; deeper values are refused, or left as text."""

_ENCODER = json.JSONEncoder(ensure_ascii=False)


def parse_object(text: str | bytes) -> dict[str, Any]:
    """
    Parse a text as a JSON object.

    Raises:
        InputError: It is not a JSON object.
    """
    try:
        value = _read(text)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict) or is_too_deep(value):
        raise InputError(Text("event.no_object"), Text("event.no_object_todo"))
    return value


def parse_nested(value: object) -> object:
    """Parse a string that contains a JSON object or list; return anything else unchanged."""
    if not isinstance(value, str) or value[:1] not in {"{", "["}:
        return value
    try:
        found = _read(value)
    except (ValueError, RecursionError):
        return value
    return value if is_too_deep(found) else replace_surrogates(found)


def replace_surrogates(value: Any) -> Any:  # noqa: ANN401 - what JSON holds
    r"""
    Return JSON with lone surrogates, which cannot be written to files, replaced by U+FFFD.

    >>> replace_surrogates({"a": "b\ud83d"}) == {"a": "b\ufffd"}
    True
    """
    text = _ENCODER.encode(value)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.loads(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
    return value


def is_too_deep(value: object) -> bool:
    """Return whether JSON is nested deeper than `_MAX_DEPTH`."""
    level = [value]
    for _ in range(_MAX_DEPTH):
        inside = [
            container.values() if isinstance(container, dict) else container
            for container in level
            if isinstance(container, dict | list)
        ]
        level = [item for each in inside for item in each]
        if not level:
            return False
    return True


def _read(text: str | bytes) -> object:
    """Parse JSON; numbers that JSON cannot represent, such as NaN, become texts."""
    try:
        return json.loads(text, parse_constant=str, parse_float=_number)
    except json.JSONDecodeError:
        raise
    except ValueError:
        # Python does not parse integers of more than 4,300 digits.
        return json.loads(text, parse_constant=str, parse_float=_number, parse_int=_whole_number)


def _whole_number(text: str) -> int | str:
    try:
        return int(text)
    except ValueError:
        return text


def _number(text: str) -> float | str:
    """Return a number, or its digits if it is too large: JSON cannot represent infinity."""
    return number if isfinite(number := float(text)) else text

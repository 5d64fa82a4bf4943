"""Parses received JSON, including JSON nested in strings, within limits."""

import json
from math import isfinite
from typing import Any

from dingnb.errors import InputError
from dingnb.words import Text

_MAX_DEPTH = 100
"""The maximum number of objects and lists inside each other."""

_ENCODER = json.JSONEncoder(ensure_ascii=False)


def parse_object(text: str | bytes) -> dict[str, Any]:
    """
    Parse a text as a JSON object; lone surrogates in its strings are replaced.

    Raises:
        InputError: The text is not a JSON object, or is nested too deeply.
    """
    try:
        value = _loads(text)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise InputError(Text("event.no_object"), Text("event.no_object_todo"))
    return value


def parse_nested(value: object) -> object:
    """
    Parse a string that starts with { or [ as JSON; lone surrogates in the JSON are replaced.

    Anything else is returned unchanged, as are strings with invalid JSON or with JSON that is nested too deeply.
    """
    if not isinstance(value, str) or value[:1] not in {"{", "["}:
        return value
    try:
        return _loads(value)
    except (ValueError, RecursionError):
        return value


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
    """Return whether more than 100 objects and lists of a JSON value are inside each other."""
    containers = [value] if isinstance(value, dict | list) else []
    for _ in range(_MAX_DEPTH):
        children = [container.values() if isinstance(container, dict) else container for container in containers]
        containers = [child for siblings in children for child in siblings if isinstance(child, dict | list)]
        if not containers:
            return False
    return True


def _loads(text: str | bytes) -> object:
    """
    Parse JSON; floats out of range, very long integers and NaN become strings, and lone surrogates are replaced.

    Raises:
        ValueError: The text is not JSON, or is nested too deeply.
        RecursionError: The text is nested far too deeply.
    """
    try:
        parsed = json.loads(text, parse_constant=str, parse_float=_parse_float)
    except json.JSONDecodeError:
        raise
    except ValueError:
        # Python does not parse integers of more than 4,300 digits.
        parsed = json.loads(text, parse_constant=str, parse_float=_parse_float, parse_int=_parse_int)
    if is_too_deep(parsed):
        message = "nested too deeply"
        raise ValueError(message)
    return replace_surrogates(parsed)


def _parse_int(text: str) -> int | str:
    try:
        return int(text)
    except ValueError:
        return text


def _parse_float(text: str) -> float | str:
    """Return a number, or its text if the number is too large for a float."""
    number = float(text)
    return number if isfinite(number) else text

"""Parses presses on cards, which DingTalk reports when a person presses a button or submits a form."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Any

from dingnb.clock import NS_PER_MS
from dingnb.events.json_values import parse_nested
from dingnb.events.parsing import parse_milliseconds
from dingnb.ledger.cards import SUBMIT

MAX_CHARACTERS = 65_536
"""Maximum length of what a press contains. DingTalk documents none; a variable of a card has at most 1 KB."""

_MAX_ID_LENGTH = 256
_CONTENT_KEYS = ("content", "value")
"""The keys under which DingTalk reports what was pressed: ``content``, or ``value`` in older documents."""


class IgnoredReason(StrEnum):
    """
    Why a press is not recorded.

    Attributes:
        UNREADABLE: It names no card or no person, or is another kind of callback.
        TOO_LARGE: It is longer than `MAX_CHARACTERS`.
        FOREIGN: Its card is not in this ledger.
        NOT_ASKED: The card was not sent to its person.
        CLOSED: It was made after the card was closed.
        NOT_OFFERED: The card has no such button or option.
    """

    UNREADABLE = "unreadable"
    TOO_LARGE = "too_large"
    FOREIGN = "foreign"
    NOT_ASKED = "not_asked"
    CLOSED = "closed"
    NOT_OFFERED = "not_offered"


class IgnoredPressError(Exception):
    """
    A press that cannot be recorded.

    Attributes:
        reason: Why the press cannot be recorded.
    """

    def __init__(self, reason: IgnoredReason) -> None:
        self.reason = reason
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Press:
    """
    A press on a card, as DingTalk reports it; no attribute is checked against the card.

    Attributes:
        out_track_id: The card.
        userid: The person.
        action: The id of the button, ``submit`` for a form; empty if the press has no id.
        values: The fields of the form, or the button's parameters besides the id.
        press_id: Identifies the deliveries of this press; may be empty.
        pressed_ns: The time of the press, nanoseconds since the epoch; 0 if unknown.
    """

    out_track_id: str
    userid: str
    action: str
    values: Mapping[str, Any]
    press_id: str = ""
    pressed_ns: int = 0


def parse_press(data: Mapping[str, Any], press_id: str = "", time_ms: object = None) -> Press:
    """
    Parse a press.

    What was pressed is in ``content`` or ``value``, as JSON text or as an object; the ``params`` are inside or beside
    ``cardPrivateData``, or beside ``content``.

    Args:
        data: The data of a Stream frame, or the body of an HTTP callback.
        press_id: Identifies the deliveries of this press.
        time_ms: The time of the press, in milliseconds, as text or number.

    Raises:
        IgnoredPressError: The press is too large, or names no card or no person, or the callback is of another kind.

    >>> pressed = '{"cardPrivateData": {"actionIds": ["yes"]}}'
    >>> parse_press({"outTrackId": "dn-1", "userId": "u1", "content": pressed}).action
    'yes'
    """
    contents = [data[name] for name in _CONTENT_KEYS if data.get(name)]
    if sum(map(_text_length, (*contents, data.get("params")))) > MAX_CHARACTERS:
        raise IgnoredPressError(IgnoredReason.TOO_LARGE)
    card, userid = data.get("outTrackId"), data.get("userId")
    if not (_is_id(card) and _is_id(userid)) or data.get("type", "actionCallback") != "actionCallback":
        raise IgnoredPressError(IgnoredReason.UNREADABLE)
    content = next((parsed for candidate in contents if (parsed := _parse_mapping(candidate))), {})
    private = _parse_mapping(content.get("cardPrivateData"))
    params: dict[str, Any] = {}
    for holder in (data, content, private):
        params |= _parse_mapping(holder.get("params"))
    ids = parse_nested(private.get("actionIds", content.get("actionIds")))
    actions = ids if isinstance(ids, list) else [ids]
    form = parse_nested(params.get("form"))
    action = next((candidate for candidate in (params.pop("id", None), *actions) if _is_id(candidate)), "")
    if isinstance(form, Mapping):
        action, params = SUBMIT, {str(name): unwrap_form_value(value) for name, value in form.items()}
    pressed_ns = (parse_milliseconds(time_ms) or 0) * NS_PER_MS
    return Press(str(card), str(userid), str(action), params, _storable_id(press_id), pressed_ns)


def unwrap_form_value(value: object) -> object:
    """
    Return the value of a form's field, which comes raw, as a list, or as an object with ``value``.

    >>> unwrap_form_value({"index": 0, "value": "a"}), unwrap_form_value(["a", "c"]), unwrap_form_value(3)
    ('a', ['a', 'c'], 3)
    """
    return value["value"] if isinstance(value, Mapping) and "value" in value else value


def _parse_mapping(value: object) -> Mapping[str, Any]:
    parsed = parse_nested(value)
    return parsed if isinstance(parsed, Mapping) else {}


def _storable_id(press_id: str) -> str:
    return press_id if press_id.isprintable() else sha256(press_id.encode(errors="surrogatepass")).hexdigest()


def _is_id(value: object) -> bool:
    # Some databases cannot store other characters, such as NUL.
    return isinstance(value, str) and 0 < len(value) <= _MAX_ID_LENGTH and value.isprintable()


def _text_length(value: object) -> int:
    return len(value) if isinstance(value, str) else len(json.dumps(value, ensure_ascii=False))

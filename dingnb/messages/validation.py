"""Validation of bodies against the tables of `dingnb.messages.types`."""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from dingnb.clock import BEIJING, NS_PER_S
from dingnb.messages.types import CONTROL_CHARACTER, TYPES, Field, MessageType, fits
from dingnb.words import Text, field_name
from dingnb.words.visible import truncate

TYPES_WITH_OPTIONS = frozenset({"SELECT", "MULTI_SELECT"})
"""Types of form fields that let people choose among options."""

_MIDNIGHT = re.compile(r"(\d{4}-\d\d-\d\d)(?:[ T]00:00(?::00(?:\.0+)?)?)?")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_MAX_VALUE_LENGTH = 80

DEADLINE_FORMAT = "%Y-%m-%d %H:%M"
"""Format of a deadline, which is in Beijing time."""

_CODES_BY_KIND = {"media_id": "40007", "picture": "40007"}


@dataclass(frozen=True, slots=True)
class Fault:
    """
    One problem in a body.

    Attributes:
        field: The field, after the message's type: ``markdown.title``.
        problem: The text key without ``message.``: ``missing``, ``too_long``, ``bad_url`` and so on.
        length: The length of the value in characters, bytes or items; 0 if not applicable.
        limit: The limit; 0 without a limit.
        is_refused: Whether DingTalk refuses the value, rather than only advising against it.
        code: The error code with which DingTalk refuses the value.
        value: The value, or the allowed values.
    """

    field: str
    problem: str
    length: int = 0
    limit: int = 0
    is_refused: bool = True
    code: str = "34014"
    value: str = ""

    def sentences(self) -> tuple[Text, Text]:
        """Return the problem and the hint."""
        facts = {
            "field": field_name(self.field),
            "length": self.length,
            "limit": self.limit,
            "over": self.length - self.limit,
            "value": truncate(self.value, _MAX_VALUE_LENGTH),
        }
        return Text(f"message.{self.problem}", **facts), Text(f"message.{self.problem}_todo", **facts)


@dataclass(frozen=True, slots=True)
class RowFailure:
    """
    The failure to render one row.

    Attributes:
        position: The position of the row, from 0.
        column: The column at fault; empty if unknown.
        reason: What is wrong.
        hint: How to fix the problem.
    """

    position: int
    column: str
    reason: Text
    hint: Text


def encode(value: Mapping[str, Any] | list[Any]) -> bytes:
    """
    Return a body, or a part of one, as sent: compact JSON in UTF-8 with minimal escaping.

    Raises:
        UnicodeEncodeError: A text contains a lone surrogate.
    """
    return _json(value).encode()


def decode(body: bytes) -> dict[str, Any]:
    """Return a body as a dict."""
    decoded: dict[str, Any] = json.loads(body)
    return decoded


def find_faults(body: Mapping[str, Any], *, body_bytes: int) -> list[Fault]:
    """
    Return the problems of a work notification's body, in the order of the type's fields; empty if there are none.

    Args:
        body: A rendered message: ``{"msgtype": "text", "text": {"content": "..."}}``.
        body_bytes: The maximum size of `msg` in bytes (`dingnb.limits.Limits.body_bytes`).

    Raises:
        UnicodeEncodeError: A text contains a lone surrogate.
    """
    name = body.get("msgtype")
    message_type = TYPES.get(name) if isinstance(name, str) else None
    if message_type is None or message_type.is_card:
        return [Fault("msgtype", "unknown_type", code="40008", value=str(name))]
    content = body.get(message_type.name)
    if not isinstance(content, Mapping):
        return [Fault(message_type.name, "missing")]
    faults = content_faults(message_type, content)
    # DingTalk requires exactly one type; a second type is not documented (assumption: it is refused).
    faults += [
        Fault(other, "second_type", value=message_type.name) for other in _other_types(message_type) if other in body
    ]
    size = len(encode(body))
    if size > body_bytes:
        faults.append(Fault("msg", "too_many_bytes", size, body_bytes, code="34016"))
    return faults


def _other_types(message_type: MessageType) -> Iterator[str]:
    return (name for name, other in TYPES.items() if other is not message_type and not other.is_card)


def content_faults(message_type: MessageType, content: Mapping[str, Any]) -> list[Fault]:
    """Return the problems of the fields of a type, apart from the total size."""
    faults = [
        fault
        for field in message_type.fields
        for name, value in _values(field.name, content)
        for fault in value_faults(field, f"{message_type.name}.{name}", value)
    ]
    return [*faults, *_choice_faults(message_type, content), *_form_faults(message_type, content)]


def value_faults(field: Field, where: str, value: object) -> Iterator[Fault]:
    """Yield the problems of a value of a field; `where` names the field in the problems."""
    if is_blank(value):
        if field.required:
            yield Fault(where, "missing")
        elif isinstance(value, str) and CONTROL_CHARACTER.search(value):
            # Python treats some control characters as whitespace.
            yield Fault(where, "control", code="40033", value=value)
    elif field.kind == "deadline" and isinstance(value, str):
        if not _is_deadline(value):
            yield Fault(where, "bad_deadline", value=value)
    elif field.kind == "object":
        if not isinstance(value, Mapping):
            yield Fault(where, "not_object", value=type(value).__name__)
    elif field.kind == "list":
        yield from _list_faults(field, where, value)
    elif isinstance(value, str):
        yield from _text_faults(field, where, value)
    else:
        yield Fault(where, "not_text", value=type(value).__name__)


def is_blank(value: object) -> bool:
    """Return whether a value is empty: None, whitespace, an empty list or object."""
    return value is None or (isinstance(value, str) and not value.strip()) or value in ([], {})


def _text_faults(field: Field, where: str, value: str) -> Iterator[Fault]:
    if field.max_characters and len(value) > field.max_characters:
        yield Fault(where, "too_long", len(value), field.max_characters, code="34016")
    elif field.advised_characters and len(value) > field.advised_characters:
        yield Fault(where, "long", len(value), field.advised_characters, is_refused=False)
    if not fits(field.kind, value):
        yield Fault(where, f"bad_{field.kind}", code=_CODES_BY_KIND.get(field.kind, "34014"), value=value)
    elif CONTROL_CHARACTER.search(value):
        yield Fault(where, "control", code="40033", value=value)


def _list_faults(field: Field, where: str, value: object) -> Iterator[Fault]:
    if not isinstance(value, list):
        yield Fault(where, "not_list", value=type(value).__name__)
        return
    if field.max_items and len(value) > field.max_items:
        yield Fault(where, "too_many", len(value), field.max_items, code="34016")
    elif field.shown_items and len(value) > field.shown_items:
        yield Fault(where, "many", len(value), field.shown_items, is_refused=False)
    for key, problem in ((field.unique_key, "repeated"), (field.label_key, "same_label")):
        texts = [item.get(key) for item in value if isinstance(item, Mapping)] if key else []
        if repeated := _first_repeated([text.strip() for text in texts if isinstance(text, str)]):
            yield Fault(where, problem, value=repeated)
    if field.max_characters and (length := len(_json(value))) > field.max_characters:
        yield Fault(where, "list_too_long", length, field.max_characters, code="34016")


def _first_repeated(texts: Sequence[str]) -> str:
    """Return the first text that occurs a second time and is not empty; empty if there is none."""
    return next((text for at, text in enumerate(texts) if text and text in texts[:at]), "")


def _values(name: str, content: object, at: str = "") -> Iterator[tuple[str, object]]:
    head, _, rest = name.partition(".")
    key = head.removesuffix("[]")
    value = content.get(key) if isinstance(content, Mapping) else None
    where = f"{at}{key}"
    if head.endswith("[]"):
        items = value if isinstance(value, list) else []
        for index, item in enumerate(items):
            yield from _values(rest, item, f"{where}[{index}].")
    elif rest and value is not None:
        yield from _values(rest, value, f"{where}.")
    elif not rest:
        yield where, value


def _choice_faults(message_type: MessageType, content: Mapping[str, Any]) -> Iterator[Fault]:
    if not message_type.one_of:
        return
    for field in message_type.fields:
        if field.only_with and not is_blank(content.get(field.name)) and is_blank(content.get(field.only_with)):
            yield Fault(f"{message_type.name}.{field.name}", "only_with", value=field.only_with)
    started = [group for group in message_type.one_of if not all(is_blank(content.get(name)) for name in group)]
    if len(started) != 1:
        choices = " / ".join(" + ".join(group) for group in message_type.one_of)
        yield Fault(message_type.name, "choose_content" if message_type.is_card else "choose_one", value=choices)
        return
    for name in started[0]:
        if is_blank(content.get(name)):
            yield Fault(f"{message_type.name}.{name}", "missing")


def _form_faults(message_type: MessageType, content: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield the faults of the fields of a form."""
    if not any(field.kind == "options" for field in message_type.fields):
        return
    fields = content.get("fields")
    for index, field in enumerate(fields if isinstance(fields, list) else ()):
        if isinstance(field, Mapping):
            yield from form_field_faults(field, f"{message_type.name}.fields[{index}]")


def form_field_faults(item: Mapping[str, Any], where: str) -> Iterator[Fault]:
    """
    Yield the faults of a form's field: no options, repeated or equal-looking options, and a default of another type.

    Args:
        item: The field, as in a message.
        where: The field's name for errors.
    """
    kind, options_text, default = item.get("type"), item.get("options"), item.get("default")
    if kind in TYPES_WITH_OPTIONS:
        options = parse_options(options_text) if isinstance(options_text, str) else []
        if not options:
            yield Fault(f"{where}.options", "no_options")
        for values, problem in zip(zip(*options, strict=True), ("repeated", "same_label"), strict=False):
            if repeated := _first_repeated(values):
                yield Fault(f"{where}.options", problem, value=repeated)
                return
    if isinstance(default, str) and not is_blank(default):
        if kind == "NUMBER" and _NUMBER.fullmatch(default.strip()) is None:
            yield Fault(f"{where}.default", "bad_number", value=default)
        elif kind == "DATE" and not _is_date(strip_midnight(default)):
            yield Fault(f"{where}.default", "bad_date", value=default)


def strip_midnight(text: str) -> str:
    """
    Return a date without the midnight that spreadsheets and CSV files add; other texts unchanged.

    >>> strip_midnight("2026-11-28 00:00:00"), strip_midnight("2026-11-28 18:30")
    ('2026-11-28', '2026-11-28 18:30')
    """
    match = _MIDNIGHT.fullmatch(text.strip())
    return match[1] if match else text


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def parse_deadline_ns(text: str) -> int:
    """
    Return a time in Beijing, which may have full-width digits and colons, as nanoseconds since the epoch.

    Raises:
        ValueError: The text is not a date with a time.

    >>> parse_deadline_ns("1970-01-01 08:01") == parse_deadline_ns("1970-01-01 ０８：０１ ") == 60 * NS_PER_S
    True
    """
    moment = datetime.strptime(_half_width(text), DEADLINE_FORMAT).replace(tzinfo=BEIJING)
    return round(moment.timestamp()) * NS_PER_S


def _half_width(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()


def _is_deadline(text: str) -> bool:
    if not fits("deadline", _half_width(text)):
        return False
    try:
        parse_deadline_ns(text)
    except ValueError:
        return False
    return True


def parse_options(lines: str) -> list[tuple[str, str]]:
    r"""
    Return the options in a text with one on each line, as pairs of the answer's value and the text that people see.

    >>> parse_options("Tea\nlate=After 18:00")
    [('Tea', 'Tea'), ('late', 'After 18:00')]
    """
    options = []
    for line in filter(None, map(str.strip, lines.splitlines())):
        value, separator, text = (part.strip() for part in line.partition("="))
        options.append((value, text) if separator and value and text else (line, line))
    return options


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

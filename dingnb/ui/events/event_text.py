"""An event as text: its name, a summary on one line, its fields, and its raw data."""

import json
from collections.abc import Iterator

from dingnb.clock import NS_PER_MS
from dingnb.events.event import ROBOT_MESSAGE, Event
from dingnb.events.parsing import is_time_field
from dingnb.ui.kit.times import format_time
from dingnb.words import listed, say
from dingnb.words.catalogue import translations
from dingnb.words.visible import truncate

_MAX_FIELDS = 4
_MAX_VALUE_LENGTH = 60
_MAX_RAW_LENGTH = 20_000
_MAX_MESSAGE_LENGTH = 5_000

_FIELDS_FIRST = ("title", "name", "content", "remark", "type", "result", "status", "action")
_SUFFIXES_LAST = ("_id", "_ids", "_code", "_url", "_key", "_token")


def type_name(event_type: str) -> str:
    """Return the name of an event type in the current language; the type itself if it has no name."""
    key = f"event_type.{event_type}"
    return say(key) if key in translations() else event_type


def field_label(name: str) -> str:
    """Return the name of a field in the current language; the field itself if it has no name."""
    key = f"event_field.{name}"
    return say(key) if key in translations() else name


def summarize(event: Event) -> str:
    """Return an event on one line: the text of a message, else the most informative of its fields."""
    if message := message_text(event):
        return " ".join(message.split())
    fields = [(name, value) for name, value in event.fields.items() if value not in ("", None, [], {})]
    fields.sort(key=lambda field: _rank(field[0]))
    return " · ".join(
        say("events_form.labelled", label=field_label(name), value=truncate(value_text(name, value), _MAX_VALUE_LENGTH))
        for name, value in fields[:_MAX_FIELDS]
    )


def message_text(event: Event) -> str:
    """Return the text of a robot message, shortened for display; empty for other events."""
    text = event.fields.get("text")
    if event.type != ROBOT_MESSAGE or not isinstance(text, str):
        return ""
    return truncate(text, _MAX_MESSAGE_LENGTH)


def value_text(name: str, value: object) -> str:
    """Return the value of a field as text."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    if isinstance(value, int) and is_time_field(name, value):
        return format_time(value * NS_PER_MS)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return str(listed(value))
    return json.dumps(value, ensure_ascii=False)


def facts_of(event: Event) -> list[tuple[str, str]]:
    """Return the labels and values of the general facts of an event; a missing time or id is said to be missing."""
    when = format_time(event.time_ns) if event.time_ns else say("events_form.no_time")
    fields = (
        # A type with a name is shown as the heading.
        ("type", event.type if type_name(event.type) == event.type else ""),
        ("time", when),
        ("received_at", format_time(event.received_ns)),
        ("people", _people(event)),
        ("channel", say(f"events_form.channel_{event.channel}")),
        ("id", event.id or say("events_form.no_id")),
        ("corp_id", event.corp_id),
    )
    return [(say(f"events_form.fact_{name}"), value) for name, value in fields if value]


def field_rows(event: Event) -> Iterator[list[tuple[str, str]]]:
    """
    Yield each field as a row of `parts.table`: its name and its value, below which a time has its number.

    The text that `message_text` returns is left out.
    """
    for name, value in event.fields.items():
        if name == "text" and message_text(event):
            continue
        text = value_text(name, value)
        is_time = isinstance(value, int) and not isinstance(value, bool) and is_time_field(name, value)
        yield [(field_label(name), ""), (text, str(value) if is_time else "")]


def raw_json(event: Event) -> str:
    """Return the raw data as indented JSON, shortened for display; secrets were replaced when the event arrived."""
    return truncate(json.dumps(event.raw, ensure_ascii=False, indent=2), _MAX_RAW_LENGTH)


def _people(event: Event) -> str:
    people, nick = str(listed(event.userids)), event.fields.get("sender_nick")
    if event.type != ROBOT_MESSAGE or not isinstance(nick, str) or not nick or nick == people:
        return people
    return say("events_form.sender", name=nick, userids=people) if people else nick


def _rank(name: str) -> int:
    """Return the place of a field in a summary: lower numbers come first."""
    if name in _FIELDS_FIRST:
        return 0
    if name == "url" or name.endswith(_SUFFIXES_LAST):
        return 2
    return 1

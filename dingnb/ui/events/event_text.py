"""An event as a short text, and all its fields as a table."""

import json
from collections.abc import Iterator

from dingnb.events.event import ROBOT_MESSAGE, Event
from dingnb.events.parsing import is_time_field
from dingnb.ui.kit.times import moment_ns
from dingnb.words import say
from dingnb.words.catalogue import words
from dingnb.words.visible import truncate

_NS_PER_MS = 1_000_000
_FIELDS_SHOWN = 4
_LETTERS_SHOWN = 60
_RAW_SHOWN = 20_000
_WRITTEN_SHOWN = 5_000

_FIRST = ("title", "name", "content", "remark", "type", "result", "status", "action")
_LAST = ("_id", "_ids", "_code", "_url", "_key", "_token")


def type_name(event_type: str) -> str:
    """Return the name of an event type in the current language; the type itself if it has none."""
    key = f"event_type.{event_type}"
    return say(key) if key in words() else event_type


def field_label(name: str) -> str:
    """Return the name of a field in the current language; the field itself if it has none."""
    key = f"event_field.{name}"
    return say(key) if key in words() else name


def summary_of(event: Event) -> str:
    """Return an event on one line: the text of a message, else its most informative fields first."""
    if written := written_in(event):
        # Joined emoji are split here: their joiner is invisible.
        return " ".join(written.replace("\u200d", "").split())
    fields = [(name, value) for name, value in event.fields.items() if value not in ("", None, [], {})]
    fields.sort(key=lambda field: _rank(field[0]))
    return " · ".join(
        say("events_form.labelled", label=field_label(name), value=truncate(value_text(name, value), _LETTERS_SHOWN))
        for name, value in fields[:_FIELDS_SHOWN]
    )


def written_in(event: Event) -> str:
    """Return the text of a message, shortened for a page; empty for other events."""
    text = event.fields.get("text")
    if event.type != ROBOT_MESSAGE or not isinstance(text, str):
        return ""
    return truncate(text, _WRITTEN_SHOWN)


def value_text(name: str, value: object) -> str:
    """Return the value of a field as text."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    if isinstance(value, int) and is_time_field(name, value):
        return moment_ns(value * _NS_PER_MS)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ", ".join(value)
    return json.dumps(value, ensure_ascii=False)


def facts_of(event: Event) -> list[tuple[str, str]]:
    """Return the facts that every event has, with their labels."""
    when = moment_ns(event.time_ns) if event.time_ns else say("events_form.no_time")
    fields = (
        # Otherwise the heading names it.
        ("type", event.type if type_name(event.type) == event.type else ""),
        ("time", when),
        ("received_at", moment_ns(event.received_ns)),
        ("people", _who(event)),
        ("channel", say(f"events_form.channel_{event.channel}")),
        ("id", event.id or say("events_form.no_id")),
        ("corp_id", event.corp_id),
    )
    return [(say(f"events_form.fact_{name}"), value) for name, value in fields if value]


def rows_of(event: Event) -> Iterator[list[tuple[str, str]]]:
    """Yield a row for each field except the text of `written_in`: name and value, for a time also the number."""
    for name, value in event.fields.items():
        if name == "text" and written_in(event):
            continue
        text = value_text(name, value)
        is_moment = isinstance(value, int) and not isinstance(value, bool) and is_time_field(name, value)
        yield [(field_label(name), ""), (text, str(value) if is_moment else "")]


def raw_of(event: Event) -> str:
    """Return the raw data as indented JSON, shortened for a page; secrets were replaced when it arrived."""
    return truncate(json.dumps(event.raw, ensure_ascii=False, indent=2), _RAW_SHOWN)


def _who(event: Event) -> str:
    people, nick = ", ".join(event.userids), event.fields.get("sender_nick")
    if event.type != ROBOT_MESSAGE or not isinstance(nick, str) or not nick or nick == people:
        return people
    return f"{nick} ({people})" if people else nick


def _rank(name: str) -> int:
    return 0 if name in _FIRST else 2 if name.endswith(_LAST) or name == "url" else 1

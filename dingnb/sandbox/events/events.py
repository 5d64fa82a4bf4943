"""
Events: how tests request them, and how each channel formats them.

docs/dingtalk.md, "Events", describes the three formats.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, get_args

from dingnb.sandbox.arguments import refuse_argument
from dingnb.words import Text

EventFormat = Literal["legacy", "console", "stream"]

EVENT_FORMATS: tuple[EventFormat, ...] = get_args(EventFormat)

# Of each kind, the first name that exists counts; those after it may be fields of the data: "type" in approvals,
# "timestamp" in the formats of the console and of Stream, "corpid" in chats.
_TYPE_FIELDS = ("eventtype", "event_type", "type")
_ID_FIELDS = ("event_id", "eventid")
_TIME_FIELDS = ("eventtime", "event_time", "eventborntime", "time", "timestamp")
_CORP_FIELDS = ("eventcorpid", "corp_id", "corpid")
_UNUSED_FIELDS = ("bizid",)
_MAX_MS = int(datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp()) * 1_000
# Events of these types keep the names of their fields in the legacy format; in all others, names are capitalised.
_CAMEL_CASE_PREFIXES = ("bpms_", "hrm_", "workflow_")
_FLAT_PREFIXES = ("user_", "org_")
_FAILED_PAYLOAD_KEYS = {"bpms_": "bpmsCallBackData", "label_": "roleLabelChange"}
_LOWER_CASE_FIELDS = frozenset({"action", "scope", "name", "type"})


@dataclass(frozen=True, slots=True)
class Event:
    """
    One event.

    Attributes:
        type: The type, such as ``user_add_org``.
        id: The id, by which repeats are recognised.
        at_ms: The time of the event.
        corp_id: The organisation's id.
        data: The data in the format of Stream.
    """

    type: str
    id: str
    at_ms: int
    corp_id: str
    data: dict[str, Any]

    def format_as(self, event_format: EventFormat) -> dict[str, Any]:
        """Return the content of an HTTP callback in a format."""
        return _FORMATTERS[event_format](self)

    @property
    def failed_payload(self) -> dict[str, Any]:
        """The content of the event in the list of failed callbacks."""
        for prefix, name in _FAILED_PAYLOAD_KEYS.items():
            if self.type.startswith(prefix):
                return {name: self.data, "corpid": self.corp_id}
        if self.type.startswith(_FLAT_PREFIXES):
            return {**{name.lower(): value for name, value in self.data.items()}, "corpid": self.corp_id}
        return {"callbackData": self.data, "corpid": self.corp_id}

    @property
    def headers(self) -> dict[str, str]:
        """The headers of the event on Stream."""
        return {
            "eventType": self.type,
            "eventId": self.id,
            "eventCorpId": self.corp_id,
            "eventBornTime": str(self.at_ms),
        }


@dataclass(frozen=True, slots=True)
class EventRequest:
    """
    An event requested by a test. The sandbox fills in values that are None or empty.

    Attributes:
        type: The type.
        id: The id.
        at_ms: The time of the event.
        corp_id: The organisation's id.
        data: The data, possibly incomplete.
        event_format: The format over HTTP; None for that of the subscription.
    """

    type: str
    id: str
    at_ms: int | None
    corp_id: str
    data: dict[str, Any]
    event_format: EventFormat | None


def read_event_request(fields: Mapping[str, Any]) -> EventRequest:
    """
    Read an event request, with its fields in ``data`` or flat as in any `EventFormat`.

    Raises:
        InputError: A field is invalid, or beside ``data``.

    Example:
        >>> read_event_request({"EventType": "check_in", "StaffId": "manager0001"}).data
        {'StaffId': 'manager0001'}
    """
    rest = dict(fields)
    event_type, event_id, at, corp_id = (
        _pop_field(rest, names) for names in (_TYPE_FIELDS, _ID_FIELDS, _TIME_FIELDS, _CORP_FIELDS)
    )
    _pop_field(rest, _UNUSED_FIELDS)
    event_format = rest.pop("format", None)
    has_data = "data" in rest
    data = rest.pop("data") if has_data else rest
    if has_data and rest:
        name, value = next(iter(rest.items()))
        refuse_argument("event", name, value, Text("expected.inside_data"))
    if not (isinstance(event_type, str) and event_type):
        refuse_argument("event", "type", event_type, Text("expected.event_type"))
    if event_format is not None and event_format not in EVENT_FORMATS:
        refuse_argument("event", "format", event_format, Text("expected.choice", choices=", ".join(EVENT_FORMATS)))
    if not isinstance(data, dict):
        refuse_argument("event", "data", data, Text("expected.object"))
    for name, value in (("event_id", event_id), ("corp_id", corp_id)):
        if not (value is None or isinstance(value, str)):
            refuse_argument("event", name, value, Text("expected.text"))
    return EventRequest(
        event_type, event_id or "", None if at is None else _parse_milliseconds(at), corp_id or "", data, event_format
    )


def _pop_field(fields: dict[str, Any], names: tuple[str, ...]) -> Any:  # noqa: ANN401 - any JSON
    """Remove a field and return its value, by the first of these names that exists, ignoring case."""
    for name in names:
        found = [field for field in fields if field.lower() == name]
        if found:
            values = [fields.pop(key) for key in found]
            return values[0]
    return None


def _parse_milliseconds(at: object) -> int:
    at_ms: int | None = None
    if isinstance(at, int) and not isinstance(at, bool):
        at_ms = at
    elif isinstance(at, str):
        with suppress(ValueError):
            at_ms = int(at) if at.isascii() and at.isdigit() else _milliseconds_of_iso_time(at)
    if at_ms is None:
        refuse_argument("event", "time", at, Text("expected.time"))
    if not 0 <= at_ms <= _MAX_MS:
        refuse_argument("event", "time", at, Text("expected.years"))
    return at_ms


def _milliseconds_of_iso_time(at: str) -> int | None:
    """Return the milliseconds since the epoch; None if the time has no zone."""
    parsed = datetime.fromisoformat(at)
    return None if parsed.tzinfo is None else round(parsed.timestamp() * 1_000)


def _format_legacy(event: Event) -> dict[str, Any]:
    if event.type.startswith(_CAMEL_CASE_PREFIXES):
        return {"EventType": event.type, "corpId": event.corp_id, **event.data}
    data = {
        name if name in _LOWER_CASE_FIELDS else name[:1].upper() + name[1:]: value for name, value in event.data.items()
    }
    return {"EventType": event.type, "CorpId": event.corp_id, "TimeStamp": str(event.at_ms), **data}


def _format_console(event: Event) -> dict[str, Any]:
    envelope = {"EventType": event.type, "EventTime": event.at_ms, "CorpId": event.corp_id}
    return {**envelope, "BizId": event.id.upper(), "eventId": event.id, **event.data}


def _format_stream(event: Event) -> dict[str, Any]:
    return {**event.headers, **event.data}


_FORMATTERS: Mapping[EventFormat, Callable[[Event], dict[str, Any]]] = {
    "legacy": _format_legacy,
    "console": _format_console,
    "stream": _format_stream,
}

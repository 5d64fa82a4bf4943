"""Events, and how each channel formats them (docs/dingtalk.md, "Events")."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

EventFormat = Literal["legacy", "console", "stream"]

EVENT_FORMATS: tuple[EventFormat, ...] = get_args(EventFormat)

# Events of these types keep the names of their fields in the legacy format; in other types, most names are capitalised.
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

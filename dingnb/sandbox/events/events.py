"""
Events: what a test says of one, what it becomes, and how each channel spells it.

docs/dingtalk.md, "Events", has the three spellings.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NoReturn, get_args

from dingnb.errors import InputError

Spelling = Literal["legacy", "console", "stream"]

SPELLINGS: tuple[Spelling, ...] = get_args(Spelling)

# Approvals have a "type" of their own beside it.
_TYPE = ("eventtype", "event_type", "type")
_ID = ("event_id", "eventid")
_TIME = ("eventtime", "event_time", "time")
_CORP = ("corp_id", "corpid")
# These keep their names in the legacy spelling; samples of the others have capitals there.
_CAMEL_TYPES = ("bpms_", "hrm_", "workflow_")
_PLAIN = ("user_", "org_")
_MISSED = ((("bpms_",), "bpmsCallBackData"), (("label_",), "roleLabelChange"))
_SMALL = frozenset({"action", "scope", "name", "type"})


@dataclass(frozen=True, slots=True)
class Event:
    """
    One event.

    Attributes:
        type: Such as ``user_add_org``.
        id: By which repeats are recognised.
        at_ms: When it happened.
        corp_id: The organisation's id.
        data: In the spelling of Stream.
    """

    type: str
    id: str
    at_ms: int
    corp_id: str
    data: dict[str, Any]

    def spelled(self, spelling: Spelling) -> dict[str, Any]:
        """Return it as a callback over HTTP carries it."""
        return _SPELLED[spelling](self)

    @property
    def missed(self) -> dict[str, Any]:
        """What the list of failed callbacks says of it."""
        for families, name in _MISSED:
            if self.type.startswith(families):
                return {name: self.data, "corpid": self.corp_id}
        if self.type.startswith(_PLAIN):
            return {**{name.lower(): value for name, value in self.data.items()}, "corpid": self.corp_id}
        return {"callbackData": self.data, "corpid": self.corp_id}

    @property
    def headers(self) -> dict[str, str]:
        """Its headers on Stream."""
        return {
            "eventType": self.type,
            "eventId": self.id,
            "eventCorpId": self.corp_id,
            "eventBornTime": str(self.at_ms),
        }


@dataclass(frozen=True, slots=True)
class Wish:
    """
    An event as a test asks for it; what is None or empty is left to the sandbox.

    Attributes:
        type: Its type.
        id: Its id.
        at_ms: When it happened.
        corp_id: The organisation's id.
        data: What it says of the data.
        spelling: How it is spelled over HTTP.
    """

    type: str
    id: str
    at_ms: int | None
    corp_id: str
    data: dict[str, Any]
    spelling: Spelling | None


def read_wish(wanted: Mapping[str, Any]) -> Wish:
    """
    Return what a test asks for: with ``data``, or as flat as a callback.

    Raises:
        InputError: A part of it cannot be understood.

    Example:
        >>> read_wish({"EventType": "check_in", "StaffId": "manager0001"}).data
        {'StaffId': 'manager0001'}
    """
    rest = dict(wanted)
    event_type, event_id, at, corp_id = (_taken(rest, names) for names in (_TYPE, _ID, _TIME, _CORP))
    spelling = rest.pop("spelling", None)
    data = rest.pop("data", rest)
    if not (isinstance(event_type, str) and event_type):
        _refuse("type", event_type, "the type of the event, such as user_add_org")
    if spelling is not None and spelling not in SPELLINGS:
        _refuse("spelling", spelling, f"one of {', '.join(SPELLINGS)}")
    if not isinstance(data, dict):
        _refuse("data", data, "an object")
    for name, value in (("event_id", event_id), ("corp_id", corp_id)):
        if not (value is None or isinstance(value, str)):
            _refuse(name, value, "a text")
    return Wish(event_type, event_id or "", None if at is None else _ms(at), corp_id or "", data, spelling)


def _taken(fields: dict[str, Any], names: tuple[str, ...]) -> Any:  # noqa: ANN401 - any JSON
    """Take a field out by the first of these names that there is, in any case."""
    for name in names:
        found = [one for one in fields if one.lower() == name]
        if found:
            values = [fields.pop(one) for one in found]
            return values[0]
    return None


def _ms(at: object) -> int:
    if isinstance(at, int) and not isinstance(at, bool):
        return at
    if isinstance(at, str) and at.isascii() and at.isdigit():
        return int(at[:15])
    try:
        moment = datetime.fromisoformat(str(at))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        _refuse("time", at, "milliseconds since the epoch, or an ISO 8601 time with its zone")
    return round(moment.timestamp() * 1_000)


def _refuse(name: str, value: object, wanted: str) -> NoReturn:
    what, hint = f"An event's {name} is {value!r}.", f"Give {wanted}."
    raise InputError(what, hint)


def _legacy(event: Event) -> dict[str, Any]:
    if event.type.startswith(_CAMEL_TYPES):
        return {"EventType": event.type, "corpId": event.corp_id, **event.data}
    data = {name if name in _SMALL else name[:1].upper() + name[1:]: value for name, value in event.data.items()}
    return {"EventType": event.type, "CorpId": event.corp_id, "TimeStamp": str(event.at_ms), **data}


def _console(event: Event) -> dict[str, Any]:
    envelope = {"EventType": event.type, "EventTime": event.at_ms, "CorpId": event.corp_id}
    return {**envelope, "BizId": event.id.upper(), "eventId": event.id, **event.data}


def _stream(event: Event) -> dict[str, Any]:
    return {**event.headers, **event.data}


_SPELLED: Mapping[Spelling, Callable[[Event], dict[str, Any]]] = {
    "legacy": _legacy,
    "console": _console,
    "stream": _stream,
}

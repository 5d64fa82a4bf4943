"""Events as a DataFrame."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd

from dingnb.bulk.results import ZONE, moments
from dingnb.errors import InputError
from dingnb.events.event import Event
from dingnb.language import say

FIRST = ("time", "type", "event_id", "userids", "corp_id", "channel", "received_at")
LAST = "raw"
_FIXED = frozenset({*FIRST, LAST, "userid"})
_NS_PER_MS = 1_000_000
_IS_TIME = ("_time", "_at", "time_stamp")


def events_frame(events: Sequence[Event]) -> pd.DataFrame:
    """Return events as `EventLog.to_frame` describes it."""
    frame = pd.DataFrame(
        {
            "time": moments([one.time_ns for one in events]),
            "type": pd.array([one.type for one in events], dtype="str"),
            "event_id": _texts([one.id for one in events]),
            "userids": pd.Series([list(one.userids) for one in events], dtype="object"),
            "corp_id": _texts([one.corp_id for one in events]),
            "channel": pd.array([one.channel for one in events], dtype="str"),
            "received_at": moments([one.received_ns for one in events]),
        }
    )
    names = dict.fromkeys(name for one in events for name in one.fields)
    told = {column_of(name): _column(name, [one.fields.get(name) for one in events]) for name in names}
    raw = pd.array([json.dumps(one.raw, ensure_ascii=False) for one in events], dtype="str")
    return pd.concat([frame, pd.DataFrame(told, index=frame.index), pd.DataFrame({LAST: raw})], axis=1)


def person_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame of events with a row for each person: `userid` takes the place of `userids`."""
    exploded = frame.explode("userids", ignore_index=True).rename(columns={"userids": "userid"})
    exploded["userid"] = exploded["userid"].astype("str")
    return exploded


def column_of(name: str) -> str:
    """
    Return the column of a field: its name, unless a column of all events has it.

    >>> column_of("title"), column_of("type")
    ('title', 'data_type')
    """
    return f"data_{name}" if name in _FIXED else name


def read_moment(value: object, argument: str) -> int:
    """
    Return a time that somebody gave, in nanoseconds; without a zone it is Beijing's.

    Raises:
        InputError: It is none.
    """
    try:
        moment = pd.Timestamp(value)  # type: ignore[arg-type] # it refuses what it cannot read
        zoned = moment.tz_localize(ZONE) if moment.tzinfo is None else moment
        return int(zoned.as_unit("ns").value)
    except (ValueError, TypeError, OverflowError, AttributeError):
        what = say("event.bad_time", argument=argument, value=value)
    raise InputError(what, say("event.bad_time_todo"))


def chooser(
    type: str | Sequence[str] | None,  # noqa: A002 - the word that analysts read in the frame
    since: object,
    until: object,
) -> Callable[[Event], bool]:
    """
    Return what tells whether an event is of some types and times.

    An event without a time of its own counts from when it came.

    Raises:
        InputError: A time cannot be read.
    """
    types = read_types(type)
    first_ns = None if since is None else read_moment(since, "since")
    end_ns = None if until is None else read_moment(until, "until")

    def is_chosen(event: Event) -> bool:
        happened_ns = event.time_ns or event.received_ns
        return (
            (not types or event.type in types)
            and (first_ns is None or happened_ns >= first_ns)
            and (end_ns is None or happened_ns < end_ns)
        )

    return is_chosen


def read_types(given: str | Sequence[str] | None) -> frozenset[str]:
    """
    Return the types that are meant; none where all are.

    Raises:
        InputError: It is neither a type's name nor a list of them.
    """
    if given is None or given == "*":
        return frozenset()
    names = [given] if isinstance(given, str) else given
    is_list = isinstance(names, list | tuple | set | frozenset) and bool(names)
    if is_list and all(one and isinstance(one, str) for one in names):
        return frozenset(names)
    raise InputError(say("event.bad_type", value=given), say("event.bad_type_todo"))


def _texts(values: Sequence[str]) -> pd.Series:
    return pd.Series([one or None for one in values], dtype="str")


def _column(name: str, values: Sequence[Any]) -> pd.Series | pd.DatetimeIndex:
    present = [one for one in values if one is not None]
    kinds = {type(one) for one in present}
    if kinds == {int} and name.endswith(_IS_TIME):
        return moments([None if one is None else one * _NS_PER_MS for one in values])
    if kinds == {bool}:
        return pd.Series(values, dtype="boolean")
    if kinds == {int} and all(-(2**63) <= one < 2**63 for one in present):
        return pd.Series(values, dtype="Int64")
    if kinds == {str}:
        return pd.Series(values, dtype="str")
    return pd.Series(values, dtype="object")

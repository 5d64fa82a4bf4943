"""Events as a DataFrame."""

import json
import re
from collections.abc import Sequence
from typing import Any

import pandas as pd

from dingnb.clock import NS_PER_MS
from dingnb.events.event import Event
from dingnb.events.parsing import is_time_field
from dingnb.tables.exports import MAX_TEXT_LENGTH, escape_invalid
from dingnb.tables.timestamps import timestamps
from dingnb.words import say

FIRST_COLUMNS = ("time", "type", "event_id", "userids", "corp_id", "channel", "received_at")
LAST_COLUMN = "raw"
_FIXED_COLUMN = re.compile(f"(?:data_)*(?:{'|'.join((*FIRST_COLUMNS, LAST_COLUMN, 'userid'))})")
_MAX_EXACT_FLOAT = 2**53
_MAX_ESCAPE_LENGTH = 6
"""The maximum number of characters with which a workbook escapes a character that it cannot store."""


def events_frame(events: Sequence[Event]) -> pd.DataFrame:
    """Return events as a DataFrame in the format of `Events.to_frame`."""
    frame = pd.DataFrame(
        {
            "time": timestamps([event.time_ns for event in events]),
            "type": pd.array([event.type for event in events], dtype="str"),
            "event_id": _text_series([event.id for event in events]),
            "userids": pd.Series([list(event.userids) for event in events], dtype="object"),
            "corp_id": _text_series([event.corp_id for event in events]),
            "channel": pd.array([event.channel for event in events], dtype="str"),
            "received_at": timestamps([event.received_ns for event in events]),
        }
    )
    names = dict.fromkeys(name for event in events for name in event.fields)
    columns = {column_name(name): _field_series(name, [event.fields.get(name) for event in events]) for name in names}
    raw = pd.array([json.dumps(event.raw, ensure_ascii=False) for event in events], dtype="str")
    return pd.concat([frame, pd.DataFrame(columns, index=frame.index), pd.DataFrame({LAST_COLUMN: raw})], axis=1)


def person_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """Return one row per event and person; `userid` replaces `userids`, and events without people are dropped."""
    # A row without a userid would be joined to all rows of another frame that have none.
    with_people = frame[frame["userids"].astype("bool")]
    exploded = with_people.explode("userids", ignore_index=True).rename(columns={"userids": "userid"})
    exploded["userid"] = exploded["userid"].astype("str")
    return exploded


def flat_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame of events for a file, with lists and objects as text."""
    flat = frame.copy(deep=False)
    for name in flat.columns[flat.dtypes == "object"]:
        # Not by `map`, which turns a number of 20 digits into a float where another cell is empty.
        flat[name] = pd.Series([_as_text(value) for value in flat[name]], index=flat.index, dtype="object")
    return flat


def sheet_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame of events for a workbook: `flat_frame`, with texts too long for a cell truncated."""
    flat = flat_frame(frame)
    for name in flat.columns[(flat.dtypes == "object") | (flat.dtypes == "str")]:
        if any(isinstance(value, str) and _MAX_ESCAPE_LENGTH * len(value) > MAX_TEXT_LENGTH for value in flat[name]):
            flat[name] = pd.Series([_truncate(value) for value in flat[name]], index=flat.index, dtype="object")
    return flat


def column_name(name: str) -> str:
    """
    Return the column of a field: its name, prefixed if it collides with a fixed column.

    >>> column_name("title"), column_name("type"), column_name("data_type"), column_name("data_list")
    ('title', 'data_type', 'data_data_type', 'data_list')
    """
    return f"data_{name}" if _FIXED_COLUMN.fullmatch(name) else name


def _text_series(values: Sequence[str | None]) -> pd.Series:
    return pd.Series([value or None for value in values], dtype="str")


def _field_series(name: str, values: Sequence[Any]) -> pd.Series | pd.DatetimeIndex:
    times = [None if _is_blank(value) else value for value in values]
    if any(times) and all(time is None or (type(time) is int and is_time_field(name, time)) for time in times):
        return timestamps([None if time is None else time * NS_PER_MS for time in times])
    values = [None if value == "" else value for value in values]
    non_empty = [value for value in values if value is not None]
    types = {type(value) for value in non_empty}
    if types == {bool}:
        return pd.Series(values, dtype="boolean")
    if types == {int} and all(-(2**63) <= value < 2**63 for value in non_empty):
        return pd.Series(values, dtype="Int64")
    if types == {float} or (types == {float, int} and all(abs(value) < _MAX_EXACT_FLOAT for value in non_empty)):
        return pd.Series(values, dtype="Float64")
    if types == {str}:
        return _text_series(values)
    return pd.Series(values, dtype="object")


def _is_blank(value: object) -> bool:
    """Return whether a value means no time: some events have 0 or an empty string for what has not happened yet."""
    return type(value) in {int, str} and value in {0, "", "0"}


def _as_text(value: object) -> object:
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ", ".join(value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value


def _truncate(value: object) -> object:
    """Return a text truncated to the size of a cell, with a note of the text's length; other values unchanged."""
    if not isinstance(value, str):
        return value
    units = escape_invalid(value).encode("utf-16-le")
    if len(units) <= 2 * MAX_TEXT_LENGTH:
        return value
    note = say("event.cut", n=len(value))
    return units[: 2 * (MAX_TEXT_LENGTH - len(note))].decode("utf-16-le", "ignore") + note

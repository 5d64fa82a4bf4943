"""Errors for calls that differ from the recorded calls."""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from dingnb.testing.recorded_call import RecordedCall
from dingnb.words import Text, count

_MAX_LINES = 8
_MAX_PATHS = 6
_MAX_VALUE_LENGTH = 160
_ABSENT = object()


class NumberedCall(NamedTuple):
    """A position on the tape, and the call recorded there."""

    position: int
    call: RecordedCall


class TapeError(AssertionError):
    """
    The calls differ from the recorded calls.

    A `TapeError` is not a `DingError`, so handlers of `DingError` do not catch it.

    Args:
        lines: The lines of the error's text.
    """

    def __init__(self, *lines: Text | str) -> None:
        super().__init__(*lines)

    def __str__(self) -> str:
        return "\n".join(map(str, self.args))

    def _render_traceback_(self) -> list[str]:
        """Return the lines that a notebook shows instead of a traceback."""
        return f"{type(self).__name__}: {self}".splitlines()


def unknown_call_error(
    name: str, call: RecordedCall, recorded: Sequence[RecordedCall], unplayed: set[int]
) -> TapeError:
    """
    Return the error for a call that matches no recorded call.

    Args:
        name: The name of the tape.
        call: The call.
        recorded: All recorded calls.
        unplayed: The positions of recorded calls that have not been played.
    """
    lines = [Text("tape.unknown", name=name, call=call.title)]
    same = [other for other in recorded if other.key == call.key]
    nearest = _nearest(call, recorded, unplayed)
    if same:
        lines.append(Text("tape.again", calls=count("call", len(same))))
    elif nearest is not None:
        position, differences = nearest
        lines.append(Text("tape.nearest", number=position + 1))
        lines += differences[:_MAX_LINES]
        if len(differences) > _MAX_LINES:
            lines.append(Text("tape.more_differences", n=len(differences) - _MAX_LINES))
    elif recorded:
        paths = list(dict.fromkeys(other.title for other in recorded))
        lines.append(Text("tape.no_such_path", paths=", ".join(paths[:_MAX_PATHS])))
    else:
        lines.append(Text("tape.nothing"))
    return TapeError(*lines, Text("tape.changed_todo"))


def unplayed_calls_error(name: str, unplayed: Sequence[NumberedCall]) -> TapeError:
    """Return the error for recorded calls that were not played."""
    lines = [Text("tape.unplayed", name=name, calls=count("call", len(unplayed)))]
    lines += [
        Text("tape.unplayed_call", number=position + 1, call=call.title, body=_format_body(call))
        for position, call in unplayed[:_MAX_LINES]
    ]
    if len(unplayed) > _MAX_LINES:
        lines.append(Text("tape.more_unplayed", n=len(unplayed) - _MAX_LINES))
    return TapeError(*lines, Text("tape.changed_todo"))


def _nearest(call: RecordedCall, recorded: Sequence[RecordedCall], unplayed: set[int]) -> tuple[int, list[Text]] | None:
    candidates = [position for position, other in enumerate(recorded) if other.url == call.url]
    if not candidates:
        return None
    fields = call.fields()
    differences = {position: _differences(recorded[position].fields(), fields) for position in candidates}
    # An unplayed call is a more likely match than one that has been played.
    position = min(candidates, key=lambda candidate: (candidate not in unplayed, len(differences[candidate])))
    return position, differences[position]


def _differences(recorded: dict[str, Any], asked: dict[str, Any]) -> list[Text]:
    lines = []
    for path in dict.fromkeys([*recorded, *asked]):
        before, after = recorded.get(path, _ABSENT), asked.get(path, _ABSENT)
        if before is _ABSENT:
            lines.append(Text("tape.only_now", path=path, asked=_format(after)))
        elif after is _ABSENT:
            lines.append(Text("tape.only_recorded", path=path, recorded=_format(before)))
        elif json.dumps(before) != json.dumps(after):
            before_text, after_text = _format_difference(before, after)
            lines.append(Text("tape.differs", path=path, recorded=before_text, asked=after_text))
    return lines


def _format_difference(before: object, after: object) -> tuple[str, str]:
    """Return both values formatted; for long texts, only the part around the first difference."""
    if not (isinstance(before, str) and isinstance(after, str)) or max(len(before), len(after)) <= _MAX_VALUE_LENGTH:
        return _format(before), _format(after)
    first = next(
        (position for position, pair in enumerate(zip(before, after, strict=False)) if pair[0] != pair[1]),
        min(len(before), len(after)),
    )
    start = max(first - _MAX_VALUE_LENGTH // 4, 0)
    lead = "…" if start else ""
    return _format(lead + before[start:]), _format(lead + after[start:])


def _format_body(call: RecordedCall) -> str:
    return "" if call.content.kind == "empty" else _format(call.content.value)


def _format(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _MAX_VALUE_LENGTH else f"{text[:_MAX_VALUE_LENGTH]}…"

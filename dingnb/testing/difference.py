"""Says how a call differs from what was recorded."""

import json
from collections.abc import Sequence
from typing import Any

from dingnb.testing.recorded_call import RecordedCall
from dingnb.words import count, say

Numbered = tuple[int, RecordedCall]

_MOST_LINES = 8
_MOST_PATHS = 6
_LONGEST_VALUE = 160
_ABSENT = object()


class TapeError(AssertionError):
    """
    What was called is not what was recorded.

    It is no `DingError`, so that nothing that handles those can swallow it.
    """

    def _render_traceback_(self) -> list[str]:
        """Show these lines in a notebook instead of frames."""
        return f"{type(self).__name__}: {self}".splitlines()


def unknown_call(name: str, asked: RecordedCall, recorded: Sequence[RecordedCall], unplayed: set[int]) -> TapeError:
    """
    Return the error for a call that no recorded one answers.

    Args:
        name: The tape's.
        asked: The call.
        recorded: All recorded calls.
        unplayed: The places of those whose answer is still there.
    """
    lines = [say("tape.unknown", name=name, call=asked.title)]
    same = [one for one in recorded if one.key == asked.key]
    nearest = _nearest(asked, recorded, unplayed)
    if same:
        lines.append(say("tape.again", calls=count("call", len(same))))
    elif nearest is not None:
        place, differences = nearest
        lines.append(say("tape.nearest", number=place + 1))
        lines += differences[:_MOST_LINES]
        if len(differences) > _MOST_LINES:
            lines.append(say("tape.more_differences", n=len(differences) - _MOST_LINES))
    elif recorded:
        paths = list(dict.fromkeys(one.title for one in recorded))
        lines.append(say("tape.no_such_path", paths=", ".join(paths[:_MOST_PATHS])))
    else:
        lines.append(say("tape.nothing"))
    return TapeError("\n".join([*lines, say("tape.changed_todo")]))


def unmade_calls(name: str, unplayed: Sequence[Numbered]) -> TapeError:
    """Return the error for recorded calls that were not made."""
    lines = [say("tape.unmade", name=name, calls=count("call", len(unplayed)))]
    lines += [
        say("tape.unmade_call", number=place + 1, call=call.title, body=_shown(call.content.meaning))
        for place, call in unplayed[:_MOST_LINES]
    ]
    if len(unplayed) > _MOST_LINES:
        lines.append(say("tape.more_unmade", n=len(unplayed) - _MOST_LINES))
    return TapeError("\n".join([*lines, say("tape.changed_todo")]))


def _nearest(asked: RecordedCall, recorded: Sequence[RecordedCall], unplayed: set[int]) -> tuple[int, list[str]] | None:
    # A call whose answer is still there was more likely meant than one that has been made.
    candidates = [place for place, one in enumerate(recorded) if one.place == asked.place]
    if not candidates:
        return None
    fields = asked.fields()
    differences = {place: _differences(recorded[place].fields(), fields) for place in candidates}
    place = min(candidates, key=lambda one: (one not in unplayed, len(differences[one])))
    return place, differences[place]


def _differences(recorded: dict[str, Any], asked: dict[str, Any]) -> list[str]:
    lines = []
    for path in dict.fromkeys([*recorded, *asked]):
        was, is_now = recorded.get(path, _ABSENT), asked.get(path, _ABSENT)
        if was is _ABSENT:
            lines.append(say("tape.only_asked", path=path, asked=_shown(is_now)))
        elif is_now is _ABSENT:
            lines.append(say("tape.only_recorded", path=path, recorded=_shown(was)))
        elif json.dumps(was) != json.dumps(is_now):
            was_shown, now_shown = _both_shown(was, is_now)
            lines.append(say("tape.differs", path=path, recorded=was_shown, asked=now_shown))
    return lines


def _both_shown(was: object, is_now: object) -> tuple[str, str]:
    """Return both values; of long texts the piece around their first difference."""
    if not (isinstance(was, str) and isinstance(is_now, str)) or max(len(was), len(is_now)) <= _LONGEST_VALUE:
        return _shown(was), _shown(is_now)
    first = next(
        (place for place, pair in enumerate(zip(was, is_now, strict=False)) if pair[0] != pair[1]),
        min(len(was), len(is_now)),
    )
    start = max(first - _LONGEST_VALUE // 4, 0)
    lead = "…" if start else ""
    return _shown(lead + was[start:]), _shown(lead + is_now[start:])


def _shown(value: object) -> str:
    if value is None:
        return ""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"

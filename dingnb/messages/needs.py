"""The columns of a row that a message requires."""

from collections.abc import Mapping

from dingnb.messages.message import Message
from dingnb.messages.rows import MISSING

_STAND_INS = (1, "2000-01-01")
"""Substitutes for values missing from the row: a number, or a text that is also a date."""


def needed_columns(message: Message, values: Mapping[str, object]) -> tuple[str, ...]:
    """
    Return the columns without which this row cannot be rendered, in alphabetical order, found by trying.

    Where the row cannot be rendered with them either, what is behind the place at which it fails is not seen.

    Args:
        message: The message.
        values: The value of each used column in one row; `MISSING` is one that the row does not have.

    >>> from dingnb.messages import text
    >>> needed_columns(text("{{ name }} {{ net | default('–') }}"), {"name": "Ann", "net": 5})
    ('name',)
    """
    rows = [{name: values[name] for name in message.columns}]
    if any(value is MISSING for value in rows[0].values()):
        rows += [{name: one if value is MISSING else value for name, value in rows[0].items()} for one in _STAND_INS]
    for row in rows:
        failed = _failing_without(message, row)
        if "" not in failed:
            return tuple(failed)
    blamed = [_failing_without(message, row) for row in rows]
    return tuple(sorted({name for one in blamed for name, column in one.items() if name and column == name}))


def _failing_without(message: Message, row: Mapping[str, object]) -> dict[str, str]:
    """Return the columns without which the row fails, each with the column at fault; "" is the row as it is."""
    tried = ["", *row]
    columns = {name: [MISSING if name == left_out else value for left_out in tried] for name, value in row.items()}
    return {tried[failure.position]: failure.column for failure in message.render_rows(columns, len(tried)).failures}

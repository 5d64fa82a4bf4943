"""The names of columns as forms show them."""

from typing import Final

import pandas as pd

from dingnb.recipients.evidence import ID_KINDS
from dingnb.recipients.match_choices import CHOSEN, LEFT_OUT
from dingnb.recipients.matching import COLUMNS, MATCHED_COLUMNS
from dingnb.recipients.row_matcher import CONFLICT, NAME_AND_DEPARTMENT, NAME_ONLY, NONE, REPEATED, SEVERAL
from dingnb.tables.cells import ATTRS_KEY, renamed_columns_of
from dingnb.words import Text, say

MATCH_COLUMN, REASON_COLUMN = COLUMNS[1:]
"""The columns that say how a row was matched, and why."""

_MATCH_KEYS: Final = {kind: f"match.kind_{kind}" for kind in ID_KINDS} | {
    result: f"names_form.result_{result.replace(' ', '_')}"
    for result in (NAME_AND_DEPARTMENT, NAME_ONLY, SEVERAL, REPEATED, CONFLICT, NONE, CHOSEN, LEFT_OUT)
}


def column_title(frame: pd.DataFrame, name: str) -> str:
    """Return the title of a column for the user: the name in the file as well, if the column was renamed."""
    if name in added_by_matching(frame):
        return say(f"names_form.column_{name}")
    original = next((before for before, now in renamed_columns_of(frame).items() if now == name), "")
    return say("compose.renamed_column", column=original, name=name) if original else name


def with_column_titles(frame: pd.DataFrame, text: Text) -> Text:
    """Return a reason that names a column by its title, as `column_title` returns it."""
    fields = dict(text.fields)
    column = fields.get("column")
    return Text(text.key, **fields | {"column": column_title(frame, column)}) if isinstance(column, str) else text


def added_by_matching(frame: pd.DataFrame) -> tuple[str, ...]:
    """Return the columns that matching has added to describe its results; none if the rows were not matched."""
    report = frame.attrs.get(ATTRS_KEY)
    is_matched = isinstance(report, dict) and MATCHED_COLUMNS in report
    return (MATCH_COLUMN, REASON_COLUMN) if is_matched else ()


def match_text(value: str) -> str:
    """Return a cell of the column that says how a row was matched, for the user."""
    return say(_MATCH_KEYS[value]) if value in _MATCH_KEYS else value

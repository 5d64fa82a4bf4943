"""The titles of columns for the user: the headings in the file of the list."""

from collections import Counter
from collections.abc import Mapping
from functools import cache
from typing import Any, Final, get_args, overload

import pandas as pd

from dingnb.recipients.directory import COLUMNS as DIRECTORY_COLUMNS
from dingnb.recipients.evidence import ID_KINDS, KINDS
from dingnb.recipients.match_choices import CHOSEN, LEFT_OUT
from dingnb.recipients.matching import ADDED_COLUMNS, MATCHED_COLUMNS
from dingnb.recipients.row_matcher import (
    CONFLICT,
    NAME_AND_DEPARTMENT,
    NAME_ONLY,
    NOT_FOUND,
    REPEATED,
    SEVERAL_CANDIDATES,
)
from dingnb.tables.frame_report import is_from_directory, renamed_columns_of, report_of
from dingnb.words import Language, Text, TextLike, in_language, say

MATCH_COLUMN, REASON_COLUMN = ADDED_COLUMNS[1:]
"""The columns that say how a row was matched, and why."""

_LISTS: Final = frozenset({"listed", "few"})
"""Keys of texts that list names, made by `listed` and `listed_briefly`."""

_COLUMN_FIELDS: Final = frozenset({"column", "columns", "kinds", "near"})
"""Fields of texts that name columns: `kinds` names columns with addresses, `near` columns with a similar name."""

_MATCH_KEYS: Final = {kind: f"match.kind_{kind}" for kind in ID_KINDS} | {
    result: f"names_form.result_{result.replace(' ', '_')}"
    for result in (NAME_AND_DEPARTMENT, NAME_ONLY, SEVERAL_CANDIDATES, REPEATED, CONFLICT, NOT_FOUND, CHOSEN, LEFT_OUT)
}


def column_titles(frame: pd.DataFrame, *, is_from_ledger: bool = False) -> dict[object, str]:
    """
    Return the title of each column by its label: the heading in the file if the column was renamed, else the label.

    The columns of people who were read from the directory are named in the current language.

    A heading that several columns have is followed by the label, which distinguishes them.

    Args:
        frame: The rows.
        is_from_ledger: Whether `frame` was read from the ledger, which does not keep the file's headings. Then the
            title of a kind of evidence (`KINDS`) is in the current language. All kinds get a title, even without a
            column, because reasons may name columns that the ledger did not store.
    """
    added = added_by_matching(frame)
    headings = headings_of_renamed(frame)
    if is_from_ledger:
        headings = {kind: say(f"match.kind_{kind}") for kind in KINDS}
    if is_from_directory(frame):
        headings = {name: _directory_title(name) for name in DIRECTORY_COLUMNS}
    titles: dict[object, str] = {
        label: say(f"names_form.column_{label}") if str(label) in added else headings.get(str(label), str(label))
        for label in frame.columns.tolist()
    }
    counts = Counter(titles.values())
    unstored: dict[object, str] = {kind: title for kind, title in headings.items() if is_from_ledger}
    return unstored | {
        label: say("compose.renamed_column", column=title, name=label)
        if counts[title] > 1 and title != str(label)
        else title
        for label, title in titles.items()
    }


def headings_of_renamed(frame: pd.DataFrame) -> dict[object, str]:
    """Return the heading in the file of each renamed column, by its label."""
    return {now: " ".join(before.split()) for before, now in renamed_columns_of(frame).items()}


def labels_by_tag_name(frame: pd.DataFrame) -> dict[str, str]:
    """
    Return the labels of columns by the names that tags may use as well.

    Tags may use the headings in the file or, for people who were read from the directory, the titles of the columns.
    """
    return renamed_columns_of(frame) | (_directory_names() if is_from_directory(frame) else {})


def resolve_label(frame: pd.DataFrame, name: object) -> object:
    """
    Return the label of the column that a user names, by its label or by another name that tags may use as well.

    Any other value is returned unchanged.
    """
    if not isinstance(name, str) or name in frame.columns:
        return name
    return labels_by_tag_name(frame).get(name.strip(), name)


def resolve_labels(frame: object, argument: object) -> Any:  # noqa: ANN401 - of the argument's type
    """Return an argument with the labels of the columns that it names: one, a list, or the values of a mapping."""
    if not isinstance(frame, pd.DataFrame):
        return argument
    if isinstance(argument, Mapping):
        return {kind: resolve_label(frame, name) for kind, name in argument.items()}
    if isinstance(argument, list | tuple):
        return [resolve_label(frame, name) for name in argument]
    return resolve_label(frame, argument)


@cache
def _directory_names() -> dict[str, str]:
    """Return the names of the directory's columns by their titles in all languages."""
    names: dict[str, str] = {}
    for language in get_args(Language):
        with in_language(language):
            names |= {_directory_title(name): name for name in DIRECTORY_COLUMNS}
    return names


def _directory_title(name: str) -> str:
    return say(f"directory.column_{name}")


@overload
def with_column_titles(titles: Mapping[object, str], text: Text) -> Text: ...


@overload
def with_column_titles(titles: Mapping[object, str], text: TextLike) -> TextLike: ...


def with_column_titles(titles: Mapping[object, str], text: TextLike) -> TextLike:
    """Return a text with the titles of `column_titles` in the fields that name columns; a string is unchanged."""
    if not isinstance(text, Text):
        return text
    fields = {name: _with_titles(titles, value, names_columns=name in _COLUMN_FIELDS) for name, value in text.fields}
    return Text(text.key, **fields)


def _with_titles(titles: Mapping[object, str], value: object, *, names_columns: bool) -> object:
    if isinstance(value, Text) and names_columns and value.key in _LISTS:
        fields = {name: _with_titles(titles, part, names_columns=name == "names") for name, part in value.fields}
        return Text(value.key, **fields)
    if isinstance(value, Text):
        return with_column_titles(titles, value)
    if isinstance(value, tuple):
        return tuple(_with_titles(titles, item, names_columns=names_columns) for item in value)
    return titles.get(value, value) if names_columns else value


def added_by_matching(frame: pd.DataFrame) -> tuple[str, ...]:
    """Return the columns that matching has added to describe its results; empty if the rows were not matched."""
    return (MATCH_COLUMN, REASON_COLUMN) if MATCHED_COLUMNS in report_of(frame) else ()


def match_text(value: str) -> str:
    """Return a cell of the column that says how a row was matched, for the user."""
    return say(_MATCH_KEYS[value]) if value in _MATCH_KEYS else value

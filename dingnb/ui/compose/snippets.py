"""The snippets that the compose form inserts into a field: column tags, formats, texts by column and Markdown."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, Final

import numpy as np
import pandas as pd

from dingnb.messages import MISSING
from dingnb.messages.column_names import expression_for, tag_for, text_literal
from dingnb.messages.template import template_of
from dingnb.recipients.addresses import column_of
from dingnb.tables.cells import read_plain_values
from dingnb.tables.factorize import Factorized, factorize_column
from dingnb.tables.headers import ID_COLUMNS, canonical_name
from dingnb.ui.kit.parts import short
from dingnb.words import say

MARKDOWN_KINDS: Final = ("bold", "link", "list")
"""The kinds of Markdown that buttons insert, each with the text ``snippet.NAME``."""

_MAX_COLUMNS = 40
_NUMBER_FILTERS = ("money", "number")
_SHARE_FILTERS = (*_NUMBER_FILTERS, "percent")
_DATE_FILTERS = ("date", 'date("%m月%d日")')
_AMOUNT = re.compile(
    r"-?(?:0|[1-9]\d{0,8}|(?:0|[1-9]\d{0,11})\.\d+|[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?)",
    re.ASCII,
)
"""
An amount as text.

Integers of ten or more digits without separators, and integers that start with 0, are ids or phone numbers instead.
"""

_DATE = re.compile(r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}.*", re.ASCII | re.DOTALL)

MAX_VALUES: Final = 200
"""The maximum number of different values of a column whose values can have texts of their own."""

_SAMPLE_ROWS = 2_000
_COMPARABLE_TYPES: tuple[frozenset[type], ...] = (
    frozenset({str}),
    frozenset({int, float}),
    frozenset({bool}),
    frozenset({date}),
)
"""Types that the values of one column may have together: text is not compared with numbers or dates."""


def with_separator(snippet: str, text: str) -> str:
    r"""
    Return a snippet to add at the end of a text, with the line break or the space that it needs before it.

    >>> with_separator("{{ name }}", "Hi "), with_separator("{{ name }}", "{"), with_separator("- item", "Hi")
    ('{{ name }}', ' {{ name }}', '\n- item')
    """
    if snippet.startswith("- ") and text and not text.endswith("\n"):
        return f"\n{snippet}"
    # Directly after a brace, a tag would have another meaning.
    return f" {snippet}" if text.endswith("{") and snippet.startswith("{") else snippet


def markdown_snippet(kind: str) -> str:
    """Return a snippet of Markdown, in the current language."""
    return say(f"snippet.{kind}")


def conditional_snippet(texts: Sequence[tuple[str, str]], other: str) -> str:
    r"""
    Return a snippet with the text of the first condition that holds, or else with `other`; a text may be blank.

    Args:
        texts: At least one condition, each with the text to write after its tag.
        other: The text if no condition holds.

    >>> print(conditional_snippet([('city == "Oslo"', "Hei"), ('city == "Paris"', "Salut")], "Hi"))
    {% if city == "Oslo" -%}
    Hei
    {%- elif city == "Paris" -%}
    Salut
    {%- else -%}
    Hi
    {%- endif %}
    """
    (first, first_text), *rest = texts
    lines = [f"{{% if {first} -%}}", first_text.strip()]
    for condition, text in rest:
        lines += [f"{{%- elif {condition} -%}}", text.strip()]
    return "\n".join([*lines, "{%- else -%}", other.strip(), "{%- endif %}"])


def formatted_tags(
    tags: Mapping[str, str], titles: Mapping[object, str], example_value: Callable[[str], object]
) -> Iterator[tuple[str, str]]:
    """
    Yield tags with a filter that suits the column, each after a description that ends with an example.

    Columns of ids, and columns after the first 40, are left out.

    Args:
        tags: The tag of each column.
        titles: The title of each column, as `column_titles` returns them.
        example_value: Returns the value of a column that its example shows.
    """
    for column, tag in list(tags.items())[:_MAX_COLUMNS]:
        if canonical_name(column) in ID_COLUMNS:
            continue
        value = example_value(column)
        for name in _filters_of(value):
            template = template_of(_with_filter(tag_for(column), name), column).for_columns([column])
            [text], failures = template.render_rows({column: [value]}, 1)
            if not failures:
                yield f"{short(titles[column])} | {name} → {short(text)}", _with_filter(tag, name)


def _with_filter(tag: str, name: str) -> str:
    return f"{tag.removesuffix(' }}')} | {name} }}}}"


def _filters_of(value: object) -> tuple[str, ...]:
    if isinstance(value, date) or (isinstance(value, str) and _DATE.fullmatch(value)):
        return _DATE_FILTERS
    if isinstance(value, str):
        amount = value.replace(",", "") if _AMOUNT.fullmatch(value) else ""
        return _filters_of(Decimal(amount) if "." in amount else int(amount)) if amount else ()
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return ()
    return _SHARE_FILTERS if not isinstance(value, int) and -1 <= value <= 1 else _NUMBER_FILTERS


@dataclass(frozen=True, slots=True)
class ColumnValue:
    """
    A value of a column.

    Attributes:
        text: The value as text; empty for blank cells.
        condition: The condition of a template for rows with this value, which is false for blank cells.
        rows: The number of rows with this value.
        first_row: The position of the first row with this value.
    """

    text: str
    condition: str
    rows: int
    first_row: int


@dataclass(frozen=True, slots=True)
class ColumnValues:
    """
    The values of a column.

    Attributes:
        column: The column's name.
        distinct: The different values, the most frequent first.
        blank: The blank cells of the column as one value; None if no cell is blank.
    """

    column: str
    distinct: tuple[ColumnValue, ...]
    blank: ColumnValue | None


def read_column_values(frame: pd.DataFrame, names: Mapping[str, str]) -> tuple[ColumnValues, ...]:
    """
    Return the values of the columns that distinguish groups of rows: columns with the fewest values first.

    Left out are ids, columns in which all cells are alike or more than `MAX_VALUES` values differ, and columns that mix
    text with other values.

    Args:
        frame: The rows.
        names: The columns that a message can use, with their names in templates.
    """
    usable = [column for column in names if canonical_name(column) not in ID_COLUMNS]
    found = [_read_values(column, column_of(frame, column), names[column]) for column in usable]
    groups = [values for values in found if values is not None and len(values.distinct) > (values.blank is None)]
    return tuple(sorted(groups, key=lambda values: len(values.distinct)))


def _read_values(column: str, cells: "pd.Series[Any]", name: str) -> ColumnValues | None:
    """Return the values of a column; None if they are of several kinds, or too many."""
    # For most columns of names or amounts, the first rows already have too many values.
    if _factorize(cells.iloc[:_SAMPLE_ROWS]) is None or (factorized := _factorize(cells)) is None:
        return None
    found: dict[str, ColumnValue] = {}
    types = set()
    codes, first_rows, counts = np.unique(factorized.codes, return_index=True, return_counts=True)
    for code, first_row, rows in zip(codes.tolist(), first_rows.tolist(), counts.tolist(), strict=True):
        value = factorized.uniques[code]
        is_blank = value is MISSING
        condition = "" if is_blank else _condition(expression_for(name), value)
        # Several codes may mean the same value.
        same = found.get(condition, ColumnValue("" if is_blank else str(value), condition, 0, first_row))
        found[condition] = replace(same, rows=same.rows + rows, first_row=min(same.first_row, first_row))
        types |= set() if is_blank else {type(value)}
    blank = found.pop("", None)
    if len(found) > MAX_VALUES or not any(types <= alike for alike in _COMPARABLE_TYPES):
        return None
    return ColumnValues(column, tuple(sorted(found.values(), key=lambda value: (-value.rows, value.first_row))), blank)


def _factorize(cells: "pd.Series[Any]") -> Factorized[Any] | None:
    factorized = factorize_column(cells, read_plain_values)
    # All missing values count as one further value.
    return None if factorized is None or len(factorized.uniques) > MAX_VALUES + 1 else factorized


def _condition(expression: str, value: object) -> str:
    """Return the condition for a value; templates have no literals for dates."""
    if isinstance(value, date):
        return f'{expression} is defined and {expression} | date == "{value}"'
    literal = text_literal(value) if isinstance(value, str) else str(value).lower()
    return f'{expression} | default("") == {literal}'

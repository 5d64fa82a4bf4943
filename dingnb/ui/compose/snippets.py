"""The snippets that the compose form inserts into a field: column tags, also with a filter, conditions and Markdown."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from dingnb.messages.column_names import tag_for
from dingnb.messages.template import template_of
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

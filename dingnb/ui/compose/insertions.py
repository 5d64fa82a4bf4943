"""What the tools of the compose form insert into a field: tags of columns, also with a filter, and Markdown."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Final

from dingnb.messages.template import template_of
from dingnb.ui.kit.parts import short
from dingnb.words import say

MARKDOWN: Final = ("bold", "link", "list")
"""The kinds of Markdown that a tool inserts, each with the text ``piece.NAME``."""

_MAX_COLUMNS = 40
_OF_NUMBERS = ("money", "number")
_OF_SHARES = (*_OF_NUMBERS, "percent")
_OF_DATES = ("date", 'date("%m月%d日")')
_AMOUNT = re.compile(r"-?(?:0|[1-9]\d{0,8}|(?:0|[1-9]\d{0,11})\.\d+)", re.ASCII)
"""An amount as text; longer integers, and those that start with 0, are ids and numbers of phones."""

_DATE = re.compile(r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}.*", re.ASCII | re.DOTALL)


def joined(written: str, piece: str) -> str:
    r"""
    Return a piece as it is added at the end of a text.

    >>> joined("Hi ", "{{ name }}"), joined("{", "{{ name }}"), joined("Hi", "- item")
    ('{{ name }}', ' {{ name }}', '\n- item')
    """
    if piece.startswith("- ") and written and not written.endswith("\n"):
        return f"\n{piece}"
    # Directly after a brace, a tag would have another meaning.
    return f" {piece}" if written.endswith("{") and piece.startswith("{") else piece


def markdown(kind: str) -> str:
    """Return a piece of Markdown, in the language in use."""
    return say(f"piece.{kind}")


def formats_of(tags: Mapping[str, str], first_value: Callable[[str], object]) -> Iterator[tuple[str, str]]:
    """
    Yield tags with a filter that suits a column, each after its description, which ends in an example.

    Args:
        tags: The tag of each column.
        first_value: Returns the value of a column that is the example.
    """
    for column, tag in list(tags.items())[:_MAX_COLUMNS]:
        value = first_value(column)
        for name in _filters_of(value):
            formatted = f"{tag.removesuffix(' }}')} | {name} }}}}"
            [text], failures = template_of(formatted, column).for_columns([column]).render_rows({column: [value]}, 1)
            if not failures:
                yield f"{short(column)} | {name} → {short(text)}", formatted


def _filters_of(value: object) -> tuple[str, ...]:
    if isinstance(value, date) or (isinstance(value, str) and _DATE.fullmatch(value)):
        return _OF_DATES
    if isinstance(value, str):
        return _OF_NUMBERS if _AMOUNT.fullmatch(value) else ()
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return ()
    return _OF_SHARES if not isinstance(value, int) and -1 <= value <= 1 else _OF_NUMBERS

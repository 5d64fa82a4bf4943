"""
Refuses to calculate with numbers that are text, such as numbers read from a file, or to compare them.

With other operators, Python itself refuses texts. But ``"5000" + "600"`` is "5000600", ``"5000" * 2`` is "50005000",
``"900" > "1000"`` is true, and ``"0" == 0`` is false, as is any date, time or boolean compared with its text.
"""

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, time, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final, NamedTuple, TypeGuard

from dingnb.errors import InputError
from dingnb.messages.filters import quote_value
from dingnb.tables.cell_values import FormattedBool
from dingnb.words import Text

_NUMBER = re.compile(r"[+\-−－]?\s*[¥￥$€]?\s*[+\-−－]?\d+(?:[,，]\d+)*(?:[.．]\d+)?\s*[%％元]?")

_MAX_LENGTH = 100


class _Kind(NamedTuple):
    """
    A kind of value that never equals its text.

    Attributes:
        name: The name, as part of a text key.
        types: The types of the values.
        pattern: What the values look like as text.
    """

    name: str
    types: tuple[type, ...]
    pattern: re.Pattern[str]


_YEAR_LAST = r"\d{1,2}(?P<separator>[-/.])\d{1,2}(?P=separator)(?:19|20)\d{2}(?!\d)"
"""The pattern of dates that start with the day or the month."""

_ORDERED_KINDS: Final = (
    _Kind("date", (date,), re.compile(rf"\s*(?:\d{{4}}\s*[-/.年]\s*\d{{1,2}}(?!\d)|{_YEAR_LAST}).*", re.DOTALL)),
    _Kind("time", (time, timedelta), re.compile(r"\s*(?:[上下]午)?\s*\d{1,4}\s*[:：]\s*\d{2}(?!\d).*", re.DOTALL)),
)

_KINDS: Final = (
    *_ORDERED_KINDS,
    _Kind("boolean", (bool, FormattedBool), re.compile(r"\s*(?:true|false)\s*", re.IGNORECASE)),
)

_HALF_OF_DAY = r"[上下]午|[AaPp]\.?[Mm]\b"

_MOMENT = re.compile(rf"(?:[-+\d\s/.:：年月日时時分秒]|T(?=\d)|Z\b|{_HALF_OF_DAY})*")
"""The date and time at the start of a text."""

_HALF_BEFORE_TIME = re.compile(r"[上下]午(?=\s*\d)")
"""上午 or 下午 before a time, which sort correctly as text, unlike AM and PM after a time."""

_TWELVE_OCLOCK = re.compile(r"(?<!\d)12(?=\s*[:：时時])")
_HOUR = re.compile(r"(?<!\d)(?=\d{1,2}\s*[:：时時])")

_UNORDERED_PART_OR_DIGIT = re.compile(rf"({_YEAR_LAST}|\+.*)|\d")
"""A digit, or a part that has another order as text: a date with the year last, or the offset from UTC."""

COMPARISONS: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "gteq": operator.ge,
    "lt": operator.lt,
    "lteq": operator.le,
    "in": lambda value, values: value in values,
    "notin": lambda value, values: value not in values,
}
"""The comparisons of Jinja, by name."""


class TextNumberError(TypeError):
    """
    A template calculates with a number that is text, or compares such a number.

    Attributes:
        text: The number.
    """

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


def compare(left: object, right: object, name: str) -> Any:  # noqa: ANN401 - as Python's operators
    """
    Return the result of a comparison.

    Raises:
        TextNumberError: A number that is text is compared with a number, or ordered among texts.
        InputError: A date, a time or a boolean is compared with a text of the same kind, or dates or times that are
            text would be put in the wrong order.

    >>> compare("A", 1, "eq"), compare("2026-11-05", "2026-11-30", "lt")
    (False, True)
    """
    if name in {"in", "notin"}:
        # A character in a text, and a key of a dict, are compared as texts.
        if isinstance(right, list | tuple):
            _check_kinds(left, right)
    elif isinstance(left, str) != isinstance(right, str):
        _check_kinds(left, (right,))
    elif isinstance(left, str) and name not in {"eq", "ne"}:
        check_order((left, right))
    return COMPARISONS[name](left, right)


def check_sum(left: object, right: object) -> None:
    """
    Check that a sum does not join two numbers that are text; text with a space at its start or end counts as words.

    Raises:
        TextNumberError: The sum would join two numbers that are text.
    """
    if _is_unspaced_text_number(left) and _is_unspaced_text_number(right):
        raise TextNumberError(left)


def check_product(left: object, right: object) -> None:
    """
    Check that a product does not repeat a number that is text.

    Raises:
        TextNumberError: The product would repeat a number that is text.
    """
    for value, other in ((left, right), (right, left)):
        if _is_text_number(value) and _is_number(other):
            raise TextNumberError(value)


def check_order(values: Iterable[object]) -> None:
    """
    Check that numbers, dates and times among values are not texts, unless the texts sort in the same order.

    Raises:
        TextNumberError: Texts that are numbers may sort in another order.
        InputError: Texts that are dates or times may sort in another order.

    >>> check_order(["20261105", "20261130"]), check_order(["2026-11-05", "2026-11-30 09:30"])
    (None, None)
    """
    values = list(values)
    numbers = list(filter(_is_text_number, values))
    are_digits = all(number.isascii() and number.isdecimal() for number in numbers)
    if len(numbers) > 1 and not (are_digits and len(set(map(len, numbers))) == 1):
        raise TextNumberError(numbers[0])
    texts = [value for value in values if isinstance(value, str) and len(value) <= _MAX_LENGTH]
    for kind in _ORDERED_KINDS:
        text_of = {_layout_of(text): text for text in filter(kind.pattern.fullmatch, texts)}
        layouts = sorted(text_of, key=len)
        for layout, longer in pairwise(layouts):
            if not longer.startswith(layout) or longer[len(layout)] == "0":
                value, other = quote_value(text_of[layout]), quote_value(text_of[longer])
                what = Text("template.text_order", value=value, other=other)
                raise InputError(what, Text("template.text_order_todo"))


def _layout_of(text: str) -> str:
    """Return the date and time at the start of a text, with 0 for each digit that sorts as text as in time."""
    moment = next(_MOMENT.finditer(text))[0].strip()
    if re.search(_HALF_OF_DAY, moment):
        # 12:30 PM is before 01:30 PM.
        moment = _HALF_BEFORE_TIME.sub("午", _TWELVE_OCLOCK.sub("twelve", moment))
        if re.search(_HALF_OF_DAY, moment):
            # 09:30 PM is after 16:00, which has the same digits.
            moment = _HOUR.sub("of twelve ", moment, count=1)
    return _UNORDERED_PART_OR_DIGIT.sub(lambda part: part[1] or "0", moment)


def _is_text_number(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and len(value) <= _MAX_LENGTH and _is_unspaced_text_number(value.strip())


def _is_unspaced_text_number(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and len(value) <= _MAX_LENGTH and _NUMBER.fullmatch(value) is not None


def _check_kinds(value: object, others: Iterable[object]) -> None:
    """Check that a number, a date, a time or a boolean is not compared with a text of the same kind."""
    for other in others:
        for text, typed in ((value, other), (other, value)):
            if isinstance(text, str) and not isinstance(typed, str) and len(text) <= _MAX_LENGTH:
                _check_kind(text, typed)


def _check_kind(text: str, value: object) -> None:
    if _is_number(value) and _is_text_number(text):
        raise TextNumberError(text)
    for kind in _KINDS:
        if isinstance(value, kind.types) and kind.pattern.fullmatch(text):
            what = Text(f"template.text_{kind.name}", value=quote_value(text))
            raise InputError(what, Text(f"template.text_{kind.name}_todo"))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)

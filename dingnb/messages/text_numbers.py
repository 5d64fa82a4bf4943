"""
Refuses to calculate with numbers that are text, such as those of a file, or to compare them.

With other operators Python refuses texts itself. But ``"5000" + "600"`` is "5000600", ``"5000" * 2`` is "50005000",
``"900" > "1000"`` is true, and ``"0" == 0`` is false. So is a date that is compared with a text for being equal.
"""

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final, TypeGuard

from dingnb.errors import InputError
from dingnb.messages.filters import quote_value
from dingnb.words import Text

_NUMBER = re.compile(r"[+\-−－]?\s*[¥￥$€]?\s*[+\-−－]?\d+(?:[,，]\d+)*(?:[.．]\d+)?\s*[%％元]?")

_DATE = re.compile(r"\s*\d{4}\s*[-/.年]\s*\d{1,2}(?!\d).*", re.DOTALL)
_MAX_LENGTH = 100

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
    A number that is text was to be calculated with, or compared.

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
        InputError: A date that is text is compared with a date.

    >>> compare("A", 1, "eq"), compare("2026-11-05", "2026-11-30", "lt")
    (False, True)
    """
    if name in {"in", "notin"}:
        # A character in a text, and a key of a dict, are compared as texts.
        _check_kinds(left, right if isinstance(right, list | tuple) else ())
    else:
        _check_kinds(left, (right,))
        if name not in {"eq", "ne"}:
            check_order((left, right))
    return COMPARISONS[name](left, right)


def check_sum(left: object, right: object) -> None:
    """
    Check that a sum does not join two numbers that are text; one with a space before or after it is not meant as one.

    Raises:
        TextNumberError: It does.
    """
    if _is_unspaced_text_number(left) and _is_unspaced_text_number(right):
        raise TextNumberError(left)


def check_product(left: object, right: object) -> None:
    """
    Check that a product does not repeat a number that is text.

    Raises:
        TextNumberError: It does.
    """
    for value, other in ((left, right), (right, left)):
        if _is_text_number(value) and _is_number(other):
            raise TextNumberError(value)


def check_order(values: Iterable[object]) -> None:
    """
    Check that values can be ordered: not several numbers that are text, unless their order as texts is the same.

    Raises:
        TextNumberError: They cannot.

    >>> check_order(["20261105", "20261130"])
    """
    numbers = list(filter(_is_text_number, values))
    if len(numbers) > 1 and not (all(map(str.isdecimal, numbers)) and len(set(map(len, numbers))) == 1):
        raise TextNumberError(numbers[0])


def _is_text_number(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and len(value) <= _MAX_LENGTH and _is_unspaced_text_number(value.strip())


def _is_unspaced_text_number(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and len(value) <= _MAX_LENGTH and _NUMBER.fullmatch(value) is not None


def _check_kinds(value: object, others: Iterable[object]) -> None:
    """Check that a number or date is not compared with one that is text."""
    if isinstance(value, str):
        if _is_text_number(value) and any(map(_is_number, others)):
            raise TextNumberError(value)
        if _is_text_date(value) and any(isinstance(other, date) for other in others):
            raise _date_error(value)
    elif isinstance(value, date):
        if (text := next(filter(_is_text_date, others), None)) is not None:
            raise _date_error(text)
    elif _is_number(value) and (number := next(filter(_is_text_number, others), None)) is not None:
        raise TextNumberError(number)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _is_text_date(value: object) -> bool:
    return isinstance(value, str) and _DATE.fullmatch(value) is not None


def _date_error(text: object) -> InputError:
    return InputError(Text("template.text_date", value=quote_value(text)), Text("template.text_date_todo"))

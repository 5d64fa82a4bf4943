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
from itertools import islice
from typing import Any, Final

_NUMBER = re.compile(r"\s*[+\-−－]?\s*[¥￥$€]?\s*[+\-−－]?\d[\d,，]*(?:[.．]\d*)?\s*[%％元]?\s*")

_DATE = re.compile(r"\s*\d{4}\s*[-/.年]\s*\d{1,2}(?!\d).*", re.DOTALL)
_MAX_LENGTH = 100

_COMPARISONS: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
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


def compare(left: object, right: object, name: str) -> Any:  # noqa: ANN401 - as Python's operators
    """
    Return the result of a comparison.

    Raises:
        TypeError: A number that is text is compared with a number, or ordered among texts; or a date that is text is
            compared with a date.

    >>> compare("A", 1, "eq"), compare("2026-11-05", "2026-11-30", "lt")
    (False, True)
    """
    if name in {"in", "notin"}:
        # A character in a text, and a key of a dict, are compared as texts.
        others = right if isinstance(right, list | tuple) else ()
        is_refused = any(_are_value_and_text(left, other) for other in others)
    else:
        is_refused = _are_value_and_text(left, right) or (name not in {"eq", "ne"} and _are_texts(left, right))
    if is_refused:
        raise TypeError
    return _COMPARISONS[name](left, right)


def check_sum(left: object, right: object) -> None:
    """
    Check that a sum does not join two numbers that are text.

    Raises:
        TypeError: It does.
    """
    if _are_texts(left, right):
        raise TypeError


def check_product(left: object, right: object) -> None:
    """
    Check that a product does not repeat a number that is text.

    Raises:
        TypeError: It does.
    """
    if _are_value_and_text(left, right):
        raise TypeError


def check_order(values: Iterable[object]) -> None:
    """
    Check that values can be ordered: not several numbers that are text.

    Raises:
        TypeError: They cannot.
    """
    if len(list(islice(filter(_is_text_number, values), 2))) > 1:
        raise TypeError


def _are_texts(left: object, right: object) -> bool:
    """Return whether both values are numbers that are text."""
    return _is_text_number(left) and _is_text_number(right)


def _are_value_and_text(left: object, right: object) -> bool:
    """Return whether one value is a number or a date, and the other one such a value that is text."""
    for value, other in ((left, right), (right, left)):
        if _is_number(value) and _is_text_number(other):
            return True
        if isinstance(value, date) and isinstance(other, str) and _DATE.fullmatch(other) is not None:
            return True
    return False


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _is_text_number(value: object) -> bool:
    return isinstance(value, str) and len(value) <= _MAX_LENGTH and _NUMBER.fullmatch(value) is not None

"""Template filters for numbers and dates, strict about their input."""

import re
import reprlib
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation, localcontext
from typing import Any, Final

from jinja2 import StrictUndefined

from dingnb.errors import InputError
from dingnb.tables.cell_values import MISSING, elements_of, to_display, to_plain_value, to_spreadsheet_precision
from dingnb.words import Text
from dingnb.words.visible import truncate

DATE: Final = "date"
"""Name of the filter for dates and times in templates."""

_JOINED = '{{ … | join("、") }}'
_MAX_VALUE_LENGTH = 80
_MAX_QUOTED = 1_000
_MAX_DIGITS = 30
"""Exponent of the largest numbers, and number of decimals of the smallest numbers."""

_MAX_TEXT_LENGTH = 500
"""Maximum length of a number or date as text; a float has at most 350 characters without an exponent."""

# Commas may only separate groups of three digits: "1,5" may mean one and a half, which is not guessed.
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d*)?")

DATE_FORMATS = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日")


def money(value: object, digits: int = 2) -> str:
    """
    Return an amount with thousands separators, rounded half up.

    >>> money(1234.5), money("8800", 0)
    ('1,234.50', '8,800')
    """
    return _with_separators(_round("money", value, _decimal("money", value), digits))


def number(value: object, digits: int | None = None) -> str:
    """
    Return a number with thousands separators and `digits` decimals, by default as many as the number has.

    >>> number(1234567.25), number(3.0), number(1234.5, 2)
    ('1,234,567.25', '3', '1,234.50')
    """
    amount = _decimal("number", value)
    if digits is not None:
        return _with_separators(_round("number", value, amount, digits))
    text = _with_separators(amount)
    return text.rstrip("0").rstrip(".") if "." in text else text


def percent(value: object, digits: int = 1) -> str:
    """
    Return a share as a percentage.

    >>> percent(0.1234), percent(1, 0)
    ('12.3%', '100%')
    """
    return f"{_with_separators(_round('percent', value, _decimal('percent', value), digits, power=2))}%"


def format_date(value: object, form: str = "%Y-%m-%d") -> str:
    """
    Return a date in a format of `datetime.strftime`; in templates this filter is called ``date``.

    >>> format_date("2026/11/3"), format_date("2026-11-03T09:30:00", "%m月%d日 %H:%M")
    ('2026-11-03', '11月03日 09:30')
    """
    argument: object = form
    if not isinstance(argument, str):
        raise MisuseError(DATE, value, form)
    _check_date_format(form)
    moment = _parse_moment(value, form)
    try:
        # strftime would encode Chinese by the locale, so only the directives are passed to it.
        return "".join(_write_part(moment, part) for part in _split_date_format(form))
    except ValueError:
        raise MisuseError(DATE, value, form) from None


FILTERS = {"money": money, "number": number, "percent": percent, DATE: format_date}
"""The filters that templates have in addition to Jinja's, by name."""


_DATE_DIRECTIVES = frozenset("aAbBcCdDeFgGhjmuUVwWxyY")
"""Directives of `strftime` that need a date."""

_DIRECTIVES = _DATE_DIRECTIVES | frozenset("fHIMnprRStTXzZ%")
"""Directives of `strftime` that all systems have."""


def _check_date_format(date_format: str) -> None:
    """Check that a date format has directives, all of them known: unknown directives would be sent unchanged."""
    directives = [part for part in _split_date_format(date_format) if part.startswith("%")]
    if not directives or not all(part[1:].removeprefix("-") in _DIRECTIVES for part in directives):
        raise InputError(
            Text("template.bad_date_format", form=quote_value(date_format)), Text("template.bad_date_format_todo")
        )


def _write_part(moment: date | time, part: str) -> str:
    if not part.startswith("%"):
        return part
    if part.startswith("%-"):
        # Not every system has directives without leading zeros and spaces.
        return moment.strftime(f"%{part[2:]}").lstrip("0 ") or "0"
    return moment.strftime(part)


def _split_date_format(date_format: str) -> list[str]:
    """
    Return the directives of a date format, and the texts between them.

    >>> _split_date_format("%-m月%d日")
    ['%-m', '月', '%d', '日']
    """
    parts: list[str] = []
    rest = date_format
    while rest:
        at = rest.find("%")
        if at < 0:
            return [*parts, rest]
        if at:
            parts.append(rest[:at])
        width = 3 if rest[at + 1 : at + 2] == "-" else 2
        parts.append(rest[at : at + width])
        rest = rest[at + width :]
    return parts


class _ShortRepr(reprlib.Repr):
    """Writes only the first items of a list, which may have millions, and no integer that Python refuses to write."""

    def __init__(self) -> None:
        super().__init__()
        self.maxlist = self.maxtuple = self.maxset = self.maxdict = self.maxstring = self.maxother = _MAX_VALUE_LENGTH

    def repr__MissingValue(self, _value: object, _level: int) -> str:  # noqa: N802 - reprlib's name for the type
        return repr(MISSING)

    def repr_int(self, value: int, _level: int) -> str:
        try:
            return repr(value)
        except ValueError:
            return f"<integer with {value.bit_length():,} bits>"


def to_float(value: str, default: object = None) -> object:
    """
    Return the number in a text as a float: ``{{ net | float * 2 }}``. Other text is an error unless there is a default.

    >>> to_float("1,234.5"), to_float("–", 0)
    (1234.5, 0)
    """
    try:
        return float(_decimal("float", value))
    except InputError:
        if default is None:
            raise
        return default


def to_int(value: str, default: object = None) -> object:
    """
    Return the number in a text without its decimals; other texts are treated as by `to_float`.

    >>> to_int("1,234.9"), to_int("–", 0)
    (1234, 0)
    """
    try:
        return int(_decimal("int", value))
    except InputError:
        if default is None:
            raise
        return default


def quote_value(value: object) -> str:
    """
    Return a value as quoted in errors, truncated if long.

    >>> quote_value(["Anna", 10**5_000])
    "['Anna', <integer with 16,610 bits>]"
    """
    if isinstance(value, dict | list | set | tuple | int):
        text = _ShortRepr().repr(value)
    else:
        text = repr(value[:_MAX_QUOTED] if isinstance(value, str) else value)
    return truncate(text, _MAX_VALUE_LENGTH)


def to_text(value: Any) -> Any:  # noqa: ANN401 - any value that a tag contains
    """
    Return a value as a template writes it in a tag without filters.

    Raises:
        ContainerError: The value is a list or another collection, which would be shown as in Python.
        InputError: The value is an object whose text would be shown as in Python, such as a figure.
        UndefinedError: The value, or an element of a list, is missing.

    >>> to_text(0.1 + 0.2)
    '0.3'
    """
    if isinstance(value, dict | list | tuple | set | frozenset):
        for element in elements_of(value):
            if isinstance(element, StrictUndefined):
                return str(element)
        raise ContainerError(value)
    if _has_no_readable_text(value):
        raise InputError(Text("template.object", value=quote_value(value)), Text("template.object_todo"))
    return to_display(value)


def _has_no_readable_text(value: Any) -> bool:  # noqa: ANN401 - any value
    """Return whether a value, such as a figure, would be shown as in Python."""
    # Numbers, dates, periods and other values have an order; figures and most other objects do not.
    has_order = type(value).__lt__ is not object.__lt__  # type: ignore[operator]
    is_table = hasattr(type(value), "ndim") and value.ndim > 0
    return value is not None and (not has_order or is_table or isinstance(value, complex))


class MisuseError(InputError):
    """
    A filter cannot be applied to a value with the given arguments.

    Attributes:
        value: The value as quoted in the error.
    """

    def __init__(self, name: str, value: object, /, *args: object, **kwargs: object) -> None:
        arguments = list(map(quote_value, args))
        arguments += [f"{keyword}={quote_value(argument)}" for keyword, argument in kwargs.items()]
        self._call_text = f"{name}({', '.join(arguments)})" if arguments else name
        self.value = quote_value(value)
        what = Text("template.misuse", name=self._call_text, value=self.value)
        super().__init__(what, Text("template.misuse_todo", name=name))

    def text_for_column(self, column: str) -> Text:
        """Return what happened, for a value that comes from a column."""
        return Text("template.misuse_in_column", column=column, name=self._call_text, value=self.value)


class ContainerError(InputError):
    """
    A list, or another value that contains others, would be shown as in Python.

    Attributes:
        value: The value as quoted in the error.
    """

    def __init__(self, value: object) -> None:
        self.value = quote_value(value)
        super().__init__(Text("template.container", value=self.value), Text("template.list_todo", tag=_JOINED))


def _with_separators(amount: Decimal) -> str:
    """Return a number with thousands separators; zero has no sign."""
    return f"{amount:z,f}"


def _round(name: str, value: object, amount: Decimal, digits: int, *, power: int = 0) -> Decimal:
    """Return an amount times a power of ten, with `digits` decimals."""
    try:
        with localcontext(prec=_MAX_DIGITS * 3):
            return amount.quantize(Decimal(1).scaleb(-digits - power), ROUND_HALF_UP).scaleb(power)
    except (ArithmeticError, TypeError, ValueError):
        raise MisuseError(name, value, digits) from None


def _decimal(name: str, value: object) -> Decimal:
    plain_value = to_plain_value(value)
    if isinstance(plain_value, float) and not plain_value.is_integer():
        # As in a tag without filters: 0.1 + 0.2 is 0.3.
        plain_value = to_spreadsheet_precision(plain_value)
    text = str(plain_value).strip() if not isinstance(plain_value, bool) else ""
    if len(text) > _MAX_TEXT_LENGTH:
        text = ""
    if _GROUPED.fullmatch(text):
        text = text.replace(",", "")
    try:
        amount = Decimal(text) if "_" not in text else Decimal("NaN")
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite():
        raise InputError(
            Text("template.not_number", name=name, value=quote_value(value)), Text("template.not_number_todo")
        )
    if not amount or amount.adjusted() < -_MAX_DIGITS:
        # Too small for any decimal that is shown, such as the noise of a calculation.
        return Decimal(0)
    if amount.adjusted() > _MAX_DIGITS:
        raise InputError(
            Text("template.large_number", name=name, value=quote_value(value)), Text("template.not_number_todo")
        )
    return amount


def _parse_moment(value: object, date_format: str) -> date | time:
    if isinstance(value, date):
        return value
    if isinstance(value, time) and not any(
        part[-1] in _DATE_DIRECTIVES for part in _split_date_format(date_format) if part.startswith("%")
    ):
        return value
    text = str(value).strip()
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    for known_format in DATE_FORMATS if len(text) <= _MAX_TEXT_LENGTH else ():
        try:
            return datetime.strptime(text, known_format)  # noqa: DTZ007 - a date in a message has no zone of its own
        except ValueError:
            continue
    raise InputError(Text("template.not_date", value=quote_value(value)), Text(_not_date_todo(value)))


def _not_date_todo(value: object) -> str:
    # pandas.to_datetime refuses the periods and durations of pandas.
    if isinstance(value, timedelta):
        return "template.duration_todo"
    return "template.period_todo" if hasattr(value, "to_timestamp") else "template.not_date_todo"

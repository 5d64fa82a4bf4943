"""Values of cells for templates, displayed as in the spreadsheet: a share as 12.5%; and what is blank or missing."""

from abc import abstractmethod
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from operator import is_
from typing import Any, Final, Self

SIGNIFICANT_DIGITS: Final = 15
"""Number of significant digits of a number that spreadsheets store and show, and that are sent."""

_MAX_DECIMAL_EXPONENT: Final = 40
"""Largest power of ten up to which a decimal is written without an exponent."""

MAX_EXACT_INTEGER: Final = 2**53
"""Largest integer up to which floats, and numbers in a browser, represent every integer exactly."""


class FormattedValue:
    """A value with its own display text."""

    display_text: str

    @property
    @abstractmethod
    def plain_value(self) -> Any:  # noqa: ANN401 - a value of any kind
        """The value without its display text."""

    def __reduce_ex__(self, _protocol: object) -> tuple[Callable[..., object], tuple[object, str]]:
        return with_display_text, (self.plain_value, self.display_text)


class FormattedInt(FormattedValue, int):
    """An integer, such as 1234 shown as 1,234."""

    def __new__(cls, value: int, display_text: str) -> Self:
        """Return the integer with its display text."""
        self = int.__new__(cls, value)
        self.display_text = display_text
        return self

    @property
    def plain_value(self) -> int:
        """The integer."""
        return int(self)


class FormattedBool(FormattedInt):
    """A boolean, shown as TRUE or FALSE."""

    @property
    def plain_value(self) -> bool:
        """The boolean."""
        return bool(self)

    def __repr__(self) -> str:
        return self.display_text

    __str__ = __repr__


class FormattedFloat(FormattedValue, float):
    """A number, such as 0.125 shown as 12.5%."""

    def __new__(cls, value: float, display_text: str) -> Self:
        """Return the number with its display text."""
        self = float.__new__(cls, value)
        self.display_text = display_text
        return self

    @property
    def plain_value(self) -> float:
        """The number."""
        return float(self)


# The results of arithmetic are of this class, too, but have no display text.
class FormattedDate(FormattedValue, date):
    """A date."""

    display_text = ""

    @property
    def plain_value(self) -> date:
        """The date."""
        return date(self.year, self.month, self.day)


class FormattedDatetime(FormattedValue, datetime):
    """A date with a time of day, and the number format of the display text, if known."""

    display_text = ""
    number_format = ""

    @property
    def plain_value(self) -> datetime:
        """The date and the time of day."""
        return datetime.combine(datetime.date(self), self.timetz())


class FormattedTime(FormattedValue, time):
    """A time of day."""

    display_text = ""

    @property
    def plain_value(self) -> time:
        """The time."""
        return time(self.hour, self.minute, self.second, self.microsecond, self.tzinfo)


class FormattedTimedelta(FormattedValue, timedelta):
    """A duration, such as 26 hours."""

    display_text = ""

    @property
    def plain_value(self) -> timedelta:
        """The duration."""
        return timedelta(self.days, self.seconds, self.microseconds)


class InexactFloat(float):
    """A number that has lost digits, in a spreadsheet or as a float, so that the original is unknown."""


def to_plain_value(value: Any) -> Any:  # noqa: ANN401 - a cell of any type
    """
    Return a value without its display text; a value without a display text is returned unchanged.

    >>> to_plain_value(with_display_text(0.125, "12.5%"))
    0.125
    """
    return value.plain_value if isinstance(value, FormattedValue) else value


def with_display_text(value: object, display_text: str) -> object:
    """
    Return a value with a display text.

    >>> rate = with_display_text(0.125, "12.5%")
    >>> to_display(rate), rate * 2
    ('12.5%', 0.25)

    Args:
        value: An integer, a float, a boolean, a date, a time or a duration; other values are returned unchanged.
        display_text: The display text.
    """
    if isinstance(value, bool):
        return FormattedBool(value, display_text)
    if isinstance(value, int):
        return FormattedInt(value, display_text)
    if isinstance(value, float):
        return FormattedFloat(value, display_text)
    return _show_time_as(value, display_text)


def _show_time_as(value: object, display_text: str) -> object:
    formatted: FormattedDatetime | FormattedDate | FormattedTime | FormattedTimedelta
    if isinstance(value, datetime):
        formatted = FormattedDatetime.combine(datetime.date(value), value.timetz())
    elif isinstance(value, date):
        formatted = FormattedDate(value.year, value.month, value.day)
    elif isinstance(value, time):
        formatted = FormattedTime(value.hour, value.minute, value.second, value.microsecond, value.tzinfo)
    elif isinstance(value, timedelta):
        formatted = FormattedTimedelta(value.days, value.seconds, value.microseconds)
    else:
        return value
    formatted.display_text = display_text
    return formatted


def to_display(value: Any) -> Any:  # noqa: ANN401 - any value that a tag contains
    """
    Return a value as a template writes it in a tag without filters.

    >>> to_display(0.1 + 0.2), to_display(2.0), to_display("a"), to_display(Decimal("1E+3"))
    ('0.3', '2.0', 'a', '1000')
    """
    kind = type(value)
    if kind is str or kind is int:
        return value
    if kind is float:
        return str(value) if value.is_integer() else _float_text(to_spreadsheet_precision(value))
    if kind is Decimal:
        # With an exponent after Decimal.normalize(), for example.
        return f"{value:f}" if abs(value.adjusted()) <= _MAX_DECIMAL_EXPONENT else value
    if issubclass(kind, timedelta) and not issubclass(kind, FormattedValue):
        return _duration_text(value)
    return (value.display_text or value) if issubclass(kind, FormattedValue) else value


def to_spreadsheet_precision(value: float) -> float:
    """Return a float rounded to the significant digits that spreadsheets show."""
    return float(f"{value:.{SIGNIFICANT_DIGITS}g}")


def _float_text(value: float) -> str:
    text = str(value)
    return f"{Decimal(text):f}" if "e-0" in text else text


def _duration_text(value: timedelta) -> str:
    """Return a duration in hours, minutes and seconds, as in spreadsheets."""
    seconds = round(abs(value).total_seconds())
    sign = "-" if value < timedelta() and seconds else ""
    return f"{sign}{seconds // 3_600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


class _Missing:
    __slots__ = ()

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = _Missing()
"""Marks a missing value."""

INVISIBLE_CHARACTERS: Final = (
    "\u200b\u200c\u200d\u2060\ufeff\u00ad"  # zero-width characters, and the soft hyphen
    "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"  # of the direction of writing
)
"""Invisible characters, often copied together with text."""

BLANK_CHARACTERS: Final = "".join(chr(code) for code in range(0x3001) if chr(code).isspace()) + INVISIBLE_CHARACTERS
"""Characters that count as blank."""

CONTAINER_TYPES: Final = (list, tuple, dict)
"""Types of values whose elements are read like cells; the keys of a dict are kept."""

_MAX_LEVELS = 10


def read_elements(value: object, read: Callable[[object], object], level: int = 0) -> object:
    """
    Return what `read` returns for a value and, if that is a list, tuple or dict, for each of its elements.

    Args:
        value: The value, which is not changed. If no element changes, the same object is returned.
        read: Reads a value or an element.
        level: The number of lists around the value; elements below the tenth level are not read.

    >>> read_elements([1, (2, {"a": 3})], lambda cell: cell * 2 if type(cell) is int else cell)
    [2, (4, {'a': 6})]
    """
    value = read(value)
    if not isinstance(value, CONTAINER_TYPES) or level == _MAX_LEVELS:
        return value
    elements = list(value.values() if isinstance(value, dict) else value)
    elements_read = [read_elements(element, read, level + 1) for element in elements]
    if all(map(is_, elements_read, elements)):
        return value
    if isinstance(value, dict):
        return dict(zip(value, elements_read, strict=True))
    return tuple(elements_read) if isinstance(value, tuple) else elements_read


def elements_of(value: object, level: int = 0) -> Iterator[object]:
    """Yield the elements that `read_elements` reads, without the lists around them; for other values, the value."""
    if not isinstance(value, CONTAINER_TYPES) or level == _MAX_LEVELS:
        yield value
        return
    for element in value.values() if isinstance(value, dict) else value:
        yield from elements_of(element, level + 1)


CONVERSION_ERRORS: Final = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""Errors that converting a value to text may raise; values are of any type."""

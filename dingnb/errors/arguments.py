"""Checks arguments, so that a mistake is reported clearly and where it was made."""

from collections.abc import Collection, Sequence
from math import isfinite
from numbers import Integral, Real
from unicodedata import category

from dingnb.errors.tree import InputError
from dingnb.words import Text

_MAX_REPR_LENGTH = 60


def check_flag(name: str, value: object) -> None:
    """
    Check an argument that must be True or False; other values are rejected, since ``wait="no"`` would be true.

    Raises:
        InputError: It is neither.
    """
    kind = type(value)
    if kind is not bool and (kind.__module__, kind.__name__) not in {("numpy", "bool"), ("numpy", "bool_")}:
        raise InputError(
            Text("argument.flag", name=name, value=short_repr(value)), Text("argument.flag_todo", name=name)
        )


def check_choice(name: str, value: object, choices: Collection[object], wanted: str) -> None:
    """
    Check an argument that is one of a few texts.

    Args:
        name: The argument's name.
        value: What was passed.
        choices: The texts.
        wanted: The key of the text that says what to pass instead.

    Raises:
        InputError: It is none of them.
    """
    if not isinstance(value, str) or value not in choices:
        raise InputError(Text("argument.kind", name=name, value=short_repr(value)), Text(wanted))


def check_kind(name: str, value: object, kinds: type | Sequence[type], wanted: str) -> None:
    """
    Check the type of an argument.

    Args:
        name: The argument's name.
        value: What was passed.
        kinds: The types that it may have.
        wanted: The key of the text that says what to pass instead.

    Raises:
        InputError: It has another type.
    """
    if not isinstance(value, kinds if isinstance(kinds, type) else tuple(kinds)):
        raise InputError(Text("argument.kind", name=name, value=short_repr(value)), Text(wanted))


def check_integer(
    name: str, value: object, wanted: str, minimum: int | None = None, maximum: int | None = None
) -> None:
    """
    Check an argument that is an integer.

    Args:
        name: The argument's name.
        value: What was passed.
        wanted: The key of the text that says what to pass instead.
        minimum: The smallest number allowed.
        maximum: The largest number allowed.

    Raises:
        InputError: It is not an integer, or out of bounds.
    """
    is_integer = isinstance(value, Integral) and not isinstance(value, bool)
    if is_integer and (minimum is None or value >= minimum) and (maximum is None or value <= maximum):  # type: ignore[operator]
        return
    raise InputError(Text("argument.kind", name=name, value=short_repr(value)), Text(wanted))


def is_number(value: object) -> bool:
    """Return whether a value is a finite number and not a boolean, of Python or numpy."""
    if isinstance(value, bool) or not isinstance(value, Real):
        return False
    try:
        return isfinite(value)
    except OverflowError:  # an int too large for a float
        return False


def is_same(value: object, other: object) -> bool:
    """Return whether two labels are equal; labels whose comparison does not return a boolean are different."""
    if value is other:
        return True
    answer = value == other
    # numpy has its own boolean type.
    return answer is True or (type(answer).__module__ == "numpy" and not hasattr(answer, "__len__") and bool(answer))


def is_storable_text(text: object) -> bool:
    """Return whether a value is text without lone surrogates, which databases cannot store."""
    if not isinstance(text, str):
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def short_repr(value: object) -> Text | str:
    """
    Return a value as errors show it: its repr if short, otherwise its type.

    >>> short_repr("no"), str(short_repr(list(range(1000))))
    ("'no'", 'an object of type list')
    """
    # The repr of an object of another type may be of any length, or raise an error.
    if isinstance(value, str | bytes | int | float | complex | list | tuple | dict | set | frozenset | None):
        try:
            written = repr(value)
        except ValueError:  # an int with more digits than Python converts to text
            written = ""
        if 0 < len(written) <= _MAX_REPR_LENGTH:
            return written
    return Text("argument.of_kind", kind=type(value).__name__)


_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def read_name(name: object, problem: str) -> str:
    """
    Return a name without leading and trailing whitespace: names that look the same must be the same.

    Args:
        name: The value given.
        problem: The key of the text for an invalid name.

    Raises:
        InputError: It is not text, is blank, or contains invisible characters, such as a line break.
    """
    if (
        isinstance(name, str)
        and name.strip()
        and not any(category(character) in _INVISIBLE for character in name.strip())
    ):
        return name.strip()
    raise InputError(Text(problem, name=short_repr(name)), Text(f"{problem}_todo"))

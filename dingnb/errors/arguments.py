"""Checks arguments, so that a mistake is reported clearly and where it was made."""

from collections.abc import Callable, Collection, Iterable, Sequence
from difflib import get_close_matches
from functools import wraps
from inspect import Parameter, signature
from math import isfinite
from numbers import Integral, Real
from typing import Any, TypeGuard, TypeVar, cast
from unicodedata import category

from dingnb.errors.exceptions import InputError
from dingnb.words import Text, listed
from dingnb.words.visible import truncate, without_emoji_joiners

_Function = TypeVar("_Function", bound=Callable[..., Any])

MAX_PORT = 65_535
"""The highest port number."""

_MAX_REPR_LENGTH = 60
_MAX_NAME_SHOWN = 100
_MAX_BAD_NAME_SHOWN = 30
_INVISIBLE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def explains_arguments(function: _Function) -> _Function:
    """
    Decorate a function so that missing, unknown and too many arguments raise an error that lists the right arguments.

    Not for functions that take secrets, which the frame of the check would keep.
    """
    expected = signature(function)
    parameters = expected.parameters.values()
    keywords = [parameter.name for parameter in parameters if parameter.kind is Parameter.KEYWORD_ONLY]
    required = [parameter.name for parameter in parameters if parameter.default is Parameter.empty]
    positional = [parameter.name for parameter in parameters if parameter.kind is not Parameter.KEYWORD_ONLY]
    # The caller of a method does not count `self`.
    uncounted = int(next(iter(parameters)).name == "self")
    name = function.__name__

    @wraps(function)
    def checked(*args: object, **named: object) -> object:
        if len(args) > len(positional):
            what = Text("argument.unnamed", name=name, n=len(args) - uncounted, most=len(positional) - uncounted)
            raise InputError(what, Text("argument.unnamed_todo", names=_listed_keywords(keywords)))
        try:
            expected.bind(*args, **named)
        except TypeError:
            unknown = [shorten_name(given) for given in named if given not in expected.parameters]
            if unknown:
                known = [parameter.name for parameter in parameters if parameter.name != "self"]
                raise InputError(*_explain_unknown(name, unknown[0], known)) from None
            passed = {*positional[: len(args)], *named}
            missing = [parameter for parameter in required if parameter not in passed]
            if missing:
                what = Text("argument.missing", name=name, names=listed(missing))
                code = [f"{argument}={argument}" if argument in keywords else argument for argument in required]
                example = f"{name}({', '.join(code[uncounted:])})"
                raise InputError(what, Text("argument.missing_todo", example=example)) from None
        return function(*args, **named)

    return cast("_Function", checked)


def _explain_unknown(function: str, unknown: str, known: Sequence[str]) -> tuple[Text, Text]:
    """Return what is wrong and the hint about an argument that a function does not have."""
    near = get_close_matches(unknown, known, n=1)
    what = Text("argument.unknown", name=function, argument=f"{unknown}=")
    if near:
        what = Text("argument.unknown_near", name=function, argument=f"{unknown}=", near=f"{near[0]}=")
    return what, Text("argument.unknown_todo", names=_listed_keywords(known))


def _listed_keywords(names: Iterable[str]) -> Text:
    return listed([f"{name}=" for name in names])


def check_flag(name: str, value: object) -> None:
    """
    Check an argument that must be True or False; other values are rejected, since ``wait="no"`` would be true.

    Raises:
        InputError: The value is not a boolean.
    """
    value_type = type(value)
    is_numpy_bool = value_type.__module__ == "numpy" and value_type.__name__ in {"bool", "bool_"}
    if value_type is not bool and not is_numpy_bool:
        raise InputError(
            Text("argument.flag", name=name, value=short_repr(value)), Text("argument.flag_todo", name=name)
        )


def check_choice(name: str, value: object, choices: Collection[object], hint_key: str) -> None:
    """
    Check an argument that is one of a few texts.

    Args:
        name: The argument's name.
        value: What was passed.
        choices: The texts.
        hint_key: The key of the text that says what to pass instead.

    Raises:
        InputError: The value is not one of `choices`.
    """
    if not isinstance(value, str) or value not in choices:
        raise InputError(Text("argument.kind", name=name, value=short_repr(value)), Text(hint_key))


def check_type(name: str, value: object, types: type | Sequence[type], hint_key: str) -> None:
    """
    Check the type of an argument.

    Args:
        name: The argument's name.
        value: What was passed.
        types: The types that it may have.
        hint_key: The key of the text that says what to pass instead.

    Raises:
        InputError: The value has another type.
    """
    if not isinstance(value, types if isinstance(types, type) else tuple(types)):
        raise InputError(Text("argument.kind", name=name, value=short_repr(value)), Text(hint_key))


def check_texts(**texts: object) -> None:
    """
    Check arguments that are text or None, without showing their values, which may be secret.

    Raises:
        InputError: An argument is neither text nor None.
    """
    for name, value in texts.items():
        if value is not None and not isinstance(value, str):
            raise InputError(Text("argument.not_text", name=name), Text("argument.not_text_todo", name=name))


def check_integer(
    name: str, value: object, hint_key: str, minimum: int | None = None, maximum: int | None = None
) -> None:
    """
    Check an argument that is an integer.

    Args:
        name: The argument's name.
        value: What was passed.
        hint_key: The key of the text that says what to pass instead.
        minimum: The smallest number allowed.
        maximum: The largest number allowed.

    Raises:
        InputError: The value is not an integer, or out of bounds.
    """
    if not is_integer(value, minimum, maximum):
        raise InputError(Text("argument.kind", name=name, value=short_repr(value)), Text(hint_key))


def is_integer(value: object, minimum: int | None = None, maximum: int | None = None) -> bool:
    """Return whether a value is an integer within bounds and not a boolean, of Python or numpy."""
    # A duration of NumPy is registered as an integer, but cannot be used as an integer.
    if isinstance(value, bool) or not isinstance(value, Integral) or not hasattr(value, "__index__"):
        return False
    return (minimum is None or int(value) >= minimum) and (maximum is None or int(value) <= maximum)


def is_number(value: object) -> bool:
    """Return whether a value is a finite number and not a boolean, of Python or numpy."""
    if isinstance(value, bool) or not isinstance(value, Real):
        return False
    try:
        return isfinite(value)
    except (OverflowError, TypeError):  # an int too large for a float; a duration of NumPy
        return False


def is_iterable(value: object) -> TypeGuard[Iterable[Any]]:
    """Return whether a value can be iterated: an array without dimensions has the method, but cannot."""
    try:
        iter(cast("Iterable[Any]", value))
    except TypeError:
        return False
    return True


def are_equal_labels(value: object, other: object) -> bool:
    """Return whether two labels are equal; labels whose comparison does not return a boolean are different."""
    if value is other:
        return True
    answer = value == other
    # numpy has its own boolean type.
    return answer is True or (type(answer).__module__ == "numpy" and not hasattr(answer, "__len__") and bool(answer))


def is_storable_text(text: object) -> bool:
    """Return whether a value is text without lone surrogates and NUL, which not all databases can store."""
    if not isinstance(text, str) or "\0" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def short_repr(value: object) -> Text | str:
    """
    Return a value as shown in errors: its repr if short, otherwise its type.

    >>> short_repr("no"), str(short_repr(list(range(1000))))
    ("'no'", 'an object of type list')
    """
    # The repr of an object of another type may be of any length, or raise an error.
    if isinstance(value, str | bytes | int | float | complex | list | tuple | dict | set | frozenset | None):
        try:
            text = repr(value)
        except Exception:  # noqa: BLE001 - an int with too many digits, and any error of an element
            text = ""
        if 0 < len(text) <= _MAX_REPR_LENGTH:
            return text
    return Text("argument.of_kind", kind=type(value).__name__)


def shorten_name(name: str) -> str:
    """
    Return an unknown name as errors quote it: at most 100 characters.

    >>> shorten_name("payslip"), len(shorten_name("x" * 1000))
    ('payslip', 100)
    """
    return truncate(name, _MAX_NAME_SHOWN)


def read_name(name: object, problem_key: str) -> str:
    """
    Return a name without leading and trailing whitespace: names that look the same must be the same.

    Args:
        name: What was passed.
        problem_key: The key of the text for an invalid name. The key of the hint is the same with ``_todo`` at its end.

    Raises:
        InputError: The name is not text, is blank, or contains invisible characters, such as a line break.
    """
    if (
        isinstance(name, str)
        and name.strip()
        and not any(category(character) in _INVISIBLE_CATEGORIES for character in without_emoji_joiners(name.strip()))
    ):
        return name.strip()
    shown = truncate(name, _MAX_BAD_NAME_SHOWN) if isinstance(name, str) else name
    raise InputError(Text(problem_key, name=short_repr(shown)), Text(f"{problem_key}_todo"))

"""Errors about invalid arguments of the sandbox."""

from collections.abc import Iterable
from typing import Literal, NoReturn

from dingnb.errors import InputError
from dingnb.errors.arguments import short_repr
from dingnb.words import Text

Owner = Literal["fault", "press", "event", "phone", "request"]


def refuse_argument(owner: Owner, name: str, value: object, expected: Text) -> NoReturn:
    """
    Raise the error for an invalid argument.

    Args:
        owner: What the argument belongs to.
        name: The argument's name.
        value: What was passed.
        expected: What to pass instead.

    Raises:
        InputError: Always.
    """
    what = Text(f"sandbox.bad_{owner}", name=name, value=short_repr(value))
    raise InputError(what, Text("sandbox.expected", expected=expected))


def refuse_field(owner: Literal["fault", "press"], name: str, fields: Iterable[str]) -> NoReturn:
    """
    Raise the error for a field that does not exist.

    Args:
        owner: What was given the field.
        name: The field's name.
        fields: The names of the fields that exist.

    Raises:
        InputError: Always.
    """
    what = Text(f"sandbox.no_field_{owner}", name=short_repr(name))
    expected = Text("expected.field", fields=", ".join(fields))
    raise InputError(what, Text("sandbox.expected", expected=expected))

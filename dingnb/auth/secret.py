"""Secret values, which are masked in all output."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import NoReturn, Self
from urllib.parse import quote, quote_plus

from dingnb.errors.tracebacks import cleared_frames
from dingnb.words import Text

MASK = "***"


class Secret:
    """
    A secret value, compared by value. It is shown as ``***``; only `reveal` returns it.

    It cannot be pickled and has no ``__dict__``.
    """

    __slots__ = ("__value",)

    def __init__(self, value: str) -> None:
        self.__value = value

    def reveal(self) -> str:
        """Return the value. Keep it out of outputs, logs and files."""
        return self.__value

    def __eq__(self, other: object) -> bool:
        return self.__value == other.reveal() if isinstance(other, Secret) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.__value)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({MASK})"

    def __str__(self) -> str:
        return MASK

    def __format__(self, format_spec: str) -> str:
        return MASK

    def __bool__(self) -> bool:
        return bool(self.__value)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __getstate__(self) -> NoReturn:
        self.__reduce_ex__(None)

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        message = Text("secret.no_pickle")
        raise TypeError(message)


def as_secret(value: object) -> Secret:
    """Return a value as a secret; a value that is not a string becomes an empty secret."""
    return value if isinstance(value, Secret) else Secret(value if isinstance(value, str) else "")


class SecretMapping(Mapping[str, str]):
    """
    A mapping with masked values, such as the environment, which contains the app secret.

    Args:
        values: The values to copy.
    """

    __slots__ = ("__values",)

    def __init__(self, values: Mapping[str, str]) -> None:
        self.__values = {name: Secret(value) for name, value in values.items()}

    def __getitem__(self, name: str) -> str:
        return self.__values[name].reveal()

    def __iter__(self) -> Iterator[str]:
        return iter(self.__values)

    def __len__(self) -> int:
        return len(self.__values)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({MASK})"


class Token(Secret):
    """
    An access token of one app.

    Attributes:
        expires_at: The time at which the token expires, unless DingTalk revokes it before.
    """

    __slots__ = ("expires_at",)

    def __init__(self, value: str, expires_at: datetime) -> None:
        super().__init__(value)
        self.expires_at = expires_at

    def __repr__(self) -> str:
        return f"Token({MASK}, expires_at={self.expires_at:%Y-%m-%d %H:%M:%S %Z})"


def hide(text: str, *secrets: Secret) -> str:
    """
    Return `text` with all secrets masked, whether they appear verbatim or URL-encoded.

    A secret may be a part of another secret.

    >>> hide("no such token: ab/cd, ab%2Fcd", Secret("ab/cd"))
    'no such token: ***, ***'
    """
    with cleared_frames():
        return _mask_values(text, [secret.reveal() for secret in secrets])


def _mask_values(text: str, values: Iterable[str]) -> str:
    spellings = {spelling for value in values for spelling in _spellings(value)} - {""}
    for spelling in sorted(spellings, key=len, reverse=True):
        text = text.replace(spelling, MASK)
    return text


def _spellings(value: str) -> tuple[str, ...]:
    # A value from JSON may contain surrogates, which cannot be encoded.
    errors = "replace"
    return value, quote(value, safe="", errors=errors), quote(value, errors=errors), quote_plus(value, errors=errors)

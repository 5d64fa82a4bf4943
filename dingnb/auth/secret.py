"""Values that never show themselves."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import NoReturn, Self
from urllib.parse import quote, quote_plus

from dingnb.errors.frames import cleared_frames
from dingnb.words import Text

MASK = "***"


class Secret:
    """
    A secret value. Every way to show it gives ``***``; only `reveal` returns it.

    It cannot be pickled, and has no ``__dict__`` to dump.
    """

    __slots__ = ("__value",)

    def __init__(self, value: str) -> None:
        self.__value = value

    def reveal(self) -> str:
        """Return the value itself. Keep it out of outputs, logs and files."""
        return self.__value

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
    """Return what somebody gave as a secret; what is no text counts as an empty one."""
    return value if isinstance(value, Secret) else Secret(value if isinstance(value, str) else "")


class SecretMapping(Mapping[str, str]):
    """
    A mapping whose values never show themselves, such as the environment, which holds the app secret.

    Args:
        values: What it copies.
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
        expires_at: When DingTalk stops to accept it, if nothing revokes it before.
    """

    __slots__ = ("expires_at",)

    def __init__(self, value: str, expires_at: datetime) -> None:
        super().__init__(value)
        self.expires_at = expires_at

    def __repr__(self) -> str:
        return f"Token({MASK}, expires_at={self.expires_at:%Y-%m-%d %H:%M:%S %Z})"


def hide(text: str, *secrets: Secret) -> str:
    """
    Return `text` with every secret in it replaced.

    It is found as it is, and as it stands in a URL.

    >>> hide("no such token: ab/cd, ab%2Fcd", Secret("ab/cd"))
    'no such token: ***, ***'
    """
    with cleared_frames():
        for secret in secrets:
            text = _without(text, secret.reveal())
    return text


def _without(text: str, value: str) -> str:
    for spelling in {value, quote(value, safe=""), quote(value), quote_plus(value)} - {""}:
        text = text.replace(spelling, MASK)
    return text

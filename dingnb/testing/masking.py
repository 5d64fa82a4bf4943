"""
Masks secrets in the content of cassettes, by field name and by value.

Names are compared without case, ``_`` and ``-``, so one entry of the lists matches ``aes_key``, ``aesKey`` and
``AES-Key``. The value of a field with a secret name is remembered, so that the value is also masked elsewhere, such as
in an error message or in a field with another name.
"""

import hashlib
import json
import re
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from dingnb.auth.secret import MASK, Secret, hide

_WHOLE_NAMES = ("sign", "session", "session[_-]?webhook")
_ENDINGS = (
    *("token", "secret", "ticket", "auth[_-]?code", "permanent[_-]?code", "password", "passwd", "pwd"),
    *("aes[_-]?key", "api[_-]?key", "private[_-]?key", "signature", "authorization", "cookie", "credential"),
)
"""Suffixes of secret names, in singular and plural. Harmless names such as ``msgKey`` and ``appKey`` do not match."""

_NAME = rf"(?:{'|'.join(_WHOLE_NAMES)}|[\w.\[-]*?(?:{'|'.join(_ENDINGS)})s?)"
_SECRET_NAME = re.compile(_NAME, re.IGNORECASE)
_IN_TEXT = re.compile(
    rf"""(?:(?<=%[0-9A-F]{{2}})|(?<![\w.\[\]%-]))({_NAME})(\]?(?:=["']?|%3D))((?:(?!%26)[^&\s"'<>])+)""", re.IGNORECASE
)
_QUOTED_IN_TEXT = re.compile(rf"""(["'])({_NAME})(\1\s*:\s*(["']))((?:(?!\4).)+)(?=\4)""", re.IGNORECASE)
_USERINFO = re.compile(r"(?<=://)[^/?#\s\"']+(?=@)")
"""User and password in a URL, up to the last @: a password may contain an @."""

_LOOPBACK = re.compile(r"(?<=://)(127\.0\.0\.1|localhost|\[::1\]):\d+")
"""URLs on this computer, whose port is removed because it differs in each run."""

_MIN_VALUE_LENGTH = 8
"""The minimum length of a secret that is masked wherever it appears; shorter secrets would match harmless words."""


def is_secret(name: str) -> bool:
    """
    Return whether a field or header with this name is a secret.

    >>> [name for name in ("appKey", "appSecret", "access_token", "sub_code", "tmpAuthCode") if is_secret(name)]
    ['appSecret', 'access_token', 'tmpAuthCode']
    """
    return _SECRET_NAME.fullmatch(re.sub(r"[\W_]", "", name)) is not None


class Mask:
    """
    Masks secrets and remembers their values.

    Attributes:
        replaced: The paths of values masked for their names, such as ``body.data.token``, in the order of masking.
    """

    def __init__(self) -> None:
        self._values: dict[bytes, Secret] = {}
        self.replaced: list[str] = []

    def mask_field(self, name: str, value: str, where: str) -> str:
        """Return a field's value, masked if the field's name is secret; `where` is the path of the enclosing object."""
        place = f"{where}.{name}" if name else where
        return self._mask_secret(value, place) if is_secret(name) else self._mask_value(value, place)

    def mask_pairs(self, pairs: Iterable[tuple[str, str]], where: str) -> list[tuple[str, str]]:
        """Return names and values with secret values masked."""
        return [(name, self.mask_field(name, value, where)) for name, value in pairs]

    def mask_json(self, value: Any, where: str, *, is_in_secret: bool = False) -> Any:  # noqa: ANN401 - any JSON
        """Return a JSON value with its secrets masked at any depth, including everything inside a secret field."""
        if isinstance(value, dict):
            return {
                key: self.mask_json(item, f"{where}.{key}", is_in_secret=is_in_secret or is_secret(key))
                for key, item in value.items()
            }
        if isinstance(value, list):
            return [self.mask_json(item, f"{where}[{at}]", is_in_secret=is_in_secret) for at, item in enumerate(value)]
        if is_in_secret and isinstance(value, str | int | float) and not isinstance(value, bool):
            return self._mask_secret(str(value), where)
        return self._mask_value(value, where) if isinstance(value, str) else value

    def mask_text(self, text: str, where: str) -> str:
        """
        Return `text` with its secrets masked: remembered values of at least eight characters, and values after names.

        The ports of URLs on this computer are removed.
        """
        remembered = (secret for secret in self._values.values() if len(secret.reveal()) >= _MIN_VALUE_LENGTH)
        return self._mask_patterns(hide(text, *remembered), where)

    def _mask_secret(self, value: str, place: str) -> str:
        if value and value != MASK:
            self._values.setdefault(hashlib.sha256(value.encode(errors="surrogatepass")).digest(), Secret(value))
            self.replaced.append(place)
        return MASK if value else value

    def _mask_value(self, value: str, place: str) -> str:
        """Return a value with its secrets masked. JSON in text, as in ``msgParam``, is rewritten if necessary."""
        if value.lstrip()[:1] in {"{", "["}:
            before = len(self.replaced)
            with suppress(ValueError, RecursionError):
                masked = self.mask_json(json.loads(value), place)
                value = value if len(self.replaced) == before else json.dumps(masked, ensure_ascii=False)
        return self._mask_patterns(value, place)

    def _mask_patterns(self, text: str, place: str) -> str:
        def mask_pair(found: re.Match[str]) -> str:
            name, equals, value = found.groups()
            return f"{name}{equals}{self._mask_secret(value, f'{place}: {name}')}"

        def mask_quoted_pair(found: re.Match[str]) -> str:
            start, name, colon, _, value = found.groups()
            return f"{start}{name}{colon}{self._mask_secret(value, f'{place}: {name}')}"

        def mask_user(found: re.Match[str]) -> str:
            return self._mask_secret(found.group(), f"{place}: user:password@")

        text = _QUOTED_IN_TEXT.sub(mask_quoted_pair, _IN_TEXT.sub(mask_pair, text))
        return _LOOPBACK.sub(r"\1", _USERINFO.sub(mask_user, text))

"""
Takes secrets out of what is written to a cassette: by the name of a field, and by value.

A value that stood in a field with a secret's name is remembered, so that it is found again where nobody
looks for it: in an error's text, or in a field with another name.
"""

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from dingnb.auth.secret import MASK
from dingnb.transport import hide_secrets_in_urls

_SECRET_NAMES = frozenset(
    {
        *("accesstoken", "xacsdingtalkaccesstoken", "refreshtoken", "token", "authorization", "cookie", "setcookie"),
        *("appsecret", "clientsecret", "corpsecret", "ssosecret", "suitesecret", "secret", "password"),
        *(
            "ticket",
            "jsapiticket",
            "suiteticket",
            "aeskey",
            "encodingaeskey",
            "sign",
            "signature",
            "session",
            "sessionwebhook",
        ),
    }
)
_USERINFO = re.compile(r"(?<=://)[^/?#@\s\"']+(?=@)")
_LOOPBACK = re.compile(r"(?<=://)(127\.0\.0\.1|localhost|\[::1\]):\d+")
"""An address on this computer: its port is another one each time, and means nothing later."""

# A shorter value would take harmless words along.
_SHORTEST_BY_VALUE = 8


def is_secret(name: str) -> bool:
    """
    Return whether a field or header of this name holds a secret.

    >>> [name for name in ("appKey", "appSecret", "access_token", "userid") if is_secret(name)]
    ['appSecret', 'access_token']
    """
    return re.sub(r"[-_]", "", name.lower()) in _SECRET_NAMES


class Mask:
    """Replaces secrets, and remembers their values."""

    def __init__(self) -> None:
        self._values: set[str] = set()

    def field(self, name: str, value: str) -> str:
        """Return the value of a field, replaced where its name is a secret's."""
        if not is_secret(name):
            return self._text(value)
        if value and value != MASK:
            self._values.add(value)
        return MASK if value else value

    def pairs(self, pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        """Return names and values with the secret ones replaced."""
        return [(name, self.field(name, value)) for name, value in pairs]

    def json(self, value: Any, name: str = "") -> Any:  # noqa: ANN401 - any JSON
        """Return a JSON value with the secrets in it replaced, at any depth."""
        if isinstance(value, dict):
            return {key: self.json(one, key) for key, one in value.items()}
        if isinstance(value, list):
            return [self.json(one, name) for one in value]
        return self.field(name, value) if isinstance(value, str) else value

    def everywhere(self, text: str) -> str:
        """Return `text` with every value replaced that is known to be secret, however it came there."""
        for value in sorted(self._values, key=lambda one: (-len(one), one)):
            if len(value) >= _SHORTEST_BY_VALUE:
                text = text.replace(value, MASK).replace(quote(value, safe=""), MASK)
        return self._text(text)

    def _text(self, text: str) -> str:
        return _LOOPBACK.sub(r"\1", _USERINFO.sub(MASK, hide_secrets_in_urls(text)))

"""The token, the AES key and the card secret of callbacks."""

import json
import re
import secrets
import string

from dingnb.auth.secret import Secret, as_secret, hide
from dingnb.errors import InputError
from dingnb.transport import PreparedRequest
from dingnb.words import Text

_CHARACTERS = string.ascii_letters + string.digits
_GENERATED_TOKEN_LENGTH = 32
_AES_KEY_LENGTH = 43
_TOKEN_LENGTHS = range(3, 64)
_TOKEN = re.compile(r"[!-~]*", re.ASCII)
_MIN_REGISTERED_LENGTH = 6
_AES_KEY = re.compile(rf"[A-Za-z0-9]{{{_AES_KEY_LENGTH}}}", re.ASCII)


class CallbackKeys:
    """
    A callback's token and AES key (docs/dingtalk.md, "Callbacks"), compared by value.

    Args:
        token: The token for signatures: 3 to 63 printable ASCII characters without spaces.
        aes_key: The key for encryption, of 43 letters and digits.

    Raises:
        InputError: The token or the AES key is malformed.
    """

    __slots__ = ("aes_key", "token")

    def __init__(self, token: str | Secret, aes_key: str | Secret) -> None:
        token, aes_key = as_secret(token), as_secret(aes_key)  # rebound, because tracebacks may show local variables
        self.token, self.aes_key = token, aes_key
        length, key_length = len(self.token.reveal()), len(self.aes_key.reveal())
        if length not in _TOKEN_LENGTHS:
            raise InputError(Text("registration.token_length", length=length), Text("registration.bad_token_todo"))
        if not _TOKEN.fullmatch(self.token.reveal()):
            raise InputError(Text("registration.token_characters"), Text("registration.bad_token_todo"))
        if key_length != _AES_KEY_LENGTH:
            raise InputError(Text("registration.key_length", length=key_length), Text("registration.bad_key_todo"))
        if not _AES_KEY.fullmatch(self.aes_key.reveal()):
            raise InputError(Text("registration.key_characters"), Text("registration.bad_key_todo"))

    @property
    def can_be_registered(self) -> bool:
        """Whether DingTalk's API accepts the token; the developer console also accepts shorter tokens."""
        return len(self.token.reveal()) >= _MIN_REGISTERED_LENGTH

    def apply(self, request: PreparedRequest) -> None:
        """Add the token and the AES key to the JSON body of a request."""
        content = {**json.loads(request.body or "{}"), "token": self.token.reveal(), "aes_key": self.aes_key.reveal()}
        body = json.dumps(content, ensure_ascii=False).encode()
        request.body = body
        request.headers["Content-Length"] = str(len(body))

    def hide(self, text: str) -> str:
        """Return `text` with the token and the AES key masked."""
        return hide(text, self.token, self.aes_key)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, CallbackKeys):
            return NotImplemented
        return self._values() == other._values()

    def __hash__(self) -> int:
        return hash(self._values())

    def __repr__(self) -> str:
        return f"CallbackKeys(token={self.token}, aes_key={self.aes_key})"

    def _values(self) -> tuple[str, str]:
        return self.token.reveal(), self.aes_key.reveal()


def generate_keys() -> CallbackKeys:
    """Return a random token of 32 characters and a random AES key."""
    return CallbackKeys(_random_secret(_GENERATED_TOKEN_LENGTH), _random_secret(_AES_KEY_LENGTH))


def generate_card_secret() -> Secret:
    """Return a random key with which DingTalk signs callbacks of cards."""
    return _random_secret(_GENERATED_TOKEN_LENGTH)


def wrap_secrets(token: object, aes_key: object) -> tuple[Secret | None, Secret | None]:
    """Return both values as secrets, and None as None, so that tracebacks cannot show them."""
    return None if token is None else as_secret(token), None if aes_key is None else as_secret(aes_key)


def _random_secret(length: int) -> Secret:
    return Secret("".join(secrets.choice(_CHARACTERS) for _ in range(length)))

"""What is wrong with an encrypted callback: one class for each of DingTalk's codes 900001 to 900010."""

from typing import ClassVar

from dingnb.errors.tree import DingError, code_meaning, code_todo
from dingnb.words import Text


class CallbackError(DingError, ValueError):
    """
    A callback that cannot be read, is not genuine, or cannot be replied to.

    Attributes:
        code: DingTalk's code of it (docs/dingtalk.md, "Callbacks").
    """

    code: ClassVar[str] = ""


class EmptyTextError(CallbackError):
    """There is no text to encrypt."""

    code = "900001"


class NoTimestampError(CallbackError):
    """The timestamp is missing."""

    code = "900002"


class NoNonceError(CallbackError):
    """The nonce is missing."""

    code = "900003"


class AesKeyError(CallbackError):
    """The AES key is not valid."""

    code = "900004"


class SignatureError(CallbackError):
    """The signature does not match: it is forged, or token and AES key are those of another callback."""

    code = "900005"


class SigningError(CallbackError):
    """A signature cannot be computed from this."""

    code = "900006"


class EncryptError(CallbackError):
    """The text cannot be encrypted."""

    code = "900007"


class DecryptError(CallbackError):
    """The content cannot be decrypted."""

    code = "900008"


class TextLengthError(CallbackError):
    """The decrypted text does not have the length it states."""

    code = "900009"


class OwnerError(CallbackError):
    """The callback is meant for another app or organisation."""

    code = "900010"


def refusal(kind: type[CallbackError], key: str, /, **fields: object) -> CallbackError:
    """Return an error of a kind, without raising it, with the exact cause: the text of a key."""
    what = Text("callback.refused", code=kind.code, meaning=code_meaning(kind.code), why=Text(key, **fields))
    return kind(what, code_todo(kind.code))

"""Signs, encrypts, verifies and decrypts callbacks (docs/dingtalk.md, "Callbacks")."""

import base64
import binascii
import re
import secrets
from collections.abc import Callable, Iterable
from hashlib import sha1
from hmac import compare_digest

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CBC

from dingnb.clock import NS_PER_MS, SystemClock
from dingnb.errors import (
    AesKeyError,
    CallbackError,
    DecryptError,
    EmptyTextError,
    EncryptError,
    NoNonceError,
    NoTimestampError,
    OwnerError,
    SignatureError,
    SigningError,
    TextLengthError,
    callback_error,
)
from dingnb.errors.tracebacks import cleared_frames

_KEY_LENGTH = 43
_AES_KEY = re.compile(rf"[A-Za-z0-9+/]{{{_KEY_LENGTH}}}", re.ASCII)
_CIPHER_BLOCK = 16
_PADDED_BLOCK = 32
_RANDOM_BYTES = 16
_LENGTH_BYTES = 4
_NONCE_CHARACTERS = 16
_MAX_TIMESTAMP = 10**100
_SPACE = re.compile(r"\s+")


class CallbackCrypto:
    """
    Signs and encrypts the texts of one callback, and verifies and decrypts the texts that DingTalk sends.

    An object can be shared between threads. Its repr contains no secrets.

    Args:
        token: The callback's token, at least one character.
        aes_key: The callback's AES key, 43 characters: base64 of 32 bytes without the ``=``. The two unused bits of the
            last character are ignored.
        owner: The owner of the callback: the app key for a callback set in the developer console, the corp id for a
            callback registered through the API, or the suite key of a third-party app.

    Raises:
        AesKeyError: `aes_key` is not such a key (900004).
        SigningError: `token` is empty, or cannot be encoded as UTF-8 (900006).
        OwnerError: `owner` is empty (900010).

    Example:
        >>> crypto = CallbackCrypto("token-1", "4g5j64qlyl3zvetqxz5jiocdr586fn2zvjpa8zls3ij", "dingtestappkey")
        >>> encrypted = crypto.encrypt("你好", timestamp="1700000000000", nonce="abc")
        >>> crypto.decrypt(encrypted["msg_signature"], "1700000000000", "abc", encrypted["encrypt"])
        '你好'
    """

    __slots__ = ("__cipher", "__owner", "__sign")

    def __init__(self, token: str, aes_key: str, owner: str) -> None:
        parts = _create_parts(token, aes_key, owner)
        del token, aes_key  # an error shows the variables of its frames
        if isinstance(parts, CallbackError):
            raise parts
        self.__sign, self.__cipher = parts
        self.__owner = owner.encode()

    def encrypt(self, text: str, *, timestamp: str | int | None = None, nonce: str | None = None) -> dict[str, str]:
        """
        Encrypt and sign a text, as in a callback or its answer.

        Args:
            text: The text to encrypt, such as ``success``.
            timestamp: Milliseconds since the epoch; by default now.
            nonce: A text that is used only once; by default 16 random letters and digits.

        Returns:
            ``msg_signature``, ``timeStamp``, ``nonce`` and ``encrypt``, all texts.

        Raises:
            EmptyTextError: `text` is empty (900001).
            NoTimestampError: `timestamp` is an empty text (900002).
            NoNonceError: `nonce` is an empty text (900003).
            SigningError: `timestamp` or `nonce` cannot be encoded as UTF-8 (900006).
            EncryptError: `text` cannot be encoded as UTF-8 (900007).
        """
        stamp = str(SystemClock().now_ns() // NS_PER_MS) if timestamp is None else _timestamp_text(timestamp)
        nonce_text = secrets.token_hex(_NONCE_CHARACTERS // 2) if nonce is None else nonce
        if not _as_text(text):
            raise callback_error(EmptyTextError, "callback.empty_text")
        encrypted = self._encrypt_text(text, secrets.token_bytes(_RANDOM_BYTES))
        signature = self._signature(stamp, nonce_text, encrypted)
        return {"msg_signature": signature, "timeStamp": stamp, "nonce": nonce_text, "encrypt": encrypted}

    def decrypt(self, signature: str, timestamp: str | int, nonce: str, encrypt: str) -> str:
        """
        Verify the signature and owner of a callback, and return its text.

        Args:
            signature: The ``msg_signature`` of the query, else its ``signature``.
            timestamp: The ``timeStamp`` of the query, else its ``timestamp``. The age is not checked here.
            nonce: The ``nonce`` of the query.
            encrypt: The ``encrypt`` field of the body.

        Raises:
            NoTimestampError: The timestamp is missing (900002).
            NoNonceError: The nonce is missing (900003).
            SignatureError: The signature is missing or does not match (900005).
            SigningError: An argument cannot be encoded as UTF-8 (900006).
            DecryptError: `encrypt` is missing or not encrypted with this key, or its text is not valid UTF-8 (900008).
            TextLengthError: The length of the text does not match the stated length (900009).
            OwnerError: The callback belongs to a different owner (900010).
        """
        if not _as_text(encrypt):
            raise callback_error(DecryptError, "callback.missing_encrypt")
        if not _as_text(signature):
            raise callback_error(SignatureError, "callback.missing_signature")
        expected = self._signature(_timestamp_text(timestamp), nonce, encrypt)
        if not compare_digest(expected.encode(), signature.encode(errors="replace")):
            raise callback_error(SignatureError, "callback.other_signature")
        return self._decrypt_text(encrypt)

    def _signature(self, timestamp: str, nonce: str, encrypted: str) -> str:
        if not timestamp:
            raise callback_error(NoTimestampError, "callback.missing_timestamp")
        if not _as_text(nonce):
            raise callback_error(NoNonceError, "callback.missing_nonce")
        parts = (timestamp, nonce, encrypted)
        if not all(map(_is_encodable, parts)):
            raise callback_error(SigningError, "callback.half_character")
        with cleared_frames():
            return self.__sign(parts)

    def _encrypt_text(self, text: str, random: bytes) -> str:
        try:
            message = text.encode()
        except UnicodeEncodeError:
            raise callback_error(EncryptError, "callback.half_character") from None
        plain = random + len(message).to_bytes(_LENGTH_BYTES, "big") + message + self.__owner
        pad = _PADDED_BLOCK - len(plain) % _PADDED_BLOCK
        encryptor = self.__cipher.encryptor()
        return base64.b64encode(encryptor.update(plain + bytes([pad]) * pad) + encryptor.finalize()).decode()

    def _decrypt_text(self, encrypted: str) -> str:
        plain = _remove_padding(self._decrypt(encrypted))
        body = plain[_RANDOM_BYTES + _LENGTH_BYTES :]
        length = int.from_bytes(plain[_RANDOM_BYTES : _RANDOM_BYTES + _LENGTH_BYTES], "big")
        if len(plain) < _RANDOM_BYTES + _LENGTH_BYTES or length > len(body):
            raise callback_error(TextLengthError, "callback.other_length")
        if not compare_digest(body[length:], self.__owner):
            raise callback_error(OwnerError, "callback.other_owner")
        try:
            return body[:length].decode()
        except UnicodeDecodeError:
            raise callback_error(DecryptError, "callback.not_utf8") from None

    def _decrypt(self, encrypted: str) -> bytes:
        try:
            # One of DingTalk's own samples breaks the base64 into lines.
            content = base64.b64decode(_SPACE.sub("", encrypted), validate=True)
        except (binascii.Error, ValueError):
            raise callback_error(DecryptError, "callback.not_base64") from None
        if not content or len(content) % _CIPHER_BLOCK:
            raise callback_error(DecryptError, "callback.incomplete_block")
        decryptor = self.__cipher.decryptor()
        return decryptor.update(content) + decryptor.finalize()


def _create_parts(
    token: str, aes_key: str, owner: str
) -> "CallbackError | tuple[Callable[[Iterable[str]], str], Cipher[CBC]]":
    """Return a signing function and a cipher, which do not reveal token or key; or the error about an argument."""
    refused = _find_setup_error(token, aes_key, owner)
    if refused is not None:
        return refused

    def sign(parts: Iterable[str]) -> str:
        return sha1("".join(sorted((token, *parts))).encode()).hexdigest()  # noqa: S324 - DingTalk's choice

    key = base64.b64decode(f"{aes_key}=")
    return sign, Cipher(AES256(key), CBC(key[:_CIPHER_BLOCK]))


def _find_setup_error(token: object, aes_key: object, owner: object) -> CallbackError | None:
    """Return the error for invalid setup arguments, if any."""
    if not _as_text(token):
        return callback_error(SigningError, "callback.missing_token")
    if not _AES_KEY.fullmatch(_as_text(aes_key)):
        length = len(_as_text(aes_key))
        # The error shows the length if that is wrong.
        return callback_error(
            AesKeyError, "callback.key_characters" if length == _KEY_LENGTH else "callback.key_length", length=length
        )
    if not _as_text(owner):
        return callback_error(OwnerError, "callback.missing_owner")
    if not _is_encodable(_as_text(token)):
        return callback_error(SigningError, "callback.half_character")
    return None if _is_encodable(_as_text(owner)) else callback_error(OwnerError, "callback.half_character")


def _is_encodable(text: str) -> bool:
    """Return whether a text can be encoded as UTF-8, because it contains no lone surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _as_text(value: object) -> str:
    """Return a string unchanged, and an empty string for any other value that JSON may contain."""
    return value if isinstance(value, str) else ""


def _timestamp_text(value: object) -> str:
    """Return a timestamp as signed; empty for anything that is not a timestamp."""
    is_integer = isinstance(value, int) and not isinstance(value, bool) and abs(value) < _MAX_TIMESTAMP
    return str(value) if is_integer else _as_text(value)


def _remove_padding(plain: bytes) -> bytes:
    """Remove the padding: to 32 bytes, as DingTalk pads, or to 16, as some libraries do."""
    pad = plain[-1]
    if not 1 <= pad <= min(_PADDED_BLOCK, len(plain)) or plain[-pad:] != bytes([pad]) * pad:
        raise callback_error(DecryptError, "callback.bad_padding")
    return plain[:-pad]

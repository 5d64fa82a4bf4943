"""Encryption and signatures of callbacks, with DingTalk's test vectors and generated input."""

import base64
import json
import secrets
from collections.abc import Callable
from hashlib import sha1
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CBC
from hypothesis import given
from hypothesis import strategies as st

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
)
from dingnb.events.callbacks.crypto import CallbackCrypto
from tests.secret_leaks import interrupt_each_call
from tests.table_rows import for_each

TOKEN = "123456"
KEY = "4g5j64qlyl3zvetqxz5jiocdr586fn2zvjpa8zls3ij"
OWNER = "dingtestappkey"
RANDOM = b"0123456789abcdef"
STAMP, NONCE = "1700000000000", "abcdefgh"
CRYPTO = CallbackCrypto(TOKEN, KEY, OWNER)


def signed(encrypt: str, token: str = TOKEN) -> str:
    return sha1("".join(sorted((token, STAMP, NONCE, encrypt))).encode()).hexdigest()  # noqa: S324 - DingTalk's choice


def sealed(plain: bytes, key: str = KEY) -> str:
    """Encrypt padded content, as an attacker who has the key could."""
    raw = base64.b64decode(f"{key}=")
    encryptor = Cipher(AES256(raw), CBC(raw[:16])).encryptor()
    return base64.b64encode(encryptor.update(plain) + encryptor.finalize()).decode()


def padded(plain: bytes, block: int) -> bytes:
    pad = block - len(plain) % block
    return plain + bytes([pad]) * pad


def framed(text: bytes, owner: str = OWNER, length: int | None = None) -> bytes:
    return RANDOM + (len(text) if length is None else length).to_bytes(4, "big") + text + owner.encode()


def opened(plain: bytes) -> str:
    encrypt = sealed(plain)
    return CRYPTO.decrypt(signed(encrypt), STAMP, NONCE, encrypt)


def test_the_published_sample_reply_is_decrypted() -> None:
    crypto = CallbackCrypto(TOKEN, "1234567890123456789012345678901234567890123", "dingsnotzck6pm5veliw")
    encrypt = "YvkvaGe4hQxd3VxRmEty0dVlnCOAqwf56xwTRHDHoOURqhalbmBJQk5FNcRk42Gl5T0YQXZNwpwWSm1xAFJ5ZA=="
    signature = "9a95a004dd16f5c307e849b994173f76aa26e5eb"
    assert crypto.decrypt(signature, "1614767836", "A7Co0cJLMzIDtMMI", encrypt) == "success"


@pytest.mark.parametrize(
    ("key", "owner", "random", "stamp", "nonce", "signature", "encrypt"),
    [
        (
            "1234567890123456789012345678901234567890123",
            "dingsnotzck6pm5veliw",
            b"dICkEDLj0eb6yAbc",
            "1614767836",
            "A7Co0cJLMzIDtMMI",
            "9a95a004dd16f5c307e849b994173f76aa26e5eb",
            "YvkvaGe4hQxd3VxRmEty0dVlnCOAqwf56xwTRHDHoOURqhalbmBJQk5FNcRk42Gl5T0YQXZNwpwWSm1xAFJ5ZA==",
        ),
        (
            KEY,
            OWNER,
            RANDOM,
            STAMP,
            NONCE,
            "704cb21451e3df69c75d594a4b9bc8d0a8dc0bb7",
            "HcA0QDKRG/U9FnFvX30Rg5TZPZe4rWWUr96Ji6h2zLK3mrwt5ldBKdIXzLVfTPYKRa42jFb6UaJgaUA3USN8Lw==",
        ),
    ],
)
def test_the_test_vectors_are_reproduced_byte_for_byte(
    monkeypatch: pytest.MonkeyPatch,
    key: str,
    owner: str,
    random: bytes,
    stamp: str,
    nonce: str,
    signature: str,
    encrypt: str,
) -> None:
    monkeypatch.setattr(secrets, "token_bytes", lambda _length: random)
    crypto = CallbackCrypto(TOKEN, key, owner)
    expected = {"msg_signature": signature, "timeStamp": stamp, "nonce": nonce, "encrypt": encrypt}
    assert crypto.encrypt("success", timestamp=stamp, nonce=nonce) == expected
    assert crypto.decrypt(signature, int(stamp), nonce, encrypt) == "success"


@given(text=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200))
def test_any_text_survives_the_round_trip(text: str) -> None:
    made = CRYPTO.encrypt(text)
    assert CRYPTO.decrypt(made["msg_signature"], made["timeStamp"], made["nonce"], made["encrypt"]) == text


@pytest.mark.parametrize("block", [16, 32])
@for_each("length", range(65))
def test_every_padding_is_read(length: int, block: int) -> None:
    text = "钉" * (length // 3) + "x" * (length % 3)
    assert opened(padded(framed(text.encode()), block)) == text


@for_each("length", range(1, 65))
def test_plain_texts_are_padded_to_32_bytes(length: int) -> None:
    encrypt = CRYPTO.encrypt("x" * length)["encrypt"]
    assert len(base64.b64decode(encrypt)) % 32 == 0


@given(position=st.integers(0), flip=st.integers(1, 255), signs_anew=st.booleans())
def test_a_changed_byte_is_refused(position: int, flip: int, *, signs_anew: bool) -> None:
    """Refused without the token; with it, refused unless only the text itself changed."""
    text = "审批：同意"
    made = CRYPTO.encrypt(text, timestamp=STAMP, nonce=NONCE)
    raw = bytearray(base64.b64decode(made["encrypt"]))
    raw[position % len(raw)] ^= flip
    changed = base64.b64encode(raw).decode()
    if not signs_anew:
        with pytest.raises(SignatureError):
            CRYPTO.decrypt(made["msg_signature"], STAMP, NONCE, changed)
        return
    try:
        found = CRYPTO.decrypt(signed(changed), STAMP, NONCE, changed)
    except CallbackError:
        return
    assert len(found.encode()) <= len(raw)


@pytest.mark.parametrize(
    "change",
    [str.upper, lambda whole: whole[:-1], lambda whole: whole + "0", lambda whole: whole[0]],
    ids=["capitals", "shorter", "longer", "first"],
)
def test_a_signature_is_compared_as_a_whole(change: Callable[[str], str]) -> None:
    made = CRYPTO.encrypt("success", timestamp=STAMP, nonce=NONCE)
    with pytest.raises(SignatureError):
        CRYPTO.decrypt(change(made["msg_signature"]), STAMP, NONCE, made["encrypt"])


@pytest.mark.parametrize("part", ["msg_signature", "timeStamp", "nonce", "encrypt"])
def test_every_part_is_signed(part: str) -> None:
    made = CRYPTO.encrypt("success", timestamp=STAMP, nonce=NONCE)
    text = made[part]
    for position, character in enumerate(text):
        other = "1" if character != "1" else "2"
        changed = {**made, part: text[:position] + other + text[position + 1 :]}
        with pytest.raises(SignatureError):
            CRYPTO.decrypt(changed["msg_signature"], changed["timeStamp"], changed["nonce"], changed["encrypt"])


@for_each(
    ("plain", "error"),
    [
        (padded(framed(b"x", "dingother"), 32), OwnerError),
        (padded(framed(b"x", ""), 32), OwnerError),
        (padded(framed(b"x", OWNER + "1"), 32), OwnerError),
        (padded(framed(b"x", "1" + OWNER), 32), OwnerError),
        (padded(framed(b"x", OWNER[:-1]), 32), OwnerError),
        (padded(framed(b"x", OWNER.upper()), 32), OwnerError),
        (padded(framed(b"xyz", length=2), 32), OwnerError),
        (padded(framed(b"xyz", length=0), 32), OwnerError),
        (padded(framed(b"xyz", length=3 + len(OWNER) + 1), 32), TextLengthError),
        (padded(framed(b"xyz", length=200), 32), TextLengthError),
        (padded(framed(b"xyz", length=0xFFFFFFFF), 32), TextLengthError),
        (padded(RANDOM, 32), TextLengthError),
        (padded(framed(b"\xff\xfe"), 32), DecryptError),
        (framed(b"x" * 13) + b"\x00", DecryptError),
        (framed(b"x" * 13) + b"\x21", DecryptError),
        (framed(b"x" * 13) + b"\x21" * 33, DecryptError),
        (framed(b"x" * 12) + b"\x01\x02", DecryptError),
    ],
)
def test_malformed_plain_texts_are_refused(plain: bytes, error: type[CallbackError]) -> None:
    with pytest.raises(error):
        opened(plain)


@for_each("encrypt", ["", "???", "YWJj", None, 7, "é", "\ud800"])
def test_unencrypted_content_is_refused(encrypt: str) -> None:
    with pytest.raises(CallbackError):
        CRYPTO.decrypt(signed(encrypt) if encrypt in {"???", "YWJj"} else "0" * 40, STAMP, NONCE, encrypt)


def test_line_breaks_in_the_base64_are_read() -> None:
    encrypt = base64.encodebytes(base64.b64decode(sealed(padded(framed(b"x" * 80), 32)))).decode()
    assert encrypt.count("\n") > 1
    assert CRYPTO.decrypt(signed(encrypt), STAMP, NONCE, encrypt) == "x" * 80


@for_each("other", ["*", "-", "_", "=", "é", "\0"])
def test_characters_outside_base64_are_refused(other: str) -> None:
    encrypt = other + sealed(padded(framed(b"x"), 32))
    with pytest.raises(DecryptError):
        CRYPTO.decrypt(signed(encrypt), STAMP, NONCE, encrypt)


@pytest.mark.parametrize("last", "ghi")
def test_the_spare_bits_of_a_key_may_be_anything(last: str) -> None:
    other = CallbackCrypto(TOKEN, KEY[:-1] + last, OWNER)
    made = other.encrypt("success", timestamp=STAMP, nonce=NONCE)
    assert CRYPTO.decrypt(made["msg_signature"], STAMP, NONCE, made["encrypt"]) == "success"


@for_each("key", ["", KEY[:-1], KEY + "a", KEY[:-1] + "é", KEY[:-1] + "\n", None])
def test_a_key_of_wrong_length_is_refused(key: str) -> None:
    with pytest.raises(AesKeyError, match="43") as caught:
        CallbackCrypto(TOKEN, key, OWNER)
    assert caught.value.code == "900004"
    # The length is named if that is the problem.
    length = len(key or "")
    assert (f"has {length} characters" in caught.value.what) is (length != 43)
    assert ("contains other characters" in caught.value.what) is (length == 43)


def test_empty_parts_have_their_own_errors() -> None:
    for error, make in {
        SigningError: lambda: CallbackCrypto("", KEY, OWNER),
        OwnerError: lambda: CallbackCrypto(TOKEN, KEY, ""),
        EmptyTextError: lambda: CRYPTO.encrypt(""),
        EncryptError: lambda: CRYPTO.encrypt("\ud800"),
        NoTimestampError: lambda: CRYPTO.encrypt("x", timestamp=""),
        NoNonceError: lambda: CRYPTO.encrypt("x", nonce=""),
        DecryptError: lambda: CRYPTO.decrypt("x", STAMP, NONCE, ""),
        SignatureError: lambda: CRYPTO.decrypt("", STAMP, NONCE, "x"),
    }.items():
        with pytest.raises(error):
            make()  # type: ignore[no-untyped-call]


@pytest.mark.parametrize(
    "stamp", [b"1700000000000", 1_700_000_000_000.0, True, [], 10**5_000], ids=lambda timestamp: str(type(timestamp))
)
def test_a_timestamp_of_another_type_counts_as_missing(stamp: Any) -> None:
    with pytest.raises(NoTimestampError):
        CRYPTO.encrypt("x", timestamp=stamp)
    with pytest.raises(NoTimestampError):
        CRYPTO.decrypt("0" * 40, stamp, NONCE, "x")
    with pytest.raises(NoTimestampError):
        CRYPTO.decrypt("0" * 40, None, NONCE, "x")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("token", "key", "owner"),
    [
        (TOKEN, KEY + "x", OWNER),
        ("", KEY, OWNER),
        (TOKEN, KEY, ""),
        (TOKEN + "\ud800", KEY, OWNER),
        (TOKEN, KEY, "\udfff"),
    ],
)
def test_no_setup_error_reveals_token_or_key(
    token: str, key: str, owner: str, whole_of: Callable[[BaseException], str]
) -> None:
    with pytest.raises(CallbackError) as caught:
        CallbackCrypto(token, key, owner)
    assert TOKEN not in whole_of(caught.value)
    assert KEY not in whole_of(caught.value)


@pytest.mark.parametrize("half", [("\ud800", NONCE, "x"), (STAMP, "\ud800", "x"), (STAMP, NONCE, "\udfff")])
def test_no_signing_error_reveals_token_or_key(
    half: tuple[str, str, str], whole_of: Callable[[BaseException], str]
) -> None:
    with pytest.raises(SigningError) as caught:
        CRYPTO.decrypt("0" * 40, *half)
    assert TOKEN not in whole_of(caught.value)
    assert KEY not in whole_of(caught.value)


def test_an_interrupt_reveals_neither_token_nor_key() -> None:
    def act() -> None:
        crypto = CallbackCrypto("token-of-a-callback", KEY, OWNER)
        sealed_post = crypto.encrypt("x", timestamp=STAMP, nonce=NONCE)
        crypto.decrypt(sealed_post["msg_signature"], STAMP, NONCE, sealed_post["encrypt"])

    found = dict(interrupt_each_call(act, "token-of-a-callback", KEY, wraps=CallbackCrypto.__init__))
    assert len(found) > 20
    assert {at: places for at, places in found.items() if places} == {}


def test_the_ten_codes_are_ten_classes() -> None:
    assert sorted(kind.code for kind in CallbackError.__subclasses__()) == [str(900000 + n) for n in range(1, 11)]


def test_no_secret_is_shown() -> None:
    with pytest.raises(SignatureError) as caught:
        CRYPTO.decrypt("0" * 40, STAMP, NONCE, "x")
    for text in (repr(CRYPTO), str(CRYPTO), str(caught.value), json.dumps(str(caught.value.args))):
        assert TOKEN not in text
        assert KEY not in text

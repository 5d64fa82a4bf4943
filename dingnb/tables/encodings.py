"""Detection of a text file's encoding, and of text that was damaged before."""

import codecs
import re
from dataclasses import dataclass

from dingnb.errors import FileError
from dingnb.words import Text

_BOMS: tuple[tuple[bytes, str, str], ...] = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8 with BOM"),
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
_SUPERSETS = {"utf-8": "utf-8-sig", "gbk": "gb18030", "gb2312": "gb18030"}
"""Supersets of common encodings, needed for rare characters in names."""

_WITHOUT_BOM = {**_SUPERSETS, "utf-16": "utf-16-le", "utf-32": "utf-32-le"}
"""Encodings for files without the BOM of the given encoding: streams read UTF-16 and UTF-32 only with a BOM."""

_NOT_FOR_FILES = frozenset({"idna", "punycode"})
"""Encodings of domain names."""

_HEAD_BYTES = 4_096
_MIN_ZERO_SHARE = 0.1
"""Minimum share of zero bytes in the head of a file in UTF-16."""

_DAMAGE = re.compile("\ufffd|锟斤拷|烫烫烫|屯屯屯")
_PRIVATE = re.compile("[\ue000-\uf8ff]")
_NOT_ASCII = re.compile("[^\x00-\x7f]+")
_LINE_ENDS = re.compile("\r\n?|\n")
_MAX_INSPECTED = 20_000
_MIN_COMMON_SHARE = 0.5
_MAX_PRIVATE_SHARE = 0.02


@dataclass(frozen=True, slots=True)
class DetectedEncoding:
    """
    The encoding of a file.

    Attributes:
        encoding: The name in Python.
        display_name: The name for displays.
        notes: Notes about suspicious text.
    """

    encoding: str
    display_name: str
    notes: tuple[Text, ...]


def find_encoding(name: str, data: bytes, chosen: str | None) -> DetectedEncoding:
    """
    Return the chosen encoding, or detect it: by BOM, by the zero bytes of UTF-16, as UTF-8, or as GB18030.

    GB18030 includes GBK and GB2312.

    Args:
        name: The file's name, for error messages.
        data: The file's bytes.
        chosen: The encoding that the user has set; None detects it.

    Raises:
        FileError: The bytes cannot be decoded (the message contains the line of the first invalid byte), the file is
            not text, or the chosen encoding is unknown.
    """
    encoding, display_name = _look_up_codec(name, data, chosen) if chosen else _detect_by_bom_or_zeros(name, data)
    if encoding:
        text = _decode(data, encoding)
        if isinstance(text, UnicodeDecodeError):
            raise _decoding_error(name, data, text.start, encoding, display_name)
        return DetectedEncoding(encoding, display_name, _damage_notes(text))
    utf8_text = _decode(data, "utf-8")
    if isinstance(utf8_text, str):
        return DetectedEncoding("utf-8", "UTF-8", _damage_notes(utf8_text))
    if _is_damaged_utf8(data):
        raise _decoding_error(name, data, utf8_text.start, "utf-8", "UTF-8")
    text = _decode(data, "gb18030")
    if isinstance(text, UnicodeDecodeError):
        raise _decoding_error(name, data, max(utf8_text.start, text.start), "gb18030", "UTF-8, GB18030")
    return DetectedEncoding("gb18030", "GB18030 (GBK)", _damage_notes(text) or _wrong_encoding_notes(text))


def undo_mojibake(text: str) -> str:
    """
    Return the original of a text that was decoded with a wrong encoding and saved; empty for any other text.

    >>> undo_mojibake("鎵嬫満"), undo_mojibake("MÃ¼ller"), undo_mojibake("手机")
    ('手机', 'Müller', '')
    """
    if text.isascii():
        return ""
    for wrong in ("gb18030", "cp1252", "latin-1"):
        try:
            original = text.encode(wrong).decode("utf-8")
        except UnicodeError:
            continue
        if len(original) < len(text) and "\ufffd" not in original:
            return original
    return ""


def _look_up_codec(name: str, data: bytes, encoding: str) -> tuple[str, str]:
    """Return the name in Python and the name for displays of an encoding that the user has set."""
    try:
        codec = codecs.lookup(encoding)
        "".encode(codec.name)
    except (LookupError, TypeError, ValueError):
        codec = None
    if codec is None or codec.name in _NOT_FOR_FILES:
        raise FileError(Text("file.bad_encoding", file=name, encoding=encoding), Text("file.bad_encoding_todo"))
    if data.startswith(tuple(bom for bom, encoding_of_bom, _ in _BOMS if encoding_of_bom == codec.name)):
        return codec.name, encoding
    return _WITHOUT_BOM.get(codec.name, codec.name), encoding


def _detect_by_bom_or_zeros(name: str, data: bytes) -> tuple[str, str]:
    """Return the name in Python and the name for displays; empty for a file without a BOM that is not UTF-16."""
    for bom, encoding, display_name in _BOMS:
        if data.startswith(bom):
            return encoding, display_name
    # Without a BOM, the zero bytes of digits, delimiters and line ends determine the byte order.
    head = data[:_HEAD_BYTES]
    odd, even = head[1::2].count(0), head[::2].count(0)
    if max(odd, even) <= len(head) * _MIN_ZERO_SHARE:
        return "", ""
    encoding = "utf-16-le" if odd > even else "utf-16-be"
    if min(odd, even) > max(odd, even) // 10 or isinstance(_decode(data, encoding), UnicodeDecodeError):
        raise FileError(Text("file.binary", file=name), Text("file.save_again_todo"))
    return encoding, "UTF-16"


def _decode(data: bytes, encoding: str) -> str | UnicodeDecodeError:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        return error


def _is_damaged_utf8(data: bytes) -> bool:
    """Return whether the data is UTF-8 with a few invalid bytes, rather than GBK."""
    text = data.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    good = sum(map(len, _NOT_ASCII.findall(text))) - bad
    return good > 2 * bad


def _decoding_error(name: str, data: bytes, position: int, encoding: str, display_name: str) -> FileError:
    line = _line_at_end(data[:position].decode(encoding, "replace"))
    what = Text("file.undecodable", file=name, encoding=display_name, line=line, byte=f"0x{data[position]:02X}")
    return FileError(what, Text("file.undecodable_todo"))


def _line_at_end(text: str) -> int:
    return len(_LINE_ENDS.findall(text)) + 1


def _damage_notes(text: str) -> tuple[Text, ...]:
    first_damage = _DAMAGE.search(text)
    if first_damage is None:
        return ()
    line = _line_at_end(text[: first_damage.start()])
    n = sum(1 for _ in _DAMAGE.finditer(text))
    return (Text("file.spoilt", n=n, sample=first_damage.group(), line=line),)


def _wrong_encoding_notes(text: str) -> tuple[Text, ...]:
    foreign = "".join(_NOT_ASCII.findall(text[: 50 * _MAX_INSPECTED]))[:_MAX_INSPECTED]
    if not foreign:
        return ()
    common = len(foreign.encode("gb2312", "ignore")) / 2 / len(foreign)
    private = len(_PRIVATE.findall(foreign)) / len(foreign)
    if common >= _MIN_COMMON_SHARE and private < _MAX_PRIVATE_SHARE:
        return ()
    return (Text("file.foreign", sample=foreign[:10]),)

"""Detection of a text file's encoding and of text that was already damaged."""

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
_WIDER = {"utf-8": "utf-8-sig", "gbk": "gb18030", "gb2312": "gb18030"}
"""Supersets of common encodings, needed for rare characters in names."""

_HEAD_BYTES = 4_096
_MIN_ZERO_SHARE = 0.1
"""The least share of zero bytes in the head of a file in UTF-16."""

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
        shown: The name for displays.
        notes: Notes about suspicious text.
    """

    encoding: str
    shown: str
    notes: tuple[Text, ...]


def find_encoding(name: str, data: bytes, given: str | None) -> DetectedEncoding:
    """
    Return the given encoding, or detect it: by BOM, as UTF-8, or as GB18030, which includes GBK and GB2312.

    Args:
        name: The file's name, for error messages.
        data: The file's bytes.
        given: The encoding given by the user.

    Raises:
        FileError: The bytes cannot be decoded. The message contains the line of the first invalid byte.
    """
    encoding, shown = _named(name, given) if given else _by_bom(name, data)
    if encoding:
        text, bad_at = _decode(data, encoding)
        if text is None:
            raise _undecodable(name, data, bad_at, encoding, shown)
        return DetectedEncoding(encoding, shown, _damage_notes(text))
    text, bad_at = _decode(data, "utf-8")
    if text is not None:
        return DetectedEncoding("utf-8", "UTF-8", _damage_notes(text))
    if _is_damaged_utf8(data):
        raise _undecodable(name, data, bad_at, "utf-8", "UTF-8")
    text, bad_at_gb = _decode(data, "gb18030")
    if text is None:
        raise _undecodable(name, data, max(bad_at, bad_at_gb), "gb18030", "UTF-8, GB18030")
    return DetectedEncoding("gb18030", "GB18030 (GBK)", _damage_notes(text) or _wrong_encoding_notes(text))


def undo_mojibake(text: str) -> str:
    """
    Return the original of a text that was decoded with a wrong encoding and saved; empty if it was not.

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


def _named(name: str, given: str) -> tuple[str, str]:
    try:
        codec = codecs.lookup(given)
        "".encode(codec.name)
    except (LookupError, TypeError, ValueError):
        raise FileError(Text("file.bad_encoding", file=name, encoding=given), Text("file.bad_encoding_todo")) from None
    return _WIDER.get(codec.name, codec.name), given


def _by_bom(name: str, data: bytes) -> tuple[str, str]:
    for bom, encoding, shown in _BOMS:
        if data.startswith(bom):
            return encoding, shown
    # Without a BOM, the zero bytes of digits, delimiters and line ends determine the byte order.
    head = data[:_HEAD_BYTES]
    odd, even = head[1::2].count(0), head[::2].count(0)
    if max(odd, even) <= len(head) * _MIN_ZERO_SHARE:
        return "", ""
    encoding = "utf-16-le" if odd > even else "utf-16-be"
    if min(odd, even) > max(odd, even) // 10 or _decode(data, encoding)[0] is None:
        raise FileError(Text("file.binary", file=name), Text("file.save_again_todo"))
    return encoding, "UTF-16"


def _decode(data: bytes, encoding: str) -> tuple[str | None, int]:
    try:
        return data.decode(encoding), -1
    except UnicodeDecodeError as error:
        return None, error.start


def _is_damaged_utf8(data: bytes) -> bool:
    """Return whether the data is UTF-8 with a few invalid bytes, rather than GBK."""
    text = data.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    good = sum(map(len, _NOT_ASCII.findall(text))) - bad
    return good > 2 * bad


def _undecodable(name: str, data: bytes, position: int, encoding: str, shown: str) -> FileError:
    line = _line_at_end(data[:position].decode(encoding, "replace"))
    what = Text("file.undecodable", file=name, encoding=shown, line=line, byte=f"0x{data[position]:02X}")
    return FileError(what, Text("file.undecodable_todo"))


def _line_at_end(text: str) -> int:
    return len(_LINE_ENDS.findall(text)) + 1


def _damage_notes(text: str) -> tuple[Text, ...]:
    first = _DAMAGE.search(text)
    if first is None:
        return ()
    line = _line_at_end(text[: first.start()])
    n = sum(1 for _ in _DAMAGE.finditer(text))
    return (Text("file.spoilt", n=n, sample=first.group(), line=line),)


def _wrong_encoding_notes(text: str) -> tuple[Text, ...]:
    foreign = "".join(_NOT_ASCII.findall(text[: 50 * _MAX_INSPECTED]))[:_MAX_INSPECTED]
    if not foreign:
        return ()
    common = len(foreign.encode("gb2312", "ignore")) / 2 / len(foreign)
    private = len(_PRIVATE.findall(foreign)) / len(foreign)
    if common >= _MIN_COMMON_SHARE and private < _MAX_PRIVATE_SHARE:
        return ()
    return (Text("file.foreign", sample=foreign[:10]),)

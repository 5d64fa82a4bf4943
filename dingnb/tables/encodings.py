"""Finds out in which encoding a text file was written, and whether its text was spoilt before."""

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
"""Encodings that contain the ones which people name; a rare character of a name may need that."""

_HEAD = 4_096
_ZERO_OF = 10
_SPOILT = re.compile("\ufffd|锟斤拷|烫烫烫|屯屯屯")
_PRIVATE = re.compile("[\ue000-\uf8ff]")
_NOT_ASCII = re.compile("[^\x00-\x7f]+")
_LINE_ENDS = re.compile("\r\n?|\n")
_MOST_LOOKED_AT = 20_000
_FEWEST_COMMON = 0.5
_MOST_PRIVATE = 0.02


@dataclass(frozen=True, slots=True)
class Decoded:
    """
    How a file's bytes become text.

    Attributes:
        encoding: Python's name of the encoding.
        shown: How people call it.
        notes: What looks wrong, as sentences.
    """

    encoding: str
    shown: str
    notes: tuple[Text, ...]


def find_encoding(name: str, data: bytes, given: str | None) -> Decoded:
    """
    Return the encoding: the one given, else by BOM, else UTF-8, else GB18030, which contains GBK and GB2312.

    Args:
        name: The file's name, for errors.
        data: Its bytes.
        given: The encoding that the user names.

    Raises:
        FileError: The bytes are not of that encoding, or of none of them; the line of the first is named.
    """
    encoding, shown = _named(name, given) if given else _by_bom(name, data)
    if encoding:
        text, bad_at = _decode(data, encoding)
        if text is None:
            raise _undecodable(name, data, bad_at, encoding, shown)
        return Decoded(encoding, shown, _looks_spoilt(text))
    text, bad_at = _decode(data, "utf-8")
    if text is not None:
        return Decoded("utf-8", "UTF-8", _looks_spoilt(text))
    if _is_damaged_utf8(data):
        raise _undecodable(name, data, bad_at, "utf-8", "UTF-8")
    text, bad_at_gb = _decode(data, "gb18030")
    if text is None:
        raise _undecodable(name, data, max(bad_at, bad_at_gb), "gb18030", "UTF-8, GB18030")
    return Decoded("gb18030", "GB18030 (GBK)", _looks_spoilt(text) or _looks_foreign(text))


def was_misread(text: str) -> str:
    """
    Return what a text was before it was read in a wrong encoding and saved again; empty where it was not.

    >>> was_misread("鎵嬫満"), was_misread("MÃ¼ller"), was_misread("手机")
    ('手机', 'Müller', '')
    """
    if text.isascii():
        return ""
    for wrong in ("gb18030", "cp1252", "latin-1"):
        try:
            meant = text.encode(wrong).decode("utf-8")
        except UnicodeError:
            continue
        if len(meant) < len(text) and "\ufffd" not in meant:
            return meant
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
    # Without a BOM, the zero bytes of digits, delimiters and line ends tell the byte order.
    head = data[:_HEAD]
    odd, even = head[1::2].count(0), head[::2].count(0)
    if max(odd, even) * _ZERO_OF <= len(head):
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
    """Tell UTF-8 with a few bad bytes from GBK, which strict GB18030 would read as nonsense."""
    text = data.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    good = sum(map(len, _NOT_ASCII.findall(text))) - bad
    return good > 2 * bad


def _undecodable(name: str, data: bytes, position: int, encoding: str, shown: str) -> FileError:
    line = _line_behind(data[:position].decode(encoding, "replace"))
    what = Text("file.undecodable", file=name, encoding=shown, line=line, byte=f"0x{data[position]:02X}")
    return FileError(what, Text("file.undecodable_todo"))


def _line_behind(text: str) -> int:
    return len(_LINE_ENDS.findall(text)) + 1


def _looks_spoilt(text: str) -> tuple[Text, ...]:
    first = _SPOILT.search(text)
    if first is None:
        return ()
    line = _line_behind(text[: first.start()])
    n = sum(1 for _ in _SPOILT.finditer(text))
    return (Text("file.spoilt", n=n, sample=first.group(), line=line),)


def _looks_foreign(text: str) -> tuple[Text, ...]:
    foreign = "".join(_NOT_ASCII.findall(text[: 50 * _MOST_LOOKED_AT]))[:_MOST_LOOKED_AT]
    if not foreign:
        return ()
    common = len(foreign.encode("gb2312", "ignore")) / 2 / len(foreign)
    private = len(_PRIVATE.findall(foreign)) / len(foreign)
    if common >= _FEWEST_COMMON and private < _MOST_PRIVATE:
        return ()
    return (Text("file.foreign", sample=foreign[:10]),)

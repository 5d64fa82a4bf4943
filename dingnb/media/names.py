"""File names that are safe to send: no folders, nothing invisible, not too long, and with the suffix of the content."""

import re
import unicodedata
from typing import Final

from dingnb.media.kinds import FORMATS, Format

MAX_NAME_BYTES: Final = 200
"""
Maximum length of a name in UTF-8.

No page gives DingTalk's own limit, so this is an assumption; file systems, to which recipients save, allow 255.
"""

_FORBIDDEN = re.compile(r'[<>:"|?*]')
"""Characters that Windows does not allow in names."""

_JOINER, _VARIANT = "\u200d", "\ufe0f"
"""Invisible characters within emoji."""

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_SUFFIXES = frozenset(suffix for one in FORMATS.values() for suffix in one.suffixes)


def safe_name(name: str, content: Format) -> str:
    r"""
    Return a name without folders and hidden characters, shortened if too long, with the suffix of its content.

    >>> safe_name("../../etc/工资条.PDF", FORMATS["pdf"]), safe_name("chart.jpeg", FORMATS["png"])
    ('工资条.PDF', 'chart.png')
    >>> safe_name("a\\b\x00.png", FORMATS["png"]), safe_name("", FORMATS["png"]), safe_name("v1.2", FORMATS["zip"])
    ('b.png', 'image.png', 'v1.2.zip')
    """
    stem, suffix = split_suffix(_cleaned(name))
    if suffix.lower() not in content.suffixes:
        suffix = content.suffixes[0]
    stem = stem.strip(" .") or content.mime.partition("/")[0].replace("application", "file")
    return _shortened(stem, MAX_NAME_BYTES - len(suffix.encode())) + suffix


def split_suffix(name: str) -> tuple[str, str]:
    """
    Return a name without its suffix, and the suffix; only suffixes of DingTalk's formats count.

    >>> split_suffix("report.2026.pdf"), split_suffix("report.2026")
    (('report.2026', '.pdf'), ('report.2026', ''))
    """
    stem, dot, last = name.rpartition(".")
    return (stem, dot + last) if f".{last.lower()}" in _SUFFIXES and dot else (name, "")


def _cleaned(name: str) -> str:
    last = unicodedata.normalize("NFC", re.split(r"[/\\]", name)[-1])
    shown = "".join(one for one in last if one in {_JOINER, _VARIANT} or unicodedata.category(one) not in _HIDDEN)
    return " ".join(_FORBIDDEN.sub("_", shown).split())


def _shortened(stem: str, max_bytes: int) -> str:
    while len(stem.encode()) > max_bytes:
        stem = stem[:-1]
        # Half an emoji would be another one.
        while stem and (stem[-1] in {_JOINER, _VARIANT} or unicodedata.combining(stem[-1])):
            stem = stem[:-1]
    return stem.rstrip(" .")

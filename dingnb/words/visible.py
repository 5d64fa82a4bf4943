"""
Makes untrusted text safe to display, and measures and shortens texts.

Unprintable characters are escaped, so that a text cannot control a terminal, break a line or reverse its direction.
Joiners within an emoji, such as a family, are kept. Chinese characters take two columns, and combining marks none.
"""

from itertools import accumulate
from unicodedata import category, east_asian_width

_ELLIPSIS = "..."
_JOINER = "\u200d"
_EMOJI_VARIANT = "\ufe0f"
_CATEGORIES_WITHOUT_WIDTH = frozenset({"Mn", "Me", "Cf"})
"""The categories of combining marks, and of invisible characters such as joiners."""


def visible(text: str) -> str:
    r"""
    Return a text with unprintable characters escaped.

    >>> visible("\x1b[31mred\u202e")
    '\\x1b[31mred\\u202e'
    """
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() or _joins_emoji(text, at) else character.encode("unicode_escape").decode()
        for at, character in enumerate(text)
    )


def without_emoji_joiners(text: str) -> str:
    r"""
    Return a text without the invisible joiners that combine several emoji; other joiners are kept.

    >>> without_emoji_joiners("\U0001f469\u200d\U0001f4bb a\u200db") == "\U0001f469\U0001f4bb a\u200db"
    True
    """
    if _JOINER not in text:
        return text
    return "".join(character for at, character in enumerate(text) if not _joins_emoji(text, at))


def _joins_emoji(text: str, at: int) -> bool:
    """Return whether a character joins the emoji before and after it."""
    if text[at] != _JOINER or not 0 < at < len(text) - 1:
        return False
    before, after = text[at - 1], text[at + 1]
    return (category(before) in {"So", "Sk"} or before == _EMOJI_VARIANT) and category(after) == "So"


def safe_str(value: object) -> str:
    """
    Return the `str` of a value that may contain an integer with more digits than Python writes.

    An integer with too many digits is written in hexadecimal, and an object that contains one as the name of its type.

    >>> safe_str(12), safe_str(10**5000)[:4], safe_str({10**5000: 1})
    ('12', '0x31', 'dict')
    """
    try:
        return str(value)
    except ValueError:
        return hex(value) if isinstance(value, int) else type(value).__name__


def truncate(text: str, length: int) -> str:
    r"""
    Return a text truncated to a number of characters, without a joiner at the cut, which would be escaped.

    >>> truncate("payslip.pdf", 8), truncate("\U0001f469\u200d\U0001f4bb\U0001f4bb", 3) == "\U0001f469…"
    ('payslip…', True)
    """
    return text if len(text) <= length else f"{text[: length - 1].removesuffix(_JOINER)}…"


def truncate_middle(text: str, length: int) -> str:
    """
    Return a text shortened to a number of characters in its middle: names often differ only in their ends.

    >>> truncate_middle("team-day-2026-11-30-reminder", 20)
    'team-day-2…-reminder'
    """
    if len(text) <= length:
        return text
    end = (length - 1) // 2
    return f"{text[: length - 1 - end]}…{text[-end:]}"


def width(text: str) -> int:
    r"""
    Return the width of a text in columns.

    >>> width("Sent"), width("已发送"), width("มี"), width("❤\ufe0f")
    (4, 6, 1, 2)
    """
    return sum(map(_character_width, text))


def truncate_to_width(text: str, columns: int) -> str:
    """
    Return a text truncated to a width in columns.

    >>> truncate_to_width("已发送：12 / 300 人", 12)
    '已发送：1...'
    """
    if width(text) <= columns:
        return text
    fitting = sum(width_so_far <= columns - len(_ELLIPSIS) for width_so_far in accumulate(map(_character_width, text)))
    return text[:fitting] + _ELLIPSIS


def _character_width(character: str) -> int:
    # The emoji variant makes the character before it two columns wide.
    if category(character) in _CATEGORIES_WITHOUT_WIDTH and character != _EMOJI_VARIANT:
        return 0
    return 2 if east_asian_width(character) in "WF" else 1

"""
The kinds of value that a field of a message may hold, each with the pattern that it has to match.

The sources are the rows of docs/dingtalk.md, "Messages"; what no page says is marked there as an assumption.
"""

import re
from collections.abc import Mapping
from typing import Final, Literal

Kind = Literal[
    "text", "markdown", "url", "picture", "media_id", "duration", "colour", "status_colour", "orientation",
    "object", "list",
]  # fmt: skip

_NEVER_IN_URLS = r'\s<>"\\\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff'
_REST_OF_URL = rf"://[^{_NEVER_IN_URLS}/?#][^{_NEVER_IN_URLS}]*"
_MEDIA_ID = r"[@$]?[0-9A-Za-z_+/=-]+"

WEB_ADDRESS: Final = re.compile(rf"(?i:https?){_REST_OF_URL}")
"""An address of the web, which is all that a picture may have."""

PATTERNS: Mapping[str, re.Pattern[str]] = {
    "url": re.compile(rf"(?i:https?|dingtalk|eapp){_REST_OF_URL}"),
    "picture": re.compile(rf"{WEB_ADDRESS.pattern}|{_MEDIA_ID}"),
    # That an id may lack its @ or $ is an assumption: every documented one has it.
    "media_id": re.compile(_MEDIA_ID),
    "duration": re.compile(r"[1-9]|[1-5][0-9]"),
    "colour": re.compile(r"[0-9A-Fa-f]{8}"),
    "status_colour": re.compile(r"0x[Ff]{2}[0-9A-Fa-f]{6}"),
    "orientation": re.compile(r"[01]"),
}

CONTROL = re.compile(r"[\x00-\x07\x0b\x0e-\x1f]")
r"""A control character that JSON can only write as ``\uXXXX``, which DingTalk refuses with 40033."""


def fits(kind: str, value: str) -> bool:
    """
    Return whether a text is a value of this kind.

    >>> fits("url", "eapp://page/index"), fits("url", "javascript:alert(1)"), fits("duration", "60")
    (True, False, False)
    """
    pattern = PATTERNS.get(kind)
    return pattern is None or pattern.fullmatch(value) is not None

"""Suggests a campaign name from the first words of its message and the date."""

import re
from itertools import accumulate
from unicodedata import normalize

from dingnb.calls.repeats import iso_day
from dingnb.display.terminal import width
from dingnb.messages import Message

MAX_COLUMNS = 30
"""Maximum width of the words in a name, in columns; Chinese characters are two columns wide."""

_FIELDS = ("title", "body.title", "content", "text", "markdown", "body.content", "head.text")
"""Paths of the fields searched for words: titles before texts."""

_NO_WORDS = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}|\w+://\S+", re.DOTALL)
_WORD = re.compile(r"[^\W_]+")
_INSIDE_WORDS = re.compile("['\u2019]")


def suggest_name(message: Message, at_ns: int) -> str:
    """
    Return a valid campaign name: lower-case words and the date in Beijing, joined by hyphens.

    Args:
        message: The message. Its template tags and URLs are ignored; without any words, the name says ``message``.
        at_ns: The time, nanoseconds since the epoch.
    """
    texts = dict(message.content)
    found = (_words(texts[field]) for field in _FIELDS if field in texts)
    return f"{next(filter(None, found), None) or 'message'}-{iso_day(at_ns)}"


def _words(text: str) -> str:
    """Return as many of the first words of a text as fit; if even the first is too long, its beginning."""
    plain = _INSIDE_WORDS.sub("", normalize("NFKC", _NO_WORDS.sub(" ", text)).lower())
    words = _WORD.findall(plain)
    ends = accumulate(width(word) + 1 for word in words)
    whole = [word for word, end in zip(words, ends, strict=True) if end <= MAX_COLUMNS + 1]
    return "-".join(whole) or _beginning(words[0]) if words else ""


def _beginning(word: str) -> str:
    return "".join(one for one, end in zip(word, accumulate(map(width, word)), strict=True) if end <= MAX_COLUMNS)

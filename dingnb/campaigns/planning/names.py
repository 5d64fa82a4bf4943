"""Suggests a name for a campaign: the first words of its message, and the day."""

import re
from itertools import accumulate
from unicodedata import normalize

from dingnb.calls.repeats import day_in_digits
from dingnb.display.terminal import width
from dingnb.messages import Message

MOST_COLUMNS = 30
"""So many letters, or half as many Chinese ones, the words of a name have at most."""

_FIELDS = ("title", "body.title", "content", "text", "markdown", "body.content", "head.text")
"""Where the words are looked for, by a field's path: titles before texts."""

_NO_WORDS = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}|\w+://\S+", re.DOTALL)
_WORD = re.compile(r"[^\W_]+")
_INSIDE_WORDS = re.compile("['\u2019]")


def suggest_name(message: Message, at_ns: int) -> str:
    """
    Return a name that `naming.read_name` takes: lower-case words and the day in Beijing, joined by hyphens.

    Args:
        message: What is sent. Templates and addresses in it are no words; without any the name says ``message``.
        at_ns: The time, nanoseconds since the epoch.
    """
    texts = dict(message.content)
    found = (_words(texts[field]) for field in _FIELDS if field in texts)
    return f"{next(filter(None, found), None) or 'message'}-{day_in_digits(at_ns)}"


def _words(text: str) -> str:
    """Return the first words of a text, as many as have room; of one that is too long, its beginning."""
    plain = _INSIDE_WORDS.sub("", normalize("NFKC", _NO_WORDS.sub(" ", text)).lower())
    words = _WORD.findall(plain)
    ends = accumulate(width(word) + 1 for word in words)
    whole = [word for word, end in zip(words, ends, strict=True) if end <= MOST_COLUMNS + 1]
    return "-".join(whole) or _beginning(words[0]) if words else ""


def _beginning(word: str) -> str:
    return "".join(one for one, end in zip(word, accumulate(map(width, word)), strict=True) if end <= MOST_COLUMNS)

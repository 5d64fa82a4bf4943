"""
The names of campaigns: names of tests, which no other campaign may have, and the names that a form suggests.

A suggested name is the first words of the message, and the date.
"""

import itertools
import re
from collections.abc import Iterator
from unicodedata import category, normalize

from dingnb.calls.days import iso_day
from dingnb.errors import InputError
from dingnb.errors.arguments import read_name
from dingnb.ledger.names import fold_name
from dingnb.messages import Message
from dingnb.words import Text, say
from dingnb.words.visible import width

_TEST_PREFIX = "test-"
_TEST_DIGITS = 10
_NAME_OF_TEST = re.compile(rf"{_TEST_PREFIX}[0-9a-f]{{{_TEST_DIGITS}}}")

MAX_WORDS_WIDTH = 30
"""Maximum width of the words in a name, in columns of a terminal; Chinese characters take two."""

_MAX_REMINDED_LENGTH = 80
"""Maximum length of the original campaign's name within the name of its reminder; leaves room for what is added."""

_EMOJI_JOINER = "\u200d"

_FIELDS = ("title", "body.title", "content", "text", "markdown", "body.content", "head.text")
"""Paths of the fields searched for words: titles before texts."""

_WORDS_NOT_LAST = frozenset(
    {"a", "an", "and", "at", "by", "for", "from", "in", "is", "of", "on", "or", "the", "to", "with", "your"}
)
"""Words that a name does not end with: what they refer to was a tag, or did not fit."""

_WORDS_NOT_FIRST = frozenset({"关于", "致", "尊敬的", "亲爱的", "您好", "你好"})
"""Words before or after a tag that a name does not begin with if others follow: they say nothing about the message."""

_TAGS_AND_URLS = re.compile(
    r"\{\{.*?\}\}\s*(?:的|['\u2019]s\b)?|\{%.*?%\}|\{#.*?#\}|[a-z]+://(?:\{\{.*?\}\}|[!-~])+",
    re.DOTALL | re.IGNORECASE,
)
"""Template tags, with a possessive that belongs to their value, and URLs, which end where other scripts begin."""

_TIME = re.compile(r"\b(\d{1,2}):(\d{2})(?::\d{2})?\b", re.ASCII)
"""A time of day, which is one word in a name: with hyphens it would look like a date."""

_CHINESE = r"[\u4e00-\u9fff]"
_BLANKS_IN_WORDS = re.compile(rf"(?<=\d)[^\S\n]+(?={_CHINESE})|(?<={_CHINESE})[^\S\n]+(?=\d)", re.ASCII)
"""Blanks between numbers and Chinese characters, which many write for looks: 11 月 is one word."""

_APOSTROPHES = re.compile("['\u2019]")


def name_of_test(digest: str) -> str:
    """
    Return the name of the test of a plan, by its digest.

    >>> is_test(name_of_test("f12de9ccfd55"))
    True
    """
    return f"{_TEST_PREFIX}{digest[:_TEST_DIGITS]}"


def is_test(name: str) -> bool:
    """
    Return whether a campaign is a test, by its name.

    >>> is_test("test-f12de9ccfd"), is_test("test-2026-11-30")
    (True, False)
    """
    return _NAME_OF_TEST.fullmatch(name) is not None


def read_campaign_name(name: object) -> str:
    """
    Return the name of a campaign that is not a test, without leading and trailing whitespace.

    Raises:
        InputError: The name is invalid, or reserved for tests.
    """
    valid = read_name(name, "send.bad_name")
    if is_test(fold_name(valid)):
        raise InputError(Text("send.name_of_test", name=valid), Text("send.name_of_test_todo"))
    return valid


def suggest_name(message: Message, at_ns: int) -> str:
    """
    Return a valid campaign name: lower-case words and the date in Beijing, joined by hyphens.

    Args:
        message: The message. Its template tags and URLs are ignored; without any words, the name is its type, in the
            current language.
        at_ns: The time, nanoseconds since the epoch.
    """
    texts = dict(message.content)
    candidates = (_first_words(texts[field]) for field in _FIELDS if field in texts)
    # A single letter or Chinese character, such as one between two tags, is not a name.
    words = next((words for words in candidates if len(words) > 1), "") or _first_words(say(f"type.{message.msgtype}"))
    return f"{words}-{iso_day(at_ns)}"


def suggest_name_of_reminder(reminded: str) -> str:
    """
    Return a valid name for a reminder of a campaign, in the current language.

    >>> suggest_name_of_reminder("bonus"), suggest_name_of_reminder("bonus-reminder")
    ('bonus-reminder', 'bonus-reminder')
    """
    suffix = say("remind.name_suffix")
    # Without the emoji after it, a joiner would be an invisible character, which names must not have.
    return reminded.removesuffix(suffix)[:_MAX_REMINDED_LENGTH].removesuffix(_EMOJI_JOINER) + suffix


def numbered_names(name: str) -> Iterator[str]:
    """
    Yield a name, and then the name with a number, in order.

    >>> list(itertools.islice(numbered_names("bonus"), 3))
    ['bonus', 'bonus-2', 'bonus-3']
    """
    yield name
    yield from (f"{name}-{number}" for number in itertools.count(2))


def _first_words(text: str) -> str:
    """Return the first words of a text that fit, joined by hyphens; if the first is too long, its beginning."""
    # Tags become line breaks, not blanks: `_BLANKS_IN_WORDS` must not join the words before and after a tag.
    cleaned = _APOSTROPHES.sub("", normalize("NFKC", _TAGS_AND_URLS.sub("\n", text)).lower())
    words = _split_words(_BLANKS_IN_WORDS.sub("", _TIME.sub(r"\1\2", cleaned)))
    while len(words) > 1 and words[0] in _WORDS_NOT_FIRST:
        words.pop(0)
    ends = itertools.accumulate(width(word) + 1 for word in words)
    fitting = [word for word, end in zip(words, ends, strict=True) if end <= MAX_WORDS_WIDTH + 1]
    # "Bonus for {{ name }}" is about a bonus.
    while len(fitting) > 1 and fitting[-1] in _WORDS_NOT_LAST:
        fitting.pop()
    return "-".join(fitting) or _truncate(words[0]) if words else ""


def _split_words(text: str) -> list[str]:
    """Return the words of a text: letters and digits, with the marks of scripts whose vowels are marks."""
    characters, is_in_word = [], False
    for character in text:
        is_in_word = character.isalnum() or (is_in_word and category(character).startswith("M"))
        characters.append(character if is_in_word else " ")
    return "".join(characters).split()


def _truncate(word: str) -> str:
    return "".join(
        character
        for character, end in zip(word, itertools.accumulate(map(width, word)), strict=True)
        if end <= MAX_WORDS_WIDTH
    )

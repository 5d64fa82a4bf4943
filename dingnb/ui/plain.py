"""
What errors and displays say, as forms say it.

An error says what to write in Python, and is right to; who fills in a form has to know what to press there. So the
sentences in `dingnb.words.in_forms` take the place of the ones that they are for, wherever these stand in a text.
"""

import re
from dataclasses import replace
from functools import cache, partial
from string import Formatter

from dingnb.display import Table
from dingnb.words import WORDS, in_forms, say

_VALUES = {"path": r"/\S*", "host": r"\S+", "status": r"\d+", "code": r"\S+", "n": r"[\d,]+"}
"""What values look like that may stand at the ends of sentences; all others end where the next word begins."""


def plain(text: str) -> str:
    """
    Return a text as forms say it, in the language in use.

    >>> plain("Paused. Fix the cause, then run.resume().")
    'Paused. Fix the cause, then press “Resume”.'
    >>> plain("text.content has 600 characters; DingTalk advises at most 500.")
    '“Text” has 600 characters; DingTalk advises at most 500.'
    """
    for key, pattern in _patterns():
        if pattern.search(text):
            text = pattern.sub(partial(_said, key), text)
    return _paths().sub(lambda found: f"“{say(f'field.{found[0]}')}”", text)


def holds(text: str, key: str) -> bool:
    """Return whether a sentence stands in a text as Python or as a form says it, in either language."""
    return any(re.search(_pattern_of(one), text) for name in (key, f"in_form.{key}") for one in WORDS[name])


def plain_table(table: Table) -> Table:
    """Return a table as forms say it."""
    return replace(table, rows=tuple(tuple(map(plain, row)) for row in table.rows), more=plain(table.more))


def capital(words: str) -> str:
    """Return words with a capital letter in front, for where they stand alone."""
    return words[:1].upper() + words[1:]


def status_name(status: str) -> str:
    """Return what a status is called where it stands alone; in DataFrames it has no capital letter."""
    return capital(say(f"status.{status}"))


def _said(key: str, found: re.Match[str]) -> str:
    """Return a sentence with the values of the one that it takes the place of."""
    labels = {name: say(words) for name, words in in_forms.LABELS.items()}
    return say(f"in_form.{key}", **labels, **found.groupdict())


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Return each sentence's key, and what finds the one that it is for: in both languages, what is kept may be old."""
    return tuple(
        (key, re.compile(_pattern_of(template)))
        for key in (one.removeprefix("in_form.") for one in in_forms.WORDS)
        for template in WORDS[key]
    )


@cache
def _paths() -> re.Pattern[str]:
    """Return what finds a field of a message by its name on the wire, where that stands alone."""
    paths = (key.removeprefix("field.") for key in WORDS if key.startswith("field.") and "[" not in key)
    return re.compile(rf"(?<![\w.\"'])(?:{'|'.join(map(re.escape, paths))})(?![\w.\"'\[])")


def _pattern_of(template: str) -> str:
    pattern = ""
    for literal, name, _, _ in Formatter().parse(template):
        pattern += re.escape(literal)
        if name:
            pattern += f"(?P<{name}>{_VALUES.get(name, '.+?')})"
    return pattern

"""What Jinja says of a template that it cannot read, in words for people who write messages."""

import re
from collections.abc import Mapping

from dingnb.language import say

_SAYINGS: Mapping[str, str] = {
    r"No filter named '(?P<name>.*)'": "template.no_filter",
    r"No test named '(?P<name>.*)'": "template.no_test",
    r"Encountered unknown tag '(?P<name>end\w+|else|elif)'.*": "template.ends_nothing",
    r"Encountered unknown tag '(?P<name>\w*)'.*": "template.no_tag",
    r"Unexpected end of template.*block that needs to be closed is '(?P<name>\w+)'.*": "template.open",
    r"unexpected end of template.*": "template.ends_early",
    r"Missing end of .*": "template.ends_early",
    r"Expected an expression, got 'end of .*": "template.empty_tag",
    r"(?:unexpected|expected token '.*', got) 'end of .*": "template.ends_early",
    r"(?:expected token '.*', got|unexpected char|unexpected|Expected an expression, got) '(?P<name>.*?)'.*": (
        "template.not_here"
    ),
}
"""Jinja's sentences, each with the key of ours."""


def in_plain_words(message: str) -> str:
    """
    Return what a sentence of Jinja's means, in the language in use.

    >>> in_plain_words("No filter named 'mony'.")
    'there is no filter “mony”'
    """
    for pattern, key in _SAYINGS.items():
        found = re.match(pattern, message, re.DOTALL)
        if found is not None:
            return say(key, **found.groupdict())
    return say("template.not_understood")

"""Tests of plans: the names of their campaigns, and people who are not sent a text again after a test."""

import re

from dingnb.words import Text

_PREFIX = "test-"
_DIGITS = 10
_NAME = re.compile(rf"{_PREFIX}[0-9a-f]{{{_DIGITS}}}")


def name_of_test(digest: str) -> str:
    """
    Return the name of the test of a plan, by its digest.

    >>> is_test(name_of_test("f12de9ccfd55"))
    True
    """
    return f"{_PREFIX}{digest[:_DIGITS]}"


def is_test(name: str) -> bool:
    """
    Return whether a campaign is a test, by its name.

    >>> is_test("test-f12de9ccfd"), is_test("test-2026-11-30")
    (True, False)
    """
    return _NAME.fullmatch(name) is not None


def had_test_reason(campaign: str, *, is_delivered: bool) -> Text:
    """Return the reason for which DingTalk dropped a text that a test has sent to the same person on that day."""
    return Text("result.had_test" if is_delivered else "result.maybe_had_test", campaign=campaign)

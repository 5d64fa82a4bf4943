"""Tests of plans: the names of their campaigns, which no other campaign may have."""

import re

from dingnb.errors import InputError
from dingnb.errors.arguments import read_name
from dingnb.ledger.names import fold_name
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


def read_campaign_name(name: object) -> str:
    """
    Return the name of a campaign that is not a test, without leading and trailing whitespace.

    Raises:
        InputError: It is not a valid name, or that of a test.
    """
    valid = read_name(name, "send.bad_name")
    if is_test(fold_name(valid)):
        raise InputError(Text("send.name_of_test", name=valid), Text("send.name_of_test_todo"))
    return valid

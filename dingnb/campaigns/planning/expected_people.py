"""Checks `expect`, the number of people that the analyst expects, so that nobody gets a message by mistake."""

from typing import cast

from dingnb.errors import InputError, LiveSendError
from dingnb.errors.arguments import is_integer, short_repr
from dingnb.words import NOTHING, Text, count


def check_expected_people(
    mode: str,
    expect: int | range | None,
    people: int,
    description: Text = NOTHING,
    mismatch_key: str = "send.expect",
    missing_key: str = "send.live_expect",
) -> None:
    """
    Check the number of people against the number that the analyst expects.

    Args:
        mode: ``LIVE`` requires `expect`.
        expect: A number or a range; None if not given.
        people: The actual number.
        description: The people as described in errors; by default, their number.
        mismatch_key: The text key of the error for a different number.
        missing_key: The text key of the error for a missing `expect`.

    Raises:
        LiveSendError: A live send without `expect`.
        InputError: The number differs, or `expect` has another type.
    """
    who = description or count("person", people)
    if expect is None:
        if mode == "LIVE":
            raise LiveSendError(Text(missing_key, people=who), Text("send.expect_todo", n=people))
        return
    if not is_expected(expect, people):
        raise InputError(Text(mismatch_key, expect=expect, people=who), Text("send.expect_todo", n=people))


def is_expected(expect: int | range, people: int) -> bool:
    """
    Return whether a number is the expected number, or in the expected range.

    Raises:
        InputError: `expect` has another type.
    """
    return people in _as_range(expect)


def check_expect_type(expect: object) -> None:
    """
    Check that `expect` is a number, a range or None.

    Raises:
        InputError: `expect` has another type.
    """
    if expect is not None:
        _as_range(expect)


def _as_range(expect: object) -> range:
    if isinstance(expect, range):
        return expect
    if is_integer(expect):
        number = int(cast("int", expect))
        return range(number, number + 1)
    raise InputError(Text("send.bad_expect", expect=short_repr(expect)), Text("send.bad_expect_todo"))

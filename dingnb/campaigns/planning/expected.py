"""The count that an analyst gives, so that nothing is ever sent to other people than were meant."""

import numpy as np

from dingnb.errors import InputError, LiveSendError
from dingnb.errors.arguments import shown
from dingnb.words import NOTHING, Text, count


def check_expected(
    mode: str,
    expect: int | range | None,
    people: int,
    told: Text = NOTHING,
    differs: str = "send.expect",
    missing: str = "send.live_expect",
) -> None:
    """
    Check that as many people are meant as the analyst expects.

    Args:
        mode: ``LIVE`` needs a count.
        expect: A number, or a range; None where none was given.
        people: How many are meant.
        told: What these people are, for the error; else just their number.
        differs: The words of the error where the count differs.
        missing: The words of the error where LIVE has no count.

    Raises:
        LiveSendError: A live send without a count.
        InputError: The count differs, or is none.
    """
    who = told or count("person", people)
    if expect is None:
        if mode == "LIVE":
            raise LiveSendError(Text(missing, people=who), Text("send.expect_todo", n=people))
        return
    if people not in _numbers(expect):
        raise InputError(Text(differs, expect=expect, people=who), Text("send.expect_todo", n=people))


def check_count(expect: object) -> None:
    """
    Check that `expect` is a number or a range, or None, whether it is needed or not.

    Raises:
        InputError: It is none of these.
    """
    if expect is not None:
        _numbers(expect)


def _numbers(expect: object) -> range:
    if isinstance(expect, range):
        return expect
    if isinstance(expect, int | np.integer) and not isinstance(expect, bool):
        return range(int(expect), int(expect) + 1)
    raise InputError(Text("send.bad_expect", expect=shown(expect)), Text("send.bad_expect_todo"))

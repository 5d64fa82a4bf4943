"""Decides whether data that was read from DingTalk or uploaded to DingTalk is recent enough to be used again."""

from typing import NamedTuple

from dingnb.clock import seconds_to_ns

_MAX_AHEAD_NS = seconds_to_ns(300)
"""Tolerance for times in the future; beyond it, the clock was set back and the age of the data is unknown."""


class UsableTimes(NamedTuple):
    """The recording times of usable data: later than `after_ns`, and no later than `until_ns`."""

    after_ns: int
    until_ns: int


def usable_times(now_ns: int, max_age_s: float) -> UsableTimes:
    """
    Return the recording times of data that is recent enough.

    >>> usable_times(86_400_000_000_000, 3_600)
    UsableTimes(after_ns=82800000000000, until_ns=86700000000000)
    """
    return UsableTimes(now_ns - seconds_to_ns(max_age_s), now_ns + _MAX_AHEAD_NS)

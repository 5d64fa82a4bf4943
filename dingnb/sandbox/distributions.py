"""The distribution of the times that people take to react."""

import math

_RATE = 4.0


def truncated_exponential(uniform: float) -> float:
    """
    Turn a uniform number from 0 to 1 into a share from 0 to 1, distributed exponentially: many small, and some large.

    >>> round(truncated_exponential(0.5), 2), round(truncated_exponential(0.9), 2)
    (0.17, 0.54)
    """
    return -math.log(1 - uniform * (1 - math.exp(-_RATE))) / _RATE

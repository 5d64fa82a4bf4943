"""What a sandbox records: the calls that it received, and the effects that a journal stores."""

from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeVar

T = TypeVar("T")

EffectRecorder = Callable[..., None]
"""A function that takes an effect's name and the arguments with which `dingnb.sandbox.journal` replays it."""


def discard_effect(*_effect: object) -> None:
    """Record nothing."""


def newest(items: Iterable[T], limit: int | None) -> list[T]:
    """
    Return the last `limit` items in their order; None returns all.

    >>> newest("abc", 2), newest("abc", 0), newest("abc", None)
    (['b', 'c'], [], ['a', 'b', 'c'])
    """
    listed = list(items)
    return listed if limit is None else listed[max(len(listed) - limit, 0) :]


class Call(NamedTuple):
    """
    One recorded call. It contains neither tokens nor secrets.

    Attributes:
        time_ns: The time of arrival, in nanoseconds since the epoch.
        method: The HTTP method, in upper case.
        path: The path without its query.
        code: The result of the execution, even if the caller did not receive it. Without an execution, the code of the
            answer; empty if there was no answer.
        people: The number of people addressed.
        fault: The injected faults, separated by commas.
    """

    time_ns: int
    method: str
    path: str
    code: str
    people: int
    fault: str = ""

"""Whom a message reaches, who reads it, and how long after its delivery: the same ones every time."""

import math
from hashlib import blake2b

from dingnb.clock import seconds
from dingnb.sandbox.settings import SandboxSettings

_STEEPNESS = 4.0
_STEPS = 2**32


def read_delay_ns(settings: SandboxSettings, task_id: int, userid: str) -> int | None:
    """
    Return how many nanoseconds after its delivery a person reads a task's message; None is never.

    Many read soon and some late: the delays fall off exponentially over `SandboxSettings.read_within_s`.
    """
    lateness, willingness = divmod(_drawn(f"{settings.seed} {task_id} {userid}"), _STEPS)
    if willingness / _STEPS >= settings.read_share:
        return None
    share = -math.log(1 - lateness / _STEPS * (1 - math.exp(-_STEEPNESS))) / _STEEPNESS
    return seconds(settings.read_within_s * share)


def is_failed(settings: SandboxSettings, task_id: int, userid: str) -> bool:
    """Return whether a task's message cannot be delivered to a person."""
    if not settings.failed_share:
        return False
    return _drawn(f"failed {settings.seed} {task_id} {userid}") % _STEPS / _STEPS < settings.failed_share


def _drawn(source: str) -> int:
    return int.from_bytes(blake2b(source.encode(errors="replace"), digest_size=8).digest())

"""Who reads a message, and how long after its delivery: the same ones every time."""

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
    source = f"{settings.seed} {task_id} {userid}".encode(errors="replace")
    bits = int.from_bytes(blake2b(source, digest_size=8).digest())
    lateness, willingness = divmod(bits, _STEPS)
    if willingness / _STEPS >= settings.read_share:
        return None
    share = -math.log(1 - lateness / _STEPS * (1 - math.exp(-_STEEPNESS))) / _STEEPNESS
    return seconds(settings.read_within_s * share)

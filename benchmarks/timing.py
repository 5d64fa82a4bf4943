"""Times some work, after collecting garbage."""

import gc
import time
from collections.abc import Callable


def seconds(work: Callable[[], object]) -> float:
    """Return the time of some work."""
    gc.collect()
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def cpu_seconds(work: Callable[[], object]) -> float:
    """Return the CPU time of some work in this process; releasing its result does not count."""
    gc.collect()
    began = time.process_time()
    result = work()
    took_s = time.process_time() - began
    del result
    return took_s

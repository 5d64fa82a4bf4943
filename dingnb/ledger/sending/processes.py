"""Processes that use a ledger: who this one is, and whether another one is certainly dead."""

import os
import platform
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import psutil


class Process(NamedTuple):
    """
    A process that uses a ledger.

    Attributes:
        number: Its number.
        host: The name of its computer.
        numbering: Identifies what its number belongs to: one start of one system. Containers have numbers of their own.
    """

    number: int
    host: str
    numbering: str

    @property
    def is_this(self) -> bool:
        """Whether it is this process."""
        return self == this_process()

    @property
    def is_dead(self) -> bool:
        """Whether it has certainly ended; processes of other computers are unknown."""
        return self.numbering == _numbering() and not psutil.pid_exists(self.number)


def this_process() -> Process:
    """Return this process."""
    return Process(os.getpid(), platform.node(), _numbering())


@lru_cache(maxsize=1)
def _numbering() -> str:
    boot, names = Path("/proc/sys/kernel/random/boot_id"), Path("/proc/self/ns/pid")
    try:
        return f"{boot.read_text().strip()} {names.stat().st_ino}"
    except OSError:
        # Systems other than Linux number all processes alike.
        return f"{platform.node()} {round(psutil.boot_time())}"

"""Identifies the processes that use a ledger, and determines whether one has certainly ended."""

import os
import platform
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import psutil

from dingnb.words import Text


class Process(NamedTuple):
    """
    A process that uses a ledger.

    Attributes:
        pid: The process id.
        host: The name of the process's computer.
        pid_scope: Identifies one start of one system, within which process ids are unique. Each container has its own
            scope.
    """

    pid: int
    host: str
    pid_scope: str

    @property
    def is_this(self) -> bool:
        """Whether the process is the current process."""
        return self == this_process()

    @property
    def is_dead(self) -> bool:
        """Whether the process has certainly ended; False for processes of other computers, containers and starts."""
        return self.pid_scope == _pid_scope() and not psutil.pid_exists(self.pid)

    @property
    def text(self) -> Text:
        """The process, for a person on this computer: only another computer is named."""
        key = "sender_here" if self.is_this else "sender" if self.host == this_process().host else "sender_elsewhere"
        return Text(f"record.{key}", process=self.pid, host=self.host)

    def has_ended(self, published_ns: int, now_ns: int, max_silence_ns: int) -> bool:
        """Return whether the process is dead, or last published something longer ago than the maximum silence."""
        # A time far in the future dates from before a clock was set back.
        return self.is_dead or abs(now_ns - published_ns) > max_silence_ns


def this_process() -> Process:
    """Return the current process."""
    return Process(os.getpid(), platform.node(), _pid_scope())


@lru_cache(maxsize=1)
def _pid_scope() -> str:
    boot_id, namespace = Path("/proc/sys/kernel/random/boot_id"), Path("/proc/self/ns/pid")
    try:
        return f"{boot_id.read_text().strip()} {namespace.stat().st_ino}"
    except OSError:
        # Systems other than Linux have one set of process ids.
        return f"{platform.node()} {round(psutil.boot_time())}"

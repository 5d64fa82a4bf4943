"""Counts the connections to ledgers in SQLite files, which a forked process must not share."""

import os
import threading
from collections import Counter
from collections.abc import Hashable


class OpenConnections:
    """
    Counts the open connections of this process, and remembers which ledgers had some when the process was forked.

    SQLite mistakes the locks of inherited connections for its own. When the parent closes its last connection, SQLite
    would delete the write-ahead log to which the child still writes, and with the log what the child has committed.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts = Counter[Hashable]()
        self._inherited = frozenset[Hashable]()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._after_fork)

    def add(self, ledger: Hashable) -> None:
        """Count a connection that is about to be opened."""
        with self._lock:
            self._counts[ledger] += 1

    def remove(self, ledger: Hashable) -> None:
        """Stop counting a connection that was closed."""
        with self._lock:
            self._counts[ledger] -= 1

    def are_inherited(self, ledger: Hashable) -> bool:
        """Return whether the parent had connections to a ledger when this process was forked."""
        return ledger in self._inherited

    def _after_fork(self) -> None:
        # Another thread may have held the lock.
        self._lock = threading.Lock()
        self._inherited |= {ledger for ledger, count in self._counts.items() if count > 0}
        self._counts = Counter()


OPEN_CONNECTIONS = OpenConnections()
"""The open connections of this process."""

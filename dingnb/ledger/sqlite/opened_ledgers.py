"""The ledgers that this process has opened: another one at the path of one of them is not mistaken for it."""

import os
import threading
from pathlib import Path
from typing import NamedTuple

from dingnb.ledger.sqlite.ledger_file import FileId


class Binding(NamedTuple):
    """The identity of an opened ledger: that of its file, and the id in its database, which copies share."""

    file: FileId
    ledger: str


class RequiredCalls(NamedTuple):
    """
    The calls that a ledger must have, because a sender has made them.

    Attributes:
        realm: The realm of their campaign.
        campaign: Its name.
        calls: Their number.
    """

    realm: str
    campaign: str
    calls: int


class OpenedLedger(NamedTuple):
    """An opened ledger: its binding, the highest number it is known to have given, and the calls that it must have."""

    bound: Binding
    numbers: int
    required: tuple[RequiredCalls, ...] = ()


class OpenedLedgers:
    """The ledgers opened by this process, by path."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_path: dict[str, OpenedLedger] = {}

    def get(self, path: Path) -> OpenedLedger | None:
        """Return the ledger that was last opened at a path; None if there is none."""
        with self._lock:
            return self._by_path.get(_key(path))

    def add(self, path: Path, bound: Binding, numbers: int) -> None:
        """Record a ledger that was opened at a path, and has all calls that the one there must have."""
        with self._lock:
            earlier = self._by_path.get(_key(path))
            self._by_path[_key(path)] = OpenedLedger(
                bound, numbers if earlier is None else max(numbers, earlier.numbers)
            )

    def require(self, path: Path, calls: RequiredCalls) -> None:
        """Record the calls of the ledger that was lost at a path: a ledger without them is another one."""
        with self._lock:
            opened = self._by_path[_key(path)]
            self._by_path[_key(path)] = opened._replace(required=(*opened.required, calls))

    def forget(self, path: Path) -> None:
        """Forget a ledger, as in a new process."""
        with self._lock:
            self._by_path.pop(_key(path), None)


def _key(path: Path) -> str:
    return os.path.abspath(path)  # noqa: PTH100 - not resolved: a link is part of the user's path


OPENED_LEDGERS = OpenedLedgers()

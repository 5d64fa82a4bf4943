"""Which ledger is used: that of this computer, or, on a tape, one of the tape's own."""

import threading
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from weakref import WeakKeyDictionary, finalize

from dingnb.ledger.database import Ledger
from dingnb.transport import Detour, active_detour

_homes: "WeakKeyDictionary[Detour, Path]" = WeakKeyDictionary()
_lock = threading.Lock()


def open_ledger() -> Ledger:
    """Return the ledger to use; a tape has its own, so that it plays the same every time."""
    detour = active_detour()
    if detour is None:
        return Ledger()
    with _lock:
        if detour not in _homes:
            _homes[detour] = home = Path(mkdtemp(prefix="dingnb-"))
            finalize(detour, rmtree, home, ignore_errors=True)
        return Ledger(_homes[detour], is_kept=False)

"""Which ledger is used: that of this computer, or, on a tape, one of the tape's own."""

import threading
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from weakref import WeakKeyDictionary, finalize

from dingnb.ledger.database import Ledger
from dingnb.transport import RouteOverride, active_override

_homes: "WeakKeyDictionary[RouteOverride, Path]" = WeakKeyDictionary()
_lock = threading.Lock()


def open_ledger() -> Ledger:
    """Return the ledger to use; a tape has its own, so that it plays the same every time."""
    override = active_override()
    if override is None:
        return Ledger()
    with _lock:
        if override not in _homes:
            _homes[override] = home = Path(mkdtemp(prefix="dingnb-"))
            finalize(override, rmtree, home, ignore_errors=True)
        return Ledger(_homes[override], is_kept=False)

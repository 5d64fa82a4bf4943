"""
The ledger: the database of everything that was sent.

`interface` defines a ledger as other packages use it, and `opening` finds the one to use. `sqlite` and `postgres`
implement it, in a file and in a database that a team shares; `initial_schema` and `migrations` define the tables of
both.

The modules of `campaigns`, `sending` and `contacts`, and `cards`, `answers`, `drafts`, `events` and `media`, read and
write the tables. A function that takes a session is a part of its caller's transaction; one that takes a ledger is a
transaction of its own. `copying` and `pruning` copy a ledger and delete old data; `send_history` is a file outside the
ledger, by which a lost ledger is noticed.
"""

from dingnb.ledger.interface import Ledger
from dingnb.ledger.opening import find_ledger_location, open_ledger, parse_ledger_location
from dingnb.ledger.realm import Realm
from dingnb.ledger.session import LedgerSession
from dingnb.ledger.sqlite.home import LEDGER_FILE, find_home
from dingnb.ledger.sqlite.ledger import SqliteLedger

__all__ = [
    "LEDGER_FILE",
    "Ledger",
    "LedgerSession",
    "Realm",
    "SqliteLedger",
    "find_home",
    "find_ledger_location",
    "open_ledger",
    "parse_ledger_location",
]

"""The ledger: the database of campaigns, batches, attempts, recipients and calls."""

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

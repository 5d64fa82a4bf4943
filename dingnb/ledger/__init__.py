"""The ledger: the database of campaigns, batches, attempts, recipients and calls."""

from dingnb.ledger.database import Ledger, open_ledger
from dingnb.ledger.home import LEDGER_FILE, find_home
from dingnb.ledger.realm import Realm
from dingnb.ledger.session import LedgerSession

__all__ = ["LEDGER_FILE", "Ledger", "LedgerSession", "Realm", "find_home", "open_ledger"]

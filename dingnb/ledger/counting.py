"""Counts calls that are made one by one in the month's quota."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from dingnb.errors import DingError, LedgerError, ThrottledError, TransportError
from dingnb.ledger.calls import count_call, counts_in_quota
from dingnb.ledger.database import Ledger
from dingnb.ledger.realm import Realm


class Counting:
    """
    Counts the calls of one app.

    Args:
        ledger: Where they are counted.
        realm: Whose calls they are.
        now_ns: Returns DingTalk's time.
    """

    def __init__(self, ledger: Ledger, realm: Realm, now_ns: Callable[[], int]) -> None:
        self._ledger = ledger
        self._realm = realm
        self._now_ns = now_ns

    @contextmanager
    def __call__(self, path: str) -> Iterator[None]:
        """Count the call that is made inside the context, unless it is sure that it does not count."""
        counts = counts_in_quota(path)
        try:
            yield
        except DingError as error:
            counts = counts and (error.may_have_taken_effect or not isinstance(error, ThrottledError | TransportError))
            raise
        finally:
            if counts:
                # A ledger that cannot be written is an error where something is sent, and not here.
                with suppress(LedgerError), self._ledger.writing() as db:
                    count_call(db, self._realm, path, self._now_ns())

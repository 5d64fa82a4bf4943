"""Counts the calls of the monthly quota (docs/dingtalk.md, "Rates and quota")."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime

from dingnb.clock import BEIJING, NS_PER_S
from dingnb.errors import DingError, LedgerError, ThrottledError, TransportError
from dingnb.ledger.interface import Ledger
from dingnb.ledger.realm import Realm
from dingnb.ledger.session import LedgerSession

_EXEMPT = (
    "/gettoken",
    "/service/get_corp_token",
    "/topapi/v2/user/",
    "/topapi/user/",
    "/topapi/v2/department/",
    "/topapi/role/",
    "/v1.0/oauth2/",
    "/v1.0/contact/",
)
"""Calls for tokens and contacts, which do not count (docs/dingtalk.md, "Rates and quota"); the paths are assumed."""

_COUNTED = ("/v1.0/contact/users/search", "/v1.0/contact/departments/search")
"""Searches of contacts, which DingTalk does not list among the calls that do not count."""


def counts_in_quota(path: str) -> bool:
    """
    Return whether a call of this path counts against the monthly quota.

    >>> counts_in_quota("/topapi/message/corpconversation/recall"), counts_in_quota("/topapi/v2/user/get")
    (True, False)
    >>> counts_in_quota("/v1.0/contact/users/search"), counts_in_quota("/v1.0/contact/users/me")
    (True, False)
    """
    return path in _COUNTED or not path.startswith(_EXEMPT)


def month_of(now_ns: int) -> str:
    """
    Return the month of a time in Beijing.

    >>> month_of(1_793_581_200_000_000_000)
    '2026-11'
    """
    return datetime.fromtimestamp(now_ns // NS_PER_S, BEIJING).strftime("%Y-%m")


def month_start_ns(now_ns: int) -> int:
    """
    Return the start of the month of a time in Beijing, in nanoseconds since the epoch.

    >>> month_start_ns(1_795_000_000_000_000_000)
    1793462400000000000
    """
    now = datetime.fromtimestamp(now_ns // NS_PER_S, BEIJING)
    return int(datetime(now.year, now.month, 1, tzinfo=BEIJING).timestamp()) * NS_PER_S


def count_call(db: LedgerSession, realm: Realm, api: str, now_ns: int, n: int = 1) -> None:
    """Count `n` calls of an API."""
    db.execute(
        "INSERT INTO calls VALUES (?, ?, ?, ?) ON CONFLICT (realm, month, api) DO UPDATE SET n = calls.n + ?",
        (realm.id, month_of(now_ns), api, n, n),
    )


def uncount_call(db: LedgerSession, realm: Realm, api: str, counted_ns: int) -> None:
    """Remove a call that turned out not to count from the month in which it was counted."""
    db.execute(
        "UPDATE calls SET n = n - 1 WHERE realm = ? AND month = ? AND api = ? AND n > 0",
        (realm.id, month_of(counted_ns), api),
    )


def count_used(db: LedgerSession, realm: Realm, now_ns: int) -> int:
    """Return the number of calls that this ledger has counted this month."""
    cursor = db.execute(
        "SELECT CAST(coalesce(sum(n), 0) AS BIGINT) FROM calls WHERE realm = ? AND month = ?",
        (realm.id, month_of(now_ns)),
    )
    return int(cursor.fetchone()[0])


def has_called(db: LedgerSession, realm: Realm, api: str) -> bool:
    """Return whether this ledger has ever counted a call of an API; pruning keeps the counts."""
    cursor = db.execute("SELECT 1 FROM calls WHERE realm = ? AND api = ? AND n > 0", (realm.id, api))
    return cursor.fetchone() is not None


class CallCounter:
    """
    Counts the calls of one app.

    Args:
        ledger: The ledger.
        realm: The app and its mode.
        now_ns: Returns DingTalk's time.
    """

    def __init__(self, ledger: Ledger, realm: Realm, now_ns: Callable[[], int]) -> None:
        self._ledger = ledger
        self._realm = realm
        self._now_ns = now_ns

    @contextmanager
    def __call__(self, path: str) -> Iterator[None]:
        """Count the call made inside the context, unless it certainly does not count."""
        counts = counts_in_quota(path)
        try:
            yield
        except DingError as error:
            counts = counts and (error.may_have_taken_effect or not isinstance(error, ThrottledError | TransportError))
            raise
        finally:
            if counts:
                # A ledger that cannot be written is an error when sending, not here.
                with suppress(LedgerError), self._ledger.transaction() as db:
                    count_call(db, self._realm, path, self._now_ns())

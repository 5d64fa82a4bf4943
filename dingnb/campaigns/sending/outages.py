"""Lets one sending survive outages of the ledger's database: it waits, reconnects, and writes again."""

from collections.abc import Callable
from itertools import chain, pairwise, repeat
from typing import TypeVar

from dingnb.calls.context import SendContext
from dingnb.campaigns.sending.progress import ProgressReporter
from dingnb.campaigns.sending.stop import MAX_DRAIN_S, SendStop
from dingnb.clock import seconds_to_ns
from dingnb.errors import LedgerError
from dingnb.ledger import LedgerSession

_RECONNECT_PAUSES_S = (0.0, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
"""Pauses before attempts to reach the database again, in seconds; the last pause is repeated."""

Result = TypeVar("Result")


class LedgerOutages:
    """
    Waits for the ledger's database during the outages of one sending.

    Args:
        context: The context of sending.
        stop: Says whether the sending was stopped, after which it waits less long.
        reporter: Reports the waits, and records the progress with each write.
    """

    def __init__(self, context: SendContext, stop: SendStop, reporter: ProgressReporter) -> None:
        self._context = context
        self._stop = stop
        self._reporter = reporter
        self._has_given_up = False

    def write(self, db: LedgerSession, work: Callable[[], Result]) -> Result:
        """Do work in a write transaction; repeat it after an outage, although it may have been committed before."""
        while True:
            try:
                with self._context.ledger.transaction(db):
                    result = work()
                    self._reporter.publish(db)
                    return result
            except LedgerError as error:
                self.wait(db, error)

    def wait(self, db: LedgerSession, error: LedgerError, undo: Callable[[], None] = lambda: None) -> None:
        """
        Wait until the database can be reached again, and `undo` what it may have recorded without confirming it.

        After one wait in vain, the outcomes of other calls under way do not wait any more.

        Raises:
            LedgerError: The ledger cannot be used, or was not reached within the outage patience.
        """
        ledger, clock = self._context.ledger, self._context.clock
        started_ns = clock.monotonic_ns()
        for pause_s, next_pause_s in pairwise(chain(_RECONNECT_PAUSES_S, repeat(_RECONNECT_PAUSES_S[-1]))):
            patience_s = MAX_DRAIN_S if self._stop.event.is_set() else self._context.outage_patience_s
            is_over = self._has_given_up or clock.monotonic_ns() - started_ns > seconds_to_ns(patience_s)
            if is_over or not ledger.may_recover(error):
                self._has_given_up = is_over
                raise error
            if error.problem == "locked":
                # Each try has waited for the other process already.
                self._reporter.notify("locked")
            clock.wait(clock.event(), seconds_to_ns(pause_s))
            try:
                ledger.reconnect(db)
                undo()
            except LedgerError as later_error:
                error = later_error
                if error.problem != "locked":
                    self._reporter.notify("ledger", seconds_to_ns(next_pause_s))
            else:
                self._reporter.notify()
                return

"""Lets other processes pause or stop a running campaign."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from dingnb.calls.background import Background
from dingnb.calls.context import SendContext
from dingnb.campaigns.status import State
from dingnb.clock import seconds_to_ns
from dingnb.errors import LedgerError
from dingnb.ledger import LedgerSession
from dingnb.ledger.campaigns import campaigns
from dingnb.ledger.explanation import Explanation
from dingnb.ledger.sending import leases
from dingnb.words import Text

CHECK_EVERY_NS = seconds_to_ns(0.2)
"""Time between two checks for commands while no calls are made."""


class RemoteControl:
    """
    Carries out the commands of other processes, which come through the ledger, for one sending.

    Args:
        context: The context of sending.
        campaign: The campaign's number.
        on_command: Ends the sending with a state and a reason; called in any thread.
        command_count: The number of commands when the sending was requested; only later commands are carried out.
        on_check: Called in the checking thread before each check, with the thread's ledger session.

    Attributes:
        command_count: As above.
    """

    def __init__(
        self,
        context: SendContext,
        campaign: int,
        on_command: Callable[[State, Explanation], None],
        command_count: int,
        on_check: Callable[[LedgerSession], None],
    ) -> None:
        self._context = context
        self._campaign = campaign
        self._on_command = on_command
        self.command_count = command_count
        self._on_check = on_check

    def check(self, db: LedgerSession) -> bool:
        """Carry out the last command since the sending was requested; return whether there is one."""
        command = campaigns.command_since(db, self._campaign, self.command_count)
        if command:
            self.carry_out(command)
        return bool(command)

    def carry_out(self, command: str) -> None:
        """Carry out a command."""
        state = State(command)
        self._on_command(state, Explanation(Text(f"campaign.{state}_elsewhere")))

    @contextmanager
    def checking(self) -> Iterator[None]:
        """Return a context in which a thread checks for commands, since a waiting sender does not do so itself."""
        end = self._context.clock.event()
        thread = Background(self._context.clock, lambda: self._check_until(end), end.set)
        try:
            yield
        finally:
            end.set()
            thread.join()

    def _check_until(self, end: threading.Event) -> None:
        context = self._context
        while not end.is_set():
            try:
                self._check_with_session(end)
            except LedgerError as error:
                if not context.ledger.may_recover(error):
                    # The same error ends sending.
                    return
                context.clock.wait(end, leases.RENEW_NS)

    def _check_with_session(self, end: threading.Event) -> None:
        ledger = self._context.ledger
        with ledger.connection() as db, ledger.brief_waits(db):
            while not self._context.clock.wait(end, CHECK_EVERY_NS):
                self._on_check(db)
                self.check(db)

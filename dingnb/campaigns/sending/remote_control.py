"""Lets other processes pause or stop a running campaign, and publishes its progress to them."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from dingnb.calls.background import Background
from dingnb.calls.context import SendContext
from dingnb.campaigns.sending.progress import Progress
from dingnb.campaigns.status import State
from dingnb.clock import seconds_to_ns
from dingnb.errors import LedgerError
from dingnb.ledger import LedgerSession
from dingnb.ledger.campaigns import campaigns
from dingnb.ledger.explanation import Explanation
from dingnb.ledger.sending import leases
from dingnb.words import Text

CHECK_EVERY_NS = seconds_to_ns(0.2)
"""Time between two checks for commands while no calls are made, and minimum time between two progress records."""


class RemoteControl:
    """
    Exchanges commands and progress with other processes, through the ledger, for one sending.

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
        self._published: Progress | None = None

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
        with self._context.ledger.connection() as db:
            while not self._context.clock.wait(end, CHECK_EVERY_NS):
                self._on_check(db)
                self.check(db)

    def publish(self, db: LedgerSession, progress: Callable[[], Progress]) -> None:
        """Record the progress in the current transaction, at most once every `CHECK_EVERY_NS`."""
        if self._published is None or self._context.now_ns() - self._published.at_ns >= CHECK_EVERY_NS:
            self._published = progress()
            campaigns.set_progress(db, self._campaign, self._published.to_json())

    def publish_at_once(self, db: LedgerSession, progress: Progress) -> None:
        """Record the progress unless it follows from the last record; sending continues if it cannot be recorded."""
        if self._published is not None and progress.follows_from(self._published):
            return
        with suppress(LedgerError), self._context.ledger.transaction(db):
            self._published = progress
            campaigns.set_progress(db, self._campaign, progress.to_json())

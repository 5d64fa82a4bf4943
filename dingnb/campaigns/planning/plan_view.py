"""The part of a plan that forms read, and that is not on the object that analysts hold."""

from functools import cached_property

import numpy as np

from dingnb.calls.context import SendContext
from dingnb.campaigns.planning.batches import Batches
from dingnb.campaigns.planning.display import plan_sheet
from dingnb.campaigns.planning.names import suggest_name
from dingnb.campaigns.planning.send_warnings import SendWarnings, find_send_warnings
from dingnb.campaigns.recipient_count import RecipientCount, count_of_batches
from dingnb.clock import Clock
from dingnb.display import Sheet
from dingnb.recipients.addresses import Rejection
from dingnb.tables.row_labels import RowNumbers


class PlanView:
    """
    The part of a plan that forms read.

    Args:
        context: The app, the ledger and the time.
        planned: The batches.
        excluded_by: The name of the exclusion list; empty for ids, None where nobody is left out.

    Attributes:
        context: As above.
    """

    def __init__(self, context: SendContext, planned: Batches, excluded_by: str | None) -> None:
        self.context = context
        self._planned = planned
        self._excluded_by = excluded_by

    @property
    def clock(self) -> Clock:
        """The source of time."""
        return self.context.clock

    @cached_property
    def recipient_count(self) -> RecipientCount:
        """How many are sent to, as its display counts: people; with ``key=`` messages, and to how many people."""
        return count_of_batches(self._planned)

    @property
    def largest_bytes(self) -> int:
        """The size of the largest text in bytes, as DingTalk counts `msg`; 0 where nobody is sent to."""
        return max(map(len, self._planned.bodies), default=0)

    def people_within(self, calls: int) -> int:
        """Return the number of people (with ``key=``, of messages) whom the first `calls` calls send to."""
        return self._planned.start_of_batch[min(calls, len(self._planned.body_of_batch))]

    @property
    def seconds(self) -> float:
        """The shortest time that sending takes at the present pace, in seconds."""
        limits = self.context.limits
        people = len(self._planned.recipients) + self.context.pace.people_counted()
        by_people = max(people - 1, 0) // limits.people_per_minute * 60
        return max(max(len(self._planned.body_of_batch) - 1, 0) / limits.calls_per_second, by_people)

    def rejection(self, position: int) -> Rejection:
        """Return why a row is rejected, by its position from 0."""
        return self._planned.rejections[position]

    @property
    def row_numbers(self) -> RowNumbers:
        """The numbers by which forms name the rows: the labels where these are growing integers, else the positions."""
        return RowNumbers.of(self._planned.frame)

    def first_row(self) -> int | None:
        """Return the position of the first row that is sent to; None where none is."""
        rows = np.flatnonzero(self._planned.recipient_of_row >= 0)
        return int(rows[0]) if len(rows) else None

    def suggested_name(self) -> str:
        """
        Return a name for a campaign of this plan: the first words of the message, and the day in Beijing.

        The same plan has the same one all day, by DingTalk's clock: ``"we-move-2026-11-03"``.
        """
        return suggest_name(self._planned.message, self.context.now_ns())

    def sheet(self) -> Sheet:
        """Return what the plan shows; of the ledger, what it says now."""
        return self.sheet_for(self.send_warnings())

    def send_warnings(self) -> SendWarnings:
        """Return what the ledger says ahead of a send: the month's calls, and who had this very text today."""
        return find_send_warnings(self.context, self._planned)

    def sheet_for(self, send_warnings: SendWarnings | None) -> Sheet:
        """
        Return what the plan shows where the ledger says this.

        Args:
            send_warnings: The ledger's warnings; None beside the plan's own campaign, about which they would be.
        """
        uploads = send_warnings.uploads if send_warnings is not None else 0
        # Uploads and the calls that need them take turns.
        seconds = self.seconds + uploads / self.context.limits.calls_per_second
        return plan_sheet(
            self._planned, send_warnings, self.context.realm, seconds=seconds, excluded_by=self._excluded_by
        )

"""The internals of a plan that forms need and that are not part of `Plan`'s public interface."""

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
    The internals of a plan that forms need.

    Args:
        context: The context of sending.
        planned: The batches.
        excluded_by: The name of the exclusion list; empty for ids, None if nobody is excluded.

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
        """The number of recipients as the display counts them: people, or with ``key=`` messages and people."""
        return count_of_batches(self._planned)

    @property
    def largest_bytes(self) -> int:
        """The size of the largest `msg` in bytes, as DingTalk counts it; 0 without recipients."""
        return max(map(len, self._planned.bodies), default=0)

    def people_within(self, calls: int) -> int:
        """Return the number of people (with ``key=``, of messages) in the first `calls` calls."""
        return self._planned.start_of_batch[min(calls, len(self._planned.body_of_batch))]

    @property
    def seconds(self) -> float:
        """The minimum time that sending takes at the current pace, in seconds."""
        limits = self.context.limits
        people = len(self._planned.recipients) + self.context.pace.people_counted()
        by_people = max(people - 1, 0) // limits.people_per_minute * 60
        return max(max(len(self._planned.body_of_batch) - 1, 0) / limits.calls_per_second, by_people)

    def rejection(self, position: int) -> Rejection:
        """Return why a row is rejected, by its position from 0."""
        return self._planned.rejections[position]

    @property
    def row_numbers(self) -> RowNumbers:
        """The row numbers shown in forms: the labels if they are increasing integers, otherwise the positions."""
        return RowNumbers.of(self._planned.frame)

    def first_row(self) -> int | None:
        """Return the position of the first row that is not rejected; None if all are."""
        rows = np.flatnonzero(self._planned.recipient_of_row >= 0)
        return int(rows[0]) if len(rows) else None

    def suggested_name(self) -> str:
        """
        Return a suggested campaign name: the first words of the message, and the date in Beijing.

        It stays the same all day, by DingTalk's clock: ``"we-move-2026-11-03"``.
        """
        return suggest_name(self._planned.message, self.context.now_ns())

    def sheet(self) -> Sheet:
        """Return the display of the plan, with current warnings from the ledger."""
        return self.sheet_for(self.send_warnings())

    def send_warnings(self) -> SendWarnings:
        """Return warnings from the ledger: the calls left this month, and people who got the same text today."""
        return find_send_warnings(self.context, self._planned)

    def sheet_for(self, send_warnings: SendWarnings | None) -> Sheet:
        """
        Return the display of the plan with the given warnings.

        Args:
            send_warnings: The ledger's warnings; None beside the plan's own campaign, which would cause them.
        """
        uploads = send_warnings.uploads if send_warnings is not None else 0
        # Uploads and the calls that need them take turns.
        seconds = self.seconds + uploads / self.context.limits.calls_per_second
        return plan_sheet(
            self._planned, send_warnings, self.context.realm, seconds=seconds, excluded_by=self._excluded_by
        )

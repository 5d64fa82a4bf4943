"""The internals of a campaign that forms need and that are not part of `Campaign`'s public interface."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dingnb.calls.context import SendContext
from dingnb.campaigns.results.campaign_results import CampaignResults
from dingnb.campaigns.results.completeness import Choices, find_choices
from dingnb.campaigns.results.watching import AutoRefresh, RefreshOutcome, Watch
from dingnb.campaigns.sending.control import SendingControl
from dingnb.clock import Clock

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class CampaignView:
    """
    The internals of a campaign that forms need.

    Attributes:
        context: The context of sending.
        number: The campaign's number in the ledger.
        control: The control of its sending.
        results: Its recorded results.
        watch: The requests for results.
    """

    context: SendContext
    number: int
    control: SendingControl
    results: CampaignResults
    watch: Watch

    @property
    def clock(self) -> Clock:
        """The source of time."""
        return self.context.clock

    @property
    def mode(self) -> str:
        """``SANDBOX`` or ``LIVE``."""
        return self.control.mode

    @property
    def last_refresh(self) -> RefreshOutcome | None:
        """The outcome of the last `Campaign.refresh`; None before the first, and after a failed one."""
        return self.watch.last_refresh

    def choices(self, people: "pd.DataFrame") -> Choices:
        """
        Return the available actions, and the number of people that each would reach.

        Args:
            people: The `people` of a snapshot.
        """
        lost, control = self.results.count_lost(), self.control
        row_map = self.results.row_map
        return find_choices(self.context, self.number, control.state, people, row_map, lost=lost, unit=control.unit)

    def auto_refresh(self) -> AutoRefresh:
        """Return a new automatic refresh, not started yet."""
        return AutoRefresh(self.context, self.number)

    def usual_column(self, kind: str) -> Hashable | None:
        """Return the column of the input with a usual name for a kind, such as ``name``; None if there is none."""
        return self.results.usual_column(kind)

"""The part of a campaign that forms read, and that is not on the object that analysts hold."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dingnb.calls.context import SendContext
from dingnb.campaigns.results.campaign_results import CampaignResults
from dingnb.campaigns.results.completeness import Choices, find_choices
from dingnb.campaigns.results.watching import Asking, Look, Watch
from dingnb.campaigns.sending.control import SendingControl
from dingnb.clock import Clock

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class CampaignView:
    """
    The part of a campaign that forms read.

    Attributes:
        context: The app, the ledger and the time.
        number: The campaign's number in the ledger.
        control: Its sending.
        results: Its results.
        watch: Its requests for results.
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
    def look(self) -> Look | None:
        """The outcome of the last `Campaign.refresh`; None before it, and where it failed."""
        return self.watch.look

    def choices(self, people: "pd.DataFrame") -> Choices:
        """
        Return the actions that are possible now, and how many people each would reach.

        Args:
            people: The `people` of a snapshot.
        """
        lost, control = self.results.count_lost(), self.control
        row_map = self.results.row_map
        return find_choices(self.context, self.number, control.state, people, row_map, lost=lost, unit=control.unit)

    def auto_refresh(self) -> Asking:
        """Return the thread that refreshes results again and again, not yet started."""
        return Asking(self.context, self.number)

    def usual_column(self, kind: str) -> Hashable | None:
        """Return the column of the input that has a usual name for a kind, such as ``name``; None where none has."""
        return self.results.usual_column(kind)

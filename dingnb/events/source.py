"""What receives events."""

from typing import Protocol

from dingnb.display import Sheet
from dingnb.words import Text


class Source(Protocol):
    """What receives events and feeds the log."""

    @property
    def title(self) -> Text:
        """What it is."""

    @property
    def standing(self) -> Text:
        """How it stands."""

    @property
    def trouble(self) -> Text:
        """Why nothing comes, and what to do about it, on one line; empty where nothing is known to be wrong."""

    @property
    def is_running(self) -> bool:
        """Whether it receives, or tries to; where not, it does so again only when it is started."""

    def sheet(self) -> Sheet:
        """Return what it shows of itself; its notes say what is wrong."""

    def stop(self) -> None:
        """End it."""

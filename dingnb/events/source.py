"""What receives events."""

from typing import Protocol

from dingnb.display import Sheet


class Source(Protocol):
    """What receives events and feeds the log."""

    @property
    def title(self) -> str:
        """What it is, in the language in use."""

    @property
    def standing(self) -> str:
        """How it stands, in the language in use."""

    @property
    def trouble(self) -> str:
        """Why nothing comes, and what to do about it, on one line; empty where nothing is known to be wrong."""

    @property
    def is_running(self) -> bool:
        """Whether it receives, or tries to; where not, it does so again only when it is started."""

    def sheet(self) -> Sheet:
        """Return what it shows of itself; its notes say what is wrong."""

    def stop(self) -> None:
        """End it."""

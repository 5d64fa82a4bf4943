"""Sources of events."""

from typing import Protocol

from dingnb.display import Sheet
from dingnb.words import Text


class Source(Protocol):
    """A source that receives events and writes them to the log."""

    @property
    def title(self) -> Text:
        """The name of the source."""

    @property
    def status(self) -> Text:
        """The state of the source."""

    @property
    def problem(self) -> Text:
        """Why nothing arrives, and what to do about it, on one line; empty if no problem is known."""

    @property
    def is_running(self) -> bool:
        """Whether it receives, or tries to; if not, it does so again only when it is started."""

    def sheet(self) -> Sheet:
        """Return its display; the notes describe problems."""

    def stop(self) -> None:
        """Stop receiving."""

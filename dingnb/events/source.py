"""What receives events."""

from typing import Protocol


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

    def stop(self) -> None:
        """End it."""

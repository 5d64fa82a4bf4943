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

    def stop(self) -> None:
        """End it."""

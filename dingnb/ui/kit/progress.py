"""Shows the progress of long work in the form."""

from collections.abc import Callable


class StatePlace:
    """
    A place for progress bars that passes progress to a model.

    Args:
        show: Called with the text, and the share done from 0 to 1, or None.

    Attributes:
        is_live: Whether new progress replaces the previous one.
    """

    is_live = True

    def __init__(self, told: Callable[[str, float | None], None]) -> None:
        self._told = told

    def draw(self, text: str, share: float | None) -> None:
        """Show the progress."""
        self._told(text, share)

    def leave(self, text: str, share: float | None) -> None:
        """Show the outcome."""
        self._told(text, share)

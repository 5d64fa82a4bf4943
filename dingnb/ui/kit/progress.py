"""Where the progress of long work is shown while a form does it: in the form itself."""

from collections.abc import Callable


class StatePlace:
    """
    A place for progress bars that tells a model.

    Args:
        told: Is told the text, and how much is done, from 0 to 1 or None.

    Attributes:
        is_live: What is told takes the place of what was told before.
    """

    is_live = True

    def __init__(self, told: Callable[[str, float | None], None]) -> None:
        self._told = told

    def draw(self, text: str, share: float | None) -> None:
        """Show how far the work has come."""
        self._told(text, share)

    def leave(self, text: str, share: float | None) -> None:
        """Show what the work came to."""
        self._told(text, share)

"""
Where progress bars are drawn, where that is neither the cell that runs nor the terminal.

Long work that a form runs in a thread of its own has no cell: what it showed would land in whichever cell runs just
then. The form gives it a place instead.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol


class Place(Protocol):
    """
    Where a bar is drawn. It is drawn from the thread that waits for the work, and has to be quick.

    What it raises breaks off what the bar tells of: that is how somebody who looks on ends it.
    """

    @property
    def is_live(self) -> bool:
        """Whether what is shown can be replaced; else only the end is shown."""

    def draw(self, text: str, share: float | None) -> None:
        """Show a text and its bar, from 0 to 1, in place of what stood there; None is no bar."""

    def leave(self, text: str, share: float | None) -> None:
        """Show a text and its bar in place of what stood there, for good; what comes then stands below."""


_here: ContextVar[Place | None] = ContextVar("place", default=None)


@contextmanager
def drawing_in(place: Place) -> Iterator[None]:
    """
    Draw every `ProgressBar` that is made within this context in a place, instead of in a cell or a terminal.

    The context is that of one thread: work that is handed to another one needs a context of its own there.

    Args:
        place: Where to draw. Where the time is not the computer's own nothing but ends are drawn, as elsewhere.
    """
    before = _here.set(place)
    try:
        yield
    finally:
        _here.reset(before)


def place_here() -> Place | None:
    """Return the place of `drawing_in`; None outside of it."""
    return _here.get()

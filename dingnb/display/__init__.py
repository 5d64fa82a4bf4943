"""Text and static HTML of what dingnb shows."""

from dingnb.display.progress import ProgressBar
from dingnb.display.sheet import Sheet, Table

__all__ = ["ProgressBar", "Sheet", "Table"]

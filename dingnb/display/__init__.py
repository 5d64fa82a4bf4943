"""Text and static HTML of what dingnb shows."""

from dingnb.display.progress import ProgressLine
from dingnb.display.sheet import Sheet, Table

__all__ = ["ProgressLine", "Sheet", "Table"]

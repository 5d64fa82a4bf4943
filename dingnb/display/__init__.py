"""Text and static HTML of what dingnb shows."""

from dingnb.display.progress import ProgressBar, RowProgress, drawing_in
from dingnb.display.sheet import Sheet, Table

__all__ = ["ProgressBar", "RowProgress", "Sheet", "Table", "drawing_in"]

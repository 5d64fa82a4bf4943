"""Displays as text and static HTML."""

from dingnb.display.progress import ProgressBar, RowProgress, drawing_in
from dingnb.display.sheet import Sheet, Table

__all__ = ["ProgressBar", "RowProgress", "Sheet", "Table", "drawing_in"]

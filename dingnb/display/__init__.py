"""Displays as text and static HTML."""

from dingnb.display.progress import ProgressBar, RowProgress, progress_shown_by
from dingnb.display.sheet import Sheet, Table, mode_name

__all__ = ["ProgressBar", "RowProgress", "Sheet", "Table", "mode_name", "progress_shown_by"]

"""The field in which somebody chooses a row of a list by its number."""

from typing import Any

import ipywidgets as widgets
import numpy as np

from dingnb.bulk.numbering import Numbers
from dingnb.bulk.row_names import position_of
from dingnb.ui.form import put


class RowField(widgets.BoundedIntText):  # type: ignore[misc]  # ipywidgets has no types
    """A field with the number of a row. Between two lines of a file there may be none: the next row is meant then."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - the widget's own
        super().__init__(0, 0, 0, **options)
        self._numbers: Numbers = np.arange(1)

    def put_row(self, numbers: Numbers, position: int) -> None:
        """Show the number of the row at a position; `numbers` are those of all rows."""
        if not len(numbers):
            return
        self._numbers = numbers
        first, last, shown = (int(numbers[at]) for at in (0, -1, position))
        # At one go: in between, the number of before would be moved to where it is within bounds.
        with self.hold_trait_notifications():
            put(self, min=first, max=last, value=shown)

    def chosen(self) -> int:
        """Return the position of the row whose number stands in the field, and put the number right."""
        position = position_of(self._numbers, self.value)
        put(self, value=int(self._numbers[position]))
        return position

"""Draws the figure of a campaign, importing matplotlib only when needed."""

from importlib import import_module
from typing import TYPE_CHECKING, cast

import pandas as pd

from dingnb.errors import MissingPackageError
from dingnb.words import say

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw(people: pd.DataFrame, *, title: str) -> "Figure":
    """
    Return a figure of a campaign: on the left the delivery funnel, on the right the readers over time.

    A notebook shows it as the value of the cell; a script saves it: ``figure.savefig("payslip.png")``. It is not
    created with pyplot, which would show it a second time and keep it in memory.

    The time of a read is `updated_at`: when a refresh reported it, not when the message was read. The curve has one
    step for each refresh.

    Args:
        people: One row for each person, with the columns `status`, `sent_at` and `updated_at` of `Campaign.results`.
        title: The title.

    Raises:
        MissingPackageError: matplotlib is not installed.
    """
    try:
        import_module("matplotlib")
    except ModuleNotFoundError as error:
        raise MissingPackageError(say("plot.no_matplotlib"), say("plot.no_matplotlib_todo")) from error
    chart = import_module("dingnb.campaigns.report.chart")
    return cast("Figure", chart.Chart(people, title))

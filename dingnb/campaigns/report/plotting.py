"""Draws a campaign, when asked: matplotlib is imported then, and not before."""

from importlib import import_module
from typing import TYPE_CHECKING, cast

import pandas as pd

from dingnb.errors import MissingPackageError
from dingnb.words import say

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw(people: pd.DataFrame, *, title: str) -> "Figure":
    """
    Return a figure of a campaign: on the left how far it came, on the right how many had read it when.

    A notebook shows it once, as the value of the cell; a script saves it: ``figure.savefig("payslip.png")``. It is
    none of pyplot's, which would draw it a second time and keep it.

    The time of a read is `updated_at`: when dingnb learned of it, by asking DingTalk, not when it was read. The curve
    has a step for each time that it asked.

    Args:
        people: One row for each person, with the columns `status`, `sent_at` and `updated_at` of `Campaign.results`.
        title: What stands above.

    Raises:
        MissingPackageError: matplotlib is not installed.
    """
    try:
        import_module("matplotlib")
    except ModuleNotFoundError as error:
        raise MissingPackageError(say("plot.no_matplotlib"), say("plot.no_matplotlib_todo")) from error
    chart = import_module("dingnb.campaigns.report.chart")
    return cast("Figure", chart.Chart(people, title))

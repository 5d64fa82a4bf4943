"""Draws the figures of a campaign; imports matplotlib only when it is needed."""

from collections.abc import Mapping
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, cast

import pandas as pd

from dingnb.campaigns.recipient_count import Unit
from dingnb.errors import MissingPackageError
from dingnb.words import Text

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw(people: pd.DataFrame, *, title: str, has_delivery: bool = True, unit: Unit = "person") -> "Figure":
    """
    Return a figure of a campaign: on the left the delivery funnel, on the right the readers over time.

    A notebook shows the figure as the value of the cell; a script saves it: ``figure.savefig("payslip.png")``. The
    figure is not created with pyplot, which would show it twice and keep it in memory.

    The time of a read is `updated_at`: when a refresh reported it, not when the message was read. The curve has one
    step for each refresh.

    Args:
        people: One row for each person, with the columns `status`, `evidence`, `sent_at` and `updated_at` of
            `Campaign.results`.
        title: The title.
        has_delivery: Whether DingTalk reports deliveries and reads; otherwise there is only the left side.
        unit: The counted unit: people or, with a key, messages.

    Raises:
        MissingPackageError: matplotlib is not installed.
    """
    return cast("Figure", _charts().Chart(people, title, has_delivery=has_delivery, unit=unit))


def draw_answers(tally: pd.DataFrame, labels: Mapping[str, str], *, title: str) -> "Figure":
    """
    Return a figure of the answers to a campaign: a bar for each answer, and for people who have not answered.

    Args:
        tally: The number of people by answer, as `Campaign.tally` returns it.
        labels: What people see of questions, by their columns.
        title: The title.

    Raises:
        MissingPackageError: matplotlib is not installed.
    """
    return cast("Figure", _charts().AnswersChart(tally, labels, title))


def _charts() -> ModuleType:
    try:
        import_module("matplotlib")
    except ModuleNotFoundError as error:
        raise MissingPackageError(Text("plot.no_matplotlib"), Text("plot.no_matplotlib_todo")) from error
    return import_module("dingnb.campaigns.report.chart")

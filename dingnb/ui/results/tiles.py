"""The tiles of a campaign's statuses: how many people have each, problems heavier; pressing one filters the table."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import ipywidgets as widgets

from dingnb.campaigns.report.funnel import share_text
from dingnb.campaigns.results.campaign_results import Snapshot
from dingnb.campaigns.status import STATUSES, Status
from dingnb.ui.kit import parts
from dingnb.ui.kit.form import button, row, show_if, toggle_class, update
from dingnb.ui.results.model import ResultsModel
from dingnb.ui.results.status_counts import EVERYBODY, StatusCount, counts_of
from dingnb.words import count, say

if TYPE_CHECKING:
    from dingnb.ui.results.form import ResultsForm

TONES: dict[str, parts.Tone] = {
    Status.READ: "good",
    Status.UNKNOWN: "warn",
    Status.REJECTED: "bad",
    Status.INVALID: "bad",
    Status.FILTERED: "bad",
    Status.FAILED: "bad",
}
"""The tone of each status that has one; its name and its icon always say the same."""

ICONS: dict[str, str] = {
    EVERYBODY: "everybody",
    Status.READ: "good",
    Status.DELIVERED: "letter",
    Status.ACCEPTED: "clock",
    Status.QUEUED: "clock",
    Status.SENDING: "clock",
    Status.UNKNOWN: "unknown",
    Status.FAILED: "bad",
    Status.INVALID: "bad",
    Status.FILTERED: "barred",
    Status.REJECTED: "warn",
    Status.CANCELLED: "back",
    Status.RECALLED: "back",
}
"""The icon of each status; by its shape, statuses differ without colour as well."""


_BLANK = "\u00a0"
"""In place of the last lines of a tile: buttons are centred vertically, and the numbers should stand in line."""


class TilesView:
    """
    The widgets of the tiles.

    Args:
        form: The form that contains them.
        model: The model.
    """

    def __init__(self, form: "ResultsForm", model: ResultsModel) -> None:
        self.tiles: dict[str, widgets.Button] = {}
        for status in (EVERYBODY, *STATUSES):
            tile = self.tiles[status] = button(name="dn-tile")
            tile.add_class(f"dn-icon-{ICONS[status]}")
            if TONES.get(status):
                tile.add_class(f"dn-tile-{TONES[status]}")
            form.on_click(tile, _pressing(model, status))
        # Without a kernel, the tiles are hidden with all buttons.
        self.still = widgets.HTML(_dom_classes=("dn-still",))
        self.box = row((*self.tiles.values(), self.still), "dn-tiles")

    def render(self, snapshot: Snapshot, chosen: str) -> None:
        """Show the tiles of the statuses that occur, in the order of `counts_of`."""
        counted = counts_of(snapshot)
        everybody = counted[0].people
        shown = {status_count.status: status_count for status_count in counted}
        if chosen not in shown:
            # The filtered status stays, even if nobody has it any more.
            shown[chosen] = StatusCount(chosen, 0, 0)
        lines = {at: _lines(tile, everybody, snapshot, is_chosen=at == chosen) for at, tile in shown.items()}
        most = max(map(len, lines.values()))
        for status, tile in self.tiles.items():
            show_if(status in shown, tile)
            if status in shown:
                own = lines[status]
                update(tile, description="\n".join([*own, *[_BLANK] * (most - len(own))]))
                toggle_class(tile, "dn-chosen", status == chosen)
        order = [*(self.tiles[status] for status in shown), *(it for at, it in self.tiles.items() if at not in shown)]
        update(self.box, children=(*order, self.still))
        update(self.still, value=parts.figures((text[1], text[0], " · ".join(text[2:])) for text in lines.values()))


def _lines(counted: StatusCount, everybody: int, snapshot: Snapshot, *, is_chosen: bool) -> list[str]:
    """Return the lines of a tile: the number of people, the status, the share and, if they differ, the rows."""
    status = counted.status
    if status == EVERYBODY:
        name = say("results_form.everybody" if snapshot.has_rejected_rows else "results_form.recorded")
        below = []
    else:
        name = parts.status_name(status)
        below = [share_text(counted.people / (everybody or 1))]
    if counted.rows != counted.people:
        below.append(say("results_form.of_rows", rows=count("row", counted.rows)))
    chosen = say("results_form.tile_chosen", name=name) if is_chosen and status else name
    return [f"{counted.people:,}", chosen, *below]


def _pressing(model: ResultsModel, status: str) -> Callable[[], None]:
    """Return what a tile does: it filters by its status, or shows all rows if that is filtered already."""
    return lambda: model.filter_by("" if model.state.shown.status == status else status)

"""The tiles of a campaign's statuses: the number of people with each; pressing a tile filters the table."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import ipywidgets as widgets

from dingnb.campaigns.results.campaign_results import Snapshot
from dingnb.campaigns.results.delivery_statistics import share_text
from dingnb.campaigns.results.result_texts import status_name
from dingnb.campaigns.status import STATUSES, TONES, Status, StatusTone
from dingnb.ui.kit import parts
from dingnb.ui.kit.form import button, row, show_if, toggle_class, update
from dingnb.ui.kit.theme import MAX_TILES
from dingnb.ui.results.model import ResultsModel
from dingnb.words import count, say

if TYPE_CHECKING:
    from dingnb.ui.results.form import ResultsForm

EVERYBODY = ""
"""The key of the tile that counts everybody, in place of a status: the tile filters by no status."""

_TONES: dict[StatusTone, parts.Tone] = {"good": "good", "unsure": "warn", "bad": "bad"}
"""The tones of statuses that are shown as tones of forms; names and icons of statuses say the same without colour."""


def tone_of(status: str, evidence: object = "", *, is_excluded: bool = False) -> parts.Tone:
    """
    Return the tone of a person's status.

    Neither people who have the text from elsewhere, who have missed nothing, nor excluded people have a tone.

    Args:
        status: The status.
        evidence: What shows the status, as in the results; it may be missing.
        is_excluded: Whether the analyst excluded the person.
    """
    return "" if evidence == "elsewhere" or is_excluded else _TONES.get(TONES[Status(status)], "")


STATUS_ICONS: dict[str, str] = {
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
"""The name of each status's icon, whose shape distinguishes the status without colour."""

_MIN_LINES = 3
"""The number of lines of the lowest tile."""

_BLANK_LINE = "\u00a0"
"""Fills tiles with fewer lines: buttons are centred vertically, and the numbers have to align."""


@dataclass(frozen=True, slots=True)
class StatusCount:
    """
    The number of people and of rows with a status.

    Attributes:
        status: The status; `EVERYBODY` for all.
        people: The number of people or, with a key, of messages.
        rows: The number of rows of the input.
    """

    status: str
    people: int
    rows: int


class TilesView:
    """
    The widgets of the tiles.

    Args:
        form: The form that contains them.
        model: The model.
        filter_by: Shows only the rows with a status, or all if it is empty.
    """

    def __init__(self, form: "ResultsForm", model: ResultsModel, filter_by: Callable[[str], None]) -> None:
        self._model, self._filter_by = model, filter_by
        self.tiles: dict[str, widgets.Button] = {}
        for status in (EVERYBODY, *STATUSES):
            tile = self.tiles[status] = button(css_class="dn-tile")
            tile.add_class(f"dn-icon-{STATUS_ICONS[status]}")
            # Without text until the results are read.
            tile.layout.display = "none"
            if status != EVERYBODY and (tone := tone_of(status)):
                tile.add_class(f"dn-tile-{tone}")
            form.on_click(tile, partial(self._toggle_filter, status))
        # Shown instead of the tiles in a saved notebook, where all buttons are hidden.
        self.saved_figures = widgets.HTML(_dom_classes=("dn-show-if-disconnected",))
        self.box = row((*self.tiles.values(), self.saved_figures), "dn-tiles")

    def render(self, snapshot: Snapshot, chosen: str) -> None:
        """Show the tiles of the statuses that occur, and of the chosen one."""
        counts = {status_count.status: status_count for status_count in _count_statuses(snapshot)}
        # The chosen status stays, even if nobody has it any more.
        counts.setdefault(chosen, StatusCount(chosen, 0, 0))
        total = counts[EVERYBODY].people
        lines = {
            status: _lines(status_count, total, snapshot, is_chosen=status == chosen)
            for status, status_count in counts.items()
        }
        height = max(_MIN_LINES, *map(len, lines.values()))
        for status, tile in self.tiles.items():
            show_if(status in lines, tile)
            if status in lines:
                blank = [_BLANK_LINE] * (height - len(lines[status]))
                update(tile, description="\n".join([*lines[status], *blank]))
                update(tile, tooltip=_tooltip(status, counts[status].people, snapshot))
                toggle_class(tile, "dn-chosen", status == chosen)
        # People who have the text from a test or another campaign have missed nothing.
        were_all_sent_before = Status.FILTERED in counts and snapshot.funnel.were_all_filtered_sent_before
        toggle_class(self.tiles[Status.FILTERED], "dn-tile-bad", not were_all_sent_before)
        # Rows that name no person, such as totals, are no problem either, nor are people excluded on purpose.
        rejected = counts.get(Status.REJECTED, StatusCount(Status.REJECTED, 0, 0))
        is_problem = rejected.people > 0 and rejected.rows > len(snapshot.excluded)
        toggle_class(self.tiles[Status.REJECTED], "dn-tile-bad", is_problem)
        hidden = [tile for status, tile in self.tiles.items() if status not in lines]
        for n in range(1, MAX_TILES + 1):
            toggle_class(self.box, f"dn-tiles-{n}", n == len(lines))
        update(self.box, children=(*(self.tiles[status] for status in lines), *hidden, self.saved_figures))
        figures = ((name, number, " · ".join(below)) for number, name, *below in lines.values())
        update(self.saved_figures, value=parts.figures(figures))

    def _toggle_filter(self, status: str) -> None:
        """Filter the table by a status, or show all rows if it is filtered by that status already."""
        self._filter_by(EVERYBODY if self._model.state.shown.status == status else status)


def _count_statuses(snapshot: Snapshot) -> tuple[StatusCount, ...]:
    """Return the count of everybody, and then the count of each status that occurs, in the order of the tiles."""
    people = {str(status): int(n) for status, n in snapshot.summary["people"].items()}
    rows = snapshot.counts
    counts = [
        StatusCount(status, people.get(status, 0), rows.get(status, 0))
        for status in TONES
        if status in people or status in rows
    ]
    return (StatusCount(EVERYBODY, sum(people.values()), len(snapshot.frame)), *counts)


def _tooltip(status: str, people: int, snapshot: Snapshot) -> str:
    """Return what the tile of delivered messages says about unknown reads, in a sentence; empty if it says nothing."""
    if status != Status.DELIVERED or not _has_some_read_unknown(people, snapshot):
        return ""
    unknown = count("person", snapshot.read_unknown)
    return say("results_form.tile_read_unknown_means", people=unknown, status=status_name(status, None))


def _has_some_read_unknown(people: int, snapshot: Snapshot) -> bool:
    """Return whether it is unknown for some people who have the message, but not for all, whether they have read it."""
    return 0 < snapshot.read_unknown < people


def _lines(status_count: StatusCount, total: int, snapshot: Snapshot, *, is_chosen: bool) -> list[str]:
    """
    Return the lines of a tile: the number of people, the status, the share, and the number of rows if it differs.

    The ledger stores rows that share a message as one row. For a campaign from the ledger, only the number of rejected
    rows is therefore shown.
    """
    people, rows = status_count.people, status_count.rows
    number = f"{people:,}"
    shows_rows = 0 < people != rows and (status_count.status == Status.REJECTED or not snapshot.merges_rows)
    rows_text = count("row", rows)
    if status_count.status == EVERYBODY:
        name, below = say("results_form.everybody"), [str(rows_text)] if shows_rows else []
    else:
        share = share_text(people / (total or 1))
        with_rows = say("results_form.share_of_rows", share=share, rows=rows_text)
        name, below = snapshot.name_of(status_count.status), [with_rows if shows_rows else share]
        if is_chosen:
            name = say("results_form.tile_chosen", name=name)
        if rows and not people:
            number, below = str(count("row", rows)), []
    if status_count.status == Status.DELIVERED and _has_some_read_unknown(people, snapshot):
        below.append(say("results_form.tile_read_unknown", n=snapshot.read_unknown))
    if status_count.status == Status.FILTERED and 0 < snapshot.funnel.elsewhere < people:
        below.append(say("results_form.tile_elsewhere", n=snapshot.funnel.elsewhere))
    if status_count.status == Status.REJECTED and snapshot.excluded:
        excluded = len(snapshot.excluded)
        key = "tile_all_excluded" if excluded == rows else "tile_excluded"
        below.append(say(f"results_form.{key}", rows=count("row", excluded)))
    return [number, name, *below]

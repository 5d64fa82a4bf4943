"""The table of results: the search, pages, the export, and the list to choose a person from."""

from collections.abc import Hashable, Iterator
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets
import pandas as pd

from dingnb.campaigns.results.campaign_results import Snapshot
from dingnb.tables.cells import is_missing, show
from dingnb.ui.kit import parts
from dingnb.ui.kit.form import button, row, set_available, show_if, stack, update
from dingnb.ui.kit.times import SHORT, moment
from dingnb.ui.results.export_model import ExportModel, ExportState
from dingnb.ui.results.model import ResultsModel
from dingnb.ui.results.state import ResultsState
from dingnb.ui.results.tiles import ICONS, TONES
from dingnb.words import count, say

if TYPE_CHECKING:
    from dingnb.ui.results.form import ResultsForm

_COLUMNS_IN_NARROW_PANE = 3


class PeopleView:
    """
    The widgets of the table.

    Args:
        form: The form that contains them.
        model: The model.
        export: The model of the export.
        details: The widgets shown next to them: the details of the chosen person.
    """

    def __init__(self, form: "ResultsForm", model: ResultsModel, export: ExportModel, details: widgets.VBox) -> None:
        self._export_model = export
        self._round = 0
        self.heading, self.table, self.notice = widgets.HTML(), widgets.HTML(), widgets.HTML()
        self.search = widgets.Text()
        self.clear, self.first = button(name="dn-link"), button(name="dn-link")
        self.export, self.exported = button(), widgets.HTML()
        self.people = widgets.Select(options=[], index=None)
        self.earlier, self.later = button(), button()
        self.page = widgets.BoundedIntText(1, 1, 1)
        self.pages, self.hint = widgets.HTML(), widgets.HTML()
        self.search.add_class("dn-third")
        self.page.add_class("dn-number")
        self._list = widgets.Box([self.table, self.people])
        self._list.add_class("dn-people")
        self._pager = row([self.earlier, self.later, self.page, self.pages], "dn-pager")
        filters = row([self.search, self.clear, self.export], "dn-low")
        columns = widgets.HBox([stack([self._list, self._pager], "dn-editor"), details])
        columns.add_class("dn-columns")
        self.box = stack(
            [self.heading, filters, self.exported, row([self.notice, self.hint, self.first]), columns], "dn-section"
        )
        form.on_change(self.search, model.search)
        form.on_click(self.clear, model.clear)
        form.on_click(self.export, export.export)
        form.on_click(self.first, lambda: model.step(0))
        form.on_change(self.people, model.choose)
        form.on_click(self.earlier, lambda: model.turn_to(model.state.shown.page - 1))
        form.on_click(self.later, lambda: model.turn_to(model.state.shown.page + 1))
        form.on_change(self.page, lambda page: model.turn_to(page - 1))

    def render(self, state: ResultsState, snapshot: Snapshot) -> None:
        """Show the filters and the current page."""
        shown = state.shown
        update(self.heading, value=parts.heading(say("results_form.people")))
        self._render_filters(state)
        update(self.notice, value=parts.status(parts.quiet(_found(state))))
        positions = shown.on_page
        page = snapshot.frame.iloc[positions]
        names = _names(snapshot, page)
        # Without codes, the column would only take room from the reasons.
        has_codes = bool(snapshot.frame["code"].fillna("").ne("").any())
        rows = _rows(names, page, has_codes=has_codes)
        show_if(bool(positions), self._list)
        update(
            self.table,
            value=parts.lines(_found(state), _header(has_codes=has_codes), rows, _COLUMNS_IN_NARROW_PANE),
        )
        self._render_list(tuple(zip(names, positions, strict=True)), state.chosen)
        show_if(shown.pages > 1, self._pager)
        update(self.earlier, description=say("results_form.earlier"))
        update(self.later, description=say("results_form.later"))
        set_available(self.earlier, shown.page > 0, say("form.none_earlier"))
        set_available(self.later, shown.page < shown.pages - 1, say("form.none_later"))
        update(self.page, max=shown.pages, description=say("results_form.page"))
        update(self.page, value=shown.page + 1)
        update(self.pages, value=parts.quiet(say("results_form.pages", pages=shown.pages)))
        # These stay while details are shown, so that the table does not move and the button keeps the focus.
        show_if(bool(positions), self.hint, self.first)
        set_available(self.first, state.chosen is None)
        update(self.first, description=say("results_form.open_first"))
        update(self.hint, value=parts.quiet(say("results_form.choose_hint")))

    def _render_filters(self, state: ResultsState) -> None:
        shown = state.shown
        hint = say("results_form.search_hint")
        update(self.search, description=say("results_form.search"), placeholder=hint)
        if state.round != self._round:
            # Only then, so that text being typed is not overwritten.
            self._round = state.round
            update(self.search, value=shown.query)
        update(self.clear, description=say("results_form.clear"))
        # Not hidden, since it would lose the focus.
        set_available(self.clear, bool(shown.status or shown.query))
        show_if(bool(self._export_model.rows), self.export)
        update(self.export, description=say("results_form.export_shown", rows=count("row", shown.found)))
        update(self.exported, value=_exported(self._export_model.state))

    def _render_list(self, options: tuple[tuple[str, int], ...], chosen: int | None) -> None:
        update(self.people, description=say("results_form.choose"))
        positions = [position for _, position in options]
        index = positions.index(chosen) if chosen in positions else None
        if self.people.options == options and self.people.index == index:
            return
        # Both at once, or another person would briefly appear to be chosen.
        with self.people.hold_sync():
            if self.people.options != options:
                self.people.index = None
                self.people.options = options
                # A single row would be drawn as a drop-down list.
                self.people.rows = max(len(options), 2)
            self.people.index = index


def person_name(snapshot: Snapshot, label: Hashable, row: "pd.Series[Any]") -> str:
    """Return a person's name: the kept columns and the id, or the row's label if there is no id."""
    userid, shown = row["userid"], snapshot.labels.get(label, show(label))
    identity = say("results_form.row_named", label=shown) if is_missing(userid) else str(userid)
    kept = [show(cell) for cell in row.iloc[: len(snapshot.keep)] if not is_missing(cell)]
    return " · ".join(parts.short(part) for part in (*kept, identity))


def _names(snapshot: Snapshot, page: pd.DataFrame) -> list[str]:
    return [person_name(snapshot, label, row) for label, row in page.astype(object).iterrows()]


def _header(*, has_codes: bool) -> list[str]:
    return [
        say("results_form.person"),
        say("results_form.status"),
        say("results_form.fact_reason"),
        *([say("report.column_code")] if has_codes else []),
        say("results_form.fact_updated_at"),
    ]


def _rows(names: list[str], page: pd.DataFrame, *, has_codes: bool) -> Iterator[tuple[str, str, list[parts.Cell]]]:
    columns = [page[name].astype(object).tolist() for name in ("status", "reason", "hint", "code", "updated_at")]
    for name, status, reason, hint, code, updated in zip(names, *columns, strict=True):
        status_cell = parts.Cell(parts.status_name(status), "", TONES.get(status, ""), ICONS[status])
        code_cells = [parts.Cell(_text(code))] if has_codes else []
        reason_cell = parts.Cell(_text(reason), _text(hint))
        yield name, "", [status_cell, reason_cell, *code_cells, parts.Cell(moment(updated, SHORT))]


def _exported(state: ExportState) -> str:
    """Return the progress or the outcome of the export, with a link if there is one."""
    if state.failure is not None:
        return parts.status(parts.notice(state.failure.what, state.failure.hint, "bad"), urgent=True)
    if not state.notice:
        return ""
    download = " " + parts.download(say("form.download"), state.name, state.link) if state.link else ""
    return parts.status(parts.quiet(state.notice) + download)


def _text(value: object) -> str:
    return "" if is_missing(value) else str(value)


def _found(state: ResultsState) -> str:
    """Return which of the filtered rows the page shows."""
    shown = state.shown
    if not shown.total:
        return say("results_form.nobody")
    if not shown.found:
        if not shown.query:
            return say("results_form.none")
        return say(
            "results_form.none_found_with_status" if shown.status else "results_form.none_found", query=shown.query
        )
    first = shown.first + 1
    return say("results_form.shown", first=first, last=first + len(shown.on_page) - 1, total=shown.found)

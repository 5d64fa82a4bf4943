"""The rejected rows of a plan: pages, search and export."""

from typing import TYPE_CHECKING

import ipywidgets as widgets

from dingnb.tables.cells import show
from dingnb.tables.row_labels import index_heading
from dingnb.ui.kit import parts
from dingnb.ui.kit.files import file_name
from dingnb.ui.kit.form import button, row, set_available, show_if, stack, update
from dingnb.ui.plan.model import PlanModel
from dingnb.ui.plan.state import PlanState
from dingnb.words import Words, say

if TYPE_CHECKING:
    from dingnb.ui.plan.form import PlanForm


class ProblemsView:
    """
    The widgets of the rejected rows.

    Args:
        form: The form that contains them.
        model: The model.
    """

    def __init__(self, form: "PlanForm", model: PlanModel) -> None:
        self._model = model
        self.heading, self.table, self.exported = widgets.HTML(), widgets.HTML(), widgets.HTML()
        self.search = widgets.Text(value=model.state.problems.query)
        self.search.add_class("dn-third")
        self.earlier, self.later, self.export = button(), button(), button()
        self._tools = row([self.search, self.earlier, self.later, self.export], "dn-low")
        self.box = stack([self.heading, self._tools, self.table, self.exported], "dn-section")
        form.on_change(self.search, model.search)
        form.on_click(self.earlier, lambda: model.turn(-1))
        form.on_click(self.later, lambda: model.turn(1))
        form.on_click(self.export, model.export)

    def render(self, state: PlanState) -> None:
        """Show the page."""
        problems = state.problems
        update(self.heading, value=parts.heading(say("plan_form.problems")))
        show_if(problems.total > 0, self._tools)
        if not problems.total:
            update(self.table, value=parts.notice(say("plan_form.no_problems"), "", "good"))
            return
        update(self.search, description=say("plan_form.search"), placeholder=say("plan_form.search_hint"))
        update(self.earlier, description=say("plan_form.earlier"))
        update(self.later, description=say("plan_form.later"))
        set_available(self.earlier, problems.page > 0, say("plan_form.none_earlier"))
        set_available(self.later, problems.page < problems.pages - 1, say("plan_form.none_later"))
        show_if(problems.pages > 1, self.earlier, self.later)
        update(self.export, description=say("plan_form.export"))
        update(self.table, value=parts.status(self._page(state)))
        update(self.exported, value=self._exported(state))

    def _page(self, state: PlanState) -> str:
        problems = state.problems
        if not problems.found:
            return parts.quiet(say("plan_form.problems_none_found", query=problems.query))
        page = self._model.page()
        first = problems.first + 1
        caption = say("plan_form.problems_shown", first=first, last=first + len(page) - 1, total=problems.found)
        header = [index_heading(page.index), *(say(f"plan.{name}") for name in ("column", "value", "reason"))]
        rejected = map(self._model.view.rejection, page["position"].tolist())
        rows: list[list[tuple[Words, Words]]] = [
            [(show(label), ""), (one.column, ""), (one.value, ""), (one.reason, one.hint)]
            for label, one in zip(page.index.tolist(), rejected, strict=True)
        ]
        return parts.table(caption, header, rows)

    def _exported(self, state: PlanState) -> str:
        problems = state.problems
        if not problems.notice:
            return ""
        link = ""
        if problems.link:
            link = " " + parts.download(say("form.download"), file_name(state.name, "problems"), problems.link)
        return parts.status(parts.quiet(problems.notice) + link)

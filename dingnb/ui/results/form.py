"""The form of a campaign: its progress, its results, and actions on them."""

from collections.abc import Callable, Hashable
from dataclasses import replace

import ipywidgets as widgets

from dingnb.campaigns.campaign import Campaign, view_of
from dingnb.campaigns.plan import Plan
from dingnb.campaigns.results.campaign_results import Snapshot
from dingnb.campaigns.results.delivery_statistics import share_text
from dingnb.campaigns.results.display import is_answers_table
from dingnb.display import Sheet, Table
from dingnb.display.shell import find_name
from dingnb.ui.kit import parts
from dingnb.ui.kit.code import CodeView, Names, app_assignment_comment, call, uses_name
from dingnb.ui.kit.form import Form, close_all, show_if, stack, update
from dingnb.ui.kit.model import Failure
from dingnb.ui.plan.form import PlanForm
from dingnb.ui.plan.model import PlanModel
from dingnb.ui.results.actions import ActionsView
from dingnb.ui.results.actions_model import ActionsModel
from dingnb.ui.results.answers import AnswersModel, AnswersView
from dingnb.ui.results.auto_refresh_model import AutoRefreshModel, RefreshUsage
from dingnb.ui.results.details import DetailsView
from dingnb.ui.results.export import ExportModel
from dingnb.ui.results.model import ResultsModel
from dingnb.ui.results.overview import OverviewView, delivery_steps
from dingnb.ui.results.people import PeopleView
from dingnb.ui.results.tiles import TilesView
from dingnb.ui.run.form import RunForm, table_html, with_form_statuses
from dingnb.ui.run.model import RunModel
from dingnb.words import say
from dingnb.words.literals import literal


class ResultsForm(Form):
    """
    The form that `Campaign.form` shows.

    Its `run` is the campaign; `code` is the equivalent Python. A saved notebook shows the form as text.

    Args:
        run: The model of the campaign.
        keep: Input columns to show next to the ids.
        name: The campaign's name in the notebook; empty if it has none.
        is_inside: Whether the form is part of another form, which shows the code.
        refreshes_after_send: Whether the results are refreshed automatically once the current send has finished.
        usage: What the automatic refresh had used before the page was reloaded; None if it was not reloaded.
        is_page_left: Returns whether the page has been reloaded since, so that the automatic refresh ends.
        is_page: Whether the form is a page that is left when the results of another campaign are opened.
    """

    def __init__(
        self,
        run: RunModel,
        keep: tuple[Hashable, ...] = (),
        *,
        name: str = "",
        is_inside: bool = False,
        refreshes_after_send: bool = False,
        usage: RefreshUsage | None = None,
        is_page_left: Callable[[], bool] = lambda: False,
        is_page: bool = False,
    ) -> None:
        model = ResultsModel(run, keep)
        super().__init__(model)
        self.model = model
        self.run_model = run
        self._name, self._is_inside = name, is_inside
        self.auto_refresh = AutoRefreshModel(
            model,
            run,
            starts_after_send=refreshes_after_send,
            usage=usage,
            is_page_left=is_page_left,
            is_page=is_page,
        )
        self.actions_model = ActionsModel(
            model, run, name or "run", refreshes_automatically=lambda: self.auto_refresh.state.is_refreshing
        )
        self.answers_model = AnswersModel(model, run)
        self.export_model = ExportModel(model, run, name or "run")
        self.status = widgets.HTML()
        self.tiles = TilesView(self, model, self._filter_by)
        self.actions = ActionsView(self, self.actions_model, model)
        self.run_form = RunForm(
            run,
            tiles=self.tiles.box,
            actions=self.actions.buttons.values(),
            has_primary_action=lambda: self.actions_model.is_primary,
            # A reminder that waits for the refresh shows its progress.
            shows_refresh=lambda: not self.actions_model.reminder.is_busy,
        )
        self.run_form.watch(self.actions_model)
        self.overview = OverviewView(self, self.auto_refresh)
        self.answers = AnswersView(self, self.answers_model)
        self.reasons = widgets.HTML()
        self.reasons.add_class("dn-section")
        self.reasons.add_class("dn-problems")
        self.details = DetailsView(self, model, self.actions)
        self.people = PeopleView(self, model, self.export_model, self.actions, self.details.box)
        # In a narrow pane the details may open below the window; the focus brings them into view.
        self.on_click(self.people.first, self.details.close.focus)
        # The button that closes the details is hidden with them, so the focus moves to the list.
        self.on_click(self.details.close, self.people.people.focus)
        self.code_view = CodeView(self, lambda: self.code)
        self._sections = stack(
            [
                *(self.overview.refresh, self.actions.box, self.answers.box),
                *(self.reasons, self.people.box, self.overview.box),
            ]
        )
        shown = [self.run_form.box, self.status, self._sections, *([] if is_inside else [self.code_view.box])]
        self._box = stack(shown)
        self.watch(model, self.actions_model, self.answers_model, self.export_model, self.auto_refresh, run)
        self.watch(run.receiving)
        self.render()

    @property
    def run(self) -> Campaign:
        """The campaign."""
        return self.run_model.original

    @property
    def code(self) -> str:
        """Python code that does what the form has done so far; empty if it has done nothing."""
        lines = self.run_model.all_code_lines
        if not lines:
            return ""
        if not self._name or self.run_model.has_other_lists:
            lines = [call(f"{self._name or 'run'} = ding.campaign", literal(self.run.name)), *lines]
        setup = ["import dingnb", ""] if uses_name(lines, "dingnb") else []
        setup += app_assignment_comment() if uses_name(lines, "ding") else []
        return "\n".join([*setup, *lines])

    @property
    def box(self) -> widgets.VBox:
        """The form's widgets."""
        return self._box

    def wait(self) -> None:
        """Wait until sending and all work in progress have ended, except for the automatic refresh."""
        self.run_model.wait()
        self.actions_model.wait()
        # An action may have continued the campaign.
        self.run_model.wait()
        self.model.wait()
        self.answers_model.wait()
        self.export_model.wait()

    def _close_widgets(self) -> None:
        """Close the widgets, end the automatic refresh and, unless inside another form, stop following the campaign."""
        self.auto_refresh.end()
        self.model.unfollow()
        self.actions_model.unfollow()
        self.actions.close_reminder()
        if not self._is_inside:
            self.run_model.unfollow()
        self.run_form.close()
        # Not displayed inside another form, and so not part of the box.
        close_all(self.code_view.box)
        super()._close_widgets()

    def sheet(self) -> Sheet:
        """Return the campaign's sheet with the delivery funnel."""
        sheet, snapshot = self.run_model.sheet(), self.model.state.snapshot
        if snapshot is None:
            return sheet
        return replace(sheet, tables=(_funnel_table(snapshot), *map(with_form_statuses, sheet.tables)))

    def take_focus(self) -> None:
        """Take the focus from a button that was removed, as soon as the form is displayed; call this before it is."""
        self.run_form.take_focus()

    def says_out_of_calls(self, failure: Failure | None, *, by_actions: bool = True) -> bool:
        """
        Return whether a failure reports that no calls are left this month, and the form already says so above it.

        Args:
            failure: The failure.
            by_actions: Whether a failure of an action counts as saying so.
        """
        if failure is None or not failure.is_out_of_calls:
            return False
        of_action = self.actions_model.state.failure if by_actions else None
        return self.run_model.state.says_out_of_calls or (of_action is not None and of_action.is_out_of_calls)

    def _filter_by(self, status: str) -> None:
        self.people.filter_by(status)

    def _needs_kernel(self) -> bool:
        return False

    def _render(self) -> None:
        state = self.model.state
        snapshot = state.snapshot
        update(self.status, value=_status(self.model, has_failed=self.run_model.state.failure is not None))
        if snapshot is not None:
            # While sending or recalling, these would lag behind the figures above.
            is_settled = not self.run_model.is_running and self.run_model.state.recall is None
            show_if(is_settled, self.overview.refresh, self.overview.box)
            # One after the other, and before the tables, because all of these show the same numbers.
            self.tiles.render(snapshot, state.shown.status)
            self.run_form.render()
            self.overview.render(snapshot, state.available, state.answers)
            self.actions.render(snapshot)
            sheet = self.run_model.state.sheet
            # The statuses and the answers are shown elsewhere in the form.
            reasons = () if sheet is None else (table for table in sheet.tables[1:] if not is_answers_table(table))
            update(self.reasons, value="".join(map(table_html, reasons)))
            self.answers.render(snapshot, is_closing=self.actions_model.is_closing)
            has_reminder = bool(self.actions_model.reminder.sent) or self.actions_model.state.action == "remind"
            self.people.render(state, snapshot, names_campaign=has_reminder)
            self.details.render(state, snapshot)
        # Last, because the parts have no text before.
        show_if(snapshot is not None, self._sections)
        self.code_view.render()


def _status(model: ResultsModel, *, has_failed: bool) -> str:
    """
    Return the last error, or a note that the results are being loaded, as HTML; empty once they are.

    Args:
        model: The model of the results.
        has_failed: Whether the form of the campaign, which is above, shows an error.
    """
    state = model.state
    if state.failure is not None:
        return parts.failure_alert(state.failure)
    is_loading = state.snapshot is None and not has_failed
    return parts.status(parts.quiet(say("results_form.reading")) if is_loading else "")


def _funnel_table(snapshot: Snapshot) -> Table:
    funnel = snapshot.funnel
    people = funnel.people or 1
    rows = [(name, f"{n:,}", share_text(n / people)) for name, n in delivery_steps(snapshot)]
    header = (say("report.funnel"), say("report.column_people"), say("report.share"))
    note = "" if snapshot.has_rejected_rows else say("results_form.recorded_only")
    everybody = (say("results_form.everybody"), f"{funnel.people:,}", "")
    return Table(say("report.funnel"), header, (everybody, *rows), note)


def results_inside(
    run: RunModel,
    *,
    refreshes_after_send: bool,
    usage: RefreshUsage | None = None,
    is_page_left: Callable[[], bool] = lambda: False,
    is_page: bool = False,
) -> ResultsForm:
    """Return the results of a campaign as a part of another form, with the columns that `Campaign.form` shows."""
    return ResultsForm(
        run,
        tuple(run.view.results.identifying_columns()),
        is_inside=True,
        refreshes_after_send=refreshes_after_send,
        usage=usage,
        is_page_left=is_page_left,
        is_page=is_page,
    )


def results_of_send(run: RunModel) -> ResultsForm:
    """Return the results of a campaign that was just sent, as a part of another form."""
    return results_inside(run, refreshes_after_send=True)


def open_plan(plan: Plan) -> PlanForm:
    """Return the form that `Plan.form` describes; once the plan is sent, the results open in it."""
    model = PlanModel(plan, names=Names(plan=find_name(plan)))
    return PlanForm(model, refreshes_after_send=True, follow=results_of_send)


def open_results(run: Campaign, keep: tuple[Hashable, ...]) -> ResultsForm:
    """Return the form, as `Campaign.form` describes it."""
    name = find_name(run)
    return ResultsForm(RunModel(run, view_of(run).clock, name or "run"), keep, name=name)

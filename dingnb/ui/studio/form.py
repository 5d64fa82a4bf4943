"""The studio in the notebook: one step at a time, each with its form."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import ipywidgets as widgets
import pandas as pd

from dingnb.campaigns.campaign import Campaign
from dingnb.campaigns.status import State
from dingnb.display import Sheet
from dingnb.recipients.addresses import check_dataframe
from dingnb.ui.compose.drafts import saved_text
from dingnb.ui.compose.form import ComposeForm, describe
from dingnb.ui.kit import parts
from dingnb.ui.kit.code import CodeView
from dingnb.ui.kit.files import is_served_by_voila
from dingnb.ui.kit.form import Form, button, focus_once_displayed, row, show_if, stack, toggle_class, update
from dingnb.ui.kit.model import Failure
from dingnb.ui.results.form import ResultsForm, results_inside
from dingnb.ui.run.form import RunForm, run_title
from dingnb.ui.run.model import RunModel
from dingnb.ui.studio.directory import DirectoryView
from dingnb.ui.studio.files import FilesView
from dingnb.ui.studio.home import HomeView
from dingnb.ui.studio.model import STEPS, Step, StudioModel, StudioState
from dingnb.ui.studio.names import NamesView
from dingnb.ui.studio.phone import PhoneView
from dingnb.ui.studio.upload import UploadView
from dingnb.ui.studio.upload_model import first_rows
from dingnb.words import say

if TYPE_CHECKING:
    from dingnb.client import DingTalk
    from dingnb.ui.plan.form import PlanForm


class StudioForm(Form):
    """
    The form that `DingTalk.studio` shows.

    Its `run` is the campaign sent last; `code` is the equivalent Python. A saved notebook shows it as
    text.

    Args:
        model: The model.
    """

    def __init__(self, model: StudioModel) -> None:
        super().__init__(model)
        self.model = model
        self._sent_here: list[RunModel] = []
        self._review: tuple[PlanForm, widgets.HBox] | None = None
        self._compose: ComposeForm | None = None
        self.results: ResultsForm | None = None
        self.directory = DirectoryView(self, model.directory)
        self.upload = UploadView(self, model.upload, self.directory.toggle)
        self.names = NamesView(self, model.names)
        self.files = FilesView(self, model.files)
        self.home = HomeView(self, model)
        self.to_home = button(name="dn-link")
        self.head, self.where, self.addresses, self.notice, self.saved = (widgets.HTML() for _ in range(5))
        self.first = widgets.HTML()
        self.first.add_class("dn-as-written")
        self.steps: dict[Step, widgets.Button] = {step: button() for step in STEPS}
        self.back, self.next = button(), button()
        self.panel = stack([], "dn-panel")
        self.code_view = CodeView(self, lambda: self.code)
        self.footer = row([self.back, self.next, self.saved])
        self._steps = stack(
            [
                *(row(self.steps.values(), "dn-path"), self.where, self.notice, self.panel),
                *(self.footer, self.code_view.box),
            ]
        )
        self._page = stack([], "dn-page")
        self.phone = PhoneView(self, model)
        beside = row([self._page, self.phone.box], "dn-beside")
        self._box = stack([row([self.head, self.to_home, self.phone.toggle], "dn-head"), beside])
        for step, pressed in self.steps.items():
            self.on_click(pressed, _going(model, step))
        self.on_click(self.to_home, model.go_home)
        self.on_click(self.back, lambda: self._move(-1))
        self.on_click(self.next, lambda: self._move(1))
        recipients = (model.upload, model.directory, model.names)
        for watched in (model, *recipients, model.files, model.compose, model.home):
            watched.watch(self.render)
        self.render()

    @property
    def ding(self) -> "DingTalk":
        """The app that sends."""
        return self.model.ding

    @property
    def compose(self) -> ComposeForm:
        """The form of the message, made when a step first needs it."""
        # Any thread may ask first.
        with self._rendering:
            if self._compose is None:
                self._compose = ComposeForm(self.model.compose, follow=self._follow_send)
            return self._compose

    @property
    def frame(self) -> pd.DataFrame:
        """The recipients; empty until they are chosen."""
        return self.model.compose.frame

    @property
    def run(self) -> Campaign:
        """
        The campaign that was sent last.

        Raises:
            InputError: Nothing was sent yet.
        """
        return self.compose.run

    @property
    def code(self) -> str:
        """The Python equivalent of the actions taken so far; empty while there is no message."""
        return self.model.compose.code

    @property
    def box(self) -> widgets.VBox:
        """The form's widgets."""
        return self._box

    def sheet(self) -> Sheet:
        """Return the sheet of the studio; once something was sent, that of the campaign."""
        sheet = describe(self.model.compose, None) if self._compose is None else self._compose.sheet()
        return sheet if self._is_sent() else replace(sheet, title=say("studio.title"))

    def focus(self) -> None:
        """Focus the first button of the page that is about to be shown."""
        first = self.home.new if self.model.state.is_home else self.steps[self.model.state.step]
        focus_once_displayed(first, first.focus)

    def close(self) -> None:
        """Close the widgets, including those of steps that are not open."""
        # Both pages, since only displayed widgets are closed below.
        self._page.children = [self.home.box, self._steps]
        if self._compose is not None:
            self._compose.close()
        self.files.box.close()
        self.directory.box.close()
        self.names.box.close()
        if self._review is not None:
            self._review[1].close()
        if self.results is not None:
            self.results.close()
        super().close()

    def _needs_kernel(self) -> bool:
        return not self._is_sent()

    def _is_sent(self) -> bool:
        return any(plan.run is not None for plan in self.model.compose.plans)

    def _render(self) -> None:
        state = self.model.state
        if not state.is_home:
            # Not made, and so not sent to the browser, before the first campaign is begun.
            self._render_steps(state)
        self._show_page(state)
        update(self.to_home, description=say("studio.to_home"))

    def _render_steps(self, state: StudioState) -> None:
        model = self.model
        self._open(state.step)
        for number, step in enumerate(STEPS, 1):
            update(self.steps[step], description=say("studio.step", n=number, name=say(f"studio.{step}")))
            toggle_class(self.steps[step], "dn-here", step == state.step)
            # The tooltip also serves screen readers: ipywidgets has no aria-current.
            update(self.steps[step], tooltip=say("studio.current") if step == state.step else "")
            toggle_class(self.steps[step], "dn-later", bool(model.why_not(step)))
        at = STEPS.index(state.step)
        update(self.where, value=_where(at))
        self.upload.render(
            model.upload.state,
            is_addressed=not model.why_not("message"),
            is_next_step=not len(self.frame) and not model.directory.state.is_open,
        )
        if state.step == "recipients":
            # Hidden in other steps, and so skipped: every keystroke renders.
            self.directory.render(model.directory.state)
            self.names.render(model.names.state)
        update(self.first, value="" if not len(self.frame) else parts.tables([first_rows(self.frame)]))
        update(self.addresses, value=parts.heading(say("studio.addresses")))
        self.files.render(model.files.state, list(model.compose.tags))
        failure = model.refusal or state.failure or state.unsaved
        update(self.notice, value=_notice(state, failure))
        # It stays in view: the button pressed may be far below.
        toggle_class(self.notice, "dn-stays", failure is not None)
        self._render_footer(state)
        self.code_view.render()

    def _render_footer(self, state: StudioState) -> None:
        """Show the buttons between the steps; one primary button a page, in the only footer that stays in view."""
        model, at = self.model, STEPS.index(state.step)
        update(self.back, description=say("studio.back"))
        show_if(at > 0, self.back)
        is_last = at + 1 == len(STEPS)
        is_unsent = model.plan is None or model.plan.run is None
        # Before there are results, the button that sends is the only way on.
        show_if(not is_last and not (state.step == "send" and is_unsent), self.next)
        has_own_footer = (state.step == "check" and model.plan is None) or (state.step == "send" and is_unsent)
        is_choosing = state.step == "recipients" and (
            model.directory.state.is_open or model.names.state.is_open or not len(self.frame)
        )
        is_choosing |= state.step == "message" and model.can_have_personal_files and model.files.can_use
        if not is_last:
            words = say("studio.next", name=say(f"studio.{STEPS[at + 1]}"))
            tone = "" if has_own_footer or is_choosing else "primary"
            update(self.next, description=words, button_style=tone)
        toggle_class(self.footer, "dn-footer", not has_own_footer and not is_last)
        toggle_class(self.footer, "dn-section", has_own_footer or is_last)
        # The time changes with each key, so it is not announced to screen readers.
        saved = saved_text(state.saved_draft, has_media=model.compose.state.text.has_media)
        is_writing = state.step in {"recipients", "message"}
        update(self.saved, value=parts.quiet(saved) if saved and is_writing else "")

    def _show_page(self, state: StudioState) -> None:
        """Show the home page, or the steps."""
        ding, home = self.model.ding, self.model.home.state
        facts = [ding.app.masked_key]
        if state.is_home:
            self.home.render(home)
            facts.append(say("studio.calls", n=home.calls, most=home.most_calls))
        if state.step == "results" and not state.is_home and self.results is not None:
            # The results come first: their title is that of the page.
            update(self.head, value=run_title(self.results.run_model, *facts, level=2))
        else:
            title = say("studio.home" if state.is_home else "studio.title")
            update(self.head, value=parts.title(title, ding.mode, *facts))
        show_if(not state.is_home, self.to_home)
        self.phone.render()
        shown = [self.home.box if state.is_home else self._steps]
        if list(self._page.children) != shown:
            if self._page.children:
                # The button that was pressed is on the other page, and had the focus.
                self.focus()
            self._page.children = shown

    def _move(self, by: int) -> None:
        """Go forward or back, and move the focus to the button of the step."""
        step = self.model.beside(by)
        if not self.model.why_not(step):
            # Before it opens: afterwards it would take the focus from a field the user types in.
            self.steps[step].focus()
        self.model.open(step)

    def _open(self, step: Step) -> None:
        """Show the widgets of a step; those of other steps are kept."""
        run = self.model.run
        if step == "results" and run is not None and (self.results is None or self.results.run_model is not run):
            if self.results is not None:
                self.results.close()
            refreshes_after_send = run in self._sent_here
            if refreshes_after_send:
                # Opened again, it does not begin to refresh itself once more.
                self._sent_here.remove(run)
            self.results = results_inside(run, refreshes_after_send=refreshes_after_send)
            # The page has the same title.
            self.results.run_form.head.layout.display = "none"
        shown = self._parts_of(step)
        if list(self.panel.children) != shown:
            self.panel.children = shown

    def _follow_send(self, run: RunModel) -> RunForm:
        """Return the progress of a campaign that was just sent; it opens the results when sending finishes."""
        self._sent_here.append(run)
        is_over = False

        def look() -> None:
            nonlocal is_over
            if is_over or run.state.sheet is None or run.state.progress.state is not State.FINISHED:
                return
            is_over = True
            plan = self.model.plan
            is_open = self.model.state.step == "send" and not self.model.state.is_home
            # Meanwhile, another message may have been checked.
            if is_open and plan is not None and plan.run is run:
                self.model.go("results")
                if is_served_by_voila():
                    # What had the focus is gone. In a notebook, it may meanwhile be in another cell.
                    self.steps["results"].focus()

        run.watch(look)
        return RunForm(run)

    def _parts_of(self, step: Step) -> list[widgets.Widget]:
        compose = self.compose
        if step == "recipients":
            people = [self.first, self.addresses, compose.recipients.choices, self.names.box]
            return [self.upload.box, self.directory.box, *(people if len(self.frame) else [])]
        if step == "message":
            return [compose.message, *([self.files.box] if self.model.can_have_personal_files else [])]
        if step == "results":
            return [] if self.results is None else [self.results.box]
        is_checked = self.model.plan is not None
        if not is_checked:
            return [compose.recipients.checking]
        plan = compose.plan_form
        if step == "check":
            return [compose.recipients.checking, plan.checked]
        if self._review is None or self._review[0] is not plan:
            # Next to the confirmation: the message, as the person of the chosen row gets it.
            preview = stack([compose.preview.row_facts, compose.preview.phone], "dn-preview")
            self._review = plan, row([stack([plan.facts, plan.sent], "dn-editor"), preview], "dn-columns")
        return [self._review[1]]


def open_studio(ding: "DingTalk", frame: pd.DataFrame | None) -> StudioForm:
    """Return the form, as `DingTalk.studio` describes it."""
    return StudioForm(StudioModel(ding, None if frame is None else check_dataframe(frame)))


def _where(at: int) -> str:
    """Return the step for screen readers; the path of steps shows it."""
    return parts.announcement(say("studio.step_of", n=at + 1, name=say(f"studio.{STEPS[at]}")))


def _notice(state: StudioState, failure: Failure | None) -> str:
    if failure is not None:
        return parts.status(parts.notice(failure.what, failure.hint, "warn"), urgent=True)
    notice = parts.notice(state.notice) if state.notice else ""
    note = parts.notice(state.saved_draft.note, "", "warn") if state.saved_draft.note else ""
    return parts.status(notice + note)


def _going(model: StudioModel, step: Step) -> Callable[[], None]:
    return lambda: model.open(step)

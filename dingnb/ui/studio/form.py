"""The form of the studio: the home page, and the steps from recipients to results, one at a time."""

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import ipywidgets as widgets
import pandas as pd

from dingnb.campaigns.campaign import Campaign
from dingnb.campaigns.recipient_count import text_key
from dingnb.campaigns.status import HALTED
from dingnb.display import Sheet
from dingnb.errors import InputError
from dingnb.recipients.addresses import check_dataframe
from dingnb.recipients.column_titles import column_titles
from dingnb.ui.compose.drafts import SavedDraft, draft_notices, saved_text
from dingnb.ui.compose.form import ComposeForm, describe
from dingnb.ui.compose.recipients import lookups_hint
from dingnb.ui.kit import parts
from dingnb.ui.kit.code import CodeView
from dingnb.ui.kit.files import is_served_by_voila
from dingnb.ui.kit.form import (
    Form,
    ViewPoller,
    button,
    call_once_displayed,
    close_all,
    row,
    show_if,
    stack,
    toggle_class,
    update,
)
from dingnb.ui.kit.lists import set_children
from dingnb.ui.kit.model import Failure
from dingnb.ui.results.auto_refresh_model import RefreshUsage
from dingnb.ui.results.form import ResultsForm, results_inside
from dingnb.ui.run.form import RunForm, run_title
from dingnb.ui.run.model import RunModel
from dingnb.ui.studio.directory import DirectoryView
from dingnb.ui.studio.files import FilesView
from dingnb.ui.studio.home import HomeView
from dingnb.ui.studio.model import NOTHING_SENT, STEPS, Step, StudioModel, StudioState
from dingnb.ui.studio.names import NamesView
from dingnb.ui.studio.names_model import NamesModel
from dingnb.ui.studio.phone import PhoneView
from dingnb.ui.studio.session import theme_of_page
from dingnb.ui.studio.upload import UploadView, preview_table
from dingnb.words import Text, count, in_form, join_sentences, say

if TYPE_CHECKING:
    from dingnb.client import DingTalk
    from dingnb.ui.plan.form import PlanForm


class StudioForm(Form):
    """
    The form that `DingTalk.studio` shows.

    Its `run` is the campaign sent last; `code` is the equivalent Python. A saved notebook shows the form as text.

    Args:
        model: The model.
    """

    _can_send = True

    def __init__(self, model: StudioModel) -> None:
        super().__init__(model)
        self.model = model
        self._sent_here: list[RunModel] = []
        self._review: tuple[PlanForm, widgets.HBox] | None = None
        self._compose: ComposeForm | None = None
        self.results: ResultsForm | None = None
        self.directory = DirectoryView(self, model.directory)
        self.use_list = button()
        self.upload = UploadView(self, model.upload, self.directory.toggle, self.use_list)
        self.names = NamesView(self, model.names)
        self.files = FilesView(self, model.files)
        self.home = HomeView(self, model)
        self.to_home, self.to_reminded = button(css_class="dn-link"), button(css_class="dn-link")
        self.next_of_correction, self.to_correction = widgets.HTML(), button(tone="primary")
        self._correction = stack([self.next_of_correction, self.to_correction])
        self.head, self.announcement, self.columns_heading, self.notice, self.saved = (widgets.HTML() for _ in range(5))
        self.list_preview = widgets.HTML()
        self.list_preview.add_class("dn-as-written")
        self._opening = widgets.HTML()
        self._opening.add_class("dn-delayed")
        self.steps: dict[Step, widgets.Button] = {step: button() for step in STEPS}
        self.back, self.next = button(), button()
        self.panel, self._figures = stack([], "dn-panel"), stack([])
        self.code_view = CodeView(self, lambda: self.code)
        self.footer = row([self.back, self.directory.footer, self.names.footer, self.next, self.saved])
        self._steps = stack(
            [
                *(row(self.steps.values(), "dn-path"), self.announcement, self.notice, self.panel),
                *(self.footer, self.code_view.box),
            ]
        )
        self._page = stack([], "dn-page")
        self.phone = PhoneView(self, model)
        beside = row([self._page, self.phone.box], "dn-beside")
        links = row([self.to_reminded, self.to_home, self.phone.toggle])
        self._box = stack([row([self.head, links], "dn-head"), beside])
        ViewPoller(model.clock, self._box, model.draft_saver.poll)
        ViewPoller(model.clock, self._correction, self._poll_correction)
        for step, widget in self.steps.items():
            self.on_click(widget, partial(self._open, step))
        self.on_click(self.to_home, self._go_home)
        self.on_click(self.to_reminded, self._view_reminded)
        self.on_click(self.to_correction, self._open_correction)
        self.on_click(self.use_list, self._use_list_set_aside)
        self.on_click(self.back, lambda: self._move(-1))
        self.on_click(self.next, lambda: self._move(1))
        recipients = (model.upload, model.directory, model.names)
        self.watch(model, *recipients, model.files, model.compose, model.home, model.phone)
        self.render()

    @property
    def ding(self) -> "DingTalk":
        """The app that sends."""
        return self.model.ding

    @property
    def compose(self) -> ComposeForm:
        """The form of the message, made when a step first needs it."""
        # Any thread may be the first to need it.
        with self._render_lock:
            if self._compose is None:
                self._compose = ComposeForm(
                    self.model.compose, follow=self._follow_send, open_campaign=self._view_from_step, has_pages=True
                )
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
        if not self._is_sent():
            raise InputError(*NOTHING_SENT)
        return self.compose.run

    @property
    def code(self) -> str:
        """Python code that does what the form has done so far; empty while there is no message."""
        return self.model.compose.code

    @property
    def box(self) -> widgets.VBox:
        """The form's widgets."""
        return self._box

    def sheet(self) -> Sheet:
        """Return the sheet of the message or, once it was sent, the campaign's sheet."""
        sheet = describe(self.model.compose, None) if self._compose is None else self._compose.sheet()
        return sheet if self._is_sent() else replace(sheet, title=say("studio.title"))

    def focus(self) -> None:
        """Focus the first button of the page as soon as the page is displayed; call this before it is displayed."""
        first = self.home.new if self.model.state.is_home else self.steps[self.model.state.step]
        call_once_displayed(first, first.focus)

    def _close_widgets(self) -> None:
        """Close the widgets, including widgets of the page and the steps that are not open."""
        if self._compose is not None:
            self._compose.close()
        if self.results is not None:
            self.results.close()
        # Widgets of other steps are not displayed, and so not part of the box.
        parts_of_steps = (self.upload.box, self.directory.box, self.names.box, self.files.box)
        headings = (self.list_preview, self.columns_heading, self._figures, self._opening, self._correction)
        review = () if self._review is None else (self._review[1],)
        for widget in (self.home.box, self._steps, *parts_of_steps, *headings, *review):
            close_all(widget)
        super()._close_widgets()

    def _needs_kernel(self) -> bool:
        return not self._is_sent()

    def _is_sent(self) -> bool:
        return any(plan_model.run is not None for plan_model in self.model.compose.plan_models)

    def _render(self) -> None:
        state = self.model.state
        update(self.to_home, description=say("studio.to_home"))
        if not state.is_home:
            if list(self._page.children) == [self.home.box]:
                self._leave_home(state)
            # Not on the home page, so that the widgets of the steps are made only when they are needed.
            self._render_steps(state)
        self._show_page(state)

    def _leave_home(self, state: StudioState) -> None:
        """Show at once that a step opens, since the widgets of a campaign take up to seconds on a slow computer."""
        update(self._opening, value=parts.quiet(say("studio.opening_step")))
        set_children(self.panel, [self._opening])
        self._render_path(state)
        self._render_footer(state)
        self._show_page(state)

    def _render_path(self, state: StudioState) -> None:
        """Show the names of the steps, and which of them is open."""
        model = self.model
        for number, step in enumerate(STEPS, 1):
            update(self.steps[step], description=say("studio.step", n=number, name=say(f"studio.{step}")))
            toggle_class(self.steps[step], "dn-here", step == state.step)
            missing = model.missing_for(step)
            # The tooltip also serves screen readers: ipywidgets has no aria-current.
            tooltip = say("studio.current") if step == state.step else in_form(missing)
            update(self.steps[step], tooltip=tooltip)
            toggle_class(self.steps[step], "dn-later", bool(missing))
        announced = say("studio.step_of", n=STEPS.index(state.step) + 1, name=say(f"studio.{state.step}"))
        update(self.announcement, value=parts.announcement(announced))

    def _render_steps(self, state: StudioState) -> None:
        model = self.model
        self._show_step(state.step)
        self._render_path(state)
        self.upload.render(
            model.upload.state,
            len(self.frame),
            is_addressed=not model.missing_for("message") or model.refusal is not None,
            is_next_step=not len(self.frame) and not model.directory.state.is_open,
        )
        if state.step == "recipients":
            # Skipped in other steps, where they are hidden, since each keystroke renders.
            self.directory.render(model.directory.state)
            self.names.render(model.names.state)
        aside = model.list_set_aside
        show_if(aside is not None, self.use_list)
        if aside is not None:
            update(self.use_list, description=say("studio.use_list", list=aside.text))
        update(self.list_preview, value=self._list_preview())
        hint = lookups_hint(model.compose.state.recipient_choice)
        update(self.columns_heading, value=parts.heading(say("studio.addresses")) + hint)
        titles = column_titles(model.compose.frame)
        self.files.render(model.files.state, {name: titles.get(name, name) for name in model.compose.tags})
        failure = model.refusal or state.failure or state.save_failure
        update(self.notice, value=_notice(state.notice, model.saved_draft, failure, lacks_files=model.lacks_files))
        # A failure stays in view, since the button that was pressed may be far below.
        toggle_class(self.notice, "dn-sticky", failure is not None)
        if state.step == "results":
            self._render_correction()
        self._render_footer(state)
        self.code_view.render()

    def _render_correction(self) -> None:
        """Above the results of a campaign that is recalled first, show what is next: the recall, or the new text."""
        correction = self.model.correction
        show_if(correction is not None, self._correction)
        if correction is None:
            update(self.next_of_correction, value="")
            return
        is_recalled = not correction.can_open
        key, unit = "ready" if is_recalled else "recall_first", correction.view.recipient_count.unit
        todo = Text(f"studio.corrected_{key}", recall=Text("results_form.act_recall_name"))
        update(self.next_of_correction, value=parts.status(parts.notice(Text("studio.corrected_unsent"), todo)))
        show_if(is_recalled, self.to_correction)
        # The number depends on what is decided about those who kept the earlier text.
        key = "studio.corrected_decide" if correction.state.undecided else text_key(unit, "studio.corrected_send")
        update(self.to_correction, description=say(key, people=count(unit, correction.sent_now)))

    def _poll_correction(self) -> None:
        correction = self.model.correction
        if correction is not None:
            correction.poll()

    def _open_correction(self) -> None:
        # The button that was pressed goes with the results.
        self.steps["send"].focus()
        self.model.open("send")

    def _list_preview(self) -> str:
        """Return the first rows of the list; while the directory is open in their place, which list is in use."""
        model = self.model
        if not len(self.frame):
            return ""
        if model.directory.state.is_open:
            # The directory itself says that the people chosen in it are in use.
            is_said = bool(model.directory.state.used_count)
            return "" if is_said else parts.quiet(say("studio.list_in_use", list=model.list_in_use))
        return _matched_list(model.names, self.frame) + parts.tables([preview_table(self.frame)])

    def _render_footer(self, state: StudioState) -> None:
        """Show the buttons to the other steps; each page has one primary button, and one footer that stays in view."""
        model, index = self.model, STEPS.index(state.step)
        update(self.back, description=say("studio.back"))
        show_if(index > 0, self.back)
        is_last = index + 1 == len(STEPS)
        run = None if model.plan_model is None else model.plan_model.run
        # Until something was sent, the button that sends leads to the results.
        show_if(not is_last and not (state.step == "send" and run is None), self.next)
        has_own_footer = (state.step == "check" and model.plan_model is None) or (state.step == "send" and run is None)
        is_choosing, directory, names = state.step == "recipients", model.directory, model.names
        has_list = bool(len(self.frame))
        show_if(is_choosing and directory.state.is_open and directory.state.snapshot is not None, self.directory.footer)
        are_names_shown = is_choosing and has_list and names.is_open and not directory.state.is_open
        show_if(are_names_shown and names.state.result is not None, self.names.footer)
        is_choosing_people = is_choosing and (directory.state.is_open or names.is_open or not has_list)
        is_choosing_files = state.step == "message" and model.can_have_personal_files and model.files.can_use
        if not is_last:
            label = say("studio.next", name=say(f"studio.{STEPS[index + 1]}"))
            # The button that resumes sending is primary as well.
            is_halted = state.step == "send" and run is not None and run.state.is_halted
            plan_model = model.plan_model
            reaches_nobody = state.step == "check" and plan_model is not None and not plan_model.plan.people
            is_plain = has_own_footer or is_choosing_people or is_choosing_files or is_halted or reaches_nobody
            tone = "" if is_plain else "primary"
            update(self.next, description=label, button_style=tone)
        toggle_class(self.footer, "dn-footer", not has_own_footer and not is_last)
        toggle_class(self.footer, "dn-section", has_own_footer or is_last)
        # Not announced to screen readers, since the time changes with each keystroke.
        saved = saved_text(state.saved_draft)
        is_editing = state.step in {"recipients", "message"}
        update(self.saved, value=parts.quiet(saved) if saved and is_editing else "")

    def _show_page(self, state: StudioState) -> None:
        ding, home = self.model.ding, self.model.home.state
        # Of several apps, the name of the profile tells which one sends.
        facts = [parts.short(ding.origin.profile), ding.app.masked_key]
        if state.is_home:
            self.home.render(home)
            facts.append(say("studio.calls", n=home.calls, most=home.max_calls))
        else:
            self.home.hide_drafts()
        reminded = ""
        run = self.model.run if state.step == "results" and not state.is_home else None
        if run is not None:
            # The results step has the title of the campaign.
            reminded = run.reminds_of
            update(self.head, value=run_title(run, *facts, level=2, names_reminded=False))
        else:
            update(self.head, value=parts.title(self._title(state), ding.mode, *facts))
        show_if(bool(reminded), self.to_reminded)
        name = parts.short(reminded)
        update(self.to_reminded, description=say("run.reminds_of", name=name), tooltip=say("studio.view", name=name))
        show_if(not state.is_home, self.to_home)
        self.phone.render(theme_of_page())
        shown = [self.home.box if state.is_home else self._steps]
        if list(self._page.children) != shown:
            if self._page.children:
                # The button that was pressed had the focus, and is on the other page.
                self.focus()
            self._page.children = shown

    @property
    def page_name(self) -> str:
        """The name of the page that is open: the home page or a step."""
        state = self.model.state
        return say("studio.home" if state.is_home else f"studio.{state.step}")

    def _title(self, state: StudioState) -> str:
        """Return the title: in the steps, the name of the campaign once it has one."""
        if state.is_home:
            return say("studio.home")
        plan_model = self.model.plan_model
        name = self.model.compose.campaign_name if plan_model is None else plan_model.state.name.strip()
        return say("campaign.title", name=parts.short(name)) if name else say("studio.new")

    def _use_list_set_aside(self) -> None:
        # The button that was pressed will be hidden.
        self.next.focus()
        self.model.use_list_set_aside()

    def _go_home(self) -> None:
        # Opening the phone moves this button, maybe under the pointer.
        if not self.phone.was_just_toggled:
            self.model.go_home()

    def _view_reminded(self) -> None:
        if self.results is not None and self.results.run_model.reminds_of:
            self._view_from_step(self.results.run_model.reminds_of)

    def _view_from_step(self, name: str) -> None:
        # The button that was pressed had the focus, and goes with the step or the results that it is in.
        self.steps["results"].focus()
        self.model.view_campaign(name)

    def _move(self, by: int) -> None:
        """Go to the next or the previous step, and focus the button of that step."""
        step = self.model.adjacent_step(by)
        if not self.model.missing_for(step):
            # Before the step opens: afterwards, this might take the focus from a field in which the user types.
            self.steps[step].focus()
        self._open(step)

    def _open(self, step: Step) -> None:
        """Open a step; if people were found but not used, focus the button that uses them, which may be out of view."""
        self.model.open(step)
        if self.model.state.step == "recipients" and self.model.refusal is not None:
            place = self.model.found_elsewhere
            if place is not None:
                (self.directory.panel if place == "directory" else self.names.panel).use.focus()

    def _show_step(self, step: Step) -> None:
        """Show the widgets of a step; the widgets of the other steps are kept."""
        run = self.model.run
        if step == "results" and run is not None and (self.results is None or self.results.run_model is not run):
            self._leave_results()
            is_sent_here = run in self._sent_here
            if is_sent_here:
                # Only the first time: if they are opened again, they do not start to refresh automatically.
                self._sent_here.remove(run)
            # A halted campaign refreshes after it is resumed and finished. A refresh goes on if the results were left
            # during it.
            paused_refresh = self.model.take_paused_refresh(run.run.name)
            paused = None if is_sent_here else paused_refresh
            self.results = results_inside(
                run,
                refreshes_after_send=paused is not None or is_sent_here or run.run.state in HALTED,
                usage=paused,
                is_page_left=self.model.is_page_left,
                is_page=True,
            )
            reminder = self.model.reminders.get(run.run.name)
            if reminder is not None:
                self.results.actions_model.restore_reminder(reminder)
            self._follow_results(self.results)
            # The page shows the same title.
            self.results.run_form.head.layout.display = "none"
            self.results.actions.open_campaign = self._view_from_step
        set_children(self.panel, self._contents(step))

    def _leave_results(self) -> None:
        """Close the results that are shown; their refresh and reminder go on when the results are opened again."""
        # First, since what follows may render the form again.
        results, self.results = self.results, None
        if results is None:
            return
        refresh = results.auto_refresh.state
        if refresh.is_on:
            self.model.pause_refresh(results.run.name, refresh.usage)
        results.close()

    def _follow_results(self, results: ResultsForm) -> None:
        """
        Let the models know what the results show.

        The automatic refresh, and a reminder that is not sent, go on after a reload, and when the results are opened
        again; the phone shows the chosen person.
        """
        chosen = ""

        def show_phone() -> None:
            nonlocal chosen
            details, before = results.model.state.details, chosen
            chosen = "" if details is None else str(details.facts["userid"] or "")
            if chosen and chosen != before and self.results is results:
                self.model.phone.follow(chosen)

        def note() -> None:
            if self.results is results:
                self.model.note_refresh(results.auto_refresh.usage)
                self.model.note_reminder(results.run_model.run.name, results.actions_model.saved_reminder)

        results.auto_refresh.watch(note)
        results.actions_model.watch(note)
        results.model.watch(show_phone)
        note()

    def _follow_send(self, run: RunModel) -> RunForm:
        """Return the progress of a campaign that was just sent; the results open when sending has ended."""
        self._sent_here.append(run)
        self.model.note_refresh(RefreshUsage())
        has_ended = False

        def open_results() -> None:
            nonlocal has_ended
            had_ended = has_ended
            has_ended = run.state.sheet is not None and not run.is_running
            if had_ended or not has_ended:
                return
            plan_model = self.model.plan_model
            is_open = self.model.state.step == "send" and not self.model.state.is_home
            # Another message may have been checked meanwhile.
            if is_open and plan_model is not None and plan_model.run is run:
                self.model.go("results")
                if is_served_by_voila():
                    # The widget with the focus is gone. Not in a notebook, where the focus may be in another cell.
                    self.steps["results"].focus()

        run.watch(open_results)
        form = RunForm(run)
        # The page shows the same title.
        form.head.layout.display = "none"
        return form

    def _recipients_contents(self) -> list[widgets.Widget]:
        if self.model.directory.state.is_open:
            # In place of the list and its columns, which would look like a part of it.
            return [self.upload.box, self.list_preview, self.directory.box]
        columns = [self.columns_heading, self.compose.recipients.choices]
        of_list = [self.compose.unfinished.box, self.list_preview, *columns, self.names.box]
        return [self.upload.box, self.directory.box, *(of_list if len(self.frame) else [])]

    def _contents(self, step: Step) -> list[widgets.Widget]:
        compose = self.compose
        if step == "recipients":
            return self._recipients_contents()
        if step == "message":
            below = [self.files.box] if self.model.can_have_personal_files else []
            set_children(compose.below_fields, below)
            show_if(bool(below), compose.below_fields)
            return [compose.unfinished.box, compose.message]
        if step == "results":
            return [] if self.results is None else [self._correction, self.results.box]
        is_checked = self.model.plan_model is not None
        if step == "check":
            row_warnings = compose.recipients.row_warnings
            # The warnings stay in place while the list is checked again, as after a click on one of their checkboxes.
            is_kept = self.model.compose.state.is_checking and row_warnings.are_kept
            set_children(self._figures, [compose.plan_form.review] if is_checked or is_kept else [])
            checking = [compose.recipients.checking, self._figures, row_warnings.box]
            return [*checking, compose.plan_form.findings] if is_checked else checking
        if not is_checked:
            return [compose.recipients.checking]
        plan_form = compose.plan_form
        if self._review is None or self._review[0] is not plan_form:
            # The message of the chosen row, next to the confirmation.
            preview = stack([compose.preview.row_facts, compose.preview.phone], "dn-preview")
            editor = stack([plan_form.send_area], "dn-editor")
            self._review = plan_form, row([editor, preview], "dn-columns")
        # Once the plan was sent, the campaign shows its own numbers.
        return [self._review[1] if plan_form.model.run is None else plan_form.send_area]


def open_studio(ding: "DingTalk", frame: pd.DataFrame | None) -> StudioForm:
    """Return the form, as `DingTalk.studio` describes it."""
    return StudioForm(StudioModel(ding, None if frame is None else check_dataframe(frame)))


def _matched_list(names: NamesModel, frame: pd.DataFrame) -> str:
    """Return how the list after matching differs from the file above; empty if it was not matched."""
    if names.unmatched_list is None:
        return ""
    unmatched, _ = names.unmatched_list
    left_out = len(unmatched) - len(frame)
    texts = [say("studio.matched_list", rows=f"{len(frame):,}", all=count("row", len(unmatched)))]
    texts += [say("studio.matched_left_out", rows=count("row", left_out))] if left_out else []
    return parts.quiet(join_sentences(texts))


def _notice(text: Text, saved_draft: SavedDraft, failure: Failure | None, *, lacks_files: bool) -> str:
    if failure is not None:
        return parts.failure_alert(failure, "warn")
    notice = parts.notice(text) if text else ""
    return parts.status(notice + draft_notices(saved_draft, lacks_files=lacks_files))

"""The form of a plan in the notebook: its facts, problems, a test, and sending."""

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

import ipywidgets as widgets
import pandas as pd

from dingnb.campaigns.campaign import Campaign
from dingnb.campaigns.planning.display import named_row
from dingnb.campaigns.planning.send_warnings import is_quota_warning, is_tested_warning
from dingnb.campaigns.status import Status
from dingnb.display import Sheet
from dingnb.errors import InputError
from dingnb.messages.markdown import TextRenderer
from dingnb.messages.preview import client_view_of
from dingnb.recipients.column_titles import column_titles, with_column_titles
from dingnb.recipients.exclusions import excludes_nobody
from dingnb.tables.row_labels import index_heading, row_name
from dingnb.ui.kit import parts
from dingnb.ui.kit.code import CodeView
from dingnb.ui.kit.form import (
    NO_TOOLTIP,
    Form,
    ViewPoller,
    button,
    close_all,
    replace_children,
    row,
    set_available,
    show_if,
    stack,
    toggle_class,
    update,
)
from dingnb.ui.kit.lists import range_of_page
from dingnb.ui.plan.figures import figures_and_facts
from dingnb.ui.plan.model import PlanModel
from dingnb.ui.plan.row_lists import is_row_warning, list_of_merged_rows, warnings_with_rows
from dingnb.ui.plan.send import SendView
from dingnb.ui.plan.state import PlanState, ProblemGroup
from dingnb.ui.run.form import RunForm
from dingnb.ui.run.model import RunModel
from dingnb.ui.run.receiving_model import ReceivingState
from dingnb.words import NOTHING, Text, TextLike, say, sentences

_MAX_GROUPS = 8


class Follower(Protocol):
    """A form that shows a campaign once it is being sent."""

    @property
    def box(self) -> widgets.VBox:
        """The form's widgets."""

    @property
    def run_form(self) -> RunForm:
        """The form of the campaign's progress."""

    def take_focus(self) -> None:
        """Take the focus from the button that was pressed."""

    def close(self) -> None:
        """Close the widgets, and end the form's background work."""


class PlanForm(Form):
    """
    The form that `Plan.form` shows.

    Its `run` is the campaign, once the plan was sent; `code` is the equivalent Python. A saved notebook shows the form
    as text.

    Args:
        model: The model.
        is_inside: Whether the form is part of another form, which shows the code.
        has_list: Whether the user knows the rows by number, as in a list.
        has_pages: Whether the form around this one shows the check and the send on separate pages.
        follow: Makes the form that shows the campaign once it is sent, or another campaign that was opened.
        shown_run: Returns the progress of a campaign, by name, if the form around this one shows it on the same page;
            else None.
        open_campaign: Opens a campaign by name in the form around this one; None opens it here.
    """

    _can_send = True

    def __init__(
        self,
        model: PlanModel,
        *,
        is_inside: bool = False,
        has_list: bool = True,
        has_pages: bool = False,
        follow: Callable[[RunModel], Follower] = RunForm,
        shown_run: Callable[[str], RunForm | None] = lambda _name: None,
        open_campaign: Callable[[str], None] | None = None,
    ) -> None:
        super().__init__(model)
        self.model = model
        self.head, self.outdated, self.facts, self.thumbnail = (widgets.HTML() for _ in range(4))
        self.warnings, self.notes = widgets.HTML(), widgets.HTML()
        self.thumbnail.add_class("dn-thumbnail")
        self.code_view = CodeView(self, lambda: model.code)
        self.problems = _ProblemsView(self, model)
        self._has_list, self._has_pages = has_list, has_pages
        self.test = _TestView(self, model)
        show_if(has_list, self.test.row)
        self.sending = SendView(self, model, shown_run, open_campaign, has_page=has_pages)
        self._follow = follow
        self.follower: Follower | None = None
        self._run_box, self.blocking_box = stack([]), stack([])
        self.blocking_form: Follower | None = None
        reviewed = row([self.facts, self.thumbnail], "dn-columns")
        # The user looks at the review first; the studio shows further warnings between the review and the findings.
        self.review = stack([self.outdated, reviewed])
        self.findings = stack([self.warnings, self.problems.box, self.notes, self.test.box])
        # The studio shows these in a step of their own, also after the send.
        self._before_send = stack([self.review, self.findings])
        self.send_area = stack([self.sending.box, self.sending.footer, self.blocking_box, self._run_box], "dn-flat")
        if is_inside:
            # So that the footer stays in view in the whole form around this one.
            self.head.add_class("dn-section")
            self._box = stack([self.head, self._before_send, self.send_area], "dn-flat")
        else:
            self._box = stack([self.head, self._before_send, self.send_area, self.code_view.box], "dn-section")
        self.watch(model, model.receiving)
        self.render()
        # The facts may be shown on a page without the part that sends.
        ViewPoller(model.clock, self.review, model.poll)

    @property
    def run(self) -> Campaign:
        """
        The campaign.

        Raises:
            InputError: The plan was not sent yet.
        """
        if self.model.run is None:
            raise InputError(Text("plan_form.not_sent"), Text("plan_form.not_sent_todo"))
        return self.model.run.original

    @property
    def run_form(self) -> RunForm | None:
        """The progress of the campaign; None until it is sent."""
        return None if self.follower is None else self.follower.run_form

    @property
    def code(self) -> str:
        """Python code that does what the form has done so far; empty if it has done nothing."""
        return self.model.code

    @property
    def box(self) -> widgets.VBox:
        """The form's widgets."""
        return self._box

    def sheet(self) -> Sheet:
        """Return what the plan shows; once it was sent, what the campaign shows."""
        return self.model.state.sheet if self.model.run is None else self.model.run.sheet()

    def _close_widgets(self) -> None:
        """Close the widgets, and what follows a campaign."""
        self.model.unfollow()
        for form in (self.follower, self.blocking_form):
            if form is not None:
                form.close()
        # Not displayed inside another form, and so not part of the box.
        close_all(self.code_view.box)
        super()._close_widgets()

    def _needs_kernel(self) -> bool:
        return self.model.run is None

    def _render(self) -> None:
        model, state = self.model, self.model.state
        people = NOTHING if state.is_outdated else model.view.recipient_count.text
        update(self.head, value=parts.title(say("plan_form.title"), model.plan.mode, people, level=3))
        # The shortage of calls is shown next to the button, and on the page of the check, which has no button.
        shortage = self.sending.shortage_notice(state) if self._has_pages and state.stage != "sent" else ""
        notes = [note for note in state.sheet.notes if note != state.shortage and not is_row_warning(note)]
        if model.is_partly_sent:
            # The warning about the quota is for the whole plan.
            notes = [note for note in notes if not is_quota_warning(note)]
        # Without pages, the notes about the name are below the name.
        hidden = [] if self._has_pages else state.notes_at_name
        warnings = _notices(model, [note for note in notes if not _is_information(note) and note not in hidden])
        rows = "" if model.has_row_checks else warnings_with_rows(model.view, state.sheet.notes)
        # With pages, the choice is in the next step.
        step = say("plan_form.where_step", step=say("studio.send")) if self._has_pages else ""
        choose_at = step or say("plan_form.where_below")
        update(self.facts, value=figures_and_facts(model, state, choose_at=choose_at))
        update(self.warnings, value=shortage + warnings + rows)
        update(self.notes, value=list_of_merged_rows(model.view) + _notices(model, filter(_is_information, notes)))
        update(self.outdated, value=("" if self._has_pages else _outdated_notice(state)) or _sent_notice(model))
        # The results of the campaign show these rows as well.
        has_results = self.follower is not None and self.follower.run_form is not self.follower
        # With pages, the form around this one shows an outdated plan only while it is checked again.
        show_if(not state.is_collapsed or self._has_pages, self.facts)
        show_if(not state.is_collapsed, self.warnings, self.notes)
        show_if(not state.is_collapsed and not has_results, self.problems.box)
        sample = "" if state.is_collapsed else _thumbnail(model, state, has_list=self._has_list)
        update(self.thumbnail, value=sample)
        show_if(bool(sample), self.thumbnail)
        show_if(not state.is_overtaken, self._run_box)
        # Once the plan was sent, the campaign shows its own name and numbers.
        is_open = not state.is_overtaken and state.stage != "sent"
        show_if(is_open, self.head)
        show_if(is_open or state.is_overtaken, self._before_send)
        self.problems.render(state)
        self.test.render(state)
        self.sending.render(state)
        self._render_blocking_run()
        if self.blocking_form is not None:
            # Under another name, the plan can be sent nevertheless.
            self.blocking_form.run_form.set_aside(is_set_aside=not model.can_open)
        if model.run is not None and self.follower is None:
            self.follower = self._follow(model.run)
            # The button that was pressed is hidden now.
            self.follower.take_focus()
            self._run_box.children = [self.follower.box]
        if self.follower is not None:
            # Once the message or the list is changed, the next step is to check again.
            self.follower.run_form.set_aside(is_set_aside=state.is_outdated)
        self.code_view.render()

    def _render_blocking_run(self) -> None:
        """Show the campaign that was opened, until another name is entered or the plan is sent."""
        model, before = self.model, self.blocking_form
        show_if(model.run is None and not model.state.is_collapsed, self.blocking_box)
        blocking = model.blocking_run if model.run is None else None
        if (None if before is None else before.run_form.model) is blocking:
            return
        self.blocking_form = None if blocking is None else self._follow(blocking)
        if self.blocking_form is not None:
            # The button that was pressed is hidden now.
            self.blocking_form.take_focus()
        replace_children(self.blocking_box, [] if self.blocking_form is None else [self.blocking_form.box])
        if before is not None:
            before.close()


class _ProblemsView:
    """The widgets of the rejected rows: pages, search and export."""

    def __init__(self, form: PlanForm, model: PlanModel) -> None:
        self._model = model
        self.heading, self.groups, self.table, self.exported = (widgets.HTML() for _ in range(4))
        self.toggle = button(css_class="dn-link")
        self.search = widgets.Text(value=model.state.problems.query)
        self.search.add_class("dn-third")
        self.earlier, self.later, self.export = button(), button(), button()
        self._tools = row([self.search, self.earlier, self.later, self.export], "dn-align-end")
        self.box = stack(
            [self.heading, self.groups, row([self.toggle]), self._tools, self.table, self.exported], "dn-section"
        )
        form.on_change(self.search, model.search)
        form.on_click(self.earlier, lambda: model.turn_to(model.state.problems.page - 1))
        form.on_click(self.later, lambda: model.turn_to(model.state.problems.page + 1))
        form.on_click(self.export, model.export)
        form.on_click(self.toggle, model.toggle_problems)

    def render(self, state: PlanState) -> None:
        """Show the page."""
        problems = state.problems
        update(self.heading, value=parts.heading(say("plan_form.problems")))
        show_if(problems.total > 0, self.heading, self._tools)
        is_grouped = problems.total > problems.rows_per_page
        show_if(is_grouped or bool(problems.query), self.search)
        show_if(is_grouped and not problems.query, self.toggle)
        show_if(problems.has_list, self.table)
        update(
            self.toggle, description=say("plan_form.problems_hide" if problems.is_open else "plan_form.problems_show")
        )
        groups = _group_table(self._model.problem_groups, self._model.view.frame) if is_grouped else ""
        update(self.groups, value=groups)
        if not problems.total:
            update(self.table, value=parts.notice(say("plan_form.no_problems"), "", "good"))
            return
        update(self.search, description=say("plan_form.search"), placeholder=say("plan_form.search_hint"))
        update(self.earlier, description=say("plan_form.earlier"))
        update(self.later, description=say("plan_form.later"))
        set_available(self.earlier, problems.page > 0, say("form.none_earlier"))
        set_available(self.later, problems.page < problems.pages - 1, say("form.none_later"))
        show_if(problems.has_list and problems.pages > 1, self.earlier, self.later)
        update(self.export, description=say("plan_form.export"))
        update(self.table, value=parts.status(self._page(state)))
        update(self.exported, value=self._export_notice(state))

    def _page(self, state: PlanState) -> str:
        problems = state.problems
        if not problems.found:
            return parts.quiet(say("plan_form.problems_none_found", query=problems.query))
        page = self._model.page()
        shown = range_of_page(problems.first, len(page), problems.found)
        caption = say("plan_form.problems_shown", shown=shown)
        header = [index_heading(page.index), *(say(f"plan.{name}") for name in ("column", "value", "reason"))]
        rejected = map(self._model.view.rejection, page["position"].tolist())
        titles = column_titles(self._model.view.frame)
        rows: list[list[tuple[TextLike, TextLike]]] = [
            [
                (named_row(label, name), ""),
                (titles.get(rejection.column, rejection.column), ""),
                (rejection.value, ""),
                (with_column_titles(titles, rejection.reason), rejection.hint),
            ]
            for label, name, rejection in zip(page.index.tolist(), page["name"].tolist(), rejected, strict=True)
        ]
        return parts.table(caption, header, rows)

    def _export_notice(self, state: PlanState) -> str:
        problems = state.problems
        if not problems.notice:
            return ""
        link = ""
        if problems.link:
            link = " " + parts.download_link(say("form.download"), problems.exported_name, problems.link)
        return parts.status(parts.quiet(problems.notice) + link)


class _TestView:
    """The widgets of the test: the message of one row is sent to one person."""

    def __init__(self, form: PlanForm, model: PlanModel) -> None:
        self._model = model
        self.heading, self.notice = widgets.HTML(), widgets.HTML()
        # Sent when the field loses focus: otherwise a click could use a half-typed id, which may be somebody else's.
        self.recipient = widgets.Combobox(value=model.state.test_recipient, continuous_update=False)
        # No bounds: the widget would change a number outside them to the number of another row.
        self.row = widgets.IntText(tooltip=NO_TOOLTIP)
        self._rows = model.view.row_numbers
        self.send_test = button()
        self.recipient.add_class("dn-third")
        self.row.add_class("dn-short")
        self.box = stack(
            [self.heading, row([self.recipient, self.row, self.send_test], "dn-align-end"), self.notice], "dn-section"
        )
        self.box.add_class("dn-hide-if-disconnected")
        form.on_change(self.recipient, model.choose_test_recipient)
        form.on_change(self.row, model.choose_row_number)
        self.send_test.add_class("dn-outcome-below")
        form.on_click(self.send_test, self._test)
        # Enter alone sends nothing.
        form.on_submit(self.recipient, self._focus_send_test)

    def _test(self) -> None:
        self._model.test()
        # Focused again, so that the page scrolls until the room for the outcome is above the footer.
        self.send_test.blur()
        self.send_test.focus()

    def _focus_send_test(self) -> None:
        self.send_test.focus()

    def render(self, state: PlanState) -> None:
        """Show the test and its outcome."""
        show_if(bool(self._model.plan.people) and state.stage == "open" and not state.is_collapsed, self.box)
        about = parts.quiet(say("plan_form.test_unmarked"))
        update(self.heading, value=parts.heading(say("plan_form.test")) + about)
        update(
            self.recipient,
            description=say("plan_form.test_recipient"),
            placeholder=say("plan_form.test_recipient_hint"),
        )
        update(self.recipient, options=state.test_offers)
        if len(self._rows.numbers):
            number = int(self._rows.numbers[state.row]) if state.refused_row is None else state.refused_row
            update(self.row, value=number)
        toggle_class(self.row, "dn-invalid", state.refused_row is not None)
        update(self.row, description=say("plan_form.position" if self._rows.kind == "position" else "plan_form.row"))
        # Not disabled while busy: a disabled button loses the focus. The model ignores further presses.
        update(self.send_test, description=say("plan_form.send_test"))
        # Room for the outcome: without an outcome, the page may end here and could not scroll.
        toggle_class(self.notice, "dn-room", bool(state.test_progress))
        update(self.notice, value=parts.status(_test_notice(state, self._model.receiving.state)))


def _group_table(groups: Sequence[ProblemGroup], frame: pd.DataFrame) -> str:
    """Return the kinds of problems, each with the number of rows and what to do."""
    titles = column_titles(frame)
    header = [say("plan_form.problem_rows"), say("plan.column"), say("plan_form.problem_example")]
    rows: list[list[tuple[TextLike, TextLike]]] = [
        [
            (f"{group.rows:,}", ""),
            (titles.get(group.column, group.column), ""),
            (with_column_titles(titles, group.reason), group.hint),
        ]
        for group in groups[:_MAX_GROUPS]
    ]
    n_more = len(groups) - _MAX_GROUPS
    more = parts.quiet(say("plan_form.problem_more", n=n_more)) if n_more > 0 else ""
    return parts.table(say("plan_form.problem_groups"), header, rows) + more


def _outdated_notice(state: PlanState) -> str:
    """Return the notice that the plan is outdated or overtaken, with the error of a failed start."""
    if state.is_overtaken:
        return parts.status(parts.notice(say("plan_form.overtaken")))
    if not state.is_collapsed or state.stage == "sent":
        return ""
    notices = [parts.notice(say("plan_form.outdated"), say("plan_form.outdated_todo"), "warn")]
    if state.failure is not None and state.failure.what != Text("plan_form.outdated"):
        notices.append(parts.failure_notice(state.failure))
    return parts.status("".join(notices), urgent=True)


def _sent_notice(model: PlanModel) -> str:
    """Return the notice that the plan was sent, for the page that still shows its check."""
    if model.run is None:
        return ""
    return parts.status(parts.notice(say("plan_form.sent_as", name=parts.short(model.run.run.name))))


def _notices(model: PlanModel, notes: Iterable[TextLike]) -> str:
    """Return notes of a plan as notices: as warnings, except notes that need no attention before sending."""
    titles = column_titles(model.view.frame)
    return "".join(
        parts.notice(with_column_titles(titles, note), "", "" if _is_information(note) else "warn") for note in notes
    )


def _is_information(note: TextLike) -> bool:
    """Return whether a note says only that a test was sent, nobody is excluded, or how cells were read."""
    return is_tested_warning(note) or excludes_nobody(note) or (isinstance(note, Text) and note.key == "plan.corrected")


def _thumbnail(model: PlanModel, state: PlanState, *, has_list: bool) -> str:
    """Return the message of the row chosen for a test, as the phone shows it; empty if that row is not sent."""
    try:
        sample = model.plan.preview(position=state.row)
    except InputError:
        return ""
    msgtype = str(sample.message["msgtype"])
    view = client_view_of(msgtype, sample.message[msgtype], TextRenderer(sample.attachments))
    index = model.view.frame.index
    name = row_name(index, index[state.row])
    label = say("plan_form.thumbnail", row=name) if has_list else say("plan_form.thumbnail_sample")
    return parts.scroll_box(label, parts.picture(view)) + parts.quiet(label)


def _test_notice(state: PlanState, receiving: ReceivingState) -> str:
    if state.test_progress:
        return parts.quiet(state.test_progress)
    if state.test_failure is not None:
        return parts.failure_notice(state.test_failure)
    return _tested_notice(state, receiving) + _test_warning(state)


def _test_warning(state: PlanState) -> str:
    """Return the note about the next test; not a warning if it is about the plan, which sends the same text later."""
    warning = state.test_warning
    return parts.notice(warning, "", "" if warning.key == "test.same_text" else "warn") if warning else ""


def _tested_notice(state: PlanState, receiving: ReceivingState) -> str:
    tested = state.tested
    if tested is None:
        return ""
    key = "plan_form.tested_before" if tested.was_sent_before else "plan_form.tested"
    what = say(key, person=tested.person, status=say(f"status.{tested.status}"))
    is_good = tested.status in {Status.ACCEPTED, Status.DELIVERED, Status.READ}
    waits = Text("plan_form.test_answer_awaited") if is_good and receiving.is_listening else NOTHING
    todo = sentences(tested.reason, tested.hint, tested.answer or waits)
    notice = parts.notice(what, todo, "good" if is_good else "bad")
    if receiving.failure is None:
        return notice
    return notice + parts.notice(say("answers_form.not_started"), receiving.failure.what, "warn")

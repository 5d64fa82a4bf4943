"""The compose form in the notebook: the widgets over `ComposeModel`."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import ipywidgets as widgets
import pandas as pd

from dingnb.campaigns.campaign import Campaign
from dingnb.campaigns.plan import Plan
from dingnb.display import Sheet
from dingnb.errors import InputError
from dingnb.messages import Message
from dingnb.recipients.addresses import check_dataframe
from dingnb.recipients.column_titles import column_titles
from dingnb.ui.compose import fields
from dingnb.ui.compose.draft_recovery import DraftModel, DraftRecoveryView
from dingnb.ui.compose.field_views import FieldView, ItemLists, MoreFields
from dingnb.ui.compose.message_check import problem_of
from dingnb.ui.compose.message_text import MessageText
from dingnb.ui.compose.model import ComposeModel
from dingnb.ui.compose.preview import PreviewView
from dingnb.ui.compose.recipient_columns import check_recipient_arguments
from dingnb.ui.compose.recipients import RecipientsView, frame_change_text
from dingnb.ui.compose.source import Source
from dingnb.ui.compose.state import ComposeState
from dingnb.ui.compose.toolbar import Toolbar
from dingnb.ui.compose.unfinished import UnfinishedModel, UnfinishedView
from dingnb.ui.kit import parts
from dingnb.ui.kit.code import CodeView
from dingnb.ui.kit.form import (
    Form,
    ViewPoller,
    button,
    close_all,
    render_all,
    replace_children,
    row,
    set_available,
    show_if,
    stack,
    update,
)
from dingnb.ui.kit.lists import set_children
from dingnb.ui.plan.form import Follower, PlanForm
from dingnb.ui.results.form import results_of_send
from dingnb.ui.run.form import RunForm
from dingnb.ui.run.model import RunModel
from dingnb.words import Text, TextLike, capitalize, count, say

if TYPE_CHECKING:
    from dingnb.client import DingTalk


class ComposeForm(Form):
    """
    The form that `DingTalk.compose` shows.

    Its `value` is the current message, for the next cells; `code` is the equivalent Python. A saved notebook shows the
    form as text.

    Args:
        model: The form's model.
        follow: Makes the form that follows a campaign once it is sent.
        drafts: Keeps the message as a draft; None if the form around this one does.
        open_campaign: Opens a campaign by name in the form around this one; None opens it here.
        has_pages: Whether the form around this one shows the check and the send of a plan on pages of their own.
    """

    _can_send = True

    def __init__(
        self,
        model: ComposeModel,
        *,
        follow: Callable[[RunModel], Follower] = results_of_send,
        drafts: DraftModel | None = None,
        open_campaign: Callable[[str], None] | None = None,
        has_pages: bool = False,
    ) -> None:
        super().__init__(model)
        self.model = model
        self.drafts = None if drafts is None else DraftRecoveryView(self, drafts)
        self.unfinished = UnfinishedView(self, UnfinishedModel(model.ding, model), follow, open_campaign)
        self._follow, self._open_campaign, self._has_pages = follow, open_campaign, has_pages
        model.form = self
        self._fields: dict[str, FieldView] = {}
        self._revision = -1
        self._plan_forms: list[PlanForm] = []
        self.head = widgets.HTML()
        self.msgtype = widgets.Dropdown(options=_types(), value=model.state.text.msgtype)
        self.choice = widgets.Dropdown(options=[("", 0)], value=0)
        self.fields = stack([], "dn-fields")
        self.more_fields = MoreFields(self)
        self.items = ItemLists(self, model)
        self.undo, self.redo = button(css_class="dn-link"), button(css_class="dn-link")
        self.tools = Toolbar(self, model, lambda path: self.field(path).input.focus())
        # The main text and its tools, which are joined to it.
        self.editor = stack([], "dn-main")
        self.status = widgets.HTML()
        # What the form around this one adds, beside the preview.
        self.below_fields = stack([], "dn-flat")
        show_if(False, self.below_fields)  # noqa: FBT003 - it is empty
        self.preview = PreviewView(self, model)
        self.recipients = RecipientsView(self, model)
        self.message, self.plans = row([], "dn-columns"), stack([], "dn-flat")
        self.code_view = CodeView(self, lambda: model.code)
        self._box = self._lay_out()
        if drafts is not None:
            ViewPoller(model.clock, self._box, drafts.retry)
        self._connect_handlers()
        self.watch(model, self.unfinished.model)
        self.render()
        # Last, since the thread of this model may render the form at once.
        self.unfinished.model.poll()

    @property
    def value(self) -> Message:
        """
        The current message.

        Raises:
            InputError: The message is incomplete; the error says what is missing.
        """
        return self.model.value

    @property
    def ding(self) -> "DingTalk":
        """The app that sends."""
        return self.model.ding

    @property
    def frame(self) -> pd.DataFrame:
        """The recipients as they were when the form opened, or at the last check."""
        return self.model.frame

    @property
    def code(self) -> str:
        """Python code that does what the form has done so far; empty while there is no message."""
        return self.model.code

    @property
    def plan(self) -> Plan:
        """
        The plan of the newest check.

        Raises:
            InputError: Nothing was checked yet.
        """
        return self.plan_form.model.plan

    @property
    def run(self) -> Campaign:
        """
        The campaign that was sent last.

        Raises:
            InputError: Nothing was sent yet.
        """
        sent = [form for form in self._plan_forms if form.model.run is not None]
        return (sent or [self.plan_form])[-1].run

    @property
    def plan_form(self) -> PlanForm:
        """
        The form of the newest check.

        Raises:
            InputError: Nothing was checked yet.
        """
        with self._render_lock:
            # The form around this one may render before this one does.
            self._render_plans()
        if not self._plan_forms:
            raise InputError(Text("compose.no_plan"), Text("compose.no_plan_todo"))
        return self._plan_forms[-1]

    @property
    def box(self) -> widgets.VBox:
        """The form's widgets."""
        return self._box

    def field(self, path: str) -> FieldView:
        """Return the widgets of a visible field, by its path: ``title``, ``btn_json_list[0].title``."""
        return self._fields[f"{self.model.state.text.msgtype}.{path}"]

    def sheet(self) -> Sheet:
        """Return the form as text, for places without widgets."""
        sent = [form for form in self._plan_forms if form.model.run is not None]
        return describe(self.model, sent[-1].sheet() if sent else None)

    def _needs_kernel(self) -> bool:
        return all(form.model.run is None for form in self._plan_forms)

    def _connect_handlers(self) -> None:
        model = self.model
        self.on_change(self.msgtype, model.choose_type)
        self.on_change(self.choice, model.choose_fields)
        self.on_click(self.undo, model.undo)
        self.on_click(self.redo, model.redo)

    def _lay_out(self) -> widgets.VBox:
        dropdowns = (self.msgtype, self.choice)
        for dropdown in dropdowns:
            dropdown.add_class("dn-third")
        editor = stack(
            [
                row([*dropdowns, self.undo, self.redo], "dn-align-end"),
                self.fields,
                self.more_fields.box,
                self.status,
                *([] if self.drafts is None else [self.drafts.saved]),
                self.below_fields,
            ],
            "dn-editor",
        )
        self.message.children = [editor, self.preview.box]
        recipients = self.recipients
        offer = [] if self.drafts is None else [self.drafts.offer]
        shown = [self.message, recipients.box, recipients.checking, self.plans, self.code_view.box]
        return stack([self.head, self.unfinished.box, *offer, *shown])

    def _render(self) -> None:
        state = self.model.state
        render_all(
            lambda: self._render_editor(state),
            lambda: self.preview.render(state),
            self.unfinished.render,
            # After the campaign that was opened, which may have the only primary button.
            lambda: self.recipients.render(state, is_next_elsewhere=self.unfinished.is_next_step),
            self._render_drafts,
            self._render_plans,
            self.code_view.render,
        )

    def _shown_run(self, name: str) -> RunForm | None:
        """Return the part of this form that shows a campaign; None if there is none, or it is on another page."""
        if self._has_pages:
            return None
        plan_forms = [form for form in self._plan_forms if not form.model.state.is_overtaken]
        followers = [self.unfinished.follower, *(form.follower for form in plan_forms)]
        run_forms = [follower.run_form for follower in followers if follower is not None]
        return next((run_form for run_form in run_forms if run_form.model.run.name == name), None)

    def _render_editor(self, state: ComposeState) -> None:
        rows = count("row", len(state.snapshot.frame))
        update(self.head, value=parts.title(say("compose.title"), self.model.ding.mode, self.model.source.name, rows))
        update(self.msgtype, options=_types(), description=say("compose.type"))
        update(self.msgtype, value=state.text.msgtype)
        self._render_choice(state)
        self._render_fields(state)
        update(self.undo, description=say("compose.undo"))
        update(self.redo, description=say("compose.redo"))
        set_available(self.undo, state.can_undo, say("compose.no_undo"))
        set_available(self.redo, state.can_redo, say("compose.no_redo"))
        update(self.status, value=_status(self.model))

    def _render_drafts(self) -> None:
        if self.drafts is not None:
            self.drafts.render(self.model.state.text)

    def _render_choice(self, state: ComposeState) -> None:
        groups = fields.field_groups(state.text.msgtype)
        show_if(bool(groups), self.choice)
        if groups:
            options = [(say(f"choice.{group[0]}"), at) for at, group in enumerate(groups)]
            label = say("compose.card_style" if state.text.msgtype == "card" else "compose.choice")
            update(self.choice, options=tuple(options), description=label)
            update(self.choice, value=state.text.choice)

    def _render_fields(self, state: ComposeState) -> None:
        sets_text = state.revision != self._revision
        self._revision = state.revision
        shown: dict[str, FieldView] = {}
        for place in state.text.places():
            key = f"{place.msgtype}.{place.path}"
            is_new = key not in self._fields
            if is_new:
                self._fields[key] = FieldView(self, self.model, place)
                self.on_change(self._fields[key].input, partial(self.model.write, place.path))
            shown[place.path] = self._fields[key]
            shown[place.path].render(state, sets_text=sets_text or is_new)
            if place.is_main:
                self.tools.render(state, place)
        lists = self.items.render(state, list(shown.values()))
        primary: list[widgets.Widget] = []
        for field in fields.shown_fields(state.text.msgtype, state.text.choice):
            if field.kind == "list":
                primary.append(lists[field.name])
            elif not shown[field.name].place.is_secondary:
                primary.append(self._with_tools(shown[field.name]))
        set_children(self.fields, primary)
        secondary = [view for view in shown.values() if view.place.is_secondary and not view.place.list_name]
        self.more_fields.render(state, secondary)

    def _with_tools(self, view: FieldView) -> widgets.Widget:
        """Return the box of a field or, for the main text, the box that also contains the tools."""
        if not view.place.is_main:
            return view.box
        set_children(self.editor, [view.box, self.tools.box, self.tools.by_column.box])
        return self.editor

    def _close_widgets(self) -> None:
        """Close the widgets, and end the background work of the plans."""
        for form in self._plan_forms:
            form.close()
        self.unfinished.close()
        # Widgets for other message types, and for plans before there is one, are not displayed, and so not in the box.
        tools = (self.tools.box, self.tools.by_column.box, self.editor)
        others = (self.recipients.row_warnings.box, *tools, self.unfinished.box)
        for box in (*(view.box for view in self._fields.values()), *self.items.boxes, *others):
            close_all(box)
        super()._close_widgets()

    def _render_plans(self) -> None:
        models = self.model.plan_models
        if [form.model for form in self._plan_forms] == models:
            return
        unused = {id(form.model): form for form in self._plan_forms}
        self._plan_forms = [
            unused.pop(id(model))
            if id(model) in unused
            else PlanForm(
                model,
                is_inside=True,
                has_pages=self._has_pages,
                follow=self._follow,
                shown_run=self._shown_run,
                open_campaign=self._open_campaign,
            )
            for model in models
        ]
        # Below the button that checks, the newest comes first.
        boxes = [form.box for form in reversed(self._plan_forms)]
        replace_children(self.plans, [self.recipients.row_warnings.box, *boxes])
        for form in unused.values():
            form.close()


def open_compose(
    ding: "DingTalk",
    frame: pd.DataFrame,
    message: Message | None,
    *,
    to: str | Sequence[str] | None,
    columns: Mapping[str, object] | None,
    key: object,
    exclude: object,
) -> ComposeForm:
    """Return the form, as `DingTalk.compose` describes it."""
    table = check_dataframe(frame)
    if message is not None and not isinstance(message, Message):
        raise InputError(
            Text("client.no_message", call="compose", kind=type(message).__name__),
            Text("client.no_message_todo"),
        )
    # The form follows changes of the notebook's frame only at a check, so that preview and plan are of the same rows.
    source = Source(table)
    recipients = check_recipient_arguments(source.frame, to, columns, key, exclude)
    model = ComposeModel(ding, recipients, message=message, source=source)
    return ComposeForm(model, drafts=DraftModel(ding, model, message=message))


def describe(model: ComposeModel, sent_sheet: Sheet | None) -> Sheet:
    """
    Return the sheet of the form, in the current language.

    Args:
        model: The form's model.
        sent_sheet: The sheet of the campaign sent last; None if nothing was sent.
    """
    state = model.state
    facts: list[tuple[TextLike, TextLike]] = [
        (say("compose.recipients"), count("row", len(model.frame))),
        (say("compose.sheet_type"), say(f"type.{state.text.msgtype}")),
        *(
            (fields.label_of(place), _shown_at(state.text, place.path))
            for place in state.text.places()
            if not state.text.is_blank(place.path)
        ),
    ]
    problem = problem_of(state.text, state.view)
    notes = [frame_change_text(state.frame_change)] if state.frame_change is not None else []
    notes += [problem.in_form()] if problem else []
    if state.failure is not None:
        notes += [state.failure.what.in_form(), state.failure.hint.in_form()]
    mode, shown = model.ding.mode, tuple(note for note in notes if note)
    if sent_sheet is None:
        return Sheet(say("compose.title"), mode, tuple(facts), shown, code=model.code)
    return Sheet(
        sent_sheet.title,
        mode,
        (*facts, *sent_sheet.facts),
        (*sent_sheet.notes, *shown),
        sent_sheet.tables,
        code=model.code,
    )


def _shown_at(text: MessageText, path: str) -> str:
    medium = text.medium(path)
    return text.at(path) if medium is None else medium.content.label


def _types() -> tuple[tuple[str, str], ...]:
    return tuple((say(f"type.{name}"), name) for name in fields.FIELD_ORDER)


def _status(model: ComposeModel) -> str:
    """Return the notices about the whole message: what is missing, columns that are blank in some rows, its size."""
    state = model.state
    notices = []
    if not len(model.frame):
        notices.append(parts.notice(say("compose.empty_frame"), say("compose.empty_frame_todo"), "warn"))
    elif not len(model.frame.columns):
        notices.append(parts.notice(say("compose.without_columns"), say("compose.without_columns_todo"), "warn"))
    if state.view.problem is not None:
        notices.append(parts.notice(state.view.problem.what, state.view.problem.hint, "bad"))
    rows = count("row", len(model.frame))
    titles = column_titles(state.snapshot.frame)
    blank = [
        (
            say("compose.missing", column=titles[column.column], n=column.missing, rows=rows),
            say("compose.missing_todo", tag=column.tag),
        )
        for column in state.blank_columns
    ]
    notices.append(parts.notices(blank, "warn"))
    return parts.status("".join(notices)) + _size(model)


def _size(model: ComposeModel) -> str:
    """Return the size of the message for the row shown and, while the last check is current, of the largest message."""
    state = model.state
    message = state.view.message
    # The counter of a field that this size limits shows the size already.
    is_counted = any(place.is_limited_by_body(model.body_bytes) for place in state.text.places())
    # A row whose message fails is not sent to, so its size does not matter.
    size = state.view.size if state.view.failure is None and not is_counted else None
    largest = state.largest_body_bytes if state.is_current else 0
    if message is None or (size is None and not largest):
        return ""
    words = [say("compose.size", size=count("byte", size))] if size is not None else []
    words += [say("compose.size_largest", size=count("byte", largest))] if largest else []
    words.append(
        say("compose.size_limit_files" if message.has_media else "compose.size_limit", limit=message.max_bytes)
    )
    return parts.quiet(capitalize(" · ".join(words)))

"""The model of the compose form: writes a message, shows it for one row, and makes plans."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any, Literal

import pandas as pd

from dingnb.campaigns.plan import view_of
from dingnb.client import DingTalk, clock_of, limits_of
from dingnb.display import progress_shown_by
from dingnb.display.shell import find_names_matching, user_namespace
from dingnb.errors import DingError, InputError
from dingnb.ledger.names import fold_name
from dingnb.media import is_offered
from dingnb.messages import Message
from dingnb.messages.attachments import attachment_of
from dingnb.messages.types import TYPES
from dingnb.recipients.row_checks import CHECKS
from dingnb.ui.compose.checked_plans import CheckedPlans
from dingnb.ui.compose.fields import FieldPlace
from dingnb.ui.compose.message_check import blank_columns, draft_of, draft_view, is_too_long_in_every_row, problem_of
from dingnb.ui.compose.message_text import ChosenMedia, Folder, MessageText, initial_text, text_of_message
from dingnb.ui.compose.recipient_columns import RecipientChoice, Recipients
from dingnb.ui.compose.script import CheckInput, Script
from dingnb.ui.compose.snippets import with_separator
from dingnb.ui.compose.source import NO_SEARCH, FrameCode, Search, Snapshot, Source, are_equal, search_rows
from dingnb.ui.compose.state import AddedSnippet, ComposeState, Document, DocumentText, FrameChange, History
from dingnb.ui.kit.model import Model, StateDisplay
from dingnb.ui.kit.worker import LatestWorker
from dingnb.ui.plan.model import PlanModel
from dingnb.ui.run.model import RunModel
from dingnb.words import Text, listed_briefly, say


class ComposeModel(Model[ComposeState]):
    """
    Writes a message for the rows of a frame.

    Args:
        ding: The app that will send it.
        recipients: The frame, which is not changed, and its columns that identify people.
        message: The message to start with.
        source: The source of the frame, which each check reads again.

    Attributes:
        source: As above.
        form: The form that shows the message, for which the notebook may have a name.
        body_bytes: The maximum size of the message in bytes.
        after_typing: Called after each change of a text by typing.
    """

    def __init__(
        self,
        ding: DingTalk,
        recipients: Recipients,
        *,
        message: Message | None = None,
        source: Source | None = None,
    ) -> None:
        self.ding = ding
        self.source = source or Source(recipients.frame)
        self.form: object = None
        self._checked_plans = CheckedPlans(self._notify)
        self.body_bytes = limits_of(ding).body_bytes if message is None else message.body_bytes
        self._history = History[DocumentText]()
        self._typing_handled = clock_of(ding).event()
        self._typing_handled.set()
        self._search = LatestWorker[str](clock_of(ding), self._find_rows, self.fail)
        self._is_cancelled = False
        self._added: AddedSnippet | None = None
        self.after_typing: Callable[[], None] = lambda: None
        text = initial_text() if message is None else text_of_message(message)
        self._has_checked = False
        snapshot = Snapshot(recipients)
        chosen = recipients.guess()
        state = ComposeState(snapshot, text, recipient_choice=chosen, **self._view_fields(snapshot, text, 0, chosen))
        self._checked_state = state
        super().__init__(state, clock_of(ding))
        # Here and not during rendering, which must not wait for the model.
        self._read_exclusion_lists()

    @property
    def frame(self) -> pd.DataFrame:
        """The frame as the form shows it."""
        return self.state.snapshot.frame

    @property
    def recipients(self) -> Recipients:
        """The frame, and its columns that identify people."""
        return self.state.snapshot.recipients

    @property
    def plan_models(self) -> list[PlanModel]:
        """The newest plan, after earlier plans that were sent."""
        return self._checked_plans.plan_models

    @property
    def own_plan_models(self) -> list[PlanModel]:
        """The plans of the message that is open now, the newest last."""
        return self._checked_plans.plan_models_of(self.state.document)

    @property
    def sent_messages(self) -> list[DocumentText]:
        """The messages that were sent, as they were written."""
        return self._checked_plans.sent_messages

    def note_opened(self, run: RunModel) -> None:
        """Note that a campaign was opened in the form: what is done to it is part of the code."""
        with self._lock:
            self._checked_plans.add_opened(run)

    @property
    def campaign_name(self) -> str:
        """The name of the campaign of the message; empty if there is none, or the name is only suggested."""
        return self.campaign_name_of(self.state.document)

    def campaign_name_of(self, document: Document) -> str:
        """Return the name of the campaign of a message; empty if there is none, or the name is only suggested."""
        return self._checked_plans.campaign_name_of(document)

    def set_campaign_name(self, name: str) -> None:
        """Set the name of the campaign that the message was checked for in another process."""
        self.state.document.earlier_campaign = name

    @property
    def copied_from(self) -> str:
        """The name of the campaign that the message was copied from; empty if the message is no copy."""
        return self.state.document.copied_from

    def set_copied_from(self, copied_from: str) -> None:
        """Set the name of the campaign that the message was copied from in another process; empty if it is no copy."""
        self.state.document.copied_from = copied_from
        self._notify()

    @property
    def tags(self) -> Mapping[str, str]:
        """The tag of each column that a message can use."""
        return self.state.snapshot.tags

    @property
    def value(self) -> Message:
        """
        The current message.

        Raises:
            InputError: The message is incomplete; the error says what is missing.
        """
        return self._message(self.state)

    @property
    def code(self) -> str:
        """Python code that does what the form has done so far; empty while there is no message."""
        script = self._script()
        lines = self._checked_plans.code_lines(script, is_current=self.state.is_current)
        message = self.state.view.message
        if not self.state.is_current and message is not None:
            lines += script.message_lines(message, self.state.text)
        return "\n".join([*script.opening_lines(), *lines]) if lines else ""

    def _script(self) -> Script:
        return Script(self.ding, self.source, self.form)

    def write(self, path: str, typed: str) -> None:
        """Set the text of a field as typed; a snippet that was added meanwhile is kept at its end."""
        self._typing_handled.clear()
        try:
            with self._lock:
                before, revision = self.state.text, self.state.revision
                if before.at(path) == typed:
                    return
                field = f"{before.msgtype}.{path}"
                added, now_ns = self._added, self._clock.monotonic_ns()
                self._added = added.moved_after(field, typed, now_ns) if added is not None else None
                self._history.record(self.state.document_text, typed_in=field, now_ns=now_ns)
                if self._added is not None:
                    typed, revision = self._added.after, revision + 1
                self._render_text(before.with_text(path, typed), revision=revision)
        finally:
            self._typing_handled.set()
        self.after_typing()

    def insert(self, path: str, snippet: str) -> None:
        """Add a snippet, such as a column's tag, at the end of a field."""
        with self._lock:
            text = self.state.text
            before = text.at(path)
            field, now = f"{text.msgtype}.{path}", self._clock.monotonic_ns()
            added = AddedSnippet(field, before, with_separator(snippet, before), now)
            added = added if self._added is None else self._added.followed_by(added)
            self._edit(text.with_text(path, added.after))
            self._added = added

    def choose_file(self, path: str, name: str, data: bytes) -> None:
        """Use a file for a media field instead of a text; if it cannot be sent, the field says why."""
        self._choose_medium(path, data, name=name)

    def variables(self, place: FieldPlace) -> list[str]:
        """Return the names of the notebook's objects that a media field can use now, without the recipients."""
        names = find_names_matching(lambda value: is_offered(value, place.media_kind))
        return [name for name in names if name not in self.source.names]

    def choose_variable(self, path: str, variable: str) -> None:
        """Use an object of the notebook, in its current state, for a media field."""
        value = user_namespace().get(variable)
        if value is None:
            error = InputError(
                Text("compose.media_variable_gone", name=variable), Text("compose.media_variable_gone_todo")
            )
            self._show(refused=(path, self._failure(error)))
            return
        self._choose_medium(path, value, variable=variable)

    def _choose_medium(self, path: str, value: object, *, name: str | None = None, variable: str = "") -> None:
        try:
            content = attachment_of(TYPES[self.state.text.msgtype], value, name)
        except DingError as error:
            self._show(refused=(path, self._failure(error)))
            return
        with self._lock:
            self._edit(self.state.text.with_medium(path, ChosenMedia(content, variable)))

    def choose_column(self, path: str, column: str) -> None:
        """Use the paths in a column as the file of each row."""
        with self._lock:
            self._edit(self.state.text.with_text(path, self.tags[column]))

    def choose_folder(self, path: str, folder: Folder, typed: str) -> None:
        """Use a file of a folder for each row, by a path template."""
        with self._lock:
            self._edit(self.state.text.with_folder(path, folder, typed))

    def remove_media(self, path: str) -> None:
        """Remove the chosen medium of a field, and the folder of its paths."""
        with self._lock:
            self._edit(self.state.text.without_media(path))

    def drop_folders(self, paths: Collection[str]) -> None:
        """
        Remove folders and the paths in them from all types of message.

        The removal is not a step of its own: undoing an earlier step may bring the folders back.
        """
        with self._lock:
            self._set_document_text(replace(self.state.document_text, text=self.state.text.without_folders(paths)))

    def choose_type(self, msgtype: str) -> None:
        """Change the type of the message; texts with the same meaning in both types are kept."""
        with self._lock:
            if msgtype != self.state.text.msgtype:
                self._edit(self.state.text.in_type(msgtype))

    def choose_fields(self, choice: int) -> None:
        """Change the group of fields in use, if a message has exactly one of several."""
        with self._lock:
            if choice != self.state.text.choice:
                self._edit(replace(self.state.text, choice=choice))

    def resize(self, path: str, by: int) -> None:
        """Add items at the end of a list, or remove some."""
        with self._lock:
            if self.can_resize(path, by):
                self._edit(self.state.text.with_count(path, self.state.text.count(path) + by))

    def remove_item(self, path: str, number: int) -> None:
        """Remove an item of a list."""
        with self._lock:
            if self.can_resize(path, -1) and number < self.state.text.count(path):
                self._edit(self.state.text.without_item(path, number))

    def move_item(self, path: str, number: int, by: int) -> None:
        """Exchange an item of a list with the previous or the next item."""
        with self._lock:
            if self.can_move(path, number, by):
                self._edit(self.state.text.with_swapped_items(path, number, number + by))

    def can_move(self, path: str, number: int, by: int) -> bool:
        """Return whether there is an item, and another item before or after it."""
        items = range(self.state.text.count(path))
        return number in items and number + by in items

    def can_resize(self, path: str, by: int) -> bool:
        """Return whether a list may grow, or shrink, by a number of items."""
        least, most = self.state.text.item_limits(path)
        return least <= self.state.text.count(path) + by <= most

    def undo(self) -> None:
        """Undo the last step."""
        with self._lock:
            self._set_document_text(self._history.undo(self.state.document_text))

    def redo(self) -> None:
        """Redo the step that was undone last."""
        with self._lock:
            self._set_document_text(self._history.redo(self.state.document_text))

    def show_row(self, position: int) -> None:
        """Show the message for another row."""
        with self._lock:
            position = min(max(position, 0), max(len(self.frame) - 1, 0))
            if position != self.state.position:
                self._show(position=position, **self._fields_at(position, self.state.text))

    def step(self, by: Literal[1, -1]) -> None:
        """Show the next row, or the previous row if `by` is -1; if a search has found rows, only these are shown."""
        with self._lock:
            search, position = self.state.search, self.state.position
            if not len(search.found):
                self.show_row(position + by)
                return
            self.show_row(search.next_to(position, by))

    def search(self, query: str) -> None:
        """Search for rows that contain a text, and show the first; an empty text ends the search."""
        query = query.strip()
        with self._lock:
            if query == self.state.search.query:
                return
            self._show(search=Search(query, is_complete=not query))
        if query:
            self._search.submit(query)

    def choose_recipients(self, **chosen: object) -> None:
        """Change the choice of recipients: fields of `RecipientChoice`."""
        with self._lock:
            before: RecipientChoice = self.state.recipient_choice
            after = replace(before, **chosen)  # type: ignore[arg-type]  # the view's own keywords
            if after != before:
                state = self.state
                blank = blank_columns(state.view, state.snapshot, state.position, after)
                self._show(recipient_choice=after, blank_columns=blank, failure=None)
                self._mark_outdated()

    def replace_frame(self, frame: pd.DataFrame, frame_code: FrameCode) -> None:
        """
        Replace the recipients, and keep the message; if the columns are the same, also the choice of columns.

        Args:
            frame: The recipients.
            frame_code: Returns the code that reads or creates them.
        """
        self.source.replace(frame, frame_code)
        recipients, before = Recipients(frame.copy(deep=False)), self.state.snapshot.recipients
        chosen = self.state.recipient_choice
        if set(recipients.frame.columns) == set(before.frame.columns):
            recipient_choice, _ = recipients.carry_over(chosen, before)
            # Which rows to leave out is decided for one list.
            recipient_choice = replace(recipient_choice, checks=())
        else:
            recipient_choice = replace(recipients.guess(), exclude=chosen.exclude)
        self._show_frame(recipients, recipient_choice, 0, None)

    def restore(self, text: MessageText, document: Document | None = None) -> None:
        """
        Replace the message, for example by a draft; this can be undone.

        Args:
            text: The text.
            document: The message that the text is a version of; None for a new one.
        """
        with self._lock:
            self._history.record(self.state.document_text)
            self._set_document_text(DocumentText(text, document or Document()))

    def start(self, text: MessageText, document: Document | None = None) -> None:
        """Start with another message; unlike `restore`, this cannot be undone."""
        with self._lock:
            self._history = History()
            self._set_document_text(DocumentText(text, document or Document()))

    def check(self) -> None:
        """
        Check message and recipients, and make a plan; nothing is sent.

        A check of earlier input is stopped; if this input is being checked already, nothing is done.
        """
        with self._lock:
            if self.is_busy and self._is_shown(self._checked_state):
                return
            self._is_cancelled, self._checked_state = False, self.state
            self._start_newest(
                self._check,
                is_checking=True,
                progress=say("compose.checking"),
                share=None,
                frame_change=None,
                failure=None,
            )

    def cancel(self) -> None:
        """Stop the running check; the next check keeps the phone numbers looked up so far."""
        with self._lock:
            self._is_cancelled = self.state.is_checking
            self._drop_next()

    def retranslate(self) -> None:
        """Render the state again, in the current language."""
        with self._lock:
            self._show(**self._fields_at(self.state.position, self.state.text))
        self._checked_plans.retranslate()

    def wait(self) -> None:
        """Wait until a running check and a running search have ended."""
        super().wait()
        self._search.wait()

    def set_row_check(self, check: str, is_on: bool) -> None:  # noqa: FBT001 - the value of a checkbox
        """Choose whether a check of `DingTalk.plan` rejects rows, and check again."""
        before = self.state.recipient_choice.checks
        checks = {*before, check} if is_on else {*before} - {check}
        self.choose_recipients(checks=tuple(name for name in CHECKS if name in checks))
        self.check()

    def _read_exclusion_lists(self) -> None:
        """Read the names of the lists of people that can be left out, in the thread of the caller; notifies nobody."""
        changed: dict[str, Any] = {}
        try:
            changed["exclusion_lists"] = tuple(self.ding.exclusions.names())
        except DingError as error:
            # The form works without the ledger until something is sent.
            changed["failure"] = self._failure(error)
        with self._lock:
            self._change(changed)

    def follow_exclusion_list(self, name: str) -> None:
        """Read the names of the lists again after a change; a change of the chosen list outdates an unsent plan."""
        with self._lock:
            if fold_name(name) == fold_name(self.state.recipient_choice.exclude):
                self._show(exclusion_changes=self.state.exclusion_changes + 1)
                if self.plan_models and self.plan_models[-1].run is None:
                    self._mark_outdated()
        self._read_exclusion_lists()
        self._notify()

    def _refresh_before_send(self) -> None:
        """Show the notebook's frame as it is now; if it has changed, or on an error, the plan is outdated."""
        try:
            self._refresh_frame(is_first_check=False)
        except InputError as error:
            self.fail(error)

    def _refresh_frame(self, *, is_first_check: bool) -> None:
        """
        Show the notebook's frame as it is now; the columns that were chosen are kept by their labels.

        Raises:
            InputError: It is unclear which frame is meant; or a chosen column is gone, and the frame is shown without
                it. In both cases the plans are outdated.
        """
        before = self.state.snapshot
        try:
            now = self.source.current_frame()
        except InputError:
            # It is unknown whether the plans still match the frame.
            self._mark_outdated()
            raise
        if now is not None and are_equal(now, before.frame):
            return
        rows = None if now is None else len(now)
        change = FrameChange(self.source.name, len(before.frame), rows, is_first_check, self.source.is_name_gone)
        if now is None:
            self._show(frame_change=change)
            return
        recipients = replace(before.recipients, frame=now)
        chosen = self.state.recipient_choice
        recipient_choice, gone = recipients.carry_over(chosen, before.recipients)
        if not before.recipients.kinds(chosen) and not gone:
            # The form has said which column is missing.
            guessed = recipients.guess()
            recipient_choice = replace(recipient_choice, userid=guessed.userid, mobile=guessed.mobile)
        self._show_frame(recipients, recipient_choice, self.state.position, change)
        if gone:
            raise InputError(
                Text("compose.column_gone", columns=listed_briefly(gone, "column")),
                Text("compose.column_gone_todo"),
            )

    def _show_frame(
        self, recipients: Recipients, recipient_choice: RecipientChoice, position: int, change: FrameChange | None
    ) -> None:
        self.source.frame = recipients.frame
        snapshot = Snapshot(recipients)
        with self._lock:
            position = min(position, max(len(recipients.frame) - 1, 0))
            self._show(
                snapshot=snapshot,
                position=position,
                search=NO_SEARCH,
                recipient_choice=recipient_choice,
                frame_change=change,
                failure=None,
                **self._view_fields(snapshot, self.state.text, position, recipient_choice),
            )
            self._mark_outdated()

    def _check(self) -> None:
        is_first_check, self._has_checked = not self._has_checked, True
        self._refresh_frame(is_first_check=is_first_check)
        state = self._checked_state = self.state
        snapshot, recipients, recipient_choice = state.snapshot, state.snapshot.recipients, state.recipient_choice
        if not recipients.kinds(recipient_choice):
            raise InputError(*recipients.why_no_recipients())
        problem = problem_of(state.text, state.view)
        if problem:
            raise InputError(problem, Text("compose.not_yet_todo"))
        message = self._message(state)
        # Before any phone number is looked up.
        failure = state.view.failure
        if failure is not None and is_too_long_in_every_row(message, state.view, snapshot):
            raise InputError(Text("compose.too_long", reason=failure.reason), failure.hint)
        arguments = recipients.arguments(recipient_choice)
        with progress_shown_by(StateDisplay(self._show_progress)):
            plan = self.ding.plan(snapshot.frame, message, **arguments)
        names = self._script().names
        plan_model = PlanModel(
            plan,
            names=names,
            name=self.campaign_name_of(state.document),
            is_copy=bool(state.document.copied_from),
            refresh_input=self._refresh_before_send,
            has_row_checks=True,
        )
        check = CheckInput(message, state.document_text, arguments, snapshot.labels, names)
        with self._lock:
            self._checked_plans.add(plan_model, check)
            is_current = self._is_shown(state)
            self._show(
                is_current=is_current,
                plan_count=self.state.plan_count + 1,
                largest_body_bytes=view_of(plan).largest_body_bytes,
            )
            if not is_current:
                self._mark_outdated()

    def _is_shown(self, state: ComposeState) -> bool:
        """Return whether the form still shows the rows, the message and the choice of recipients of a state."""
        now = self.state
        return now.snapshot is state.snapshot and (
            now.document_text,
            now.recipient_choice,
            now.exclusion_changes,
        ) == (state.document_text, state.recipient_choice, state.exclusion_changes)

    def _show_progress(self, progress: str, share: float | None) -> None:
        if self._is_cancelled or self._has_next:
            raise InputError(Text("compose.cancelled"), Text("compose.cancelled_todo"))
        self._show(progress=progress, share=share)

    def _on_idle(self) -> None:
        self._change({"is_checking": False, "progress": "", "share": None})

    def _find_rows(self, query: str, is_superseded: Callable[[], bool]) -> None:
        def is_cancelled() -> bool:
            self._wait_for_typing()
            return is_superseded() or self.state.search.query != query

        for search in search_rows(self.frame, query, is_cancelled):
            with self._lock:
                before = self.state.search
                if before.query != query:
                    return
                self._show(search=search)
                if len(search.found) and not len(before.found):
                    self.show_row(int(search.found[0]))

    def _wait_for_typing(self) -> None:
        """Wait until typed text is handled: the search competes with it for Python's interpreter lock."""
        self._clock.wait(self._typing_handled)

    def _edit(self, text: MessageText) -> None:
        """Change the message other than by typing, as a step that can be undone."""
        self._history.record(self.state.document_text)
        self._set_document_text(replace(self.state.document_text, text=text))

    def _set_document_text(self, document_text: DocumentText) -> None:
        self._added = None
        is_same = document_text.document is self.state.document
        self._render_text(document_text.text, document=document_text.document, revision=self.state.revision + 1)
        if not is_same:
            # Even with the same text: the message is sent as another campaign.
            self._mark_outdated()

    def _render_text(self, text: MessageText, **changed: object) -> None:
        is_changed = text != self.state.text
        self._show(
            text=text,
            can_undo=self._history.can_undo,
            can_redo=self._history.can_redo,
            refused=None,
            **self._fields_at(self.state.position, text),
            **changed,
            **({"failure": None} if is_changed else {}),
        )
        if is_changed:
            self._mark_outdated()

    def _mark_outdated(self) -> None:
        """Mark the plans as outdated: a plan that differs from what the form shows cannot be sent."""
        if self.state.is_current:
            self._show(is_current=False)
        self._checked_plans.mark_outdated()

    def _fields_at(self, position: int, text: MessageText) -> dict[str, Any]:
        """Return the fields of the state that depend on the message and the row shown, for the current list."""
        return self._view_fields(self.state.snapshot, text, position, self.state.recipient_choice)

    def _view_fields(
        self, snapshot: Snapshot, text: MessageText, position: int, chosen: RecipientChoice
    ) -> dict[str, Any]:
        view = draft_view(text, snapshot, position, self.body_bytes)
        return {"view": view, "blank_columns": blank_columns(view, snapshot, position, chosen)}

    def _message(self, state: ComposeState) -> Message:
        return draft_of(state.text, self.body_bytes, state.snapshot).message(state.snapshot.labels)

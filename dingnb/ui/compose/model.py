"""The compose form without a browser: what is written, seen for one row, and checked into a plan."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from dingnb.bulk.row_search import find_rows
from dingnb.bulk.row_values import RowReader
from dingnb.display import drawing_in
from dingnb.errors import InputError
from dingnb.language import say
from dingnb.messages import MISSING, Message
from dingnb.messages.bounds import upper_bound
from dingnb.messages.draft import Draft, DraftView
from dingnb.messages.fields import TYPES
from dingnb.messages.leaves import arguments_of
from dingnb.messages.needs import needed_columns
from dingnb.messages.tags import tag_for
from dingnb.ui.code import Names
from dingnb.ui.compose import fields
from dingnb.ui.compose.added_tag import LATE_NS, AddedTag
from dingnb.ui.compose.addressing import Recipients
from dingnb.ui.compose.column_book import ColumnBook
from dingnb.ui.compose.history import History
from dingnb.ui.compose.script import Script
from dingnb.ui.compose.state import NOWHERE, Addressing, ComposeState, Search, Text, Worry
from dingnb.ui.compose.writing import first_text, text_of, usable_columns, without_blank_items
from dingnb.ui.latest import Latest
from dingnb.ui.model import Model
from dingnb.ui.place import StatePlace
from dingnb.ui.plan.model import PlanModel

if TYPE_CHECKING:
    from dingnb.client import DingTalk


class ComposeModel(Model[ComposeState]):
    """
    Writes a message for the rows of a frame.

    Args:
        ding: The app that will send it.
        frame: The recipients; it is not changed.
        recipients: Which columns name them, and who is left out.
        message: What to begin with.
        names: How the notebook calls the app and the frame.

    Attributes:
        tags: The tag of each column that a text can use.
        unusable: The names of the others.
        plans: What the checks came to, the newest last.
    """

    def __init__(
        self,
        ding: "DingTalk",
        frame: pd.DataFrame,
        recipients: Recipients,
        *,
        message: Message | None = None,
        names: Names | None = None,
    ) -> None:
        self.ding = ding
        self.frame = frame
        self.recipients = recipients
        self.names = names or Names()
        self.plans: list[PlanModel] = []
        self.tags = {name: tag for name in usable_columns(list(frame.columns)) if (tag := tag_for(name))}
        labels: list[object] = list(frame.columns)
        others = [label for label in labels if not isinstance(label, str) or label not in self.tags]
        self.unusable = list(dict.fromkeys(map(str, others)))
        self._body_bytes = ding.limits.body_bytes if message is None else message.body_bytes
        self._reader = RowReader(frame)
        self._history = History[Text]()
        self._nobody_types = ding.clock.event()
        self._nobody_types.set()
        self._book = ColumnBook(frame, ding.clock, self._count_again, self._give_way)
        self._search = Latest[str](ding.clock, self._seek, self.fail)
        self._script = Script(self.names, list(frame.columns.tolist()))
        self._made: dict[int, list[str]] = {}
        self._is_cancelled = False
        self._added: AddedTag | None = None
        text = first_text() if message is None else text_of(message)
        edited = next(fields.places(text.msgtype, text.choice, text.items)).path
        super().__init__(ComposeState(text, self._view(text, 0), edited, addressing=recipients.guess()), ding.clock)
        # What is counted meanwhile has to come after what is known now.
        with self._lock:
            self._rewrite(text)

    @property
    def value(self) -> Message:
        """
        The message as it stands.

        Raises:
            InputError: It is not finished; the error says what is missing.
        """
        return self._draft(self.state.text).message(list(self.tags))

    @property
    def code(self) -> str:
        """The Python that does what the form did so far; empty while there is no message."""
        told = [line for one in self.plans for line in self._lines_of(one)]
        message = self.state.view.message
        if not self.state.is_current and message is not None:
            told.append(self._script.message_line(message))
        return "\n".join([*self._script.opening(self.ding.origin), *told]) if told else ""

    def _lines_of(self, plan: PlanModel) -> list[str]:
        """Return what a check did, and what was done with its plan; nothing of one that is of no use any more."""
        is_newest = self.state.is_current and plan is self.plans[-1]
        return [*self._made.get(id(plan), []), *plan.code_lines] if is_newest or plan.is_of_use else []

    def places(self) -> list[fields.FieldPlace]:
        """Return the fields that are shown."""
        text = self.state.text
        return list(fields.places(text.msgtype, text.choice, text.items))

    def write(self, path: str, typed: str) -> None:
        """Take what somebody typed into a field; a tag that was not there yet when it was typed stays behind it."""
        self._nobody_types.clear()
        try:
            with self._lock:
                before, revision = self.state.text, self.state.revision
                if before.at(path) == typed:
                    self._show(edited=path)
                    return
                field = f"{before.msgtype}.{path}"
                self._added = self._behind(field, typed)
                self._history.note(before, typed_in=field)
                if self._added is not None:
                    typed, revision = self._added.after, revision + 1
                self._rewrite(before.having(path, typed), edited=path, revision=revision)
        finally:
            self._nobody_types.set()

    def add_column(self, column: str) -> None:
        """Add a column's tag at the end of the field edited last."""
        with self._lock:
            text, path = self.state.text, self.state.edited
            written = text.at(path)
            # A tag directly behind a brace would be read as something else.
            between = " " if written.endswith("{") else ""
            field, now = f"{text.msgtype}.{path}", self._clock.monotonic_ns()
            added = AddedTag(field, written, between + self.tags[column], now)
            added = added if self._added is None else self._added.and_then(added)
            self._restructure(text.having(path, added.after), path)
            self._added = added

    def choose_type(self, msgtype: str) -> None:
        """Write another type of message; what says the same in both types goes along."""
        with self._lock:
            before = self.state.text
            after = replace(before, msgtype=msgtype)
            for names in fields.ALIKE:
                target = names.get(msgtype)
                # What this type has no field for may have been written for another one before.
                written = [before.at(names[before.msgtype])] if before.msgtype in names else before.all_of(names)
                said = next(filter(str.strip, written), "")
                if target is not None and said:
                    after = after.having(target, said)
            if msgtype != before.msgtype:
                self._restructure(after)

    def choose(self, choice: int) -> None:
        """Write another of the groups of fields of which a message has exactly one."""
        with self._lock:
            if choice != self.state.text.choice:
                self._restructure(replace(self.state.text, choice=choice))

    def resize(self, path: str, by: int) -> None:
        """Add items at the end of a list, or take some away."""
        with self._lock:
            text = self.state.text
            most = next(one.most or one.shown for one in fields.lists(text.msgtype, text.choice) if one.name == path)
            items = min(max(text.count(path) + by, fields.FIRST_ITEMS.get(f"{text.msgtype}.{path}", 0) and 1), most)
            if items != text.count(path):
                self._restructure(text.counting(path, items))

    def undo(self) -> None:
        """Go back to what was written before the last step."""
        with self._lock:
            self._return_to(self._history.undo(self.state.text))

    def redo(self) -> None:
        """Do again what was undone."""
        with self._lock:
            self._return_to(self._history.redo(self.state.text))

    def show_row(self, position: int) -> None:
        """Show the message for another row."""
        with self._lock:
            position = min(max(position, 0), max(len(self.frame) - 1, 0))
            if position != self.state.position:
                self._show(position=position, view=self._view(self.state.text, position))

    def step(self, by: int) -> None:
        """Show the next row, or the one before; of those that were found, where somebody sought."""
        with self._lock:
            found, position = self.state.search.found, self.state.position
            if not len(found):
                self.show_row(position + by)
                return
            at = int(np.searchsorted(found, position + (by > 0))) - (by < 0)
            self.show_row(int(found[at % len(found)]))

    def search(self, query: str) -> None:
        """Look for rows in which a text stands, and show the first; nothing sought ends it."""
        query = query.strip()
        with self._lock:
            if query == self.state.search.query:
                return
            self._show(search=Search(query, NOWHERE, is_over=not query))
        if query:
            self._search.ask(query)

    def address(self, **chosen: object) -> None:
        """Choose who the recipients are: fields of `Addressing`."""
        with self._lock:
            now: Addressing = self.state.addressing
            then = replace(now, **chosen)  # type: ignore[arg-type]  # the view's own keywords
            if then != now:
                self._show(addressing=then, failure=None)
                self._outdate()

    def check(self) -> None:
        """Check message and recipients, and make a plan of them; nothing is sent."""
        with self._lock:
            if not self.is_busy:
                self._is_cancelled = False
                self._begin(self._check, is_checking=True, failure=None, progress=say("compose.checking"), share=None)

    def cancel(self) -> None:
        """End the check that is under way: who was looked up so far is known to the next one."""
        self._is_cancelled = self.state.is_checking

    def say_again(self) -> None:
        """Put the state into words once more, in the language in use."""
        with self._lock:
            self._show(view=self._view(self.state.text, self.state.position))
        for one in self.plans:
            one.say_again()

    def wait(self) -> None:
        """Wait until what is under way has come to its end: a check, a search, and counting."""
        super().wait()
        self._book.wait()
        self._search.wait()

    def exclusion_lists(self) -> list[str]:
        """Return the names of the lists of people that can be left out."""
        return [str(name) for name in self.ding.exclusions.names()]

    def _check(self) -> None:
        addressing, text = self.state.addressing, self.state.text
        if not self.recipients.kinds(addressing):
            raise InputError(say("compose.no_address"), say("compose.no_address_todo"))
        message = self._draft(text).message(list(self.tags))
        arguments = self.recipients.arguments(addressing)
        with drawing_in(StatePlace(self._tell_progress)):
            plan = self.ding.plan(self.frame, message, **arguments)
        before = self.plans[-1].state.name if self.plans else ""
        made = PlanModel(plan, names=self._script.names, name=before)
        with self._lock:
            self._add(made, arguments)
            is_current = self.state.text == text and self.state.addressing == addressing
            self._show(is_current=is_current, plans=self.state.plans + 1)
            if not is_current:
                self._outdate()

    def _tell_progress(self, told: str, share: float | None) -> None:
        if self._is_cancelled:
            raise InputError(say("compose.cancelled"), say("compose.cancelled_todo"))
        self._show(progress=told, share=share)

    def _add(self, made: PlanModel, arguments: Mapping[str, Any]) -> None:
        for before in self.plans:
            before.outdate()
        # What was sent is not lost from sight by another check.
        self.plans = [*(one for one in self.plans if one.is_of_use), made]
        made.watch(self._tell)
        self._made = {id(one): self._made[id(one)] for one in self.plans if id(one) in self._made}
        self._made[id(made)] = self._script.check_lines(made.plan.message, arguments)

    def _ended(self) -> None:
        self._show(is_checking=False, progress="", share=None)

    def _seek(self, query: str, is_overtaken: Callable[[], bool]) -> None:
        found = NOWHERE
        for part in find_rows(self.frame, query):
            self._give_way()
            with self._lock:
                if is_overtaken() or self.state.search.query != query:
                    return
                is_first = not len(found) and bool(len(part))
                found = np.concatenate([found, part])
                if len(part):
                    self._show(search=Search(query, found, is_over=False))
                if is_first:
                    self.show_row(int(part[0]))
        with self._lock:
            if self.state.search.query == query:
                self._show(search=Search(query, found))

    def _give_way(self) -> None:
        """Let who types be answered first: threads of Python's share one processor."""
        self._clock.wait(self._nobody_types)

    def _restructure(self, text: Text, edited: str = "") -> None:
        """Change what is written otherwise than by typing."""
        self._history.note(self.state.text)
        self._return_to(text, edited)

    def _behind(self, field: str, typed: str) -> AddedTag | None:
        """Return the tag that a text which was typed into a field before it was there has to have behind it."""
        added = self._added
        if added is None or added.field != field or self._clock.monotonic_ns() - added.at_ns > LATE_NS:
            return None
        return added.behind(typed)

    def _return_to(self, text: Text, edited: str = "") -> None:
        self._added = None
        paths = [one.path for one in fields.places(text.msgtype, text.choice, text.items)]
        kept = edited or (self.state.edited if self.state.edited in paths else paths[0])
        self._rewrite(text, edited=kept, revision=self.state.revision + 1)

    def _rewrite(self, text: Text, **changed: object) -> None:
        is_other = text != self.state.text
        view = self._view(text, self.state.position)
        self._show(
            text=text,
            view=view,
            can_undo=self._history.can_undo,
            can_redo=self._history.can_redo,
            **self._assessed(view),
            **changed,
            **({"failure": None} if is_other else {}),
        )
        if is_other:
            self._outdate()

    def _outdate(self) -> None:
        """Let no plan be sent that is of something else than is shown."""
        if self.state.is_current:
            self._show(is_current=False)
        for one in self.plans:
            one.outdate()

    def _count_again(self) -> None:
        with self._lock:
            self._show(**self._assessed(self.state.view))

    def _assessed(self, view: DraftView) -> dict[str, Any]:
        """Return what is known of all rows: which of them lack something, and how large a message may become."""
        message = view.message
        if message is None or self.frame.empty:
            return {"worries": (), "counting": (), "bound": None}
        known = self._book.ask(message.columns)
        row = self._reader.at(self.state.position)
        needed = needed_columns(message, {name: row[name] for name in message.columns})
        worries = tuple(
            Worry(name, known[name].missing, self._tag_with_default(name))
            for name in needed
            if name in known and known[name].missing
        )
        counting = tuple(name for name in message.columns if name not in known)
        return {"worries": worries, "counting": counting, "bound": None if counting else upper_bound(message, known)}

    def _tag_with_default(self, column: str) -> str:
        return self.tags.get(column, "").removesuffix(" }}") + ' | default("…") }}'

    def _view(self, text: Text, position: int) -> DraftView:
        columns = list(self.tags)
        if len(self.frame):
            return self._draft(text).view(self._reader.at(position), columns)
        # Nobody lacks anything where nobody is.
        view = self._draft(text).view(_Nobody(), columns)
        remarks = {path: one for path, one in view.remarks.items() if one.is_error}
        return replace(view, remarks=remarks, failure=None)

    def _draft(self, text: Text) -> Draft:
        shown = [(one.path, text.at(one.path)) for one in fields.places(text.msgtype, text.choice, text.items)]
        return Draft(text.msgtype, arguments_of(TYPES[text.msgtype], without_blank_items(shown)), self._body_bytes)


class _Nobody(dict[str, object]):
    """The row of a frame that has none."""

    def __missing__(self, label: str) -> object:
        return MISSING

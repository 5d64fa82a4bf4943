"""The compose form without a browser: what is written, seen for one row, and checked into a plan."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from dingnb.display import drawing_in
from dingnb.errors import InputError
from dingnb.language import few, say
from dingnb.messages import Message
from dingnb.messages.draft import Draft, DraftView
from dingnb.ui.compose import fields
from dingnb.ui.compose.added_tag import AddedTag
from dingnb.ui.compose.addressing import Addressing, Recipients
from dingnb.ui.compose.assessing import assessed, draft_of, problem_of, view_of
from dingnb.ui.compose.checks import Checks
from dingnb.ui.compose.history import History
from dingnb.ui.compose.row_search import NO_SEARCH, Search, seek
from dingnb.ui.compose.script import Checked, Script
from dingnb.ui.compose.snapshot import Snapshot
from dingnb.ui.compose.source import Source, is_same
from dingnb.ui.compose.state import ComposeState, News
from dingnb.ui.compose.text import Text
from dingnb.ui.compose.writing import first_text, in_type, text_of
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
        recipients: The frame with them, and which of its columns name them; it is not changed.
        message: What to begin with.
        source: Where the frame comes from, as each check looks at it again.

    Attributes:
        source: As above.
        shown_by: The form over it, as the notebook may have it.
    """

    def __init__(
        self,
        ding: "DingTalk",
        recipients: Recipients,
        *,
        message: Message | None = None,
        source: Source | None = None,
    ) -> None:
        self.ding = ding
        self.source = source or Source(recipients.frame)
        self.shown_by: object = None
        self._checks = Checks(self._tell)
        self._body_bytes = ding.limits.body_bytes if message is None else message.body_bytes
        self._history = History[Text]()
        self._nobody_types = ding.clock.event()
        self._nobody_types.set()
        self._search = Latest[str](ding.clock, self._seek, self.fail)
        self._is_cancelled = False
        self._added: AddedTag | None = None
        text = first_text() if message is None else text_of(message)
        edited = fields.places_of(text)[0].path
        self._has_looked = False
        snapshot = Snapshot(recipients, ding.clock, self._count_again, self._give_way, self.fail)
        view = self._view(snapshot, text, 0)
        super().__init__(ComposeState(snapshot, text, view, edited, addressing=recipients.guess()), ding.clock)
        # What is counted meanwhile has to come after what is known now.
        with self._lock:
            self._rewrite(text)

    @property
    def frame(self) -> pd.DataFrame:
        """The frame as the form shows it."""
        return self.state.snapshot.frame

    @property
    def recipients(self) -> Recipients:
        """The frame, and which of its columns name people."""
        return self.state.snapshot.recipients

    @property
    def plans(self) -> list[PlanModel]:
        """What the checks came to, the newest last; of those before it the ones that were sent."""
        return self._checks.plans

    @property
    def tags(self) -> Mapping[str, str]:
        """The tag of each column that a text can use."""
        return self.state.snapshot.tags

    @property
    def value(self) -> Message:
        """
        The message as it stands.

        Raises:
            InputError: It is not finished; the error says what is missing.
        """
        return self._draft(self.state.text).message(self.state.snapshot.labels)

    @property
    def code(self) -> str:
        """The Python that does what the form did so far; empty while there is no message."""
        script = self._script()
        told = self._checks.code_lines(script, is_current=self.state.is_current)
        message = self.state.view.message
        if not self.state.is_current and message is not None:
            told.append(script.message_line(message))
        return "\n".join([*script.opening(), *told]) if told else ""

    def _script(self) -> Script:
        return Script(self.ding, self.source, self.shown_by)

    def places(self) -> list[fields.FieldPlace]:
        """Return the fields that are shown."""
        return fields.places_of(self.state.text)

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
                added, now_ns = self._added, self._clock.monotonic_ns()
                self._added = added.behind(field, typed, now_ns) if added is not None else None
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
            if msgtype != self.state.text.msgtype:
                self._restructure(in_type(self.state.text, msgtype))

    def choose(self, choice: int) -> None:
        """Write another of the groups of fields of which a message has exactly one."""
        with self._lock:
            if choice != self.state.text.choice:
                self._restructure(replace(self.state.text, choice=choice))

    def resize(self, path: str, by: int) -> None:
        """Add items at the end of a list, or take some away."""
        with self._lock:
            if self.can_resize(path, by):
                self._restructure(self.state.text.counting(path, self.state.text.count(path) + by))

    def can_resize(self, path: str, by: int) -> bool:
        """Return whether a list may have so many items more, or less."""
        least, most = fields.room_of(self.state.text, path)
        return least <= self.state.text.count(path) + by <= most

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
                self._show(position=position, view=self._view(self.state.snapshot, self.state.text, position))

    def step(self, by: int) -> None:
        """Show the next row, or the one before; of those that were found, where somebody sought."""
        with self._lock:
            search, position = self.state.search, self.state.position
            if not len(search.found):
                self.show_row(position + by)
                return
            self.show_row(search.beside(position, by))

    def search(self, query: str) -> None:
        """Look for rows in which a text stands, and show the first; nothing sought ends it."""
        query = query.strip()
        with self._lock:
            if query == self.state.search.query:
                return
            self._show(search=Search(query, is_over=not query))
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

    def take(self, frame: pd.DataFrame, read_by: str) -> None:
        """
        Take on other recipients; what is written stays.

        Args:
            frame: The recipients.
            read_by: The Python that reads them, for the code.
        """
        self.source.take(frame, read_by)
        recipients = Recipients(frame.copy(deep=False))
        addressing = replace(recipients.guess(), exclude=self.state.addressing.exclude)
        self._take_on(recipients, addressing, 0, None)

    def restore(self, text: Text) -> None:
        """Write what was written before, such as a draft; it can be undone."""
        with self._lock:
            self._restructure(text)

    def check(self) -> None:
        """Check message and recipients, and make a plan of them; nothing is sent."""
        with self._lock:
            if not self.is_busy:
                self._is_cancelled = False
                told = say("compose.checking")
                self._begin(self._check, is_checking=True, failure=None, news=None, progress=told, share=None)

    def cancel(self) -> None:
        """End the check that is under way: who was looked up so far is known to the next one."""
        self._is_cancelled = self.state.is_checking

    def say_again(self) -> None:
        """Put the state into words once more, in the language in use."""
        with self._lock:
            self._show(view=self._view(self.state.snapshot, self.state.text, self.state.position))
        self._checks.say_again()

    def wait(self) -> None:
        """Wait until what is under way has come to its end: a check, a search, and counting."""
        super().wait()
        self.state.snapshot.book.wait()
        self._search.wait()

    def exclusion_lists(self) -> list[str]:
        """Return the names of the lists of people that can be left out."""
        return [str(name) for name in self.ding.exclusions.names()]

    def _look_again(self) -> None:
        """Take on the frame as the notebook has it now; the columns that were chosen stay chosen by their labels."""
        is_first, self._has_looked = not self._has_looked, True
        before, now = self.state.snapshot, self.source.now()
        if now is not None and is_same(now, before.frame):
            return
        news = News(self.source.name, len(before.frame), None if now is None else len(now), is_first)
        if now is None:
            self._show(news=news)
            return
        recipients = replace(before.recipients, frame=now)
        addressing, gone = recipients.follow(self.state.addressing, before.recipients)
        self._take_on(recipients, addressing, self.state.position, news)
        if gone:
            raise InputError(say("compose.column_gone", columns=few(gone, "column")), say("compose.column_gone_todo"))

    def _take_on(self, recipients: Recipients, addressing: Addressing, position: int, news: News | None) -> None:
        before = self.state.snapshot
        self.source.taken = recipients.frame
        then = Snapshot(recipients, self._clock, self._count_again, self._give_way, self.fail)
        before.book.let_go()
        with self._lock:
            position = min(position, max(len(recipients.frame) - 1, 0))
            view = self._view(then, self.state.text, position)
            shown = {"snapshot": then, "view": view, "position": position, "search": NO_SEARCH}
            self._change({**shown, "addressing": addressing, "news": news, "failure": None})
            self._count_again()
            self._outdate()

    def _check(self) -> None:
        self._look_again()
        addressing, text = self.state.addressing, self.state.text
        if not self.recipients.kinds(addressing):
            raise InputError(*self.recipients.why_nobody())
        problem = problem_of(text, self.state.view)
        if problem:
            raise InputError(problem, say("compose.not_yet_todo"))
        message = self._draft(text).message(self.state.snapshot.labels)
        arguments = self.recipients.arguments(addressing)
        with drawing_in(StatePlace(self._tell_progress)):
            plan = self.ding.plan(self.frame, message, **arguments)
        names = self._script().names
        made = PlanModel(plan, names=names, name=self._checks.newest_name)
        checked = Checked(message, arguments, self.state.snapshot.labels, names)
        with self._lock:
            self._checks.add(made, checked)
            is_current = self.state.text == text and self.state.addressing == addressing
            self._show(is_current=is_current, plans=self.state.plans + 1)
            if not is_current:
                self._outdate()

    def _tell_progress(self, told: str, share: float | None) -> None:
        if self._is_cancelled:
            raise InputError(say("compose.cancelled"), say("compose.cancelled_todo"))
        self._show(progress=told, share=share)

    def _ended(self) -> None:
        self._show(is_checking=False, progress="", share=None)

    def _seek(self, query: str, is_overtaken: Callable[[], bool]) -> None:
        def is_over() -> bool:
            self._give_way()
            return is_overtaken() or self.state.search.query != query

        for search in seek(self.frame, query, is_over):
            with self._lock:
                before = self.state.search
                if before.query != query:
                    return
                self._show(search=search)
                if len(search.found) and not len(before.found):
                    self.show_row(int(search.found[0]))

    def _give_way(self) -> None:
        """Let who types be answered first: threads of Python's share one processor."""
        self._clock.wait(self._nobody_types)

    def _restructure(self, text: Text, edited: str = "") -> None:
        """Change what is written otherwise than by typing."""
        self._history.note(self.state.text)
        self._return_to(text, edited)

    def _return_to(self, text: Text, edited: str = "") -> None:
        self._added = None
        paths = [one.path for one in fields.places_of(text)]
        kept = edited or (self.state.edited if self.state.edited in paths else paths[0])
        self._rewrite(text, edited=kept, revision=self.state.revision + 1)

    def _rewrite(self, text: Text, **changed: object) -> None:
        is_other = text != self.state.text
        view = self._view(self.state.snapshot, text, self.state.position)
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
        self._checks.outdate()

    def _count_again(self) -> None:
        with self._lock:
            self._show(**self._assessed(self.state.view))

    def _assessed(self, view: DraftView) -> dict[str, Any]:
        return assessed(view, self.state.snapshot, self.state.position)

    def _view(self, snapshot: Snapshot, text: Text, position: int) -> DraftView:
        return view_of(text, snapshot, position, self._body_bytes)

    def _draft(self, text: Text) -> Draft:
        return draft_of(text, self._body_bytes, self.state.snapshot)

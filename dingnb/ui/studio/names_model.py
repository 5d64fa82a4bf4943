"""The model of matching: finds userids by names and other evidence, and collects choices for unclear rows."""

import copy
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Final

import pandas as pd

from dingnb.client import match_choices_of
from dingnb.display import progress_shown_by
from dingnb.errors import ColumnError, InputError
from dingnb.recipients import match_choices
from dingnb.recipients.column_titles import added_by_matching, column_titles
from dingnb.recipients.match_choices import CHOSEN
from dingnb.recipients.matching import Matches, evidence_columns, find_matches
from dingnb.recipients.people_index import PeopleIndex, mobile_end
from dingnb.recipients.row_matcher import CONFLICT, NAME_ONLY, NOT_FOUND, REPEATED, SEVERAL_CANDIDATES, Decision
from dingnb.tables.cells import cells_with_dates
from dingnb.tables.frame_report import ATTRS_KEY
from dingnb.tables.headers import canonical_name
from dingnb.tables.row_labels import is_indexed_by_line, to_python_label
from dingnb.ui.compose.source import FrameCode, Source
from dingnb.ui.kit.code import assignment_comment, call
from dingnb.ui.kit.lists import FoundRows
from dingnb.ui.kit.model import Failure, Model, StateDisplay
from dingnb.ui.studio.directory_selection import PeopleSearch
from dingnb.words import Text, TextLike, in_form, say, sentences
from dingnb.words.literals import literal

if TYPE_CHECKING:
    from dingnb.ui.compose.model import ComposeModel

EVIDENCE_KINDS: Final = ("name", "department", "job_number", "email", "mobile", "userid")
"""The kinds of evidence to choose columns for."""

_OPTIONAL_KINDS: Final = frozenset({"mobile", "userid"})
"""The kinds that are offered only if the list has a column with a usual name for them."""

UNCLEAR_OUTCOMES: Final = (SEVERAL_CANDIDATES, REPEATED, CONFLICT, NAME_ONLY, NOT_FOUND)
"""The outcomes that need a choice, in the order in which their rows are shown."""

NOBODY: Final = ""
"""The choice that leaves a row out, in place of a userid."""

MAX_CANDIDATES: Final = 12
"""Maximum number of candidates shown for a row; the search finds others."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """
    A person who may match a row, with details that distinguish people with the same name.

    Attributes:
        userid: The userid.
        name: The name.
        departments: The paths of the departments.
        title: The title.
        job_number: The job number.
        mobile_end: The last digits of the mobile number.
    """

    userid: str
    name: str
    departments: str
    title: str
    job_number: str
    mobile_end: str

    @classmethod
    def of(cls, index: PeopleIndex, person: int) -> "Candidate":
        """Return a person of the directory, by their position in it."""
        title, number, mobile = (index.text(column, person) for column in ("title", "job_number", "mobile"))
        paths = index.department_paths(person)
        return cls(index.userids[person], index.names[person], paths, title, number, mobile_end(mobile))


class MatchResult:
    """
    The result of matching.

    Args:
        frame: The list.
        people: The directory.
        by: The column of each kind of evidence.
        accept: As for `match_people`.

    Attributes:
        given_frame: The list, as given.
        frame: The list, with numbers as labels if several rows share one, since choices name rows by their labels.
        people: As above.
        by: As above.
        accept: As above.
        matched: The list with userids, as `DingTalk.match` returns it, but with the reasons of forms.
        with_remembered: `matched` with the choices that are remembered for the list.
        queue: The positions of the rows that need a choice.
        counts: The number of rows with each outcome.
        name_only: The positions of the rows whose name alone matches and, once that is accepted, is enough.
    """

    def __init__(
        self, frame: pd.DataFrame, people: pd.DataFrame, by: Mapping[str, object], accept: Sequence[str]
    ) -> None:
        self.given_frame = frame
        self.frame = frame if frame.index.is_unique else frame.reset_index(drop=True)
        self.people, self.by, self.accept = people, by, tuple(accept)
        self._matches: Matches = find_matches(self.frame, people, by, self.accept)
        # The check shows the reasons as well.
        self.matched = self._matches.to_frame(in_form)
        self._search: PeopleSearch | None = None
        self._cells: dict[int, list[object]] = {}
        self.set_remembered(self.matched)

    def set_remembered(self, with_remembered: pd.DataFrame) -> None:
        """Set the list with the choices that are remembered for it."""
        self.with_remembered = with_remembered
        self._outcomes: list[str] = with_remembered["match"].tolist()
        self.counts = Counter(self._outcomes)
        has_no_userid = with_remembered["userid"].isna()
        self._has_userid: list[bool] = (~has_no_userid).tolist()
        self._is_open = (has_no_userid & (with_remembered["match"] != match_choices.LEFT_OUT)).tolist()
        self.queue = sorted(
            (at for at, is_open in enumerate(self._is_open) if is_open),
            key=lambda at: UNCLEAR_OUTCOMES.index(self._outcomes[at]),
        )
        self.name_only = {at for at, outcome in enumerate(self._outcomes) if self._is_name_enough(at, outcome)}

    @property
    def remembered(self) -> list[int]:
        """The positions of the rows with remembered choices."""
        return [at for at, outcome in enumerate(self._outcomes) if outcome in {CHOSEN, match_choices.LEFT_OUT}]

    @property
    def remembered_choices(self) -> dict[int, str]:
        """The remembered choices, by position."""
        userids = self.with_remembered["userid"]
        return {at: str(userids.iloc[at]) if self._has_userid[at] else NOBODY for at in self.remembered}

    def can_choose(self, position: int) -> bool:
        """Return whether a person can be chosen for a row: the row has no match other than by its name or a choice."""
        return self.is_open(position) or self.outcome(position) in {NAME_ONLY, CHOSEN, match_choices.LEFT_OUT}

    def allows(self, position: int, userid: str) -> bool:
        """Return whether a person is among the people whom the evidence of a row allows."""
        userids = (self._matches.index.userids[candidate] for candidate in self._decision(position).candidates)
        return self.outcome(position) != CONFLICT and userid in userids

    def is_remembered(self, position: int, choice: str) -> bool:
        """Return whether a choice for a row is the remembered one."""
        if choice == NOBODY:
            return self.outcome(position) == match_choices.LEFT_OUT
        return self.outcome(position) == CHOSEN and self.with_remembered["userid"].iloc[position] == choice

    def rows_with_person(self, choices: Mapping[int, str]) -> int:
        """Return the number of rows with a userid, including new choices."""
        matched = len(self._is_open) - len(self.queue) - self.counts[match_choices.LEFT_OUT]
        return matched + sum(bool(choice) - self._has_userid[at] for at, choice in choices.items())

    def is_open(self, position: int) -> bool:
        """Return whether a row has no userid, and is not left out by a remembered choice."""
        return bool(self._is_open[position])

    def outcome(self, position: int) -> str:
        """Return the outcome of a row."""
        return self._outcomes[position]

    def reason(self, position: int) -> TextLike:
        """Return why a row has its outcome."""
        if not self.is_open(position):
            return str(self.with_remembered["reason"].iloc[position])
        # A note about a remembered choice that no longer applies follows the reason.
        matched, remembered = (str(frame["reason"].iloc[position]) for frame in (self.matched, self.with_remembered))
        return sentences(self._decision(position).reason, remembered.removeprefix(matched).strip())

    def candidates(self, position: int) -> list[Candidate]:
        """Return the candidates for a row, at most `MAX_CANDIDATES`."""
        return [
            Candidate.of(self._matches.index, candidate)
            for candidate in self._decision(position).candidates[:MAX_CANDIDATES]
        ]

    def find_people(self, query: str) -> list[Candidate]:
        """Return people of the directory whose details contain a text, at most `MAX_CANDIDATES`."""
        if self._search is None:
            self._search = PeopleSearch(self.people)
        return [self.person(userid) for userid in self.people["userid"].iloc[self._search.find(query)[:MAX_CANDIDATES]]]

    def person(self, userid: str) -> Candidate:
        """Return a person of the directory."""
        return Candidate.of(self._matches.index, self._matches.index.userids.index(userid))

    def cells(self, at: int) -> list[object]:
        """Return the cells of a column of the list, by its position, with dates as `cells_with_dates` returns them."""
        if at not in self._cells:
            self._cells[at] = cells_with_dates(self.frame.iloc[:, at])
        return self._cells[at]

    def label(self, position: int) -> object:
        """Return the index label of a row, as a Python value if possible."""
        return to_python_label(self.frame.index[position])

    def label_in_code(self, position: int) -> object:
        """Return the label of a row in code: a time as text; in a list from a file, the position in place of a line."""
        label = self.label(position)
        if isinstance(label, pd.Timestamp):
            return str(label)
        return position if is_indexed_by_line(self.frame) else label

    def _is_name_enough(self, position: int, outcome: str) -> bool:
        """Return whether a row is matched by its name alone, or would be if that were accepted."""
        if outcome != NAME_ONLY:
            return False
        return self._has_userid[position] or self._matches.can_accept_name(position)

    def _decision(self, position: int) -> Decision:
        return self._matches.decision(position)


@dataclass(frozen=True, slots=True)
class ChosenRows(FoundRows):
    """The rows with a choice, in pages."""

    rows_per_page: ClassVar[int] = 8


@dataclass(frozen=True, slots=True)
class NamesState:
    """
    The state of the form.

    Attributes:
        is_open: Whether the form is shown; None, before the user decides it, as long as no column identifies people.
        columns: The position of the column of each kind of evidence; kinds without one are missing.
        list_name: The name under which choices are remembered; empty to remember nothing.
        accepts_name: Whether a name alone is accepted.
        result: The result of matching; None before.
        choices: The userid chosen for each row, by position; `NOBODY` for rows that are left out.
        queue_index: The index of the shown row among the unclear rows, from 0.
        query: The text of the search for other people; empty for no search.
        resets: Increases with each change of the search text that was not typed.
        page: The page of rows with a choice, from 0.
        used_count: The number of rows with a userid in the matched list that is used; 0 before, and once the columns,
            the choices or the list have changed since.
        rows_without_person: The number of rows without a userid in that list.
        progress: The progress of the work, as text; empty if there is none.
        share: The share of the directory that was read, from 0 to 1; None if unknown.
        failure: The last error; None if there was none.
    """

    is_open: bool | None = None
    columns: Mapping[str, int] = field(default_factory=dict)
    list_name: str = ""
    accepts_name: bool = False
    result: MatchResult | None = None
    choices: Mapping[int, str] = field(default_factory=dict)
    queue_index: int = 0
    query: str = ""
    resets: int = 0
    page: int = 0
    used_count: int = 0
    rows_without_person: int = 0
    progress: str = ""
    share: float | None = None
    failure: Failure | None = None


class NamesModel(Model[NamesState]):
    """
    Matches the rows of the list with people.

    Args:
        compose: The model of the message and its recipients.
        on_use: Called in a background thread with the matched list, and a function that returns the code to match it.
        on_find: Called before matching starts.
    """

    def __init__(
        self,
        compose: "ComposeModel",
        on_use: Callable[[pd.DataFrame, FrameCode], None],
        on_find: Callable[[], None],
    ) -> None:
        super().__init__(NamesState(), compose.clock)
        self._on_find = on_find
        self._compose = compose
        self._on_use = on_use
        self._source_before: Source | None = None
        self._frame = compose.frame
        self._is_cancelled = False
        self._has_new_evidence = False

    @property
    def unmatched_list(self) -> tuple[pd.DataFrame, Source] | None:
        """The list before it was matched, and its source; None if the recipients are not a matched list."""
        return None if self._source_before is None else (self._frame, self._source_before)

    @property
    def is_open(self) -> bool:
        """Whether the form is shown."""
        if self.state.is_open is not None:
            return self.state.is_open
        choice = self._compose.state.recipient_choice
        return bool(len(self._frame)) and not self._compose.recipients.kinds(choice)

    def toggle(self) -> None:
        """Show the form, or hide it."""
        is_open = not self.is_open
        if is_open:
            self._follow_list()
        self._show(is_open=is_open, failure=None)

    def restore(self, frame: pd.DataFrame, frame_code: FrameCode) -> None:
        """Set the list before it was matched, if another process matched it; the studio has the matched list."""
        source = Source(frame)
        source.frame_code = frame_code
        self._start(frame, source)

    def saved_state(self) -> dict[str, Any]:
        """Return the user's input as JSON values, for another process; what was found is not kept."""
        state = self.state
        return {
            "is_open": state.is_open,
            "columns": state.columns,
            "list_name": state.list_name,
            "accepts_name": state.accepts_name,
            "choices": [*map(list, state.choices.items())],
            "used_count": state.used_count,
            "rows_without_person": state.rows_without_person,
        }

    def restore_state(self, saved: Mapping[str, Any]) -> None:
        """Restore the user's input of another process for the same list, from `saved_state`."""
        self._show(**{**saved, "choices": dict(saved["choices"])})

    def start_over(self) -> None:
        """Start over with the studio's current list."""
        self._start(self._compose.frame, None)

    def _start(self, frame: pd.DataFrame, source_before: Source | None) -> None:
        self._frame, self._source_before, self._has_new_evidence = frame, source_before, False
        usual = {kind: self._usual_column(kind) for kind in EVIDENCE_KINDS}
        columns = {kind: position for kind, position in usual.items() if position >= 0}
        report = frame.attrs.get(ATTRS_KEY, {})
        list_name = str(report.get("file", "")) or self._compose.source.name
        self._show(**_fields(NamesState(columns=columns, list_name=list_name)))

    def offered_columns(self) -> list[tuple[str, list[tuple[int, str]]]]:
        """Return the kinds of evidence to choose columns for, each with the columns that can be chosen."""
        labels = self._unique_columns()
        return [
            (kind, labels) for kind in EVIDENCE_KINDS if kind not in _OPTIONAL_KINDS or self._usual_column(kind) >= 0
        ]

    @property
    def column_titles(self) -> Mapping[object, str]:
        """The titles of the list's columns, by their labels."""
        return column_titles(self._frame)

    def choose_column(self, kind: str, position: int) -> None:
        """
        Choose the column of a kind of evidence; -1 for none.

        Choices are kept for the next search, unless the column of names changes, or new evidence excludes the person.
        """
        with self._lock:
            result = self.state.result
            remembered = {} if result is None else result.remembered_choices
            choices = {} if kind == "name" else {**remembered, **self.state.choices}
            columns = {other: column for other, column in self.state.columns.items() if other != kind}
            if position >= 0:
                columns[kind] = position
            if not self.is_busy and columns != self.state.columns:
                self._has_new_evidence |= position >= 0
                self._show(**{**_NOTHING_FOUND, "columns": columns, "choices": choices})
                return
        self._notify()

    def name_list(self, name: str) -> None:
        """Set the name under which choices are remembered."""
        with self._lock:
            name, is_found = name.strip(), self.state.result is not None
            if self.is_busy or name == self.state.list_name:
                self._notify()
                return
            self._show(list_name=name)
        if is_found:
            self.find()

    def accept_names(self, *, accepts: bool) -> None:
        """Accept matches by name alone, or stop accepting them."""
        if accepts != self.state.accepts_name:
            self.find(accepts=accepts)

    def find(self, *, refresh: bool = False, accepts: bool | None = None) -> None:
        """
        Match the rows with people, reading the directory if necessary.

        Args:
            refresh: Whether to read the directory again.
            accepts: Whether to accept a name alone; None keeps the current choice.
        """
        self._on_find()
        with self._lock:
            if self.is_busy:
                self._notify()
                return
            self._is_cancelled = False
            self._follow_list()
            accepts = self.state.accepts_name if accepts is None else accepts
            work = partial(self._find, self._frame, refresh=refresh, accepts=accepts)
            self._start_work(work, is_open=True, progress=say("names_form.matching"), share=None, failure=None)

    def cancel(self) -> None:
        """Stop reading the directory."""
        self._is_cancelled = self.is_busy

    def queue(self) -> list[int]:
        """Return the positions of the rows that are still unclear."""
        result = self.state.result
        return [] if result is None else [at for at in result.queue if at not in self.state.choices]

    def shown_row(self) -> int:
        """Return the position of the row that is shown; -1 if no row is unclear."""
        queue = self.queue()
        return queue[min(self.state.queue_index, len(queue) - 1)] if queue else -1

    def step(self, by: int) -> None:
        """Move to another unclear row, by a number of rows."""
        with self._lock:
            last = max(len(self.queue()) - 1, 0)
            self._show_row(min(max(min(self.state.queue_index, last) + by, 0), last))

    def search(self, query: str) -> None:
        """Search the directory for people other than the candidates."""
        self._show(query=query.strip())

    def candidates(self) -> list[Candidate]:
        """Return the candidates for the shown row, and the people found by the search."""
        result, row = self.state.result, self.shown_row()
        if result is None or row < 0:
            return []
        others = result.find_people(self.state.query) if self.state.query else []
        return list(dict.fromkeys([*result.candidates(row), *others]))

    def choose(self, position: int, userid: str) -> None:
        """Choose a person for a row, or leave the row out."""
        with self._lock:
            result = self.state.result
            if result is not None and result.is_open(position):
                self._show(choices={**self.state.choices, position: userid}, used_count=0)
                self._show_row(min(self.state.queue_index, max(len(self.queue()) - 1, 0)))

    def chosen_rows(self) -> ChosenRows:
        """Return the rows with a choice: first the new choices, the last one first, then the remembered choices."""
        result = self.state.result
        positions = [] if result is None else list(dict.fromkeys([*reversed(self.state.choices), *result.remembered]))
        return ChosenRows(len(positions), "", pd.Series(positions, dtype="int64").to_numpy()).turned_to(self.state.page)

    def turn_to(self, page: int) -> None:
        """Show a page of the rows with a choice."""
        self._show(page=page)

    def undo_choice(self, position: int) -> None:
        """Undo the choice for a row, and forget it if it is remembered for the list."""
        result, is_new = self.state.result, position in self.state.choices
        if result is None:
            return
        choices = {at: userid for at, userid in self.state.choices.items() if at != position}
        changed: dict[str, Any] = {"choices": choices, "used_count": 0}
        if is_new and not self.state.list_name:
            self._show(**changed)
        elif is_new or position in result.remembered:
            # Using the list has stored the new choices as well.
            forget = partial(self._forget_choice, result, position)
            self._start_work(forget, progress=say("names_form.forgetting"), **changed)

    def use(self) -> None:
        """Make the matched list the recipients, and store the choices."""
        with self._lock:
            if not self.is_busy:
                self._start_work(self._use, progress=say("names_form.matching"), share=None, failure=None)

    @property
    def rows_with_person(self) -> int:
        """The number of rows with a userid, including new choices."""
        result = self.state.result
        return 0 if result is None else result.rows_with_person(self.state.choices)

    @property
    def left_out_rows(self) -> int:
        """The number of rows that are left out, now or earlier."""
        result, choices = self.state.result, self.state.choices
        if result is None:
            return sum(choice == NOBODY for choice in choices.values())
        replaced = sum(result.outcome(at) == match_choices.LEFT_OUT for at in choices)
        return result.counts[match_choices.LEFT_OUT] - replaced + sum(choice == NOBODY for choice in choices.values())

    @property
    def name_only_rows(self) -> int:
        """The number of rows, without a choice, whose name alone can be or is accepted."""
        result = self.state.result
        return 0 if result is None else len(result.name_only - self.state.choices.keys())

    @property
    def unclear(self) -> Counter[str]:
        """The number of rows that are still unclear, by their outcome."""
        result = self.state.result
        return Counter() if result is None else Counter(map(result.outcome, self.queue()))

    def _follow_list(self) -> None:
        """Start over if the studio has another list now, for example because the notebook has changed it."""
        if self._source_before is None and self._frame is not self._compose.frame:
            self.start_over()

    def _usual_column(self, kind: str) -> int:
        """Return the position of the column with a usual name of a kind of evidence; -1 if there is none."""
        usual = (position for position, label in self._unique_columns() if canonical_name(label) == kind)
        return next(usual, -1)

    def _unique_columns(self) -> list[tuple[int, str]]:
        """Return the positions and the names of the list's columns whose name is a unique string."""
        labels: list[object] = [*self._frame.columns]
        is_duplicate, added = self._frame.columns.duplicated(keep=False), added_by_matching(self._frame)
        return [
            (at, label)
            for at, label in enumerate(labels)
            if isinstance(label, str) and not is_duplicate[at] and label not in added
        ]

    def _show_row(self, index: int) -> None:
        """Show a row by its index among the unclear rows, and clear the search."""
        self._show(queue_index=index, query="", resets=self.state.resets + 1)

    def _find(self, frame: pd.DataFrame, *, refresh: bool, accepts: bool) -> None:
        if not set(self.state.columns) - {"department"}:
            raise InputError(Text("names_form.no_columns"), Text("names_form.no_columns_todo"))
        by = {kind: frame.columns[at] for kind, at in self.state.columns.items()}
        before = self.state.result
        with progress_shown_by(StateDisplay(self._show_progress)):
            people = before.people if before is not None and not refresh else None
            if people is None:
                people = self._compose.ding.people(everybody=True, refresh=refresh)
            self._show(progress=say("names_form.matching"), share=None)
            result = MatchResult(frame, people, by, ["name"] if accepts else [])
            self._apply_remembered(result)
        userids = set(people["userid"])
        with self._lock:
            # The list may have been replaced meanwhile.
            if frame is self._frame:
                choices = {
                    at: userid
                    for at, userid in self.state.choices.items()
                    # A choice made now is preferred to another choice that is remembered.
                    if not result.is_remembered(at, userid)
                    and (userid == NOBODY or (result.can_choose(at) and userid in userids))
                    # The choice was made without what the new column says: somebody else may be meant.
                    and (userid == NOBODY or not self._has_new_evidence or result.allows(at, userid))
                }
                self._has_new_evidence = False
                found = {"result": result, "choices": choices, "accepts_name": accepts}
                self._show(**{**_NOTHING_FOUND, **found})

    def _apply_remembered(self, result: MatchResult) -> None:
        if self.state.list_name:
            with_remembered = self._compose.ding.choose(result.matched, name=self.state.list_name, people=result.people)
            result.set_remembered(with_remembered)

    def _forget_choice(self, result: MatchResult, position: int) -> None:
        choices = match_choices_of(self._compose.ding)
        choices.forget_rows(result.matched, [result.label(position)], result.people, self.state.list_name)
        self._apply_remembered(result)
        with self._lock:
            # The list may have been replaced meanwhile.
            if result is self.state.result:
                self._show(result=result)

    def _use(self) -> None:
        result, choices, name = self.state.result, self.state.choices, self.state.list_name
        if result is None or not self.rows_with_person:
            raise InputError(Text("names_form.nobody"), Text("names_form.nobody_todo"))
        chosen = {result.label(at): userid or match_choices.LEFT_OUT for at, userid in choices.items()}
        frame, is_chosen = result.matched, bool(chosen or result.remembered)
        if is_chosen:
            frame = self._compose.ding.choose(frame, chosen or None, name=name or None, people=result.people)
        is_left_out = frame["match"] == match_choices.LEFT_OUT
        frame = frame[~is_left_out]
        if result.given_frame is not self._frame:
            return
        if self._source_before is None:
            self._source_before = copy.copy(self._compose.source)
        source, has_left_out = self._source_before, bool(is_left_out.any())
        code = _MatchCode(result, choices, name, is_chosen=is_chosen, has_left_out=has_left_out)
        self._on_use(frame, lambda frame_name, app: code.lines(source, frame_name, app))
        used_count = int(frame["userid"].notna().sum())
        self._show(used_count=used_count, rows_without_person=len(frame) - used_count, is_open=False)

    def _show_progress(self, progress: str, share: float | None) -> None:
        if self._is_cancelled:
            raise InputError(Text("directory_form.cancelled"), Text("directory_form.cancelled_todo"))
        self._show(progress=progress, share=share)

    def _on_idle(self) -> None:
        self._change({"progress": "", "share": None})


_NOTHING_FOUND: Final[Mapping[str, Any]] = {
    "result": None,
    "choices": {},
    "queue_index": 0,
    "query": "",
    "page": 0,
    "used_count": 0,
}
"""The fields of the state before matching."""


@dataclass(frozen=True, slots=True)
class _MatchCode:
    """
    Python code that does what the form has done so far.

    Attributes:
        result: The result of matching.
        choices: The userid chosen for each row, by position; `NOBODY` for rows that are left out.
        list_name: The name under which choices are remembered; may be empty.
        is_chosen: Whether people were chosen, now or earlier.
        has_left_out: Whether rows were left out, now or earlier.
    """

    result: MatchResult
    choices: Mapping[int, str]
    list_name: str
    is_chosen: bool = field(kw_only=True)
    has_left_out: bool = field(kw_only=True)

    def lines(self, source: Source, frame: str, app: str) -> list[str]:
        """Return the statements that match the list from a source, with the names of the DataFrame and of the app."""
        unmatched, lines = source.find_name(), list[str]()
        if not unmatched:
            unmatched = frame
            lines += (
                [assignment_comment(frame, "frame")] if source.frame_code is None else source.frame_code(frame, app)
            )
        if self.result.frame is not self.result.given_frame:
            unmatched += ".reset_index(drop=True)"
        accept = {} if not self.result.accept else {"accept": self.result.accept[0]}
        lines.append(call(f"{frame} = {app}.match", unmatched, by=self._by(), **accept))
        left_out = match_choices.LEFT_OUT
        if self.is_chosen:
            pairs = [
                f"{literal(self.result.label_in_code(at))}: {literal(choice or left_out)}"
                for at, choice in self.choices.items()
            ]
            chosen = [f"{{{', '.join(pairs)}}}"] if pairs else []
            lines.append(
                call(f"{frame} = {app}.choose", frame, *chosen, **({"name": self.list_name} if self.list_name else {}))
            )
        if self.has_left_out:
            lines.append(f'{frame} = {frame}[{frame}["match"] != {literal(left_out)}]')
        return lines

    def _by(self) -> object:
        """Return the argument `by`: only the kinds if their columns have the usual names."""
        kinds = [kind for kind in EVIDENCE_KINDS if kind in self.result.by]
        try:
            has_usual_names = evidence_columns(self.result.frame, kinds) == dict(self.result.by)
        except ColumnError:
            has_usual_names = False
        if has_usual_names:
            return kinds
        return {kind: self.result.by[kind] for kind in kinds}


def _fields(state: NamesState) -> dict[str, object]:
    return {name: getattr(state, name) for name in NamesState.__dataclass_fields__}

"""The model of matching: finds userids by names and other evidence, and collects choices for unclear rows."""

import copy
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Final

import pandas as pd

from dingnb.client import match_choices_of
from dingnb.display import progress_shown_by
from dingnb.errors import ColumnError, InputError
from dingnb.recipients.match_choices import CHOSEN, find_row_by_label
from dingnb.recipients.matching import Matches, evidence_columns, find_matches
from dingnb.recipients.people_index import PeopleIndex, mobile_end
from dingnb.recipients.row_matcher import CONFLICT, NAME_ONLY, NONE, SEVERAL, Decision
from dingnb.tables.cells import ATTRS_KEY
from dingnb.tables.headers import canonical_name
from dingnb.tables.row_labels import is_indexed_by_line
from dingnb.ui.compose.source import Reader, Source
from dingnb.ui.kit.code import call, literal, to_set
from dingnb.ui.kit.model import Failure, Model, StateDisplay
from dingnb.ui.kit.rows import FoundRows
from dingnb.ui.studio.directory_selection import PeopleSearch
from dingnb.words import Text, Words, say, sentences

if TYPE_CHECKING:
    from dingnb.ui.compose.model import ComposeModel

KINDS: Final = ("name", "department", "job_number", "email", "mobile", "userid")
"""The kinds of evidence to choose columns for; the last two are offered only if the list has such a column."""

ALWAYS_OFFERED: Final = 4
"""The number of these that are offered for every list."""

OPEN: Final = (SEVERAL, CONFLICT, NAME_ONLY, NONE)
"""The results that need a choice, in the order in which they are shown."""

LEFT_OUT: Final = ""
"""The choice that leaves a row out, in place of a userid."""

MAX_CANDIDATES: Final = 12
"""Maximum number of candidates shown for a row; the search finds others."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """
    A person whom a row may mean, with details that distinguish namesakes.

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
        """Return a person of the directory."""
        title, number, mobile = (index.text(column, person) for column in ("title", "job_number", "mobile"))
        paths = index.department_paths(person)
        return cls(index.userids[person], index.names[person], paths, title, number, mobile_end(mobile))


class Found:
    """
    The result of matching.

    Args:
        frame: The list.
        people: The directory.
        by: The column of each kind of evidence.
        accept: As for `match_people`.

    Attributes:
        frame: As above.
        people: As above.
        by: As above.
        accept: As above.
        matched: The list with userids, as `DingTalk.match` returns it.
        settled: The same with the choices remembered for the list.
        queue: The positions of the rows that need a choice.
    """

    def __init__(
        self, frame: pd.DataFrame, people: pd.DataFrame, by: Mapping[str, object], accept: Sequence[str]
    ) -> None:
        self.frame, self.people, self.by, self.accept = frame, people, by, tuple(accept)
        self._matches: Matches = find_matches(frame, people, by, self.accept)
        self.matched = self._matches.to_frame()
        self._search: PeopleSearch | None = None
        self.settle(self.matched)

    def settle(self, settled: pd.DataFrame) -> None:
        """Set the list with remembered choices."""
        self.settled = settled
        self._labels: list[str] = settled["match"].tolist()
        self._is_open = settled["userid"].isna().tolist()
        self.queue = sorted(
            (at for at, is_open in enumerate(self._is_open) if is_open), key=lambda at: OPEN.index(self._labels[at])
        )

    @property
    def counts(self) -> Counter[str]:
        """The number of rows with each result."""
        return Counter(self._labels)

    @property
    def matched_rows(self) -> int:
        """The number of rows with a userid."""
        return len(self._is_open) - len(self.queue)

    @property
    def remembered(self) -> list[int]:
        """The positions of the rows with remembered choices."""
        return [at for at, label in enumerate(self._labels) if label == CHOSEN]

    def is_open(self, position: int) -> bool:
        """Return whether a row has no userid."""
        return bool(self._is_open[position])

    def result(self, position: int) -> str:
        """Return the result of a row."""
        return self._labels[position]

    def reason(self, position: int) -> Words:
        """Return why a row has its result."""
        if not self.is_open(position):
            return str(self.settled["reason"].iloc[position])
        # A note about a remembered choice that no longer applies follows the reason.
        before, now = (str(frame["reason"].iloc[position]) for frame in (self.matched, self.settled))
        return sentences(self._decision(position).reason, now.removeprefix(before).strip())

    def candidates(self, position: int) -> list[Candidate]:
        """Return the candidates for a row."""
        return [
            Candidate.of(self._matches.index, candidate)
            for candidate in self._decision(position).candidates[:MAX_CANDIDATES]
        ]

    def others(self, query: str) -> list[Candidate]:
        """Return people of the directory whose details contain a text."""
        if self._search is None:
            self._search = PeopleSearch(self.people)
        return [self.person(userid) for userid in self.people["userid"].iloc[self._search.find(query)[:MAX_CANDIDATES]]]

    def person(self, userid: str) -> Candidate:
        """Return a person of the directory."""
        return Candidate.of(self._matches.index, self._matches.index.userids.index(userid))

    def label(self, position: int) -> object:
        """Return the index label of a row, as a Python value if possible."""
        label: object = self.frame.index[position]
        plain = getattr(label, "item", None)
        return plain() if callable(plain) else label

    def label_in_code(self, position: int) -> object:
        """Return the label of a row in code, where files are indexed from 0 and not by line."""
        return position if is_indexed_by_line(self.frame) else self.label(position)

    def _decision(self, position: int) -> Decision:
        return self._matches.decision(position)


@dataclass(frozen=True, slots=True)
class SettledRows(FoundRows):
    """The rows with a choice, by page."""

    rows_a_page: ClassVar[int] = 8


@dataclass(frozen=True, slots=True)
class NamesState:
    """
    The state of the form.

    Attributes:
        is_open: Whether it is shown.
        columns: The position of the column of each kind of evidence; kinds without one are missing.
        list_name: The name under which choices are remembered; empty to remember nothing.
        accepts_name: Whether a name alone is accepted.
        found: The result of matching; None before.
        choices: The userid chosen for each row, by position; `LEFT_OUT` for rows that are left out.
        at: The place of the shown row in the queue.
        query: The text by which other people are searched; empty for none.
        round: Increases with each change of that text that was not typed.
        page: The page of rows with a choice, from 0.
        used: The number of recipients with a userid; 0 for none, or if another list was taken since.
        without_person: The number of rows of that list without a userid.
        progress: The progress, as text; empty if nothing is in progress.
        share: The share that was read, from 0 to 1; None if unknown.
        failure: The last error; None if there was none.
    """

    is_open: bool = False
    columns: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    list_name: str = ""
    accepts_name: bool = False
    found: Found | None = None
    choices: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))
    at: int = 0
    query: str = ""
    round: int = 0
    page: int = 0
    used: int = 0
    without_person: int = 0
    progress: str = ""
    share: float | None = None
    failure: Failure | None = None


class NamesModel(Model[NamesState]):
    """
    Matches the rows of the list with people.

    Args:
        compose: The model of the message and its recipients.
        took: Called in a separate thread with the matched list, and a function that returns the code to match it.
    """

    def __init__(self, compose: "ComposeModel", took: Callable[[pd.DataFrame, Reader], None]) -> None:
        super().__init__(NamesState(), compose.clock)
        self._compose = compose
        self._took = took
        self._base: Source | None = None
        self._frame = compose.frame
        self._is_cancelled = False

    @property
    def before(self) -> tuple[pd.DataFrame, Source] | None:
        """The list that was matched, and where it comes from; None if the recipients are not a matched list."""
        return None if self._base is None else (self._frame, self._base)

    def turn(self) -> None:
        """Show the form, or hide it."""
        is_open = not self.state.is_open
        if is_open:
            self._follow_list()
        self._show(is_open=is_open, failure=None)

    def take_again(self, frame: pd.DataFrame, read_by: Reader) -> None:
        """Show a list that another process has matched; the studio's current list is the matched one."""
        base = Source(frame)
        base.read_by = read_by
        self._start(frame, base)

    def start_over(self) -> None:
        """Start over with the studio's current list; the form opens if no column identifies people."""
        self._start(self._compose.frame, None)

    def _start(self, frame: pd.DataFrame, base: Source | None) -> None:
        self._frame, self._base = frame, base
        recipients = self._compose.recipients
        named = {kind: self._usual(kind) for kind in KINDS}
        columns = MappingProxyType({kind: at for kind, at in named.items() if at >= 0})
        report = frame.attrs.get(ATTRS_KEY, {})
        is_open = bool(len(frame)) and not recipients.kinds(self._compose.state.recipient_choice)
        list_name = str(report.get("file", "")) or self._compose.source.name
        self._show(**_fields(NamesState(is_open=is_open, columns=columns, list_name=list_name)))

    def columns_offered(self) -> list[tuple[str, list[tuple[int, str]]]]:
        """Return the kinds of evidence to choose columns for, each with the columns that can be chosen."""
        labels = self._columns_of_list()
        return [(kind, labels) for at, kind in enumerate(KINDS) if at < ALWAYS_OFFERED or kind in self.state.columns]

    def choose_column(self, kind: str, position: int) -> None:
        """Choose the column of a kind of evidence; -1 for none."""
        with self._lock:
            columns = {other: at for other, at in self.state.columns.items() if other != kind}
            if position >= 0:
                columns[kind] = position
            if not self.is_busy and columns != dict(self.state.columns):
                self._show(columns=MappingProxyType(columns), **_NOTHING_FOUND)
                return
        self._notify()

    def name_list(self, name: str) -> None:
        """Set the name under which choices are remembered."""
        with self._lock:
            name, is_found = name.strip(), self.state.found is not None
            if self.is_busy or name == self.state.list_name:
                self._notify()
                return
            self._show(list_name=name)
        if is_found:
            self.find()

    def accept_names(self, *, accepts: bool) -> None:
        """Accept all matches by name alone, or none."""
        if accepts != self.state.accepts_name:
            self.find(accepts=accepts)

    def find(self, *, refresh: bool = False, accepts: bool | None = None) -> None:
        """
        Match the rows with people, reading the directory if necessary.

        Args:
            refresh: Whether to read the directory again.
            accepts: Whether to accept a name alone; None keeps the current choice.
        """
        with self._lock:
            if self.is_busy:
                self._notify()
                return
            self._is_cancelled = False
            self._follow_list()
            accepts = self.state.accepts_name if accepts is None else accepts
            work = partial(self._find, self._frame, refresh=refresh, accepts=accepts)
            self._start_work(work, progress=say("names_form.matching"), share=None, failure=None)

    def cancel(self) -> None:
        """Stop reading the directory."""
        self._is_cancelled = self.is_busy

    def queue(self) -> list[int]:
        """Return the positions of the rows that are still unclear."""
        found = self.state.found
        return [] if found is None else [at for at in found.queue if at not in self.state.choices]

    def shown_row(self) -> int:
        """Return the position of the row that is shown; -1 if no row is unclear."""
        queue = self.queue()
        return queue[min(self.state.at, len(queue) - 1)] if queue else -1

    def step(self, by: int) -> None:
        """Show another row that is unclear."""
        with self._lock:
            last = max(len(self.queue()) - 1, 0)
            self._show_row(min(max(min(self.state.at, last) + by, 0), last))

    def search(self, query: str) -> None:
        """Search the directory for other people than the candidates."""
        self._show(query=query.strip())

    def candidates(self) -> list[Candidate]:
        """Return the candidates for the shown row, and the people found by the search."""
        found, row = self.state.found, self.shown_row()
        if found is None or row < 0:
            return []
        others = found.others(self.state.query) if self.state.query else []
        return list(dict.fromkeys([*found.candidates(row), *others]))

    def choose(self, position: int, userid: str) -> None:
        """Choose a person for a row, or leave the row out."""
        with self._lock:
            found = self.state.found
            if found is not None and found.is_open(position):
                self._show(choices=MappingProxyType({**self.state.choices, position: userid}), used=0)
                self._show_row(min(self.state.at, max(len(self.queue()) - 1, 0)))

    def settled(self) -> SettledRows:
        """Return the rows with a choice, new or remembered, the newest first."""
        found = self.state.found
        positions = [] if found is None else [*reversed(self.state.choices), *found.remembered]
        return SettledRows(len(positions), "", pd.Series(positions, dtype="int64").to_numpy()).turned_to(
            self.state.page
        )

    def turn_to(self, page: int) -> None:
        """Show a page of the rows with a choice."""
        self._show(page=page)

    def take_back(self, position: int) -> None:
        """Undo the choice for a row, or forget the remembered one."""
        found = self.state.found
        if found is None:
            return
        if position in self.state.choices:
            choices = {at: userid for at, userid in self.state.choices.items() if at != position}
            self._show(choices=MappingProxyType(choices), used=0)
        elif position in found.remembered:
            self._start_work(lambda: self._forget(found, position), progress=say("names_form.forgetting"))

    def use(self) -> None:
        """Make the matched list the recipients, and store the choices."""
        with self._lock:
            if not self.is_busy:
                self._start_work(self._use, progress=say("names_form.matching"), share=None, failure=None)

    @property
    def rows_with_person(self) -> int:
        """The number of rows with a userid, including new choices."""
        found = self.state.found
        return 0 if found is None else found.matched_rows + sum(bool(choice) for choice in self.state.choices.values())

    @property
    def left_out_rows(self) -> int:
        """The number of rows that are left out."""
        return sum(choice == LEFT_OUT for choice in self.state.choices.values())

    @property
    def unclear(self) -> Counter[str]:
        """The number of rows that are still unclear, by their result."""
        found = self.state.found
        return Counter() if found is None else Counter(map(found.result, self.queue()))

    def _follow_list(self) -> None:
        """Start over if the studio has another list now, for example after a change in the notebook."""
        if self._base is None and self._frame is not self._compose.frame:
            self.start_over()

    def _usual(self, kind: str) -> int:
        named = (at for at, label in self._columns_of_list() if canonical_name(label) == kind)
        return next(named, -1)

    def _columns_of_list(self) -> list[tuple[int, str]]:
        labels: list[object] = [*self._frame.columns.tolist()]
        is_twice = self._frame.columns.duplicated(keep=False)
        return [(at, label) for at, label in enumerate(labels) if isinstance(label, str) and not is_twice[at]]

    def _show_row(self, at: int) -> None:
        self._show(at=at, query="", round=self.state.round + 1)

    def _find(self, frame: pd.DataFrame, *, refresh: bool, accepts: bool) -> None:
        if not set(self.state.columns) - {"department"}:
            raise InputError(Text("names_form.no_columns"), Text("names_form.no_columns_todo"))
        by = {kind: frame.columns[at] for kind, at in self.state.columns.items()}
        before = self.state.found
        with progress_shown_by(StateDisplay(self._show_progress)):
            people = before.people if before is not None and not refresh else None
            if people is None:
                people = self._compose.ding.people(everybody=True, refresh=refresh)
            self._show(progress=say("names_form.matching"), share=None)
            found = Found(frame, people, by, ["name"] if accepts else [])
            self._apply_remembered(found)
        known = set(people["userid"])
        with self._lock:
            # Another list may have been taken meanwhile.
            if frame is self._frame:
                kept = {
                    at: userid
                    for at, userid in self.state.choices.items()
                    if found.is_open(at) and (userid == LEFT_OUT or userid in known)
                }
                self._show(
                    **{**_NOTHING_FOUND, "found": found, "choices": MappingProxyType(kept), "accepts_name": accepts}
                )

    def _apply_remembered(self, found: Found) -> None:
        if self.state.list_name:
            settled = self._compose.ding.choose(found.matched, name=self.state.list_name, people=found.people)
            found.settle(settled)

    def _forget(self, found: Found, position: int) -> None:
        choices = match_choices_of(self._compose.ding)
        choices.forget_rows(found.matched, [found.label(position)], found.people, self.state.list_name)
        self._apply_remembered(found)
        self._show(found=found, used=0)

    def _use(self) -> None:
        found, choices, name = self.state.found, self.state.choices, self.state.list_name
        if found is None or not self.rows_with_person:
            raise InputError(Text("names_form.nobody"), Text("names_form.nobody_todo"))
        chosen = {found.label(at): userid for at, userid in choices.items() if userid}
        left_out = [found.label(at) for at, userid in choices.items() if not userid]
        for label in left_out:
            find_row_by_label(found.frame, label)
        frame, is_chosen = found.matched, bool(chosen or found.remembered)
        if is_chosen:
            frame = self._compose.ding.choose(frame, chosen or None, name=name or None, people=found.people)
        if left_out:
            frame = frame.drop(left_out)
        if found.frame is not self._frame:
            return
        if self._base is None:
            self._base = copy.copy(self._compose.source)
        base, code = self._base, _Code(found, choices, name, is_chosen=is_chosen)
        self._took(frame, lambda made, app: code.lines(base, made, app))
        used = int(frame["userid"].notna().sum())
        self._show(used=used, without_person=len(frame) - used, is_open=False)

    def _show_progress(self, progress: str, share: float | None) -> None:
        if self._is_cancelled:
            raise InputError(Text("directory_form.cancelled"), Text("directory_form.cancelled_todo"))
        self._show(progress=progress, share=share)

    def _ended(self) -> None:
        self._show(progress="", share=None)


_NOTHING_FOUND: Final[Mapping[str, Any]] = MappingProxyType(
    {"found": None, "choices": MappingProxyType({}), "at": 0, "query": "", "page": 0, "used": 0}
)
"""The fields of the state before matching."""


@dataclass(frozen=True, slots=True)
class _Code:
    """
    The Python equivalent to the actions in the form.

    Attributes:
        found: The result of matching.
        choices: The userid chosen for each row, by position; `LEFT_OUT` for rows that are left out.
        name: The name of the list; may be empty.
        is_chosen: Whether people were chosen, now or earlier.
    """

    found: Found
    choices: Mapping[int, str]
    name: str
    is_chosen: bool = field(kw_only=True)

    def lines(self, base: Source, frame: str, app: str) -> list[str]:
        """Return the statements; the list comes from `base`, and is called `frame` afterwards."""
        given, lines = base.find_name(), list[str]()
        if not given:
            given = frame
            lines += [to_set(frame, "frame")] if base.read_by is None else base.read_by(frame, app)
        accept = {} if not self.found.accept else {"accept": self.found.accept[0]}
        lines.append(call(f"{frame} = {app}.match", given, by=self._by(), **accept))
        written = {at: literal(self.found.label_in_code(at)) for at in self.choices}
        if self.is_chosen:
            pairs = [f"{written[at]}: {literal(choice)}" for at, choice in self.choices.items() if choice]
            chosen = [f"{{{', '.join(pairs)}}}"] if pairs else []
            lines.append(call(f"{frame} = {app}.choose", frame, *chosen, **({"name": self.name} if self.name else {})))
        left_out = [written[at] for at, choice in self.choices.items() if not choice]
        if left_out:
            lines.append(f"{frame} = {frame}.drop([{', '.join(left_out)}])")
        return lines

    def _by(self) -> object:
        """Return the argument `by`: the kinds alone if their columns have the usual names."""
        kinds = [kind for kind in KINDS if kind in self.found.by]
        try:
            is_usual = evidence_columns(self.found.frame, kinds) == dict(self.found.by)
        except ColumnError:
            is_usual = False
        if is_usual:
            return kinds
        return {kind: self.found.by[kind] for kind in kinds}


def _fields(state: NamesState) -> dict[str, object]:
    return {name: getattr(state, name) for name in NamesState.__dataclass_fields__}

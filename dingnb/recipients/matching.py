"""
Matches the rows of a table with people in the directory.

If the evidence of a row fits several people, nobody is chosen: the row gets no userid, and its reason lists the
candidates.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Final

import numpy as np
import pandas as pd

from dingnb.clock import Clock
from dingnb.display import RowProgress
from dingnb.errors import ColumnError, InputError
from dingnb.errors.arguments import short_repr
from dingnb.recipients.addresses import address_column, check_dataframe, column_of, levels_todo
from dingnb.recipients.evidence import KINDS, Evidence, TableEvidence
from dingnb.recipients.exact_matches import find_exact_matches
from dingnb.recipients.people_index import ORIGIN, PeopleIndex, is_partial_directory, origin_of
from dingnb.recipients.row_matcher import REPEATED, Decision, RowMatcher
from dingnb.tables.factorize import BoolArray, IntArray
from dingnb.tables.frame_report import ATTRS_KEY, report_of
from dingnb.tables.headers import canonical_name
from dingnb.words import Text, count, listed
from dingnb.words.literals import literal

ACCEPT_VALUES: Final = ("name", "below", "repeated")
"""Values of `accept`: a name alone; a department above the person's; several rows for one person."""

ADDED_COLUMNS: Final = ("userid", "match", "reason")
"""The columns that `match_people` adds."""

MATCHED_COLUMNS: Final = "match"
"""Key in the report of a frame (`ATTRS_KEY`) for the column of each kind of evidence."""

_ROWS_PER_UPDATE = 1_000


def match_people(
    frame: pd.DataFrame,
    people: pd.DataFrame,
    by: str | Sequence[str] | Mapping[str, object],
    accept: str | Sequence[str] = (),
    *,
    clock: Clock | None = None,
) -> pd.DataFrame:
    """
    Match each row with a person in the directory.

    Names are compared regardless of width, blanks, case and dots, and traditional characters equal simplified
    characters; the reason says which rule was needed. ``张伟（财务）`` is 张伟 of the department 财务; the number in
    ``张伟2`` is a hint. A department is given by its name, its path or the end of its path.

    Args:
        frame: The rows; the frame is not changed.
        people: The whole directory, as `DingTalk.people` returns it; a part may lack namesakes in other departments.
        by: The evidence to compare: ``userid``, ``mobile``, ``job_number``, ``email``, ``name`` and ``department``,
            found in the columns with these or other common names. Or a mapping of evidence to columns:
            ``{"name": "收款人"}``. All evidence of a row has to agree; a blank cell is not evidence.
        accept: ``"name"`` accepts a name that one person of the directory has, although the app may not see everybody
            with this name; ``"below"`` accepts a department above the person's; ``"repeated"`` accepts that several
            rows mean one person by name, although the rows could mean several people of whom the app sees only one.
        clock: The clock for the progress display; None is the system clock.

    Returns:
        The rows in their order, with their index, and three columns (str): `userid`, NA unless the row means one
        person beyond doubt; `match`: ``userid``, ``mobile``, ``job_number``, ``email`` or ``name and department``, by
        which the person was found, ``name only``, ``several`` (candidates), ``repeated`` (several rows of one person by
        name), ``conflict`` (evidence that contradicts itself) or ``none``; `reason`: the evidence, the rules, and the
        candidates with what distinguishes them.

    Raises:
        InputError: An argument is not valid.
        ColumnError: A column is missing or duplicated, or a column of the result exists already. Only the columns of an
            earlier result, and a column ``userid`` that is evidence, are replaced.

    >>> staff = pd.DataFrame({"姓名": ["張偉", "李娜"], "部门": ["财务部", "财务部"]})
    >>> people = pd.DataFrame({"userid": ["w1", "w2"], "name": ["张伟", "张伟"], "department": ["财务部", "销售部"]})
    >>> match_people(staff, people, by=["name", "department"])[["userid", "match"]].values.tolist()
    [['w1', 'name and department'], [nan, 'none']]
    """
    return find_matches(frame, people, by, accept, clock=clock).to_frame()


def find_matches(
    frame: object, people: object, by: object, accept: object = (), *, clock: Clock | None = None
) -> "Matches":
    """
    Return the matches of `match_people`, showing progress if matching takes long.

    Raises:
        InputError, ColumnError: As for `match_people`.
    """
    table, columns, accepted = check_matchable(frame, by, accept)
    index = PeopleIndex(people)
    if "name" in columns and isinstance(people, pd.DataFrame) and is_partial_directory(people):
        raise InputError(Text("match.partial_people"), Text("match.partial_people_todo"))
    cells = {kind: column_of(table, label) for kind, label in columns.items()}
    rows = TableEvidence(cells, len(table), index.is_department)
    origin = origin_of(people) if isinstance(people, pd.DataFrame) else None
    with RowProgress("progress.matching", len(table), clock=clock) as progress:
        return Matches(table, columns, rows, index, frozenset(accepted), progress, origin)


def check_matchable(
    frame: object, by: object, accept: object = ()
) -> tuple[pd.DataFrame, dict[str, object], Sequence[str]]:
    """
    Check the arguments of `match_people` except the directory; return the table, the evidence columns and `accept`.

    Raises:
        InputError, ColumnError: As for `match_people`.
    """
    table = check_dataframe(frame)
    columns = evidence_columns(table, by)
    _check_result_columns(table, columns)
    for label in columns.values():
        column_of(table, label)
    return table, columns, _read_accept(accept)


def evidence_columns(frame: pd.DataFrame, by: object) -> dict[str, object]:
    """
    Return the column of each kind of evidence, in the order of `KINDS`.

    Raises:
        InputError: `by` names no evidence, or evidence that identifies nobody; or the columns have several levels.
        ColumnError: A column is missing, or several columns have a usual name of one kind of evidence.
    """
    columns: dict[str, object] = {}
    for name in [by] if isinstance(by, str) else by if isinstance(by, list | tuple | Mapping) else []:
        kind = "" if not isinstance(name, str) else name if name in KINDS else canonical_name(name)
        if kind not in KINDS or kind in columns:
            raise InputError(
                Text("match.bad_by", value=short_repr(name)), Text("match.by_todo", kinds=", ".join(KINDS))
            )
        if isinstance(by, Mapping):
            columns[kind] = by[name]
        elif frame.columns.nlevels > 1:
            columns[kind] = name
        else:
            columns[kind] = name if name != kind and name in frame.columns else _usual_column(frame, kind)
    if not set(columns) - {"department"}:
        raise InputError(Text("match.bad_by", value=short_repr(by)), Text("match.by_todo", kinds=", ".join(KINDS)))
    if frame.columns.nlevels > 1:
        raise InputError(Text("match.levels"), levels_todo(frame, [kind for kind in KINDS if kind in columns], "by"))
    return {kind: columns[kind] for kind in KINDS if kind in columns}


class Matches:
    """
    The matches of the rows of a table.

    Args:
        frame: The table.
        columns: The column of each kind of evidence.
        rows: The evidence in the table.
        index: The directory.
        accepted: The members of `ACCEPT_VALUES` that apply.
        progress: Shows how many rows were compared.
        origin: The connection whose directory has the userids; None if unknown.
    """

    def __init__(
        self,
        frame: pd.DataFrame,
        columns: Mapping[str, object],
        rows: TableEvidence,
        index: PeopleIndex,
        accepted: frozenset[str],
        progress: RowProgress,
        origin: Mapping[str, str] | None,
    ) -> None:
        self._frame, self._columns, self._rows, self.index = frame, columns, rows, index
        self._accepted, self._origin = accepted, origin
        self._matcher = RowMatcher(index, accepted)
        self._exact = find_exact_matches(rows, index, accepts_name="name" in accepted)
        self.people = self._exact.people.copy()
        """The position in the directory of each row's person; negative if nobody was chosen."""
        self._decisions_by_evidence: dict[Evidence, Decision] = {}
        self._decisions: dict[int, Decision] = {}
        unclear = np.flatnonzero((self.people < 0) & (self._exact.unaccepted_people < 0)).tolist()
        for done, row in enumerate(unclear, len(frame) - len(unclear)):
            decision = self._decisions[row] = self._decide(rows.evidence(row))
            self.people[row] = decision.person
            if done % _ROWS_PER_UPDATE == 0:
                progress.show(done)
        if unclear:
            progress.show(len(frame))
        self._is_weak = self._exact.is_weak.copy()
        for row, decision in self._decisions.items():
            self._is_weak[row] = decision.person >= 0 and decision.is_weak
        self._people_before_withdrawal = self.people.copy()
        for row, decision in self._find_withdrawn(self.people, self._is_weak).items():
            self._decisions[row], self.people[row] = decision, -1

    def to_frame(self, render: Callable[[Text], str] = str) -> pd.DataFrame:
        """Return the table with the columns `ADDED_COLUMNS`; `render` renders the reasons."""
        labels, reasons = self._exact.labels_and_reasons(render)
        texts: dict[int, str] = {}
        for row, decision in self._decisions.items():
            if id(decision) not in texts:
                texts[id(decision)] = render(decision.reason)
            labels[row], reasons[row] = decision.match, texts[id(decision)]
        userids = np.array([*self.index.userids, np.nan], dtype=object)[np.maximum(self.people, -1)]
        values = dict(zip(ADDED_COLUMNS, (userids, labels, reasons), strict=True))
        result = self._frame.assign(**{name: pd.array(column, dtype="str") for name, column in values.items()})
        report = {**report_of(result), MATCHED_COLUMNS: dict(self._columns)}
        report.pop(ORIGIN, None)
        result.attrs[ATTRS_KEY] = report | ({ORIGIN: self._origin} if self._origin else {})
        return result

    def evidence(self, row: int) -> Evidence:
        """Return the evidence of a row."""
        return self._rows.evidence(row)

    def decision(self, row: int) -> Decision:
        """Return the decision for a row."""
        return self._decisions[row] if row in self._decisions else self._decide(self.evidence(row))

    def can_accept_name(self, row: int) -> bool:
        """Return whether a row without a person gets a person if matches by name alone are accepted."""
        return row in self._acceptable_rows

    @cached_property
    def _acceptable_rows(self) -> set[int]:
        """The rows without a person that get a person if matches by name alone are accepted."""
        named = self._exact.unaccepted_people.copy()
        for row, decision in self._decisions.items():
            if decision.reason.mentions("match.name_only"):
                [named[row]] = decision.candidates
        is_named = named >= 0
        people: IntArray = np.where(is_named, named, self._people_before_withdrawal)
        withdrawn = self._find_withdrawn(people, self._is_weak | is_named)
        return set(np.flatnonzero(is_named).tolist()) - withdrawn.keys()

    def _decide(self, evidence: Evidence) -> Decision:
        decision = self._decisions_by_evidence.get(evidence)
        if decision is None:
            decision = self._decisions_by_evidence[evidence] = self._matcher.decide(evidence)
        return decision

    def _find_withdrawn(self, people: IntArray, is_weak: BoolArray) -> dict[int, Decision]:
        """
        Return the decisions that withdraw people who were matched by name with several rows.

        The app may see only one of several namesakes. If repeated rows are accepted, only the people of rows that the
        list distinguishes are withdrawn: 张伟1 and 张伟2, or two job numbers.
        """
        counts = np.bincount(people[people >= 0], minlength=len(self.index.userids))
        repeated = np.unique(people[is_weak][counts[people[is_weak]] > 1])
        rows_of: dict[int, list[int]] = {}
        for row in np.flatnonzero(np.isin(people, repeated)).tolist():
            rows_of.setdefault(int(people[row]), []).append(row)
        withdrawn: dict[int, Decision] = {}
        for person, rows in rows_of.items():
            who = self.index.describe(person)
            if self._matcher.are_distinguished([self.evidence(row) for row in rows], person):
                decision = Decision.conflict(Text("match.one_for_several", who=who), [person])
            elif "repeated" not in self._accepted:
                reason = Text("match.repeated", rows=count("row", len(rows)), who=who)
                decision = Decision(REPEATED, reason, -1, (person,))
            else:
                continue
            withdrawn |= {row: decision for row in rows if is_weak[row]}
        return withdrawn


def _usual_column(frame: pd.DataFrame, kind: str) -> object:
    try:
        return address_column(frame, kind, {})
    except ColumnError as error:
        # The hint for addresses names another argument.
        raise ColumnError(error.text, Text("match.column_todo", kind=kind)) from None


def _read_accept(accept: object) -> Sequence[str]:
    values = (accept,) if isinstance(accept, str) else accept
    if not isinstance(values, list | tuple | set | frozenset) or any(
        not isinstance(value, str) or value not in ACCEPT_VALUES for value in values
    ):
        raise InputError(Text("argument.kind", name="accept", value=short_repr(accept)), Text("match.accept_todo"))
    return tuple(values)


def _check_result_columns(frame: pd.DataFrame, columns: Mapping[str, object]) -> None:
    """
    Check that the result overwrites no column of the table.

    The columns of an earlier result, and a column ``userid`` that is evidence, may be overwritten.
    """
    if MATCHED_COLUMNS in report_of(frame):
        return
    userid_column = columns.get("userid")
    existing = [
        name for name in ADDED_COLUMNS if name in frame.columns and not (name == "userid" and userid_column == "userid")
    ]
    if existing:
        raise ColumnError(
            Text("match.columns_exist", columns=listed(existing)),
            Text("match.columns_exist_todo", columns=f"[{', '.join(map(literal, existing))}]"),
        )

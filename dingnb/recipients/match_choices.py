"""Applies a user's choices to rows that matching left open; the ledger remembers them for each list."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import numpy as np
import pandas as pd

from dingnb.clock import BEIJING, NS_PER_S
from dingnb.errors import InputError
from dingnb.errors.arguments import read_name, short_repr
from dingnb.ledger import Ledger, Realm
from dingnb.ledger.contacts import match_choices
from dingnb.ledger.contacts.match_choices import MatchChoice
from dingnb.recipients.addresses import check_dataframe
from dingnb.recipients.matching import ADDED_COLUMNS, MATCHED_COLUMNS, Matches, evidence_columns, find_matches
from dingnb.recipients.person_names import PersonName, fold_department
from dingnb.recipients.row_matcher import CONFLICT, NAME_ONLY
from dingnb.tables.frame_report import ATTRS_KEY, report_of
from dingnb.tables.ids import read_userid
from dingnb.tables.row_labels import find_row, row_name
from dingnb.words import Text, listed_briefly, sentences

CHOSEN: Final = "chosen"
"""The text of the column `match` for rows with a choice."""

LEFT_OUT: Final = "left out"
"""The text of the column `match` for rows that the user left out."""


class MatchChoices:
    """
    The choices for rows that matching left open.

    A choice for a named list is stored with a hash of the row's evidence. The choice is applied again only while the
    row has the same candidates, and the list has the same number of rows with this evidence: otherwise, the row may
    mean somebody else.

    Args:
        ledger: The ledger with the choices.
        realm: The app and its mode.
        now_ns: Returns the current time.
    """

    def __init__(self, ledger: Ledger, realm: Realm, now_ns: Callable[[], int]) -> None:
        self._ledger = ledger
        self._realm = realm
        self._now_ns = now_ns

    def choose(
        self,
        matched: pd.DataFrame,
        choices: Mapping[Any, object] | None,
        people: pd.DataFrame,
        *,
        name: str | None = None,
        by: object = None,
        notify: Callable[[Text], None] | None = None,
    ) -> pd.DataFrame:
        """
        Return a matched table with the userids that were chosen, now or earlier for the same list.

        Args:
            matched: What `match_people` returned, which is not changed.
            choices: The chosen userids by index label: a candidate of the row, or anybody else in the directory, or
                ``"left out"`` to leave the row out. None applies only remembered choices.
            people: The directory with which the table was matched.
            name: The name of the list, under which choices are remembered; None remembers nothing.
            by: As for `match_people`; needed only if the table has lost its attributes, as after a merge.
            notify: Called with a warning if people were chosen now for rows with another name.

        Returns:
            The rows in their order, with their index. Rows with a choice have the chosen `userid`, and ``chosen`` as
            `match`; rows that are left out have no `userid`, and ``left out`` as `match`. A choice is preferred to a
            match by name alone.

        Raises:
            InputError: An argument is invalid, the table was not matched, a label does not identify one row, the row
                with a label is matched already, or the directory does not have a userid. No choice was stored.
            LedgerError: The ledger cannot be read or written.
        """
        table = check_matched(matched)
        list_name = None if name is None else read_name(name, "match.bad_list")
        columns = _evidence_columns(table, by)
        results = _MatchResults.of(table)
        is_open = results.are_open()
        requested, stored = _read_choices(choices), self._stored_choices(list_name)
        # Any row can be left out, and stays left out even if matching finds a person by now.
        leaves_out = not all([*requested.values(), *(choice.userid for choice in stored.values())])
        rows = list(range(len(table))) if leaves_out else np.flatnonzero(is_open).tolist()
        open_rows = _OpenRows.of(table, rows, people, columns)
        for label, userid in requested.items():
            row = find_row_by_label(table, label)
            if userid and not is_open[row]:
                what = Text("match.already", label=label, userid=results.userids[row])
                raise InputError(what, Text("match.already_todo"))
            open_rows.choose(row, label, userid)
        for row in rows:
            if row in open_rows.chosen:
                results.choose(row, open_rows.chosen[row], open_rows.reason(row))
            elif results.labels[row] != CHOSEN and (choice := stored.get(open_rows.digest(row))) is not None:
                if choice.userid and not is_open[row]:
                    continue
                if open_rows.is_current(row, choice):
                    results.choose(row, choice.userid, open_rows.reason(row, choice))
                else:
                    results.reopen(row, choice)
        others = open_rows.describe_others(table.index)
        if notify is not None and others:
            notify(Text("match.others_note", who=listed_briefly(others, "row")))
        if list_name is not None and open_rows.chosen:
            choices_to_keep, digests_to_drop = open_rows.choices_to_store(results.decisions(), self._now_ns())
            match_choices.store(self._ledger, self._realm, list_name, choices_to_keep, digests_to_drop)
        result = results.assign_to(table)
        result.attrs[ATTRS_KEY] = {MATCHED_COLUMNS: columns, **report_of(result)}
        return result

    def names(self) -> list[str]:
        """Return the names of the lists that have choices."""
        with self._ledger.connection() as db:
            return match_choices.names(db, self._realm)

    def forget_rows(self, matched: pd.DataFrame, labels: Sequence[object], people: pd.DataFrame, name: str) -> None:
        """
        Forget the choices for some rows of a list.

        Args:
            matched: What `match_people` returned.
            labels: The index labels of the rows.
            people: The directory with which the table was matched.
            name: The name of the list.

        Raises:
            InputError: The name is invalid, the table was not matched or has lost its attributes, or a label does not
                identify one row.
            LedgerError: The ledger cannot be written.
        """
        table, list_name = check_matched(matched), read_name(name, "match.bad_list")
        columns = _evidence_columns(table, None)
        rows = [find_row_by_label(table, label) for label in labels]
        open_rows = _OpenRows.of(table, rows, people, columns)
        match_choices.store(self._ledger, self._realm, list_name, (), [open_rows.digest(row) for row in rows])

    def forget(self, name: str) -> int:
        """
        Forget the choices of a list, and return how many there were.

        Raises:
            InputError: The name is invalid.
            LedgerError: The ledger cannot be written.
        """
        return match_choices.delete(self._ledger, self._realm, read_name(name, "match.bad_list"))

    def _stored_choices(self, name: str | None) -> dict[str, MatchChoice]:
        if name is None:
            return {}
        with self._ledger.connection() as db:
            return match_choices.find(db, self._realm, name)


@dataclass(slots=True)
class _MatchResults:
    """
    The columns that matching has added to a table, as lists.

    Attributes:
        userids: The column `userid`; None for rows without a userid.
        labels: The column `match`.
        reasons: The column `reason`.
    """

    userids: list[str | None]
    labels: list[Any]
    reasons: list[Any]

    @classmethod
    def of(cls, table: pd.DataFrame) -> "_MatchResults":
        """Return the results in a matched table."""
        userids = table["userid"].astype(object).where(table["userid"].notna(), None).tolist()
        return cls(userids, table["match"].tolist(), table["reason"].tolist())

    def are_open(self) -> list[bool]:
        """Return for each row whether a person can be chosen: nobody was matched by more than a name."""
        # A name alone may have been accepted since a choice was made.
        return [self._is_open(row) for row in range(len(self.userids))]

    def _is_open(self, row: int) -> bool:
        return self.userids[row] is None or self.labels[row] in {CHOSEN, NAME_ONLY}

    def choose(self, row: int, userid: str, reason: Text) -> None:
        """Set the person chosen for a row; an empty userid leaves the row out."""
        self.userids[row], self.labels[row] = (userid, CHOSEN) if userid else (None, LEFT_OUT)
        self.reasons[row] = str(reason)

    def reopen(self, row: int, choice: MatchChoice) -> None:
        """Leave a row without a person, since an earlier choice no longer applies and has to be made again."""
        key = "match.choose_again" if choice.userid else "match.leave_out_again"
        again = Text(key, userid=choice.userid, date=_format_day(choice.chosen_ns))
        if not self._is_open(row):
            self.labels[row] = CONFLICT
        self.userids[row], self.reasons[row] = None, f"{self.reasons[row]} {again}"

    def decisions(self) -> list[str | None]:
        """Return the userid of each row: empty for rows that are left out, None for open rows."""
        return ["" if label == LEFT_OUT else userid for userid, label in zip(self.userids, self.labels, strict=True)]

    def assign_to(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return the table with the results."""
        values = dict(zip(ADDED_COLUMNS, (self.userids, self.labels, self.reasons), strict=True))
        return table.assign(**{column: pd.array(cells, dtype="str") for column, cells in values.items()})


class _OpenRows:
    """
    The rows of a table that are open to choices.

    Args:
        matches: The matches of the open rows.
        rows: The positions of the open rows in the table.
    """

    def __init__(self, matches: Matches, rows: list[int]) -> None:
        self._matches = matches
        self._index = matches.index
        self._position_of_row = {row: position for position, row in enumerate(rows)}
        self._person_of_userid = {userid: person for person, userid in enumerate(self._index.userids)}
        self._digests = [self._digest(position) for position in range(len(rows))]
        self._counts = Counter(self._digests)
        self.chosen: dict[int, str] = {}
        """The userid that was chosen for each row; empty for rows that are left out."""

    @classmethod
    def of(
        cls, table: pd.DataFrame, rows: list[int], people: pd.DataFrame, columns: Mapping[str, object]
    ) -> "_OpenRows":
        """Return some rows of a matched table, given by position, matched again by the columns with evidence."""
        added = [column for column in ADDED_COLUMNS if column not in columns.values()]
        return cls(find_matches(table.iloc[rows].drop(columns=added), people, columns), rows)

    def choose(self, row: int, label: object, userid: str) -> None:
        """Choose a person for a row; an empty userid leaves the row out."""
        if userid and userid not in self._person_of_userid:
            candidates = [self._index.describe(candidate) for candidate in self._candidates(row)]
            who = listed_briefly(candidates, "person") if candidates else Text("match.no_candidates")
            raise InputError(
                Text("match.chosen_unknown", userid=userid, label=label), Text("match.chosen_unknown_todo", who=who)
            )
        self.chosen[row] = userid

    def digest(self, row: int) -> str:
        """Return the hash of a row's evidence; empty for a row without evidence."""
        return self._digests[self._position_of_row[row]]

    def is_current(self, row: int, choice: MatchChoice) -> bool:
        """Return whether a choice still applies: neither its person, the candidates nor the row count have changed."""
        return (
            (not choice.userid or choice.userid in self._person_of_userid)
            and choice.candidates == self._digest_of_candidates(row, choice.userid)
            and choice.row_count == self._counts[choice.evidence]
        )

    def reason(self, row: int, choice: MatchChoice | None = None) -> Text:
        """Return the reason for a row with a new choice or, if `choice` is given, with an earlier choice."""
        userid = self.chosen[row] if choice is None else choice.userid
        if not userid:
            if choice is None:
                return Text("match.left_out")
            return Text("match.left_out_before", date=_format_day(choice.chosen_ns))
        person = self._person_of_userid[userid]
        who = self._index.describe(person)
        outside = [Text("match.chosen_outside")] if self._is_outside(row, userid) else []
        if choice is None:
            return sentences(Text("match.chosen", who=who), *outside)
        return sentences(Text("match.chosen_before", who=who, date=_format_day(choice.chosen_ns)), *outside)

    def describe_others(self, index: pd.Index) -> list[Text]:
        """Return the rows for which somebody was chosen who is not a candidate and has another name than the row."""
        return [
            Text(
                "match.other", row=row_name(index, index[row]), who=self._index.describe(self._person_of_userid[userid])
            )
            for row, userid in self.chosen.items()
            if userid and self._is_outside(row, userid) and self._has_other_name(row, userid)
        ]

    def _has_other_name(self, row: int, userid: str) -> bool:
        key = self._matches.evidence(self._position_of_row[row]).name_key
        return bool(key) and not self._index.has_name(self._person_of_userid[userid], PersonName.of(key))

    def _is_outside(self, row: int, userid: str) -> bool:
        return self._person_of_userid[userid] not in self._candidates(row)

    def choices_to_store(self, userids: list[str | None], now_ns: int) -> tuple[list[MatchChoice], list[str]]:
        """
        Return the choices to store, and the hashes of evidence whose stored choices are to be deleted.

        A choice is stored only if all rows with its evidence have the same person, or are all left out.

        Args:
            userids: The userid of each row of the table: empty for rows that are left out, None for open rows.
            now_ns: The current time.
        """
        rows_of: dict[str, list[int]] = {}
        for row in self._position_of_row:
            rows_of.setdefault(self.digest(row), []).append(row)
        choices: list[MatchChoice] = []
        unclear_digests: list[str] = []
        for digest in dict.fromkeys(self.digest(row) for row in self.chosen):
            rows = rows_of[digest]
            chosen = {userids[row] for row in rows}
            userid = next(iter(chosen))
            if not digest or len(chosen) > 1 or userid is None:
                unclear_digests.append(digest)
            else:
                choices.append(
                    MatchChoice(digest, self._digest_of_candidates(rows[0], userid), len(rows), userid, now_ns)
                )
        return choices, unclear_digests

    def _candidates(self, row: int) -> tuple[int, ...]:
        return self._matches.decision(self._position_of_row[row]).candidates

    def _digest_of_candidates(self, row: int, chosen: str) -> str:
        """Return the hash of a row's candidates and the chosen person's name: userids may be given to new people."""
        candidates = sorted(self._index.userids[candidate] for candidate in self._candidates(row))
        return _sha256([candidates, self._index.name_keys[self._person_of_userid[chosen]] if chosen else ""])

    def _digest(self, position: int) -> str:
        evidence = self._matches.evidence(position)
        parts = [evidence.ids, evidence.name_key, fold_department(evidence.department)]
        return _sha256(parts) if any(parts) else ""


def check_matched(matched: object) -> pd.DataFrame:
    """
    Check that a table was matched, and return it.

    Raises:
        InputError: The value is not a DataFrame, or was not matched.
    """
    table = check_dataframe(matched)
    if not set(ADDED_COLUMNS) <= set(table.columns):
        raise InputError(Text("match.not_matched"), Text("match.not_matched_todo"))
    return table


def _evidence_columns(table: pd.DataFrame, by: object) -> dict[str, object]:
    """Return the columns by which a table was matched; `userid`, which matching replaced, only if no other is left."""
    columns = report_of(table).get(MATCHED_COLUMNS) if by is None else evidence_columns(table, by)
    if not isinstance(columns, dict):
        raise InputError(Text("match.by_lost"), Text("match.by_lost_todo"))
    return {kind: label for kind, label in columns.items() if (kind, label) != ("userid", "userid")} or columns


def find_row_by_label(table: pd.DataFrame, label: object) -> int:
    """
    Return the position of the row with a label.

    Raises:
        InputError: No row has this label, or several rows have it.
    """
    try:
        return find_row(table, label)
    except InputError as error:
        # The hint of other functions is a position, which choices cannot give.
        raise InputError(error.text, Text("match.label_todo")) from None


def _read_choices(choices: object) -> dict[object, str]:
    if choices is None:
        return {}
    if not isinstance(choices, Mapping):
        raise InputError(Text("match.bad_choices", value=short_repr(choices)), Text("match.bad_choices_todo"))
    read: dict[object, str] = {}
    for label, choice in choices.items():
        leaves_out = isinstance(choice, str) and choice == LEFT_OUT
        read[label] = "" if leaves_out else read_userid(choice).text
        if not read[label] and not leaves_out:
            value = short_repr({label: choice})
            raise InputError(Text("match.bad_choices", value=value), Text("match.bad_choices_todo"))
    return read


def _format_day(ns: int) -> str:
    return datetime.fromtimestamp(ns / NS_PER_S, BEIJING).strftime("%Y-%m-%d")


def _sha256(value: object) -> str:
    return hashlib.sha256(json.dumps(value, ensure_ascii=True).encode()).hexdigest()

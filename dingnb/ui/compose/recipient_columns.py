"""The columns of a frame that name the recipients: as the form guesses them, and as the user chooses."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from dingnb.errors import InputError
from dingnb.errors.arguments import short_repr
from dingnb.recipients.addresses import (
    address_kinds,
    can_be_key,
    check_columns,
    check_key,
    code_to_join_levels,
    column_of,
    is_in_index,
    read_addresses,
    usual_column,
)
from dingnb.recipients.column_titles import added_by_matching
from dingnb.tables.headers import canonical_name
from dingnb.words import Text


@dataclass(frozen=True, slots=True)
class RecipientChoice:
    """
    The columns that identify the recipients, and who is excluded.

    Attributes:
        userid: The position of the column of userids; -1 for none.
        mobile: The position of the column of phone numbers; -1 for none.
        exclude: The name of the exclusion list; empty for none.
        key: The position of the column that distinguishes several rows of one person; -1 for none.
        checks: The checks that reject rows, as `DingTalk.plan` takes them.
    """

    userid: int = -1
    mobile: int = -1
    exclude: str = ""
    key: int = -1
    checks: tuple[str, ...] = ()


NO_RECIPIENTS_CHOSEN = RecipientChoice()
"""The choice before any column is known."""


@dataclass(frozen=True)
class Recipients:
    """
    The recipients that the form was opened with, and the conversion of a choice to arguments of `DingTalk.plan`.

    Attributes:
        frame: The recipients.
        to: The kinds of address in order of preference; empty for userids, then mobile numbers.
        columns: The column of each kind of address whose column has an unusual name; None for none.
        key: The column that distinguishes several rows of one person; None for none.
        exclude: The name of the exclusion list; None for none.
    """

    frame: pd.DataFrame
    to: tuple[str, ...] = ()
    columns: Mapping[str, object] | None = None
    key: object = None
    exclude: str | None = None

    def guess(self) -> RecipientChoice:
        """Return the initial choice of the form."""
        columns = self.columns or {}
        positions = {
            kind: self._position(columns[kind] if kind in columns else usual_column(self.frame, kind))
            for kind in ("userid", "mobile")
            if not self.to or kind in self.to
        }
        return RecipientChoice(
            positions.get("userid", -1), positions.get("mobile", -1), self.exclude or "", self._position(self.key)
        )

    def labels(self) -> list[tuple[int, str]]:
        """
        Return the columns that can be chosen, each with its position and its name as text.

        These are the columns whose names occur once, except columns that were added by matching.
        """
        is_duplicated, added = self.frame.columns.duplicated(keep=False), added_by_matching(self.frame)
        return [
            (at, str(label))
            for at, label in enumerate(self.frame.columns)
            if not is_duplicated[at] and not _is_missing(label) and label not in added
        ]

    def can_be_key(self, position: int) -> bool:
        """Return whether a column can distinguish several rows of one person."""
        labels: list[object] = [*self.frame.columns]
        return can_be_key(labels[position])

    @cached_property
    def name_position(self) -> int:
        """The position of the column of people's names; -1 if there is none."""
        return next((at for at, label in self.labels() if canonical_name(label) == "name"), -1)

    def kinds(self, chosen: RecipientChoice) -> list[str]:
        """Return the kinds of address that are chosen, in order of preference."""
        order = self.to or ("userid", "mobile")
        positions = {"userid": chosen.userid, "mobile": chosen.mobile}
        return [kind for kind in dict.fromkeys((*order, *positions)) if positions[kind] >= 0]

    def count_about_nobody(self, rows: Sequence[int], chosen: RecipientChoice) -> int:
        """Return how many of some rows, by position, are totals, notes or repeated headers; 0 before a choice."""
        kinds = self.kinds(chosen)
        if not kinds or not rows:
            return 0
        addresses = read_addresses(self.frame.iloc[list(rows)], kinds, self.arguments(chosen).get("columns", {}))
        return sum(rejection.is_about_nobody for rejection in addresses.rejections.values())

    def why_no_recipients(self) -> tuple[Text, Text]:
        """Return why no column names people, and what to do about it."""
        if not len(self.frame.columns):
            return Text("compose.without_columns"), Text("compose.without_columns_todo")
        duplicated = self.frame.columns[self.frame.columns.duplicated()].unique()
        ambiguous = [
            str(label)
            for label in duplicated
            if not _is_missing(label) and canonical_name(label) in {"userid", "mobile"}
        ]
        if ambiguous:
            return Text("compose.address_twice", column=ambiguous[0]), Text("compose.address_twice_todo")
        if isinstance(self.frame.columns, pd.MultiIndex):
            return Text("match.levels"), Text("compose.levels_todo", code=code_to_join_levels(self.frame))
        in_index = next((kind for kind in ("userid", "mobile") if is_in_index(self.frame, kind)), "")
        if in_index:
            return Text("compose.address_in_index", kind=in_index), Text("compose.address_in_index_todo")
        return Text("compose.no_address"), Text("compose.no_address_todo")

    def carry_over(self, chosen: RecipientChoice, before: "Recipients") -> tuple[RecipientChoice, list[str]]:
        """Return the choice made in another frame, matched by labels, and the labels that cannot be chosen here."""
        columns: list[object] = [*before.frame.columns.tolist()]
        positions_before = {"userid": chosen.userid, "mobile": chosen.mobile, "key": chosen.key}
        labels = {field: columns[at] for field, at in positions_before.items() if at >= 0}
        positions = {field: self._position(label) for field, label in labels.items()}
        missing = [str(labels[field]) for field, at in positions.items() if at < 0]
        carried_over = RecipientChoice(exclude=chosen.exclude, checks=chosen.checks, **positions)
        return carried_over, list(dict.fromkeys(missing))

    def arguments(self, chosen: RecipientChoice) -> dict[str, Any]:
        """Return the arguments of `DingTalk.plan` for a choice: `to`, and those that differ from the defaults."""
        kinds = self.kinds(chosen)
        positions = {"userid": chosen.userid, "mobile": chosen.mobile}
        columns: list[object] = [*self.frame.columns.tolist()]
        labels = {kind: columns[positions[kind]] for kind in kinds}
        unusual = {kind: label for kind, label in labels.items() if usual_column(self.frame, kind) != label}
        arguments: dict[str, Any] = {"to": kinds[0] if len(kinds) == 1 else kinds}
        if unusual:
            arguments["columns"] = unusual
        if chosen.key >= 0:
            arguments["key"] = columns[chosen.key]
        if chosen.exclude:
            arguments["exclude"] = chosen.exclude
        if chosen.checks:
            arguments["check"] = chosen.checks[0] if len(chosen.checks) == 1 else list(chosen.checks)
        return arguments

    def _position(self, label: object) -> int:
        if label is None:
            return -1
        return next((at for at, name in self.labels() if self.frame.columns[at] == label), -1)


def check_recipient_arguments(
    frame: pd.DataFrame,
    to: str | Sequence[str] | None,
    columns: Mapping[str, object] | None,
    key: object,
    exclude: object,
) -> Recipients:
    """
    Check the arguments of `DingTalk.compose`, and return the recipients.

    Raises:
        ColumnError: `columns` or `key` names a column that is missing, or occurs twice.
        InputError: `to` or `columns` names an unknown kind of address, or no kind; `key` is not one column, or cannot
            be a key; `exclude` is not a name.
    """
    kinds = () if to is None else address_kinds(to)
    if columns is not None:
        check_columns(columns)
    check_key(key)
    if isinstance(key, list | tuple):
        raise InputError(Text("compose.key_list", value=short_repr(key)), Text("compose.key_list_todo"))
    for label in [*(columns or {}).values(), *([] if key is None else [key])]:
        column_of(frame, label)
    if exclude is not None and not isinstance(exclude, str):
        raise InputError(Text("compose.exclude_kind", kind=type(exclude).__name__), Text("compose.exclude_kind_todo"))
    return Recipients(frame, kinds, columns, key, exclude)


def _is_missing(label: object) -> bool:
    return label is None or label is pd.NA or label is pd.NaT or (isinstance(label, float) and math.isnan(label))

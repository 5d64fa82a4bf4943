"""Which columns of a frame name the recipients, as the form guesses and its user chooses."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from dingnb.bulk.headers import usual_name
from dingnb.bulk.recipients import address_kinds, check_columns, column_of, usual_column
from dingnb.errors import InputError
from dingnb.language import say


@dataclass(frozen=True, slots=True)
class Addressing:
    """
    Who the recipients are.

    Attributes:
        userid: The column of userids, by its position; -1 is none.
        mobile: The column of phone numbers, likewise.
        exclude: The name of the list of people to leave out; empty is none.
        key: The column that tells several rows of one person apart, by its position; -1 is none.
    """

    userid: int = -1
    mobile: int = -1
    exclude: str = ""
    key: int = -1


NOT_ADDRESSED = Addressing()
"""Nothing is chosen."""


@dataclass(frozen=True)
class Recipients:
    """
    What the form was opened with, and how a choice becomes the arguments of a plan.

    Attributes:
        frame: The recipients.
        to: The kinds of address in order of preference; empty where nothing was said.
        columns: The column of a kind, where it has no usual name.
        key: The column that tells several rows of one person apart; None is none.
        exclude: The list of people to leave out; None is none.
    """

    frame: pd.DataFrame
    to: tuple[str, ...] = ()
    columns: Mapping[str, object] | None = None
    key: object = None
    exclude: str | None = None

    def guess(self) -> Addressing:
        """Return what the form begins with."""
        given = self.columns or {}
        found = {
            kind: self._position(given[kind] if kind in given else usual_column(self.frame, kind))
            for kind in ("userid", "mobile")
            if not self.to or kind in self.to
        }
        return Addressing(
            found.get("userid", -1), found.get("mobile", -1), self.exclude or "", self._position(self.key)
        )

    def labels(self) -> list[tuple[int, str]]:
        """Return the columns that may be chosen, each with its position: those whose names are there once."""
        labels = list(self.frame.columns)
        is_twice = self.frame.columns.duplicated(keep=False)
        return [(at, str(label)) for at, label in enumerate(labels) if not is_twice[at] and not _is_missing(label)]

    @cached_property
    def name(self) -> int:
        """The column of people's names, by its position; -1 where none is called so."""
        return next((at for at, label in self.labels() if usual_name(label) == "name"), -1)

    def kinds(self, chosen: Addressing) -> list[str]:
        """Return the kinds of address that are chosen, in order of preference."""
        order = self.to or ("userid", "mobile")
        there = {"userid": chosen.userid, "mobile": chosen.mobile}
        return [kind for kind in dict.fromkeys((*order, *there)) if there[kind] >= 0]

    def why_nobody(self) -> tuple[str, str]:
        """Return what to say, and what to do, where no column is chosen that names people."""
        if not len(self.frame.columns):
            return say("compose.without_columns"), say("compose.without_columns_todo")
        twice = self.frame.columns[self.frame.columns.duplicated()].unique()
        named = [str(label) for label in twice if not _is_missing(label) and usual_name(label) in {"userid", "mobile"}]
        if named:
            return say("compose.address_twice", column=named[0]), say("compose.address_twice_todo")
        return say("compose.no_address"), say("compose.no_address_todo")

    def follow(self, chosen: Addressing, before: "Recipients") -> tuple[Addressing, list[str]]:
        """Return what was chosen in another frame by its labels, and the names of those that cannot be had here."""
        columns: list[object] = [*before.frame.columns.tolist()]
        positions = {"userid": chosen.userid, "mobile": chosen.mobile, "key": chosen.key}
        labels = {field: columns[at] for field, at in positions.items() if at >= 0}
        here = {field: self._position(label) for field, label in labels.items()}
        gone = [str(labels[field]) for field, at in here.items() if at < 0]
        return Addressing(exclude=chosen.exclude, **here), list(dict.fromkeys(gone))

    def arguments(self, chosen: Addressing) -> dict[str, Any]:
        """Return the arguments of `DingTalk.plan` for what is chosen; those that would say nothing are left out."""
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
        return arguments

    def _position(self, label: object) -> int:
        if label is None:
            return -1
        return next((at for at, name in self.labels() if self.frame.columns[at] == label), -1)


def read_recipients_choice(
    frame: pd.DataFrame,
    to: str | Sequence[str] | None,
    columns: Mapping[str, object] | None,
    key: object,
    exclude: object,
) -> Recipients:
    """
    Return what a form is opened with.

    Raises:
        ColumnError: `columns` or `key` names a column that is missing, or there twice.
        InputError: `to` or `columns` names another kind of address, or none; `exclude` is no name.
    """
    kinds = () if to is None else address_kinds(to)
    if columns is not None:
        check_columns(columns)
    for label in [*(columns or {}).values(), *([] if key is None else [key])]:
        column_of(frame, label)
    if exclude is not None and not isinstance(exclude, str):
        raise InputError(say("compose.exclude_kind", kind=type(exclude).__name__), say("compose.exclude_kind_todo"))
    return Recipients(frame, kinds, columns, key, exclude)


def _is_missing(label: object) -> bool:
    return label is None or label is pd.NA or label is pd.NaT or (isinstance(label, float) and math.isnan(label))

"""The results of a campaign as a DataFrame: one row for each row of the input, in its order."""

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from dingnb.campaigns.results.status_text import (
    AsOf,
    StatusText,
    text_of_batch,
    text_of_closed_batch,
    text_of_lost_place,
    text_of_person,
)
from dingnb.campaigns.row_map import RowMap
from dingnb.campaigns.status import STATUSES, Status, has_reached
from dingnb.errors import ColumnError
from dingnb.errors.arguments import is_same, shown
from dingnb.ledger import LedgerSession, campaigns, fields
from dingnb.tables.factorize import Numbers
from dingnb.tables.timestamps import ZONE, datetimes
from dingnb.words import Text, listed


@dataclass(frozen=True, slots=True)
class Reports:
    """
    What is written of batches, or of people.

    Attributes:
        numbers: By name, a number of each.
        facts: For each the number of its facts.
        distinct: The facts by number: the distinct ones, which are few.
    """

    numbers: dict[str, Numbers]
    facts: Numbers
    distinct: list[tuple[Any, ...]]


def read_batches(db: LedgerSession, campaign: int) -> Reports:
    """Return what is written of the batches of a campaign, by their numbers: `columns.BATCH_NUMBERS` and facts."""
    found = _read(fields.BATCH_NUMBERS, fields.of_batches(db, campaign))
    order = np.argsort(found.numbers["id"], kind="stable")
    return Reports({name: values[order] for name, values in found.numbers.items()}, found.facts[order], found.distinct)


def read_outcomes(db: LedgerSession, campaign: int) -> Reports:
    """Return what is written of the people of a campaign: `columns.OUTCOME_NUMBERS` and facts, in no order."""
    return _read(fields.OUTCOME_NUMBERS, fields.of_outcomes(db, campaign))


def _read(names: Sequence[str], pages: Iterable[Sequence[str]]) -> Reports:
    number_of: defaultdict[str, int] = defaultdict()
    number_of.default_factory = number_of.__len__
    # One without pages has columns all the same.
    parts = [[np.empty(0, dtype=np.int64)] for _ in (*names, "facts")]
    for *numbers, facts in pages:
        for part, joined in zip(parts, numbers, strict=False):
            part.append(np.fromstring(joined, np.int64, sep=","))
        lines = facts.split(fields.FACTS_SEPARATOR)
        parts[-1].append(np.fromiter(map(number_of.__getitem__, lines), np.int64, len(lines)))
    *arrays, facts_of = map(np.concatenate, parts)
    return Reports(dict(zip(names, arrays, strict=True)), facts_of, list(map(_facts, number_of)))


def _facts(line: str) -> tuple[Any, ...]:
    status, reason, hint, *rest = json.loads(line)
    return (status, Text.from_json(reason), Text.from_json(hint), *rest)


# Unordered: a failure is neither more nor less than a delivery.
_STATUS = pd.CategoricalDtype([str(status) for status in STATUSES])

COLUMNS = {
    "userid": "str",
    "status": _STATUS,
    "reached": "boolean",
    "reason": "str",
    "hint": "str",
    "code": "str",
    "task_id": "Int64",
    "attempts": "int64",
    "evidence": "str",
    "sent_at": f"datetime64[ms, {ZONE}]",
    "updated_at": f"datetime64[ms, {ZONE}]",
    "read": "boolean",
}
"""The columns of a results frame and their dtypes, in order."""

Render = Callable[[Text], str]

_LONGEST_LABEL = 60
_NONE = -1
"""No batch, no outcome, no task. As an index it means the last place, which is kept for it."""


class _Rows(NamedTuple):
    """What is known of each row of the input: the number of what is said of it, and numbers of its batch's."""

    saying: Numbers
    receipt: Numbers
    attempts: Numbers
    sent_ns: Numbers
    updated_ns: Numbers


def results_frame(
    db: LedgerSession,
    campaign: int,
    row_map: RowMap,
    *,
    keep: Sequence[Hashable] = (),
    closed_ns: int = 0,
    is_sending: bool = True,
    render: Render | None = str,
) -> pd.DataFrame:
    """
    Return one row for each row of the row map, in its order and with its index.

    Args:
        db: The ledger.
        campaign: The campaign's number.
        row_map: The rows, and where their people are.
        keep: Columns of the input to carry along, in front.
        closed_ns: DingTalk has no result any more of what was sent at this time or before.
        is_sending: Whether somebody sends the campaign now; else what is `sending` is lost.
        render: Renders reasons and hints; None leaves them as the values that they are.

    Raises:
        ColumnError: `keep` names a column that is not there, or one that a results frame has itself.
    """
    check_keep(row_map, keep)
    with db.snapshot():
        batches = read_batches(db, campaign)
        told = read_outcomes(db, campaign)
        halt = campaigns.why_halted(db, campaign)
    as_of = AsOf(closed_ns, halt, is_sending)
    rows, sayings = _rows(batches, told, row_map, as_of)
    frame = pd.DataFrame(_columns(rows, sayings, row_map, render), columns=list(COLUMNS), index=row_map.frame.index)
    return pd.concat([row_map.frame.loc[:, list(keep)], frame], axis=1) if keep else frame


def check_keep(row_map: RowMap, keep: Sequence[Hashable]) -> None:
    """
    Check that columns can be kept.

    Raises:
        ColumnError: One is not there, or one is a results frame's own.
    """
    check_not_taken(keep, COLUMNS)
    there = row_map.frame.columns.tolist()
    unknown = [name for name in keep if not any(is_same(name, one) for one in there)]
    if unknown:
        raise ColumnError(
            Text("frame.keep_unknown", columns=listed(_named(unknown))),
            Text("frame.column_not_there_todo", columns=", ".join(map(str, there))),
        )


def _rows(batches: Reports, told: Reports, row_map: RowMap, as_of: AsOf) -> tuple[_Rows, list[StatusText]]:
    """Return what is known of each row, and all that is said, by the numbers of it that the rows have."""
    own = _own_batches(batches, row_map)
    of_batches, sayings = _judge(batches, as_of)
    saying = np.append(of_batches, len(sayings))[own]
    sayings.append(text_of_lost_place())
    numbers = {
        name: np.append(batches.numbers[name], none)[own]
        for name, none in (("receipt", _NONE), ("attempts", 0), ("sent_ns", 0), ("updated_ns", 0))
    }
    at, outcomes = _own_outcomes(batches, told, row_map, own)
    saying[at] = told.facts[outcomes] + len(sayings)
    sayings += map(text_of_person, told.distinct)
    numbers["updated_ns"][at] = told.numbers["updated_ns"][outcomes]
    positions, reasons = row_map.rejected
    saying[positions] = reasons.numbers + len(sayings)
    sayings += (StatusText(Status.REJECTED, *reason) for reason in reasons.distinct)
    return _Rows(saying, **numbers), sayings


def _own_batches(batches: Reports, row_map: RowMap) -> Numbers:
    """Return for each row the place of its batch among the batches."""
    ids = batches.numbers["id"]
    found = np.searchsorted(ids, row_map.batch_of)
    # Another kernel may have recorded a plan under this name since, and cut these people again.
    found[np.append(ids, _NONE)[found] != row_map.batch_of] = _NONE
    return np.append(found, _NONE)[row_map.recipient_of_row]


def _own_outcomes(batches: Reports, told: Reports, row_map: RowMap, own: Numbers) -> tuple[Numbers, Numbers]:
    """Return the rows of which more is known than of their batch, and the place of that among the outcomes."""
    sizes = batches.numbers["size"]
    starts = np.append(np.cumsum(sizes) - sizes, 0)
    outcome_of = np.full(sizes.sum() + 1, _NONE)
    owners = np.searchsorted(batches.numbers["id"], told.numbers["batch"])
    outcome_of[starts[owners] + told.numbers["place"]] = np.arange(len(owners))
    places = starts[own] + np.append(row_map.place_of, _NONE)[row_map.recipient_of_row]
    found = outcome_of[np.where(own == _NONE, _NONE, places)]
    at = np.flatnonzero(found != _NONE)
    return at, found[at]


def _judge(batches: Reports, as_of: AsOf) -> tuple[Numbers, list[StatusText]]:
    """Return for each batch the number of what is said of it, and what that is."""
    is_closed = (batches.numbers["receipt"] != _NONE) & (batches.numbers["sent_ns"] <= as_of.closed_ns)
    sayings = [judge(facts, as_of) for judge in (text_of_batch, text_of_closed_batch) for facts in batches.distinct]
    return batches.facts + is_closed * len(batches.distinct), sayings


def _columns(rows: _Rows, sayings: Sequence[StatusText], row_map: RowMap, render: Render | None) -> dict[str, Any]:
    """Return the columns of a results frame."""

    def flags(of_sayings: Iterable[bool]) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
        return np.fromiter(of_sayings, bool, len(sayings))[rows.saying]

    def answers(of_sayings: Iterable[bool | None]) -> Any:  # noqa: ANN401 - as below
        return pd.array(list(of_sayings), dtype="boolean").take(rows.saying)

    def texts(of_sayings: Iterable[str]) -> Any:  # noqa: ANN401 - an array of pandas, of what is installed
        return pd.array([text or np.nan for text in of_sayings], dtype="str").take(rows.saying)

    def words(of_sayings: Iterable[Text]) -> Any:  # noqa: ANN401 - as above
        if render is not None:
            return texts(map(render, of_sayings))
        found = np.empty(len(sayings), dtype=object)
        found[:] = [text or np.nan for text in of_sayings]
        return found[rows.saying]

    statuses = np.array([STATUSES.index(Status(one.status)) for one in sayings], dtype=np.int8)
    has_task = flags(one.has_task for one in sayings) & (rows.receipt != _NONE)
    return {
        "userid": row_map.userid_column,
        "status": pd.Categorical.from_codes(statuses[rows.saying], dtype=_STATUS),
        "reached": answers(has_reached(one.status, one.code) for one in sayings),
        "reason": words(one.reason for one in sayings),
        "hint": words(one.hint for one in sayings),
        "code": texts(one.code for one in sayings),
        "task_id": pd.arrays.IntegerArray(np.where(has_task, rows.receipt, 1), ~has_task),
        "attempts": rows.attempts,
        "evidence": texts(one.told_by for one in sayings),
        "sent_at": datetimes(rows.sent_ns),
        "updated_at": datetimes(rows.updated_ns),
        "read": answers(None if one.was_read is None else bool(one.was_read) for one in sayings),
    }


def kept_columns(keep: object) -> list[Hashable]:
    """Return the labels that `keep` names, each once: it is one label, or any list of labels."""
    many = keep.tolist() if isinstance(keep, pd.Series | pd.Index | np.ndarray) else keep
    labels: list[Hashable] = list(many) if isinstance(many, list | tuple) else [keep]
    return [label for at, label in enumerate(labels) if not any(is_same(label, one) for one in labels[:at])]


def _named(labels: Sequence[object]) -> list[Text | str]:
    """Return labels as an error shows them: those that are text as they are."""
    return [one if isinstance(one, str) and len(one) <= _LONGEST_LABEL else shown(one) for one in labels]


def check_not_taken(names: Sequence[Hashable], taken: Collection[Hashable]) -> None:
    """
    Check that no column to be kept has a name that is taken.

    Raises:
        ColumnError: One has.
    """
    found = [name for name in names if any(is_same(name, one) for one in taken)]
    if found:
        raise ColumnError(Text("frame.keep_taken", columns=listed(_named(found))), Text("frame.keep_taken_todo"))

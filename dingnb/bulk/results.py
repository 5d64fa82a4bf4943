"""What happened to each person: one row of outcome for each row of the input."""

import sqlite3
from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from dingnb.bulk.roster import Roster
from dingnb.bulk.status import STATUSES, Status
from dingnb.errors import ColumnError
from dingnb.language import say
from dingnb.ledger import outcomes

ZONE = "Asia/Shanghai"
"""The zone of all times shown: DingTalk counts its days in it."""

COLUMNS = {
    "userid": "str",
    "status": pd.CategoricalDtype([str(status) for status in STATUSES], ordered=True),
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

_NS_PER_MS = 1_000_000
_NOT_A_TIME = np.iinfo(np.int64).min
_EVIDENCE = {"result": "result", "elsewhere": "result", "duplicate": "duplicate"}
_MOST_PEOPLE = 2**20

_BATCHES = """
SELECT id, status, reason, hint, code, task_id, attempts, sent_ns, updated_ns
FROM batches WHERE campaign = ? ORDER BY id
"""


def results_frame(
    db: sqlite3.Connection,
    campaign: int,
    roster: Roster,
    *,
    keep: Sequence[Hashable] = (),
    closed_ns: int = 0,
    is_sending: bool = True,
) -> pd.DataFrame:
    """
    Return one row for each row of the roster, in its order and with its index.

    Args:
        db: The ledger.
        campaign: The campaign's number.
        roster: The rows, and where their people are.
        keep: Columns of the input to carry along, in front.
        closed_ns: DingTalk has no result any more of what was sent at this time or before.
        is_sending: Whether somebody sends the campaign now; else what is `sending` is lost.

    Raises:
        ColumnError: `keep` names a column that is not there, or one that a results frame has itself.
    """
    _check_keep(roster, keep)
    # A transaction, so that batches and outcomes are of one moment.
    db.execute("BEGIN")
    try:
        rows = db.execute(_BATCHES, (campaign,)).fetchall()
        told = outcomes.of_campaign(db, campaign)
        halt = db.execute("SELECT reason, hint, code FROM campaigns WHERE id = ?", (campaign,)).fetchone()
    finally:
        db.execute("COMMIT")
    columns = _of_batches(rows, roster, closed_ns, halt or ("", "", ""), is_sending=is_sending)
    _tell_people(columns, rows, told, roster)
    frame = pd.DataFrame(
        {name: _column(columns[name], dtype) for name, dtype in COLUMNS.items()}, index=roster.frame.index
    )
    return pd.concat([roster.frame.loc[:, list(keep)], frame], axis=1) if keep else frame


def _check_keep(roster: Roster, keep: Sequence[Hashable]) -> None:
    there = roster.frame.columns.tolist()
    unknown = [name for name in keep if name not in there]
    if unknown:
        raise ColumnError(
            say("frame.keep_unknown", columns=", ".join(map(str, unknown))),
            say("frame.column_not_there_todo", columns=", ".join(map(str, there))),
        )
    taken = [name for name in keep if name in list(COLUMNS)]
    if taken:
        raise ColumnError(say("frame.keep_taken", columns=", ".join(map(str, taken))), say("frame.keep_taken_todo"))


_Columns = dict[str, "np.ndarray[tuple[int], np.dtype[np.object_]]"]


def _of_batches(
    rows: Sequence[tuple[Any, ...]],
    roster: Roster,
    closed_ns: int,
    halt: tuple[str, str, str],
    *,
    is_sending: bool,
) -> _Columns:
    """Return for each row of the roster what its batch says; for a rejected one, why it is."""
    names = ("id", "status", "reason", "hint", "code", "task_id", "attempts", "sent_at", "updated_at")
    told = zip(*(_said(row, closed_ns, halt, is_sending=is_sending) for row in rows), strict=True) if rows else ()
    by_batch = dict(zip(names, (_objects(values) for values in told), strict=False))
    n = len(roster.userids)
    found = {name: np.full(n, None, dtype=object) for name in (*names[1:], "evidence", "read")}
    found["userid"] = _objects([userid or None for userid in roster.userids])
    sent = np.flatnonzero(roster.recipient_of_row >= 0)
    if len(sent):
        ids, own = by_batch["id"].astype(np.int64), roster.batch_of[roster.recipient_of_row[sent]]
        at = np.minimum(np.searchsorted(ids, own), len(ids) - 1)
        for name in names[1:]:
            found[name][sent] = by_batch[name][at]
        # Another kernel has recorded a plan under this name since, and cut these people again.
        for position in sent[ids[at] != own].tolist():
            found["status"][position], found["reason"][position] = "cancelled", say("result.cut_again")
            found["hint"][position], found["attempts"][position] = say("result.cut_again_todo"), 0
    for position, rejection in roster.rejections.items():
        found["status"][position], found["attempts"][position] = "rejected", 0
        found["reason"][position], found["hint"][position] = rejection.reason, rejection.hint
    return found


def _said(row: tuple[Any, ...], closed_ns: int, halt: tuple[str, str, str], *, is_sending: bool) -> tuple[Any, ...]:
    number, status, reason, hint, code, task_id, attempts, sent_ns, updated_ns = row
    if status == Status.SENDING and not is_sending:
        status, reason, hint = "unknown", say("result.died"), say("result.unknown_todo")
    elif task_id is not None and sent_ns <= closed_ns:
        reason, hint = say("result.window_over"), say("result.window_over_todo")
    elif status == Status.QUEUED and halt[0]:
        reason, hint, code = halt
    return (number, status, reason, hint, code, task_id, attempts, sent_ns or None, updated_ns or None)


def _tell_people(
    columns: _Columns, rows: Sequence[tuple[Any, ...]], told: Sequence[outcomes.Outcome], roster: Roster
) -> None:
    """Put in what is known of single people."""
    if not told or not len(roster.batch_of):
        return
    ids = np.array([row[0] for row in rows], dtype=np.int64)
    sent = np.flatnonzero(roster.recipient_of_row >= 0)
    # A batch that was cut again is not there any more, and the next one's people are others.
    sent = sent[np.isin(roster.batch_of[roster.recipient_of_row[sent]], ids)]
    recipients = roster.recipient_of_row[sent]
    own = np.searchsorted(ids, roster.batch_of[recipients]) * _MOST_PEOPLE + roster.place_of[recipients]
    batch, place, status, code, evidence, reason, hint, updated_ns, was_read = zip(*told, strict=True)
    theirs = np.searchsorted(ids, np.array(batch, dtype=np.int64)) * _MOST_PEOPLE + np.array(place, dtype=np.int64)
    order = np.argsort(theirs)
    at = np.minimum(np.searchsorted(theirs, own, sorter=order), len(theirs) - 1)
    matched = theirs[order[at]] == own
    positions, found = sent[matched], order[at[matched]]
    facts = {"status": status, "code": code, "reason": reason, "hint": hint, "updated_at": updated_ns}
    for name, values in facts.items():
        columns[name][positions] = _objects(values)[found]
    evidences = _objects([_EVIDENCE.get(one) for one in evidence])[found]
    columns["evidence"][positions] = evidences
    columns["read"][positions] = [None if one is None else bool(one) for one in _objects(was_read)[found]]
    # What reached somebody by an earlier call has no task that could be asked or recalled.
    columns["task_id"][positions[evidences != "result"]] = None


def moments(times_ns: Sequence[int | None]) -> pd.DatetimeIndex:
    """Return times as a column of a frame has them: to the millisecond, in the zone of all times shown."""
    stamps = [_NOT_A_TIME if one is None else one // _NS_PER_MS for one in times_ns]
    return pd.DatetimeIndex(np.array(stamps, dtype="int64").view("M8[ms]"), tz="UTC").tz_convert(ZONE)


def _objects(values: Sequence[Any]) -> "np.ndarray[tuple[int], np.dtype[np.object_]]":
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def _column(values: "np.ndarray[tuple[int], np.dtype[np.object_]]", dtype: Any) -> Any:  # noqa: ANN401 - whatever pandas takes
    if isinstance(dtype, str) and dtype.startswith("datetime64"):
        return moments(values.tolist())
    if dtype == "str":
        return pd.array([value or np.nan for value in values], dtype="str")
    return pd.array(values.tolist(), dtype=dtype)

"""What happened to each person: one row of outcome for each row of the input."""

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from dingnb.bulk.cutting import Cut
from dingnb.bulk.record import BatchRecord, MemoryRecord, explain_person
from dingnb.bulk.status import STATUSES, Status
from dingnb.errors import ColumnError, DingError
from dingnb.language import say

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
_RECEIVED = (Status.DELIVERED, Status.READ)


def results_frame(
    cut: Cut, record: MemoryRecord, keep: Sequence[Hashable], closed_ns: int, halted_by: DingError | None
) -> pd.DataFrame:
    """
    Return one row for each row of the input, in its order and with its index.

    Args:
        cut: What was sent.
        record: What is known of it.
        keep: Columns of the input to carry along, in front.
        closed_ns: DingTalk has no result any more of what was sent at this time or before.
        halted_by: Why batches are still queued, where an error stopped the campaign.

    Raises:
        ColumnError: `keep` names a column that is not there, or one that a results frame has itself.
    """
    _check_keep(cut, keep)
    with record.lock:
        outcomes = _outcomes(cut, record, closed_ns, halted_by)
    rows: list[tuple[Any, ...]] = []
    for position, number in enumerate(cut.recipient_of_row.tolist()):
        if number >= 0:
            rows.append(outcomes[number])
        else:
            rejection = cut.rejections[position]
            userid = cut.userids[position] or None
            rows.append((userid, "rejected", rejection.reason, rejection.hint, None, None, 0, None, None, None, None))
    columns = list(zip(*rows, strict=True))
    frame = pd.DataFrame(
        {name: _column(values, dtype) for (name, dtype), values in zip(COLUMNS.items(), columns, strict=True)},
        index=cut.frame.index,
    )
    if not keep:
        return frame
    return pd.concat([cut.frame.loc[:, list(keep)], frame], axis=1)


def count_statuses(cut: Cut, record: MemoryRecord) -> dict[Status, int]:
    """Return how many people have each status, and how many rows are rejected; in the order of `STATUSES`."""
    with record.lock:
        counts = dict.fromkeys(STATUSES, 0)
        counts[Status.REJECTED] = len(cut.rejections)
        for person in record.people.values():
            counts[person.status] += 1
        for number, batch in enumerate(record.batches):
            first, end = cut.start_of_batch[number : number + 2]
            told = sum(one in record.people for one in range(first, end)) if record.people else 0
            counts[batch.status] += end - first - told
    return {status: n for status, n in counts.items() if n}


def _check_keep(cut: Cut, keep: Sequence[Hashable]) -> None:
    there = cut.frame.columns.tolist()
    unknown = [name for name in keep if name not in there]
    if unknown:
        raise ColumnError(
            say("frame.keep_unknown", columns=", ".join(map(str, unknown))),
            say("frame.column_not_there_todo", columns=", ".join(map(str, there))),
        )
    taken = [name for name in keep if name in list(COLUMNS)]
    if taken:
        raise ColumnError(say("frame.keep_taken", columns=", ".join(map(str, taken))), say("frame.keep_taken_todo"))


def _outcomes(cut: Cut, record: MemoryRecord, closed_ns: int, halted_by: DingError | None) -> list[tuple[Any, ...]]:
    outcomes: list[tuple[Any, ...]] = []
    why_queued = None if halted_by is None else (halted_by.what, halted_by.hint, getattr(halted_by, "code", None))
    for number, batch in enumerate(record.batches):
        first, end = cut.start_of_batch[number : number + 2]
        why = (batch.reason or None, batch.hint or None, batch.code or None)
        if batch.task_id is not None and batch.sent_ns <= closed_ns:
            why = (say("result.window_over"), say("result.window_over_todo"), None)
        elif batch.status is Status.QUEUED and why_queued is not None:
            why = why_queued
        outcomes += [_outcome(cut.recipients[one], batch, record, one, why) for one in range(first, end)]
    return outcomes


def _outcome(
    userid: str,
    batch: BatchRecord,
    record: MemoryRecord,
    number: int,
    why: tuple[str | None, str | None, str | None],
) -> tuple[Any, ...]:
    person = record.people.get(number)
    sent = batch.sent_ns or None
    if person is None:
        updated = batch.updated_ns or None
        return (userid, str(batch.status), *why, batch.task_id, batch.attempts, None, sent, updated, None)
    reason, hint = explain_person(person)
    read = person.status is Status.READ if person.status in _RECEIVED else None
    return (
        userid,
        str(person.status),
        reason or None,
        hint or None,
        person.code or None,
        batch.task_id,
        batch.attempts,
        "result",
        sent,
        person.updated_ns,
        read,
    )


def _column(values: Sequence[Any], dtype: Any) -> Any:  # noqa: ANN401 - whatever pandas takes
    if isinstance(dtype, str) and dtype.startswith("datetime64"):
        stamps = [_NOT_A_TIME if value is None else value // _NS_PER_MS for value in values]
        return pd.DatetimeIndex(np.array(stamps, dtype="int64").view("M8[ms]"), tz="UTC").tz_convert(ZONE)
    if dtype == "str":
        return pd.array([np.nan if value is None else value for value in values], dtype="str")
    return pd.array(list(values), dtype=dtype)

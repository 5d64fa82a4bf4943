"""What a plan tells as frames: the rows that are rejected or mended, what is sent to each row, and the bodies."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from dingnb.campaigns.planning.batches import Batches
from dingnb.errors import ColumnError
from dingnb.recipients.addresses import Correction, Rejection, column_of, usual_column
from dingnb.tables.cells import cells_of, show


def problems_frame(planned: Batches) -> pd.DataFrame:
    """Return the rows that are rejected, as `Plan.problems` describes it."""
    frame = _by_row(planned, planned.rejections.values(), ("column", "value", "reason", "hint"))
    frame.insert(1, "name", pd.Series(_names(planned, frame["position"].tolist()), index=frame.index, dtype="str"))
    return frame


def corrections_frame(planned: Batches) -> pd.DataFrame:
    """Return the cells that were mended, as `Plan.mended` describes it."""
    return _by_row(planned, planned.mendings, ("column", "value", "became"))


def plan_frame(planned: Batches) -> pd.DataFrame:
    """Return what would be sent to each row, as `Plan.to_frame` describes it."""
    starts = np.array(planned.start_of_batch[:-1], dtype="int64")
    numbers = planned.recipient_of_row
    batches = np.searchsorted(starts, numbers, side="right") - 1
    sendable = numbers >= 0
    texts = [body.decode() for body in planned.bodies]
    bodies = [
        texts[planned.body_of_batch[batch]] if sent else np.nan
        for batch, sent in zip(batches.tolist(), sendable.tolist(), strict=True)
    ]
    reasons = [
        str(planned.rejections[row].reason) if row in planned.rejections else np.nan for row in range(len(numbers))
    ]
    return pd.DataFrame(
        {
            "userid": pd.array([userid or np.nan for userid in planned.userids], dtype="str"),
            "status": pd.array(np.where(sendable, "queued", "rejected").tolist(), dtype="str"),
            "reason": pd.array(reasons, dtype="str"),
            "body": pd.array(bodies, dtype="str"),
            "batch": pd.array(
                [b if s else None for b, s in zip(batches.tolist(), sendable, strict=True)], dtype="Int64"
            ),
        },
        index=planned.frame.index,
    )


def bodies_frame(planned: Batches) -> pd.DataFrame:
    """Return the distinct bodies, as `Plan.bodies` describes it."""
    body_of_batch = np.array(planned.body_of_batch, dtype="int64")
    sizes = np.diff(np.array(planned.start_of_batch, dtype="int64"))
    n = len(planned.bodies)
    return pd.DataFrame(
        {
            "people": np.bincount(body_of_batch, weights=sizes, minlength=n).astype("int64"),
            "calls": np.bincount(body_of_batch, minlength=n).astype("int64"),
            "bytes": np.array([len(body) for body in planned.bodies], dtype="int64"),
            "body": pd.array([body.decode() for body in planned.bodies], dtype="str"),
        }
    )


def _names(planned: Batches, positions: list[int]) -> list[str]:
    """Return the names of the people in some rows, by position; empty where no single column is called so."""
    label = usual_column(planned.frame, "name")
    try:
        column = column_of(planned.frame, label)
    except ColumnError:
        return [""] * len(positions)
    return [show(cell) for cell in cells_of(column.iloc[positions])]


def _by_row(planned: Batches, records: Iterable[Rejection | Correction], names: Sequence[str]) -> pd.DataFrame:
    """Return a row for each record, in the order and with the index of the input's rows that they tell of."""
    records = sorted(records, key=lambda one: one.position)
    positions = np.array([one.position for one in records], dtype="int64")
    texts = {name: pd.array([str(getattr(one, name)) for one in records], dtype="str") for name in names}
    frame = pd.DataFrame({"position": positions, **texts})
    frame.index = planned.frame.index.take(positions)
    return frame

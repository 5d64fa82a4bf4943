"""What a plan tells as frames: the rows that are rejected or mended, what is sent to each row, and the bodies."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from dingnb.campaigns.planning.batches import Cut
from dingnb.errors import ColumnError
from dingnb.recipients.addresses import Mending, Rejection, column_of, usual_column
from dingnb.tables.cells import cells_of, show


def problems_frame(cut: Cut) -> pd.DataFrame:
    """Return the rows that are rejected, as `Plan.problems` describes it."""
    frame = _by_row(cut, cut.rejections.values(), ("column", "value", "reason", "hint"))
    frame.insert(1, "name", pd.Series(_names(cut, frame["position"].tolist()), index=frame.index, dtype="str"))
    return frame


def mended_frame(cut: Cut) -> pd.DataFrame:
    """Return the cells that were mended, as `Plan.mended` describes it."""
    return _by_row(cut, cut.mendings, ("column", "value", "became"))


def plan_frame(cut: Cut) -> pd.DataFrame:
    """Return what would be sent to each row, as `Plan.to_frame` describes it."""
    starts = np.array(cut.start_of_batch[:-1], dtype="int64")
    numbers = cut.recipient_of_row
    batches = np.searchsorted(starts, numbers, side="right") - 1
    sendable = numbers >= 0
    texts = [body.decode() for body in cut.bodies]
    bodies = [
        texts[cut.body_of_batch[batch]] if sent else np.nan
        for batch, sent in zip(batches.tolist(), sendable.tolist(), strict=True)
    ]
    reasons = [str(cut.rejections[row].reason) if row in cut.rejections else np.nan for row in range(len(numbers))]
    return pd.DataFrame(
        {
            "userid": pd.array([userid or np.nan for userid in cut.userids], dtype="str"),
            "status": pd.array(np.where(sendable, "queued", "rejected").tolist(), dtype="str"),
            "reason": pd.array(reasons, dtype="str"),
            "body": pd.array(bodies, dtype="str"),
            "batch": pd.array(
                [b if s else None for b, s in zip(batches.tolist(), sendable, strict=True)], dtype="Int64"
            ),
        },
        index=cut.frame.index,
    )


def bodies_frame(cut: Cut) -> pd.DataFrame:
    """Return the distinct bodies, as `Plan.bodies` describes it."""
    body_of_batch = np.array(cut.body_of_batch, dtype="int64")
    sizes = np.diff(np.array(cut.start_of_batch, dtype="int64"))
    n = len(cut.bodies)
    return pd.DataFrame(
        {
            "people": np.bincount(body_of_batch, weights=sizes, minlength=n).astype("int64"),
            "calls": np.bincount(body_of_batch, minlength=n).astype("int64"),
            "bytes": np.array([len(body) for body in cut.bodies], dtype="int64"),
            "body": pd.array([body.decode() for body in cut.bodies], dtype="str"),
        }
    )


def _names(cut: Cut, positions: list[int]) -> list[str]:
    """Return the names of the people in some rows, by position; empty where no single column is called so."""
    label = usual_column(cut.frame, "name")
    try:
        column = column_of(cut.frame, label)
    except ColumnError:
        return [""] * len(positions)
    return [show(cell) for cell in cells_of(column.iloc[positions])]


def _by_row(cut: Cut, records: Iterable[Rejection | Mending], names: Sequence[str]) -> pd.DataFrame:
    """Return a row for each record, in the order and with the index of the input's rows that they tell of."""
    records = sorted(records, key=lambda one: one.position)
    positions = np.array([one.position for one in records], dtype="int64")
    texts = {name: pd.array([str(getattr(one, name)) for one in records], dtype="str") for name in names}
    frame = pd.DataFrame({"position": positions, **texts})
    frame.index = cut.frame.index.take(positions)
    return frame

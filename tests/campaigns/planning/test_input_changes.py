"""Changes of the analyst's DataFrame after a plan was made: found row by row, whatever the order and the types."""

from decimal import Decimal

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

import dingnb
from dingnb.campaigns.planning.batches import Batches, build_batches
from dingnb.campaigns.planning.input_changes import PlanInput
from dingnb.limits import STANDARD
from dingnb.recipients.addresses import read_addresses
from tests.table_rows import for_each

NUMBERS = [1, 1.0, 2.5, True, np.True_, float("inf"), Decimal("2.5"), Decimal("2.50")]
MIDNIGHT = pd.Timestamp("2026-11-02", tz="UTC")
TIMES = [pd.Timestamp("2026-11-02"), MIDNIGHT, MIDNIGHT.tz_convert("Asia/Shanghai")]
CELLS = st.sampled_from(["x", "1", "True", None, np.nan, *NUMBERS, *TIMES])
ROWS = st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=6)


def planned(frame: pd.DataFrame) -> Batches:
    message = dingnb.text("{{ a }} {{ b }}").for_columns(frame.columns.tolist())
    return build_batches(frame, message, read_addresses(frame, ("userid",), {}), key=None, limits=STANDARD)


def frame_of(rows: list[tuple[object, object]], dtype: object = None) -> pd.DataFrame:
    columns = {name: pd.Series([row[at] for row in rows], dtype=dtype) for at, name in enumerate("ab")}
    return pd.DataFrame({"userid": [f"u{number}" for number in range(len(rows))], **columns})


def text_of(cell: object) -> str:
    """Return what makes a cell the same: a missing one is none, and a number is its text."""
    if pd.isna(cell):
        return ""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


@given(before=ROWS, now=ROWS, is_object=st.booleans(), data=st.data())
def test_a_frame_is_changed_if_its_rows_in_any_order_are_not_the_same(
    before: list[tuple[object, object]], now: list[tuple[object, object]], data: st.DataObject, *, is_object: bool
) -> None:
    dtype = object if is_object else None
    now = [*now, *before[len(now) :]][: len(before)]
    positions = data.draw(st.permutations(range(len(now))))
    current = frame_of(now, dtype).iloc[positions]
    changes = PlanInput(current, ("userid", "a", "b")).describe_changes(planned(frame_of(before, dtype)))
    is_same = [list(map(text_of, row)) for row in before] == [list(map(text_of, row)) for row in now]
    assert bool(changes) == (not is_same)


@for_each(("before", "now"), [(1, True), (0.0, np.False_), (MIDNIGHT, TIMES[-1]), (Decimal("2.5"), Decimal("2.50"))])
def test_equal_cells_with_different_texts_are_a_change(before: object, now: object) -> None:
    for other in ("x", before):
        batches = planned(frame_of([(before, 1), (other, 2)]))
        changes = PlanInput(frame_of([(now, 1), (other, 2)]), ("userid", "a", "b")).describe_changes(batches)
        assert "in row 0 · u0: a." in str(changes)


def test_rows_with_lists_may_be_in_another_order() -> None:
    frame = frame_of([(["x"], 1), (["y"], 2)])
    reordered = PlanInput(frame[::-1], ("userid", "a", "b"))
    assert not reordered.describe_changes(planned(frame))
    frame_now = frame_of([(["x"], 1), (["z"], 2)])
    assert "in row 1 · u1: a." in str(PlanInput(frame_now[::-1], ("userid", "a", "b")).describe_changes(planned(frame)))

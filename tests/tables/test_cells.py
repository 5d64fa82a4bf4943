import datetime as dt

import numpy as np
import pandas as pd
from hypothesis import given

from dingnb.messages import MISSING
from dingnb.tables.cell_values import InexactFloat
from dingnb.tables.cells import missing_rows, read_values, show
from dingnb.tables.exports import columns_of
from tests.drafting import frames
from tests.table_rows import for_each


def test_a_lone_surrogate_is_escaped() -> None:
    assert show("a\ud800") == "a\\ud800"


def test_an_integer_inside_a_cell_with_more_digits_than_python_writes_is_hexadecimal() -> None:
    long, written = 10**5_000, hex(10**5_000)
    assert [show([1, {"a": long}]), show((long, "b"))] == [f"[1, {{'a': '{written}'}}]", f"('{written}', 'b')"]
    assert columns_of(pd.DataFrame({"a": [[long]]}))[0].cells == [f"['{written}']"]


def test_a_numpy_time_is_a_time_in_a_template() -> None:
    values = read_values(pd.Series([np.datetime64("2026-11-03T09:30", "ns"), np.timedelta64(1, "s")], dtype=object))
    assert values == [pd.Timestamp("2026-11-03 09:30"), pd.Timedelta("1s")]


def test_values_are_as_templates_show_them() -> None:
    assert read_values(pd.Series([np.datetime64("NaT"), np.timedelta64("NaT")], dtype=object)) == [MISSING] * 2
    assert read_values(pd.Series([1.0, None])) == [1, MISSING]
    assert read_values(pd.Series([1, None], dtype="Int64")) == [1, MISSING]
    assert list(map(repr, read_values(pd.Series([-0.0, 0.5, 9e15])))) == ["0", "0.5", str(9 * 10**15)]
    assert set(map(type, read_values(pd.Series([np.inf, 1e22, 6217002123456789012, None])[:3]))) == {InexactFloat}
    assert list(map(repr, read_values(pd.Series([True, False])))) == ["True", "False"]
    assert read_values(pd.Series(["a", "\u200b"])) == ["a", MISSING]
    assert read_values(pd.Series(["a", "nan"])) == ["a", MISSING]
    assert read_values(pd.Series(["a", "nan", " "])) == ["a", MISSING, MISSING]
    assert read_values(pd.Series(["a", None], dtype="category")) == ["a", MISSING]
    assert read_values(pd.Series(pd.to_datetime(["2026-11-03"]))) == [dt.date(2026, 11, 3)]
    assert read_values(pd.Series([np.array([1, 2]), pd.Series([3])], dtype=object)) == [[1, 2], [3]]


@for_each(
    ("cell", "value"),
    [
        (["a", None, np.nan, pd.NA, pd.NaT, "nan", " "], ["a", *[MISSING] * 6]),
        ((0.1 + 0.2, 2.0, None), (0.3, 2, MISSING)),
        ({"a": np.float64(0.1 + 0.2), "b": [None]}, {"a": 0.3, "b": [MISSING]}),
        ([[[np.float32(0.1)]]], [[[0.1]]]),
        (np.array([[0.1 + 0.2, np.nan]]), [[0.3, MISSING]]),
        (np.array([0.1], dtype="float32"), [0.1]),
        (np.array(np.nan), MISSING),
        (np.array(["2026-11-03"], dtype="datetime64[ns]"), [pd.Timestamp("2026-11-03")]),
        (pd.Series([1, None], dtype="Int64"), [1, MISSING]),
        (pd.Series([0.1], dtype="float32"), [0.1]),
        (pd.array(["a", None], dtype="string"), ["a", MISSING]),
        (pd.Index([1.0, None]), [1, MISSING]),
    ],
)
def test_elements_are_read_like_cells(cell: object, value: object) -> None:
    [read, _] = read_values(pd.Series([cell, "x"], dtype=object))
    assert read == value
    assert repr(read) == repr(value)


def test_a_list_that_needs_no_reading_is_kept_as_it_is() -> None:
    endless: list[object] = [1, "a"]
    endless += [endless, endless]
    plain = ["a", 1, {"b": (True,)}]
    [read, same] = read_values(pd.Series([endless, plain]))
    assert read is endless
    assert same is plain


@given(frames())
def test_missing_values_are_counted_as_templates_find_them(frame: pd.DataFrame) -> None:
    for label in frame.columns:
        values = read_values(frame[label])
        assert missing_rows(frame[label]) == [row for row, value in enumerate(values) if value is MISSING]

import datetime as dt
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dingnb.tables import row_search
from dingnb.tables.cell_values import with_display_text
from dingnb.tables.row_search import RowFinder, find_rows
from tests.table_rows import for_each
from tests.tiers import examples


def found(frame: pd.DataFrame, text: str) -> list[int]:
    parts = [int(position) for part in find_rows(frame, text) for position in part]
    finder = RowFinder([frame.iloc[:, number] for number in range(frame.shape[1])])
    assert np.flatnonzero(finder.find(text)).tolist() == parts
    return parts


def test_a_text_that_means_a_missing_value_is_found_as_it_is_written() -> None:
    frame = pd.DataFrame({"net": ["#DIV/0!", "nan", float("nan"), None, "1"]}, dtype=object)
    assert found(frame, "#div") == [0]
    assert found(frame, "na") == [1]


def test_a_number_of_a_spreadsheet_is_found_as_it_is_shown_and_by_its_value() -> None:
    shown = [(0.125, "12.5%"), (1234, "1,234"), (dt.date(2026, 11, 30), "11月30日"), (dt.timedelta(hours=26), "26:00")]
    frame = pd.DataFrame({"x": [with_display_text(*cell) for cell in shown]}, dtype=object)
    for row, texts in enumerate((("12.5%", "0.125"), ("1,234", "1234"), ("11月", "2026-11"), ("26:00", "2:00:00"))):
        assert [found(frame, text) for text in texts] == [[row], [row]]


@examples(200)
@given(
    st.lists(st.tuples(st.text("aAßs \x00", max_size=4), st.text("aAb", max_size=3)), max_size=12),
    st.text("aAßsb", min_size=1, max_size=3),
)
def test_rows_with_a_matching_cell_are_found_ignoring_case(rows: list[tuple[str, str]], text: str) -> None:
    frame = pd.DataFrame(rows, columns=["one", "other"], dtype=object)
    expected = [at for at, row in enumerate(rows) if any(text.casefold() in cell.casefold() for cell in row)]
    assert found(frame, text) == expected


@for_each(
    ("text", "rows"),
    [
        ("张", [0]),
        ("2026-11-03", [1]),
        ("09:30", [1]),
        ("13800", [2]),
        ("1.5", [0]),
        ("true", [0]),
        ("1 day", [2]),
        ("ann", [1]),
        ("no such", []),
    ],
)
def test_cells_of_all_dtypes_are_searched_by_their_text(text: str, rows: list[int]) -> None:
    frame = pd.DataFrame(
        {
            "name": ["张三", "Ann", None],
            "day": pd.to_datetime(["2026-11-02 00:00", "2026-11-03 09:30", None]),
            "mobile": pd.array([None, 1, 13_800_000_000], dtype="Int64"),
            "net": [1.5, np.nan, 2.0],
            "is_new": pd.array([True, None, False], dtype="boolean"),
            "wait": [pd.NaT, pd.NaT, pd.Timedelta(days=1)],
            "kind": pd.Categorical(["x", "y", None]),
            "any": [dt.date(2020, 1, 1), (1, 2), None],
        }
    )
    assert found(frame, text) == rows


def test_a_text_does_not_match_across_cells() -> None:
    assert found(pd.DataFrame({"a": ["x", "y"], "b": ["y", "z"]}), "xy") == []


def test_rows_are_found_in_parts_and_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_search, "ROWS_PER_STEP", 3)
    frame = pd.DataFrame({"n": [f"n{at % 4}" for at in range(10)]})
    assert [part.tolist() for part in find_rows(frame, "N1")] == [[1], [5], [], [9]]


@for_each(
    ("values", "text"),
    [
        (["2026-11-01", "2026-11-02", None, "2026-11-03 09:30"], "00:00"),
        (["1 days", "2 days", None, "3 days 09:30:00"], "00:00:00"),
    ],
)
def test_midnight_is_found_in_a_part_of_days_only(
    monkeypatch: pytest.MonkeyPatch, values: list[str | None], text: str
) -> None:
    monkeypatch.setattr(row_search, "ROWS_PER_STEP", 3)
    dtype = "timedelta64[ns]" if "days" in str(values[0]) else "datetime64[ns]"
    frame = pd.DataFrame({"at": pd.Series(values, dtype=object).astype(dtype)})
    assert found(frame, text) == [0, 1]
    assert found(frame.iloc[:3], text) == []


@pytest.mark.parametrize(
    "shape", [lambda frame: frame.iloc[:0], lambda frame: frame.iloc[:, :0]], ids=["no rows", "no columns"]
)
def test_nothing_is_found_in_an_empty_frame(shape: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    assert found(shape(pd.DataFrame({"a": ["x"]})), "x") == []


def test_labels_of_any_type_and_duplicate_columns_are_searched() -> None:
    frame = pd.DataFrame([["a", "b"], ["c", "d"]], columns=["x", "x"], index=[7, 7])
    assert found(frame, "d") == [1]
    assert found(frame.set_axis(pd.MultiIndex.from_tuples([("p", 1), ("q", 2)]), axis=1), "B") == [0]


def test_a_number_with_more_digits_than_python_writes_is_searched_as_it_is_shown() -> None:
    assert found(pd.DataFrame({"a": pd.Series([16**4000, "x"], dtype=object)}), "0x1") == [0]
    assert found(pd.DataFrame({"a": pd.Series(["x", [1, (16**4000,)]], dtype=object)}), "0x1") == [1]

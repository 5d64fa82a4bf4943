import datetime as dt
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dingnb.messages import MISSING
from dingnb.tables import factorize
from dingnb.tables.cells import read_values
from dingnb.tables.factorize import factorize_pairs, factorize_texts, factorize_values, find_combinations, take
from tests.table_rows import for_each

TEXTS = st.lists(st.sampled_from(["a", "b", "", "a\0b", "a\0c", "\ud800", "\\ud800", "'\\ud800'", "é"]))


@given(TEXTS)
def test_texts_share_a_code_exactly_when_they_are_equal(texts: list[str]) -> None:
    for factorized in (factorize_texts(texts), factorize_values(texts)):
        assert factorized.uniques == list(dict.fromkeys(texts))
        assert [factorized.uniques[code] for code in factorized.codes.tolist()] == texts


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3))))
def test_pairs_share_a_number_exactly_when_they_are_equal(pairs: list[tuple[int, int]]) -> None:
    first, second = (np.array([pair[at] for pair in pairs], dtype=np.int64) for at in (0, 1))
    assert factorize_pairs(first, second).tolist() == [list(dict.fromkeys(pairs)).index(pair) for pair in pairs]


NOON = pd.Timestamp("2026-01-01 12:00").to_pydatetime()
VALUES = [
    *("a", "1", "True", "nan", " ", "\ud800", 1, 1.0, 0.0, -0.0, 1.5, 2**53 + 1, float(2**53), True, None, pd.NA),
    *(float("nan"), float("inf"), dt.date(2026, 1, 1), NOON, pd.Timestamp("2026", tz="UTC")),
    *(pd.Timestamp("2026-01-01 08:00", tz="Asia/Shanghai"), Decimal("1.0"), Decimal("1.00"), [1], (1,), (1.0,)),
    *(np.int8(1), np.float32(1.5), np.str_("a"), b"a"),
]
OBJECTS = st.lists(st.sampled_from(VALUES), min_size=1, max_size=6).flatmap(
    lambda few: st.lists(st.sampled_from(few), min_size=1, max_size=20)
)


def with_types(values: list[object]) -> list[tuple[type, str]]:
    return [(type(value), repr(value)) for value in values]


@given(OBJECTS, OBJECTS)
def test_combinations_contain_the_template_values_of_each_row(one: list[object], other: list[object]) -> None:
    length = min(len(one), len(other))
    columns = [pd.Series(values[:length], dtype=object) for values in (one, other)]
    found = find_combinations(columns, length)
    if found is not None:
        for column, values in zip(columns, found.columns, strict=True):
            assert with_types([values[at] for at in found.codes]) == with_types(read_values(column))


@for_each(
    "column",
    [
        pd.Series([1, 2, 1]),
        pd.Series([1, 2, 1], dtype="uint8"),
        pd.Series([1.0, 2.5, np.nan, 1.0]),
        pd.Series([1.0, 2.5, np.nan, 1.0], dtype="float32"),
        pd.Series([1.0, 2.5, np.nan, 1.0], dtype="float16"),
        pd.Series([1, None, 1], dtype="Int64"),
        pd.Series([True, False, True]),
        pd.Series([True, None, True], dtype="boolean"),
        pd.Series(["a", None, "a", " "]),
        pd.Series(["a", None, "a"], dtype="string"),
        pd.Series(["a", None, "a"], dtype="category"),
        pd.Series(pd.Categorical([1, 2.5, None, 1], categories=[2.5, 1, 9])),
        pd.Series(pd.Categorical(pd.to_datetime(["2026-01-01", None, "2026-01-01"]))),
        pd.Series(pd.to_datetime(["2026-01-01", None, "2026-01-01"])),
        pd.Series(pd.to_datetime(["2026-01-01 09:30", "2026-01-01 00:00", "2026-01-01 09:30"])),
        pd.Series(pd.to_datetime(["2026-10-25 01:30", "2026-10-25 00:30"], utc=True).tz_convert("Europe/Berlin")),
        pd.Series(pd.to_timedelta(["1s", None, "1s"])),
        pd.Series([dt.date(2026, 1, 1), None, dt.date(2026, 1, 1)], dtype=object),
        pd.Series(pd.period_range("2026-01", periods=2, freq="M")),
    ],
)
def test_a_column_of_any_dtype_is_restored_or_not_factorized(column: "pd.Series[Any]") -> None:
    found = find_combinations([column], len(column))
    if found is not None:
        assert with_types([found.columns[0][at] for at in found.codes]) == with_types(read_values(column))
        assert len(found.columns[0]) == len({repr(value) for value in read_values(column)})


@for_each(
    "values",
    [
        [True, 1],
        [True, "True"],
        [Decimal("1.0"), Decimal("1.00")],
        [(1,), (True,)],
        [[1], [1]],
        [NOON, NOON],
    ],
)
def test_equal_values_that_look_different_are_not_combined(values: list[object]) -> None:
    assert find_combinations([pd.Series(values, dtype=object)], len(values)) is None


def test_the_combinations_of_some_rows_are_numbered_by_their_first_row() -> None:
    found = find_combinations([pd.Series(["a", "b", None, "b"]), pd.Series([1, 2, 3, 2])], 4)
    assert found is not None
    some = found.select(np.array([3, 2, 1]))
    assert some.codes.tolist() == [0, 1, 0]
    assert some.columns == [["b", MISSING], [2, 3]]


def test_values_are_taken_as_they_are() -> None:
    assert take([("a", "b"), ("c", "d")], np.array([1, 1])) == [("c", "d"), ("c", "d")]
    assert take(["a", None, ("c",)], np.array([2, 0])) == [("c",), "a"]
    assert take([], np.array([], dtype=np.int64)) == []


def test_no_columns_are_one_combination() -> None:
    found = find_combinations([], 3)
    assert found is not None
    assert (found.codes.tolist(), found.columns) == ([0, 0, 0], [])


@pytest.mark.parametrize(("rows_each", "is_worth_it"), [(1, False), (4, True), (1_000, True)])
@pytest.mark.parametrize("is_sorted", [True, False])
def test_a_sample_of_a_large_frame_decides_whether_to_combine(
    rows_each: int, *, is_worth_it: bool, is_sorted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(factorize, "_SAMPLE", 1_000)
    distinct = 20_000 // rows_each
    values = np.repeat(np.arange(distinct), rows_each) if is_sorted else np.tile(np.arange(distinct), rows_each)
    for column in (pd.Series(values), pd.Series(values.astype(str))):
        assert (find_combinations([column], len(column)) is not None) is is_worth_it


@pytest.mark.parametrize(("combinations", "is_worth_it"), [(4_800, True), (6_600, False)])
def test_a_frame_slightly_larger_than_the_sample_is_combined_if_that_halves_its_rows(
    combinations: int, *, is_worth_it: bool
) -> None:
    values = np.random.default_rng(3).permutation(np.arange(12_000) % combinations)
    assert (find_combinations([pd.Series(values)], len(values)) is not None) is is_worth_it

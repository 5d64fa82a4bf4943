import datetime as dt
import json
from decimal import Decimal
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from dingnb.bulk import column_facts as module
from dingnb.bulk.cells import read_values
from dingnb.bulk.column_facts import column_facts
from dingnb.messages import MISSING
from dingnb.messages.facts import NUMBERS, ColumnFacts
from dingnb.messages.shown import written

ENDLESS = 10**5_000
PYTHONS = {pd.Timestamp: dt.datetime, pd.Timedelta: dt.timedelta}


class Unwritable:
    def __str__(self) -> str:
        message = "no"
        raise RuntimeError(message)


def facts_by_looking(column: "pd.Series[Any]") -> ColumnFacts:
    """Look at the value of each row, as a template gets it."""
    values = [value for value in read_values(column) if value is not MISSING]
    texts = [
        max(str(value), str(written(value)), key=len)
        for value in values
        if not isinstance(value, Unwritable) and value is not ENDLESS
    ]
    in_json = [json.dumps(text, ensure_ascii=False).encode(errors="surrogatepass") for text in texts]
    are_numbers = bool(values) and {type(value) for value in values} <= NUMBERS
    return ColumnFacts(
        missing=len(column) - len(values),
        longest=max((len(one) - 2 for one in in_json), default=0),
        characters=max(map(len, texts), default=0),
        kinds=frozenset(PYTHONS.get(type(value), type(value)) for value in values),
        least=min(values) if are_numbers else None,  # type: ignore[type-var]
        greatest=max(values) if are_numbers else None,  # type: ignore[type-var]
    )


@pytest.fixture(autouse=True, params=[None, 2], ids=["one part", "parts of two"])
def _small_parts(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param:
        for name in ("_ROWS_AT_ONCE", "_FEWEST_AT_ONCE", "_TIMES_AT_ONCE"):
            monkeypatch.setattr(module, name, request.param)


NOON = dt.datetime(2026, 1, 1, 12)  # noqa: DTZ001
MIDNIGHT = dt.datetime(2026, 1, 1)  # noqa: DTZ001
VALUES = [
    *("a", "1", "True", "nan", "NaN", " ", "", "\u200b", "\ud800", "\ud83d\ude00", '"', "\\", "\n", "\x00", "\x7f"),
    *("月会", "😀😀", "工资\t", 1, -1, 0, 10**30, 1.0, -0.0, 1.5, -1.25, 1e-7, 1e22, 2**53 + 1, True, False, None),
    *(pd.NA, pd.NaT, float("nan"), float("inf"), float("-inf"), Decimal("1.00"), Decimal("NaN"), Decimal("1E+5")),
    *(dt.date(2026, 1, 1), NOON, MIDNIGHT, pd.Timestamp("2026", tz="UTC"), pd.Timestamp("2026-01-01T01:00:00.5")),
    *(
        pd.Timedelta("1s"),
        [1, "二"],
        (1,),
        {"a": 1},
        np.int8(1),
        np.float32(1.1),
        np.str_("ab"),
        np.datetime64("NaT"),
        b"a",
        ENDLESS,
    ),
    Unwritable(),
]
OBJECTS = st.lists(st.sampled_from(VALUES), max_size=6).flatmap(
    lambda few: st.lists(st.sampled_from(few), max_size=9) if few else st.just([])
)
FLOATS = st.one_of(
    st.floats(),
    st.integers(-(10**7), 10**7).map(lambda n: n / 100),
    st.tuples(st.integers(-(10**16), 10**16), st.integers(0, 20)).map(lambda pair: pair[0] / 10.0 ** pair[1]),
    st.floats(-1, 1),
)
UNITS = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
ZONES = [None, "UTC", "Asia/Shanghai", "Europe/Berlin", "America/St_Johns"]


@given(OBJECTS)
def test_of_any_objects_is_known_what_looking_at_each_tells(values: list[object]) -> None:
    column = pd.Series(values, dtype=object)
    assert column_facts(column) == facts_by_looking(column)


@given(OBJECTS)
def test_of_a_category_is_known_what_looking_at_each_tells(values: list[object]) -> None:
    hashable = [value for value in values if not isinstance(value, list | dict | np.generic)]
    categories = list(dict.fromkeys(value for value in hashable if not pd.isna(value)))
    codes = [categories.index(value) if not pd.isna(value) else -1 for value in hashable]
    column = pd.Series(pd.Categorical.from_codes(codes, pd.Index([*categories, "an unused one"], dtype=object)))
    assert column_facts(column) == facts_by_looking(column)


@given(st.lists(st.text(st.characters(), max_size=4) | st.sampled_from([None, "nan", " ", '"', "月"]), max_size=9))
@pytest.mark.parametrize("dtype", ["str", "string", object])
def test_of_texts_is_known_what_looking_at_each_tells(dtype: Any, texts: list[str | None]) -> None:
    column = pd.Series(texts, dtype=dtype)
    assert column_facts(column) == facts_by_looking(column)


@given(st.lists(FLOATS, max_size=12))
@pytest.mark.parametrize("dtype", ["float64", "float32", "Float64", "category"])
def test_of_floats_is_known_what_looking_at_each_tells(dtype: str, floats: list[float]) -> None:
    with np.errstate(over="ignore"):
        column = pd.Series(floats, dtype="float64").astype(dtype)
    assert column_facts(column) == facts_by_looking(column)


@given(st.data(), st.sampled_from(["int8", "uint8", "int64", "uint64", "Int64", "UInt8", "bool", "boolean"]))
def test_of_whole_numbers_and_booleans_is_known_what_looking_at_each_tells(data: st.DataObject, dtype: str) -> None:
    plain = np.dtype(getattr(pd.api.types.pandas_dtype(dtype), "numpy_dtype", dtype))
    column = pd.Series(data.draw(hnp.arrays(plain, st.integers(0, 6)))).astype(dtype)
    if dtype != plain.name:
        column[np.array(data.draw(st.lists(st.booleans(), min_size=len(column), max_size=len(column))), dtype=bool)] = (
            pd.NA
        )
    assert column_facts(column) == facts_by_looking(column)


@given(
    st.sampled_from(sorted(UNITS)),
    st.sampled_from(ZONES),
    st.lists(
        st.none()
        | st.tuples(
            st.sampled_from([0, 1, 1_000_000, -2_500_000_000, 1_700_000_000]) | st.integers(-5 * 10**9, 5 * 10**9),
            st.sampled_from([0, 1, 1_000, 10**6, 999_999_999]),
        ),
        max_size=6,
    ),
    st.sampled_from([1, 3_600, 86_400]),
)
def test_of_times_is_known_what_looking_at_each_tells(
    unit: str, zone: str | None, moments: list[tuple[int, int] | None], step: int
) -> None:
    ticks = [
        np.datetime64("NaT", unit)
        if moment is None
        else np.datetime64(moment[0] // step * step * UNITS[unit] + moment[1] * UNITS[unit] // 10**9, unit)
        for moment in moments
    ]
    column = pd.Series(np.array(ticks, dtype=f"datetime64[{unit}]")).dt.tz_localize(zone)
    for one in (column, column.astype("category"), column.astype(object)):
        assert column_facts(one) == facts_by_looking(one)


@pytest.mark.parametrize("zone", ZONES)
def test_midnights_are_dates_only_where_all_are(zone: str | None) -> None:
    midnights = pd.Series(pd.date_range("2026-01-01", periods=5, tz=zone))
    almost = pd.concat([midnights, pd.Series([pd.Timestamp("2026-01-02 00:00:01", tz=zone)])], ignore_index=True)
    for column, kind in ((midnights, dt.date), (almost, dt.datetime)):
        for one in (column, column.astype(object), column.astype("category")):
            assert column_facts(one) == facts_by_looking(one)
            assert facts_by_looking(one).kinds == {kind}


@pytest.mark.parametrize(
    "column",
    [
        pd.Series(pd.period_range("2026-01", periods=3, freq="M")),
        pd.Series(pd.interval_range(0, 3)),
        pd.Series(pd.to_timedelta(["1s", None, "1D"])),
        pd.Series([1 + 2j, 3]),
        pd.Series(pd.arrays.SparseArray([0.5, np.nan, 3.0])),
        pd.Series([0.1, 2.0], dtype="longdouble"),
        pd.Series([0.1, np.nan, 2.0], dtype="float16"),
        pd.Series(["a", "nan", "a", " ", None, "a"], dtype="category"),
        pd.Series(["2026-01-01", "0012-01-01"], dtype="datetime64[s]"),
    ],
    ids=map(str, range(9)),
)
def test_of_rare_dtypes_is_known_what_looking_at_each_tells(column: "pd.Series[Any]") -> None:
    assert column_facts(column) == facts_by_looking(column)


def test_nobody_has_to_wait_for_facts_that_are_not_wanted_any_more() -> None:
    for column in (pd.Series(["a"] * 5), pd.Series(["a"] * 5, dtype="category"), pd.Series([0.123456] * 5)):
        assert column_facts(column, lambda: True) is None
        asked: list[bool] = []
        assert column_facts(column, partial(_go_on, asked)) == facts_by_looking(column)
        assert asked


def _go_on(asked: list[bool]) -> bool:
    asked.append(True)
    return False

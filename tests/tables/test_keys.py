import datetime as dt
import io
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from dingnb.tables.cell_values import with_display_text
from dingnb.tables.keys import read_keys
from tests.table_rows import for_each


def test_a_key_is_the_text_of_its_cell_or_empty() -> None:
    column = pd.Series(["a", 1, 1.5, None, pd.NA, " ", "nan", "\ud800"], dtype=object)
    assert read_keys(column) == ["a", "1", "1.5", "", "", "", "", "\\ud800"]


def test_a_key_is_the_same_whatever_type_pandas_or_excel_gives_it() -> None:
    numbers = [
        7,
        7.0,
        np.int8(7),
        np.float32(7),
        Decimal("7.00"),
        "7",
        "007",
        "7.0",
        with_display_text(7, "0007"),
        " 7 ",
    ]
    assert set(read_keys(pd.Series(numbers, dtype=object))) == {"7"}
    assert set(read_keys(pd.Series([1.5, Decimal("1.50"), with_display_text(1.5, "150%")], dtype=object))) == {"1.5"}
    negative = [-7, -7.0, "-7", "-7.0", Decimal("-7.00"), "-007"]
    assert set(read_keys(pd.Series(negative, dtype=object))) == {"-7"}
    assert set(read_keys(pd.Series([0, -0.0, "0", "-0", Decimal("-0.00"), Decimal("0E+3")], dtype=object))) == {"0"}
    days = [dt.date(2026, 12, 1), dt.datetime(2026, 12, 1), pd.Timestamp("2026-12-01"), "2026/12/1", "2026年12月1日"]  # noqa: DTZ001
    assert set(read_keys(pd.Series(days, dtype=object))) == {"2026-12-01"}
    times = [dt.datetime(2026, 12, 1, 9, 30), pd.Timestamp("2026-12-01 09:30"), "2026-12-01 09:30", "2026/12/1 9:30:00"]  # noqa: DTZ001
    assert set(read_keys(pd.Series(times, dtype=object))) == {"2026-12-01 09:30:00"}
    durations = [dt.timedelta(days=1), pd.Timedelta(days=1), np.timedelta64(1, "D"), "1 days 00:00:00"]
    assert set(read_keys(pd.Series(durations, dtype=object))) == {"1 days 00:00:00"}
    assert set(read_keys(pd.Series([True, np.True_, "TRUE", "True"], dtype=object))) == {"TRUE"}
    assert read_keys(pd.Series(["a  b", "a b", "A b", "2026.1", "2026.10"])) == [
        "a b",
        "a b",
        "A b",
        "2026.1",
        "2026.10",
    ]


@for_each(
    "column",
    [
        pd.Series(pd.to_datetime(["2026-12-01 09:30:00.5", "2026-12-02 09:30:00.25"], format="ISO8601")),
        pd.Series(pd.to_datetime(["2026-12-01 09:30:00.123456", "2026-12-01"], format="ISO8601")),
        pd.Series(pd.to_timedelta(["1h", "1.5s"])),
    ],
)
def test_a_time_has_the_same_key_in_a_file_that_pandas_wrote(column: "pd.Series[Any]") -> None:
    file = io.StringIO(column.to_frame("key").to_csv(index=False))
    assert read_keys(pd.read_csv(file, dtype=str)["key"]) == read_keys(column)


def test_only_zeros_behind_seconds_are_left_out() -> None:
    keys = ["2026-12-01 09:30:00.500", "2026-12-01 0:00:00.05", "12:30.50", "a:100", "09:30:10"]
    assert read_keys(pd.Series(keys)) == ["2026-12-01 09:30:00.5", "2026-12-01 00:00:00.05", *keys[2:]]


def test_a_key_is_the_same_in_a_column_of_short_floats() -> None:
    for dtype in ("float32", "Float32", "float64", "object"):
        assert read_keys(pd.Series([0.1, None, 7.0], dtype=dtype)) == ["0.1", "", "7"]


def test_different_keys_remain_different_beyond_the_range_of_pandas_and_the_precision_of_decimals() -> None:
    long_number = "1234567890123456789012345678901"
    assert read_keys(pd.Series([Decimal(long_number), Decimal(f"-{long_number}.50")], dtype=object)) == [
        long_number,
        f"-{long_number}.5",
    ]
    keys = read_keys(pd.Series([Decimal("1E+3"), Decimal("1E+5000000"), Decimal("1E-5000000")], dtype=object))
    assert keys == ["1000", "1E+5000000", "1E-5000000"]
    assert read_keys(pd.Series([dt.timedelta.max, dt.timedelta.min], dtype=object)) == [
        "999999999 days, 23:59:59.999999",
        "-999999999 days, 0:00:00",
    ]

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dingnb.errors import InputError
from dingnb.messages.filters import format_date, money, number, percent


@pytest.mark.parametrize(
    ("value", "shown"),
    [("1,234.5", "1,234.50"), (0.005, "0.01"), (-0.005, "-0.01"), ("１２", "12.00"), (Decimal("2.675"), "2.68")],
)
def test_amounts_are_rounded_half_up(value: object, shown: str) -> None:
    assert money(value) == shown


@pytest.mark.parametrize(
    "value", ["", "x", "1,5", "1,23", "1_000", True, None, "nan", "Infinity", "1E999999999", "1E-999999999", "¥5"]
)
def test_what_is_no_number_is_refused_and_never_guessed(value: object) -> None:
    for one in (money, number, percent):
        with pytest.raises(InputError, match="is not a number"):
            one(value)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**12), max_value=10**12))
def test_money_reads_back_as_the_amount(amount: Decimal) -> None:
    assert Decimal(money(amount).replace(",", "")) == amount


def test_a_long_value_is_quoted_short() -> None:
    with pytest.raises(InputError) as caught:
        money("x" * 10_000)
    assert len(caught.value.what) < 200


@pytest.mark.parametrize(
    "value",
    [date(2026, 11, 3), datetime(2026, 11, 3, 9), "2026-11-03", "2026/11/3", "2026.11.3", "2026年11月3日"],  # noqa: DTZ001
)
def test_dates_are_read_as_people_write_them(value: object) -> None:
    assert format_date(value, "%Y年%m月%d日") == "2026年11月03日"


@pytest.mark.parametrize("value", ["", "x", "3/11/2026", 45_000, None])
def test_what_is_no_date_is_refused(value: object) -> None:
    with pytest.raises(InputError, match="is not a date"):
        format_date(value)

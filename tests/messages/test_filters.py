from datetime import date, datetime, time
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dingnb.errors import InputError, TemplateError
from dingnb.messages.filters import format_date, money, number, percent, quote_value
from dingnb.messages.template import Template
from dingnb.tables.cell_values import MISSING
from dingnb.words import Language, say, set_language
from tests.table_rows import for_each


@pytest.mark.parametrize(
    ("value", "shown"),
    [("1,234.5", "1,234.50"), (0.005, "0.01"), (-0.005, "-0.01"), ("１２", "12.00"), (Decimal("2.675"), "2.68")],
)
def test_amounts_are_rounded_half_up(value: object, shown: str) -> None:
    assert money(value) == shown


def test_the_largest_amounts_keep_all_their_digits() -> None:
    assert money(10**30 + 1).replace(",", "") == f"{10**30 + 1}.00"


class _DateOfWindows(datetime):
    def strftime(self, form: str) -> str:
        if "%-" in form:
            raise ValueError(form)
        return super().strftime(form)


@for_each("form", ["YYYY-MM-DD", "yyyy年MM月dd日", "", "月", "%Q", "%Ey", "%s", "%-d日%", "%"])
def test_a_date_format_that_would_be_sent_as_it_is_is_refused(form: str) -> None:
    for value in (date(2026, 1, 3), "2026-01-03", time(9, 30)):
        with pytest.raises(InputError, match="is not a format for the filter date") as caught:
            format_date(value, form)
        assert 'date("%Y-%m-%d")' in caught.value.hint


def test_every_directive_that_all_systems_have_is_written() -> None:
    form = "".join(f"%{directive}" for directive in "aAbBcCdDeFgGhjmuUVwWxyYfHIMnprRStTXzZ%")
    written = format_date(datetime(2026, 1, 3, 9, 0), form + " %-d%%")  # noqa: DTZ001 - as in messages
    assert written.count("%") == 2
    assert written.endswith(" 3%")


def test_numbers_of_dates_without_leading_zeros_are_written_on_every_system() -> None:
    moment = _DateOfWindows(2026, 1, 3, 9, 0)
    assert format_date(moment, "%-m月%-d日 %-H:%M") == "1月3日 9:00"
    assert format_date(moment, "%-M") == "0"
    assert format_date(moment, "%-e日") == "3日"


def test_zero_has_no_sign() -> None:
    assert (money(-0.001), number(-0.0), number(-0.4, 0), percent("-0.0001")) == ("0.00", "0", "0", "0.0%")


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("{{ (a + b) | number }}", "0.3"),
        ("{{ (1.15 * a) | money }}", "0.12"),
        ("{{ (0.35 * a) | percent(0) }}", "4%"),
        ("{{ 12345678901234568.0 | number }}", "12,345,678,901,234,568"),
    ],
)
def test_the_digits_that_a_spreadsheet_does_not_show_are_not_counted(source: str, shown: str) -> None:
    assert Template(source).render_rows({"a": [0.1], "b": [0.2]}, 1) == ([shown], [])


def test_every_digit_of_a_long_share_is_written() -> None:
    assert percent("123456789012345678901234567891") == "12,345,678,901,234,567,890,123,456,789,100.0%"
    assert percent("0.12345678901234567890123456785", 27) == "12.345678901234567890123456785%"


@for_each("value", ["", "x", "1,5", "1,23", "1_000", True, None, "nan", "Infinity", "¥5"])
def test_a_text_that_is_not_a_number_is_refused_without_guessing(value: object) -> None:
    for convert in (money, number, percent):
        with pytest.raises(InputError, match="is not a number"):
            convert(value)


@for_each("value", [1e-31, -1e-300, "1E-999999999", Decimal("0E-50"), Decimal("0E+50")])
def test_a_number_too_small_to_be_written_is_zero(value: object) -> None:
    assert (number(value), money(value), percent(value)) == ("0", "0.00", "0.0%")


@for_each("value", [1e31, -1e300, 10**31, "1E999999999"])
def test_a_number_too_large_to_be_written_is_called_so(value: object) -> None:
    for convert in (money, number, percent):
        with pytest.raises(InputError, match="is too large for the filter"):
            convert(value)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**12), max_value=10**12))
def test_money_reads_back_as_the_amount(amount: Decimal) -> None:
    assert Decimal(money(amount).replace(",", "")) == amount


def test_a_long_value_is_quoted_short() -> None:
    with pytest.raises(InputError) as caught:
        money("x" * 10_000)
    assert len(caught.value.what) < 200


@for_each(
    "value",
    [date(2026, 11, 3), datetime(2026, 11, 3, 9), "2026-11-03", "2026/11/3", "2026.11.3", "2026年11月3日"],  # noqa: DTZ001
)
def test_dates_are_read_as_people_write_them(value: object) -> None:
    assert format_date(value, "%Y年%m月%d日") == "2026年11月03日"


def test_decimals_are_sent_without_an_exponent() -> None:
    amounts = [Decimal("1E+3"), Decimal(12000).normalize(), Decimal("12.50"), Decimal("-1E-9"), Decimal("0E+2")]
    texts, failures = Template("{{ n }}").for_columns(["n"]).render_rows({"n": amounts}, len(amounts))
    assert texts == ["1000", "12000", "12.50", "-0.000000001", "0"]
    assert not failures
    assert Template("{{ n }}").for_columns(["n"]).render_rows({"n": [Decimal("1E+999999")]}, 1)[0] == ["1E+999999"]


def test_for_a_period_the_advice_is_what_pandas_accepts() -> None:
    months = pd.Series(pd.period_range("2026-01", periods=1, freq="M"))
    with pytest.raises(InputError, match=r"frame\[column\]\.dt\.to_timestamp\(\)"):
        format_date(months[0])
    assert format_date(months.dt.to_timestamp()[0], "%Y年%m月") == "2026年01月"


def test_the_advice_about_a_duration_works() -> None:
    spent = pd.Timedelta(hours=26, minutes=30)
    with pytest.raises(InputError, match="Without the filter it is written in hours, minutes and seconds"):
        format_date(spent)
    assert Template("{{ spent }}").render_rows({"spent": [spent]}, 1) == (["26:30:00"], [])


@pytest.mark.parametrize("value", ["", "x", "3/11/2026", 45_000, None])
def test_a_text_that_is_not_a_date_is_refused(value: object) -> None:
    with pytest.raises(InputError, match="is not a date"):
        format_date(value)


@for_each(
    ("source", "value", "filter_written"),
    [
        ("{{ a | truncate(1) }}", "a longer text", "truncate(1)"),
        ("{{ a | truncate(-5) }}", "a longer text", "truncate(-5)"),
        ("{{ a | truncate('x') }}", "a longer text", "truncate('x')"),
        ("{{ a | truncate(5, end=3) }}", "a longer text", "truncate(5, end=3)"),
        ("{{ a | money('x') }}", 1200, "money('x')"),
        ("{{ a | money(none) }}", 1200, "money(None)"),
        ("{{ a | money(1e9) }}", 1200, "money(1000000000.0)"),
        ("{{ a | number(999) }}", 1200, "number(999)"),
        ("{{ a | percent([]) }}", 0.5, "percent([])"),
        ("{{ a | round('a') }}", 1200, "round('a')"),
        ("{{ a | round(99) }}", 1200, "round(99)"),
        ("{{ a | round(2, 'up') }}", 1200, "round(2, 'up')"),
        ("{{ a | date(5) }}", "2026-11-02", "date(5)"),
        ("{{ a | date(5) }}", time(9, 30), "date(5)"),
        ("{{ a | trim(5) }}", "text", "trim(5)"),
        ("{{ a | format(1) }}", "text", "format(1)"),
        ("{{ a | format(name=1, value=2) }}", "%(x)s", "format(name=1, value=2)"),
        ("{{ a | join }}", 1200, "join"),
        ("{{ a | sort }}", [1, "x"], "sort"),
        ("{{ a | unique }}", [[1], [1]], "unique"),
        ("{{ a | sum }}", "text", "sum"),
        ("{{ a | abs }}", "text", "abs"),
        ("{{ a | length }}", 1200, "length"),
        ("{{ a | default(0) | first }}", 1200, "first"),
    ],
)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_filter_that_cannot_be_applied_is_named_with_its_column_and_row(
    language: Language, source: str, value: object, filter_written: str
) -> None:
    template = Template(source)
    set_language(language)
    _, failures = template.render_rows({"a": [value, MISSING, value]}, 3)
    first, *_, last = failures
    assert [(failure.position, failure.column) for failure in (first, last)] == [(0, "a"), (2, "a")]
    assert str(first.reason) == say("template.misuse_in_column", name=filter_written, value=repr(value), column="a")
    assert str(first.hint) == say("template.misuse_todo", name=filter_written.partition("(")[0])


def test_a_filter_of_a_value_without_a_column_is_named_with_the_value() -> None:
    _, [failure] = Template("{{ [a, 1] | sort }}").render_rows({"a": ["x"]}, 1)
    assert (failure.column, str(failure.reason)) == ("", "The filter sort cannot be applied to ['x', 1].")


@for_each(
    ("source", "name"),
    [
        ("{{ a | money(1, 2) }}", "money"),
        ("{{ a | money(places=1) }}", "money"),
        ("{{ a | upper(1) }}", "upper"),
        ("{{ a | replace('x') }}", "replace"),
        ("{{ a | default(1, true, 2) }}", "default"),
        ("{{ a | list(1) }}", "list"),
    ],
)
def test_invalid_filter_arguments_are_an_error_of_the_template(source: str, name: str) -> None:
    with pytest.raises(TemplateError, match=f"the filter {name} arguments"):
        Template(source)


@for_each(
    "source",
    [
        "{{ a | list | join }}",
        "{{ a | join('-', attribute=0) }}",
        "{{ a | sort(reverse=true) | join }}",
        "{{ a | first }}",
        "{{ a | truncate(9, true, '', leeway=0) }}",
        "{{ a | money(*[2]) if false }}",
        "{{ '%s' | format(a, a) if false }}",
    ],
)
def test_valid_filter_arguments_are_accepted(source: str) -> None:
    assert Template(source).render_rows({"a": ["text"]}, 1)[1] == []


@pytest.mark.parametrize("value", ["9" * 1_000, "1." + "0" * 1_000, "2026-11-03" + " 0" * 1_000])
def test_a_very_long_text_is_neither_a_number_nor_a_date(value: str) -> None:
    with pytest.raises(InputError, match="is not a number"):
        money(value)
    with pytest.raises(InputError, match="is not a date"):
        format_date(value)


def test_a_list_with_millions_of_items_is_quoted_at_once() -> None:
    deep: list[object] = ["x"]
    for _ in range(60):
        deep = [deep, deep]
    for value in (deep, ["x"] * 3_000_000, {"k": deep}):
        assert len(quote_value(value)) <= 81
    assert (quote_value([1, "a"]), quote_value({"a": (1,)}), quote_value("it's")) == (
        "[1, 'a']",
        "{'a': (1,)}",
        '"it\'s"',
    )


def test_digits_around_a_conversion_are_not_its_width() -> None:
    for source in ("{{ '2026: 100%% of %s * %s' | format(a, 1) }}", "{{ '2026: 100%% of %s * %s' % (a, 1) }}"):
        assert Template(source).render_rows({"a": [5]}, 1) == (["2026: 100% of 5 * 1"], [])

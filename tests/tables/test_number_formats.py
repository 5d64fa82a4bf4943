from contextlib import suppress
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dingnb.tables.number_formats import (
    Temporal,
    UnknownFormatError,
    format_number,
    format_temporal,
    format_text,
    is_date_format,
    plain_number,
    shows_month,
)
from tests.table_rows import for_each

ACCOUNTING = '_ ¥* #,##0.00_ ;_ ¥* -#,##0.00_ ;_ ¥* "-"??_ ;_ @_ '
EURO = "[$€-407]#,##0;[Red]-[$€-407]#,##0"

NUMBERS = [
    (0.125, "0.0%", "12.5%"),
    (0.125, "0%", "13%"),
    (0.285, "0%", "29%"),
    (1234.5, '"¥"#,##0.00', "¥1,234.50"),
    (1234.5, "￥#,##0.00", "￥1,234.50"),
    (1234567.891, "#,##0.00", "1,234,567.89"),
    (1000000, "[$¥-804]#,##0", "¥1,000,000"),
    (-3, EURO, "-€3"),
    (-1234.5, ACCOUNTING, "¥-1,234.50"),
    (0, ACCOUNTING, "¥-"),
    (-1234.5, "#,##0.00_);(#,##0.00)", "(1,234.50)"),
    (1234.5, "#,##0.00_);(#,##0.00)", "1,234.50"),
    (-5, "0;(0)", "(5)"),
    (-2.5, "0.0", "-2.5"),
    (5, "0.#", "5."),
    (0.5, "#.##", ".5"),
    (0.5, ".00", ".50"),
    (-12.5, '"¥".00', "-¥12.50"),
    (-0.5, ".0;(.0)", "(.5)"),
    (0, "#", ""),
    (0, "0;-0;", ""),
    (5, ";;;", ""),
    (13912345678, "000-0000-0000", "139-1234-5678"),
    (7, "00000", "00007"),
    (123, '"A"000', "A123"),
    (5, '0"人"', "5人"),
    (0.5, '0.00"元"', "0.50元"),
    (12.5, "0.0\\元", "12.5元"),
    (1234567, "#,##0,", "1,235"),
    (12345678, '0.0,,"M"', "12.3M"),
    (1234.5, "0.00E+00", "1.23E+03"),
    (1.25, "0.0E+00", "1.3E+00"),
    (9.96, "0.0E+00", "1.0E+01"),
    (0, "0.00E+00", "0.00E+00"),
    (1500, "0.##E+0", "1.5E+3"),
    (0.00012, "0.0E-00", "1.2E-04"),
    (12345, '"约"0.0E+0"克"', "约1.2E+4克"),
    (-12345, "0.0E+00;(0.0E+00)", "(1.2E+04)"),
    (85, '[>=60]"及格";"不及格"', "及格"),
    (55, '[>=60]0"及格";0"不及格"', "55不及格"),
    (-5, "[<0]0;0.0", "5"),
    (-5, "[<100]0.0;0", "-5.0"),
    (-5, "[<>0]0;0.0", "-5"),
    (-5, "[>=0]0;(0)", "(5)"),
    (-5, "[>0]0;[=0]0.0;(0)", "(5)"),
    (-5, "[>=60]0;(0)", "-(5)"),
    (-5, "0.00;@", "-5.00"),
    (0, "0.00;(0.00);@", "0.00"),
    (-5, "0.00;(0.00);@", "(5.00)"),
    (-5, '@"号"', "-5号"),
    (0.1 + 0.2, "General", "0.3"),
    (0.1 + 0.2, "G/通用格式", "0.3"),
    (12, '"第"General"名"', "第12名"),
    (12, "@", "12"),
    (1.005, "0.00", "1.01"),
    (2.5, "0", "3"),
    (1e-7, "0.00", "0.00"),
    (12345678, '0!.0,"万"', "1234.6万"),
    (12345, '#!.0000"万元"', "1.2345万元"),
    (0.00001, "General", "0.00001"),
    (123456789012345680, "0", "123456789012345680"),
]

MORNING = datetime(2026, 11, 5, 9, 5, 7)  # noqa: DTZ001 - a cell has no zone

MOMENTS = [
    (MORNING, "yyyy/m/d", "2026/11/5"),
    (MORNING, "yyyy/m/d;@", "2026/11/5"),
    (MORNING, 'yyyy"年"m"月"d"日"', "2026年11月5日"),
    (MORNING, "yyyy年m月", "2026年11月"),
    (MORNING, "m月d日", "11月5日"),
    (MORNING, "mm-dd-yy", "2026/11/5"),
    (MORNING, "m/d/yy h:mm", "2026/11/5 9:05"),
    (MORNING, "yyyy-mm-dd hh:mm:ss", "2026-11-05 09:05:07"),
    (MORNING, "yyyy\\-mm\\-dd", "2026-11-05"),
    (MORNING, "yyyymmdd", "20261105"),
    (MORNING, "yy.m.d", "26.11.5"),
    (MORNING, "[$-804]aaaa;@", "星期四"),
    (MORNING, '"周"aaa', "周四"),
    (MORNING, "d-mmm-yy", "5-Nov-26"),
    (MORNING, "dddd, mmmm d", "Thursday, November 5"),
    (MORNING, "[$-F800]dddd, mmmm dd, yyyy", "2026年11月5日"),
    (MORNING, "[$-F400]h:mm:ss AM/PM", "9:05:07"),
    (MORNING, "[$-x-sysdate]dddd, mmmm dd, yyyy", "2026年11月5日"),
    (MORNING, "[$-x-systime]h:mm:ss AM/PM", "9:05:07"),
    (MORNING, "mm:ss.0", "05:07.0"),
    (date(2026, 1, 31), "m/d", "1/31"),
    (time(9, 30), "h:mm", "9:30"),
    (time(21, 30), "h:mm AM/PM", "9:30 PM"),
    (time(0, 5), "h:mm AM/PM", "12:05 AM"),
    (time(21, 30), '上午/下午h"时"mm"分"', "下午9时30分"),
    (time(9, 30), "[$-804]AM/PM h:mm", "上午 9:30"),
    (timedelta(hours=26, minutes=30), "[h]:mm", "26:30"),
    (timedelta(hours=26, minutes=30, seconds=5), "[hh]:mm:ss", "26:30:05"),
    (timedelta(minutes=90), "[mm]:ss", "90:00"),
    (timedelta(seconds=89, microseconds=999_900), "[s]", "90"),
    (time(9, 29, 59, 997_000), "h:mm", "9:30"),
    (time(9, 5, 6, 997_000), "h:mm:ss", "9:05:07"),
    (timedelta(hours=-1, minutes=-30), "[h]:mm", "-1:30"),
    (time(9, 5, 6, 960_000), "mm:ss.0", "05:07.0"),
    (time(9, 5, 6, 460_000), "mm:ss.0;-mm:ss.0", "05:06.5"),
    (datetime(2026, 11, 5, 23, 59, 59, 997_000), "m/d h:mm", "11/6 0:00"),  # noqa: DTZ001 - likewise
    (datetime(2026, 11, 5, 23, 59, 59, 997_000), "m/d", "11/5"),  # noqa: DTZ001 - likewise
    (datetime(9999, 12, 31, 23, 59, 59, 997_000), "yyyy h:mm", "9999 23:59"),  # noqa: DTZ001 - likewise
    (MORNING, "[$-804]dddd", "星期四"),
    (MORNING, "[$-804]ddd", "周四"),
    (MORNING, "[$-804]mmmm", "十一月"),
    (MORNING, "[$-804]mmm", "11月"),
    (MORNING, "[$-130804]mmm", "11月"),
    (MORNING, "[$-zh-CN]mmmm", "十一月"),
    (MORNING, "[$-en-US]mmmmm", "N"),
    (MORNING, "ddddd", "Thursday"),
    (MORNING, "aaaa", "星期四"),
]


def test_numbers_are_formatted_as_in_excel() -> None:
    assert [format_number(value, form) for value, form, _ in NUMBERS] == [shown for _, _, shown in NUMBERS]


def test_texts_are_formatted_as_in_excel() -> None:
    texts = [
        ("0;-0;0;General", "王"),
        ('0;-0;0;"姓名："General', "姓名：王"),
        ('0.00;@"先生"', "王先生"),
        ('0.00" 元"', "王"),
        ("0;-0;0;", ""),
        ("[>1.2.3]0", "王"),
    ]
    assert [format_text("王", form) for form, _ in texts] == [shown for _, shown in texts]


def test_dates_and_times_are_formatted_as_in_excel() -> None:
    assert [format_temporal(value, form) for value, form, _ in MOMENTS] == [shown for _, _, shown in MOMENTS]


@for_each(
    "form",
    [
        *("# ?/?", "[DBNum1]0", "yyyy", "0" * 300, "[>5]0", "0" + "%" * 60),
        *("##0.0E+0", "0%E+0", "0E+0%", "0E+0E+0"),
        *("[>1.2.3]0", "[<.]0;0", "[=]0", "[>1E3]0;0.0"),
    ],
)
def test_unsupported_formats_of_numbers_are_errors(form: str) -> None:
    with pytest.raises(UnknownFormatError):
        format_number(1.5, form)


@pytest.mark.parametrize(("value", "form"), [(MORNING, "0.00"), (time(1), "yyyy"), (MORNING, "ggge")])
def test_unsupported_formats_of_dates_are_errors(value: Temporal, form: str) -> None:
    with pytest.raises(UnknownFormatError):
        format_temporal(value, form)


@for_each("form", ["[>1.2.3]yyyy", "[<.]m", "[>-]d"])
def test_a_format_with_an_invalid_condition_is_not_a_date_format(form: str) -> None:
    assert not is_date_format(form)
    assert not shows_month(form)


FORMATS = st.text(st.sampled_from('0#?.,%/;-_*@[]<"\\E+ymdhsa$>= 元:'), max_size=20)


@given(st.one_of(st.integers(-(10**15), 10**15), st.floats(-1e15, 1e15)), FORMATS)
def test_any_format_shows_a_number_or_is_unsupported(value: float, form: str) -> None:
    with suppress(UnknownFormatError):
        assert isinstance(format_number(value, form), str)


@given(st.datetimes(), FORMATS)
def test_any_format_shows_a_date_or_is_unsupported(value: datetime, form: str) -> None:
    with suppress(UnknownFormatError):
        assert isinstance(format_temporal(value, form), str)


@given(st.integers(-(10**14), 10**14), st.integers(0, 4))
def test_grouped_numbers_are_those_of_python(cents: int, places: int) -> None:
    value = cents / 10**places
    form = "#,##0" + ("." + "0" * places if places else "")
    assert format_number(value, form) == f"{float(plain_number(value)):,.{places}f}"

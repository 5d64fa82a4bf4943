from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dingnb.tables.ids import Cell, normalize_id, read_mobile, read_userid
from dingnb.words import set_language
from tests.table_rows import for_each

MAINLAND = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)
ANY_CELL = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=10**5_000, max_value=10**5_000 + 9),
    st.floats(),
    st.text(),
    st.text(alphabet="0123456789+-() ./转ext#=\"'１２３\u200b"),
    st.datetimes(),
    st.binary(),
    st.decimals(),
    st.lists(st.integers()),
)


@pytest.fixture(autouse=True)
def english() -> None:
    set_language("en")


@for_each(
    "written",
    [
        "13900000001",
        "139 0000 0001",
        "139-0000-0001",
        "139.0000.0001",
        "139–0000–0001",
        "+8613900000001",
        "+86 139 0000 0001",
        "(+86) 139-0000-0001",
        "0086 13900000001",
        "8613900000001",
        "86-139-0000-0001",
        "013900000001",
        "１３９０００００００１",
        "＋８６　１３９－００００－０００１",
        "\u200b13900000001\ufeff",
        "\u202d13900000001\u202c",
        "\u206813900000001\u2069",
        "13900000001\t",
        "13900000001.0",
        '="13900000001"',
        "'13900000001",
    ],
)
def test_a_mobile_number_of_the_mainland_becomes_eleven_digits(written: str) -> None:
    assert read_mobile(written).text == "13900000001"


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("+852 9123 4567", "+85291234567"),
        ("00852-91234567", "+85291234567"),
        ("+1 (212) 555-0123", "+12125550123"),
        ("+1 415 555 0123", "+14155550123"),
        ("0065 8123 4567", "+6581234567"),
    ],
)
def test_a_number_abroad_keeps_its_country_code(written: str, number: str) -> None:
    assert read_mobile(written).text == number


@for_each(
    "written",
    [
        "010-62345678",
        "(010) 62345678",
        "0755-82345678",
        "0571 8765432",
        "+86 10 6234 5678",
        "+86-755-82345678",
        "0086-010-62345678",
        "400-123-4567",
        "800 123 4567",
        "95588",
        "10086",
        "010-62345678-801",
        "010-62345678转801",
    ],
)
def test_a_land_line_is_refused_as_one(written: str) -> None:
    cell = read_mobile(written)
    assert cell.text == ""
    assert str(cell.problem).startswith(f"{written!r} is a landline")


@pytest.mark.parametrize("written", ["13900000001转12", "13900000001 ext. 5", "13900000001#12", "13900000001-123"])
def test_a_mobile_number_with_an_extension_is_refused(written: str) -> None:
    assert "extension" in str(read_mobile(written).problem)


@for_each(
    "written",
    [
        "13900000001/13900000002",
        "13900000001 13900000002",
        "13900000001、13900000002",
        "13900000001；13900000002",
        "13900000001\n13900000002",
        "13900000001,010-62345678",
        "+8613900000001 +8613900000002",
    ],
)
def test_two_numbers_in_a_cell_are_refused(written: str) -> None:
    cell = read_mobile(written)
    assert cell.text == ""
    assert "several numbers" in str(cell.problem)


@for_each(
    "written",
    ["1390000000", "139000000011", "139000O0001", "12345678901", "9123 4567", "张三", "+86", "١٣٩٠٠٠٠٠٠٠١", "@all"],
)
def test_an_invalid_number_is_refused(written: str) -> None:
    assert "isn't a valid mobile number" in str(read_mobile(written).problem)


@pytest.mark.parametrize("written", ["1.38E+10", "1.39e10", "1.38E+018", "1E+10"])
def test_lost_digits_are_not_invented(written: str) -> None:
    for read in (read_mobile, read_userid):
        assert "lost digits" in str(read(written).problem)


@pytest.mark.parametrize("written", ['=HYPERLINK("http://x.example","y")', "=1+1", "<b>1</b>", "=cmd!A1"])
def test_a_formula_or_html_is_not_a_userid(written: str) -> None:
    cell = read_userid(written)
    assert cell.text == ""
    assert cell.problem


def test_a_date_is_not_an_id_and_is_shown_readably() -> None:
    assert str(read_userid(datetime(2020, 1, 2)).problem).startswith("'2020-01-02 00:00:00' is of type datetime")  # noqa: DTZ001


def test_an_id_that_resembles_scientific_notation_is_valid() -> None:
    assert read_userid("7E12") == Cell("7E12")


@given(ANY_CELL)
def test_reading_an_id_never_raises_and_gives_one_result(value: object) -> None:
    for read in (read_mobile, read_userid):
        cell = read(value)
        assert not (cell.text and cell.problem)


@given(ANY_CELL)
def test_reading_a_number_is_idempotent(value: object) -> None:
    number = read_mobile(value).text
    assert read_mobile(number) == Cell(number)


@given(MAINLAND, st.sampled_from(["", "+86", "0086", "86", "+86 ", "(+86)"]), st.sampled_from(["", " ", "-", "."]))
def test_a_number_is_read_in_any_common_format(number: str, prefix: str, mark: str) -> None:
    written = prefix + mark.join((number[:3], number[3:7], number[7:]))
    assert read_mobile(written).text == number


@given(
    st.from_regex(r"[0-9A-Za-z_-]{1,64}", fullmatch=True),
    st.sampled_from(["{}", " {}\u3000", "\u200b{}", "\ufeff{}\t", '="{}"', "'{}"]),
)
def test_an_id_is_read_with_the_marks_of_spreadsheets(userid: str, wrapped: str) -> None:
    assert normalize_id(wrapped.format(userid)) == userid

import pickle
import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dingnb.language
from dingnb import errors
from dingnb.errors import (
    Code,
    Kind,
    Repeat,
    api_codes,
    callback_codes,
    code_table,
    error_for,
    find_code,
    oapi_codes,
    oapi_codes_more,
)
from dingnb.language import set_language

TABLES = {
    "oapi_codes": oapi_codes.CODES,
    "oapi_codes_more": oapi_codes_more.CODES,
    "callback_codes": callback_codes.CODES,
    "api_codes": api_codes.CODES,
}
ROWS = [row for table in TABLES.values() for row in table]
DOCS = Path(__file__).parents[2] / "docs" / "dingtalk.md"
CJK = re.compile(r"[\u4e00-\u9fff]")

# What a sender meets: the code, its kind, when it may be repeated, and whether it may have been done.
IMPORTANT = [
    ("-1", Kind.BUSY, Repeat.SOON, True),
    ("15", Kind.BUSY, Repeat.SOON, True),
    ("isp.-1", Kind.BUSY, Repeat.SOON, True),
    ("isp.top-remote-connection-timeout", Kind.BUSY, Repeat.SOON, True),
    ("500", Kind.BUSY, Repeat.SOON, True),
    ("34015", Kind.BUSY, Repeat.SOON, True),
    ("400001", Kind.BUSY, Repeat.SOON, True),
    ("system.error", Kind.BUSY, Repeat.SOON, True),
    ("unknown.send.result", Kind.BUSY, Repeat.SOON, True),
    ("22", Kind.ARGUMENT, Repeat.NEVER, False),
    ("41", Kind.ARGUMENT, Repeat.NEVER, False),
    ("404", Kind.ARGUMENT, Repeat.NEVER, False),
    ("34014", Kind.ARGUMENT, Repeat.NEVER, False),
    ("40008", Kind.ARGUMENT, Repeat.NEVER, False),
    ("40032", Kind.ARGUMENT, Repeat.NEVER, False),
    ("40033", Kind.ARGUMENT, Repeat.NEVER, False),
    ("40035", Kind.ARGUMENT, Repeat.NEVER, False),
    ("41029", Kind.ARGUMENT, Repeat.NEVER, False),
    ("400002", Kind.ARGUMENT, Repeat.NEVER, False),
    ("1430000", Kind.ARGUMENT, Repeat.NEVER, False),
    ("AuthenticationFailed.MissingParameter", Kind.ARGUMENT, Repeat.NEVER, False),
    ("33001", Kind.CREDENTIALS, Repeat.NEVER, False),
    ("40056", Kind.CREDENTIALS, Repeat.NEVER, False),
    ("40089", Kind.CREDENTIALS, Repeat.NEVER, False),
    ("40096", Kind.CREDENTIALS, Repeat.NEVER, False),
    ("60020", Kind.CREDENTIALS, Repeat.NEVER, False),
    ("70003", Kind.CREDENTIALS, Repeat.NEVER, False),
    ("310000", Kind.CREDENTIALS, Repeat.NEVER, False),
    ("invalidClientIdOrSecret", Kind.CREDENTIALS, Repeat.NEVER, False),
    ("Forbidden.AccessDenied.IpNotInWhiteList", Kind.CREDENTIALS, Repeat.NEVER, False),
    ("40001", Kind.TOKEN, Repeat.RENEWED, False),
    ("40014", Kind.TOKEN, Repeat.RENEWED, False),
    ("42001", Kind.TOKEN, Repeat.RENEWED, False),
    ("InvalidAuthentication", Kind.TOKEN, Repeat.RENEWED, False),
    ("43007", Kind.ACCESS, Repeat.NEVER, False),
    ("50004", Kind.ACCESS, Repeat.NEVER, False),
    ("60011", Kind.ACCESS, Repeat.NEVER, False),
    ("Forbidden.AccessDenied.AccessTokenPermissionDenied", Kind.ACCESS, Repeat.NEVER, False),
    ("88", Kind.THROTTLED, Repeat.SOON, False),
    ("1111", Kind.THROTTLED, Repeat.SOON, False),
    ("90002", Kind.THROTTLED, Repeat.SOON, False),
    ("90018", Kind.THROTTLED, Repeat.SOON, False),
    ("Forbidden.AccessDenied.QpsLimitForApi", Kind.THROTTLED, Repeat.SOON, False),
    ("Forbidden.AccessDenied.QpsLimitForAppkeyAndApi", Kind.THROTTLED, Repeat.SOON, False),
    ("Forbidden.AccessDenied.QpmLimitForAppkeyAndApi", Kind.THROTTLED_MINUTE, Repeat.NEXT_MINUTE, False),
    ("41047", Kind.THROTTLED_MINUTE, Repeat.NEXT_MINUTE, False),
    ("41052", Kind.THROTTLED_MINUTE, Repeat.NEXT_MINUTE, False),
    ("90006", Kind.THROTTLED_MINUTE, Repeat.NEXT_MINUTE, False),
    ("143103", Kind.THROTTLED_MINUTE, Repeat.NEXT_MINUTE, False),
    ("143104", Kind.THROTTLED_MINUTE, Repeat.NEXT_MINUTE, False),
    ("1430003", Kind.THROTTLED_MINUTE, Repeat.NEXT_MINUTE, False),
    ("send.too.fast", Kind.THROTTLED_MINUTE, Repeat.NEXT_MINUTE, False),
    ("660026", Kind.THROTTLED_MINUTE, Repeat.NEXT_MINUTE, False),
    ("41045", Kind.DAY_USED_UP, Repeat.NEXT_DAY, False),
    ("143105", Kind.DAY_USED_UP, Repeat.NEXT_DAY, False),
    ("143106", Kind.CONTENT, Repeat.NEVER, False),
    ("143206", Kind.CONTENT, Repeat.NEVER, False),
    ("90020", Kind.MONTH_USED_UP, Repeat.NEXT_MONTH, False),
    ("90030", Kind.MONTH_USED_UP, Repeat.NEXT_MONTH, False),
    ("Forbidden.AccessDenied.ApiCountLimitForOrg", Kind.MONTH_USED_UP, Repeat.NEXT_MONTH, False),
    ("33012", Kind.PERSON, Repeat.NEVER, False),
    ("40031", Kind.PERSON, Repeat.NEVER, False),
    ("40104", Kind.PERSON, Repeat.NEVER, False),
    ("50002", Kind.PERSON, Repeat.NEVER, False),
    ("60121", Kind.PERSON, Repeat.NEVER, False),
    ("81002", Kind.PERSON, Repeat.NEVER, False),
    ("1430004", Kind.PERSON, Repeat.NEVER, False),
    ("34016", Kind.CONTENT, Repeat.NEVER, False),
    ("40048", Kind.CONTENT, Repeat.NEVER, False),
    ("41049", Kind.CONTENT, Repeat.NEVER, False),
    ("60022", Kind.CONTENT, Repeat.NEVER, False),
    ("1430002", Kind.CONTENT, Repeat.NEVER, False),
]

CLASSES = [
    ("40035", errors.ArgumentError),
    ("40096", errors.CredentialsError),
    ("40014", errors.TokenError),
    ("60011", errors.AccessError),
    ("90018", errors.ThrottledError),
    ("143103", errors.ThrottledError),
    ("143105", errors.QuotaError),
    ("90020", errors.QuotaError),
    ("15", errors.BusyError),
    ("60121", errors.PersonError),
    ("34016", errors.ContentError),
    ("987654", errors.ApiError),
]


@pytest.fixture(autouse=True)
def _language_as_before() -> Iterator[None]:
    before = list(dingnb.language._chosen)
    yield
    dingnb.language._chosen[:] = before


def in_table_order(row: Code) -> tuple[bool, int, str]:
    is_number = row.code.lstrip("-").isdecimal()
    return not is_number, int(row.code) if is_number else 0, row.code


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.code)
def test_a_row_reads_as_a_sentence_in_both_languages(row: Code) -> None:
    assert re.fullmatch(r"[A-Z].*[^.\s]\.", row.meaning_en)
    assert not CJK.search(row.meaning_en)
    assert CJK.search(row.meaning_zh)
    assert row.meaning_zh.endswith("。")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.code)
def test_a_row_says_what_to_do_in_both_languages_or_in_neither(row: Code) -> None:
    assert bool(row.todo_en) == bool(row.todo_zh)
    if row.todo_en:
        assert re.fullmatch(r"[A-Z].*[^.\s]\.", row.todo_en)
        assert CJK.search(row.todo_zh)
        assert row.todo_zh.endswith("。")
    assert row.kind.value.todo_en != row.todo_en


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_sorted(name: str) -> None:
    assert all(in_table_order(one) < in_table_order(next_one) for one, next_one in pairwise(TABLES[name]))


def test_the_second_table_of_the_old_api_goes_on_where_the_first_ends() -> None:
    assert in_table_order(oapi_codes.CODES[-1]) < in_table_order(oapi_codes_more.CODES[0])


def test_a_code_is_in_one_row_only() -> None:
    assert [code for code, rows in Counter(row.code for row in ROWS).items() if rows > 1] == []
    assert len(code_table()) == len(ROWS)


def test_success_is_not_an_error_code() -> None:
    assert "0" not in code_table()


def test_every_code_that_the_documentation_names_is_in_the_table() -> None:
    text = DOCS.read_text(encoding="utf-8")
    numbers = set(re.findall(r"`(-?\d{2,7}|-1)`", text))
    words = set(re.findall(r"`((?:Forbidden|AuthenticationFailed|isp)\.[\w.-]+|Invalid\w+|invalidClient\w+)`", text))
    assert len(numbers) > 40
    assert len(words) > 5
    assert sorted((numbers | words) - code_table().keys()) == []


@pytest.mark.parametrize(("code", "kind", "repeat", "may_have_taken_effect"), IMPORTANT)
def test_what_a_sender_relies_on(code: str, kind: Kind, repeat: Repeat, may_have_taken_effect: bool) -> None:  # noqa: FBT001 - a row of the table above
    facts = code_table()[code]
    assert facts.kind is kind
    assert facts.repeat is repeat
    assert facts.may_have_taken_effect is may_have_taken_effect


def test_only_a_busy_or_unlisted_code_may_have_taken_effect() -> None:
    assert {row.kind for row in ROWS if row.may_have_taken_effect} == {Kind.BUSY}
    assert Kind.UNLISTED not in {row.kind for row in ROWS}


def test_a_code_that_waiting_heals_has_a_pause() -> None:
    for row in ROWS:
        assert (row.kind.value.pause_s > 0) == (row.repeat in {Repeat.SOON, Repeat.NEXT_MINUTE})


@given(st.integers().map(str) | st.text(max_size=20))
def test_an_unlisted_code_is_never_repeated_and_may_have_taken_effect(code: str) -> None:
    facts = find_code(code)
    if code not in code_table():
        assert facts.code == code
        assert facts.kind is Kind.UNLISTED
        assert facts.repeat is Repeat.NEVER
        assert facts.may_have_taken_effect


@pytest.mark.parametrize(("code", "kind_of_error"), CLASSES)
def test_error_for_gives_the_class_of_the_kind(code: str, kind_of_error: type[errors.ApiError]) -> None:
    assert type(error_for(code)) is kind_of_error


def test_the_classes_above_cover_every_kind() -> None:
    assert {find_code(code).kind for code, _ in CLASSES} == set(Kind)


@pytest.mark.parametrize("code", [code for code, _ in CLASSES])
def test_an_error_survives_pickling(code: str) -> None:
    error = error_for(code, "系统繁忙", "15r7abc", 7.5)
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - what this test made
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert (again.code, again.ding_message, again.request_id, again.pause_s) == (code, "系统繁忙", "15r7abc", 7.5)
    assert (again.repeat, again.may_have_taken_effect) == (error.repeat, error.may_have_taken_effect)


def test_the_pause_is_the_answers_and_else_the_kinds() -> None:
    assert error_for("90002", pause_s=12).pause_s == 12
    assert error_for("90002").pause_s == Kind.THROTTLED.value.pause_s


def test_an_error_says_what_happened_and_then_what_to_do_in_english() -> None:
    set_language("en")
    what, hint = str(error_for("40104", "无效的手机号", "15r7abc", path="/topapi/v2/user/getbymobile")).splitlines()
    assert "/topapi/v2/user/getbymobile" in what
    assert "40104" in what
    assert "The phone number is not valid." in what
    assert "无效的手机号" in what
    assert "15r7abc" in what
    assert hint.startswith("Correct the number")


def test_an_error_says_what_happened_and_then_what_to_do_in_chinese() -> None:
    set_language("zh")
    what, hint = str(error_for("40104", "Invalid mobile", "15r7abc")).splitlines()
    assert "40104" in what
    assert "手机号无效。" in what
    assert "Invalid mobile" in what
    assert hint.startswith("请更正表格中的手机号")


def test_a_row_without_its_own_advice_gives_the_kinds() -> None:
    facts = code_table()["90018"]
    set_language("en")
    assert facts.todo == Kind.THROTTLED.value.todo_en
    set_language("zh")
    assert facts.todo == Kind.THROTTLED.value.todo_zh

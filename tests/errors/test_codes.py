import re
from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dingnb import errors
from dingnb.errors import Code, Kind, Repeat, code_table, error_for, find_code
from dingnb.errors.codes import read_codes
from dingnb.words import set_language

ROWS = list(code_table().values())
DOCS = Path(__file__).parents[2] / "docs" / "dingtalk.md"
CJK = re.compile(r"[\u4e00-\u9fff]")
HEADER = "code\tkind\tmeaning_en\tmeaning_zh\ttodo_en\ttodo_zh\tpause_s"
GOOD = "22\tARGUMENT\tThere is no such API.\t接口名不存在。\t\t\t"

# Codes that senders get: the code, its kind, when to repeat it, and whether it may have taken effect.
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

# Invalid lines of the table, and the error message after the line number.
WRONG_LINES = [
    ("41\tARGUMENT\tWrong type.\t类型错误。\t\t", "6 fields instead of 7"),
    ("41\tARGUMENT\tWrong type.\t类型错误。\t\t\t\t", "8 fields instead of 7"),
    ("", "0 fields instead of 7"),
    ('41\tARGUMENT\t"Wrong type.\t类型错误。\t\t\t', "3 fields instead of 7"),
    ("41\tTYPE\tWrong type.\t类型错误。\t\t\t", "'TYPE' is not a kind"),
    ("\tARGUMENT\tWrong type.\t类型错误。\t\t\t", "code, meaning_en or meaning_zh is missing"),
    ("41\tARGUMENT\t\t类型错误。\t\t\t", "code, meaning_en or meaning_zh is missing"),
    ("41\tARGUMENT\tWrong type.\t\t\t\t", "code, meaning_en or meaning_zh is missing"),
    ("41\tARGUMENT\tWrong type.\t类型错误。\t\t\t1.5", "'1.5' is not a number of seconds"),
    (GOOD, "22 has a row already"),
]


def check_rows(rows: Iterable[Code], is_right: Callable[[Code], object]) -> None:
    """Name all rows that lack a property."""
    wrong = [row for row in rows if not is_right(row)]
    texts = [
        f"{row.code}: {row.meaning_en} {row.meaning_zh} {row.todo_en} {row.todo_zh} {row.pause_s} s" for row in wrong
    ]
    assert not wrong, "\n".join(["", *texts])


def is_english(sentence: str) -> bool:
    return bool(re.fullmatch(r"[A-Z].*[^.\s]\.", sentence)) and not CJK.search(sentence)


def is_chinese(sentence: str) -> bool:
    return bool(re.fullmatch(r"\S.*[^。\s]。", sentence) and CJK.search(sentence))


def in_table_order(code: str) -> tuple[bool, int, str]:
    is_number = code.lstrip("-").isdecimal()
    return not is_number, int(code) if is_number else 0, code


def test_a_meaning_is_a_sentence_in_both_languages() -> None:
    check_rows(ROWS, lambda row: is_english(row.meaning_en) and is_chinese(row.meaning_zh))


def test_a_row_has_advice_in_both_languages_or_in_neither() -> None:
    advised = [row for row in ROWS if row.todo_en or row.todo_zh]
    assert len(advised) > 50
    check_rows(advised, lambda row: is_english(row.todo_en) and is_chinese(row.todo_zh))


def test_the_advice_of_a_row_differs_from_that_of_its_kind() -> None:
    check_rows(ROWS, lambda row: row.todo_en != row.kind.value.todo_en and row.todo_zh != row.kind.value.todo_zh)
    check_rows(ROWS, lambda row: row.own_pause_s != row.kind.value.pause_s or not row.own_pause_s)


@pytest.mark.parametrize("code", ["40056", "70003"])
def test_a_wrong_agent_id_is_corrected_by_connecting_again(code: str) -> None:
    assert "connect again" in error_for(code).hint
    set_language("zh")
    assert "重新连接" in error_for(code).hint


def test_a_kind_has_advice_in_both_languages() -> None:
    assert [kind for kind in Kind if not is_chinese(kind.value.todo_zh)] == []
    assert [kind for kind in Kind if not re.fullmatch(r"(?:[A-Z]|dingnb ).*[^.\s]\.", kind.value.todo_en)] == []


def test_the_table_is_sorted() -> None:
    assert [pair for pair in pairwise(code_table()) if in_table_order(pair[0]) >= in_table_order(pair[1])] == []


def test_an_invalid_line_is_named() -> None:
    for line, problem in WRONG_LINES:
        with pytest.raises(ValueError, match=f"^codes.tsv, line 3: {re.escape(problem)}.$"):
            read_codes(f"{HEADER}\n{GOOD}\n{line}\n{GOOD}\n")
    for text in ("", GOOD, HEADER.replace("kind", "sort")):
        with pytest.raises(ValueError, match=r"^codes.tsv, line 1: the columns must be code, kind, "):
            read_codes(text)


def test_a_table_saved_by_a_spreadsheet_is_read() -> None:
    line = '1111\tTHROTTLED\t"Blocked, says ""x5""."\t调用过多。\t"Wait, then retry."\t请稍后重试。\t300'
    codes = read_codes(f"{HEADER}\r\n{line}\r\n")
    blocked = Code(
        "1111", Kind.THROTTLED, 'Blocked, says "x5".', "调用过多。", "Wait, then retry.", "请稍后重试。", 300
    )
    assert codes == {"1111": blocked}
    assert blocked.pause_s == 300


def test_success_is_not_an_error_code() -> None:
    assert "0" not in code_table()


def test_every_documented_code_is_in_the_table() -> None:
    text = DOCS.read_text(encoding="utf-8")
    numbers = set(re.findall(r"`(-?\d{2,7}|-1)`", text))
    words = set(re.findall(r"`((?:Forbidden|AuthenticationFailed|isp)\.[\w.-]+|Invalid\w+|invalidClient\w+)`", text))
    assert len(numbers) > 40
    assert len(words) > 5
    assert sorted((numbers | words) - code_table().keys()) == []


def test_codes_have_the_kinds_that_sending_relies_on() -> None:
    relied_on = {code: facts for code, *facts in IMPORTANT}
    known = {code: [row.kind, row.repeat, row.may_have_taken_effect] for code, row in code_table().items()}
    wrong = [(code, facts, known.get(code)) for code, facts in relied_on.items() if known.get(code) != facts]
    assert not wrong, wrong


def test_only_a_busy_or_unlisted_code_may_have_taken_effect() -> None:
    assert {row.kind for row in ROWS if row.may_have_taken_effect} == {Kind.BUSY}
    assert Kind.UNLISTED not in {row.kind for row in ROWS}


def test_a_temporary_code_has_a_pause() -> None:
    check_rows(ROWS, lambda row: (row.pause_s > 0) == (row.repeat in {Repeat.SOON, Repeat.NEXT_MINUTE}))


@given(st.integers().map(str) | st.text(max_size=20))
def test_an_unlisted_code_is_never_repeated_and_may_have_taken_effect(code: str) -> None:
    facts = find_code(code)
    if code not in code_table():
        assert facts.code == code
        assert facts.kind is Kind.UNLISTED
        assert facts.repeat is Repeat.NEVER
        assert facts.may_have_taken_effect


def test_error_for_gives_the_class_of_the_kind() -> None:
    assert {code: type(error_for(code)) for code, _ in CLASSES} == dict(CLASSES)
    assert {find_code(code).kind for code, _ in CLASSES} == set(Kind)


def test_the_pause_comes_from_the_answer_or_else_from_the_kind() -> None:
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


def test_a_row_without_advice_uses_that_of_its_kind() -> None:
    facts = code_table()["90018"]
    set_language("en")
    assert facts.todo == Kind.THROTTLED.value.todo_en
    set_language("zh")
    assert facts.todo == Kind.THROTTLED.value.todo_zh

import json
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dingnb.errors import (
    AccessError,
    ApiError,
    ArgumentError,
    BadAnswerError,
    BannedError,
    BusyError,
    CredentialsError,
    DingError,
    PersonError,
    QuotaError,
    Repeat,
    ThrottledError,
    TokenError,
)
from dingnb.transport.responses import RawResponse, parse_response
from tests.table_rows import for_each

OLD, NEW = "/topapi/x", "/v1.0/x"
GATEWAY = "ding talk error[subcode=40014,submsg=不合法的access_token]"
ISP = "isp.top-remote-connection-timeout"
DATE = "Wed, 02 Sep 2026 16:00:00 GMT"


def read(body: object, status: int = 200, *, new: bool = False, date: str = "") -> dict:
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    return parse_response(RawResponse(NEW if new else OLD, status, text, date), new_api=new)


def refusal(body: object, status: int = 200, *, new: bool = False, date: str = "") -> DingError:
    with pytest.raises(DingError) as caught:
        read(body, status, new=new, date=date)
    return caught.value


OLD_SHAPES = [
    ({"errcode": 60121, "errmsg": "找不到该用户", "request_id": "r"}, "60121", PersonError, Repeat.NEVER, False),
    ({"errcode": 88, "sub_code": "40014", "errmsg": GATEWAY}, "40014", TokenError, Repeat.RENEWED, False),
    ({"errcode": 88, "subcode": 42001}, "42001", TokenError, Repeat.RENEWED, False),
    ({"errcode": 88, "subCode": "90018"}, "90018", ThrottledError, Repeat.SOON, False),
    ({"errcode": "88", "errmsg": GATEWAY}, "40014", TokenError, Repeat.RENEWED, False),
    ({"errcode": 88, "sub_code": "", "errmsg": ""}, "88", ThrottledError, Repeat.SOON, False),
    ({"errcode": 88, "sub_code": None}, "88", ThrottledError, Repeat.SOON, False),
    ({"errcode": 88, "sub_code": "60011"}, "60011", AccessError, Repeat.NEVER, False),
    ({"errcode": 88, "sub_code": "77777"}, "77777", ApiError, Repeat.NEVER, True),
    ({"errcode": "40014", "errmsg": "x"}, "40014", TokenError, Repeat.RENEWED, False),
    ({"errcode": 40001}, "40001", TokenError, Repeat.RENEWED, False),
    ({"errcode": 15, "sub_code": "isp.top-remote-connection-timeout"}, ISP, BusyError, Repeat.SOON, True),
    ({"errcode": 15, "sub_code": "isp.-1"}, "isp.-1", BusyError, Repeat.SOON, True),
    ({"errcode": 15, "sub_code": "isp.new"}, "15", BusyError, Repeat.SOON, True),
    ({"errcode": 15}, "15", BusyError, Repeat.SOON, True),
    ({"errcode": -1, "errmsg": "系统繁忙"}, "-1", BusyError, Repeat.SOON, True),
    ({"errcode": 22, "sub_msg": "不合法ApiName"}, "22", ArgumentError, Repeat.NEVER, False),
    ({"errcode": 41, "errmsg": "Invalid arguments:msg"}, "41", ArgumentError, Repeat.NEVER, False),
    ({"errcode": 404, "errmsg": "请求的URI地址不存在"}, "404", ArgumentError, Repeat.NEVER, False),
    ({"errcode": 500}, "500", BusyError, Repeat.SOON, True),
    ({"errcode": 90020}, "90020", QuotaError, Repeat.NEXT_MONTH, False),
    ({"errcode": 88, "sub_code": "90020"}, "90020", QuotaError, Repeat.NEXT_MONTH, False),
    ({"status": 1111, "wait": 5, "uuid": "u"}, "1111", ThrottledError, Repeat.SOON, False),
    ({"status": 1111}, "1111", ThrottledError, Repeat.SOON, False),
]


@pytest.mark.parametrize("status", [200, 403, 503])
@for_each(("body", "code", "kind", "repeat", "ambiguous"), OLD_SHAPES)
def test_each_error_shape_of_the_old_api_is_read(
    body: dict, code: str, kind: type, repeat: Repeat, ambiguous: object, status: int
) -> None:
    error = refusal(body, status)
    assert type(error) is kind
    assert (error.code, error.repeat, error.may_have_taken_effect) == (code, repeat, ambiguous)
    assert error.hint
    assert OLD in error.what
    assert code in error.what


NEW_SHAPES = [
    (400, "InvalidAuthentication", TokenError, Repeat.RENEWED, False),
    (400, "invalidClientIdOrSecret", CredentialsError, Repeat.NEVER, False),
    (403, "Forbidden.AccessDenied.AccessTokenPermissionDenied", AccessError, Repeat.NEVER, False),
    (403, "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi", ThrottledError, Repeat.SOON, False),
    (403, "Forbidden.AccessDenied.QpsLimitForApi", ThrottledError, Repeat.SOON, False),
    (403, "Forbidden.AccessDenied.QpmLimitForAppkeyAndApi", ThrottledError, Repeat.NEXT_MINUTE, False),
    (403, "Forbidden.AccessDenied.ApiCountLimitForOrg", QuotaError, Repeat.NEXT_MONTH, False),
    (400, "send.too.fast", ThrottledError, Repeat.NEXT_MINUTE, False),
    (500, "system.error", BusyError, Repeat.SOON, True),
    (500, "nobody.knows.this", ApiError, Repeat.NEVER, True),
]


@pytest.mark.parametrize("spelling", ["requestid", "requestId", "RequestId"])
@for_each(("status", "code", "kind", "repeat", "ambiguous"), NEW_SHAPES)
def test_each_error_of_the_new_api_is_read(
    status: int, code: str, kind: type, repeat: Repeat, ambiguous: object, spelling: str
) -> None:
    error = refusal({"code": code, "message": "says who", spelling: "ABC-1"}, status, new=True)
    assert type(error) is kind
    assert (error.code, error.repeat, error.may_have_taken_effect) == (code, repeat, ambiguous)
    assert (error.request_id, error.ding_message) == ("ABC-1", "says who")
    assert error.hint
    assert "ABC-1" in str(error)
    assert "says who" in str(error)


def test_a_blocked_address_is_read_on_both_apis() -> None:
    for new in (False, True):
        assert refusal({"status": 1111, "wait": 7, "uuid": "u-1"}, new=new).pause_s == 7 * 60
        assert refusal({"status": 1111}, new=new).pause_s == 300
        assert refusal({"status": "1111", "wait": True}, 403, new=new).pause_s == 300


def test_a_server_cannot_request_a_pause_of_more_than_a_day() -> None:
    assert refusal({"status": 1111, "wait": 10**30}).pause_s == 24 * 3600
    text = "限制将在 2999-01-01 00:00:00 结束"
    assert refusal({"errcode": 90002, "errmsg": text}, date=DATE).pause_s == 24 * 3600


@for_each(
    "errcode",
    [None, True, False, "", " ", "ok", "0x0", "０", "00", "-0", 0.0, [], {}, [0], "1" * 5_000],
)
def test_a_non_numeric_errcode_is_never_success(errcode: object) -> None:
    error = refusal({"errcode": errcode, "errmsg": "ok"})
    assert type(error) is BadAnswerError
    assert "errcode" in error.what


@pytest.mark.parametrize("body", ["{}", '{"errmsg":"ok"}', '{"code":0}', '{"task_id":5}', '{"code":"","message":"x"}'])
def test_an_answer_without_errcode_is_never_success(body: str) -> None:
    assert type(refusal(body)) is BadAnswerError


@pytest.mark.parametrize("errcode", [0, "0"], ids=repr)
def test_errcode_0_is_success_as_number_and_as_text(errcode: object) -> None:
    assert read({"errcode": errcode, "task_id": 7})["task_id"] == 7


@for_each("status", [301, 302, 307, 308, 404, 502])
@pytest.mark.parametrize("body", ['{"errcode":0}', "", "<html>moved</html>"])
def test_only_http_2xx_is_success(status: int, body: str) -> None:
    for new in (False, True):
        error = refusal(body, status, new=new)
        assert type(error) is BadAnswerError
        assert str(status) in error.what
        assert error.may_have_taken_effect
        assert error.repeat is Repeat.SOON


def test_a_redirect_is_reported_as_such() -> None:
    assert "redirect" in refusal("", 302, new=True).what


def test_the_new_api_may_answer_with_an_empty_body() -> None:
    assert read("", 200, new=True) == {}
    assert read({"result": True}, 201, new=True) == {"result": True}
    assert type(refusal("")) is BadAnswerError


def test_an_error_of_the_old_api_in_an_answer_of_the_new_api_is_an_error() -> None:
    assert refusal({"errcode": 88, "sub_code": "40014"}, new=True).code == "40014"
    assert read({"errcode": 0, "x": 1}, new=True)["x"] == 1


@for_each(
    "body",
    ["a page", '{"errcode":', "[]", '[{"errcode":0}]', '"ok"', "0", "null", "[" * 100_000,
     '{"a":' * 100_000, '{"errcode":0}{"errcode":0}', "\x00", '{"errcode":' + "1" * 5_000 + "}"],
)  # fmt: skip
@pytest.mark.parametrize("status", [200, 502])
@pytest.mark.usefixtures("without_garbage")
def test_an_answer_that_is_not_a_json_object_is_a_bad_answer(body: str, status: int) -> None:
    for new in (False, True):
        error = refusal(body, status, new=new)
        assert type(error) is BadAnswerError
        assert error.may_have_taken_effect
        assert len(str(error)) < 1_000


@for_each(
    ("page", "status", "is_ban"),
    [
        ("<html><title>Login</title></html>", 200, True),
        ("\r\n<!DOCTYPE html><html>", 403, True),
        ("<HTML>", 405, True),
        ("<script>location='/punish'</script>", 429, True),
        ("<html><title>Login</title></html>", 302, False),
        ("<html>", 401, False),
        ("<html>", 404, False),
        ("<html>", 407, False),
        ("<html>502 Bad Gateway</html>", 502, False),
        ("<html>", 500, False),
        ("<?xml version='1.0'?><Error/>", 403, False),
        ("<", 200, False),
    ],
)
@pytest.mark.parametrize("new", [False, True])
def test_a_web_page_that_refuses_is_a_ban_with_unknown_effect(
    page: str,
    status: int,
    is_ban: bool,  # noqa: FBT001 - a case of the table
    new: bool,  # noqa: FBT001 - likewise
) -> None:
    error = refusal(page, status, new=new)
    assert type(error) is (BannedError if is_ban else BadAnswerError)
    assert error.may_have_taken_effect
    assert ("5 minutes" in error.hint) == is_ban


def test_a_bad_answer_shows_its_beginning_on_one_clean_line() -> None:
    error = refusal("\n\x1b[31mSign in\u202e " + "x" * 10_000)
    assert "It begins: �[31mSign in� xxx" in error.what
    assert "\n" not in error.what
    assert len(error.what) < 400


@pytest.mark.parametrize(
    ("page", "shown"),
    [
        ("<html> <head><title>504 Gateway\nTime-out</title></head> <h1>504</h1></html>", "504 Gateway Time-out"),
        (
            "<!DOCTYPE html><style>h1 {}</style><h1>Access&nbsp;denied</h1><p>by the <b>proxy</b>",
            "Access denied by the proxy",
        ),
    ],
)
def test_of_a_web_page_only_its_text_is_shown(page: str, shown: str) -> None:
    assert refusal(page).what.endswith(f"The page says: {shown}")


def test_a_long_message_is_truncated() -> None:
    error = refusal({"errcode": 60121, "errmsg": "长" * 100_000, "request_id": "r" * 100_000})
    assert len(str(error)) < 3_000
    assert len(refusal({"errcode": 88, "sub_code": "z" * 100_000}).code) < 1_100


def test_a_code_quoted_in_an_error_text_does_not_count() -> None:
    error = refusal({"errcode": -1, "errmsg": "cannot send 'subcode=90018,' to you", "sub_code": "90018"})
    assert (error.code, error.may_have_taken_effect) == ("-1", True)


@pytest.mark.parametrize("text", ["限制将在 2026-09-03 00:01:03 结束", "处罚将在2026-09-03 00:01:03结束。"])
@pytest.mark.parametrize("sub_msg", [None, "被限流"])
def test_a_throttle_pauses_until_its_stated_end(text: str, sub_msg: str | None) -> None:
    body = {"errcode": 88, "sub_code": "90002", "sub_msg": sub_msg or text, "errmsg": text}
    assert refusal(body, date=DATE).pause_s == 63
    assert refusal({"errcode": 90002, "errmsg": text}, date="Wed, 02 Sep 2026 16:05:00 GMT").pause_s == 1
    assert refusal({"errcode": 90002, "errmsg": text}, date="Thu, 03 Sep 2026 00:00:00 +0800").pause_s == 63


@pytest.mark.parametrize("date", ["", "yesterday", "Wed, 99 Sep 2026 99:00:00 GMT", "\x00", "0 0 0 0 0 0"])
def test_a_throttle_without_a_usable_date_uses_the_default_pause(date: str) -> None:
    assert refusal({"errcode": 90002, "errmsg": "限制将在 2026-09-03 00:01:03 结束"}, date=date).pause_s >= 1


@pytest.mark.parametrize(
    "end", ["2026-02-30 00:00:00", "0000-00-00 00:00:00", "9999-99-99 99:99:99", "２０２６-09-03 00:00:00"]
)
def test_a_throttle_with_an_impossible_end_uses_the_default_pause(end: str) -> None:
    assert refusal({"errcode": 90002, "errmsg": f"限制将在 {end} 结束"}, date=DATE).pause_s >= 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(
    ["errcode", "errmsg", "sub_code", "sub_msg", "subcode", "code", "message", "status", "wait", "uuid", "request_id"]
)
VALUES = JSON | st.sampled_from(
    [0, "0", 88, 15, -1, 1111, "40014", "限制将在 2026-09-03 00:01:03 结束", "subcode=90018,"]
)


@given(
    body=st.dictionaries(NAMES, VALUES),
    status=st.sampled_from([200, 204, 302, 400, 403, 500]),
    new=st.booleans(),
    date=st.text() | st.just(DATE),
)
def test_any_response_is_an_answer_or_a_dingnb_error(body: dict, status: int, *, new: bool, date: str) -> None:
    try:
        answer = read(body, status, new=new, date=date)
    except DingError as raised:
        error = raised
    else:
        assert 200 <= status < 300
        assert new or answer["errcode"] in (0, "0")
        return
    assert error.hint
    assert 0 <= getattr(error, "pause_s", 0) <= 24 * 3600


@given(st.datetimes(timezones=st.just(UTC)))
def test_any_server_time_gives_a_pause_of_a_second_to_a_day(now: datetime) -> None:
    error = refusal(
        {"errcode": 90002, "errmsg": "限制将在 2026-09-03 00:01:03 结束"}, date=format_datetime(now, usegmt=True)
    )
    assert 1 <= error.pause_s <= 24 * 3600


def test_a_secret_is_masked_in_errors_and_does_not_corrupt_answers() -> None:
    def ask(body: str) -> dict:
        return parse_response(RawResponse(OLD, 200, body, hide=lambda text: text.replace("t", "***")), new_api=False)

    assert ask('{"errcode":0,"task_id":"t"}') == {"errcode": 0, "task_id": "t"}
    with pytest.raises(PersonError) as caught:
        ask('{"errcode":60121,"errmsg":"t"}')
    assert caught.value.ding_message == "***"

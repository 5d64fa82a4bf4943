"""Detection and masking of secrets, and refusal of tapes with unmasked secrets."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import requests
import yaml

import dingnb
from dingnb.errors import InputError
from dingnb.sandbox import RunningSandbox
from dingnb.testing import VirtualClock, check_journal, tape
from dingnb.testing.cassette import load_cassette
from dingnb.testing.masking import Mask, is_secret
from dingnb.testing.recorded_call import RecordedCall, read_call
from dingnb.transport import OAPI, Hosts, Route
from tests.secret_leaks import find_leaks
from tests.table_rows import for_each

SECRET = (
    "access token, refresh token, user access token, next token, token, app secret, client secret, corp secret, "
    "sso secret, suite secret, secret, auth code, tmp auth code, permanent code, aes key, encoding aes key, api key, "
    "private key, pwd, password, old password, passwd, ticket, jsapi ticket, suite ticket, sign, signature, "
    "msg signature, session, session webhook, authorization, proxy authorization, cookie, set cookie, credential, "
    "x acs dingtalk access token, api keys, secrets, access tokens, cookies, passwords"
)
HARMLESS = (
    "msg key, process query key, sub code, errcode, robot code, app key, client id, app id, agent id, corp id, userid, "
    "union id, code, key, nonce, timestamp, expires in, expire in, open conversation id, card template id, msg param, "
    "design, assign, tokenize, ticket count, cookie policy, authorized, media id"
)
VALUE = "v/alu+e-of_4711"
"""A secret that differs when URL-encoded."""


def spellings(words: str) -> list[str]:
    first, *others = words.split()
    camel = first + "".join(word.title() for word in others)
    plain = ["_".join([first, *others]), "-".join([first, *others]), camel, camel[0].upper() + camel[1:]]
    return [*plain, plain[0].upper(), plain[1].title(), "".join([first, *others])]


def test_secrets_are_recognised_by_every_spelling_of_their_names() -> None:
    assert [name for words in SECRET.split(", ") for name in spellings(words) if not is_secret(name)] == []
    assert [name for words in HARMLESS.split(", ") for name in spellings(words) if is_secret(name)] == []


def read(media_type: str = "", body: str = "", query: str = "", **headers: str) -> tuple[RecordedCall, Mask]:
    mask = Mask()
    names = {"Content-Type": media_type} | {name.replace("_", "-"): value for name, value in headers.items()}
    return read_call("POST", f"{OAPI}/x{query}", names, body.encode(), mask), mask


def held(call: RecordedCall) -> str:
    """Return the content of a cassette for a call, and its key for comparisons."""
    request = call.to_vcr()
    return f"{request.uri}\n{(request.body or b'').decode()}\n{dict(request.headers)}\n{call.key}"


IN_JSON: dict[str, tuple[Any, str]] = {
    "a field": ({"aes_key": VALUE}, "body.aes_key"),
    "nested": ({"data": {"list": [{"a": 1}, {"accessToken": VALUE}]}}, "body.data.list[1].accessToken"),
    "a list of them": ({"tokens": ["", VALUE]}, "body.tokens[1]"),
    "an object of them": ({"secret": {"old": {"value": VALUE}}}, "body.secret.old.value"),
    "a number": ({"pwd": 471147114711}, "body.pwd"),
    "a fraction": ({"pwd": 4711.4711}, "body.pwd"),
    "JSON in a text": ({"msgParam": json.dumps({"a": [{"authCode": VALUE}]})}, "body.msgParam.a[0].authCode"),
    "JSON in that": ({"data": json.dumps({"data": json.dumps({"pwd": VALUE})})}, "body.data.data.pwd"),
    "JSON in a list": ({"all": [json.dumps([{"api-key": VALUE}])]}, "body.all[0][0].api-key"),
    "an address": ({"url": f"https://x/?a=1&access_token={VALUE}#b"}, "body.url: access_token"),
    "an address in one": ({"url": f"https://x/?to=y%3Fsign%3D{VALUE}%26a%3D1"}, "body.url: sign"),
    "a user": ({"text": f"see https://me:{VALUE.replace('/', '')}@x/"}, "body.text: user:password@"),
    "a user with @": ({"text": f"see https://me:a@{VALUE.replace('/', '')}@x/"}, "body.text: user:password@"),
    "a quoted pair": ({"text": f"it said 'clientSecret' : \"{VALUE}\", and"}, "body.text: clientSecret"),
    "a pair": ({"text": f"run with token='{VALUE}'"}, "body.text: token"),
}


@for_each(("value", "place"), IN_JSON.values())
def test_a_secret_is_masked_anywhere_in_json(value: Any, place: str) -> None:
    call, mask = read("application/json", json.dumps(value))
    assert "4711" not in held(call)
    assert "***" in held(call)
    assert mask.replaced == [place]


@for_each(("value", "place"), IN_JSON.values())
def test_masked_content_equals_content_with_the_secret(value: Any, place: str) -> None:
    call, _ = read("application/json", json.dumps(value))
    written = call.to_vcr()
    again, mask = read("application/json", (written.body or b"").decode())
    other, _ = read("application/json", json.dumps(value).replace("4711", "5823"))
    assert again.key == other.key == call.key
    assert again.content.text == call.content.text
    assert mask.replaced == [], place


def test_nested_json_without_secrets_is_unchanged() -> None:
    param = '{"content" :"\\u5468\\u4e94", "msgKey":1.0,  "robotCode":"dingabc"}'
    call, mask = read("application/json", json.dumps({"msgParam": param, "processQueryKey": "k" * 30}))
    assert call.content.value == {"msgParam": param, "processQueryKey": "k" * 30}
    assert mask.replaced == []


def test_a_secret_is_masked_in_the_query_a_form_parts_and_headers() -> None:
    pairs = urlencode({"name": "王", "app_secret": VALUE, "note": f"token={VALUE}", "data": json.dumps({"pwd": VALUE})})
    parts = f'--b\r\nContent-Disposition: form-data; name="suiteTicket"\r\n\r\n{VALUE}\r\n--b--\r\n'
    calls = {
        "query": read(query=f"?{pairs}"),
        "body": read("application/x-www-form-urlencoded", pairs),
        "parts": read("multipart/form-data; boundary=b", parts),
        "header": read(Authorization=VALUE, x_acs_dingtalk_access_token=VALUE, Cookie=VALUE, X_Api_Key=VALUE),
        "text": read("text/plain", f'a {VALUE} b "private_key": "{VALUE}" c {VALUE}'),
    }
    for call, _ in calls.values():
        assert "4711" not in held(call).replace("a v/alu+e-of_4711 b", "").replace("c v/alu+e-of_4711", "")
    assert calls["query"][1].replaced == ["query.app_secret", "query.note: token", "query.data.pwd"]
    assert calls["body"][1].replaced == ["body.app_secret", "body.note: token", "body.data.pwd"]
    assert calls["parts"][1].replaced == ["body.suiteTicket"]
    assert calls["text"][1].replaced == ["body: private_key"]
    names = ["authorization", "cookie", "x-acs-dingtalk-access-token", "x-api-key"]
    assert sorted(calls["header"][1].replaced) == [f"header.{name}" for name in names]
    assert list(calls["header"][0].secret_headers) == names


def test_booleans_null_and_empty_text_are_not_secrets() -> None:
    value = {"token": True, "secret": None, "ticket": "", "pwd": [], "password": {}}
    call, mask = read("application/json", json.dumps(value))
    assert call.content.value == value
    assert mask.replaced == []


def test_secrets_of_one_call_are_masked_in_the_text_of_the_next() -> None:
    """Also those that cannot be encoded, contain another one, or change when URL-encoded."""
    mask = Mask()
    mask.mask_json({"secret": "4711-of%20this", "token": "\ud8004711-of%20this", "ticket": "\ud8014711-of"}, "body")
    text = "a \ud8004711-of%20this b 4711-of%20this c 4711-of%2520this d \ud8014711-of"
    assert mask.mask_text(text, "body") == "a *** b *** c *** d ***"


def ask(server: Any, secret: str) -> dict[str, Any]:
    """Make a call with a secret in every part of it."""
    body = {"api_key": secret, "msgParam": json.dumps({"authCode": secret})}
    url = f"{OAPI}/x?sign={secret}&robotCode=dingabc"
    request = requests.Request("POST", url, json=body, headers={"Authorization": secret}).prepare()
    answer: dict[str, Any] = Route(Hosts(server.url, server.url)).send(request, timeout=5).json()
    return answer


def test_a_call_with_another_secret_matches_the_recorded_one(server: Any, tapes: Path) -> None:
    server.answer = {"errcode": 0, "data": json.dumps({"encodingAesKey": VALUE}), "list": [{"permanent_code": VALUE}]}
    with tape("masked", record=True, directory=tapes, clock=VirtualClock()):
        ask(server, VALUE)
    text = (tapes / "masked.yaml").read_text("utf-8")
    assert "4711" not in text
    assert "robotCode=dingabc" in text
    with tape("masked", directory=tapes):
        answer = ask(server, "another-secret")
    assert answer == {"errcode": 0, "data": '{"encodingAesKey": "***"}', "list": [{"permanent_code": "***"}]}


@pytest.fixture
def recorded(sandbox: RunningSandbox, connect: Callable[..., dingnb.DingTalk], tapes: Path) -> Path:
    """A tape with a token call and other calls."""
    with tape("short", record=True, directory=tapes, clock=VirtualClock()):
        connect(sandbox.base_url).call("/topapi/v2/user/get", {"userid": sandbox.state.users(1)[0]["userid"]})
    return tapes / "short.yaml"


def plant(path: Path, change: Callable[[dict[str, Any]], None]) -> int:
    """Change the token call and return its number."""
    data = yaml.safe_load(path.read_text("utf-8"))
    calls = [interaction["request"]["uri"].endswith("accessToken") for interaction in data["interactions"]]
    change(data["interactions"][calls.index(True)])
    path.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    return calls.index(True) + 1


PLANTED: dict[str, tuple[Callable[[dict[str, Any]], None], str]] = {
    "query": (
        lambda interaction: interaction["request"].update(uri=f"{interaction['request']['uri']}?Api-Key={VALUE}"),
        "request query.Api-Key",
    ),
    "request": (
        lambda interaction: interaction["request"].update(body=interaction["request"]["body"].replace("***", VALUE)),
        "request body.appSecret",
    ),
    "request header": (
        lambda interaction: interaction["request"]["headers"].update({"X-Acs-Dingtalk-Access-Token": [VALUE]}),
        "request header.x-acs-dingtalk-access-token",
    ),
    "answer": (
        lambda interaction: interaction["response"]["body"].update(
            string=interaction["response"]["body"]["string"].replace("***", VALUE)
        ),
        "response body.accessToken",
    ),
    "answer header": (
        lambda interaction: interaction["response"]["headers"].update({"Set-Cookie": ["a=b", VALUE]}),
        "response header.set-cookie",
    ),
    "form": (
        lambda interaction: interaction["response"].update(
            headers={"content-type": ["application/x-www-form-urlencoded"]}, body={"string": f"a=1&pwd={VALUE}"}
        ),
        "response body.pwd",
    ),
    "text": (
        lambda interaction: interaction["response"].update(headers={}, body={"string": f"<a href='?ticket={VALUE}'>"}),
        "response body: ticket",
    ),
}


@pytest.mark.parametrize(("change", "place"), PLANTED.values(), ids=PLANTED)
def test_a_tape_with_an_unmasked_secret_is_refused(
    recorded: Path, change: Callable[[dict[str, Any]], None], place: str, tmp_path: Path
) -> None:
    number = plant(recorded, change)
    expected = (
        f"{re.escape(str(recorded))} contains a secret in plain text: interaction {number}, {re.escape(place)}\\."
    )
    with pytest.raises(InputError, match=expected) as caught, tape("short", directory=recorded.parent):
        pass
    assert "reset the secret" in caught.value.hint
    assert "4711" not in str(caught.value)
    assert find_leaks(caught.value, VALUE) == []
    for look in (
        lambda: load_cassette(recorded),
        lambda: check_journal("short", tmp_path / "j", directory=recorded.parent),
    ):
        with pytest.raises(InputError, match=expected):
            look()


HEADS: dict[str, tuple[dict[str, Any] | None, str]] = {
    "none": (None, r"recorded\.at is None"),
    "no time": ({"at": None}, r"recorded\.at is None"),
    "no such day": ({"at": "2026-02-30T09:00:00+08:00"}, r"recorded\.at is '2026-02-30T09:00:00\+08:00'"),
    "words": ({"at": "yesterday"}, r"recorded\.at is 'yesterday'"),
    "no offset": ({"at": "2026-11-02T09:00:00"}, r"recorded\.at is '2026-11-02T09:00:00'"),
    "too early": ({"at": "1969-12-31T09:00:00+00:00"}, r"recorded\.at is '1969"),
    "a list": ({"at": []}, r"recorded\.at is \[\]"),
    "nothing": ({"against": None}, r"recorded\.against is None"),
    "another": (
        {"against": "staging"},
        r"recorded\.against is 'staging', not \"the dingnb sandbox, VERSION\" or \"LIVE",
    ),
    "no version": ({"against": "the dingnb sandbox"}, r"recorded\.against is 'the dingnb sandbox'"),
    "no address": ({"against": "LIVE"}, r"recorded\.against is 'LIVE'"),
    "three": ({"against": "LIVE https://a https://b https://c"}, r"recorded\.against is 'LIVE"),
    "in small": ({"against": "live https://a"}, r"recorded\.against is 'live"),
}


@pytest.mark.parametrize(("head", "expected"), HEADS.values(), ids=HEADS)
def test_a_tape_without_time_and_target_is_refused(recorded: Path, head: dict[str, Any] | None, expected: str) -> None:
    data = yaml.safe_load(recorded.read_text("utf-8"))
    if head is None:
        del data["metadata"]
    else:
        data["metadata"]["recorded"].update(head)
    recorded.write_text(yaml.safe_dump(data), encoding="utf-8")
    with pytest.raises(InputError, match=rf"short\.yaml(.|\n)*{expected}"), tape("short", directory=recorded.parent):
        pass


@pytest.mark.parametrize(
    "against", ["LIVE https://oapi.dingtalk.com https://api.dingtalk.com", "LIVE http://127.0.0.1:1"]
)
def test_a_tape_of_a_real_app_contains_its_base_urls(recorded: Path, against: str) -> None:
    recorded.write_text(re.sub("against: .*", f"against: {against}", recorded.read_text("utf-8")), encoding="utf-8")
    assert load_cassette(recorded).recorded["against"] == against
    assert not load_cassette(recorded).has_inbound_events

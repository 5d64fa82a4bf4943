from typing import Any

import pytest

import dingnb
from dingnb.client import DingTalk
from dingnb.errors import InputError
from dingnb.transport import API, OAPI, Hosts, find_hosts, is_loopback
from tests.table_rows import for_each

COM = (OAPI, API)
IO = ("https://oapi.dingtalk.io", "https://api.dingtalk.io")
LOCAL = "http://127.0.0.1:8765"


def found(oapi: str | None = None, api: str | None = None) -> tuple[str, str]:
    hosts = find_hosts(oapi, api, {})
    return hosts.oapi_base_url, hosts.api_base_url


def found_in_environment(**environ: str) -> tuple[str, str]:
    names = {f"DINGTALK_{name.upper()}_BASE_URL": value for name, value in environ.items()}
    hosts = find_hosts(None, None, names)
    return hosts.oapi_base_url, hosts.api_base_url


def test_without_any_setting_the_hosts_are_dingtalks() -> None:
    assert found() == found("", " ") == found(oapi=" ", api="") == COM


@pytest.mark.parametrize(
    "given", [{"oapi": IO[0]}, {"api": IO[1]}, {"oapi": IO[0] + "/ "}, {"api": "https://API.DingTalk.io"}]
)
def test_the_sibling_at_dingtalk_follows(given: dict[str, str]) -> None:
    for hosts in (found(**given), found_in_environment(**given)):
        assert tuple(url.lower() for url in hosts) == IO


def test_each_argument_precedes_the_environment() -> None:
    names = {"DINGTALK_OAPI_BASE_URL": "http://a", "DINGTALK_API_BASE_URL": "http://b"}
    assert find_hosts(None, None, names) == Hosts("http://a", "http://b")
    assert find_hosts("http://c", None, names) == Hosts("http://c", "http://b")
    assert find_hosts("http://c", "http://d/x/", names) == Hosts("http://c", "http://d/x")


@pytest.mark.parametrize("url", [LOCAL, "http://localhost:1", "http://[::1]:1", "http://127.8.8.8"])
def test_one_local_address_serves_both_apis(url: str) -> None:
    assert is_loopback(url)
    assert found(url) == found(None, url) == (url, url)


@pytest.mark.parametrize(
    "url", ["https://ding.corp.example", "http://10.0.0.1", "https://x.dingtalk.io", "https://dingtalk.com.evil"]
)
def test_for_other_hosts_both_addresses_are_required(url: str) -> None:
    assert not is_loopback(url)
    with pytest.raises(InputError, match="Only " + url) as caught:
        found(url)
    assert "api_base_url" in caught.value.hint
    with pytest.raises(InputError) as caught:
        found(None, url)
    assert "oapi_base_url" in caught.value.hint
    assert found(url, "http://other") == (url, "http://other")


BAD = [
    "oapi.dingtalk.com", "https://", "ftp://x", "https://x:99999", "https://x:0", "https：//oapi.dingtalk.com", "//x",
    "https://oapi.ding talk.com", "https://oapi.\ndingtalk.com",
    "https://x?access_token=hidden1234", "https://x#hidden1234",
    "https://user:hidden1234@x", "https://@x", "https://x\\@y", "https://钉钉", "http://[::1", "'https://x'",
    "x" * 10_000,
]  # fmt: skip


@for_each("url", BAD)
def test_an_invalid_base_url_is_refused_without_showing_a_password(url: str) -> None:
    for given, name in (((url, None), "oapi_base_url"), (("http://x", url), "api_base_url")):
        with pytest.raises(InputError, match=f"{name} is not a valid base URL") as caught:
            found(*given)
        assert "https://oapi.dingtalk.com" in caught.value.hint
        assert "hidden1234" not in str(caught.value)
        assert repr(url) in caught.value.what or "***" in caught.value.what


def test_with_base_urls_set_no_call_goes_to_dingtalk(
    serve: Any, monkeypatch: pytest.MonkeyPatch, connected_hosts: list[str]
) -> None:
    answer = b'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{"errcode":0,"accessToken":"t","expireIn":7200}'
    old, new = serve(answer), serve(answer)
    monkeypatch.setenv("DINGTALK_APP_KEY", "dingkey")
    monkeypatch.setenv("DINGTALK_APP_SECRET", "secret")
    monkeypatch.setenv("DINGTALK_OAPI_BASE_URL", old.url)
    with dingnb.connect(api_base_url=new.url) as ding:
        assert ding.mode == "LIVE"
        ding.call("/topapi/x", {})
        ding.call("/v1.0/x", {})
    assert [request.split()[1].partition(b"?")[0] for request in old.requests] == [b"/_sandbox/stats", b"/topapi/x"]
    assert [request.split()[1] for request in new.requests] == [
        b"/_sandbox/stats",
        b"/v1.0/oauth2/accessToken",
        b"/v1.0/x",
    ]
    assert set(connected_hosts) == {"127.0.0.1"}


def test_dingtalks_own_hosts_are_live_without_a_query(connected_hosts: list[str]) -> None:
    with dingnb.connect(app_key="dingkey", app_secret="secret", oapi_base_url=IO[0]) as ding:
        assert ding.mode == "LIVE"
        assert isinstance(ding, DingTalk)
    assert connected_hosts == []


@pytest.mark.usefixtures("without_garbage")
def test_a_server_is_a_sandbox_only_if_both_hosts_say_so(serve: Any) -> None:
    head = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
    yes = serve(head + b'{"sandbox":"dingnb"}')
    for other in (b'{"sandbox":true}', b"[" * 50_000, b"<html>", b"[]", b""):
        no = serve(head + other)
        for pair in ((yes.url, no.url), (no.url, yes.url)):
            with dingnb.connect(app_key="k", app_secret="s", oapi_base_url=pair[0], api_base_url=pair[1]) as ding:
                assert ding.mode == "LIVE"
    with dingnb.connect(app_key="k", app_secret="s", oapi_base_url=yes.url) as ding:
        assert ding.mode == "SANDBOX"


PLAIN = [
    "http://oapi.dingtalk.com", "HTTP://API.DingTalk.com/", "http://api.dingtalk.com:443", "http://dingtalk.com",
    "http://oapi.dingtalk.com.", "http://oapi.dingtalk.io", "http://x.y.dingtalk.com",
]  # fmt: skip


@pytest.mark.parametrize("url", PLAIN)
@pytest.mark.parametrize("name", ["oapi_base_url", "api_base_url"])
def test_dingtalks_hosts_over_plain_http_are_refused_before_anything_is_sent(
    url: str, name: str, monkeypatch: pytest.MonkeyPatch, connected_hosts: list[str]
) -> None:
    keys = {"app_key": "dingkey", "app_secret": "secret"}
    with pytest.raises(InputError, match=f"{name} is .*https only") as caught:
        dingnb.connect(**keys, **{name: url})
    assert "https://" in caught.value.hint
    monkeypatch.setenv(f"DINGTALK_{name.upper()}", url)
    with pytest.raises(InputError, match=f"{name} is .*https only"):
        dingnb.connect(**keys)
    assert connected_hosts == []


def test_other_hosts_may_be_called_over_plain_http() -> None:
    for url in ("http://notdingtalk.com", "http://dingtalk.com.example", "http://10.0.0.1", LOCAL):
        assert found(url, url) == (url, url)

"""Registering callbacks, changing them, and fetching missed events, with the sandbox and a running receiver."""

import io
import itertools
import json
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import requests
from requests.adapters import BaseAdapter
from urllib3 import HTTPResponse

import dingnb
from dingnb.api import callbacks as api
from dingnb.auth.callback_keys import CallbackKeys
from dingnb.client import DingTalk
from dingnb.clock import VirtualClock, seconds_to_ns
from dingnb.errors import (
    ArgumentError,
    BadAnswerError,
    DingError,
    InputError,
    LedgerError,
    NoAnswerError,
    ThrottledError,
    code_table,
    error_for,
)
from dingnb.events.callbacks.receiver import Receiver
from dingnb.events.callbacks.registration import Registration
from dingnb.events.event import Event
from dingnb.ledger import SqliteLedger
from dingnb.sandbox import RunningSandbox
from dingnb.testing import tape
from dingnb.transport import Hosts
from dingnb.words import set_language
from tests.events.callback_posts import send
from tests.table_rows import for_each

TAGS = ("user_add_org", "user_leave_org")
TOKEN, AES_KEY = "a-token-of-some-length", "K" * 43
Script = Callable[[str, int], object]


@pytest.fixture
def receiver(ding: DingTalk) -> Iterator[Receiver]:
    with ding.receive() as receiver:
        yield receiver


def emit(sandbox: RunningSandbox, *events: dict[str, Any]) -> None:
    answer = send(f"{sandbox.base_url}/_sandbox/events", json.dumps(list(events)).encode())
    assert answer.status == 200


class Scripted(BaseAdapter):
    """A route that answers callback calls from a script and records them."""

    def __init__(self, ding: DingTalk, script: Script) -> None:
        super().__init__()
        self.script = script
        self.calls: list[str] = []
        self.bodies: list[dict[str, Any]] = []
        ding._transport.reroute(self._around)

    def _around(self, inner: BaseAdapter) -> BaseAdapter:
        self._inner = inner
        return self

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        name = request.path_url.partition("?")[0].rpartition("/")[2]
        if "call_back" not in request.path_url:
            return self._inner.send(request, *args, **kwargs)
        n = self.calls.count(name)
        self.calls.append(name)
        self.bodies.append(json.loads(request.body or "{}"))
        answer = self.script(name, n)
        if isinstance(answer, Exception):
            raise answer
        response = requests.Response()
        response.request, response.url, response.status_code = request, str(request.url), 200
        content = answer if isinstance(answer, bytes) else json.dumps({"errcode": 0, "errmsg": "ok", **answer}).encode()
        response.raw = HTTPResponse(body=io.BytesIO(content), preload_content=False)
        return response

    def close(self) -> None:
        pass


def registered(url: str = "http://127.0.0.1:9/x", tags: tuple[str, ...] = TAGS) -> dict[str, Any]:
    return {"call_back_tag": list(tags), "url": url, "token": TOKEN, "aes_key": AES_KEY}


def test_a_registered_callback_receives_events(ding: DingTalk, receiver: Receiver, sandbox: RunningSandbox) -> None:
    made = ding.callbacks.register(receiver.url, TAGS)
    assert (made.url, made.tags, made.outcome) == (receiver.url, TAGS, "registered")
    assert made.token.reveal() == receiver.token.reveal()
    assert receiver.app.counter.count_accepted("check") == 1
    came = threading.Event()
    with ding.events.on("user_leave_org", lambda _: came.set()):
        emit(sandbox, {"type": "user_leave_org"})
        assert came.wait(20)
    (event,) = ding.events.select("user_leave_org")
    assert event.channel == "callback"
    assert event.userids


def test_a_registration_can_be_read_changed_and_deleted(ding: DingTalk, receiver: Receiver) -> None:
    callbacks = ding.callbacks
    assert callbacks.get() is None
    assert not callbacks.delete()
    callbacks.register(receiver.url, "user_add_org")
    found = callbacks.get()
    assert found is not None
    assert (found.url, found.tags, found.outcome) == (receiver.url, ("user_add_org",), "")
    assert found.aes_key.reveal() == receiver.aes_key.reveal()
    with pytest.raises(ArgumentError) as caught:
        callbacks.register(receiver.url, TAGS)
    assert caught.value.code == "71006"
    assert "callbacks.update" in caught.value.hint
    assert callbacks.update(receiver.url, TAGS).outcome == "updated"
    found = callbacks.get()
    assert found is not None
    assert set(found.tags) == set(TAGS)
    assert callbacks.delete()
    with pytest.raises(ArgumentError) as caught:
        callbacks.update(receiver.url, TAGS)
    assert caught.value.code == "71007"


def test_ensure_registers_once_and_then_changes_nothing(ding: DingTalk, receiver: Receiver) -> None:
    ensure = ding.callbacks.ensure
    assert ensure(receiver.url, TAGS).outcome == "registered"
    assert ensure(receiver.url, TAGS).outcome == "unchanged"
    assert ensure(receiver.url, reversed_(TAGS)).outcome == "unchanged"
    assert ensure(receiver.url, TAGS[:1]).outcome == "updated"
    assert ensure(receiver.url, TAGS[0]).outcome == "unchanged"
    other = ding.receive(path="/other", token=TOKEN, aes_key=AES_KEY)
    # The keys of the receiver behind the address are registered.
    assert ensure(other.url, TAGS).outcome == "updated"
    assert ensure(other.url, TAGS).token.reveal() == TOKEN
    assert ensure(receiver.url, TAGS).token.reveal() == receiver.token.reveal()
    assert ensure(other.url, TAGS).token.reveal() == TOKEN
    with ding.receive(path=f"/deep{other.settings.path}") as deeper, ding.receive(path="/last"):
        assert ding.callbacks._receivers.running_keys(deeper.url) == deeper.settings.keys
        assert ding.callbacks._receivers.running_keys(other.url) == other.settings.keys
    # If no path matches, those of the receiver opened last.
    assert ding.callbacks._receivers.running_keys("http://127.0.0.1:1/elsewhere") == other.settings.keys
    other.stop()
    again = ding.receive(ding.callbacks.get(), path="/again")
    assert again.token.reveal() == TOKEN
    assert ensure(again.url, TAGS).outcome == "updated"
    again.stop()


def reversed_(tags: tuple[str, ...]) -> list[str]:
    return list(reversed(tags))


def test_without_a_receiver_a_registration_keeps_its_keys(ding: DingTalk) -> None:
    route = Scripted(ding, lambda name, _: registered() if name == "get_call_back" else {})
    assert ding.callbacks.ensure(registered()["url"], TAGS).outcome == "unchanged"
    assert ding.callbacks.ensure(registered()["url"], TAGS[0]).outcome == "updated"
    assert (route.bodies[-1]["token"], route.bodies[-1]["aes_key"]) == (TOKEN, AES_KEY)
    ding.callbacks.update(registered()["url"], TAGS[1])
    assert route.bodies[-1] == {**registered(tags=TAGS[1:])}
    ding.callbacks.update(registered()["url"], TAGS, token="another-token", aes_key="L" * 43)
    assert (route.bodies[-1]["token"], route.bodies[-1]["aes_key"]) == ("another-token", "L" * 43)


def test_different_keys_update_the_registration(ding: DingTalk, receiver: Receiver) -> None:
    route = Scripted(ding, lambda name, _: registered(receiver.url) if name == "get_call_back" else {})
    assert ding.callbacks.ensure(receiver.url, TAGS).outcome == "updated"
    assert route.bodies[-1]["token"] == receiver.token.reveal()
    assert ding.callbacks.ensure(receiver.url, TAGS, token=TOKEN, aes_key=AES_KEY).outcome == "unchanged"
    assert ding.callbacks.ensure(receiver.url, TAGS, token=TOKEN, aes_key="L" * 43).outcome == "updated"


def test_masked_keys_on_a_tape_count_as_those_in_use(ding: DingTalk, receiver: Receiver) -> None:
    masked = {**registered(receiver.url), "token": "***", "aes_key": "***"}
    Scripted(ding, lambda name, _: masked if name == "get_call_back" else {})
    assert ding.callbacks.ensure(receiver.url, TAGS).outcome == "unchanged"
    assert ding.receive(ding.callbacks.get()) is receiver


@pytest.mark.parametrize(
    "answer",
    [
        *({"token": "a token of words"}, {"token": None}, {"aes_key": "K" * 42 + "+"}, {"aes_key": ""}),
        {"token": "密钥密钥密钥", "aes_key": 5},
    ],
    ids=str,
)
def test_keys_that_dingtalk_does_not_return_never_count_as_ours(answer: dict[str, Any], ding: DingTalk) -> None:
    place = registered()["url"]
    route = Scripted(ding, lambda name, _: {**registered(place), **answer} if name == "get_call_back" else {})
    found = ding.callbacks.get()
    assert found is not None
    assert (found.token.reveal(), found.aes_key.reveal()) == ("", "")
    # No other keys were given.
    assert ding.callbacks.ensure(place, TAGS).outcome == "unchanged"
    with ding.receive() as receiver:
        made = ding.callbacks.ensure(place, TAGS)
        assert (made.outcome, made.token.reveal()) == ("updated", receiver.token.reveal())
    assert route.bodies[-1]["token"] == receiver.token.reveal()
    assert ding.callbacks.ensure(place, TAGS[:1]).outcome == "updated"
    assert ding.callbacks.update(place, TAGS[:1]).outcome == "updated"


@pytest.mark.parametrize("lost", ["quicker", "slower", "answer"])
def test_ensure_handles_a_concurrent_registration(lost: str, ding: DingTalk) -> None:
    url = registered()["url"]

    def quicker(name: str, n: int) -> object:
        if name == "get_call_back":
            return {"errcode": 71007} if n == 0 else registered(tags=TAGS[:1])
        return {"errcode": 71006} if name == "register_call_back" else {}

    def slower(name: str, n: int) -> object:
        if name == "get_call_back":
            return registered("http://127.0.0.1:9/other") if n == 0 else {"errcode": 400040}
        return {"errcode": 400040} if name == "update_call_back" else {}

    def answer(name: str, n: int) -> object:
        if name == "get_call_back":
            return {"errcode": 71007} if n == 0 else registered()
        return requests.ReadTimeout()

    scripts: dict[str, Script] = {"quicker": quicker, "slower": slower, "answer": answer}
    route = Scripted(ding, scripts[lost])
    outcome = ding.callbacks.ensure(url, TAGS).outcome
    assert outcome == {"quicker": "updated", "slower": "registered", "answer": "unchanged"}[lost]
    assert len(route.calls) <= 4


def test_ensure_gives_up_after_repeated_conflicts(ding: DingTalk) -> None:
    route = Scripted(ding, lambda name, _: {"errcode": 71007 if name == "get_call_back" else 71006})
    with pytest.raises(ArgumentError) as caught:
        ding.callbacks.ensure(registered()["url"], TAGS)
    assert caught.value.code == "71006"
    assert len(route.calls) == 6
    Scripted(ding, lambda _name, _n: requests.ReadTimeout())
    with pytest.raises(NoAnswerError):
        ding.callbacks.ensure(registered()["url"], TAGS)


def test_problems_with_the_address_are_explained(ding: DingTalk, receiver: Receiver) -> None:
    with pytest.raises(ArgumentError) as caught:
        ding.callbacks.register(receiver.url, TAGS, token=TOKEN, aes_key=AES_KEY)
    assert caught.value.code == "71009"
    assert "Check that ding.receive() is running" in caught.value.hint
    assert "900005" in repr(receiver)
    receiver.stop()
    with pytest.raises(ArgumentError) as caught:
        ding.callbacks.ensure(receiver.url, TAGS)
    assert caught.value.code == "71012"
    assert "docs/callbacks.md" in caught.value.hint


CODES = [*range(71006, 71015), 400040, 400041, *range(400050, 400055)]


def test_each_registration_error_code_has_advice() -> None:
    rows = [code_table()[str(code)] for code in CODES]
    assert [row for row in rows if not row.todo_en] == []
    for language in ("en", "zh"):
        set_language(language)
        assert [row for row in rows if row.todo not in str(error_for(row.code))] == []


def test_no_error_reveals_token_or_key(ding: DingTalk, whole_of: Callable[[BaseException], str]) -> None:
    said = f"bad aes_key {AES_KEY}, token={TOKEN}"
    answers: list[object] = [
        {"errcode": 71010, "errmsg": said},
        {"errcode": 71009, "errmsg": f"token {TOKEN}", "request_id": AES_KEY},
        said.encode(),
        json.dumps({"token": TOKEN, "aes_key": AES_KEY}).encode(),
        b'{"errcode": "x", "aes_key": "%s"}' % AES_KEY.encode(),
        requests.ConnectionError(),
    ]
    for answer in answers:
        Scripted(ding, lambda _name, _n, answer=answer: answer)
        for call in (ding.callbacks.register, ding.callbacks.update):
            with pytest.raises(DingError) as caught:
                call("http://127.0.0.1:9/x", TAGS, token=TOKEN, aes_key=AES_KEY)
            shown = whole_of(caught.value)
            assert TOKEN not in shown
            assert AES_KEY not in shown


def test_no_error_about_an_answer_reveals_token_or_key(
    ding: DingTalk, whole_of: Callable[[BaseException], str]
) -> None:
    whole = {"errcode": 0, **registered()}
    answers: list[bytes] = [
        json.dumps({**whole, "url": None}).encode(),
        json.dumps({**whole, "call_back_tag": "x"}).encode(),
        json.dumps(registered()).encode(),
        json.dumps({"aes_key": AES_KEY}).encode(),
        json.dumps({"token": TOKEN}).encode(),
        json.dumps(whole).encode()[:-1],
    ]
    for answer in answers:
        Scripted(ding, lambda _name, _n, answer=answer: answer)
        with pytest.raises(BadAnswerError) as caught:
            ding.callbacks.get()
        shown = whole_of(caught.value)
        assert TOKEN not in shown
        assert AES_KEY not in shown


def test_a_registration_is_shown_without_its_keys(ding: DingTalk) -> None:
    Scripted(ding, lambda _name, _n: registered("https://hooks.example.com/x?access_token=hidden"))
    found = ding.callbacks.get()
    assert found is not None
    for language, words in (("en", "Callback registration"), ("zh", "回调注册")):
        set_language(language)
        shown = repr(found) + found._repr_html_() + str(found.token) + repr(ding.callbacks)
        assert words in shown
        assert "***" in shown
        assert not [secret for secret in (TOKEN, AES_KEY, "hidden") if secret in shown]


@pytest.mark.parametrize(
    ("token", "aes_key", "what"),
    [
        ("ab", AES_KEY, "The token has 2 characters; 3 to 63 are allowed"),
        ("a b c", AES_KEY, "The token contains spaces"),
        (TOKEN, AES_KEY[:-1], "The AES key has 42 characters; 43 are required"),
        (TOKEN, AES_KEY[:-1] + "/", "The AES key contains characters other than letters and digits"),
    ],
)
def test_malformed_keys_are_refused_with_what_is_wrong(token: str, aes_key: str, what: str) -> None:
    with pytest.raises(InputError, match=what) as caught:
        CallbackKeys(token, aes_key)
    assert aes_key not in str(caught.value)


def test_generated_keys_use_the_documented_characters_and_are_unique() -> None:
    from dingnb.auth.callback_keys import generate_keys  # noqa: PLC0415 - next to its assertions

    made = [generate_keys() for _ in range(50)]
    assert all(len(keys.token.reveal()) == 32 and keys.token.reveal().isalnum() for keys in made)
    assert all(len(keys.aes_key.reveal()) == 43 and keys.aes_key.reveal().isalnum() for keys in made)
    assert len(set(made)) == 50
    assert CallbackKeys(TOKEN, AES_KEY) == CallbackKeys(TOKEN, AES_KEY) != made[0]


@for_each(
    "url",
    [
        *("", "hooks.example.com/x", "ftp://hooks.example.com/x", "https://", "https:///x", "https://a b/x"),
        *("https://hooks.example.com/#x", "https://me:pass@hooks.example.com/x", "https://hooks.example.com:x/"),
        *("https://钉钉.example.com/x", f"https://hooks.example.com/{'x' * 1_000}", None, 5, b"https://a.example/x"),
        *("https://a..example.com/", "https://.example.com/", "https://hooks.example.com:0/", "https://a.example/\0"),
        *(
            "https://127.1/x",
            "https://0x7f.0.0.1/",
            "https://0177.0.0.1/x",
            "https://10.0.0.1./",
            "https://a.example/#",
        ),
    ],
)
def test_an_invalid_address_is_refused_before_any_call(
    url: Any, ding: DingTalk, whole_of: Callable[[BaseException], str]
) -> None:
    route = Scripted(ding, lambda _name, _n: {})
    for call in (ding.callbacks.register, ding.callbacks.update, ding.callbacks.ensure):
        with pytest.raises(InputError) as caught:
            call(url, TAGS, token=TOKEN, aes_key=AES_KEY)
        assert "https://hooks.example.com/dingtalk" in caught.value.hint
        assert not [key for key in (TOKEN, AES_KEY) if key in whole_of(caught.value)]
        assert "pass" not in caught.value.what
    assert route.calls == []


@for_each(
    "tags",
    [
        *("", [], None, 5, ["user add"], [None], ["user_add_org", ""], b"check_in", {"check_in": 1}, ["用户"]),
        # Iterating a DataFrame gives the names of its columns.
        pd.DataFrame({"tag": TAGS}),
    ],
)
def test_invalid_tags_are_refused_before_any_call(tags: Any, ding: DingTalk) -> None:
    route = Scripted(ding, lambda _name, _n: {})
    with pytest.raises(InputError, match="list of event types"):
        ding.callbacks.ensure("http://127.0.0.1:9/x", tags)
    assert route.calls == []


@pytest.mark.parametrize(
    "tags",
    [TAGS, list(TAGS), set(TAGS), pd.Series(TAGS * 2), pd.Series(TAGS).unique()],
)
def test_tags_may_be_any_collection_of_names(tags: Any, ding: DingTalk) -> None:
    route = Scripted(ding, lambda _name, _n: {})
    assert ding.callbacks.register("http://127.0.0.1:9/x", tags).tags == TAGS
    assert route.bodies[0]["call_back_tag"] == list(TAGS)


def test_a_receiver_passed_as_address_is_reported_on_one_line(ding: DingTalk, receiver: Receiver) -> None:
    with pytest.raises(InputError) as caught:
        ding.callbacks.ensure(receiver, TAGS)  # type: ignore[arg-type]
    assert caught.value.what == "Callbacks [SANDBOX] is not a valid callback address."


def test_the_display_lists_the_methods_without_a_call(ding: DingTalk) -> None:
    route = Scripted(ding, lambda _name, _n: {})
    for language, expected in (("en", "fetches the events that were not delivered"), ("zh", "取回未送达的事件")):
        set_language(language)
        assert expected in repr(ding.callbacks)
        assert expected in ding.callbacks._repr_html_()
    assert "沙箱" in repr(ding.callbacks)
    assert route.calls == []


INSIDE = [
    *("127.0.0.1", "localhost", "[::1]", "10.1.2.3", "192.168.0.9", "172.16.0.1", "169.254.1.1", "0.0.0.0"),  # noqa: S104
    *("notebook", "laptop.local", "server.lan", "[fd00::1]", "localhost.", "laptop.local.", "box.home.arpa"),
    *("server.corp", "a.intranet", "a.test", "100.64.0.1", "224.0.0.1", "[ff02::1]", "[::ffff:10.0.0.1]", "LOCALHOST"),
]


@for_each("host", INSIDE)
def test_a_private_address_is_refused_before_any_call(host: str, live: DingTalk) -> None:
    with pytest.raises(InputError, match="inside your network") as caught:
        live.callbacks.register(f"https://{host}/dingtalk", TAGS)
    assert "ding.stream()" in caught.value.hint


@pytest.fixture
def live(connect_to: Callable[..., DingTalk], sandbox: RunningSandbox) -> DingTalk:
    """A connection that treats the sandbox as DingTalk."""
    ding = connect_to(sandbox)
    assert not Hosts(sandbox.base_url, sandbox.base_url).has_dingtalk_host
    ding._callbacks._allows_local = False
    return ding


@pytest.mark.parametrize("place", ["hooks.example.com:8443", "a_b.example.com", "xn--fiq228c.example.com", "8.8.8.8"])
def test_a_public_address_is_sent(place: str, live: DingTalk) -> None:
    with pytest.raises(ArgumentError) as caught:
        live.callbacks.register(f"https://{place}/dingtalk?from=dingtalk", TAGS)
    assert caught.value.code in {"71012", "71013"}


def test_calls_are_counted(ding: DingTalk, receiver: Receiver) -> None:
    ding.callbacks.ensure(receiver.url, TAGS)
    ding.callbacks.failed()
    with ding._ledger.connection() as db:
        counted = dict(db.execute("SELECT api, n FROM calls").fetchall())
    assert counted == {api.GET: 1, api.REGISTER: 1, api.FAILED_EVENTS: 1}
    text = "".join(str(path.read_bytes()) for path in ding._ledger.folder.rglob("*") if path.is_file())
    assert receiver.token.reveal() not in text
    assert receiver.aes_key.reveal() not in text


def test_missed_events_are_fetched_from_the_sandbox(
    ding: DingTalk, receiver: Receiver, sandbox: RunningSandbox, clock: VirtualClock
) -> None:
    ding.callbacks.register(receiver.url, TAGS)
    receiver.stop()
    emit(sandbox, {"type": "user_add_org", "data": {"userId": ["missed1"]}})
    frame = ding.callbacks.failed()
    for _ in range(100):
        if len(frame):
            break
        clock.advance(seconds_to_ns(60))
        frame = ding.callbacks.failed()
    assert list(frame["type"]) == ["user_add_org"]
    assert list(frame["channel"]) == ["missed"]
    assert list(frame["userids"]) == [["missed1"]]
    assert len(ding.callbacks.failed()) == 0
    assert list(ding.events.to_frame()["type"]) == ["user_add_org"]


def items(first: int, n: int) -> list[dict[str, Any]]:
    return [
        {
            "call_back_tag": "user_add_org",
            "event_time": 1_606_126_433_000 + k,
            "user_add_org": {"userid": [f"u{k}"], "corpid": "dingcorp"},
        }
        for k in range(first, first + n)
    ]


def test_all_pages_are_fetched(ding: DingTalk) -> None:
    pages = [(items(0, 200), True), (items(200, 200), "true"), ([*items(400, 1), "odd", None], False)]
    route = Scripted(ding, lambda _name, n: {"failed_list": pages[n][0], "has_more": pages[n][1]})
    frame = ding.callbacks.failed()
    assert len(route.calls) == 3
    assert len(frame) == 403
    assert list(frame.columns) == list(ding.events.to_frame().columns)
    assert len(ding.events) == 403
    assert frame["userids"].iloc[400] == ["u400"]


def test_an_empty_page_between_others_does_not_end_the_fetch(ding: DingTalk) -> None:
    pages = [(items(0, 1), True), ([], True), (None, True), (items(1, 1), True), ([], True), (items(2, 1), False)]
    Scripted(ding, lambda _name, n: {"failed_list": pages[n][0], "has_more": pages[n][1]})
    assert ding.callbacks.failed()["userids"].tolist() == [["u0"], ["u1"], ["u2"]]


def test_endless_empty_pages_end_the_fetch(ding: DingTalk) -> None:
    route = Scripted(ding, lambda _name, _n: {"failed_list": [], "has_more": True})
    assert len(ding.callbacks.failed()) == 0
    assert len(route.calls) == 3


def test_an_answer_without_a_list_is_empty_and_one_with_another_value_is_refused(ding: DingTalk) -> None:
    for answer in ({}, {"failed_list": None}):
        Scripted(ding, lambda _name, _n, answer=answer: answer)  # type: ignore[misc]
        assert isinstance(ding.callbacks.failed(), pd.DataFrame)
    Scripted(ding, lambda _name, _n: {"failed_list": "x"})
    with pytest.raises(BadAnswerError):
        ding.callbacks.failed()


def test_an_error_between_pages_loses_no_events(ding: DingTalk) -> None:
    def script(_name: str, n: int) -> object:
        return {"failed_list": items(0, 200), "has_more": True} if n == 0 else {"errcode": 90018, "errmsg": "slow"}

    Scripted(ding, script)
    with pytest.raises(ThrottledError) as caught:
        ding.callbacks.failed()
    assert "200 events" in caught.value.hint
    assert len(ding.events.to_frame("user_add_org")) == 200


def test_a_locked_ledger_loses_no_missed_events(
    sandbox: RunningSandbox, connect_to: Callable[..., DingTalk], tmp_path: Path
) -> None:
    ding = connect_to(sandbox, ledger=SqliteLedger(tmp_path, busy_timeout_s=0.05))
    ding.events.keep()
    route = Scripted(ding, lambda _name, n: {"failed_list": items(0, 3) if n == 0 else [], "has_more": False})
    with ding._ledger.transaction(), pytest.raises(LedgerError) as caught:
        ding.callbacks.failed()
    assert "3 events" in caught.value.hint
    assert "lost if the kernel restarts or connects again" in caught.value.hint
    assert len(ding.events) == 0
    assert len(connect_to(sandbox, ledger=SqliteLedger(tmp_path)).callbacks.failed()) == 0
    assert len(ding.callbacks.failed()) == 3
    assert len(ding.events) == 3
    assert route.calls == ["get_call_back_failed_result"] * 2


def test_missed_events_reach_memory_while_the_ledger_is_locked(
    sandbox: RunningSandbox, connect_to: Callable[..., DingTalk], tmp_path: Path
) -> None:
    ding = connect_to(sandbox, ledger=SqliteLedger(tmp_path, busy_timeout_s=0.05))
    ding.events.keep()
    Scripted(ding, lambda _name, n: {"failed_list": items(0, 3) if n == 0 else [], "has_more": False})
    with ding._ledger.transaction():
        with pytest.raises(LedgerError) as caught:
            ding.callbacks.failed()
        assert "ding.events.keep(on=False)" in caught.value.hint
        ding.events.keep(on=False)
        assert len(ding.callbacks.failed()) == 3


def test_half_a_character_in_a_missed_event_is_replaced(ding: DingTalk) -> None:
    [item] = items(0, 1)
    Scripted(ding, lambda _name, n: {"failed_list": [] if n else [item | {"no\ud800te": "a\ud83d"}], "has_more": False})
    assert ding.callbacks.failed()["no\ufffdte"].tolist() == ["a\ufffd"]
    ding.events.keep()


def test_an_interrupt_loses_no_missed_events(ding: DingTalk, monkeypatch: pytest.MonkeyPatch) -> None:
    route = Scripted(ding, lambda _name, n: {"failed_list": items(0, 3) if n == 0 else [], "has_more": False})
    take, calls = ding._log.add, itertools.count()

    def interrupted(event: Event) -> bool:
        if next(calls) == 1:
            raise KeyboardInterrupt
        return take(event)

    monkeypatch.setattr(ding._log, "add", interrupted)
    with pytest.raises(KeyboardInterrupt):
        ding.callbacks.failed()
    assert list(ding.callbacks.failed()["userids"]) == [["u1"], ["u2"]]
    assert len(ding.events) == len(route.calls) + 1 == 3


@pytest.mark.parametrize("depth", [90, 150, 400, 700])
def test_a_too_deeply_nested_event_does_not_affect_others(depth: int, ding: DingTalk) -> None:
    deep = b'{"call_back_tag":"check_in","event_time":1606126433000,"check_in":%s1%s}' % (
        b'{"a":' * depth,
        b"}" * depth,
    )
    page = b'{"errcode":0,"failed_list":[%s,%s]}' % (deep, json.dumps(items(0, 1)[0]).encode())
    Scripted(ding, lambda _name, _n: page)
    frame = ding.callbacks.failed()
    assert list(frame["type"]) == ["check_in", "user_add_org"]
    assert list(frame["time"].dt.year) == [2020, 2020]


def test_an_event_that_is_fetched_twice_is_in_the_log_once(ding: DingTalk) -> None:
    Scripted(ding, lambda _name, _n: {"failed_list": items(0, 2), "has_more": False})
    ding.callbacks.failed()
    assert len(ding.callbacks.failed()) == 2
    assert len(ding.events) == 2


def recorded_run(port: int) -> tuple[str, list[str], list[object]]:
    """Return the output of a notebook that registers, reads and updates a callback, and the keys it used."""
    ding = dingnb.connect("sandbox", users=20)
    receiver = ding.receive(port=port)
    first = ding.callbacks.ensure(receiver.url, TAGS)
    same = ding.callbacks.ensure(receiver.url, TAGS)
    again = ding.receive(ding.callbacks.get(), port=port)
    other = ding.callbacks.update(receiver.url, TAGS[:1])
    keys = [receiver.token.reveal(), receiver.aes_key.reveal()]
    shown = [first, same, other, len(ding.callbacks.failed()), ding.callbacks.delete(), again is receiver]
    ding.close()
    return "\n".join(map(repr, shown)), keys, shown


def test_a_tape_contains_no_keys_and_replays_the_same(tmp_path: Path, find_secrets: Callable[[str], list[str]]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with tape("callbacks", record=True, directory=tmp_path):
        recorded, keys, _ = recorded_run(port)
    cassette = (tmp_path / "callbacks.yaml").read_text(encoding="utf-8")
    assert "register_call_back" in cassette
    assert not [key for key in keys if key in cassette]
    assert find_secrets(cassette) == []
    with tape("callbacks", record=False, directory=tmp_path):
        played, _, shown = recorded_run(port)
    assert played == recorded
    assert [registration.outcome for registration in shown[:3] if isinstance(registration, Registration)] == [
        "registered",
        "unchanged",
        "updated",
    ]

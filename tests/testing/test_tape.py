import json
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from html import unescape
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import requests
import yaml
from vcr.cassette import Cassette

import dingnb
from dingnb.api.media import upload
from dingnb.errors import InputError, PersonError
from dingnb.media import content_of
from dingnb.sandbox import RunningSandbox
from dingnb.testing import Tape, TapeError, VirtualClock, check_journal, tape
from dingnb.testing.cassette import load_cassette
from dingnb.transport import OAPI, Hosts, Route
from dingnb.words import in_language
from tests.table_rows import for_each

WORKERS = 16
CALLS = 161
SEND = "/topapi/message/corpconversation/asyncsend_v2"
GET = "/topapi/v2/user/get"

Connect = Callable[..., dingnb.DingTalk]


def message(text: str, userids: str = "manager0044") -> dict[str, Any]:
    return {"agent_id": 1000001, "userid_list": userids, "msg": {"msgtype": "text", "text": {"content": text}}}


def make_calls(ding: dingnb.DingTalk) -> list[str]:
    """Make 161 calls from 16 threads; most of them are equal."""

    def call(number: int) -> str:
        text = f"第 {number} 条：周五搬家" if number % 8 == 0 else "人人都有的一条"
        return str(ding.call(SEND, message(text))["errmsg"])

    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(call, range(CALLS)))


@pytest.fixture
def recorded(sandbox: RunningSandbox, connect: Connect, tapes: Path) -> Path:
    """A tape named "short" with two sends and a look-up on it."""
    with tape("short", record=True, directory=tapes, clock=VirtualClock()):
        ding = connect(sandbox.base_url)
        ding.call(SEND, message("周五搬家"))
        ding.call(SEND, message("周五搬家"))
        ding.call(GET, {"userid": sandbox.state.users(1)[0]["userid"], "language": "zh_CN"})
    return tapes / "short.yaml"


@pytest.mark.long
def test_two_recordings_from_16_threads_are_equal_and_play_without_a_network(
    sandbox: RunningSandbox, connect: Connect, tapes: Path, request: pytest.FixtureRequest
) -> None:
    answers = []
    for name in ("one", "two"):
        sandbox.state.reset()
        with tape(name, record=True, directory=tapes, clock=VirtualClock()):
            answers.append(make_calls(connect(sandbox.base_url)))

    assert (tapes / "one.yaml").read_bytes() == (tapes / "two.yaml").read_bytes()
    request.getfixturevalue("no_network")
    with tape("one", directory=tapes) as running:
        ding = connect()
        answers.append(make_calls(ding))

        assert ding.mode == "SANDBOX"
        assert running.unplayed_error() is None
    assert answers[0] == answers[1] == answers[2] == ["ok"] * CALLS


def test_a_whole_campaign_replays_without_a_server(tapes: Path, request: pytest.FixtureRequest) -> None:
    def run() -> tuple[dingnb.DingTalk, str]:
        ding = dingnb.connect("sandbox", users=30)
        frame = pd.DataFrame({"userid": ["", "@all", "nobody"], "mobile": ["13900000001", "", ""]})
        plan = ding.plan(frame, dingnb.text("周五搬家"), to=["userid", "mobile"])
        return ding, f"{ding}{plan}{plan.send().wait()}{plan.problems().to_csv()}"

    with tape("campaign", record=True, directory=tapes, clock=VirtualClock()):
        recording, shown = run()
    request.getfixturevalue("no_network")
    with tape("campaign", directory=tapes):
        playing, shown_again = run()

    assert recording.sandbox is not None
    assert playing.sandbox is None
    assert playing.mode == "SANDBOX"
    assert shown_again == shown


def test_every_tape_has_its_own_token(sandbox: RunningSandbox, connect: Connect, tapes: Path) -> None:
    def look_up(name: str, *, record: bool, clock: VirtualClock | None = None) -> None:
        with tape(name, record=record, directory=tapes, clock=clock):
            for _ in range(2):
                connect(sandbox.base_url).call(GET, {"userid": sandbox.state.users(1)[0]["userid"]})

    connect(sandbox.base_url).token()
    for name in ("one", "two"):
        look_up(name, record=True)

    clock = VirtualClock()
    for name in ("one", "two", "one"):
        look_up(name, record=False, clock=clock)
        recorded = yaml.safe_load((tapes / f"{name}.yaml").read_text("utf-8"))["interactions"]
        assert ["accessToken" in interaction["request"]["uri"] for interaction in recorded].count(True) == 1


def test_a_tape_holds_no_address_of_a_phone_and_a_playing_one_has_none(
    sandbox: RunningSandbox, connect: Connect, tapes: Path
) -> None:
    with tape("phone", record=True, directory=tapes, clock=VirtualClock()):
        assert connect(sandbox.base_url).phone("manager0001").url == ""
    with tape("phone", directory=tapes):
        phone = connect(sandbox.base_url).phone("manager0001")
    assert "a tape plays the sandbox's answers" in unescape(phone._repr_html_())
    assert "phone" not in (tapes / "phone.yaml").read_text(encoding="utf-8")


def test_a_changed_call_fails_naming_the_field_and_both_values(recorded: Path, connect: Connect) -> None:
    with pytest.raises(TapeError) as at_end, tape("short", directory=recorded.parent):  # noqa: PT012 - the tape's end raises
        ding = connect()
        with pytest.raises(TapeError) as failure:
            ding.call(SEND, message("周六搬家"))

        ding.call(SEND, message("周五搬家"))
        ding.call(SEND, message("周五搬家"))
        place = [
            interaction["request"]["uri"] for interaction in yaml.safe_load(recorded.read_text("utf-8"))["interactions"]
        ]
        ding.call(GET, {"userid": _recorded_userid(recorded), "language": "zh_CN"})
    assert at_end.value is failure.value
    assert f"POST {OAPI}{SEND}" in str(failure.value)
    assert 'body.msg.text.content: recorded "周五搬家", now "周六搬家"' in str(failure.value)
    assert "userid_list" not in str(failure.value)
    number = int(str(failure.value).partition("number ")[2].partition(" ")[0])
    assert SEND in place[number - 1]


def test_added_and_removed_fields_are_reported(recorded: Path, connect: Connect) -> None:
    changed = {"userid": _recorded_userid(recorded), "verbose": True}

    failure = _failure(recorded, connect, GET, changed)

    assert 'body.language: recorded "zh_CN", now missing' in failure
    assert "body.verbose: not recorded, now true" in failure


def test_a_field_that_is_null_is_reported_as_such(tapes: Path, sandbox: RunningSandbox, connect: Connect) -> None:
    person = {"userid": sandbox.state.users(1)[0]["userid"]}
    with tape("short", record=True, directory=tapes, clock=VirtualClock()):
        connect(sandbox.base_url).call(GET, person | {"language": None})

    failure = _failure(tapes / "short.yaml", connect, GET, person | {"language": "zh_CN"})

    assert 'body.language: recorded null, now "zh_CN"' in failure


def test_an_additional_call_is_reported(recorded: Path, connect: Connect) -> None:
    with (  # noqa: PT012 - the tape's end raises
        pytest.raises(TapeError, match="only 2 calls"),
        tape("short", directory=recorded.parent) as running,
    ):
        ding = connect()
        ding.call(SEND, message("周五搬家"))
        ding.call(SEND, message("周五搬家"))
        with suppress(Exception):
            ding.call(SEND, message("周五搬家"))
        ding.call(GET, {"language": "zh_CN", "userid": _recorded_userid(recorded)})
        assert running.unplayed_error() is None


def test_a_changed_call_whose_error_is_swallowed_fails_at_the_end(recorded: Path, connect: Connect) -> None:
    with pytest.raises(TapeError) as failure, tape("short", directory=recorded.parent):  # noqa: PT012 - the tape's end raises
        ding = connect()
        for text in ("周六搬家", "周日搬家"):
            with suppress(Exception):
                ding.call(SEND, message(text))

    assert 'body.msg.text.content: recorded "周五搬家", now "周六搬家"' in str(failure.value)
    assert "not made in this run" not in str(failure.value)


def test_an_unrecorded_path_is_reported_with_the_recorded_ones(recorded: Path, connect: Connect) -> None:
    failure = _failure(recorded, connect, "/topapi/user/listid", {"dept_id": 1})

    assert "Nothing was recorded for this path" in failure
    assert f"POST {OAPI}{SEND}" in failure


def test_an_unplayed_call_is_an_error_at_the_end(recorded: Path, connect: Connect) -> None:
    with pytest.raises(TapeError) as failure, tape("short", directory=recorded.parent):
        connect().call(SEND, message("周五搬家"))

    assert "contains 2 calls not made in this run" in str(failure.value)
    assert f"POST {OAPI}{SEND}" in str(failure.value)
    assert "周五搬家" in str(failure.value)
    assert f"POST {OAPI}{GET}" in str(failure.value)


def test_an_error_inside_is_not_hidden_by_unplayed_calls(recorded: Path) -> None:
    with pytest.raises(ZeroDivisionError), tape("short", directory=recorded.parent):
        _ = 1 / 0


def test_equal_calls_play_in_recorded_order(sandbox: RunningSandbox, connect: Connect, tapes: Path) -> None:
    def ids() -> list[int]:
        ding = connect(sandbox.base_url)
        return [ding.call(SEND, message("again"))["task_id"] for _ in range(3)]

    with tape("again", record=True, directory=tapes, clock=VirtualClock()):
        was = ids()
    with tape("again", directory=tapes):
        assert ids() == was
    assert len(set(was)) == 3


def test_errors_of_dingtalk_are_recorded_too(sandbox: RunningSandbox, connect: Connect, tapes: Path) -> None:
    for record in (True, False):
        with tape("error", record=record, directory=tapes, clock=VirtualClock()):
            with pytest.raises(PersonError) as failure:
                connect(sandbox.base_url).call(GET, {"userid": "nobody"})
            assert failure.value.code == "33012"


def test_the_file_is_readable_and_says_when_and_against_what(recorded: Path) -> None:
    text = recorded.read_text("utf-8")

    head = yaml.safe_load(text)["metadata"]["recorded"]
    assert text.startswith("metadata:\n  recorded:\n")
    assert head["against"] == f"the dingnb sandbox, {dingnb.__version__}"
    assert (head["at"], head["time"]) == ("2026-11-02T09:00:00+08:00", "virtual")
    assert '"content": "周五搬家"' in text
    assert "\\u" not in text
    assert f"uri: {OAPI}{SEND}?access_token=***" in text
    assert "127.0.0.1" not in text


def test_only_its_owner_may_read_the_file(recorded: Path) -> None:
    recorded.chmod(0o644)
    with tape("short", record=True, directory=recorded.parent):
        pass

    assert stat.S_IMODE(recorded.stat().st_mode) == 0o600


def test_plain_vcrpy_reads_the_file(recorded: Path) -> None:
    assert len(Cassette.load(path=recorded)) == 5


def test_no_secret_is_recorded(server: Any, sandbox: RunningSandbox, connect: Connect, tapes: Path) -> None:
    secrets = [
        "sandbox-secret-not-for-live-use",
        "cookie-of-a-session",
        "robot-token-0001",
        "inner-pass",
        "aes-key-of-43",
    ]
    for endpoint in ("api", "oapi"):
        with tape(endpoint, record=True, directory=tapes, clock=VirtualClock()):
            ding = connect(sandbox.base_url, token_endpoint=endpoint)
            secrets.append(ding.token().reveal())
            ding.call(GET, {"userid": sandbox.state.users(1)[0]["userid"]})
    token = secrets[-1]
    server.answer = {
        "errcode": 0,
        "errmsg": f"token {token} is fine",
        "ticket": "ticket-0001",
        "nested": [{"aes_key": 1}],
    }
    with tape("live", record=True, directory=tapes, clock=VirtualClock()):
        adapter = Route(Hosts(server.url, server.url))
        body = {
            "token": token,
            "aes_key": "aes-key-of-43",
            "msg": f"see https://me:inner-pass@example.org/?access_token=robot-token-0001 and {token}",
        }
        headers = {"x-acs-dingtalk-access-token": token, "Cookie": "session=cookie-of-a-session"}
        url = (
            f"https://me:inner-pass@oapi.dingtalk.com/robot/send?access_token=robot-token-0001&sign=abcdefgh&x={token}"
        )
        request = requests.Request("POST", url, json=body, headers=headers).prepare()
        request.url = url.replace("me:inner-pass@", "")
        assert adapter.send(request, timeout=5).json()["ticket"] == "ticket-0001"

    for file in tapes.iterdir():
        text = file.read_text("utf-8")
        assert [secret for secret in [*secrets, "ticket-0001", "sign=abcdefgh"] if secret in text] == []
    live = (tapes / "live.yaml").read_text("utf-8")
    assert "x-acs-dingtalk-access-token:\n      - '***'" in live
    assert f"against: LIVE {server.url}" in live


def test_a_replayed_token_is_harmless(recorded: Path, connect: Connect) -> None:
    with pytest.raises(TapeError), tape("short", directory=recorded.parent):
        assert connect(app_secret="another-secret").token().reveal() == "***"


def _post(path: str, hosts: Hosts, **content: object) -> dict[str, Any]:
    request = requests.Request("POST", f"{OAPI}{path}", **content).prepare()
    answer: dict[str, Any] = Route(hosts).send(request, timeout=5).json()
    return answer


def test_multipart_bodies_are_compared_by_part(server: Any, tapes: Path) -> None:
    hosts = Hosts(server.url, server.url)
    picture = bytes(range(256)) * 4
    parts = {"files": {"media": ("图.png", picture, "image/png")}, "data": {"type": "image", "note": "周五\r\n搬家"}}
    for name in ("one", "two"):
        with tape(name, record=True, directory=tapes, clock=VirtualClock()):
            _post("/media/upload", hosts, **parts)

    assert (tapes / "one.yaml").read_bytes() == (tapes / "two.yaml").read_bytes()
    with tape("one", directory=tapes):
        _post("/media/upload", hosts, **parts)
    with pytest.raises(TapeError) as failure, tape("one", directory=tapes):  # noqa: PT012 - the tape's end raises
        reversed_ends = picture[::-1]
        _post("/media/upload", hosts, **parts | {"files": {"media": ("图.png", reversed_ends, "image/png")}})
    assert "1,024 bytes, sha256" in str(failure.value)
    assert "note" not in str(failure.value)


def test_an_upload_is_recorded_and_played_by_its_hash(
    sandbox: RunningSandbox, connect: Connect, tapes: Path, tmp_path: Path
) -> None:
    path = tmp_path / "工资条.pdf"
    path.write_bytes(b"%PDF-1.7 salary 12,345 " + bytes(range(256)) * 20_000)
    content = content_of(path, "file")
    small = content_of(b"%PDF-1.7 salary 67,890", "file", "b.pdf")

    def uploaded(ding: dingnb.DingTalk) -> list[str]:
        return [upload(ding._caller, file) for file in (content, small, content)]

    ids = []
    for name in ("one", "two"):
        sandbox.state.reset()
        with tape(name, record=True, directory=tapes, clock=VirtualClock()):
            ids.append(uploaded(connect(sandbox.base_url)))
    written = (tapes / "one.yaml").read_text(encoding="utf-8")
    assert (tapes / "two.yaml").read_text(encoding="utf-8") == written
    assert len(written) < 10_000
    assert "salary" not in written
    assert content.sha256 in written
    assert not any(name in written for name in ("sandbox-secret", sandbox.state.tokens.issue(0)))
    with tape("one", directory=tapes):
        assert uploaded(connect()) == ids[0] == ids[1]
    with pytest.raises(TapeError, match=rf"recorded .*{small.sha256}"), tape("one", directory=tapes):
        upload(connect()._caller, content_of(b"%PDF-1.7 salary 67,891", "file", "b.pdf"))


def test_forms_and_json_are_compared_by_field(server: Any, tapes: Path) -> None:
    hosts = Hosts(server.url, server.url)
    with tape("meaning", record=True, directory=tapes, clock=VirtualClock()):
        _post("/form", hosts, data={"a": "1", "b": "周五"})
        _post("/json", hosts, json={"a": 1, "b": {"c": "周五", "d": None}})
    with pytest.raises(TapeError, match=r"body\.a: recorded 1, now 2"), tape("meaning", directory=tapes):
        _post("/json", hosts, json={"a": 2, "b": {"c": "周五", "d": None}})
    with tape("meaning", directory=tapes):
        _post("/form", hosts, data={"b": "周五", "a": "1"})
        text = '{"b": {"d":null,  "c": "\\u5468\\u4e94"}, "a":1}'
        _post("/json", hosts, data=text, headers={"Content-Type": "application/json; charset=utf-8"})


def test_existing_connections_are_replayed_too(tapes: Path) -> None:
    before = dingnb.connect("sandbox", users=31)
    body = {"userid": before.sandbox.state.users(1)[0]["userid"]}
    before.token()
    with tape("before", record=True, directory=tapes):
        before.call(GET, body)
    called = len(before.sandbox.state.calls)
    with tape("before", directory=tapes):
        assert before.call(GET, body)["errmsg"] == "ok"
    assert len(before.sandbox.state.calls) == called


def test_connections_created_on_a_tape_make_no_calls_after_it(
    sandbox: RunningSandbox, connect: Connect, recorded: Path
) -> None:
    with pytest.raises(TapeError, match="not made in this run"), tape("short", directory=recorded.parent):  # noqa: PT012 - the tape's end raises
        ding = connect(sandbox.base_url)
        ding.token()
    calls = len(sandbox.state.calls)

    with pytest.raises(TapeError, match="after the end of the tape") as late:
        ding.call(SEND, message("周五搬家"))
    with in_language("zh"):
        assert "结束后又发出了" in str(late.value).splitlines()[0]

    assert len(sandbox.state.calls) == calls


def test_a_failed_recording_keeps_the_old_tape(sandbox: RunningSandbox, connect: Connect, recorded: Path) -> None:
    was = recorded.read_bytes()

    with pytest.raises(ZeroDivisionError), tape("short", record=True, directory=recorded.parent):  # noqa: PT012 - the tape's end raises
        connect(sandbox.base_url).token()
        _ = 1 / 0

    assert recorded.read_bytes() == was


def test_a_word_instead_of_a_flag_overwrites_no_tape(recorded: Path) -> None:
    was = recorded.read_bytes()
    with pytest.raises(InputError, match="record='no'"), tape("short", record="no", directory=recorded.parent):  # type: ignore[arg-type] # that is the point
        pass
    assert recorded.read_bytes() == was


@pytest.mark.parametrize("word", ["1", "yes"])
def test_the_environment_can_request_a_recording(word: str, tapes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DINGNB_RECORD", word)

    with tape("asked", directory=tapes):
        pass

    assert (tapes / "asked.yaml").exists()


@pytest.mark.parametrize("word", ["", "0"])
def test_without_recording_a_missing_tape_is_refused(word: str, tapes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DINGNB_RECORD", word)

    with pytest.raises(InputError, match=r"asked\.yaml(.|\n)*DINGNB_RECORD=1"), tape("asked", directory=tapes):
        pass


@for_each("name", ["", "..", "a/b", "a\\b", "/etc/passwd", "a:b"])
def test_a_name_that_contains_a_path_is_refused(name: str) -> None:
    with pytest.raises(InputError, match=r"tape\("), tape(name):
        pass


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "the file is empty"),
        ("# nothing\n", "the file is empty"),
        ("a: 1", "no list of interactions"),
        ("- x", "no list of interactions"),
        ("interactions: 3", "no list of interactions"),
        ("interactions:", "no list of interactions"),
        ("interactions: [{}]", "call 1 is incomplete"),
        ("- request: {}", "no list of interactions"),
        ("[", "line 2"),
        ("\0", "not allowed"),
        ("!!python/object:x {}", "python/object"),
    ],
)
def test_a_broken_tape_is_refused_with_the_reason(text: str, reason: str, tapes: Path) -> None:
    tapes.mkdir()
    (tapes / "broken.yaml").write_text(text, encoding="utf-8")

    with pytest.raises(InputError, match=rf"broken\.yaml(.|\n)*{reason}"), tape("broken", directory=tapes):
        pass


@pytest.mark.parametrize(
    ("part", "value"),
    [("request", None), ("response", None), ("uri", 1), ("body", 1), ("status", {}), ("headers", None), ("string", 1)],
)
def test_a_tape_with_an_incomplete_call_is_refused_with_its_number(part: str, value: object, recorded: Path) -> None:
    data = yaml.safe_load(recorded.read_text("utf-8"))
    call = data["interactions"][2]
    holder = next(
        candidate
        for candidate in (call, call["request"], call["response"], call["response"]["body"])
        if part in candidate
    )
    holder[part] = value
    recorded.write_text(yaml.safe_dump(data), encoding="utf-8")

    with pytest.raises(InputError, match="call 3 is incomplete"), tape("short", directory=recorded.parent):
        pass


def test_the_journal_reports_played_calls_to_another_process(recorded: Path, connect: Connect, tmp_path: Path) -> None:
    journal = tmp_path / "journal"

    with pytest.raises(TapeError, match="contains 5 calls"):
        check_journal("short", journal, directory=recorded.parent)
    with (  # noqa: PT012 - the end of the tape raises
        pytest.raises(TapeError, match="not made in this run"),
        tape("short", directory=recorded.parent, journal=journal),
    ):
        ding = connect()
        ding.call(SEND, message("周五搬家"))
        ding.call(SEND, message("周五搬家"))
    with pytest.raises(TapeError, match=f"contains 1 call(.|\n)*{GET}"):
        check_journal("short", journal, directory=recorded.parent)
    with pytest.raises(TapeError), tape("short", directory=recorded.parent, journal=journal):
        connect().call(SEND, message("周六"))
    with pytest.raises(TapeError, match="周六"):
        check_journal("short", journal, directory=recorded.parent)


def _recorded_userid(path: Path) -> str:
    bodies = [
        interaction["request"]["body"] or "{}"
        for interaction in yaml.safe_load(path.read_text("utf-8"))["interactions"]
    ]
    return next(body["userid"] for body in map(json.loads, bodies) if "userid" in body)


def _failure(recorded: Path, connect: Connect, path: str, body: dict[str, Any]) -> str:
    with pytest.raises(TapeError) as failure, tape("short", directory=recorded.parent) as running:  # noqa: PT012 - the tape's end raises
        assert isinstance(running, Tape)
        connect().call(path, body)
    return str(failure.value)


def receive_one(ding: dingnb.DingTalk) -> list[str]:
    """Register, emit an event, and return the types of the received events."""
    with ding.receive() as receiver:
        ding.callbacks.ensure(receiver.url, ["user_leave_org"])
        happening = {"type": "user_leave_org", "data": {"userId": ["manager0001"]}}
        requests.post(f"{ding.hosts.oapi_base_url}/_sandbox/events", json=happening, timeout=30).raise_for_status()
        event = ding.events.wait("user_leave_org", 30)
        assert event is not None
    return [received.type for received in ding.events.select()]


def test_inbound_events_are_sent_again_by_a_sandbox_during_playback(tapes: Path) -> None:
    texts = []
    for name in ("one", "two"):
        with tape(name, record=True, directory=tapes, clock=VirtualClock()):
            recorded = receive_one(dingnb.connect("sandbox"))
        texts.append((tapes / f"{name}.yaml").read_text("utf-8"))
    with tape("one", record=False, directory=tapes) as running:
        assert not running.is_offline
        assert receive_one(dingnb.connect("sandbox")) == recorded == ["user_leave_org"]
    assert texts[0] == texts[1]
    assert '"url": "http://127.0.0.1/dingtalk"' in texts[0]


def test_with_a_sandbox_other_calls_are_refused_before_they_are_made(tapes: Path) -> None:
    with tape("one", record=True, directory=tapes, clock=VirtualClock()):
        receive_one(dingnb.connect("sandbox"))
    with suppress(TapeError), tape("one", record=False, directory=tapes) as running:
        ding = dingnb.connect("sandbox")
        ding.call(SEND, message("never recorded"))
    assert "asyncsend_v2" in str(running.failure()).partition("\n")[0]
    assert ding.sandbox is not None
    assert [call["path"] for call in ding.sandbox.state.recorded_calls() if call["path"] == SEND] == []


def test_with_a_sandbox_nothing_is_sent_to_dingtalk(tapes: Path) -> None:
    with tape("one", record=True, directory=tapes, clock=VirtualClock()):
        receive_one(dingnb.connect("sandbox"))
    running = Tape("one", load_cassette(tapes / "one.yaml"), VirtualClock(), with_sandbox=True)
    request = requests.Request("GET", f"{OAPI}/_sandbox/stats").prepare()

    def leave(_: requests.PreparedRequest) -> requests.Response:
        raise AssertionError

    assert running.send(request, Hosts(), leave).json()["sandbox"] == "dingnb"


def test_why_a_cassette_is_unreadable_is_said_in_the_language_in_which_it_is_shown(tapes: Path) -> None:
    tapes.mkdir(parents=True, exist_ok=True)
    (tapes / "empty.yaml").write_text("", encoding="utf-8")
    with pytest.raises(InputError, match="the file is empty") as caught, tape("empty", directory=tapes):
        pass
    with in_language("zh"):
        assert str(caught.value).splitlines()[0].endswith("：文件是空的。")

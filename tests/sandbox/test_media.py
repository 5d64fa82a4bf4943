"""Uploads, the media ids in messages, and the files behind them."""

import hashlib
import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dingnb.clock import VirtualClock
from dingnb.sandbox import SandboxSettings, start
from dingnb.sandbox.media import references_in, robot_references_in
from dingnb.sandbox.web.request import Part, read_parts
from tests.media.samples import PDF, PNG, REFUSED, SAMPLES
from tests.sandbox.conftest import Client, Starter
from tests.sandbox.test_robot import webhook

UPLOAD = "/media/upload"
MB = 2**20
DAY_S = 24 * 3_600
FILES = {
    "image": ("周报.png", PNG),
    "voice": ("hi.mp3", SAMPLES["mp3"]),
    "video": ("a.mp4", SAMPLES["mp4"]),
    "file": ("工资条_张三.pdf", PDF),
}


def upload(client: Client, kind: str = "file", name: str | None = None, content: bytes | None = None) -> dict[str, Any]:
    given_name, given = FILES[kind]
    files = {"media": (name or given_name, given if content is None else content)}
    return client.post(UPLOAD, params={"access_token": client.token, "type": kind}, files=files).json()


def media_id(client: Client, kind: str = "file", **given: Any) -> str:
    return upload(client, kind, **given)["media_id"]


def message(kind: str, media_id: str) -> dict[str, Any]:
    content = {"media_id": media_id} | ({"duration": "3"} if kind == "voice" else {})
    return {"msgtype": kind, kind: content}


def link(picture: str) -> dict[str, Any]:
    return {"msgtype": "link", "link": {"messageUrl": "https://a.test", "picUrl": picture, "title": "t", "text": "x"}}


def oa(image: str) -> dict[str, Any]:
    head = {"bgcolor": "FFBBBBBB", "text": "t"}
    return {"msgtype": "oa", "oa": {"message_url": "https://a.test", "head": head, "body": {"image": image}}}


@pytest.mark.parametrize("kind", FILES)
def test_an_upload_has_exactly_the_documented_fields(client: Client, kind: str) -> None:
    answer = upload(client, kind)
    assert set(answer) == {"errcode", "errmsg", "type", "media_id", "created_at"}
    assert (answer["errcode"], answer["errmsg"], answer["type"]) == (0, "ok", kind)
    assert answer["media_id"].startswith("@lA")
    assert answer["created_at"] == client.clock.now_ns() // 10**6


def test_each_upload_has_its_own_id_which_repeats_from_run_to_run(start_sandbox: Starter) -> None:
    first, second = start_sandbox(), start_sandbox()
    ids = [media_id(first) for _ in range(3)]
    assert len(set(ids)) == 3
    assert [media_id(second) for _ in range(3)] == ids
    assert media_id(start_sandbox(app_key="dingother")) not in ids


def test_the_type_and_the_token_may_be_parts(client: Client) -> None:
    answer = client.post(UPLOAD, data={"access_token": client.token, "type": "file"}, files={"media": FILES["file"]})
    assert answer.json()["errcode"] == 0


def test_an_upload_counts_in_the_month(client: Client) -> None:
    before = client.get("/_sandbox/stats").json()["calls_counted"]
    upload(client)
    assert client.get("/_sandbox/stats").json()["calls_counted"] == before + 1
    assert client.get("/_sandbox/calls").json()[-1]["path"] == UPLOAD


def test_uploads_have_a_limit_a_second(start_sandbox: Starter) -> None:
    client = start_sandbox(limits_calls_per_second=2)
    assert [upload(client)["errcode"] for _ in range(3)] == [0, 0, 90018]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"kind": "file", "content": b""}, 44001),
        ({"kind": "file", "content": PDF + b"\0" * (20 * MB)}, 40006),
        ({"kind": "voice", "content": SAMPLES["mp3"] + b"\0" * (2 * MB)}, 40006),
        ({"kind": "file", "name": "a.csv"}, 40005),
        ({"kind": "file", "name": "a"}, 40005),
        ({"kind": "file", "content": REFUSED["html"]}, 40005),
        ({"kind": "image", "content": PDF}, 40005),
        ({"kind": "file", "name": "a.zip", "content": SAMPLES["zip"][:-30]}, 40005),
    ],
)
def test_a_file_against_the_rules_is_refused(client: Client, given: dict[str, Any], code: int) -> None:
    assert upload(client, **given)["errcode"] == code
    assert client.get("/_sandbox/media").json() == []


@pytest.mark.parametrize("kind", ["", "picture", "IMAGE"])
def test_an_unknown_type_is_40004(client: Client, kind: str) -> None:
    answer = client.post(UPLOAD, params={"access_token": client.token, "type": kind}, files={"media": FILES["file"]})
    assert answer.json()["errcode"] == 40004


def test_what_is_no_upload_is_refused(client: Client) -> None:
    query = {"access_token": client.token, "type": "file"}
    headers = {"content-type": "multipart/form-data; boundary=b"}
    bodies = (b"", b"--b", b"--b--", b"--b\r\n\r\n\r\n--b--\r\n", b"--b\r\n" + PDF)
    assert client.post(UPLOAD, params=query, data=PDF).json()["errcode"] == 43008
    assert client.post(UPLOAD, params=query, json={}).json()["errcode"] == 43008
    assert client.post(UPLOAD, params=query, files={"file": FILES["file"]}).json()["errcode"] == 41005
    assert {client.post(UPLOAD, params=query, data=body, headers=headers).json()["errcode"] for body in bodies} == {
        41005
    }
    assert client.get(UPLOAD, params=query).json()["errcode"] == 43002


@pytest.mark.parametrize(("token", "code"), [("", 40000), ("wrong", 40014)])
def test_a_token_is_needed_and_refused_directly(client: Client, token: str, code: int) -> None:
    answer = client.post(UPLOAD, params={"access_token": token, "type": "file"}, files={"media": FILES["file"]}).json()
    assert answer["errcode"] == code
    assert "sub_code" not in answer


def test_what_decides_a_format_is_a_setting(start_sandbox: Starter) -> None:
    by_name, by_content = start_sandbox(media_format_by="name"), start_sandbox(media_format_by="content")
    assert upload(by_name, content=REFUSED["html"])["errcode"] == 0
    assert upload(by_name, name="a.csv")["errcode"] == 40005
    assert upload(by_content, name="a.csv")["errcode"] == 0
    assert upload(by_content, content=REFUSED["html"])["errcode"] == 40005


def test_the_code_of_a_large_file_is_a_setting(start_sandbox: Starter) -> None:
    client = start_sandbox(large_media_code="45001")
    assert upload(client, "voice", content=SAMPLES["mp3"] + b"\0" * (2 * MB))["errcode"] == 45001


@pytest.mark.parametrize("kind", ["image", "voice", "file"])
def test_a_message_shows_its_file_which_can_be_downloaded(client: Client, kind: str) -> None:
    [person] = client.people(1)
    found = media_id(client, kind)
    assert client.send([person], msg=message(kind, found))["errcode"] == 0
    client.pass_time(1)
    name, content = FILES[kind]
    [received] = client.messages()
    assert received["media"] == [
        {
            "media_id": found,
            "kind": kind,
            "name": name,
            "size": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
        }
    ]
    file = client.get("/_sandbox/media", params={"media_id": found})
    assert file.content == content
    assert file.headers["content-type"].partition("/")[0] == {"image": "image", "voice": "audio"}.get(
        kind, "application"
    )


@pytest.mark.parametrize("body", [link, oa])
def test_a_picture_in_a_message_is_shown_unless_it_is_an_address(client: Client, body: Any) -> None:
    [person] = client.people(1)
    assert client.send([person], msg=body(media_id(client, "image")))["errcode"] == 0
    if body is link:
        assert client.send([person], msg=body("https://a.test/a.png"))["errcode"] == 0
    client.pass_time(1)
    shown = [received.get("media") for received in client.messages()]
    assert shown[0][0]["name"] == "周报.png"
    assert shown[1:] == [None] * (len(shown) - 1)


def test_unknown_foreign_expired_and_other_ids_are_refused(start_sandbox: Starter) -> None:
    client = start_sandbox(media_lifetime_s=3_600)
    [person] = client.people(1)
    foreign = media_id(start_sandbox(app_key="dingother"), "image")
    old = media_id(client, "image")
    client.pass_time(3_599)
    assert client.send([person], msg=message("image", old))["errcode"] == 0
    client.pass_time(1)
    for bad in ("@lADOADmaWMzazQKA", "$iAEKAq", foreign, old, media_id(client, "voice")):
        for body in (message("image", bad), link(bad), oa(bad)):
            answer = client.send([person], msg=body)
            assert answer["errcode"] == 40007
            assert bad in answer["errmsg"]
    assert client.send([person], msg=message("file", media_id(client, "image")))["errcode"] == 40007
    assert [medium["expired"] for medium in client.get("/_sandbox/media").json()] == [True, False, False]


def test_media_ids_may_live_for_ever_and_be_those_of_others(start_sandbox: Starter) -> None:
    client = start_sandbox(media_lifetime_s=0, foreign_media_ids="accepted")
    [person] = client.people(1)
    foreign, old = media_id(start_sandbox(app_key="dingother"), "image"), media_id(client, "image")
    client.pass_time(400 * DAY_S)
    client.token = client.get(
        "/gettoken", params={"appkey": client.settings.app_key, "appsecret": client.settings.app_secret}
    ).json()["access_token"]
    for good in (foreign, old):
        assert client.send([person], msg=message("image", good))["errcode"] == 0
    assert client.send([person], msg=message("image", "@unknown"))["errcode"] == 40007


def test_media_ids_may_be_left_unchecked(start_sandbox: Starter) -> None:
    client = start_sandbox(checks_media_ids=False)
    [person] = client.people(1)
    assert client.send([person], msg=message("image", "@lADOADmaWMzazQKA"))["errcode"] == 0
    client.pass_time(1)
    assert "media" not in client.messages()[0]


def test_a_file_of_a_message_has_a_limit_of_its_own(start_sandbox: Starter) -> None:
    client = start_sandbox(file_message_bytes=len(PDF))
    [person] = client.people(1)
    assert client.send([person], msg=message("file", media_id(client)))["errcode"] == 0
    assert client.send([person], msg=message("file", media_id(client, content=PDF + b"\0")))["errcode"] == 40006


def test_ids_expire_when_a_test_asks_for_it(client: Client) -> None:
    [person] = client.people(1)
    first, second, third = (media_id(client, "image") for _ in range(3))
    assert client.post("/_sandbox/media/expire", json={"media_ids": [first]}).json() == {"expired": 1}
    assert client.send([person], msg=message("image", first))["errcode"] == 40007
    assert client.send([person], msg=message("image", second))["errcode"] == 0
    assert client.post("/_sandbox/media/expire", json={}).json() == {"expired": 3}
    assert client.send([person], msg=message("image", third))["errcode"] == 40007
    for bad in ({"media_ids": ["@unknown"]}, {"media_ids": 5}):
        assert client.post("/_sandbox/media/expire", json=bad).status_code == 400


def test_a_file_that_is_not_there_is_404(client: Client) -> None:
    assert client.get("/_sandbox/media", params={"media_id": "@unknown"}).status_code == 404


def test_a_reset_deletes_the_files(client: Client) -> None:
    found = media_id(client)
    client.post("/_sandbox/reset")
    assert client.get("/_sandbox/media").json() == []
    assert client.get("/_sandbox/media", params={"media_id": found}).status_code == 404


def test_a_robots_reply_is_checked_and_shows_its_picture(client: Client) -> None:
    path = webhook(client, **{"from": "manager0001"})
    picture = media_id(client, "image")
    content = {"title": "t", "text": f"# x\n![chart]({picture})"}
    assert client.post(path, json={"msgtype": "markdown", "markdown": content}).json()["errcode"] == 0
    other = {"title": "t", "text": "x", "messageUrl": "https://a.test", "picUrl": "@unknown"}
    assert client.post(path, json={"msgtype": "link", "link": other}).json()["errcode"] == 40007
    bad = {"title": "t", "text": "![chart](@unknown)"}
    assert client.post(path, json={"msgtype": "markdown", "markdown": bad}).json()["errcode"] == 40007
    [reply] = client.get("/_sandbox/replies").json()
    assert [medium["name"] for medium in reply["media"]] == ["周报.png"]


def test_media_survive_a_restart(tmp_path: Path) -> None:
    clock, journal = VirtualClock(), tmp_path / "sandbox.sqlite3"

    def opened() -> Client:
        return Client(start(SandboxSettings(), clock, journal=journal), clock)

    client = opened()
    [person] = client.people(1)
    first, gone = media_id(client), media_id(client)
    client.post("/_sandbox/media/expire", json={"media_ids": [gone]})
    client.send([person], msg=message("file", first))
    client.pass_time(1)
    before = client.messages(), client.get("/_sandbox/media").json()
    client.sandbox.stop()
    client.http.close()

    client = opened()
    assert (client.messages(), client.get("/_sandbox/media").json()) == before
    assert client.get("/_sandbox/media", params={"media_id": first}).content == PDF
    assert client.send([person], msg=message("file", gone))["errcode"] == 40007
    assert media_id(client) not in {first, gone}
    client.post("/_sandbox/reset")
    client.sandbox.stop()
    client.http.close()
    assert list((tmp_path / "sandbox.sqlite3.media").iterdir()) == []


def test_the_files_of_a_journal_are_for_their_owner_and_go_with_it(tmp_path: Path) -> None:
    clock, journal = VirtualClock(), tmp_path / "sandbox.sqlite3"
    folder = tmp_path / "sandbox.sqlite3.media"
    client = Client(start(SandboxSettings(), clock, journal=journal), clock)
    media_id(client)
    client.sandbox.stop()
    client.http.close()
    [file] = folder.iterdir()
    assert (folder.stat().st_mode & 0o777, file.stat().st_mode & 0o777) == (0o700, 0o600)
    (folder / "left").write_bytes(b"of an upload that was not committed")
    start(SandboxSettings(), clock, journal=journal).stop()
    assert list(folder.iterdir()) == [file]
    # Other settings: the journal is moved aside, and its files with it.
    start(SandboxSettings(users=5), clock, journal=journal).stop()
    assert not folder.exists()
    assert len(list((tmp_path / "sandbox.sqlite3.aside-1.media").iterdir())) == 1


def test_the_oldest_files_give_way_when_there_are_too_many(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dingnb.sandbox.media.MAX_STORED_BYTES", 2 * len(PDF) + 9)
    ids = [media_id(client, content=PDF + content) for content in (b"1", b"2", b"2", b"3")]
    found = [client.get("/_sandbox/media", params={"media_id": id_}) for id_ in ids]
    assert [answer.status_code for answer in found] == [404, 200, 200, 200]
    assert found[3].content == PDF + b"3"
    assert len(client.get("/_sandbox/media").json()) == 4


def test_content_that_is_uploaded_again_counts_as_new(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dingnb.sandbox.media.MAX_STORED_BYTES", 2 * len(PDF) + 9)
    ids = [media_id(client, content=PDF + content) for content in (b"1", b"2", b"1", b"3")]
    found = [client.get("/_sandbox/media", params={"media_id": id_}) for id_ in ids]
    assert [answer.status_code for answer in found] == [200, 404, 200, 200]


def test_files_without_a_journal_end_with_the_sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    clock = VirtualClock()
    client = Client(start(SandboxSettings(), clock), clock)
    media_id(client)
    assert len(list(tmp_path.iterdir())) == 1
    client.http.close()
    client.sandbox.stop()
    assert list(tmp_path.iterdir()) == []


@given(
    content=st.binary(max_size=400).filter(lambda value: b"--edge" not in value),
    name=st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
)
def test_any_content_is_read_as_it_was_sent(content: bytes, name: str) -> None:
    shown = name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
    head = f'Content-Disposition: form-data; name="media"; filename="{shown}"'
    body = b"\r\n".join([b"--edge", head.encode(), b"Content-Type: application/pdf", b"", content, b"--edge--", b""])
    [part] = read_parts("multipart/form-data; boundary=edge", body)
    assert (part.name, part.content) == ("media", content)
    if "%" not in name:
        assert part.filename == name


@pytest.mark.parametrize(
    ("disposition", "expected"),
    [
        ('form-data; name="media"; filename="a.pdf"', ("media", "a.pdf")),
        ("form-data; name=media; filename=a.pdf", ("media", "a.pdf")),
        ('form-data; filename="a.pdf"; name="media"', ("media", "a.pdf")),
        ("form-data; name=\"media\"; filename*=utf-8''%E5%BC%A0.pdf", ("media", "张.pdf")),
        ("form-data; name=\"media\"; filename*=nothing''a.pdf", ("media", "a.pdf")),
        ('form-data; filename="a; name=b.pdf"; name="media"', ("media", "a; name=b.pdf")),
        ('form-data; name="media"; filename="filename*=utf-8\'\'b.pdf"', ("media", "filename*=utf-8''b.pdf")),
        ('form-data; name="media; filename=a.pdf"', ("media; filename=a.pdf", None)),
        ('form-data; Name = "media"; Filename = "a.pdf"', ("media", "a.pdf")),
        ('form-data; name="media"; x-filename="a.pdf"', ("media", None)),
        ('form-data; name="type"', ("type", None)),
        ("form-data", ("", None)),
    ],
)
def test_names_are_read_in_every_spelling(disposition: str, expected: tuple[str, str | None]) -> None:
    body = f"--edge\r\nContent-Disposition: {disposition}\r\n\r\nx\r\n--edge--\r\n".encode()
    assert read_parts("multipart/form-data; boundary=edge", body) == [Part(*expected, b"x")]


JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=8),
    lambda children: st.lists(children) | st.dictionaries(st.text(max_size=5), children),
    max_leaves=6,
)


@given(st.sampled_from(["image", "oa", "link", "markdown", "feedCard", "?"]), JSON)
def test_a_body_of_any_shape_is_searched_for_media_ids(kind: str, content: Any) -> None:
    body = {"msgtype": kind, kind: content}
    assert list(references_in(body)) == list(references_in(body))
    assert list(robot_references_in(body)) == list(robot_references_in(body))


def test_an_upload_in_pieces_is_read_as_a_whole(client: Client) -> None:
    # Without a length, the client sends chunks.
    body = b"\r\n".join([b"--b", b'Content-Disposition: form-data; name="media"; filename="a.pdf"', b"", PDF, b"--b--"])
    pieces = iter(io.BytesIO(body).readlines())
    headers = {"content-type": "multipart/form-data; boundary=b"}
    answer = client.post(UPLOAD, params={"access_token": client.token, "type": "file"}, data=pieces, headers=headers)
    assert answer.json()["errcode"] == 0

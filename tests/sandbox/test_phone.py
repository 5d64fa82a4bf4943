"""The phone page over real HTTP: what it shows, marks as read and presses, and who may show it."""

import json
import re
from typing import Any

import pytest
import requests

from dingnb.clock import VirtualClock
from dingnb.sandbox import SandboxSettings, start
from dingnb.sandbox.remote import RemoteSandbox
from dingnb.words import set_language
from tests.sandbox.card_client import ask, buttons, cards, seen, send_card, update
from tests.sandbox.conftest import Client, Starter
from tests.sandbox.stream_client import CARD, Listener
from tests.table_rows import for_each

PAGE = "/_sandbox/phone"
HOSTILE = "<img src=x onerror=alert(1)></script><script>alert(2)</script>\"'&"
FRAME = {"sec-fetch-site": "cross-site", "sec-fetch-dest": "iframe", "sec-fetch-mode": "navigate"}


@pytest.fixture
def start_sandbox(start_sandbox: Starter) -> Starter:
    """Start sandboxes that wait longer for answers, because the machine may be slow."""
    return lambda **given: start_sandbox(**{"card_answer_deadline_s": 60, **given})


def shown(client: Client, userid: str, **query: object) -> dict[str, Any]:
    answer = client.get(f"{PAGE}/messages", params={"userid": userid, **query})
    assert answer.status_code == 200, answer.text
    return answer.json()


def messages(client: Client, userid: str, **query: object) -> list[dict[str, Any]]:
    return shown(client, userid, **query)["messages"]


def page(client: Client, query: dict[str, str], **headers: str) -> requests.Response:
    return client.get(PAGE, params=query, headers=headers)


def upload(client: Client, kind: str, name: str, content: bytes) -> str:
    answer = client.post(
        "/media/upload", params={"access_token": client.token, "type": kind}, files={"media": (name, content)}
    )
    return answer.json()["media_id"]


PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f64540"
    "0000000049454e44ae426082"
)


def test_everything_that_a_person_received_is_there_newest_last(client: Client) -> None:
    one, other = client.people(2)
    media_id = upload(client, "image", "图.png", PNG)
    for number, message in enumerate(
        [
            {"msgtype": "markdown", "markdown": {"title": "t", "text": "**net** 12"}},
            {"msgtype": "image", "image": {"media_id": media_id}},
        ]
    ):
        assert client.send([one], msg=message)["errcode"] == 0, number
        client.pass_time(1)
    client.send([other], "for another person")
    client.pass_time(1)
    client.post("/_sandbox/events", json={"robot_message": {"text": "hi", "from": one}})
    send_card(client, one, other)
    client.pass_time(60)
    found = messages(client, one)
    assert [item["kind"] for item in found] == ["notification", "notification", "card"]
    assert "<strong>net</strong> 12" in found[0]["html"]
    assert "data:image/png;base64," in found[1]["html"]
    [file] = found[1]["files"]
    assert (file["name"], file["size"]) == ("图.png", f"{len(PNG)} B")
    answer = client.get(file["url"])
    assert (answer.content, answer.headers["content-security-policy"]) == (PNG, "sandbox")
    assert (found[2]["title"], [button["label"] for button in found[2]["buttons"]]) == ("团建", ["来", "不来"])
    assert (found[0]["day"], found[0]["clock"]) == ("2026-11-02", "09:00")
    assert len(messages(client, other)) == 2
    assert messages(client, "ghost") == []


def test_replies_of_the_robot_are_there(client: Client) -> None:
    [userid] = client.people(1)
    [event] = client.post("/_sandbox/events", json={"robot_message": {"text": "hi", "from": userid}}).json()["events"]
    links = [{"title": f"News {n}", "messageURL": f"https://news/{n}", "picURL": "https://picture"} for n in (1, 2)]
    for body in (
        {"msgtype": "text", "text": {"content": "<b>ok</b>"}},
        {"msgtype": "markdown", "markdown": {"title": "T", "text": "# H"}},
        {"msgtype": "feedCard", "feedCard": {"links": links}},
        {"msgtype": "link", "link": {"title": "Menu", "text": "of today", "messageUrl": "https://menu"}},
        {
            "msgtype": "actionCard",
            "actionCard": {"title": "A", "text": "**Lunch?**", "btns": [{"title": "Yes", "actionURL": "https://yes"}]},
        },
        {
            "msgtype": "actionCard",
            "actionCard": {"title": "B", "text": "Read", "singleTitle": "Open", "singleURL": "https://open"},
        },
        {
            "msgtype": "link",
            "link": {"title": "Odd", "text": "picture", "messageUrl": "https://odd", "picUrl": [1]},
        },
    ):
        assert client.http.post(event["data"]["sessionWebhook"], json=body, timeout=10).json()["errcode"] == 0
    found = messages(client, userid)
    assert [item["kind"] for item in found] == ["reply"] * 7
    assert [item["title"] for item in found] == ["", "T", "", "", "A", "B", ""]
    assert "&lt;b&gt;ok" in found[0]["html"]
    for item, texts in zip(
        found[2:],
        [
            ("News 1", "https://news/1", "News 2", "https://news/2"),
            ("Menu", "of today", "https://menu"),
            ("<strong>Lunch?</strong>", "Yes", "https://yes"),
            ("Open", "https://open"),
            ("Odd", "https://odd"),
        ],
        strict=True,
    ):
        assert [text for text in texts if text not in item["html"]] == []


@for_each(
    "odd",
    [
        {"status_bar": []},
        {"status_bar": None},
        {"status_bar": {"status_value": "v", "status_bg": []}},
        {"body": {"title": "t", "form": [None]}},
        {"body": {"title": "t", "form": [["<b>"]]}},
        {"body": {"title": "t", "rich": ""}},
        {"body": {"title": "t", "rich": {"num": "1", "unit": None}}},
    ],
)
def test_a_message_with_odd_fields_is_shown_as_it_is(start_sandbox: Starter, odd: dict[str, object]) -> None:
    client = start_sandbox()
    [userid] = client.people(1)
    content = {
        "message_url": "https://a.b",
        "head": {"bgcolor": "FFBBBBBB", "text": "h"},
        "body": {"title": "t"},
        **odd,
    }
    assert client.send([userid], msg={"msgtype": "oa", "oa": content})["errcode"] == 0
    client.pass_time(1)
    [item] = messages(client, userid)
    assert item["html"].startswith("<pre>{")
    assert "<b>" not in item["html"]


def test_a_recalled_message_disappears(client: Client) -> None:
    [userid] = client.people(1)
    task_id = client.send([userid], "secret")["task_id"]
    client.pass_time(1)
    before = shown(client, userid)
    client.recall(task_id)
    after = shown(client, userid, known=before["state"])
    assert after["messages"][0]["recalled"] is True
    assert "secret" not in json.dumps(after)


def test_only_what_has_changed_is_sent_again(client: Client) -> None:
    [userid] = client.people(1)
    send_card(client, userid)
    known = shown(client, userid)["state"]
    assert shown(client, userid, known=known) == {"state": known}
    for change in (
        lambda: update(
            client, cardData={"cardParamMap": {"tips": "x"}}, cardUpdateOptions={"updateCardDataByKey": True}
        ),
        lambda: client.post(f"{PAGE}/press", json={"userid": userid, "out_track_id": "dn-1", "action_id": "yes"}),
        lambda: (client.send([userid], "more"), client.pass_time(1)),
        lambda: client.post(
            "/_sandbox/cards/templates", json={"template_id": cards(client)[0]["template_id"], "foreign": True}
        ),
        lambda: client.post("/_sandbox/reset"),
    ):
        change()
        client.pass_time(1)
        found = shown(client, userid, known=known)
        assert found["state"] != known
        known = found["state"]


def test_opening_marks_messages_as_read(start_sandbox: Starter) -> None:
    client = start_sandbox(read_share=0)
    one, other = client.people(2)
    task_id = client.send([one, other])["task_id"]
    send_card(client, one, other)
    client.pass_time(60)
    ids = [item["id"] for item in messages(client, one)]
    assert client.post(f"{PAGE}/read", json={"userid": one, "ids": [*ids, "unknown"]}).status_code == 200
    lists = client.lists(task_id)
    assert (lists["read_user_id_list"], lists["unread_user_id_list"]) == ([one], [other])
    assert [item["opened"] for item in cards(client)[0]["deliveries"]] == [True, False]


def test_ids_on_the_page_do_not_repeat_after_a_reset(client: Client) -> None:
    [userid] = client.people(1)
    ids = []
    for _ in range(2):
        again = Client(client.sandbox, client.clock)
        again.send([userid])
        again.pass_time(1)
        send_card(again, userid)
        ids += [item["id"] for item in messages(again, userid)]
        again.post("/_sandbox/reset")
        again.http.close()
    assert len(set(ids)) == len(ids) == 4


def test_opening_reads_before_the_person_would_have(start_sandbox: Starter) -> None:
    client = start_sandbox(read_share=1)
    people = client.people(20)
    task_id = client.send(people)["task_id"]
    client.pass_time(1)
    unread = client.lists(task_id)["unread_user_id_list"]
    for userid in unread:
        [item] = messages(client, userid)
        client.post(f"{PAGE}/read", json={"userid": userid, "ids": [item["id"]]})
    assert unread
    assert client.lists(task_id)["unread_user_id_list"] == []


def test_opening_after_a_recall_reads_nothing(start_sandbox: Starter) -> None:
    client = start_sandbox(read_share=0)
    [userid] = client.people(1)
    task_id = client.send([userid])["task_id"]
    client.pass_time(1)
    client.recall(task_id)
    client.pass_time(1)
    ids = [item["id"] for item in messages(client, userid)]
    client.post(f"{PAGE}/read", json={"userid": userid, "ids": ids})
    assert client.lists(task_id)["read_user_id_list"] == []


def test_a_button_and_a_form_can_be_pressed(client: Client) -> None:
    [userid] = client.people(1)
    client.post("/_sandbox/cards/templates", json={"template_id": "form.schema"})
    form = json.dumps({"fields": [{"name": "meal", "label": "午餐", "type": "TEXT", "required": True}]})
    send_card(client, userid)
    send_card(
        client, userid, outTrackId="form", cardTemplateId="form.schema", cardData={"cardParamMap": {"form": form}}
    )
    assert messages(client, userid)[1]["fields"][0]["label"] == "午餐"
    with Listener(client, CARD) as listener:
        client.post(f"{PAGE}/press", json={"userid": userid, "out_track_id": "dn-1", "action_id": "no"})
        frame = listener.next()
        assert json.loads(frame["data"]["content"])["cardPrivateData"]["params"] == {"id": "no"}
        assert messages(client, userid, lang="en")[0]["status"] == "Sent. The app has not responded yet."
        tips = {
            "cardUpdateOptions": {"updateCardDataByKey": True},
            "cardData": {"cardParamMap": {"tips": "已回答：不来"}},
        }
        listener.answer(frame, {"response": tips})
        for _ in range(3_000):
            found = messages(client, userid, lang="en")[0]
            if found["notes"]:
                break
        assert (found["notes"], found["status"]) == (["已回答：不来"], "The app has received it.")
        client.post(f"{PAGE}/press", json={"userid": userid, "out_track_id": "form", "form": {"meal": "面"}})
        private = json.loads(listener.next()["data"]["content"])["cardPrivateData"]
        assert private == {"actionIds": ["submit"], "params": {"form": {"meal": "面"}}}


def test_a_submitted_form_shows_the_answers(client: Client) -> None:
    one, other = client.people(2)
    client.post("/_sandbox/cards/templates", json={"template_id": "form.schema"})
    fields = [{"name": name, "type": "TEXT", "defaultValue": "?"} for name in ("meal", "note")]
    variables = {"form": json.dumps({"fields": fields})}
    send_card(client, one, other, cardTemplateId="form.schema", cardData={"cardParamMap": variables})
    for meal in ("饭", "面"):
        client.post(f"{PAGE}/press", json={"userid": one, "out_track_id": "dn-1", "form": {"meal": meal}})
        client.pass_time(1)
    client.post("/_sandbox/cards/press", json={"userids": [other], "action_ids": ["submit"], "params": {"form": 3}})
    client.pass_time(1)
    for userid, defaults in ((one, ["面", None]), (other, ["?", "?"])):
        assert [field["default"] for field in messages(client, userid)[0]["fields"]] == defaults


def test_what_is_gone_or_not_the_person_s_cannot_be_pressed(client: Client) -> None:
    one, other = client.people(2)
    send_card(client, one, cardData={"cardParamMap": {"title": "t", "sys_full_json_obj": buttons()}})
    update(client, cardData={"cardParamMap": {"title": "closed"}})
    for userid, what in ((one, {"action_id": "yes"}), (other, {"action_id": "yes"}), (one, {"form": {"a": 1}})):
        client.post(f"{PAGE}/press", json={"userid": userid, "out_track_id": "dn-1", **what})
    client.pass_time(1)
    found = client.get("/_sandbox/cards/presses").json()
    assert [item["status"] for item in found] == ["not offered"] * 3
    assert messages(client, one, lang="en")[0]["status"] == "This is no longer available."


def test_a_closed_form_says_so(client: Client) -> None:
    one, other = client.people(2)
    client.post("/_sandbox/cards/templates", json={"template_id": "form.schema"})
    for userid in (one, other):
        variables = {"title": "t", "form": json.dumps({"fields": [{"name": "a", "label": "A", "type": "TEXT"}]})}
        send_card(client, userid, outTrackId=userid, cardTemplateId="form.schema", cardData={"cardParamMap": variables})
    with Listener(client, CARD) as listener:
        client.post(f"{PAGE}/press", json={"userid": one, "out_track_id": one, "form": {"a": "x"}})
        listener.answer(listener.next(), {"response": {}})
        wait_for_status(client, one, "The app has received it.")
    for userid in (one, other):
        update(client, outTrackId=userid, cardData={"cardParamMap": {"form": "", "card_status": "closed"}})
    assert messages(client, one, lang="en")[0]["status"] == "The app has received it."
    assert messages(client, other, lang="en")[0]["status"] == "Closed. No further answers are accepted."


def wait_for_status(client: Client, userid: str, status: str) -> None:
    for _ in range(3_000):
        if messages(client, userid, lang="en")[0]["status"] == status:
            return
    message = f"never {status!r}"
    raise AssertionError(message)


def test_an_app_that_does_not_answer_is_reported(start_sandbox: Starter) -> None:
    client = start_sandbox()
    [userid] = client.people(1)
    send_card(client, userid, callbackType=None)
    client.post(f"{PAGE}/press", json={"userid": userid, "out_track_id": "dn-1", "action_id": "yes"})
    client.pass_time(1)
    assert messages(client, userid, lang="en")[0]["status"] == "The app did not respond. Try again."


def test_links_forms_and_unknown_variables_are_shown(client: Client) -> None:
    [userid] = client.people(1)
    client.post("/_sandbox/cards/templates", json={"template_id": "mine.schema", "actions": {"ok": "OK"}})
    link = {"text": "open", "url": "https://example.com/a", "color": "gray"}
    variables = {"title": "t", "部门": "财务部", "buttons": json.dumps([link])}
    send_card(client, userid, cardTemplateId="mine.schema", cardData={"cardParamMap": variables})
    [card] = messages(client, userid)
    assert card["rows"] == [["部门", "财务部"]]
    assert [(item["id"], item["url"], item["enabled"]) for item in card["buttons"]] == [
        ("", "https://example.com/a", True),
        ("ok", "", True),
    ]
    client.post("/_sandbox/cards/templates", json={"template_id": "mine.schema", "foreign": True})
    assert messages(client, userid)[0]["failed"] is True


def test_the_page_is_in_the_language_of_its_reader(client: Client) -> None:
    [userid] = client.people(1)
    for query, accepted, expected in (
        ({}, "zh-CN,zh;q=0.9,en;q=0.8", ("zh-CN", "沙箱：非真实消息")),
        ({}, "fr,en-GB", ("en", "Sandbox: no real messages")),
        ({}, "", ("en", "Sandbox: no real messages")),
        ({"lang": "zh"}, "en", ("zh-CN", "沙箱：非真实消息")),
        ({"lang": "??"}, "zh", ("zh-CN", "沙箱：非真实消息")),
    ):
        answer = page(client, {"userid": userid, **query}, **{"accept-language": accepted})
        assert answer.status_code == 200
        assert f'<html lang="{expected[0]}">' in answer.text
        assert expected[1] in answer.text
    set_language("zh")
    assert "Sandbox: no real messages" in page(client, {"userid": userid, "lang": "en"}).text


def test_the_page_has_the_colours_of_the_page_around_it(client: Client) -> None:
    dark = re.compile(r'<style media="([^"]*)">:root {\n  color-scheme: dark;')
    asked = ({}, {"theme": "dark"}, {"theme": "light"}, {"theme": 'no"ne'})
    found = [dark.findall(page(client, {"userid": client.people(1)[0], **query}).text) for query in asked]
    browser = ["(prefers-color-scheme: dark)"]
    assert found == [browser, ["all"], ["not all"], browser]


def test_without_a_person_it_lists_who_received_messages(client: Client) -> None:
    assert "Nobody has received a message yet." in page(client, {}).text
    one, other = client.people(2)
    client.send([one])
    client.pass_time(1)
    send_card(client, other)
    found = page(client, {}).text
    assert f"?userid={one}" in found
    assert f"?userid={other}" in found
    unknown = page(client, {"userid": HOSTILE})
    assert unknown.status_code == 404
    assert "<img" not in unknown.text


def test_a_userid_that_utf_8_cannot_encode_is_listed_like_any_other(client: Client) -> None:
    client.post("/_sandbox/users", json={"userid": "odd\ud800"})
    client.send(["odd\ud800"])
    client.pass_time(1)
    assert "?userid=odd%3F" in page(client, {}).text
    assert "userid=odd%3F&" in client.sandbox.phone_url("odd\ud800")
    assert "userid=odd%3F&" in RemoteSandbox(client.sandbox.base_url, client.settings).phone_url("odd\ud800")


def test_hostile_texts_are_only_text(client: Client) -> None:
    [userid] = client.people(1)
    client.post("/_sandbox/users", json={"userid": userid, "name": HOSTILE})
    client.post("/_sandbox/cards/templates", json={"template_id": "mine.schema"})
    client.send([userid], HOSTILE)
    send_card(
        client, userid, cardTemplateId="mine.schema", cardData={"cardParamMap": {"title": HOSTILE, "markdown": HOSTILE}}
    )
    client.pass_time(1)
    assert not any("<img" in item["html"] or "<script" in item["html"] for item in messages(client, userid))
    text = page(client, {"userid": userid, "lang": "en"}).text
    assert "<img" not in text
    assert len(re.findall("<script", text)) == 2
    client.post("/_sandbox/users", json={"userid": HOSTILE})
    text = page(client, {"userid": HOSTILE}).text
    assert (len(re.findall("<script", text)), len(re.findall("</script", text))) == (2, 2)


def test_the_page_loads_nothing_from_elsewhere(client: Client) -> None:
    [userid] = client.people(1)
    answer = page(client, {"userid": userid})
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "http" not in policy
    assert "unsafe-inline'; script-src 'nonce-" in policy
    assert not re.findall(r"""(?:src|href)=["'](?:https?:)?//""", answer.text)


def test_other_pages_cannot_use_it(client: Client) -> None:
    [userid] = client.people(1)
    for path in (PAGE, f"{PAGE}/link", f"{PAGE}/messages"):
        for headers in (FRAME, {"origin": "http://example.com"}, {"host": "example.com"}):
            answer = client.get(path, params={"userid": userid}, headers=headers)
            assert answer.status_code == 403, (path, headers)
    for path in (f"{PAGE}/read", f"{PAGE}/press"):
        given = {"userid": userid, "ids": [], "out_track_id": "dn-1", "action_id": "yes"}
        assert client.post(path, json=given, headers={"origin": "http://example.com"}).status_code == 403
        assert client.post(path, data=json.dumps(given), headers={"content-type": "text/plain"}).status_code == 415


def test_a_notebook_can_show_the_page_in_a_frame_with_its_address(client: Client) -> None:
    [userid] = client.people(1)
    url = client.get(f"{PAGE}/link", params={"userid": userid, "lang": "zh"}).json()["url"]
    assert url.startswith(f"{client.sandbox.base_url}{PAGE}?userid={userid}&key=")
    framed = client.http.get(url, headers=FRAME, timeout=10)
    assert framed.status_code == 200
    assert "frame-ancestors" not in framed.headers["content-security-policy"]
    assert "沙箱" in framed.text
    # The key opens the page alone, under the sandbox's own name, and is that of one sandbox.
    key = url.partition("key=")[2].partition("&")[0]
    assert client.http.get(url, headers={**FRAME, "host": "example.com"}, timeout=10).status_code == 403
    assert client.get(f"{PAGE}/messages", params={"userid": userid, "key": key}, headers=FRAME).status_code == 403
    assert client.get("/_sandbox/users", params={"key": key}, headers=FRAME).status_code == 403
    assert client.get(PAGE, params={"userid": userid, "key": key[:-1]}, headers=FRAME).status_code == 403
    with start(SandboxSettings(), VirtualClock()) as other:
        assert requests.get(f"{other.base_url}{PAGE}?key={key}", headers=FRAME, timeout=10).status_code == 403
    assert "frame-ancestors 'none'" in page(client, {"userid": userid}).headers["content-security-policy"]


@for_each(
    ("path", "wrong"),
    [
        ("read", {"ids": []}),
        ("read", {"userid": 5, "ids": []}),
        ("read", {"userid": "one"}),
        ("read", {"userid": "one", "ids": [1]}),
        ("read", []),
        ("press", {"userid": "one", "action_id": "yes"}),
        ("press", {"userid": "one", "out_track_id": "dn-1"}),
        ("press", {"userid": "one", "out_track_id": "dn-1", "form": "a"}),
    ],
)
def test_a_wrong_request_is_a_clear_400(client: Client, path: str, wrong: object) -> None:
    answer = client.post(f"{PAGE}/{path}", json=wrong)
    assert answer.status_code == 400
    assert "phone" in answer.json()["error"]
    assert client.get(f"{PAGE}/messages").status_code == 400
    assert client.get(f"{PAGE}/link").status_code == 400


@pytest.mark.parametrize("userid", ["ghost", "manager0001"])
def test_a_card_pressed_by_a_stranger_changes_nothing(client: Client, userid: str) -> None:
    stranger = client.people(2)[1]
    send_card(client, stranger)
    before = seen(client, stranger)
    client.post(f"{PAGE}/press", json={"userid": userid, "out_track_id": "dn-1", "action_id": "yes"})
    client.pass_time(1)
    assert seen(client, stranger) == before
    assert ask(client, "/v1.0/card/instances", {"outTrackId": "dn-1"}, "PUT").status_code == 400

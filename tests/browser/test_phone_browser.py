"""The phone page of the sandbox in a browser: cards and forms are pressed, and nobody else's page is."""

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from dingnb.clock import SystemClock
from dingnb.display.phone import PhoneFrame
from dingnb.sandbox import SandboxSettings, start
from tests.browser.pages import SEVERE_IMPACTS, WAIT_MS, PageLog, listen
from tests.sandbox.card_client import send_card, update
from tests.sandbox.conftest import Client
from tests.sandbox.stream_client import CARD, Listener
from tests.sandbox.test_phone import upload
from tools.chromium import FLAGS, chromium

BY_KEY = {"updateCardDataByKey": True, "updatePrivateDataByKey": True}
FORM = {
    "fields": [
        {
            "name": "meal",
            "label": "Lunch",
            "type": "SELECT",
            "required": True,
            "options": [{"value": "r", "text": "Rice"}, {"value": "n", "text": "Noodles"}],
        },
        {
            "name": "days",
            "label": "Days",
            "type": "MULTI_SELECT",
            "required": True,
            "options": [{"value": "1", "text": "Monday"}, {"value": "2", "text": "Tuesday"}],
        },
        {
            "name": "size",
            "label": "Size",
            "type": "CHECKBOX_GROUP",
            "options": [{"value": "s", "text": "Small"}, {"value": "l", "text": "Large"}],
        },
        {"name": "when", "label": "Date", "type": "DATE"},
        {"name": "count", "label": "Guests", "type": "NUMBER"},
        {"name": "bus", "label": "By bus", "type": "SWITCH"},
        {"name": "note", "label": "Note", "type": "TEXT", "placeholder": "Anything else?"},
    ]
}
HOSTILE = "<img src=http://example.com/a onerror=alert(1)><script>alert(2)</script>"


@pytest.fixture
def client() -> Iterator[Client]:
    with start(SandboxSettings(users=60, read_share=0, card_answer_deadline_s=60)) as sandbox:
        client = Client(sandbox, SystemClock())
        client.post("/_sandbox/cards/templates", json={"template_id": "form.schema"})
        yield client
        client.http.close()


@pytest.fixture(params=[("en-US", "light"), ("zh-CN", "dark")], ids="-".join)
def phone(request: pytest.FixtureRequest, browser: Browser) -> Iterator[tuple[Page, PageLog, str]]:
    """A page the size of a phone in a language and a theme."""
    language, theme = request.param
    opened = browser.new_page(viewport={"width": 390, "height": 800}, locale=language, color_scheme=theme)
    opened.set_default_timeout(WAIT_MS)
    yield opened, listen(opened), language[:2]
    opened.close()


def send_form(client: Client, userid: str, out_track_id: str = "form", **changed: str) -> None:
    variables = {
        "title": "Team day",
        "markdown": "By **Friday**",
        "form": json.dumps(FORM, ensure_ascii=False),
        **changed,
    }
    send_card(
        client, userid, outTrackId=out_track_id, cardTemplateId="form.schema", cardData={"cardParamMap": variables}
    )


def content(frame: dict[str, Any]) -> dict[str, Any]:
    return json.loads(frame["data"]["content"])["cardPrivateData"]


def faults(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [
        f"{rule['id']} {node['target']}: {node['failureSummary']}"
        for rule in found
        for node in rule["nodes"]
        if node["impact"] in SEVERE_IMPACTS
    ]


def wait_for_tasks(client: Client, count: int) -> None:
    for _ in range(3_000):
        if len(client.messages()) == count:
            return
    message = "the messages were never delivered"
    raise AssertionError(message)


def test_a_phone_shows_what_a_person_received_and_presses_it(client: Client, phone: tuple[Page, PageLog, str]) -> None:
    page, log, language = phone
    one, other = client.people(2)
    client.send([one], "Your payslip is ready")
    client.send([other], "For somebody else")
    wait_for_tasks(client, 2)
    send_card(client, one)
    with Listener(client, CARD) as listener:
        page.goto(client.url(f"/_sandbox/phone?userid={one}"))
        expect(page.locator("html")).to_have_attribute("lang", {"en": "en", "zh": "zh-CN"}[language])
        expect(page.get_by_role("heading", level=1)).to_contain_text({"en": "'s phone", "zh": "的手机"}[language])
        articles = page.get_by_role("article")
        expect(articles).to_have_count(2)
        expect(articles.first).to_contain_text("Your payslip is ready")
        expect(page.get_by_text("For somebody else")).to_have_count(0)

        page.get_by_role("button", name="来", exact=True).focus()
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        frame = listener.next()
        assert (frame["data"]["userId"], content(frame)["params"]) == (one, {"id": "no"})
        expect(articles.last.get_by_role("status")).to_contain_text(
            {"en": "has not responded", "zh": "尚未响应"}[language]
        )
        assert faults(page) == []
        answer = {"sys_full_json_obj": "{}", "tips": "已回答：不来"}
        listener.answer(frame, {"response": {"cardUpdateOptions": BY_KEY, "cardData": {"cardParamMap": answer}}})
        expect(articles.last).to_contain_text("已回答：不来")
        expect(page.get_by_role("button")).to_have_count(0)

        # What arrives while the page is open appears at its end.
        send_card(client, one, outTrackId="dn-2", cardData={"cardParamMap": {"title": "Second"}})
        expect(articles).to_have_count(3)
        expect(articles.last).to_contain_text("Second")
    assert {message["userid"]: message["read"] for message in client.messages()} == {one: True, other: False}
    assert faults(page) == []
    assert (log.errors, log.external_requests, log.dialogs) == ([], [], [])


def test_it_opens_at_the_newest_message_below_a_picture(client: Client, phone: tuple[Page, PageLog, str]) -> None:
    page, *_ = phone
    (person,) = client.people(1)
    picture = io.BytesIO()
    Image.new("RGB", (600, 1_200), "teal").save(picture, "PNG")
    media = upload(client, "image", "chart.png", picture.getvalue())
    client.send([person], msg={"msgtype": "image", "image": {"media_id": media}})
    wait_for_tasks(client, 1)
    client.send([person], "The newest message")
    wait_for_tasks(client, 2)
    page.set_viewport_size({"width": 390, "height": 300})
    page.goto(client.url(f"/_sandbox/phone?userid={person}"))
    # The page's policy forbids to evaluate text, which `wait_for_function` would do.
    expect(page.locator("article img")).to_have_js_property("naturalHeight", 1_200)
    expect(page.get_by_role("article").last).to_be_in_viewport(ratio=1, timeout=5_000)


def test_a_form_is_filled_in_by_keyboard(client: Client, phone: tuple[Page, PageLog, str]) -> None:
    page, log, language = phone
    [userid] = client.people(1)
    send_form(client, userid)
    submit = page.get_by_role("button", name={"en": "Submit", "zh": "提交"}[language])
    with Listener(client, CARD) as listener:
        page.goto(client.url(f"/_sandbox/phone?userid={userid}"))
        submit.click()
        expect(page.get_by_label("Lunch *")).to_be_focused()
        expect(page.get_by_text({"en": "Required", "zh": "必填"}[language], exact=True)).to_have_count(2)
        assert faults(page) == []

        page.get_by_label("Lunch *").select_option("n")
        page.get_by_label("Monday").focus()
        page.keyboard.press("Space")
        page.get_by_label("Tuesday").focus()
        page.keyboard.press("Space")
        page.get_by_label("Large").focus()
        page.keyboard.press("Space")
        page.get_by_label("Date").fill("2026-12-04")
        page.get_by_label("Guests").fill("3")
        page.get_by_role("switch", name="By bus").focus()
        page.keyboard.press("Space")
        page.get_by_placeholder("Anything else?").fill('<b>"late"</b>')
        page.keyboard.press("Enter")
        frame = listener.next()
        assert content(frame) == {
            "actionIds": ["submit"],
            "params": {
                "form": {
                    "meal": {"index": 1, "value": "n"},
                    "days": {"index": [0, 1], "value": ["1", "2"]},
                    "size": "l",
                    "when": "2026-12-04",
                    "count": 3,
                    "bus": True,
                    "note": '<b>"late"</b>',
                }
            },
        }
        listener.answer(
            frame,
            {"response": {"cardUpdateOptions": BY_KEY, "cardData": {"cardParamMap": {"card_status": "submitted"}}}},
        )
        expect(submit).to_be_disabled()
        expect(page.get_by_label("Lunch *")).to_be_disabled()
        expect(page.get_by_label("Lunch *")).to_have_value("n")
        for name in ("Monday", "Tuesday", "Large", "By bus"):
            expect(page.get_by_label(name)).to_be_checked()
        expect(page.get_by_label("Date")).to_have_value("2026-12-04")
        expect(page.get_by_label("Guests")).to_have_value("3")
        expect(page.get_by_placeholder("Anything else?")).to_have_value('<b>"late"</b>')
    assert (log.errors, log.external_requests) == ([], [])


def test_each_answer_is_acknowledged_on_the_page(client: Client, phone: tuple[Page, PageLog, str]) -> None:
    page, log, language = phone
    [userid] = client.people(1)
    send_form(client, userid, form=json.dumps({"fields": [{"name": "a", "label": "A", "type": "TEXT"}]}))
    outcome = page.get_by_role("article").get_by_role("status")
    with Listener(client, CARD) as listener:
        page.goto(client.url(f"/_sandbox/phone?userid={userid}"))
        for value in ("x", "y"):
            page.get_by_role("textbox", name="A").fill(value)
            page.keyboard.press("Enter")
            expect(outcome).to_contain_text({"en": "has not responded", "zh": "尚未响应"}[language])
            frame = listener.next()
            assert content(frame)["params"] == {"form": {"a": value}}
            # The card stays the same.
            listener.answer(frame, {"response": {}})
            expect(outcome).to_have_text({"en": "The app has received it.", "zh": "应用已收到。"}[language])
            expect(page.get_by_role("textbox", name="A")).to_have_value(value)
    assert (log.errors, log.external_requests) == ([], [])


def test_defaults_are_filled_in(client: Client, phone: tuple[Page, PageLog, str]) -> None:
    page, log, language = phone
    [userid] = client.people(1)
    options = [{"value": "r", "text": "Rice"}, {"value": "n", "text": "Noodles"}]
    fields = [
        {"name": "a", "label": "A", "type": "TEXT", "defaultValue": "x"},
        {"name": "b", "label": "B", "type": "SELECT", "options": options, "defaultValue": {"index": 1, "value": "n"}},
        {"name": "c", "label": "C", "type": "MULTI_CHECKBOX_GROUP", "options": options, "defaultValue": ["r"]},
        {"name": "d", "label": "D", "type": "CHECKBOX", "defaultValue": True},
        {"name": "e", "label": "E", "type": "TEXT_ARRAY", "defaultValue": ["1", "1", "2"]},
        {"name": "f", "label": "F", "type": "TEXT", "readOnly": True, "defaultValue": "fixed"},
        {"name": "g", "label": "G", "type": "DATETIME", "defaultValue": "2026-12-04 09:30"},
        *({"name": f"odd{place}", "type": "TEXT", "defaultValue": odd} for place, odd in enumerate([None, {}, []])),
    ]
    send_form(client, userid, form=json.dumps({"fields": fields}))
    with Listener(client, CARD) as listener:
        page.goto(client.url(f"/_sandbox/phone?userid={userid}"))
        expect(page.get_by_label("F", exact=True)).to_be_disabled()
        page.get_by_role("button", name={"en": "Submit", "zh": "提交"}[language]).click()
        assert content(listener.next())["params"]["form"] == {
            "a": "x",
            "b": {"index": 1, "value": "n"},
            "c": ["r"],
            "d": True,
            "e": ["1", "1", "2"],
            "f": "fixed",
            "g": "2026-12-04 09:30",
        }
    assert log.errors == []


def test_what_is_typed_stays_while_other_messages_change(client: Client, phone: tuple[Page, PageLog, str]) -> None:
    page, _, _ = phone
    [userid] = client.people(1)
    send_card(client, userid)
    send_form(client, userid)
    page.goto(client.url(f"/_sandbox/phone?userid={userid}"))
    note = page.get_by_label("Note")
    note.fill("half a")
    update(client, cardData={"cardParamMap": {"tips": "closed"}}, cardUpdateOptions=BY_KEY)
    expect(page.get_by_text("closed")).to_be_visible()
    expect(note).to_have_value("half a")
    expect(note).to_be_focused()


def test_hostile_texts_do_nothing(client: Client, phone: tuple[Page, PageLog, str]) -> None:
    page, log, _ = phone
    [userid] = client.people(1)
    client.post("/_sandbox/users", json={"userid": userid, "name": HOSTILE})
    client.send([userid], msg={"msgtype": "markdown", "markdown": {"title": "t", "text": HOSTILE}})
    wait_for_tasks(client, 1)
    send_form(client, userid, title=HOSTILE, markdown=HOSTILE, extra=HOSTILE, form_btn_text=HOSTILE)
    page.goto(client.url(f"/_sandbox/phone?userid={userid}"))
    expect(page.get_by_role("article")).to_have_count(2)
    expect(page.get_by_role("button")).to_have_text(HOSTILE)
    assert page.locator("main img, main script").count() == 0
    assert (log.external_requests, log.dialogs) == ([], [])


def test_a_page_of_another_site_can_show_it_only_with_its_address(client: Client, page: Page) -> None:
    [userid] = client.people(1)
    send_card(client, userid)
    plain = client.url(f"/_sandbox/phone?userid={userid}")
    with start(SandboxSettings(users=1)) as other:
        # Any page of another origin; this one belongs to another sandbox.
        page.goto(f"{other.base_url}/_sandbox/endpoints")
        for url, count in ((plain, 0), (client.sandbox.phone_url(userid), 1)):
            # By another name of this computer the frame is of another site, as in a notebook.
            framed = url.replace("127.0.0.1", "localhost")
            page.set_content(f'<iframe title="phone" src="{framed}" width="400" height="600"></iframe>')
            frame = page.frame_locator("iframe")
            expect(frame.locator("body")).to_be_visible()
            expect(frame.get_by_role("article")).to_have_count(count)
        frame.get_by_role("button", name="不来").click()
        expect(frame.get_by_role("status").first).to_have_text("Sent. The app has not responded yet.")


@pytest.mark.parametrize("system", ["light", "dark"])
def test_in_a_notebook_it_has_the_colours_of_its_theme_and_not_of_the_system(
    client: Client, browser: Browser, system: str
) -> None:
    [userid] = client.people(1)
    flag = f"--blink-settings=preferredColorScheme={int(system == 'light')}"
    frame_html = PhoneFrame(userid, client.sandbox.phone_url(userid)).to_html(600)
    with (
        start(SandboxSettings(users=1)) as other,
        browser.browser_type.launch(executable_path=chromium(), args=[*FLAGS, flag]) as opened,
    ):
        # Playwright's own choice of colours would apply to all frames.
        page = opened.new_page(color_scheme="null")
        page.goto(f"{other.base_url}/_sandbox/endpoints")
        assert page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches") == (system == "dark")
        for theme, colour in (("light", "rgb(255, 255, 255)"), ("dark", "rgb(31, 33, 36)")):
            page.set_content(f'<body data-jp-theme-light="{str(theme == "light").lower()}">{frame_html}</body>')
            header = page.frame_locator("iframe").locator("header")
            expect(header).to_have_css("background-color", colour)


def test_a_person_is_chosen_from_those_who_received_messages(client: Client, page: Page) -> None:
    userid = client.people(3)[2]
    send_card(client, userid)
    page.goto(client.url("/_sandbox/phone"))
    assert faults(page) == []
    page.get_by_role("link", name=userid).click()
    expect(page.get_by_role("article")).to_have_count(1)
    page.goto(client.url("/_sandbox/phone?userid=ghost"))
    expect(page.get_by_role("alert")).to_contain_text("ghost")
    page.get_by_label("Userid").fill(userid)
    page.keyboard.press("Enter")
    expect(page.get_by_role("article")).to_have_count(1)

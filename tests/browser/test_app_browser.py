"""``dingnb app``: the studio as a page behind Jupyter's login; sending continues when the page is closed."""

import os
import signal
import stat
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pandas as pd
import psutil
import pytest
import requests
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from dingnb.sandbox import RunningSandbox, SandboxSettings, start
from dingnb.words import Language, catalogue, count, say
from tests.browser.forms.actions import FORM, delivered, expect_delivered, staff
from tests.browser.forms.test_studio import Guest, write_list
from tests.environments import connection_environment
from tools.hosts import app

START_S = 60
LARGE = b"x" * 30_000_000
PLACEHOLDER = """() => {
    const empty = document.createElement("div");
    empty.className = "lm-Widget lm-Panel jp-OutputArea-output";
    empty.textContent = "Loading widget...";
    document.querySelector(".jp-OutputArea-child").append(empty);
    const shown = [getComputedStyle(empty).fontSize, getComputedStyle(empty, "::before").content];
    empty.remove();
    return shown;
}"""
"""Returns the size of Jupyter's text in the place of a form that is still loading, and what is shown instead."""

SAID = "one => getComputedStyle(one, '::before').content"
PEOPLE = 100


DROP = """(card, text) => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([text], "staff.csv", { type: "text/csv" }));
    const send = kind => card.dispatchEvent(new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer }));
    const isMarked = (send("dragover"), card.classList.contains("dn-over"));
    send("drop");
    return isMarked && !card.classList.contains("dn-over");
}"""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with start(SandboxSettings(users=400)) as running:
        yield running


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("app")


@pytest.fixture(scope="module")
def address(sandbox: RunningSandbox, home: Path) -> Iterator[str]:
    with app(home, connection_environment(sandbox.settings, sandbox.base_url)) as said:
        yield said


@pytest.mark.usefixtures("address")
def test_the_folders_of_the_app_are_private(home: Path) -> None:
    folder = home / "dingnb"
    made = [folder, folder / "app", folder / "exports"]
    assert [stat.S_IMODE(path.stat().st_mode) for path in made] == [0o700] * 3


def test_the_app_refuses_visitors_without_the_token(address: str) -> None:
    page, _, token = address.partition("?")
    assert "/login" in requests.get(page, timeout=START_S).url
    kernels = f"{page.partition('/voila')[0]}/api/kernels"
    assert requests.get(kernels, timeout=START_S).status_code == requests.codes.forbidden
    assert requests.get(f"{kernels}?{token}", timeout=START_S).json() == []
    assert requests.get(f"{page.partition('/voila')[0]}/lab?{token}", timeout=START_S).status_code == 404


def test_an_export_of_any_size_is_for_logged_in_users_who_have_its_address(address: str, home: Path) -> None:
    (folder,) = (home / "dingnb" / "exports").iterdir()
    assert [stat.S_IMODE(path.stat().st_mode) for path in (folder, folder.parent)] == [0o700, 0o700]
    place = folder / ("k" * 43)
    place.mkdir()
    (place / "a b-results.csv").write_bytes(LARGE)
    (folder / "beside.csv").write_bytes(b"private")
    base, _, query = address.partition("/voila")
    token = query.partition("?")[2]
    link = f"{base}/dingnb/exports/{place.name}/a%20b-results.csv"

    refused = requests.get(link, timeout=START_S, allow_redirects=False)
    assert refused.status_code == requests.codes.forbidden
    handed = requests.get(f"{link}?{token}", timeout=START_S)
    assert handed.content == LARGE
    assert handed.headers["Content-Disposition"].startswith("attachment; filename*=utf-8''a%20b-results.csv")
    assert handed.headers["Cache-Control"] == "no-store"
    outside = [f"{place.name}/{up}beside.csv" for up in ("../", "..%2f", "..%2f..%2f")]
    for other in ("beside.csv", place.name, f"{place.name}/", *outside, "..%2f..%2fapp%2fdingnb.ipynb"):
        answer = requests.get(f"{base}/dingnb/exports/{other}?{token}", timeout=START_S)
        assert answer.status_code in {403, 404}, other


@pytest.mark.parametrize(("language", "tag", "font"), [("en", "en", "sans-serif"), ("zh", "zh-CN", "PingFang SC")])
def test_the_page_has_a_name_an_icon_and_the_language_of_its_texts(
    page: Page, sandbox: RunningSandbox, tmp_path: Path, language: Language, tag: str, font: str
) -> None:
    with app(tmp_path, connection_environment(sandbox.settings, sandbox.base_url), f"--language={language}") as address:
        page.goto(address)
        page.locator(FORM).wait_for()
        assert page.title() == f"dingnb · {catalogue.translations()['studio.home'][language == 'zh']}"
        expect(page.locator("html")).to_have_attribute("lang", tag)
        icons = page.locator("link[rel=icon]").evaluate_all("all => all.map(one => one.href.slice(0, 22))")
        assert icons == ["data:image/svg+xml,%3C"]
        assert font in page.locator(FORM).evaluate("form => getComputedStyle(form).fontFamily")
        expect(page.locator("#loading")).to_have_count(0)
        assert page.evaluate(PLACEHOLDER) == [
            "0px",
            f'"{catalogue.translations()["app_page.opening"][language == "zh"]}"',
        ]
        assert [(violation["id"], violation["nodes"]) for violation in Axe().run(page).response["violations"]] == []


def test_a_newcomer_practises_in_eight_clicks_and_sees_the_phone(page: Page, tmp_path: Path) -> None:
    with app(tmp_path, {}) as address:
        page.goto(address)
        page.evaluate("addEventListener('click', () => { window.clicks = (window.clicks ?? 0) + 1 }, true)")
        guest = Guest(page)
        guest.button("login.practise").click()
        guest.button("studio.sample").click()
        guest.go_on("check")
        expect(guest.form.get_by_text(say("plan.people"), exact=True)).to_be_visible()
        guest.go_on("send")
        guest.form.get_by_role("textbox", name=say("form.count", n=12)).click()
        guest.send(12)
        guest.expect_step("results")
        assert page.evaluate("window.clicks") <= 8
        guest.button("studio.phone_show").click()
        phone = page.frame_locator(".dn-handset iframe")
        expect(phone.get_by_text("we meet on Friday at 3 pm in the lobby.")).to_be_visible()

        guest.button("settings.open").click()
        page.wait_for_function("history.state?.page === 'settings'")
        page.get_by_role("link", name="中文").click()
        expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
        chinese = Guest(page, "zh")
        expect(chinese.form.get_by_role("heading", name="设置", exact=True)).to_be_visible()
        page.go_back()
        chinese.expect_step("results")
        expect(page).to_have_title(f"dingnb · {say('studio.home')}")


def test_a_user_sends_closes_the_page_and_comes_back(
    page: Page, address: str, sandbox: RunningSandbox, tmp_path: Path
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    people = staff(sandbox, 0, PEOPLE)
    page.goto(address)
    guest = Guest(page)
    guest.start()
    guest.upload(write_list(tmp_path, people))
    guest.go_on("message")
    page.reload()
    guest.expect_step("message")
    guest.write_and_check("Closed", "Hi {{ name }}")
    guest.go_on("send")
    guest.send_to(len(people["userid"]))
    page.goto("about:blank")
    assert len(delivered(sandbox, "Closed")) < len(people["userid"])
    expect_delivered(page, sandbox, "Closed", people["userid"])
    page.goto(address)
    guest.view("closed")
    page.reload()
    guest.expect_step("results")

    rows = count("row", len(people["userid"]))
    saved_files: list[str] = []
    page.on("download", lambda download: saved_files.append(download.suggested_filename))
    for _ in range(2):
        with page.expect_download() as saving:
            guest.form.get_by_role("button", name=say("results_form.export_shown", rows=rows)).click()
        # Shown again, the link does not save the file again.
        guest.button("settings.open").click()
        guest.button("settings.open").click()
        expect(guest.form.get_by_role("link", name=say("form.download"))).to_be_visible()
    assert len(saved_files) == 2
    saved = pd.read_excel(Path(saving.value.path()), dtype=str)
    assert saved["userid"].tolist() == people["userid"]
    assert saving.value.suggested_filename.endswith("-results.xlsx")
    assert [url for url in asked if urlsplit(url).hostname not in {None, "127.0.0.1"}] == []

    page.context.clear_cookies()
    page.evaluate("dispatchEvent(new Event('focus'))")
    lost = page.get_by_role("alert").filter(has_text=say("app_page.locked"))
    lost.get_by_role("button", name=say("app_page.locked_again")).click()
    guest.expect_step("results")
    for kernel in kernels():
        os.kill(kernel, signal.SIGKILL)
    page.locator(f"{FORM}.jupyter-widgets-disconnected").wait_for()
    assert page.locator(FORM).evaluate(SAID) == f'"{catalogue.translations()["form.kernel_gone_page"][0]}"'
    # The page says it once: in its own notice, when it has one.
    page.context.clear_cookies()
    page.evaluate("dispatchEvent(new Event('focus'))")
    expect(page.get_by_role("alert").filter(has_text=say("app_page.locked"))).to_be_visible()
    assert page.locator(FORM).evaluate(SAID) == "none"
    # What a browser would send for a file of a gigabyte.
    page.evaluate("WebSocket.prototype.send.call({}, { byteLength: 1e9 })")
    too_large = page.get_by_role("alert").filter(has_text=say("app_page.large", megabytes=200))
    expect(too_large.get_by_role("button", name=say("app_page.large_again"))).to_be_visible()


def test_a_file_is_dropped_on_its_card(page: Page, address: str) -> None:
    page.goto(address)
    guest = Guest(page)
    guest.start()
    assert page.locator(".dn-open > .dn-drop").evaluate(DROP, "userid,name\nmanager01,Li\n")
    expect(guest.form.get_by_role("combobox", name=say("compose.userid"))).to_be_visible()
    expect(guest.form.get_by_text("staff.csv")).to_be_visible()


def test_back_and_forward_open_the_pages_of_the_app_without_a_reload(page: Page, tmp_path: Path) -> None:
    def open_pages() -> int:
        return int(page.evaluate("window.dingnbTest = (window.dingnbTest ?? 0) + 1"))

    def wait_for_entry(name: str) -> None:
        """Wait until the history has the page: the form names it after it has shown it."""
        page.wait_for_function("name => history.state?.page === name", arg=name)

    with app(tmp_path, {}) as address:
        page.goto(address)
        guest = Guest(page)
        guest.button("login.practise").click()
        guest.button("studio.sample").click()
        wait_for_entry("message")
        guest.go_on("check")
        expect(guest.form.get_by_text(say("plan.people"), exact=True)).to_be_visible()
        wait_for_entry("check")
        guest.go_on("send")
        wait_for_entry("send")
        guest.send(12)
        guest.expect_step("results")
        campaign = page.get_by_role("heading", level=2).inner_text()
        guest.button("studio.to_home").click()
        expect(guest.button("studio.copy").first).to_be_visible()
        wait_for_entry("home")
        guest.button("settings.open").click()
        settings = guest.form.get_by_role("heading", name=say("settings.title"), exact=True)
        expect(settings).to_be_visible()
        wait_for_entry("settings")
        assert open_pages() == 1

        page.go_back()
        expect(guest.button("studio.copy").first).to_be_visible()
        expect(settings).to_be_hidden()
        page.go_back()
        guest.expect_step("results")
        expect(page.get_by_role("heading", level=2, name=campaign)).to_be_visible()
        # What was sent is not sent again: the step shows its progress.
        page.go_back()
        guest.expect_step("send")
        expect(guest.button("plan_form.send_to")).to_be_hidden()
        page.evaluate("history.go(-3)")
        expect(guest.button("studio.copy").first).to_be_visible()
        page.evaluate("history.go(4)")
        guest.expect_step("results")
        assert open_pages() == 2
        page.reload()
        guest.expect_step("results")
        page.go_back()
        page.go_forward()
        guest.expect_step("results")
        page.go_forward()
        expect(guest.button("studio.copy").first).to_be_visible()
        assert open_pages() == 1


def test_back_after_choosing_a_language_loads_nothing_and_loses_nothing(page: Page, tmp_path: Path) -> None:
    with app(tmp_path, {}) as address:
        page.goto(address)
        guest = Guest(page)
        guest.button("login.practise").click()
        guest.button("studio.sample").click()
        guest.field("field.markdown.title").fill("Kept")
        expect(guest.preview).to_contain_text("Kept")
        guest.button("settings.open").click()
        # Until then, Back would lead from the settings to the home page.
        page.wait_for_function("history.state?.page === 'settings'")
        guest.form.get_by_role("link", name="中文").click()
        guest = Guest(page, "zh")
        expect(guest.form.get_by_role("heading", name="设置", exact=True)).to_be_visible()
        page.evaluate("window.dingnbTest = true")
        page.go_back()
        guest.expect_step("message")
        expect(guest.field("field.markdown.title")).to_have_value("Kept")
        page.go_back()
        expect(guest.button("studio.sample")).to_be_visible()
        assert page.evaluate("window.dingnbTest")
        page.go_forward()
        guest.expect_step("message")
        page.reload()
        guest.expect_step("message")
        expect(guest.field("field.markdown.title")).to_have_value("Kept")


def test_tools_insert_at_the_caret_and_apply_to_a_selection(page: Page, address: str, tmp_path: Path) -> None:
    people = tmp_path / "people.csv"
    people.write_text("userid,name,net\nmanager01,Li,1234.5\n", encoding="utf-8")
    page.goto(address)
    guest = Guest(page)
    guest.start()
    guest.upload(people)
    guest.go_on("message")
    text, title = guest.field("field.markdown.text"), guest.field("field.markdown.title")
    text.press_sequentially("Hi, you get now.")
    for _ in range(len(" now.")):
        text.press("ArrowLeft")
    guest.form.get_by_role("combobox", name=say("compose.formats")).select_option(index=1)
    expect(text).to_have_value("Hi, you get{{ net | money }} now.")
    text.press("Home")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.type(" ")
    guest.form.get_by_role("button", name="name", exact=True).press("Enter")
    expect(text).to_be_focused()
    expect(text).to_have_value("Hi {{ name }}, you get{{ net | money }} now.")
    text.press("End")
    for _ in range(len("now.")):
        page.keyboard.press("Shift+ArrowLeft")
    bold = guest.button("compose.bold")
    bold.click()
    expect(text).to_have_value("Hi {{ name }}, you get{{ net | money }} **now.**")
    # Pressed again, with the selection or the caret in bold text, it makes it plain.
    bold.click()
    expect(text).to_have_value("Hi {{ name }}, you get{{ net | money }} now.")
    bold.click()
    page.keyboard.press("ArrowLeft")
    bold.click()
    expect(text).to_have_value("Hi {{ name }}, you get{{ net | money }} now.")
    bold.click()
    page.keyboard.press("End")
    guest.button("compose.list").click()
    # Without a selection the sample is selected, and replaced.
    page.keyboard.type("first")
    expect(text).to_have_value("Hi {{ name }}, you get{{ net | money }} **now.**\n- first")
    title.press_sequentially("Pay")
    title.press("Home")
    guest.form.get_by_role(
        "combobox", name=say("compose.insert_into", field=say("field.markdown.title"))
    ).select_option("name")
    expect(title).to_have_value("{{ name }}Pay")
    expect(guest.preview).to_contain_text("LiPay")
    expect(guest.preview).to_contain_text("1,234.50 now.")
    # After an undo, too, which replaces the whole text.
    text.press("Home")
    userid = guest.form.get_by_role("button", name="userid", exact=True)
    userid.click()
    expect(guest.preview).to_contain_text("manager01- first")
    guest.button("compose.undo").click()
    expect(text).to_have_value("Hi {{ name }}, you get{{ net | money }} **now.**\n- first")
    userid.click()
    expect(text).to_have_value("Hi {{ name }}, you get{{ net | money }} **now.**\n{{ userid }}- first")


def test_a_text_by_column_is_written_by_keyboard_and_inserted_at_the_caret(
    page: Page, address: str, tmp_path: Path
) -> None:
    people = tmp_path / "people.csv"
    people.write_text("userid,姓名,部门\nmanager01,李,销售部\nu2,王,\nu3,张,销售部\n", encoding="utf-8")
    page.goto(address)
    guest = Guest(page)
    guest.start()
    guest.upload(people)
    guest.go_on("message")
    guest.field("field.markdown.title").fill("T")
    text = guest.field("field.markdown.text").first
    text.press_sequentially("Hi, .")
    text.press("ArrowLeft")
    guest.button("compose.by_column").press("Enter")
    column = guest.form.get_by_role("combobox", name=say("compose.by_column_which"), exact=True)
    column.press("ArrowDown")
    tick = guest.form.get_by_role("checkbox", name="销售部")
    expect(tick).to_have_accessible_name(f"销售部 · {count('row', 2)}")
    tick.press("Space")
    own = guest.field("compose.by_column_text", value="销售部")
    expect(own).to_be_visible()
    page.keyboard.press("Tab")
    expect(own).to_be_focused()
    page.keyboard.type("sell")
    assert [violation["id"] for violation in Axe().run(page).response["violations"]] == []
    page.keyboard.press("Tab")
    page.keyboard.type("rest")
    # Pressed at once, the text before it is not lost.
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    block = '{% if 部门 | default("") == "销售部" -%}\nsell\n{%- else -%}\nrest\n{%- endif %}'
    expect(text).to_have_value(f"Hi, {block}.")
    expect(text).to_be_focused()
    for example, shown in (
        ("compose.by_column_example", "Hi, sell."),
        ("compose.by_column_example_other", "Hi, rest."),
    ):
        guest.form.get_by_role("button", name=say(example, value="销售部")).press("Enter")
        expect(guest.preview).to_contain_text(shown)
    assert [violation["id"] for violation in Axe().run(page).response["violations"]] == []
    # A reload does not insert it once more.
    page.reload()
    expect(guest.preview).to_contain_text("Hi, sell.")
    expect(text).to_have_value(f"Hi, {block}.")


def kernels() -> list[int]:
    """Return the processes of the app's kernels."""
    return [
        child.pid for child in psutil.Process().children(recursive=True) if "ipykernel" in " ".join(child.cmdline())
    ]

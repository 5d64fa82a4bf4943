"""The login form in every host and theme: it appears, accepts the app, and requests nothing from other machines."""

from playwright.sync_api import Page, expect

from dingnb.sandbox import RunningSandbox
from tests.browser.pages import WAIT_MS, PageLog, find_accessibility_problems, save, show
from tools.hosts import Host

NAME = "login.ipynb"
SHOW = "import dingnb\ndingnb.set_language('en')\nform = dingnb.login()\nform"
PALE = """
import ipywidgets
ipywidgets.HTML('<p class="pale" style="margin-top: 2000px; color: #777; background: #888">Far below</p>')
"""


def test_the_login_form_takes_the_app(page: Page, host: Host, sandbox: RunningSandbox, page_log: PageLog) -> None:
    show(page, host, NAME, SHOW, PALE.strip())
    expect(page.locator("body")).to_have_attribute("data-jp-theme-light", str(host.theme == "light").lower())
    status = page.get_by_role("status").filter(has_text="onnect")
    expect(status).to_contain_text("Connect an app")

    page.get_by_label("App key").fill(sandbox.settings.app_key)
    page.get_by_label("App secret").fill(sandbox.settings.app_secret)
    page.get_by_label("Agent ID").fill("1000001")
    page.get_by_role("button", name="Check and connect", exact=True).click()

    expect(status).to_contain_text("Connected: app ding…pkey, typed into the form, 57 people visible", timeout=WAIT_MS)
    expect(page.get_by_label("App secret")).to_be_hidden()
    assert sandbox.settings.app_secret not in page.content()
    assert host.runs_by_itself or sandbox.settings.app_secret not in save(page, host, NAME)
    (found,) = find_accessibility_problems(page, ".pale")
    assert found.startswith("color-contrast (serious)")
    assert page_log.external_requests == []
    assert page_log.errors == []
    assert page_log.dialogs == []

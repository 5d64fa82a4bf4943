"""
The login form in every host and theme.

It appears, rejects a wrong secret, accepts the app, keeps the secret to itself, and requests nothing from elsewhere.
"""

import json

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


def test_the_login_form_takes_the_app_and_keeps_its_secret(
    page: Page, host: Host, sandbox: RunningSandbox, page_log: PageLog
) -> None:
    secret = sandbox.settings.app_secret
    show(page, host, NAME, SHOW, PALE.strip())
    expect(page.locator("body")).to_have_attribute("data-jp-theme-light", str(host.theme == "light").lower())
    status = page.get_by_role("status").filter(has_text="onnect")
    check = page.get_by_role("button", name="Check and connect", exact=True)
    expect(status).to_contain_text("Connect an app")
    page.get_by_label("App key").fill(sandbox.settings.app_key)

    page.get_by_label("App secret").fill("wrong-secret")
    check.click()
    expect(status).to_contain_text("The app key or app secret is wrong", timeout=WAIT_MS)
    expect(check).to_be_focused()

    page.get_by_label("App secret").fill(secret)
    page.get_by_label("Agent ID").fill("1000001")
    # Leaving the field is enough, without a click.
    expect(page.get_by_label("App secret")).to_have_value("")
    assert host.runs_by_itself or secret not in save(page, host, NAME)

    check.click()
    expect(status).to_contain_text("Connected: app ding…pkey, typed into the form, 57 people visible", timeout=WAIT_MS)
    expect(status).to_contain_text("SANDBOX")
    expect(status).to_contain_text("not verified yet")
    expect(page.get_by_label("App secret")).to_be_hidden()
    shown = [page.content(), *page_log.console]
    if not host.runs_by_itself:
        saved = save(page, host, NAME)
        widgets = json.loads(saved)["metadata"]["widgets"]["application/vnd.jupyter.widget-state+json"]["state"]
        assert "PasswordModel" in {widget["model_name"] for widget in widgets.values()}
        assert "wrong-secret" not in saved
        shown.append(saved)
    assert secret not in "\n".join(shown)

    (found,) = find_accessibility_problems(page, ".pale")
    assert found.startswith("color-contrast (serious)")
    assert page_log.external_requests == []
    assert page_log.errors == []
    assert page_log.dialogs == []

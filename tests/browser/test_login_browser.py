"""The login form as a person uses it: JupyterLab in a real browser."""

import json

from playwright.sync_api import Page, expect

from dingnb.sandbox import RunningSandbox
from tests.browser.pages import WAIT_MS, run_cell, save, wait_for_kernel
from tools.hosts import Host

SHOW = "import dingnb\ndingnb.set_language('en')\nform = dingnb.login()\nform"
NAME = "login.ipynb"


def open_and_run(page: Page, lab: Host) -> None:
    page.goto(lab.notebook(NAME, SHOW))
    wait_for_kernel(page)
    run_cell(page, 1)
    expect(page.get_by_label("App secret")).to_be_visible(timeout=WAIT_MS)


def test_logging_in_leaves_no_secret_in_the_notebook(page: Page, lab: Host, sandbox: RunningSandbox) -> None:
    secret = sandbox.settings.app_secret
    console: list[str] = []
    page.on("console", lambda message: console.append(message.text))
    open_and_run(page, lab)
    status = page.get_by_role("status").filter(has_text="onnect")
    expect(status).to_contain_text("Connect an app")
    page.get_by_label("App key").fill(sandbox.settings.app_key)

    page.get_by_label("App secret").fill("wrong-secret")
    page.get_by_role("button", name="Check and connect", exact=True).click()
    expect(status).to_contain_text("The app key or app secret is wrong", timeout=WAIT_MS)
    expect(page.get_by_role("button", name="Check and connect", exact=True)).to_be_focused()

    page.get_by_label("App secret").fill(secret)
    page.get_by_label("Agent ID").fill("1000001")
    # Leaving the field is enough, without a click.
    expect(page.get_by_label("App secret")).to_have_value("")
    assert secret not in save(page, lab, NAME)

    page.get_by_role("button", name="Check and connect", exact=True).click()
    expect(status).to_contain_text("Connected: app ding…pkey, typed into the form, 57 people visible", timeout=WAIT_MS)
    expect(status).to_contain_text("SANDBOX")
    expect(status).to_contain_text("not verified yet")
    expect(page.get_by_label("App secret")).to_be_hidden()

    saved = save(page, lab, NAME)
    widgets = json.loads(saved)["metadata"]["widgets"]["application/vnd.jupyter.widget-state+json"]["state"]
    assert "PasswordModel" in {widget["model_name"] for widget in widgets.values()}
    assert secret not in saved
    assert "wrong-secret" not in saved
    assert secret not in page.content()
    assert secret not in "\n".join(console)

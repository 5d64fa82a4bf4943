"""The app's secret and token, used by a sent campaign, are in nothing that is stored or shown."""

import json

from playwright.sync_api import Page

from dingnb.sandbox import RunningSandbox
from tests.browser.forms.actions import Person, cell, staff
from tests.browser.pages import PageLog, save, show
from tools.hosts import Host

NAME = "secrets.ipynb"


def send_all(page: Page, host: Host, sandbox: RunningSandbox, page_log: PageLog) -> str:
    """Write, check, test and send; return all output of the page and the server."""
    show(page, host, NAME, cell(staff(sandbox, 0, 20)))
    person = Person(page)
    person.write(f"Secrets in {host.address(NAME)}", "Hi {{ name }}")
    person.check()
    person.test_to(sandbox.state.users()[399]["userid"])
    person.send(person.count())
    person.expect_finished()
    person.button("code.show").click()
    person.refresh.click()
    person.button("code.hide").wait_for()
    return "\n".join([page.content(), *page_log.console, *page_log.urls, *host.log])


def secrets(sandbox: RunningSandbox) -> set[str]:
    return {sandbox.settings.app_secret, sandbox.settings.app_key, *sandbox.state.tokens._expires_ns}


def test_saved_notebooks_pages_and_logs_contain_no_secret(
    page: Page, lab: Host, sandbox: RunningSandbox, page_log: PageLog
) -> None:
    shown = send_all(page, lab, sandbox, page_log)
    saved = save(page, lab, NAME)
    with_widgets = json.loads(saved)
    models = with_widgets["metadata"]["widgets"]["application/vnd.jupyter.widget-state+json"]["state"].values()
    assert "TextareaModel" in {model["model_name"] for model in models}
    assert len(secrets(sandbox)) > 2
    assert [secret for secret in secrets(sandbox) if secret in saved or secret in shown] == []
    # Without the widget state the notebook only has less content.
    assert "ding…pkey" in str(with_widgets)


def test_voila_pages_and_logs_contain_no_secret(
    page: Page, voila: Host, sandbox: RunningSandbox, page_log: PageLog
) -> None:
    shown = send_all(page, voila, sandbox, page_log)
    assert "ding…pkey" in shown
    assert [secret for secret in secrets(sandbox) if secret in shown] == []

"""``dingnb app``: the studio as a page, behind Jupyter's login; a page that is closed goes on sending."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Page

from dingnb.language import say
from dingnb.sandbox import RunningSandbox, SandboxSettings, start
from docs.hosts import app
from tests.browser.forms.acts import delivered, expect_delivered, staff
from tests.browser.forms.test_studio import Guest, write_list
from tests.browser.pages import Heard

START_S = 60
PEOPLE = 100


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with start(SandboxSettings(users=400)) as running:
        yield running


@pytest.fixture(scope="module")
def address(sandbox: RunningSandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    environment = {
        "DINGTALK_APP_KEY": sandbox.settings.app_key,
        "DINGTALK_APP_SECRET": sandbox.settings.app_secret,
        "DINGTALK_AGENT_ID": str(sandbox.settings.agent_id),
        "DINGTALK_OAPI_BASE_URL": sandbox.base_url,
        "DINGTALK_API_BASE_URL": sandbox.base_url,
    }
    with app(tmp_path_factory.mktemp("app"), environment) as said:
        yield said


def test_it_lets_nobody_in_without_the_token(address: str) -> None:
    page, _, token = address.partition("?")
    assert "/login" in requests.get(page, timeout=START_S).url
    kernels = f"{page.partition('/voila')[0]}/api/kernels"
    assert requests.get(kernels, timeout=START_S).status_code == requests.codes.forbidden
    assert requests.get(f"{kernels}?{token}", timeout=START_S).json() == []
    assert requests.get(f"{page.partition('/voila')[0]}/lab?{token}", timeout=START_S).status_code == 404


def test_a_guest_sends_and_closes_the_page(
    page: Page, address: str, sandbox: RunningSandbox, tmp_path: Path, heard: Heard
) -> None:
    people = staff(sandbox, 0, PEOPLE)
    page.goto(address)
    guest = Guest(page)
    guest.expect_step("recipients")
    guest.upload(write_list(tmp_path, people))
    guest.go_on("message")
    guest.write_and_check("Closed", "Hi {{ name }}")
    guest.go_on("send")
    guest.send_to(len(people["userid"]))
    page.goto("about:blank")
    assert len(delivered(sandbox, "Closed")) < len(people["userid"])
    expect_delivered(page, sandbox, "Closed", people["userid"])
    page.goto(address)
    guest.button("studio.past_show").click()
    chosen = guest.form.get_by_role("combobox", name=say("studio.campaigns"))
    assert "closed" in chosen.inner_text()
    assert heard.errors == heard.dialogs == heard.abroad == []

"""
JupyterLab, Notebook 7, Voilà and a Chromium for tests that drive forms as a person does.

Where there is no Chromium these tests are left out, and the end of the run says so; with
``DINGNB_BROWSER_TESTS=required`` that is an error.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from dingnb.sandbox import RunningSandbox, SandboxSettings, start
from tests.browser.pages import WAIT_MS, Heard, listen
from tests.browser.servers import HOSTS, THEMES, Host, Theme

HERE = Path(__file__).parent
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_LEFT_OUT = pytest.StashKey[int]()


def chromium() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    ours = [item for item in items if item.path.is_relative_to(HERE)]
    if chromium() or not ours:
        return
    if os.environ.get("DINGNB_BROWSER_TESTS") == "required":
        message = "DINGNB_BROWSER_TESTS=required, and there is no Chromium (Debian: apt-get install chromium)"
        raise pytest.UsageError(message)
    config.stash[_LEFT_OUT] = len(ours)
    config.hook.pytest_deselected(items=ours)
    items[:] = [item for item in items if item not in ours]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    left_out = config.stash.get(_LEFT_OUT, 0)
    if left_out:
        terminalreporter.section("browser tests left out")
        terminalreporter.line(f"{left_out} browser tests did not run: there is no Chromium on this machine.")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with start(SandboxSettings(users=60)) as running:
        yield running


def serve(
    name: str, sandbox: RunningSandbox, folders: pytest.TempPathFactory, theme: Theme = "light"
) -> AbstractContextManager[Host]:
    """Run a host whose kernels call the sandbox."""
    return HOSTS[name](folders.mktemp(name), {"DINGTALK_OAPI_BASE_URL": sandbox.base_url}, theme)


@pytest.fixture(scope="module")
def lab(sandbox: RunningSandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    with serve("lab", sandbox, tmp_path_factory) as running:
        yield running


@pytest.fixture(scope="module")
def notebook7(sandbox: RunningSandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    with serve("notebook7", sandbox, tmp_path_factory) as running:
        yield running


@pytest.fixture(scope="module")
def voila(sandbox: RunningSandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    with serve("voila", sandbox, tmp_path_factory) as running:
        yield running


@pytest.fixture(scope="module", params=[(name, theme) for name in HOSTS for theme in THEMES], ids="-".join)
def host(
    request: pytest.FixtureRequest, sandbox: RunningSandbox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Host]:
    """Run each host in each theme, one after the other."""
    name, theme = request.param
    with serve(name, sandbox, tmp_path_factory, theme) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    opened = browser.new_page(viewport={"width": 1200, "height": 900}, locale="en-US")
    opened.set_default_timeout(WAIT_MS)
    yield opened
    opened.close()


@pytest.fixture
def heard(page: Page) -> Heard:
    """What the page did from its first address on."""
    return listen(page)

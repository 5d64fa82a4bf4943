"""
JupyterLab, Notebook 7, Voilà and Chromium for tests that use forms as a person does.

Without Chromium these tests fail.
"""

from collections.abc import Generator, Iterator, Mapping

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from dingnb.sandbox import RunningSandbox, SandboxSettings, start
from tests.browser.host_fixtures import host_fixture
from tests.browser.pages import PageLog, listen, tab
from tools.chromium import FLAGS, chromium
from tools.hosts import HOSTS, MAX_LOG_LINES, THEMES, Host

EXPECT_TIMEOUT_MS = 60_000
MAX_PAGE_CHARACTERS = 3_000


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Report the page, and the last log lines of the page and of the hosts, for a failed test."""
    report = yield
    if call.when == "call" and report.failed and isinstance(item, pytest.Function):
        for name, value in item.funcargs.items():
            if isinstance(value, Page):
                words = " ".join(value.locator("body").inner_text().split())
                start, rest = words[:MAX_PAGE_CHARACTERS], words[MAX_PAGE_CHARACTERS:]
                report.sections.append((f"On the {name}, at the start", start))
                report.sections.append((f"On the {name}, at the end", rest[-MAX_PAGE_CHARACTERS:]))
            elif isinstance(value, PageLog):
                report.sections.append((f"Last lines of {name}", "\n".join(value.console[-MAX_LOG_LINES:])))
            elif isinstance(value, Host):
                report.sections.append((f"Last lines of {name}", "".join(value.log[-MAX_LOG_LINES:])))
    return report


@pytest.fixture(scope="session", autouse=True)
def _longer_timeouts() -> Iterator[None]:
    """Use longer timeouts than Playwright's defaults: two busy processors run a browser, a host and its kernels."""
    expect.set_options(timeout=EXPECT_TIMEOUT_MS)
    yield
    expect.set_options(timeout=5_000)


@pytest.fixture(scope="session")
def sandbox() -> Iterator[RunningSandbox]:
    with start(SandboxSettings(users=60)) as started:
        yield started


@pytest.fixture(scope="session")
def environment(sandbox: RunningSandbox) -> dict[str, str]:
    """Let kernels find the sandbox, without its app."""
    return {"DINGTALK_OAPI_BASE_URL": sandbox.base_url}


@pytest.fixture(scope="session")
def running_hosts() -> list[Host]:
    """The hosts that run so far, each for the whole session."""
    return []


lab = host_fixture("lab")
notebook7 = host_fixture("notebook7")
voila = host_fixture("voila")


@pytest.fixture(scope="module", params=[(name, theme) for name in HOSTS for theme in THEMES], ids="-".join)
def host(
    request: pytest.FixtureRequest, environment: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Host]:
    """Run each host in each theme; those with the light theme are shared by all tests."""
    name, theme = request.param
    if theme == "light":
        yield request.getfixturevalue(name)
        return
    with HOSTS[name](tmp_path_factory.mktemp(name), environment, theme) as opened:
        yield opened


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not (program := chromium()):
        pytest.fail("There is no Chromium here: make chromium installs it, or says how")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with tab(browser) as opened:
        yield opened


@pytest.fixture
def page_log(page: Page) -> PageLog:
    """The activity of the page since its first address."""
    return listen(page)

"""
A JupyterLab and a Chromium for tests that drive forms as a person does.

Where there is no Chromium these tests are left out, and the end of the run says so; with
``DINGNB_BROWSER_TESTS=required`` that is an error.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import Browser, Page, sync_playwright
from playwright.sync_api import TimeoutError as BrowserTimeoutError

import dingnb
from dingnb.sandbox import RunningSandbox, SandboxSettings, start

HERE = Path(__file__).parent
WAIT_MS = 60_000
TRIES = 10
STOP_S = 30
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


def run_cell(page: Page, number: int) -> None:
    """Run a cell of an open notebook, the first of which is 1, and wait until it is done."""
    # A run right after the kernel shows idle may be swallowed: ask again until there is a prompt.
    for _ in range(TRIES):
        page.locator(".jp-InputArea-editor").nth(number - 1).click()
        page.keyboard.press("Control+Enter")
        try:
            page.locator(".jp-InputArea-prompt", has_text=f"[{number}]:").wait_for(timeout=WAIT_MS / TRIES)
        except BrowserTimeoutError:
            continue
        break


def save(page: Page, lab: "Lab", name: str) -> str:
    """Save the open notebook, and return what is in the file."""
    with page.expect_response(lambda answer: answer.request.method == "PUT" and name in answer.url):
        page.locator("[data-command='docmanager:save']").click()
    return lab.saved(name)


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


@dataclass(frozen=True)
class Lab:
    """
    A running JupyterLab that saves the state of widgets.

    Attributes:
        url: Where it answers.
        folder: Its notebooks.
    """

    url: str
    folder: Path

    def notebook(self, name: str, *cells: str) -> str:
        """Write a notebook, and return the address that opens it."""
        notebook = new_notebook(cells=[new_code_cell(cell) for cell in cells])
        notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
        nbformat.write(notebook, self.folder / name)
        return f"{self.url}/lab/tree/{name}?reset"

    def saved(self, name: str) -> str:
        return (self.folder / name).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with start(SandboxSettings(users=60)) as running:
        yield running


@pytest.fixture(scope="module")
def lab(sandbox: RunningSandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    home = tmp_path_factory.mktemp("lab")
    folder = home / "notebooks"
    folder.mkdir()
    settings = home / "settings"
    for plugin, chosen in (
        ("@jupyter-widgets/jupyterlab-manager/plugin", {"saveState": True}),
        ("@jupyterlab/apputils-extension/notification", {"fetchNews": "false", "checkForUpdates": False}),
    ):
        file = settings / f"{plugin}.jupyterlab-settings"
        file.parent.mkdir(parents=True)
        file.write_text(json.dumps(chosen))
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("DINGTALK_", "JUPYTER"))}
    environment |= {
        "DINGTALK_OAPI_BASE_URL": sandbox.base_url,
        "PYTHONPATH": str(Path(dingnb.__file__).parents[1]),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        "JUPYTERLAB_SETTINGS_DIR": str(settings),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "IPYTHONDIR": str(home / "ipython"),
        "DINGNB_HOME": str(home / "dingnb"),
    }
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1", "--port=0"),
        *("--IdentityProvider.token=", f"--ServerApp.root_dir={folder}"),
    ]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as server:  # noqa: S603
        try:
            yield Lab(_address(server), folder)
        finally:
            server.terminate()
            try:
                server.communicate(timeout=STOP_S)
            except subprocess.TimeoutExpired:
                # Its kernels are gone by then; now and then one of its own threads does not end.
                server.kill()


def _address(server: subprocess.Popen[str]) -> str:
    lines = []
    for line in server.stderr or ():
        lines.append(line)
        if found := re.search(r"http://127\.0\.0\.1:\d+", line):
            return found[0]
    message = f"JupyterLab did not start:\n{''.join(lines)}"
    raise AssertionError(message)


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

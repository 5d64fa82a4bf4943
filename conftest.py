"""
What all tests and doctests share.

Each has a home of its own, so that no ledger of the user's is read or written. They run in two processes: one begins
with the browser, whose hosts and kernels all its tests share; files stay whole.
"""

import os
from pathlib import Path

import pytest
from hypothesis import settings

from tools.chromium import chromium

pytest_plugins = ["tests.campaign_fixtures"]

BROWSER = Path(__file__).parent / "tests" / "browser"

# How long an example takes says something of the machine, and nothing of the code.
settings.register_profile("dingnb", deadline=None)
settings.load_profile("dingnb")


def pytest_configure() -> None:
    """Refuse to run without a browser where it is required."""
    if os.environ.get("DINGNB_BROWSER_TESTS") == "required" and not chromium():
        message = "DINGNB_BROWSER_TESTS=required, and there is no Chromium (Debian: apt-get install chromium)"
        raise pytest.UsageError(message)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Say which tests share a process, where several run them."""
    for item in items:
        group = "browser" if item.path.is_relative_to(BROWSER) else os.fspath(item.path)
        item.add_marker(pytest.mark.xdist_group(group))


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give each test a folder for its ledger, and one for what is remembered beside it."""
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("DINGNB_HOME", os.fspath(folder))
    monkeypatch.setenv("XDG_STATE_HOME", os.fspath(tmp_path_factory.mktemp("state")))
    return folder

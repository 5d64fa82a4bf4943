"""
What all tests and doctests share.

Each has a home of its own, so that no ledger of the user's is read or written. Where several processes run them, files
stay whole, and so do the folders of the browser, whose tests share hosts and kernels.
"""

import gc
import os
import shutil
from collections import Counter
from pathlib import Path

import pytest

from tests.tiers import register_profiles

TESTS = Path(__file__).parent / "tests"
pytest_plugins = ["tests.campaign_fixtures"]

BROWSER = TESTS / "browser"
LONG = (BROWSER, TESTS / "stateful", TESTS / "survival")
"""Folders of which `make test` runs a sample."""

MEMORY = Path("/dev/shm")  # noqa: S108 - pytest makes a folder of its own there
LEAST_FREE_BYTES = 2**30

register_profiles()


def pytest_configure() -> None:
    """Keep ledgers and other files of tests in memory, where the machine has a folder for that."""
    if "TMPDIR" not in os.environ and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > LEAST_FREE_BYTES:
        os.environ["TMPDIR"] = os.fspath(MEMORY)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Say which tests share a process, where several run them, and which are left to `make long` and `make browser`."""
    met: Counter[str] = Counter()
    for item in items:
        is_in = item.path.is_relative_to
        item.add_marker(pytest.mark.xdist_group(os.fspath(item.path.parent if is_in(BROWSER) else item.path)))
        if sampled := item.get_closest_marker("sampled"):
            test = item.nodeid.partition("[")[0]
            met[test] += 1
            if met[test] > sampled.args[0]:
                item.add_marker(pytest.mark.long)
        elif any(map(is_in, LONG)):
            item.add_marker(pytest.mark.long)


def pytest_collection_finish() -> None:
    """Keep the garbage collector away from modules and tests: looking through them takes half a second each time."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give each test a folder for its ledger, and one for what is remembered beside it."""
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("DINGNB_HOME", os.fspath(folder))
    monkeypatch.setenv("XDG_STATE_HOME", os.fspath(tmp_path_factory.mktemp("state")))
    return folder

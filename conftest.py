"""
What all tests and doctests share.

Each has a home of its own, so that the user's ledger is never read or written.
"""

import gc
import itertools
import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from _pytest.doctest import DoctestModule

from tests.tiers import register_profiles

TESTS = Path(__file__).parent / "tests"
pytest_plugins = ["tests.campaign_fixtures", "tests.postgres"]

BROWSER = TESTS / "browser"
LONG = (BROWSER, TESTS / "stateful", TESTS / "survival")
"""Folders of which `make test` runs a sample."""

SLOW = (*LONG, TESTS / "tools")
"""Folders whose tests take longest, and come first, so that no process is left with one at the end."""

SAMPLED_PACKAGES = {
    TESTS / package: every
    for package, every in {
        "campaigns": 6,
        "cli": 3,
        "docs": 3,
        "events": 5,
        "ledger": 3,
        "recipients": 4,
        "sandbox": 5,
        "tables": 2,
        "ui": 7,
    }.items()
}
"""Folders of which `make test` runs one of so many tests of each file: they take most of the time."""

MEMORY = Path("/dev/shm")  # noqa: S108 - pytest makes a folder of its own there
LEAST_FREE_BYTES = 2**30

register_profiles()

# jsonschema, which nbformat imports, uses it if it is there; compiling its grammars takes 1.5 s in each process.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]


def pytest_configure() -> None:
    """Keep ledgers and other files of tests in memory, where the machine has a folder for that, and save time."""
    if "TMPDIR" not in os.environ and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > LEAST_FREE_BYTES:
        os.environ["TMPDIR"] = os.fspath(MEMORY)
        # Capturing output has made a file already, and Python keeps the folder of the first one.
        tempfile.tempdir = None
    # As often as by default, looking for garbage took a seventh of the CPU of two files of tests of forms.
    gc.set_threshold(20_000, 20, 50)


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(file_path: Path) -> Generator[None, list[pytest.Collector], list[pytest.Collector]]:
    """Import only modules that have examples to look for these: others import a server of Jupyter."""
    found = yield
    has_example = ">>>" in file_path.read_text(encoding="utf-8", errors="replace")
    return [item for item in found if has_example or not isinstance(item, DoctestModule)]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that only `make long` or `make browser` runs, and put those that take longest first."""
    met: Counter[str] = Counter()
    met_in: Counter[Path] = Counter()
    folders = {path: {path, *path.parents} for path in {item.path for item in items}}
    for item in items:
        is_in = folders[item.path].__contains__
        if sampled := item.get_closest_marker("sampled"):
            test = item.nodeid.partition("[")[0]
            met[test] += 1
            if met[test] > sampled.args[0]:
                item.add_marker(pytest.mark.long)
        elif any(map(is_in, LONG)):
            item.add_marker(pytest.mark.long)
        elif every := next((every for package, every in SAMPLED_PACKAGES.items() if is_in(package)), 0):
            if met_in[item.path] % every:
                item.add_marker(pytest.mark.long)
            met_in[item.path] += 1
    items.sort(key=lambda item: folders[item.path].isdisjoint(SLOW))


def pytest_collection_finish() -> None:
    """Keep the garbage collector away from modules and tests: looking through them takes half a second each time."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def new_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return paths of folders; `mktemp` looks through all earlier ones each time, which are thousands."""
    parent = tmp_path_factory.mktemp("homes")
    return (parent / str(n) for n in itertools.count())


@pytest.fixture(autouse=True)
def home(new_folders: Iterator[Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give each test a folder for its ledger, and one for what is remembered beside it."""
    folder, state = next(new_folders), next(new_folders)
    folder.mkdir(0o700)
    state.mkdir(0o700)
    monkeypatch.setenv("DINGNB_HOME", os.fspath(folder))
    monkeypatch.delenv("DINGNB_LEDGER", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", os.fspath(state))
    return folder

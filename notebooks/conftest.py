"""
Replays the notebooks: each kernel runs on the notebook's cassette, with no way out to a network.

nbval compares the outputs; whether every recorded call was made is checked here, when the last cell has run.
"""
# ruff: noqa: INP001 - what pytest finds beside the notebooks

import importlib
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from dingnb.testing import check_journal
from dingnb.testing.cassette import load_cassette
from dingnb.testing.kernel import journal_path, prepare_kernel, split_notebook_name
from tools.kernels import use_sockets

CASSETTES = Path(__file__).parent.parent / "cassettes"

use_sockets()

collect_ignore = ["out"]
"""What notebooks write, which includes tests."""


@dataclass(frozen=True)
class _Replay:
    home: "tempfile.TemporaryDirectory[str]"
    patch: pytest.MonkeyPatch


_REPLAY = pytest.StashKey[_Replay]()


def _is_cell(item: pytest.Item) -> bool:
    return item.path.suffix == ".ipynb" and item.parent is not None


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Before a notebook's first cell, and so before its kernel, set the kernel's environment."""
    if not _is_cell(item) or _REPLAY in item.parent.stash:
        return
    name, language = split_notebook_name(item.path)
    cassette = CASSETTES / f"{name}.yaml"
    if cassette.exists():
        load_cassette(cassette)  # a broken one is reported here, not by a kernel that exits
    # Building the font cache, once for a machine, warns: into the output of the cell that happens to draw first.
    importlib.import_module("matplotlib.font_manager")
    replay = _Replay(tempfile.TemporaryDirectory(prefix="dingnb-"), pytest.MonkeyPatch())
    item.parent.stash[_REPLAY] = replay
    for variable, value in prepare_kernel(name, CASSETTES, Path(replay.home.name), language=language).items():
        replay.patch.setenv(variable, value)


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """After a notebook's last cell, check that every recorded call was made."""
    if not _is_cell(item) or (nextitem is not None and nextitem.parent is item.parent):
        return
    replay = item.parent.stash.get(_REPLAY, None)
    if replay is None:
        return
    replay.patch.undo()
    with replay.home as home:
        check_journal(split_notebook_name(item.path)[0], journal_path(Path(home)), directory=CASSETTES)

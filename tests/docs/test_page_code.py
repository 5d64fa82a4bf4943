"""The code of the pages runs as it is, in order, against the sandbox and with the sample data."""

import re
import shutil
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dingnb.client import DingTalk
from dingnb.clock import VirtualClock
from tests.docs.pages import CHINESE, DOCS, ROOT, blocks

FOLDERS = ("howto", "explanation")
"""Folders in which the code of every page is run. The examples of guides are in the notebooks."""

RUN_AT_ROOT = ("index.md", "start.md", "campaigns.md")
CONNECT = re.compile(r"dingnb\.connect\(\"sandbox\"(?!, clock=)")


def pages(base: Path) -> list[Path]:
    found = sorted(page for folder in FOLDERS for page in (base / folder).glob("*.md") if blocks(page))
    return [base / name for name in RUN_AT_ROOT] + found


ENGLISH, IN_CHINESE = pages(DOCS), pages(CHINESE)
SLOW = ("index.md", "campaigns.md", "howto/poll.md")
"""The pages that take longest; the code of the first is also that of the README."""

QUICK = [page for page in ENGLISH if page.relative_to(DOCS).as_posix() not in SLOW]
PAGES = [*QUICK, *(DOCS / name for name in SLOW), *IN_CHINESE]


@pytest.fixture
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Work in a folder with the sample data, like `notebooks/`."""
    shutil.copytree(ROOT / "notebooks" / "data", tmp_path / "data")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "agg")
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


@pytest.mark.usefixtures("_folder")
@pytest.mark.sampled(len(QUICK))
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(DOCS).as_posix())
def test_the_code_of_a_page_runs(page: Path) -> None:
    names: dict[str, Any] = {"clock": VirtualClock(), "__name__": "page"}
    run = 0
    for block in blocks(page):
        if block.why_not_run:
            continue
        # On a virtual clock.
        code = CONNECT.sub('dingnb.connect("sandbox", clock=clock', block.code)
        try:
            exec(compile(code, page.name, "exec"), names)  # noqa: S102 - our own page
        except Exception:  # noqa: BLE001 - shown with the block
            pytest.fail(f"{block.code}\n{traceback.format_exc(limit=-3)}")
        run += 1
    assert run
    for name in names.values():
        if isinstance(name, DingTalk):
            name.close()

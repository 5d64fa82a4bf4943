"""The pages for developers name files that exist, and names that are found in the files beside them."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.table_rows import for_each

ROOT = Path(__file__).parent.parent.parent
PAGES = [
    ROOT / "docs" / name
    for name in ("architecture.md", "zh/architecture.md", "first-change.md", "zh/first-change.md", "forms-design.md")
]
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
BLOCK_START = re.compile(r"\n\s*\n|\n(?=\||\s*(?:\d+\.|-) )")
FILE = re.compile(r"`((?:\w+/)*\w+\.(?:py|tsv|js)|(?:\w+/)+)`")
NAME = re.compile(r"`([A-Za-z_]\w*)(?:\([^`]*\))?`")
NO_FILE = {"connect.py"}
"""Named to say why there is none."""

ELSEWHERE = {"Channel", *(path.name for path in (ROOT / "dingnb").iterdir() if path.is_dir())}
"""Names that are not found in the files beside them: a protocol, where its exception is named; packages."""


def blocks_of(page: Path) -> Iterator[tuple[list[str], list[str]]]:
    """Yield the files and the names of each paragraph, item of a list, or row of a table."""
    for block in BLOCK_START.split(FENCE.sub("", page.read_text(encoding="utf-8"))):
        yield [name for name in FILE.findall(block) if name not in NO_FILE], NAME.findall(block)


def find(file: str) -> Path | None:
    return next((path for path in (ROOT / "dingnb" / file, ROOT / file) if path.exists()), None)


def text_of(path: Path) -> str:
    files = sorted(path.rglob("*.py")) if path.is_dir() else [path]
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


@for_each("page", PAGES)
def test_every_named_file_exists(page: Path) -> None:
    files = [file for files, _ in blocks_of(page) for file in files]
    assert files
    assert [file for file in files if find(file) is None] == []


@for_each("page", PAGES)
def test_every_name_is_in_a_file_that_stands_beside_it(page: Path) -> None:
    missing = []
    for files, names in blocks_of(page):
        texts = [text_of(path) for path in map(find, files) if path is not None]
        words = {word for text in texts for word in re.findall(r"\w+", text)}
        missing += [name for name in names if texts and name not in words and name not in ELSEWHERE]
    assert missing == []

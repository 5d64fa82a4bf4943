"""The pages of the documentation, their headings and their code."""

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
CHINESE = DOCS / "zh"

_BLOCK = re.compile(r"(?:<!-- not run: (?P<why>[^\n]+) -->\n)?^```python\n(?P<code>.*?)^```$", re.DOTALL | re.MULTILINE)
_FENCE = re.compile(r"^(`{3,}|:{3,}).*?^\1\s*$", re.DOTALL | re.MULTILINE)
_HEADING = re.compile(r"^(#{1,4}) ", re.MULTILINE)


class Block(NamedTuple):
    """A block of Python on a page, and why it is not run; empty if it is."""

    code: str
    why_not_run: str


def blocks(page: Path) -> list[Block]:
    """Return the blocks of Python of a page."""
    text = page.read_text(encoding="utf-8")
    return [Block(found["code"], found["why"] or "") for found in _BLOCK.finditer(text)]


def headings(page: Path) -> list[int]:
    """Return the levels of the headings of a page, in order."""
    text = _FENCE.sub("", page.read_text(encoding="utf-8"))
    return [len(found[1]) for found in _HEADING.finditer(text)]

"""Links in the documentation lead to existing targets, also when it is read in the repository."""

import re
from pathlib import Path

from tests.table_rows import for_each

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
TARGET = re.compile(r"\]\(([^)\s]+)\)|(?:src|srcset|href)=\"([^\"]+)\"")
CODE = re.compile(r"```.*?```|`[^`]*`", re.DOTALL)
SMALL = 200_000


def pointed_to(page: Path) -> list[Path]:
    found = [
        inline or attribute for inline, attribute in TARGET.findall(CODE.sub("", page.read_text(encoding="utf-8")))
    ]
    return [page.parent / one.partition("#")[0] for one in found if "://" not in one and not one.startswith("#")]


@for_each("page", PAGES)
def test_a_page_links_only_to_existing_targets(page: Path) -> None:
    assert [one for one in pointed_to(page) if not one.exists()] == []


def test_every_picture_is_used_and_small() -> None:
    pictures = set((ROOT / "docs" / "images").glob("*"))
    shown = {one.resolve() for page in PAGES for one in pointed_to(page)}
    assert pictures
    assert {one for one in pictures if one.resolve() not in shown} == set()
    assert {one.name for one in pictures if one.stat().st_size > SMALL} == set()

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
    return [page.parent / link.partition("#")[0] for link in found if "://" not in link and not link.startswith("#")]


@for_each("page", PAGES)
def test_a_page_links_only_to_existing_targets(page: Path) -> None:
    assert [target for target in pointed_to(page) if not target.exists()] == []


def test_every_picture_is_used_and_small() -> None:
    pictures = set((ROOT / "docs" / "images").glob("*"))
    shown = {target.resolve() for page in PAGES for target in pointed_to(page)}
    assert pictures
    assert {picture for picture in pictures if picture.resolve() not in shown} == set()
    assert {picture.name for picture in pictures if picture.stat().st_size > SMALL} == set()

import re
from collections.abc import Iterator
from pathlib import Path

import ipywidgets as widgets

from dingnb import ui
from dingnb.campaigns.status import STATUSES
from dingnb.ui.kit.form import style
from dingnb.ui.kit.theme import MAX_TILES, TOKENS, style_sheet
from tests.table_rows import for_each

APP_PAGE = Path(ui.__file__).parent / "app_page" / "share" / "voila" / "templates" / "dingnb" / "index.html.j2"


def selectors() -> Iterator[str]:
    plain = re.sub(r"/\*.*?\*/", "", style_sheet(), flags=re.DOTALL)
    # The steps of an animation select nothing; its name has to be ours, since it applies to the whole page.
    plain = re.sub(r"@keyframes dn-[a-z]+ \{([^{}]+\{[^{}]*\}\s*)+\}", "", plain)
    for found in re.finditer(r"([^{}]+)\{", plain):
        if not found[1].strip().startswith("@"):
            # Commas in parentheses are of one selector.
            yield from (selector.strip() for selector in re.split(r",(?![^()]*\))", found[1]))


def test_every_theme_token_is_defined_and_used() -> None:
    sheet = style_sheet()
    used = set(re.findall(r"var\(--dn-([a-z0-9-]+)\)", sheet))
    assert used == set(TOKENS)


def test_each_class_that_forms_use_has_a_rule() -> None:
    # The page of the app looks for links by theirs.
    page = APP_PAGE.read_text(encoding="utf-8")
    known = set(re.findall(r"\.(dn-[A-Za-z0-9-]+)", style_sheet() + page))
    used = {
        name
        for path in Path(ui.__file__).parent.rglob("*.py")
        for name in re.findall(r"(?<![\w-])dn-[A-Za-z0-9-]+", path.read_text(encoding="utf-8"))
        # What ends with a hyphen is followed by a name that is filled in.
        if not name.endswith("-")
    }
    assert sorted(used - known) == []


def test_no_rule_applies_outside_forms() -> None:
    # In a notebook a style sheet applies to the whole page; what contains a form may be meant, but nothing else.
    of_forms = re.compile(r"(.* )?\.dingnb(?![\w-])|.*:has\(\.dingnb(?![\w-])")
    assert [selector for selector in selectors() if not of_forms.match(selector)] == []


def test_no_row_of_tiles_has_a_single_one_below_a_full_row() -> None:
    sheet = style_sheet()
    assert len(STATUSES) + 1 == MAX_TILES
    panes = sheet.split("@container (min-width: ")[1:]
    checked = 0
    for pane in panes:
        for names, columns in re.findall(r"([^{}\n]*dn-tiles-\d[^{}]*) \{ grid-template-columns: repeat\((\d+),", pane):
            for n in map(int, re.findall(r"\.dn-tiles-(\d+)\.", names)):
                checked += 1
                # In rows of two or three, one of these is left over.
                assert n <= int(columns) or n % int(columns) != 1 or columns == "2" or n in {7, 10, 13}, (n, columns)
    assert checked == 7 * MAX_TILES


def test_the_style_sheet_loads_nothing_and_is_well_formed() -> None:
    sheet = style_sheet()
    for loads in ("url(", "@import", "@font-face", "http", "<", "expression("):
        assert loads not in sheet
    assert sheet.count("{") == sheet.count("}")


@for_each("name", TOKENS)
def test_each_host_colour_has_a_fallback(name: str) -> None:
    for found in re.finditer(r"var\(--jp-[a-z0-9-]+([,)])", TOKENS[name]):
        assert found[1] == ","


def test_the_style_sheet_is_an_invisible_widget() -> None:
    made = style()
    assert isinstance(made, widgets.HTML)
    assert made.value == f"<style>{style_sheet()}</style>"
    assert "dn-style" in made._dom_classes
    assert ".dingnb .dn-style, .dingnb .dn-history { display: none }" in style_sheet()

import re
from collections.abc import Iterator

import ipywidgets as widgets

from dingnb.ui.kit.form import style
from dingnb.ui.kit.theme import TOKENS, style_sheet
from tests.table_rows import for_each


def selectors() -> Iterator[str]:
    plain = re.sub(r"/\*.*?\*/", "", style_sheet(), flags=re.DOTALL)
    for found in re.finditer(r"([^{}]+)\{", plain):
        if not found[1].strip().startswith("@"):
            yield from (one.strip() for one in found[1].split(","))


def test_each_token_that_is_used_is_there_and_each_that_is_there_is_used() -> None:
    sheet = style_sheet()
    used = set(re.findall(r"var\(--dn-([a-z0-9-]+)\)", sheet))
    assert used == set(TOKENS)


def test_no_rule_reaches_what_is_no_form() -> None:
    # In a notebook a style sheet holds for the whole page.
    assert [one for one in selectors() if not one.removeprefix("[data-voila] ").startswith(".dingnb")] == []


def test_nothing_is_loaded_and_the_sheet_ends_where_it_should() -> None:
    sheet = style_sheet()
    for loads in ("url(", "@import", "@font-face", "http", "<", "expression("):
        assert loads not in sheet
    assert sheet.count("{") == sheet.count("}")


@for_each("name", TOKENS)
def test_each_colour_of_the_host_has_one_to_fall_back_on(name: str) -> None:
    for found in re.finditer(r"var\(--jp-[a-z0-9-]+([,)])", TOKENS[name]):
        assert found[1] == ","


def test_the_style_sheet_is_a_widget_that_is_not_seen() -> None:
    made = style()
    assert isinstance(made, widgets.HTML)
    assert made.value == f"<style>{style_sheet()}</style>"
    assert "dn-style" in made._dom_classes
    assert ".dingnb .dn-style { display: none }" in style_sheet()

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dingnb.display import Sheet, Table
from dingnb.words import Language, set_language

ALLOWED = {
    *("div", "p", "strong", "span", "ul", "li", "details", "summary"),
    *("table", "caption", "thead", "tbody", "tr", "th", "td"),
}
TEXT = st.text(max_size=30) | st.text("<>&\"'/ab\n\x1b\u202e\ud800", max_size=30)
ROW = st.tuples(TEXT, TEXT)


@st.composite
def sheets(draw: st.DrawFn) -> Sheet:
    tables = st.builds(Table, TEXT, ROW, st.lists(ROW, max_size=3).map(tuple), TEXT)
    return Sheet(
        draw(TEXT),
        draw(st.sampled_from(["", "LIVE", "SANDBOX"])),
        tuple(draw(st.lists(ROW, max_size=3))),
        tuple(draw(st.lists(TEXT, max_size=3))),
        tuple(draw(st.lists(tables, max_size=2))),
    )


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.open = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.open += 1
        assert {name for name, _ in attrs} <= {"style", "scope", "open"}

    def handle_endtag(self, _tag: str) -> None:
        self.open -= 1


@given(sheets())
def test_no_input_becomes_markup_or_controls_a_terminal(sheet: Sheet) -> None:
    html, text = sheet.to_html(), sheet.to_text()
    tags = _Tags()
    tags.feed(html)
    tags.close()
    assert tags.open == 0
    assert tags.tags <= ALLOWED
    assert html.isprintable()
    assert all(line.isprintable() for line in text.split("\n"))
    assert (html, text) == (sheet.to_html(), sheet.to_text())


def test_no_input_adds_a_line() -> None:
    sheet = Sheet("a\nb", facts=(("x\r\n", "y\n  ! forged"),), tables=(Table("t", ("h",), (("c\nd",),)),))
    assert sheet.to_text() == "a\\nb\n  x\\r\\n  y\\n  ! forged\n\n  t\n    h\n    c\\nd"


def test_columns_are_aligned_in_chinese_too() -> None:
    lines = Sheet("t", facts=(("应用", "a"), ("App", "b"))).to_text().splitlines()
    assert lines[1:] == ["  应用  a", "  App   b"]


def test_a_long_cell_is_truncated_in_text_and_html() -> None:
    sheet = Sheet("t", tables=(Table("t", ("h",), (("x" * 9_999,),)),))
    assert "x" * 290 in sheet.to_text()
    assert len(sheet.to_text()) < 400
    assert "x" * 301 not in sheet.to_html()


@pytest.mark.parametrize(
    ("language", "mode", "name"),
    [("en", "LIVE", "LIVE"), ("en", "SANDBOX", "SANDBOX"), ("zh", "LIVE", "真实环境"), ("zh", "SANDBOX", "沙箱")],
)
def test_the_mode_is_shown_in_text_and_html(language: Language, mode: str, name: str) -> None:
    set_language(language)
    assert f"[{name}]" in Sheet("t", mode).to_text()
    assert f">{name}</span>" in Sheet("t", mode).to_html()

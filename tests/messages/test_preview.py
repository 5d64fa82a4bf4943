import io
import random
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import dingnb
from dingnb.errors import DingError
from dingnb.media.references import make_reference
from dingnb.messages import Preview
from dingnb.messages.markdown import TemplateRenderer, TextRenderer, render_markdown
from dingnb.messages.message import deserialize, serialize
from dingnb.messages.preview import client_view_of, phone_html
from dingnb.messages.validation import encode
from tests.table_rows import for_each
from tests.tiers import examples

URL = "https://example.com"
TAGS = {"div", "span", "br", "ul", "ol", "li", "strong", "em", "mark"}
MARKDOWN = [
    "# ",
    "**",
    "*",
    "_",
    "~~",
    "`",
    "> ",
    "- ",
    "+ ",
    "1. ",
    "1) ",
    "\n",
    "  \n  ",
    "[",
    "](",
    ")",
    "![",
    "<",
    ">",
    "</div>",
    "<script>",
    "<b onclick=x>",
    "&lt;",
    "&#60;",
    "javascript:alert(1)",
    "https://a/b",
    "|",
    "---",
    "    ",
    "```",
    "\\",
    '"',
    "'",
    "{{ a }}",
    "{% if a %}",
    "\ue000",
    "0\ue001",
    "字",
    "x",
    "\x00",
    "<http://a>",
    "<!--",
    "===",
]


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS
        assert {name for name, _ in attrs} <= {"style", "title", "start"}
        assert all("url(" not in (value or "") for name, value in attrs if name == "style")
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)


def read(html: str) -> str:
    parser = Tags()
    parser.feed(html)
    parser.close()
    assert parser.open == []
    return parser.text


def preview(message: dingnb.Message) -> Preview:
    [body] = message.render_rows({}, 1).bodies
    assert body is not None
    return Preview("user01", body)


@given(st.lists(st.sampled_from(MARKDOWN), max_size=15).map("".join) | st.text(max_size=40))
@examples(300)
def test_no_markdown_text_becomes_html_markup(text: str) -> None:
    for renderer in (TextRenderer(), TemplateRenderer()):
        shown = render_markdown(text, renderer)
        read(shown.html)
        assert render_markdown(text, type(renderer)()) == shown


@given(st.lists(st.sampled_from(MARKDOWN), min_size=1, max_size=8).map("".join))
def test_no_message_becomes_html_markup(text: str) -> None:
    makers = [
        lambda: dingnb.text(text),
        lambda: dingnb.link(text, text, f"{URL}/{text}", "@a"),
        lambda: dingnb.action_card(text, title=text, single_title=text[:20], single_url=URL),
        lambda: dingnb.action_card(text, btn_json_list=[(text[:20], URL)] * 2, btn_orientation="1"),
        lambda: dingnb.oa(
            URL, title=text, form=[(text, text)], rich_num=text, content=text, file_count=text, author=text,
            status_value=text, head_text=text,
        ),
    ]  # fmt: skip
    for make in makers:
        try:
            message = make()
        except DingError:
            continue
        read(message._repr_html_())
        if not message.columns:
            shown = preview(message)
            read(shown._repr_html_())
            assert "user01" in repr(shown)


@for_each(
    ("text", "html"),
    [
        ("**b** *i*", "<strong>b</strong> <em>i</em>"),
        ("- a\n- b", "<li>"),
        ("3. a", '<ol start="3"'),
        ("a  \n  b", "a<br>b"),
        ("# a", "font-weight:600"),
        ("> a", "border-left"),
        (f"[a]({URL})", f'title="{URL}">a</span>'),
        ("[a](eapp://page/x)", 'title="eapp://page/x">a</span>'),
        (f"![]({URL}/a.png)", f"{URL}/a.png"),
        ("a&nbsp;b", "a\xa0b"),
    ],
)
def test_dingtalks_markdown_subset_is_shown(text: str, html: str) -> None:
    shown = render_markdown(text, TextRenderer())
    assert html in shown.html
    assert shown.notes == ()


@for_each(
    ("text", "name"),
    [
        ("| a | b |\n|---|---|\n| 1 | 2 |", "table"),
        ("```\nx\n```", "code"),
        ("`x`", "code"),
        ("<b>x</b>", "HTML"),
        ("<div>\nx\n</div>", "HTML"),
        ("~~x~~", "strikethrough"),
        ("a\n\n---", "rule"),
        ("a\n===", "underlined heading"),
        ("__x__", "underscores"),
        ("+ a", "list with"),
        ("1) a", "list with"),
        ("<https://example.com>", "angle brackets"),
        ("[a](javascript:alert(1))", "cannot open"),
        ("![](data:x)", "without an http"),
        (f'[a]({URL} "b")', "title of a link"),
        (f'![]({URL}/a.png "b")', "title of a link"),
        (f"[a]({URL} 'b')", "title of a link"),
        (f"[a](<{URL}> (b))", "title of a link"),
        ("[a](<u v>)", "cannot open"),
        ("<zhang@example.com>", "angle brackets"),
        ("`` a`b ``", "code"),
        ("    a", "code"),
        (f"[a][b] ![c][b] [b]\n\n[b]: <{URL}> 'd'", "by reference"),
        (f"[b]: {URL}\n\n[b]: {URL}/2", "by reference"),
    ],
)
def test_unsupported_markdown_is_shown_as_source_with_a_note(text: str, name: str) -> None:
    shown = render_markdown(text, TextRenderer())
    assert read(shown.html) == text.replace("\n\n", "")
    [note] = shown.notes
    assert name in note


@for_each(
    ("text", "source"),
    [
        ("* + a\n  + b", "+ a\n+ b"),
        ("> ```\n> a\n> ```", "```\na\n```"),
        ("1. a\n\n   > + b\n   > + c", "a+ b\n+ c"),
        ("> a\n> ---", "a\n---"),
        ("> | a |\n> |---|\n> | b |", "| a |\n|---|\n| b |"),
    ],
)
def test_the_source_of_a_nested_block_has_no_markers_of_the_blocks_around_it(text: str, source: str) -> None:
    assert read(render_markdown(text, TextRenderer()).html) == source


def test_a_line_end_that_is_not_a_break_is_noted() -> None:
    shown = render_markdown("a\nb", TextRenderer())
    assert "a b" in shown.html
    assert "two spaces" in shown.notes[0]


def test_the_list_shows_the_title_and_the_phone_the_text() -> None:
    shown = preview(dingnb.markdown("Payslip", "**8,800**"))
    assert "In the list: Payslip" in repr(shown)
    text = read(shown._repr_html_())
    assert text.index("Payslip") < text.index("Opened") < text.index("8,800")


def test_a_form_shows_six_rows_and_says_so() -> None:
    shown = preview(dingnb.oa(URL, form=[(f"k{n}", "v") for n in range(7)]))
    html = shown._repr_html_()
    assert "k5" in html
    assert "k6" not in html
    assert "7 rows; DingTalk shows only the first 6" in html


def test_a_template_is_shown_with_its_tags_marked() -> None:
    note = dingnb.action_card("**{{ net | money }}** <b>", single_title="{{ a }}", single_url=f"{URL}/{{{{ id }}}}")
    html = note._repr_html_()
    assert html.count("<mark") == 2
    assert ">{{ net | money }}</mark></strong>" in html
    assert f'title="{URL}/{{{{ id }}}}"' in html
    assert "columns: a, id, net" in html
    assert repr(note).startswith("action_card(markdown='**{{ net | money }}** <b>'")


def test_an_address_that_a_template_chooses_is_shown_as_a_link() -> None:
    address = "{% if vip %}https://example.com/a{% else %}https://example.com/b{% endif %}"
    for source in (f"[open]({address})", f"![]({address})"):
        assert "shown as written" not in dingnb.markdown("T", source)._repr_html_()
    assert "shown as written" in dingnb.markdown("T", "[open](page)")._repr_html_()


@pytest.mark.parametrize(("colour", "letters"), [("FFBBBBBB", "#000"), ("FFFFFFFF", "#000"), ("FF0B2F5C", "#fff")])
def test_the_head_of_an_oa_message_can_be_read_on_any_colour(colour: str, letters: str) -> None:
    html = preview(dingnb.oa(URL, head_bgcolor=colour, title="t"))._repr_html_()
    assert f"background:#{colour[2:]};color:{letters}" in html


def test_a_template_as_colour_has_a_readable_preview() -> None:
    assert "background:#bbbbbb;color:#000" in dingnb.oa(URL, head_bgcolor="{{ c }}", title="t")._repr_html_()


def test_cards_are_shown_in_the_chat_of_the_robot() -> None:
    chats = {
        "card": {"title": "T", "text": "Coming?"},
        "survey": {"title": "T", "text": "Coming?"},
        "text": {"content": "Hi"},
    }
    shown = {kind: phone_html(client_view_of(kind, content, TextRenderer())) for kind, content in chats.items()}
    assert [kind for kind, html in shown.items() if "Robot of the app" in html] == ["card", "survey"]
    assert [kind for kind, html in shown.items() if "Work notifications" in html] == ["text"]


def test_a_file_whose_name_and_size_were_deleted_is_shown_by_its_hash() -> None:
    reference = make_reference("file", "0123456789abcdef" * 4)
    shown = Preview("ann", encode({"msgtype": "file", "file": {"media_id": reference}}))
    assert "media_id: <01234567>" in repr(shown)
    assert "01234567</div>" in shown._repr_html_()
    assert "0 B" not in shown._repr_html_()


def test_a_picture_that_is_damaged_is_not_said_to_have_changed(tmp_path: Path) -> None:
    picture = io.BytesIO()
    Image.frombytes("RGB", (200, 200), random.Random(0).randbytes(120_000)).save(picture, "PNG")
    path = tmp_path / "chart.png"
    path.write_bytes(picture.getvalue()[:100_000])
    message = dingnb.image(path)
    shown = message._repr_html_()
    assert "The picture cannot be shown here. Open the file in an image viewer: it may be damaged" in shown
    assert "has since been changed" not in shown
    path.unlink()
    assert "its file has since been changed or removed" in message._repr_html_()


def test_a_picture_of_which_the_ledger_has_only_the_hash_is_not_said_to_have_changed() -> None:
    picture = io.BytesIO()
    Image.new("RGB", (9, 9)).save(picture, "PNG")
    shown = deserialize(serialize(dingnb.image(picture.getvalue())))._repr_html_()
    assert "The ledger has only the hash of &#x27;image.png&#x27;, not its content." in shown
    assert "has since been changed" not in shown


def test_a_note_below_the_message_has_the_colours_of_the_theme() -> None:
    html = dingnb.markdown(title="t", text="x\ny")._repr_html_()
    note = html.rpartition('<div style="')[2]
    assert "background:color-mix(in srgb,var(--jp-warn-color1,#ef6c00) 12%,var(--jp-layout-color1,#fff))" in note

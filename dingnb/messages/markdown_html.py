"""
DingTalk's subset of markdown as HTML (docs/dingtalk.md, "Messages").

All of markdown is parsed, so that constructs which DingTalk does not support are found: they are shown as source, with
a note. Links are inactive and pictures are not loaded: both show their addresses.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from html import escape
from typing import TYPE_CHECKING

from dingnb.messages.fields import WEB_ADDRESS, fits
from dingnb.messages.html import Ink
from dingnb.words import say

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.tree import SyntaxTreeNode

LINK_STYLE = "color:var(--jp-content-link-color,#1677ff);text-decoration:underline"
PICTURE_STYLE = (
    "display:block;margin:6px 0;padding:14px 10px;border:1px dashed var(--jp-border-color1,#bbb);border-radius:8px;"
    "text-align:center;font-size:12px;overflow-wrap:anywhere;opacity:.8"
)
_AS_WRITTEN = "white-space:pre-wrap;border-bottom:1px dotted #d48806"
_QUOTE = "margin:4px 0;padding-left:10px;border-left:3px solid var(--jp-border-color1,#bbb);opacity:.8"
_HEADING_SIZES = {"h1": 1.45, "h2": 1.3, "h3": 1.17, "h4": 1.08, "h5": 1, "h6": 0.92}
_WORDLESS_BLOCKS = {"fence": "code", "html_block": "html", "hr": "rule", "table": "table"}


@dataclass(frozen=True, slots=True)
class Shown:
    """
    A text as shown by DingTalk.

    Attributes:
        html: The text as HTML, everything escaped.
        notes: Constructs that DingTalk does not show as the author may expect, one sentence each.
    """

    html: str
    notes: tuple[str, ...] = ()


def show_markdown(text: str, ink: Ink) -> Shown:
    """Return a markdown text as shown by DingTalk's clients."""
    from markdown_it.tree import SyntaxTreeNode  # noqa: PLC0415 - only previews need it

    covered = ink.cover(text).replace("\r\n", "\n").replace("\r", "\n")
    writer = _Writer(covered.split("\n"), ink)
    html = writer.all_of(SyntaxTreeNode(_parser().parse(covered)))
    notes = []
    if writer.refused:
        names = say("preview.and").join(say(f"preview.markdown_{name}") for name in sorted(writer.refused))
        notes.append(say("preview.not_shown", what=names))
    if writer.joins_lines:
        notes.append(say("preview.lines_joined"))
    return Shown(html, tuple(notes))


class _Writer:
    def __init__(self, lines: list[str], ink: Ink) -> None:
        self._lines = lines
        self._ink = ink
        self.refused: set[str] = set()
        self.joins_lines = False

    def all_of(self, node: "SyntaxTreeNode") -> str:
        return "".join(map(self._one, node.children))

    def _one(self, node: "SyntaxTreeNode") -> str:
        if node.type in _WORDLESS_BLOCKS:
            return self._block_as_written(node, _WORDLESS_BLOCKS[node.type])
        return _WRITERS[node.type](self, node)

    def _block_as_written(self, node: "SyntaxTreeNode", name: str) -> str:
        first, end = node.map or (0, 0)
        source = self._ink.html("\n".join(self._lines[first:end]).strip("\n"))
        self.refused.add(name)
        return f'<div style="margin:4px 0"><span style="{_AS_WRITTEN}">{source}</span></div>'

    def _as_written(self, source: str, name: str) -> str:
        self.refused.add(name)
        return f'<span style="{_AS_WRITTEN}">{self._ink.html(source)}</span>'

    def paragraph(self, node: "SyntaxTreeNode") -> str:
        return f'<div style="margin:4px 0">{self.all_of(node)}</div>'

    def heading(self, node: "SyntaxTreeNode") -> str:
        if not node.markup.startswith("#"):
            return self._block_as_written(node, "underline")
        size = _HEADING_SIZES[node.tag]
        return f'<div style="margin:6px 0 4px;font-weight:600;font-size:{size}em">{self.all_of(node)}</div>'

    def quote(self, node: "SyntaxTreeNode") -> str:
        return f'<div style="{_QUOTE}">{self.all_of(node)}</div>'

    def bullets(self, node: "SyntaxTreeNode") -> str:
        if node.markup == "+":
            return self._block_as_written(node, "list")
        return f'<ul style="margin:4px 0;padding-left:20px">{self.all_of(node)}</ul>'

    def numbers(self, node: "SyntaxTreeNode") -> str:
        if node.markup != ".":
            return self._block_as_written(node, "list")
        start = int(node.attrs.get("start", 1))
        return f'<ol start="{start}" style="margin:4px 0;padding-left:24px">{self.all_of(node)}</ol>'

    def item(self, node: "SyntaxTreeNode") -> str:
        return f"<li>{self.all_of(node)}</li>"

    def text(self, node: "SyntaxTreeNode") -> str:
        return self._ink.html(node.content)

    def bold(self, node: "SyntaxTreeNode") -> str:
        return self._emphasis(node, "strong")

    def italic(self, node: "SyntaxTreeNode") -> str:
        return self._emphasis(node, "em")

    def _emphasis(self, node: "SyntaxTreeNode", tag: str) -> str:
        inner = self.all_of(node)
        if node.markup.startswith("_"):
            marks = self._as_written(node.markup, "underscore")
            return f"{marks}{inner}{marks}"
        return f"<{tag}>{inner}</{tag}>"

    def struck(self, node: "SyntaxTreeNode") -> str:
        marks = self._as_written("~~", "strike")
        return f"{marks}{self.all_of(node)}{marks}"

    def link(self, node: "SyntaxTreeNode") -> str:
        address = self._ink.plain(str(node.attrs.get("href", "")))
        if node.markup == "autolink":
            return self._as_written(f"<{node.attrs.get('href', '')}>", "autolink")
        if not (fits("url", address) or "{{" in address):
            shut = self._as_written(f"]({node.attrs.get('href', '')})", "address")
            return f"{self._as_written('[', 'address')}{self.all_of(node)}{shut}"
        return f'<span style="{LINK_STYLE}" title="{escape(address)}">{self.all_of(node)}</span>'

    def picture(self, node: "SyntaxTreeNode") -> str:
        address = str(node.attrs.get("src", ""))
        plain = self._ink.plain(address)
        if not (WEB_ADDRESS.fullmatch(plain) or "{{" in plain):
            return self._as_written(f"![{node.content}]({address})", "picture")
        return f'<span style="{PICTURE_STYLE}">{escape(say("preview.picture"))}<br>{self._ink.html(address)}</span>'

    def code(self, node: "SyntaxTreeNode") -> str:
        return self._as_written(f"{node.markup}{node.content}{node.markup}", "code")

    def html(self, node: "SyntaxTreeNode") -> str:
        return self._as_written(node.content, "html")

    def line_end(self, _: "SyntaxTreeNode") -> str:
        self.joins_lines = True
        return " "

    def line_break(self, _: "SyntaxTreeNode") -> str:
        return "<br>"


_WRITERS: Mapping[str, "Callable[[_Writer, SyntaxTreeNode], str]"] = {
    "paragraph": _Writer.paragraph,
    "heading": _Writer.heading,
    "blockquote": _Writer.quote,
    "bullet_list": _Writer.bullets,
    "ordered_list": _Writer.numbers,
    "list_item": _Writer.item,
    "inline": _Writer.all_of,
    "text": _Writer.text,
    "strong": _Writer.bold,
    "em": _Writer.italic,
    "s": _Writer.struck,
    "link": _Writer.link,
    "image": _Writer.picture,
    "code_inline": _Writer.code,
    "html_inline": _Writer.html,
    "softbreak": _Writer.line_end,
    "hardbreak": _Writer.line_break,
}


@cache
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt  # noqa: PLC0415 - only previews need it

    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"]).disable(["code", "reference"])
    # All addresses are accepted unchanged; which of them are shown as links is decided above.
    parser.validateLink = lambda url: True  # type: ignore[method-assign]  # noqa: ARG005
    parser.normalizeLink = str  # type: ignore[method-assign,assignment]
    parser.normalizeLinkText = str  # type: ignore[method-assign,assignment]
    return parser

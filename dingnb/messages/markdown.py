"""
Renders DingTalk's subset of markdown, and plain text, as HTML, escaped; in templates, tags are marked.

Before a text is parsed as markdown, its tags are masked: replaced by numbered markers of private-use characters, so
that the content of the tags is not parsed. The tags are restored when the HTML is written.

All of markdown is parsed, so that constructs which DingTalk does not support are found (docs/dingtalk.md, "Messages");
such constructs are shown as source, with a note. The parser keeps the source of what may be shown so, without the
markers of the quotes and lists around it, which are shown themselves. Links are inactive and pictures are not loaded:
both show their addresses.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from html import escape
from types import MappingProxyType
from typing import TYPE_CHECKING

from dingnb.media import Content
from dingnb.media.references import is_reference, parse_reference
from dingnb.messages.leaves import is_template
from dingnb.messages.types import WEB_ADDRESS, fits
from dingnb.words import say

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_inline import StateInline
    from markdown_it.tree import SyntaxTreeNode

LINK_STYLE = "color:var(--jp-content-link-color,#1677ff);text-decoration:underline"
PICTURE_STYLE = (
    "display:block;margin:6px 0;padding:14px 10px;border:1px dashed var(--jp-border-color1,#bbb);border-radius:8px;"
    "text-align:center;font-size:12px;overflow-wrap:anywhere;opacity:.8"
)

_TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_OPEN, _CLOSE = "\ue000", "\ue001"
_MASKED_TAG = re.compile(f"{_OPEN}([0-9]+){_CLOSE}")
_RESERVED_CHARACTERS = str.maketrans(dict.fromkeys(_OPEN + _CLOSE, "\ufffd"))
_DIGEST_SHOWN = 8
_MARK = "background:#ffe9a8;color:#5c4400;border-radius:3px;padding:0 3px"
_AS_WRITTEN = "white-space:pre-wrap;border-bottom:1px dotted #d48806"
_QUOTE = "margin:4px 0;padding-left:10px;border-left:3px solid var(--jp-border-color1,#bbb);opacity:.8"
_HEADING_SIZES = {"h1": 1.45, "h2": 1.3, "h3": 1.17, "h4": 1.08, "h5": 1, "h6": 0.92}
_UNSUPPORTED_BLOCKS = {
    "code_block": "code",
    "definition": "reference",
    "fence": "code",
    "hr": "rule",
    "html_block": "html",
    "table": "table",
}
_BLOCKS_WITH_SOURCE = ("code", "fence", "hr", "html_block", "lheading", "list", "reference", "table")
"""The parser's rules for blocks that may be shown as source."""

_INLINES_WITH_SOURCE = ("autolink", "backticks", "image")
"""The parser's rules for inline constructs that may be shown as source; links have a rule of their own."""

_INTERRUPTED = ("blockquote", "list", "paragraph", "reference")
"""Blocks that other blocks may end without a blank line: names of chains of the parser's rules."""

_SOURCE = "source"


class TextRenderer:
    """
    Renders the texts of a message, in which template tags have no meaning.

    Args:
        attachments: The media that the message refers to, by reference.
    """

    def __init__(self, attachments: Mapping[str, Content] = MappingProxyType({})) -> None:
        self._attachments = attachments

    def find_attachment(self, text: str) -> Content | None:
        """Return the content to which a text refers; None if the text is not a reference."""
        content = self._attachments.get(text)
        if content is not None or not is_reference(text):
            return content
        # The content's name and size were deleted with the texts of its campaign.
        kind, digest = parse_reference(text)
        return Content.from_record(kind, digest[:_DIGEST_SHOWN], digest, 0, "", "")

    def mask_tags(self, text: str) -> str:
        """Return the text with its tags masked, ready to be parsed; here unchanged."""
        return text

    def plain(self, masked: str) -> str:
        """Return the original of a masked text."""
        return masked

    def html(self, masked: str) -> str:
        """Return a masked text as HTML, escaped."""
        return escape(masked)

    def render(self, text: str) -> str:
        """Return a text that is not markdown as HTML, escaped; in a template, with its tags marked."""
        return self.html(self.mask_tags(text))


class TemplateRenderer(TextRenderer):
    """Renders the texts of a template, with its tags marked."""

    def __init__(self, attachments: Mapping[str, Content] = MappingProxyType({})) -> None:
        super().__init__(attachments)
        self._tags: list[str] = []

    def mask_tags(self, text: str) -> str:
        """Return the text with each tag replaced by a numbered marker."""
        return _TAG.sub(self._mask_tag, text.translate(_RESERVED_CHARACTERS))

    def plain(self, masked: str) -> str:
        """Return the original of a masked text, with its tags."""
        return _MASKED_TAG.sub(lambda found: self._tags[int(found[1])], masked)

    def html(self, masked: str) -> str:
        """Return a masked text as HTML, escaped, with its tags marked."""
        return _MASKED_TAG.sub(
            lambda found: f'<mark style="{_MARK}">{escape(self._tags[int(found[1])])}</mark>', escape(masked)
        )

    def _mask_tag(self, tag: re.Match[str]) -> str:
        self._tags.append(tag[0])
        return f"{_OPEN}{len(self._tags) - 1}{_CLOSE}"


@dataclass(frozen=True, slots=True)
class RenderedMarkdown:
    """
    A markdown text as shown by DingTalk.

    Attributes:
        html: The text as HTML, with all content escaped.
        notes: Constructs that DingTalk does not show as the author may expect, one sentence each.
    """

    html: str
    notes: tuple[str, ...] = ()


def render_markdown(text: str, renderer: TextRenderer) -> RenderedMarkdown:
    """Return a markdown text as shown by DingTalk's clients."""
    from markdown_it.tree import SyntaxTreeNode  # noqa: PLC0415 - only previews need it

    masked = renderer.mask_tags(text).replace("\r\n", "\n").replace("\r", "\n")
    writer = _Writer(renderer)
    html = writer.children(SyntaxTreeNode(_parser().parse(masked)))
    notes = []
    if writer.unsupported:
        names = say("preview.and").join(say(f"preview.markdown_{name}") for name in sorted(writer.unsupported))
        notes.append(say("preview.not_shown", what=names))
    if writer.joins_lines:
        notes.append(say("preview.lines_joined"))
    return RenderedMarkdown(html, tuple(notes))


class _Writer:
    def __init__(self, renderer: TextRenderer) -> None:
        self._renderer = renderer
        self.unsupported: set[str] = set()
        self.joins_lines = False

    def children(self, node: "SyntaxTreeNode") -> str:
        return "".join(map(self._node, node.children))

    def _node(self, node: "SyntaxTreeNode") -> str:
        if node.type in _UNSUPPORTED_BLOCKS:
            return self._block_as_written(node, _UNSUPPORTED_BLOCKS[node.type])
        return _WRITERS[node.type](self, node)

    def _block_as_written(self, node: "SyntaxTreeNode", name: str) -> str:
        source = self._renderer.html(node.meta[_SOURCE])
        self.unsupported.add(name)
        return f'<div style="margin:4px 0"><span style="{_AS_WRITTEN}">{source}</span></div>'

    def _as_written(self, source: str, name: str) -> str:
        self.unsupported.add(name)
        return f'<span style="{_AS_WRITTEN}">{self._renderer.html(source)}</span>'

    def paragraph(self, node: "SyntaxTreeNode") -> str:
        return f'<div style="margin:4px 0">{self.children(node)}</div>'

    def heading(self, node: "SyntaxTreeNode") -> str:
        if not node.markup.startswith("#"):
            return self._block_as_written(node, "underline")
        size = _HEADING_SIZES[node.tag]
        return f'<div style="margin:6px 0 4px;font-weight:600;font-size:{size}em">{self.children(node)}</div>'

    def quote(self, node: "SyntaxTreeNode") -> str:
        return f'<div style="{_QUOTE}">{self.children(node)}</div>'

    def bullet_list(self, node: "SyntaxTreeNode") -> str:
        if node.markup == "+":
            return self._block_as_written(node, "list")
        return f'<ul style="margin:4px 0;padding-left:20px">{self.children(node)}</ul>'

    def ordered_list(self, node: "SyntaxTreeNode") -> str:
        if node.markup != ".":
            return self._block_as_written(node, "list")
        start = int(node.attrs.get("start", 1))
        return f'<ol start="{start}" style="margin:4px 0;padding-left:24px">{self.children(node)}</ol>'

    def item(self, node: "SyntaxTreeNode") -> str:
        return f"<li>{self.children(node)}</li>"

    def text(self, node: "SyntaxTreeNode") -> str:
        return self._renderer.html(node.content)

    def bold(self, node: "SyntaxTreeNode") -> str:
        return self._emphasis(node, "strong")

    def italic(self, node: "SyntaxTreeNode") -> str:
        return self._emphasis(node, "em")

    def _emphasis(self, node: "SyntaxTreeNode", tag: str) -> str:
        inner = self.children(node)
        if node.markup.startswith("_"):
            marks = self._as_written(node.markup, "underscore")
            return f"{marks}{inner}{marks}"
        return f"<{tag}>{inner}</{tag}>"

    def strikethrough(self, node: "SyntaxTreeNode") -> str:
        marks = self._as_written("~~", "strike")
        return f"{marks}{self.children(node)}{marks}"

    def link(self, node: "SyntaxTreeNode") -> str:
        source = node.to_tokens()[-1].meta[_SOURCE]
        address = self._renderer.plain(str(node.attrs.get("href", "")))
        if node.markup == "autolink":
            return self._as_written(source, "autolink")
        if not source.startswith("]("):
            problem = "reference"
        elif not (fits("url", address) or is_template(address)):
            problem = "address"
        elif "title" in node.attrs:
            problem = "title"
        else:
            problem = ""
        if problem:
            return self._as_written("[", problem) + self.children(node) + self._as_written(source, problem)
        return f'<span style="{LINK_STYLE}" title="{escape(address)}">{self.children(node)}</span>'

    def picture(self, node: "SyntaxTreeNode") -> str:
        address, source = str(node.attrs.get("src", "")), node.meta[_SOURCE]
        plain = self._renderer.plain(address)
        if not source.endswith(")"):
            return self._as_written(source, "reference")
        if not (WEB_ADDRESS.fullmatch(plain) or is_template(plain)):
            return self._as_written(source, "picture")
        if "title" in node.attrs:
            return self._as_written(source, "title")
        return (
            f'<span style="{PICTURE_STYLE}">{escape(say("preview.picture"))}<br>{self._renderer.html(address)}</span>'
        )

    def code(self, node: "SyntaxTreeNode") -> str:
        return self._as_written(node.meta[_SOURCE], "code")

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
    "bullet_list": _Writer.bullet_list,
    "ordered_list": _Writer.ordered_list,
    "list_item": _Writer.item,
    "inline": _Writer.children,
    "text": _Writer.text,
    "strong": _Writer.bold,
    "em": _Writer.italic,
    "s": _Writer.strikethrough,
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

    parser = MarkdownIt("commonmark", {"inline_definitions": True}).enable(["table", "strikethrough"])
    # All addresses are accepted unchanged; `_Writer.link` decides which are shown as links.
    parser.validateLink = lambda url: True  # type: ignore[method-assign]  # noqa: ARG005
    parser.normalizeLink = str  # type: ignore[method-assign,assignment]
    parser.normalizeLinkText = str  # type: ignore[method-assign,assignment]
    _keep_sources(parser)
    return parser


def _keep_sources(parser: "MarkdownIt") -> None:
    """Let the parser keep the source of what may be shown as source, in the `meta` of tokens."""
    names, blocks, inlines = parser.get_active_rules(), parser.block.ruler, parser.inline.ruler
    block_rules = dict(zip(names["block"], blocks.getRules(""), strict=True))
    inline_rules = dict(zip(names["inline"], inlines.getRules(""), strict=True))
    interrupted_by = {chain: blocks.getRules(chain) for chain in _INTERRUPTED}
    for name in _BLOCKS_WITH_SOURCE:
        rule = block_rules[name]
        chains = [chain for chain, rules in interrupted_by.items() if rule in rules]
        blocks.at(name, _with_block_source(rule), {"alt": chains})
    for name in _INLINES_WITH_SOURCE:
        inlines.at(name, _with_inline_source(inline_rules[name]))
    inlines.at("link", _with_link_source(inline_rules["link"]))


def _with_block_source(
    rule: "Callable[[StateBlock, int, int, bool], bool]",
) -> "Callable[[StateBlock, int, int, bool], bool]":
    """Return a rule for a block that keeps its source in its first token."""

    def parse(state: "StateBlock", start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - called by the parser
        before = len(state.tokens)
        is_found = rule(state, start, end, silent)
        if len(state.tokens) > before:
            source = state.getLines(start, state.line, state.blkIndent, False)  # noqa: FBT003 - no name in the parser
            state.tokens[before].meta[_SOURCE] = source.strip("\n")
        return is_found

    return parse


def _with_inline_source(rule: "Callable[[StateInline, bool], bool]") -> "Callable[[StateInline, bool], bool]":
    """Return a rule for an inline construct that keeps its source in its last token."""

    def parse(state: "StateInline", silent: bool) -> bool:  # noqa: FBT001 - called by the parser
        start, before = state.pos, len(state.tokens)
        is_found = rule(state, silent)
        if len(state.tokens) > before:
            state.tokens[-1].meta[_SOURCE] = state.src[start : state.pos]
        return is_found

    return parse


def _with_link_source(rule: "Callable[[StateInline, bool], bool]") -> "Callable[[StateInline, bool], bool]":
    """Return the rule for links that keeps the source after the text, from the closing bracket, in the last token."""

    def parse(state: "StateInline", silent: bool) -> bool:  # noqa: FBT001 - called by the parser
        start, before = state.pos, len(state.tokens)
        is_found = rule(state, silent)
        if len(state.tokens) > before:
            text_end = state.md.helpers.parseLinkLabel(state, start, True)  # noqa: FBT003 - as the rule calls it
            state.tokens[-1].meta[_SOURCE] = state.src[text_end : state.pos]
        return is_found

    return parse

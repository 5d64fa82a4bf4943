"""
Writes texts as HTML: escaped, and with marked tags for templates.

Tags are replaced by private-use characters before a text is parsed as markdown, so that their content is not parsed,
and restored when it is written.
"""

import re
from collections.abc import Mapping
from html import escape
from types import MappingProxyType

from dingnb.media import Content
from dingnb.media.references import is_reference, parse_reference

_TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_OPEN, _CLOSE = "\ue000", "\ue001"
_COVERED = re.compile(f"{_OPEN}([0-9]+){_CLOSE}")
_UNCOVERABLE = str.maketrans(dict.fromkeys(_OPEN + _CLOSE, "\ufffd"))
_SHORT = 8
_MARK = "background:#ffe9a8;color:#5c4400;border-radius:3px;padding:0 3px"


class Ink:
    """
    Ink for a rendered message, whose texts are written as they are.

    Args:
        attachments: The media that the message refers to, by reference.
    """

    def __init__(self, attachments: Mapping[str, Content] = MappingProxyType({})) -> None:
        self._attachments = attachments

    def attached(self, text: str) -> Content | None:
        """Return the content to which a text refers; None if it is not a reference."""
        found = self._attachments.get(text)
        if found is not None or not is_reference(text):
            return found
        # Its name was forgotten with the texts of its campaign.
        kind, digest = parse_reference(text)
        return Content.recorded(kind, digest[:_SHORT], digest, 0, "", "")

    def cover(self, text: str) -> str:
        """Return the text for layout."""
        return text

    def plain(self, covered: str) -> str:
        """Return the original of a laid-out text."""
        return covered

    def html(self, covered: str) -> str:
        """Return a laid-out text as HTML, escaped."""
        return escape(covered)


class TemplateInk(Ink):
    """Ink for a template, whose tags are marked."""

    def __init__(self, attachments: Mapping[str, Content] = MappingProxyType({})) -> None:
        super().__init__(attachments)
        self._tags: list[str] = []

    def cover(self, text: str) -> str:
        """Return the text with a private-use character in place of each tag."""
        return _TAG.sub(self._covered, text.translate(_UNCOVERABLE))

    def plain(self, covered: str) -> str:
        """Return a laid-out text with its tags."""
        return _COVERED.sub(lambda found: self._tags[int(found[1])], covered)

    def html(self, covered: str) -> str:
        """Return a laid-out text as HTML, its tags marked."""
        return _COVERED.sub(
            lambda found: f'<mark style="{_MARK}">{escape(self._tags[int(found[1])])}</mark>', escape(covered)
        )

    def _covered(self, tag: re.Match[str]) -> str:
        self._tags.append(tag[0])
        return f"{_OPEN}{len(self._tags) - 1}{_CLOSE}"

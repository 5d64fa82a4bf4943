"""Previews of a rendered message, as text and as static HTML."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dingnb.media import Content
from dingnb.messages.html import Ink
from dingnb.messages.message import decode
from dingnb.messages.phone import draw, write
from dingnb.words import count


@dataclass(frozen=True, slots=True, repr=False)
class Preview:
    """
    One rendered message, shown on a phone.

    Attributes:
        userid: The recipient.
        body: The exact bytes of `msg`; where it holds a picture or a file, its hash stands for the media id.
        attachments: The pictures and files that the body refers to.
    """

    userid: str
    body: bytes
    attachments: Mapping[str, Content] = field(default_factory=dict, repr=False)

    @property
    def message(self) -> Mapping[str, Any]:
        """The body as a dict."""
        return decode(self.body)

    def __repr__(self) -> str:
        return write(*self._parts(), Ink(self.attachments))

    def _repr_html_(self) -> str:
        return draw(*self._parts(), Ink(self.attachments))

    def _parts(self) -> tuple[str, str, Mapping[str, Any]]:
        message = self.message
        name = str(message["msgtype"])
        return f"{name} → {self.userid} · {count('byte', len(self.body))}", name, message[name]

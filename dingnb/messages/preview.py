"""How a message looks, as text and as static HTML."""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

from dingnb.messages.message import decode

_CARD = (
    "font-family:var(--jp-ui-font-family,system-ui,sans-serif);color:#171a1d;background:#fff;border:1px solid #ddd;"
    "border-radius:10px;padding:10px 14px;max-width:24em;white-space:pre-wrap;overflow-wrap:anywhere"
)


@dataclass(frozen=True, slots=True)
class Preview:
    """
    One rendered message, to look at.

    Attributes:
        userid: Who would get it.
        body: The exact bytes of `msg`.
    """

    userid: str
    body: bytes

    @property
    def message(self) -> Mapping[str, Any]:
        """The body as a dict."""
        return decode(self.body)

    def __repr__(self) -> str:
        name, content = self._parts()
        lines = [f"{name} -> {self.userid}", *(f"{field}: {value}" for field, value in content.items())]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        name, content = self._parts()
        fields = "".join(
            f'<p style="margin:4px 0" title="{escape(field)}">{escape(str(value))}</p>'
            for field, value in content.items()
        )
        head = f'<p style="margin:0 0 6px;opacity:.6;font-size:85%">{escape(name)} → {escape(self.userid)}</p>'
        return f'<div style="{_CARD}">{head}{fields}</div>'

    def _parts(self) -> tuple[str, Mapping[str, Any]]:
        message = self.message
        name = str(message["msgtype"])
        return name, message[name]

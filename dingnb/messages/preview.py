"""
Previews of messages on a phone, as static HTML and as text: the frame around what `client_view` draws.

Colours follow JupyterLab's theme, with light defaults, so that text and background always match. There are no
scripts, ids, or addresses that a browser would load.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any

from dingnb.media import Content
from dingnb.messages.client_view import ClientView, client_view_of
from dingnb.messages.leaves import flatten
from dingnb.messages.markdown import TextRenderer
from dingnb.messages.validation import decode
from dingnb.words import count, say

_BORDER = "var(--jp-border-color2,#dcdcdc)"
_FRAME = (
    "font-family:var(--jp-ui-font-family,system-ui,sans-serif);font-size:14px;line-height:1.55;max-width:375px;"
    "color:var(--jp-content-font-color1,#171a1d);background:var(--jp-layout-color1,#fff);"
    f"border:1px solid {_BORDER};border-radius:14px;overflow:hidden;margin:4px 0"
)
_CAPTION = f"padding:6px 14px;font-size:12px;opacity:.75;border-bottom:1px solid {_BORDER}"
_AVATAR = (
    "flex:none;width:36px;height:36px;border-radius:9px;background:#2b6fd6;color:#fff;text-align:center;"
    "line-height:36px;font-weight:600"
)
_ONE_LINE = (
    "white-space:nowrap;overflow:hidden;text-overflow:ellipsis;font-size:13px;"
    "color:var(--jp-content-font-color2,#5f6368)"
)
_CHAT = "padding:12px;background:var(--jp-layout-color2,#eef0f3)"
_BUBBLE = (
    f"background:var(--jp-layout-color1,#fff);border:1px solid {_BORDER};border-radius:10px;padding:10px 14px;"
    "overflow:hidden;overflow-wrap:anywhere"
)
_NOTE = (
    "padding:6px 14px;font-size:12px;"
    "background:color-mix(in srgb,var(--jp-warn-color1,#ef6c00) 12%,var(--jp-layout-color1,#fff))"
)
_LABEL = "font-size:11px;opacity:.65"


@dataclass(frozen=True, slots=True, repr=False)
class Preview:
    """
    One rendered message, shown on a phone.

    Attributes:
        userid: The recipient.
        body: The exact bytes of `msg`; the media id of a picture or file is replaced by its hash.
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
        return _preview_text(*self._parts(), TextRenderer(self.attachments))

    def _repr_html_(self) -> str:
        return preview_html(*self._parts(), TextRenderer(self.attachments))

    def _parts(self) -> tuple[str, str, Mapping[str, Any]]:
        message = self.message
        name = str(message["msgtype"])
        return f"{name} → {self.userid} · {count('byte', len(self.body))}", name, message[name]


def preview_html(caption: str, msgtype: str, content: Mapping[str, Any], renderer: TextRenderer) -> str:
    """
    Return a message on a phone: the line in the list of chats, and the opened message.

    Args:
        caption: The caption above, as text.
        msgtype: The message's type.
        content: The type's object.
        renderer: Renders the texts.
    """
    head = f'<div style="{_CAPTION}">{escape(caption)}</div>'
    return phone_html(client_view_of(msgtype, content, renderer), head, renderer)


def phone_html(view: ClientView, head: str = "", renderer: TextRenderer | None = None) -> str:
    """
    Return a phone with the appearance of a message.

    Args:
        view: The appearance.
        head: The HTML above.
        renderer: Renders the texts; by default, as for a rendered message.
    """
    in_list = escape(say("preview.in_list"))
    app = escape(say(view.chat))
    line = (renderer or TextRenderer()).html(" ".join(view.line.split()))
    notes = "".join(f'<div style="{_NOTE}">{escape(note)}</div>' for note in view.notes)
    return (
        f'<div style="{_FRAME}">{head}'
        f'<div style="display:flex;gap:10px;padding:10px 14px"><div style="{_AVATAR}">{app[:1]}</div>'
        f'<div style="min-width:0;flex:1"><div style="display:flex;justify-content:space-between">'
        f'<span style="font-weight:600">{app}</span><span style="{_LABEL}">{in_list}</span></div>'
        f'<div style="{_ONE_LINE}">{line}</div></div></div>'
        f'<div style="{_CHAT}"><div style="{_LABEL};margin-bottom:4px">{escape(say("preview.opened"))}</div>'
        f'<div style="{_BUBBLE}">{view.html}</div></div>{notes}</div>'
    )


def _preview_text(caption: str, msgtype: str, content: Mapping[str, Any], renderer: TextRenderer) -> str:
    """Return the phone as text: the caption, the line in the list, each field, and the notes."""
    view = client_view_of(msgtype, content, renderer)
    lines = [caption, f"  {say('preview.in_list')}: {' '.join(view.line.split())}"]
    for path, value in flatten(content):
        attached = renderer.find_attachment(value)
        lines.append(f"  {path}: {attached.label if attached else _indent(value)}")
    lines += [f"  ! {note}" for note in view.notes]
    return "\n".join(lines)


def _indent(value: str) -> str:
    return value if "\n" not in value else "".join(f"\n    {line}" for line in value.splitlines())

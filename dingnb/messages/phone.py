"""
The phone of previews, as static HTML and as text.

Colours are those of JupyterLab's theme, with a light default, so that text and background always match. There are no
scripts, ids or addresses that a browser would load.
"""

from collections.abc import Mapping
from html import escape
from typing import Any

from dingnb.messages.client_view import Look, look_at
from dingnb.messages.html import Ink
from dingnb.messages.leaves import flatten
from dingnb.words import say

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
_NOTE = "padding:6px 14px;font-size:12px;background:#fff3d6;color:#5c4400"
_LABEL = "font-size:11px;opacity:.65"


def draw(caption: str, msgtype: str, content: Mapping[str, Any], ink: Ink) -> str:
    """
    Return a message on a phone: its line in the list of chats, and the opened message.

    Args:
        caption: The caption above, as text.
        msgtype: The message's type.
        content: The type's object.
        ink: The writer of its texts.
    """
    head = f'<div style="{_CAPTION}">{escape(caption)}</div>'
    return frame_of(look_at(msgtype, content, ink), head, ink)


def frame_of(look: Look, head: str = "", ink: Ink | None = None) -> str:
    """
    Return a phone with the appearance of a message.

    Args:
        look: The appearance.
        head: The HTML above.
        ink: The writer of its texts; by default that of a rendered message.
    """
    in_list = escape(say("preview.in_list"))
    app = escape(say("preview.sender"))
    line = (ink or Ink()).html(" ".join(look.line.split()))
    notes = "".join(f'<div style="{_NOTE}">{escape(note)}</div>' for note in look.notes)
    return (
        f'<div style="{_FRAME}">{head}'
        f'<div style="display:flex;gap:10px;padding:10px 14px"><div style="{_AVATAR}">{app[:1]}</div>'
        f'<div style="min-width:0;flex:1"><div style="display:flex;justify-content:space-between">'
        f'<span style="font-weight:600">{app}</span><span style="{_LABEL}">{in_list}</span></div>'
        f'<div style="{_ONE_LINE}">{line}</div></div></div>'
        f'<div style="{_CHAT}"><div style="{_LABEL};margin-bottom:4px">{escape(say("preview.opened"))}</div>'
        f'<div style="{_BUBBLE}">{look.html}</div></div>{notes}</div>'
    )


def write(caption: str, msgtype: str, content: Mapping[str, Any], ink: Ink) -> str:
    """Return the phone as text: the caption, the line in the list, each field, and the notes."""
    look = look_at(msgtype, content, ink)
    lines = [caption, f"  {say('preview.in_list')}: {' '.join(look.line.split())}"]
    for path, value in flatten(content):
        attached = ink.attached(value)
        lines.append(f"  {path}: {attached.label if attached else _indented(value)}")
    lines += [f"  ! {note}" for note in look.notes]
    return "\n".join(lines)


def _indented(value: str) -> str:
    return value if "\n" not in value else "".join(f"\n    {line}" for line in value.splitlines())

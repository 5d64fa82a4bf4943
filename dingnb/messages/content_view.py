"""Media in previews: pictures themselves, small, and of files the name, the size and the format."""

from base64 import b64encode
from functools import lru_cache
from html import escape

from dingnb.errors import DingError
from dingnb.media import Content
from dingnb.media.content import size_text
from dingnb.media.pictures import thumbnail
from dingnb.messages.markdown_html import PICTURE_STYLE
from dingnb.words import say

_IMAGE = "display:block;max-width:100%;max-height:360px;border-radius:6px;margin:4px 0"
_FILE = "display:flex;gap:10px;align-items:center"
_BADGE = (
    "flex:none;padding:8px 6px;border-radius:6px;background:#2b6fd6;color:#fff;font-size:11px;font-weight:600;"
    "min-width:34px;text-align:center"
)


def show_content(content: Content) -> str:
    """Return a content as HTML, with a picture in the page itself."""
    if content.kind == "image":
        try:
            data, mime = _thumbnail(content)
        except DingError:
            gone = escape(say("preview.picture_gone"))
            return f'<span style="{PICTURE_STYLE}">{escape(content.name)}<br>{gone}</span>'
        encoded = b64encode(data).decode()
        return f'<img alt="{escape(content.name)}" style="{_IMAGE}" src="data:{mime};base64,{encoded}">'
    badge = escape(content.name.rpartition(".")[2][:5].upper() or "FILE")
    name = f'<div style="font-weight:600">{escape(content.name)}</div>'
    return (
        f'<div style="{_FILE}"><span style="{_BADGE}">{badge}</span>'
        f'<div>{name}<div style="font-size:12px;opacity:.7">{size_text(content.size)}</div></div></div>'
    )


@lru_cache(maxsize=32)
def _thumbnail(content: Content) -> tuple[bytes, str]:
    return thumbnail(content.read(), content.mime)

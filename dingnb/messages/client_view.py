"""How DingTalk's client shows each message type: the line in the list of chats, and the opened message."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any

from dingnb.messages.content_view import show_content
from dingnb.messages.fields import TYPES, fits
from dingnb.messages.html import Ink
from dingnb.messages.markdown_html import LINK_STYLE, PICTURE_STYLE, show_markdown
from dingnb.words import say

_PRE = "white-space:pre-wrap"
_RULE = "border-top:1px solid var(--jp-border-color2,#e3e3e3)"
_BUTTON = f"padding:9px 6px;text-align:center;{LINK_STYLE};text-decoration:none"
_CLAMP = "display:-webkit-box;-webkit-line-clamp:3;-webkit-box-orient:vertical;overflow:hidden"
_FAINT = "opacity:.7"
_EQUALLY_FAR = 0.179
"""Luminance of a background with the same contrast to black and white."""
_DARKEST = 0.04045
"""Threshold below which a colour component is linear."""
_FORM_SHOWN = next(one.shown for one in TYPES["oa"].fields if one.name == "body.form")


@dataclass(frozen=True, slots=True)
class Look:
    """
    The appearance of a message.

    Attributes:
        line: The line in the list of chats, laid out by the ink.
        html: The opened message.
        notes: Differences from what the author may expect, one sentence each.
    """

    line: str
    html: str
    notes: tuple[str, ...] = field(default=())


def look_at(msgtype: str, content: Mapping[str, Any], ink: Ink) -> Look:
    """
    Return the appearance of a message.

    Args:
        msgtype: Its type.
        content: The type's object.
        ink: The writer of its texts.
    """
    return _LOOKS[msgtype](content, ink)


def _text(content: Mapping[str, Any], ink: Ink) -> Look:
    covered = ink.cover(content["content"])
    return Look(covered, _block(ink.html(covered), _PRE))


def _media(msgtype: str) -> Callable[[Mapping[str, Any], Ink], Look]:
    def look(content: Mapping[str, Any], ink: Ink) -> Look:
        name = say(f"preview.{msgtype}")
        attached = ink.attached(content["media_id"])
        if attached is not None and msgtype != "voice":
            return Look(f"[{name}] {attached.name}" if msgtype == "file" else f"[{name}]", show_content(attached))
        details = [ink.html(ink.cover(attached.label if attached else content["media_id"]))]
        if "duration" in content:
            details.insert(0, f"{ink.html(ink.cover(content['duration']))}″")
        return Look(f"[{name}]", f'<span style="{PICTURE_STYLE}">{escape(name)}<br>{" · ".join(details)}</span>')

    return look


def _link(content: Mapping[str, Any], ink: Ink) -> Look:
    title = ink.cover(content["title"])
    picture = f'<span style="{PICTURE_STYLE};flex:0 0 92px;margin:0">{_picture(content["picUrl"], ink)}</span>'
    text = _block(ink.html(ink.cover(content["text"])), f"{_PRE};flex:1;font-size:13px;{_FAINT}")
    html = (
        _block(ink.html(title), "font-weight:600;margin-bottom:6px")
        + f'<div style="display:flex;gap:10px">{text}{picture}</div>'
        + _leads_to(content["messageUrl"], ink)
    )
    return Look(f"[{say('preview.link')}] {title}", html)


def _markdown(content: Mapping[str, Any], ink: Ink) -> Look:
    shown = show_markdown(content["text"], ink)
    return Look(ink.cover(content["title"]), shown.html, shown.notes)


def _action_card(content: Mapping[str, Any], ink: Ink) -> Look:
    shown = show_markdown(content["markdown"], ink)
    if "single_title" in content:
        buttons = [(content["single_title"], content["single_url"])]
    else:
        buttons = [(one["title"], one["action_url"]) for one in content["btn_json_list"]]
    side_by_side = content.get("btn_orientation") == "1"
    cells = "".join(
        f'<div style="{_BUTTON};{"flex:1" if side_by_side else _RULE}" title="{_address(url, ink)}">'
        f"{ink.html(ink.cover(title))}</div>"
        for title, url in buttons
    )
    row = f"{_RULE};display:flex" if side_by_side else ""
    html = f'{shown.html}<div style="margin:10px -14px -10px;{row}">{cells}</div>'
    line = ink.cover(content["title"]) if "title" in content else f"[{say('preview.action_card')}]"
    return Look(line, html, shown.notes)


def _oa(content: Mapping[str, Any], ink: Ink) -> Look:
    body = content["body"]
    colour = ink.plain(ink.cover(content["head"]["bgcolor"]))
    form = body.get("form", [])
    parts = [
        _bar(colour, ink),
        _status(content.get("status_bar", {}), ink),
        _of(body, "title", "font-weight:600;margin-bottom:4px", ink),
        *(_form_row(one, ink) for one in form[:_FORM_SHOWN]),
        _rich(body.get("rich", {}), ink),
        _of(body, "content", f"margin:4px 0;{_CLAMP}", ink),
        f'<span style="{PICTURE_STYLE}">{_picture(body["image"], ink)}</span>' if "image" in body else "",
        _foot(body, ink),
        _leads_to(content["message_url"], ink),
    ]
    notes = []
    if len(form) > _FORM_SHOWN:
        notes.append(say("preview.form_cut", n=len(form), shown=_FORM_SHOWN))
    if "status_bar" in content:
        notes.append(say("preview.status_bar"))
    line = ink.cover(body["title"]) if "title" in body else f"[{say('preview.oa')}]"
    return Look(line, "".join(parts), tuple(notes))


_LOOKS: Mapping[str, Callable[[Mapping[str, Any], Ink], Look]] = {
    "text": _text,
    "image": _media("image"),
    "voice": _media("voice"),
    "file": _media("file"),
    "link": _link,
    "markdown": _markdown,
    "action_card": _action_card,
    "oa": _oa,
}


def _block(html: str, style: str) -> str:
    return f'<div style="{style}">{html}</div>'


def _of(content: Mapping[str, Any], name: str, style: str, ink: Ink) -> str:
    return _block(ink.html(ink.cover(content[name])), style) if content.get(name) else ""


def _bar(colour: str, ink: Ink) -> str:
    # A template is not a colour yet.
    background = f"#{colour[2:]}" if fits("colour", colour) else "#bbbbbb"
    name = ink.html(say("preview.app_name"))
    return (
        f'<div style="background:{escape(background)};color:{_readable_on(background)};font-size:12px;'
        f'margin:-10px -14px 8px;padding:5px 14px">{name}</div>'
    )


def _readable_on(ground: str) -> str:
    """Return black or white, depending on the contrast (WCAG 2) to a background such as ``#bbbbbb``."""
    shares = (int(ground[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (one / 12.92 if one <= _DARKEST else ((one + 0.055) / 1.055) ** 2.4 for one in shares)
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return "#000" if luminance > _EQUALLY_FAR else "#fff"


def _status(bar: Mapping[str, Any], ink: Ink) -> str:
    if not bar.get("status_value"):
        return ""
    colour = ink.plain(ink.cover(bar.get("status_bg", "")))
    background = f"#{colour[4:]}" if fits("status_colour", colour) else "#858e99"
    value = ink.html(ink.cover(bar["status_value"]))
    return (
        f'<div style="float:right;font-size:12px"><span style="display:inline-block;width:8px;height:8px;'
        f'border-radius:4px;margin-right:5px;background:{escape(background)}"></span>{value}</div>'
    )


def _form_row(row: Mapping[str, Any], ink: Ink) -> str:
    key, value = (ink.html(ink.cover(row.get(name, ""))) for name in ("key", "value"))
    return f'<div><span style="{_FAINT}">{key}</span> {value}</div>'


def _rich(rich: Mapping[str, Any], ink: Ink) -> str:
    number, unit = (ink.html(ink.cover(rich.get(name, ""))) for name in ("num", "unit"))
    return f'<div><span style="font-size:24px;font-weight:600">{number}</span> {unit}</div>' if number or unit else ""


def _foot(body: Mapping[str, Any], ink: Ink) -> str:
    files = body.get("file_count", "")
    left = escape(say("preview.files", n="\ue002")).replace("\ue002", ink.html(ink.cover(files))) if files else ""
    author = ink.html(ink.cover(body.get("author", "")))
    if not (left or author):
        return ""
    style = f"display:flex;justify-content:space-between;font-size:12px;{_FAINT}"
    return f'<div style="{style}"><span>{left}</span><span>{author}</span></div>'


def _picture(address: str, ink: Ink) -> str:
    attached = ink.attached(address)
    if attached is not None:
        return show_content(attached)
    return f"{escape(say('preview.picture'))}<br>{ink.html(ink.cover(address))}"


def _leads_to(address: str, ink: Ink) -> str:
    return _block(f"→ {ink.html(ink.cover(address))}", f"margin-top:8px;font-size:12px;overflow-wrap:anywhere;{_FAINT}")


def _address(address: str, ink: Ink) -> str:
    return escape(ink.plain(ink.cover(address)))

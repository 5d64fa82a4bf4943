"""
Previews of messages on a phone, as static HTML and as text: each message type as DingTalk's client shows it.

Colours follow JupyterLab's theme, with light defaults, so that text and background always match. There are no
scripts, ids, or addresses that a browser would load.
"""

from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from html import escape
from typing import Any

from dingnb.errors import DingError
from dingnb.limits import STANDARD
from dingnb.media import Content
from dingnb.media.content import format_size
from dingnb.media.pictures import thumbnail
from dingnb.messages.leaves import flatten
from dingnb.messages.markdown import LINK_STYLE, PICTURE_STYLE, TextRenderer, render_markdown
from dingnb.messages.types import DEFAULT_SUBMIT, OA_FORM_ROWS_SHOWN, fits
from dingnb.messages.validation import TYPES_WITH_OPTIONS, decode, parse_options, strip_midnight
from dingnb.words import Text, count, say, sentences

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
_PRE = "white-space:pre-wrap"
_RULE = "border-top:1px solid var(--jp-border-color2,#e3e3e3)"
_BUTTON = f"padding:9px 6px;text-align:center;{LINK_STYLE};text-decoration:none"
_BUTTONS_SIDE_BY_SIDE = 2
_CLAMP = "display:-webkit-box;-webkit-line-clamp:3;-webkit-box-orient:vertical;overflow:hidden"
_FAINT = "opacity:.7"
_INPUT = "border:1px solid var(--jp-border-color2,#dcdcdc);border-radius:6px;padding:4px 8px;min-height:1.5em"
_SWITCH = "display:flex;justify-content:space-between;margin-top:8px;font-size:13px"
_IMAGE = "display:block;max-width:100%;max-height:360px;border-radius:6px;margin:4px 0"
_FILE = "display:flex;gap:10px;align-items:center"
_BADGE = (
    "flex:none;padding:8px 6px;border-radius:6px;background:#2b6fd6;color:#fff;font-size:11px;font-weight:600;"
    "min-width:34px;text-align:center"
)
_PLACEHOLDER = "\ue002"
"""A private-use character for a text's placeholder, which is filled in with HTML after the text is escaped."""

_MIDDLE_LUMINANCE = 0.179
"""Luminance of a background with the same contrast to black and white."""

_LINEAR_THRESHOLD = 0.04045
"""Threshold below which a colour component is linear."""


@dataclass(frozen=True, slots=True)
class ClientView:
    """
    The appearance of a message.

    Attributes:
        line: The line in the list of chats.
        html: The opened message.
        notes: Differences from what the author may expect, one sentence each.
        chat: The key of the text that names the message's chat.
        has_controls: Whether the message shows buttons or fields, which work on the phone only.
    """

    line: str
    html: str
    notes: tuple[str, ...] = field(default=())
    chat: str = "preview.sender"
    has_controls: bool = False


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
    """Return a message on a phone: the line in the list of chats, and the opened message."""
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
    line = (renderer or TextRenderer()).render(" ".join(view.line.split()))
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


def client_view_of(msgtype: str, content: Mapping[str, Any], renderer: TextRenderer) -> ClientView:
    """Return the appearance of a message."""
    view = _VIEWS[msgtype](content, renderer)
    return replace(view, chat="preview.robot") if msgtype in {"card", "survey"} else view


def _text(content: Mapping[str, Any], renderer: TextRenderer) -> ClientView:
    return ClientView(content["content"], _block(renderer.render(content["content"]), _PRE))


def _media(msgtype: str) -> Callable[[Mapping[str, Any], TextRenderer], ClientView]:
    def view(content: Mapping[str, Any], renderer: TextRenderer) -> ClientView:
        name = say(f"preview.{msgtype}")
        attached = renderer.find_attachment(content["media_id"])
        if attached is not None and msgtype != "voice":
            return ClientView(
                f"[{name}] {attached.name}" if msgtype == "file" else f"[{name}]", _show_content(attached)
            )
        details = [renderer.render(attached.name if attached else content["media_id"])]
        if attached is not None and attached.size:
            details.append(format_size(attached.size))
        if content.get("duration"):
            details.insert(0, f"{renderer.render(content['duration'])}″")
        return ClientView(f"[{name}]", f'<span style="{PICTURE_STYLE}">{escape(name)}<br>{" · ".join(details)}</span>')

    return view


def _link(content: Mapping[str, Any], renderer: TextRenderer) -> ClientView:
    title = content["title"]
    picture = _picture(content["picUrl"], renderer, ";flex:0 0 92px;margin:0")
    text = _block(renderer.render(content["text"]), f"{_PRE};flex:1;font-size:13px;{_FAINT}")
    html = (
        _block(renderer.render(title), "font-weight:600;margin-bottom:6px")
        + f'<div style="display:flex;gap:10px">{text}{picture}</div>'
        + _target(content["messageUrl"], renderer)
    )
    return ClientView(f"[{say('preview.link')}] {title}", html)


def _markdown(content: Mapping[str, Any], renderer: TextRenderer) -> ClientView:
    shown = render_markdown(content["text"], renderer)
    return ClientView(content["title"], shown.html, shown.notes)


def _action_card(content: Mapping[str, Any], renderer: TextRenderer) -> ClientView:
    shown = render_markdown(content["markdown"], renderer)
    if "single_title" in content:
        buttons = [(content["single_title"], content["single_url"])]
    else:
        buttons = [(button["title"], button["action_url"]) for button in content["btn_json_list"]]
    row = _button_row(buttons, renderer, side_by_side=content.get("btn_orientation") == "1")
    line = content.get("title", f"[{say('preview.action_card')}]")
    return ClientView(line, shown.html + row, shown.notes, has_controls=True)


def _button_row(buttons: Sequence[tuple[str, str]], renderer: TextRenderer, *, side_by_side: bool) -> str:
    """Return buttons with these labels and addresses, below the text of a card."""
    cells = "".join(
        f'<div style="{_BUTTON};{"flex:1" if side_by_side else _RULE}" title="{escape(url)}">'
        f"{renderer.render(label)}</div>"
        for label, url in buttons
    )
    return f'<div style="margin:10px -14px -10px;{f"{_RULE};display:flex" if side_by_side else ""}">{cells}</div>'


def _oa(content: Mapping[str, Any], renderer: TextRenderer) -> ClientView:
    body = content["body"]
    form = body.get("form", [])
    parts = [
        _bar(content["head"]["bgcolor"]),
        _status(content.get("status_bar", {}), renderer),
        _optional_block(body, "title", "font-weight:600;margin-bottom:4px", renderer),
        *(_form_row(row, renderer) for row in form[:OA_FORM_ROWS_SHOWN]),
        _rich(body.get("rich", {}), renderer),
        _optional_block(body, "content", f"margin:4px 0;{_CLAMP}", renderer),
        _picture(body["image"], renderer) if "image" in body else "",
        _foot(body, renderer),
        _target(content["message_url"], renderer),
    ]
    notes = []
    if len(form) > OA_FORM_ROWS_SHOWN:
        notes.append(say("preview.form_cut", n=len(form), shown=OA_FORM_ROWS_SHOWN))
    if "status_bar" in content:
        notes.append(say("preview.status_bar", people=STANDARD.recipients_with_status_bar))
    line = body.get("title", f"[{say('preview.oa')}]")
    return ClientView(line, "".join(parts), tuple(notes))


def _card(content: Mapping[str, Any], renderer: TextRenderer) -> ClientView:
    title = content["title"]
    head = _block(renderer.render(title), "font-weight:600;margin-bottom:6px")
    if "template" in content:
        return _template_variables_view(content, renderer, title, head)
    shown = render_markdown(content["text"], renderer)
    buttons = [(button["label"], button.get("url", "")) for button in content.get("buttons", [])]
    # Assumption: the template shows two buttons side by side, and more below each other.
    row = _button_row(buttons, renderer, side_by_side=len(buttons) == _BUTTONS_SIDE_BY_SIDE) if buttons else ""
    return ClientView(title, head + shown.html + row, shown.notes, has_controls=bool(buttons))


def _template_variables_view(content: Mapping[str, Any], renderer: TextRenderer, title: str, head: str) -> ClientView:
    """Return the variables of a template, since only DingTalk can show the template."""
    name = say("preview.template_id", template=_PLACEHOLDER)
    template = escape(name).replace(_PLACEHOLDER, renderer.render(content["template"]))
    rows = [
        _form_row({"key": f"{entry['name']}{mark}", "value": entry.get("value", "")}, renderer)
        for part, mark in (("data", ""), ("private", f" ({say('preview.private')})"))
        for entry in content.get(part, [])
    ]
    html = head + _block(template, f"font-size:12px;{_FAINT}") + "".join(rows)
    return ClientView(title, html, (say("preview.own_template"),))


def _survey(content: Mapping[str, Any], renderer: TextRenderer) -> ClientView:
    title = content["title"]
    shown = render_markdown(content["text"], renderer)
    submit = renderer.render(content.get("submit") or DEFAULT_SUBMIT)
    html = (
        _block(renderer.render(title), "font-weight:600;margin-bottom:6px")
        + shown.html
        + "".join(_form_input(form_field, renderer) for form_field in content.get("fields", []))
        + f'<div style="margin:10px -14px -10px"><div style="{_BUTTON};{_RULE}">{submit}</div></div>'
    )
    return ClientView(title, html, shown.notes, has_controls=True)


def _form_input(form_field: Mapping[str, Any], renderer: TextRenderer) -> str:
    """Return a field of a form: its label, with a mark if it is required, and its options or its input."""
    required = " *" if form_field.get("required") == "true" else ""
    label = f"{renderer.render(form_field['label'])}{required}"
    kind = form_field.get("type")
    if kind in TYPES_WITH_OPTIONS:
        options = form_field.get("options", "")
        pairs = parse_options(options) if isinstance(options, str) else []
        shown = [(value, renderer.render(text)) for value, text in pairs]
        if kind == "SELECT":
            # A drop-down list, which the phone shows closed.
            chosen = next((text for value, text in shown if value == form_field.get("default")), "")
            hint = form_field.get("placeholder") or say("preview.choose")
            head = f'{chosen or renderer.render(hint)} <span aria-hidden="true">▾</span>'
            inside = _block(head, f"{_INPUT};{'' if chosen else _FAINT}")
            inside += "".join(_block(text, f"font-size:12px;padding-left:8px;{_FAINT}") for _, text in shown)
        else:
            inside = "".join(f"<div>☐ {text}</div>" for _, text in shown)
    elif kind == "SWITCH":
        return _block(f'<span>{label}</span><span aria-hidden="true">○―</span>', _SWITCH)
    else:
        default = form_field.get("default", "")
        text = (strip_midnight(default) if kind == "DATE" else default) or form_field.get("placeholder") or " "
        inside = _block(renderer.render(text), f"{_INPUT};{'' if default else _FAINT}")
    return _block(f'<div style="font-size:13px">{label}</div>{inside}', "margin-top:8px")


_VIEWS: Mapping[str, Callable[[Mapping[str, Any], TextRenderer], ClientView]] = {
    "text": _text,
    "image": _media("image"),
    "voice": _media("voice"),
    "file": _media("file"),
    "link": _link,
    "markdown": _markdown,
    "action_card": _action_card,
    "oa": _oa,
    "card": _card,
    "survey": _survey,
}


def _block(html: str, style: str) -> str:
    return f'<div style="{style}">{html}</div>'


def _optional_block(content: Mapping[str, Any], name: str, style: str, renderer: TextRenderer) -> str:
    return _block(renderer.render(content[name]), style) if content.get(name) else ""


def _bar(colour: str) -> str:
    # A template is not a colour yet.
    background = f"#{colour[2:]}" if fits("colour", colour) else "#bbbbbb"
    name = escape(say("preview.app_name"))
    return (
        f'<div style="background:{escape(background)};color:{_text_colour_on(background)};font-size:12px;'
        f'margin:-10px -14px 8px;padding:5px 14px">{name}</div>'
    )


def _text_colour_on(background: str) -> str:
    """Return black or white, depending on the contrast (WCAG 2) to a background such as ``#bbbbbb``."""
    shares = (int(background[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (
        share / 12.92 if share <= _LINEAR_THRESHOLD else ((share + 0.055) / 1.055) ** 2.4 for share in shares
    )
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return "#000" if luminance > _MIDDLE_LUMINANCE else "#fff"


def _status(bar: Mapping[str, Any], renderer: TextRenderer) -> str:
    if not bar.get("status_value"):
        return ""
    colour = bar.get("status_bg", "")
    background = f"#{colour[4:]}" if fits("status_colour", colour) else "#858e99"
    value = renderer.render(bar["status_value"])
    return (
        f'<div style="float:right;font-size:12px"><span style="display:inline-block;width:8px;height:8px;'
        f'border-radius:4px;margin-right:5px;background:{escape(background)}"></span>{value}</div>'
    )


def _form_row(row: Mapping[str, Any], renderer: TextRenderer) -> str:
    key, value = (renderer.render(row.get(name, "")) for name in ("key", "value"))
    return f'<div><span style="{_FAINT}">{key}</span> {value}</div>'


def _rich(rich: Mapping[str, Any], renderer: TextRenderer) -> str:
    number, unit = (renderer.render(rich.get(name, "")) for name in ("num", "unit"))
    return f'<div><span style="font-size:24px;font-weight:600">{number}</span> {unit}</div>' if number or unit else ""


def _foot(body: Mapping[str, Any], renderer: TextRenderer) -> str:
    files = body.get("file_count", "")
    left = escape(say("preview.files", n=_PLACEHOLDER)).replace(_PLACEHOLDER, renderer.render(files)) if files else ""
    author = renderer.render(body.get("author", ""))
    if not (left or author):
        return ""
    style = f"display:flex;justify-content:space-between;font-size:12px;{_FAINT}"
    return f'<div style="{style}"><span>{left}</span><span>{author}</span></div>'


def _picture(address: str, renderer: TextRenderer, style: str = "") -> str:
    """Return a picture or, if only its address is known, a frame with the address."""
    attached = renderer.find_attachment(address)
    if attached is not None:
        return f'<div style="{style}">{_show_content(attached)}</div>'
    shown = f"{escape(say('preview.picture'))}<br>{renderer.render(address)}"
    return f'<span style="{PICTURE_STYLE}{style}">{shown}</span>'


def _target(address: str, renderer: TextRenderer) -> str:
    return _block(
        f"→ {renderer.render(address)}",
        f"margin-top:8px;font-size:12px;overflow-wrap:anywhere;{_FAINT}",
    )


def _show_content(content: Content) -> str:
    """Return a content as HTML, with a picture embedded."""
    if content.kind == "image":
        try:
            data, mime = _thumbnail(content)
        except DingError as error:
            reasons = {"media.no_preview": sentences(error.text, error.advice), "media.not_kept": error.text}
            why = reasons.get(error.text.key, Text("preview.picture_gone"))
            return f'<span style="{PICTURE_STYLE}">{escape(content.name)}<br>{escape(str(why))}</span>'
        encoded = b64encode(data).decode()
        return f'<img alt="{escape(content.name)}" style="{_IMAGE}" src="data:{mime};base64,{encoded}">'
    badge = escape(content.name.rpartition(".")[2][:5].upper() or "FILE")
    name = f'<div style="font-weight:600">{escape(content.name)}</div>'
    size = format_size(content.size) if content.size else ""
    return (
        f'<div style="{_FILE}"><span style="{_BADGE}">{badge}</span>'
        f'<div>{name}<div style="font-size:12px;opacity:.7">{size}</div></div></div>'
    )


@lru_cache(maxsize=32)
def _thumbnail(content: Content) -> tuple[bytes, str]:
    return thumbnail(content.read(), content.mime)

"""Functions that create messages: one for each type of work notification, and two for cards."""

import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from dingnb.clock import BEIJING
from dingnb.errors import MessageError
from dingnb.errors.arguments import explains_arguments, is_integer, is_iterable
from dingnb.limits import STANDARD
from dingnb.messages.message import Message
from dingnb.messages.survey_fields import FormField
from dingnb.messages.validation import DEADLINE_FORMAT, Fault
from dingnb.words.visible import safe_str

Items = Mapping[str, str] | Iterable[Mapping[str, str] | Sequence[str]]
"""The items of a list of a message: each item is a mapping of its fields, or the values of its fields in order."""

Buttons = Mapping[str, str | tuple[str, str] | list[str]] | Iterable[Mapping[str, str]]
"""The buttons of a card: keys with texts, or with pairs of text and address; or a mapping of fields for each button."""


@explains_arguments
def text(content: str, *, body_bytes: int = STANDARD.body_bytes) -> Message:
    """
    Return a plain text message.

    ``{{ column }}`` is filled in for each row, and filters format the value: ``{{ net | money }}``. The filters are
    `money`, `number`, `percent`, `date`, `default`, `round`, `upper`, `lower`, `replace`, `truncate`, `join`, `format`
    and other filters of Jinja; docs/templates.md lists them all.

    Args:
        content: The text. The whole message may have 2,048 bytes, about 660 Chinese characters or 2,000 letters, unless
            `body_bytes` is larger; for the text alone DingTalk advises 500 characters, and accepts 5,000. Templates are
            allowed: ``"Hi {{ name }}"``.
        body_bytes: The maximum size of `msg` in bytes.

    Raises:
        MessageError: `content` is empty or too long.
        TemplateError: `content` is not a valid template.

    >>> text("Hi {{ name }}")
    text(content='Hi {{ name }}')
    """
    return Message.of("text", {"content": content}, body_bytes=body_bytes)


@explains_arguments
def markdown(title: str, text: str, *, body_bytes: int = STANDARD.body_bytes) -> Message:
    """
    Return a message in DingTalk's subset of markdown (docs/dingtalk.md, "Messages").

    Args:
        title: The text in the list of chats, at most 64 characters. Templates are allowed.
        text: The text. The whole message may have 2,048 bytes, about 650 Chinese characters, unless `body_bytes` is
            larger; DingTalk accepts 5,000 characters of text. Templates are allowed, as in `dingnb.text`. The preview
            marks markdown that DingTalk does not support.
        body_bytes: The maximum size of `msg` in bytes.

    Raises:
        MessageError: A field is empty or too long.
        TemplateError: A field is not a valid template.
    """
    return Message.of("markdown", {"title": title, "text": text}, body_bytes=body_bytes)


@explains_arguments
def link(
    title: str,
    text: str,
    message_url: str,
    pic_url: Any,  # noqa: ANN401 - as for `image`
    *,
    folder: str | os.PathLike[str] | None = None,
    body_bytes: int = STANDARD.body_bytes,
) -> Message:
    """
    Return a card with a link.

    Args:
        title: The card's title; DingTalk advises at most 100 characters. Templates are allowed, here and below.
        text: The card's text; DingTalk advises at most 500 characters.
        message_url: The link target: http, https, dingtalk:// or eapp://.
        pic_url: The picture: an http or https address, or what `image` takes.
        folder: As for `image`.
        body_bytes: The maximum size of `msg` in bytes.

    Raises:
        MessageError: A field is empty or of the wrong kind.
        TemplateError: A field is not a valid template.
        MissingPackageError: As for `image`.
    """
    arguments = {"title": title, "text": text, "message_url": message_url, "pic_url": pic_url}
    return Message.of("link", arguments, body_bytes=body_bytes, folder=folder)


@explains_arguments
def image(
    source: Any,  # noqa: ANN401 - figures of several libraries
    *,
    name: str | None = None,
    folder: str | os.PathLike[str] | None = None,
    body_bytes: int = STANDARD.body_bytes,
) -> Message:
    """
    Return a picture, which `Plan.send` uploads once.

    Args:
        source: A figure of matplotlib, seaborn, plotly or altair, an image of PIL, a DataFrame (drawn as a table), a
            path (jpg, png, gif or bmp, at most 20 MB), bytes, an open file, or a media id (``"@lADOADmaWMzazQKA"``).
            A path may be a template, with a different picture for each row: ``"charts/{{ userid }}.png"``.
        name: The picture's file name.
        folder: The folder of relative paths, which no row's path may leave; by default the folder in a template's
            fixed part.
        body_bytes: The maximum size of `msg` in bytes.

    Raises:
        MessageError: `source` cannot be sent as a picture; the error says why and what to do.
        TemplateError: `source` cannot be read as a template.
        MissingPackageError: The package with which a library saves its figures is not installed.

    Example:
        >>> from matplotlib.figure import Figure
        >>> figure = Figure()
        >>> _ = figure.subplots().plot([1, 3, 2])
        >>> image(figure).msgtype
        'image'
    """
    return Message.of("image", {"source": source}, body_bytes=body_bytes, name=name, folder=folder)


@explains_arguments
def voice(
    source: Any,  # noqa: ANN401 - a path, bytes or an open file
    duration: str | int,
    *,
    name: str | None = None,
    folder: str | os.PathLike[str] | None = None,
    body_bytes: int = STANDARD.body_bytes,
) -> Message:
    """
    Return a voice message; `Plan.send` uploads its audio file once.

    Args:
        source: A path (amr, mp3 or wav, at most 2 MB), bytes, an open file, or a media id. Templates are allowed, here
            and below.
        duration: The length of the recording in whole seconds, from 1 to 59.
        name: The audio file's name.
        folder: As for `image`.
        body_bytes: The maximum size of `msg` in bytes.

    Raises:
        MessageError: A field is empty or of the wrong kind, or `source` cannot be sent as a voice message.
        TemplateError: A field is not a valid template.
    """
    arguments = {"source": source, "duration": _as_text(duration)}
    return Message.of("voice", arguments, body_bytes=body_bytes, name=name, folder=folder)


@explains_arguments
def file(
    source: Any,  # noqa: ANN401 - a path, bytes, an open file or a DataFrame
    *,
    name: str | None = None,
    folder: str | os.PathLike[str] | None = None,
    body_bytes: int = STANDARD.body_bytes,
) -> Message:
    """
    Return a file, or a template for one file per row; `Plan.send` uploads each file once.

    Args:
        source: A path (doc, docx, xls, xlsx, ppt, pptx, pdf, zip or rar, at most 10 MB), bytes with a `name`, an open
            file, a DataFrame (as an Excel workbook), or a media id. A path may be a template:
            ``"payslips/{{ userid }}.pdf"``, or ``"{{ path }}"`` for a column of paths.
        name: The file name that recipients see; by default the name in the path. If the path has tags, the name may
            have tags, too: ``"工资条_{{ name }}.pdf"``.
        folder: As for `image`.
        body_bytes: The maximum size of `msg` in bytes.

    Raises:
        MessageError: `source` cannot be sent as a file; the error says why and what to do.
        TemplateError: `source` cannot be read as a template.

    Example:
        >>> file("payslips/{{ userid }}.pdf")
        file(source='payslips/{{ userid }}.pdf')
    """
    return Message.of("file", {"source": source}, body_bytes=body_bytes, name=name, folder=folder)


@explains_arguments
def action_card(
    markdown: str,
    *,
    title: str | None = None,
    single_title: str | None = None,
    single_url: str | None = None,
    btn_json_list: Items | None = None,
    btn_orientation: str | None = None,
    body_bytes: int = STANDARD.body_bytes,
) -> Message:
    """
    Return a card with either one button or a list of buttons.

    Args:
        markdown: The text, in DingTalk's subset; DingTalk advises at most 1,000 characters. Templates are
            allowed, here and below.
        title: The text in the list of chats, at most 64 characters.
        single_title: The text of the single button, at most 20 characters.
        single_url: The link target, at most 500 characters.
        btn_json_list: One to five buttons: pairs of title (20 characters) and address (700), or dicts with
            ``title`` and ``action_url``; at most 1,000 characters of JSON in all.
        btn_orientation: ``"0"`` stacks the buttons, which is the default; ``"1"`` puts the buttons side by side.
        body_bytes: The maximum size of `msg` in bytes.

    Raises:
        MessageError: A field is empty, too long or of the wrong type, or there is not exactly one form of buttons.
        TemplateError: A field is not a valid template.

    >>> action_card("Ready?", btn_json_list=[("Yes", "https://example.com/{{ id }}")]).columns
    ('id',)
    """
    if btn_json_list is not None and btn_orientation is None:
        btn_orientation = "0"
    arguments = {
        "title": title,
        "markdown": markdown,
        "single_title": single_title,
        "single_url": single_url,
        "btn_orientation": btn_orientation,
        "btn_json_list": btn_json_list,
    }
    return Message.of("action_card", arguments, body_bytes=body_bytes)


@explains_arguments
def oa(  # noqa: PLR0913 - the fields are DingTalk's
    message_url: str,
    *,
    head_bgcolor: str = "FFBBBBBB",
    head_text: str = "OA",
    pc_message_url: str | None = None,
    status_value: str | None = None,
    status_bg: str | None = None,
    title: str | None = None,
    form: Items | None = None,
    rich_num: str | None = None,
    rich_unit: str | None = None,
    content: str | None = None,
    image: Any = None,  # noqa: ANN401 - as for `dingnb.image`
    file_count: str | int | None = None,
    author: str | None = None,
    folder: str | os.PathLike[str] | None = None,
    body_bytes: int = STANDARD.body_bytes,
) -> Message:
    """
    Return an OA card: a coloured header above a form, a large number, a text and a picture.

    Args:
        message_url: The link target. Templates are allowed, here and below.
        head_bgcolor: The colour of the header: 8 hex digits, AARRGGBB.
        head_text: The text of the header; work notifications show the app's name instead.
        pc_message_url: The link target on a computer.
        status_value: The text of the status bar. With a status bar, a call goes to at most 5 people, so more calls are
            needed.
        status_bg: The colour of the status bar: ``0xFF`` and 6 hex digits.
        title: The title; DingTalk advises at most 50 characters.
        form: Rows of the form, as a mapping, pairs, or dicts with ``key`` and ``value``; DingTalk shows 6.
        rich_num: A number in large type.
        rich_unit: The unit of `rich_num`.
        content: The text; DingTalk shows its first 3 lines.
        image: A picture: what `dingnb.image` takes.
        file_count: The displayed number of attached files.
        author: The displayed author.
        folder: As for `dingnb.image`.
        body_bytes: The maximum size of `msg` in bytes.

    Raises:
        MessageError: A field is empty or of the wrong kind, or the card would show nothing.
        TemplateError: A field is not a valid template.
        MissingPackageError: As for `dingnb.image`.

    >>> oa("https://example.com", title="Leave", form={"Name:": "{{ name }}"}).columns
    ('name',)
    """
    arguments = {
        "message_url": message_url,
        "pc_message_url": pc_message_url,
        "head_bgcolor": head_bgcolor,
        "head_text": head_text,
        "status_value": status_value,
        "status_bg": status_bg,
        "title": title,
        "form": form,
        "rich_num": rich_num,
        "rich_unit": rich_unit,
        "content": content,
        "image": image,
        "file_count": _as_text(file_count),
        "author": author,
    }
    return Message.of("oa", arguments, body_bytes=body_bytes, folder=folder)


@explains_arguments
def card(
    title: str,
    text: str | None = None,
    *,
    buttons: Buttons | None = None,
    template: str | None = None,
    data: Mapping[str, str] | Iterable[Mapping[str, str]] | None = None,
    private: Mapping[str, str] | Iterable[Mapping[str, str]] | None = None,
    counts: Literal["first", "last"] | None = None,
    deadline: str | datetime | None = None,
) -> Message:
    """
    Return an interactive card that people answer by pressing a button.

    By default, the template in the connection's settings shows the card. Try the card with ``plan.test``: on LIVE, a
    campaign can use a template only after somebody has pressed a card with this template, since a call succeeds even
    for a template that shows nothing.

    Args:
        title: The title, which is also the line in the list of chats. Templates are allowed, here and below, but not in
            keys and names.
        text: The text, in DingTalk's subset of markdown.
        buttons: The buttons: a mapping of keys, which the answers contain, to the texts that people see:
            ``{"yes": "Coming", "no": "Not coming"}``. A pair of text and address is a link, which is not reported as an
            answer: ``{"map": ("Map", "https://…")}``. Also a list of dicts with ``key``, ``label`` and, for a link,
            ``url``. With `template`, the buttons only name the answers that the template can give.
        template: The id of a template of your own (``"….schema"``), instead of `text`.
        data: The template's variables and their values.
        private: The template's private variables and their values, which only the recipient sees.
        counts: Which answer of a person counts: by default the ``"last"``, or the ``"first"``.
        deadline: The minute from which answers are late, in Beijing: ``"2026-12-01 18:00"``, or a datetime, whose time
            zone is respected and whose seconds are dropped. Cards do not show the deadline by themselves.

    Raises:
        MessageError: A field is missing or invalid, or the card is too large.
        TemplateError: A field is not a valid template.

    >>> card("Team day", "{{ name }}, are you coming?", buttons={"yes": "Yes", "no": "No"}).columns
    ('name',)
    """
    arguments = {
        "title": title,
        "text": text,
        "buttons": None if buttons is None else _buttons(buttons),
        "template": template,
        "data": data,
        "private": private,
        "counts": counts,
        "deadline": _deadline(deadline),
    }
    return Message.of("card", arguments)


@explains_arguments
def survey(
    title: str,
    text: str,
    *,
    fields: Iterable[FormField | Mapping[str, str]],
    submit: str | None = None,
    counts: Literal["first", "last"] | None = None,
    deadline: str | datetime | None = None,
) -> Message:
    """
    Return a card with a form, which people fill in.

    Args:
        title: The title, which is also the line in the list of chats. Templates are allowed, here and below.
        text: The text, in DingTalk's subset of markdown.
        fields: The fields, made by `dingnb.fields`.
        submit: The text of the button that submits the form; by default “提交 / Submit”.
        counts: As for `card`.
        deadline: As for `card`.

    Raises:
        MessageError: A field is missing or invalid, or the card is too large.
        TemplateError: A field is not a valid template.

    >>> from dingnb import fields
    >>> survey("Lunch", "Please choose.", fields=[fields.choice("dish", "Dish", ["Rice", "Noodles"])]).msgtype
    'survey'
    """
    items: Any = fields
    if is_iterable(items) and not isinstance(items, str | Mapping):
        items = _field_items(items)
    arguments = {
        "title": title,
        "text": text,
        "fields": items,
        "submit": submit,
        "counts": counts,
        "deadline": _deadline(deadline),
    }
    return Message.of("survey", arguments)


def _field_items(fields: Iterable[Any]) -> list[Any]:
    """Return the items of fields, up to the first item that is not a field, for which the message is refused."""
    items = []
    for form_field in fields:
        items.append(form_field.item if isinstance(form_field, FormField) else form_field)
        if not isinstance(form_field, FormField | Mapping):
            break
    return items


def _deadline(deadline: Any) -> Any:  # noqa: ANN401 - other types are refused later
    if deadline is None or isinstance(deadline, str):
        return deadline
    if not isinstance(deadline, datetime):
        # Refused as a time that is invalid, rather than as a value that is not text: a datetime is not text either.
        return safe_str(deadline)
    try:
        return (deadline if deadline.tzinfo is None else deadline.astimezone(BEIJING)).strftime(DEADLINE_FORMAT)
    except (OverflowError, ValueError):  # a missing value of pandas, or a time beyond what Python can convert
        return safe_str(deadline)


def _buttons(buttons: Any) -> Any:  # noqa: ANN401 - other types are refused later
    if not isinstance(buttons, Mapping):
        return buttons
    items = []
    for key, value in buttons.items():
        label, url = value if isinstance(value, tuple | list) and len(value) == 2 else (value, "")  # noqa: PLR2004 - a pair
        if not isinstance(key, str):
            raise MessageError(*Fault("card.buttons.key", "not_text", value=type(key).__name__).sentences())
        items.append({"key": key, "label": label, "url": url})
    return items


def _as_text(number: Any) -> Any:  # noqa: ANN401 - other types are refused later
    return safe_str(number) if is_integer(number) else number

"""Functions that create messages: one for each type of work notification."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dingnb.limits import STANDARD
from dingnb.messages.message import Message

Items = Mapping[str, str] | Iterable[Mapping[str, str] | Sequence[str]]


def text(content: str, *, body_bytes: int = STANDARD.body_bytes) -> Message:
    """
    Return a plain text message.

    ``{{ column }}`` is filled in for each row, and filters change what is written: ``{{ net | money }}``. The filters
    are `money`, `number`, `percent`, `date`, `default`, `round`, `upper`, `lower`, `replace`, `truncate`, `join`,
    `format` and others of Jinja's; docs/templates.md lists them all.

    Args:
        content: The text. The whole message may have 2,048 bytes, some 660 Chinese characters or 2,000 letters; for
            the text alone DingTalk advises 500 characters, and takes 5,000. Templates are allowed:
            ``"Hi {{ name }}"``.
        body_bytes: The maximum size of `msg` in bytes.

    Raises:
        MessageError: `content` is empty or too long.
        TemplateError: `content` is not a valid template.

    >>> text("Hi {{ name }}")
    text(content='Hi {{ name }}')
    """
    return Message.of("text", {"content": content}, body_bytes=body_bytes)


def markdown(title: str, text: str, *, body_bytes: int = STANDARD.body_bytes) -> Message:
    """
    Return a message in DingTalk's subset of markdown (docs/dingtalk.md, "Messages").

    Args:
        title: The text in the list of chats, at most 64 characters. Templates are allowed.
        text: The text. The whole message may have 2,048 bytes, some 650 Chinese characters; DingTalk takes 5,000
            characters of text. Templates are allowed, as for `text`. The preview marks what DingTalk does not show as
            markdown.
        body_bytes: The maximum size of `msg` in bytes.

    Raises:
        MessageError: A field is empty or too long.
        TemplateError: A field is not a valid template.
    """
    return Message.of("markdown", {"title": title, "text": text}, body_bytes=body_bytes)


def link(title: str, text: str, message_url: str, pic_url: str, *, body_bytes: int = STANDARD.body_bytes) -> Message:
    """
    Return a card with a link.

    Args:
        title: The card's title; DingTalk advises at most 100 characters. Templates are allowed, here and below.
        text: The card's text; DingTalk advises at most 500 characters.
        message_url: The link target: http, https, dingtalk:// or eapp://.
        pic_url: The picture: an http or https address, or a media id.
        body_bytes: The maximum size of `msg` in bytes.

    Raises:
        MessageError: A field is empty or of the wrong kind.
        TemplateError: A field is not a valid template.
    """
    arguments = {"title": title, "text": text, "message_url": message_url, "pic_url": pic_url}
    return Message.of("link", arguments, body_bytes=body_bytes)


def image(media_id: str, *, body_bytes: int = STANDARD.body_bytes) -> Message:
    """
    Return a picture.

    Args:
        media_id: DingTalk's id of the uploaded picture, such as ``"@lADOADmaWMzazQKA"``. Templates are allowed.
        body_bytes: The maximum size of `msg` in bytes.

    Raises:
        MessageError: `media_id` is empty or not a media id.
        TemplateError: `media_id` is not a valid template.
    """
    return Message.of("image", {"media_id": media_id}, body_bytes=body_bytes)


def voice(media_id: str, duration: str | int, *, body_bytes: int = STANDARD.body_bytes) -> Message:
    """
    Return a voice message.

    Args:
        media_id: DingTalk's id of the uploaded sound. Templates are allowed, here and below.
        duration: Its length in whole seconds, from 1 to 59.
        body_bytes: The maximum size of `msg` in bytes.

    Raises:
        MessageError: A field is empty or of the wrong kind.
        TemplateError: A field is not a valid template.
    """
    return Message.of("voice", {"media_id": media_id, "duration": _written(duration)}, body_bytes=body_bytes)


def file(media_id: str, *, body_bytes: int = STANDARD.body_bytes) -> Message:
    """
    Return a file.

    Args:
        media_id: DingTalk's id of the uploaded file, which may have 10 MB. Templates are allowed.
        body_bytes: The maximum size of `msg` in bytes.

    Raises:
        MessageError: `media_id` is empty or not a media id.
        TemplateError: `media_id` is not a valid template.
    """
    return Message.of("file", {"media_id": media_id}, body_bytes=body_bytes)


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
        btn_orientation: ``"0"`` puts the buttons below each other, which is the default, ``"1"`` side by side.
        body_bytes: The maximum size of `msg` in bytes.

    Raises:
        MessageError: A field is empty, too long or of the wrong type; there is no button, or both forms are given.
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
    image: str | None = None,
    file_count: str | int | None = None,
    author: str | None = None,
    body_bytes: int = STANDARD.body_bytes,
) -> Message:
    """
    Return an OA card: a headed form with a large figure, a text, a picture.

    Args:
        message_url: The link target. Templates are allowed, here and below.
        head_bgcolor: The colour of the head: 8 hex digits, AARRGGBB.
        head_text: The head's text; work notifications show the app's name in its place.
        pc_message_url: The link target on a computer.
        status_value: The text of the status bar. A card with a status bar goes to 5 people at most.
        status_bg: The colour of the status bar: ``0xFF`` and 6 hex digits.
        title: The title; DingTalk advises at most 50 characters.
        form: Rows of the form, as a mapping, pairs, or dicts with ``key`` and ``value``; DingTalk shows 6.
        rich_num: A large figure.
        rich_unit: Its unit.
        content: A text, of which DingTalk shows 3 lines.
        image: The media id of a picture.
        file_count: The displayed number of attached files.
        author: The displayed author.
        body_bytes: The maximum size of `msg` in bytes.

    Raises:
        MessageError: A field is empty or of the wrong kind, or the card would show nothing.
        TemplateError: A field is not a valid template.

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
        "file_count": _written(file_count),
        "author": author,
    }
    return Message.of("oa", arguments, body_bytes=body_bytes)


def _written(number: Any) -> Any:  # noqa: ANN401 - other types are refused later
    return str(number) if type(number) is int else number

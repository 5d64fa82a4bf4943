"""
Attachments: the media that a message's fields hold as values, such as a figure, a file or a path.

A field holds the reference of its content (`dingnb.media.references`). A path with template tags is resolved for each
row, in the folder that the path's fixed part names.
"""

import os
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dingnb.errors import InputError, MessageError
from dingnb.errors.arguments import short_repr
from dingnb.media import Content, Media, content_of, find_kind, resolve_path
from dingnb.media.formats import check_size
from dingnb.media.references import is_reference
from dingnb.messages.leaves import TAG_STARTS, is_template
from dingnb.messages.types import MEDIA_ID, WEB_ADDRESS, MessageType
from dingnb.messages.validation import RowFailure
from dingnb.words import Text, field_name
from dingnb.words.visible import truncate

if TYPE_CHECKING:
    from dingnb.messages.template import Template

MEDIA_FIELD_KINDS = frozenset({"media_id", "picture"})
"""The kinds of field that can hold media."""

_MAX_PATH_LENGTH = 100
_MEDIA_TYPES = frozenset({"image", "file", "voice"})
"""Message types that consist of media."""


def media_kind_of(message_type: MessageType) -> str:
    """Return the kind of media in the fields of a message type: ``image``, ``file`` or ``voice``."""
    return message_type.name if message_type.name in {"file", "voice"} else "image"


def attach(
    message_type: MessageType, arguments: Mapping[str, Any], *, name: str | None = None, folder: str = ""
) -> tuple[dict[str, Any], tuple[Content, ...]]:
    """
    Return arguments with references in place of media, and the media.

    Args:
        message_type: The message type.
        arguments: The message's fields by their Python names. In a media field, an address, a media id, a reference or
            a template stays unchanged.
        name: The file name that recipients see.
        folder: The folder of relative paths.

    Raises:
        MessageError: A value cannot be sent as this kind of media; or the name is not text, or has tags although
            everybody gets the same file.
    """
    if not isinstance(name, str | None):
        raise MessageError(Text("media.bad_name", name=short_repr(name)), Text("media.no_name_todo"))
    arguments_with_references, contents = dict(arguments), []
    for field in message_type.fields:
        value = arguments.get(field.python_name)
        is_given = value is not None or (message_type.name in _MEDIA_TYPES and field.python_name in arguments)
        if field.kind not in MEDIA_FIELD_KINDS or not is_given:
            continue
        if isinstance(value, os.PathLike) and is_template(os.fsdecode(value)):
            value = os.fsdecode(value)
        if is_template(name or "") and not (isinstance(value, str) and is_template(value)):
            raise MessageError(Text("media.name_tags", name=name), Text("media.name_tags_todo"))
        if not isinstance(value, str) or not (is_template(value) or is_sent_unchanged(value) or not value.strip()):
            try:
                if isinstance(value, Media):
                    value = _check_upload(value, media_kind_of(message_type))
                else:
                    contents.append(_content(value, media_kind_of(message_type), name, folder))
                    value = contents[-1].reference
            except InputError as error:
                raise MessageError(
                    _in_field(message_type, f"{message_type.name}.{field.name}", error.text), error.advice
                ) from None
        arguments_with_references[field.python_name] = value
    return arguments_with_references, tuple(contents)


class RowAttachments:
    """
    Resolves the paths of many rows, and collects their contents.

    Args:
        message_type: The message type.
        folder: The folder of relative paths, which no path may leave. If empty, the folder in the template's fixed
            part; if that part has no folder, the working directory, and absolute paths may name any file.

    Attributes:
        contents: The contents found, by reference.
        paths: The path of each row, in the order of the rows.
    """

    def __init__(self, message_type: MessageType, folder: str) -> None:
        self.contents: MutableMapping[str, Content] = {}
        self.paths: list[str] = []
        self._message_type, self._media_kind = message_type, media_kind_of(message_type)
        self._folder = folder
        self._found: dict[tuple[str, str | None], Content | InputError] = {}

    def attach(
        self,
        texts: Sequence[str],
        template: "Template",
        failures: MutableMapping[int, RowFailure],
        names: Sequence[str] | None = None,
    ) -> list[str]:
        """
        Return the value of a field in each row: the reference of the row's file, or the text if it is not a path.

        Args:
            texts: The rendered texts.
            template: The field's template.
            failures: The failed rows; rows whose file cannot be sent are added.
            names: The file name that the recipient of each row sees; if None, files are named after their paths.
        """
        folder = self._folder or fixed_folder_of(template.source)
        self.paths += texts
        values = list(texts)
        column = template.columns[0] if len(template.columns) == 1 else ""
        for position, text in enumerate(texts):
            if position in failures or is_address_or_id(text) or not text.strip():
                continue
            file = self._find(text, folder, names[position] if names is not None else None)
            if isinstance(file, InputError):
                reason = _in_field(self._message_type, template.where, file.text)
                failures[position] = RowFailure(position, column, reason, file.advice)
            else:
                self.contents.setdefault(file.reference, file)
                values[position] = file.reference
        return values

    def _find(self, text: str, folder: str, name: str | None) -> Content | InputError:
        key = (text, name)
        if key not in self._found:
            try:
                self._found[key] = _file_of_row(text, self._folder, folder, self._media_kind, name)
            except InputError as error:
                self._found[key] = error
        return self._found[key]


def advise_on_path(failure: RowFailure) -> RowFailure:
    """Return the failure to render a path, without the advice to give missing values a default: files have none."""
    is_missing = failure.reason.key == "template.missing_value"
    return replace(failure, hint=Text("media.missing_value_todo")) if is_missing else failure


def is_sent_unchanged(text: str) -> bool:
    """
    Return whether a text in a media field is sent unchanged, as an address, a media id or a reference.

    Media ids begin with ``@`` or ``$``. Other texts count as media ids if they have the form of an id and no file has
    this name.

    >>> is_sent_unchanged("@lADOADmaWMzazQKA"), is_sent_unchanged("charts/week.png")
    (True, False)
    """
    if is_address_or_id(text):
        return True
    if "/" in text or not MEDIA_ID.fullmatch(text):
        return False
    try:
        return not Path(text).exists()
    except OSError:
        return True


def is_address_or_id(text: str) -> bool:
    """
    Return whether a text in a media field is an address, a media id with its ``@`` or ``$``, or a reference.

    Any other text in a row is a path: a word such as "pending" is not a media id.
    """
    return is_reference(text) or WEB_ADDRESS.match(text) is not None or text.startswith(("@", "$"))


def fixed_folder_of(source: str) -> str:
    """
    Return the folder in a path template before the first tag; empty without a folder or a tag.

    >>> fixed_folder_of("payslips/{{ userid }}.pdf"), fixed_folder_of("{{ path }}")
    ('payslips', '')
    """
    first_tag_start = min((at for tag in TAG_STARTS if (at := source.find(tag)) >= 0), default=0)
    folder, separator, _ = source[:first_tag_start].rpartition("/")
    return folder or separator


def attachment_of(message_type: MessageType, value: Any, name: str | None = None, folder: str = "") -> Content:  # noqa: ANN401 - as `content_of`
    """
    Return the content of a value in the media field of a message type, like `attach`.

    Raises:
        InputError: The value cannot be sent as this kind of media.
    """
    return _content(value, media_kind_of(message_type), name, folder)


def row_attachment_of(message_type: MessageType, text: str, source: str, folder: str = "") -> Content:
    """
    Return the file of one row, as `RowAttachments` finds it.

    Args:
        message_type: The message type.
        text: The rendered path.
        source: The template of the path.
        folder: The folder of relative paths; if empty, the folder of the template's fixed part.

    Raises:
        InputError: The folder has no such file, or the file cannot be sent as this kind of media.
    """
    return _file_of_row(text, folder, folder or fixed_folder_of(source), media_kind_of(message_type), None)


def _content(value: Any, kind: str, name: str | None, folder: str) -> Content:  # noqa: ANN401 - as `content_of`
    if isinstance(value, str):
        value = Path(value)
    try:
        if folder and isinstance(value, os.PathLike):
            value = resolve_path(value, folder)
        return content_of(value, kind, name, max_bytes=_max_bytes(kind))
    except InputError:
        raise
    except (OSError, ValueError) as error:
        raise _unusable_path(value, error) from None


def _file_of_row(text: str, given_folder: str, folder: str, kind: str, name: str | None) -> Content:
    """Return the file of a row's path, which must be in `folder` unless `folder` is empty."""
    try:
        # The text of a path includes the template's fixed part, but not the given folder.
        path = text if given_folder or not folder else os.fspath(Path(text).relative_to(folder))
        return content_of(_path_in(path, folder), kind, name, max_bytes=_max_bytes(kind), shown=text)
    except InputError:
        raise
    except (OSError, ValueError, RuntimeError) as error:
        raise _unusable_path(text, error) from None


def _unusable_path(path: object, error: Exception) -> InputError:
    """Return the error for a path that the operating system rejects, such as a path that is too long."""
    reason = getattr(error, "strerror", None) or str(error)
    shown = truncate(str(path), _MAX_PATH_LENGTH)
    return InputError(Text("media.not_opened", path=shown, reason=reason), Text("media.missing_todo"))


def _check_upload(media: Media, kind: str) -> str:
    """Return the media id of an upload, checked to be sendable as this kind."""
    if media.kind != kind:
        what = Text("media.other_type", name=media.name, type=media.kind, kind=Text(f"media.kind_{kind}"))
        raise InputError(what, Text("media.other_type_todo", kind=kind))
    check_size(media.name, media.size, _max_bytes(kind))
    return media.id


def _in_field(message_type: MessageType, where: str, problem: Text) -> Text:
    """Return the problem of a file, naming the message's field unless the whole message is the file."""
    if message_type.name in _MEDIA_TYPES:
        return problem
    return Text("message.failed", field=field_name(where), reason=problem)


def _max_bytes(kind: str) -> int:
    return find_kind(kind).max_bytes_in_message


def _path_in(text: str, folder: str) -> Path:
    if folder:
        return resolve_path(text, folder)
    path = Path(text)
    try:
        return resolve_path(path, path.parent if path.is_absolute() else Path.cwd())
    except InputError as error:
        if error.text.key != "media.missing_here":
            raise
        # No folder was given, so the advice must not say to put the file into the folder.
        raise InputError(Text("media.missing", **dict(error.text.fields)), Text("media.missing_todo")) from None

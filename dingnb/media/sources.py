"""Converts anything that can be sent to a `Content`: paths, bytes, open files, figures, images and tables."""

import errno
import io
import os
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

from dingnb.errors import InputError
from dingnb.errors.arguments import short_repr
from dingnb.media import figures, frames, pictures
from dingnb.media.content import Content, expand_home, open_regular_file
from dingnb.media.formats import ARCHIVE_OPENING_ERRORS, KINDS, check_size, find_kind, format_of
from dingnb.words import Text, sentences

_MAX_BYTES = max(kind.max_bytes for kind in KINDS.values())


def content_of(
    value: Any,  # noqa: ANN401 - see below
    kind: str,
    name: str | None = None,
    *,
    max_bytes: int | None = None,
    shown: str = "",
) -> Content:
    """
    Return anything that can be sent as a `Content`.

    Args:
        value: A path; bytes, with a `name`; a file opened for reading bytes, which is read from its start; a figure,
            axes or chart of matplotlib, seaborn, plotly or altair; an image of PIL; a DataFrame, which becomes a
            picture of a table, or for ``file`` an Excel workbook; or a `Content`.
        kind: ``image``, ``file``, ``voice`` or ``video``.
        name: The file name that recipients see. Required for ``file`` if `value` is bytes or an open file without a
            name; ignored if `value` is a `Content`. By default, the value's own name or a usual name.
        max_bytes: Maximum size; by default the maximum of an upload. Larger pictures of figures, images and tables are
            re-encoded, and `Content.note` says so; everything else that is larger is refused.
        shown: The path in errors about the content of a file; by default the whole path.

    Raises:
        InputError: The value cannot be sent; the error says why and what to do.
        MissingPackageError: A package for drawing, reducing or saving the value is not installed.

    Example:
        >>> content_of(b"%PDF-1.7 ...", "file", "payslip.pdf").mime
        'application/pdf'
    """
    max_bytes = max_bytes or find_kind(kind).max_bytes
    given_name: object = name
    if given_name is not None and not (isinstance(given_name, str) and given_name.strip()):
        raise InputError(Text("media.bad_name", name=short_repr(name)), Text("media.no_name_todo"))
    if isinstance(value, Content):
        if value.kind != kind:
            raise _not_media_error(value, kind)
        check_size(value.name, value.size, max_bytes)
        return value
    if isinstance(value, str | os.PathLike):
        return Content.from_path(_path_of(value), kind, name, max_bytes, shown)
    if isinstance(value, bytes | bytearray | memoryview):
        return _content_of_bytes(bytes(value), kind, name, max_bytes)
    if figures.is_figure(value) or figures.library_of(value) in {"PIL", "pandas"}:
        return _content_of_object(value, kind, name, max_bytes)
    if callable(getattr(value, "read", None)):
        return _content_of_bytes(_read_file(value, max_bytes), kind, name or _name_of(value), max_bytes)
    raise _not_media_error(value, kind)


def kind_for(value: Any) -> str:  # noqa: ANN401 - as `content_of`
    """
    Return the kind of media for a value to send, by the content of files; ``file`` if no other kind fits.

    Raises:
        InputError: A file cannot be read, or the value is not media.

    >>> kind_for(b"%PDF-1.7"), kind_for(b"GIF89a")
    ('file', 'image')
    """
    if isinstance(value, Content):
        return value.kind
    if figures.is_figure(value) or figures.library_of(value) in {"PIL", "pandas"}:
        return "image"
    if isinstance(value, str | os.PathLike):
        with open_regular_file(_path_of(value)) as file:
            format_name = _format_in(file)
    elif isinstance(value, bytes | bytearray | memoryview):
        format_name = _format_in(io.BytesIO(value))
    elif callable(getattr(value, "read", None)):
        if not _is_seekable(value):
            raise InputError(Text("media.unseekable"), Text("media.kind_todo"))
        format_name = _format_in(io.BytesIO(_read_file(value, _MAX_BYTES)))
    else:
        raise _not_media_error(value, "file")
    return next((name for name in ("image", "voice", "video") if format_name in KINDS[name].formats), "file")


def _format_in(file: BinaryIO) -> str:
    try:
        return format_of(file)
    except ARCHIVE_OPENING_ERRORS:
        # A damaged archive; sending it as a file is refused with the reason.
        return "zip"


def is_offered(value: object, kind: str) -> bool:
    """Return whether a form offers to send an object of the notebook, a figure, an image or a table, as this kind."""
    library = figures.library_of(value)
    if library == "pandas":
        return hasattr(value, "columns") and kind in {"image", "file"}
    return kind == "image" and (figures.is_whole_figure(value) or (library == "PIL" and hasattr(value, "getbands")))


def _path_of(value: str | os.PathLike[Any]) -> Path:
    path_text = os.fspath(value)
    if not str(path_text).strip():
        raise InputError(Text("media.no_path"), Text("media.no_path_todo"))
    return expand_home(Path(os.fsdecode(path_text)))


def _content_of_bytes(data: bytes, kind: str, name: str | None, max_bytes: int) -> Content:
    if name is None and kind == "file":
        raise InputError(Text("media.no_name"), Text("media.no_name_todo"))
    return Content.from_bytes(data, kind, name or kind, max_bytes=max_bytes)


def _read_file(file: Any, max_bytes: int) -> bytes:  # noqa: ANN401 - of any class
    """Return the bytes of an open file, from its start and with its position restored if it is seekable."""
    name = _name_of(file) or "file"
    if isinstance(file, io.TextIOBase):
        raise InputError(Text("media.text_file"), Text("media.text_file_todo"))
    try:
        position = file.tell() if _is_seekable(file) else None
        if position is not None:
            file.seek(0)
        data = _read_now(file, max_bytes + 1)
        # A pipe may return less than requested.
        while isinstance(data, bytes) and data and len(data) <= max_bytes and (more := _read_now(file, max_bytes + 1)):
            data += more
        if position is not None:
            file.seek(position)
    except (OSError, ValueError) as error:
        thing = Text("media.thing_file")
        if getattr(file, "closed", False):
            raise InputError(Text("media.closed", thing=thing), Text("media.closed_file_todo")) from None
        raise InputError(Text("media.not_opened", path=name, reason=error), Text("media.no_path_todo")) from None
    if not isinstance(data, bytes):
        raise InputError(Text("media.text_file"), Text("media.text_file_todo"))
    if len(data) > max_bytes:
        # The rest was not read, so the size is known only if the file can report its size.
        size = max(len(data), _size_of(file))
        check_size(name, size, max_bytes)
    return data


def _read_now(file: Any, size: int) -> Any:  # noqa: ANN401 - of any class
    """Return what a file reads; raise if a non-blocking file has nothing yet."""
    data = file.read(size)
    if data is None:
        raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
    return data


def _size_of(file: Any) -> int:  # noqa: ANN401 - of any class
    with suppress(AttributeError, OSError, ValueError):
        position = file.tell()
        size = file.seek(0, os.SEEK_END)
        file.seek(position)
        return int(size)
    return 0


def _is_seekable(file: Any) -> bool:  # noqa: ANN401 - of any class
    seekable = getattr(file, "seekable", None)
    return seekable is not None and bool(seekable())


def _name_of(file: Any) -> str | None:  # noqa: ANN401 - of any class
    # The name of a file of `tempfile.TemporaryFile` is a number.
    name = getattr(file, "name", None)
    return os.path.basename(name) if isinstance(name, str) and name else None  # noqa: PTH119 - of a name, not a path


def _content_of_object(value: Any, kind: str, name: str | None, max_bytes: int) -> Content:  # noqa: ANN401 - of any library
    library = figures.library_of(value)
    if library == "pandas":
        return _content_of_table(value, kind, name, max_bytes)
    if kind != "image":
        what = Text("media.figure_as_file", kind=Text(f"media.kind_{kind}"))
        raise InputError(what, Text("media.figure_as_file_todo"))
    if library == "PIL":
        if not hasattr(value, "getbands"):
            raise _not_media_error(value, kind)
        data, note = pictures.encode(value, max_bytes)
        return Content.from_bytes(data, kind, name or "image", note, max_bytes)
    return _content_of_picture(*figures.draw(value), name or "figure", max_bytes)


def _content_of_table(value: Any, kind: str, name: str | None, max_bytes: int) -> Content:  # noqa: ANN401 - pandas'
    if hasattr(value, "to_frame"):
        if any(isinstance(item, str | os.PathLike) for item in value[:1]):
            # More likely a column of paths, which would be sent to everybody, than a table.
            raise _not_media_error(value, kind)
        value = value.to_frame()
    if not hasattr(value, "itertuples") or kind not in {"image", "file"}:
        raise _not_media_error(value, kind)
    people = frames.people_note(value)
    if kind == "image":
        drawn, note = frames.draw_table(value)
        return _content_of_picture(drawn, sentences(people, note), name or "table", max_bytes)
    name = name or "table.xlsx"
    return Content.from_bytes(frames.make_workbook(value, name), kind, name, people, max_bytes)


def _content_of_picture(drawn: bytes, note: Text, name: str, max_bytes: int) -> Content:
    data, reduced = pictures.reduce_picture(drawn, max_bytes)
    return Content.from_bytes(data, "image", name, sentences(note, reduced), max_bytes)


def _not_media_error(value: object, kind: str) -> InputError:
    if frames.is_missing(value):
        is_plot = value is None and kind == "image"
        return InputError(Text("media.no_value"), Text("media.no_figure_todo" if is_plot else "media.not_media_todo"))
    what = Text("media.not_media", value=short_repr(value), kind=Text(f"media.kind_{kind}"))
    return InputError(what, Text(_hint_key(value, kind)))


def _hint_key(value: Any, kind: str) -> str:  # noqa: ANN401 - of any class
    """Return the key of the hint for a value that cannot be sent."""
    is_array = type(value).__module__ == "numpy" and hasattr(value, "ndim")
    if is_array and value.dtype.kind in "biuf":
        return "media.array_todo" if kind == "image" and value.ndim else "media.not_media_todo"
    if kind == "image" and isinstance(value, list | tuple) and any(map(figures.is_figure, value)):
        return "media.artists_todo"
    is_column = isinstance(value, list | tuple) or is_array or hasattr(value, "to_frame")
    return "media.column_todo" if is_column else "media.not_media_todo"

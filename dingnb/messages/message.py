"""The immutable message, validated when it is created and again after rendering."""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import repeat
from json.encoder import encode_basestring
from typing import TYPE_CHECKING, Any

from dingnb.errors import MessageError
from dingnb.limits import STANDARD
from dingnb.media import Content
from dingnb.media.references import references_in
from dingnb.messages.attachments import MEDIA_FIELDS, RowAttachments, attach
from dingnb.messages.cell_values import MISSING, RowFailure
from dingnb.messages.column_validation import check_lists, check_texts, required_here
from dingnb.messages.fields import TYPES, Field, MessageType
from dingnb.messages.html import TemplateInk
from dingnb.messages.leaves import Leaf, arguments_of, lay_out, nest, skeleton
from dingnb.messages.phone import draw
from dingnb.messages.validation import Fault, content_faults
from dingnb.words import Text, field_name, say

if TYPE_CHECKING:
    from dingnb.messages.template import Template


_FILES_AT_ONCE = 20
"""Rows rendered between two reports of progress where a file is read for each."""

_ROWS_AT_ONCE = 2_000
"""Number of rows rendered at a time, since each text exists in up to five copies."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """
    A message rendered for many rows.

    Attributes:
        bodies: The bytes of `msg` for each row, as sent; None if the row failed.
        failures: The failures in the order of rows, one for each failed row.
        advice: Contents that DingTalk advises against, one sentence for each field.
        attachments: The contents that bodies refer to, by reference.
        paths: For each row the path of its file; empty if no field holds a path with tags.
    """

    bodies: list[bytes | None]
    failures: list[RowFailure]
    advice: tuple[Text, ...]
    attachments: Mapping[str, Content]
    paths: Sequence[str] = ()


@dataclass(frozen=True, repr=False)
class Message:
    """
    A message, or a template for many; created by `text`, `markdown`, `action_card` and so on.

    Attributes:
        msgtype: DingTalk's name of the type.
        content: Its texts with their paths in the type's object, in DingTalk's order:
            ``("btn_json_list[0].title", "Open")``.
        body_bytes: The maximum size of `msg` in bytes. DingTalk's own pages disagree
            (docs/dingtalk.md, "Work notifications: limits"); the default is the cautious 2,048.
        named: Names in tags that Jinja would read otherwise, with their columns; set by `for_columns`.
        folder: The folder of the paths in fields for media, which no row's path may leave; empty: the fixed part of
            the path names it.
        file_name: The file name that recipients see, which may be a template; empty: that of each row's path.
        attachments: The media that its fields refer to; equal messages refer to equal media.

    Raises:
        MessageError: A field is missing, too long or of the wrong kind.
        TemplateError: A template is invalid.
    """

    msgtype: str
    content: tuple[Leaf, ...]
    body_bytes: int = STANDARD.body_bytes
    named: tuple[tuple[str, str], ...] = field(default=(), compare=False)
    folder: str = ""
    file_name: str = ""
    attachments: tuple[Content, ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        if self.msgtype not in TYPES:
            raise _error(Fault("msgtype", "unknown_type", value=str(self.msgtype)))
        for path, value in self.content:
            where = f"{self.msgtype}.{path}"
            if self._kind.find(path) is None:
                raise _error(Fault(where, "unknown_field"))
            if not isinstance(value, str):
                raise _error(Fault(where, "not_text", value=type(value).__name__))
        _ = self.columns
        for fault in self._faults_at_once():
            if fault.hard:
                raise _error(fault)

    @classmethod
    def of(
        cls,
        msgtype: str,
        arguments: Mapping[str, Any],
        *,
        body_bytes: int = STANDARD.body_bytes,
        name: str | None = None,
        folder: str | os.PathLike[str] | None = None,
    ) -> "Message":
        """
        Return a message of any type, as created by forms.

        Args:
            msgtype: DingTalk's name of the type.
            arguments: The arguments of the type's function; None values are left out.
            body_bytes: The maximum size of `msg` in bytes.
            name: The file name that recipients see; a template if a path is one.
            folder: The folder of the paths in fields for media.

        Raises:
            MessageError: A field is missing, too long or of the wrong kind; or a value cannot be sent
                as this kind of media.
            TemplateError: A template is invalid.
        """
        if msgtype not in TYPES:
            raise _error(Fault("msgtype", "unknown_type", value=str(msgtype)))
        kind, inside = TYPES[msgtype], "" if folder is None else os.fsdecode(folder)
        attached, contents = attach(kind, arguments, name=name, folder=inside)
        given = name or "" if not contents else ""
        return cls(msgtype, lay_out(kind, attached), body_bytes, folder=inside, file_name=given, attachments=contents)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The columns that the templates in the message use, in alphabetical order."""
        return tuple(sorted({column for template in self._every_template for column in template.columns}))

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments for the type's function that create this message."""
        return arguments_of(self._kind, self.content)

    def for_columns(self, available: Sequence[object], renamed: Mapping[str, str] | None = None) -> "Message":
        """
        Return the message for rows with these columns, so that tags may contain the name of any column.

        Args:
            available: The columns.
            renamed: The original names of columns in the file, which tags may use as well, with their new names.

        Raises:
            TemplateError: A column used by the message is missing or duplicated.
        """
        templates = [template.for_columns(available, renamed or {}) for template in self._every_template]
        named = tuple(sorted({name for template in templates for name in template.named}))
        return self if named == self.named else replace(self, named=named)

    def render_rows(
        self, columns: Mapping[str, Sequence[object]], length: int, on_rows: Callable[[int], None] = lambda _: None
    ) -> Rendered:
        """
        Render and validate the message for many rows.

        Args:
            columns: The values of all rows for each used column; `MISSING` for missing values.
            length: The number of rows.
            on_rows: Called regularly with the number of rows done.
        """
        worst: dict[str, Fault] = {}
        bodies: list[bytes | None] = []
        failures: list[RowFailure] = []
        files = RowAttachments(self._kind, self.folder)
        files.contents.update((one.reference, one) for one in self.attachments)
        step = _FILES_AT_ONCE if self._has_files else _ROWS_AT_ONCE
        for start in range(0, length, step):
            end = min(start + step, length)
            failed = self._render_some(
                {name: one[start:end] for name, one in columns.items()}, end - start, bodies, worst, files
            )
            failures += [replace(failed[position], position=start + position) for position in sorted(failed)]
            on_rows(end)
        advice = [fault for fault in self._faults_at_once() if not fault.hard]
        advice += [worst[path] for path in self._open if path in worst]
        return Rendered(bodies, failures, tuple(fault.sentences()[0] for fault in advice), files.contents, files.paths)

    def _render_some(
        self,
        columns: Mapping[str, Sequence[object]],
        length: int,
        bodies: list[bytes | None],
        worst: dict[str, Fault],
        files: RowAttachments,
    ) -> dict[int, RowFailure]:
        """Add the bodies of some rows and the worst advice of each field; return the failures by position."""
        failures: dict[int, RowFailure] = {}
        texts_of: dict[str, list[str]] = {}
        for path, template in self._open.items():
            texts, failed = template.render_rows(columns, length)
            for failure in failed:
                failures.setdefault(failure.position, failure)
            if self._fields[path].kind in MEDIA_FIELDS:
                texts = files.attach(texts, template, failures, self._render_names(columns, length, failures))
            found = check_texts(texts, self._fields[path], template.where, failures)
            for position, fault in found.faults.items():
                failures[position] = _failure(position, fault, template.columns)
            if found.advice and (path not in worst or found.advice.length > worst[path].length):
                worst[path] = found.advice
            texts_of[path] = texts
        found = check_lists(self._kind, texts_of, self._fixed, failures)
        for position, fault in found.faults.items():
            failures[position] = _failure(position, fault)
        made = self._bodies(texts_of.values(), length, failures)
        for position in failures:
            made[position] = None
        bodies += made
        return failures

    def _bodies(
        self, texts: Iterable[Sequence[str]], length: int, failures: dict[int, RowFailure]
    ) -> list[bytes | None]:
        frame = self._skeleton
        quoted = [list(map(encode_basestring, one)) for one in texts]
        rows = zip(*quoted, strict=True) if quoted else repeat((), length)
        filled = [frame % row for row in rows]
        bodies: list[bytes | None] = []
        try:
            bodies += [body.encode() for body in filled]
        except UnicodeEncodeError:
            bodies = [_encoded(body) for body in filled]
        for position, body in enumerate(bodies):
            if body is None:
                failures.setdefault(position, _failure(position, Fault("msg", "surrogate")))
            elif (size := len(body) + self._reserved(body)) > self.body_bytes:
                failures.setdefault(position, _failure(position, self._too_big(size)))
        return bodies

    def _faults_at_once(self) -> Iterator[Fault]:
        """Yield the problems that can be found without a row, leaving out fields filled in by templates."""
        draft = nest((path, self._fixed.get(path, source)) for path, source in self.content)
        opened = [f"{self.msgtype}.{path}" for path in self._open]
        for fault in content_faults(self._kind, draft):
            depends = fault.field in opened or (
                fault.problem == "list_too_long" and any(one.startswith(f"{fault.field}[") for one in opened)
            )
            if not depends:
                yield fault
        size = _encoded(self._skeleton % (('""',) * len(self._open)))
        if size is None:
            yield Fault("msg", "surrogate")
        elif (length := len(size) + self._reserved(size)) > self.body_bytes:
            yield self._too_big(length)

    def _reserved(self, body: bytes) -> int:
        """Return how many bytes a body may grow by when media ids are filled in."""
        if not any(one.kind in MEDIA_FIELDS for one in self._fields.values()):
            return 0
        return sum(max(STANDARD.media_id_bytes - len(one), 0) for one in references_in(body))

    def _too_big(self, length: int) -> Fault:
        return Fault("msg", "too_many_bytes", length, self.body_bytes, code="34016")

    @property
    def _kind(self) -> MessageType:
        return TYPES[self.msgtype]

    @cached_property
    def _templates(self) -> dict[str, "Template"]:
        from dingnb.messages.template import template_of  # noqa: PLC0415 - jinja2 is imported when it is needed

        return {path: template_of(value, f"{self.msgtype}.{path}", self.named) for path, value in self.content}

    @cached_property
    def _open(self) -> dict[str, "Template"]:
        return {path: template for path, template in self._templates.items() if template.columns}

    @property
    def _every_template(self) -> "Iterator[Template]":
        yield from self._templates.values()
        if self._name_template is not None:
            yield self._name_template

    @cached_property
    def _name_template(self) -> "Template | None":
        from dingnb.messages.template import template_of  # noqa: PLC0415 - jinja2 is imported when it is needed

        return template_of(self.file_name, f"{self.msgtype}.name", self.named) if self.file_name else None

    def _render_names(
        self, columns: Mapping[str, Sequence[object]], length: int, failures: dict[int, RowFailure]
    ) -> Sequence[str] | None:
        """Return the file name of each row; None if each has that of its path."""
        if self._name_template is None:
            return None
        used = {name: columns[name] for name in self._name_template.columns}
        texts, failed = self._name_template.render_rows(used, length)
        for failure in failed:
            failures.setdefault(failure.position, failure)
        return texts

    @property
    def _has_files(self) -> bool:
        """Whether rows name files, each of which is read."""
        return any(self._fields[path].kind in MEDIA_FIELDS for path in self._open)

    @cached_property
    def _fixed(self) -> dict[str, str]:
        texts = {}
        for path, template in self._templates.items():
            if not template.columns:
                [texts[path]], failed = template.render_rows({}, 1)
                for failure in failed:
                    raise MessageError(
                        Text("message.failed", field=field_name(template.where), reason=failure.reason), failure.hint
                    )
        return texts

    @cached_property
    def _fields(self) -> dict[str, Field]:
        paths = [path.partition("[")[0] for path, _ in self.content]
        return {
            path: required_here(self._kind, one, paths)
            for path, _ in self.content
            if (one := self._kind.find(path)) is not None
        }

    @cached_property
    def _skeleton(self) -> str:
        return skeleton(self.msgtype, ((path, self._fixed.get(path)) for path, _ in self.content))

    @property
    def _attached(self) -> dict[str, Content]:
        return {one.reference: one for one in self.attachments}

    def __repr__(self) -> str:
        labels = {reference: _Label(one.label) for reference, one in self._attached.items()}
        arguments = {
            name: labels.get(value, value) if isinstance(value, str) else value
            for name, value in self.arguments.items()
        }
        if self.file_name:
            arguments["name"] = self.file_name
        if self.folder:
            arguments["folder"] = self.folder
        if self.body_bytes != STANDARD.body_bytes:
            arguments["body_bytes"] = self.body_bytes
        return f"{self.msgtype}({', '.join(f'{name}={value!r}' for name, value in arguments.items())})"

    def _repr_html_(self) -> str:
        caption = self.msgtype
        if self.columns:
            caption = say("preview.template", type=self.msgtype, columns=", ".join(self.columns))
        return draw(caption, self.msgtype, nest(self.content), TemplateInk(self._attached))


class _Label(str):
    """A text that stands for a value, without quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def decode(body: bytes) -> dict[str, Any]:
    """Return a body as a dict."""
    decoded: dict[str, Any] = json.loads(body)
    return decoded


def _encoded(body: str) -> bytes | None:
    try:
        return body.encode()
    except UnicodeEncodeError:
        return None


def _error(fault: Fault) -> MessageError:
    return MessageError(*fault.sentences())


def _failure(position: int, fault: Fault, columns: Sequence[str] = ()) -> RowFailure:
    return RowFailure(position, columns[0] if len(columns) == 1 else "", *fault.sentences())


_STAND_INS = (1, "2000-01-01")
"""Substitutes for values missing from the row: a number, or a text that is also a date."""


def needed_columns(message: Message, values: Mapping[str, object]) -> tuple[str, ...]:
    """
    Return the columns without which this row cannot be rendered, in alphabetical order, by trial rendering.

    If the row cannot be rendered with them either, columns after the failing place are not found.

    Args:
        message: The message.
        values: The value of each used column in one row; `MISSING` for missing values.

    >>> from dingnb.messages import text
    >>> needed_columns(text("{{ name }} {{ net | default('–') }}"), {"name": "Ann", "net": 5})
    ('name',)
    """
    rows = [{name: values[name] for name in message.columns}]
    if any(value is MISSING for value in rows[0].values()):
        rows += [{name: one if value is MISSING else value for name, value in rows[0].items()} for one in _STAND_INS]
    for row in rows:
        failed = _failing_without(message, row)
        if "" not in failed:
            return tuple(failed)
    blamed = [_failing_without(message, row) for row in rows]
    return tuple(sorted({name for one in blamed for name, column in one.items() if name and column == name}))


def _failing_without(message: Message, row: Mapping[str, object]) -> dict[str, str]:
    """Return the columns without which the row fails, with the column at fault; "" for the unchanged row."""
    tried = ["", *row]
    columns = {name: [MISSING if name == left_out else value for left_out in tried] for name, value in row.items()}
    return {tried[failure.position]: failure.column for failure in message.render_rows(columns, len(tried)).failures}

"""
Drafts of messages: unlike a `Message`, a draft may be incomplete, and can still be previewed.

Until a draft is a valid message, each field is checked separately; after that, the preview shows the body as it would
be sent. `needed_columns` finds the columns that a row must have for a message to be rendered.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from dingnb.errors import InputError, MessageError, TemplateError
from dingnb.limits import STANDARD
from dingnb.media import Content
from dingnb.media.references import size_with_media_ids
from dingnb.messages.attachments import (
    MEDIA_FIELD_KINDS,
    advise_on_path,
    attachment_of,
    is_sent_unchanged,
    row_attachment_of,
)
from dingnb.messages.column_names import wide_tags
from dingnb.messages.leaves import arguments_to_leaves, flatten, nest
from dingnb.messages.markdown import TextRenderer
from dingnb.messages.message import Message
from dingnb.messages.preview import ClientView, client_view_of
from dingnb.messages.types import TYPES, Field, MessageType
from dingnb.messages.validation import TYPES_WITH_OPTIONS, Fault, RowFailure, decode, encode, is_blank, value_faults
from dingnb.tables.cell_values import MISSING
from dingnb.words import NOTHING, Text, field_name

if TYPE_CHECKING:
    from dingnb.messages.template import Template

_MAX_TAG_LENGTH = 40

_TAG = re.compile(r"\{\{(?:(?!\{\{).)*?\}\}", re.DOTALL)
"""A tag of a text whose other tags may be faulty or unfinished."""

_MAX_TAGS = 100
"""Maximum number of tags of one text that are filled in."""

_SUBSTITUTES = (1, "2000-01-01")
"""Substitutes for values missing from the row: a number, or a text that is also a date."""


@dataclass(frozen=True, slots=True)
class Remark:
    """
    A remark about one field.

    Attributes:
        what: What is wrong or advised against.
        hint: What to do next.
        is_error: Whether the remark makes the draft invalid; otherwise the remark concerns only the row, or is advice.
        is_advice: Whether the remark is only advice, which DingTalk does not enforce.
    """

    what: Text
    hint: Text = NOTHING
    is_error: bool = True
    is_advice: bool = False


@dataclass(frozen=True, slots=True)
class DraftView:
    """
    The state of a draft for one row.

    Attributes:
        client_view: The draft's appearance on a phone.
        texts: The text of each field for this row, by path. In a field that cannot be rendered as a whole, each tag is
            filled in that can be rendered separately.
        remarks: Remarks about fields, by path.
        blank_fields: The paths of required fields that are blank.
        message: The message; None until the draft is valid.
        problem: Why the draft is invalid, if no single field is at fault.
        failure: Why this row would be rejected.
        size: The size of `msg` for this row in bytes, with the size reserved for media ids; for an invalid draft, the
            size of what is filled in so far. None for an invalid card, whose size depends on the request.
    """

    client_view: ClientView
    texts: Mapping[str, str]
    remarks: Mapping[str, Remark] = field(default_factory=dict)
    blank_fields: tuple[str, ...] = ()
    message: Message | None = None
    problem: Remark | None = None
    failure: RowFailure | None = None
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """
    A draft as typed so far.

    Attributes:
        msgtype: DingTalk's name of the type.
        arguments: The arguments of the type's function, as typed; a list holds a dict for each item, and a field for
            media may contain a `Content`.
        body_bytes: The maximum size of `msg` in bytes.
        renamed: The original names of renamed columns, with their new names.
        folder: The folder of the paths in media fields; if empty, the working directory, or the folder of a template's
            fixed part.
        name: The file name that recipients see; if empty, the name in the path.
    """

    msgtype: str
    arguments: Mapping[str, Any]
    body_bytes: int = STANDARD.body_bytes
    renamed: Mapping[str, str] = field(default_factory=dict)
    folder: str = ""
    name: str = ""

    def message(self, columns: Sequence[object]) -> Message:
        """
        Return the message for rows with these columns.

        Raises:
            MessageError: A field is missing, too long or of the wrong kind.
            TemplateError: A template is invalid, or uses a missing column.
        """
        message = Message.of(
            self.msgtype,
            self.arguments,
            body_bytes=self.body_bytes,
            name=self.name or None,
            folder=self.folder or None,
        )
        return message.for_columns(columns, self.renamed)

    def view(self, row: Mapping[str, object], columns: Sequence[object]) -> DraftView:
        """
        Return the state of the draft.

        Args:
            row: The values of one row, read on access; `MISSING` for missing values.
            columns: The available columns.
        """
        message_type = TYPES[self.msgtype]
        contents = {
            argument.reference: argument for argument in self.arguments.values() if isinstance(argument, Content)
        }
        arguments = {name: _to_reference(value) for name, value in self.arguments.items()}
        leaves = arguments_to_leaves(message_type, arguments)
        names = {path: f"{self.msgtype}.{path}" for path, _ in leaves}
        templates, unreadable = _read_templates(leaves, names, columns, self.renamed)
        problem: Remark | None = None
        message: Message | None = None
        try:
            message = None if unreadable else self.message(columns)
        except (MessageError, TemplateError) as error:
            problem = Remark(error.text, error.advice)
        failure = None
        if message is not None:
            rendered = message.render_rows({name: [row[name]] for name in message.columns}, 1)
            [body] = rendered.bodies
            if body is not None:
                return _view_of_body(message, body, rendered.attachments, names)
            failure = rendered.failures[0]
        filled = self._fill(leaves, names, row, columns, templates, unreadable)
        remark = next((candidate for candidate in filled.remarks.values() if not candidate.is_advice), None)
        if failure is not None and remark is not None:
            # The same failure, with the displayed names of the fields.
            failure = replace(failure, reason=remark.what, hint=remark.hint)
        if problem is not None:
            problem = filled.add_problem(problem, names)
        return DraftView(
            client_view_of(
                self.msgtype,
                _complete(message_type, nest(_escape_surrogates(filled.texts))),
                TextRenderer({**contents, **filled.contents}),
            ),
            filled.texts,
            filled.remarks,
            tuple(filled.blank_fields),
            message,
            problem,
            failure,
            None if message_type.is_card else _size_of(message_type, filled.texts),
        )

    def _fill(
        self,
        leaves: Sequence[tuple[str, str]],
        names: Mapping[str, str],
        row: Mapping[str, object],
        columns: Sequence[object],
        templates: Mapping[str, "Template"],
        unreadable: Mapping[str, Remark],
    ) -> "_RenderedFields":
        """Render each field separately, with remarks about problems."""
        message_type, filled = TYPES[self.msgtype], _RenderedFields()
        for path, source in leaves:
            message_field, where = message_type.find(path), names[path]
            text, remark = (
                (source, unreadable[path]) if path in unreadable else _text_of(templates[path], row, message_field)
            )
            if remark is not None:
                text = _fill_tags(source, where, row, columns, self.renamed)
            elif message_field is not None and not is_blank(source):
                text, remark = self._check_value(message_field, where, text, templates[path], filled)
            filled.texts[path] = text
            if remark is not None:
                filled.remarks[path] = remark
        filled.blank_fields += _blank_fields(message_type, dict(leaves))
        return filled

    def _check_value(
        self, message_field: Field, where: str, text: str, template: "Template", filled: "_RenderedFields"
    ) -> tuple[str, Remark | None]:
        """Return the value of a field in a row, and its problem; for a path, the value is the reference of the file."""
        if message_field.kind in MEDIA_FIELD_KINDS and text.strip() and not is_sent_unchanged(text):
            try:
                content = self._file(text, template)
            except InputError as error:
                return text, Remark(error.text, error.advice, is_error=not template.columns)
            filled.contents[content.reference] = content
            return content.reference, None
        # Errors take precedence over advice.
        fault = min(value_faults(message_field, where, text), key=lambda fault: not fault.is_refused, default=None)
        return text, None if fault is None else _remark(fault, template)

    def _file(self, text: str, template: "Template") -> Content:
        message_type = TYPES[self.msgtype]
        if template.columns:
            return row_attachment_of(message_type, text, template.source, self.folder)
        return attachment_of(message_type, text, folder=self.folder)


def _size_of(message_type: MessageType, texts: Mapping[str, str]) -> int:
    content = nest(_escape_surrogates(texts))
    body = encode({"msgtype": message_type.name, message_type.name: content})
    return size_with_media_ids(body, STANDARD.media_id_bytes)


@dataclass(slots=True)
class _RenderedFields:
    """
    The fields of a draft, rendered separately for one row.

    Attributes:
        texts: The text of each field, by path.
        remarks: The remarks about fields, by path.
        blank_fields: The paths of required fields that are blank.
        contents: The files of the row, by reference.
    """

    texts: dict[str, str] = field(default_factory=dict)
    remarks: dict[str, Remark] = field(default_factory=dict)
    blank_fields: list[str] = field(default_factory=list)
    contents: dict[str, Content] = field(default_factory=dict)

    def add_problem(self, problem: Remark, names: Mapping[str, str]) -> Remark | None:
        """Add the draft's problem to the field that it names; return the problem if no field shows an error."""
        named = dict(problem.what.fields).get("field", "")
        path = next((path for path, name in names.items() if field_name(name) == named), "")
        if path and not self.blank_fields:
            self.remarks.setdefault(path, problem)
        has_error = bool(self.blank_fields) or any(remark.is_error for remark in self.remarks.values())
        return None if has_error else problem


def _view_of_body(
    message: Message, body: bytes, attachments: Mapping[str, Content], names: Mapping[str, str]
) -> DraftView:
    """Return the state of a draft that is a valid message, with its body for the row."""
    content = decode(body)[message.msgtype]
    texts = dict(flatten(content))
    view = client_view_of(message.msgtype, content, TextRenderer(attachments))
    remarks = dict(_advice(TYPES[message.msgtype], texts, names))
    return DraftView(view, texts, remarks, message=message, size=size_with_media_ids(body, STANDARD.media_id_bytes))


def _to_reference(value: object) -> object:
    """Return the reference of a content; other values unchanged."""
    return value.reference if isinstance(value, Content) else value


def _read_templates(
    leaves: Sequence[tuple[str, str]],
    names: Mapping[str, str],
    columns: Sequence[object],
    renamed: Mapping[str, str],
) -> tuple[dict[str, "Template"], dict[str, Remark]]:
    """Return the templates of the fields by path, and the errors of invalid templates."""
    from dingnb.messages.template import template_of  # noqa: PLC0415 - jinja2 is imported when it is needed

    templates: dict[str, Template] = {}
    unreadable: dict[str, Remark] = {}
    for path, source in leaves:
        try:
            template = template_of(source, names[path]).for_columns(columns, renamed)
        except InputError as error:
            remark = _unclosed_tag_remark(source) or _wide_tag_remark(source)
            unreadable[path] = remark or Remark(error.text, error.advice)
            continue
        remark = _wide_tag_remark(source)
        if remark is None:
            templates[path] = template
        else:
            unreadable[path] = remark
    return templates, unreadable


def _unclosed_tag_remark(source: str) -> Remark | None:
    """Return the remark about an unfinished tag."""
    for opens, closes in (("{{", "}}"), ("{%", "%}"), ("{#", "#}")):
        start = source.rfind(opens)
        if start >= 0 and closes not in source[start:]:
            return Remark(
                Text("draft.unclosed", tag=source[start:][:_MAX_TAG_LENGTH]), Text("draft.unclosed_todo", end=closes)
            )
    return None


def _wide_tag_remark(source: str) -> Remark | None:
    """Return the remark about a tag with full-width braces, as Chinese input methods type them."""
    tag = next(wide_tags(source), None)
    if tag is None:
        return None
    return Remark(
        Text("draft.wide_tag", tag=tag.typed[:_MAX_TAG_LENGTH]),
        Text("draft.wide_tag_todo", tag=tag.corrected[:_MAX_TAG_LENGTH]),
    )


def _text_of(template: "Template", row: Mapping[str, object], message_field: Field | None) -> tuple[str, Remark | None]:
    """Return the text of one field in one row; if the template cannot be rendered, its source and the failure."""
    values = {name: [row[name]] for name in template.columns}
    [text], failures = template.render_rows(values, 1)
    if not failures:
        return text, None
    failure = (
        advise_on_path(failures[0])
        if message_field is not None and message_field.kind in MEDIA_FIELD_KINDS
        else failures[0]
    )
    return template.source, Remark(failure.reason, failure.hint, is_error=not template.columns)


def _fill_tags(
    source: str, where: str, row: Mapping[str, object], columns: Sequence[object], renamed: Mapping[str, str]
) -> str:
    """Return a text that cannot be rendered as a whole, with each tag filled in that can be rendered separately."""
    from dingnb.messages.template import template_of  # noqa: PLC0415 - jinja2 is imported when it is needed

    def fill(match: re.Match[str]) -> str:
        try:
            template = template_of(match[0], where).for_columns(columns, renamed)
        except InputError:
            return match[0]
        text, remark = _text_of(template, row, None)
        return match[0] if remark is not None else text

    return _TAG.sub(fill, source, count=_MAX_TAGS)


def _blank_fields(message_type: MessageType, sources: Mapping[str, str]) -> Iterator[str]:
    """Yield the paths of required fields that are blank."""
    items = [path for path in sources if "[" in path]
    lists = {path.partition("[")[0] for path in items}
    for message_field in message_type.fields:
        if message_field.required and message_field.kind != "object" and message_field.name not in lists:
            paths = (
                [path for path in items if message_type.find(path) == message_field]
                if "[" in message_field.name
                else [message_field.name]
            )
            yield from (path for path in paths if is_blank(sources.get(path)))
    for path in items:
        options = f"{path.removesuffix('.type')}.options"
        if (
            sources[path] in TYPES_WITH_OPTIONS
            and message_type.find(options) is not None
            and is_blank(sources.get(options))
        ):
            yield options
    for group in message_type.one_of:
        started = [name for name in group if any(path.partition("[")[0] == name for path in sources)]
        if started and len(started) < len(group):
            yield from (name for name in group if name not in started)


def _advice(
    message_type: MessageType, texts: Mapping[str, str], names: Mapping[str, str]
) -> Iterator[tuple[str, Remark]]:
    for path, text in texts.items():
        message_field = message_type.find(path)
        for fault in value_faults(message_field, names[path], text) if message_field is not None else ():
            yield path, Remark(*fault.sentences(), is_error=False, is_advice=True)


def _remark(fault: Fault, template: "Template") -> Remark:
    """Return a fault as a remark; for a text filled in from columns, the remark concerns only the row."""
    is_error = fault.is_refused and not template.columns
    return Remark(*fault.sentences(), is_error=is_error, is_advice=not fault.is_refused)


def _escape_surrogates(texts: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the texts with lone surrogates escaped, since HTML cannot contain them."""
    return ((path, text.encode(errors="backslashreplace").decode()) for path, text in texts.items())


def _complete(message_type: MessageType, content: dict[str, Any]) -> dict[str, Any]:
    """Return a type's object with empty values for fields that the preview requires."""
    for message_field in message_type.fields:
        if message_field.required and message_field.kind == "object":
            content.setdefault(message_field.name, {})
        elif message_field.required and "[" not in message_field.name:
            *parents, last = message_field.name.split(".")
            parent = content
            for step in parents:
                parent = parent.setdefault(step, {})
            parent.setdefault(last, "")
    if message_type.one_of:
        started = [group for group in message_type.one_of if any(name in content for name in group)]
        for name in (started or message_type.one_of)[0]:
            alternative = message_type.find(name)
            content.setdefault(name, [] if alternative is not None and alternative.kind == "list" else "")
    return content


def needed_columns(message: Message, values: Mapping[str, object]) -> tuple[str, ...]:
    """
    Return the columns without which this row cannot be rendered, in alphabetical order, found by trial rendering.

    If the row cannot be rendered even with all columns, columns used after the failure are not found.

    Args:
        message: The message.
        values: The value of each used column in one row; `MISSING` for missing values.

    >>> from dingnb.messages import text
    >>> needed_columns(text("{{ name }} {{ net | default('–') }}"), {"name": "Ann", "net": 5})
    ('name',)
    """
    rows = [{name: values[name] for name in message.columns}]
    if any(value is MISSING for value in rows[0].values()):
        rows += [
            {name: substitute if value is MISSING else value for name, value in rows[0].items()}
            for substitute in _SUBSTITUTES
        ]
    for row in rows:
        failed = _render_without_each(message, row)
        if "" not in failed:
            return tuple(failed)
    blamed = [_render_without_each(message, row) for row in rows]
    return tuple(sorted({name for names in blamed for name, column in names.items() if name and column == name}))


def _render_without_each(message: Message, row: Mapping[str, object]) -> dict[str, str]:
    """Return the columns without which rendering fails, with the column at fault; "" stands for the unchanged row."""
    tried = ["", *row]
    columns = {name: [MISSING if name == left_out else value for left_out in tried] for name, value in row.items()}
    return {tried[failure.position]: failure.column for failure in message.render_rows(columns, len(tried)).failures}

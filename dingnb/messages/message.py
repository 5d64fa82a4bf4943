"""The immutable message, validated when it is created and again after it is rendered."""

import json
import os
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cache, cached_property
from itertools import repeat
from json.encoder import encode_basestring
from typing import TYPE_CHECKING, Any

from dingnb.errors import MessageError
from dingnb.errors.arguments import check_integer, check_type
from dingnb.limits import STANDARD, describe_limit
from dingnb.media import Content
from dingnb.media.references import size_with_media_ids
from dingnb.messages.attachments import MEDIA_FIELD_KINDS, RowAttachments, advise_on_path, attach
from dingnb.messages.cards import card_faults
from dingnb.messages.leaves import Leaf, arguments_to_leaves, leaves_to_arguments, nest, skeleton
from dingnb.messages.markdown import TemplateRenderer
from dingnb.messages.preview import preview_html
from dingnb.messages.types import CONTROL_CHARACTER, PATTERNS, TYPES, Field, MessageType
from dingnb.messages.validation import Fault, RowFailure, content_faults, decode, value_faults
from dingnb.words import Text, field_name, listed, say

if TYPE_CHECKING:
    from dingnb.messages.template import Template

_ROWS_PER_CHUNK_WITH_FILES = 20
"""Number of rows rendered at a time if each row reads a file, so that progress is reported often."""

_ROWS_PER_CHUNK = 5_000
"""Number of rows rendered at a time; limited to save memory, since each text exists in up to five copies."""


@dataclass(frozen=True, slots=True)
class RenderedMessages:
    """
    A message rendered for many rows.

    Attributes:
        bodies: The bytes of `msg` for each row, as sent; None if the row failed.
        failures: The failures in the order of rows, one for each failed row.
        advice: Advice about contents that DingTalk accepts but advises against, one sentence for each field.
        attachments: The contents that bodies refer to, by reference.
        paths: The path of each row's file; empty if no field contains a path with tags.
    """

    bodies: list[bytes | None]
    failures: list[RowFailure]
    advice: tuple[Text, ...]
    attachments: Mapping[str, Content]
    paths: Sequence[str] = ()


@dataclass(slots=True)
class _RenderedRows:
    """
    The rows for which a message has been rendered so far.

    Attributes:
        files: Finds the file of each row.
        media_id_bytes: The size reserved for a media id.
        bodies: The bodies; None for rows that failed.
        failures: The failures, with positions among all rows.
        worst_advice: The worst advice about each field, by the field's full name.
    """

    files: RowAttachments
    media_id_bytes: int
    bodies: list[bytes | None] = field(default_factory=list)
    failures: list[RowFailure] = field(default_factory=list)
    worst_advice: dict[str, Fault] = field(default_factory=dict)

    def note_advice(self, advice: Fault) -> None:
        """Keep advice about a field if it is the worst so far."""
        if advice.field not in self.worst_advice or advice.length > self.worst_advice[advice.field].length:
            self.worst_advice[advice.field] = advice

    def add(self, bodies: list[bytes | None], failures: Mapping[int, RowFailure]) -> None:
        """Add rows; the positions in `failures` count from the first of the added rows."""
        start = len(self.bodies)
        for position in sorted(failures):
            bodies[position] = None
            self.failures.append(replace(failures[position], position=start + position))
        self.bodies += bodies


@dataclass(frozen=True, repr=False)
class Message:
    """
    A message, or a template for many; created by `text`, `markdown`, `action_card` and so on.

    Attributes:
        msgtype: DingTalk's name of the type.
        content: The paths and texts of the message's fields inside the type's object, in DingTalk's order:
            ``("btn_json_list[0].title", "Open")``.
        body_bytes: The maximum size of `msg` in bytes. DingTalk's own pages disagree
            (docs/dingtalk.md, "Work notifications: limits"); the default is the cautious 2,048.
        tag_names: Names that Jinja would misread or not know, with their columns; set by `for_columns`.
        folder: The folder of the paths in media fields, which no row's path may leave; if empty, the folder in the
            path's fixed part.
        file_name: The file name that recipients see, which may be a template; if empty, the name in each row's path.
        attachments: The media that the fields refer to; equal messages refer to equal media.

    Raises:
        MessageError: A field is missing, too long or of the wrong kind.
        TemplateError: A template is invalid.
    """

    msgtype: str
    content: tuple[Leaf, ...]
    body_bytes: int = STANDARD.body_bytes
    tag_names: tuple[tuple[str, str], ...] = field(default=(), compare=False)
    folder: str = ""
    file_name: str = ""
    attachments: tuple[Content, ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        if self.msgtype not in TYPES:
            raise _message_error(Fault("msgtype", "unknown_type", value=str(self.msgtype)))
        for path, value in self.content:
            where = f"{self.msgtype}.{path}"
            if self._message_type.find(path) is None:
                raise _message_error(Fault(where, "unknown_field"))
            if not isinstance(value, str):
                raise _message_error(Fault(where, "not_text", value=type(value).__name__))
        # Compiles all templates, including the file name's, so that an invalid template raises here.
        _ = self.columns
        for path in self._row_templates:
            if self._fields[path].kind in {"key", "template_id"} or not self._fields[path].is_sent:
                # Keys, the card template and what is not sent apply to the whole campaign.
                raise _message_error(Fault(f"{self.msgtype}.{path}", "no_tags"))
        for fault in self._static_faults():
            if fault.is_refused:
                raise _message_error(fault)

    def __reduce__(self) -> tuple[type["Message"], tuple[object, ...]]:
        # Compiled templates can be neither copied nor pickled; the copy compiles them again when needed.
        return type(self), tuple(getattr(self, attribute.name) for attribute in fields(self))

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
        Return a message of any type; forms and the function of each type create messages with it.

        Args:
            msgtype: DingTalk's name of the type.
            arguments: The arguments of the type's function; None values are left out.
            body_bytes: The maximum size of `msg` in bytes.
            name: The file name that recipients see; may be a template if the path is a template.
            folder: The folder of the paths in media fields.

        Raises:
            MessageError: A field is missing, too long or of the wrong kind; or a value cannot be sent
                as this kind of media.
            TemplateError: A template is invalid.
            InputError: `body_bytes` is not a whole number from 1 to 1,000,000,000, or `folder` is not a path.
        """
        check_integer("body_bytes", body_bytes, "message.body_bytes_todo", 1, describe_limit("body_bytes").maximum)
        if msgtype not in TYPES:
            raise _message_error(Fault("msgtype", "unknown_type", value=str(msgtype)))
        if folder is not None:
            check_type("folder", folder, (str, os.PathLike), "media.no_folder_todo")
        message_type, folder_text = TYPES[msgtype], "" if folder is None else os.fsdecode(folder)
        arguments, contents = attach(message_type, arguments, name=name, folder=folder_text)
        return cls(
            msgtype,
            arguments_to_leaves(message_type, arguments),
            int(body_bytes),
            folder=folder_text,
            # A `Content` already has its name.
            file_name=(name or "") if not contents else "",
            attachments=contents,
        )

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The columns that the templates in the message use, in alphabetical order."""
        return tuple(sorted({column for template in self._all_templates for column in template.columns}))

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments for the type's function that create this message."""
        return leaves_to_arguments(self._message_type, self.content)

    def with_unsent_parts(self, other: "Message") -> "Message":
        """Return the message with another message's values of fields that are not sent, such as the deadline."""
        sent = [leaf for leaf in self.content if self._fields[leaf[0]].is_sent]
        unsent = [leaf for leaf in other.content if not other._fields[leaf[0]].is_sent]
        return replace(self, content=(*sent, *unsent))

    @property
    def columns_without_zone(self) -> tuple[str, ...]:
        """The columns whose times the filter ``date`` writes without their time zone, in alphabetical order."""
        return tuple(sorted({column for template in self._all_templates for column in template.columns_without_zone}))

    @property
    def constant_calculations(self) -> tuple[str, ...]:
        """The calculations with literal numbers only, such as ``2026/11/1``, each once."""
        found = (text for template in self._all_templates for text in template.constant_calculations)
        return tuple(dict.fromkeys(found))

    def for_columns(self, available: Sequence[object], renamed: Mapping[str, str] | None = None) -> "Message":
        """
        Return the message for rows with these columns, so that tags may contain the name of any column.

        Args:
            available: The columns.
            renamed: The original column names in the file, mapped to the new names; tags, conditions and calculations
                may use the original names, too.

        Raises:
            TemplateError: A column used by the message is missing or duplicated, has a name that is not text, or is
                written in full-width or single braces.
        """
        templates = [template.for_columns(available, renamed or {}) for template in self._all_templates]
        tag_names = tuple(sorted({name for template in templates for name in template.tag_names}))
        return self if tag_names == self.tag_names else replace(self, tag_names=tag_names)

    def render_rows(
        self,
        columns: Mapping[str, Sequence[object]],
        length: int,
        on_rows: Callable[[int], None] = lambda _: None,
        media_id_bytes: int = STANDARD.media_id_bytes,
    ) -> RenderedMessages:
        """
        Render and validate the message for many rows.

        Args:
            columns: The values of all rows for each used column; `MISSING` for missing values.
            length: The number of rows.
            on_rows: Called regularly with the number of rows done.
            media_id_bytes: The size reserved for a media id.
        """
        files = RowAttachments(self._message_type, self.folder)
        files.contents.update(self._attachments_by_reference)
        rendered = _RenderedRows(files, media_id_bytes)
        step = _ROWS_PER_CHUNK_WITH_FILES if self._has_row_files else _ROWS_PER_CHUNK
        for start in range(0, length, step):
            end = min(start + step, length)
            self._render_chunk({name: column[start:end] for name, column in columns.items()}, end - start, rendered)
            on_rows(end)
        worst = rendered.worst_advice
        advice = [fault for fault in self._static_faults() if not fault.is_refused]
        row_fields = [template.where for template in self._row_templates.values()]
        advice += [worst[name] for name in row_fields if name in worst]
        advice += [fault for name, fault in worst.items() if name not in row_fields]
        sentences = tuple(fault.sentences()[0] for fault in advice)
        return RenderedMessages(rendered.bodies, rendered.failures, sentences, files.contents, files.paths)

    def _render_chunk(self, columns: Mapping[str, Sequence[object]], length: int, rendered: _RenderedRows) -> None:
        """Render the next rows, and add them to `rendered`."""
        failures: dict[int, RowFailure] = {}
        texts_of: dict[str, list[str]] = {}
        for path, template in self._row_templates.items():
            texts, failed = template.render_rows(columns, length)
            is_path = self._fields[path].kind in MEDIA_FIELD_KINDS
            for failure in failed:
                failures.setdefault(failure.position, advise_on_path(failure) if is_path else failure)
            if is_path:
                texts = rendered.files.attach(texts, template, failures, self._render_names(columns, length, failures))
            faults, advice = _text_faults(texts, self._fields[path], template.where, failures)
            for position, fault in faults.items():
                failures[position] = _row_failure(position, fault, template.columns)
            if advice:
                rendered.note_advice(advice)
            texts_of[path] = texts
        for position, fault in _list_faults(self._message_type, texts_of, self._constant_texts, failures).items():
            failures[position] = _row_failure(position, fault)
        bodies = self._bodies(texts_of.values(), length, failures, rendered.media_id_bytes)
        if self._message_type.is_card:
            self._check_cards(bodies, failures, rendered)
        rendered.add(bodies, failures)

    def _bodies(
        self, texts: Iterable[Sequence[str]], length: int, failures: dict[int, RowFailure], media_id_bytes: int
    ) -> list[bytes | None]:
        """Return the body of each row, and add the failures of rows whose body cannot be encoded or is too large."""
        quoted = [list(map(encode_basestring, texts_of_field)) for texts_of_field in texts]
        rows = zip(*quoted, strict=True) if quoted else repeat((), length)
        template = self._skeleton
        filled = [template % row for row in rows]
        bodies: list[bytes | None] = []
        try:
            encoded = list(map(str.encode, filled))
            bodies += encoded
        except UnicodeEncodeError:
            bodies = [_encode(body) for body in filled]
        else:
            if not self.has_media and max(map(len, encoded), default=0) <= self.max_bytes:
                return bodies
        for position, body in enumerate(bodies):
            if body is None:
                failures.setdefault(position, _row_failure(position, Fault("msg", "surrogate")))
            elif (size := size_with_media_ids(body, media_id_bytes)) > self.max_bytes:
                failures.setdefault(position, _row_failure(position, self._size_fault(size)))
        return bodies

    def _check_cards(
        self, bodies: Sequence[bytes | None], failures: dict[int, RowFailure], rendered: _RenderedRows
    ) -> None:
        """Check the options and sizes of cards: add failures of rows, and the worst advice of each field."""
        # Most cards are the same for everybody, and a check takes 0.1 ms.
        faults_of = cache(_faults_of_card)
        for position, body in enumerate(bodies):
            if body is None or position in failures:
                continue
            for fault in faults_of(body):
                if fault.is_refused:
                    template = self._row_templates.get(fault.field.removeprefix(f"{self.msgtype}."))
                    columns = () if template is None else template.columns
                    failures.setdefault(position, _row_failure(position, fault, columns))
                else:
                    rendered.note_advice(fault)

    def _static_faults(self) -> Iterator[Fault]:
        """Yield the problems that can be found without a row, except problems of fields filled in by templates."""
        content = nest((path, self._constant_texts.get(path, source)) for path, source in self.content)
        row_fields = [f"{self.msgtype}.{path}" for path in self._row_templates]
        for fault in content_faults(self._message_type, content):
            is_row_dependent = fault.field in row_fields or (
                fault.problem == "list_too_long" and any(path.startswith(f"{fault.field}[") for path in row_fields)
            )
            if not is_row_dependent:
                yield fault
        body = _encode(self._skeleton % (('""',) * len(self._row_templates)))
        if body is None:
            yield Fault("msg", "surrogate")
        # The length of media ids is a setting of the connection, and is checked for each row.
        elif (length := size_with_media_ids(body, 0)) > self.max_bytes:
            yield self._size_fault(length)

    @property
    def max_bytes(self) -> int:
        """The maximum size of a body; for cards, `card_faults` checks more precisely what is sent."""
        return STANDARD.card_request_bytes if self._message_type.is_card else self.body_bytes

    @property
    def has_media(self) -> bool:
        """Whether the message has media fields, whose files do not count in the size of a body."""
        return any(message_field.kind in MEDIA_FIELD_KINDS for message_field in self._fields.values())

    def _size_fault(self, length: int) -> Fault:
        return Fault("msg", "too_many_bytes", length, self.max_bytes, code="34016")

    @property
    def _message_type(self) -> MessageType:
        return TYPES[self.msgtype]

    @cached_property
    def _templates(self) -> dict[str, "Template"]:
        from dingnb.messages.template import template_of  # noqa: PLC0415 - jinja2 is imported when it is needed

        return {path: template_of(value, f"{self.msgtype}.{path}", self.tag_names) for path, value in self.content}

    @cached_property
    def _row_templates(self) -> dict[str, "Template"]:
        return {path: template for path, template in self._templates.items() if template.columns}

    @property
    def _all_templates(self) -> "Iterator[Template]":
        yield from self._templates.values()
        if self._name_template is not None:
            yield self._name_template

    @cached_property
    def _name_template(self) -> "Template | None":
        from dingnb.messages.template import template_of  # noqa: PLC0415 - jinja2 is imported when it is needed

        return template_of(self.file_name, f"{self.msgtype}.name", self.tag_names) if self.file_name else None

    def _render_names(
        self, columns: Mapping[str, Sequence[object]], length: int, failures: dict[int, RowFailure]
    ) -> Sequence[str] | None:
        """Return the file name of each row; None if files are named after their paths."""
        if self._name_template is None:
            return None
        used = {name: columns[name] for name in self._name_template.columns}
        texts, failed = self._name_template.render_rows(used, length)
        for failure in failed:
            failures.setdefault(failure.position, failure)
        return texts

    @property
    def _has_row_files(self) -> bool:
        """Whether rows contain paths of files, which are read."""
        return any(self._fields[path].kind in MEDIA_FIELD_KINDS for path in self._row_templates)

    @cached_property
    def _constant_texts(self) -> dict[str, str]:
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
        alternatives = {name for group in self._message_type.one_of for name in group}
        # The fields of the chosen alternative are required.
        chosen = alternatives.intersection(path.partition("[")[0] for path, _ in self.content)
        return {
            path: replace(message_field, required=True) if message_field.name in chosen else message_field
            for path, _ in self.content
            if (message_field := self._message_type.find(path)) is not None
        }

    @cached_property
    def _skeleton(self) -> str:
        sent = (path for path, _ in self.content if self._fields[path].is_sent)
        return skeleton(self.msgtype, ((path, self._constant_texts.get(path)) for path in sent))

    @property
    def _attachments_by_reference(self) -> dict[str, Content]:
        return {attachment.reference: attachment for attachment in self.attachments}

    def __repr__(self) -> str:
        labels = {reference: _Label(content.label) for reference, content in self._attachments_by_reference.items()}
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
            caption = say("preview.template", type=self.msgtype, columns=listed(self.columns))
        return preview_html(caption, self.msgtype, nest(self.content), TemplateRenderer(self._attachments_by_reference))


def serialize(message: Message) -> str:
    """Return a message as JSON for the ledger: its templates, and the names, hashes and paths of its media."""
    media = [
        (
            attachment.kind,
            attachment.name,
            attachment.sha256,
            attachment.size,
            attachment.mime,
            str(attachment.path.absolute()) if attachment.path else "",
        )
        for attachment in message.attachments
    ]
    # In ASCII, because a template may contain lone surrogates.
    return json.dumps([message.msgtype, message.content, message.body_bytes, message.folder, message.file_name, media])


def deserialize(serialized: str) -> Message:
    """
    Return the message in the JSON of `serialize`.

    Raises:
        MessageError: The message violates a rule that is newer than the JSON.
        TemplateError: A template violates a rule that is newer than the JSON.
    """
    msgtype, content, body_bytes, *others = json.loads(serialized)
    folder, file_name, media = others or ("", "", [])
    attachments = tuple(Content.from_record(*row) for row in media)
    leaves = tuple((path, text) for path, text in content)
    return Message(msgtype, leaves, body_bytes, folder=folder, file_name=file_name, attachments=attachments)


def _text_faults(
    texts: Sequence[str], message_field: Field, where: str, skip: Container[int]
) -> tuple[Mapping[int, Fault], Fault | None]:
    """Return the faults by row, without the rows to skip, and the worst case of advice."""
    # Valid columns, the usual case, are checked as a whole, which is fast.
    if _all_fit(texts, message_field):
        return {}, None
    faults: dict[int, Fault] = {}
    advice: Fault | None = None
    for position, text in enumerate(texts):
        if position in skip:
            continue
        for fault in value_faults(message_field, where, text):
            if fault.is_refused:
                faults.setdefault(position, fault)
            elif advice is None or fault.length > advice.length:
                advice = fault
    return faults, advice


def _all_fit(texts: Sequence[str], message_field: Field) -> bool:
    shortest, longest = min(map(len, texts), default=1), max(map(len, texts), default=1)
    if not shortest or longest > (message_field.advised_characters or message_field.max_characters or longest):
        return False
    pattern = PATTERNS.get(message_field.kind)
    if pattern is not None:
        return all(map(pattern.fullmatch, texts))
    return all(map(str.strip, texts)) and CONTROL_CHARACTER.search("".join(texts)) is None


def _list_faults(
    message_type: MessageType, varying: Mapping[str, Sequence[str]], fixed: Mapping[str, str], skip: Container[int]
) -> Mapping[int, Fault]:
    """Return the faults of lists with a total length limit, by row; `varying` has the texts that differ by row."""
    faults: dict[int, Fault] = {}
    for message_field in message_type.fields:
        own_varying = {path: texts for path, texts in varying.items() if path.startswith(f"{message_field.name}[")}
        if message_field.kind != "list" or not message_field.max_characters or not own_varying:
            continue
        own_fixed = {path: text for path, text in fixed.items() if path.startswith(f"{message_field.name}[")}
        longest = sum(max(map(len, map(encode_basestring, texts)), default=0) for texts in own_varying.values())
        empty_list = skeleton("", [*own_fixed.items(), *((path, "") for path in own_varying)])
        if longest + len(empty_list) <= message_field.max_characters:
            continue
        for position, row in enumerate(zip(*own_varying.values(), strict=True)):
            if position not in skip:
                filled = nest([*own_fixed.items(), *zip(own_varying, row, strict=True)])[message_field.name]
                for fault in value_faults(message_field, f"{message_type.name}.{message_field.name}", filled):
                    if fault.is_refused:
                        faults.setdefault(position, fault)
    return faults


def _faults_of_card(body: bytes) -> tuple[Fault, ...]:
    decoded = decode(body)
    message_type = TYPES[decoded["msgtype"]]
    return (*content_faults(message_type, decoded[message_type.name]), *card_faults(decoded))


def _encode(body: str) -> bytes | None:
    try:
        return body.encode()
    except UnicodeEncodeError:
        return None


def _message_error(fault: Fault) -> MessageError:
    return MessageError(*fault.sentences())


def _row_failure(position: int, fault: Fault, columns: Sequence[str] = ()) -> RowFailure:
    return RowFailure(position, columns[0] if len(columns) == 1 else "", *fault.sentences())


class _Label(str):
    """A text shown in place of a value, without quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)

"""
A message that is being written: unlike `Message` it may be half typed, and still says how it would look.

As long as it is no message yet, each field is looked at by itself; as soon as it is one, what is shown is the
body as it would be sent.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from dingnb.errors import InputError, MessageError, TemplateError
from dingnb.limits import STANDARD
from dingnb.messages.cell_values import RowFailure
from dingnb.messages.client_view import Look, look_at
from dingnb.messages.fields import TYPES, MessageType
from dingnb.messages.html import Ink
from dingnb.messages.leaves import flatten, lay_out, nest
from dingnb.messages.message import Message, decode
from dingnb.messages.validation import Fault, is_blank, value_faults
from dingnb.words import NOTHING, Text

if TYPE_CHECKING:
    from dingnb.messages.template import Template

_TAG_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Remark:
    """
    What is to be said of one field.

    Attributes:
        what: What is wrong, or advised against.
        hint: What to do about it.
        is_error: Whether it keeps the draft from being a message.
        is_advice: Whether DingTalk takes it all the same.
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
        look: How it looks on a phone.
        texts: What each field holds for this row, by its path; a field that cannot be filled holds its source.
        remarks: What is to be said of a field, by its path.
        absent: The paths of the fields that still have to be filled in.
        message: The message; None until it is valid.
        problem: Why it is not valid, if no single field is at fault.
        failure: Why this row could not be sent to.
        size: The bytes of `msg` for this row; None if there is no body.
    """

    look: Look
    texts: Mapping[str, str]
    remarks: Mapping[str, Remark] = field(default_factory=dict)
    absent: tuple[str, ...] = ()
    message: Message | None = None
    problem: Remark | None = None
    failure: RowFailure | None = None
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """
    What was typed so far.

    Attributes:
        msgtype: DingTalk's name of the type.
        arguments: The arguments of the type's function, as typed; a list holds a dict for each item.
        body_bytes: How many bytes of `msg` are allowed.
    """

    msgtype: str
    arguments: Mapping[str, Any]
    body_bytes: int = STANDARD.body_bytes
    renamed: Mapping[str, str] = field(default_factory=dict)

    def message(self, columns: Sequence[object]) -> Message:
        """
        Return the message.

        Args:
            columns: The columns that its templates may use.

        Raises:
            MessageError: A field is missing, too long, or not of its kind.
            TemplateError: A template cannot be read, or names a column that is not there.
        """
        made = Message.of(self.msgtype, self.arguments, body_bytes=self.body_bytes)
        return made.for_columns(columns, self.renamed)

    def view(
        self, row: Mapping[str, object], columns: Sequence[object], called: Callable[[str], str] = str
    ) -> DraftView:
        """
        Return the state of the draft.

        Args:
            row: The values of one row, which are asked for as they are needed; `MISSING` is one that it does not have.
            columns: The columns that there are.
            called: Returns what a field is called, by its path with the type in front.
        """
        kind = TYPES[self.msgtype]
        leaves = lay_out(kind, self.arguments)
        names = {path: called(f"{self.msgtype}.{path}") for path, _ in leaves}
        templates, unreadable = _read(leaves, names, columns, self.renamed)
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
                content = decode(body)[self.msgtype]
                texts = dict(flatten(content))
                look = look_at(self.msgtype, content, Ink(rendered.attachments))
                return DraftView(look, texts, dict(_advice(kind, texts, names)), message=message, size=len(body))
            failure = rendered.failures[0]
        filled = _fill(kind, leaves, names, row, templates, unreadable)
        told = next((one for one in filled.remarks.values() if not one.is_advice), None)
        if failure is not None and told is not None:
            # The same, in the names that the fields have here.
            failure = replace(failure, reason=told.what, hint=told.hint)
        is_named = message is not None or filled.absent or any(one.is_error for one in filled.remarks.values())
        return DraftView(
            look_at(self.msgtype, _completed(kind, nest(_showable(filled.texts))), Ink()),
            filled.texts,
            filled.remarks,
            tuple(filled.absent),
            message,
            None if is_named else problem,
            failure,
        )


@dataclass(slots=True)
class _Filled:
    texts: dict[str, str] = field(default_factory=dict)
    remarks: dict[str, Remark] = field(default_factory=dict)
    absent: list[str] = field(default_factory=list)


def _read(
    leaves: Sequence[tuple[str, str]],
    names: Mapping[str, str],
    columns: Sequence[object],
    renamed: Mapping[str, str],
) -> tuple[dict[str, "Template"], dict[str, Remark]]:
    """Return the templates of the fields, by their paths, and why others cannot be read."""
    from dingnb.messages.template import template_of  # noqa: PLC0415 - jinja2 is imported when it is needed

    templates: dict[str, Template] = {}
    unreadable: dict[str, Remark] = {}
    for path, source in leaves:
        try:
            templates[path] = template_of(source, names[path]).for_columns(columns, renamed)
        except InputError as error:
            unreadable[path] = _unclosed(source) or Remark(error.text, error.advice)
    return templates, unreadable


def _unclosed(source: str) -> Remark | None:
    """Return the remark about an unfinished tag."""
    for opens, closes in (("{{", "}}"), ("{%", "%}"), ("{#", "#}")):
        begun = source.rfind(opens)
        if begun >= 0 and closes not in source[begun:]:
            return Remark(
                Text("draft.unclosed", tag=source[begun:][:_TAG_SHOWN]), Text("draft.unclosed_todo", end=closes)
            )
    return None


def _fill(
    kind: MessageType,
    leaves: Sequence[tuple[str, str]],
    names: Mapping[str, str],
    row: Mapping[str, object],
    templates: Mapping[str, "Template"],
    unreadable: Mapping[str, Remark],
) -> _Filled:
    """Fill in each field by itself, and remark on what is wrong with it."""
    filled = _Filled()
    for path, source in leaves:
        one, where = kind.find(path), names[path]
        text, remark = (source, unreadable[path]) if path in unreadable else _text_of(templates[path], row)
        filled.texts[path] = text
        if remark is None and one is not None and not is_blank(source):
            # What DingTalk refuses goes before what it advises against.
            fault = min(value_faults(one, where, text), key=lambda fault: not fault.hard, default=None)
            remark = None if fault is None else _remark(fault, templates.get(path))
        if remark is not None:
            filled.remarks[path] = remark
    filled.absent += _absent(kind, dict(leaves))
    return filled


def _text_of(template: "Template", row: Mapping[str, object]) -> tuple[str, Remark | None]:
    """Return the text of one field in one row; where it cannot be filled its source, and why."""
    values = {name: [row[name]] for name in template.columns}
    [text], failures = template.render_rows(values, 1)
    if not failures:
        return text, None
    return template.source, Remark(failures[0].reason, failures[0].hint, is_error=not template.columns)


def _absent(kind: MessageType, sources: Mapping[str, str]) -> Iterator[str]:
    """Yield the paths of required fields that are blank."""
    items = [path for path in sources if "[" in path]
    for one in kind.fields:
        if one.required and one.kind != "object":
            paths = [path for path in items if kind.find(path) == one] if "[" in one.name else [one.name]
            yield from (path for path in paths if is_blank(sources.get(path)))
    for group in kind.one_of:
        begun = [name for name in group if any(path.partition("[")[0] == name for path in sources)]
        if begun and len(begun) < len(group):
            yield from (name for name in group if name not in begun)


def _advice(kind: MessageType, texts: Mapping[str, str], names: Mapping[str, str]) -> Iterator[tuple[str, Remark]]:
    for path, text in texts.items():
        one = kind.find(path)
        for fault in value_faults(one, names[path], text) if one is not None else ():
            yield path, Remark(*fault.sentences(), is_error=False, is_advice=True)


def _remark(fault: Fault, template: "Template | None") -> Remark:
    """Return a fault as a remark: of a text that columns fill in, it is one of the row alone."""
    is_error = fault.hard and (template is None or not template.columns)
    return Remark(*fault.sentences(), is_error=is_error, is_advice=not fault.hard)


def _showable(texts: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the texts, half a character (a lone surrogate) as its escape: no page could hold it."""
    return ((path, text.encode(errors="backslashreplace").decode()) for path, text in texts.items())


def _completed(kind: MessageType, content: dict[str, Any]) -> dict[str, Any]:
    """Return a type's object with what a look cannot do without, empty."""
    for one in kind.fields:
        if one.required and one.kind == "object":
            content.setdefault(one.name, {})
        elif one.required and "[" not in one.name:
            *way, last = one.name.split(".")
            place = content
            for step in way:
                place = place.setdefault(step, {})
            place.setdefault(last, "")
    if kind.one_of:
        begun = [group for group in kind.one_of if any(name in content for name in group)]
        for name in (begun or kind.one_of)[0]:
            field_of = kind.find(name)
            content.setdefault(name, [] if field_of is not None and field_of.kind == "list" else "")
    return content

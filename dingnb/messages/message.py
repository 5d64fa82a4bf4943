"""What is sent: an immutable message that checks itself, at once and again after rendering."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from json.encoder import encode_basestring
from typing import Any

from dingnb.errors import MessageError
from dingnb.language import say
from dingnb.limits import STANDARD
from dingnb.messages.fields import TYPES, Fault, Field
from dingnb.messages.template import RowFailure, Template


@dataclass(frozen=True, slots=True)
class Rendered:
    """
    A message rendered for many rows.

    Attributes:
        bodies: For each row the bytes of `msg` as they are sent; None where the row failed.
        failures: The rows that failed, by position, one failure a row.
        advice: What DingTalk advises against, a sentence for each field.
    """

    bodies: list[bytes | None]
    failures: list[RowFailure]
    advice: tuple[str, ...]


@dataclass(frozen=True)
class Message:
    """
    One message, or a template for many: made by `text` and `markdown`.

    Attributes:
        msgtype: DingTalk's name of the type.
        content: The fields of the type and their texts, in DingTalk's order.
        body_bytes: How many bytes of `msg` are allowed. DingTalk's own pages disagree
            (docs/dingtalk.md, "Work notifications: limits"); the default is the cautious 2,048.

    Raises:
        MessageError: A field is missing or longer than DingTalk allows.
        TemplateError: A template cannot be read.
    """

    msgtype: str
    content: tuple[tuple[str, str], ...]
    body_bytes: int = STANDARD.body_bytes

    def __post_init__(self) -> None:
        for name, value in self.content:
            field = f"{self.msgtype}.{name}"
            if not isinstance(value, str):
                kind = type(value).__name__
                raise MessageError(say("message.not_text", field=field, kind=kind), say("message.not_text_todo"))
            if not value.strip():
                raise _error(Fault(field, "missing"))
        if not self.columns:
            rendered = self.render_rows({}, 1)
            for failure in rendered.failures:
                raise MessageError(failure.reason, failure.hint)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The columns that the templates in the message use, in alphabetical order."""
        return tuple(sorted({column for template in self._templates for column in template.columns}))

    def check_columns(self, available: Sequence[object]) -> None:
        """
        Check that every column that the message uses is there.

        Raises:
            TemplateError: One is not.
        """
        for template in self._templates:
            template.check_columns(available)

    def render_rows(self, columns: Mapping[str, Sequence[object]], length: int) -> Rendered:
        """
        Render the message for many rows, and check each of them.

        Args:
            columns: For each used column the values of all rows; `MISSING` is one that a row does not have.
            length: How many rows there are.
        """
        failures: dict[int, RowFailure] = {}
        advice: list[str] = []
        encoded: list[Sequence[str]] = []
        for template, field in zip(self._templates, self._fields, strict=True):
            rows = length if template.columns else min(length, 1)
            texts, failed = template.render_rows(columns, rows)
            for failure in failed:
                failures.setdefault(failure.position, failure)
            for fault in _length_faults(texts, field, template.where, failures, advice):
                failures.setdefault(fault.position, fault)
            quoted = [encode_basestring(one) for one in texts]
            encoded.append(quoted if template.columns else quoted * length)
        skeleton = self._skeleton
        bodies = [
            self._sized(position, skeleton % row, failures) for position, row in enumerate(zip(*encoded, strict=True))
        ]
        for position in failures:
            bodies[position] = None
        return Rendered(bodies, [failures[position] for position in sorted(failures)], tuple(advice))

    def _sized(self, position: int, body: str, failures: dict[int, RowFailure]) -> bytes | None:
        try:
            content = body.encode()
        except UnicodeEncodeError:
            failures.setdefault(
                position, RowFailure(position, "", say("message.surrogate"), say("message.surrogate_todo"))
            )
            return None
        if len(content) > self.body_bytes:
            fault = Fault("msg", "too_many_bytes", len(content), self.body_bytes)
            failures.setdefault(position, RowFailure(position, "", *_sentence(fault)))
        return content

    @cached_property
    def _templates(self) -> tuple[Template, ...]:
        return tuple(Template(value, f"{self.msgtype}.{name}") for name, value in self.content)

    @cached_property
    def _fields(self) -> tuple[Field, ...]:
        by_name = {field.name: field for field in TYPES[self.msgtype].fields}
        return tuple(by_name[name] for name, _ in self.content)

    @cached_property
    def _skeleton(self) -> str:
        fields = ",".join(f"{encode_basestring(name)}:%s" for name, _ in self.content)
        return f'{{"msgtype":"{self.msgtype}","{self.msgtype}":{{{fields}}}}}'

    def __repr__(self) -> str:
        return f"{self.msgtype}({', '.join(f'{name}={value!r}' for name, value in self.content)})"


def text(content: str, *, body_bytes: int = STANDARD.body_bytes) -> Message:
    """
    Return a plain text message.

    Args:
        content: The text, at most 5,000 characters; DingTalk advises 500. Templates are allowed:
            ``"Hi {{ name }}"``.
        body_bytes: How many bytes of `msg` are allowed.

    Raises:
        MessageError: `content` is empty or too long.
        TemplateError: `content` cannot be read as a template.
    """
    return Message("text", (("content", content),), body_bytes)


def markdown(title: str, text: str, *, body_bytes: int = STANDARD.body_bytes) -> Message:
    """
    Return a message in DingTalk's subset of markdown (docs/dingtalk.md, "Messages").

    Args:
        title: What the list of chats shows, at most 64 characters. Templates are allowed.
        text: The text, at most 5,000 characters. Templates are allowed.
        body_bytes: How many bytes of `msg` are allowed.

    Raises:
        MessageError: A field is empty or too long.
        TemplateError: A field cannot be read as a template.
    """
    return Message("markdown", (("title", title), ("text", text)), body_bytes)


def decode(body: bytes) -> dict[str, Any]:
    """Return a body as the dict that it was made from."""
    decoded: dict[str, Any] = json.loads(body)
    return decoded


def _length_faults(
    texts: Sequence[str], field: Field, where: str, failures: Mapping[int, RowFailure], advice: list[str]
) -> list[RowFailure]:
    shortest, longest = min(map(len, texts), default=1), max(map(len, texts), default=1)
    if shortest and longest <= (field.advised or field.characters or longest) and all(map(str.strip, texts)):
        return []
    faults = []
    over_advice = 0
    for position, value in enumerate(texts):
        if position in failures:
            continue
        if not value.strip():
            faults.append(RowFailure(position, "", *_sentence(Fault(where, "missing"))))
        elif field.characters and len(value) > field.characters:
            faults.append(RowFailure(position, "", *_sentence(Fault(where, "too_long", len(value), field.characters))))
        elif field.advised and len(value) > field.advised:
            over_advice = max(over_advice, len(value))
    if over_advice:
        advice.append(say("message.long", field=where, length=over_advice, limit=field.advised))
    return faults


def _error(fault: Fault) -> MessageError:
    return MessageError(*_sentence(fault))


def _sentence(fault: Fault) -> tuple[str, str]:
    what = say(f"message.{fault.problem}", field=fault.field, length=fault.length, limit=fault.limit)
    if fault.problem == "missing":
        return what, say("message.missing_todo")
    return what, say("message.too_long_todo", over=fault.length - fault.limit)

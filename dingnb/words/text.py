"""
Texts as values: a key and its fields, rendered when shown, in the current language.

Errors, reasons, hints and ledger rows store texts as values; rendered sentences are never stored, compared or searched.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from math import log10
from numbers import Integral, Real
from string import Formatter
from typing import Any, Self, TypeAlias, cast

from dingnb.words.catalogue import Translation, labels, translations
from dingnb.words.counted import COUNTED
from dingnb.words.language import get_language, pick
from dingnb.words.visible import visible

Field: TypeAlias = "str | int | float | bool | Text | tuple[Field, ...] | None"
"""A field's value."""

_MINUTE_S = 60

_MINUTES_FROM_SECONDS = 90
"""The number of seconds from which a duration is shown in minutes."""

_HOURS_FROM_MINUTES = 90
"""The number of minutes from which a duration is shown in hours."""

MAX_NAMES = 5
"""The number of names that `listed_briefly` shows."""

_BEFORE_CODE = ("=", "(")
"""Characters after which a value is a part of code."""

_LATIN_START, _LATIN_END = re.compile(r"[A-Za-z]"), re.compile(r"[A-Za-z]\Z")
_CHINESE_START, _CHINESE_END = re.compile(r"[\u4e00-\u9fff]"), re.compile(r"[\u4e00-\u9fff]\Z")

_FULL_WIDTH_ENDS = "。，；：！？）」』”》"
_MAX_INTEGER_BITS = 13_000
"""The maximum size of an integer in a field; Python writes integers of at most 4,300 digits, about 14,300 bits."""

_DIGITS_PER_BIT = log10(2)

_MAX_CACHED = 8_192
"""The maximum number of parsed texts that are cached."""


@dataclass(frozen=True, slots=True, init=False, repr=False)
class Text:
    """
    A text that is rendered when shown: `str()` renders it in the current language.

    Attributes:
        key: The key of the text's template. With an empty key, the text is falsy and renders as an empty string.
        fields: The values of the placeholders, sorted by name: plain values, texts, or tuples of values. Other objects
            become their `str`.

    >>> text = Text("send.expect_todo", n=3)
    >>> text == Text("send.expect_todo", n=3), str(text)
    (True, 'If that is right, pass expect=3.')
    """

    key: str
    fields: tuple[tuple[str, Field], ...]

    def __init__(self, key: str, /, **fields: object) -> None:
        object.__setattr__(self, "key", key)
        object.__setattr__(self, "fields", tuple((name, _to_field(fields[name])) for name in sorted(fields)))

    def __bool__(self) -> bool:
        return bool(self.key)

    def __str__(self) -> str:
        return _render(self, str)

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __repr__(self) -> str:
        return f"Text({', '.join([repr(self.key), *(f'{name}={value!r}' for name, value in self.fields)])})"

    def in_form(self) -> str:
        """
        Return the text as forms show it: what to click or fill in instead of Python code.

        >>> Text("campaign.paused_after_todo").in_form()
        'Fix the cause, then click “Resume”.'
        """
        return _render(self, in_form)

    def mentions(self, key: str) -> bool:
        """Return whether this text, or a text in its fields, has a key."""
        return self.key == key or any(_mentions(value, key) for _, value in self.fields)

    def names_in_form(self, label: str) -> bool:
        """
        Return whether this text, or a text in its fields, names a button or a field where forms show it.

        Args:
            label: The name in `LABELS` of the button or the field.

        >>> Text("campaign.paused_after_todo").names_in_form("resume")
        True
        """
        variant, _ = translations().get(f"in_form.{self.key}", ("", ""))
        return f"{{{label}}}" in variant or any(_names_in_form(value, label) for _, value in self.fields)

    def map_strings(self, change: Callable[[str], str]) -> Self:
        """Return this text with `change` applied to each string in its fields."""
        return type(self)(self.key, **{name: _map_strings(value, change) for name, value in self.fields})

    def quotes(self, value: str) -> bool:
        """Return whether a value is among the fields, including the fields of nested texts."""
        return any(_quotes(field_value, value) for _, field_value in self.fields)

    def visible(self) -> "Text":
        """Return this text with unprintable characters escaped."""
        return self if self.key == "visible" or _is_printable(self) else Text("visible", text=self)

    def to_json(self) -> str:
        """Return the text as compact JSON: equal texts have equal JSON, and an empty text is the empty string."""
        if not self:
            return ""
        parts = _to_parts(self)
        encoded = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
        try:
            encoded.encode()
        except UnicodeEncodeError:  # a lone surrogate can only be stored escaped
            return json.dumps(parts, separators=(",", ":"))
        return encoded

    @classmethod
    def from_json(cls, encoded: str) -> "Text":
        """
        Parse the JSON of a text.

        A text unknown to this version renders as its key and fields; a string that is not JSON of a text is shown
        unchanged.
        """
        return _from_json(encoded)


NOTHING = Text("")
"""The empty text."""


TextLike: TypeAlias = Text | str
"""A displayable text: a `Text`, or a string that is shown unchanged."""


def as_text(text: TextLike) -> Text:
    """Return a `Text`; a string becomes a text that is shown unchanged."""
    if isinstance(text, Text):
        return text
    return Text("verbatim", text=text) if text else NOTHING


def in_form(text: TextLike) -> str:
    """Return a text as forms show it; a string is returned unchanged."""
    return text.in_form() if isinstance(text, Text) else text


def capitalize(text: TextLike) -> str:
    """Return a text as forms show it, with its first letter in upper case."""
    shown = in_form(text)
    return shown[:1].upper() + shown[1:]


def say(key: str, /, **fields: object) -> str:
    """Return the text of `key` in the current language, with `fields` filled in, for immediate display."""
    return _fill_in(translations()[key], _to_strings(fields))


def say_in_english(key: str, /, **fields: object) -> str:
    """Return the English text of `key`, for output that cannot show Chinese characters."""
    return translations()[key][0].format(**_to_strings(fields))


def count(noun: str, n: int) -> Text:
    """
    Return a number and its noun.

    Args:
        noun: A key of `COUNTED`.
        n: The number.

    >>> str(count("person", 1)), str(count("person", 1204))
    ('1 person', '1,204 people')
    """
    return Text("count", noun=noun, n=n)


def duration(seconds: float) -> Text:
    """
    Return a duration in a readable unit: in seconds up to 89, in minutes up to 89, else in hours.

    >>> [str(duration(seconds)) for seconds in (54.2, 89.6, 600, 9_000)]
    ['54 s', '2 min', '10 min', '2.5 h']
    """
    whole = round(seconds)
    if whole < _MINUTES_FROM_SECONDS:
        return Text("duration.seconds", n=whole)
    minutes = round(whole / 60)
    if minutes < _HOURS_FROM_MINUTES:
        return Text("duration.minutes", n=minutes)
    return Text("duration.hours", n=round(whole / 3_600, 1))


def age_text(seconds: float) -> Text:
    """
    Return an age in a readable unit.

    >>> str(age_text(59.9)), str(age_text(600))
    ('less than a minute ago', '10 min ago')
    """
    return Text("plan.age", duration=duration(seconds)) if seconds >= _MINUTE_S else Text("plan.age_short")


def listed(names: Iterable[Text | str]) -> Text:
    """
    Return names joined with the separator of the language.

    >>> str(listed(["a", "b"]))
    'a, b'
    """
    return Text("listed", names=tuple(names))


def listed_briefly(names: Sequence[Text | str], others: str, *, total: int | None = None) -> Text:
    """
    Return the first few of some names, and how many more there are.

    Args:
        names: The names, or at least the first `MAX_NAMES` names.
        others: What the names name, a key of `COUNTED`; only the Chinese text uses it.
        total: The number of names, if not all are given.

    >>> str(listed_briefly(["a", "b"], "person")), str(listed_briefly(list("abcdefg"), "person"))
    ('a, b', 'a, b, c, d, e and 2 more')
    """
    shown = listed(names[:MAX_NAMES])
    more = (len(names) if total is None else total) - MAX_NAMES
    return shown if more <= 0 else Text("few", names=shown, more=more, others=others)


def clauses(parts: Iterable[Text]) -> Text:
    """
    Return clauses joined with the separator of the language.

    >>> str(clauses([count("person", 2), count("call", 1)]))
    '2 people, 1 call'
    """
    joined = tuple(parts)
    return Text("clauses", parts=joined) if joined else NOTHING


def dotted(parts: Iterable[Text]) -> Text:
    """
    Return parts of a line, separated by dots.

    >>> str(dotted([count("person", 2), count("call", 1)]))
    '2 people · 1 call'
    """
    joined = tuple(filter(None, parts))
    return Text("dotted", parts=joined) if joined else NOTHING


def sentences(*parts: Text | str) -> Text:
    """
    Return sentences joined into one text.

    >>> str(sentences(Text("send.nothing_sent"), "", "DingTalk's own."))
    "Nothing was sent. DingTalk's own."
    """
    joined = tuple(filter(None, map(as_text, parts)))
    return joined[0] if len(joined) == 1 else Text("sentences", parts=joined) if joined else NOTHING


def join_sentences(parts: Iterable[str]) -> str:
    """
    Return rendered sentences joined into one string: by a blank, but not after full-width punctuation.

    >>> join_sentences(["没有发送。", "", "请重试。"]), join_sentences(["Nothing was sent.", "Try again."])
    ('没有发送。请重试。', 'Nothing was sent. Try again.')
    """
    joined = ""
    for part in filter(None, parts):
        joined += part if not joined or joined[-1] in _FULL_WIDTH_ENDS else f" {part}"
    return joined


def field_name(path: str) -> Text:
    """
    Return the name of a message field: its path in the JSON sent to DingTalk, or its label in forms.

    >>> str(field_name("text.content")), field_name("text.content").in_form()
    ('text.content', '“Text”')
    """
    return Text("field_name", path=path)


def field_label(path: str) -> tuple[str, str]:
    """
    Return the label of a message field in forms, in two parts: the item of the list that has the field, and the rest.

    Both parts are empty for fields that the forms do not show.

    >>> field_label("oa.body.form[1].key"), field_label("text.content")
    (('Row 2: ', 'Label'), ('', 'Text'))
    """
    start, _, rest = path.partition("[")
    number, _, name = rest.partition("]")
    key = f"field.{start}[]{name}" if rest else f"field.{path}"
    if key not in translations():
        return "", ""
    item = say(f"item.{start}", n=int(number) + 1) if rest else ""
    return (say("compose.item_label", item=item[:1].upper() + item[1:]) if item else ""), say(key)


def _count(fields: Mapping[str, Field], _: Callable[[Text], str]) -> str:
    one, many, chinese = COUNTED[str(fields["noun"])]
    return pick(one if fields["n"] == 1 else many, chinese).format(n=fields["n"])


def _listed(fields: Mapping[str, Field], render: Callable[[Text], str]) -> str:
    return pick(", ", "、").join(_parts(fields["names"], render))


def _clauses(fields: Mapping[str, Field], render: Callable[[Text], str]) -> str:
    return pick(", ", "，").join(_parts(fields["parts"], render))


def _semicolons(fields: Mapping[str, Field], render: Callable[[Text], str]) -> str:
    return pick("; ", "；").join(_parts(fields["parts"], render))


def _dotted(fields: Mapping[str, Field], render: Callable[[Text], str]) -> str:
    return " · ".join(_parts(fields["parts"], render))


def _few(fields: Mapping[str, Field], render: Callable[[Text], str]) -> str:
    names = render(cast("Text", fields["names"]))
    more = COUNTED[str(fields["others"])][2].format(n=fields["more"])
    return pick(f"{names} and {fields['more']:,} more", f"{names} 及另外 {more}")


def _sentences(fields: Mapping[str, Field], render: Callable[[Text], str]) -> str:
    return join_sentences(_parts(fields["parts"], render))


def _field_name(fields: Mapping[str, Field], render: Callable[[Text], str]) -> str:
    path = str(fields["path"])
    if render is not in_form:
        return path
    item, label = field_label(path)
    return f"“{item}{label}”" if label else path


def _field_label(fields: Mapping[str, Field], _: Callable[[Text], str]) -> str:
    return "".join(field_label(str(fields["path"])))


def _verbatim(fields: Mapping[str, Field], _: Callable[[Text], str]) -> str:
    return str(fields["text"])


def _visible(fields: Mapping[str, Field], render: Callable[[Text], str]) -> str:
    return visible(render(cast("Text", fields["text"])))


def _unknown(fields: Mapping[str, Field], _: Callable[[Text], str]) -> str:
    return str(fields["shown"])


RENDERERS: dict[str, Callable[[Mapping[str, Field], Callable[[Text], str]], str]] = {
    "count": _count,
    "listed": _listed,
    "clauses": _clauses,
    "semicolons": _semicolons,
    "dotted": _dotted,
    "few": _few,
    "sentences": _sentences,
    "field_name": _field_name,
    "field_label": _field_label,
    "verbatim": _verbatim,
    "visible": _visible,
    "unknown": _unknown,
}
"""The renderers of texts that have no templates, by key."""


def add_renderer(key: str, render: Callable[[Mapping[str, Field]], str]) -> None:
    """Register a renderer for a key that has no entry in the tables."""
    RENDERERS[key] = lambda fields, _: render(fields)


def _to_strings(fields: Mapping[str, object]) -> dict[str, object]:
    return {name: str(value) if isinstance(value, Text) else value for name, value in fields.items()}


def _to_field(value: object) -> Field:
    if value is None or isinstance(value, Text | bool):
        return value
    if isinstance(value, str):
        return str(value)
    # A duration of NumPy is registered as an integer, but cannot be used as an integer.
    if isinstance(value, Integral) and hasattr(value, "__index__"):
        bits = int(value).bit_length()
        return int(value) if bits <= _MAX_INTEGER_BITS else Text("long_integer", digits=int(bits * _DIGITS_PER_BIT) + 1)
    if isinstance(value, Real) and not isinstance(value, Integral):
        return float(value)
    if isinstance(value, tuple):
        return tuple(map(_to_field, value))
    return _object_field(value)


def _object_field(value: object) -> Field:
    """Return an object whose str is its repr, such as a list or NA, as a text without quotes; any other as its str."""
    try:
        return Text("verbatim", text=str(value)) if str(value) == repr(value) else str(value)
    except ValueError:  # an integer inside has more digits than Python writes
        return Text("verbatim", text=type(value).__name__)


def _render(text: Text, render: Callable[[Text], str]) -> str:
    """Return a text as a string, with `render` applied to the texts in its fields."""
    fields = dict(text.fields)
    if text.key in RENDERERS:
        return RENDERERS[text.key](fields, render)
    if not text.key:
        return ""
    filled = {
        name: _render_field(value, render) if isinstance(value, Text) else value for name, value in fields.items()
    }
    variant = translations().get(f"in_form.{text.key}") if render is in_form else None
    named = {} if variant is None else {name: say(label) for name, label in labels().items()}
    return _fill_in(variant or translations()[text.key], {**named, **filled})


def _fill_in(texts: Translation, fields: Mapping[str, object]) -> str:
    """Return the text in the current language, with fields filled in."""
    english, chinese = texts
    return _format_chinese(chinese, fields) if get_language() == "zh" else english.format(**fields)


@cache
def _parse(pattern: str) -> tuple[tuple[str, str | None, str | None, str | None], ...]:
    return tuple(Formatter().parse(pattern))


def _format_chinese(pattern: str, fields: Mapping[str, object]) -> str:
    """
    Fill in the fields of a Chinese pattern, with Chinese quotes around values: “张伟” instead of '张伟'.

    Values in code, which follow ``=`` or ``(``, have Python's quotes. Spaces separate Latin letters of a value from
    Chinese characters beside it; a quoted value is not followed by a space.

    >>> _format_chinese("通讯录中没有 {name!r}。", {"name": "张伟"})
    '通讯录中没有“张伟”。'
    >>> _format_chinese("请写 keep={name!r}。", {"name": "张伟"})
    "请写 keep='张伟'。"
    >>> _format_chinese("该{what}为 {value!r}。", {"what": "userid", "value": "a1"})
    '该 userid 为“a1”。'
    >>> _format_chinese("{{{{ {name} }}}}，您好", {"name": "name"})
    '{{ name }}，您好'
    """
    text = ""
    is_quoted = False
    for literal, name, spec, conversion in _parse(pattern):
        gap = " " if _LATIN_END.search(text) and _CHINESE_START.match(literal) else ""
        text += literal.removeprefix(" ") if is_quoted else f"{gap}{literal}"
        is_quoted = False
        # Without a field, the literal is at the end, or is an escaped brace.
        if name is None:
            continue
        value = fields[name]
        if (
            conversion == "r"
            and isinstance(value, str)
            and not isinstance(value, _Unquoted)
            and text[-1:] not in _BEFORE_CODE
        ):
            text, is_quoted = f"{text.removesuffix(' ')}“{visible(value)}”", True
        else:
            filled = format(repr(value) if conversion == "r" else value, spec or "")
            gap = " " if _CHINESE_END.search(text) and _LATIN_START.match(filled) else ""
            text, is_quoted = f"{text}{gap}{filled}", filled.endswith(("”", "）"))
    return text


class _Unquoted(str):
    """A string that is its own repr."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def _render_field(text: Text, render: Callable[[Text], str]) -> str:
    return _Unquoted(render(text)) if text.key == "verbatim" else render(text)


def _parts(value: Field, render: Callable[[Text], str]) -> list[str]:
    return [render(part) if isinstance(part, Text) else str(part) for part in cast("tuple[Field, ...]", value)]


def _mentions(value: Field, key: str) -> bool:
    if isinstance(value, tuple):
        return any(_mentions(item, key) for item in value)
    return isinstance(value, Text) and value.mentions(key)


def _names_in_form(value: Field, label: str) -> bool:
    if isinstance(value, tuple):
        return any(_names_in_form(item, label) for item in value)
    return isinstance(value, Text) and value.names_in_form(label)


def _quotes(value: Field, quoted: str) -> bool:
    if isinstance(value, tuple):
        return any(_quotes(item, quoted) for item in value)
    return value.quotes(quoted) if isinstance(value, Text) else value == quoted


def _is_printable(value: Field) -> bool:
    if isinstance(value, tuple):
        return all(map(_is_printable, value))
    if isinstance(value, Text):
        return value.key == "visible" or all(_is_printable(field_value) for _, field_value in value.fields)
    return not isinstance(value, str) or value.isprintable()


def _map_strings(value: Field, change: Callable[[str], str]) -> Field:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, tuple):
        return tuple(_map_strings(item, change) for item in value)
    return value.map_strings(change) if isinstance(value, Text) else value


def _to_parts(value: Field) -> object:
    if isinstance(value, tuple):
        return [_to_parts(item) for item in value]
    if not isinstance(value, Text):
        return value
    if value.key == "unknown":
        return json.loads(str(dict(value.fields)["json"]))
    return {value.key: {name: _to_parts(field_value) for name, field_value in value.fields}}


def _from_parts(parts: object) -> Field:
    if isinstance(parts, list):
        return tuple(map(_from_parts, parts))
    return _from_object(parts) if isinstance(parts, dict) else cast("Field", parts)


def _from_object(parts: Mapping[str, Any]) -> Text:
    ((key, fields),) = parts.items()
    text = Text(key, **{name: _from_parts(value) for name, value in fields.items()})
    try:
        str(text)
    except (LookupError, TypeError, ValueError):
        values = ", ".join(f"{name}={value}" for name, value in text.fields)
        shown = f"{key} ({values})" if values else key
        return Text("unknown", shown=shown, json=json.dumps(parts, ensure_ascii=False, separators=(",", ":")))
    return text


@lru_cache(_MAX_CACHED)
def _from_json(encoded: str) -> Text:
    try:
        return _from_object(json.loads(encoded)) if encoded else NOTHING
    except (AttributeError, ValueError):
        return as_text(encoded)

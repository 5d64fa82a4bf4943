"""
The fields of a survey's form, for `dingnb.survey`.

Example:
    >>> import dingnb
    >>> dingnb.survey(
    ...     "Team day",
    ...     "{{ name }}, what would you like?",
    ...     fields=[
    ...         dingnb.fields.choice("drink", "Drink", ["Tea", "Coffee"]),
    ...         dingnb.fields.number("guests", "Guests", required=False),
    ...     ],
    ... ).columns
    ('name',)
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from dingnb.errors import InputError, MessageError
from dingnb.errors.arguments import check_flag, explains_arguments, is_iterable, is_number, short_repr
from dingnb.messages.leaves import is_template
from dingnb.messages.validation import Fault, form_field_faults, strip_midnight
from dingnb.tables.cell_values import to_spreadsheet_precision
from dingnb.words import Text

__all__ = ["choice", "date", "multiple", "number", "switch", "text"]


def __dir__() -> list[str]:
    """Return the names that a notebook completes."""
    return __all__


@dataclass(frozen=True, slots=True)
class FormField:
    """
    One field of a form; the functions of this module create fields.

    Attributes:
        name: The field's name, which becomes a column of the answers.
        label: The text that people see. Templates are allowed here, and in `options`, `placeholder` and `default`.
        type: DingTalk's type: ``SELECT``, ``MULTI_SELECT``, ``TEXT``, ``TEXT_AREA``, ``NUMBER``, ``DATE`` or
            ``SWITCH``.
        required: Whether the form cannot be submitted without a value of the field.
        options: The options, one on each line, as ``value=text`` where people see another text.
        placeholder: The text in the empty field.
        default: The initial value.
    """

    name: str
    label: str
    type: str
    required: bool = True
    options: str = ""
    placeholder: str = ""
    default: str = ""

    @property
    def item(self) -> dict[str, str]:
        """The field as an item of a message's list."""
        texts = {
            "name": self.name,
            "label": self.label,
            "type": self.type,
            "required": "true" if self.required else "",
            "options": self.options,
            "placeholder": self.placeholder,
            "default": self.default,
        }
        return {name: text for name, text in texts.items() if text != "" or name in {"name", "label"}}


Options = Mapping[str, str] | Iterable[str]


@explains_arguments
def choice(name: str, label: str, options: Options, *, required: bool = True, placeholder: str = "") -> FormField:
    r"""
    Return a field in which people choose one option.

    Args:
        name: The name of the field, and of the column of answers.
        label: The text that people see. Templates are allowed, here and below.
        options: The options, as texts, or as a mapping of the value that the answer has to the text that people see. A
            single text has one option on each line, so that ``"{{ options }}"`` offers each person different options.
        required: Whether the form cannot be submitted without an answer.
        placeholder: The text in the empty field.

    Raises:
        MessageError: An option is not text, is blank or contains a line break, a value contains ``=``, or two options
            have the same value or text; or `options` is a set, which has no order.

    >>> choice("drink", "Drink", {"tea": "Tea", "none": "Nothing"}).options
    'tea=Tea\nnone=Nothing'
    """
    return _field(name, label, "SELECT", required=required, options=_lines(name, options), placeholder=placeholder)


@explains_arguments
def multiple(name: str, label: str, options: Options, *, required: bool = True, placeholder: str = "") -> FormField:
    """Return a field in which people choose several options; the arguments are the same as for `choice`."""
    lines = _lines(name, options)
    return _field(name, label, "MULTI_SELECT", required=required, options=lines, placeholder=placeholder)


@explains_arguments
def text(
    name: str, label: str, *, long: bool = False, required: bool = True, placeholder: str = "", default: str = ""
) -> FormField:
    """
    Return a field for a text.

    Args:
        name: The name of the field, and of the column of answers.
        label: The text that people see. Templates are allowed, here and below.
        long: Whether the answer may have several lines.
        required: Whether the form cannot be submitted without an answer.
        placeholder: The text in the empty field.
        default: The initial text.

    Raises:
        InputError: An argument has the wrong type; the other functions of this module raise the same error.
    """
    _check_flag(name, "long", long)
    kind = "TEXT_AREA" if long else "TEXT"
    return _field(name, label, kind, required=required, placeholder=placeholder, default=default)


@explains_arguments
def number(
    name: str, label: str, *, required: bool = True, placeholder: str = "", default: str | float | Decimal = ""
) -> FormField:
    """
    Return a field for a number; the arguments are the same as for `text`.

    Raises:
        MessageError: `default` is not a number.
    """
    if isinstance(default, float):
        default = to_spreadsheet_precision(default)
    default_text = str(default) if is_number(default) or isinstance(default, Decimal) else default
    return _field(name, label, "NUMBER", required=required, placeholder=placeholder, default=default_text)


@explains_arguments
def date(
    name: str,
    label: str,
    *,
    required: bool = True,
    placeholder: str = "",
    default: str | dt.date = "",
) -> FormField:
    """
    Return a field for a date; the arguments are the same as for `text`.

    Args:
        name: As for `text`.
        label: As for `text`.
        required: As for `text`.
        placeholder: As for `text`.
        default: The initial date: ``"2026-11-30"``, or a date. An empty time, as in ``"2026-11-30 00:00:00"``, is left
            out, also in a column that a template uses.

    Raises:
        MessageError: `default` is not a date, or has a time.
    """
    default_text = strip_midnight(default.isoformat()) if isinstance(default, dt.date) else default
    return _field(name, label, "DATE", required=required, placeholder=placeholder, default=default_text)


@explains_arguments
def switch(name: str, label: str, *, required: bool = False) -> FormField:
    """Return a field that is on or off; the arguments are the same as for `text`."""
    return _field(name, label, "SWITCH", required=required)


def _field(
    name: str,
    label: str,
    kind: str,
    *,
    required: bool,
    options: str = "",
    placeholder: str = "",
    default: object = "",
) -> FormField:
    """Return a field whose arguments are checked, apart from templates."""
    texts = {"name": name, "label": label, "placeholder": placeholder, "default": default}
    for argument, value in texts.items():
        if not isinstance(value, str):
            raise _bad_argument(name, argument, value, "form_field.text_todo")
    _check_flag(name, "required", required)
    field = FormField(name, label, kind, required, options, placeholder, str(default))
    constant = {argument: value for argument, value in field.item.items() if not is_template(value)}
    for fault in form_field_faults(constant, f"survey.fields.{name}"):
        if fault.problem != "no_options":
            raise MessageError(*fault.sentences())
    return field


def _check_flag(name: str, argument: str, value: object) -> None:
    try:
        check_flag(argument, value)
    except InputError:
        raise _bad_argument(name, argument, value, "form_field.flag_todo") from None


def _bad_argument(name: object, argument: str, value: object, todo: str) -> InputError:
    field = name if isinstance(name, str) else short_repr(name)
    what = Text("form_field.refused", field=field, argument=argument, value=short_repr(value))
    return InputError(what, Text(todo, argument=argument))


def _lines(name: str, options: Options) -> str:
    if isinstance(options, str):
        return options
    where = f"survey.fields.{name}.options"
    if isinstance(options, Mapping):
        pairs: Iterable[tuple[object, object]] = options.items()
    elif not isinstance(options, set | frozenset) and is_iterable(options):
        pairs = ((option, option) for option in options)
    else:
        raise MessageError(*Fault(where, "not_list", value=type(options).__name__).sentences())
    lines = []
    for value, text in pairs:
        for part in (value, text):
            if not isinstance(part, str):
                raise MessageError(*Fault(where, "not_text", value=type(part).__name__).sentences())
            if len(part.splitlines()) > 1 or not part.strip():
                raise MessageError(Text("message.bad_option", value=part), Text("message.bad_option_todo"))
        if "=" in str(value):
            raise MessageError(Text("message.bad_option", value=value), Text("message.bad_option_todo"))
        lines.append(str(text) if value == text else f"{value}={text}")
    return "\n".join(lines)

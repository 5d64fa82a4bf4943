"""
The Jinja environment of templates: a short list of filters, attributes and calls of `loop` only, and limits on growth.

Filters that are not listed as allowed are refused, and tags that are listed as forbidden. All other tags, and all of
Jinja's tests, such as ``is defined``, can be used. The limits apply for each row, and during compilation, since Jinja
folds constants then.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import partial, wraps
from inspect import signature, unwrap
from typing import Any, Final

from jinja2 import StrictUndefined, nodes, pass_eval_context
from jinja2.exceptions import FilterArgumentError
from jinja2.filters import FILTERS as JINJA_FILTERS
from jinja2.filters import make_attrgetter, make_multi_attrgetter
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.tests import TESTS as JINJA_TESTS

from dingnb.errors import InputError, TemplateError
from dingnb.messages.filters import FILTERS, MisuseError, to_float, to_int, to_text
from dingnb.messages.template_limits import (
    CONTAINERS,
    GUARDS,
    MAX_CHARACTERS,
    MAX_FREE_LENGTH,
    charge_input,
    charge_result,
    size_of,
    spend_steps,
    too_large_number_error,
    too_long_error,
)
from dingnb.messages.text_numbers import COMPARISONS, check_order, check_product, check_sum, compare
from dingnb.words import Text, field_name

ALLOWED_JINJA_FILTERS: Final = (
    "abs", "capitalize", "count", "d", "default", "e", "escape", "first", "float", "format", "int", "join",
    "last", "length", "list", "lower", "max", "min", "replace", "reverse", "round", "sort", "string",
    "striptags", "sum", "title", "trim", "truncate", "unique", "upper", "urlencode", "wordcount",
)  # fmt: skip
"""Jinja's filters that templates may use."""

_SLOW_FILTERS = frozenset(
    {
        "capitalize", "float", "format", "int", "join", "list", "max", "min", "reverse", "sort", "striptags", "sum",
        "title", "unique", "urlencode", "wordcount",
    }
)  # fmt: skip
"""Filters that process each character or item."""

_TEXT_FILTERS = frozenset(
    {
        "capitalize", "e", "escape", "lower", "replace", "string", "striptags", "title", "trim", "truncate",
        "upper", "wordcount",
    }
)  # fmt: skip
"""Filters of texts; their arguments are converted to text as in a tag without filters."""

_CONSTANT_TIME_FILTERS = frozenset({"count", "d", "default", "first", "last", "length"})
"""Filters whose cost does not depend on the size of the value."""

_ATTRIBUTE_FILTERS = frozenset({"join", "max", "min", "sort", "sum", "unique"})
"""Filters that can look up a part of each item, as with ``attribute="price"`` or ``"a.b"``."""

_MISUSES = (ArithmeticError, AssertionError, AttributeError, FilterArgumentError, LookupError, TypeError, ValueError)
_BASE_10 = 10
_MAX_DIGITS = 20
_MAX_TAGS = 1_000
_MAX_NODES = 5_000
_MAX_CONVERSION_LENGTH = 500  # a float with 99 digits after the point has 410 characters
_MAX_POWER = 64
_MAX_LEVELS = 50
_CONVERSIONS = re.compile(r"%(?:\(([^()]*)\))?([-#0 +.*\d]*)([a-zA-Z%])")
_LONG_WIDTH = re.compile(r"\d{3,}|\*")
_NESTED_KEY = re.compile(r"(?<!%)(?:%%)*%\([^)]*\(")
_FORBIDDEN_TAGS = (
    nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport, nodes.Block, nodes.Macro, nodes.CallBlock,
)  # fmt: skip


class _MissingValue(StrictUndefined):
    """A missing value. Unlike in Jinja's class, repr() raises, so a list with a missing value cannot be written."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


class _Environment(ImmutableSandboxedEnvironment):
    intercepted_binops = frozenset({"+", "*", "**", "%"})

    def getitem(self, obj: Any, argument: Any) -> Any:  # noqa: ANN401 - jinja's signature
        """Return an item, without Jinja's fallback to attributes."""
        try:
            return obj[argument]
        except (AttributeError, LookupError, TypeError, ValueError):
            return self.undefined(obj=obj, name=argument)

    def getattr(self, obj: Any, attribute: str) -> Any:  # noqa: ANN401 - jinja's signature
        """Return an attribute of a loop; nothing else has attributes."""
        if isinstance(obj, LoopContext):
            return super().getattr(obj, attribute)
        return self.undefined(obj=obj, name=attribute)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:  # noqa: ANN401 - jinja's signature
        """Return the result of an operator, unless the result would be huge, or the numbers are text."""
        if operator == "+":
            check_sum(left, right)
            return super().call_binop(context, operator, left, right)
        if operator == "%" and isinstance(left, str):
            return charge_result(_write_format(left, right))
        if operator == "**" and (abs(left) > MAX_CHARACTERS or abs(right) > _MAX_POWER):
            raise too_large_number_error()
        if operator == "*":
            check_product(left, right)
            _check_length_of_product(left, right)
            _check_length_of_product(right, left)
        return charge_result(super().call_binop(context, operator, left, right))


def _environment() -> _Environment:
    environment = _Environment(undefined=_MissingValue, keep_trailing_newline=True, finalize=to_text)
    environment.globals.clear()
    own_filters = {
        "format": _format,
        "float": _float,
        "int": _int,
        "join": _join,
        "replace": _replace,
        "round": _round,
        "trim": _trim,
        "urlencode": _urlencode,
        **{name: _ordering_filter(name) for name in ("max", "min", "sort")},
    }
    available = JINJA_FILTERS | own_filters
    environment.filters = {name: _limit_filter(name, available[name]) for name in ALLOWED_JINJA_FILTERS}
    environment.filters |= {**FILTERS, **GUARDS}
    environment.tests |= _comparing_tests()
    return environment


def _comparing_tests() -> dict[str, Callable[..., Any]]:
    """Return the tests that compare values, such as ``n is gt 5``, under the same rules as operators."""
    comparisons = {**COMPARISONS, "in": JINJA_TESTS["in"]}
    return {
        test: partial(compare, name=name)
        for name, comparison in comparisons.items()
        for test, function in JINJA_TESTS.items()
        if function is comparison
    }


def check_source_size(where: str, source: str) -> None:
    """
    Check that a template is small enough to be parsed quickly.

    Raises:
        TemplateError: The template has too many characters or tags.
    """
    if len(source) > MAX_CHARACTERS or sum(map(source.count, ("{{", "{%", "{#"))) > _MAX_TAGS:
        raise _too_large(where)


def check_features(where: str, tree: nodes.Template) -> None:
    """
    Check that a template uses nothing that is forbidden, and that it is not too large.

    Forbidden are tags about blocks, macros and other templates; nested and recursive loops; attributes and calls,
    except those of `loop`; and arguments that a filter does not accept.

    Raises:
        TemplateError: The template uses something forbidden, which the error names, or is too large.
        RecursionError: The template is nested so deeply that Python's compiler would take too long.
    """
    depth, size = _depth_and_size(tree)
    if depth > _MAX_LEVELS:
        raise RecursionError
    if size > _MAX_NODES:
        raise _too_large(where)
    for tag in tree.find_all(_FORBIDDEN_TAGS):
        raise _tag_error(where, type(tag).__name__.lower(), tag.lineno)
    for loop in tree.find_all(nodes.For):
        if loop.recursive or loop.find(nodes.For):
            raise _tag_error(where, "for … recursive" if loop.recursive else "for … for", loop.lineno)
    for name in _forbidden_attributes(tree):
        raise TemplateError(Text("template.inside", where=field_name(where), name=name), Text("template.inside_todo"))
    _check_arguments(where, tree)
    for call in tree.find_all(nodes.Call):
        if not isinstance(call.node, nodes.Getattr):
            raise TemplateError(
                Text("template.call", where=field_name(where), line=call.lineno), Text("template.inside_todo")
            )


def _check_arguments(where: str, tree: nodes.Template) -> None:
    for filter_node in tree.find_all(nodes.Filter):
        if not _takes_arguments(filter_node):
            what = Text("template.arguments", where=field_name(where), name=filter_node.name, line=filter_node.lineno)
            raise TemplateError(what, Text("template.arguments_todo"))


def _takes_arguments(node: nodes.Filter) -> bool:
    """Return whether a filter accepts the number and names of its arguments; True if unknown, as in `*values`."""
    function = ENVIRONMENT.filters.get(node.name)
    if function is None or node.dyn_args is not None or node.dyn_kwargs is not None:
        return True
    wrapped = unwrap(function)
    positional = [None] * (hasattr(wrapped, "jinja_pass_arg") + 1 + len(node.args))
    try:
        signature(wrapped).bind(*positional, **{str(kwarg.key): None for kwarg in node.kwargs})
    except TypeError:
        return False
    return True


def _forbidden_attributes(tree: nodes.Template) -> Iterator[str]:
    """Yield the attributes of anything but `loop`, and the keys that start like the names of Python's internals."""
    for attribute in tree.find_all(nodes.Getattr):
        if not (isinstance(attribute.node, nodes.Name) and attribute.node.name == "loop"):
            yield attribute.attr
    for item in tree.find_all(nodes.Getitem):
        if isinstance(item.arg, nodes.Const) and str(item.arg.value).startswith("__"):
            yield str(item.arg.value)


def _depth_and_size(tree: nodes.Node) -> tuple[int, int]:
    """Return the depth and the number of nodes of a tree."""
    depth, size, level = 0, 0, [tree]
    while level:
        depth, size = depth + 1, size + len(level)
        level = [child for node in level for child in node.iter_child_nodes()]
    return depth, size


def _limit_filter(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a filter whose errors of misuse contain its name; it spends steps unless its time is constant."""
    value_index = 1 if hasattr(function, "jinja_pass_arg") else 0

    @wraps(function)
    def named(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - any filter
        try:
            return function(*args, **kwargs)
        except InputError:
            raise
        except _MISUSES:
            raise MisuseError(name, args[value_index], *args[value_index + 1 :], **kwargs) from None

    @wraps(function)
    def charged(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - likewise
        if name in _TEXT_FILTERS:
            args = (*args[:value_index], *map(to_text, args[value_index:]))
        value = args[value_index]
        if type(value) is not str or len(value) > MAX_FREE_LENGTH:
            _charge(name, value, args[value_index + 1 :], kwargs)
        try:
            result = function(*args, **kwargs)
            if hasattr(result, "__next__"):
                result = list(result)
        except InputError:
            raise
        except _MISUSES:
            raise MisuseError(name, value, *args[value_index + 1 :], **kwargs) from None
        return result if type(result) is str and len(result) <= MAX_FREE_LENGTH else charge_result(result)

    return named if name in _CONSTANT_TIME_FILTERS else charged


def _charge(name: str, value: object, args: tuple[object, ...], kwargs: Mapping[str, object]) -> None:
    """Spend the steps that applying a filter costs."""
    charge_input(value, one_by_one=name in _SLOW_FILTERS)
    if name in _ATTRIBUTE_FILTERS:
        dots = sum(argument.count(".") for argument in (*args, *kwargs.values()) if isinstance(argument, str))
        spend_steps(size_of(value) * dots)


def _ordering_filter(name: str) -> Callable[..., Any]:
    """Return a filter of Jinja that orders values, but not numbers that are text: "900" would be larger than "1000"."""
    function = JINJA_FILTERS[name]
    arguments_of = signature(function)

    @wraps(function)
    def ordered(environment: Any, value: Any, *args: object, **kwargs: object) -> Any:  # noqa: ANN401 - any filter
        items = list(value)
        arguments = arguments_of.bind(environment, items, *args, **kwargs).arguments
        try:
            for keys in zip(*map(make_multi_attrgetter(environment, arguments.get("attribute")), items), strict=True):
                check_order(keys)
        except TypeError:
            raise MisuseError(name, value, *args, **kwargs).advise(Text("template.text_ordered_todo")) from None
        return function(environment, items, *args, **kwargs)

    return ordered


def _format(value: object, /, *args: object, **kwargs: object) -> str:
    return _write_format(str(value), kwargs or args)


def _write_format(pattern: str, values: object) -> str:
    """Return the result of ``pattern % values``; values for ``%s`` are written as in a tag without filters."""
    _check_format(pattern, values)
    conversions = [(name, kind) for name, _, kind in _CONVERSIONS.findall(pattern) if kind != "%"]
    if isinstance(values, dict) and all(name for name, _ in conversions):
        texts = {name for name, _ in conversions} - {name for name, kind in conversions if kind != "s"}
        return pattern % {name: to_text(value) if name in texts else value for name, value in values.items()}
    kinds = [kind for _, kind in conversions]
    items = values if isinstance(values, tuple) else (values,)
    if len(items) == len(kinds):
        items = tuple(to_text(item) if kind == "s" else item for item, kind in zip(items, kinds, strict=True))
    return pattern % items


@pass_eval_context
def _join(context: Any, value: Any, d: object = "", attribute: Any = None) -> Any:  # noqa: ANN401 - as in jinja
    items = value if hasattr(value, "__len__") else list(value)
    if len(items) * len(str(d)) > MAX_CHARACTERS:
        raise too_long_error()
    if attribute is not None:
        items = map(make_attrgetter(context.environment, attribute), items)
    return JINJA_FILTERS["join"](context, list(map(to_text, items)), d)


def _float(value: object, default: object = None) -> Any:  # noqa: ANN401 - a number
    if isinstance(value, str):
        return to_float(value, default)
    return JINJA_FILTERS["float"](value, 0.0 if default is None else default)


def _int(value: object, default: object = None, base: int = 10) -> Any:  # noqa: ANN401 - a number
    if isinstance(value, str) and base == _BASE_10:
        return to_int(value, default)
    if isinstance(value, Decimal):
        # 1E+999999999 is short, but an integer of that length is impossible.
        size_of(value)
    return JINJA_FILTERS["int"](value, 0 if default is None else default, base)


def _trim(value: object, chars: object = None) -> str:
    text = str(value)
    if isinstance(chars, str):
        spend_steps(len(text) * len(chars) // MAX_FREE_LENGTH)
    return JINJA_FILTERS["trim"](text, chars)  # type: ignore[no-any-return]


def _replace(value: object, old: object, new: object, count: int | None = None) -> str:
    text, search, replacement = str(value), str(old), str(new)
    if text.count(search) * len(replacement) > MAX_CHARACTERS:
        raise too_long_error()
    return text.replace(search, replacement, -1 if count is None else count)


def _urlencode(value: Any) -> Any:  # noqa: ANN401 - a text, or the parameters of an address
    return JINJA_FILTERS["urlencode"](value if isinstance(value, CONTAINERS) else to_text(value))


def _round(value: Any, precision: int = 0, method: str = "common") -> Any:  # noqa: ANN401 - a number of any kind
    if abs(precision) > _MAX_DIGITS:
        raise ValueError(precision)
    return JINJA_FILTERS["round"](value, precision, method)


def _check_length_of_product(value: Any, times: Any) -> None:  # noqa: ANN401 - any two values
    # Two texts have no product; multiplying the length of the first by the second would repeat the second.
    if hasattr(value, "__len__") and not hasattr(times, "__len__"):
        length = size_of(value) if isinstance(value, CONTAINERS) else len(value)
        if length * times > MAX_CHARACTERS:
            raise too_long_error()


def _check_format(pattern: str, values: object) -> None:
    if _NESTED_KEY.search(pattern):
        # Python reads on to the last parenthesis of the key, where a width may follow.
        raise ValueError(pattern)
    is_wide = any(_LONG_WIDTH.search(width) for _, width, _ in _CONVERSIONS.findall(pattern))
    if is_wide or pattern.count("%") * (size_of(values) + _MAX_CONVERSION_LENGTH) > MAX_CHARACTERS:
        raise too_long_error()


def _too_large(where: str) -> TemplateError:
    return TemplateError(
        Text("template.too_large", where=field_name(where), characters=MAX_CHARACTERS, tags=_MAX_TAGS),
        Text("template.too_large_todo"),
    )


def _tag_error(where: str, tag: str, line: int) -> TemplateError:
    return TemplateError(Text("template.tag", where=field_name(where), tag=tag, line=line), Text("template.tag_todo"))


ENVIRONMENT: Final = _environment()

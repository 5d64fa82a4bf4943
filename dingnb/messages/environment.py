"""
The Jinja environment of templates: a short list of filters, no attributes, no calls, and nothing that grows.

What a template can reach is listed here, instead of listing what it cannot. Jinja folds constants while it
compiles, so that these guards hold there as well as for each row.
"""

import re
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any, Final

from jinja2 import StrictUndefined, nodes
from jinja2.filters import FILTERS as JINJA_FILTERS
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment

from dingnb.errors import InputError, TemplateError
from dingnb.language import say
from dingnb.messages.filters import FILTERS
from dingnb.messages.shown import written

MOST_CHARACTERS: Final = 100_000
"""How long one text may grow while it is made; no message comes near it."""

JINJAS_FILTERS: Final = (
    "abs", "capitalize", "count", "d", "default", "e", "escape", "first", "float", "format", "int", "join",
    "last", "length", "list", "lower", "max", "min", "replace", "reverse", "round", "sort", "string",
    "striptags", "sum", "title", "trim", "truncate", "unique", "upper", "urlencode", "wordcount",
)  # fmt: skip
"""The filters of Jinja's that templates may use."""

_MOST_DIGITS = 20
_MOST_POWER = 64
_MOST_LEVELS = 50
_WIDTH = re.compile(r"\d{3,}|\*")
_NOT_FOR_MESSAGES = (
    nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport, nodes.Block, nodes.Macro, nodes.CallBlock,
)  # fmt: skip


class _Gap(StrictUndefined):
    """A value that is not there; unlike Jinja's own it cannot be written inside of a list either."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


class _Environment(ImmutableSandboxedEnvironment):
    intercepted_binops = frozenset({"*", "**", "%"})

    def getitem(self, obj: Any, argument: Any) -> Any:  # noqa: ANN401 - jinja's signature
        """Return an item, and never an attribute, which is what Jinja falls back on."""
        try:
            return obj[argument]
        except (AttributeError, LookupError, TypeError, ValueError):
            return self.undefined(obj=obj, name=argument)

    def getattr(self, obj: Any, attribute: str) -> Any:  # noqa: ANN401 - jinja's signature
        """Return what a loop tells of itself; nothing else has attributes."""
        if isinstance(obj, LoopContext):
            return super().getattr(obj, attribute)
        return self.undefined(obj=obj, name=attribute)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:  # noqa: ANN401 - jinja's signature
        """Return the result of an operator that could make something huge, unless it would."""
        if operator == "%" and isinstance(left, str):
            _check_format(left)
        if operator == "**" and (abs(left) > MOST_CHARACTERS or abs(right) > _MOST_POWER):
            raise _too_long()
        if operator == "*":
            for one, other in ((left, right), (right, left)):
                if hasattr(one, "__len__") and len(one) * other > MOST_CHARACTERS:
                    raise _too_long()
        return super().call_binop(context, operator, left, right)


def _environment() -> _Environment:
    environment = _Environment(undefined=_Gap, keep_trailing_newline=True, finalize=written)
    environment.globals.clear()
    guarded = {**JINJA_FILTERS, "format": _format, "replace": _replace, "round": _round}
    environment.filters = {name: _bounded(guarded[name]) for name in JINJAS_FILTERS} | FILTERS
    return environment


def refuse_what_is_out_of_reach(where: str, tree: nodes.Template) -> None:
    """
    Check that a template uses columns, filters, if and for, and nothing else.

    Raises:
        TemplateError: It uses more; the error names it.
        RecursionError: It is nested so deeply that Python's compiler would be long about it.
    """
    if _depth(tree) > _MOST_LEVELS:
        raise RecursionError
    for tag in tree.find_all(_NOT_FOR_MESSAGES):
        raise _tag_error(where, type(tag).__name__.lower(), tag.lineno)
    for loop in tree.find_all(nodes.For):
        if loop.recursive or loop.find(nodes.For):
            raise _tag_error(where, "for … recursive" if loop.recursive else "for … for", loop.lineno)
    for name in _attributes(tree):
        raise TemplateError(say("template.inside", where=where, name=name), say("template.inside_todo"))
    for call in tree.find_all(nodes.Call):
        if not isinstance(call.node, nodes.Getattr):
            raise TemplateError(say("template.call", where=where, line=call.lineno), say("template.inside_todo"))


def _attributes(tree: nodes.Template) -> Iterator[str]:
    for attribute in tree.find_all(nodes.Getattr):
        if not (isinstance(attribute.node, nodes.Name) and attribute.node.name == "loop"):
            yield attribute.attr
    for item in tree.find_all(nodes.Getitem):
        if isinstance(item.arg, nodes.Const) and str(item.arg.value).startswith("__"):
            yield str(item.arg.value)


def _depth(tree: nodes.Node) -> int:
    depth, level = 0, [tree]
    while level:
        depth, level = depth + 1, [child for node in level for child in node.iter_child_nodes()]
    return depth


def _bounded(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def bounded(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - any filter
        result = function(*args, **kwargs)
        if isinstance(result, str) and len(result) > MOST_CHARACTERS:
            raise _too_long()
        return result

    return bounded


def _format(value: object, *args: object, **kwargs: object) -> object:
    pattern = str(value)
    _check_format(pattern)
    return pattern % (kwargs or args)


def _replace(value: object, old: object, new: object, count: int | None = None) -> str:
    text, sought, instead = str(value), str(old), str(new)
    if text.count(sought) * len(instead) > MOST_CHARACTERS:
        raise _too_long()
    return text.replace(sought, instead, -1 if count is None else count)


def _round(value: Any, precision: int = 0, method: str = "common") -> Any:  # noqa: ANN401 - a number of any kind
    if abs(precision) > _MOST_DIGITS:
        raise InputError(say("template.failed", error=f"round({precision})"), say("template.failed_todo"))
    return JINJA_FILTERS["round"](value, precision, method)


def _check_format(pattern: str) -> None:
    if _WIDTH.search(pattern):
        raise _too_long()


def _too_long() -> InputError:
    return InputError(say("template.too_long", limit=MOST_CHARACTERS), say("template.failed_todo"))


def _tag_error(where: str, tag: str, line: int) -> TemplateError:
    return TemplateError(say("template.tag", where=where, tag=tag, line=line), say("template.tag_todo"))


ENVIRONMENT: Final = _environment()

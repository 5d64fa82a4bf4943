"""
How long a filter's text can become, from what is known of the values that go in.

What a filter is told (`length`, `digits`, `form`) counts where it stands in the template as such. Each of these
bounds holds for the plain kinds of values alone: others may have a way of their own to be written.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache, partial
from typing import Final, TypeAlias

from jinja2 import nodes

from dingnb.errors import InputError
from dingnb.messages.environment import ENVIRONMENT
from dingnb.messages.facts import NUMBERS, ColumnFacts, Number, facts_of, longest_bytes
from dingnb.messages.filters import money, percent, split_form
from dingnb.messages.rows import UNWRITABLE

Arguments: TypeAlias = Mapping[str, nodes.Expr]
Look: TypeAlias = Callable[[nodes.Expr], ColumnFacts]
Bound: TypeAlias = Callable[[ColumnFacts, Arguments, Look], ColumnFacts]

PLAIN_KINDS: Final = NUMBERS | {str, bool, date, datetime, timedelta}
"""The kinds of values of which Python alone says how they are written."""

LONGEST_FLOAT: Final = 24
"""How many characters a float has at most: ``-2.2250738585072014e-308``."""

MOST_BYTES_A_CHARACTER: Final = 6
"""A control character in JSON; what else there is in UTF-8 has 4 at most."""

MOST_GROWTH_OF_A_CASE: Final = 3
"""How many times as many characters or bytes a text can have in another case: one ΐ is Ϊ́ in three letters."""

_BINARY_NUMBERS = frozenset({int, float})
_MOST_DIGITS_SHOWN = 20
_LONGEST_AMOUNT = 48  # 34 digits before the point, 11 commas, sign, point and per cent
_LONGEST_WHOLE = 310  # the whole part of a float, and its sign
_LONGEST_SMALL_NUMBER = 60  # what an exponent of 30 becomes in zeros and commas
_WIDTHS = {"Y": 4, "m": 2, "d": 2, "H": 2, "I": 2, "M": 2, "S": 2, "y": 2, "j": 3, "f": 6, "%": 1}
_NAMES = "aAbBp"
_DEFAULT_LENGTH = 255
_DEFAULT_END = "..."


class CannotTellError(Exception):
    """No bound is known for what a template does."""


def plain(value: ColumnFacts) -> ColumnFacts:
    """Return the facts of values that Python alone writes; of others nothing can be told."""
    if not value.kinds <= PLAIN_KINDS:
        raise CannotTellError
    return value


def text_facts(longest: int, characters: int) -> ColumnFacts:
    """Return the facts of texts of at most so many bytes and characters."""
    return ColumnFacts(longest=longest, characters=characters, kinds=frozenset({str}))


def number_facts(digits: int, *values: ColumnFacts, kind: type = int) -> ColumnFacts:
    """Return the facts of what has been reckoned from values, with so many digits where all are whole."""
    kinds = frozenset({kind}).union(*(value.kinds for value in values))
    if not kinds <= _BINARY_NUMBERS:
        raise CannotTellError
    length = max(digits, LONGEST_FLOAT) if float in kinds else digits
    return ColumnFacts(longest=length, characters=length, kinds=kinds)


def cut(value: ColumnFacts, characters: int) -> ColumnFacts:
    """Return the facts of a part of the values that has at most so many characters."""
    most = min(plain(value).characters, characters)
    return text_facts(min(value.longest, MOST_BYTES_A_CHARACTER * most), most)


def constant(node: nodes.Expr | None) -> object:
    """Return the value that stands in the template as such; what has to be found out cannot be told."""
    if isinstance(node, nodes.Neg) and isinstance(node.node, nodes.Const) and type(node.node.value) is int:
        return -node.node.value
    if not isinstance(node, nodes.Const):
        raise CannotTellError
    return node.value


def filter_bound(node: nodes.Filter, look: Look) -> ColumnFacts:
    """
    Return the facts of what a filter makes.

    Raises:
        CannotTellError: Nothing is known of the filter, or of how it is used.
    """
    if node.node is None or node.name not in _FILTERS or node.dyn_args is not None or node.dyn_kwargs is not None:
        raise CannotTellError
    names, bound = _FILTERS[node.name]
    arguments = dict(zip(names, node.args, strict=False))
    arguments |= {str(keyword.key): keyword.value for keyword in node.kwargs}
    if len(arguments) < len(node.args) + len(node.kwargs) or not arguments.keys() <= set(names):
        raise CannotTellError
    return bound(look(node.node), arguments, look)


def _default(value: ColumnFacts, arguments: Arguments, look: Look) -> ColumnFacts:
    instead = arguments.get("default_value")
    return value.or_else(facts_of([""]) if instead is None else look(instead))


def _as_it_is(value: ColumnFacts, _arguments: Arguments, _look: Look) -> ColumnFacts:
    return text_facts(plain(value).longest, value.characters)


def _in_another_case(value: ColumnFacts, _arguments: Arguments, _look: Look) -> ColumnFacts:
    if str not in plain(value).kinds:
        return text_facts(value.longest, value.characters)
    longest = min(value.longest * MOST_GROWTH_OF_A_CASE, value.characters * MOST_BYTES_A_CHARACTER)
    return text_facts(longest, value.characters * MOST_GROWTH_OF_A_CASE)


def _truncate(value: ColumnFacts, arguments: Arguments, look: Look) -> ColumnFacts:
    length = _whole(arguments, "length", _DEFAULT_LENGTH)
    leeway = arguments.get("leeway")
    more = None if leeway is None else constant(leeway)
    if more is None:
        more = ENVIRONMENT.policies["truncate.leeway"]
    if type(more) is not int:
        raise CannotTellError
    most = max(length, length + more)
    if plain(value).characters <= most:
        return text_facts(value.longest, value.characters)
    end = look(arguments["end"]) if "end" in arguments else facts_of([_DEFAULT_END])
    kept = cut(value, max(most, 0))
    return text_facts(kept.longest + end.longest, kept.characters + end.characters)


def _replace(value: ColumnFacts, arguments: Arguments, look: Look) -> ColumnFacts:
    if "old" not in arguments or "new" not in arguments:
        raise CannotTellError
    old = facts_of([constant(arguments["old"])])
    new = look(arguments["new"])
    times = plain(value).characters // old.characters if old.characters else value.characters + 1
    count = _whole(arguments, "count", -1)
    times = times if count < 0 else min(times, count)
    return text_facts(
        value.longest + times * max(new.longest - old.longest, 0),
        value.characters + times * max(new.characters - old.characters, 0),
    )


def _quoted_for_an_address(value: ColumnFacts, _arguments: Arguments, _look: Look) -> ColumnFacts:
    return text_facts(3 * plain(value).longest, 3 * value.longest)


def _one_character(value: ColumnFacts, _arguments: Arguments, _look: Look) -> ColumnFacts:
    return cut(value, 1)


def _counted(value: ColumnFacts, _arguments: Arguments, _look: Look) -> ColumnFacts:
    return facts_of([0, plain(value).characters])


def _rounded(value: ColumnFacts, _arguments: Arguments, _look: Look) -> ColumnFacts:
    return number_facts(max(value.characters + 1, LONGEST_FLOAT), value, kind=float)


def _no_longer(value: ColumnFacts, _arguments: Arguments, _look: Look) -> ColumnFacts:
    return number_facts(max(value.characters, 1), value)


def _whole_part(value: ColumnFacts, _arguments: Arguments, _look: Look) -> ColumnFacts:
    digits = _written_at_most(value, lambda one: str(int(one)), max(value.characters, _LONGEST_WHOLE)).longest
    return replace(number_facts(digits, value), kinds=frozenset({int}), longest=digits, characters=digits)


def _float(value: ColumnFacts, _arguments: Arguments, _look: Look) -> ColumnFacts:
    plain(value)
    return ColumnFacts(longest=LONGEST_FLOAT, characters=LONGEST_FLOAT, kinds=frozenset({float}))


def _amount(
    written: Callable[[object, int], str], usual: int, value: ColumnFacts, arguments: Arguments, _look: Look
) -> ColumnFacts:
    digits = _whole(arguments, "digits", usual)
    if not 0 <= digits <= _MOST_DIGITS_SHOWN:
        raise CannotTellError
    return _written_at_most(value, lambda one: written(one, digits), _LONGEST_AMOUNT + digits)


def _number(value: ColumnFacts, arguments: Arguments, look: Look) -> ColumnFacts:
    digits = arguments.get("digits")
    if digits is not None and constant(digits) is not None:
        return _amount(money, 0, value, arguments, look)
    if value.kinds == {int}:
        return _amount(money, 0, value, {}, look)
    length = plain(value).characters + _LONGEST_SMALL_NUMBER
    return text_facts(length, length)


def _date(value: ColumnFacts, arguments: Arguments, _look: Look) -> ColumnFacts:
    plain(value)
    form = constant(arguments["form"]) if "form" in arguments else "%Y-%m-%d"
    if not isinstance(form, str):
        raise CannotTellError
    length = sum(map(_width, split_form(form)))
    return text_facts(length, length)


def _width(part: str) -> int:
    if not part.startswith("%"):
        return longest_bytes([part])
    directive = part[-1] if len(part) > 1 else ""
    if directive in _NAMES and directive:
        return _longest_name(directive)
    if directive not in _WIDTHS:
        raise CannotTellError
    return _WIDTHS[directive]


@cache
def _longest_name(directive: str) -> int:
    # The names are those of the locale; the first week of each month has all of them.
    moments = [datetime(2026, month, day, day % 2 * 12) for month in range(1, 13) for day in range(1, 8)]  # noqa: DTZ001
    return longest_bytes([moment.strftime(f"%{directive}") for moment in moments])


def _written_at_most(value: ColumnFacts, written: Callable[[Number], str], otherwise: int) -> ColumnFacts:
    """Return the facts of numbers as they are written where the least and the greatest are the longest."""
    length = otherwise
    least, greatest = plain(value).least, value.greatest
    if least is not None and greatest is not None:
        # A nought can have a sign.
        outermost = [least, greatest, *([Decimal("-0")] if least == 0 else [])]
        with suppress(InputError, *UNWRITABLE):
            length = max(len(written(one)) for one in outermost)
    return text_facts(length, length)


def _whole(arguments: Arguments, name: str, usual: int) -> int:
    if name not in arguments:
        return usual
    value = constant(arguments[name])
    if type(value) is not int:
        raise CannotTellError
    return value


_FILTERS: Final[Mapping[str, tuple[tuple[str, ...], Bound]]] = {
    "default": (("default_value", "boolean"), _default),
    "d": (("default_value", "boolean"), _default),
    "money": (("digits",), partial(_amount, money, 2)),
    "percent": (("digits",), partial(_amount, percent, 1)),
    "number": (("digits",), _number),
    "date": (("form",), _date),
    "trim": (("chars",), _as_it_is),
    "string": ((), _as_it_is),
    "upper": ((), _in_another_case),
    "lower": ((), _in_another_case),
    "title": ((), _in_another_case),
    "capitalize": ((), _in_another_case),
    "truncate": (("length", "killwords", "end", "leeway"), _truncate),
    "replace": (("old", "new", "count"), _replace),
    "urlencode": ((), _quoted_for_an_address),
    "first": ((), _one_character),
    "last": ((), _one_character),
    "length": ((), _counted),
    "count": ((), _counted),
    "wordcount": ((), _counted),
    "round": (("precision", "method"), _rounded),
    "abs": ((), _no_longer),
    "int": ((), _whole_part),
    "float": ((), _float),
}

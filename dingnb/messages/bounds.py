"""
How many bytes the largest body of a message can have, told from its templates and not from the rows.

A template is walked as Jinja reads it. Of each expression is known what is known of a column: how long its values
can be, and of what kinds they are. What a template does that is not known here makes that nothing can be told.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeAlias

from jinja2 import nodes

from dingnb.messages.column_names import ROW
from dingnb.messages.facts import ColumnFacts, facts_of, longest_bytes
from dingnb.messages.filter_bounds import CannotTellError, constant, cut, filter_bound, number_facts, plain, text_facts
from dingnb.messages.message import Message

Facts: TypeAlias = Mapping[str, ColumnFacts]


def upper_bound(message: Message, facts: Facts) -> int | None:
    """
    Return a number of bytes of `msg` that no row's body exceeds.

    Args:
        message: The message.
        facts: What is known of each column that it uses.

    Returns:
        The number; None where none can be told: a column is not known, or a template does more than write columns,
        choose between texts, and use the usual filters.

    >>> from dingnb.messages import text
    >>> upper_bound(text("Hi {{ name | default('all') }}!"), {"name": facts_of(["Ann", "李四"])})
    50
    """
    try:
        filled = [_statements(one.tree.body, facts) for one in message.open_templates.values()]
    except CannotTellError:
        return None
    return message.fixed_bytes + sum(filled)


def _statements(body: Iterable[nodes.Node], facts: Facts) -> int:
    return sum(_statement(node, facts) for node in body)


def _statement(node: nodes.Node, facts: Facts) -> int:
    if isinstance(node, nodes.Output):
        return sum(_expression(one, facts).longest for one in node.nodes)
    if isinstance(node, nodes.If):
        branches = [node.body, *(one.body for one in node.elif_), node.else_]
        return max(_statements(branch, facts) for branch in branches)
    raise CannotTellError


def _expression(node: nodes.Node, facts: Facts) -> ColumnFacts:
    look = _EXPRESSIONS.get(type(node))
    if look is None:
        raise CannotTellError
    return look(node, facts)


def _data(node: nodes.TemplateData, _facts: Facts) -> ColumnFacts:
    return text_facts(longest_bytes([node.data]), len(node.data))


def _constant(node: nodes.Const, _facts: Facts) -> ColumnFacts:
    return facts_of([node.value])


def _column(name: str, facts: Facts) -> ColumnFacts:
    if name not in facts:
        raise CannotTellError
    return facts[name]


def _word(node: nodes.Name, facts: Facts) -> ColumnFacts:
    return _column(node.name, facts)


def _item(node: nodes.Getitem, facts: Facts) -> ColumnFacts:
    if isinstance(node.node, nodes.Name) and node.node.name == ROW:
        return _column(str(constant(node.arg)), facts)
    value = plain(_expression(node.node, facts))
    return cut(value, _slice_length(node.arg, value) if isinstance(node.arg, nodes.Slice) else 1)


def _slice_length(node: nodes.Slice, value: ColumnFacts) -> int:
    start, stop, step = (None if one is None else constant(one) for one in (node.start, node.stop, node.step))
    if step is None and type(stop) is int and stop >= 0:
        return stop
    if step is None and stop is None and type(start) is int and start < 0:
        return -start
    return value.characters


def _filter(node: nodes.Filter, facts: Facts) -> ColumnFacts:
    return filter_bound(node, lambda inner: _expression(inner, facts))


def _choice(node: nodes.CondExpr, facts: Facts) -> ColumnFacts:
    one = _expression(node.expr1, facts)
    return one if node.expr2 is None else one.or_else(_expression(node.expr2, facts))


def _either(node: nodes.And | nodes.Or, facts: Facts) -> ColumnFacts:
    return _expression(node.left, facts).or_else(_expression(node.right, facts))


def _joined(node: nodes.Concat, facts: Facts) -> ColumnFacts:
    parts = [_expression(one, facts) for one in node.nodes]
    return text_facts(sum(one.longest for one in parts), sum(one.characters for one in parts))


def _sum(node: nodes.BinExpr, facts: Facts) -> ColumnFacts:
    left, right = _expression(node.left, facts), _expression(node.right, facts)
    if left.kinds | right.kinds == {str}:
        return text_facts(left.longest + right.longest, left.characters + right.characters)
    return _difference(node, facts)


def _difference(node: nodes.BinExpr, facts: Facts) -> ColumnFacts:
    left, right = _expression(node.left, facts), _expression(node.right, facts)
    # One for what is carried, one for a sign.
    return number_facts(max(left.characters, right.characters) + 2, left, right)


def _product(node: nodes.BinExpr, facts: Facts) -> ColumnFacts:
    left, right = _expression(node.left, facts), _expression(node.right, facts)
    return number_facts(left.characters + right.characters, left, right)


def _quotient(node: nodes.BinExpr, facts: Facts) -> ColumnFacts:
    return number_facts(0, _expression(node.left, facts), _expression(node.right, facts), kind=float)


def _signed(node: nodes.UnaryExpr, facts: Facts) -> ColumnFacts:
    value = _expression(node.node, facts)
    return number_facts(value.characters + 1, value)


_EXPRESSIONS: Final[Mapping[type[nodes.Node], Callable[[Any, Facts], ColumnFacts]]] = {
    nodes.TemplateData: _data,
    nodes.Const: _constant,
    nodes.Name: _word,
    nodes.Getitem: _item,
    nodes.Filter: _filter,
    nodes.CondExpr: _choice,
    nodes.And: _either,
    nodes.Or: _either,
    nodes.Concat: _joined,
    nodes.Add: _sum,
    nodes.Sub: _difference,
    nodes.Mul: _product,
    nodes.Div: _quotient,
    nodes.Neg: _signed,
    nodes.Pos: _signed,
}

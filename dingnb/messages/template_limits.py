"""
Limits of templates: the size of created values, and the number of steps for a row.

A step takes 50 to 100 nanoseconds: an item processed, a node of a loop's body, or a few characters of a long text that
is copied or searched. Short texts and numbers are free, since a template can use a value only in a limited number of
places, and loops are counted.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from decimal import Decimal
from functools import reduce
from itertools import chain, islice
from typing import Any, Final, TypeVar

from jinja2 import nodes, pass_context
from jinja2.visitor import NodeTransformer

from dingnb.errors import InputError
from dingnb.messages.filters import to_text
from dingnb.messages.text_numbers import compare
from dingnb.words import Text

MAX_CHARACTERS: Final = 100_000
"""Maximum length of a created text, and of a list as text; far more than any message needs."""

MAX_FREE_LENGTH: Final = 1_000
"""Maximum length of texts that cost no steps."""

MAX_BITS: Final = 4_096
"""Maximum size of an integer; no float is larger than 1,024 bits."""

CONTAINERS: Final = (dict, list, tuple, set, frozenset)
"""Types of values that contain other values."""

_CHARACTERS_PER_STEP = 16
_STEPS_PER_CHARACTER = 5
_STEPS_PER_CONTAINER = 4
_BITS_PER_CHARACTER = 4
_CAPTURED_CHARACTERS_PER_STEP = 4
_STEPS_PER_ROW = 200_000
_SPARE_STEPS = 2_000_000
# Average for a row: a loop over 100 items with a body of 30 nodes.
_AVERAGE_STEPS_PER_ROW = 3_000
_STEPS_PER_FAILURE = 20_000
_Row = TypeVar("_Row")


class _Budget:
    """The steps for rendering many rows: a row may take more than the average if other rows have taken fewer."""

    def __init__(self, rows: int) -> None:
        self._reserve = 0
        self.steps_left = _SPARE_STEPS + rows * _AVERAGE_STEPS_PER_ROW

    def start_row(self) -> None:
        self._reserve += self.steps_left
        self.steps_left = min(self._reserve, _STEPS_PER_ROW)
        self._reserve -= self.steps_left


_current_budget: ContextVar[_Budget | None] = ContextVar("_current_budget", default=None)


@contextmanager
def limit_steps(rows: int = 0) -> Iterator[None]:
    """
    Allow steps for a number of rows inside the context; steps outside are not counted.

    Args:
        rows: The number of rows to render; 0 if a template is only compiled.
    """
    token = _current_budget.set(_Budget(rows))
    try:
        yield
    finally:
        _current_budget.reset(token)


def allot_steps(rows: Iterable[_Row]) -> Iterator[_Row]:
    """Yield the rows, allotting steps to each."""
    budget = _current_budget.get()
    for row in rows:
        if budget is not None:
            budget.start_row()
        yield row


def spend_steps(steps: int) -> None:
    """
    Spend steps of the current row's budget.

    Raises:
        InputError: The row has too few steps left.
    """
    budget = _current_budget.get()
    if budget is None:
        return
    if steps > budget.steps_left:
        raise _too_many_steps_error()
    budget.steps_left -= steps


def size_of(value: object) -> int:
    """
    Return the approximate length of a value as text, including nested values, which cost steps.

    Raises:
        InputError: The value is longer than `MAX_CHARACTERS`, or too few steps are left.
    """
    budget = _current_budget.get()
    max_steps = _STEPS_PER_ROW if budget is None else budget.steps_left
    size, steps, rest = 0, 0, [value]
    while rest:
        item = rest.pop()
        size += 1
        if isinstance(item, str):
            size += len(item)
        elif type(item) is int:
            size += item.bit_length() // _BITS_PER_CHARACTER
        elif isinstance(item, CONTAINERS):
            steps += _STEPS_PER_CONTAINER + len(item)
            if size + len(item) > MAX_CHARACTERS or steps > max_steps:
                # Stop before nested values are processed.
                size += len(item)
                break
            rest.extend(chain.from_iterable(item.items()) if isinstance(item, dict) else item)
        elif isinstance(item, Decimal) and item.is_finite():
            # The length of the integer as text.
            size += abs(item.adjusted())
        if size > MAX_CHARACTERS:
            break
    spend_steps(min(steps, max_steps))
    if steps > max_steps:
        raise _too_many_steps_error()
    if size > MAX_CHARACTERS:
        raise too_long_error()
    return size


def charge_input(value: Any, *, one_by_one: bool = False) -> Any:  # noqa: ANN401 - any value
    """
    Return a value that is about to be processed, after spending the steps for processing.

    Args:
        value: The value.
        one_by_one: Whether each character of a text is processed.

    Raises:
        InputError: Too few steps are left, or the value is too long.
    """
    if isinstance(value, str):
        if len(value) > MAX_FREE_LENGTH:
            spend_steps(len(value) * _STEPS_PER_CHARACTER if one_by_one else len(value) // _CHARACTERS_PER_STEP)
    elif isinstance(value, CONTAINERS):
        size = size_of(value)
        if size > MAX_FREE_LENGTH:
            spend_steps(size // _CHARACTERS_PER_STEP)
    return value


def charge_result(value: Any) -> Any:  # noqa: ANN401 - any value
    """
    Return a value created by a template, after spending the steps for processing the value.

    Raises:
        InputError: The value is too long or too large, or too few steps are left.
    """
    if isinstance(value, str):
        if len(value) > MAX_CHARACTERS:
            raise too_long_error()
    elif isinstance(value, int) and value.bit_length() > MAX_BITS:
        raise too_large_number_error()
    return charge_input(value)


def charge_captured(value: Any) -> Any:  # noqa: ANN401 - any value
    """
    Return a value that becomes part of a stored text, after spending the steps for storing.

    Raises:
        InputError: The value is too long, or too few steps are left.
    """
    spend_steps(size_of(value) // _CAPTURED_CHARACTERS_PER_STEP)
    return value


def too_long_error() -> InputError:
    """Return the error for a value that is too long."""
    return _limit_error("template.too_long", limit=MAX_CHARACTERS)


def too_large_number_error() -> InputError:
    """Return the error for a number that is too large."""
    return _limit_error("template.too_large_number")


def _too_many_steps_error() -> InputError:
    return _limit_error("template.too_many_steps", "template.too_many_steps_todo")


def _limit_error(key: str, todo: str = "template.failed_todo", **fields: object) -> InputError:
    """Return the error for a row. Errors cost steps, because the same error in every row would take too long."""
    budget = _current_budget.get()
    if budget is not None:
        budget.steps_left = max(budget.steps_left - _STEPS_PER_FAILURE, 0)
    return InputError(Text(key, **fields), Text(todo))


# Templates cannot use these names.
_RESULT, _INPUT, _ITEMS, _CAPTURED = "\0result", "\0input", "\0items", "\0captured"
_DISPLAYED, _COMPARED = "\0displayed", "\0compared"
_GUARDED_CHARACTERS_PER_STEP = 4
_STORING_NODES = (nodes.Assign, nodes.AssignBlock, nodes.With)
_MAX_UNCHECKED_PARTS = 20


def insert_guards(tree: nodes.Template) -> nodes.Template:
    """Return the template, changed in place to count steps, and to refuse comparisons of numbers that are text."""
    _Guard(tree).visit(tree)
    return tree


def can_multiply(tree: nodes.Template) -> bool:
    """Return whether a template can use a value more often than it is mentioned."""
    return _has(tree, *_STORING_NODES, nodes.For, nodes.FilterBlock)


class _Guard(NodeTransformer):
    """
    Wraps expressions that may be long.

    Args:
        tree: The template. Unless it stores values or concatenates many parts, results are hardly longer than the
            row's own values, and are not checked.
    """

    def __init__(self, tree: nodes.Template) -> None:
        self._multiplies = can_multiply(tree)
        self._grows = _has(tree, *_STORING_NODES) or sum(map(_parts, tree.find_all(nodes.Expr))) > _MAX_UNCHECKED_PARTS
        self._is_captured = False

    def visit_Concat(self, node: nodes.Concat) -> nodes.Expr:
        self.generic_visit(node)
        node.nodes = [_wrap(child, _DISPLAYED) for child in node.nodes]
        if not self._grows:
            return node
        node.nodes = [_wrap(child, _INPUT) for child in node.nodes]
        return _wrap(node, _RESULT)

    def visit_Add(self, node: nodes.Add) -> nodes.Expr:
        self.generic_visit(node)
        return _wrap(node, _RESULT) if self._grows else node

    def visit_List(self, node: nodes.List) -> nodes.Expr:
        return self._display(node)

    def visit_Tuple(self, node: nodes.Tuple) -> nodes.Expr:
        return self._display(node) if node.ctx == "load" else node

    def visit_Dict(self, node: nodes.Dict) -> nodes.Expr:
        return self._display(node)

    def visit_Compare(self, node: nodes.Compare) -> nodes.Expr:
        self.generic_visit(node)
        if self._multiplies:
            node.expr = _wrap(node.expr, _INPUT)
            for operand in node.ops:
                operand.expr = _wrap(operand.expr, _INPUT)
        left = node.expr
        comparisons: list[nodes.Expr] = []
        for operand in node.ops:
            arguments = [operand.expr, nodes.Const(operand.op)]
            comparisons.append(nodes.Filter(left, _COMPARED, arguments, [], None, None))
            left = operand.expr
        return reduce(nodes.And, comparisons)

    def visit_Test(self, node: nodes.Test) -> nodes.Expr:
        self.generic_visit(node)
        if self._multiplies:
            node.node = _wrap(node.node, _INPUT)
            node.args = [_wrap(arg, _INPUT) for arg in node.args]
        return node

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Expr:
        self.generic_visit(node)
        return _wrap(node, _RESULT) if isinstance(node.arg, nodes.Slice) else node

    def visit_For(self, node: nodes.For) -> nodes.Stmt:
        steps = nodes.Const(sum(map(_weight, (*node.body, *node.else_, *([] if node.test is None else [node.test])))))
        self.generic_visit(node)
        node.iter = nodes.Filter(node.iter, _ITEMS, [steps], [], None, None)
        return node

    def visit_AssignBlock(self, node: nodes.AssignBlock) -> nodes.Stmt:
        return self._block(node)

    def visit_FilterBlock(self, node: nodes.FilterBlock) -> nodes.Stmt:
        return self._block(node)

    def visit_Output(self, node: nodes.Output) -> nodes.Stmt:
        self.generic_visit(node)
        if self._is_captured:
            node.nodes = [
                child if isinstance(child, nodes.TemplateData) else _wrap(child, _CAPTURED) for child in node.nodes
            ]
        return node

    def _display(self, node: nodes.Expr) -> nodes.Expr:
        is_constant = not _has(node, nodes.Name, nodes.Filter, nodes.BinExpr, nodes.Concat)
        self.generic_visit(node)
        return node if is_constant or not self._grows else _wrap(node, _RESULT)

    def _block(self, node: Any) -> nodes.Stmt:  # noqa: ANN401 - either kind of block
        before, self._is_captured = self._is_captured, True
        self.generic_visit(node)
        self._is_captured = before
        node.filter = nodes.Filter(node.filter, _RESULT, [], [], None, None)
        return node  # type: ignore[no-any-return]


def _has(tree: nodes.Node, *kinds: type[nodes.Node]) -> bool:
    return any(True for _ in tree.find_all(kinds))


def _parts(node: nodes.Expr) -> int:
    """Return the number of parts that an expression combines."""
    if isinstance(node, nodes.Concat):
        return len(node.nodes)
    if isinstance(node, nodes.List | nodes.Tuple | nodes.Dict):
        return len(node.items)
    return 2 if isinstance(node, nodes.Add) else 0


def _wrap(node: nodes.Expr, name: str) -> nodes.Expr:
    return node if isinstance(node, nodes.Const) else nodes.Filter(node, name, [], [], None, None)


def _weight(node: nodes.Node) -> int:
    """Return the number of steps per item that a node of a loop's body takes."""
    parts = [node, *node.find_all(nodes.Node)]
    texts = [part.data for part in parts if isinstance(part, nodes.TemplateData)]
    texts += [part.value for part in parts if isinstance(part, nodes.Const) and isinstance(part.value, str)]
    return len(parts) + sum(map(len, texts)) // _GUARDED_CHARACTERS_PER_STEP


@pass_context
def _items(_context: object, value: Any, steps: int) -> Any:  # noqa: ANN401 - anything that can be repeated
    """Return the items of a loop, after spending their steps. Jinja does not fold filters that take a context."""
    items = value if hasattr(value, "__len__") else list(islice(value, MAX_CHARACTERS + 1))
    spend_steps(len(items) * steps)
    return items


GUARDS: Final[Mapping[str, Callable[..., Any]]] = {
    _RESULT: charge_result,
    _INPUT: charge_input,
    _ITEMS: _items,
    _CAPTURED: charge_captured,
    _DISPLAYED: to_text,
    _COMPARED: compare,
}
"""Filters that `insert_guards` inserts into a template."""

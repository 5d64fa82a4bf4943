"""
Counts the steps of what Jinja does by itself in a template: texts put together, lists, comparisons, slices and loops.

Filters and operators count their own (`dingnb.messages.environment`).
"""

from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any, Final

from jinja2 import nodes, pass_context
from jinja2.visitor import NodeTransformer

from dingnb.messages.work import MOST_CHARACTERS, made, scanned, spend, written

# No template can use these names.
_MADE, _SCANNED, _ITEMS, _WRITTEN = ("\0made", "\0scanned", "\0items", "\0written")
_CHARACTERS_A_STEP = 4
_KEEPS = (nodes.Assign, nodes.AssignBlock, nodes.With)
_FEW = 20


def guarded(tree: nodes.Template) -> nodes.Template:
    """Change a template so that it counts its steps, and return it."""
    _Guard(tree).visit(tree)
    return tree


def can_multiply(tree: nodes.Template) -> bool:
    """Return whether a template can use a value more often than it is written there."""
    return _has(tree, *_KEEPS, nodes.For, nodes.FilterBlock)


class _Guard(NodeTransformer):
    """
    Wraps what may be long.

    Args:
        tree: The template. Where it keeps no value, nothing is put together from what was put together before, and
            a few texts or items more are no longer than what the row brings.
    """

    def __init__(self, tree: nodes.Template) -> None:
        self._multiplies = can_multiply(tree)
        self._grows = _has(tree, *_KEEPS) or sum(map(_parts, tree.find_all(nodes.Expr))) > _FEW
        self._is_captured = False

    def visit_Concat(self, node: nodes.Concat) -> nodes.Expr:
        self.generic_visit(node)
        if not self._grows:
            return node
        node.nodes = [_wrapped(one, _SCANNED) for one in node.nodes]
        return _wrapped(node, _MADE)

    def visit_Add(self, node: nodes.Add) -> nodes.Expr:
        self.generic_visit(node)
        return _wrapped(node, _MADE) if self._grows else node

    def visit_List(self, node: nodes.List) -> nodes.Expr:
        return self._display(node)

    def visit_Tuple(self, node: nodes.Tuple) -> nodes.Expr:
        return self._display(node) if node.ctx == "load" else node

    def visit_Dict(self, node: nodes.Dict) -> nodes.Expr:
        return self._display(node)

    def visit_Compare(self, node: nodes.Compare) -> nodes.Expr:
        self.generic_visit(node)
        if self._multiplies:
            node.expr = _wrapped(node.expr, _SCANNED)
            for operand in node.ops:
                operand.expr = _wrapped(operand.expr, _SCANNED)
        return node

    def visit_Test(self, node: nodes.Test) -> nodes.Expr:
        self.generic_visit(node)
        if self._multiplies:
            node.node = _wrapped(node.node, _SCANNED)
            node.args = [_wrapped(one, _SCANNED) for one in node.args]
        return node

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Expr:
        self.generic_visit(node)
        return _wrapped(node, _MADE) if isinstance(node.arg, nodes.Slice) else node

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
            node.nodes = [one if isinstance(one, nodes.TemplateData) else _wrapped(one, _WRITTEN) for one in node.nodes]
        return node

    def _display(self, node: nodes.Expr) -> nodes.Expr:
        is_constant = not _has(node, nodes.Name, nodes.Filter, nodes.BinExpr, nodes.Concat)
        self.generic_visit(node)
        return node if is_constant or not self._grows else _wrapped(node, _MADE)

    def _block(self, node: Any) -> nodes.Stmt:  # noqa: ANN401 - either kind of block
        before, self._is_captured = self._is_captured, True
        self.generic_visit(node)
        self._is_captured = before
        node.filter = nodes.Filter(node.filter, _MADE, [], [], None, None)
        return node  # type: ignore[no-any-return]


def _has(tree: nodes.Node, *kinds: type[nodes.Node]) -> bool:
    return any(True for _ in tree.find_all(kinds))


def _parts(node: nodes.Expr) -> int:
    """Return how many parts an expression puts together."""
    if isinstance(node, nodes.Concat):
        return len(node.nodes)
    if isinstance(node, nodes.List | nodes.Tuple | nodes.Dict):
        return len(node.items)
    return 2 if isinstance(node, nodes.Add) else 0


def _wrapped(node: nodes.Expr, name: str) -> nodes.Expr:
    return node if isinstance(node, nodes.Const) else nodes.Filter(node, name, [], [], None, None)


def _weight(node: nodes.Node) -> int:
    """Return how many steps a part of a loop's body takes for each item."""
    parts = [node, *node.find_all(nodes.Node)]
    texts = [one.data for one in parts if isinstance(one, nodes.TemplateData)]
    texts += [one.value for one in parts if isinstance(one, nodes.Const) and isinstance(one.value, str)]
    return len(parts) + sum(map(len, texts)) // _CHARACTERS_A_STEP


@pass_context
def _items(_context: object, value: Any, steps: int) -> Any:  # noqa: ANN401 - anything that can be repeated
    """Return what a loop goes through, whose items take so many steps each. With a context Jinja does not fold it."""
    items = value if hasattr(value, "__len__") else list(islice(value, MOST_CHARACTERS + 1))
    spend(len(items) * steps)
    return items


GUARDS: Final[Mapping[str, Callable[..., Any]]] = {
    _MADE: made,
    _SCANNED: scanned,
    _ITEMS: _items,
    _WRITTEN: written,
}
"""The filters that `guarded` puts into a template."""

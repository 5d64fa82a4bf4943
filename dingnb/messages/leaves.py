"""
The content of a message as leaves: texts with their paths, such as ``btn_json_list[0].title``.

Leaves are immutable and hashable, and each can be a template. This module converts between leaves and the other forms
of a message: the arguments of a function, the nested object of the API, and JSON with placeholders.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from json.encoder import encode_basestring
from typing import Any

from dingnb.errors import MessageError
from dingnb.errors.arguments import is_iterable, short_repr
from dingnb.messages.types import Field, MessageType
from dingnb.messages.validation import Fault

Leaf = tuple[str, str]

TAG_STARTS = ("{{", "{%", "{#")
"""The starts of template tags."""

_BAD_ITEMS = {"card.buttons": "bad_buttons", "survey.fields": "bad_form_fields"}
"""The problems of lists whose items users write in another form than as dicts, by field."""

_STEP = re.compile(r"[^.\[\]]+|\[\d+\]")


def is_template(text: str) -> bool:
    """Return whether a text has template tags."""
    return any(tag in text for tag in TAG_STARTS)


def arguments_to_leaves(message_type: MessageType, arguments: Mapping[str, Any]) -> tuple[Leaf, ...]:
    """
    Return the leaves of a message, in the order of its fields; None and blank optional fields are omitted.

    Args:
        message_type: The message type.
        arguments: The message's fields by their Python names. A list contains, for each item, a dict or its values in
            order; for items with two fields, a mapping of the first to the second is also allowed.

    Raises:
        MessageError: A list contains an invalid item.
    """
    leaves: list[Leaf] = []
    for field in message_type.fields:
        value = arguments.get(field.python_name)
        if field.kind == "object" or "[]" in field.name or value is None:
            continue
        is_blank = isinstance(value, str) and not value.strip()
        if field.kind == "list" and is_blank:
            continue
        if field.kind == "list":
            for index, item in enumerate(_items(message_type, field, value)):
                leaves += [
                    (f"{field.name}[{index}].{name}", text) for name, text in _fields_of_item(message_type, field, item)
                ]
        elif field.required or not is_blank:
            leaves.append((field.name, value))
    return tuple(leaves)


def leaves_to_arguments(message_type: MessageType, leaves: Sequence[Leaf]) -> dict[str, Any]:
    """Return the arguments of the type's function for these leaves; a list holds a dict for each item."""
    arguments: dict[str, Any] = {}
    for path, value in leaves:
        message_field = message_type.find(path)
        if message_field is not None and "[]" not in message_field.name:
            arguments[message_field.python_name] = value
            continue
        parent = message_type.find(path[: path.index("[")])
        items = arguments.setdefault(parent.python_name if parent else path, {})
        number, _, name = path[path.index("[") + 1 :].partition("].")
        items.setdefault(int(number), {})[name] = value
    return {
        name: [value[number] for number in sorted(value)] if isinstance(value, dict) else value
        for name, value in arguments.items()
    }


def nest(leaves: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """
    Return the nested object of leaves.

    >>> nest([("head.text", "a"), ("form[0].key", "b"), ("form[1].key", "c")])
    {'head': {'text': 'a'}, 'form': [{'key': 'b'}, {'key': 'c'}]}
    """
    root: dict[str, Any] = {}
    for path, value in leaves:
        *parents, last = _STEP.findall(path)
        parent = root
        for step in parents:
            parent = parent.setdefault(step, {})
        parent[last] = value
    content: dict[str, Any] = _with_lists(root)
    return content


def flatten(content: object, at: str = "") -> list[Leaf]:
    """
    Return the leaves of a nested object.

    >>> flatten({"head": {"text": "a"}, "form": [{"key": "b"}]})
    [('head.text', 'a'), ('form[0].key', 'b')]
    """
    if isinstance(content, dict):
        return [leaf for name, value in content.items() for leaf in flatten(value, f"{at}.{name}" if at else name)]
    if isinstance(content, list):
        return [leaf for index, value in enumerate(content) for leaf in flatten(value, f"{at}[{index}]")]
    return [(at, str(content))]


def skeleton(msgtype: str, leaves: Iterable[tuple[str, str | None]]) -> str:
    """
    Return the JSON of a body as a ``%`` template, with ``%s`` for each leaf that is None.

    >>> skeleton("text", [("content", None)]) % ('"hi"',)
    '{"msgtype":"text","text":{"content":"hi"}}'
    """
    pieces = ((path, "%s" if text is None else encode_basestring(text).replace("%", "%%")) for path, text in leaves)
    return f'{{"msgtype":"{msgtype}","{msgtype}":{_to_json(nest(pieces))}}}'


def _to_json(node: object) -> str:
    if isinstance(node, dict):
        return "{" + ",".join(f'"{name}":{_to_json(value)}' for name, value in node.items()) + "}"
    if isinstance(node, list):
        return "[" + ",".join(map(_to_json, node)) + "]"
    return str(node)


def _with_lists(node: Any) -> Any:  # noqa: ANN401 - a node of JSON
    if not isinstance(node, dict):
        return node
    if node and all(name.startswith("[") for name in node):
        return [_with_lists(node[name]) for name in sorted(node, key=lambda name: int(name[1:-1]))]
    return {name: _with_lists(value) for name, value in node.items()}


def _items(message_type: MessageType, field: Field, value: object) -> list[dict[str, Any]]:
    names = [item.python_name for item in message_type.items_of(field.name)]
    if isinstance(value, Mapping):
        value = list(value.items())
    where = f"{message_type.name}.{field.name}"
    if isinstance(value, str) or not is_iterable(value):
        raise _bad_items(where, "", value, "not_list", type(value).__name__)
    items = []
    for index, item in enumerate(value):
        keyed = _item(names, item)
        if keyed is None:
            raise _bad_items(where, f"[{index}]", item, "not_item", ", ".join(names))
        items.append(keyed)
    return items


def _bad_items(field: str, at: str, value: object, problem: str, what: str) -> MessageError:
    """Return the error for a list or an item of it: the field's problem in `_BAD_ITEMS`, or else the given problem."""
    problem_of_field = _BAD_ITEMS.get(field)
    fault = (
        Fault(f"{field}{at}", problem_of_field, value=str(short_repr(value)))
        if problem_of_field
        else Fault(f"{field}{at}", problem, value=what)
    )
    return MessageError(*fault.sentences())


def _fields_of_item(message_type: MessageType, field: Field, item: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    """Return the fields of an item; fields of cards only if they are required or have a value."""
    if not message_type.is_card:
        return item.items()
    needed = {item_field.python_name for item_field in message_type.items_of(field.name) if item_field.required}
    return [(name, text) for name, text in item.items() if name in needed or not isinstance(text, str) or text]


def _item(names: Sequence[str], item: object) -> dict[str, Any] | None:
    """Return an item as a dict of its fields; None if the item is invalid."""
    if isinstance(item, Mapping) and set(item) <= set(names):
        # A missing key is kept as an empty text, so that validation reports it.
        return {name: item.get(name, "") for name in names}
    if isinstance(item, tuple | list) and len(item) == len(names):
        return dict(zip(names, item, strict=True))
    return None

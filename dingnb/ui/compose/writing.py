"""What is written in the compose form: how it begins, and what a message that is there already looks like in it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from dingnb.messages import Message
from dingnb.ui.compose import fields
from dingnb.ui.compose.text import Text

_OTHER, _ITEMS, _CHOICE = "@", "#", "?"
_MOST_DIGITS = 3


def first_text() -> Text:
    """Return what the form begins with."""
    return Text(next(iter(fields.ORDER)), fields.FIRST_TEXTS, 0, fields.FIRST_ITEMS)


def text_of(message: Message) -> Text:
    """Return what the form shows of a message that is there already."""
    first = first_text()
    texts = {f"{message.msgtype}.{path}": source for path, source in message.content}
    items = dict(first.items)
    for path, _ in message.content:
        name, _, rest = path.partition("[")
        if rest:
            items[f"{message.msgtype}.{name}"] = int(rest.partition("]")[0]) + 1
    names = {path.partition("[")[0] for path, _ in message.content}
    groups = fields.choices(message.msgtype)
    choice = next((at for at, group in enumerate(groups) if names & set(group)), 0)
    return Text(message.msgtype, {**first.texts, **texts}, choice, items)


def in_type(text: Text, msgtype: str) -> Text:
    """Return the text as one of another type; what says the same in both types goes along."""
    after = replace(text, msgtype=msgtype)
    for names in fields.ALIKE:
        target = names.get(msgtype)
        # What this type has no field for may have been written for another one before.
        written = [text.at(names[text.msgtype])] if text.msgtype in names else text.all_of(names)
        said = next(filter(str.strip, written), "")
        if target is not None and said:
            after = after.having(target, said)
    return after


def without_blank_items(leaves: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the leaves without the items at the end of a list in which nothing was written."""
    kept = list(leaves)
    while kept and "[" in kept[-1][0]:
        item = kept[-1][0].partition("]")[0]
        if any(source.strip() for path, source in leaves if path.startswith(item)):
            break
        kept = [leaf for leaf in kept if not leaf[0].startswith(item)]
    return kept


def to_draft(text: Text) -> dict[str, str]:
    """
    Return what is written as the texts of a draft.

    Those of its type stand under their paths, as in a message; behind marks stand what was written for other types,
    how many items each list has, and which group of fields is chosen.
    """
    own = f"{text.msgtype}."
    texts = {
        path.removeprefix(own) if path.startswith(own) else f"{_OTHER}{path}": written
        for path, written in text.texts.items()
    }
    items = {f"{_ITEMS}{path}": str(n) for path, n in text.items.items()}
    return {**texts, **items, _CHOICE: str(text.choice)}


def from_draft(msgtype: str, texts: Mapping[str, str]) -> Text:
    """Return what the form shows of a draft; what it does not know in it is left out."""
    first = first_text()
    written = {
        path.removeprefix(_OTHER) if path.startswith(_OTHER) else f"{msgtype}.{path}": one
        for path, one in texts.items()
        if path != _CHOICE and not path.startswith(_ITEMS)
    }
    items = {
        path.removeprefix(_ITEMS): n for path, one in texts.items() if path.startswith(_ITEMS) and (n := _number(one))
    }
    choice = min(_number(texts.get(_CHOICE, "")), max(len(fields.choices(msgtype)) - 1, 0))
    return Text(msgtype, {**first.texts, **written}, choice, {**first.items, **items})


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else 0

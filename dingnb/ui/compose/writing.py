"""What is written in the compose form: how it begins, and what a message that is there already looks like in it."""

from collections.abc import Sequence
from dataclasses import replace

from dingnb.messages import Message
from dingnb.ui.compose import fields
from dingnb.ui.compose.text import Text


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

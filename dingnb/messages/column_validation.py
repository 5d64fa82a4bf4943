"""
Checks the texts that a field has in many rows, with the rules of its table.

A column in which all is well, as nearly every one is, costs a few passes at the speed of C; only where one
of them finds something are the texts looked at one by one.
"""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from json.encoder import encode_basestring

from dingnb.messages.fields import CONTROL, PATTERNS, Field, MessageType
from dingnb.messages.leaves import nest, skeleton
from dingnb.messages.validation import Fault, value_faults


@dataclass(frozen=True, slots=True)
class Findings:
    """
    What was found in one field.

    Attributes:
        faults: The fault of each row that has one, by position.
        advice: The worst of what DingTalk advises against; None where there is nothing.
    """

    faults: Mapping[int, Fault]
    advice: Fault | None = None


def check_texts(texts: Sequence[str], one: Field, where: str, skip: Container[int]) -> Findings:
    """
    Check what a field holds in each row.

    Args:
        texts: The texts, by row.
        one: The field; a required one may not be blank.
        where: The field as the errors name it.
        skip: The rows that have failed already.
    """
    if _all_fit(texts, one):
        return Findings({})
    faults: dict[int, Fault] = {}
    advice: Fault | None = None
    for position, text in enumerate(texts):
        if position in skip:
            continue
        for fault in value_faults(one, where, text):
            if fault.hard:
                faults.setdefault(position, fault)
            elif advice is None or fault.length > advice.length:
                advice = fault
    return Findings(faults, advice)


def check_lists(
    kind: MessageType, open_texts: Mapping[str, Sequence[str]], fixed: Mapping[str, str], skip: Container[int]
) -> Findings:
    """
    Check the lists whose length in all is limited, where a template fills a part of them.

    Args:
        kind: The message type.
        open_texts: The texts of the leaves that templates fill, each by row.
        fixed: The texts of the other leaves.
        skip: The rows that have failed already.
    """
    faults: dict[int, Fault] = {}
    for one in kind.fields:
        inside = {path: texts for path, texts in open_texts.items() if path.startswith(f"{one.name}[")}
        if one.kind != "list" or not one.characters or not inside:
            continue
        around = {path: text for path, text in fixed.items() if path.startswith(f"{one.name}[")}
        longest = sum(max(map(len, map(encode_basestring, texts)), default=0) for texts in inside.values())
        if longest + len(skeleton("", [*around.items(), *((path, "") for path in inside)])) <= one.characters:
            continue
        for position, row in enumerate(zip(*inside.values(), strict=True)):
            if position not in skip:
                filled = nest([*around.items(), *zip(inside, row, strict=True)])[one.name]
                for fault in value_faults(one, f"{kind.name}.{one.name}", filled):
                    if fault.hard:
                        faults.setdefault(position, fault)
    return Findings(faults)


def required_here(kind: MessageType, one: Field, paths: Container[str]) -> Field:
    """Return the field, required where the group of fields that it belongs to has been chosen."""
    chosen = any(one.name in group for group in kind.one_of)
    return replace(one, required=True) if chosen and one.name in paths else one


def _all_fit(texts: Sequence[str], one: Field) -> bool:
    shortest, longest = min(map(len, texts), default=1), max(map(len, texts), default=1)
    if not shortest or longest > (one.advised or one.characters or longest):
        return False
    pattern = PATTERNS.get(one.kind)
    if pattern is not None:
        return all(map(pattern.fullmatch, texts))
    return all(map(str.strip, texts)) and CONTROL.search("".join(texts)) is None

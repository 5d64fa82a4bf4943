"""
Validates the texts of a field for many rows.

A valid column, which is the usual case, takes a few passes at the speed of C; only if one of them finds a problem are
the texts checked one by one.
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
    The problems found in one field.

    Attributes:
        faults: The faults of rows, by position.
        advice: The worst case of what DingTalk advises against; None if there is none.
    """

    faults: Mapping[int, Fault]
    advice: Fault | None = None


def check_texts(texts: Sequence[str], field: Field, where: str, skip: Container[int]) -> Findings:
    """
    Check the text of a field in each row.

    Args:
        texts: The texts by row.
        field: The field; a required field must not be blank.
        where: The name of the field for errors.
        skip: The rows that have failed already.
    """
    if _all_fit(texts, field):
        return Findings({})
    faults: dict[int, Fault] = {}
    advice: Fault | None = None
    for position, text in enumerate(texts):
        if position in skip:
            continue
        for fault in value_faults(field, where, text):
            if fault.hard:
                faults.setdefault(position, fault)
            elif advice is None or fault.length > advice.length:
                advice = fault
    return Findings(faults, advice)


def check_lists(
    kind: MessageType, open_texts: Mapping[str, Sequence[str]], fixed: Mapping[str, str], skip: Container[int]
) -> Findings:
    """
    Check lists with a total length limit that are partly filled in by templates.

    Args:
        kind: The message type.
        open_texts: The texts of leaves filled in by templates, by row.
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


def required_here(kind: MessageType, field: Field, paths: Container[str]) -> Field:
    """Return the field, as required if its group of fields has been chosen."""
    chosen = any(field.name in group for group in kind.one_of)
    return replace(field, required=True) if chosen and field.name in paths else field


def _all_fit(texts: Sequence[str], field: Field) -> bool:
    shortest, longest = min(map(len, texts), default=1), max(map(len, texts), default=1)
    if not shortest or longest > (field.advised or field.characters or longest):
        return False
    pattern = PATTERNS.get(field.kind)
    if pattern is not None:
        return all(map(pattern.fullmatch, texts))
    return all(map(str.strip, texts)) and CONTROL.search("".join(texts)) is None

"""What is known of a column as a whole, so that nobody has to look at its rows while a message is written."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Final, TypeAlias, cast

from dingnb.messages import shown
from dingnb.messages.rows import MISSING, UNWRITABLE

Number: TypeAlias = int | float | Decimal

NUMBERS: Final = frozenset({int, float, Decimal})
"""The kinds of numbers; True and False are none."""

_WRITTEN_LONGER = re.compile(r'[\x00-\x1f"\\]')


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """
    What is known of the values of a column, as a template finds them.

    Attributes:
        missing: How many rows have none.
        longest: How many bytes the longest has in a body, as ``{{ column }}`` writes it: in UTF-8, with JSON's
            escapes, without the quotes.
        characters: How many characters the longest has, as ``{{ column }}`` writes it.
        kinds: The types of the values. pandas' times count as Python's.
        least: The least value, where all are numbers.
        greatest: The greatest value, where all are numbers.
    """

    missing: int = 0
    longest: int = 0
    characters: int = 0
    kinds: frozenset[type] = frozenset()
    least: Number | None = None
    greatest: Number | None = None

    def or_else(self, other: "ColumnFacts") -> "ColumnFacts":
        """Return what is known of values of which each is of the one or of the other."""
        kinds = self.kinds | other.kinds
        least = [one.least for one in (self, other) if one.least is not None]
        greatest = [one.greatest for one in (self, other) if one.greatest is not None]
        are_numbers = bool(least) and kinds <= NUMBERS
        return ColumnFacts(
            self.missing + other.missing,
            max(self.longest, other.longest),
            max(self.characters, other.characters),
            kinds,
            min(least) if are_numbers else None,
            max(greatest) if are_numbers else None,
        )


def facts_of(values: Sequence[object]) -> ColumnFacts:
    r"""
    Return what is known of these values.

    >>> facts_of(['say "hi"\n', MISSING])
    ColumnFacts(missing=1, longest=12, characters=9, kinds=frozenset({<class 'str'>}), least=None, greatest=None)
    """
    present = [value for value in values if value is not MISSING]
    kinds = frozenset(map(type, present))
    texts = written(present)
    longest, characters = longest_bytes(texts), max(map(len, texts), default=0)
    numbers = cast("list[Number]", present) if kinds <= NUMBERS else []
    least, greatest = (min(numbers), max(numbers)) if numbers else (None, None)
    return ColumnFacts(len(values) - len(present), longest, characters, kinds, least, greatest)


def written(values: Sequence[object]) -> list[str]:
    """Return the texts of values; what cannot be written, and fails its row, has none."""
    try:
        return list(map(_longer, values))
    except UNWRITABLE:
        return [text for value in values for text in _written(value)]


def longest_bytes(texts: Sequence[str]) -> int:
    """
    Return how many bytes of a body the longest of these texts takes.

    >>> longest_bytes(["abcd", "月会"])
    6
    """
    joined = "".join(texts)
    if _WRITTEN_LONGER.search(joined):
        return max(map(len, map(_encoded, map(encode_basestring, texts)))) - 2
    if joined.isascii():
        return max(map(len, texts), default=0)
    try:
        return max(map(len, map(str.encode, texts)))
    except UnicodeEncodeError:
        return max(map(len, map(_encoded, texts)))


def _longer(value: object) -> str:
    """Return the longer of the texts of a value: as a tag writes it, and as most filters take it."""
    return max(str(value), str(shown.written(value)), key=len)


def _written(value: object) -> tuple[str, ...]:
    try:
        return (_longer(value),)
    except UNWRITABLE:
        return ()


def _encoded(text: str) -> bytes:
    # Half a character fails its row where it stands in the body; a filter may have taken it away by then.
    return text.encode(errors="surrogatepass")

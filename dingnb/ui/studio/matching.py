"""Matches uploaded files to rows by their names."""

import posixpath
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from dingnb.media.names import split_suffix

_MOST_BYTES = 255
"""The longest file name that file systems take, in bytes."""


@dataclass(frozen=True, slots=True)
class Matches:
    """
    Which file is whose.

    Attributes:
        names: The file name of each row that has a file, by the row's position.
        files: The number of the file of each such row.
        suffixes: What the rows' own names lack of the names of their files, such as ``.pdf``.
        missing: The positions of the rows without a file.
        ambiguous: The positions of the rows that match several files, or a file that other people match too.
        unmatched: The numbers of the files that no row matches.
    """

    names: dict[int, str] = field(default_factory=dict)
    files: dict[int, int] = field(default_factory=dict)
    suffixes: frozenset[str] = frozenset()
    missing: tuple[int, ...] = ()
    ambiguous: tuple[int, ...] = ()
    unmatched: tuple[int, ...] = ()


def match_files(files: Sequence[str], wanted: Sequence[str], people: Sequence[object]) -> Matches:
    """
    Match files to rows: by their whole names, or else by their names without suffixes. Nothing ambiguous is matched.

    Letters of either case, and characters that are composed in another way, are the same.

    Args:
        files: The names of the files, without folders.
        wanted: The file name that each row asks for, with or without a suffix.
        people: Whom each row is for; several rows of one person may share a file.

    >>> matches = match_files(["Ann.pdf", "x.pdf"], ["ann", "bob"], [0, 1])
    >>> matches.names, matches.missing, matches.unmatched
    ({0: 'ann.pdf'}, (1,), (1,))
    """
    by_name, by_stem = defaultdict(list), defaultdict(list)
    for number, name in enumerate(files):
        by_name[_key(name)].append(number)
        by_stem[_key(split_suffix(name)[0])].append(number)
    # A path such as `./a` gets no file, and still leads to that of another row.
    keys = [_key(posixpath.normpath(text)) if text.strip() else "" for text in wanted]
    found = [by_name.get(key) or by_stem.get(key) or [] if key else [] for key in keys]
    claims: dict[int, set[object]] = defaultdict(set)
    for numbers, person in zip(found, people, strict=True):
        for number in numbers:
            claims[number].add(person)
    own = {
        at: numbers[0]
        for at, numbers in enumerate(found)
        if len(numbers) == 1 and len(claims[numbers[0]]) == 1 and _is_name(wanted[at])
    }
    suffixes = {at: "" if keys[at] in by_name else split_suffix(files[number])[1].lower() for at, number in own.items()}
    return Matches(
        {at: wanted[at] + suffix for at, suffix in suffixes.items()},
        own,
        frozenset(suffixes.values()),
        tuple(at for at, numbers in enumerate(found) if not numbers),
        tuple(at for at, numbers in enumerate(found) if numbers and at not in own),
        tuple(number for number in range(len(files)) if number not in claims),
    )


def _key(name: str) -> str:
    return unicodedata.normalize("NFC", name.strip()).casefold()


def _is_name(text: str) -> bool:
    """Return whether a text can be the name of a file, and leads nowhere else."""
    is_short = len(text.encode(errors="replace")) <= _MOST_BYTES - 8  # a suffix is added
    return is_short and text.strip() not in {"", ".", ".."} and not set(text) & set("/\\\0")

"""A count that a user types to confirm an action."""

import re
from typing import Any, Final, NamedTuple
from unicodedata import normalize

from dingnb.ui.kit.model import Failure
from dingnb.words import Text, TextLike

COUNT_IS_RIGHT: Final = Failure(Text("form.count_is_right"), Text("form.press_button"))
"""The failure shown when a refused count becomes right: perhaps Enter or the press arrived before the last digits."""

_BETWEEN_DIGITS = re.compile(r"(?<=\d)[,\s'](?=\d)")
_UNIT = re.compile(r"\s*(?:人|people|person|条|条消息|messages?|个事件|events?)$", re.IGNORECASE)
_MAX_DIGITS = 12


class CountTexts(NamedTuple):
    """The keys of the texts about a count: nothing was typed, or no number, or another number; and the consequence."""

    blank: str
    no_number: str
    other: str
    consequence: str


def read_count(typed: str) -> int | None:
    """
    Return a count that was typed in a usual notation; None if it is not a count.

    >>> read_count("1,204"), read_count("１２０４ 人"), read_count("1204 people"), read_count("1.5"), read_count("")
    (1204, 1204, 1204, None, None)
    """
    plain = _UNIT.sub("", normalize("NFKC", typed).strip())
    plain = _BETWEEN_DIGITS.sub("", plain)
    return int(plain) if plain.isascii() and plain.isdigit() and len(plain) <= _MAX_DIGITS else None


def find_miscount(typed: str, number: int, expected: TextLike, texts: CountTexts) -> Failure | None:
    """
    Return what is wrong with a typed count; None if it is right. No count confirms an action on nobody.

    Args:
        typed: The count as typed.
        number: The right count.
        expected: The right count with its unit.
        texts: The keys of the texts, with fields ``typed`` and ``expected``.
    """
    counted = read_count(typed)
    if number and counted == number:
        return None
    if counted is None:
        what = Text(texts.no_number if typed.strip() else texts.blank, typed=typed, expected=expected)
    else:
        what = Text(texts.other, typed=f"{counted:,}", expected=expected)
    return Failure(what, Text(texts.consequence))


def after_correction(miscount: Failure | None) -> dict[str, Any]:
    """Return the changes of a state, `failure` and `is_miscounted`, when a refused count was typed again."""
    return {"failure": COUNT_IS_RIGHT if miscount is None else None, "is_miscounted": miscount is not None}

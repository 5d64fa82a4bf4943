"""Checks the language of forms."""

import re
from collections.abc import Callable

from dingnb.ui.kit.form import Form
from dingnb.words import catalogue
from tests.ui.steps import words


def english(*rooms: str) -> Callable[[Form], list[str]]:
    """
    Return a function that finds the English texts of a form, from tables whose keys have a prefix.

    Filled-in values do not count, nor do single words, which may be data.
    """
    pieces = {
        piece.strip(" ：:.")
        for key, (english, chinese) in catalogue.translations().items()
        if key.startswith(rooms) and english != chinese
        for piece in re.split(r"\{[^}]*\}+|\n", english)
        if len(piece.split()) > 1
    }

    def said_in_english(form: Form) -> list[str]:
        shown = words(form) + repr(form)
        return sorted(piece for piece in pieces if piece in shown)

    return said_in_english


def chinese(form: Form, but: str = "") -> list[str]:
    """Return the Chinese texts of a form, except for names."""
    said: list[str] = re.findall("[\u4e00-\u9fff：。，]+", f"{words(form)}\n{form!r}")
    return [line for line in said if line != but]

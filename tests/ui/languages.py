"""Checks the language of forms."""

import re
from collections.abc import Callable

from dingnb.ui.kit.form import Form
from dingnb.words import catalogue
from tests.ui.steps import words


def english(*key_prefixes: str) -> Callable[[Form], list[str]]:
    """
    Return a function that finds in a form the English texts whose keys start with one of these prefixes.

    Filled-in values do not count, nor do single words, which may be data.
    """
    pieces = {
        piece.strip(" ：:.")
        for key, (text, chinese_text) in catalogue.translations().items()
        if key.startswith(key_prefixes) and text != chinese_text
        for piece in re.split(r"\{[^}]*\}+|\n", text)
        if len(piece.split()) > 1
    }

    def find_english(form: Form) -> list[str]:
        shown = words(form) + repr(form)
        return sorted(piece for piece in pieces if piece in shown)

    return find_english


def chinese(form: Form, but: str = "") -> list[str]:
    """Return the Chinese texts of a form, except for names."""
    texts: list[str] = re.findall("[\u4e00-\u9fff：。，]+", f"{words(form)}\n{form!r}")
    return [text for text in texts if text != but]

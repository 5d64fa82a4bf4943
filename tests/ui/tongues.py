"""In which language a form speaks."""

import re
from collections.abc import Callable

from dingnb.ui.kit.form import Form
from dingnb.words import tables
from tests.ui.steps import words


def english(*rooms: str) -> Callable[[Form], list[str]]:
    """
    Return what tells what a form says in English, of words whose keys begin so.

    Values in between do not count, nor do single words, which may be somebody's own.
    """
    pieces = {
        piece.strip(" ：:.")
        for key, (english, chinese) in tables.words().items()
        if key.startswith(rooms) and english != chinese
        for piece in re.split(r"\{[^}]*\}+|\n", english)
        if len(piece.split()) > 1
    }

    def said_in_english(form: Form) -> list[str]:
        shown = words(form) + repr(form)
        return sorted(piece for piece in pieces if piece in shown)

    return said_in_english


def chinese(form: Form, but: str = "") -> list[str]:
    """Return what a form says in Chinese, but for somebody's name."""
    said: list[str] = re.findall("[\u4e00-\u9fff：。，]+", f"{words(form)}\n{form!r}")
    return [one for one in said if one != but]

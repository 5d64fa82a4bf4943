"""The language of displays, forms and hints: the language that was set, else the locale's."""

import locale
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal, get_args

Language = Literal["en", "zh"]

_process_language: list[Language] = []
"""The language that was set for this process; empty until a language is set."""

_context_language: ContextVar[Language | None] = ContextVar("language", default=None)


def set_language(language: Language) -> None:
    """
    Choose the language of displays, forms and hints for this process.

    Args:
        language: The language. Until a language is set, the locale decides.
    """
    _process_language[:] = [language]


@contextmanager
def in_language(language: Language) -> Iterator[None]:
    """Use a language in the current thread or task alone, such as for a page in its reader's language."""
    token = _context_language.set(language)
    try:
        yield
    finally:
        _context_language.reset(token)


def language_of(tag: str) -> Language | None:
    """
    Return the language of a tag such as ``zh-CN``, ``zh_Hans`` or ``EN``; None if dingnb has no texts in the language.

    >>> language_of("zh_CN"), language_of("EN"), language_of("fr")
    ('zh', 'en', None)
    """
    primary = tag.strip().lower().replace("_", "-").partition("-")[0]
    return next((arg for arg in get_args(Language) if arg == primary), None)


def get_language() -> Language:
    """Return the current language: the thread's or task's, else the process's, else the locale's, else English."""
    context_language = _context_language.get()
    if context_language is not None:
        return context_language
    return _process_language[0] if _process_language else _locale_language()


def pick(english: str, chinese: str) -> str:
    """Return the text in the current language."""
    return chinese if get_language() == "zh" else english


def _locale_language() -> Language:
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):
        name = os.environ.get(variable)
        if name:
            return "zh" if name.lower().startswith("zh") else "en"
    # Not `getlocale`, which raises for names of Windows such as zh-CN.
    name = locale.setlocale(locale.LC_CTYPE)
    return "zh" if name.lower().startswith(("zh", "chinese")) else "en"

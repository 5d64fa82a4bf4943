"""
The catalogue of all texts, merged from the modules of this package that define a table `WORDS`.

The tables are imported when the first text is rendered, which keeps importing dingnb fast.
"""

import pkgutil
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import import_module
from types import ModuleType

Pair = tuple[str, str]
"""A text in English and in Chinese."""


def merge_tables(tables: Iterable[tuple[str, Mapping[str, Pair]]]) -> dict[str, Pair]:
    """
    Merge several named tables into one.

    Raises:
        ValueError: Two tables have the same key.
    """
    all_words: dict[str, Pair] = {}
    tables_by_key: dict[str, str] = {}
    for name, words in tables:
        for key, texts in words.items():
            if key in tables_by_key:
                message = f"{key} is in {tables_by_key[key]} and in {name}"
                raise ValueError(message)
            all_words[key], tables_by_key[key] = texts, name
    return all_words


@cache
def modules() -> tuple[ModuleType, ...]:
    """Return the modules of this package that contain a table of texts."""
    package = import_module(__package__)
    found = (import_module(f"{__package__}.{module.name}") for module in pkgutil.iter_modules(package.__path__))
    return tuple(module for module in found if hasattr(module, "WORDS"))


@cache
def words() -> Mapping[str, Pair]:
    """Return all texts by key."""
    return merge_tables((module.__name__, module.WORDS) for module in modules())


@cache
def labels() -> Mapping[str, str]:
    """Return the names of buttons and fields that texts of forms can use, with the keys of their labels."""
    from dingnb.words.form_variants import LABELS  # noqa: PLC0415 - imported late, like the other tables

    return LABELS

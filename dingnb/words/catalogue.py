"""
The catalogue of all texts, merged from the modules of this package that define a table `TRANSLATIONS`.

The tables are imported when the first text is rendered, which keeps importing dingnb fast.
"""

import pkgutil
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import import_module
from types import ModuleType

Translation = tuple[str, str]
"""A text in English and in Chinese."""


def merge_tables(tables: Iterable[tuple[str, Mapping[str, Translation]]]) -> dict[str, Translation]:
    """
    Merge several named tables into one.

    Raises:
        ValueError: Two tables have the same key.
    """
    merged: dict[str, Translation] = {}
    tables_by_key: dict[str, str] = {}
    for name, table in tables:
        for key, texts in table.items():
            if key in tables_by_key:
                message = f"{key} is in {tables_by_key[key]} and in {name}"
                raise ValueError(message)
            merged[key], tables_by_key[key] = texts, name
    return merged


@cache
def modules() -> tuple[ModuleType, ...]:
    """Return the modules of this package that contain a table of texts."""
    package = import_module(__package__)
    all_modules = (import_module(f"{__package__}.{module.name}") for module in pkgutil.iter_modules(package.__path__))
    return tuple(module for module in all_modules if hasattr(module, "TRANSLATIONS"))


@cache
def translations() -> Mapping[str, Translation]:
    """Return all texts by key."""
    return merge_tables((module.__name__, module.TRANSLATIONS) for module in modules())


@cache
def labels() -> Mapping[str, str]:
    """Return the names of buttons and fields that texts of forms can use, with the keys of their labels."""
    from dingnb.words.form_variants import LABELS  # noqa: PLC0415 - imported late, like the other tables

    return LABELS

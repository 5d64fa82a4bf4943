import importlib
import pkgutil
import types

import pytest

import dingnb
from tests.table_rows import for_each

PACKAGES = ["dingnb"] + [
    f"dingnb.{module.name}"
    for module in pkgutil.iter_modules(dingnb.__path__)
    if module.ispkg and module.name != "language"
]


@for_each("package", PACKAGES)
def test_dunder_all_lists_exactly_what_can_be_imported(package: str) -> None:
    module = importlib.import_module(package)
    names = getattr(module, "__all__", [])
    # The top level imports its names lazily.
    assert all(hasattr(module, name) for name in names)
    public = [
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and not isinstance(value, types.ModuleType)
    ]
    assert sorted(public) == sorted(names)


def test_the_top_level_has_at_most_25_names_in_order() -> None:
    assert dingnb.__all__ == sorted(dingnb.__all__)
    assert len(dingnb.__all__) <= 25


def test_each_public_name_has_a_docstring() -> None:
    assert not [name for name in dingnb.__all__ if not (getattr(dingnb, name).__doc__ or "").strip()]


def test_the_version_is_the_installed_one_and_unknown_names_raise() -> None:
    assert dingnb.__version__.count(".") == 2
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = dingnb.nothing

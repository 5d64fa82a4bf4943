"""The pages of the architecture name what pyproject.toml enforces, and the same files in both languages."""

import re
import tomllib
from pathlib import Path

from tests.table_rows import for_each

ROOT = Path(__file__).parent.parent.parent
PAGES = [ROOT / "docs" / "architecture.md", ROOT / "docs" / "zh" / "architecture.md"]
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
LAYERS = next(contract["layers"] for contract in CONTRACTS if contract["type"] == "layers")
FENCE = re.compile(r"^```\n(.*?)^```", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"`(\w+(?:/\w+)*(?:\.(?:py|tsv|js)|/))`")


def written(module: str) -> str:
    """Return a module as the pages name it: a package by its name, and a module of a package as a path."""
    parts = module.removeprefix("dingnb.").removesuffix(".**").split(".")
    return f"{'/'.join(parts)}.py" if len(parts) > 1 else parts[0]


def own_modules() -> set[str]:
    """Return the modules that the contracts permit by name: exceptions, and importers of something protected."""
    named = {
        module
        for contract in CONTRACTS
        for ignored in contract.get("ignore_imports", [])
        for module in ignored.split(" -> ")
    }
    named |= {module for contract in CONTRACTS for module in contract.get("allowed_importers", [])}
    named |= {module for contract in CONTRACTS for module in contract.get("protected_modules", [])}
    return {module for module in named if module.startswith("dingnb.")}


@for_each("page", PAGES)
def test_the_picture_has_the_layers_of_the_contract(page: Path) -> None:
    layers, sandbox = FENCE.findall(page.read_text(encoding="utf-8"))
    lines = iter(layers.splitlines())
    for layer in LAYERS:
        packages = [package.strip().removeprefix("dingnb.") for package in layer.split("|")]
        assert any(line.split(" ─")[0].split() == packages for line in lines), packages
    assert "sandbox" not in layers.replace("app, sandbox,", "").replace("app、sandbox、", "")
    forbidden = next(contract for contract in CONTRACTS if contract.get("source_modules") == ["dingnb.sandbox"])
    every = {name.strip().removeprefix("dingnb.") for layer in LAYERS for name in layer.split("|")}
    permitted = every - {module.removeprefix("dingnb.") for module in forbidden["forbidden_modules"]}
    first = sandbox.splitlines()[0].split("▶")[1].split()
    assert set(first) == permitted


@for_each("page", PAGES)
def test_every_module_that_a_contract_permits_is_named(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert "media/frames.py" in {written(module) for module in own_modules()}
    assert [module for module in own_modules() if written(module) not in text] == []


def test_both_pages_name_the_same_files() -> None:
    one, other = (set(FILE.findall(page.read_text(encoding="utf-8"))) for page in PAGES)
    assert one == other

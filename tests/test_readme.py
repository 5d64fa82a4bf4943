"""The code of each README runs unchanged and in order, with the sandbox and the sample data."""

import ast
import shutil
from pathlib import Path
from typing import Any

import pytest

import dingnb
from dingnb.clock import VirtualClock
from tests.docs.pages import ROOT, blocks, headings

READMES = (ROOT / "README.md", ROOT / "README.zh-CN.md")


def statements(page: Path) -> list[str]:
    """Return the statements of a README as written."""
    return [ast.unparse(statement) for block in blocks(page) for statement in ast.parse(block.code).body]


@pytest.fixture
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a folder with the sample data, like `notebooks/`."""
    shutil.copytree(ROOT / "notebooks" / "data", tmp_path / "data")
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("_folder")
@pytest.mark.parametrize("page", READMES, ids=lambda page: page.name)
def test_the_code_of_a_readme_runs_unchanged(page: Path) -> None:
    names: dict[str, Any] = {"clock": VirtualClock()}
    shown: dict[str, Any] = {}
    for statement in statements(page):
        # On a virtual clock.
        written = statement.replace("connect('sandbox')", "connect('sandbox', clock=clock)")
        try:
            if is_value(written):
                shown[statement] = eval(written, names)  # noqa: S307 - our own page
            else:
                exec(written, names)  # noqa: S102 - our own page
        except dingnb.DingError as error:
            pytest.fail(f"{statement}\n{error}")
    run, plan = names["run"], names["plan"]
    assert shown["plan.preview(3)"].userid == names["staff"]["userid"][3]
    assert len(shown["run.results()"]) == len(names["staff"])
    assert run.summary()["people"].reindex(["delivered", "read"], fill_value=0).sum() == 1_152
    # Some people have two rows.
    assert run.results()["reached"].sum() == 1_168
    assert {"name", "department"} < set(run.results(keep=["name", "department"]))
    assert plan.rejected == len(shown["plan.problems()"]) == 18
    assert len(shown["run.missed()"]) >= plan.rejected
    names["ding"].close()


def test_the_readmes_are_short_equal_and_begin_with_the_two_commands() -> None:
    texts = [page.read_text(encoding="utf-8") for page in READMES]
    assert headings(READMES[0]) == headings(READMES[1])
    for text in texts:
        assert len(text.splitlines()) <= 100
        first = text.partition("```console\n")[2].partition("```")[0].splitlines()
        assert [line.split("#")[0].strip() for line in first] == ["$ make demo", "$ make test"]
        assert text.count("](docs/images/") == 1
    english, chinese = (
        [part.split("#")[0].rstrip() for part in text.splitlines() if part.startswith("$ ")] for text in texts
    )
    assert english == chinese


def is_value(statement: str) -> bool:
    return isinstance(ast.parse(statement).body[0], ast.Expr)

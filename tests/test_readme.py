"""The code of the README runs unchanged and in order, with the sandbox and the sample data."""

import ast
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import dingnb
from dingnb.clock import VirtualClock

ROOT = Path(__file__).parent.parent
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
NOT_HERE = {
    "form = dingnb.login()": "asks for an app of DingTalk's, in a browser",
    'ding = dingnb.connect(profile="hr")': "needs an app that was remembered",
}
ANOTHER_STORY = {"from dingnb.testing import tape": "needs a cassette that was recorded before"}


def blocks() -> list[str]:
    return BLOCK.findall((ROOT / "README.md").read_text(encoding="utf-8"))


def statements() -> list[str]:
    """Return the statements of the README as written, without those that cannot run here."""
    found: list[str] = []
    for block in blocks():
        if any(block.startswith(begins) for begins in ANOTHER_STORY):
            continue
        parts = [ast.unparse(one) for one in ast.parse(block).body]
        marked = [ast.unparse(ast.parse(one)) for one in NOT_HERE]
        # A block that starts with such a line is about its return value.
        found += parts if not set(parts[:1]) & set(marked) else []
    return found


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return a folder with the sample data, like `notebooks/`."""
    shutil.copytree(ROOT / "notebooks" / "data", tmp_path / "data")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_code_that_cannot_run_here_is_still_in_the_readme() -> None:
    lines = {line for block in blocks() for line in block.splitlines()}
    assert all(any(line.startswith(one) for line in lines) for one in (*NOT_HERE, *ANOTHER_STORY))


def test_the_code_of_the_readme_runs_unchanged(folder: Path) -> None:
    clock = VirtualClock()
    names: dict[str, Any] = {}
    shown: dict[str, Any] = {}
    for statement in statements():
        # On a virtual clock.
        written = statement.replace("connect('sandbox')", "connect('sandbox', clock=clock)")
        try:
            shown[statement] = eval(written, {"clock": clock, **names}) if is_value(written) else None  # noqa: S307
            if not is_value(written):
                scope = {"clock": clock, **names}
                exec(written, scope)  # noqa: S102 - our own page
                names |= {name: value for name, value in scope.items() if name not in {"clock", "__builtins__"}}
        except dingnb.DingError as error:
            pytest.fail(f"{statement}\n{error}")
    assert len(shown) > 40
    assert shown["plan.preview(3)"].userid == names["staff"]["userid"][3]
    assert shown["run.summary()"]["people"][["delivered", "read"]].sum() == 1_152
    # Some people have two rows.
    assert shown["run.results()['reached'].sum()"] == 1_168
    assert {"name", "department"} < set(shown["run.results(keep=['name', 'department'])"])
    assert names["plan"].rejected == 18 + 2
    assert (folder / "payslip.xlsx").exists()
    assert (folder / "payslip.html").exists()
    names["stream"].stop()
    names["ding"].close()


def is_value(statement: str) -> bool:
    return isinstance(ast.parse(statement).body[0], ast.Expr)

"""Only the ledger runs SQL."""

import re
from pathlib import Path

import dingnb

ROOT = Path(dingnb.__file__).parent
OTHERS = {ROOT / "sandbox" / "journal.py"}
"""Packages with their own database."""


def test_only_the_ledger_runs_sql() -> None:
    runs_sql = re.compile(r"\.execute(?:many|script)?\(|\bBEGIN\b|\bPRAGMA\b|(?<!ledger)\.sqlite\b")
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in sorted(ROOT.rglob("*.py"))
        if path not in OTHERS and ROOT / "ledger" not in path.parents
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if runs_sql.search(line)
    ]
    assert found == []

"""The display of a campaign in a real kernel: its form while unfinished, and then its results."""

import os
from pathlib import Path
from typing import Any

import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

import dingnb

WIDGET = "application/vnd.jupyter.widget-view+json"
CELLS = [
    "import dingnb, pandas as pd\ndingnb.set_language('en')\nding = dingnb.connect('sandbox', users=60)",
    """people = pd.DataFrame({"userid": [one["userid"] for one in ding.sandbox.state.users(60)]})
people["n"] = range(60)
run = ding.plan(people, dingnb.text("Number {{ n }}")).send("numbers", wait=False)
run.stop()
run.wait("sent", check=False)
run""",
    "run.resume(wait=True)\nrun",
]


def shown(cell: Any) -> dict[str, str]:
    data: dict[str, str] = cell.outputs[-1].data
    return data


@pytest.mark.long
def test_an_unfinished_campaign_is_shown_as_a_form_and_a_finished_one_is_not(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(dingnb.__file__).parents[1]), prepend=os.pathsep)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    notebook = new_notebook(cells=[new_code_cell(cell) for cell in CELLS])
    NotebookClient(notebook, timeout=60).execute()
    stopped, over = shown(notebook.cells[1]), shown(notebook.cells[2])
    assert WIDGET in stopped
    assert "stopped" in stopped["text/plain"]
    assert "numbers" in stopped["text/html"]
    assert WIDGET not in over
    assert "finished" in over["text/plain"]

"""The notebook about charts and files, run twice on the sandbox: each person's file is theirs, uploaded once."""

import csv
import hashlib
import shutil
from pathlib import Path
from typing import Any

import nbformat
import pytest
import requests

from dingnb.clock import VirtualClock

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"


def run_notebook(clock: VirtualClock) -> dict[str, Any]:
    """Run all cells, and return what the sandbox has received until then."""
    names: dict[str, Any] = {"clock": clock}
    for cell in nbformat.read(NOTEBOOKS / "05_charts_and_files.ipynb", as_version=4).cells:
        if cell.cell_type == "code":
            exec(cell.source.replace('connect("sandbox")', 'connect("sandbox", clock=clock)'), names)  # noqa: S102 - our own notebook
    ding = names["ding"]
    url = ding.hosts.oapi_base_url
    received = {what: requests.get(f"{url}/_sandbox/{what}", timeout=10).json() for what in ("media", "messages")}
    ding.close()
    return received


@pytest.mark.long
def test_the_second_run_uploads_and_sends_nothing_and_each_file_reached_its_person(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(NOTEBOOKS / "data", tmp_path / "data")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "agg")

    clock = VirtualClock()
    first = run_notebook(clock)
    second = run_notebook(clock)

    assert len(first["media"]) == 1 + 11
    assert second == first
    with (tmp_path / "data" / "payslips.csv").open(encoding="utf-8") as file:
        people = list(csv.DictReader(file))
    files = {person["userid"]: tmp_path / "data" / "payslips" / f"payslip_{person['name']}.pdf" for person in people}
    hashes = {userid: hashlib.sha256(path.read_bytes()).hexdigest() for userid, path in files.items() if path.exists()}
    received = [message for message in first["messages"] if message["media"][0]["kind"] == "file"]
    assert {message["userid"]: [file["sha256"] for file in message["media"]] for message in received} == {
        userid: [sha256] for userid, sha256 in hashes.items()
    }
    assert len(received) == len(hashes) == 11

"""The notebook about finding people, run twice on the sandbox: each row reaches the person who is meant, once."""

import runpy
import shutil
from pathlib import Path
from typing import Any

import nbformat
import pytest
import requests

from dingnb.clock import VirtualClock

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"
CONNECTING = 'connect("sandbox", users=150'
LEFT = "程建浩"


def run_notebook(clock: VirtualClock) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Run all cells, and return their names and the messages that the sandbox has delivered until then."""
    names: dict[str, Any] = {"clock": clock}
    for cell in nbformat.read(NOTEBOOKS / "06_finding_people.ipynb", as_version=4).cells:
        if cell.cell_type == "code":
            exec(cell.source.replace(CONNECTING, f"{CONNECTING}, clock=clock"), names)  # noqa: S102 - our own notebook
    ding = names["ding"]
    messages = requests.get(f"{ding.hosts.oapi_base_url}/_sandbox/messages", timeout=10).json()
    ding.close()
    return names, messages


@pytest.mark.long
def test_the_second_run_sends_nothing_and_each_bonus_reached_the_person_who_is_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(NOTEBOOKS / "data", tmp_path / "data")
    monkeypatch.chdir(tmp_path)
    meant = runpy.run_path(str(tmp_path / "data" / "make_hr_names.py"))["make_persons"]()

    clock = VirtualClock()
    first, received = run_notebook(clock)
    second, received_again = run_notebook(clock)

    assert received_again == received
    for names in (first, second):
        assert [person.userid for person in meant if person.is_employed] == names["matched"]["userid"].dropna().tolist()
        assert names["again"]["userid"].equals(names["matched"]["userid"])
    bonuses = [message for message in received if "bonus" in str(message["body"])]
    employed = sorted(person.userid for person in meant if person.is_employed)
    assert sorted(bonus["userid"] for bonus in bonuses) == employed
    assert [person.name for person in meant if not person.is_employed] == [LEFT]


def test_the_list_of_names_is_the_generated_one(tmp_path: Path) -> None:
    write = runpy.run_path(str(NOTEBOOKS / "data" / "make_hr_names.py"))["write"]
    write(tmp_path / "names.csv")
    assert (tmp_path / "names.csv").read_bytes() == (NOTEBOOKS / "data" / "hr_names.csv").read_bytes()

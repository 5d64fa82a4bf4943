"""A receiver in a real kernel: all cells run twice, an awaiting cell, and the end of the kernel."""

import os
from pathlib import Path

import psutil
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

import dingnb

CELLS = [
    "import dingnb\ndingnb.set_language('en')\nding = dingnb.connect('sandbox', users=20)",
    "receiver = ding.receive()\nreceiver",
    "ding.callbacks.ensure(receiver.url, ['user_leave_org'])",
    """import asyncio, json, urllib.request
def happen():
    events = json.dumps([{"type": "user_leave_org", "data": {"userId": ["u1"]}}]).encode()
    url, kind = f"{ding.hosts.oapi_base_url}/_sandbox/events", {"content-type": "application/json"}
    urllib.request.urlopen(urllib.request.Request(url, events, kind)).close()
await asyncio.to_thread(happen)
event = ding.events.wait("user_leave_org", 20)
print(event.type, *event.userids)""",
    """import os, threading
print([one.name for one in threading.enumerate()].count("dingnb receiver"), os.getpid())""",
]


@pytest.mark.long
def test_a_notebook_run_twice_receives_events_and_leaves_nothing_running(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(dingnb.__file__).parents[1]), prepend=os.pathsep)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    notebook = new_notebook(cells=[new_code_cell(cell) for cell in CELLS])
    client = NotebookClient(notebook, timeout=60)
    with client.setup_kernel():
        for outcome in ("Registered.", "Updated."):
            for place, cell in enumerate(notebook.cells):
                client.execute_cell(cell, place)
            shown = [cell.outputs[0] for cell in notebook.cells[1:]]
            assert "receiving" in shown[0].data["text/plain"]
            assert outcome in shown[1].data["text/plain"]
            assert shown[2].text == "user_leave_org u1\n"
            running, kernel = shown[3].text.split()
            assert running == "1"
    # Its port proves nothing: another program may be using it by now.
    assert not psutil.pid_exists(int(kernel))

"""An interrupted loop over campaigns in a notebook: "Run All" runs no later cell and sends no later campaign."""

import os
import random
import signal
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat.v4 import new_code_cell, new_notebook

import dingnb
from dingnb.clock import SystemClock, seconds_to_ns
from dingnb.sandbox import RunningSandbox, SandboxSettings, start
from tests.environments import connection_environment
from tests.tiers import SOAK

PATIENCE_S = 60
NAMES = ("north", "east", "south")
PEOPLE = 12
OPEN = """
import os
import dingnb
import pandas as pd
dingnb.set_language("en")
ding = dingnb.connect()
staff = pd.DataFrame({"userid": PEOPLE, "n": range(12)})
print(os.getpid())
"""
LOOP = """
for name in ["north", "east", "south"]:
    run = ding.plan(staff, dingnb.text(name + " {{ n }}")).send(name)
"""
NEXT = """
ding.plan(staff, dingnb.text("next {{ n }}")).send("next")
"""
STATES = """
print(dict(zip(ding.campaigns()["name"], ding.campaigns()["state"])))
"""


def interrupt_after(sandbox: RunningSandbox, calls: int, pid: int) -> threading.Thread:
    """Interrupt the kernel once a number of send calls have arrived."""
    clock = SystemClock()

    def look() -> None:
        for _ in range(PATIENCE_S * 200):
            if sum(call["path"].endswith("asyncsend_v2") for call in sandbox.state.recorded_calls()) >= calls:
                os.kill(pid, signal.SIGINT)
                return
            clock.wait(clock.event(), seconds_to_ns(0.005))

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    return thread


def texts_of(sandbox: RunningSandbox) -> Counter[str]:
    return Counter(message["body"]["text"]["content"] for message in sandbox.state.messages())


@pytest.mark.parametrize("seed", range(20 if SOAK else 1))
def test_an_interrupt_stops_the_loop_and_running_it_again_completes_it(
    seed: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    calls = random.Random(seed).randint(2, len(NAMES) * PEOPLE - 2)
    with start(SandboxSettings(users=20, task_starts_after_s=0, task_done_after_s=0)) as sandbox:
        environment = {
            **connection_environment(sandbox.settings, sandbox.base_url),
            "DINGNB_HOME": str(tmp_path / "home"),
        }
        for name, value in {**environment, "IPYTHONDIR": str(tmp_path / "ipython")}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("PYTHONPATH", str(Path(dingnb.__file__).parents[1]), prepend=os.pathsep)
        people = [user["userid"] for user in sandbox.state.users() if user["active"]][:PEOPLE]
        cells = [OPEN.replace("PEOPLE", repr(people)), LOOP, NEXT, STATES]
        notebook = new_notebook(cells=[new_code_cell(cell) for cell in cells])
        client = NotebookClient(notebook, timeout=PATIENCE_S)
        with client.setup_kernel():
            run = runner(client, notebook)
            run(0)
            thread = interrupt_after(sandbox, calls, int(notebook.cells[0].outputs[0].text))
            with pytest.raises(CellExecutionError, match="KeyboardInterrupt"):
                run(1, 2)
            thread.join(PATIENCE_S)
            sent = texts_of(sandbox)
            assert not any(text.startswith("next") for text in sent)
            run(3)
            output = notebook.cells[3].outputs[0].text
            reached = NAMES[(calls - 1) // PEOPLE]
            assert f"'{reached}': 'interrupted'" in output or f"'{reached}': 'finished'" in output, output
            run(1, 2)
        sent = texts_of(sandbox)
    assert sent == {f"{name} {n}": 1 for name in (*NAMES, "next") for n in range(PEOPLE)}


def runner(client: NotebookClient, notebook: Any) -> Callable[..., None]:
    """Return a function that runs cells like "Run All": cells after a failing one do not run."""

    def run(*numbers: int) -> None:
        for number in numbers:
            client.execute_cell(notebook.cells[number], number)

    return run

"""The forms in a real kernel: what a saved notebook contains, without secrets."""

import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

import dingnb
from dingnb.sandbox import RunningSandbox
from tests.environments import connection_environment
from tests.ui.widget_client import Typist

OPEN = """
import dingnb
import pandas as pd
dingnb.set_language("en")
ding = dingnb.connect()
staff = pd.DataFrame({"userid": PEOPLE, "name": ["<img src=x onerror=alert(1)>", "\\ud800", "Cid"]})
form = ding.compose(staff)
form
"""
WAIT = """
form.model.wait()
form.plan_form.model.wait()
plan = form.plan
print(form.plan_form.sending.count.model_id, form.plan_form.sending.send.model_id)
"""
SENT = """
form.plan_form.model.wait()
form.plan_form.model.run.wait()
print(form.run.name)
print(form.code)
"""
PLAN = "plan.form()"
VIEW = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"


@pytest.mark.long
@pytest.mark.parametrize("keeps_state", [True, False], ids=["with widget state", "without"])
def test_a_message_is_written_and_sent_in_a_kernel_without_secrets_in_the_notebook(
    sandbox: RunningSandbox,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    find_secrets: Callable[[str], list[str]],
    *,
    keeps_state: bool,
) -> None:
    for name, value in {
        **connection_environment(sandbox.settings, sandbox.base_url),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        "IPYTHONDIR": str(tmp_path / "ipython"),
        "DINGNB_HOME": str(tmp_path / "home"),
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PYTHONPATH", str(Path(dingnb.__file__).parents[1]), prepend=os.pathsep)
    people = [user["userid"] for user in sandbox.state.users() if user["active"]][:3]
    cells = [OPEN.replace("PEOPLE", repr(people)), WAIT, PLAN, SENT]
    notebook = new_notebook(cells=[new_code_cell(cell) for cell in cells])
    client = Typist(notebook, timeout=60, store_widget_state=True)
    with client.setup_kernel():
        client.execute_cell(notebook.cells[0], 0)
        client.type_into(client.widget("TextModel", description="Title"), "Hello {{ name")
        client.type_into(client.widget("TextModel", description="Title"), "Hello")
        client.type_into(client.widget("TextareaModel", description="Text"), "Dear {{ name }}")
        client.click(client.widget("ButtonModel", description="Check recipients"))
        client.execute_cell(notebook.cells[1], 1)
        count, send = notebook.cells[1].outputs[0].text.split()
        client.execute_cell(notebook.cells[2], 2)
        client.type_into(count, "2")
        client.click(send)
        client.execute_cell(notebook.cells[3], 3)
        if keeps_state:
            client.set_widgets_metadata()
    saved = json.dumps(nbformat.from_dict(notebook), ensure_ascii=False)
    for number, title in ((0, "Compose a message"), (2, "Plan for 2 people")):
        [shown] = notebook.cells[number].outputs
        assert set(shown.data) == {VIEW, "text/plain", "text/html"}
        assert title in shown.data["text/plain"]
        assert title in shown.data["text/html"]
        assert "Run this cell" in shown.data["text/html"]
    name, *code = notebook.cells[3].outputs[0].text.splitlines()
    assert code == [
        "import dingnb",
        "",
        'message = dingnb.markdown(title="Hello", text="Dear {{ name }}")',
        'plan = ding.plan(staff, message, to="userid")',
        f'run = plan.send("{name}", expect=2)',
    ]
    sent = [call["people"] for call in sandbox.state.recorded_calls() if call["path"].endswith("asyncsend_v2")]
    assert sent == [1, 1]
    assert ("HTMLModel" in saved) == keeps_state
    notebook.cells[0].source = ""
    for widget in notebook.metadata.get("widgets", {}).get(STATE, {}).get("state", {}).values():
        # The names in a list are plain text, never HTML.
        widget["state"].pop("_options_labels", None)
    assert "<img" not in json.dumps(notebook, ensure_ascii=False)
    assert "ding…pkey" in saved
    for text in (saved, client.received):
        assert sandbox.settings.app_key not in text
        assert sandbox.settings.app_secret not in text
        # The random ids of widgets can look like anything.
        assert find_secrets(re.sub(r"[0-9a-f]{8}[0-9a-f-]{20,}", "", text)) == []

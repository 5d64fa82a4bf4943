"""The login form in a real kernel: a notebook saved with widget state does not contain typed text."""

import json
import os
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

import dingnb
from dingnb.sandbox import RunningSandbox
from tests.ui.widget_client import Typist

SHOW = "import dingnb\ndingnb.set_language('en')\nform = dingnb.login()\nform"
WAIT = "form.model.wait()\nprint(form)"


@pytest.mark.long
@pytest.mark.parametrize("echo", ["0", "1"])
def test_a_saved_notebook_with_widget_state_contains_no_secret(
    sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, echo: str
) -> None:
    secret = sandbox.settings.app_secret
    monkeypatch.setenv("PYTHONPATH", str(Path(dingnb.__file__).parents[1]), prepend=os.pathsep)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    monkeypatch.setenv("JUPYTER_WIDGETS_ECHO", echo)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    notebook = new_notebook(cells=[new_code_cell(SHOW), new_code_cell(WAIT)])
    client = Typist(notebook, timeout=60, store_widget_state=True)
    with client.setup_kernel():
        client.execute_cell(notebook.cells[0], 0)
        client.type_into(client.widget("TextModel", description="App key"), sandbox.settings.app_key)
        client.type_into(client.widget("PasswordModel"), secret)
        # A reloaded page requests the state of every widget.
        client.send(client.widget("PasswordModel"), {"method": "request_state"})
        client.click(client.widget("ButtonModel", description="Check and connect"))
        client.execute_cell(notebook.cells[1], 1)
        client.set_widgets_metadata()
    saved = json.dumps(nbformat.from_dict(notebook))
    assert "Connected: app ding…pkey" in notebook.cells[1].outputs[0].text
    assert "PasswordModel" in saved
    assert secret not in saved
    assert secret not in client.received
    assert sandbox.settings.app_key not in json.dumps(notebook.cells)

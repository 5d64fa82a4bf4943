"""What all tests and doctests share: a home of their own, so that no ledger of the user's is read or written."""

import os
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give each test a folder for its ledger."""
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("DINGNB_HOME", os.fspath(folder))
    return folder

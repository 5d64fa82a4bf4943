"""Whether the file of a ledger can be written."""

import os
from pathlib import Path

import pytest

from dingnb.ledger.sqlite.ledger_file import is_read_only


@pytest.mark.parametrize("location", ["file", "folder"])
def test_a_file_is_read_only_by_its_mode_and_by_that_of_its_folder(location: str, tmp_path: Path) -> None:
    folder = tmp_path / "Documents"
    folder.mkdir()
    path = folder / "ledger.sqlite3"
    path.touch()
    assert not is_read_only(path)
    changed, mode = (path, 0o400) if location == "file" else (folder, 0o500)
    changed.chmod(mode)
    assert is_read_only(path)
    changed.chmod(0o700)


def test_a_folder_with_the_read_only_attribute_of_windows_is_writable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "Documents"
    folder.mkdir()
    path = folder / "ledger.sqlite3"
    path.touch()
    # As CPython reports the attribute.
    folder.chmod(0o555)
    with monkeypatch.context() as patch:
        patch.setattr(os, "name", "nt")
        found = is_read_only(path)
    folder.chmod(0o700)
    assert not found

"""Permissions of the ledger's folder, and refusal of symbolic links."""

import re
from pathlib import Path

import pytest

from dingnb.cli.main import main
from dingnb.errors import LedgerError
from dingnb.ledger import SqliteLedger
from dingnb.ledger.sqlite.home import check_usable


def use(folder: Path) -> Path:
    """Use the ledger of a folder, and return its file."""
    ledger = SqliteLedger(folder)
    with ledger.connection():
        return ledger.path


def refusal(folder: Path) -> LedgerError:
    with pytest.raises(LedgerError) as caught:
        use(folder)
    return caught.value


@pytest.mark.parametrize("mode", [0o720, 0o702, 0o777])
@pytest.mark.parametrize("is_used", [True, False])
def test_a_home_that_others_can_write_to_is_refused(tmp_path: Path, mode: int, *, is_used: bool) -> None:
    home = tmp_path / "my home"
    home.mkdir(0o700)
    before = use(home).read_bytes() if is_used else None
    home.chmod(mode)
    error = refusal(home)
    assert str(home) in error.what
    assert f"{mode:04o}" in error.what
    assert f"chmod go-w '{home}'" in error.hint
    assert "DINGNB_HOME" in error.hint
    path = home / "ledger.sqlite3"
    assert (path.read_bytes() if path.exists() else None) == before
    home.chmod(mode & ~0o022)
    use(home)


@pytest.mark.parametrize("mode", [0o700, 0o755, 0o711])
def test_a_home_that_others_can_only_read_is_used(tmp_path: Path, mode: int) -> None:
    tmp_path.chmod(mode)
    assert use(tmp_path).exists()


def test_a_shared_system_folder_keeps_its_permissions(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    home.chmod(0o1777)
    error = refusal(home)
    assert "chmod" not in error.hint
    assert "Set DINGNB_HOME to a folder that only you" in error.hint
    home.chmod(0o700)
    ledger = use(home)
    home.chmod(0o1777)
    assert str(ledger) in refusal(home).hint


@pytest.mark.parametrize("is_there", [True, False])
def test_a_home_that_is_a_link_is_refused(tmp_path: Path, *, is_there: bool) -> None:
    real, link = tmp_path / "real", tmp_path / "link"
    if is_there:
        use(real)
    link.symlink_to(real, target_is_directory=True)
    error = refusal(link)
    assert f"{link} is a symbolic link to {real}" in error.what
    assert "Set DINGNB_HOME to the folder itself" in error.hint
    assert real.exists() == is_there


def test_a_home_below_a_link_is_used(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "user").symlink_to(tmp_path / "disk", target_is_directory=True)
    assert use(tmp_path / "user" / "dingnb").exists()
    assert (tmp_path / "disk" / "dingnb" / "ledger.sqlite3").exists()


@pytest.mark.parametrize("end", ["", "-wal", "-shm", "-journal"])
@pytest.mark.parametrize("is_there", [True, False])
def test_a_file_of_the_ledger_that_is_a_link_is_refused(tmp_path: Path, end: str, *, is_there: bool) -> None:
    path = use(tmp_path / "home")
    elsewhere = tmp_path / f"elsewhere{end}"
    link = path.with_name(f"{path.name}{end}")
    if is_there:
        elsewhere.write_bytes(path.read_bytes())
    link.unlink(missing_ok=True)
    link.symlink_to(elsewhere)
    error = refusal(path.parent)
    assert f"{link} is a symbolic link to {elsewhere}" in error.what
    assert re.search("replace the link .* with the file itself.* DINGNB_HOME", error.hint)
    assert elsewhere.exists() == is_there


def test_a_ledger_replaced_by_a_link_is_refused(tmp_path: Path) -> None:
    ledger = SqliteLedger(tmp_path / "home")
    with ledger.connection():
        pass
    moved = ledger.path.rename(tmp_path / "moved.sqlite3")
    ledger.path.symlink_to(moved)
    with pytest.raises(LedgerError) as caught, ledger.connection():
        pass
    assert caught.value.problem == "replaced"


@pytest.mark.parametrize("words", [["app", "--no-browser"], ["ledger", "list"], ["ledger", "restore", "copy"]], ids=str)
def test_each_command_refuses_such_a_home(
    words: list[str], home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "copy").write_bytes(use(home).read_bytes())
    monkeypatch.chdir(tmp_path)
    home.chmod(0o770)
    assert main(words) == 1
    assert f"chmod go-w {home}" in capsys.readouterr().err
    assert {path.suffix for path in home.iterdir()} <= {".sqlite3"}


def test_a_home_on_a_missing_drive_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Only Windows has paths of which no parent exists.
    monkeypatch.setattr(Path, "exists", lambda _path: False)
    with pytest.raises(LedgerError, match="its drive does not exist"):
        check_usable(tmp_path / "home")


def test_nothing_is_restored_in_place_of_a_link(home: Path, tmp_path: Path) -> None:
    path = use(home)
    copy = path.rename(tmp_path / "copy")
    path.symlink_to(tmp_path / "nowhere")
    assert main(["ledger", "restore", str(copy)]) == 1
    assert path.is_symlink()

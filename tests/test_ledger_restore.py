"""`dingnb ledger restore`: a saved copy replaces a lost ledger; nothing is deleted."""

import os
import shutil
import sqlite3
import stat
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from dingnb.cli.main import main
from dingnb.ledger import Realm, SqliteLedger
from dingnb.ledger.campaigns import batches, campaigns
from dingnb.ledger.campaigns.batches import NewBatch
from dingnb.ledger.sqlite import recovery, sender_locks
from dingnb.ledger.sqlite.schema import DEVELOPMENT_ID
from tests import attempt_steps
from tests.campaign_rows import add_campaign

Run = Callable[..., tuple[int, str, str]]
REALM = Realm.of("LIVE", "", "key", "k…y")
NOON_NS = 1_793_592_000 * 10**9


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def ran(*words: object) -> tuple[int, str, str]:
        capsys.readouterr()
        status = main(["ledger", "restore", *map(str, words)])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return ran


def fill(folder: Path, *names: str) -> SqliteLedger:
    ledger = SqliteLedger(folder)
    with ledger.transaction() as db:
        for name in names:
            number = add_campaign(db, REALM, name, now_ns=NOON_NS)
            batches.add_batches(db, number, [NewBatch(b"body", "u1", 1)])
            attempt_steps.begin(db, REALM, next(batches.queued(db, number)), "send", NOON_NS)
    return ledger


def copy_of(ledger: SqliteLedger, folder: Path) -> Path:
    with ledger.connection() as db:
        found = recovery.save(db, folder, NOON_NS)
    assert found is not None
    return found


def names_in(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as db:
        return [name for (name,) in db.execute("SELECT name FROM campaigns ORDER BY id")]


def test_a_copy_replaces_a_missing_ledger(run: Run, home: Path, tmp_path: Path) -> None:
    ledger = fill(home, "a", "b")
    copy = copy_of(ledger, tmp_path)
    before = copy.read_bytes()
    shutil.rmtree(home)
    status, out, err = run(copy)
    assert (status, err) == (0, "")
    assert f"Restored {ledger.path} from {copy}: 2 campaigns, 2 calls." in out
    assert "The previous file" not in out
    assert 'run = ding.campaign("NAME")' in out
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert stat.S_IMODE(ledger.path.stat().st_mode) == 0o600
    assert copy.read_bytes() == before
    assert sorted(path.name for path in home.iterdir()) == ["ledger.sqlite3"]
    with SqliteLedger(home).connection() as db:
        assert len(campaigns.find_all(db)) == 2


def test_the_folder_can_be_specified(run: Run, home: Path, tmp_path: Path) -> None:
    copy = copy_of(fill(tmp_path / "one", "a"), tmp_path)
    assert run(copy, "--home", tmp_path / "two")[0] == 0
    assert names_in(tmp_path / "two" / "ledger.sqlite3") == ["a"]
    assert list(home.iterdir()) == []


def test_it_is_restored_where_the_variable_names_a_folder(
    run: Run, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = copy_of(fill(tmp_path / "one", "a"), tmp_path)
    monkeypatch.setenv("DINGNB_LEDGER", str(tmp_path / "two"))
    assert run(copy)[0] == 0
    assert names_in(tmp_path / "two" / "ledger.sqlite3") == ["a"]
    assert list(home.iterdir()) == []


def test_nothing_is_restored_elsewhere_if_a_team_has_a_ledger(
    run: Run, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = copy_of(fill(tmp_path / "one", "a"), tmp_path)
    monkeypatch.setenv("DINGNB_LEDGER", "postgresql://ann:s3cret@db.example/notices")
    status, out, err = run(copy)
    assert (status, out) == (1, "")
    assert "postgresql://ann@db.example/notices" in err
    assert "--home" in err
    assert list(home.iterdir()) == []
    assert run(copy, "--home", home)[0] == 0
    assert names_in(home / "ledger.sqlite3") == ["a"]


def test_the_current_ledger_is_moved_aside_with_its_write_ahead_log(run: Run, home: Path, tmp_path: Path) -> None:
    fill(tmp_path / "one", "a")
    copy = copy_of(fill(tmp_path / "one", "b"), tmp_path)
    present = fill(home)
    with present.connection() as db:
        # Its write-ahead log exists while it is open.
        with present.transaction(db):
            db.execute("INSERT INTO exclusions VALUES ('r', 'l', 'u', '', 1)")
        assert Path(f"{present.path}-wal").stat().st_size
        status, out, _ = run(copy)
        assert status == 0
        (aside,) = home.glob("ledger-replaced-*.sqlite3")
        assert f"The previous file is now {aside}." in out
        # Open connections keep using the moved file.
        with present.transaction(db):
            db.execute("INSERT INTO exclusions VALUES ('r', 'l', 'v', '', 1)")
        assert names_in(present.path) == ["a", "b"]
    with closing(sqlite3.connect(aside)) as moved:
        assert moved.execute("SELECT count(*) FROM exclusions").fetchone() == (2,)


def test_a_write_ahead_log_without_its_ledger_is_not_applied_to_the_copy(run: Run, home: Path, tmp_path: Path) -> None:
    present = fill(home, "a")
    copy = copy_of(present, tmp_path)
    with present.connection() as db:
        with present.transaction(db):
            db.execute("DELETE FROM campaigns")
        present.path.unlink()
        status, out, _ = run(copy)
        assert status == 0
        assert names_in(present.path) == ["a"]
    (log,) = home.glob("ledger-replaced-*-wal")
    assert log.stat().st_size
    assert f"The previous file is now {log}." in out
    assert names_in(present.path) == ["a"]


@pytest.mark.skipif(os.name == "nt", reason="for the shells of other systems")
@pytest.mark.parametrize("name", ["a b", "$HOME", "`id`", 'a"b', "a'$b", "a\\b", "a!b"])
def test_a_shell_reads_the_command_that_restores_a_copy_as_it_is_meant(name: str, tmp_path: Path) -> None:
    command = recovery.restore_command(tmp_path / name, tmp_path / name)
    words = subprocess.run(  # noqa: S602 - what a user would do
        command.replace("dingnb", "printf '%s\\n'", 1), shell=True, check=True, capture_output=True, text=True
    ).stdout.splitlines()
    assert words == ["ledger", "restore", str(tmp_path / name), "--home", str(tmp_path / name)]


def test_campaigns_missing_in_the_copy_are_named_and_require_yes(run: Run, home: Path, tmp_path: Path) -> None:
    copy = copy_of(fill(home, "a"), tmp_path)
    fill(home, "bonus", "payslip")
    before = names_in(home / "ledger.sqlite3")
    status, out, err = run(copy)
    assert (status, out) == (1, "")
    assert "has more records of these campaigns" in err
    assert "bonus, payslip" in err
    assert "--yes" in err
    assert names_in(home / "ledger.sqlite3") == before
    assert sorted(path.name for path in home.iterdir()) == ["ledger.sqlite3"]
    status, out, _ = run(copy, "--yes")
    assert status == 0
    assert "bonus, payslip. Do not send them again." in out
    assert names_in(home / "ledger.sqlite3") == ["a"]
    (aside,) = home.glob("ledger-replaced-*.sqlite3")
    assert names_in(aside) == before


def test_an_unreadable_ledger_is_moved_aside_too(run: Run, home: Path, tmp_path: Path) -> None:
    copy = copy_of(fill(tmp_path / "one", "a"), tmp_path)
    (home / "ledger.sqlite3").write_bytes(b"my shopping list" * 1_000)
    assert run(copy)[0] == 0
    assert names_in(home / "ledger.sqlite3") == ["a"]
    (aside,) = home.glob("ledger-replaced-*.sqlite3")
    assert aside.read_bytes().startswith(b"my shopping list")


def newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 99")


def development(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA application_id = {DEVELOPMENT_ID}")


@pytest.mark.parametrize(
    ("change", "said"), [(newer, "newer dingnb"), (development, "development version")], ids=["newer", "development"]
)
def test_replacing_a_ledger_of_another_version_requires_yes(
    run: Run, home: Path, tmp_path: Path, change: Callable[[Path], None], said: str
) -> None:
    copy = copy_of(fill(tmp_path / "one", "a"), tmp_path)
    change(fill(home, "b").path)
    status, _, err = run(copy)
    assert status == 1
    assert said in err
    assert "--yes" in err
    assert run(copy, "--yes")[0] == 0
    assert names_in(home / "ledger.sqlite3") == ["a"]


def test_nothing_is_restored_during_a_send(run: Run, home: Path, tmp_path: Path) -> None:
    copy = copy_of(fill(tmp_path / "one", "a"), tmp_path)
    fill(home)
    with sender_locks.sender_lock(home):
        status, _, err = run(copy)
        assert status == 1
        assert "is being sent" in err
        assert names_in(home / "ledger.sqlite3") == []
    assert run(copy)[0] == 0


def test_a_sender_that_was_killed_does_not_keep_a_ledger_from_being_restored(
    run: Run, home: Path, tmp_path: Path
) -> None:
    copy = copy_of(fill(tmp_path / "one", "a"), tmp_path)
    fill(home)
    (home / "sender-1-1.lock").touch()
    assert run(copy)[0] == 0
    assert not list(home.glob("*.lock"))


def no_file(path: Path) -> None:
    path.unlink()


def no_database(path: Path) -> None:
    path.write_bytes(b"my shopping list" * 1_000)


def not_ours(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE a (b)")


def damaged(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


@pytest.mark.parametrize("spoil", [no_file, no_database, not_ours, newer, development, damaged])
def test_a_file_that_is_not_a_valid_ledger_changes_nothing(
    run: Run, home: Path, tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    copy = copy_of(fill(tmp_path / "one", "a"), tmp_path)
    spoil(copy)
    fill(home, "present")
    status, out, err = run(copy)
    assert (status, out) == (1, "")
    assert "nothing was changed" in err
    assert names_in(home / "ledger.sqlite3") == ["present"]
    assert sorted(path.name for path in home.iterdir()) == ["ledger.sqlite3"]


def test_the_ledger_itself_is_not_accepted_as_a_copy(run: Run, home: Path) -> None:
    present = fill(home, "a")
    status, _, err = run(present.path)
    assert status == 1
    assert "is the ledger itself" in err
    assert names_in(present.path) == ["a"]


def test_a_copy_on_a_read_only_medium_is_restored(run: Run, home: Path, tmp_path: Path) -> None:
    ledger = fill(tmp_path / "one", "a")
    with ledger.connection() as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    # In WAL mode, which creates more files beside it.
    copy = tmp_path / "medium" / "copy.sqlite3"
    copy.parent.mkdir()
    shutil.copy(ledger.path, copy)
    copy.chmod(0o400)
    copy.parent.chmod(0o500)
    try:
        assert run(copy)[0] == 0
    finally:
        copy.parent.chmod(0o700)
    assert names_in(home / "ledger.sqlite3") == ["a"]
    assert stat.S_IMODE((home / "ledger.sqlite3").stat().st_mode) == 0o600

"""A ledger whose file is moved, replaced or made read-only, and its saved copies."""

import shutil
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from dingnb.errors import LedgerError
from dingnb.ledger import LedgerSession, Realm, SqliteLedger, send_history
from dingnb.ledger.campaigns import batches, campaigns
from dingnb.ledger.campaigns.batches import NewBatch
from dingnb.ledger.sqlite import recovery, sender_locks
from tests import attempt_steps
from tests.campaign_rows import add_campaign

REALM = Realm.of("LIVE", "", "key", "k…y")
NOON_NS = 1_793_592_000 * 10**9
READ = "import sqlite3, sys; db = sqlite3.connect(sys.argv[1]); print(db.execute(sys.argv[2]).fetchall()); db.close()"
COUNT = "SELECT count(*) FROM campaigns"


@pytest.fixture
def ledger(tmp_path: Path) -> SqliteLedger:
    return SqliteLedger(tmp_path / "ledger", busy_timeout_s=0.1)


def add(db: LedgerSession, name: str, calls: int = 1) -> int:
    number = add_campaign(db, REALM, name, now_ns=NOON_NS)
    batches.add_batches(db, number, [NewBatch(b"body %d" % n, f"u{n}", 1) for n in range(calls)])
    for job in list(batches.queued(db, number)):
        attempt_steps.begin(db, REALM, job, "send", NOON_NS)
    return number


def fill(ledger: SqliteLedger, *names: str) -> None:
    with ledger.transaction() as db:
        for name in names:
            add(db, name)


def elsewhere(path: Path, query: str) -> str:
    """Read a database in another process."""
    done = subprocess.run([sys.executable, "-c", READ, path, query], check=True, capture_output=True, text=True)  # noqa: S603
    return done.stdout.strip()


def test_another_ledger_of_the_process_does_not_release_locks(ledger: SqliteLedger) -> None:
    with ledger.connection() as db:
        with SqliteLedger(ledger.folder).connection():
            pass
        # Another process that closes it would delete the log if the file seemed to be unused.
        assert elsewhere(ledger.path, COUNT) == "[(0,)]"
        with ledger.transaction(db):
            add(db, "a")
        assert elsewhere(ledger.path, COUNT) == "[(1,)]"


def replaced_by_another(ledger: SqliteLedger) -> None:
    other = SqliteLedger(ledger.folder / "other")
    fill(other, "other")
    other.path.replace(ledger.path)


def replaced_by_a_copy(ledger: SqliteLedger) -> None:
    with ledger.connection() as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    copy = ledger.path.with_name("copy")
    shutil.copy(ledger.path, copy)
    copy.replace(ledger.path)


def emptied(ledger: SqliteLedger) -> None:
    ledger.path.write_bytes(b"")


@pytest.mark.parametrize("replace", [replaced_by_another, replaced_by_a_copy, emptied])
def test_another_file_at_its_path_is_never_used_as_the_ledger(
    ledger: SqliteLedger, replace: Callable[[SqliteLedger], None]
) -> None:
    fill(ledger, "a")
    replace(ledger)
    for use in (ledger.connection, ledger.transaction):
        with pytest.raises(LedgerError, match="a different file is there now") as raised, use():
            pass
        assert raised.value.problem == "replaced"
        assert "connect again" in raised.value.hint
        assert "DINGNB_HOME" not in str(raised.value)
    with pytest.raises(LedgerError):
        ledger.check()


def test_no_new_ledger_is_created_in_place_of_an_opened_one(ledger: SqliteLedger) -> None:
    fill(ledger, "a")
    shutil.rmtree(ledger.folder)
    for _ in range(2):
        with (
            pytest.raises(LedgerError, match="this notebook used is gone") as raised,
            SqliteLedger(ledger.folder).transaction(),
        ):
            pass
    assert "restarted kernel creates a new, empty ledger" in raised.value.hint
    assert not ledger.folder.exists()


def test_another_ledger_in_place_of_an_opened_one_is_refused_but_a_copy_is_not(
    ledger: SqliteLedger, tmp_path: Path
) -> None:
    fill(ledger, "a")
    with ledger.connection() as db:
        assert recovery.save(db, tmp_path / "saved", NOON_NS) is not None
    replaced_by_another(ledger)
    with (
        pytest.raises(LedgerError, match="a different ledger from the one") as raised,
        SqliteLedger(ledger.folder).connection(),
    ):
        pass
    assert "kernel restart" in raised.value.hint
    next((tmp_path / "saved").iterdir()).replace(ledger.path)
    with SqliteLedger(ledger.folder).connection() as db:
        assert [row.name for row in campaigns.find_all(db)] == ["a"]


@pytest.mark.parametrize("what", ["file", "folder"])
def test_a_read_only_ledger_can_be_read_but_not_written(ledger: SqliteLedger, what: str) -> None:
    fill(ledger, "a")
    path, mode = (ledger.path, 0o400) if what == "file" else (ledger.folder, 0o500)
    path.chmod(mode)
    try:
        with pytest.raises(LedgerError, match="is read-only") as raised, ledger.transaction():
            pass
        assert raised.value.problem == "read_only"
        assert "DINGNB_HOME" not in str(raised.value)
        assert "othing was sent" not in str(raised.value)
        with pytest.raises(LedgerError, match="is read-only"), SqliteLedger(ledger.folder).transaction():
            pass
        assert stat.S_IMODE(path.stat().st_mode) == mode
    finally:
        path.chmod(0o700)
    fill(ledger, "b")


def test_sending_cannot_be_noted_where_the_folder_is_gone_or_read_only(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="the folder is gone"), sender_locks.sender_lock(tmp_path / "gone"):
        pass
    assert not (tmp_path / "gone").exists()
    with sender_locks.sender_lock(tmp_path), sender_locks.sender_lock(tmp_path):
        assert len(list(tmp_path.iterdir())) == 2
    assert list(tmp_path.iterdir()) == []


def test_senders_in_containers_with_equal_process_ids_are_noted_separately(tmp_path: Path) -> None:
    script = """
import os, sys
os.getpid = lambda: 7
from pathlib import Path
from dingnb.ledger.sqlite import sender_locks
with sender_locks.sender_lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.readline()
"""

    def start() -> "subprocess.Popen[str]":
        command = [sys.executable, "-c", script, str(tmp_path)]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603 - ours
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        return process

    with start() as first:
        with start() as second:
            second.communicate("\n")
        with pytest.raises(LedgerError, match="is being sent"), sender_locks.all_sender_locks(tmp_path):
            pass
        first.communicate("\n")
    with sender_locks.all_sender_locks(tmp_path):
        pass


def test_a_copy_of_a_deleted_ledger_is_complete_and_private(ledger: SqliteLedger) -> None:
    with ledger.connection() as db:
        with ledger.transaction(db):
            add(db, "a", 3)
        shutil.rmtree(ledger.folder)
        with ledger.transaction(db):
            add(db, "b")
        copies = [recovery.save(db, ledger.folder, NOON_NS) for _ in range(2)]
    assert [copy and copy.name for copy in copies] == [
        "ledger-rescued-20261102-120000.sqlite3",
        "ledger-rescued-20261102-120000-2.sqlite3",
    ]
    assert set(ledger.folder.iterdir()) == set(copies)
    assert stat.S_IMODE(ledger.folder.stat().st_mode) == 0o700
    for copy in filter(None, copies):
        assert stat.S_IMODE(copy.stat().st_mode) == 0o600
        assert elsewhere(copy, "SELECT count(*) FROM attempts") == "[(4,)]"
    assert list(recovery.find_saved_copies(ledger.folder)) == copies[::-1]


def test_a_copy_is_saved_in_another_private_folder_if_necessary(ledger: SqliteLedger, tmp_path: Path) -> None:
    with ledger.connection() as db:
        with ledger.transaction(db):
            add(db, "a")
        shutil.rmtree(ledger.folder)
        ledger.folder.write_text("a file")
        copy = recovery.save(db, ledger.folder, NOON_NS)
        assert copy is not None
        assert copy.parent == send_history.state_folder() / "rescued"
        assert stat.S_IMODE(copy.parent.stat().st_mode) == 0o700
        # Its folder was on a drive that is missing: a new folder would be hidden when the drive is back.
        away = recovery.save(db, tmp_path / "drive" / "ledger", NOON_NS)
    assert away is not None
    assert away.parent == copy.parent
    assert not (tmp_path / "drive").exists()


def test_a_renamed_ledger_is_complete_without_its_log(ledger: SqliteLedger) -> None:
    away = ledger.path.with_name("away.sqlite3")
    with ledger.connection() as db:
        with ledger.transaction(db):
            add(db, "a")
        ledger.path.rename(away)
        recovery.empty_log(db)
        assert Path(f"{ledger.path}-wal").stat().st_size == 0
        assert elsewhere(away, COUNT) == "[(1,)]"


def test_a_log_is_removed_only_if_it_belongs_to_the_ledger(ledger: SqliteLedger) -> None:
    with ledger.connection() as db:
        logs = recovery.Logs(ledger.path)
        with ledger.transaction(db):
            add(db, "a")
        log = Path(f"{ledger.path}-wal")
        log.rename(log.with_name("away"))
        log.write_bytes(b"of another ledger")
        logs.unlink()
        assert log.exists()
        assert not Path(f"{ledger.path}-shm").exists()
        with ledger.transaction(db):
            add(db, "b")
        assert [row.name for row in campaigns.find_all(db)] == ["b", "a"]


def test_no_new_ledger_is_created_beside_an_unrestored_copy(ledger: SqliteLedger, tmp_path: Path) -> None:
    fill(ledger, "a")
    with ledger.connection() as db:
        copy = recovery.save(db, tmp_path, NOON_NS)
    new = SqliteLedger(tmp_path)
    with pytest.raises(LedgerError, match=r"There is no ledger at .* but there is a copy") as raised, new.connection():
        pass
    assert f'dingnb ledger restore "{copy}" --home "{tmp_path}"' in raised.value.hint
    assert not new.path.exists()


@pytest.mark.parametrize("is_database", [False, True])
def test_a_copy_beside_an_invalid_ledger_is_named(ledger: SqliteLedger, tmp_path: Path, *, is_database: bool) -> None:
    fill(ledger, "a")
    with ledger.connection() as db:
        copy = recovery.save(db, ledger.folder, NOON_NS)
    other = SqliteLedger(tmp_path / "other")
    other.folder.mkdir()
    copied = other.folder / copy.name
    copied.write_bytes(copy.read_bytes())
    if is_database:
        with closing(sqlite3.connect(other.path)) as foreign:
            foreign.execute("CREATE TABLE a (b)")
    else:
        other.path.write_bytes(b"no ledger" * 1_000)
    with pytest.raises(LedgerError) as raised, other.connection():
        pass
    assert f'dingnb ledger restore "{copied}" --home "{other.folder}"' in raised.value.hint


def test_the_difference_between_two_ledgers_is_found(ledger: SqliteLedger, tmp_path: Path) -> None:
    fill(ledger, "a", "b")
    with ledger.connection() as db:
        copy = recovery.save(db, tmp_path, NOON_NS)
        assert copy is not None
        assert recovery.difference_from_copy(db, copy) == (0, ())
        with ledger.transaction(db):
            campaigns.delete(db, 1)
        assert recovery.difference_from_copy(db, copy) == (1, ("a",))
        with pytest.raises(LedgerError, match="calls that are not recorded in the ledger"):
            recovery.check_saved_copies(tmp_path / "ledger.sqlite3", db)
        # A file that is damaged or not a ledger has nothing to compare.
        copy.write_bytes(b"no ledger" * 1_000)
        assert recovery.difference_from_copy(db, copy) == (0, ())
        with closing(sqlite3.connect(tmp_path / "other")) as other:
            other.execute("CREATE TABLE a (b)")
        assert recovery.difference_from_copy(db, tmp_path / "other") == (0, ())


def test_the_marker_records_the_last_ledger_of_each_app(tmp_path: Path) -> None:
    other = Realm.of("LIVE", "", "other", "o…r")
    assert send_history.last_used(REALM) is None
    send_history.record(REALM, tmp_path / "one.sqlite3", "2026-11-26")
    send_history.record(REALM, tmp_path / "two.sqlite3", "2026-11-27")
    send_history.record(REALM, tmp_path / "one.sqlite3", "2026-11-25")
    assert send_history.last_used(REALM) == (str(tmp_path / "two.sqlite3"), "2026-11-27")
    for name in ("one", "two", "one"):
        send_history.record(REALM, tmp_path / f"{name}.sqlite3", "2026-11-27")
        assert send_history.last_used(REALM) == (str(tmp_path / f"{name}.sqlite3"), "2026-11-27")
    assert send_history.last_used(other) is None
    assert send_history.has_sent_from(tmp_path / "one.sqlite3")
    assert not send_history.has_sent_from(tmp_path / "three.sqlite3")
    file = send_history.state_folder() / "sent-from.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "key" not in file.read_text(encoding="utf-8")
    for n in range(40):
        send_history.record(REALM, tmp_path / str(n), f"2027-01-{n:02}")
    assert send_history.last_used(REALM) == (str(tmp_path / "39"), "2027-01-39")
    assert file.read_text(encoding="utf-8").count("2027") == 20


@pytest.mark.parametrize("held", ["", "[]", "{", '{"a": 1}', '{"a": {"b": 5}}', "\0\xff", "[" * 100_000])
@pytest.mark.usefixtures("without_garbage")
def test_a_damaged_marker_is_ignored_and_rewritten(held: str, tmp_path: Path) -> None:
    file = send_history.state_folder() / "sent-from.json"
    file.parent.mkdir(parents=True)
    file.write_text(held, encoding="latin-1")
    assert send_history.last_used(REALM) is None
    send_history.record(REALM, tmp_path, "2026-11-27")
    assert send_history.last_used(REALM) == (str(tmp_path), "2026-11-27")


def test_the_marker_records_a_folder_whose_name_is_not_utf_8(tmp_path: Path) -> None:
    ledger = tmp_path / "caf\udce9" / "账本"
    send_history.record(REALM, ledger, "2026-11-27")
    assert send_history.last_used(REALM) == (str(ledger), "2026-11-27")
    assert send_history.has_sent_from(ledger)


def test_a_marker_that_cannot_be_written_is_ignored(tmp_path: Path) -> None:
    send_history.state_folder().parent.mkdir(exist_ok=True)
    send_history.state_folder().write_text("a file")
    send_history.record(REALM, tmp_path, "2026-11-27")
    assert send_history.last_used(REALM) is None


def test_a_missing_home_with_an_earlier_ledger_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "drive" / "dingnb"
    send_history.record(REALM, folder / "ledger.sqlite3", "2026-11-27")
    (tmp_path / "drive").write_text("away")
    with pytest.raises(LedgerError, match="cannot be stored in") as raised, SqliteLedger(folder).connection():
        pass
    assert "DINGNB_HOME" not in raised.value.hint
    assert "Put it back" in raised.value.hint

import contextlib
import os
import shutil
import sqlite3
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

import dingnb
from dingnb.errors import LedgerError
from dingnb.ledger import LedgerSession, Realm, SqliteLedger, drafts, find_home
from dingnb.ledger.campaigns import batches, campaigns
from dingnb.ledger.campaigns.batches import NewBatch
from dingnb.ledger.explanation import Explanation
from dingnb.ledger.migrations import MIGRATIONS, VERSION
from dingnb.ledger.sqlite.ledger_file import RequiredCalls
from dingnb.ledger.sqlite.schema import APPLICATION_ID, DEVELOPMENT_ID, upgrade
from tests.campaign_rows import add_campaign

REALM = Realm.of("SANDBOX", "one", "key", "k…y")
WHY = Explanation("lost", "look")
NOON_NS = 1_793_592_000 * 10**9


@pytest.fixture
def ledger(tmp_path: Path) -> SqliteLedger:
    return SqliteLedger(tmp_path / "ledger", busy_timeout_s=0.1)


def begun(db: LedgerSession, people: int = 3, realm: Realm = REALM) -> int:
    number = add_campaign(db, realm, now_ns=NOON_NS)
    batches.add_batches(db, number, [NewBatch(b"body %d" % n, f"u{n}", 1) for n in range(people)])
    campaigns.set_plan(db, number, "plan", 1, "m")
    return number


def test_folder_and_file_are_private(ledger: SqliteLedger) -> None:
    assert not ledger.folder.exists()
    with ledger.connection() as db:
        assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert db.execute("PRAGMA synchronous").fetchone() == (2,)
        assert db.execute("PRAGMA user_version").fetchone() == (VERSION,)
    assert stat.S_IMODE(ledger.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(ledger.path.stat().st_mode) == 0o600


def test_the_home_is_that_of_the_environment_or_of_the_system(
    home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert find_home() == home
    monkeypatch.setenv("DINGNB_HOME", " ~/dingnb ")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert find_home() == tmp_path / "dingnb"
    monkeypatch.setenv("DINGNB_HOME", "~/dingnb/ledger.sqlite3")
    assert find_home() == tmp_path / "dingnb"
    monkeypatch.delenv("DINGNB_HOME")
    assert find_home().name == "dingnb"


def test_a_home_that_is_a_file_raises(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with (
            pytest.raises(LedgerError, match=r"cannot be stored in .*file.*") as caught,
            SqliteLedger(folder).connection(),
        ):
            pass
        assert "DINGNB_HOME" in caught.value.hint
        assert "sent" not in caught.value.what


@pytest.mark.parametrize(
    ("fstype", "opts", "is_refused"),
    [
        *(
            (fstype, "rw", True)
            for fstype in ("nfs4", "cifs", "gpfs", "beegfs", "vboxsf", "prl_fs", "virtiofs", "fuse")
        ),
        *((f"fuse.{name}", "rw", True) for name in ("sshfs", "glusterfs", "ceph-fuse", "rclone", "s3fs", "unknown")),
        ("NTFS", "rw,remote", True),
        *((fstype, "rw", False) for fstype in ("ext4", "fuseblk", "fuse.ntfs-3g", "fuse.gocryptfs")),
    ],
)
def test_a_network_drive_is_refused(
    ledger: SqliteLedger, monkeypatch: pytest.MonkeyPatch, fstype: str, opts: str, *, is_refused: bool
) -> None:
    root = SimpleNamespace(mountpoint="/", fstype="ext4", opts="rw")
    here = SimpleNamespace(mountpoint=str(ledger.folder.parent), fstype=fstype, opts=opts)
    monkeypatch.setattr(psutil, "disk_partitions", lambda **_: [root, here])
    if not is_refused:
        with ledger.connection():
            return
    with pytest.raises(LedgerError, match=f"network drive .{fstype}") as caught, ledger.connection():
        pass
    assert "DINGNB_HOME" in caught.value.hint
    assert not ledger.path.exists()


@pytest.mark.parametrize(("is_there", "todo"), [(True, "Move"), (False, "Set DINGNB_HOME to")])
def test_asking_whether_a_ledger_exists_on_a_network_advises_to_move_only_what_is_there(
    ledger: SqliteLedger, monkeypatch: pytest.MonkeyPatch, todo: str, *, is_there: bool
) -> None:
    if is_there:
        with ledger.connection():
            assert ledger.exists()
    root = SimpleNamespace(mountpoint="/", fstype="nfs4", opts="rw")
    monkeypatch.setattr(psutil, "disk_partitions", lambda **_: [root])
    with pytest.raises(LedgerError, match="network drive") as caught:
        ledger.exists()
    assert caught.value.hint.startswith(todo)


def test_a_file_that_is_not_a_database_is_unchanged(ledger: SqliteLedger) -> None:
    ledger.folder.mkdir()
    ledger.path.write_bytes(b"my shopping list " * 100)
    with pytest.raises(LedgerError, match="damaged, or is not a ledger"), ledger.connection():
        pass
    assert ledger.path.read_bytes() == b"my shopping list " * 100


def test_another_programs_database_is_unchanged(ledger: SqliteLedger) -> None:
    ledger.folder.mkdir()
    other = sqlite3.connect(ledger.path)
    other.execute("CREATE TABLE mine (a)")
    other.close()
    before = ledger.path.read_bytes()
    with pytest.raises(LedgerError, match="not a ledger of dingnb"), ledger.connection():
        pass
    assert ledger.path.read_bytes() == before


def test_a_ledger_of_a_newer_version_is_unchanged(ledger: SqliteLedger) -> None:
    with ledger.connection() as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(LedgerError, match="newer dingnb"), SqliteLedger(ledger.folder).connection():
        pass


def test_a_ledger_locked_by_another_process_raises(ledger: SqliteLedger) -> None:
    with ledger.connection() as db, ledger.connection() as other:
        db.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerError, match="Another process"), ledger.transaction(other):
            pass
        assert other.execute("SELECT count(*) FROM campaigns").fetchone() == (0,)
        db.execute("ROLLBACK")


def test_compacting_while_another_process_reads_raises_since_deleted_data_is_left(ledger: SqliteLedger) -> None:
    with ledger.keep_open():
        drafts.save(ledger, REALM, "note", "text", "my salary", NOON_NS, lambda _: None)
    with ledger.connection() as reader, reader.snapshot():
        assert drafts.count(reader) == 1
        drafts.delete(ledger, REALM, "note", lambda _draft, _drafts: None)
        with pytest.raises(LedgerError, match="Another process"):
            ledger.compact()
    with ledger.keep_open():
        ledger.compact()
        assert b"my salary" not in ledger.path.read_bytes()


def test_only_a_transaction_that_asks_for_it_is_not_flushed(ledger: SqliteLedger) -> None:
    def level(db: LedgerSession) -> int:
        return int(db.execute("PRAGMA synchronous").fetchone()[0])

    full, normal = 2, 1
    with ledger.connection() as db:
        with ledger.transaction_unless_shared(db, flush=False):
            assert level(db) == normal
        assert level(db) == full
        with pytest.raises(LedgerError), ledger.transaction_unless_shared(db, flush=False):
            db.execute("DELETE FROM ledger WHERE no_such_column = 1")
        assert level(db) == full
        with ledger.connection() as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(LedgerError, match="Another process"), ledger.transaction_unless_shared(db, flush=False):
                pass
            other.execute("ROLLBACK")
        assert level(db) == full


def test_a_file_removed_while_in_use_raises_and_is_not_recreated(ledger: SqliteLedger) -> None:
    with ledger.transaction() as db:
        begun(db)
    away = ledger.path.with_name("away 100%#?.db")
    ledger.path.rename(away)
    with pytest.raises(LedgerError, match="The ledger is gone") as raised, ledger.connection():
        pass
    assert raised.value.problem == "gone"
    assert "Put it back" in raised.value.hint
    assert not ledger.path.exists()
    away.rename(ledger.path)
    with ledger.connection() as db:
        assert len(campaigns.find_all(db)) == 1


def test_after_a_loss_a_ledger_without_the_calls_is_refused_also_by_a_client_that_has_it_open(
    ledger: SqliteLedger,
) -> None:
    sending = SqliteLedger(ledger.folder)
    with ledger.connection(), sending.connection():
        pass
    # As after another process has written an older copy, since used further, into the same file.
    sending.abandon(RequiredCalls(REALM.id, "payslip", 1))
    for opened in (ledger, SqliteLedger(ledger.folder)):
        with pytest.raises(LedgerError) as raised, opened.connection():
            pass
        assert raised.value.problem == "replaced"


def test_a_folder_may_have_any_name(tmp_path: Path) -> None:
    ledger = SqliteLedger(tmp_path / "a 100%?b#c&mode=ro 账本")
    with ledger.transaction() as db:
        begun(db)
    with ledger.connection() as db:
        assert len(campaigns.find_all(db)) == 1


def test_threads_that_open_a_ledger_at_once_do_not_take_it_for_another(tmp_path: Path) -> None:
    def use(opened_ledger: SqliteLedger) -> None:
        for _ in range(3):
            with opened_ledger.connection() as db, opened_ledger.transaction(db):
                db.execute("UPDATE numbers SET next = next + 1")

    for n in range(15):
        ledgers = [SqliteLedger(tmp_path / str(n)) for _ in range(6)]
        with ThreadPoolExecutor(6) as pool:
            list(pool.map(use, ledgers))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_problem_of_the_ledger_has_a_hint(ledger: SqliteLedger, language: str) -> None:
    dingnb.set_language(language)
    for code in range(30):
        error = sqlite3.OperationalError("words of SQLite's")
        error.sqlite_errorcode = code
        explained = ledger.explain(error)
        assert str(ledger.path) in explained.what
        assert explained.hint


def test_two_processes_create_a_ledger_at_once(ledger: SqliteLedger, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger.folder.mkdir()
    other = sqlite3.connect(ledger.path, isolation_level=None)
    # With this lock of another process, SQLite refuses WAL without waiting.
    other.execute("BEGIN IMMEDIATE")
    waits: list[float] = []

    def let_go(pause_s: float) -> None:
        waits.append(pause_s)
        other.rollback()

    monkeypatch.setattr("dingnb.ledger.sqlite.ledger.time.sleep", let_go)
    with ledger.connection() as db:
        assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert len(waits) == 1
    other.close()


def test_a_ledger_being_created_by_another_process_is_recognized(
    ledger: SqliteLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect = sqlite3.connect
    looks: list[str] = []

    class Watched(sqlite3.Connection):
        def execute(self, sql: str, *values: object) -> sqlite3.Cursor:
            if "sqlite_master" in sql or "application_id" in sql:
                looks.append(sql)
                if len(looks) == 2:
                    with SqliteLedger(ledger.folder).connection():
                        pass
            return super().execute(sql, *values)

    def watched(address: str, **options: Any) -> sqlite3.Connection:
        return connect(address, **options, factory=sqlite3.Connection if looks else Watched)

    monkeypatch.setattr("dingnb.ledger.sqlite.ledger.sqlite3.connect", watched)
    with ledger.connection() as db:
        assert db.execute("PRAGMA user_version").fetchone() == (VERSION,)
    assert len(looks) >= 2


def test_a_ledger_that_a_newer_dingnb_upgrades_meanwhile_is_unchanged(
    ledger: SqliteLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ledger.connection() as db:
        db.execute(f"PRAGMA user_version = {VERSION - 1}")
    connect = sqlite3.connect

    class Upgraded(sqlite3.Connection):
        def execute(self, sql: str, *values: object) -> sqlite3.Cursor:
            if sql == "BEGIN IMMEDIATE":
                with contextlib.closing(connect(ledger.path)) as other:
                    other.execute(f"PRAGMA user_version = {VERSION + 1}")
            return super().execute(sql, *values)

    monkeypatch.setattr(
        "dingnb.ledger.sqlite.ledger.sqlite3.connect",
        lambda address, **options: connect(address, **options, factory=Upgraded),
    )
    with pytest.raises(LedgerError, match="newer dingnb"), SqliteLedger(ledger.folder).connection():
        pass
    with contextlib.closing(connect(ledger.path)) as other:
        assert other.execute("PRAGMA user_version").fetchone() == (VERSION + 1,)


def test_migrations_are_applied_in_order_and_keep_the_data(ledger: SqliteLedger) -> None:
    later = (*MIGRATIONS, "CREATE TABLE notes (a TEXT) STRICT;", "ALTER TABLE notes ADD COLUMN b TEXT;")
    with ledger.transaction() as db:
        number = begun(db)
        upgrade(db, later[:-1])
        assert db.execute("PRAGMA user_version").fetchone() == (VERSION + 1,)
        upgrade(db, later)
        upgrade(db, later)
        db.execute("INSERT INTO notes VALUES ('a', 'b')")
        assert batches.count_by_status(db, number) == {"queued": (3, 3)}
    with (
        pytest.raises(LedgerError, match=f"ledger version {VERSION + 2}; this one supports {VERSION}"),
        SqliteLedger(ledger.folder).connection(),
    ):
        pass


def test_an_empty_database_gets_the_tables_and_all_migrations() -> None:
    with contextlib.closing(sqlite3.connect(":memory:")) as db:
        upgrade(db, (*MIGRATIONS, "CREATE TABLE notes (a TEXT) STRICT;"))
        assert db.execute("SELECT count(*) FROM campaigns").fetchone() == (0,)
        assert db.execute("SELECT count(*) FROM notes").fetchone() == (0,)
        assert db.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)


def test_a_failed_migration_leaves_the_ledger_unchanged(ledger: SqliteLedger) -> None:
    with pytest.raises(LedgerError), ledger.transaction() as db:
        upgrade(db, (*MIGRATIONS, "CREATE TABLE notes (a TEXT) STRICT;", "ALTER TABLE nowhere ADD COLUMN b TEXT;"))
    with ledger.connection() as db:
        assert db.execute("PRAGMA user_version").fetchone() == (VERSION,)
        assert db.execute("SELECT count(*) FROM sqlite_master WHERE name = 'notes'").fetchone() == (0,)


@pytest.mark.parametrize("version", [1, 5])
def test_a_ledger_of_a_development_version_is_unchanged(ledger: SqliteLedger, version: int) -> None:
    ledger.folder.mkdir()
    with contextlib.closing(sqlite3.connect(ledger.path)) as db:
        db.execute("CREATE TABLE campaigns (id INTEGER)")
        db.execute(f"PRAGMA application_id = {DEVELOPMENT_ID}")
        db.execute(f"PRAGMA user_version = {version}")
    before = ledger.path.read_bytes()
    with (
        pytest.raises(LedgerError, match=r"ledger\.sqlite3 was made by a development version") as caught,
        ledger.connection(),
    ):
        pass
    assert "DINGNB_HOME" in caught.value.hint
    assert "Keep the file" in caught.value.hint
    assert ledger.path.read_bytes() == before


def test_records_that_contradict_each_other_are_damage_with_the_command_that_restores_the_copy(
    ledger: SqliteLedger,
) -> None:
    with ledger.transaction() as db:
        number = begun(db)
    copy = ledger.folder / "ledger-rescued-20261127-101500.sqlite3"
    shutil.copy(ledger.path, copy)
    with pytest.raises(LedgerError) as raised, ledger.transaction() as db:
        db.execute("INSERT INTO leases (campaign) VALUES (?), (?)", (number, number))
    assert raised.value.problem == "damaged"
    assert str(copy) in raised.value.hint
    assert "dingnb ledger restore" in raised.value.hint


def _in_forked_process(work: Callable[[], str]) -> str:
    """Return what a function returns in a forked process."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.write(writing, work().encode())
        finally:
            os._exit(0)
    os.close(writing)
    with open(reading, encoding="utf-8") as answer:  # noqa: PTH123 - a file descriptor
        said = answer.read()
    os.waitpid(child, 0)
    return said


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_process_that_was_forked_while_the_ledger_was_open_does_not_use_it(tmp_path: Path) -> None:
    ledger, other_ledger = SqliteLedger(tmp_path / "used"), SqliteLedger(tmp_path / "other")

    def use(used: SqliteLedger) -> str:
        try:
            with used.transaction() as db:
                db.execute("SELECT 1")
        except LedgerError as error:
            return f"{error.problem}: {error}"
        return "used"

    assert use(other_ledger) == "used"
    with ledger.connection():
        refusal = _in_forked_process(lambda: use(ledger))
        assert _in_forked_process(lambda: use(other_ledger)) == "used"
    assert refusal.startswith("forked: This process was forked while its parent used the ledger")
    assert 'multiprocessing.get_context("spawn")' in refusal
    assert use(ledger) == "used"
    assert _in_forked_process(lambda: use(ledger)) == "used"

import contextlib
import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

import dingnb
from dingnb.errors import LedgerError
from dingnb.ledger import (
    Ledger,
    LedgerSession,
    Realm,
    attempts,
    batches,
    calls,
    campaigns,
    events,
    find_home,
    moves,
    outcomes,
)
from dingnb.ledger.attempts import PendingBatch, Why
from dingnb.ledger.batches import NewBatch
from dingnb.ledger.lock import SenderLock
from dingnb.ledger.moves import Move
from dingnb.ledger.outcomes import Outcome
from dingnb.ledger.schema import APPLICATION_ID, DEVELOPMENT_ID, MIGRATIONS, VERSION, upgrade

REALM = Realm.of("SANDBOX", "one", "key", "k…y")
WHY = Why("lost", "look")
NOON_NS = 1_793_592_000 * 10**9


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "ledger", busy_timeout_s=0.1)


def begun(db: LedgerSession, people: int = 3, realm: Realm = REALM) -> int:
    number = campaigns.begin(
        db,
        realm,
        "a",
        channel="work notification",
        message="m",
        msgtype="text",
        key_columns=(),
        store_content=True,
        now_ns=NOON_NS,
    )
    batches.add_batches(db, number, [NewBatch(b"body %d" % n, f"u{n}", 1) for n in range(people)])
    campaigns.note_plan(db, number, "plan", 1, "m")
    return number


def test_folder_and_file_are_private(ledger: Ledger) -> None:
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
    monkeypatch.delenv("DINGNB_HOME")
    assert find_home().name == "dingnb"


def test_a_home_that_is_a_file_raises(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with (
            pytest.raises(LedgerError, match=r"cannot be stored in .*file.*") as caught,
            Ledger(folder).connection(),
        ):
            pass
        assert "DINGNB_HOME" in caught.value.hint
        assert "sent" not in caught.value.what


@pytest.mark.parametrize(
    ("fstype", "opts", "is_refused"),
    [("nfs4", "rw", True), ("cifs", "rw", True), ("NTFS", "rw,remote", True), ("ext4", "rw", False)],
)
def test_a_network_drive_is_refused(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, fstype: str, opts: str, *, is_refused: bool
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


def test_a_file_that_is_not_a_database_is_unchanged(ledger: Ledger) -> None:
    ledger.folder.mkdir()
    ledger.path.write_bytes(b"my shopping list " * 100)
    with pytest.raises(LedgerError, match="damaged, or is not a ledger"), ledger.connection():
        pass
    assert ledger.path.read_bytes() == b"my shopping list " * 100


def test_another_programs_database_is_unchanged(ledger: Ledger) -> None:
    ledger.folder.mkdir()
    other = sqlite3.connect(ledger.path)
    other.execute("CREATE TABLE mine (a)")
    other.close()
    before = ledger.path.read_bytes()
    with pytest.raises(LedgerError, match="not a ledger of dingnb"), ledger.connection():
        pass
    assert ledger.path.read_bytes() == before


def test_a_ledger_of_a_newer_version_is_unchanged(ledger: Ledger) -> None:
    with ledger.connection() as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(LedgerError, match="newer dingnb"), Ledger(ledger.folder).connection():
        pass


def test_a_ledger_locked_by_another_process_raises(ledger: Ledger) -> None:
    with ledger.connection() as db, ledger.connection() as other:
        db.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerError, match="Another process"), ledger.writing(other):
            pass
        assert other.execute("SELECT count(*) FROM campaigns").fetchone() == (0,)
        db.execute("ROLLBACK")


def test_a_file_removed_while_in_use_raises_and_is_not_recreated(ledger: Ledger) -> None:
    with ledger.writing() as db:
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
        assert len(campaigns.every(db)) == 1


def test_a_folder_may_have_any_name(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "a 100%?b#c&mode=ro 账本")
    with ledger.writing() as db:
        begun(db)
    with ledger.connection() as db:
        assert len(campaigns.every(db)) == 1


def test_an_error_rolls_a_transaction_back(ledger: Ledger) -> None:
    def broken(statement: object) -> None:
        with ledger.writing() as db:
            begun(db)
            db.execute(statement)  # type: ignore[arg-type]

    with pytest.raises(LedgerError):
        broken("nonsense")
    with pytest.raises(TypeError):
        broken(5)
    with ledger.connection() as db:
        assert campaigns.every(db) == []


def test_an_attempt_is_open_until_it_is_closed_and_a_death_makes_it_unknown(ledger: Ledger) -> None:
    with ledger.writing() as db:
        number = begun(db)
        jobs = list(batches.queued(db, number))
        first = attempts.begin(db, REALM, jobs[0], "send", NOON_NS)
        assert attempts.begin(db, REALM, jobs[0], "send", NOON_NS) is None
        attempts.begin(db, REALM, jobs[1], "send", NOON_NS + 1)
        assert first is not None
        attempts.accept(db, first, jobs[0], "77", NOON_NS + 5)
        assert attempts.take_over(db, REALM, WHY, NOON_NS + 9) == 1
        assert batches.count_by_status(db, number) == {"accepted": (1, 1), "unknown": (1, 1), "queued": (1, 1)}
        assert [batch.userids for batch in batches.lost(db, number)] == [("u1",)]
        assert [one.outcome for one in attempts.since(db, REALM, NOON_NS)] == ["accepted", "unknown"]
        assert attempts.since(db, REALM, NOON_NS + 5)[0].ended_ns == NOON_NS + 9
        assert calls.used(db, REALM, NOON_NS) == 2


def test_a_call_that_never_left_leaves_no_trace(ledger: Ledger) -> None:
    with ledger.writing() as db:
        number = begun(db)
        batch = next(batches.queued(db, number))
        attempt = attempts.begin(db, REALM, batch, "send", NOON_NS)
        assert attempt is not None
        attempts.give_back(db, REALM, attempt, batch, "send", NOON_NS, left=False, counts=True)
        assert calls.used(db, REALM, NOON_NS) == 0
        assert attempts.of_batch(db, batch.id) == []
        assert batches.count_attempts(db, number) == 0
        assert next(batches.queued(db, number)) == batch


def test_a_refused_repeat_leaves_the_batch_unknown(ledger: Ledger) -> None:
    with ledger.writing() as db:
        number = begun(db)
        batch = next(batches.queued(db, number))
        attempt = attempts.begin(db, REALM, batch, "send", NOON_NS)
        assert attempt is not None
        attempts.lose(db, attempt, batch.id, WHY, NOON_NS)
        again = batches.lost(db, number)[0]
        attempt = attempts.begin(db, REALM, again, "send", NOON_NS + 60)
        assert attempt is not None
        attempts.give_back(db, REALM, attempt, again, "send", NOON_NS + 61, left=True, counts=False)
        status, reason, sent_ns = db.execute(
            "SELECT status, reason, sent_ns FROM batches WHERE id = ?", (batch.id,)
        ).fetchone()
        assert (status, reason, sent_ns) == ("unknown", "lost", NOON_NS)


def test_apps_and_sandboxes_do_not_see_each_others_campaigns(ledger: Ledger) -> None:
    others = [
        Realm.of("SANDBOX", "two", "key", "k…y"),
        Realm.of("LIVE", "one", "key", "k…y"),
        Realm.of("SANDBOX", "one", "keys", "k…s"),
    ]
    with ledger.writing() as db:
        begun(db)
        for other in others:
            assert campaigns.find(db, other, "a") is None
            begun(db, realm=other)
        assert len({REALM.id, *(other.id for other in others)}) == 4
        assert len(campaigns.every(db)) == 4
        assert [row.name for row in campaigns.every(db, REALM)] == ["a"]


def test_a_month_begins_in_beijing(ledger: Ledger) -> None:
    midnight_ns = 1_793_462_400 * 10**9  # 2026-10-31 16:00 UTC
    assert calls.month_of(midnight_ns - 1) == "2026-10"
    assert calls.month_of(midnight_ns) == "2026-11"
    with ledger.writing() as db:
        calls.count_call(db, REALM, "send", midnight_ns - 1)
        assert calls.used(db, REALM, midnight_ns) == 0
        calls.count_call(db, REALM, "send", midnight_ns, -1)
        assert calls.used(db, REALM, midnight_ns) == 0
        assert calls.used(db, REALM, midnight_ns - 1) == 1


def test_one_sender_has_the_lock(tmp_path: Path) -> None:
    first, second, other = (
        SenderLock(tmp_path, REALM),
        SenderLock(tmp_path, REALM),
        SenderLock(tmp_path, Realm.of("LIVE", "", "k", "k")),
    )
    assert first.is_free()
    assert first.take()
    assert not second.take()
    assert not second.is_free()
    assert other.take()
    first.give_back()
    first.give_back()
    assert second.take()
    second.give_back()
    other.give_back()


def test_checks_whether_an_app_sends_do_not_disturb_each_other(tmp_path: Path) -> None:
    lock = SenderLock(tmp_path, REALM)
    assert lock.take()
    lock.give_back()

    def check(_: int) -> bool:
        return all(SenderLock(tmp_path, REALM).is_free() for _ in range(100))

    with ThreadPoolExecutor(3) as pool:
        assert all(pool.map(check, range(3)))


def test_threads_that_open_a_ledger_at_once_do_not_take_it_for_another(tmp_path: Path) -> None:
    def use(one: Ledger) -> None:
        for _ in range(3):
            with one.connection() as db, one.writing(db):
                db.execute("UPDATE numbers SET next = next + 1")

    for n in range(15):
        ledgers = [Ledger(tmp_path / str(n)) for _ in range(6)]
        with ThreadPoolExecutor(6) as pool:
            list(pool.map(use, ledgers))


def test_the_view_shows_a_row_for_each_recipient(ledger: Ledger) -> None:
    with ledger.writing() as db:
        number = begun(db, 0)
        batches.add_batches(db, number, [NewBatch(b"x", 'a"b,c\\n,d', 3)])
        assert db.execute("SELECT campaign, place, userid, status FROM recipients ORDER BY place").fetchall() == [
            ("a", 0, 'a"b', "queued"),
            ("a", 1, "c\\n", "queued"),
            ("a", 2, "d", "queued"),
        ]


def test_a_batch_with_people_left_out_is_not_claimed_completely(ledger: Ledger) -> None:
    with ledger.writing() as db:
        number = begun(db, 1)
        batch = next(batches.queued(db, number))
        assert (
            attempts.begin(db, REALM, PendingBatch(batch.id, ("somebody",), batch.body, "queued"), "send", NOON_NS)
            is None
        )
        assert (
            attempts.begin(db, REALM, PendingBatch(batch.id, batch.userids, b"other", "queued"), "send", NOON_NS)
            is None
        )


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_problem_of_the_ledger_has_a_hint(ledger: Ledger, language: str) -> None:
    dingnb.set_language(language)
    for code in range(30):
        error = sqlite3.OperationalError("words of SQLite's")
        error.sqlite_errorcode = code
        explained = ledger.explain(error)
        assert str(ledger.path) in explained.what
        assert explained.hint


def test_two_processes_create_a_ledger_at_once(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger.folder.mkdir()
    other = sqlite3.connect(ledger.path, isolation_level=None)
    # With this lock of another process, SQLite refuses WAL without waiting.
    other.execute("BEGIN IMMEDIATE")
    waits: list[float] = []

    def let_go(pause_s: float) -> None:
        waits.append(pause_s)
        other.rollback()

    monkeypatch.setattr("dingnb.ledger.database.time.sleep", let_go)
    with ledger.connection() as db:
        assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert len(waits) == 1
    other.close()


def test_a_ledger_being_created_by_another_process_is_recognized(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect = sqlite3.connect
    looks: list[str] = []

    class Watched(sqlite3.Connection):
        def execute(self, sql: str, *values: object) -> sqlite3.Cursor:
            if "sqlite_master" in sql or "application_id" in sql:
                looks.append(sql)
                if len(looks) == 2:
                    with Ledger(ledger.folder).connection():
                        pass
            return super().execute(sql, *values)

    def watched(address: str, **options: Any) -> sqlite3.Connection:
        return connect(address, **options, factory=sqlite3.Connection if looks else Watched)

    monkeypatch.setattr("dingnb.ledger.database.sqlite3.connect", watched)
    with ledger.connection() as db:
        assert db.execute("PRAGMA user_version").fetchone() == (VERSION,)
    assert len(looks) >= 2


def test_migrations_are_applied_in_order_and_keep_the_data(ledger: Ledger) -> None:
    later = (*MIGRATIONS, "CREATE TABLE notes (a TEXT) STRICT;", "ALTER TABLE notes ADD COLUMN b TEXT;")
    with ledger.writing() as db:
        number = begun(db)
        upgrade(db, later[:-1])
        assert db.execute("PRAGMA user_version").fetchone() == (VERSION + 1,)
        upgrade(db, later)
        upgrade(db, later)
        db.execute("INSERT INTO notes VALUES ('a', 'b')")
        assert batches.count_by_status(db, number) == {"queued": (3, 3)}
    with (
        pytest.raises(LedgerError, match=f"ledger version {VERSION + 2}; this one supports {VERSION}"),
        Ledger(ledger.folder).connection(),
    ):
        pass


def test_an_empty_database_gets_the_tables_and_all_migrations() -> None:
    with contextlib.closing(sqlite3.connect(":memory:")) as db:
        upgrade(db, (*MIGRATIONS, "CREATE TABLE notes (a TEXT) STRICT;"))
        assert db.execute("SELECT count(*) FROM campaigns").fetchone() == (0,)
        assert db.execute("SELECT count(*) FROM notes").fetchone() == (0,)
        assert db.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)


def test_a_failed_migration_leaves_the_ledger_unchanged(ledger: Ledger) -> None:
    with pytest.raises(LedgerError), ledger.writing() as db:
        upgrade(db, (*MIGRATIONS, "CREATE TABLE notes (a TEXT) STRICT;", "ALTER TABLE nowhere ADD COLUMN b TEXT;"))
    with ledger.connection() as db:
        assert db.execute("PRAGMA user_version").fetchone() == (VERSION,)
        assert db.execute("SELECT count(*) FROM sqlite_master WHERE name = 'notes'").fetchone() == (0,)


@pytest.mark.parametrize("version", [1, 5])
def test_a_ledger_of_a_development_version_is_unchanged(ledger: Ledger, version: int) -> None:
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


def test_commands_and_texts_are_deleted_with_their_campaign(ledger: Ledger) -> None:
    with ledger.writing() as db:
        number = begun(db)
        campaigns.add_command(db, number, "stopped")
        campaigns.note_message(db, number, "[]")
        campaigns.delete(db, number)
        left = db.execute("SELECT (SELECT count(*) FROM steering) + (SELECT count(*) FROM templates)")
        assert left.fetchone() == (0,)
        # Nothing is recorded for a deleted campaign.
        campaigns.add_command(db, number, "stopped")
        campaigns.set_progress(db, number, "{}")
        assert campaigns.count_commands(db, number) == 0


def test_people_in_a_newer_batch_count_only_there(ledger: Ledger) -> None:
    with ledger.writing() as db:
        number = begun(db)
        batches.add_batches(db, number, [NewBatch(b"body 0", "u0", 1), NewBatch(b"body 0", "u0", 1)])
        moves.write(db, [Move(1, 0, 4, 0, same_text=True), Move(4, 0, 5, 0, same_text=True)])
        moves.write(db, [Move(2, 0, 3, 0, same_text=False)])
        assert moves.current_places(db, number) == {(1, 0): (5, 0), (4, 0): (5, 0)}
        assert batches.count_by_status(db, number) == {"queued": (5, 2)}
        shown = db.execute("SELECT batch FROM recipients ORDER BY batch").fetchall()
        assert shown == [(3,), (5,)]
        batches.cancel(db, [3], WHY, NOON_NS)
        # The cancelled batch only has its own person left.
        assert batches.count_by_status(db, number) == {"queued": (4, 1), "cancelled": (1, 1)}


def test_a_recalled_batch_stays_recalled_and_keeps_the_read_state(ledger: Ledger) -> None:
    with ledger.writing() as db:
        begun(db)
        seen = [(1, 0, "read"), (2, 0, "delivered"), (3, 0, "invalid")]
        outcomes.write(db, [Outcome(*one, "", "result", "", "", NOON_NS) for one in seen])
        for batch in (1, 2, 3):
            batches.record_recall(db, batch, WHY, ("recalled", WHY), NOON_NS + batch)
        # An answer under way during the recall.
        outcomes.write(db, [Outcome(2, 0, "read", "", "result", "", "", NOON_NS + 9)])
        rows = db.execute("SELECT status, was_read FROM outcomes ORDER BY batch").fetchall()
        assert rows == [("recalled", 1), ("recalled", 0), ("invalid", None)]


def test_an_event_received_twice_is_stored_once(ledger: Ledger) -> None:
    with ledger.writing() as db:
        assert events.count(db) == 0
        assert events.add(db, REALM, "e-1", "user_add_org", "stream", 1, "{}") > 0
        assert events.add(db, REALM, "e-1", "user_add_org", "stream", 1, "{}") == 0
        assert [one.event_id for one in events.after(db, REALM, 0, most=-1)] == ["e-1"]


def test_a_command_is_returned_to_senders_that_have_not_seen_it(ledger: Ledger) -> None:
    with ledger.writing() as db:
        number = begun(db)
        assert campaigns.message_of(db, number) == campaigns.get_progress(db, number) == ""
        assert campaigns.count_commands(db, number) == 0
        campaigns.add_command(db, number, "paused")
        campaigns.set_progress(db, number, "{}")
        assert (campaigns.command_since(db, number, 0), campaigns.get_progress(db, number)) == ("paused", "{}")
        assert campaigns.command_since(db, number, 1) == ""

"""What is particular to a ledger in PostgreSQL: opening, versions, rights, failures and time."""

import gc
import re
import signal
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

import dingnb
from dingnb.auth.database_url import DatabaseUrl, parse_database_url
from dingnb.clock import NS_PER_S, SystemClock, VirtualClock
from dingnb.errors import LedgerError
from dingnb.ledger import Realm, SqliteLedger
from dingnb.ledger.campaigns import batches, campaigns
from dingnb.ledger.campaigns.batches import NewBatch
from dingnb.ledger.migrations import VERSION
from dingnb.ledger.postgres.database_time import DatabaseTime
from dingnb.ledger.postgres.ledger import PROBLEMS, PostgresLedger
from dingnb.ledger.postgres.session import PostgresSession
from dingnb.ledger.session import Cursor
from tests.campaign_rows import add_campaign
from tools.postgres_server import Server

REALM = Realm.of("SANDBOX", "one", "key", "k…y")
NOON_NS = 1_793_592_000 * NS_PER_S

New = Callable[..., str]


@pytest.fixture
def url(new_database: New) -> str:
    return new_database()


@pytest.fixture
def ledger(url: str) -> PostgresLedger:
    return opened(url)


def opened(url: str) -> PostgresLedger:
    return PostgresLedger(parse_database_url(url), busy_timeout_s=0.1)


def refusal(ledger: PostgresLedger) -> LedgerError:
    with pytest.raises(LedgerError) as caught, ledger.connection():
        pass
    return caught.value


def record(ledger: PostgresLedger, name: str = "a") -> int:
    with ledger.transaction() as db:
        number = add_campaign(db, REALM, name, now_ns=NOON_NS)
        batches.add_batches(db, number, [NewBatch(b"body", "u1,u2", 2)])
    return number


def test_a_database_without_a_ledger_is_left_unchanged(new_database: New) -> None:
    url = new_database("template0")
    error = refusal(opened(url))
    assert error.problem == "no_tables"
    assert "dingnb ledger init" in error.hint
    with psycopg.connect(url) as db:
        assert db.execute("SELECT count(*) FROM pg_namespace WHERE nspname = 'dingnb'").fetchone() == (0,)


@pytest.mark.parametrize(("version", "problem"), [(VERSION - 1, "older"), (VERSION + 1, "newer")])
def test_a_ledger_of_another_version_is_refused(url: str, ledger: PostgresLedger, version: int, problem: str) -> None:
    with psycopg.connect(url) as db:
        db.execute("UPDATE dingnb.about SET version = %s", (version,))
    error = refusal(ledger)
    assert error.problem == problem
    assert f"version {version}" in error.what
    assert str(VERSION) in error.what


def test_an_idle_connection_that_is_refused_is_closed(url: str, ledger: PostgresLedger) -> None:
    record(ledger)
    with psycopg.connect(url) as db:
        db.execute("UPDATE dingnb.about SET version = version + 1")
    assert refusal(ledger).problem == "newer"
    # psycopg warns of a connection that was not closed, and warnings are errors.
    gc.collect()


def test_both_databases_have_the_same_columns(ledger: PostgresLedger, tmp_path: Path) -> None:
    with SqliteLedger(tmp_path / "ledger").connection() as db:
        tables = db.execute(
            "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite%'"
        ).fetchall()
        in_file = {
            (table, name, kind, bool(is_required or is_key))
            for (table,) in tables
            for _, name, kind, is_required, _, is_key in db.execute(f"PRAGMA table_info({table})")
            if table != "recipients"
        }
    kinds = {"bigint": "INTEGER", "text": "TEXT", "bytea": "BLOB", "ARRAY": "BLOB"}
    with ledger.connection() as db:
        found = db.execute(
            "SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns"
            " WHERE table_schema = 'dingnb' AND table_name NOT IN ('about', 'recipients')"
        ).fetchall()
    assert {(table, name, kinds[kind], nullable == "NO") for table, name, kind, nullable in found} == in_file


def test_a_missing_database_and_a_server_that_does_not_run_say_so(postgres: Server) -> None:
    assert refusal(opened(postgres.url("nothing_here"))).problem == "no_database"
    error = refusal(PostgresLedger(DatabaseUrl("/nowhere", database="x")))
    assert error.problem == "unreachable"
    assert "postgresql://%2Fnowhere/x" in error.what


def test_a_read_only_database_is_read_but_not_written(url: str, ledger: PostgresLedger) -> None:
    record(ledger)
    with psycopg.connect(url, autocommit=True) as db:
        db.execute(f"ALTER DATABASE {parse_database_url(url).database} SET default_transaction_read_only = on".encode())
    again = opened(url)
    with again.connection() as db:
        assert len(campaigns.find_all(db)) == 1
    with pytest.raises(LedgerError) as caught:
        record(again, "b")
    assert caught.value.problem == "read_only"


def test_an_older_copy_of_the_ledger_is_refused(url: str, ledger: PostgresLedger, postgres: Server) -> None:
    record(ledger)
    with ledger.connection():
        pass
    name = parse_database_url(url).database
    postgres.run(f"DROP DATABASE {name} WITH (FORCE)", f"CREATE DATABASE {name} TEMPLATE empty")
    assert refusal(ledger).problem == "replaced"
    with psycopg.connect(url) as db:
        db.execute("UPDATE dingnb.numbers SET next = 99")
        db.execute("UPDATE dingnb.ledger SET id = 'another'")
    assert refusal(ledger).problem == "replaced"


def test_the_ledger_with_another_timeout_is_bound_to_the_same_database_and_knows_its_time(
    url: str, ledger: PostgresLedger, postgres: Server
) -> None:
    other = ledger.with_timeout(0.2)
    record(ledger)
    with ledger.connection():
        pass
    name = parse_database_url(url).database
    postgres.run(f"DROP DATABASE {name} WITH (FORCE)", f"CREATE DATABASE {name} TEMPLATE empty")
    assert refusal(other).problem == "replaced"
    # Without another connection, which would be refused.
    other.now_ns(SystemClock(), lambda: 0)


def test_a_thread_that_checks_the_database_slowly_does_not_take_it_for_an_older_copy(
    ledger: PostgresLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ledger.connection():
        pass
    execute, others = PostgresSession.execute, ["another thread"]

    def interrupted(session: PostgresSession, sql: str, values: Sequence[object] = ()) -> Cursor:
        found = execute(session, sql, values)
        if "FROM ledger" in sql and others:
            others.clear()
            record(ledger)
            record(ledger, "b")
        return found

    monkeypatch.setattr(PostgresSession, "execute", interrupted)
    with ledger.connection() as db:
        assert len(campaigns.find_all(db)) == 2


def test_a_writer_waits_for_another_one_only_so_long(url: str, ledger: PostgresLedger) -> None:
    with ledger.transaction(), pytest.raises(LedgerError) as caught:
        record(opened(url))
    assert caught.value.problem == "locked"
    record(opened(url))


@pytest.mark.parametrize("waiting", ["row_locking_transaction", "transaction_unless_shared", "transaction"])
def test_a_writer_waits_for_a_locked_row_only_so_long(url: str, ledger: PostgresLedger, waiting: str) -> None:
    update = "UPDATE numbers SET next = next + 1"
    other = opened(url)
    with ledger.connection() as db, other.connection() as own:
        # Without a limit of the ledger's own, this one would end the wait.
        own.execute("SET statement_timeout = 3000")
        with ledger.row_locking_transaction(db):
            db.execute(update)
            with pytest.raises(LedgerError) as caught, getattr(other, waiting)(own):
                own.execute(update)
        assert caught.value.problem == "locked"
        assert "lock timeout" in caught.value.what
        with getattr(other, waiting)(own):
            own.execute(update)


def test_writers_take_turns(url: str) -> None:
    def count_up(_: int) -> None:
        with PostgresLedger(parse_database_url(url)).transaction() as db:
            found = db.execute("SELECT next FROM numbers").fetchone()[0]
            time.sleep(0.005)
            db.execute("UPDATE numbers SET next = ?", (found + 1,))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(count_up, range(16)))
    with opened(url).connection() as db:
        assert db.execute("SELECT next FROM numbers").fetchone() == (17,)


def test_a_reader_sees_one_moment(url: str, ledger: PostgresLedger) -> None:
    with ledger.connection() as db, db.snapshot():
        assert campaigns.find_all(db) == []
        record(opened(url))
        assert campaigns.find_all(db) == []
    with ledger.connection() as db:
        assert len(campaigns.find_all(db)) == 1


def end_sessions(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as db:
        db.execute(
            "SELECT pg_terminate_backend(pid, 30000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_a_lost_connection_writes_nothing_and_the_next_one_works(url: str, ledger: PostgresLedger) -> None:
    def lose() -> None:
        with ledger.transaction() as db:
            add_campaign(db, REALM, now_ns=NOON_NS)
            end_sessions(url)
            campaigns.find_all(db)

    with pytest.raises(LedgerError) as caught:
        lose()
    assert caught.value.problem == "unreachable"
    with ledger.connection() as db:
        assert campaigns.find_all(db) == []
    end_sessions(url)
    # An idle connection that is gone is replaced by a new one.
    record(ledger)


def test_a_server_that_crashed_has_all_that_was_committed_when_it_is_back(
    url: str, ledger: PostgresLedger, postgres: Server
) -> None:
    number = record(ledger)
    postgres.stop(signal.SIGQUIT)
    try:
        error = refusal(ledger)
    finally:
        postgres.start()
    assert error.problem == "unreachable"
    assert url in error.what
    with ledger.connection() as db:
        assert batches.count_by_status(db, number) == {"queued": (1, 2)}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_problem_has_a_text_and_a_hint(language: str) -> None:
    dingnb.set_language(language)
    ledger = PostgresLedger(DatabaseUrl("db.example", user="ann", database="notices"))
    for state in PROBLEMS:
        explained = ledger.explain(psycopg.errors.lookup(state)("words of the database's"))
        assert "postgresql://ann@db.example/notices" in explained.what, state
        assert explained.hint
        assert explained.problem == PROBLEMS[state]
    assert ledger.explain(psycopg.errors.lookup("22003")("x")).problem == "failed"
    assert ledger.explain(psycopg.OperationalError("server closed the connection")).problem == "unreachable"


@pytest.mark.parametrize(
    ("message", "problem"),
    [
        ('failed: FATAL:  password authentication failed for user "ann"', "password"),
        ('failed: FATAL:  role "ann" does not exist', "password"),
        ("failed: fe_sendauth: no password supplied", "password"),
        ("failed to resolve host 'password-db.example': Name or service not known", "unreachable"),
        ('connection to server at "password-db", port 5432 failed: Connection refused', "unreachable"),
        ('failed: FATAL:  database "passwords" does not exist', "no_database"),
        ("failed: received invalid response to SSL negotiation: H", "not_postgres"),
        ('failed: FATAL:  role "ann" is not permitted to log in', "password"),
        (
            'failed: FATAL:  no pg_hba.conf entry for host "10.0.0.9", user "ann", database "x", no encryption',
            "refused",
        ),
        ('failed: FATAL:  pg_hba.conf rejects connection for host "10.0.0.9", user "ann", database "x"', "refused"),
        ('failed: FATAL:  Peer authentication failed for user "ann"', "refused"),
        ('failed: FATAL:  permission denied for database "x"', "refused"),
        ('failed: FATAL:  database "x" is not currently accepting connections', "refused"),
        ("failed: server does not support SSL, but SSL was required", "no_encryption"),
        ("failed: FATAL:  sorry, too many clients already", "busy"),
        ('failed: FATAL:  too many connections for role "ann"', "busy"),
        ("failed: FATAL:  remaining connection slots are reserved for roles with the SUPERUSER attribute", "busy"),
        ("failed: FATAL:  the database system is starting up", "unavailable"),
        ("failed: FATAL:  the database system is not yet accepting connections", "unavailable"),
        ("failed: FATAL:  the database system is shutting down", "unavailable"),
    ],
)
def test_an_error_of_connecting_is_explained_by_its_words_and_not_by_names_in_it(message: str, problem: str) -> None:
    ledger = PostgresLedger(DatabaseUrl("db.example", user="ann", database="notices"))
    assert ledger.explain(psycopg.OperationalError(message)).problem == problem


def test_the_time_is_the_databases_but_for_a_virtual_clock(ledger: PostgresLedger) -> None:
    virtual = VirtualClock()
    assert ledger.now_ns(virtual, virtual.now_ns) == virtual.now_ns()
    clock = SystemClock()
    before_ns = time.time_ns()
    assert before_ns - NS_PER_S < ledger.now_ns(clock, lambda: 5) < time.time_ns() + NS_PER_S


def test_the_time_of_a_database_is_known_within_its_quickest_answer_and_follows_a_set_clock() -> None:
    now = [0]
    clock = DatabaseTime(lambda: now[0])
    clock.add_sample(0, 1_000_000, 1_000)
    clock.add_sample(2_000, 1_002_005, 2_010)
    now[0] = 3_000
    assert abs(clock.now_ns() - 1_003_000) <= 5
    # A slow answer does not make it worse.
    clock.add_sample(3_000, 1_003_400, 4_000)
    now[0] = 5_000
    assert abs(clock.now_ns() - 1_005_000) <= 5
    # The database's clock was set back by half of its time.
    clock.add_sample(6_000, 500_000, 6_010)
    now[0] = 7_000
    assert abs(clock.now_ns() - 500_995) <= 5


def test_the_text_of_an_error_names_no_whole_statement(ledger: PostgresLedger) -> None:
    with pytest.raises(LedgerError) as caught, ledger.connection() as db:
        db.execute("SELECT 1 / 0 FROM campaigns WHERE name = ?", ("somebody's",))
    with pytest.raises(LedgerError) as caught, ledger.connection() as db:
        db.execute("SELECT nothing FROM campaigns")
    assert re.search(r"nothing.*does not exist", caught.value.what)
    assert "\n" not in caught.value.what.strip()

"""Creating and upgrading a team's ledger: ``dingnb ledger init``."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from dingnb.auth.database_url import parse_database_url
from dingnb.cli.main import main
from dingnb.clock import SystemClock
from dingnb.errors import LedgerError
from dingnb.ledger import Realm
from dingnb.ledger.campaigns import batches, campaigns
from dingnb.ledger.campaigns.batches import NewBatch
from dingnb.ledger.migrations import MIGRATIONS, VERSION
from dingnb.ledger.postgres.ledger import PostgresLedger
from dingnb.ledger.postgres.schema import ALL_PRIVILEGES, privileges, tables, upgrade_statements
from dingnb.ledger.postgres.setup import install_ledger, setup_script
from tests.campaign_rows import add_campaign
from tests.postgres import as_member
from tools.postgres_server import Server

New = Callable[..., str]
REALM = Realm.of("SANDBOX", "one", "key", "k…y")
NOON_NS = 1_793_592_000 * 10**9


@pytest.fixture
def url(new_database: New) -> str:
    return new_database()


def opened(url: str) -> PostgresLedger:
    return PostgresLedger(parse_database_url(url), busy_timeout_s=0.1)


def problem_of(ledger: PostgresLedger) -> str:
    with pytest.raises(LedgerError) as caught, ledger.connection():
        pass
    return caught.value.problem


def member_of(server: Server, role: str, url: str) -> str:
    """Create a member of a role, and return the URL with it."""
    name = f"m{parse_database_url(url).database}"
    quoted = role.replace('"', '""')
    server.run(f'CREATE ROLE {name} LOGIN IN ROLE "{quoted}"')
    return server.url(parse_database_url(url).database, name)


def test_the_script_creates_a_ledger_and_a_role_that_may_use_it(
    new_database: New, postgres: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    url, role = new_database("template0"), 'team "x" 组 $$ $q$'
    assert main(["ledger", "init", "postgresql://owner:s3cret@db/notices", "--role", role]) == 0
    script, noted = capsys.readouterr()
    assert "s3cret" not in script + noted
    assert "other users of this computer can see" in noted
    assert 'GRANT CONNECT ON DATABASE "notices"' in script
    database = parse_database_url(url).database
    with psycopg.connect(url, autocommit=True) as db:
        # Twice, as somebody may who is not sure.
        db.execute(setup_script(database, role).encode())
        db.execute(f'REVOKE ALL ON SCHEMA dingnb FROM "{role.replace(chr(34), chr(34) * 2)}"'.encode())
    install_ledger(parse_database_url(url), role)
    campaign_of(opened(member_of(postgres, role, url)))


def campaign_of(ledger: PostgresLedger) -> None:
    """Record a campaign, send its only batch, and read it."""
    ledger.connect_and_check(SystemClock())
    with ledger.transaction() as db:
        number = add_campaign(db, REALM, now_ns=NOON_NS)
        batches.add_batches(db, number, [NewBatch(b"body", "u1,u2", 2)])
        assert [row.name for row in campaigns.find_all(db)] == ["a"]
        assert batches.count_by_status(db, number) == {"queued": (1, 2)}
        assert db.execute("SELECT count(*) FROM recipients").fetchone() == (2,)


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TABLE dingnb.campaigns",
        "ALTER TABLE dingnb.campaigns ADD COLUMN x TEXT",
        "TRUNCATE dingnb.batches",
        "CREATE TABLE dingnb.notes (a TEXT)",
        "CREATE TABLE public.notes (a TEXT)",
        "UPDATE dingnb.about SET version = 99",
        "UPDATE dingnb.ledger SET id = 'x'",
        "INSERT INTO dingnb.numbers VALUES ('x', 1)",
        "DELETE FROM dingnb.calls",
        "CREATE ROLE intruder",
        "CREATE DATABASE intruder",
        "SELECT pg_read_file('/etc/hostname')",
        "COPY dingnb.campaigns TO PROGRAM 'cat'",
    ],
)
def test_a_member_may_do_no_more(url: str, statement: str) -> None:
    with psycopg.connect(as_member(url), autocommit=True) as db, pytest.raises(psycopg.errors.InsufficientPrivilege):
        db.execute(statement.encode())


def test_every_table_has_rights() -> None:
    assert {"campaigns", "batches", "attempts", "actions", "people", "recipients", "about"} < set(tables())
    assert privileges("campaigns") == ALL_PRIVILEGES
    assert privileges("about") == "SELECT"


def test_a_member_cannot_upgrade_the_ledger(url: str) -> None:
    with pytest.raises(LedgerError) as caught:
        install_ledger(parse_database_url(as_member(url)))
    assert caught.value.problem == "no_right"


def test_the_command_creates_and_upgrades(
    new_database: New, postgres: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    url, role = new_database("template0"), "another_team"
    old_ledger(url)
    assert problem_of(opened(url)) == "older"
    for _ in range(2):
        assert main(["ledger", "init", url, "--role", role, "--apply"]) == 0
        captured = capsys.readouterr()
        assert f"has version {VERSION}" in captured.out
        assert captured.err == ""
    with opened(url).connection() as db:
        assert [row.name for row in campaigns.find_all(db)] == ["old"]
    opened(member_of(postgres, role, url)).connect_and_check(SystemClock())


def old_ledger(url: str) -> None:
    """Create a ledger of version 1 with a campaign."""
    with psycopg.connect(url, autocommit=True) as db:
        db.execute("CREATE SCHEMA dingnb")
        db.execute("SET search_path = dingnb")
        for statement in upgrade_statements(0, ()):
            db.execute(statement.encode())
        db.execute(
            "INSERT INTO campaigns (realm, app, mode, name, state, message, msgtype, key_columns, plan, store_content,"
            " created_ns, updated_ns) VALUES (%s, '', 'LIVE', 'old', 'finished', '', 'text', '[]', '', 1, 1, 1)",
            (REALM.id,),
        )


def test_the_script_of_an_upgrade_upgrades(new_database: New, capsys: pytest.CaptureFixture[str]) -> None:
    url = new_database("template0")
    old_ledger(url)
    assert main(["ledger", "init", url, "--from-version", "1", "--role", "third_team"]) == 0
    with psycopg.connect(url, autocommit=True) as db:
        db.execute(capsys.readouterr().out.encode())
    opened(url).connect_and_check(SystemClock())


def test_the_script_of_an_upgrade_from_another_version_changes_nothing(new_database: New) -> None:
    url = new_database("template0")
    old_ledger(url)
    script = setup_script(parse_database_url(url).database, "third_team", VERSION - 1)
    with psycopg.connect(url, autocommit=True) as db:
        with pytest.raises(psycopg.errors.RaiseException, match=f"does not have version {VERSION - 1}"):
            db.execute(script.encode())
        db.execute("ROLLBACK")
    assert problem_of(opened(url)) == "older"
    install_ledger(url)
    opened(url).connect_and_check(SystemClock())


@pytest.mark.parametrize("url", ["notices", "mysql://a/b", "", "postgresql://h"])
def test_another_url_is_refused(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ledger", "init", url]) == 1
    assert "InputError" in capsys.readouterr().err


@pytest.mark.parametrize("role", ["", " ", "a\nb", "x" * 64])
def test_another_role_is_refused(role: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["ledger", "init", "postgresql://h/d", "--role", role])
    assert "63" in capsys.readouterr().err


def test_no_name_ends_a_comment_of_the_script(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ledger", "init", "postgresql://h/a%0ADROP%20SCHEMA%20dingnb"]) == 0
    first, second, *_ = capsys.readouterr().out.splitlines()
    assert first.startswith("--")
    assert second == "BEGIN;"


@pytest.mark.parametrize("number", ["-1", "0", str(VERSION), "99", "x", "9" * 5_000])
def test_there_is_a_script_only_from_an_older_version(number: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["ledger", "init", "postgresql://h/d", f"--from-version={number}"])
    captured = capsys.readouterr()
    assert "not the number of an older version" in captured.err
    assert captured.out == ""


def test_the_command_tells_a_member_that_only_the_owner_may(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ledger", "init", as_member(url), "--apply"]) == 1
    assert "Only the owner of the database may do this" in capsys.readouterr().err


def test_a_newer_ledger_is_not_upgraded(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as db:
        db.execute("UPDATE dingnb.about SET version = 99")
    with pytest.raises(LedgerError, match="version 99"):
        install_ledger(parse_database_url(url))


@pytest.mark.parametrize(
    "table", ["accounts (id BIGINT)", "about (version BIGINT)", "about (product TEXT, version INT)"]
)
def test_tables_of_another_product_are_left_alone(new_database: New, table: str) -> None:
    url = new_database("template0")
    with psycopg.connect(url, autocommit=True) as db:
        db.execute(f"CREATE SCHEMA dingnb; CREATE TABLE dingnb.{table}".encode())
        if "product" in table:
            db.execute("INSERT INTO dingnb.about VALUES ('accounts', 1)")
    with pytest.raises(LedgerError) as caught:
        install_ledger(parse_database_url(url))
    assert caught.value.problem == "not_ours"


def test_a_schema_that_was_made_empty_is_used(new_database: New) -> None:
    url = new_database("template0")
    with psycopg.connect(url, autocommit=True) as db:
        db.execute("CREATE SCHEMA dingnb")
    assert install_ledger(parse_database_url(url)) == VERSION


def test_several_owners_create_one_ledger_at_once(new_database: New) -> None:
    url = new_database("template0")
    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(lambda _: install_ledger(parse_database_url(url)), range(6))) == {VERSION}
    campaign_of(opened(url))


def test_a_failed_upgrade_leaves_the_ledger_unchanged(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = (*MIGRATIONS, "CREATE TABLE notes (a TEXT) STRICT;", "ALTER TABLE nowhere ADD COLUMN b TEXT;")
    monkeypatch.setattr(
        "dingnb.ledger.postgres.setup.upgrade_statements", lambda found: upgrade_statements(found, broken)
    )
    with pytest.raises(LedgerError, match="nowhere"):
        install_ledger(parse_database_url(url))
    with opened(url).connection() as db:
        assert db.execute("SELECT to_regclass('dingnb.notes')").fetchone() == (None,)

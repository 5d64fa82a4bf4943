import stat
from pathlib import Path

import pytest

from dingnb.ledger import Ledger, Realm, SqliteLedger
from dingnb.ledger.contacts import directory
from dingnb.ledger.contacts.directory import MAX_AGE_S, DepartmentRow, PersonRow, RoleRow
from dingnb.ledger.migrations import MIGRATIONS, VERSION
from dingnb.ledger.sqlite.ledger_file import OPENED_LEDGERS
from dingnb.ledger.sqlite.schema import upgrade

REALM = Realm.of("SANDBOX", "one", "key", "k…y")
OTHER = Realm.of("SANDBOX", "one", "other", "o…r")
S = 10**9
NOON_NS = 1_793_592_000 * S
ROOT = DepartmentRow(1, "示例集团", 0, 0, NOON_NS, NOON_NS)
FINANCE = DepartmentRow(50, "财务部", 1, 1, NOON_NS, NOON_NS, NOON_NS)
SALES = DepartmentRow(20, "销售部", 1, 0, NOON_NS)


def person(userid: str = "a", *, read_ns: int = NOON_NS, **fields: object) -> PersonRow:
    bare = PersonRow(userid, "王伟", None, None, None, None, None, None, None, None, (50,), read_ns)
    return bare._replace(**fields)


WHOLE = person(
    "b",
    mobile="13900000001",
    title="会计",
    job_number="007",
    email="b@example.com",
    manager="a",
    active=False,
    hired_ms=1_262_275_200_000,
    unionid="u",
    departments=(50, 20),
)


def store(ledger: Ledger, *people: PersonRow, now_ns: int = NOON_NS, realm: Realm = REALM) -> None:
    directory.store_directory(ledger, realm, [ROOT, FINANCE, SALES], {50: people}, [], now_ns)


def kept(ledger: Ledger, realm: Realm = REALM) -> list[tuple[int, PersonRow]]:
    with ledger.connection() as db:
        return list(directory.people_of(db, realm))


def test_departments_and_people_come_back_as_they_were_in_their_order(ledger: Ledger) -> None:
    store(ledger, WHOLE, person())
    with ledger.connection() as db:
        assert directory.departments(db, REALM) == [ROOT, SALES, FINANCE]
        assert list(directory.people_of(db, REALM, [50])) == [(50, WHOLE), (50, person())]
        assert list(directory.people_of(db, REALM, [20])) == []
        assert directory.departments(db, OTHER) == []
        assert directory.find_people(db, REALM, ["b", "c"], NOON_NS) == {"b": WHOLE}
        assert directory.find_people(db, REALM, ["b"], NOON_NS + MAX_AGE_S * S) == {}
    assert kept(ledger, OTHER) == []


def test_a_later_reading_replaces_an_earlier_one_and_never_the_other_way_round(ledger: Ledger) -> None:
    store(ledger, person(), WHOLE)
    store(ledger, person(read_ns=NOON_NS + 1, name="王维"))
    assert kept(ledger) == [(50, person(read_ns=NOON_NS + 1, name="王维"))]
    store(ledger, person())
    assert kept(ledger) == [(50, person(read_ns=NOON_NS + 1, name="王维"))]


def test_names_are_those_of_recent_readings(ledger: Ledger) -> None:
    store(ledger, person(), WHOLE)
    store(ledger, person(read_ns=NOON_NS + 5), realm=OTHER)
    with ledger.connection() as db:
        assert directory.find_names(db, REALM, ["a", "b", "c"], NOON_NS) == {"a": "王伟", "b": "王伟"}
        assert directory.find_names(db, REALM, ["a"], NOON_NS + MAX_AGE_S * S) == {}
        assert directory.last_read_ns(db, REALM) == NOON_NS
        assert directory.last_read_ns(db, Realm.of("SANDBOX", "one", "third", "t…d")) == 0


def test_departments_that_are_gone_are_forgotten_with_their_people(ledger: Ledger) -> None:
    store(ledger, person())
    directory.store_directory(ledger, REALM, [], {}, [50], NOON_NS)
    with ledger.connection() as db:
        assert directory.departments(db, REALM) == [ROOT, SALES]
    assert kept(ledger) == []


def test_what_is_older_than_a_day_or_of_the_future_is_deleted_of_every_app(ledger: Ledger) -> None:
    for later_s, is_kept in ((MAX_AGE_S - 1, True), (MAX_AGE_S, False), (-301, False)):
        store(ledger, person(), realm=OTHER)
        directory.store_roles(ledger, OTHER, [RoleRow(7, "外包", 1, "用工", 0, NOON_NS)])
        directory.store_role_people(ledger, OTHER, {7: {"a": "王伟"}}, NOON_NS)
        directory.store_directory(ledger, REALM, [], {}, [], NOON_NS + later_s * S)
        with ledger.connection() as db:
            for table in ("departments", "people", "members", "roles", "role_people"):
                row = db.execute(f"SELECT 1 FROM {table}").fetchone()  # noqa: S608 - our own words
                assert (row is not None) is is_kept, (later_s, table)


def test_roles_and_their_people_come_back_in_their_order(ledger: Ledger) -> None:
    rows = [RoleRow(9, "会计", 1, "岗位", 0, NOON_NS), RoleRow(7, "外包", 2, "用工", 1, NOON_NS)]
    directory.store_roles(ledger, REALM, rows)
    directory.store_role_people(ledger, REALM, {7: {"b": "李", "a": "王"}}, NOON_NS + 5)
    with ledger.connection() as db:
        assert directory.roles(db, REALM) == [rows[0], rows[1]._replace(people_ns=NOON_NS + 5)]
        assert list(directory.people_of_role(db, REALM, 7).items()) == [("b", "李"), ("a", "王")]
        assert directory.people_of_role(db, OTHER, 7) == {}
    directory.store_role_people(ledger, REALM, {7: {"a": "王"}}, NOON_NS + 6)
    with ledger.connection() as db:
        assert directory.people_of_role(db, REALM, 7) == {"a": "王"}


def test_the_file_of_the_directory_is_private(tmp_path: Path) -> None:
    ledger = SqliteLedger(tmp_path / "ledger")
    store(ledger, WHOLE)
    assert stat.S_IMODE(ledger.path.stat().st_mode) == 0o600


@pytest.fixture
def older(tmp_path: Path) -> Path:
    """Return the folder of a ledger from before the directory."""
    ledger = SqliteLedger(tmp_path / "older")
    with ledger.connection() as db:
        # Tables are dropped before those that refer to them.
        db.execute("PRAGMA foreign_keys = OFF")
        for kind, name in db.execute("SELECT type, name FROM sqlite_master WHERE name NOT LIKE 'sqlite%'").fetchall():
            if kind != "index":
                db.execute(f"DROP {kind} {name}")
        db.execute("PRAGMA user_version = 0")
        upgrade(db, MIGRATIONS[:1])
    # Its new tables have another identity.
    OPENED_LEDGERS.forget(ledger.path)
    return tmp_path / "older"


def test_an_older_ledger_gets_the_tables(older: Path) -> None:
    ledger = SqliteLedger(older)
    store(ledger, person())
    assert kept(ledger) == [(50, person())]
    with ledger.connection() as db:
        assert db.execute("PRAGMA user_version").fetchone() == (VERSION,)


def test_the_migration_of_the_directory_is_the_second() -> None:
    assert "CREATE TABLE departments" in MIGRATIONS[1]

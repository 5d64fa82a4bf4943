"""
The directory of an organisation as an app has read it: departments, people, roles, and the owners of phone numbers.

Each reading has its time, and is valid for 24 hours (`MAX_AGE_S`), since a phone number, for example, can change its
owner. A department is stored as soon as all its people have been listed, so that an interrupted reading of the
directory continues with the other departments.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from dingnb.ledger.cache_age import usable_times
from dingnb.ledger.interface import Ledger
from dingnb.ledger.realm import Realm
from dingnb.ledger.session import LedgerSession, split_values

MAX_AGE_S = 24 * 3_600
"""Time after which the directory is read again, in seconds."""

OUTSIDE = 0
"""The department of people whom the app sees outside of departments."""

_ACTIVE: Mapping[int | None, bool | None] = {None: None, 0: False, 1: True}
_TIMES = {"departments": "listed_ns", "people": "read_ns", "roles": "listed_ns"}
"""The tables whose rows expire together, and their columns with the time of reading."""
_PERSON = "userid, name, mobile, title, job_number, email, manager, active, hired_ms, unionid, departments, read_ns"


class DepartmentRow(NamedTuple):
    """
    A department.

    Attributes:
        id: DingTalk's id; `OUTSIDE` for people whom the app sees outside of departments.
        name: The department's name.
        parent: The department above; 0 at the top.
        place: The department's place below its parent.
        listed_ns: When the parent was listed.
        tree_ns: When the departments below were listed; None before.
        people_ns: When the department's people, or the first page of them, were listed; None before.
    """

    id: int
    name: str
    parent: int
    place: int
    listed_ns: int
    tree_ns: int | None = None
    people_ns: int | None = None


class PersonRow(NamedTuple):
    """A person; fields are None if they are not filled in, or if the app may not see them."""

    userid: str
    name: str
    mobile: str | None
    title: str | None
    job_number: str | None
    email: str | None
    manager: str | None
    active: bool | None
    hired_ms: int | None
    unionid: str | None
    departments: tuple[int, ...]
    read_ns: int


class RoleRow(NamedTuple):
    """A role; `people_ns` is when the role's people were listed, None before."""

    id: int
    name: str
    group_id: int
    group: str
    place: int
    listed_ns: int
    people_ns: int | None = None


class Owner(NamedTuple):
    """The owner of a phone number, and the time of the look-up."""

    userid: str
    found_ns: int

    def is_current(self, now_ns: int) -> bool:
        """Return whether the look-up is recent enough to be used."""
        return is_current(self.found_ns, now_ns)


def is_current(read_ns: int | None, now_ns: int) -> bool:
    """Return whether a reading is recent enough to be used."""
    after_ns, until_ns = usable_times(now_ns, MAX_AGE_S)
    return read_ns is not None and after_ns < read_ns <= until_ns


def store_directory(
    ledger: Ledger,
    realm: Realm,
    departments: Iterable[DepartmentRow],
    members: Mapping[int, Sequence[PersonRow]],
    gone: Iterable[int],
    now_ns: int,
) -> None:
    """Store departments and people directly in them, and delete departments that no longer exist and expired rows."""
    with ledger.transaction() as db:
        _delete_expired(db, now_ns)
        for department in gone:
            db.execute("DELETE FROM departments WHERE realm = ? AND id = ?", (realm.id, department))
            db.execute("DELETE FROM members WHERE realm = ? AND department = ?", (realm.id, department))
        db.executemany(
            "INSERT INTO departments (realm, id, name, parent, place, listed_ns, tree_ns, people_ns)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (realm, id) DO UPDATE SET name = excluded.name,"
            " parent = excluded.parent, place = excluded.place, listed_ns = excluded.listed_ns,"
            " tree_ns = excluded.tree_ns, people_ns = excluded.people_ns",
            ((realm.id, *row) for row in departments),
        )
        for department, people in members.items():
            db.execute("DELETE FROM members WHERE realm = ? AND department = ?", (realm.id, department))
            db.executemany(
                "INSERT INTO members (realm, department, place, userid) VALUES (?, ?, ?, ?)",
                ((realm.id, department, place, person.userid) for place, person in enumerate(people)),
            )
            _write_people(db, realm, people)


def _delete_expired(db: LedgerSession, now_ns: int) -> None:
    """Delete the readings of all apps that are not current; see `is_current`."""
    span = usable_times(now_ns, MAX_AGE_S)
    deleted = 0
    for table, column in _TIMES.items():
        deleted += db.execute(f"DELETE FROM {table} WHERE {column} <= ? OR {column} > ?", span).rowcount  # noqa: S608 - our own words
    if deleted:
        delete_orphans(db)


def delete_orphans(db: LedgerSession) -> None:
    """Delete the records of who is in departments and roles that are no longer stored."""
    for table, owner, column in (("members", "departments", "department"), ("role_people", "roles", "role")):
        db.execute(
            f"DELETE FROM {table} WHERE NOT EXISTS (SELECT 1 FROM {owner}"  # noqa: S608 - our own words
            f" WHERE {owner}.realm = {table}.realm AND {owner}.id = {table}.{column})"
        )


def departments(db: LedgerSession, realm: Realm) -> list[DepartmentRow]:
    """Return all stored departments; those below one parent are in DingTalk's order."""
    rows = db.execute(
        "SELECT id, name, parent, place, listed_ns, tree_ns, people_ns FROM departments WHERE realm = ?"
        " ORDER BY parent, place, id",
        (realm.id,),
    )
    return [DepartmentRow(*row) for row in rows]


def store_people(ledger: Ledger, realm: Realm, people: Iterable[PersonRow]) -> None:
    """Store people, without changing who is listed in which department."""
    with ledger.transaction() as db:
        _write_people(db, realm, people)


def _write_people(db: LedgerSession, realm: Realm, people: Iterable[PersonRow]) -> None:
    """Store people, unless the ledger has a later reading of the same person."""
    db.executemany(
        f"INSERT INTO people (realm, {_PERSON}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 - our own words
        " ON CONFLICT (realm, userid) DO UPDATE SET name = excluded.name, mobile = excluded.mobile,"
        " title = excluded.title, job_number = excluded.job_number, email = excluded.email,"
        " manager = excluded.manager, active = excluded.active, hired_ms = excluded.hired_ms,"
        " unionid = excluded.unionid, departments = excluded.departments, read_ns = excluded.read_ns"
        " WHERE excluded.read_ns >= people.read_ns",
        ((realm.id, *_to_columns(person)) for person in people),
    )


def delete_people(ledger: Ledger, realm: Realm, userids: Sequence[str]) -> None:
    """Delete people who have left."""
    with ledger.transaction() as db:
        for part, placeholders in split_values(userids):
            for table in ("people", "members", "role_people"):
                db.execute(
                    f"DELETE FROM {table} WHERE realm = ? AND userid IN ({placeholders})",  # noqa: S608 - question marks only
                    (realm.id, *part),
                )


def people_of(
    db: LedgerSession, realm: Realm, department_ids: Sequence[int] | None = None
) -> Iterator[tuple[int, PersonRow]]:
    """
    Yield the people directly in departments; people of one department follow each other, in DingTalk's order.

    Args:
        db: The ledger.
        realm: The app.
        department_ids: The departments; None for all.

    Yields:
        A department and a person.
    """
    columns = ", ".join(f"people.{column}" for column in _PERSON.split(", "))
    sql = (
        f"SELECT {columns}, members.department FROM members"  # noqa: S608 - our own words
        " JOIN people ON people.realm = members.realm AND people.userid = members.userid WHERE members.realm = ?"
    )
    order = " ORDER BY members.department, members.place"
    one_unlimited_part: list[tuple[Sequence[int], str]] = [((), "")]
    for part, placeholders in one_unlimited_part if department_ids is None else split_values(department_ids):
        condition = f" AND members.department IN ({placeholders})" if part else ""
        for row in db.execute(sql + condition + order, (realm.id, *part)):
            yield row[-1], _from_columns(row)


def has_people(db: LedgerSession, realm: Realm) -> bool:
    """Return whether any person is stored."""
    return db.execute("SELECT 1 FROM people WHERE realm = ? LIMIT 1", (realm.id,)).fetchone() is not None


def last_read_ns(db: LedgerSession, realm: Realm) -> int:
    """Return when a person was last read; 0 if nobody is stored."""
    row = db.execute("SELECT coalesce(max(read_ns), 0) FROM people WHERE realm = ?", (realm.id,)).fetchone()
    return int(row[0])


def find_names(db: LedgerSession, realm: Realm, userids: Sequence[str], now_ns: int) -> dict[str, str]:
    """Return the names of people whose reading is recent enough, by userid."""
    names = {}
    for part, placeholders in split_values(userids):
        rows = db.execute(
            f"SELECT userid, name, read_ns FROM people WHERE realm = ? AND userid IN ({placeholders})",  # noqa: S608 - question marks only
            (realm.id, *part),
        )
        names.update({userid: name for userid, name, read_ns in rows if is_current(read_ns, now_ns)})
    return names


def find_people(db: LedgerSession, realm: Realm, userids: Sequence[str], now_ns: int) -> dict[str, PersonRow]:
    """Return the people with these userids whose reading is recent enough, by userid."""
    people = {}
    for part, placeholders in split_values(userids):
        rows = db.execute(
            f"SELECT {_PERSON} FROM people WHERE realm = ? AND userid IN ({placeholders})",  # noqa: S608 - question marks only
            (realm.id, *part),
        )
        people.update(
            {person.userid: person for person in map(_from_columns, rows) if is_current(person.read_ns, now_ns)}
        )
    return people


def find_people_by_name_or_userid(db: LedgerSession, realm: Realm, text: str, now_ns: int) -> list[PersonRow]:
    """Return the people with this name or userid whose reading is recent enough."""
    rows = db.execute(
        f"SELECT {_PERSON} FROM people WHERE realm = ? AND (name = ? OR userid = ?) ORDER BY userid",  # noqa: S608 - our own words
        (realm.id, text, text),
    )
    return [person for person in map(_from_columns, rows) if is_current(person.read_ns, now_ns)]


def roles(db: LedgerSession, realm: Realm) -> list[RoleRow]:
    """Return all stored roles, in DingTalk's order."""
    rows = db.execute(
        "SELECT id, name, group_id, group_name, place, listed_ns, people_ns FROM roles WHERE realm = ?"
        " ORDER BY place, id",
        (realm.id,),
    )
    return [RoleRow(*row) for row in rows]


def store_roles(ledger: Ledger, realm: Realm, rows: Iterable[RoleRow]) -> None:
    """Store the roles, replacing an earlier reading."""
    with ledger.transaction() as db:
        db.execute("DELETE FROM roles WHERE realm = ?", (realm.id,))
        db.executemany(
            "INSERT INTO roles (realm, id, name, group_id, group_name, place, listed_ns, people_ns)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            ((realm.id, *row) for row in rows),
        )


def store_role_people(ledger: Ledger, realm: Realm, people: Mapping[int, Mapping[str, str]], read_ns: int) -> None:
    """Store who has each role, replacing earlier readings: by the role's id, the names of the people by userid."""
    with ledger.transaction() as db:
        for role, names in people.items():
            db.execute("DELETE FROM role_people WHERE realm = ? AND role = ?", (realm.id, role))
            db.executemany(
                "INSERT INTO role_people (realm, role, place, userid, name) VALUES (?, ?, ?, ?, ?)",
                ((realm.id, role, place, *person) for place, person in enumerate(names.items())),
            )
            db.execute("UPDATE roles SET people_ns = ? WHERE realm = ? AND id = ?", (read_ns, realm.id, role))


def people_of_role(db: LedgerSession, realm: Realm, role: int) -> dict[str, str]:
    """Return the names of the people who have a role, by userid, in DingTalk's order."""
    cursor = db.execute(
        "SELECT userid, name FROM role_people WHERE realm = ? AND role = ? ORDER BY place", (realm.id, role)
    )
    return dict(cursor.fetchall())


def find_owners(db: LedgerSession, realm: Realm, numbers: Sequence[str], now_ns: int) -> dict[str, Owner]:
    """Return the owners of phone numbers whose look-up is recent enough, by number."""
    span = usable_times(now_ns, MAX_AGE_S)
    owners = {}
    for part, placeholders in split_values(numbers):
        rows = db.execute(
            "SELECT number, userid, found_ns FROM lookups WHERE realm = ? AND found_ns > ? AND found_ns <= ?"  # noqa: S608 - question marks only
            f" AND number IN ({placeholders})",
            (realm.id, *span, *part),
        )
        owners.update({number: Owner(userid, found_ns) for number, userid, found_ns in rows})
    return owners


def store_owners(ledger: Ledger, realm: Realm, owners: Mapping[str, Owner], gone: Iterable[str], now_ns: int) -> None:
    """Store the owners of phone numbers, and delete expired look-ups and numbers that no longer have an owner."""
    with ledger.transaction() as db:
        db.execute("DELETE FROM lookups WHERE found_ns <= ? OR found_ns > ?", usable_times(now_ns, MAX_AGE_S))
        db.executemany(
            "INSERT INTO lookups (realm, number, userid, found_ns) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (realm, number) DO UPDATE SET userid = excluded.userid, found_ns = excluded.found_ns",
            ((realm.id, number, *owner) for number, owner in owners.items()),
        )
        db.executemany("DELETE FROM lookups WHERE realm = ? AND number = ?", ((realm.id, number) for number in gone))


def _to_columns(person: PersonRow) -> tuple[object, ...]:
    *plain, active, hired_ms, unionid, ids, read_ns = person
    joined = ",".join(map(str, ids))
    return (*plain, None if active is None else int(active), hired_ms, unionid, joined, read_ns)


def _from_columns(row: Sequence[Any]) -> PersonRow:
    """Return the person in the first columns of a row."""
    userid, name, mobile, title, job_number, email, manager, active, hired_ms, unionid, joined, read_ns = row[:12]
    person = (userid, name, mobile, title, job_number, email, manager, _ACTIVE[active], hired_ms, unionid)
    departments = tuple(map(int, joined.split(","))) if joined else ()
    return PersonRow(*person, departments, read_ns)

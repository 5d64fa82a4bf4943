"""
Makes staff.csv: 1,200 rows about the people of the sandbox's organisation, with the flaws of a real list.

Run it as ``python notebooks/data/make_staff.py``; it gives the same file every time. Among the rows are 75
without a userid, to be looked up by their phone number; people who left; phone numbers that are
wrong; and people who are there twice, some of them once by userid and once by phone number only.
"""
# ruff: noqa: INP001 - a command, not a package

import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from dingnb.sandbox.organisation import DEPARTMENTS, Person, make_people, unknown_mobile

ROWS = 1_200
SEED = 11
COLUMNS = ("userid", "name", "mobile", "department", "city", "bonus")

WRONG_NUMBERS = 12
LEFT = 20
LEFT_BY_MOBILE = 6
TWICE = 12
TWICE_BY_MOBILE = 4
BLANK_USERIDS = 75

_TARGET = Path(__file__).with_name("staff.csv")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of staff.csv; its fields are the columns."""

    userid: str
    name: str
    mobile: str
    department: str
    city: str
    bonus: str


def make_rows() -> list[Row]:
    """Return the rows of staff.csv, in their order."""
    chance = random.Random(SEED)  # noqa: S311 - has to give the same numbers every time
    people = make_people(ROWS, SEED)
    staff = [person for person in people if person.is_employed]
    chance.shuffle(staff)
    gone = [person for person in people if not person.is_employed][:LEFT]
    rows = [
        *_of_those_who_left(gone, chance),
        *_with_flaws(staff[: ROWS - len(gone) - TWICE - TWICE_BY_MOBILE], chance),
    ]
    chance.shuffle(rows)
    return rows


def write(target: Path = _TARGET) -> None:
    """Write the rows to a file: UTF-8, lines ending in LF."""
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows([getattr(row, name) for name in COLUMNS] for row in make_rows())


def _of_those_who_left(people: list[Person], chance: random.Random) -> Iterator[Row]:
    for index, person in enumerate(people):
        row = _row(person, chance)
        yield replace(row, userid="") if index < LEFT_BY_MOBILE else row


def _with_flaws(people: list[Person], chance: random.Random) -> Iterator[Row]:
    rows = iter([_row(person, chance) for person in people])
    for index in range(WRONG_NUMBERS):
        row = next(rows)
        yield replace(row, userid="", mobile=_wrong_number(index, row.mobile))
    for _ in range(BLANK_USERIDS - WRONG_NUMBERS - LEFT_BY_MOBILE - TWICE_BY_MOBILE):
        yield replace(next(rows), userid="")
    for _ in range(TWICE):
        row = next(rows)
        yield from (row, row)
    for _ in range(TWICE_BY_MOBILE):
        row = next(rows)
        yield from (row, replace(row, userid=""))
    yield from rows


def _row(person: Person, chance: random.Random) -> Row:
    bonus = chance.randrange(50_000, 2_000_000) / 100
    return Row(
        person.userid, person.name, person.mobile, DEPARTMENTS[person.department_id].name, person.city, f"{bonus:.2f}"
    )


def _wrong_number(index: int, mobile: str) -> str:
    too_short, with_letter, of_nobody = mobile[:-1], mobile[:5] + "O" + mobile[6:], unknown_mobile(index)
    return (too_short, with_letter, of_nobody)[index % 3]


if __name__ == "__main__":
    write()

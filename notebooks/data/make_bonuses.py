"""
Makes bonuses.xlsx: 60 rows about people of the sandbox's organisation, with the flaws of a real payroll list.

Run it as ``python notebooks/data/make_bonuses.py``; it gives the same cells every time. The headers are Chinese, as
in a file from HR, amounts and rates have formats, and the last row is hidden, as by a filter. Among the rows are some
with a phone number only, a mistyped number, an empty amount, a person who is there twice with two amounts, and one who
left.
"""
# ruff: noqa: INP001 - a command, not a package

import random
from pathlib import Path

from openpyxl import Workbook

from dingnb.sandbox.organisation import DEPARTMENTS, Person, make_people

ROWS = 60
PEOPLE = 1_200
SEED = 11
HEADERS = ("userid", "姓名", "手机号", "部门", "奖金(元)", "达成率")

BY_MOBILE = (4, 17, 23, 38, 51)
MISTYPED = 17
EMPTY_AMOUNT = 29
TWICE = (8, 42)
LEFT = 33

_RATES = (0.95, 1, 1.025, 1.1, 0.875)

_TARGET = Path(__file__).with_name("bonuses.xlsx")


Row = tuple[str, str, str, str, float | None, float]


def make_rows() -> list[Row]:
    """Return the rows of bonuses.xlsx that are shown, in their order."""
    chance = random.Random(SEED)  # noqa: S311 - has to give the same numbers every time
    people = make_people(PEOPLE, SEED)
    staff = [person for person in people if person.is_employed]
    chance.shuffle(staff)
    chosen = staff[:ROWS]
    chosen[LEFT] = next(person for person in people if not person.is_employed)
    chosen[TWICE[1]] = chosen[TWICE[0]]
    return [_row(number, person, chance) for number, person in enumerate(chosen)]


def write(target: Path = _TARGET) -> None:
    """Write the rows to a workbook, all but the amounts and rates as text, and below them one that is hidden."""
    book = Workbook()
    sheet = book.active
    sheet.title = "2026-10"
    for row in (HEADERS, *make_rows(), _hidden_row()):
        sheet.append(row)
    for amount, rate in sheet.iter_rows(min_row=2, min_col=5, max_col=6):
        amount.number_format, rate.number_format = "#,##0.00", "0.0%"
    sheet.row_dimensions[ROWS + 2].hidden = True
    book.save(target)


def _hidden_row() -> Row:
    person = next(candidate for candidate in reversed(make_people(PEOPLE, SEED)) if candidate.is_employed)
    return person.userid, person.name, person.mobile, DEPARTMENTS[person.department_id].name, 0.0, 0.0


def _row(number: int, person: Person, chance: random.Random) -> Row:
    amount = chance.randrange(50_000, 2_000_000) / 100
    mobile = person.mobile[:5] + "O" + person.mobile[6:] if number == MISTYPED else person.mobile
    return (
        "" if number in BY_MOBILE else person.userid,
        person.name,
        mobile,
        DEPARTMENTS[person.department_id].name,
        None if number == EMPTY_AMOUNT else amount,
        _RATES[number % len(_RATES)],
    )


if __name__ == "__main__":
    write()

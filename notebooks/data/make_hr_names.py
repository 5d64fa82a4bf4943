"""
Makes hr_names.csv: twelve people of a practice organisation of 150, as HR writes them, without userids.

Run it as ``python notebooks/data/make_hr_names.py``; it gives the same file every time. Two people of the organisation
are called 司徒欣. One row names a wrong department, one a person who has left, and one a phone number that belongs to
somebody else now.
"""
# ruff: noqa: INP001 - a command, not a package

import csv
from pathlib import Path

from dingnb.sandbox.organisation import Person, make_people

PEOPLE = 150
SEED = 11
HEADERS = ("name", "department", "mobile", "bonus")

# The number of the person who is meant, and what HR wrote: name, department and whose phone number.
ROWS = (
    (25, "谢浩然", "应用研发部", None),
    (43, "郑静", "市场", None),
    (123, "司徒欣（供应链）", "", None),
    (5, "欧阳磊超2", "销售部", None),
    (148, "司徒欣", "", None),
    (44, "趙剛", "供应链部", None),
    (9, "梁伟诺", "财务部", None),
    (41, "程建浩", "应用研发部", None),
    (119, "胡诺", "销售部", 127),
    (138, "陈芳丽", "", None),
    (122, "董辉诗", "人力资源部", 122),
    (22, "高佳欣", "市场部", None),
)
FIRST_BONUS, BONUS_STEP = 2_400, 350

_TARGET = Path(__file__).with_name("hr_names.csv")


def make_persons() -> list[Person]:
    """Return the person whom each row means."""
    people = make_people(PEOPLE, SEED)
    return [people[number] for number, *_ in ROWS]


def write(target: Path = _TARGET) -> None:
    """Write the rows to a file: UTF-8, lines ending in LF."""
    people = make_people(PEOPLE, SEED)
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADERS)
        for row, (_, name, department, owner) in enumerate(ROWS):
            mobile = "" if owner is None else people[owner].mobile
            writer.writerow([name, department, mobile, FIRST_BONUS + BONUS_STEP * row])


if __name__ == "__main__":
    write()

import csv
import runpy
from collections import Counter
from pathlib import Path

import pytest

from dingnb.sandbox.organisation import DEPARTMENTS, make_people

DATA = Path(__file__).parents[2] / "notebooks" / "data"
PEOPLE = {person.mobile: person for person in make_people(1_200, 11)}


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    with (DATA / "staff.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_file_matches_its_generator(tmp_path: Path) -> None:
    write = runpy.run_path(str(DATA / "make_staff.py"))["write"]
    write(tmp_path / "staff.csv")
    assert (tmp_path / "staff.csv").read_bytes() == (DATA / "staff.csv").read_bytes()


def test_it_has_1200_rows_in_utf_8_with_lf(rows: list[dict[str, str]]) -> None:
    raw = (DATA / "staff.csv").read_bytes()
    assert raw.decode("utf-8").startswith("userid,name,mobile,department,city,bonus\n")
    assert b"\r" not in raw
    assert len(rows) == raw.count(b"\n") - 1 == 1_200


def test_every_userid_is_that_of_the_person_with_the_number(rows: list[dict[str, str]]) -> None:
    for row in rows:
        if row["userid"]:
            person = PEOPLE[row["mobile"]]
            given = (row["userid"], row["name"], row["department"], row["city"])
            assert given == (person.userid, person.name, DEPARTMENTS[person.department_id].name, person.city)


def test_75_userids_are_missing_and_12_of_their_numbers_are_wrong(rows: list[dict[str, str]]) -> None:
    blank = [row for row in rows if not row["userid"]]
    wrong = [row["mobile"] for row in blank if row["mobile"] not in PEOPLE]
    assert len(blank) == 75
    assert len(wrong) == 12
    assert sum(len(mobile) == 10 for mobile in wrong) == 4
    assert sum("O" in mobile for mobile in wrong) == 4
    assert sum(mobile.startswith("1380000") and len(mobile) == 11 for mobile in wrong) == 4
    assert all(row["mobile"] in PEOPLE for row in rows if row["userid"])


def test_20_rows_are_former_staff_6_of_them_without_a_userid(rows: list[dict[str, str]]) -> None:
    left = [row for row in rows if row["mobile"] in PEOPLE and not PEOPLE[row["mobile"]].is_employed]
    assert len(left) == 20
    assert sum(not row["userid"] for row in left) == 6


def test_sixteen_people_are_listed_twice_4_of_them_once_by_number_only(rows: list[dict[str, str]]) -> None:
    userids = Counter(row["userid"] for row in rows if row["userid"])
    mobiles = Counter(row["mobile"] for row in rows)
    assert sum(count == 2 for count in userids.values()) == 12
    assert sum(count == 2 for count in mobiles.values()) == 16
    assert max(mobiles.values()) == 2


def test_every_bonus_has_two_decimals(rows: list[dict[str, str]]) -> None:
    assert all(500 <= float(row["bonus"]) < 20_000 and row["bonus"][-3] == "." for row in rows)

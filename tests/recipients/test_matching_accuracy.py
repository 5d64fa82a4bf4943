"""
A trial of matching on generated lists, whose truth is kept apart: nobody wrong, and who can be found is found.

The directory has hundreds of people of one name, marks beside names, people in two departments, and names that are
numbers. The lists spell names and departments as people do, and some rows are wrong: rotated departments, numbers that
changed their owners, strangers, marks of the list's own. Who can be found is decided here, from what was written before
it was spelled.
"""

import random
import re
from collections import Counter, defaultdict
from typing import Any, NamedTuple
from unicodedata import normalize

import pandas as pd
import pytest

from dingnb.recipients.matching import match_people
from tests.tiers import SOAK

BY = ["mobile", "name", "department"]
SURNAMES = [*"张王李赵刘陈杨黄周吴孙马", "欧阳", "司马"]
GIVEN = [*"伟娜静敏丽勇艳杰云干后里发", "国强", "小红", "晓红", "一诺", "依诺"]
LETTERS = "梓浩博思雨欣怡晨佳俊辰宇轩文华志新海波玉庆桂平超雷鹏飞"
ODD_NAMES = ["123", "Li Wei", "Anna Müller", "阿布都拉·买买提", "O'Neil Jr", "１２３"]
MARKS = ["2", "3", "②", "A", "（财务）", "(外包)"]
TRADITIONAL = str.maketrans("张陈杨黄吴孙马国强丽艳杰晓红发伟静刘赵云", "張陳楊黃吳孫馬國強麗豔傑曉紅發偉靜劉趙雲")
WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
AREAS = ("财务部", "销售部", "研发中心", "人力资源部", "运营中心")
TEAMS = ("一组", "二组", "华东组", "华南组", "支持部", "财务组")
KINDS = ("department", "name", "mobile", "all", "mobile only", "wrong", "moved", "beside", "numbered", "stranger")
LARGE = [pytest.param(seed, 3_000, marks=pytest.mark.long) for seed in range(100, 130 if SOAK else 110)]

Person = dict[str, Any]


class Row(NamedTuple):
    """What a row says, how it was made, whom it means (nobody if empty), and the department before it was spelled."""

    kind: str
    truth: str
    name: str | None
    department: str | None = None
    mobile: str | None = None
    place: str = ""


def organisation(chance: random.Random, size: int) -> tuple[list[Person], list[str]]:
    """Return people, the first 500 of one name, and the paths of departments."""
    paths = [f"示例集团/{area}" for area in AREAS]
    paths += [f"示例集团/{area}/{team}" for area in AREAS for team in TEAMS]
    paths += [f"{path}/夜班" for path in paths[len(AREAS) :] if chance.random() < 0.3]
    people = []
    for number in range(size):
        given = chance.choice(GIVEN) if number % 2 else "".join(chance.sample(LETTERS, 2))
        name = "张伟" if number < min(500, size // 6) else chance.choice(SURNAMES) + given
        draw = chance.random()
        if draw < 0.03:
            name += chance.choice(MARKS)
        elif draw < 0.035:
            name = chance.choice(ODD_NAMES)
        departments = tuple(chance.sample(paths, 1 if chance.random() < 0.93 else 2))
        people.append(
            {
                "userid": f"u{number:06}",
                "name": name,
                "mobile": str(13_900_000_000 + number) if chance.random() < 0.95 else None,
                "department": departments[0].rpartition("/")[2],
                "departments": departments,
                "job_number": f"{number:06}",
            }
        )
    return people, paths


def base(name: str) -> str:
    """Return a name without what is written beside it."""
    plain = re.sub(r"\(.*?\)$", "", normalize("NFKC", name))
    return re.sub(r"(?<=\D)[0-9A]$", "", plain).casefold().replace(" ", "")


def spelled(name: str, chance: random.Random) -> str:
    ways = [
        lambda written: written.translate(TRADITIONAL),
        lambda written: written[0] + chance.choice(" \u3000\u00a0\t") + written[1:],
        lambda written: f"  {written}\u200b",
        lambda written: written.translate(WIDE),
        str.upper,
    ]
    for _ in range(chance.choice([0, 1, 1, 2])):
        name = chance.choice(ways)(name)
    return name


def spelled_place(path: str, chance: random.Random) -> tuple[str, str]:
    """Return the end of a path as people write it, and as it is."""
    parts = path.split("/")
    parts = parts[chance.randrange(len(parts)) :]
    text = chance.choice(["/", "-", " / ", "\\", ">"]).join(parts)
    if len(parts) == 1 and text.endswith("部") and len(text) > 3:
        text = chance.choice([text, text[:-1]])
    return chance.choice([text, text.translate(TRADITIONAL), f" {text} "]), "/".join(parts)


def row_of(kind: str, person: Person, people: list[Person], paths: list[str], chance: random.Random) -> Row:
    """Return a row of a kind about a person."""
    name, mobile = spelled(person["name"], chance), person["mobile"]
    written, place = spelled_place(chance.choice(person["departments"]), chance)
    rotated, other_place = spelled_place(chance.choice(paths), chance)
    others = [other for other in chance.sample(people, 9) if base(other["name"]) != base(person["name"])]
    last = place.rpartition("/")[2]
    beside = chance.choice(["{}（{}）", "{}({})", "{}-{}", "{}【{}】"]).format(base(person["name"]), last)
    numbered = base(person["name"]) + chance.choice("23②")
    stranger = chance.choice("郑冯") + "".join(chance.sample("梓浩博思雨", 2))
    rows = {
        "department": Row(kind, person["userid"], name, written, None, place),
        "name": Row(kind, person["userid"], name),
        "mobile": Row(kind, person["userid"], name, None, mobile),
        "all": Row(kind, person["userid"], name, written, mobile, place),
        "mobile only": Row(kind, person["userid"], chance.choice([None, "无", " "]), None, mobile),
        "wrong": Row(kind, person["userid"], name, rotated, None, other_place),
        "moved": Row(kind, person["userid"], name, chance.choice([None, written]), others[0]["mobile"]),
        "beside": Row(kind, person["userid"], beside, None, None, last),
        "numbered": Row(kind, person["userid"], numbered, written, None, place),
        "stranger": Row(kind, "", stranger, written),
    }
    return rows[kind]


def list_of(people: list[Person], paths: list[str], chance: random.Random) -> list[Row]:
    """Return the rows of a list, each person at most once."""
    chosen = chance.sample(people, len(people) * 2 // 3)
    return [row_of(chance.choice(KINDS), person, people, paths, chance) for person in chosen]


def is_in(person: Person, place: str) -> bool:
    return any(f"/{path}".endswith(f"/{place}") for path in person["departments"])


def can_be_found(row: Row, person: Person, namesakes: list[Person], accept: str) -> bool:
    """Return whether a row says enough to find its person."""
    if row.kind in {"department", "beside"}:
        return [namesake for namesake in namesakes if is_in(namesake, row.place)] == [person]
    if row.kind in {"mobile", "all", "mobile only"}:
        return row.mobile is not None
    return row.kind == "name" and accept == "name" and namesakes == [person]


def is_undetectable(row: Row, person: Person, found: Person) -> bool:
    """Return whether a wrong department is that of a namesake, or a number of the list is that of one there."""
    is_there = is_in(found, row.place) and base(found["name"]) == base(person["name"])
    return is_there and (row.kind == "wrong" or (row.kind == "numbered" and base(found["name"]) != found["name"]))


@pytest.mark.parametrize(("seed", "size"), [(1, 1_500), (2, 1_500), *LARGE])
def test_nobody_is_wrong_and_who_can_be_found_is_found(seed: int, size: int) -> None:
    chance = random.Random(seed)
    people, paths = organisation(chance, size)
    rows = list_of(people, paths, chance)
    frame = pd.DataFrame([(row.mobile, row.name, row.department) for row in rows], columns=BY, dtype=object)
    person_of = {known["userid"]: known for known in people}
    namesakes = defaultdict(list)
    for known in people:
        namesakes[base(known["name"])].append(known)
    for accept in ("", "name"):
        matched = match_people(frame, pd.DataFrame(people), BY, accept or ())
        wrong, findable, found = [], Counter[str](), Counter[str]()
        for row, userid, reason in zip(rows, matched["userid"].fillna(""), matched["reason"], strict=True):
            assert reason
            person = person_of.get(row.truth)
            is_wrong = userid not in {"", row.truth}
            if is_wrong and not (person and is_undetectable(row, person, person_of[userid])):
                wrong.append((row, person_of[userid], reason))
            if person and can_be_found(row, person, namesakes[base(person["name"])], accept):
                findable[row.kind] += 1
                found[row.kind] += userid == row.truth
        assert wrong == []
        assert sum(findable.values()) > size // 5
        assert [kind for kind, n in findable.items() if found[kind] < 0.95 * n] == [], (findable, found)

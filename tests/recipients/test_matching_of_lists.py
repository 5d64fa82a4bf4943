"""Lists as they come from a personnel department, of an organisation with many people of one name: nobody is wrong."""

import random
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from dingnb.recipients.matching import match_people

SURNAMES, GIVEN = (
    "张王李赵刘陈楊黃周吳",
    ["伟", "娜", "静", "敏", "國強", "麗", "洋", "勇", "艳", "杰", "小红", "曉紅", "志远"],
)
LETTERS = "梓浩博思雨欣怡晨佳俊辰一诺子涵宇轩文华志新海波玉云庆桂建平超"
PATHS = [
    f"总部/{area}/{team}"
    for area in ("财务部", "销售部", "研发中心", "人事部")
    for team in ("一组", "二组", "华东组", "支持部")
]
SIMPLE = str.maketrans("楊黃吳國強麗曉紅", "杨黄吴国强丽晓红")


@pytest.fixture(scope="module")
def everybody() -> pd.DataFrame:
    """People of whom the app sees nine in ten."""
    chance = random.Random(20)
    people = []
    for number in range(3_000):
        given = chance.choice(GIVEN) if number % 2 else "".join(chance.sample(LETTERS, 2))
        name = (chance.choice(SURNAMES) + given).translate(SIMPLE)
        paths = tuple(chance.sample(PATHS, 1 + (chance.random() < 0.05)))
        people.append(
            {
                "userid": f"u{number}",
                "name": name if chance.random() < 0.97 else f"{name}{chance.choice('23')}",
                "mobile": str(13_900_000_000 + number),
                "job_number": f"{number:05}",
                "department": paths[0].rpartition("/")[2],
                "departments": paths,
            }
        )
    return pd.DataFrame(people).assign(is_seen=[chance.random() < 0.9 for _ in people])


def spelled(name: str, chance: random.Random) -> str:
    changes: list[Callable[[str], str]] = [
        lambda written: written,
        lambda written: written.translate(
            str.maketrans("杨黄吴国强丽晓红张陈刘伟静艳杰远", "楊黃吳國強麗曉紅張陳劉偉靜豔傑遠")
        ),
        lambda written: f" {written[0]}\u3000{written[1:]}",
        lambda written: written.replace("2", "②").replace("3", "３"),
    ]
    return chance.choice(changes)(name)


def list_of(everybody: pd.DataFrame, **columns: Callable[[dict[str, Any], random.Random], object]) -> pd.DataFrame:
    chance = random.Random(7)
    rows = [
        {"truth": person["userid"], **{name: make(person, chance) for name, make in columns.items()}}
        for person in everybody.to_dict("records")
    ]
    return pd.DataFrame(rows).sample(frac=1, random_state=3)


def check(found: pd.DataFrame, seen: pd.DataFrame, resolvable: "pd.Series[bool]") -> None:
    given = found[found["userid"].notna()]
    wrong = given[given["userid"] != given["truth"]]
    assert wrong.empty, wrong.head().to_string()
    assert found["userid"].notna()[resolvable].mean() >= 0.95
    assert set(given["userid"]) <= set(seen["userid"])


def test_names_and_departments(everybody: pd.DataFrame) -> None:
    seen = everybody[everybody["is_seen"]].drop(columns="is_seen")
    rows = list_of(
        seen,
        name=lambda person, chance: spelled(person["name"], chance),
        department=lambda person, chance: chance.choice(person["departments"]).replace("/", chance.choice("/-")),
    )
    found = match_people(rows, seen, ["name", "department"])
    base = seen["name"].str.rstrip("23")
    pairs = pd.DataFrame({"base": base, "path": seen["departments"], "userid": seen["userid"]}).explode("path")
    alone = pairs.groupby(["base", "path"])["userid"].transform("nunique") == 1
    resolvable = set(pairs[alone.to_numpy()].groupby("userid").size().index) - set(pairs[~alone.to_numpy()]["userid"])
    check(found, seen, rows["truth"].isin(resolvable))
    assert len(resolvable) > 200


def test_names_only(everybody: pd.DataFrame) -> None:
    seen = everybody[everybody["is_seen"]].drop(columns="is_seen")
    rows = list_of(seen, name=lambda person, chance: spelled(person["name"], chance))
    assert match_people(rows, seen, "name")["userid"].isna().all()
    alone = ~seen["name"].str.rstrip("23").duplicated(keep=False)
    found = match_people(rows, seen, "name", accept="name")
    check(found, seen, rows["truth"].isin(seen[alone]["userid"]))


def test_numbers_that_changed_their_owner(everybody: pd.DataFrame) -> None:
    seen = everybody[everybody["is_seen"]].drop(columns="is_seen")
    old = dict(zip(everybody["userid"], everybody["mobile"].sample(frac=1, random_state=1), strict=True))
    changed = set(everybody["userid"].sample(frac=0.2, random_state=2))
    rows = list_of(
        everybody,
        mobile=lambda person, _: old[person["userid"]] if person["userid"] in changed else person["mobile"],
        name=lambda person, chance: spelled(person["name"], chance),
        department=lambda person, _: person["departments"][0],
    )
    found = match_people(rows, seen, ["mobile", "name", "department"])
    check(found, seen, rows["truth"].isin(set(seen["userid"]) - changed))


def test_people_whom_the_app_does_not_see_are_nobody_else(everybody: pd.DataFrame) -> None:
    seen = everybody[everybody["is_seen"]].drop(columns="is_seen")
    unseen = everybody[~everybody["is_seen"]]
    rows = list_of(
        unseen,
        job_number=lambda person, _: int(person["job_number"]),
        name=lambda person, chance: spelled(person["name"], chance),
        department=lambda person, _: person["departments"][0],
    )
    assert match_people(rows, seen, ["job_number", "name", "department"])["userid"].isna().all()

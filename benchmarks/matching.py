"""
Measures matching: CPU time of `match_people` for a list and a directory, beside `DataFrame.merge` on the same keys.

The merge finds equal texts alone; `match_people` also reads the cells, folds names, finds departments by path, and
gives each row a reason. A name alone is never enough, so each row with only a name lists its candidates, and the time
has no limit. CPU time of this process, the best of a few rounds in turn.
"""

import argparse
import sys

import numpy as np
import pandas as pd
from table import Figure, print_table
from timing import cpu_seconds

from dingnb.clock import VirtualClock
from dingnb.recipients.matching import match_people

SURNAMES = list("王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈")
QUIET = VirtualClock()
"""A clock by which no progress is shown."""

GIVEN = list(
    "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂建文华志新海波玉红云国庆宇轩子涵梓浩博思雨欣怡晨佳俊辰一诺"
)


def create_people(size: int) -> pd.DataFrame:
    """Return a directory of people in a tree of departments."""
    random = np.random.default_rng(1)
    drawn = (random.choice(SURNAMES, size), random.choice(GIVEN, size), random.choice([*GIVEN, ""], size))
    names = map("".join, zip(*drawn, strict=True))
    paths = [f"总部/{part}中心/第{number}组" for number in range(40) for part in ("研发", "销售", "财务", "人事")]
    at = random.integers(len(paths), size=size).tolist()
    return pd.DataFrame(
        {
            "userid": [f"user{number:06d}" for number in range(size)],
            "name": list(names),
            "mobile": [str(13_900_000_000 + number) for number in range(size)],
            "department": [paths[position].rpartition("/")[2] for position in at],
            "departments": [(paths[position],) for position in at],
            "title": random.choice(["工程师", "经理", "会计"], size).tolist(),
            "job_number": [f"{number:06d}" for number in range(size)],
            "email": [f"user{number}@example.com" for number in range(size)],
        }
    )


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000, help="rows, and people (default: 100,000)")
    parser.add_argument("--rounds", type=int, default=3, help="how often; the fastest counts (default: 3)")
    arguments = parser.parse_args()
    people = create_people(arguments.rows)
    people["path"] = people["departments"].str[0]
    rows = people.sample(len(people), random_state=2).reset_index(drop=True)
    criteria = {
        "name and department": {"name": "name", "department": "path"},
        "mobile number": {"mobile": "mobile"},
        "job number": {"job_number": "job_number"},
        "e-mail": {"email": "email"},
        "mobile number and name": {"mobile": "mobile", "name": "name"},
        "name only": {"name": "name"},
    }
    figures = []
    for title, by in criteria.items():
        keys = list(by.values())
        given, directory = rows[keys], people[["userid", *keys]]

        def merge(given: pd.DataFrame = given, directory: pd.DataFrame = directory, keys: list[str] = keys) -> object:
            return given.merge(directory, on=keys, how="left")

        def match(given: pd.DataFrame = given, by: dict[str, str] = by) -> pd.DataFrame:
            return match_people(given, people, by, clock=QUIET)

        found = match()["userid"]
        if not (found.isna() | (found == rows["userid"])).all():
            sys.exit(f"{title}: somebody was matched to another person.")
        times = [(cpu_seconds(match), cpu_seconds(merge)) for _ in range(arguments.rounds)]
        ours, bare = map(min, zip(*times, strict=True))
        label = f"match {len(rows):,} rows by {title} ({found.notna().mean():.0%} found)"
        figures.append(Figure(label, ours, "merge", bare, "s", None if title == "name only" else 5))
    return print_table(figures)


if __name__ == "__main__":
    sys.exit(main())

"""
Measures the time and memory of `ding.plan`, compared with yardsticks in the same run.

The yardstick for time is the best loop that an analyst would write: an f-string, `json.dumps` and a dict of
lists, over the columns of the same frame. CPU time of this process, the best of a few rounds in turn.
"""

import argparse
import gc
import json
import sys
import tracemalloc

import numpy as np
import pandas as pd
from table import Figure, print_table
from timing import cpu_seconds

import dingnb
from dingnb.campaigns.plan import Plan
from dingnb.campaigns.planning.input_changes import PlanInput

PERSONAL = dingnb.text("Hi {{ name }} in {{ city }}, you received {{ net }} for November.")
EQUAL = dingnb.text("The canteen is closed on Friday.")
BY_CITY = dingnb.text("The office in {{ city }} is closed on Friday.")
CITIES = ["杭州", "北京", "上海", "深圳", "Berlin"]


def create_frame(rows: int) -> pd.DataFrame:
    """Return a frame of people with a name, a city and an amount each."""
    random = np.random.default_rng(1)
    return pd.DataFrame(
        {
            "userid": [f"user{number:07d}" for number in range(rows)],
            "name": [f"员工{number}" for number in range(rows)],
            "city": random.choice(CITIES, rows),
            "net": random.integers(3_000, 90_000, rows),
        }
    )


def bare_loop(frame: pd.DataFrame) -> dict[str, list[str]]:
    """Return the people for each body, without any checks."""
    groups: dict[str, list[str]] = {}
    for userid, name, city, net in zip(frame["userid"], frame["name"], frame["city"], frame["net"], strict=True):
        text = f"Hi {name} in {city}, you received {net} for November."
        body = json.dumps({"msgtype": "text", "text": {"content": text}}, ensure_ascii=False)
        groups.setdefault(body, []).append(userid)
    return groups


def check_same(ding: dingnb.DingTalk, frame: pd.DataFrame) -> None:
    """Check that plan and loop produce the same bodies for the same people."""
    planned = ding.plan(frame, PERSONAL).to_frame()
    expected = [json.loads(body) for body in bare_loop(frame)]
    if [json.loads(body) for body in planned["body"]] != expected or list(planned["userid"]) != list(frame["userid"]):
        sys.exit("The plan and the loop differ.")


def check_order(plan: Plan, frame: pd.DataFrame) -> None:
    """Check that a plan recognises its rows in another order."""
    changes = PlanInput(frame, ("userid", *plan.message.columns)).describe_changes(plan._batches)  # noqa: SLF001 - sending would check it as well
    if changes:
        sys.exit(f"Rows in another order count as changed: {changes}")


def measure_memory(ding: dingnb.DingTalk, frame: pd.DataFrame) -> tuple[float, float]:
    """Return the peak memory while planning, without the frame, and the size of frame and bodies, in MB."""
    gc.collect()
    tracemalloc.start()
    plan = ding.plan(frame, PERSONAL)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    bodies = sum(len(body.encode()) for body in plan.to_frame()["body"])
    return peak / 1e6, (frame.memory_usage(deep=True).sum() + bodies) / 1e6


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of the frame (default: 1,000,000)")
    parser.add_argument("--rounds", type=int, default=3, help="how often; the fastest counts (default: 3)")
    arguments = parser.parse_args()
    rows = arguments.rows
    tenth = rows // 10
    frame, small = create_frame(rows), create_frame(tenth)
    ding = dingnb.connect("sandbox")
    check_same(ding, small)
    plan, reordered = ding.plan(frame, PERSONAL), frame.sample(frac=1, random_state=1)
    works = {
        "loop": lambda: bare_loop(frame),
        "personal": lambda: ding.plan(frame, PERSONAL),
        "equal": lambda: ding.plan(frame, EQUAL),
        "by city": lambda: ding.plan(frame, BY_CITY),
        "order": lambda: check_order(plan, reordered),
        # Ten times, so that both measurements take equally long and have equal noise.
        "tenths": lambda: [ding.plan(small, PERSONAL).people for _ in range(10)],
    }
    times = [[cpu_seconds(work) for work in works.values()] for _ in range(arguments.rounds)]
    best = dict(zip(works, map(min, zip(*times, strict=True)), strict=True))
    peak, size = measure_memory(ding, frame)
    return print_table(
        [
            Figure(f"plan {rows:,} personal rows", best["personal"], "bare loop", best["loop"], "s", 1.5),
            Figure(f"plan {rows:,} rows of one text", best["equal"], "personal plan", best["personal"], "s", 0.25),
            Figure(f"plan {rows:,} rows of five texts", best["by city"], "personal plan", best["personal"], "s", None),
            Figure(f"recognise {rows:,} reordered rows", best["order"], "personal plan", best["personal"], "s", 0.5),
            Figure(f"plan {rows:,} personal rows", best["personal"], f"plan {tenth:,}", best["tenths"] / 10, "s", 11),
            Figure("memory of the plan, at its peak", peak, "frame + bodies", size, "MB", 3),
        ]
    )


if __name__ == "__main__":
    sys.exit(main())

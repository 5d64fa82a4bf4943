"""
Measures the results form: the time of each action until the page is ready, compared with the promised time.

The campaign has the given number of people, personal texts, and all outcomes, and is found by name. An action is a
browser message, and ends when all changes have been sent to the browser. The action's time in the kernel is measured,
without network and rendering. Opening is compared with `results()` and `summary()` of the same campaign. Then the same
actions are done on a page in Chromium, if installed, in Voilà or another host: on a page, an action lasts from the key
or the click until all its changes are painted.
"""

import argparse
import contextlib
import gc
import io
import os
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from campaigns import completion_script, record_plan
from planning import PERSONAL, create_frame
from table import Figure, print_table

import dingnb
from dingnb.campaigns.campaign import Campaign
from dingnb.clock import seconds_to_ns
from dingnb.ui.results.form import ResultsForm

PROMISED_MS = 200.0
NAP_S = 0.005
TYPED = "user0099"
NAME = "payslip"


def create_campaign(people: int) -> Campaign:
    """Return a campaign with complete results."""
    os.environ["DINGNB_HOME"] = tempfile.mkdtemp(prefix="dingnb-")
    ding = dingnb.connect("sandbox")
    plan = ding.plan(create_frame(people), PERSONAL)
    context = plan._context  # noqa: SLF001 - the ledger is changed directly
    record_plan(plan, NAME)
    with contextlib.closing(sqlite3.connect(context.ledger.place)) as db:
        db.executescript(completion_script(context.now_ns() - seconds_to_ns(3_600)))
        db.execute("UPDATE campaigns SET state = 'finished'")
        db.commit()
    return ding.campaign(NAME)


def milliseconds(*steps: Callable[[], object]) -> float:
    """Return the time of some steps."""
    start = time.perf_counter()
    for step in steps:
        step()
    return (time.perf_counter() - start) * 1e3


def open_form(run: Campaign) -> tuple[ResultsForm, float, float]:
    """Return the form, and the times until the first page and the whole form are ready."""
    start = time.perf_counter()
    form = run.form()
    while form.model.state.snapshot is None:
        time.sleep(NAP_S)
    first_ms = (time.perf_counter() - start) * 1e3
    form.wait()
    return form, first_ms, (time.perf_counter() - start) * 1e3


def actions(form: ResultsForm) -> dict[str, list[Callable[[], object]]]:
    """Return user actions as browser messages; a few of each."""
    people = form.people
    tiles = list(form.tiles.tiles.values())
    return {
        "a status chosen": [tile.click for tile in [*tiles, tiles[-1]]],
        "a key of a search typed": [
            partial(people.search.set_state, {"value": TYPED[:end]}) for end in range(1, len(TYPED) + 1)
        ],
        "a search of nothing found": [partial(people.search.set_state, {"value": "no such"})],
        "filters cleared": [people.clear.click],
        "the next page": [people.pager.later.click] * 5,
        "a far page": [partial(people.pager.number.set_state, {"value": page}) for page in (6_000, 17, 4_242)],
        "a person opened": [partial(people.people.set_state, {"index": at}) for at in range(10)],
    }


def measure_actions(form: ResultsForm, rounds: int) -> list[Figure]:
    """Return the longest time of each kind of action in the best of a few rounds."""
    longest: dict[str, list[float]] = {}
    for _ in range(rounds):
        for what, done in actions(form).items():
            gc.collect()
            times = [milliseconds(interaction, form.model.wait) for interaction in done]
            longest.setdefault(f"{what}, longest of {len(times)}", []).append(max(times))
            if form.model.state.failure is not None:
                sys.exit(f"{what}: {form.model.state.failure.what.in_form()}")
    figures = [Figure(what, min(times), "promised", PROMISED_MS, "ms", 1.0) for what, times in longest.items()]
    if form.model.state.details is None or not form.model.state.details.trace.content:
        sys.exit("No details were shown.")
    return figures


def measure_page(people: int, rounds: int, host: str) -> list[Figure]:
    """Return what `measure_actions` returns, for a page in a browser; empty without a browser."""
    sys.path.append(str(Path(__file__).parents[1]))
    import browser_actions  # noqa: PLC0415 - it needs `tools` and packages for tests

    from tools.chromium import chromium  # noqa: PLC0415 - likewise

    if chromium() is None:
        print("Chromium is not installed: page times are not measured.", file=sys.stderr)
        return []
    with tempfile.TemporaryDirectory() as home, browser_actions.open_page(Path(home), host, NAME) as page:
        longest = browser_actions.longest_ms(page, people, rounds)
    return [
        Figure(f"{host}: {what}, longest of {n}", took, "promised", PROMISED_MS, "ms", 1.0)
        for what, (took, n) in longest.items()
    ]


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=100_000, help="people of the campaign (default: 100,000)")
    parser.add_argument("--rounds", type=int, default=3, help="how often; the fastest counts (default: 3)")
    parser.add_argument("--host", default="voila", help="where the page is: voila, lab or notebook7 (default: voila)")
    arguments = parser.parse_args()
    people = arguments.people
    with contextlib.redirect_stdout(io.StringIO()):
        run = create_campaign(people)
        summary_ms = milliseconds(lambda: (run.results(), run.summary()))
        form, first_ms, whole_ms = open_form(run)
        figures = [
            Figure(f"first page of {people:,} people", first_ms, "results, summary", summary_ms, "ms", None),
            Figure("the whole form", whole_ms, "results, summary", summary_ms, "ms", None),
            *measure_actions(form, arguments.rounds),
        ]
        form.close()
    figures += measure_page(people, arguments.rounds, arguments.host)
    return print_table(figures)


if __name__ == "__main__":
    sys.exit(main())

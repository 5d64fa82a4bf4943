"""
Measures the work of a form while a message is typed, compared with yardsticks in the same run.

The yardstick for a key, and for the first key that uses a column, is the promised time; for the needed columns it is
the same message rendered for 1,000 rows, and for comparing frames `DataFrame.equals`. CPU time of this process, the
best of a few rounds; keys and waits are measured in real time, and keys once.
"""

import argparse
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
from table import Figure, print_table
from timing import cpu_seconds

import dingnb
from dingnb.messages import MISSING
from dingnb.messages.draft import needed_columns
from dingnb.tables.cells import missing_rows, read_values
from dingnb.ui.compose.source import are_equal

BODY_BYTES = 100_000
CHARACTERS = 5_000
COLUMNS = 10
CHECKED = 10_000
NAP_S = 0.0005
KEY_MS = 100.0
COLUMN_MS = 1_000.0
TITLE = "Payslip of {{ name }}"
TYPED = (
    "Dear **{{ name }}** of {{ city }},\n\n> you received **{{ net | money }}** on {{ when | date }}.\n\n"
    "{% if net > 50000 %}Thank you for an outstanding year.{% else %}Thank you for your work.{% endif %}\n\n"
    "- [Your payslip](https://example.com/{{ userid }})\n- Questions? Ask HR, {{ city | default('anywhere') }}.\n"
)
"""The text typed, a key at a time: half of the time it is not a valid template."""


def create_columns(rows: int) -> dict[str, "pd.Series[Any]"]:
    """Return a column for each usual dtype."""
    random = np.random.default_rng(1)
    cents = random.integers(300_000, 9_000_000, rows)
    moments = pd.Series(pd.to_datetime(random.integers(0, 10**18, rows)))
    return {
        "str": pd.Series([f"员工{number}" for number in range(rows)]),
        "str with gaps": pd.Series([f"员工{number}" if number % 7 else None for number in range(rows)]),
        "long str": pd.Series(["工资说明\n" * 20 + str(number) for number in range(rows)]),
        "category": pd.Series(random.choice(["杭州", "北京", "上海"], rows)).astype("category"),
        "int64": pd.Series(cents),
        "Int64 with gaps": pd.Series(cents).astype("Int64").where(pd.Series(cents % 7 != 0)),
        "float64, amounts": pd.Series(cents / 100),
        "float64, any": pd.Series(random.random(rows)),
        "bool": pd.Series(cents % 2 == 0),
        "datetime64": moments,
        "datetime64 with zone": moments.dt.tz_localize("UTC").dt.tz_convert("Asia/Shanghai"),
        "object of Decimal": pd.Series([Decimal(number) / 100 for number in cents.tolist()], dtype=object),
    }


def check_same(column: "pd.Series[Any]") -> None:
    """Check that the rows found without a value are the rows in which templates find no value."""
    if missing_rows(column) != [row for row, value in enumerate(read_values(column)) if value is MISSING]:
        sys.exit(f"The rows without a value in a column of {column.dtype} are wrong.")


def longest_wait(work: Callable[[], object]) -> float:
    """Return the longest delay of another thread that sleeps and wakes during the work."""
    waits = [0.0]
    done = threading.Event()

    def nap() -> None:
        while not done.is_set():
            start = time.perf_counter()
            time.sleep(NAP_S)
            waits.append(time.perf_counter() - start - NAP_S)

    thread = threading.Thread(target=nap)
    thread.start()
    work()
    done.set()
    thread.join()
    return max(waits)


def best(measure: Callable[[Callable[[], object]], float], work: Callable[[], object], rounds: int) -> float:
    """Return the minimum of a few rounds."""
    return min(measure(work) for _ in range(rounds))


def column_figures(columns: dict[str, "pd.Series[Any]"], rounds: int) -> list[Figure]:
    """Return the time for counting the missing values of each column, incurred by the first key that uses a column."""
    figures = []
    for name, column in columns.items():
        check_same(column.iloc[:CHECKED])
        counted = best(cpu_seconds, lambda column=column: missing_rows(column), rounds)  # type: ignore[misc]
        what = f"missing values counted in {len(column):,} rows of {name}"
        figures.append(Figure(what, counted * 1e3, "promised for a column", COLUMN_MS, "ms", 1))
    return figures


def message_figures(rounds: int) -> list[Figure]:
    """Return the time for finding the columns that a long message needs."""
    names = [f"column {number}" for number in range(COLUMNS)]
    tags = "".join(f'{{{{ row["{name}"] | money }}}}' for name in names)
    message = dingnb.text("字" * (CHARACTERS - len(tags)) + tags, body_bytes=BODY_BYTES)
    values = dict.fromkeys(names, 99_999.99)
    rows = {name: [value] * 1_000 for name, value in values.items()}
    if len(needed_columns(message, values)) != COLUMNS:
        sys.exit("The needed columns are wrong.")
    rendered = best(cpu_seconds, lambda: message.render_rows(rows, 1_000), rounds) * 1e3
    needed = best(cpu_seconds, lambda: needed_columns(message, values), rounds) * 1e3
    what = f"needed columns of {CHARACTERS:,} characters with {COLUMNS} tags"
    return [Figure(what, needed, "1,000 rows rendered", rendered, "ms", 0.5)]


def comparing_figures(columns: dict[str, "pd.Series[Any]"], rounds: int) -> list[Figure]:
    """Return the time for detecting that a frame is unchanged, and the longest wait that this causes."""
    frame = pd.DataFrame(columns)
    again, other = frame.copy(), frame.iloc[::-1].set_axis(frame.index)
    if not are_equal(frame, again) or are_equal(frame, other):
        sys.exit("Equal and different frames are not told apart.")
    what = f"{len(frame):,} rows of {frame.shape[1]} columns"
    compared = best(cpu_seconds, lambda: are_equal(frame, again), rounds) * 1e3
    checked = best(cpu_seconds, lambda: frame.equals(again), rounds) * 1e3
    waited = best(longest_wait, lambda: are_equal(frame, again), rounds) * 1e3
    return [
        Figure(f"{what} compared", compared, "DataFrame.equals", checked, "ms", 1.5),
        Figure("longest wait for another thread meanwhile", waited, "promised for a key", KEY_MS, "ms", 1),
    ]


def typing_figures(rows: int) -> list[Figure]:
    """Return the time per key of a form while a text is typed and rows are searched."""
    random = np.random.default_rng(1)
    frame = pd.DataFrame(
        {
            "userid": [f"u{number}" for number in range(rows)],
            "name": [f"员工{number}" for number in range(rows)],
            "net": random.random(rows) * 1e5,
            "city": random.choice(["杭州", "北京", "上海"], rows),
            "when": pd.Timestamp("2026-11-01"),
        }
    )
    with tempfile.TemporaryDirectory() as home:
        os.environ["DINGNB_HOME"] = home
        ding = dingnb.connect("sandbox")
        form = ding.compose(frame)
        keys = []
        for path, text in (("title", TITLE), ("text", TYPED)):
            for end in range(1, len(text) + 1):
                start = time.perf_counter()
                form.field(path).input.set_state({"value": text[:end]})
                keys.append(time.perf_counter() - start)
        search_times, last = [], f"员工{rows - 1}"
        for end in range(1, len(last) + 1):
            start = time.perf_counter()
            form.preview.search.set_state({"value": last[:end]})
            search_times.append(time.perf_counter() - start)
        form.model.wait()
        if form.model.state.search.found.tolist() != [rows - 1]:
            sys.exit("The row searched for was not found.")
        if form.value != dingnb.markdown(TITLE, TYPED):
            sys.exit("The form does not hold the text that was typed.")
        ding.close()
    median, most = np.quantile(keys, [0.5, 0.95]) * 1e3
    what = f"of {len(keys)}, {rows:,} rows"
    return [
        Figure(f"a key typed, median {what}", median, "promised", KEY_MS, "ms", 1),
        Figure(f"a key typed, 95th percentile {what}", most, "promised", KEY_MS, "ms", 1),
        Figure(f"a key typed, longest {what}", max(keys) * 1e3, "promised", KEY_MS, "ms", None),
        Figure(
            f"a key of a search, longest of {len(search_times)}", max(search_times) * 1e3, "promised", KEY_MS, "ms", 1
        ),
    ]


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of each column (default: 1,000,000)")
    parser.add_argument("--rounds", type=int, default=3, help="how often; the fastest counts (default: 3)")
    arguments = parser.parse_args()
    columns = create_columns(arguments.rows)
    figures = [*column_figures(columns, arguments.rounds), *comparing_figures(columns, arguments.rounds)]
    del columns
    figures += [*message_figures(arguments.rounds), *typing_figures(arguments.rows)]
    return print_table(figures)


if __name__ == "__main__":
    sys.exit(main())

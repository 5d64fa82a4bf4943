"""The benchmarks, which no other test runs: they can be imported, and their campaigns have complete results."""

import subprocess
import sys
from pathlib import Path

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
COMPLETE = """
import importlib, pathlib, sys
# Tools are not installed; benchmarks that use them add their folder when they run.
sys.path.append("..")
for path in sorted(pathlib.Path().glob("*.py")):
    importlib.import_module(path.stem)
statuses = sys.modules["results_form"].create_campaign(50).results()["status"]
print("statuses:", *sorted(set(statuses.astype(str))))
"""


def test_every_benchmark_can_be_imported_and_a_recorded_campaign_completed() -> None:
    command = [sys.executable, "-c", COMPLETE]
    done = subprocess.run(command, cwd=BENCHMARKS, capture_output=True, text=True, check=False)  # noqa: S603 - our own
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "statuses: delivered filtered invalid read"

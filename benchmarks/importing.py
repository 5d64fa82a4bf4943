"""
Measures `import dingnb` compared with `import requests, pandas`, in fresh processes, with compiled bytecode.

The bytecode is written to a separate folder, so that neither PYTHONDONTWRITEBYTECODE nor a read-only
installation makes every process recompile everything.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time

from table import Figure, print_table

YARDSTICK = "import requests, pandas"
SUBJECTS = {
    "import dingnb": 1.15,
    # Shown without a limit: the additional time of the first use of connect, text and read_recipients.
    "import dingnb; dingnb.connect, dingnb.text, dingnb.read_recipients": None,
}


def seconds(program: str, environment: dict[str, str]) -> float:
    """Return the time a fresh process takes to run a program."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", program], check=True, env=environment)  # noqa: S603 - our own words
    return time.perf_counter() - start


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20, help="how often; the fastest counts (default: 20)")
    rounds = parser.parse_args().rounds
    programs = [YARDSTICK, *SUBJECTS]
    with tempfile.TemporaryDirectory() as bytecode:
        environment = os.environ | {"PYTHONPYCACHEPREFIX": bytecode}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        for program in programs:
            seconds(program, environment)
        times = [[seconds(program, environment) * 1_000 for program in programs] for _ in range(rounds)]
    fastest = dict(zip(programs, map(min, zip(*times, strict=True)), strict=True))
    return print_table(
        [
            Figure(program, fastest[program], YARDSTICK, fastest[YARDSTICK], "ms", limit)
            for program, limit in SUBJECTS.items()
        ]
    )


if __name__ == "__main__":
    sys.exit(main())

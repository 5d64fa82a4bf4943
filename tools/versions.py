"""
Runs the tests on every Python that dingnb names, and on the lowest versions that dingnb allows: ``make versions``.

The classifiers in pyproject.toml list the versions of Python; each version needs its interpreter, ``python3.12`` for
3.12. ``lowest`` is the oldest Python, with every dependency and the extras ``lab`` and ``testing`` at the lowest
version that pyproject.toml allows. Each version has its own environment, below ``.versions/``. Tests in a browser,
of survival and of third-party clients are excluded.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / ".versions"
CONSTRAINTS = ROOT / "constraints.txt"
LOWEST = "lowest"
CLASSIFIER = re.compile(r"Programming Language :: Python :: (3\.\d+)")
REQUIREMENT = re.compile(r"([A-Za-z0-9._-]+)>=([0-9.]+)")
EXCLUDED_TESTS = ("browser", "peers", "survival")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the tests for installed interpreters; return the exit status."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    versions = [found[1] for classifier in project["classifiers"] if (found := CLASSIFIER.fullmatch(classifier))]
    parser = argparse.ArgumentParser(prog="make versions", description="The tests on other versions.")
    parser.add_argument("names", nargs="*", help=f"{', '.join(versions)} or {LOWEST}; all by default")
    names = parser.parse_args(arguments).names or [*versions, LOWEST]
    if unknown := set(names) - {*versions, LOWEST}:
        parser.error(f"pyproject.toml does not name {', '.join(sorted(unknown))}")
    outcomes = {name: run_tests(name, versions[0] if name == LOWEST else name, project) for name in names}
    for name, outcome in outcomes.items():
        print(f"{name:>8}: {outcome}")
    return any(outcome != "passed" for outcome in outcomes.values())


def run_tests(name: str, version: str, project: dict[str, Any]) -> str:
    """Run the tests on one version, and return the outcome."""
    interpreter = shutil.which(f"python{version}")
    if interpreter is None:
        return f"not tried: there is no python{version} here"
    environment = FOLDER / name
    python = str(environment / "bin" / "python")
    constraints = write_lowest_constraints(project) if name == LOWEST else CONSTRAINTS
    install = (python, "-m", "pip", "install", "--quiet", "--constraint", str(constraints), "--editable", ".[dev]")
    tests = (python, "-m", "pytest", "--numprocesses=2", "--dist=worksteal", "-p", "no:cacheprovider")
    ignored = [f"--ignore=tests/{test}" for test in EXCLUDED_TESTS]
    for what, command in (
        ("no environment", (interpreter, "-m", "venv", str(environment))),
        ("not installed", install),
        ("failed", (*tests, *ignored)),
    ):
        print(f"{name}: {' '.join(command)}", flush=True)
        if subprocess.run(command, cwd=ROOT, check=False).returncode:  # noqa: S603 - our own commands
            return what
    return "passed"


def write_lowest_constraints(project: dict[str, Any]) -> Path:
    """Write constraints with the lowest versions that the project allows; pip chooses their own dependencies."""
    extras = project["optional-dependencies"]
    bounds = map(pin_lowest, [*project["dependencies"], *extras["lab"], *extras["testing"]])
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / "lowest.txt"
    path.write_text("".join(f"{line}\n" for line in bounds), encoding="utf-8")
    return path


def pin_lowest(requirement: str) -> str:
    """Return a requirement of the lowest version that another requirement allows."""
    found = REQUIREMENT.match(requirement)
    if found is None:
        sys.exit(f"{requirement} in pyproject.toml has no lowest version")
    return f"{found[1]}=={found[2]}"


if __name__ == "__main__":
    raise SystemExit(main())

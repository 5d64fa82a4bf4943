"""
Builds the wheel and the source distribution into ``dist/``, and tries each in an empty environment: ``make package``.

The source distribution must have every file that git has, except hidden files. The description that package indexes
show must have no link that works only in the repository. With the declared dependencies alone, every module must be
importable, ``dingnb --version`` must print the version, and ``dingnb demo`` must send to the people of a small file.
"""

import argparse
import csv
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

ROOT = Path(__file__).parents[1]
STAFF = ROOT / "notebooks" / "data" / "staff.csv"
PEOPLE = 12
SETUPTOOLS_FILES = re.compile(r"PKG-INFO|setup\.cfg|dingnb\.egg-info/.*")
HIDDEN = re.compile(r"(^|/)\.")
LINK = re.compile(r"\]\(([^)\s]+)\)")
LAB_MODULES = {"jupyter_server", "matplotlib"}
"""Modules of the extra `lab`."""

IMPORT_ALL = f"""
import importlib, pkgutil, dingnb
for module in pkgutil.walk_packages(dingnb.__path__, "dingnb."):
    if module.name.startswith("dingnb.testing") or module.name.endswith("__main__"):
        continue
    try:
        importlib.import_module(module.name)
    except ImportError as missing:
        # dingnb.errors.MissingPackageError has the module's name in its cause.
        if (missing.__cause__ or missing).name not in {LAB_MODULES}:
            raise
"""
"""Code that imports all modules except `dingnb.testing`, which needs the extra `testing`."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Build the packages and check them; return the exit status."""
    parser = argparse.ArgumentParser(prog="make package", description="Build the packages, and try them.")
    parser.add_argument("--python", default=sys.executable, help="the interpreter of the empty environments")
    python = parser.parse_args(arguments).python
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    version: str = project["version"]
    dist = ROOT / "dist"
    shutil.rmtree(dist, ignore_errors=True)
    run(sys.executable, "-m", "build", "--outdir", str(dist), str(ROOT))
    sdist, wheel = dist / f"dingnb-{version}.tar.gz", dist / f"dingnb-{version}-py3-none-any.whl"

    faults = [*find_wrong_files(sdist), *find_wrong_links(wheel, project["urls"]["Source"])]
    with ThreadPoolExecutor() as pool:
        for found in pool.map(lambda package: find_failures_in_use(package, python, version), (wheel, sdist)):
            faults += found
    for fault in faults:
        print(fault, file=sys.stderr)
    if not faults:
        print(f"{wheel.name} and {sdist.name} are complete, and work in empty environments.")
    return bool(faults)


def run(*command: str, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> str:
    """Run a command and return its output, which errors include."""
    try:
        done = subprocess.run(command, cwd=cwd, env=env, check=True, capture_output=True, text=True)  # noqa: S603 - our own
    except subprocess.CalledProcessError as error:
        sys.exit(f"{' '.join(command)}\n{error.stdout}\n{error.stderr}")
    return done.stdout


def find_wrong_files(sdist: Path) -> list[str]:
    """Return the missing and unexpected files of the source distribution."""
    with tarfile.open(sdist) as archive:
        packed = {member.name.partition("/")[2] for member in archive if member.isfile()}
    tracked = run("git", "ls-files", "-z", cwd=ROOT).split("\0")
    expected = {name for name in tracked if name and not HIDDEN.search(name)}
    extra = {name for name in packed - expected if not SETUPTOOLS_FILES.fullmatch(name)}
    return [
        *(f"{sdist.name} lacks {name}" for name in sorted(expected - packed)),
        *(f"{sdist.name} has {name}, which git does not have" for name in sorted(extra)),
    ]


def find_wrong_links(wheel: Path, source: str) -> list[str]:
    """Return the links of the description that do not work outside the repository."""
    with zipfile.ZipFile(wheel) as archive:
        (metadata,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        links = LINK.findall(archive.read(metadata).decode())
    ours = re.compile(re.escape(source) + r"/(?:blob|raw)/v[^/]+/([^#]+)")
    dead = [link for link in links if (found := ours.match(link)) and not (ROOT / found[1]).exists()]
    relative = [link for link in links if not link.startswith(("https://", "#"))]
    return [f"{wheel.name}: its description has a dead link, {link}" for link in (*dead, *relative)]


def find_failures_in_use(package: Path, python: str, version: str) -> list[str]:
    """Install a package into an empty environment; return the failures."""
    with tempfile.TemporaryDirectory(prefix="dingnb-package-") as folder:
        home = Path(folder)
        run(python, "-m", "venv", "--without-pip", str(home / "venv"))
        scripts = home / "venv" / ("Scripts" if os.name == "nt" else "bin")
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "DING"))}
        run_at_home = partial(run, cwd=home, env={**clean, "DINGNB_HOME": str(home / "ledger")})
        pip = (sys.executable, "-m", "pip", "--python", str(scripts / "python"))
        install = (*pip, "install", "--quiet", "--no-compile")
        run_at_home(*install, "--constraint", str(ROOT / "constraints.txt"), str(package))
        run_at_home(str(scripts / "python"), "-W", "error", "-c", IMPORT_ALL)
        printed = run_at_home(str(scripts / "dingnb"), "--version").strip()

        staff, results = home / "staff.csv", home / "results.csv"
        staff.write_text("".join(STAFF.read_text(encoding="utf-8").splitlines(keepends=True)[: PEOPLE + 1]), "utf-8")
        run_at_home(str(scripts / "dingnb"), "demo", str(staff), "--results", str(results))
        with results.open(encoding="utf-8-sig", newline="") as file:
            statuses = [row["status"] for row in csv.DictReader(file)]
    faults = [] if printed == f"dingnb {version}" else [f"{package.name}: dingnb --version prints {printed!r}"]
    if len(statuses) != PEOPLE or not {"delivered", "read"} & set(statuses):
        faults.append(f"{package.name}: the demo's results are {statuses}")
    return faults


if __name__ == "__main__":
    raise SystemExit(main())

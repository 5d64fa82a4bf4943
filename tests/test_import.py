import subprocess
import sys
import tomllib
from importlib.resources import files
from pathlib import Path

HEAVY = ["ipywidgets", "uvicorn", "starlette", "keyring", "matplotlib", "openpyxl"]


def test_importing_dingnb_loads_nothing_heavy_and_starts_nothing() -> None:
    program = (
        "import sys, threading, dingnb\n"
        f"print([name for name in {HEAVY} if name in sys.modules], threading.active_count())"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    assert (done.stdout.strip(), done.stderr, done.returncode) == ("[] 1", "", 0)


def test_the_types_are_shipped() -> None:
    assert files("dingnb").joinpath("py.typed").is_file()
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
    assert "py.typed" in project["tool"]["setuptools"]["package-data"]["dingnb"]

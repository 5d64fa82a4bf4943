import subprocess
import sys
import tomllib
from importlib.resources import files
from pathlib import Path

HEAVY = ["ipywidgets", "uvicorn", "starlette", "keyring", "matplotlib", "openpyxl", "jinja2", "psycopg"]
NEEDED_TO_CONNECT = ["pandas", "requests"]


def loaded(program: str) -> str:
    """Return which of the modules a fresh process has loaded, the number of its threads, and its warnings."""
    program += f"\nimport sys, threading\nnames = {HEAVY + NEEDED_TO_CONNECT}"
    program += "\nprint([name for name in names if name in sys.modules], threading.active_count())"
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=True)  # noqa: S603 - our own words
    return done.stdout.strip() + done.stderr


def test_importing_dingnb_loads_nothing_heavy_and_starts_nothing() -> None:
    assert loaded("import dingnb") == "[] 1"


def test_names_are_imported_on_first_use() -> None:
    assert loaded("import dingnb; dingnb.connect, dingnb.text, dingnb.read_recipients, dingnb.login") == (
        f"{NEEDED_TO_CONNECT} 1"
    )


def test_public_submodules_are_available_without_a_separate_import() -> None:
    assert loaded("import dingnb; dingnb.limits.STANDARD, dingnb.errors.ApiError, dingnb.clock.SystemClock") == "[] 1"


def test_all_names_are_listed_before_they_are_imported() -> None:
    program = "import dingnb; assert {'connect', 'text', '__version__'} <= set(dir(dingnb)), dir(dingnb)"
    assert loaded(program) == "[] 1"


def test_the_error_codes_are_read_on_first_lookup() -> None:
    program = (
        "import dingnb; from dingnb.errors import code_table, find_code; assert not code_table.cache_info().currsize"
    )
    assert loaded(f"{program}; find_code('22'); assert code_table.cache_info().currsize") == "[] 1"


def test_the_types_and_the_error_codes_are_shipped() -> None:
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
    shipped = project["tool"]["setuptools"]["package-data"]["dingnb"]
    for name in ("py.typed", "errors/codes.tsv", "recipients/traditional.txt", "ui/kit/theme.css"):
        assert files("dingnb").joinpath(name).is_file()
        assert name in shipped
    assert "sandbox/web/phone.*" in shipped
    assert all(files("dingnb").joinpath(f"sandbox/web/phone.{extension}").is_file() for extension in ("css", "js"))

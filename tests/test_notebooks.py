"""Checks that nbval does not make: for example, it runs a cell without a count but does not compare it."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from dingnb.testing.kernel import split_notebook_name
from tests.table_rows import for_each

ROOT = Path(__file__).parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
ENGLISH = [path for path in NOTEBOOKS if split_notebook_name(path)[1] == "en"]
CASSETTES = sorted((ROOT / "cassettes").glob("*.yaml"))
IGNORING = frozenset({"nbval-ignore-output", "nbval-skip"})
TAGS = IGNORING | {"raises-exception"}
MOST_IGNORED = 2
PATHS = re.compile(r"(?<![\w:/.])/(?:home|root|tmp|work|Users|usr|opt|var)/|\b[A-Z]:\\|file://")
HEADING = re.compile(r"^#+(?= )", re.MULTILINE)
NOT_PROSE = re.compile(r"```.*?```|`[^`]*`|\]\([^)]*\)", re.DOTALL)
CALLS_OUT = re.compile(r"\bconnect\(|\blogin\(")
PICTURE = re.compile(r"!\[([^\]]*)\]\(([^)\s]+)\)")
PICTURES = ROOT / "notebooks" / "images"
LARGEST_PICTURE = 50_000
IDEA = {"en": "**The idea:** ", "zh": "**要点**："}
PATH_TIME = {"en": "**Five minutes:** ", "zh": "**五分钟**："}
FURTHER = {
    "en": ("Going further", r"Going further \((?:one minute|\w+ minutes)\)"),
    "zh": ("更进一步", r"更进一步（\w+分钟）"),
}

FindSecrets = Callable[[str], list[str]]


def read(path: Path) -> Any:
    return nbformat.read(path, as_version=4)


def code_cells(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def ignored_cells(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if IGNORING & set(cell.metadata.get("tags", []))]


def texts(notebook: Any) -> list[str]:
    """Return all text in a notebook: sources, and outputs other than pictures."""
    found = [cell.source for cell in notebook.cells]
    for output in [cell_output for cell in code_cells(notebook) for cell_output in cell.outputs]:
        found += [output.get("text", ""), output.get("evalue", ""), *output.get("traceback", [])]
        found += [str(value) for kind, value in output.get("data", {}).items() if not kind.startswith("image/")]
    return found


def faults(notebook: Any, find_secrets: FindSecrets) -> list[str]:
    cells = code_cells(notebook)
    counts = [cell.execution_count for cell in cells]
    tags = {tag for cell in notebook.cells for tag in cell.metadata.get("tags", [])}
    all_text = "\n".join(texts(notebook))
    quiet = [
        cell
        for cell in cells
        if "raises-exception" in cell.metadata.get("tags", [])
        and not any(output.output_type == "error" for output in cell.outputs)
    ]
    rules = (
        ("counts are not 1, 2, 3, ...", counts != list(range(1, len(cells) + 1))),
        ("no outputs", not any(cell.outputs for cell in cells)),
        ("state of widgets", "widgets" in notebook.metadata),
        ("unknown tags", not tags <= TAGS),
        ("marks of nbval in a source", any("NBVAL" in cell.source for cell in cells)),
        ("no reason beside an ignored cell", not all(cell.metadata.get("reason") for cell in ignored_cells(notebook))),
        ("raises nothing", bool(quiet)),
        ("not kernel python3", notebook.metadata.get("kernelspec", {}).get("name") != "python3"),
        ("paths of a machine", PATHS.search(all_text) is not None),
        ("secrets", bool(find_secrets(all_text))),
    )
    return [name for name, broken in rules if broken]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_stored_as_a_clean_run_leaves_it(path: Path, find_secrets: FindSecrets) -> None:
    assert faults(read(path), find_secrets) == []


def test_notebooks_are_found() -> None:
    assert "01_first_send" in [path.stem for path in ENGLISH]


def test_each_notebook_has_a_chinese_edition() -> None:
    assert sorted([*ENGLISH, *(path.with_suffix(".zh.ipynb") for path in ENGLISH)]) == NOTEBOOKS


def outline(notebook: Any) -> list[tuple[Any, ...]]:
    """Return what both editions of a notebook have in common: the code, and the headings between it."""
    return [
        (cell.id, cell.metadata, cell.source if cell.cell_type == "code" else HEADING.findall(cell.source))
        for cell in notebook.cells
    ]


@for_each("path", ENGLISH)
def test_both_editions_have_the_same_code_and_headings(path: Path) -> None:
    assert outline(read(path.with_suffix(".zh.ipynb"))) == outline(read(path))


@for_each("path", ENGLISH)
def test_a_chinese_edition_is_written_in_chinese(path: Path) -> None:
    cells = [cell for cell in read(path.with_suffix(".zh.ipynb")).cells if cell.cell_type == "markdown"]
    prose = NOT_PROSE.sub("", "\n".join(cell.source for cell in cells))
    assert len(re.findall(r"[\u4e00-\u9fff]", prose)) > 4 * len(re.findall(r"[A-Za-z]+", prose))


@for_each("path", NOTEBOOKS)
def test_a_tutorial_opens_with_its_idea_one_picture_and_its_time(path: Path) -> None:
    opening, language = read(path).cells[0].source, split_notebook_name(path)[1]

    assert [alt != "" and (path.parent / target).parent == PICTURES for alt, target in PICTURE.findall(opening)] == [
        True
    ]
    assert [opening.count(text) for text in (IDEA[language], PATH_TIME[language])] == [1, 1]


@for_each("path", NOTEBOOKS)
def test_what_goes_beyond_the_path_has_its_time_in_the_heading(path: Path) -> None:
    name, with_time = FURTHER[split_notebook_name(path)[1]]
    headings = [line for cell in read(path).cells for line in cell.source.splitlines() if line.startswith("## ")]

    further = [line for line in headings if name in line]
    assert further == headings[-1:] or not further
    assert all(re.fullmatch(f"## {with_time}", line) for line in further)


@for_each("path", ENGLISH)
def test_the_path_of_a_tutorial_takes_five_minutes(path: Path) -> None:
    words = lines = 0
    for cell in read(path).cells:
        before, further, _ = cell.source.partition(f"## {FURTHER['en'][0]}")
        if cell.cell_type == "code":
            lines += len(cell.source.splitlines())
        else:
            words += len(PICTURE.sub("", before).split())
        if further:
            break

    assert words / 200 + lines * 2 / 60 <= 5


@for_each("path", NOTEBOOKS)
def test_the_pictures_of_a_notebook_exist(path: Path) -> None:
    shown = [
        found for cell in read(path).cells if cell.cell_type == "markdown" for found in PICTURE.findall(cell.source)
    ]

    assert [target for alt, target in shown if not alt or not (path.parent / target).is_file()] == []


def test_each_picture_of_the_notebooks_is_shown_and_small() -> None:
    shown = {
        (ROOT / "notebooks" / target).resolve()
        for path in NOTEBOOKS
        for _, target in PICTURE.findall(path.read_text("utf-8"))
    }

    assert {path.name for path in PICTURES.iterdir() if path.resolve() not in shown} == set()
    assert {path.name for path in PICTURES.iterdir() if path.stat().st_size > LARGEST_PICTURE} == set()


def test_few_cells_are_excluded_from_comparison() -> None:
    assert sum(len(ignored_cells(read(path))) for path in ENGLISH) <= MOST_IGNORED


def makes_calls(notebook: Any) -> bool:
    """Return whether a notebook makes calls that are recorded; one about tapes makes its calls with its own."""
    code = "\n".join(cell.source for cell in code_cells(notebook))
    return bool(CALLS_OUT.search(code)) and "import VirtualClock, tape" not in code


def test_notebooks_that_make_calls_and_cassettes_match() -> None:
    calling = [path.stem for path in ENGLISH if makes_calls(read(path))]

    assert [path.stem for path in CASSETTES] == calling


def clean_notebook() -> Any:
    output = new_output("stream", text="12 of 12")
    cells = [new_markdown_cell("Words"), new_code_cell("a()", execution_count=1, outputs=[output])]
    return new_notebook(cells=cells, metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})


def test_a_clean_notebook_has_no_faults(find_secrets: FindSecrets) -> None:
    assert faults(clean_notebook(), find_secrets) == []


BREAKS: dict[str, Callable[[Any], object]] = {
    "counts are not 1, 2, 3, ...": lambda nb: nb.cells[1].update(execution_count=None),
    "no outputs": lambda nb: nb.cells[1].outputs.clear(),
    "state of widgets": lambda nb: nb.metadata.update(widgets={}),
    "unknown tags": lambda nb: nb.cells[1].metadata.update(tags=["nbval-check-output"]),
    "marks of nbval in a source": lambda nb: nb.cells[1].update(source="# NBVAL_SKIP\na()"),
    "no reason beside an ignored cell": lambda nb: nb.cells[1].metadata.update(tags=["nbval-ignore-output"]),
    "raises nothing": lambda nb: nb.cells[1].metadata.update(tags=["raises-exception"]),
    "not kernel python3": lambda nb: nb.metadata.kernelspec.update(name="conda-env"),
    "paths of a machine": lambda nb: nb.cells[1].outputs[0].update(text="in /home/somebody/payroll.xlsx"),
}
SECRETS = (
    "https://oapi.dingtalk.com/topapi/v2/user/get?access_token=0123456789abcdef",
    '{"appSecret": "hidden"}',
    "SEC" + "0a" * 32,
    "dingabcdefgh12345678",
    "https://me:password@example.org",
    "sandbox-secret-not-for-live-use",
    "158" + "12345678",
)


@for_each("fault", BREAKS)
def test_each_fault_is_found(fault: str, find_secrets: FindSecrets) -> None:
    notebook = clean_notebook()

    BREAKS[fault](notebook)

    assert faults(notebook, find_secrets) == [fault]


@for_each("secret", SECRETS)
@pytest.mark.parametrize("where", ["source", "stream", "html"])
def test_each_secret_is_found(secret: str, where: str, find_secrets: FindSecrets) -> None:
    notebook = clean_notebook()
    if where == "source":
        notebook.cells[0].source = secret
    elif where == "stream":
        notebook.cells[1].outputs[0].text = secret
    else:
        notebook.cells[1].outputs.append(new_output("display_data", data={"text/html": f"<b>{secret}</b>"}))

    assert faults(notebook, find_secrets) == ["secrets"]

"""The paths of rows: found in the folder that the template or the analyst names, and never outside of it."""

from datetime import datetime
from pathlib import Path

import pytest

import dingnb
from dingnb.clock import BEIJING
from dingnb.errors import InputError
from dingnb.media import Media, content_of
from dingnb.media.references import references_in
from tests.media.samples import PDF
from tests.table_rows import for_each


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "pay slips"
    (root / "11").mkdir(parents=True)
    (root / "11" / "张三.pdf").write_bytes(PDF)
    (tmp_path / "secret.pdf").write_bytes(PDF + b"secret")
    monkeypatch.chdir(tmp_path)
    return root


def names_of(source: str, path: str, **arguments: str) -> list[str]:
    """Return the names of the files that a row with this path is sent, after a check of the row's body."""
    rendered = dingnb.file(source, **arguments).render_rows({"path": [path]}, 1)
    (body,) = rendered.bodies
    assert (body is None) == bool(rendered.failures)
    return [rendered.attachments[one].name for one in references_in(body or b"")]


@for_each(
    "source",
    [
        "pay slips/{{ path }}",
        "./pay slips/{{ path }}",
        "pay slips//{{ path }}",
        "pay slips/{% if path %}{{ path }}{% endif %}",
    ],
)
def test_the_fixed_part_of_a_template_is_the_folder_of_each_path(source: str) -> None:
    assert names_of(source, "11/张三.pdf") == ["张三.pdf"]


def test_the_fixed_part_may_be_absolute(folder: Path) -> None:
    assert names_of(f"{folder}/{{{{ path }}}}", "11/张三.pdf") == ["张三.pdf"]


def test_paths_are_relative_to_the_folder_that_is_passed(folder: Path) -> None:
    assert names_of("{{ path }}", "11/张三.pdf", folder="pay slips") == ["张三.pdf"]
    assert names_of("11/{{ path }}", "张三.pdf", folder="pay slips") == ["张三.pdf"]
    assert names_of("{{ path }}", str(folder / "11" / "张三.pdf"), folder="pay slips") == ["张三.pdf"]


def test_without_any_folder_paths_are_relative_to_the_working_directory() -> None:
    assert names_of("{{ path }}", "pay slips/11/张三.pdf") == ["张三.pdf"]


@for_each("path", ["../secret.pdf", "11/../../secret.pdf", "/etc/passwd", "/secret.pdf", "~/secret.pdf", "nobody.pdf"])
def test_a_path_that_leaves_the_folder_or_leads_nowhere_rejects_its_row(path: str) -> None:
    for source, arguments in (("pay slips/{{ path }}", {}), ("{{ path }}", {"folder": "pay slips"})):
        assert names_of(source, path, **arguments) == []


def test_a_cell_that_cannot_be_a_path_rejects_its_row_alone(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(PDF)
    message = text_for(tmp_path)
    cells = ["a.pdf", "~$a.docx", "x" * 5_000, "pending", "\0", "@lADOabc"]
    rendered = message.render_rows({"path": cells}, len(cells))
    assert [failure.position for failure in rendered.failures] == [1, 2, 3, 4]
    assert all(failure.reason and failure.hint for failure in rendered.failures)


def text_for(folder: Path) -> dingnb.Message:
    return dingnb.file("{{ path }}", folder=folder)


def test_an_upload_of_another_type_or_size_is_refused_at_once() -> None:
    at = datetime(2026, 11, 2, tzinfo=BEIJING)
    with pytest.raises(InputError, match="was uploaded as 'file'"):
        dingnb.image(Media("@a", "file", "a.pdf", 10, "0" * 64, at))
    with pytest.raises(InputError, match="MB"):
        dingnb.file(Media("@a", "file", "a.pdf", 15 << 20, "0" * 64, at))
    assert dingnb.file(Media("@a", "file", "a.pdf", 10, "0" * 64, at)) == dingnb.file("@a")


def test_a_content_of_another_kind_or_size_is_refused() -> None:
    content = content_of(PDF, "file", "a.pdf")
    assert dingnb.file(content) == dingnb.file(PDF, name="a.pdf")
    with pytest.raises(InputError, match="cannot be sent as a picture"):
        dingnb.image(content)
    with pytest.raises(InputError, match="MB"):
        dingnb.file(content_of(PDF + b"x" * (11 << 20), "file", "a.pdf"))


def test_a_path_is_never_taken_for_an_id() -> None:
    with pytest.raises(InputError, match="no file 'report'"):
        dingnb.file(Path("report"))

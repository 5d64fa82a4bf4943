"""The paths of rows: found in the folder that the template or the analyst names, and never outside of it."""

import copy
import pickle
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

import dingnb
from dingnb.clock import BEIJING
from dingnb.errors import InputError, MessageError
from dingnb.media import Media, content_of
from dingnb.media.references import references_in
from dingnb.messages import MISSING
from tests.media.samples import PDF, PNG
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
    return [rendered.attachments[reference].name for reference in references_in(body or b"")]


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


def test_without_a_folder_a_missing_file_is_not_said_to_be_missing_in_one(folder: Path) -> None:
    rendered = dingnb.file("{{ path }}").render_rows({"path": ["11/张三.pdf", str(folder / "b.pdf")]}, 2)
    for row, failure in zip(["11/张三.pdf", str(folder / "b.pdf")], rendered.failures, strict=True):
        assert str(failure.reason) == f"There is no file {row!r}."
        assert "relative paths start at the folder of the notebook" in str(failure.hint)


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


@for_each("copied", [copy.copy, copy.deepcopy, lambda message: pickle.loads(pickle.dumps(message))])  # noqa: S301 - our own bytes
def test_messages_can_be_copied_and_pickled(copied: Callable[[dingnb.Message], dingnb.Message], tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(PDF)
    for message in (
        dingnb.text("Hello {{ first name }}").for_columns(["first name"]),
        dingnb.file(tmp_path / "a.pdf"),
        dingnb.file("{{ path }}", name="{{ name }}.pdf", folder=tmp_path, body_bytes=1_000),
        dingnb.link("a", "b", "https://example.com", PNG),
    ):
        assert message.columns is not None  # compiles its templates
        made = copied(message)
        assert made == message
        assert repr(made) == repr(message)
        assert (made.columns, made.tag_names, made.attachments) == (
            message.columns,
            message.tag_names,
            message.attachments,
        )
        assert [attachment.read() for attachment in made.attachments] == [
            attachment.read() for attachment in message.attachments
        ]


def test_an_empty_path_has_advice_that_fits_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(PDF)
    for message in (text_for(tmp_path), dingnb.file(f"{tmp_path}/{{{{ path }}}}")):
        rendered = message.render_rows({"path": ["a.pdf", MISSING]}, 2)
        [failure] = rendered.failures
        assert str(failure.hint) == "Fill in the path, or leave the row out: there is no default for a file."
    named = dingnb.file("{{ path }}", name="{{ name }}.pdf", folder=tmp_path)
    [failure] = named.render_rows({"path": ["a.pdf"], "name": [MISSING]}, 1).failures
    assert "default(" in str(failure.hint)


def test_arguments_of_another_type_are_named() -> None:
    with pytest.raises(InputError, match="name=3 is not a valid file name"):
        dingnb.file(PDF, name=3)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="folder=3"):
        dingnb.file("{{ path }}", folder=3)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="is a folder"):
        dingnb.file(".")


def test_none_in_place_of_a_figure_or_a_file_is_called_missing() -> None:
    for make, words in ((dingnb.image, "Pass the figure"), (dingnb.file, "Pass a path")):
        with pytest.raises(MessageError, match="The value is missing") as caught:
            make(None)
        assert words in caught.value.hint
    assert dingnb.oa("https://example.com", title="t", image=None).msgtype == "oa"


def test_errors_show_the_start_of_a_long_path(tmp_path: Path) -> None:
    [failure] = text_for(tmp_path).render_rows({"path": ["a" * 200]}, 1).failures
    assert f"'{'a' * 99}…'" in str(failure.reason)

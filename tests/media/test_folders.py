import os
from pathlib import Path

import pandas as pd
import pytest

from dingnb.errors import InputError
from dingnb.media import content_of, resolve_path
from tests.media.samples import PDF
from tests.table_rows import for_each


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "payslips"
    (root / "11").mkdir(parents=True)
    (root / "11" / "张三.pdf").write_bytes(PDF)
    (tmp_path / "secret.pdf").write_bytes(PDF)
    (root / "link.pdf").symlink_to(tmp_path / "secret.pdf")
    (root / "inner.pdf").symlink_to(root / "11" / "张三.pdf")
    (root / "out").symlink_to(tmp_path)
    return root


def test_a_path_in_the_folder_is_found(folder: Path) -> None:
    wanted = folder / "11" / "张三.pdf"
    for given in ("11/张三.pdf", Path("11/张三.pdf"), "./11/张三.pdf", str(wanted), wanted):
        assert resolve_path(given, folder) == wanted
    assert content_of(resolve_path("11/张三.pdf", folder), "file").name == "张三.pdf"


def test_a_folder_may_itself_be_reached_through_a_link(folder: Path, tmp_path: Path) -> None:
    named = tmp_path / "named"
    named.symlink_to(folder)
    for given in ("11/张三.pdf", str(named / "11" / "张三.pdf"), str(folder / "11" / "张三.pdf")):
        assert resolve_path(given, named) == folder / "11" / "张三.pdf"


@for_each("path", ["../secret.pdf", "11/../../secret.pdf", "/etc/passwd", ".."])
def test_a_path_that_leaves_the_folder_is_refused(path: str, folder: Path) -> None:
    with pytest.raises(InputError, match="is outside the folder"):
        resolve_path(path, folder)


@for_each("path", ["11/../11/张三.pdf", "out/../secret.pdf", "11/.."])
def test_a_path_with_dots_is_refused_and_not_called_outside_where_it_is_not(path: str, folder: Path) -> None:
    for given in (path, folder / path):
        with pytest.raises(InputError, match="”, which is not followed"):
            resolve_path(given, folder)


def test_an_absolute_path_beside_the_folder_is_refused(folder: Path) -> None:
    with pytest.raises(InputError, match="is outside the folder"):
        resolve_path(folder.parent / "secret.pdf", folder)


@for_each("path", ["link.pdf", "inner.pdf", "out/secret.pdf"])
def test_a_symbolic_link_is_refused(path: str, folder: Path) -> None:
    with pytest.raises(InputError, match="through a symbolic link"):
        resolve_path(path, folder)


@for_each("path", ["gone.pdf", "11/李四.pdf", "11/张三.pdf/x", "a\0b", "x" * 300])
def test_a_missing_file_is_refused(path: str, folder: Path) -> None:
    with pytest.raises(InputError, match=r"There is no file .* in the folder"):
        resolve_path(path, folder)


@for_each("path", ["payslips/11/张三.pdf", "./payslips/11/张三.pdf"])
def test_a_path_that_repeats_the_folder_says_what_to_leave_out(path: str, folder: Path) -> None:
    with pytest.raises(InputError, match=r"no file .* in the folder.\n.*leave out 'payslips': '11/张三.pdf'"):
        resolve_path(path, folder)
    with pytest.raises(InputError, match="Put the file there"):
        resolve_path(path.replace("张三", "李四"), folder)


@for_each("path", ["11", ".", "11/"])
def test_a_folder_is_refused(path: str, folder: Path) -> None:
    with pytest.raises(InputError, match="is a folder"):
        resolve_path(path, folder)


@for_each("path", ["11\\张三.pdf", "C:\\pay\\a.pdf", "C:a.pdf", "\\\\server\\a.pdf"])
def test_a_path_of_windows_is_called_one(path: str, folder: Path) -> None:
    with pytest.raises(InputError, match="is a Windows path"):
        resolve_path(path, folder)


@for_each("path", [None, float("nan"), pd.NA, "", "  "])
def test_a_missing_path_is_called_missing(path: object, folder: Path) -> None:
    with pytest.raises(InputError, match="The path is empty"):
        resolve_path(path, folder)


@for_each("path", [1, 2.5, ["a"], b"a"])
def test_what_is_not_a_path_is_refused(path: object, folder: Path) -> None:
    with pytest.raises(InputError, match="is not a path"):
        resolve_path(path, folder)


def test_a_pipe_and_an_unreadable_file_are_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(folder / "pipe")
    with pytest.raises(InputError, match="not a regular file"):
        resolve_path("pipe", folder)
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(InputError, match="permission denied"):
        resolve_path("11/张三.pdf", folder)


def test_a_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is no folder"):
        resolve_path("a.pdf", tmp_path / "gone")
    with pytest.raises(InputError, match="There is no folder"):
        resolve_path("a.pdf", "~nobody-is-called-so")

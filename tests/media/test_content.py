import hashlib
import os
import tracemalloc
from pathlib import Path

import pytest

from dingnb.errors import InputError
from dingnb.media import Content, content_of
from tests.media.samples import PDF, REFUSED
from tests.table_rows import for_each


@pytest.fixture
def payslip(tmp_path: Path) -> Path:
    path = tmp_path / "payslip_张三.pdf"
    path.write_bytes(PDF)
    return path


def test_a_file_becomes_a_value_with_its_hash(payslip: Path) -> None:
    content = Content.from_path(payslip, "file")
    assert (content.kind, content.name, content.size, content.mime) == (
        "file",
        payslip.name,
        len(PDF),
        "application/pdf",
    )
    assert content.sha256 == hashlib.sha256(PDF).hexdigest()
    assert content.path == payslip
    assert not content.note
    assert content.read() == PDF
    assert content == content_of(PDF, "file", payslip.name)
    assert hash(content) == hash(Content.from_path(payslip, "file"))


def test_a_relative_path_is_that_of_the_moment(payslip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(payslip.parent)
    content = content_of(payslip.name, "file")
    monkeypatch.chdir("/")
    assert content.read() == PDF


def test_the_bytes_are_not_in_the_repr(payslip: Path) -> None:
    assert "%PDF" not in repr(content_of(PDF, "file", "a.pdf"))
    assert len(repr(Content.from_path(payslip, "file"))) < 300


def test_a_large_file_is_never_held_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "large.pdf"
    with path.open("wb") as file:
        file.write(PDF)
        file.truncate(16 * 2**20)
    tracemalloc.start()
    try:
        content = Content.from_path(path, "file")
        with content.open() as file:
            while file.read(2**16):
                pass
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2 * 2**20


def test_a_suffix_that_is_not_the_contents_is_replaced_and_noted() -> None:
    content = content_of(PDF, "file", "pay.docx")
    assert content.name == "pay.pdf"
    assert str(content.note) == "The content of 'pay.docx' is pdf, so recipients see it as 'pay.pdf'."


def test_a_changed_file_is_refused_by_its_name_on_opening(payslip: Path) -> None:
    content = Content.from_path(payslip, "file")
    payslip.write_bytes(PDF + b"more")
    with pytest.raises(InputError, match=r"payslip_张三\.pdf' has changed"):
        content.open()


def test_a_file_of_the_same_size_and_another_time_is_compared_by_its_hash(payslip: Path) -> None:
    content = Content.from_path(payslip, "file")
    os.utime(payslip, ns=(1, 1))
    assert content.read() == PDF
    payslip.write_bytes(PDF[:-1] + b"!")
    with pytest.raises(InputError, match="has changed"):
        content.open()


def test_a_change_that_leaves_no_trace_is_noticed_before_the_last_byte(payslip: Path) -> None:
    content = Content.from_path(payslip, "file")
    before = payslip.stat()
    payslip.write_bytes(PDF[:-1] + b"!")
    os.utime(payslip, ns=(before.st_atime_ns, before.st_mtime_ns))
    with content.open() as file:
        assert file.read(len(PDF) - 1) == PDF[:-1]
        with pytest.raises(InputError, match="has changed"):
            file.read(1)


def test_a_file_that_shrinks_while_it_is_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(PDF + b"x" * 2**20)
    content = Content.from_path(path, "file")
    with content.open() as file:
        file.read(10)
        os.truncate(path, 20)
        with pytest.raises(InputError, match="has changed"):
            file.read()


def test_a_file_that_was_deleted_is_named(payslip: Path) -> None:
    content = Content.from_path(payslip, "file")
    payslip.unlink()
    with pytest.raises(InputError, match=r"There is no file '.*payslip_张三\.pdf'"):
        content.open()


def test_a_file_that_is_deleted_while_it_is_read_is_read_to_its_end(payslip: Path) -> None:
    with Content.from_path(payslip, "file").open() as file:
        payslip.unlink()
        assert file.read() == PDF


@for_each("path", ["C:\\pay\\a.pdf", "\\\\server\\pay\\a.pdf", "pay\\a.pdf", "D:a.pdf"])
def test_a_path_of_windows_says_so_elsewhere(path: str) -> None:
    with pytest.raises(InputError, match=r"is a Windows path|There is no file"):
        content_of(path, "file")


@for_each("path", ["a" * 5_000, "a\\" + "a" * 5_000, "C:" + "a" * 5_000])
def test_a_path_that_is_too_long_says_so(path: str) -> None:
    with pytest.raises(InputError, match="cannot be read: File name too long") as caught:
        content_of(path, "file")
    assert caught.value.hint == "Check the path, and whether the file opens in another program."
    with pytest.raises(InputError, match="cannot be read: File name too long"):
        Content.from_record("file", "a.pdf", "", 1, "application/pdf", path).check_unchanged()


def test_a_missing_file_a_folder_and_a_pipe_are_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name, words in (("gone.pdf", "There is no file"), (".", "is a folder"), ("pipe", "not a regular file")):
        with pytest.raises(InputError, match=words):
            content_of(tmp_path / name, "file")
    (tmp_path / "file").write_bytes(PDF)
    for bad in (tmp_path / "file" / "a.pdf", tmp_path / ("a" * 300), "a\0b"):
        with pytest.raises(InputError, match=r"There is no file|cannot be read"):
            content_of(bad, "file")


def test_a_file_without_permission_says_so(payslip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> object:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(InputError, match="cannot be read: permission denied"):
        content_of(payslip, "file")


def test_empty_and_too_large_files_are_refused_without_reading_them(tmp_path: Path) -> None:
    empty, large = tmp_path / "empty.pdf", tmp_path / "large.pdf"
    empty.touch()
    with large.open("wb") as file:
        file.truncate(21 * 2**20)
    with pytest.raises(InputError, match="is empty"):
        content_of(empty, "file")
    with pytest.raises(InputError, match=r"is 21\.0 MB; DingTalk accepts at most 20 MB"):
        content_of(large, "file")


def test_a_web_page_by_the_name_of_a_pdf_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(REFUSED["html"])
    with pytest.raises(InputError, match=r"its content is a web page"):
        content_of(tmp_path / "a.pdf", "file")

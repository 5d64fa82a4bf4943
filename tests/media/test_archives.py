import io
import struct
import tracemalloc
import zipfile
import zlib

import pytest

from dingnb.errors import InputError
from dingnb.media import ZipArchive, archives
from tests.media.samples import PDF
from tests.table_rows import for_each

MB = 2**20


def packed(files: dict[str, bytes], **options: int) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, **options) as made:
        for name, data in files.items():
            made.writestr(name, data)
    return file.getvalue()


def renamed(name: bytes, extra: bytes = b"") -> bytes:
    """Return an archive whose only name has these bytes, without the mark of UTF-8."""
    placeholder = "x" * len(name)
    info = zipfile.ZipInfo(placeholder)
    info.extra = extra
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        made.writestr(info, PDF)
    return file.getvalue().replace(placeholder.encode(), name)


def test_files_are_listed_and_read_in_order() -> None:
    archive = ZipArchive(packed({"b/张三.pdf": PDF, "a.pdf": b"1", "b/": b""}), "pay.zip")
    assert [(member.path, member.name, member.size) for member in archive.members] == [
        ("b/张三.pdf", "张三.pdf", len(PDF)),
        ("a.pdf", "a.pdf", 1),
    ]
    assert archive.read(archive.members[0]) == PDF


def test_folders_may_be_separated_by_backslashes_also_in_names_marked_as_utf_8() -> None:
    archive = ZipArchive(packed({"工资条\\七月\\张三.pdf": PDF, "空\\": b"", "empty\\": b""}), "pay.zip")
    [member] = archive.members
    assert (member.path, member.name, archive.read(member)) == ("工资条/七月/张三.pdf", "张三.pdf", PDF)


@for_each(
    ("raw", "expected"),
    [
        ("工资条/张三.pdf".encode("gbk"), "工资条/张三.pdf"),
        ("工资条\\李四.pdf".encode("gbk"), "工资条/李四.pdf"),
        ("王五.pdf".encode(), "王五.pdf"),
        ("𠮷野.pdf".encode("gb18030"), "𠮷野.pdf"),
        (b"plain.pdf", "plain.pdf"),
        (b"caf\x82\xff.pdf", "café\u00a0.pdf"),
    ],
)
def test_names_are_as_they_were_packed(raw: bytes, expected: str) -> None:
    archive = ZipArchive(renamed(raw), "pay.zip")
    assert [member.path for member in archive.members] == [expected]
    assert archive.read(archive.members[0]) == PDF


def test_a_name_in_the_extra_field_counts_as_long_as_it_is_of_the_plain_one() -> None:
    raw, name = b"??.pdf", "张三.pdf".encode()
    for checksum, expected in ((zlib.crc32(raw), "张三.pdf"), (1, "??.pdf")):
        extra = struct.pack("<HHBI", 0x7075, 5 + len(name), 1, checksum) + name
        assert ZipArchive(renamed(raw, extra), "pay.zip").members[0].path == expected


def test_files_of_systems_and_links_are_left_out() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        for name in ("__MACOSX/._a.pdf", ".DS_Store", "b/.DS_Store", "Thumbs.db", "b/._a.pdf", "a.pdf"):
            made.writestr(name, PDF)
        link = zipfile.ZipInfo("link.pdf")
        link.create_system, link.external_attr = 3, 0o120777 << 16
        made.writestr(link, "/etc/passwd")
    assert [member.path for member in ZipArchive(file.getvalue(), "pay.zip").members] == ["a.pdf"]


def test_a_name_that_leads_out_is_only_a_name() -> None:
    archive = ZipArchive(packed({"../../etc/cron.d/x.pdf": PDF}), "pay.zip")
    assert (archive.members[0].name, archive.read(archive.members[0])) == ("x.pdf", PDF)


@for_each("content", [b"", b"PK", PDF, packed({"a": b"1"})[:-10]])
def test_what_is_no_archive_is_refused(content: bytes) -> None:
    with pytest.raises(InputError, match=r"'pay\.zip' is not a valid zip archive"):
        ZipArchive(content, "pay.zip")


@for_each("files", [{}, {"pay/": b""}, {"pay/": b"", "__MACOSX/._pay": b"x", "pay/.DS_Store": b"x"}])
def test_an_archive_without_files_is_refused(files: dict[str, bytes]) -> None:
    with pytest.raises(InputError, match=r"'pay\.zip' contains no files"):
        ZipArchive(packed(files), "pay.zip")


def test_an_archive_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_UNPACKED_BYTES", 2 * MB)
    content = packed({f"{n}.pdf": b"\0" * MB for n in range(3)})
    with pytest.raises(InputError, match="unpacks to 3 MB; the maximum is 2 MB"):
        ZipArchive(content, "pay.zip")


def test_an_archive_with_too_many_files_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_FILES", 2)
    with pytest.raises(InputError, match="contains 3 files; the maximum is 2"):
        ZipArchive(packed({str(n): b"1" for n in range(3)}), "pay.zip")


def test_a_file_that_is_too_large_is_refused_without_unpacking_it() -> None:
    archive = ZipArchive(packed({"a.pdf": b"\0" * (21 * MB)}), "pay.zip")
    tracemalloc.start()
    try:
        with pytest.raises(InputError, match=r"'a\.pdf' is 21\.0 MB"):
            archive.read(archive.members[0])
        assert tracemalloc.get_traced_memory()[1] < MB
    finally:
        tracemalloc.stop()


def lying(size: int) -> bytes:
    """Return an archive of 30 MB of zeros that says its file has `size` bytes."""
    content = packed({"a.pdf": b"\0" * (30 * MB)})
    return content.replace(struct.pack("<I", 30 * MB), struct.pack("<I", size))


def test_the_size_of_a_file_that_is_slightly_too_large_is_rounded_up() -> None:
    archive = ZipArchive(packed({"a.pdf": bytes(archives.MAX_FILE_BYTES + 1)}), "a.zip")
    with pytest.raises(InputError, match=r"'a.pdf' is 20.1 MB; DingTalk accepts at most 20 MB"):
        archive.read(archive.members[0])


def test_a_file_that_unpacks_to_more_than_it_says_is_refused_within_bounds() -> None:
    archive = ZipArchive(lying(1_000), "pay.zip")
    tracemalloc.start()
    try:
        with pytest.raises(InputError, match="damaged"):
            archive.read(archive.members[0])
        assert tracemalloc.get_traced_memory()[1] < 4 * MB
    finally:
        tracemalloc.stop()


def test_files_that_share_their_data_are_refused() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("a.pdf", b"x" * 100)
        made.writestr("b.pdf", b"x" * 100)
        made.infolist()[1].header_offset = made.infolist()[0].header_offset
    with pytest.raises(InputError, match="overlap"):
        ZipArchive(file.getvalue(), "pay.zip")


def test_a_file_behind_a_password_says_so() -> None:
    content = bytearray(packed({"a.pdf": PDF}))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    archive = ZipArchive(bytes(content), "pay.zip")
    with pytest.raises(InputError, match="protected by a password"):
        archive.read(archive.members[0])


@for_each("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_damaged_file_is_named(method: int) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as made:
        made.writestr("a.pdf", PDF)
        made.writestr("b.pdf", b"1")
    content = bytearray(file.getvalue())
    content[60] ^= 0xFF
    archive = ZipArchive(bytes(content), "pay.zip")
    with pytest.raises(InputError, match=r"'a\.pdf' is damaged"):
        archive.read(archive.members[0])
    assert archive.read(archive.members[1]) == b"1"

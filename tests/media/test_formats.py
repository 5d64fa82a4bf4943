import io
import re
from pathlib import Path

import pytest

from dingnb.errors import InputError
from dingnb.media.formats import FORMATS, KINDS, check_size, find_kind, format_of, recognize
from dingnb.words import set_language
from tests.media.samples import REFUSED, SAMPLES, archive, ole
from tests.table_rows import for_each

MB = 2**20


@for_each("name", SAMPLES)
def test_a_format_is_recognized_by_its_content(name: str) -> None:
    assert format_of(io.BytesIO(SAMPLES[name])) == name


@for_each("name", SAMPLES)
def test_every_format_is_accepted_by_one_kind_and_refused_by_the_others(name: str) -> None:
    accepting = [kind for kind in KINDS.values() if name in kind.formats]
    assert len(accepting) == 1
    for kind in KINDS.values():
        if kind in accepting:
            assert recognize(io.BytesIO(SAMPLES[name]), kind, "x") == FORMATS[name]
        else:
            with pytest.raises(InputError, match=r"'x\.bin' cannot be sent as") as caught:
                recognize(io.BytesIO(SAMPLES[name]), kind, "x.bin")
            assert repr(accepting[0].name) in caught.value.hint


@for_each("name", REFUSED)
def test_what_dingtalk_does_not_accept_is_refused_in_both_languages(name: str) -> None:
    for language, words in (("en", "its content is"), ("zh", "其内容是")):
        set_language("zh" if language == "zh" else "en")
        with pytest.raises(InputError, match=words) as caught:
            recognize(io.BytesIO(REFUSED[name]), KINDS["file"], "payslip.pdf")
        assert "payslip.pdf" in caught.value.what
        assert "pptx" in caught.value.hint
    set_language("en")


def test_a_pdf_that_is_a_web_page_is_called_a_web_page() -> None:
    with pytest.raises(InputError, match=r"'a\.pdf' cannot be sent as a file: its content is a web page") as caught:
        recognize(io.BytesIO(REFUSED["html"]), KINDS["file"], "a.pdf")
    # Many programs export tables as web pages called .xls.
    assert "If it is an error page, download the file again; if it is a table" in caught.value.hint


def test_a_picture_that_is_sent_as_a_file_names_the_kind_to_use() -> None:
    with pytest.raises(InputError, match="'image'"):
        recognize(io.BytesIO(SAMPLES["png"]), KINDS["file"], "chart.png")


def test_a_long_text_is_one_also_if_its_beginning_ends_within_a_character() -> None:
    for encoding in ("utf-8", "gb18030"):
        for start in range(4):
            content = b"," * start + "工资条，请查收。𠀀".encode(encoding) * 2_000
            assert format_of(io.BytesIO(content)) == "text"


@for_each("member", ["word/document2.xml", "xl/workbook22.xml", "ppt/presentation3.xml"])
def test_an_office_document_whose_main_part_has_a_number_is_no_zip_archive(member: str) -> None:
    expected = {"word": "docx", "xl": "xlsx", "ppt": "pptx"}[member.partition("/")[0]]
    assert format_of(io.BytesIO(archive("[Content_Types].xml", member))) == expected


def test_encrypted_office_documents_are_told_apart_by_their_suffix_alone() -> None:
    content = ole("EncryptedPackage")
    found = [format_of(io.BytesIO(content), name) for name in ("a.docx", "a.PPTX", "a.xlsx", "a")]
    assert found == ["docx", "pptx", "xlsx", "xlsx"]


@for_each("name", ["a.xls", "a.doc", "a.PPT"])
def test_an_office_document_with_another_one_embedded_is_what_its_suffix_says(name: str) -> None:
    content = ole("Workbook") + "WordDocument".encode("utf-16-le") + "PowerPoint Document".encode("utf-16-le")
    assert format_of(io.BytesIO(content), name) == name[2:].lower()
    assert format_of(io.BytesIO(content), "a") == format_of(io.BytesIO(content), "a.pdf") == "doc"


def test_a_name_across_two_pieces_of_a_large_document_is_found() -> None:
    start = ole("")[: 2**18 - 9].ljust(2**18 - 9, b"\0")
    assert format_of(io.BytesIO(start + "WordDocument".encode("utf-16-le") + b"\0" * 100)) == "doc"


def test_a_damaged_archive_says_so() -> None:
    with pytest.raises(InputError, match=r"'a\.zip' is damaged"):
        recognize(io.BytesIO(SAMPLES["zip"][:-30]), KINDS["file"], "a.zip")


@pytest.mark.parametrize(
    ("kind", "most"), [("image", 20 * MB), ("file", 20 * MB), ("video", 20 * MB), ("voice", 2 * MB)]
)
def test_a_size_is_checked_at_its_limit(kind: str, most: int) -> None:
    check_size("x", most, KINDS[kind].max_bytes)
    with pytest.raises(InputError, match="DingTalk accepts at most"):
        check_size("x", most + 1, KINDS[kind].max_bytes)


@pytest.mark.parametrize(("size", "shown"), [(21 * MB, "21.0"), (21 * 10**6, "20.1"), (20 * MB + 1, "20.1")])
def test_21_mb_are_too_large_by_either_megabyte(size: int, shown: str) -> None:
    with pytest.raises(InputError, match=rf"'x' is {shown} MB; DingTalk accepts at most 20 MB"):
        check_size("x", size, KINDS["file"].max_bytes)


def test_an_empty_file_is_refused() -> None:
    with pytest.raises(InputError, match=r"'x' is empty \(0 bytes\)"):
        check_size("x", 0, KINDS["file"].max_bytes)


@for_each("kind", ["picture", "", None, 1])
def test_an_unknown_kind_is_refused(kind: object) -> None:
    with pytest.raises(InputError, match='"image", "file", "voice" or "video"'):
        find_kind(kind)


def test_the_table_is_that_of_the_documentation() -> None:
    page = (Path(__file__).parents[2] / "docs" / "dingtalk.md").read_text(encoding="utf-8")
    section = page.partition("\n## Media\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| ([\d]+) MB \| ([\w ]+) \|", section, re.MULTILINE)
    assert {name: (int(size) * MB, set(formats.split())) for name, size, formats in rows} == {
        kind.name: (kind.max_bytes, set(kind.formats)) for kind in KINDS.values()
    }

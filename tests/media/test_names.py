from hypothesis import given
from hypothesis import strategies as st

from dingnb.media.content import MAX_NAME_BYTES, safe_name
from dingnb.media.formats import FORMATS
from tests.table_rows import for_each

PDF = FORMATS["pdf"]


@for_each(
    ("name", "expected"),
    [
        ("工资条_张三.pdf", "工资条_张三.pdf"),
        ("🎉👨‍👩‍👧 bonus.pdf", "🎉👨‍👩‍👧 bonus.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("..", "file.pdf"),
        ("a/../", "file.pdf"),
        ("C:\\Users\\me\\pay.PDF", "pay.PDF"),
        ("pay.docx", "pay.pdf"),
        ("pay.2026.11", "pay.2026.11.pdf"),
        ('a<b>:"c|d?e*.pdf', "a_b___c_d_e_.pdf"),
        ("a\r\nb\0\u202e.pdf", "ab.pdf"),
        ("  . a . .pdf", "a.pdf"),
        ("e\u0301.pdf", "\u00e9.pdf"),
        (".pdf", "file.pdf"),
        ("\u0301" * 300 + ".pdf", "file.pdf"),
        ("\u0301" * 300 + "a.pdf", "file.pdf"),
        ("\u200d.pdf", "file.pdf"),
        ("\ufe0f\u200d.pdf", "file.pdf"),
    ],
)
def test_a_name_is_safe_to_send(name: str, expected: str) -> None:
    assert safe_name(name, PDF) == expected


@for_each("letter", ["a", "工", "🎉"])
def test_a_name_of_200_characters_is_shortened_and_keeps_its_suffix(letter: str) -> None:
    name = safe_name(letter * 200 + ".pdf", PDF)
    assert len(name.encode()) <= MAX_NAME_BYTES
    assert name.removesuffix(".pdf") == letter * (len(name) - 4)
    assert len(name.encode()) > MAX_NAME_BYTES - 8


@for_each("drawn", ["👨‍👩‍👧", "👍🏽", "❤️", "1️⃣", "🇨🇳", "q\u0323\u0301"])
def test_emoji_and_accented_letters_are_not_cut_in_two(drawn: str) -> None:
    for before in range(MAX_NAME_BYTES):
        name = safe_name("a" * before + drawn + "b" * MAX_NAME_BYTES + ".pdf", PDF)
        assert set(name.removesuffix(".pdf").replace(drawn, "", 1)) <= {"a", "b"}
        assert len(name.encode()) > MAX_NAME_BYTES - len(drawn.encode()) or not before


def test_an_endless_name_is_shortened_at_once() -> None:
    assert safe_name("工" * 10**6 + ".pdf", PDF) == "工" * 65 + ".pdf"


@given(st.text(max_size=300))
def test_any_name_is_safe(name: str) -> None:
    safe = safe_name(name, PDF)
    assert safe.lower().endswith(".pdf")
    assert 4 < len(safe.encode()) <= MAX_NAME_BYTES
    assert not set(safe) & set('/\\<>:"|?*\r\n\0')
    assert safe_name(safe, PDF) == safe

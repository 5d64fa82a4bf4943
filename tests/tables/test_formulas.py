"""Escaping of formulas in text, and preservation of all other text."""

import re
from unicodedata import normalize

from hypothesis import given
from hypothesis import strategies as st

from dingnb.tables.cell_values import BLANK_CHARACTERS
from dingnb.tables.exports import escape_formula, is_formula
from tests.table_rows import for_each

SIGNS = "=+-@|%"
WIDE = "＝＋－＠｜％﹢﹣﹦﹫⁺₌−"
IN_FRONT = st.text(st.sampled_from(BLANK_CHARACTERS + '\t\r\n\x00\x1f"'), max_size=4)


@given(IN_FRONT, st.sampled_from(SIGNS + WIDE), st.text(min_size=1))
def test_a_leading_sign_is_a_formula_despite_any_prefix(front: str, sign: str, rest: str) -> None:
    text = f"{front}{sign}a{rest}"
    assert is_formula(text)
    assert escape_formula(text).startswith("'")


@given(st.text(st.sampled_from("=+-@|%＝－;,\t\r\n\"' 1a.−人"), max_size=12))
def test_no_possible_cell_starts_with_a_formula_sign(text: str) -> None:
    safe = escape_formula(text)
    assert safe.replace("'", "") == text.replace("'", "")
    for part in [safe, *re.split(r"[;\t\r\n]", safe)]:
        seen = part.lstrip(BLANK_CHARACTERS + '"')
        if seen and normalize("NFKC", seen[0])[0] in SIGNS + "−":
            assert re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?|-", part)


@given(st.one_of(st.integers().map(str), st.decimals(allow_nan=False, allow_infinity=False, places=2).map(str)))
def test_a_plain_number_is_unchanged(text: str) -> None:
    assert escape_formula(text) == text


@given(st.text(st.characters(categories=("L", "Nd")), min_size=1))
def test_names_are_unchanged(text: str) -> None:
    assert escape_formula(text) == text


@for_each("text", ["-", "", " ", "王=1", "a-b", "1-2", "it's", "'=1+1", "3 + 4", "50%"])
def test_harmless_text_is_unchanged(text: str) -> None:
    assert escape_formula(text) == text


@for_each(
    ("text", "expected"),
    [
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("\t=1+1", "'\t'=1+1"),
        ("hi;=1+1", "hi;'=1+1"),
        ("1;-5", "1;-5"),
        ("first\r\n- second", "first\r\n'- second"),
        (" ＝1", "' ＝1"),
        ("+86 138", "'+86 138"),
        ("--1", "'--1"),
    ],
)
def test_other_text_gets_an_apostrophe(text: str, expected: str) -> None:
    assert escape_formula(text) == expected

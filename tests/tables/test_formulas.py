"""That no text becomes a formula, however it is dressed, and that what is none stays as it is."""

import re
from unicodedata import normalize

from hypothesis import given
from hypothesis import strategies as st

from dingnb.tables.cells import BLANKS
from dingnb.tables.export_values import defuse, is_formula
from tests.table_rows import for_each

SIGNS = "=+-@|%"
WIDE = "＝＋－＠｜％﹢﹣﹦﹫⁺₌−"
IN_FRONT = st.text(st.sampled_from(BLANKS + '\t\r\n\x00\x1f"'), max_size=4)


@given(IN_FRONT, st.sampled_from(SIGNS + WIDE), st.text(min_size=1))
def test_a_sign_in_front_is_a_formula_whatever_hides_it(front: str, sign: str, rest: str) -> None:
    text = f"{front}{sign}a{rest}"
    assert is_formula(text)
    assert defuse(text).startswith("'")


@given(st.text(st.sampled_from("=+-@|%＝－;,\t\r\n\"' 1a.−人"), max_size=12))
def test_no_part_that_a_program_may_take_for_a_cell_begins_with_a_sign(text: str) -> None:
    safe = defuse(text)
    assert safe.replace("'", "") == text.replace("'", "")
    for part in [safe, *re.split(r"[;\t\r\n]", safe)]:
        seen = part.lstrip(BLANKS + '"')
        if seen and normalize("NFKC", seen[0])[0] in SIGNS + "−":
            assert re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?|-", part)


@given(st.one_of(st.integers().map(str), st.decimals(allow_nan=False, allow_infinity=False, places=2).map(str)))
def test_a_plain_number_stays_one(text: str) -> None:
    assert defuse(text) == text


@given(st.text(st.characters(categories=("L", "Nd")), min_size=1))
def test_names_stay_as_they_are(text: str) -> None:
    assert defuse(text) == text


@for_each("text", ["-", "", " ", "王=1", "a-b", "1-2", "it's", "'=1+1", "3 + 4", "50%"])
def test_what_is_harmless_stays_as_it_is(text: str) -> None:
    assert defuse(text) == text


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
def test_what_is_not_gets_an_apostrophe(text: str, expected: str) -> None:
    assert defuse(text) == expected

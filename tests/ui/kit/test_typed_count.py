from unicodedata import normalize

from hypothesis import given
from hypothesis import strategies as st

from dingnb.ui.kit.typed_count import CountTexts, find_miscount, read_count

TEXTS = CountTexts("results_form.type_count", "form.no_count", "form.other_count", "form.nothing_done")


@given(st.integers(0, 10**9))
def test_a_count_is_parsed_in_common_notations(n: int) -> None:
    for typed in (
        f"{n}",
        f"{n:,}",
        f"{n:_}".replace("_", " "),
        f"{n:_}".replace("_", "'"),
        f" {n:,} 人",
        f"{n} events",
    ):
        assert read_count(typed) == n


@given(st.text(max_size=8))
def test_a_parsed_count_contains_exactly_the_typed_digits(typed: str) -> None:
    n = read_count(typed)
    if n is not None:
        digits = [character for character in normalize("NFKC", typed) if character.isdecimal()]
        assert int("".join(digits)) == n


def test_a_miscount_says_what_was_typed_and_what_is_expected() -> None:
    def said(typed: str, number: int = 5) -> str:
        miscount = find_miscount(typed, number, f"{number} people", TEXTS)
        return "" if miscount is None else f"{miscount.what} {miscount.hint}"

    assert said(" 5人 ") == ""
    assert said(" ") == "Enter the number of people: 5 people. Nothing was done."
    assert said("five") == "“five” is not a number; this affects 5 people. Nothing was done."
    assert said("1,205") == "You entered 1,205, but this affects 5 people. Nothing was done."
    # Nobody can be confirmed.
    assert said("0", 0) == "You entered 0, but this affects 0 people. Nothing was done."

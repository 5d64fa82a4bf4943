from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dingnb.display import Sheet, Table
from dingnb.ui.kit import parts
from dingnb.words import in_language
from tests.table_rows import for_each
from tests.tiers import examples
from tests.ui.steps import HOSTILE, read

TEXT = (
    st.text() | st.sampled_from(HOSTILE) | st.sampled_from(["<b>", "</div>", '"', "'", "&lt;", "&#60;", "<!--", "]]>"])
)
BUILT: dict[str, tuple[Callable[..., str], int]] = {
    "title": (lambda a, b, c: parts.title(a, "LIVE", b, c), 3),
    "heading": (parts.heading, 1),
    "notice": (lambda a, b: parts.notice(a, b, "warn"), 2),
    "notices": (lambda a, b, c: parts.notices([(a, b), (c, "")], "warn"), 3),
    "status": (lambda a: parts.status(parts.quiet(a)), 1),
    "title with the whole below": (lambda a, b: parts.title(a, "LIVE", full_text=b), 2),
    "announcement": (parts.announcement, 1),
    "group": (lambda a, b: parts.group(a, parts.quiet(b)), 2),
    "download": (parts.download_link, 3),
    "counter": (lambda a, b: parts.helper_text(a, b, "bad"), 2),
    "facts": (lambda a, b, c, d: parts.facts([(a, b), (c, d)]), 4),
    "figures": (lambda a, b, c: parts.figures([(a, b, c)]), 3),
    "table": (lambda a, b, c, d: parts.table(a, [b, "h"], [[(c, d), (d, c)]]), 4),
    "lines": (
        lambda a, b, c, d: parts.selectable_table(
            a, [b, "h", c], [(d, a, [parts.Cell(a, b, "bad"), parts.Cell(c, d)])], ["", "", "k"]
        ),
        4,
    ),
    "passage": (parts.passage, 2),
    "steps": (lambda a, b, c: parts.share_bars(a, [(b, 0.5, c, "warn"), (c, 0.0, b, "")]), 3),
    "bar": (lambda a: parts.bar([(0.5, "bad"), (0.2, "")], a), 1),
    "sheet": (lambda a, b, c, d: parts.sheet(Sheet(a, "", ((b, c),), (d,), (Table(a, (b,), ((c,),), d),))), 4),
    "code": (parts.code, 1),
}
MARK = "wwww wwww wwww wwww"
"""A harmless text, longer than a short cell."""


@pytest.mark.parametrize("name", BUILT)
@examples(30)
@given(texts=st.lists(TEXT, min_size=4, max_size=4))
def test_no_text_changes_the_tags_of_a_part(name: str, texts: list[str]) -> None:
    build, n = BUILT[name]
    given_texts = [text or "x" for text in texts[:n]]
    page = read(build(*given_texts))
    plain = read(build(*[MARK] * n))
    assert page.tags == plain.tags
    attributes, expected = (
        # The length of a text decides the lines it gets, which is the only difference it makes.
        Counter(name for name, value in drawn.attributes if value not in {"dn-short-cell", "dn-long", "dn-long-figure"})
        for drawn in (page, plain)
    )
    assert attributes == expected
    [link] = [value for name, value in page.attributes if name == "href"] or [""]
    assert not link or link == given_texts[2]


def test_the_mode_is_named_in_the_language_of_the_form() -> None:
    for language, name in (("en", "SANDBOX"), ("zh", "沙箱")):
        with in_language(language):
            assert f'<span class="dn-mode dn-mode-SANDBOX">{name}</span>' in parts.title("A", "SANDBOX")


def test_a_long_fact_comes_last_on_a_line_of_its_own() -> None:
    html = parts.facts([("Quota", "used " * 12), ("App", "ding…pkey"), ("Message", "Card")])
    assert html.index("App") < html.index("Message") < html.index("Quota")
    assert html.count('class="dn-long"') == 1


def test_a_single_short_fact_has_the_whole_line_as_well() -> None:
    html = parts.facts([("Columns", "name, " * 12), ("Format", "sheet 'May'")])
    assert html.index("Format") < html.index("Columns")
    assert html.count('class="dn-long"') == 2


def test_a_path_is_not_broken_beside_other_facts() -> None:
    facts = [("App", "ding…pkey"), ("Ledger", "/home/li/.local/share/dingnb/x.db"), ("Pace", "up to 20 calls a second")]
    html = parts.facts(facts)
    assert html.index("Pace") < html.index("Ledger")
    assert html.count('class="dn-long"') == 1


def test_several_notes_are_one_notice_and_one_is_no_list() -> None:
    assert parts.notices([]) == ""
    assert parts.notices([("A", "do b")], "warn") == parts.notice("A", "do b", "warn")
    html = parts.notices([("A", "do b"), ("C", "")], "warn")
    assert html.count("dn-notice-warn") == 1
    assert read(html).text == "Ado bC"
    assert html.count("<li>") == 2


@given(TEXT)
def test_every_character_is_shown_and_none_is_invisible(text: str) -> None:
    shown = read(parts.shown(text)).text
    assert shown.isprintable()
    assert not text.isprintable() or shown == text


@given(TEXT)
def test_code_is_shown_unchanged(lines: str) -> None:
    html = parts.code(lines)
    assert not lines or lines.replace("\r", "\n") in read(html).text.replace("\r", "\n")


@given(TEXT)
def test_a_shortened_name_is_short_and_plain(text: str) -> None:
    assert len(parts.short(text)) <= 40
    assert parts.short(text).isprintable()
    assert len(text) > 40 or not text.isprintable() or parts.short(text) == text


def test_long_names_that_differ_only_in_their_ends_still_differ_when_shortened() -> None:
    name = "Year-end bonus for all employees of the group-2026-11-30"
    shortened = [parts.short(text) for text in (name, f"{name}-reminder")]
    assert shortened == ["Year-end bonus for a…he group-2026-11-30", "Year-end bonus for a…2026-11-30-reminder"]


def test_ids_and_addresses_stay_on_one_line_and_sentences_do_not() -> None:
    texts = [
        "010614509203300579",
        "16704679147050064@example.com",
        "Short enough",
        "Too long for a single line",
        "x" * 33,
    ]
    page = parts.table("c", ["h"], [[(text, "") for text in texts]])
    assert [f'<td class="dn-short-cell">{text}' in page for text in texts] == [True, True, True, False, False]


def test_a_long_cell_is_truncated() -> None:
    page = read(parts.table("c", ["h"], [[("x" * 10_000, "y" * 10_000)]]))
    assert page.text.count("x") == page.text.count("y") == 299
    assert "…" in page.text


@for_each(
    ("shares", "now"),
    [([], 0), ([0.5], 50), ([0.4, 0.35], 75), ([1.0], 100), ([0.999], 99), ([0.29], 29), ([0.7, 0.7], 100)],
)
def test_a_bar_states_its_progress(shares: list[float], now: int) -> None:
    page = read(parts.bar([(share, "") for share in shares], "how far"))
    assert ("role", "progressbar") in page.attributes
    assert ("aria-valuenow", str(now)) in page.attributes
    assert page.tags.count("i") == len(shares)


def test_urgent_texts_are_announced_at_once_and_others_politely() -> None:
    assert read(parts.status("x", urgent=True)).attributes == [("role", "alert"), ("aria-live", "assertive")]
    assert read(parts.status("x")).attributes == [("role", "status"), ("aria-live", "polite")]


def test_a_table_is_scrollable_by_keyboard_and_has_column_headers() -> None:
    page = read(parts.table("people", ["a", "b"], [[("1", ""), ("2", "")]]))
    for attribute in (("tabindex", "0"), ("role", "region"), ("aria-label", "people"), ("scope", "col")):
        assert attribute in page.attributes


def test_a_duration_that_would_not_fit_on_a_line_of_its_tile_is_smaller_than_numbers() -> None:
    values = ("4,992", "约 1 秒", "约 4 分 10 秒", "about 1 s", "about 4 min 10 s")
    drawn = [parts.figures([("", value, "")]) for value in values]
    assert ["dn-long-figure" in tile for tile in drawn] == [False, False, True, True, True]
    # It has two lines, of which none starts with a unit.
    assert "about 4&nbsp;min 10&nbsp;s" in drawn[-1]

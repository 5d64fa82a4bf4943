import datetime as dt
import os
import sys
from decimal import Decimal
from enum import Enum

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from dingnb.errors import InputError
from dingnb.messages import MISSING, Message, markdown, oa, text
from dingnb.messages.bounds import upper_bound
from dingnb.messages.environment import ENVIRONMENT
from dingnb.messages.facts import ColumnFacts, facts_of, longest_bytes
from dingnb.messages.filter_bounds import MOST_BYTES_A_CHARACTER, MOST_GROWTH_OF_A_CASE
from dingnb.messages.shown import sharp

ROOM = 10**7
SOAK = bool(os.environ.get("DINGNB_SOAK"))


class Sly(str, Enum):  # noqa: UP042 - it is the one that is written otherwise than what it holds
    ONE = "a long text that str() does not show, with a tail to be sure"


class Slyer(dt.date):
    def strftime(self, _form: str) -> str:
        return "any text at all, however long it may be"


TEXTS = st.one_of(
    st.text(st.characters(), min_size=1, max_size=30),
    st.text(st.sampled_from('"\\\n\t\x00\x7f月😀ΐßŉİ aA1.,%-'), min_size=1, max_size=40),
    st.sampled_from(
        ["1,234.5", "１２", "1E30", "-1E-30", "0." + "1" * 90, "2026-11-03", "2026年11月3日", "a b c d e f g"]
    ),
)
NUMBERS = st.one_of(
    st.integers(-(10**6), 10**6),
    st.integers(-(10**32), 10**32),
    st.integers(-(10**7), 10**7).map(lambda cents: cents / 100),
    # As templates find them: whole ones are ints, others have the digits of a spreadsheet.
    st.floats(allow_nan=False).map(lambda value: int(sharp(value)) if sharp(value).is_integer() else sharp(value)),
)
DATES = st.dates() | st.datetimes() | st.datetimes(timezones=st.just(dt.timezone(dt.timedelta(hours=8))))
OTHERS = st.sampled_from(
    [
        *(True, False, Decimal("-0"), Decimal("-0.00"), Decimal("1E+5"), Decimal("0.1"), [1, "二"], (), b"a", None),
        *(Sly.ONE, Slyer(2026, 1, 1), dt.timedelta(1), {"a": "月"}),
    ]
)
VALUES = {
    "text": TEXTS,
    "whole": st.integers(-(10**6), 10**6),
    "net": NUMBERS,
    "day": DATES,
    "a b": TEXTS,
    "any": TEXTS | NUMBERS | DATES | OTHERS,
    "sums": NUMBERS | st.decimals(allow_nan=False),
}
ROWS = st.fixed_dictionaries(
    {name: st.lists(one | st.just(MISSING), min_size=4, max_size=4) for name, one in VALUES.items()}
)

WORDS = st.text(st.characters(exclude_characters="{}%#", exclude_categories=["Cs"]), max_size=8)
STRINGS = st.sampled_from(["''", "'a'", "'月\\n'", "'\"'", "' '", "'ß'", "'–'", "'a' 'b'"])
SMALL = st.integers(-3, 40).map(str)
FORMS = st.sampled_from(
    ["%Y", "%Y年%m月%d日", "%-d.%-m.%y", "%H:%M:%S.%f", "%A, %B %d %p", "%j%%", "%", "a\n", "%x", "%Z"]
)
FILTERS = st.one_of(
    st.sampled_from(
        [
            *("money", "number", "percent", "date", "upper", "lower", "title", "capitalize", "trim", "string"),
            *("urlencode", "length", "count", "wordcount", "first", "last", "abs", "int", "float", "round"),
            *("truncate", "default", "money(0)", "money(20)", "money(21)", "money(-1)", "number(3)"),
            *("number(digits=none)", "percent(0)", "percent(digits=3)", "default('–',true)", "trim('a')"),
            *("round(1,'ceil')", "round(-2)", "escape", "join", "list", "sort", "truncate(9,true)"),
            *("truncate(9,false,'月月',0)", "truncate(5,leeway=3)", "truncate(length=4,end='')", "reverse"),
        ]
    ),
    st.tuples(STRINGS, STRINGS).map(lambda pair: f"replace({pair[0]}, {pair[1]})"),
    st.tuples(STRINGS, STRINGS, SMALL).map(lambda three: f"replace({three[0]}, {three[1]}, {three[2]})"),
    FORMS.map(lambda form: f"date({form!r})"),
    SMALL.map(lambda length: f"truncate({length})"),
)
LEAVES = st.sampled_from(["text", "whole", "net", "day", 'row["a b"]', "any", "sums"]) | st.one_of(
    STRINGS, st.sampled_from(["0", "7", "1.5", "1e300", "true", "none", "12345678901234567890"])
)


def _expressions(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pairs = st.tuples(inner, inner)
    return st.one_of(
        st.tuples(inner, FILTERS).map(lambda pair: f"({pair[0]})|{pair[1]}"),
        st.tuples(inner, FILTERS).map(lambda pair: f"({pair[0]})|{pair[1]}"),
        pairs.map(lambda pair: f"({pair[0]})|default({pair[1]})"),
        pairs.map(lambda pair: f"({pair[0]})|replace('a', {pair[1]})"),
        pairs.map(lambda pair: f"({pair[0]}) ~ ({pair[1]})"),
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "and", "or", "//", "%"]), inner).map(
            lambda three: f"({three[0]}) {three[1]} ({three[2]})"
        ),
        pairs.map(lambda pair: f"({pair[0]}) if whole and whole > 3 else ({pair[1]})"),
        inner.map(lambda one: f"({one}) if day is defined"),
        st.tuples(inner, st.sampled_from(["0", "-1", ":3", "-4:", "2:", ":-1", "::-1", ":2:-1", "-9:4", "whole:"])).map(
            lambda pair: f"({pair[0]})[{pair[1]}]"
        ),
        inner.map(lambda one: f"-({one})"),
    )


EXPRESSIONS = st.recursive(LEAVES, _expressions, max_leaves=4)
TAGS = EXPRESSIONS.map(lambda one: f"{{{{ {one} }}}}")
SOURCES = st.recursive(
    st.lists(TAGS | WORDS, min_size=1, max_size=4).map("".join),
    lambda inner: st.tuples(inner, inner, inner).map(
        lambda three: (
            f"{{% if text is defined %}}{three[0]}{{% elif net > 5 %}}{three[1]}{{% else %}}{three[2]}{{% endif %}}"
        )
    ),
    max_leaves=3,
)


@settings(max_examples=5_000 if SOAK else 200)
@given(SOURCES, SOURCES, ROWS)
def test_no_body_is_longer_than_the_bound(one: str, other: str, rows: dict[str, list[object]]) -> None:
    try:
        message = Message("markdown", (("title", f"t{one}"), ("text", f"t{other}")), ROOM)
    except InputError:
        return
    bound = upper_bound(message, {name: facts_of(values) for name, values in rows.items()})
    sizes = [len(body) for body in message.render_rows(rows, 4).bodies if body is not None]
    event("no bound" if bound is None else "a bound and bodies" if sizes else "a bound and no body")
    assert bound is None or max(sizes, default=0) <= bound


@settings(max_examples=20_000 if SOAK else 500)
@given(EXPRESSIONS, ROWS)
def test_no_value_is_longer_than_the_bound(expression: str, rows: dict[str, list[object]]) -> None:
    try:
        message = text(f"t{{{{ {expression} }}}}", body_bytes=ROOM)
    except InputError:
        return
    bound = upper_bound(message, {name: facts_of(values) for name, values in rows.items()})
    for body in message.render_rows(rows, 4).bodies:
        assert bound is None or body is None or len(body) <= bound


@given(st.lists(TEXTS | NUMBERS | DATES, min_size=1), WORDS)
def test_of_texts_and_columns_the_bound_is_the_largest_body(values: list[object], words: str) -> None:
    message = text(f"t{words}{{{{ text }}}}", body_bytes=ROOM)
    sizes = [len(body) for body in message.render_rows({"text": values}, len(values)).bodies if body is not None]
    if len(sizes) == len(values):
        assert upper_bound(message, {"text": facts_of(values)}) == max(sizes)


@pytest.mark.parametrize(
    ("source", "values"),
    [
        ("{{ a | default('–') }}", ["", MISSING]),
        ("{{ a | default('–') }}", ["long", MISSING]),
        ("{% if a %}{{ a }} is here{% else %}nobody{% endif %}", ["Ann", 0]),
        ("{{ 'yes, indeed' if a else 'no' }}", [1, 0]),
        ("{{ a | money }}", [1, -1_234_567.891]),
        ("{{ a | money(0) }}", [999.5, 1]),
        ("{{ a | percent }}", [0.1234, -12]),
        ("{{ a | number }}", [1_234_567, -5]),
        ("{{ a | number(2) }}", [1_234.5, 3]),
        ("{{ a | date }}", ["2026-11-03", dt.date(2026, 1, 1)]),
        ("{{ a | date('%Y年%m月%d日') }}", [dt.date(2026, 1, 1)]),
        ("{{ a ~ ', \"' ~ a }}", ["x\n", "月"]),
        ("{{ a | trim }}{{ a | string }}", ["ab", "c"]),
        ("{{ a[-4:] }}", ["13900001234"]),
        ("{{ a | truncate(20) }}", ["short", "not so long"]),
        ("{{ a | upper }}", [1, 2.5]),
        ("{{ a | int }}", [1.5, -200.5]),
        ("{{ a | replace('-', '月') }}", ["----"]),
    ],
)
def test_the_bound_is_tight_where_templates_are_usual(source: str, values: list[object]) -> None:
    message = text(f"t{source}", body_bytes=ROOM)
    sizes = [len(body) for body in message.render_rows({"a": values}, len(values)).bodies if body is not None]
    bound = upper_bound(message, {"a": facts_of(values)})
    if source == "{{ a[-4:] }}":
        # Of a part nobody knows which characters it has.
        assert bound == max(sizes) + 7
    else:
        assert bound == max(sizes)


@pytest.mark.parametrize(
    ("source", "values"),
    [
        ("{{ a | percent }}", ["-" + "9" * 31]),
        ("{{ a | money }}", ["9" * 31 + ".999"]),
        ("{{ a | money }}", [0, Decimal("-0")]),
        ("{{ a | percent(0) }}", [Decimal("-0.00")]),
        ("{{ a | number }}", ["-1.5E-30"]),
        ("{{ a | number }}", ["1E30"]),
        ("{{ (a / 0.5) | int }}", [-(10**300)]),
        ("{{ a | replace('', 'xy') }}", ["ab"]),
        ("{{ a[:0:-1] }}", ["abcdefghij"]),
        ("{{ a + a }}", [99]),
        ("{{ a - 99 }}", [-5]),
        ("{{ a * a }}", [-99]),
        ("{{ -a }}", [99]),
        ("{{ a / 3 }}", [-1]),
        ("{{ a | truncate(4, true, '月', 0) }}", ["\x00" * 9]),
        ("{{ a | truncate(9, false, '...', 5) }}", ["\x00" * 14]),
        ("{{ a | upper }}", ["ΐ" * 9]),
        ("{{ a | urlencode }}", ["月"]),
        ("{{ a | date('%A %B %p') }}", [dt.date(2026, 9, 2)]),
    ],
)
def test_the_bound_holds_where_a_filter_makes_the_most_of_a_value(source: str, values: list[object]) -> None:
    message = text(f"t{source}", body_bytes=ROOM)
    bound = upper_bound(message, {"a": facts_of(values)})
    texts, failures = message.open_templates["content"].render_rows({"a": values}, len(values))
    assert failures == []
    assert bound is not None
    assert message.fixed_bytes + longest_bytes(texts) <= bound


@pytest.mark.parametrize(
    "source",
    [
        "{% set b = a %}{{ b }}",
        "{% for one in a %}{{ one }}{% endfor %}",
        "{% filter upper %}{{ a }}{% endfilter %}",
        "{% with b = a %}{{ b }}{% endwith %}",
        "{{ [a] }}",
        "{{ a | join(', ') }}",
        "{{ a | escape }}",
        "{{ 'a' * a }}",
        "{{ a ** 2 }}",
        "{{ '%s' | format(a) }}",
        "{{ a | date(a) }}",
        "{{ a | money(a) }}",
        "{{ a | replace(a, 'b') }}",
        "{{ a | truncate(a) }}",
        "{{ a | money(*[1]) }}",
        "{{ b }}{{ a }}",
    ],
)
def test_of_what_is_not_known_no_bound_is_told(source: str) -> None:
    assert upper_bound(text(f"t{source}", body_bytes=ROOM), {"a": facts_of(["x", 1])}) is None


@pytest.mark.parametrize("value", [Sly.ONE, Slyer(2026, 1, 1)])
@pytest.mark.parametrize("name", ["upper", "date", "trim", "money", "replace('a', 'b')", "truncate"])
def test_values_with_a_way_of_their_own_to_be_written_have_no_bound_in_filters(value: object, name: str) -> None:
    assert upper_bound(text(f"t{{{{ a | {name} }}}}"), {"a": facts_of([value])}) is None
    assert upper_bound(text("t{{ a ~ a }}"), {"a": facts_of([value])}) is not None


def test_a_bound_counts_all_fields_and_needs_no_columns() -> None:
    card = oa(
        "https://example.com/?q={{ q | urlencode }}", title="100 %", form={"{{ k }}": '"{{ v }}"'}, body_bytes=ROOM
    )
    rows: dict[str, list[object]] = {"q": ["月"], "k": ['"'], "v": [5]}
    [body] = card.render_rows(rows, 1).bodies
    assert body is not None
    assert upper_bound(card, {name: facts_of(values) for name, values in rows.items()}) == len(body)
    [body] = markdown("a", "b\n%s").render_rows({}, 1).bodies
    assert body is not None
    assert upper_bound(markdown("a", "b\n%s"), {}) == len(body)


def test_a_column_without_any_value_adds_nothing() -> None:
    assert upper_bound(text("t{{ a }}"), {"a": ColumnFacts(missing=5)}) == upper_bound(text("t"), {})


def test_no_character_grows_more_than_the_bounds_allow() -> None:
    cases = [ENVIRONMENT.filters[name] for name in ("upper", "lower", "title", "capitalize")]
    for character in map(chr, range(sys.maxunicode + 1)):
        size = longest_bytes([character])
        assert size <= MOST_BYTES_A_CHARACTER
        for case in cases:
            changed = case(character)
            if changed != character:
                assert len(changed) <= MOST_GROWTH_OF_A_CASE
                assert longest_bytes([changed]) <= min(size * MOST_GROWTH_OF_A_CASE, MOST_BYTES_A_CHARACTER)

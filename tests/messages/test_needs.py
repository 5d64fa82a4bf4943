import datetime as dt

from dingnb.messages import MISSING, markdown, text
from dingnb.messages.message import needed_columns
from tests.table_rows import for_each


@for_each(
    ("source", "needed"),
    [
        ("{{ a }}{{ b }}", ("a", "b")),
        ("{{ a | default('–') }}{{ b }}", ("b",)),
        ("{{ (a | default(b)) | upper }}", ()),
        ("{% if a is defined %}{{ b }}{% endif %}", ("b",)),
        ("{% if a %}x{% else %}{{ b }}{% endif %}", ("a",)),
        ("{{ b if a == 'other' else 'x' }}", ("a",)),
        ("{{ a ~ b | default('') }}", ("a",)),
        ("{{ a is defined }}{{ b is defined }}", ()),
        ('{{ row["b"] }}{{ row["a"] | default(1) }}', ("b",)),
        ("{% for one in a %}{{ one }}{% endfor %}", ("a",)),
        ("nothing", ()),
    ],
)
def test_a_column_is_needed_where_the_row_fails_without_it(source: str, needed: tuple[str, ...]) -> None:
    assert needed_columns(text(f"t{source}"), {"a": "x", "b": "y", "not used": MISSING}) == needed


def test_what_only_its_column_fills_is_needed() -> None:
    message = markdown("{{ a | default('') }}", "{{ b | default('') }}.")
    assert needed_columns(message, {"a": "x", "b": "y"}) == ("a",)


def test_what_the_row_itself_lacks_hides_no_other_column() -> None:
    values = {"a": MISSING, "b": MISSING, "c": "x", "d": MISSING}
    for source in (
        "{{ a | money }}{{ b }}{{ c }}{{ d | default('') }}",
        "{{ c }}{{ b | date }}{{ a | upper }}{{ d|d }}",
    ):
        assert needed_columns(text(f"t{source}"), values) == ("a", "b", "c")


def test_a_row_that_fails_by_itself_is_blamed_on_no_column_that_is_there() -> None:
    values = {"a": "no number", "b": dt.date(2026, 1, 1)}
    assert needed_columns(text("{{ b | default('') }}{{ a | money }}"), values) == ("a",)
    assert needed_columns(text("{{ b }}{{ a | money }}"), values) == ("a", "b")


def test_of_a_missing_value_and_a_row_that_fails_the_needed_are_named() -> None:
    assert needed_columns(text("{{ b }}{{ a | money }}"), {"a": "no number", "b": MISSING}) == ("a", "b")

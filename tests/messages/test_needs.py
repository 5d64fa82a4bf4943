import datetime as dt

from dingnb.messages import MISSING, markdown, text
from dingnb.messages.draft import needed_columns
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


def test_a_field_filled_by_one_column_needs_it() -> None:
    message = markdown("{{ a | default('') }}", "{{ b | default('') }}.")
    assert needed_columns(message, {"a": "x", "b": "y"}) == ("a",)


def test_a_missing_value_hides_no_other_needed_column() -> None:
    values = {"a": MISSING, "b": MISSING, "c": "x", "d": MISSING}
    for source in (
        "{{ a | money }}{{ b }}{{ c }}{{ d | default('') }}",
        "{{ c }}{{ b | date }}{{ a | upper }}{{ d|d }}",
    ):
        assert needed_columns(text(f"t{source}"), values) == ("a", "b", "c")


def test_a_row_that_fails_anyway_is_not_blamed_on_present_columns() -> None:
    values = {"a": "no number", "b": dt.date(2026, 1, 1)}
    assert needed_columns(text("{{ b | default('') }}{{ a | money }}"), values) == ("a",)
    assert needed_columns(text("{{ b }}{{ a | money }}"), values) == ("a", "b")


def test_needed_columns_are_named_for_failing_rows() -> None:
    assert needed_columns(text("{{ b }}{{ a | money }}"), {"a": "no number", "b": MISSING}) == ("a", "b")

import tracemalloc
from datetime import date, datetime, time, timedelta
from uuid import UUID

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dingnb.errors import TemplateError
from dingnb.messages import MISSING
from dingnb.messages.template import Template
from dingnb.tables.cell_values import InexactFloat, to_display, with_display_text
from dingnb.words import set_language
from tests.table_rows import for_each
from tests.tiers import examples

PIECES = [
    "{{ name }}",
    "{{",
    "}}",
    "{%",
    "%}",
    "{#",
    "#}",
    " ",
    "\n",
    "x",
    "name",
    "row",
    '["name"]',
    "row['a b']",
    "|",
    "default",
    "money",
    "upper",
    "attr('x')",
    "format",
    "replace('a', 'bbb')",
    "join",
    "list",
    "(",
    ")",
    "[",
    "]",
    "0",
    "9" * 30,
    "1e999",
    "**",
    "*",
    "%",
    "+",
    "~",
    "-",
    "'a'",
    "''",
    ".",
    "__class__",
    "__globals__",
    "format_map",
    "if",
    "else",
    "endif",
    "for",
    "in",
    "endfor",
    "loop",
    "loop.index",
    "set",
    "=",
    "self",
    "range(9)",
    "is",
    "defined",
    "not",
    ",",
    "{% if name %}",
    "{% endif %}",
    "{% for c in name %}",
    "{% endfor %}",
    "\x00",
    "\ud800",
    "ａ",
    "{{ name | money }}",
    "{{ name[0] }}",
    "macro f()",
    "call",
    "filter upper",
    "endfilter",
    "raw",
    "endraw",
    ":",
    "{'a': 1}",
    "recursive",
    "caller",
    "true",
    "none",
]


class Unwritable:
    def __str__(self) -> str:
        message = "no"
        raise RuntimeError(message)

    __repr__ = __str__


VALUES = st.one_of(
    st.text(max_size=20),
    st.integers(),
    st.floats(),
    st.decimals(),
    st.none(),
    st.booleans(),
    st.dates(),
    st.binary(max_size=5),
    st.lists(st.text(max_size=3), max_size=3),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
    st.sampled_from([MISSING, "{{ name }}", "nan", "\x00", "1E999999999", "-0", "１２", object, Unwritable()]),
)


@given(st.lists(st.sampled_from(PIECES), max_size=12), st.lists(VALUES, max_size=5))
@examples(400)
def test_a_hostile_template_is_refused_or_gives_a_text_or_a_failure_for_each_row(
    pieces: list[str], values: list[object]
) -> None:
    try:
        template = Template("".join(pieces))
    except TemplateError:
        return
    columns = dict.fromkeys(template.columns, values)
    texts, failures = template.render_rows(columns, len(values))
    assert len(texts) == len(values)
    assert all(type(text) is str for text in texts)
    positions = [failure.position for failure in failures]
    assert positions == sorted(set(positions))
    assert all(texts[position] == "" for position in positions)


@for_each(
    ("source", "value", "tag"),
    [
        ("In {{ departments }}.", ("研发中心",), '{{ departments | join("、") }}'),
        ("In {{ 所有 部门 }}.", ["a", "b"], '{{ 所有 部门 | join("、") }}'),
        ("In {{ row['a'] }}.", {"x": 1}, '{{ row["a"]["x"] }}'),
        ("{% if a %}{{ a }}{% endif %}", {"x"}, '{{ a | join("、") }}'),
    ],
)
def test_a_list_that_a_tag_shows_alone_is_refused_with_the_tag_to_write(source: str, value: object, tag: str) -> None:
    template = Template(source)
    (column,) = template.columns
    texts, (failure,) = template.render_rows({column: ["x", value]}, 2)
    assert texts[1] == ""
    assert (failure.position, failure.column) == (1, column)
    assert "is a list" in str(failure.reason)
    assert tag in str(failure.hint)
    _, failures = Template(tag).render_rows({column: [value]}, 1)
    assert failures == []


@for_each(
    ("source", "shown"),
    [
        ("{{ name | list }}", "['a', 'b']"),
        ("{{ name if false else ['a', 'b'] }}", "['a', 'b']"),
        ("{{ name | sort(reverse=true) }}", "['b', 'a']"),
        ("{{ name, 1 }}", "('ab', 1)"),
        ("{{ {'k': name} }}", "{'k': 'ab'}"),
        ("{{ name | list | upper }}", "['a', 'b']"),
        ("{{ 'x' ~ (name | list) }}", "['a', 'b']"),
        ("{{ '%s' | format(name | list) }}", "['a', 'b']"),
        ("{{ '%s: %d' | format(name | list, 3) }}", "['a', 'b']"),
        ("{{ '%(k)s' | format(k=name | list) }}", "['a', 'b']"),
        ("{{ '%s' % (name | list) }}", "['a', 'b']"),
        ("{{ '%s and %s' % (name, name | list) }}", "['a', 'b']"),
        ("{{ [name | list] | join }}", "['a', 'b']"),
        ("{{ [{'k': name | list}] | join('、', attribute='k') }}", "['a', 'b']"),
        ("{% set x = name | list %}{{ x }}", "['a', 'b']"),
        ("{% set x %}{{ name | list }}{% endset %}{{ x }}", "['a', 'b']"),
    ],
)
def test_a_list_made_in_the_template_is_refused_with_what_to_write(source: str, shown: str) -> None:
    texts, [failure] = Template(source).render_rows({"name": ["ab"]}, 1)
    assert texts == [""]
    assert str(failure.reason) == f"{shown} is a list or another collection, which would be shown as in Python."
    assert '{{ … | join("、") }}' in str(failure.hint)


def test_of_a_column_of_dicts_a_value_is_selected_not_all_keys_joined() -> None:
    columns = {"values": [{"菜 1": "Rice", "n": 2}]}
    _, [failure] = Template("{{ values }}").for_columns(columns).render_rows(columns, 1)
    tag = str(failure.hint).partition(": ")[2]
    assert tag == '{{ row["values"]["菜 1"] }}'
    assert Template(tag).for_columns(columns).render_rows(columns, 1) == (["Rice"], [])


@for_each(
    "source",
    [
        "{{ '%s' | format(rate) }}",
        "{{ '%s%.0s' | format(rate, 3) }}",
        "{{ '%(rate)s' | format(rate=rate, n=3) }}",
        "{{ '%s' % rate }}",
        "{{ '%s' % (rate,) }}",
        "{{ [[rate]] | join('、', attribute=0) }}",
        "{{ [{'k': rate}] | join('、', 'k') }}",
        "{{ rate | urlencode | replace('%25', '%') }}",
    ],
)
def test_a_value_in_a_format_a_list_or_an_address_is_written_as_alone(source: str) -> None:
    rates = [with_display_text(0.125, "12.5%"), 0.1 + 0.2]
    assert Template(source).render_rows({"rate": rates}, 2) == (["12.5%", "0.3"], [])


def test_numbers_in_a_format_are_formatted_as_numbers() -> None:
    for source in (
        "{{ '%.1f of %d' | format(n, n) }}",
        "{{ '%.1f of %d' % (n, n) }}",
        "{{ '%(n).1f of 3' % {'n': n} }}",
    ):
        assert Template(source).render_rows({"n": [with_display_text(3.14, "3")]}, 1) == (["3.1 of 3"], [])


@for_each("source", ["Dear {{ 姓名 }}", "Dear {{ 姓名 | upper }}", "{% if 姓名 == '张三' %}Boss{% endif %}"])
@for_each("value", ["张三".encode(), bytearray(b"x"), ["a", b"x"]])
def test_bytes_are_refused_rather_than_shown_as_in_python(source: str, value: object) -> None:
    texts, failures = Template(source).render_rows({"姓名": ["张三", value]}, 2)
    assert texts[1] == ""
    assert [(failure.position, failure.column) for failure in failures] == [(1, "姓名")]
    if not isinstance(value, list):
        assert "is bytes instead of text" in str(failures[0].reason)
        assert 'frame["姓名"].str.decode("utf-8")' in str(failures[0].hint)


@given(st.lists(VALUES, max_size=8))
def test_rows_are_separated_for_any_values(values: list[object]) -> None:
    texts, failures = Template("<{{ name }}>").render_rows({"name": values}, len(values))
    without_text = (type(MISSING), Unwritable, list, tuple, dict, bytes, type)
    no_text = [position for position, value in enumerate(values) if isinstance(value, without_text)]
    assert [failure.position for failure in failures] == no_text
    assert texts == ["" if position in no_text else f"<{to_display(value)}>" for position, value in enumerate(values)]


@for_each(
    "source",
    [
        "{{ name.format.__globals__ }}",
        "{{ name.upper() }}",
        "{{ name|attr('x') }}",
        "{{ ''.join.__self__ }}",
        "{{ name['__class__'] }}",
        "{{ '{0.__class__}'.format(name) }}",
        "{{ name|map(attribute='__class__')|list }}",
        "{{ range(10**9) }}",
        "{% for i in range(10**9) %}{% endfor %}",
        "{{ cycler('a') }}",
        "{{ lipsum(5) }}",
        "{{ self._TemplateReference__context }}",
        "{{ loop.index }}",
        "{{ row.x }}",
        "{% set row = 1 %}{{ row['a'] }}",
        "{% set ns = namespace(x=1) %}",
        "{% include 'x' %}",
        "{% import 'x' as y %}",
        "{% extends 'x' %}",
        "{% block a %}{% endblock %}",
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
        "{% for a in name %}{% for b in name %}{% endfor %}{% endfor %}",
        "{% for a in name recursive %}{{ loop(a) }}{% endfor %}",
        "{{ 5[0] ~ 'x' }}",
        "{{ 5[0] ~ 'x' }}{{ name | nope }}",
        "{{ " + "+".join(["name"] * 60) + " }}",
        "{{ " + "+".join(["name"] * 300) + " }}",
        "{{ " + "(" * 300 + "name" + ")" * 300 + " }}",
        "{{ " + "9" * 5_000 + " }}",
        "{% if name %}" * 120 + "{% endif %}" * 120,
    ],
)
def test_forbidden_features_are_refused_when_the_template_is_created(source: str) -> None:
    with pytest.raises(TemplateError) as caught:
        Template(source)
    assert caught.value.hint


@for_each(
    "source",
    [
        "{{ name['__cla' ~ 'ss__'] }}",
        "{{ name['for' ~ 'mat'] }}",
        "{{ 'a' * 10**9 }}",
        "{{ name * 999999999 }}",
        "{{ [1] * 10**8 }}",
        "{{ 10**10**10 }}",
        "{{ '%999999999d' % 1 }}",
        "{{ '%*d'|format(999999999, 1) }}",
        "{{ '%(a)999999999d' | format(a=1) }}",
        "{{ '%(a(b))999999999d' % {'a(b)': 1} }}",
        "{{ '%%%(a(b))999999999d' % {'a(b)': 1} }}",
        "{{ name|replace('', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa')"
        + "|replace('a', 'aaaaaaaaaaaaaaaaaaaa')" * 6
        + " }}",
        "{{ 1.5|round(10**9, 'ceil') }}",
        "{{ 1|money(10**9) }}",
        "{% for a in name * 500 %}{{ 'x' * 99999 }}{% endfor %}",
        "{{ 1 / 0 }}",
        "{{ name|truncate(1) }}",
        "{{ name|sort(attribute='__class__') }}",
    ],
)
def test_growth_or_forbidden_access_at_run_time_fails_the_row(source: str) -> None:
    template = Template(source)
    texts, failures = template.render_rows({name: ["ab", "cd"] for name in template.columns}, 2)
    assert (texts, [failure.position for failure in failures]) == (["", ""], [0, 1])


@pytest.mark.parametrize(
    ("source", "line", "column"),
    [("{{ name", 1, 1), ("a\n {{ name | nope }}", 2, 2), ("x {% if %}", 1, 3), ("{{ a }}\n\nbc{% endif %}", 3, 3)],
)
def test_a_syntax_error_has_its_line_and_column(source: str, line: int, column: int) -> None:
    with pytest.raises(TemplateError, match=rf"markdown\.text .*\(line {line}, column {column}\)"):
        Template(source, "markdown.text")


def test_a_missing_value_is_never_written_in_any_form() -> None:
    for source in (
        "{{ a }}",
        "{{ [a] }}",
        "{{ (a, 1) }}",
        "{{ {'k': a} }}",
        "{{ a ~ 'x' }}",
        "{{ a|upper }}",
        "{{ a or 'x' }}",
    ):
        texts, [failure] = Template(source).render_rows({"a": [MISSING]}, 1)
        assert (texts, failure.column) == ([""], "a")
    assert Template("{{ a | default('-') }}").render_rows({"a": [MISSING, "b"]}, 2) == (["-", "b"], [])


@for_each(
    ("source", "text"),
    [
        ("{{ a }}", ""),
        ("{{ a | join('、') }}", ""),
        ("{{ a[1] }}", ""),
        ("{{ a | last }}", ""),
        ("{{ a[1:] | sum }}", ""),
        ("{% for one in a %}{{ one }}{% endfor %}", ""),
        ("{{ a | default('-') | join }}", ""),
        ("{{ a[0] }}", "x"),
        ("{{ a | length }}", "2"),
        ("{{ a[1] | default('-') }}", "-"),
        ("{% if a[1] is defined %}y{% else %}n{% endif %}", "n"),
        ("{% for one in a if one is defined %}{{ one }};{% endfor %}", "x;"),
        ("{% for one in a %}{{ one | default('?') }};{% endfor %}", "x;?;"),
    ],
)
def test_a_missing_element_is_missing_where_it_is_used(source: str, text: str) -> None:
    for cell in (["x", MISSING], ("x", MISSING)):
        texts, failures = Template(source).render_rows({"a": [cell], "b": [MISSING]}, 1)
        assert texts == [text]
        assert [(failure.column, failure.reason.key) for failure in failures] == (
            [] if text else [("a", "template.missing_element")]
        )


def test_a_missing_value_of_a_dict_is_missing_where_it_is_used() -> None:
    cells = {"a": [{"k": "x", "n": MISSING}] * 3}
    assert Template("{{ a['k'] }}{{ a['n'] | default('-') }}").render_rows(cells, 3) == (["x-"] * 3, [])
    for source in ("{{ a }}", "{{ a['n'] }}", "{{ [a] }}"):
        texts, failures = Template(source).render_rows(cells, 3)
        assert (texts, [failure.column for failure in failures]) == ([""] * 3, ["a"] * 3)


def test_the_reason_for_a_missing_element_says_how_to_leave_it_out() -> None:
    [failure] = Template("{{ row['a b'] | join }}").render_rows({"a b": [["x", [MISSING]]]}, 1)[1]
    assert str(failure.reason) == "A value inside the column 'a b' is empty, but the template needs it."
    assert str(failure.hint).endswith("skip it in the template: {% for … in … if … is defined %}")


def test_a_filter_that_cannot_be_applied_to_a_list_names_its_column() -> None:
    [failure] = Template("{{ a | sum }}").render_rows({"a": [["x", MISSING]]}, 1)[1]
    assert failure.column == "a"
    assert "['x', MISSING]" in str(failure.reason)


class _Figure:
    def __str__(self) -> str:
        return "Figure(640x480)"


@for_each("value", [_Figure(), 1j, for_each, pd.DataFrame({"a": [1]})])
def test_an_object_is_not_shown_as_in_python(value: object) -> None:
    for source in ("{{ x }}", "{{ x | upper }}", "{{ x | default('–') }}", "{{ x ~ '' }}"):
        texts, failures = Template(source).render_rows({"x": [value, "fine"]}, 2)
        assert (texts[0], texts[1].lower()) == ("", "fine"), source
        (failure,) = failures
        assert (failure.position, failure.column) == (0, "x"), source
        assert str(failure.hint).startswith("Convert it to text"), source


@for_each(
    ("value", "text"),
    [
        (pd.Period("2026-11"), "2026-11"),
        (pd.Interval(0, 1), "(0, 1]"),
        (UUID(int=0), "00000000-0000-0000-0000-000000000000"),
        (np.datetime64("2026-11-30"), "2026-11-30"),
    ],
)
def test_other_values_are_shown_as_they_are(value: object, text: str) -> None:
    assert Template("{{ x }}").render_rows({"x": [value]}, 1) == ([text], [])


def test_digits_lost_in_a_list_are_lost() -> None:
    for cell in ([InexactFloat("inf")], (1, [InexactFloat(1e22)]), {"k": InexactFloat(1e22)}):
        texts, [failure] = Template("{{ a }}").render_rows({"a": [cell]}, 1)
        assert (texts, failure.column) == ([""], "a")


def test_a_failing_row_does_not_affect_the_others() -> None:
    texts, failures = Template("{{ n | money }};").render_rows({"n": [1, "x", MISSING, 2.5]}, 4)
    assert texts == ["1.00;", "", "", "2.50;"]
    assert [(failure.position, failure.column) for failure in failures] == [(1, "n"), (2, "n")]


def test_nothing_is_carried_from_row_to_row() -> None:
    source = "{% if n == 1 %}{% set y = 'set' %}{% endif %}{{ y | default('none') }}"
    texts, _ = Template(source).render_rows({"n": [1, 2], "y": [MISSING, MISSING]}, 2)
    assert texts == ["set", "none"]


def test_columns_with_any_name_can_be_used() -> None:
    template = Template('{{ row["a.b"] }}{{ row["ａ"] }}{{ 姓名 }}{{ row["loop"] }}')
    assert template.columns == ("姓名", "a.b", "loop", "ａ")
    columns = {name: [name] for name in template.columns}
    assert template.render_rows(columns, 1) == (["a.bａ姓名loop"], [])


@for_each("source", ['{{ "姓名" }}', "{{ '姓名' }}", '{{ "姓名" | default("您") }}', '{{ n }}{{ "姓名" | upper }}'])
def test_a_column_in_quotes_is_an_error_since_everybody_would_get_its_name(source: str) -> None:
    with pytest.raises(TemplateError, match="'姓名' in quotes") as caught:
        Template(source).for_columns(["姓名", "n"])
    assert caught.value.hint == "Write {{ 姓名 }}."
    assert Template(source).for_columns(["n"]).render_rows({"n": [1]}, 1)[0][0].endswith("姓名")


@for_each(
    ("source", "cells"),
    [
        ("{{ pay * 12 }}", {"pay": "5000"}),
        ("{{ 12 * pay }}", {"pay": "1,234.50"}),
        ("{{ pay * n }}", {"pay": "¥5,000", "n": 2}),
        ("{{ pay + bonus }}", {"pay": "5000", "bonus": "-600.5"}),
        ("{% if pay == 0 %}none{% endif %}x", {"pay": "0"}),
        ("{% if 0 != pay %}some{% endif %}x", {"pay": "0.00"}),
        ("{% if pay in [0, 5000] %}yes{% endif %}x", {"pay": "5000"}),
        ("{% if n not in [pay] %}yes{% endif %}x", {"n": 5000, "pay": "5000"}),
        ("{% if done > aim %}yes{% else %}no{% endif %}", {"done": "900", "aim": "1000"}),
        ("{% if 1 < n <= pay %}yes{% else %}no{% endif %}", {"n": 2, "pay": "3"}),
        ("{{ 'yes' if rate >= aim else 'no' }}", {"rate": "9%", "aim": "10%"}),
        ("{{ 'yes' if done > aim else 'no' }}", {"done": "900", "aim": "１００"}),
        ("{% if pay is eq 0 %}none{% endif %}x", {"pay": "0"}),
        ("{% if done is gt aim %}yes{% else %}no{% endif %}", {"done": "900", "aim": "1000"}),
        ("{% if pay is not in [0, 5000] %}no{% endif %}x", {"pay": " 5000 "}),
        ("{{ pay + bonus + currency }}", {"currency": "CNY", "pay": "5000", "bonus": "600"}),
    ],
)
def test_numbers_that_are_text_are_neither_calculated_with_nor_compared(source: str, cells: dict[str, object]) -> None:
    columns = {name: [value] for name, value in cells.items()}
    texts, [failure] = Template(source).render_rows(columns, 1)
    assert texts == [""]
    assert failure.reason.key == "template.text_reckoned"
    assert failure.column in cells.keys() - {"currency"}
    assert str(failure.hint).endswith("to join texts, write ~ instead of +.")


@for_each(
    ("source", "cells", "text"),
    [
        ("{% if n == '5' %}x{% endif %}y", {"n": 5, "name": "Ann"}, "5"),
        ("{% if rate >= '80%' %}x{% endif %}y", {"rate": 0.9, "name": "Ann"}, "80%"),
        ("{{ phone[:3] + phone[-4:] }}", {"phone": "13900000001"}, "139"),
    ],
)
def test_a_number_in_quotes_or_in_a_part_of_a_text_is_named(source: str, cells: dict[str, object], text: str) -> None:
    _, [failure] = Template(source).render_rows({name: [value] for name, value in cells.items()}, 1)
    assert str(failure.reason).startswith(f"'{text}' is text, but the template calculates with it, or compares it")
    assert failure.column == ""


@for_each("text", ["2026-11-05", "2026/11/5", "2026年11月5日", "2026-11-05 00:00:00", "11/05/2026"])
def test_a_date_is_not_compared_with_a_date_that_is_text(text: str) -> None:
    for source in (f"{{% if day == '{text}' %}}x{{% endif %}}y", f"{{% if day not in ['{text}'] %}}x{{% endif %}}y"):
        texts, [failure] = Template(source).render_rows({"day": [datetime(2026, 11, 5), "open"]}, 2)  # noqa: DTZ001
        assert (texts[0], failure.position) == ("", 0)
        assert str(failure.reason) == f"'{text}' is text, but the template compares it with a date."
        assert texts[1].endswith("y")
    as_text = Template("{% if day | date == '2026-11-05' and day != 'open' %}yes{% endif %}")
    assert as_text.render_rows({"day": [date(2026, 11, 5)]}, 1) == (["yes"], [])


@for_each(
    ("value", "text", "as_advised"),
    [
        (with_display_text(time(9, 30), "9:30"), "9:30", "{% if x | date('%H:%M') == '09:30' %}yes{% endif %}"),
        (time(9, 30), "09:30:00", "{% if x | date('%H:%M') < '10:00' %}yes{% endif %}"),
        (with_display_text(timedelta(hours=26), "26:00"), "26:00", "{% if x | string == '26:00' %}yes{% endif %}"),
        (with_display_text(value=True, display_text="TRUE"), "TRUE", "{% if x %}yes{% endif %}"),
        (True, "true", "{% if x %}yes{% endif %}"),
    ],
)
def test_a_time_or_a_boolean_is_not_compared_with_one_that_is_text(value: object, text: str, as_advised: str) -> None:
    for source in (f"{{% if x == '{text}' %}}a{{% endif %}}b", f"{{% if '{text}' in [x] %}}a{{% endif %}}b"):
        texts, [failure] = Template(source).render_rows({"x": [value, "open"]}, 2)
        assert (texts, failure.position) == (["", "b"], 0)
        assert str(failure.reason).startswith(f"'{text}' is text, but the template compares it with a ")
        assert failure.hint
    assert Template(as_advised).render_rows({"x": [value]}, 1) == (["yes"], [])


@for_each(
    ("value", "other"),
    [
        ("2026/11/5", "2026/11/30"),
        ("9:30", "10:00"),
        ("2026-11-05 9:30", "2026-11-05 10:00"),
        ("2026-2", "2026-11"),
        ("2026/11/05", "2026-11-30"),
        ("11/05/2026", "02/01/2027"),
        ("05.11.2026", "01.12.2026"),
        ("12:30 PM", "01:30 PM"),
        ("16:00", "09:30 PM"),
        ("下午2:00", "下午10:00"),
        ("2026-11-05 下午12:30", "2026-11-05 下午01:30"),
        ("2026-11-05 09:00+00:00", "2026-11-05 10:00+08:00"),
    ],
)
def test_dates_and_times_that_are_text_are_not_ordered_unless_they_are_written_alike(value: str, other: str) -> None:
    template = Template("{% if a < b %}yes{% endif %}")
    for a, b in ((value, other), (other, value)):
        texts, [failure] = template.render_rows({"a": [a], "b": [b]}, 1)
        assert texts == [""]
        assert str(failure.reason).endswith("are texts, which the template could put in the wrong order.")
        assert repr(value) in str(failure.reason)
    alike = [("2026-11-05", "2026-11-30"), ("09:30", "10:00"), ("2026-11-05", "2026-11-05 10:00"), ("x", "y")]
    columns = {"a": [a for a, _ in alike], "b": [b for _, b in alike]}
    assert template.render_rows(columns, len(alike)) == (["yes"] * len(alike), [])
    as_advised = Template('{% if a | date < b | date and a | date < "2026-11-30" %}yes{% endif %}')
    assert as_advised.render_rows({"a": ["2026/11/5"], "b": ["2026/11/30"]}, 1) == (["yes"], [])


@for_each(
    ("value", "other"),
    [
        ("2026-11-05 Standup", "2026-11-30 Review"),
        ("09:00 Standup", "10:30 Team lunch"),
        ("2026年1月 奖金", "2026年1月 工资"),
        ("09:30 AM", "10:30 AM"),
        ("12:10 PM", "12:30 PM"),
        ("上午09:30", "下午01:30"),
        ("09:00-10:30 Standup", "12:00-13:00 Lunch"),
        ("11-05-3333", "12-01-1111"),
        ("2026-11-05 09:00+08:00", "2026-11-05 10:00+08:00"),
    ],
)
def test_texts_that_start_with_dates_written_alike_are_ordered(value: str, other: str) -> None:
    sort = Template('{{ items | sort | join("; ") }}')
    assert sort.render_rows({"items": [[other, value]]}, 1) == (["; ".join(sorted([value, other]))], [])


@for_each(
    ("value", "other"), [("9:00 Standup", "10:30 Review"), ("09:30 AM", "02:30 PM"), ("2026年3月 x", "2026年11月 y")]
)
def test_texts_that_start_with_dates_written_differently_are_not_ordered(value: str, other: str) -> None:
    _, [failure] = Template('{{ items | sort | join("; ") }}').render_rows({"items": [[other, value]]}, 1)
    assert "could put in the wrong order" in str(failure.reason)


@for_each("name", ["max", "min", "sort"])
def test_numbers_that_are_text_are_not_ordered(name: str) -> None:
    written = "join(' < ')" if name == "sort" else "string"
    template = Template(f"{{{{ [done, aim] | {name} | {written} }}}}")
    _, [failure] = template.render_rows({"done": ["900"], "aim": ["1000"]}, 1)
    assert str(failure.reason).startswith(f"The filter {name} cannot be applied to")
    assert str(failure.hint).startswith("As texts, numbers would be in the wrong order")
    _, [failure] = Template(f"{{{{ items | {name}(attribute=0) | string }}}}").render_rows(
        {"items": [[["900"], ["1000"]]]}, 1
    )
    assert failure.column == "items"
    texts, failures = template.render_rows({"done": ["b", 900], "aim": ["a", 1000]}, 2)
    assert not failures
    assert texts == {"max": ["b", "1000"], "min": ["a", "900"], "sort": ["a < b", "900 < 1000"]}[name]


@for_each(
    ("source", "cells", "text"),
    [
        ("{{ '★' * n }}", {"n": 3}, "★★★"),
        ("{{ pay * 12 }}", {"pay": 5000}, "60000"),
        ("{{ (pay | float) + (bonus | float) }}", {"pay": "5000", "bonus": "600.5"}, "5600.5"),
        ("{{ 'No. ' + number }}", {"number": "0012"}, "No. 0012"),
        ("{{ code ~ number }}", {"code": "010", "number": "0012"}, "0100012"),
        ("{% if number == '0012' %}yes{% endif %}", {"number": "0012"}, "yes"),
        ("{% if number in ['0012', '0013'] %}yes{% endif %}", {"number": "0012"}, "yes"),
        ("{% if '1' in number %}yes{% endif %}", {"number": "0012"}, "yes"),
        ("{% if grade == 1 %}yes{% else %}no{% endif %}", {"grade": "A"}, "no"),
        ("{% if name < other %}yes{% endif %}", {"name": "Ann", "other": "Bob"}, "yes"),
        ("{% if day < '2026-11-30' %}yes{% endif %}", {"day": "2026-11-05"}, "yes"),
        ("{% if 1 < n <= 3 and n != 2 %}yes{% endif %}", {"n": 3}, "yes"),
        ("{% if pay | float == 0 %}none{% endif %}", {"pay": "0.00"}, "none"),
        ("{{ room + ', ' + floor }}", {"room": "101", "floor": "1"}, "101, 1"),
        ("{{ day + '. ' + hours + ' ' + hours }}", {"day": "5", "hours": "8"}, "5. 8 8"),
        ("{% if hired < '20260101' %}yes{% endif %}", {"hired": "20251105"}, "yes"),
        (
            "{{ [phone, other] | sort | join(' ') }}",
            {"phone": "13900000002", "other": "13900000001"},
            "13900000001 13900000002",
        ),
        ("{% if n is gt 5 and n is ne 7 and grade is in ['A'] %}yes{% endif %}", {"n": 6, "grade": "A"}, "yes"),
    ],
)
def test_other_texts_and_numbers_are_compared_joined_and_calculated_with(
    source: str, cells: dict[str, object], text: str
) -> None:
    columns = {name: [value] for name, value in cells.items()}
    assert Template(source).render_rows(columns, 1) == ([text], [])


@for_each("tag", ["{{ n, name }}", "{{ name, }}", "{{ [name] }}"])
def test_a_tag_with_several_values_which_would_be_shown_as_in_python_is_an_error(tag: str) -> None:
    with pytest.raises(TemplateError, match="several values"):
        Template(f"Hi {tag}").for_columns(["n", "name"])
    joined = Template('{{ [name, n] | join("、") }}').for_columns(["n", "name"])
    assert joined.render_rows({"n": [1], "name": ["Ann"]}, 1) == (["Ann、1"], [])


@for_each("start", ["{％ if", "｛% if", "｛％if", "{％ for", "{％ set"])
def test_a_statement_with_full_width_characters_is_an_error(start: str) -> None:
    with pytest.raises(TemplateError, match="full-width characters, so it would not be executed"):
        Template(f"{start} n %}}x").for_columns(["n"])
    assert Template("{％} 50％ {% raw %}{% if n %}{% endraw %}").for_columns(["n"]).columns == ()


@for_each("tag", ["{{ n ｜ money }}", "{{ n｜money }}"])
def test_a_filter_after_a_full_width_bar_is_an_error_that_says_how_to_write_it(tag: str) -> None:
    with pytest.raises(TemplateError, match="does not exist") as caught:
        Template(tag).for_columns(["n", "name"])
    assert caught.value.hint == "Write {{ n | money }}."
    assert Template("{{ n｜m }}").for_columns(["n｜m", "n"]).columns == ("n｜m",)


def test_the_error_for_an_unknown_column_names_similar_ones() -> None:
    with pytest.raises(TemplateError, match=r"'nmae'[\s\S]*name"):
        Template("{{ nmae }}").for_columns(["name", "net"])


@for_each(
    ("written", "column", "tag"),
    [
        ("工资", "工资 ", '{{ row["工资 "] }}'),
        ("实发(元)", "实发\n(元)", '{{ row["实发\\n(元)"] }}'),
        ("ID号", "ＩＤ号", "ＩＤ号"),
        ("Net", "net", "net"),
    ],
)
def test_a_similar_column_is_shown_as_it_can_be_written(written: str, column: str, tag: str) -> None:
    with pytest.raises(TemplateError) as caught:
        Template(f"{{{{ {written} }}}}").for_columns(["userid", "name", column])
    assert f"Did you mean {tag}?" in str(caught.value)
    if tag != column:
        assert Template(tag).for_columns([column]).render_rows({column: ["5"]}, 1) == (["5"], [])


@for_each("written", ["11", "2026-11-01", "2026-11-01 00:00:00"])
def test_a_tag_with_the_name_of_a_column_that_is_not_text_is_an_error(written: str) -> None:
    template = Template(f"{{{{ {written} | default('-') }}}}")
    with pytest.raises(TemplateError, match=f"the column {written}, whose name is not text"):
        template.for_columns(["userid", 11, pd.Timestamp("2026-11-01")])
    assert template.for_columns(["userid", written, 11, pd.Timestamp("2026-11-01")]).columns == (written,)


def test_an_unknown_column_s_error_lists_the_similar_and_then_all() -> None:
    with pytest.raises(TemplateError, match=r"Did you mean name\? Existing columns: userid, name\."):
        Template("{{ nmae }}").for_columns(["userid", "name"])
    with pytest.raises(TemplateError, match=r"Existing columns: c0, .*c11, …\."):
        Template("{{ 奖金 }}").for_columns([f"c{number}" for number in range(13)])
    for written, column in (("name", "姓名"), ("手机号", "mobile"), ("department", "所属部门"), ("dept", "部门")):
        with pytest.raises(TemplateError, match=f"Did you mean {column}\\?"):
            Template(f"{{{{ {written} }}}}").for_columns(["net", column])
    with pytest.raises(TemplateError, match=r"or add the column\. Existing columns: userid, mobile, department\."):
        Template("{{ name }}").for_columns(["userid", "mobile", "department"])
    set_language("zh")
    with pytest.raises(TemplateError, match="是否指 name？现有列：userid、name。"):
        Template("{{ nmae }}").for_columns(["userid", "name"])


def test_the_name_of_a_column_in_full_width_braces_is_an_error() -> None:
    source = "｛｛ 金额（元） ｜ money ｝｝ {{ name }}"
    with pytest.raises(TemplateError, match="full-width braces") as caught:
        Template(source).for_columns(["name", "金额（元）"])
    assert caught.value.hint == "Write {{ 金额（元） | money }}."
    assert Template(source).for_columns(["name"]).source == source


@pytest.mark.parametrize(
    ("source", "typed", "name"),
    [
        ("{name}, hello", "{name}", "name"),
        ("{{ name }}: { 实发(元):,.2f } yuan", "{ 实发(元):,.2f }", "实发(元)"),
        ("｛姓名｝，您好", "｛姓名｝", "姓名"),
    ],
)
def test_the_name_of_a_column_in_single_braces_is_an_error(source: str, typed: str, name: str) -> None:
    with pytest.raises(TemplateError, match="single braces") as caught:
        Template(source).for_columns(["name", "实发(元)"], {"姓名": "name"})
    assert caught.value.hint == f"Write {{{{ {name} }}}}; to send it as it stands, write {{{{ '{typed}' }}}}."
    assert (
        Template(source.replace(typed, f"{{{{ '{typed}' }}}}"))
        .for_columns(["name", "实发(元)"])
        .render_rows({"name": ["Ann"]}, 1)[1]
        == []
    )


def test_the_advice_on_single_braces_can_be_followed_for_a_name_with_an_apostrophe() -> None:
    with pytest.raises(TemplateError) as caught:
        Template("{it's}").for_columns(["it's"])
    literal = caught.value.hint.removesuffix(".").partition("write ")[2]
    assert Template(literal).for_columns(["it's"]).render_rows({}, 1) == (["{it's}"], [])


@pytest.mark.parametrize(
    "source",
    [
        *("{other} {} { }", '{"name": 1}', "{{ name }}", "{{{'name': name}}}", "{# {name} #}"),
        "{% raw %}{{ name }}{% endraw %}",
    ],
)
def test_other_braces_are_sent_as_they_stand(source: str) -> None:
    assert Template(source).for_columns(["name", ""]).source == source


def test_a_product_of_two_texts_fails_its_row_without_taking_memory() -> None:
    template = Template("{{ a * b }}")
    cells = {"a": ["x" * 9_000], "b": ["y" * 9_000]}
    tracemalloc.start()
    _, [failure] = template.render_rows(cells, 1)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (failure.column, peak_bytes < 1_000_000) == ("a", True)

"""Jinja's errors in plain language."""

import re

import pytest

import dingnb
from dingnb.errors import TemplateError
from dingnb.messages.template import Template
from tests.table_rows import for_each

SAID = {
    "{{ name | mony }}": "there is no filter “mony”; did you mean money?",
    "{{ name | 钱 }}": "there is no filter “钱”",
    "{{ name }": "it is not closed correctly: “{{” ends with “}}”",
    "{{ name %}": "it is not closed correctly: “{{” ends with “}}”",
    "{{ name is odde }}": "there is no test “odde”",
    "{% foo %}": "there is no “{% foo %}”",
    "{% endif %}": "“{% endif %}” has no matching start before it",
    "{% if name %}{% for x in name %}{% endif %}": "“{% endif %}” has no matching start before it",
    "{% if name %}": "“{% if %}” is not closed: “{% endif %}” is missing",
    "{{ name": "it is not closed: “}}” or “%}” is missing",
    "{{ name ": "it is not closed: “}}” or “%}” is missing",
    "{{ name | ": "it is not closed: “}}” or “%}” is missing",
    "{{ ": "it is not closed: “}}” or “%}” is missing",
    "{% for x in": "it is not closed: “}}” or “%}” is missing",
    "{{ name + }}": "something is missing at the end",
    "{{ name | }}": "something is missing at the end",
    "{# a": "something is missing at the end",
    "{{ }}": "there is nothing between its braces",
    "{% if a b %}": "“b” is not expected there",
    "{% if a ? %}": "“?” is not expected there",
    "{{ (a }}": "it is not closed correctly: “{{” ends with “}}”",
    "{{ 'a }}": "it cannot be understood from there on",
}


@for_each("source", SAID)
def test_a_syntax_error_is_explained_in_plain_language(source: str) -> None:
    with pytest.raises(TemplateError) as caught:
        Template(source, "“Text”")
    assert caught.value.what.startswith(f"The template in “Text” cannot be read: {SAID[source]}")
    assert " (line 1, column" in caught.value.what
    assert "Jinja" not in caught.value.what + caught.value.hint


@for_each("source", SAID)
def test_a_syntax_error_in_chinese_has_no_english(source: str) -> None:
    dingnb.set_language("zh")
    try:
        with pytest.raises(TemplateError) as caught:
            Template(source, "正文")
        said = caught.value.what
    finally:
        dingnb.set_language("en")
    assert not re.search("[a-z]{3,} [a-z]{2,}", said), said


@pytest.mark.parametrize(
    ("source", "column"),
    [
        ("{% if net > 5 %}x{% endif %}{{ name }}", "net"),
        ('{{ row["a b"] + 1 }}{{ name }}', "a b"),
        ("{{ -net }}", "net"),
    ],
)
def test_calculating_with_text_names_the_column(source: str, column: str) -> None:
    template = Template(source)
    [text], [failure] = template.render_rows({name: ["12"] for name in template.columns}, 1)
    assert text == ""
    assert failure.column == column
    assert str(failure.reason).startswith(f"The column {column!r} contains text in this row, '12', but")
    assert "TypeError" not in str(failure.reason)


def test_invalid_operations_are_explained_without_python_terms() -> None:
    _, [failure] = Template("{{ net - [] }}").render_rows({"net": [1]}, 1)
    assert str(failure.reason) == "The template uses a value of this row in an operation that does not support it."


def test_a_duplicate_column_is_not_reported_as_missing() -> None:
    with pytest.raises(TemplateError, match="uses the column 'net', which appears 2 times"):
        Template("{{ net }}", "text").for_columns(["net", "name", "net"])

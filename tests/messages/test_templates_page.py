"""The documentation of templates lists all filters, and its examples have the documented results."""

import re
from pathlib import Path

import dingnb
from dingnb.messages.environment import ENVIRONMENT
from dingnb.messages.template import Template
from dingnb.tables.cell_values import MISSING

DOCS = Path(__file__).parents[2] / "docs"
PAGES = [(folder / "templates.md").read_text(encoding="utf-8") for folder in (DOCS, DOCS / "zh")]
ROW = re.compile(r"^\| `(?P<filter>\w+).*\| `(?P<example>\{\{.*\}\})` \| `(?P<gives>.*)` \|$", re.MULTILINE)


def test_each_filter_is_named_on_the_pages_and_in_help() -> None:
    for page in PAGES:
        named = set(re.findall(r"`(\w+)(?:\([^`]*\))?`", re.split(r"## Filters|## 过滤器", page)[1]))
        # Filters that count steps cannot be used in templates.
        assert {filter_ for filter_ in ENVIRONMENT.filters if filter_.isidentifier()} <= named
    described = dingnb.text.__doc__ or ""
    assert all(f"`{name}`" in described for name in ("money", "number", "percent", "date", "default", "round"))


def test_each_example_has_the_documented_result() -> None:
    rows = [row for page in PAGES for row in ROW.finditer(page)]
    assert len(rows) >= 24
    for row in rows:
        template = Template(row["example"].replace("\\|", "|"))
        texts, failures = template.render_rows({name: [MISSING] for name in template.columns}, 1)
        assert (texts, failures) == ([row["gives"]], []), row["filter"]

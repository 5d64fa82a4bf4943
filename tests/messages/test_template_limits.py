"""Limits of templates that grow or run without end, which ordinary messages do not reach."""

import json
import subprocess
import sys
from collections.abc import Callable

import pytest

import dingnb
from dingnb.errors import InputError
from dingnb.messages import Message
from dingnb.messages.template import Template
from dingnb.words import catalogue, say, set_language
from tests.messages.hostile import HOSTILE
from tests.table_rows import for_each

BOUNDS = (
    say("template.too_long", limit=100_000),
    say("template.too_many_steps"),
    say("template.too_large_number"),
)
OTHER_REASONS = ("The template in text ", "is not a number", "is a list or another collection")
GROWING = "{% set a = name %}" + "{% set a = a ~ a %}" * 40 + "{{ a }}"
TESTED_WITH_MANY_ROWS = (
    "concat",
    "list of lists",
    "sum of lists",
    "upper",
    "loop",
    "loop with in",
    "set block of a loop",
)


def tried(rows: int, *names: str) -> dict[str, tuple[float, list[str], int]]:
    """Run templates in a process with limited memory; return the seconds, errors and numbers of rendered rows."""
    command = [sys.executable, "-m", "tests.messages.hostile", str(rows), *names]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)  # noqa: S603 - our own
    assert (done.returncode, done.stderr) == (0, "")
    lines = map(json.loads, done.stdout.splitlines())
    return {name: (seconds, reasons, filled) for name, seconds, reasons, filled in lines}


def test_a_power_that_is_refused_is_a_number_that_is_too_large() -> None:
    _, [failure] = Template("{{ n ** 99 }}").render_rows({"n": [5]}, 1)
    assert str(failure.reason) == "The template calculates a number that is too large."


@pytest.mark.long
@pytest.mark.parametrize(("rows", "names"), [(3, ()), (5_000, TESTED_WITH_MANY_ROWS)])
def test_a_growing_template_is_limited_in_time_and_memory(rows: int, names: tuple[str, ...]) -> None:
    found = tried(rows, *names)
    assert list(found) == list(names or HOSTILE)
    # Without limits they would take hours; a slow machine takes several seconds.
    slow = {name: seconds for name, (seconds, _, _) in found.items() if seconds > 15}
    assert slow == {}
    assert {name: filled for name, (_, _, filled) in found.items() if filled} == {}
    for name, (_, reasons, _) in found.items():
        assert reasons, name
        assert all(reason in BOUNDS or any(part in reason for part in OTHER_REASONS) for reason in reasons), (
            name,
            reasons,
        )


@for_each(
    ("made", "fields"),
    [
        (dingnb.text, {"content": GROWING}),
        (dingnb.markdown, {"title": "t", "text": GROWING}),
        (dingnb.markdown, {"title": GROWING, "text": "t"}),
        (dingnb.link, {"title": "t", "text": GROWING, "message_url": "https://example.com", "pic_url": "@a"}),
        (dingnb.link, {"title": "t", "text": "t", "message_url": "https://example.com/" + GROWING, "pic_url": "@a"}),
        (
            dingnb.action_card,
            {"title": "t", "markdown": GROWING, "single_title": "t", "single_url": "https://example.com"},
        ),
        (dingnb.action_card, {"title": "t", "markdown": "t", "btn_json_list": [(GROWING, "https://example.com")]}),
        (dingnb.image, {"source": "@" + GROWING}),
        (dingnb.oa, {"message_url": "https://example.com", "head_text": GROWING, "title": "t", "content": "t"}),
    ],
)
def test_each_message_type_has_the_limit(made: Callable[..., Message], fields: dict[str, object]) -> None:
    rendered = made(**fields).render_rows({"name": ["Ann", "李四"]}, 2)
    assert rendered.bodies == [None, None]
    assert [str(failure.reason) for failure in rendered.failures] == [say("template.too_long", limit=100_000)] * 2
    without_columns = {key: json.loads(json.dumps(field).replace("= name", "= 'xx'")) for key, field in fields.items()}
    with pytest.raises(InputError, match="more than 100,000"):
        made(**without_columns)


@for_each(
    "source",
    [
        "{% set b = a ~ a %}",
        "{% set b = a + a %}",
        "{% set b = a * 2 %}",
        "{% set b = [a, a] %}",
        "{% set b = {'p': a, 'q': a} %}",
        "{% set b = '%s%s' % (a, a) %}",
        "{% set b %}{{ a }}{{ a }}{% endset %}",
        "{% set b = a | replace('x', 'xx') %}",
        "{% filter lower %}{{ a }}{{ a }}{% endfilter %}",
        "{{ a }}{{ a }}",
    ],
)
def test_no_value_is_longer_than_the_limit(source: str) -> None:
    texts, [failure] = Template(source).render_rows({"a": ["x" * 60_000, "x" * 300]}, 2)
    assert (failure.position, str(failure.reason)) == (0, say("template.too_long", limit=100_000))
    assert len(texts[1]) in {0, 600}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_error_says_what_to_do(language: str) -> None:
    set_language("zh" if language == "zh" else "en")
    source = "{% for c in items %}{{ c }}{% endfor %}"
    _, [failure] = Template(source).render_rows({"items": [["x"] * 1_000_000]}, 1)
    at = ("en", "zh").index(language)
    assert (str(failure.reason), str(failure.hint)) == (
        catalogue.translations()["template.too_many_steps"][at],
        catalogue.translations()["template.too_many_steps_todo"][at],
    )


@pytest.mark.long
def test_a_row_beyond_the_limit_does_not_affect_the_others() -> None:
    template = Template("{% for c in items %}{{ c }}{% endfor %}")
    items = [["a", "b"], ["x"] * 1_000_000, "c" * 200_000, ["d"]] * 5
    texts, failures = template.render_rows({"items": items}, len(items))
    assert texts == ["ab", "", "", "d"] * 5
    assert [failure.position % 4 for failure in failures] == [1, 2] * 5


def test_a_text_that_is_too_long_fails_only_its_row() -> None:
    template = Template("<{{ name }}>")
    names = ["x" * (100_000 if number % 7 == 3 else number) for number in range(50)]
    texts, failures = template.render_rows({"name": names}, len(names))
    assert [failure.position for failure in failures] == list(range(3, 50, 7))
    assert texts == [f"<{name}>" if len(name) < 100 else "" for name in names]


@pytest.mark.long
def test_ordinary_messages_stay_below_the_limits() -> None:
    source = (
        "{% set total = base + bonus %}{{ name ~ ' (' ~ city ~ ')' }}: {{ total | money }}\n"
        "{% for item, price in items if price %}{{ loop.index }}. {{ item | truncate(20) }}: {{ price | money }}"
        "{% if not loop.last %}, {% endif %}{% endfor %}\n"
        "{{ items | length }} / {{ names | sort | join(', ') }} / {{ note | replace('\\n', ' ') | trim }}"
        "{% set block %}{{ city | upper }}{% endset %}{{ block }}"
        "{{ [name, city] | join('-') }}{{ '%s %d' % (name, base) }}"
    )
    rows = 5_000
    row = {
        "name": "李四",
        "city": "Hangzhou",
        "base": 8_000,
        "bonus": 200.5,
        "items": [(f"item {number}", number * 1.5) for number in range(40)],
        "names": ["b", "c", "a"] * 5,
        "note": "a line\n" * 100,
    }
    template = Template(source)
    texts, failures = template.render_rows({name: [row[name]] * rows for name in template.columns}, rows)
    assert failures == []
    assert len(set(texts)) == 1
    assert texts[0].startswith("李四 (Hangzhou): 8,200.50\n1. item 1: 1.50, 2. item 2: 3.00, ")
    assert texts[0].endswith("HANGZHOU李四-Hangzhou李四 8000")


@for_each(
    ("source", "values", "written"),
    [
        ("{{ [3, 1, 2] | reverse | join }}", "x", "213"),
        ("{{ a | unique | join }}", "xyx", "xy"),
        ("{{ a | join('-') }}", "xyz", "x-y-z"),
        ("{{ a | trim('x') }}", "xxyxx", "y"),
        ("{{ a * 3 }}", 4, "12"),
        ("{{ a * 3 }}", "ab", "ababab"),
        ("{{ a ** 2 }}", 12, "144"),
        ("{{ ([1, a] + [2]) | join }}", 5, "152"),
        ("{{ {'k': a}['k'] }}", 5, "5"),
        ("{{ (a | int) + 1 }}", "41", "42"),
        ("{% set b = [a] %}{% set b = b + [a, 1] %}{{ b | join }}{{ b[1:] | join }}", "x", "xx1x1"),
        ("{% filter upper %}<{{ a }}>{% endfilter %}", "x", "<X>"),
        ("{% set b | upper %}<{{ a }}>{% endset %}{{ b }}", "x", "<X>"),
        ("{% for k in a %}{{ k }}{% else %}none{% endfor %}", "", "none"),
        ("{% for k in a %}{{ k }}{{ loop.length }}{% endfor %}", {"p": 1, "q": 2}, "p2q2"),
        ("{{ a | sum(attribute='price') }}", [{"price": 2}, {"price": 3}], "5"),
    ],
)
def test_counting_steps_does_not_change_the_output(source: str, values: object, written: str) -> None:
    assert Template(source).render_rows({"a": [values]}, 1) == ([written], [])

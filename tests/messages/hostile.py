"""
Templates that would take too much time or memory without limits, and a program that runs each of them.

The program may use 300 MB more than at its start, and writes a line of JSON for each template: its name, its CPU time
in seconds, its error, and the number of rows with a text.
"""

import json
import sys
import time
from decimal import Decimal
from pathlib import Path

from dingnb.errors import TemplateError
from dingnb.messages.template import Template

_MORE_BYTES = 300_000_000


def doubling(start: str, step: str, end: str = "{{ a }}", times: int = 40) -> str:
    """Return a template that sets `a` from `a` in every step."""
    return f"{{% set a = {start} %}}" + f"{{% set a = {step} %}}" * times + end


def looping(body: str, before: str = "", items: str = "'x' * 9999") -> str:
    """Return a template that loops over items."""
    return before + f"{{% for c in {items} %}}" + body + "{% endfor %}"


BIG = "('x' * 99999)"
KEPT = "{% set b = " + BIG + " %}"
KEPT_LIST = "{% set b = [1] * 9999 %}"

HOSTILE = {
    "concat": doubling("'xxxx'", "a ~ a"),
    "concat of many": "{% set b = 'x' * 99999 %}{{ " + " ~ ".join(["b"] * 2_000) + " }}",
    "two at a time": "{% set a, b = 'xxxx', 'y' %}" + "{% set a, b = a ~ b, b ~ a %}" * 60 + "{{ a }}",
    "plus": doubling("'xxxx'", "a + a"),
    "plus without a name": "{{ " + " + ".join([BIG] * 40) + " }}",
    "times": doubling("'xxxx'", "a * 2"),
    "times at once": "{{ 'x' * 999999999 }}",
    "list plus": doubling("[1]", "a + a", "{{ a | length }}"),
    "list times": doubling("[1]", "a * 2", "{{ a | length }}"),
    "list of lists": doubling("[1]", "[a, a]"),
    "tuple of tuples": doubling("(1,)", "(a, a)"),
    "dict of dicts": doubling("{}", "{'p': a, 'q': a}"),
    "lists compared": "{% set a = [1] %}{% set b = [1] %}"
    + "{% set a = [a, a] %}{% set b = [b, b] %}" * 40
    + "{{ a == b }}",
    "list as text": doubling("[1]", "[a, a]", "{{ a | string | length }}"),
    "text of a list": doubling("'x'", "[a, a] | string"),
    "with": "{% with a = 'xxxx' %}" + "{% with a = a ~ a ~ a ~ a %}" * 20 + "{{ a }}" + "{% endwith %}" * 21,
    "set block": "{% set a %}xxxx{% endset %}" + "{% set a %}{{ a }}{{ a }}{% endset %}" * 40 + "{{ a | length }}",
    "set block with a filter": "{% set a %}xxxx{% endset %}" + "{% set a | upper %}{{ a }}{{ a }}{% endset %}" * 40,
    "squares": doubling("99999", "a * a", "{{ a > 1 }}"),
    "powers": "{{ 99999 ** 64 ** 64 }}",
    "powers of powers": doubling("7", "a ** 64", "{{ a > 1 }}", 8),
    "number of letters": "{% set a = ('f' * 99999) | int(base=16) %}" + "{% set a = a * a %}" * 9 + "{{ a > 1 }}",
    "number to text": "{{ ('f' * 99999) | int(base=16) }}",
    "whole number of a decimal": "{{ d | int }}",
    "decimal in a form": "{{ '%d' % d }}{{ '%d' | format(d) }}",
    "join": "{{ " + BIG + " | join(" + BIG + ") }}",
    "join of many": "{{ ([" + BIG + "] * 9) | join }}{{ (['x'] * 9999) | join('x' * 9999) }}",
    "join again": doubling("['xx', 'xx']", "[a | join(a | join), a | join]"),
    "replace": "{{ " + BIG + " | replace('x', " + BIG + ") }}",
    "replace of nothing": "{{ " + BIG + " | replace('', " + BIG + ") }}",
    "replace again": doubling("'xxxx'", "a | replace('x', 'xx')"),
    "escape again": doubling("'&'", "a | string | e | replace('&', '&&')"),
    "form with names": "{{ ('%(a)s' * 15000) % {'a': " + BIG + "} }}",
    "format with names": "{{ ('%(a)s' * 15000) | format(a=" + BIG + ") }}",
    "form of itself": doubling("'%(q)s%(q)s'", "a % {'q': a}"),
    "width": "{{ '%999999999d' % 1 }}{{ '%*d' % (999999999, 1) }}",
    "widths": "{{ ('%(a)99s' * 9000) % {'a': 1} }}",
    "sum of lists": doubling("[1, 2]", "[a, a, a, a] | sum(start=[])", "{{ a | length }}"),
    "attribute": "{{ (['x'] * 9999) | sort(attribute='" + "0." * 20_000 + "0') | first }}",
    "trim": "{{ " + BIG + " | trim('y' * 99998 ~ 'x') }}" * 9,
    "upper": "{{ ('ΐ' * 99999) | upper | length }}",
    "truncate": "{{ 'xxxx' | truncate(999999999, false, " + BIG + ") ~ " + BIG + " }}",
    "sorted lists": "{{ ('xy' * 9999) | list | sort | first }}" * 400,
    "maximum": "{{ ([[1] * 9999] * 9999) | max | length }}",
    "unique": "{{ ([[1] * 9999] * 9999) | unique | length }}",
    "wide output": "{{ " + BIG + " }}" * 900,
    "wide list": "{{ [" + ", ".join([BIG] * 900) + "] }}",
    "filter block": "{% filter upper %}" + looping("{{ " + BIG + " }}") + "{% endfilter %}",
    "filter block of text": "{% filter length %}" + looping("y" * 20_000) + "{% endfilter %}",
    "filter block of many": KEPT + "{% filter length %}" + "{{ b }}" * 900 + "{% endfilter %}",
    "set block of a loop": "{% set s %}" + looping("{{ " + BIG + " }}") + "{% endset %}{{ s | length }}",
    "loop": looping("{% if c == 'y' %}{% endif %}", items="'x' * 99999") * 300,
    "loop with a kept output": looping("{{ b }}", KEPT),
    "loop with output": looping("{{ " + BIG + " }}"),
    "loop with text": looping("y" * 20_000),
    "loop with upper": looping("{% set q = b | upper %}", "{% set b = 'é' * 99999 %}"),
    "loop with sort": looping("{% set q = b | sort %}", KEPT_LIST),
    "loop with list": looping("{% set q = b | list %}", KEPT),
    "loop with in": looping("{% if 2 in b %}{% endif %}", KEPT_LIST),
    "loop with in a text": looping("{% if 'xxxxxxy' in b %}{% endif %}", KEPT),
    "loop with is": looping("{% if 2 is in(b) %}{% endif %}", KEPT_LIST),
    "loop with a constant": looping("{% if 2 in [" + ", ".join(["1"] * 2_000) + "] %}{% endif %}"),
    "loop with ==": looping("{% if b == d2 %}{% endif %}", KEPT_LIST + "{% set d2 = [1] * 9999 %}"),
    "loop with a slice": looping("{% set q = b[1:] %}{% set q = b[1:] %}", "{% set b = [1] * 30_000 %}"),
    "loop with a slice of a text": looping("{% set q = b[1:] %}{% set q = b[:-1] %}", KEPT),
    "loop with changed": looping("{% if loop.changed(b[1:]) %}{% endif %}", KEPT_LIST),
    "loop with cycle": looping("{% set q = loop.cycle(" + ", ".join(["1"] * 2_000) + ") %}"),
    "loop with a condition": "{% set b = [1] * 9999 %}{% for c in 'x' * 9999 if 2 in b %}{% endfor %}",
    "loop with a choice": looping("{{ '' if 2 in b else '' }}", KEPT_LIST),
    "loop with title": looping("{{ b | title | length }}", KEPT),
    "loop with concat": looping("{% set q = b ~ c %}", KEPT),
    "loop with plus": looping("{% set q = b + b %}", "{% set b = 'x' * 49999 %}"),
    "loop with int": looping("{% set q = b | int %}", "{% set b = ('9x' * 4000) | replace('x', '') %}"),
    "loop with float": looping("{% set q = b | float %}", "{% set b = '1.' ~ (('0x' * 49000) | replace('x', '')) %}"),
    "loop with striptags": looping("{% set q = b | striptags %}", "{% set b = '<>' * 49999 %}"),
    "loop over lists": looping("{% set q = c | list %}", items="[[1] * 9999] * 9999"),
    "loop over a long cell": "{% for c in rows %}{{ c }}{% endfor %}",
    "filter of a long cell": "{{ rows | sort | join }}",
    "long source": "x" * 5_000_000 + "{{ a }}",
    "many tags": "{{ a }}" * 200_000,
    "many ifs": "{% if a == 1 %}x{% endif %}" * 20_000,
    "many names": "{{ [" + ",".join(["a"] * 49_000) + "] }}",
    "late error": "{{ a | default('" + "x" * 70 + "') }}" * 900 + "{{ a + }}",
    "long number": "{{ " + "9" * 90_000 + " }}",
}
"""Templates by effect; each has to be refused, or to fail all rows."""


def main(rows: int, names: list[str]) -> None:
    if sys.platform == "linux":
        import resource  # noqa: PLC0415 - there alone

        size = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (size + _MORE_BYTES, size + _MORE_BYTES))
    cells = {"a": "abc", "d": Decimal("1E+999999999"), "rows": ["x" * 10] * 2_000_000}
    for name in names or HOSTILE:
        start, filled = time.process_time(), 0
        try:
            template = Template(HOSTILE[name])
            texts, failures = template.render_rows(
                {column: [cells[column]] * rows for column in template.columns}, rows
            )
            errors = sorted({str(failure.reason) for failure in failures})
            filled = sum(map(bool, texts)) + rows - len(failures)
        except TemplateError as error:
            errors = [error.what]
        sys.stdout.write(json.dumps([name, time.process_time() - start, errors, filled]) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])

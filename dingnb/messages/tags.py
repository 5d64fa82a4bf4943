"""The tag that stands for a column in a template."""

import re
import unicodedata
from functools import lru_cache
from keyword import iskeyword
from typing import Final

from jinja2 import TemplateSyntaxError, nodes

from dingnb.messages.environment import ENVIRONMENT
from dingnb.messages.template import JINJAS_NAMES, ROW

_KEPT_BY_JINJA: Final = JINJAS_NAMES | {ROW}
# A tag that holds no second "}}" is found by whoever looks for where it ends.
_TO_ESCAPE = re.compile(r'["\\]|\}(?=\})|[^ -~]')


def tag_for(column: str) -> str:
    r"""
    Return the template tag that stands for a column: ``{{ name }}``, or for what is no word ``{{ row["Net pay"] }}``.

    Directly behind a ``{`` Jinja would read another tag; everywhere else the two are the same.

    Returns:
        An empty text where no tag can reach the column: its name begins with ``__``, as what is inside of
        Python does, and is no word.

    >>> tag_for("姓名"), tag_for("Net pay"), tag_for('a"b\n')
    ('{{ 姓名 }}', '{{ row["Net pay"] }}', '{{ row["a\\"b\\n"] }}')
    """
    if _is_a_word(column):
        return f"{{{{ {column} }}}}"
    if column.startswith("__"):
        return ""
    return f'{{{{ {ROW}["{_TO_ESCAPE.sub(_escaped, column)}"] }}}}'


def _is_a_word(column: str) -> bool:
    if not column.isidentifier() or iskeyword(column) or column in _KEPT_BY_JINJA:
        return False
    if unicodedata.normalize("NFKC", column) != column:
        # Python reads a name in its normal form, in which two columns could become one.
        return False
    try:
        [output] = ENVIRONMENT.parse(f"{{{{ {column} }}}}").body
    except TemplateSyntaxError:
        return False
    return isinstance(output, nodes.Output) and output.nodes == [nodes.Name(column, "load")]


def _escaped(found: re.Match[str]) -> str:
    character = found[0]
    if character in '"\\':
        return f"\\{character}"
    if character.isprintable() and character != "}":
        return character
    return "\\x7d" if character == "}" else ascii(character)[1:-1]


@lru_cache(maxsize=256)
def with_default(column: str) -> str:
    """
    Return the tag of a column with what stands in for its value.

    >>> with_default("name")
    '{{ name | default("…") }}'
    """
    return (tag_for(column) or "{{ … }}").removesuffix(" }}") + ' | default("…") }}'

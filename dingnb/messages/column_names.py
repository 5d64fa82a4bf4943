"""
Finds tags that contain column names of any form, not only identifiers: ``{{ 实发(元) }}``, ``{{ Net pay }}``.

Jinja would read such a name as a calculation, a constant or an error. The tag is rewritten to ``row["实发(元)"]``,
which Jinja reads as the column. In conditions and calculations, the original names of renamed columns are replaced
in the same way. Only this module handles such names.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from keyword import iskeyword
from types import MappingProxyType
from typing import Final, NamedTuple

from jinja2 import TemplateSyntaxError, nodes
from jinja2.visitor import NodeTransformer

from dingnb.errors import InputError
from dingnb.messages.environment import ENVIRONMENT, check_features

ROW: Final = "row"
"""The name through which templates access columns of any name."""

JINJA_NAMES: Final = frozenset({"caller", "kwargs", "loop", "self", "super", "varargs"})
"""Words that Jinja reserves."""

_RESERVED = JINJA_NAMES | {ROW}
_FUNCTIONS = frozenset({"cycler", "dict", "joiner", "lipsum", "namespace", "range"})
"""Functions of other Jinja templates, which are never column names."""

_MAX_NAME_LENGTH = 200
_OPENING = re.compile(r"\{[{%#]")
_CLOSING = {"{{": "}}", "{%": "%}", "{#": "#}"}
_RAW = re.compile(r"\{%[-+]?\s*raw\b")
_END_OF_RAW = re.compile(r"\{%[-+]?\s*endraw\s*[-+]?%\}")
_PARSE_ERRORS = (TemplateSyntaxError, InputError, MemoryError, OverflowError, RecursionError, SyntaxError, ValueError)
_NOT_IN_NAMES = re.compile(r"""[\[\]{}\\\r\n]|\._|__|\s[-+*/=<>~]+$""")
"""Signs of a (perhaps unfinished) expression."""

_APOSTROPHE = re.compile(r"(?<=\w)'(?=\w)")
_DOTTED = re.compile(r"(\w+)\s*\.\s*[A-Za-z]")
_CALL = re.compile(r"\s*([A-Za-z_]\w*)\s*\(", re.ASCII)

_TAG_OF_ANY_WIDTH = re.compile(r"[{｛]{2}([^{}｛｝]+)[}｝]{2}")
_WIDE_BRACES = frozenset("｛｝")
_OPENING_BRACES, _CLOSING_BRACES = ("{", "｛"), ("}", "｝")
_IN_SINGLE_BRACES = re.compile(r"[{｛]([^{}｛｝]+)[}｝]")

# Also the "}}" and "%}" in a name or a text, so that the first "}}" after the start of a tag is the tag's end.
_TO_ESCAPE = re.compile(r'["\\]|\}(?=\})|(?<=%)\}|[^ -~]')


class _Tag(NamedTuple):
    """
    A tag that writes a value: the start and end of its content in the source.

    The content excludes the mark of ``{{-``; a mark at the end of the content may belong to ``-}}`` or to a name.
    """

    start: int
    end: int
    end_before_mark: int


class WideTag(NamedTuple):
    """
    A tag with full-width braces, which is not filled in.

    Attributes:
        typed: The tag as typed.
        name: The name in the tag.
        corrected: The tag with ASCII braces, which is filled in.
    """

    typed: str
    name: str
    corrected: str


def wide_tags(source: str) -> Iterator[WideTag]:
    """
    Yield the tags with full-width braces, as Chinese input methods type them.

    >>> [tag.corrected for tag in wide_tags("｛｛ 金额（元） ｜ money ｝｝, {{ name }}")]
    ['{{ 金额（元） | money }}']
    """
    for match in _TAG_OF_ANY_WIDTH.finditer(source):
        if not _WIDE_BRACES.isdisjoint(match[0]):
            # Only the filters are normalised: a column may have a name with full-width characters.
            name, _, filters = match[1].replace("｜", "|").partition("|")
            used = " | ".join(filter(None, (name.strip(), unicodedata.normalize("NFKC", filters).strip())))
            yield WideTag(match[0], name.strip(), f"{{{{ {used} }}}}")


class SingleBraces(NamedTuple):
    """
    The name of a column in single braces, which is not filled in.

    Attributes:
        typed: The name with its braces, as typed.
        name: The name of the column.
    """

    typed: str
    name: str


def find_in_single_braces(text: str, names: Collection[str]) -> SingleBraces | None:
    """
    Return the first name in single braces, as in Python's f-strings, that is one of `names`; None if there is none.

    >>> find_in_single_braces("{{ 实发 }}, {n}: {实发:.2f}", {"实发"})
    SingleBraces(typed='{实发:.2f}', name='实发')
    """
    for match in _IN_SINGLE_BRACES.finditer(text):
        # In a raw block, a tag is text.
        is_tag = text.endswith(_OPENING_BRACES, 0, match.start()) and text.startswith(_CLOSING_BRACES, match.end())
        for name in (match[1].strip(), match[1].partition(":")[0].strip()):
            if name and name in names and not is_tag:
                return SingleBraces(match[0], name)
    return None


def find_names_in_tags(
    source: str, available: Collection[str], renamed: Mapping[str, str] = MappingProxyType({})
) -> tuple[tuple[str, str], ...]:
    """
    Return the names in tags that Jinja would misread or not know, in alphabetical order, with their columns.

    Args:
        source: The template.
        available: The available columns.
        renamed: The original names of columns in the file, with their new names.
    """
    names = {old: new for old, new in renamed.items() if old not in available and new in available}
    names |= zip(available, available, strict=True)
    used_names = {located.name for tag in _tags(source) if (located := _find_name(source, tag, names)) is not None}
    return tuple(sorted((name, names[name]) for name in used_names if name != names[name] or not is_jinja_name(name)))


def rewrite_names(source: str, names: Mapping[str, str]) -> str:
    """
    Return a template in which tags with names that Jinja would misread or not know are rewritten.

    If the columns are unknown, a tag that Jinja cannot read counts as the name of a column if it can be a name.

    Args:
        source: The template.
        names: The names that tags may contain, with their columns.

    >>> rewrite_names("{{ 实发(元) | money }}: {{ name }}", {})
    '{{ row["实发(元)"] | money }}: {{ name }}'
    >>> rewrite_names("{{ none }} {{ 姓名 }}", {"none": "none", "姓名": "name"})
    '{{ row["none"] }} {{ row["name"] }}'
    """
    parts: list[str] = []
    at = 0
    for tag in _tags(source):
        located = _find_name(source, tag, names) or _guess_name(source, tag)
        if located is not None:
            parts += [source[at : tag.start], f" {row_expression(names.get(located.name, located.name))} "]
            at = located.end
    return "".join([*parts, source[at:]])


def use_renamed_columns(tree: nodes.Template, names: Mapping[str, str]) -> nodes.Template:
    """
    Change a parsed template so that its conditions and calculations access renamed columns, and return it.

    A name that the template itself assigns, as in ``{% set 部门 = 1 %}`` or ``{% for 部门 in … %}``, is kept.

    Args:
        tree: The template.
        names: The names that the template may contain, with their columns.
    """
    assigned = {name.name for name in tree.find_all(nodes.Name) if name.ctx != "load"}
    renamed = {
        name: column
        for name, column in names.items()
        if name != column and name not in assigned and not _is_reserved(name)
    }
    if renamed:
        _RenamedColumns(renamed).visit(tree)
    return tree


class _RenamedColumns(NodeTransformer):
    """Replaces the original names of columns, ``部门`` and ``row["部门"]``, with ``row["department"]``."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names

    def visit_Name(self, node: nodes.Name) -> nodes.Expr:  # noqa: N802 - jinja's name
        """Replace a name."""
        column = self._names.get(node.name)
        if column is None:
            return node
        origin = {"lineno": node.lineno, "environment": node.environment}
        return nodes.Getitem(nodes.Name(ROW, "load", **origin), nodes.Const(column, **origin), "load", **origin)

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Expr:  # noqa: N802 - jinja's name
        """Replace a key of ``row``."""
        is_row = isinstance(node.node, nodes.Name) and node.node.name == ROW
        if is_row and isinstance(node.arg, nodes.Const) and node.arg.value in self._names:
            node.arg.value = self._names[node.arg.value]
        self.generic_visit(node)
        return node


def row_expression(column: str) -> str:
    r"""
    Return the expression for a column of any name.

    >>> row_expression('a"b\n')
    'row["a\\"b\\n"]'
    """
    return f"{ROW}[{text_literal(column)}]"


def text_literal(text: str) -> str:
    r"""
    Return a text in quotes, for a condition or a calculation.

    >>> text_literal('a "b" %}')
    '"a \\"b\\" %\\x7d"'
    """
    return f'"{_TO_ESCAPE.sub(_escape, text)}"'


def expression_for(column: str) -> str:
    """
    Return the expression for a column in conditions and calculations.

    >>> expression_for("部门"), expression_for("Net pay")
    ('部门', 'row["Net pay"]')
    """
    return column if is_jinja_name(column) else row_expression(column)


def is_readable_tag(column: str) -> bool:
    """Return whether ``{{ column }}`` means this column even where the available columns are unknown."""
    is_plain = bool(column) and column == column.strip() and column.isprintable() and "|" not in column
    return is_plain and column[0] not in "-+" and column[-1] not in "-+" and _could_be_column(column)


def is_jinja_name(column: str) -> bool:
    """Return whether Jinja can use a column's name directly."""
    if not column.isidentifier() or iskeyword(column) or column in _RESERVED:
        return False
    if unicodedata.normalize("NFKC", column) != column:
        # Python normalises names, so two columns could become one.
        return False
    try:
        [output] = ENVIRONMENT.parse(f"{{{{ {column} }}}}").body
    except TemplateSyntaxError:
        return False
    return isinstance(output, nodes.Output) and output.nodes == [nodes.Name(column, "load")]


def _tags(source: str) -> Iterator[_Tag]:
    """Yield the tags that write a value, except in raw blocks; stop at a tag or block that is not closed."""
    at = 0
    while (opening := _OPENING.search(source, at)) is not None:
        start, mark = opening.end(), opening[0]
        end = source.find(_CLOSING[mark], start)
        if end < 0:
            return
        if mark == "{{":
            first = start + (source[start : start + 1] in {"-", "+"})
            yield _Tag(first, end, end - (end > first and source[end - 1] in "-+"))
        if mark == "{%" and _RAW.match(source, opening.start()):
            closed = _END_OF_RAW.search(source, end)
            if closed is None:
                return
            end = closed.start()
        at = end + 2


class _NameMatch(NamedTuple):
    """A name in a tag, and the position of the name's end in the source."""

    name: str
    end: int


def _find_name(source: str, tag: _Tag, names: Collection[str]) -> _NameMatch | None:
    """Return which of the given names a tag contains."""
    for end in dict.fromkeys((tag.end, tag.end_before_mark)):
        # The longest name first, since a name may contain a ``|``.
        while end > tag.start:
            name = source[tag.start : end].strip()
            if name in names:
                return _NameMatch(name, end)
            end = source.rfind("|", tag.start, end)  # noqa: PLW2901 - towards the beginning
    return None


def _guess_name(source: str, tag: _Tag) -> _NameMatch | None:
    """Return the name in a tag, if Jinja reserves the name or cannot read the tag."""
    inside = source[tag.start : tag.end_before_mark]
    head = inside.partition("|")[0]
    name = head.strip()
    if _is_reserved(name) or (not _is_readable(inside) and _could_be_column(name)):
        return _NameMatch(name, tag.start + len(head))
    return None


def _could_be_column(name: str) -> bool:
    """Return whether a text could be the name of a column that Jinja reserves or cannot read."""
    if _is_reserved(name):
        return True
    if not name or len(name) > _MAX_NAME_LENGTH or _NOT_IN_NAMES.search(name) or _is_open(name):
        return False
    called, inner = _CALL.match(name), _DOTTED.match(name)
    if (called is not None and called[1] in _FUNCTIONS) or (
        inner is not None and (inner[1] in _RESERVED or "(" in name)
    ):
        return False
    return not _is_readable(name)


def _is_open(text: str) -> bool:
    """Return whether a text has an unclosed parenthesis or quotation mark."""
    quotes = _APOSTROPHE.sub("", text)
    return text.count("(") != text.count(")") or any(quotes.count(mark) % 2 for mark in "'\"")


def _is_reserved(name: str) -> bool:
    """Return whether a name has a meaning of its own in templates, or would be changed by Python."""
    return name in _RESERVED or (name.isidentifier() and unicodedata.normalize("NFKC", name) != name)


def _is_readable(expression: str) -> bool:
    try:
        check_features("", ENVIRONMENT.parse(f"{{{{ {expression} }}}}"))
    except _PARSE_ERRORS:
        return False
    return True


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    if character in '"\\':
        return f"\\{character}"
    # Full-width braces would count as the braces of a tag.
    if character.isprintable() and character != "}" and character not in _WIDE_BRACES:
        return character
    return "\\x7d" if character == "}" else ascii(character)[1:-1]


def tag_for(column: str) -> str:
    r"""
    Return the template tag for a column: ``{{ name }}``, or a longer tag if Jinja would misread the name.

    The tag must not directly follow a ``{``: Jinja would read another tag.

    Returns:
        An empty text if no tag can access the column, because its name begins with ``__`` like Python's internals and
        is not an identifier.

    >>> tag_for("姓名"), tag_for("Net pay"), tag_for("none"), tag_for('a"b\n')
    ('{{ 姓名 }}', '{{ Net pay }}', '{{ row["none"] }}', '{{ row["a\\"b\\n"] }}')
    """
    if is_jinja_name(column):
        return f"{{{{ {column} }}}}"
    if column.startswith("__"):
        return ""
    return f"{{{{ {column if is_readable_tag(column) else row_expression(column)} }}}}"


def name_in_tags(column: str, tag_names: Mapping[str, str]) -> str:
    """
    Return the name by which the tags of a template call a column, such as the original name of a renamed column.

    >>> name_in_tags("name", {"姓名": "name"}), name_in_tags("city", {})
    ('姓名', 'city')
    """
    return next((name for name, used in tag_names.items() if used == column), column)


@lru_cache(maxsize=256)
def tag_with_default(column: str) -> str:
    """
    Return the tag of a column with a default for missing values.

    >>> tag_with_default("name")
    '{{ name | default("…") }}'
    """
    return _tag_with_filter(column, 'default("…")')


def tag_with_key(column: str, key: str) -> str:
    """
    Return the tag of the value of a key in a column of dicts.

    >>> tag_with_key("values", "dish")
    '{{ row["values"]["dish"] }}'
    """
    return f"{{{{ {row_expression(column)}[{text_literal(key)}] }}}}"


def tag_with_join(column: str) -> str:
    """
    Return the tag of a column with the elements of a list joined.

    >>> tag_with_join("departments")
    '{{ departments | join("、") }}'
    """
    return _tag_with_filter(column, 'join("、")')


def _tag_with_filter(column: str, call: str) -> str:
    return f"{(tag_for(column) or '{{ … }}').removesuffix(' }}')} | {call} }}}}"

"""Compiles templates, renders them for many rows, and explains Jinja's errors in plain language."""

import difflib
import re
import secrets
import unicodedata
from bisect import bisect_left
from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice
from math import isinf
from types import MappingProxyType
from typing import Final

from jinja2 import Template as JinjaTemplate
from jinja2 import TemplateSyntaxError, meta, nodes
from jinja2.exceptions import TemplateError as JinjaError
from jinja2.exceptions import UndefinedError

from dingnb.errors import InputError, TemplateError
from dingnb.messages.column_names import (
    JINJA_NAMES,
    ROW,
    find_in_single_braces,
    find_names_in_tags,
    name_in_tags,
    rewrite_names,
    tag_for,
    tag_with_default,
    tag_with_join,
    tag_with_key,
    use_renamed_columns,
    wide_tags,
)
from dingnb.messages.environment import ENVIRONMENT, check_features, check_source_size
from dingnb.messages.filters import DATE, ContainerError, MisuseError, quote_value
from dingnb.messages.template_limits import (
    MAX_FREE_LENGTH,
    allot_steps,
    can_multiply,
    charge_captured,
    insert_guards,
    limit_steps,
)
from dingnb.messages.text_numbers import TextNumberError
from dingnb.messages.validation import RowFailure
from dingnb.tables.cell_values import (
    CONTAINER_TYPES,
    CONVERSION_ERRORS,
    MISSING,
    InexactFloat,
    elements_of,
    read_elements,
)
from dingnb.tables.headers import synonyms_among
from dingnb.words import Text, field_name, listed
from dingnb.words.literals import literal

_JINJA_ERRORS: Mapping[str, str] = {
    r"No filter named '(?P<name>.*)'": "template.no_filter",
    r"No test named '(?P<name>.*)'": "template.no_test",
    r"Encountered unknown tag '(?P<name>end\w+|else|elif)'.*": "template.ends_nothing",
    r"Encountered unknown tag '(?P<name>\w*)'.*": "template.no_tag",
    r"Unexpected end of template.*block that needs to be closed is '(?P<name>\w+)'.*": "template.open",
    r"(?:unexpected end of|(?:unexpected|expected token '.*', got) 'end of) template.*": "template.not_closed",
    r"Missing end of .*": "template.ends_early",
    r"Expected an expression, got 'end of .*": "template.empty_tag",
    r"unexpected '}'": "template.badly_closed",
    r"(?:unexpected|expected token '.*', got) 'end of .*": "template.ends_early",
    r"(?:expected token '.*', got|unexpected char|unexpected|Expected an expression, got) '(?P<name>.*?)'.*": (
        "template.not_here"
    ),
}
"""
Patterns of Jinja's error messages, with the keys of our texts.

Jinja has one class for all syntax errors, so that only the messages distinguish them.
"""


def explain_jinja_error(message: str) -> Text:
    """
    Return the explanation of an error message of Jinja.

    >>> str(explain_jinja_error("No filter named 'mony'."))
    'there is no filter “mony”; did you mean money?'
    """
    for pattern, key in _JINJA_ERRORS.items():
        match = re.match(pattern, message, re.DOTALL)
        if match is not None:
            names = match.groupdict()
            if key == "template.no_filter" and (similar := _similar_filters(names["name"])):
                return Text("template.no_filter_near", **names, near=listed(similar))
            return Text(key, **names)
    return Text("template.not_understood")


def _similar_filters(name: str) -> list[str]:
    return difflib.get_close_matches(name.casefold(), list(ENVIRONMENT.filters), n=2)


NO_RENAMED_COLUMNS: Final[Mapping[str, str]] = MappingProxyType({})

_COLUMNS_SHOWN = 12
_ROWS = "_dingnb_rows"
_SEPARATOR = f"\x00{secrets.token_hex(16)}\x00"
_TAG_STARTS = re.compile(r"\{[{%#]")
_WIDE_STATEMENT = re.compile(r"(?!\{%)[{｛][%％]\s*(?:if|elif|else|endif|for|endfor|set)\b")
"""The start of a statement with a full-width brace or percent sign, which is not executed."""

_FAILURES = (*CONVERSION_ERRORS, JinjaError)
_PIECES_PER_READ = 2_000
_UNSENDABLE_TYPES = (InexactFloat, bytes, bytearray)
_CALCULATIONS = (nodes.Compare, nodes.Test, nodes.BinExpr, nodes.UnaryExpr)
_COMPILE_ERRORS = (MemoryError, OverflowError, RecursionError, SyntaxError, ValueError)


@dataclass(frozen=True)
class Template:
    """
    A text with ``{{ column }}`` tags.

    Args:
        source: The text.
        where: The message field of the text, for errors: ``markdown.text``.
        tag_names: Names that Jinja would misread or not know, with their columns.

    Raises:
        TemplateError: The text is not a valid template; the error gives the line and column.
    """

    source: str
    where: str = "text"
    tag_names: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        # Jinja evaluates constant expressions while it compiles.
        with limit_steps():
            _ = self._compiled_loop

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The columns used by the template: identifiers first, both kinds in alphabetical order."""
        return (*self._identifiers, *self._row_keys)

    def for_columns(self, available: Iterable[object], renamed: Mapping[str, str] = NO_RENAMED_COLUMNS) -> "Template":
        """
        Return the template for rows with these columns, so that tags may contain the name of any column.

        Args:
            available: The columns.
            renamed: The original names of columns in the file, which tags, conditions and calculations may use as well,
                with their new names.

        Raises:
            TemplateError: A column used by the template is missing (the error suggests similar names) or duplicated,
                has a name that is not text, or is written in quotes or in full-width or single braces; or a tag has
                several values.
        """
        labels = list(available)
        known = [name for name in labels if isinstance(name, str)]
        names = dict(find_names_in_tags(self.source, set(known), renamed))
        # Names in conditions and calculations are found in the parsed template.
        used = template_of(self.source, self.where, tuple(names.items())).columns
        names |= {name: renamed[name] for name in used if name not in known and renamed.get(name) in known}
        template = template_of(self.source, self.where, tuple(sorted(names.items())))
        self._check_no_number_is_a_column(set(known), labels)
        template._check(known, labels, renamed)  # noqa: SLF001 - a template, too
        return template

    def _check_no_number_is_a_column(self, known: Collection[str], labels: Sequence[object]) -> None:
        """Check that no tag such as ``{{ 11 }}``, which is a number to Jinja, means a column whose name is not text."""
        texts = [str(label) for label in labels if not isinstance(label, str)]
        # The label of a date is a Timestamp, whose text ends with the time.
        others = {*texts, *(text.removesuffix(" 00:00:00") for text in texts)}.difference(known)
        for column, _ in find_names_in_tags(self.source, others):
            raise TemplateError(
                Text("template.column_not_text", where=field_name(self.where), column=column),
                Text("template.column_not_text_todo"),
            )

    def _check(self, known: Sequence[str], labels: Sequence[object], renamed: Mapping[str, str]) -> None:
        """Check that the template names its columns in tags, and that each column exists once."""
        names = {*known, *renamed}
        for tag in wide_tags(self.source):
            if tag.name in names:
                raise TemplateError(
                    Text("draft.wide_tag", tag=tag.typed), Text("template.wide_tag_todo", tag=tag.corrected)
                )
        self._check_tags(names)
        for data in self.tree.find_all(nodes.TemplateData):
            _check_literal(data.data, names)
        for column in self.columns:
            self._check_column(column, known, labels, renamed)

    def _check_column(
        self, column: str, known: Sequence[str], labels: Sequence[object], renamed: Mapping[str, str]
    ) -> None:
        if known.count(column) > 1:
            raise TemplateError(
                Text("template.column_twice", where=field_name(self.where), column=column, n=known.count(column)),
                Text("template.column_twice_todo"),
            )
        if column in known:
            return
        unknown = Text("template.unknown_column", where=field_name(self.where), column=column)
        name, bar, filters = (part.strip() for part in column.partition("｜"))
        if bar and (name in known or name in renamed):
            raise TemplateError(unknown, Text("template.wide_tag_todo", tag=f"{{{{ {name} | {filters} }}}}"))
        similar = [name for name in known if _fold(name) == _fold(column)]
        similar = similar or synonyms_among(known, column)
        # With a lower cutoff, names that merely resemble the missing name, such as mobile for name, would be harmful
        # advice.
        similar = similar or difflib.get_close_matches(column, known, n=3, cutoff=0.5)
        available = listed([*known[:_COLUMNS_SHOWN], *(["…"] if len(known) > _COLUMNS_SHOWN else [])])
        todo_key = "template.unknown_column_near" if similar else "template.unknown_column_todo"
        if labels and not known:
            available = listed(map(str, labels[:_COLUMNS_SHOWN]))
            todo_key = "template.no_text_columns_todo"
        raise TemplateError(unknown, Text(todo_key, near=listed(map(_writable, similar)), columns=available))

    def _check_tags(self, names: Container[str]) -> None:
        """Check that no tag has several values, ``{{ a, b }}``, or a column in quotes, ``{{ "a" }}``."""
        for output in self.tree.find_all(nodes.Output):
            for node in output.nodes:
                if isinstance(node, nodes.Tuple | nodes.List):
                    raise TemplateError(
                        Text("template.several_values", where=field_name(self.where)),
                        Text("template.several_values_todo"),
                    )
                inner: nodes.Node | None = node
                while isinstance(inner, nodes.Filter):
                    inner = inner.node
                if isinstance(inner, nodes.Const) and inner.value in names:
                    raise TemplateError(
                        Text("template.quoted_column", where=field_name(self.where), column=inner.value),
                        Text("template.wide_tag_todo", tag=tag_for(inner.value)),
                    )

    def render_rows(self, columns: Mapping[str, Sequence[object]], length: int) -> tuple[list[str], list[RowFailure]]:
        """
        Return the texts of all rows, and the failures.

        Args:
            columns: The values of all rows for each used column; `MISSING` for missing values.
            length: The number of rows.

        Returns:
            `length` texts in order, empty if the row failed; and the failures, by position.
        """
        texts: list[str] = []
        failures: list[RowFailure] = []
        with limit_steps(length):
            rows = self._rows(columns, length)
            if can_multiply(self.tree):
                rows = allot_steps(rows)
            stream, unfinished = self._stream(rows), ""
            while True:
                pieces = [unfinished]
                error = _append_pieces(pieces, stream)
                if error is None and len(pieces) == 1:
                    return texts, self._add_unsendable(columns, texts, failures)
                *finished, unfinished = "".join(pieces).split(_SEPARATOR)
                for text in finished:
                    excess = _length_error(text) if len(text) > MAX_FREE_LENGTH else None
                    if excess is not None:
                        failures.append(self._failure(len(texts), columns, excess))
                    texts.append(text if excess is None else "")
                error = error or _length_error(unfinished)
                if error is not None:
                    failures.append(self._failure(len(texts), columns, error))
                    texts.append("")
                    # Rendering continues after the failed row.
                    stream, unfinished = self._stream(rows), ""

    def _failure(self, position: int, columns: Mapping[str, Sequence[object]], error: Exception) -> RowFailure:
        values = {name: columns[name][position] for name in self.columns}
        return _explain_failure(position, values, error, self._calculated_columns, dict(self.tag_names))

    def _add_unsendable(
        self, columns: Mapping[str, Sequence[object]], texts: list[str], failures: list[RowFailure]
    ) -> list[RowFailure]:
        """Return the failures, including rows with bytes or inexact numbers, whose texts are cleared."""
        failures_by_position = {failure.position: failure for failure in failures}
        for name in self.columns:
            if {*_UNSENDABLE_TYPES, *CONTAINER_TYPES}.isdisjoint(map(type, columns[name])):
                continue
            for position, cell in enumerate(columns[name]):
                value = next((element for element in elements_of(cell) if type(element) in _UNSENDABLE_TYPES), None)
                if value is not None and position not in failures_by_position:
                    texts[position] = ""
                    failures_by_position[position] = _failure_of_unsendable(position, name, value)
        return [failures_by_position[position] for position in sorted(failures_by_position)]

    def _rows(self, columns: Mapping[str, Sequence[object]], length: int) -> Iterator[tuple[object, ...]]:
        cells = [_with_undefined(name, columns[name]) for name in self._identifiers]
        if self._row_keys:
            keyed = zip(*(_with_undefined(name, columns[name]) for name in self._row_keys), strict=True)
            cells.append([dict(zip(self._row_keys, values, strict=True)) for values in keyed])
        return iter(zip(*cells, strict=True)) if cells else iter([()] * length)

    def _stream(self, rows: Iterator[tuple[object, ...]]) -> Iterator[str]:
        """Return the pieces of the texts of all rows; each text ends with a separator."""
        return self._compiled_loop.root_render_func(self._compiled_loop.new_context({_ROWS: rows}))

    @cached_property
    def _jinja_source(self) -> str:
        """The source passed to Jinja."""
        return rewrite_names(self.source, dict(self.tag_names))

    @cached_property
    def tree(self) -> nodes.Template:
        """The template parsed by Jinja."""
        check_source_size(self.where, self.source)
        try:
            tree = self._parse()
            check_features(self.where, tree)
        except TemplateSyntaxError as error:
            raise self._explain(error) from None
        except InputError:
            raise
        except _COMPILE_ERRORS:
            raise self._syntax_error(Text("template.too_deep")) from None
        return tree

    def _parse(self) -> nodes.Template:
        return use_renamed_columns(ENVIRONMENT.parse(self._jinja_source), dict(self.tag_names))

    @cached_property
    def _calculated_columns(self) -> frozenset[str]:
        """The columns used in comparisons or calculations."""
        return self._columns_in(self.tree.find_all(_CALCULATIONS))

    @cached_property
    def columns_without_zone(self) -> frozenset[str]:
        """The columns whose times the filter ``date`` writes without their time zone."""
        dates = (node for node in self.tree.find_all(nodes.Filter) if node.name == DATE and not _writes_zone(node))
        return self._columns_in(node.node for node in dates if node.node is not None)

    @cached_property
    def constant_calculations(self) -> tuple[str, ...]:
        """The calculations with written numbers only, such as ``2026/11/1``, whose results are sent."""
        tags = (node for output in self.tree.find_all(nodes.Output) for node in output.nodes)
        return tuple(filter(None, (_calculation(node) for node in tags if isinstance(node, nodes.BinExpr))))

    def _columns_in(self, expressions: Iterable[nodes.Node]) -> frozenset[str]:
        """Return the columns in expressions, including the columns that were assigned to variables in them."""
        words, keys, rest = set[str](), set[str](), list(expressions)
        while rest:
            nodes_inside = [part for node in rest for part in (node, *node.find_all(nodes.Expr))]
            keys |= {
                part.value for part in nodes_inside if isinstance(part, nodes.Const) and isinstance(part.value, str)
            }
            new_words = {part.name for part in nodes_inside if isinstance(part, nodes.Name)} - words
            words |= new_words
            rest = [value for name, value in self._assignments if name in new_words]
        return frozenset(column for column in self.columns if column in words or column in keys)

    @cached_property
    def _assignments(self) -> list[tuple[str, nodes.Node]]:
        """The names of variables, each with an expression that gives the variable a value."""
        pairs: list[tuple[nodes.Node, nodes.Node]] = []
        pairs += [(node.target, node.node) for node in self.tree.find_all(nodes.Assign)]
        pairs += [(node.target, node.iter) for node in self.tree.find_all(nodes.For)]
        for node in self.tree.find_all(nodes.With):
            pairs += zip(node.targets, node.values, strict=True)
        return [
            (part.name, value)
            for target, value in pairs
            for part in (target, *target.find_all(nodes.Name))
            if isinstance(part, nodes.Name)
        ]

    @cached_property
    def _identifiers(self) -> tuple[str, ...]:
        words = meta.find_undeclared_variables(self.tree) - {ROW}
        words |= {node.name for node in self.tree.find_all(nodes.Name) if node.name == "self"}
        for word in sorted(words):
            # Python normalises names, so two columns could become one.
            if word in JINJA_NAMES or unicodedata.normalize("NFKC", word) != word:
                raise TemplateError(
                    Text("template.reserved", where=field_name(self.where), name=word),
                    Text("template.reserved_todo", name=word),
                )
        return tuple(sorted(words))

    @cached_property
    def _row_keys(self) -> tuple[str, ...]:
        subscripts = [
            item.arg.value
            for item in self.tree.find_all(nodes.Getitem)
            if isinstance(item.node, nodes.Name) and item.node.name == ROW and isinstance(item.arg, nodes.Const)
        ]
        mentions = [name for name in self.tree.find_all(nodes.Name) if name.name == ROW]
        if len(mentions) != len(subscripts) or not all(isinstance(key, str) for key in subscripts):
            raise TemplateError(Text("template.row_use", where=field_name(self.where)), Text("template.row_use_todo"))
        return tuple(sorted(set(subscripts)))

    @cached_property
    def _compiled_loop(self) -> JinjaTemplate:
        try:
            return self._compile()
        except TemplateSyntaxError as error:
            raise self._explain(error) from None
        except UndefinedError as error:
            # Jinja evaluates constant expressions while it compiles.
            raise self._syntax_error(explain_jinja_error(str(error))) from None
        except InputError:
            raise
        except _COMPILE_ERRORS:
            raise self._syntax_error(Text("template.too_deep")) from None

    def _compile(self) -> JinjaTemplate:
        targets: list[nodes.Expr] = [nodes.Name(name, "store") for name in self._identifiers]
        if self._row_keys:
            targets.append(nodes.Name(ROW, "store"))
        body = [*insert_guards(self._parse()).body, nodes.Output([nodes.TemplateData(_SEPARATOR)])]
        target = nodes.Tuple(targets, "store") if targets else nodes.Name("_dingnb_row", "store")
        loop = nodes.For(target, nodes.Name(_ROWS, "load"), body, [], None, False)  # noqa: FBT003 - jinja's node
        tree = nodes.Template([loop], lineno=1)
        tree.set_environment(ENVIRONMENT)
        for node in tree.find_all(nodes.Node):
            node.lineno = node.lineno or 1
        return JinjaTemplate.from_code(ENVIRONMENT, ENVIRONMENT.compile(tree), {})

    def _explain(self, error: TemplateSyntaxError) -> TemplateError:
        """Return the error for the user from an error of Jinja."""
        column = _column_of(self.source, self._jinja_source, error)
        return self._syntax_error(explain_jinja_error(str(error.message)), error.lineno, column)

    def _syntax_error(self, message: Text, line: int = 1, column: int = 1) -> TemplateError:
        return TemplateError(
            Text("template.syntax", where=field_name(self.where), line=line, column=column, message=message),
            Text("template.syntax_todo"),
        )


def _calculation(node: nodes.Node) -> str:
    """Return a calculation as text, with nested calculations in parentheses; empty unless all operands are numbers."""
    if isinstance(node, nodes.Const):
        return str(node.value) if isinstance(node.value, int | float) else ""
    if not isinstance(node, nodes.BinExpr):
        return ""
    left, right = _calculation(node.left), _calculation(node.right)
    if isinstance(node.right, nodes.BinExpr):
        right = right and f"({right})"
    if isinstance(node.left, nodes.BinExpr) and node.left.operator != node.operator:
        left = left and f"({left})"
    return f"{left}{node.operator}{right}" if left and right else ""


def _writes_zone(node: nodes.Filter) -> bool:
    """Return whether the format in a filter ``date`` contains the time zone."""
    arguments = [*node.args, *(keyword.value for keyword in node.kwargs)]
    return any(isinstance(part, nodes.Const) and re.search("%-?[zZ]", str(part.value)) for part in arguments)


@lru_cache(maxsize=256)
def template_of(source: str, where: str, tag_names: tuple[tuple[str, str], ...] = ()) -> Template:
    """
    Return the template of a text, cached because drafts change one field at a time.

    Raises:
        TemplateError: As for `Template`.
    """
    return Template(source, where, tag_names)


def _check_literal(text: str, names: Collection[str]) -> None:
    """Check that the text outside of tags has no statement with full-width characters, and no column in braces."""
    if (statement := _WIDE_STATEMENT.search(text)) is not None:
        corrected = f"{unicodedata.normalize('NFKC', statement[0])} … %}}"
        raise TemplateError(
            Text("template.wide_statement", tag=statement[0]), Text("template.wide_tag_todo", tag=corrected)
        )
    if (single_braces := find_in_single_braces(text, names)) is not None:
        raise TemplateError(
            Text("template.single_braces", tag=single_braces.typed),
            Text(
                "template.single_braces_todo",
                tag=f"{{{{ {single_braces.name} }}}}",
                literal=f"{{{{ {single_braces.typed!r} }}}}",
            ),
        )


def _fold(name: str) -> str:
    """Return a name so that names that look alike are equal."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def _writable(column: str) -> str:
    """Return how to write a column in a text: by its tag if its name has spaces or line breaks that do not show."""
    is_plain = column == column.strip() and column.isprintable()
    return column if is_plain else tag_for(column) or column


def _append_pieces(pieces: list[str], stream: Iterator[str]) -> Exception | None:
    """Append the next pieces of the stream; if a row fails, return the error."""
    try:
        # The pieces before a failure are kept.
        pieces.extend(islice(stream, _PIECES_PER_READ))
    except _FAILURES as error:
        return error
    return None


def _length_error(text: str) -> InputError | None:
    """Return the error for a text that is too long or costs too many steps; None for any other text."""
    try:
        charge_captured(text)
    except InputError as error:
        return error
    return None


def _with_undefined(name: str, column: Sequence[object]) -> Sequence[object]:
    # By types, because comparing arbitrary values may fail.
    if {type(MISSING), *CONTAINER_TYPES}.isdisjoint(map(type, column)):
        return column
    undefined = ENVIRONMENT.undefined(name=name)
    return [read_elements(value, lambda element: undefined if element is MISSING else element) for value in column]


def _explain_failure(
    position: int,
    values: Mapping[str, object],
    error: Exception,
    calculated: Container[str],
    tag_names: Mapping[str, str],
) -> RowFailure:
    """Return the failure of a row with these values, with the column and an explanation of the error."""
    if isinstance(error, UndefinedError):
        missing = [name for name, value in values.items() if any(element is MISSING for element in elements_of(value))]
        if missing:
            column = next((name for name in missing if repr(name) in str(error)), missing[0])
            return _failure_of_missing(position, column, tag_names, is_element=values[column] is not MISSING)
    if isinstance(error, InputError):
        return _failure_of_input(position, values, error)
    if isinstance(error, TypeError):
        return _failure_of_text(position, values, error, calculated)
    if isinstance(error, ZeroDivisionError):
        return RowFailure(position, "", Text("template.zero"), Text("template.failed_todo"))
    return RowFailure(position, "", Text("template.not_possible"), Text("template.failed_todo"))


def _failure_of_text(
    position: int, values: Mapping[str, object], error: TypeError, calculated: Container[str]
) -> RowFailure:
    texts = [name for name, value in values.items() if isinstance(value, str)]
    if isinstance(error, TextNumberError):
        texts = [name for name in texts if values[name] == error.text]
        if not texts:
            # The number is in quotes in the template, for example.
            what = Text("template.text_number", value=quote_value(error.text))
            return RowFailure(position, "", what, Text("template.text_number_todo"))
    column = next((name for name in texts if name in calculated), texts[0] if len(texts) == 1 else "")
    if not column:
        return RowFailure(position, "", Text("template.not_possible"), Text("template.failed_todo"))
    what = Text("template.text_reckoned", column=column, value=quote_value(values[column]))
    return RowFailure(position, column, what, Text("template.text_reckoned_todo"))


def _failure_of_missing(position: int, column: str, tag_names: Mapping[str, str], *, is_element: bool) -> RowFailure:
    if is_element:
        todo = Text("template.missing_element_todo", condition="{% for … in … if … is defined %}")
        return RowFailure(position, column, Text("template.missing_element", column=column), todo)
    todo = Text("template.missing_value_todo", tag=tag_with_default(name_in_tags(column, tag_names)))
    return RowFailure(position, column, Text("template.missing_value", column=column), todo)


def _failure_of_container(position: int, column: str, value: object, error: ContainerError) -> RowFailure:
    """Return the failure of a row in which a tag shows a list; `column` is empty unless the list is in a column."""
    if not column:
        return RowFailure(position, "", error.text, error.advice)
    what = Text("template.list", column=column, value=error.value)
    key = next(iter(value), None) if isinstance(value, Mapping) else None
    if isinstance(key, str):
        # Joining a dict would send its keys to everybody.
        return RowFailure(position, column, what, Text("template.dict_todo", tag=tag_with_key(column, key)))
    return RowFailure(position, column, what, Text("template.list_todo", tag=tag_with_join(column)))


def _failure_of_unsendable(position: int, column: str, value: object) -> RowFailure:
    what = {"column": column, "value": quote_value(value)}
    if not isinstance(value, float):
        return RowFailure(
            position, column, Text("template.bytes", **what), Text("template.bytes_todo", column=literal(column))
        )
    key = "template.infinite" if isinf(value) else "template.rounded"
    return RowFailure(position, column, Text(key, **what), Text(f"{key}_todo"))


def _failure_of_input(position: int, values: Mapping[str, object], error: InputError) -> RowFailure:
    if isinstance(error, ContainerError | MisuseError):
        column = next((name for name, value in values.items() if quote_value(value) == error.value), "")
        if isinstance(error, ContainerError):
            return _failure_of_container(position, column, values.get(column), error)
        return RowFailure(position, column, error.text_for_column(column) if column else error.text, error.advice)
    at_fault = [name for name, value in values.items() if error.text.quotes(quote_value(value))]
    return RowFailure(position, at_fault[0] if len(at_fault) == 1 else "", error.text, error.advice)


def _column_of(source: str, jinja_source: str, error: TemplateSyntaxError) -> int:
    """Return the column, from 1, of the tag with the error; Jinja reports only the line."""
    starts = [match.start() for match in _TAG_STARTS.finditer(jinja_source)]
    ends = [*starts[1:], len(jinja_source)]

    def fails_alike(number: int) -> bool:
        try:
            ENVIRONMENT.compile(ENVIRONMENT.parse(jinja_source[: ends[number]]))
        except TemplateSyntaxError as shorter:
            return shorter.message == error.message and shorter.lineno == error.lineno
        except UndefinedError:
            return False
        return False

    # From the faulty tag on, each longer part of the source fails in the same way.
    first = bisect_left(range(len(starts)), True, key=fails_alike)  # noqa: FBT003 - what is sought
    source_starts = [match.start() for match in _TAG_STARTS.finditer(source)]
    return source_starts[first] - source.rfind("\n", 0, source_starts[first]) if first < len(starts) else 1

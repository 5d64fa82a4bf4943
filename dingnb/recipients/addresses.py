"""Finds the address columns of a frame and reads their cells."""

import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self

import numpy as np
import pandas as pd

from dingnb.errors import ColumnError, InputError, NobodyError
from dingnb.errors.arguments import are_equal_labels, short_repr, shorten_name
from dingnb.messages import Message
from dingnb.tables.cell_values import BLANK_CHARACTERS
from dingnb.tables.cells import cells_of, is_missing, show
from dingnb.tables.headers import canonical_name, synonyms_among
from dingnb.tables.ids import Cell, is_about_list, is_placeholder, normalize_id, plain_userids, read_mobile, read_userid
from dingnb.tables.mobile_numbers import looks_like_mobile, parse_mobile_numbers
from dingnb.tables.row_labels import is_indexed_by_line
from dingnb.words import NOTHING, Text, count, listed, sentences
from dingnb.words.literals import literal
from dingnb.words.visible import safe_str

_REPEATED_HEADERS = frozenset({"userid", "user_id", "user-id"})
"""Cells that are headers repeated in the middle of a list of ids."""

_READERS: Mapping[str, Callable[[object], Cell]] = {"userid": read_userid, "mobile": read_mobile}

_KINDS_OF_COLUMNS = frozenset({*_READERS, "name"})

_STARTS_OF_NUMBERS = "1+08("
"""First characters of mobile numbers: ``139…``, ``+86…``, ``0086…``, ``86…`` and ``(86)…``."""

_AMOUNT = re.compile(r"[-+]?[¥$€]?[\d,. ]++%?\s*(?:元|人|行|条)?")
"""Numbers as texts, which a row of totals may have."""

_EXCLUDED_TODO = Text("row.excluded_todo")

_MISSING_FILES = ("media.missing", "media.missing_here", "media.no_folder")
"""Keys of the reasons of rows whose file is missing."""

_NOT_MEANT_TODOS = (Text("row.name_differs_todo"), Text("row.name_noted_todo"), Text("row.other_owner_todo"))
"""The hints of rows that do not mean the person with their userid, or say that the person should get no messages."""

_NO_FILE_TODO = Text("media.missing_value_todo")
"""The hint of rows that have no file."""


def is_about_nobody(reason: Text) -> bool:
    """Return whether a row is rejected because it is a total, a note or a repeated header."""
    return reason.mentions("row.note") or reason.mentions("row.header")


def is_exclusion(hint: Text) -> bool:
    """
    Return whether a row is rejected because the analyst excluded the row.

    The hint shows the exclusion, since the ledger stores only the reason and the hint of a row.
    """
    return hint == _EXCLUDED_TODO


@dataclass(frozen=True, slots=True)
class Rejection:
    """
    Why one row is rejected.

    Attributes:
        position: The position of the row, from 0.
        column: The column at fault; empty if the whole row is at fault.
        value: The value of the cell.
        reason: What is wrong.
        hint: How to fix the row.
    """

    position: int
    column: str
    value: str
    reason: Text
    hint: Text

    @classmethod
    def of_exclusion(cls, position: int, column: str, value: str, reason: Text) -> Self:
        """Return the rejection of a row that the analyst excluded."""
        return cls(position, column, value, reason, _EXCLUDED_TODO)

    @property
    def is_exclusion(self) -> bool:
        """Whether the analyst excluded the row; an exclusion is not an error."""
        return is_exclusion(self.hint)

    @property
    def means_somebody_else(self) -> bool:
        """Whether the row does not mean the person with its userid, or says that the person should get no messages."""
        return self.hint in _NOT_MEANT_TODOS

    @property
    def lacks_file(self) -> bool:
        """Whether the file of the row does not exist, or the row names no file."""
        return self.hint == _NO_FILE_TODO or any(map(self.reason.mentions, _MISSING_FILES))

    @property
    def is_about_nobody(self) -> bool:
        """Whether the row is a total, a note or a repeated header, and so about no person."""
        return is_about_nobody(self.reason)


@dataclass(frozen=True, slots=True)
class Correction:
    """One unambiguous correction of a cell: its position, column, original value and corrected value."""

    position: int
    column: str
    value: str
    became: str


class Placeholders(NamedTuple):
    """The number of a column's cells with a placeholder for a missing value, and the first such cell's text."""

    cells: int
    first: str


class MobilesOfRows(NamedTuple):
    """
    The numbers in the mobile column of a frame.

    Attributes:
        column: The label of the column.
        cells: The cells of the column.
        numbers: The numbers in each cell: none, one, or several if the cell is ambiguous.
        mobiles: The numbers of all cells.
    """

    column: str = ""
    cells: Sequence[object] = ()
    numbers: Sequence[tuple[str, ...]] = ()
    mobiles: frozenset[str] = frozenset()


@dataclass(slots=True)
class Addresses:
    """
    The addresses in the rows of a frame.

    Attributes:
        userids: The userid of each row; empty if the row has none, or if the row's number still has to be looked up.
        mobiles: The phone numbers to look up, by position of their rows.
        mobile_column: The column of the phone numbers.
        rejections: The rows without a valid address, by position.
        corrections: The corrected cells.
        excluded: The rows excluded by their number, by position.
        excluded_numbers: The excluded number of each row in `excluded`, by position.
        userid_warning: A warning about values that do not look like userids; empty if there are none.
        placeholders: The placeholders for missing values, by column; columns without placeholders are left out.
        alternatives: For each kind of address, the column used, and other columns with an equivalent name.
    """

    userids: list[str]
    mobiles: dict[int, str] = field(default_factory=dict)
    mobile_column: str = ""
    rejections: dict[int, Rejection] = field(default_factory=dict)
    corrections: list[Correction] = field(default_factory=list)
    excluded: dict[int, Rejection] = field(default_factory=dict)
    excluded_numbers: dict[int, str] = field(default_factory=dict)
    userid_warning: Text = NOTHING
    placeholders: dict[str, Placeholders] = field(default_factory=dict)
    alternatives: dict[str, tuple[str, list[str]]] = field(default_factory=dict)

    def fill_in_excluded_userids(self, owners: Mapping[str, str]) -> None:
        """Add known owners' userids to rows excluded by their number: earlier plans may have sent to the owners."""
        for position, number in self.excluded_numbers.items():
            self.userids[position] = self.userids[position] or owners.get(number, "")

    def notes(self) -> list[Text]:
        """Return notes about the addresses, one sentence each."""
        return [
            *([self.userid_warning] if self.userid_warning else []),
            *(
                Text("file.chosen", kind=kind, column=column, others=listed(map(repr, names)))
                for kind, (column, names) in self.alternatives.items()
            ),
            *(
                Text("frame.placeholders", column=column, cells=count("cell", n), value=value)
                for column, (n, value) in self.placeholders.items()
            ),
        ]


def check_dataframe(frame: object) -> pd.DataFrame:
    """
    Check that an argument is a DataFrame, and return it.

    Raises:
        InputError: The argument is not a DataFrame.
    """
    if not isinstance(frame, pd.DataFrame):
        key = "frame.not_a_frame_todo"
        if isinstance(frame, pd.Series):
            is_row = any(isinstance(label, str) and canonical_name(label) for label in frame.index)
            key = "frame.row_todo" if is_row else "frame.series_todo"
        elif isinstance(frame, Message):
            key = "frame.message_todo"
        raise InputError(Text("frame.not_a_frame", kind=type(frame).__name__), Text(key))
    return frame


def check_recipients(frame: object) -> pd.DataFrame:
    """
    Check that an argument is a DataFrame with rows, and return it.

    Raises:
        InputError: The argument is not a DataFrame.
        NobodyError: The DataFrame has no rows.
    """
    table = check_dataframe(frame)
    if not len(table):
        raise NobodyError(Text("frame.empty"), Text("frame.empty_todo"))
    return table


def address_kinds(to: object) -> tuple[str, ...]:
    """
    Return the kinds of address in order of preference.

    Raises:
        InputError: `to` names an unknown kind, or no kind.
    """
    kinds = tuple(to) if isinstance(to, list | tuple) else (to,)
    if not kinds or any(not isinstance(kind, str) or kind not in _READERS for kind in kinds):
        raise InputError(Text("frame.bad_kind", value=short_repr(to)), Text("frame.bad_kind_todo"))
    return tuple(dict.fromkeys(kinds))


def check_key(key: object) -> None:
    """
    Check the key that distinguishes several rows of one person: a label, or a list of labels.

    Raises:
        InputError: The key is neither.
    """
    labels = key if isinstance(key, list | tuple) else [key]
    if not all(label is None or can_be_key(label) for label in labels):
        raise InputError(Text("argument.kind", name="key", value=short_repr(key)), Text("argument.key_todo"))


def can_be_key(label: object) -> bool:
    """Return whether the column with a label can be a key: the ledger stores the label as text."""
    return isinstance(label, str | int | np.integer) and not isinstance(label, bool)


def check_columns(columns: object) -> Mapping[str, Any]:
    """
    Check that an argument maps kinds of address, or ``name``, to labels, and return it.

    Raises:
        InputError: The argument is not such a mapping.
    """
    if not isinstance(columns, Mapping) or any(
        not isinstance(column, str) or column not in _KINDS_OF_COLUMNS for column in columns
    ):
        raise InputError(Text("frame.bad_columns", value=short_repr(columns)), Text("frame.bad_columns_todo"))
    return columns


def read_addresses(frame: pd.DataFrame, kinds: Sequence[str], columns: object) -> Addresses:
    """
    Return the address in each row, of the first kind whose cell is not blank.

    Args:
        frame: The input, which is not changed.
        kinds: Kinds of address, in order of preference.
        columns: The columns without a usual name, by kind of address.

    Raises:
        ColumnError: A column is missing or duplicated, or several columns have a usual name of one kind of address.
        InputError: `columns` is not a mapping of kinds of address to labels.
    """
    labels_given = check_columns(columns)
    labels = {kind: address_column(frame, kind, labels_given) for kind in kinds}
    others = {kind: _other_columns(frame, kind, labels[kind]) for kind in kinds if kind not in labels_given}
    addresses = Addresses([""] * len(frame), mobile_column=str(labels.get("mobile", "")))
    addresses.alternatives = {kind: (str(labels[kind]), names) for kind, names in others.items() if names}
    undecided: Sequence[int] = range(len(frame))
    for kind in kinds:
        values = cells_of(column_of(frame, labels[kind]))
        undecided = _read_kind(addresses, kind, str(labels[kind]), values, undecided)
        if kind == "userid":
            lines = _lines(addresses.userids)
            addresses.userid_warning = _warn_about_numbers(
                frame, addresses.userids, lines, labels[kind]
            ) or _warn_about_names(addresses.userids, lines, labels[kind])
    names = " / ".join(str(labels[kind]) for kind in kinds)
    reason, hint = Text("row.blank", kinds=names), Text("row.blank_todo")
    cells_of_first_kind = cells_of(column_of(frame, labels[kinds[0]])) if undecided else []
    about_list = _rows_about_list(frame, undecided)
    for position in undecided:
        if position in about_list:
            text, label = about_list[position]
            note, todo = Text("row.note", value=text), Text("row.note_todo")
            addresses.rejections[position] = Rejection(position, label, text, note, todo)
            continue
        value = show(cells_of_first_kind[position]).strip(BLANK_CHARACTERS)
        addresses.rejections[position] = Rejection(position, str(labels[kinds[0]]), value, reason, hint)
    return addresses


def _rows_about_list(frame: pd.DataFrame, rows: Sequence[int]) -> dict[int, tuple[str, str]]:
    """
    Return which rows without an address are about the list: by row, the first cell, which says so, and its column.

    Such rows have totals, or say who made the list. A row with any other text, such as the name of a person, is not
    about the list, so that no person is lost.
    """
    part = frame.iloc[list(rows)]
    first: dict[int, tuple[object, str]] = {}
    persons: set[int] = set()
    for at, label in enumerate(frame.columns.tolist()):
        for row, cell in zip(rows, cells_of(part.iloc[:, at]), strict=True):
            if is_missing(cell) or (isinstance(cell, str) and is_placeholder(cell)):
                continue
            first.setdefault(row, (cell, str(label)))
            if isinstance(cell, str) and not is_about_list(cell) and not _AMOUNT.fullmatch(cell):
                persons.add(row)
    return {
        row: (show(cell), label) for row, (cell, label) in first.items() if row not in persons and is_about_list(cell)
    }


def column_of(frame: pd.DataFrame, label: object) -> "pd.Series[Any]":
    """
    Return the column with a label, which must be unique.

    Raises:
        ColumnError: No column has this label, or several columns have it.
    """
    positions = np.flatnonzero([_is_label(column, label) for column in frame.columns.tolist()])
    n = len(positions)
    if n == 0:
        shown = shorten_name(label) if isinstance(label, str) else label
        raise ColumnError(Text("frame.column_not_there", column=shown), _missing_label_hint(frame, label))
    if n > 1:
        raise ColumnError(Text("frame.column_twice", column=label, n=n), Text("frame.column_twice_todo"))
    return frame.iloc[:, int(positions[0])]


def read_mobiles(frame: pd.DataFrame, columns: object) -> MobilesOfRows:
    """
    Return the numbers in the mobile column of a frame, including rows that have a userid. Makes no calls.

    Raises:
        ColumnError: There is no mobile column, or several columns fit.
        InputError: `columns` is not a mapping of kinds of address to labels.
    """
    label = address_column(frame, "mobile", check_columns(columns))
    cells = cells_of(column_of(frame, label))
    keys = [(type(cell), cell) if isinstance(cell, str | int | float) else id(cell) for cell in cells]
    numbers_of_key: dict[object, tuple[str, ...]] = {}
    for key, cell in zip(keys, cells, strict=True):
        if key not in numbers_of_key:
            numbers_of_key[key] = _numbers_in(cell)
    mobiles = frozenset(itertools.chain.from_iterable(numbers_of_key.values()))
    return MobilesOfRows(str(label), cells, [numbers_of_key[key] for key in keys], mobiles)


def exclude_numbers(addresses: Addresses, mobiles: MobilesOfRows, excluded: Mapping[str, Text]) -> None:
    """
    Exclude the rows with an excluded number, even if they have a userid.

    Args:
        addresses: The addresses. The numbers of excluded rows are removed, so that they are not looked up.
        mobiles: The numbers in the rows.
        excluded: The reasons by number.
    """
    for position, (cell, numbers) in enumerate(zip(mobiles.cells, mobiles.numbers, strict=True)):
        number = next((number for number in numbers if number in excluded), None)
        if number is not None:
            addresses.excluded[position] = Rejection.of_exclusion(
                position, mobiles.column, show(cell), excluded[number]
            )
            addresses.excluded_numbers[position] = number
            addresses.mobiles.pop(position, None)


def excluded_numbers_to_look_up(
    addresses: Addresses, mobiles: MobilesOfRows, excluded: Mapping[str, Text]
) -> Sequence[str]:
    """
    Return the excluded numbers whose owners have to be known before batches are built.

    Rows with only a userid, or with another number, are recognised by the owners of excluded numbers.

    Args:
        addresses: The addresses, after `exclude_numbers`.
        mobiles: The numbers in the rows.
        excluded: The reasons by number.
    """
    if not excluded or not any(addresses.userids):
        return ()
    if any(userid and not numbers for userid, numbers in zip(addresses.userids, mobiles.numbers, strict=True)):
        return list(excluded)
    others = {userid for row, userid in enumerate(addresses.userids) if userid and row not in addresses.excluded}
    in_other_rows = {number for row, number in addresses.excluded_numbers.items() if addresses.userids[row] in others}
    return [number for number in excluded if number not in mobiles.mobiles or number in in_other_rows]


def _numbers_in(cell: object) -> tuple[str, ...]:
    """Return the mobile numbers in a cell, which are several if the cell is ambiguous."""
    text = read_mobile(cell).text
    if text or not isinstance(cell, str):
        return (text,) if text else ()
    return parse_mobile_numbers(normalize_id(cell))


def _lines(userids: Sequence[str]) -> str:
    """Return userids as one text, each between line breaks: searching one text is faster than searching each userid."""
    joined = "\n".join(userids)
    return f"\n{joined}\n"


def _warn_about_numbers(frame: pd.DataFrame, userids: Sequence[str], lines: str, label: object) -> Text:
    """Return a warning if most of the userids look like mobile numbers; otherwise nothing."""
    present = len(userids) - userids.count("")
    if 2 * sum(lines.count(f"\n{start}") for start in _STARTS_OF_NUMBERS) <= present:
        return NOTHING
    numbers = sum(map(looks_like_mobile, userids))
    if 2 * numbers <= present:
        return NOTHING
    # A column without a usual name, or with an ambiguous name, has to be named.
    is_usual = usual_column(frame, "mobile") == label
    code = 'to="mobile"' if is_usual else f'to="mobile", columns={{"mobile": {literal(label)}}}'
    return Text("frame.userids_like_numbers", column=str(label), n=f"{numbers:,}", all=f"{present:,}", code=code)


def _warn_about_names(userids: Sequence[str], lines: str, label: object) -> Text:
    """Return a warning if userids contain Chinese characters, as names do; otherwise nothing."""
    if lines.isascii():
        return NOTHING
    words = [userid for userid in userids if not userid.isascii()]
    return Text("frame.userids_like_words", column=str(label), cells=count("cell", len(words)), value=words[0])


def _is_label(value: object, label: object) -> bool:
    # NA as a label equals nothing; comparing it returns NA.
    return value is not pd.NA and are_equal_labels(value, label)


def address_column(frame: pd.DataFrame, kind: str, columns: Mapping[str, object]) -> object:
    """
    Return the column of a kind of address, or of names: the given column, else the column with a usual name.

    Raises:
        ColumnError: No column is given, and no column or several columns have a usual name.
    """
    if kind in columns:
        return columns[kind]
    candidates = columns_for(frame, kind)
    if not candidates:
        names = listed(map(str, frame.columns))
        raise ColumnError(Text("frame.no_column", kind=kind, columns=names), _missing_column_hint(frame, kind))
    if len(candidates) > 1:
        names = listed(map(str, candidates))
        raise ColumnError(
            Text("frame.columns_compete", kind=kind, columns=names), Text("frame.columns_compete_todo", kind=kind)
        )
    return candidates[0]


def address_columns(frame: pd.DataFrame, to: str | Sequence[str], columns: object) -> list[object]:
    """
    Return the columns of the kinds of address that are used.

    Args:
        frame: The input.
        to: The kinds of address, in order of preference.
        columns: As for `read_addresses`.

    Raises:
        ColumnError: For a kind of address, no column is given, and no column or several columns have a usual name.
        InputError: `to` or `columns` is invalid.
    """
    labels = check_columns({} if columns is None else columns)
    return [address_column(frame, kind, labels) for kind in address_kinds(to)]


def columns_for(frame: pd.DataFrame, kind: str) -> list[object]:
    """Return the distinct labels of the columns with exactly this name, or else with an equivalent name."""
    labels = dict.fromkeys(label for label in frame.columns if canonical_name(label) == kind)
    return [label for label in labels if label == kind] or list(labels)


def is_in_index(frame: pd.DataFrame, kind: str) -> bool:
    """Return whether the index has a usual name for a kind of address."""
    return any(name is not None and canonical_name(name) == kind for name in frame.index.names)


def code_to_join_levels(frame: pd.DataFrame) -> str:
    """Return code that joins the levels of columns into texts, and makes named levels of the index columns."""
    join = "frame.columns = ['_'.join(filter(None, map(str, c))) for c in frame.columns]"
    return f"frame = frame.reset_index(); {join}" if _index_names(frame) else join


def levels_todo(frame: pd.DataFrame, kinds: Sequence[str], argument: str) -> Text:
    """
    Return a hint on how to join columns of several levels.

    Args:
        frame: The frame.
        kinds: The kinds of address or evidence for which columns are needed.
        argument: The argument that names the needed columns if the joined names are not usual names.
    """
    levels = [tuple(map(str, label)) for label in frame.columns]
    levels += [(name,) for name in map(str, _index_names(frame))]
    joined = {"_".join(filter(None, label)): label for label in levels}
    labels = {
        kind: [name for name, label in joined.items() if kind in {canonical_name(text) for text in (name, *label)}]
        for kind in kinds
    }
    code = code_to_join_levels(frame)
    is_usual = all(any(canonical_name(name) == kind for name in labels[kind]) for kind in kinds)
    if is_usual or any(len(labels_of_kind) != 1 for labels_of_kind in labels.values()):
        return Text("frame.levels_todo", code=code)
    named = ", ".join(f"{literal(kind)}: {literal(name)}" for kind, [name] in labels.items())
    return Text("frame.levels_named_todo", code=code, columns=f"{argument}={{{named}}}")


def _index_names(frame: pd.DataFrame) -> list[object]:
    return [name for name in frame.index.names if name is not None]


def _missing_label_hint(frame: pd.DataFrame, label: object) -> Text:
    """Return a hint for a label that no column has."""
    labels: list[object] = list(frame.columns)
    if isinstance(frame.columns, pd.MultiIndex):
        return Text("frame.levels_todo", code=code_to_join_levels(frame))
    if any(_is_label(name, label) for name in _index_names(frame)):
        return Text("frame.in_index_todo")
    of_other_type = [column for column in labels if safe_str(column) == safe_str(label)]
    if of_other_type:
        return Text("frame.other_type_todo", column=literal(of_other_type[0]))
    near = synonyms_among(labels, label)
    key = "template.unknown_column_near" if near else "frame.column_not_there_todo"
    return Text(key, near=listed(near), columns=listed(map(safe_str, labels)))


def _missing_column_hint(frame: pd.DataFrame, kind: str) -> Text:
    """Return a hint for a frame without a column for a kind of address, which may be in the index, for example."""
    if isinstance(frame.columns, pd.MultiIndex):
        return levels_todo(frame, (kind,), "columns")
    if is_in_index(frame, kind):
        return Text("frame.in_index_todo")
    if kind == "userid" and any(canonical_name(column) == "mobile" for column in frame.columns):
        return Text("frame.by_mobile_todo")
    if kind == "mobile" and any(canonical_name(column) == "userid" for column in frame.columns):
        return Text("frame.by_userid_todo")
    if kind == "userid" and any(canonical_name(column) == "name" for column in frame.columns):
        return Text("frame.by_name_todo")
    index_names = [] if is_indexed_by_line(frame) else _index_names(frame)
    names = listed(map(str, index_names))
    in_index = (
        Text("frame.perhaps_in_index_todo", names=names, column=literal(index_names[0])) if index_names else NOTHING
    )
    return sentences(Text("frame.no_column_todo", kind=kind), in_index)


def _other_columns(frame: pd.DataFrame, kind: str, used: object) -> list[str]:
    """Return the columns whose names are equivalent to a kind of address, except the used column."""
    return [
        str(column)
        for column in dict.fromkeys(frame.columns)
        if canonical_name(column) == kind and not _is_label(column, used)
    ]


def usual_column(frame: pd.DataFrame, kind: str) -> object | None:
    """Return the label of the column with a usual name for a kind of address; None if there is not exactly one."""
    try:
        return address_column(frame, kind, {})
    except ColumnError:
        return None


def names_in(frame: pd.DataFrame, columns: Mapping[str, object]) -> list[object]:
    """Return the names in the rows; empty unless there is exactly one column of names, given or with a usual name."""
    try:
        return cells_of(column_of(frame, address_column(frame, "name", columns)))
    except ColumnError:
        return []


def _has_repeated_header(userids: Sequence[str]) -> bool:
    lines = _lines(userids).casefold()
    return any(f"\n{header}\n" in lines for header in _REPEATED_HEADERS)


def _read_kind(
    addresses: Addresses, kind: str, column: str, values: list[object], undecided: Sequence[int]
) -> list[int]:
    """Read one kind of address for the rows without an address; return the rows that still have none."""
    if kind == "userid" and len(undecided) == len(values):
        plain = plain_userids(values)
        if plain is not None and not _has_repeated_header(plain):
            addresses.userids = plain
            return []
    read = _READERS[kind]
    left: list[int] = []
    for position in undecided:
        value = values[position]
        text, problem, hint, is_corrected, has_placeholder = read(value)
        if text and not problem and canonical_name(text) and (canonical_name(text) == kind or not text.isascii()):
            problem, hint = Text("row.header", value=show(value)), Text("row.note_todo")
        if problem:
            addresses.rejections[position] = Rejection(position, column, show(value), problem, hint)
        elif not text:
            left.append(position)
            if has_placeholder:
                cells, example = addresses.placeholders.get(column, (0, show(value)))
                addresses.placeholders[column] = Placeholders(cells + 1, example)
        else:
            if kind == "mobile":
                addresses.mobiles[position] = text
            else:
                addresses.userids[position] = text
            if is_corrected:
                addresses.corrections.append(Correction(position, column, show(value), text))
    return left

"""Tables for people who do not write code: the rows of their list, with what dingnb reports about each."""

import itertools
import re
from collections.abc import Hashable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal, NamedTuple

import pandas as pd

from dingnb.errors.arguments import are_equal_labels
from dingnb.recipients.column_titles import added_by_matching
from dingnb.tables.cells import cells_with_dates, show
from dingnb.tables.headers import ID_COLUMNS, canonical_name
from dingnb.tables.row_labels import index_name
from dingnb.words import Text, capitalize, listed, say

_NUMBER = re.compile(r"(?!-0\Z)-?(?:0|[1-9]\d{0,8})(?:\.\d{0,5}[1-9])?", re.ASCII)
"""A number that looks the same in Excel; longer numbers, and numbers that begin or end with 0, may be ids."""


class TitledColumn(NamedTuple):
    """
    A column with its title.

    Attributes:
        title: The column's title.
        values: The values, one for each row.
        kind: What the column contains: facts about sending, facts about answers, or the answers to a form's question.
    """

    title: str
    values: Sequence[Any]
    kind: Literal["sending", "answers", "question"] = "sending"


_SUFFIXED = {"sending": "export.beside", "answers": "export.beside_answer", "question": "export.beside_answer"}
"""The text keys of titles for columns whose own title is taken, by kind; columns of earlier kinds keep theirs first."""


def readable_table(
    rows: pd.DataFrame,
    titles: Mapping[object, str],
    numbers: TitledColumn | None,
    added: Sequence[TitledColumn],
    first: Sequence[Hashable] = (),
) -> pd.DataFrame:
    """
    Return a table with the number of each row, the columns of the list, and columns beside them.

    The columns that matching added to the list are left out.

    Args:
        rows: Rows of the list.
        titles: The titles of the list's columns, from `column_titles`.
        numbers: The numbers of the rows in the list; None if they are not known.
        added: The columns beside the list's; a title that is taken gets an addition, so that all titles differ.
        first: The labels of columns of the list that come first.
    """
    labels: Sequence[Hashable] = rows.columns.tolist()
    matching = added_by_matching(rows)
    positions = [at for at, label in enumerate(labels) if label not in matching]
    order = [at for label in first for at in positions if are_equal_labels(labels[at], label)]
    list_columns = [
        TitledColumn(titles.get(labels[at], str(labels[at])), _values(rows.iloc[:, at]))
        for at in dict.fromkeys([*order, *positions])
    ]
    front = [] if numbers is None else [numbers]
    beside = _with_unique_titles([*front, *added], {column.title for column in list_columns})
    columns = [*beside[: len(front)], *list_columns, *beside[len(front) :]]
    table = pd.DataFrame({at: pd.Series(list(column.values), dtype=object) for at, column in enumerate(columns)})
    return table.set_axis([column.title for column in columns], axis=1)


def _with_unique_titles(columns: Sequence[TitledColumn], taken: set[str]) -> list[TitledColumn]:
    """Return columns in which each title that is taken, or that an earlier column has, has an addition."""
    titles = [column.title for column in columns]
    given, all_titles = set(taken), {*taken, *titles}
    headings = {*taken, *(column.title for column in columns if column.kind != "question")}
    # dingnb's own headings are the same in every file, unlike the headings of questions.
    for at in sorted(range(len(columns)), key=lambda at: list(_SUFFIXED).index(columns[at].kind)):
        title, kind = columns[at].title, columns[at].kind
        if title in given:
            # Questions that have only each other's title are numbered.
            extended = say(_SUFFIXED[kind], title=title) if title in headings else title
            candidates = itertools.chain((extended,), (f"{extended} {number}" for number in itertools.count(2)))
            titles[at] = next(candidate for candidate in candidates if candidate not in all_titles)
        given.add(titles[at])
        all_titles.add(titles[at])
    return [column._replace(title=title) for column, title in zip(columns, titles, strict=True)]


def label_column(index: pd.Index) -> TitledColumn:
    """Return the labels of rows as a column."""
    labels = [label if type(label) is int else show(label) for label in index.tolist()]
    return TitledColumn(str(index_name(index)) or capitalize(Text("plan.row")), labels)


def _values(column: "pd.Series[Any]") -> list[object]:
    """
    Return the values of a column of the list as Excel would have them.

    A column of midnights becomes a column of dates. A file is read as text, and a column of nothing but numbers becomes
    numeric again, unless the numbers could be ids. The items of a tuple, such as a person's departments, are listed.
    """
    values = [str(listed(map(show, cell))) if type(cell) is tuple else cell for cell in cells_with_dates(column)]
    is_id = canonical_name(column.name) in ID_COLUMNS
    is_number = not is_id and all(
        value is None or (type(value) is str and _NUMBER.fullmatch(value) is not None) for value in values
    )
    return [None if value is None else Decimal(str(value)) for value in values] if is_number else values

"""Collapsible lists of the rows of a plan: rows that a warning is about, and rows that share a message."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from dingnb.campaigns.plan_view import PlanView
from dingnb.recipients.column_titles import column_titles, with_column_titles
from dingnb.tables.row_labels import index_heading
from dingnb.ui.kit import parts
from dingnb.words import Text, TextLike, count, listed, say

_MAX_ROWS = 100

_WARNINGS: Final[Mapping[str, tuple[str, str]]] = {
    "note": ("plan.names_noted", "row.name_noted"),
    "name": ("plan.names_differ", "match.check_differs"),
    "directory": ("plan.not_in_directory", "row.not_in_directory"),
}
"""By the check that would reject certain rows: the keys of the plan's warning about them and of each row's warning."""


def row_warning(notes: Iterable[TextLike], check: str) -> Text | None:
    """Return a plan's warning about the rows that a check would reject; None if there is none."""
    key, _ = _WARNINGS[check]
    return next((note for note in notes if isinstance(note, Text) and note.mentions(key)), None)


def misnamed_rows(view: PlanView) -> list[int]:
    """Return the positions of the rows to send whose name is not their person's, or has a note such as 勿发."""
    return sorted({row for check in ("note", "name") for row in view.rows_warned_of(_WARNINGS[check][1])})


def warning_with_rows(view: PlanView, notes: Iterable[TextLike], check: str) -> str:
    """Return a plan's warning about the rows that a check would reject, and the rows; empty if there is no warning."""
    note = row_warning(notes, check)
    if note is None:
        return ""
    titles = column_titles(view.frame)
    _, key = _WARNINGS[check]
    positions = view.rows_warned_of(key)
    shown = positions[:_MAX_ROWS]
    reasons = (with_column_titles(titles, view.warning(position)) for position in shown)
    rows = zip(view.named_rows(shown), reasons, strict=True)
    header = (index_heading(view.frame.index), say("plan.reason"))
    summary = say("plan_form.warned_rows", rows=count("row", len(positions)))
    collapsed = _collapsible_rows(summary, say("plan_form.concerned_rows"), header, rows, len(positions))
    return parts.notice(with_column_titles(titles, note), "", "warn") + collapsed


def warnings_with_rows(view: PlanView, notes: Iterable[TextLike]) -> str:
    """Return all warnings of a plan that are about rows, each with its rows."""
    notes = list(notes)
    return "".join(warning_with_rows(view, notes, check) for check in _WARNINGS)


def list_of_changed_rows(view: PlanView, positions: Sequence[int]) -> str:
    """Return the rows of the people who were sent another text; empty if there are none."""
    if not positions:
        return ""
    shown = list(positions[:_MAX_ROWS])
    rows = zip(view.named_rows(shown), map(view.userid, shown), strict=True)
    header = (index_heading(view.frame.index), say("results_form.fact_userid"))
    summary = say("plan_form.changed_rows", rows=count("row", len(positions)))
    return _collapsible_rows(summary, say("plan_form.concerned_rows"), header, rows, len(positions))


def is_row_warning(note: TextLike) -> bool:
    """Return whether a note of a plan is a warning about rows."""
    return any(row_warning([note], check) is not None for check in _WARNINGS)


def list_of_merged_rows(view: PlanView) -> str:
    """Return which rows of a plan share a message; empty if none do."""
    merged = view.merged_rows
    if not merged:
        return ""
    shown = merged[:_MAX_ROWS]
    # A cell does not show more names.
    rows = ((view.userid(positions[0]), listed(view.named_rows(positions[:_MAX_ROWS]))) for positions in shown)
    header = (say("results_form.fact_userid"), index_heading(view.frame.index))
    repeats = sum(len(positions) - 1 for positions in merged)
    summary = say("plan_form.merged_rows", rows=count("row", repeats))
    return _collapsible_rows(summary, say("plan_form.merged_heading"), header, rows, len(merged))


def _collapsible_rows(
    summary: str, caption: str, header: Sequence[TextLike], rows: Iterable[tuple[TextLike, TextLike]], total: int
) -> str:
    table = parts.table(caption, header, ([(cell, "") for cell in cells] for cells in rows))
    more = parts.quiet(say("plan_form.more_rows", n=total - _MAX_ROWS)) if total > _MAX_ROWS else ""
    return parts.collapsible(summary, table + more)

"""
Sheets: a title, facts, notes and tables, as text and as static HTML.

Plans, campaigns and most other values are shown as sheets, so that a saved notebook is readable without a kernel. The
HTML is the same on every run, styled inline, and escaped. Hostile input is harmless in both formats: terminal controls
and bidirectional controls are shown as escape sequences.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from dingnb.words import Text, say
from dingnb.words.visible import truncate, visible
from dingnb.words.visible import width as _width

FONT = "font-family:var(--jp-ui-font-family,system-ui,sans-serif);color:var(--jp-ui-font-color1,#222)"
_BORDER = "var(--jp-border-color2,#ccc)"
_CELL = f"text-align:left;padding:3px 10px 3px 0;vertical-align:baseline;border-bottom:1px solid {_BORDER}"
_MONO = "font-family:var(--jp-code-font-family,monospace);color:var(--jp-ui-font-color1,#222);background:transparent"
_MAX_CELL_LENGTH = 300
_MAX_NOWRAP_LENGTH = 12
_BADGES = {
    "SANDBOX": "background:#e3f1e5;color:#12591f",
    "LIVE": "background:#b3261e;color:#fff",
}


@dataclass(frozen=True, slots=True)
class Table:
    """
    A table in a sheet.

    Attributes:
        caption: The caption.
        header: The names of the columns.
        rows: The cells, by row.
        more: A sentence below the table, such as about rows that are not shown.
        is_open: Whether the table is expanded initially.
    """

    caption: Text | str
    header: tuple[Text | str, ...]
    rows: Sequence[tuple[Text | str, ...]]
    more: Text | str = ""
    is_open: bool = True


@dataclass(frozen=True, slots=True)
class Sheet:
    """
    The display of a plan, a campaign or a connection.

    Attributes:
        title: The first line.
        mode: ``SANDBOX`` or ``LIVE``, shown in the current language; empty where neither applies.
        facts: Labels and their values.
        notes: Sentences shown before the tables: warnings and hints.
        tables: The tables.
        code: The equivalent Python, shown last.
    """

    title: Text | str
    mode: str = ""
    facts: tuple[tuple[Text | str, Text | str], ...] = ()
    notes: tuple[Text | str, ...] = ()
    tables: tuple[Table, ...] = ()
    code: str = ""

    def to_text(self) -> str:
        """Return the sheet as plain text."""
        title = _to_visible(self.title)
        lines = [f"{title} [{mode_name(self.mode)}]" if self.mode else title]
        facts = [(_to_visible(label), _to_visible(value)) for label, value in self.facts]
        width = max((_width(label) for label, _ in facts), default=0)
        lines += [f"  {_pad(label, width)}  {value}" for label, value in facts]
        lines += [f"  ! {_to_visible(note)}" for note in self.notes]
        for table in self.tables:
            lines += _table_lines(table)
        if self.code:
            lines += ["", f"  {say('sheet.code')}", *(f"    {line}" for line in self.code.splitlines())]
        return "\n".join(lines)

    def to_mimebundle(self) -> dict[str, str]:
        """Return both formats in which Jupyter may show the sheet, so that its content is read only once."""
        return {"text/plain": self.to_text(), "text/html": self.to_html()}

    def to_html(self) -> str:
        """Return the sheet as static HTML."""
        badge = _BADGES.get(self.mode, "")
        mode = (
            f' <span style="{badge};padding:1px 8px;border-radius:8px;font-size:85%">{mode_name(self.mode)}</span>'
            if badge
            else ""
        )
        facts = "".join(
            f'<tr><th scope="row" style="{_CELL};font-weight:normal;opacity:.75">{_escape(label)}</th>'
            f'<td style="{_CELL}">{_escape(value)}</td></tr>'
            for label, value in self.facts
        )
        notes = "".join(f'<li style="margin:2px 0">{_escape(note)}</li>' for note in self.notes)
        return (
            f'<div style="{FONT};max-width:60em">'
            f'<p style="font-size:115%;margin:4px 0"><strong>{_escape(self.title)}</strong>{mode}</p>'
            + (f'<ul style="margin:4px 0;padding-left:1.2em">{notes}</ul>' if notes else "")
            + (f'<table style="border-collapse:collapse">{facts}</table>' if facts else "")
            + "".join(map(_table_html, self.tables))
            + (_code_html(self.code) if self.code else "")
            + "</div>"
        )


def mode_name(mode: str) -> str:
    """Return the name of a mode, ``SANDBOX`` or ``LIVE``, in the current language; another text unchanged."""
    return say(f"mode.{mode.lower()}") if mode in _BADGES else mode


def _code_html(code: str) -> str:
    return (
        f'<p style="margin:8px 0 2px;opacity:.75">{escape(say("sheet.code"))}</p>'
        f'<pre style="margin:0;padding:6px 10px;border:1px solid {_BORDER};white-space:pre-wrap;{_MONO}">'
        f"{escape(code)}</pre>"
    )


def _table_html(table: Table) -> str:
    header = "".join(f'<th scope="col" style="{_cell_style(name)}">{_escape(name)}</th>' for name in table.header)
    rows = "".join(
        "<tr>" + "".join(f'<td style="{_cell_style(cell)}">{escape(_shorten(cell))}</td>' for cell in row) + "</tr>"
        for row in table.rows
    )
    more = f'<p style="margin:4px 0;opacity:.75">{_escape(table.more)}</p>' if table.more else ""
    return (
        f'<details{" open" if table.is_open else ""} style="margin:8px 0">'
        f'<summary style="cursor:pointer">{_escape(table.caption)}</summary>'
        f'<table style="border-collapse:collapse"><caption style="display:none">{_escape(table.caption)}</caption>'
        f"<thead><tr>{header}</tr></thead><tbody>{rows}</tbody></table>{more}</details>"
    )


def _cell_style(text: Text | str) -> str:
    """Return the style of a cell: short texts are not wrapped, since Chinese could break after any character."""
    return f"{_CELL};white-space:nowrap" if len(str(text)) <= _MAX_NOWRAP_LENGTH else _CELL


def _table_lines(table: Table) -> list[str]:
    grid = [tuple(map(_shorten, row)) for row in (table.header, *table.rows)]
    widths = [max(_width(row[column]) for row in grid) for column in range(len(table.header))]
    lines = [
        "    " + "  ".join(_pad(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in grid
    ]
    more = [f"    {_to_visible(table.more)}"] if table.more else []
    return ["", f"  {_to_visible(table.caption)}", *lines, *more]


def _to_visible(text: Text | str) -> str:
    return visible(str(text))


def _shorten(text: Text | str) -> str:
    return truncate(_to_visible(text), _MAX_CELL_LENGTH)


def _escape(text: Text | str) -> str:
    return escape(_to_visible(text))


def _pad(text: str, width: int) -> str:
    return text + " " * (width - _width(text))

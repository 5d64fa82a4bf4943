"""
The parts of forms as HTML: titles, notices, facts, figures, tables, bars, code, the picture of a message.

Texts are escaped, so that hostile input shows as plain letters; only an argument that is described as HTML is inserted
unchanged. The classes are styled by `dingnb.ui.kit.theme`.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from html import escape
from typing import Literal, NamedTuple

from dingnb.display import Sheet, Table, mode_name
from dingnb.messages.preview import ClientView, phone_html
from dingnb.ui.kit.model import Failure
from dingnb.ui.kit.typed_count import COUNT_IS_RIGHT
from dingnb.words import TextLike, capitalize, in_form, say
from dingnb.words.visible import truncate, truncate_middle, visible, width

Tone = Literal["", "good", "warn", "bad"]


class Cell(NamedTuple):
    """
    A cell of a table, as `selectable_table` and `cell_text` show it.

    Attributes:
        text: The text.
        below: A small text below; may be empty.
        tone: The tone.
        icon: The icon before the text; empty for the tone's icon.
        is_blank: Whether there is nothing to say, which the text shows as a dash.
    """

    text: str
    below: str = ""
    tone: Tone = ""
    icon: str = ""
    is_blank: bool = False


_MAX_CELL_LENGTH = 300
_MAX_NAME_LENGTH = 40
_MAX_UNBROKEN_LENGTH = 16
"""The maximum length of a cell that stays on one line."""

_MAX_ID_LENGTH = 32
"""The maximum length of an id or an e-mail address on one line; broken, it would be hard to read or to compare."""

_ID = re.compile(r"[!-~]+")

_MAX_FACT_WIDTH = 48
"""The maximum width of a value beside others, in columns; a wider one takes a line of its own."""

_MAX_FIGURE_COLUMNS = 8
"""The maximum width of a large value on a tile, in columns; a longer one is smaller."""

_UNBREAKABLE = re.compile(r"[!-~]{24}")
"""A word, such as a path, that would be broken anywhere beside other facts."""

_UNIT = re.compile(r"(?<=\d) (?=\D)")
"""The blank before the unit of a number."""

_EMOJI_JOINER = re.compile(r"(?<=\W)\u200d(?=\W)")


def shown(text: TextLike) -> str:
    """Return a text as HTML, with markup and unprintable characters escaped."""
    return escape(visible(in_form(text)))


def short(text: str) -> str:
    """Return a name, shortened in its middle for a button or a list, so that it still differs from similar names."""
    return truncate_middle(visible(text), _MAX_NAME_LENGTH)


def title(text: TextLike, mode: str = "", *details: TextLike, level: int = 2, full_text: str = "") -> str:
    """
    Return the head of a form.

    Args:
        text: What the form is for.
        mode: ``SANDBOX`` or ``LIVE``, shown in the current language; empty shows none.
        details: Short texts next to the heading.
        level: The level of the heading.
        full_text: The full text below a shortened heading; empty if it is not shortened.
    """
    mode_badge = f'<span class="dn-mode dn-mode-{escape(mode)}">{shown(mode_name(mode))}</span>' if mode else ""
    beside = quiet(" · ".join(in_form(detail) for detail in details if detail)) if any(details) else ""
    below = f'<p class="dn-quiet dn-whole-line">{shown(full_text)}</p>' if full_text else ""
    return f'<div class="dn-title"><h{level}>{shown(text)}</h{level}>{mode_badge}{beside}{below}</div>'


def heading(text: str) -> str:
    """Return the heading of a part of a form."""
    return f'<h3 class="dn-heading">{shown(text)}</h3>'


def notice(what: TextLike, hint: TextLike = "", tone: Tone = "") -> str:
    """Return a notice, with a hint that may be empty."""
    more = f"<small>{shown(hint)}</small>" if hint else ""
    return f'<div class="dn-notice{f" dn-notice-{tone}" if tone else ""}">{shown(what)}{more}</div>'


def notices(notes: Sequence[tuple[TextLike, TextLike]], tone: Tone = "") -> str:
    """Return notes of equal weight, each with a hint, as one notice: a list if there are several; empty without any."""
    if not notes[1:]:
        return "".join(notice(what, hint, tone) for what, hint in notes)
    items = "".join(f"<li>{shown(what)}{f'<small>{shown(hint)}</small>' if hint else ''}</li>" for what, hint in notes)
    return f'<div class="dn-notice{f" dn-notice-{tone}" if tone else ""}"><ul>{items}</ul></div>'


def failure_notice(failure: Failure, tone: Tone = "bad") -> str:
    """Return a failure as a notice; `COUNT_IS_RIGHT`, which is no error, as a warning."""
    return notice(failure.what, failure.hint, "warn" if failure == COUNT_IS_RIGHT else tone)


def failure_alert(failure: Failure | None, tone: Tone = "bad") -> str:
    """Return a failure as a notice that screen readers announce immediately; empty if there is no failure."""
    return "" if failure is None else status(failure_notice(failure, tone), urgent=True)


def status(html: str, *, urgent: bool = False) -> str:
    """Return a live region: screen readers announce its changes, immediately if urgent."""
    role, live = ("alert", "assertive") if urgent else ("status", "polite")
    return f'<div role="{role}" aria-live="{live}">{html}</div>'


def announcement(text: str) -> str:
    """Return an invisible live region for screen readers."""
    return f'<div class="dn-visually-hidden" role="status" aria-live="polite">{shown(text)}</div>'


def quiet(text: TextLike) -> str:
    """Return a text in a quiet style."""
    return f'<span class="dn-quiet">{shown(text)}</span>'


def placeholder(text: str) -> str:
    """Return a text to show where there is nothing yet."""
    return f'<div class="dn-nothing">{shown(text)}</div>'


def welcome(text: str, hint: str, steps: Iterable[tuple[str, str, str]]) -> str:
    """
    Return the text of a page without content yet: what belongs there, what to do, and the steps to it.

    Args:
        text: What belongs there.
        hint: What to do.
        steps: The icon, the name and the explanation of each step.
    """
    items = "".join(
        f'<li class="dn-icon-{icon}"><strong>{shown(name)}</strong><span>{shown(explanation)}</span></li>'
        for icon, name, explanation in steps
    )
    return f'<div class="dn-welcome"><h3>{shown(text)}</h3><p>{shown(hint)}</p><ol>{items}</ol></div>'


def source(icon: str, name: str, about: str, note: str = "") -> str:
    """Return the description of a source of recipients: its icon, its name, what it is for, and a note."""
    below = f"<p>{shown(note)}</p>" if note else ""
    return f'<div class="dn-about dn-icon-{icon}">{heading(name)}<p>{shown(about)}</p>{below}</div>'


def example_table(caption: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a small table as an example of a file."""
    head = "".join(f'<th scope="col">{shown(name)}</th>' for name in header)
    body = "".join("<tr>" + "".join(f"<td>{shown(text)}</td>" for text in row) + "</tr>" for row in rows)
    return (
        f'<table class="dn-example"><caption>{shown(caption)}</caption><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )


def badge(text: str, tone: Tone = "") -> str:
    """Return a state as a badge; its tone has a shape and a colour."""
    return f'<span class="dn-badge{f" dn-badge-{tone}" if tone else ""}">{shown(text)}</span>'


def group(label: str, html: str) -> str:
    """Return HTML as a group with a label for screen readers."""
    return f'<div role="group" aria-label="{shown(label)}">{html}</div>'


def scroll_box(label: str, html: str) -> str:
    """Return HTML in a box that scrolls, also by keyboard, with a label for screen readers."""
    return f'<div class="dn-phone" role="group" tabindex="0" aria-label="{shown(label)}">{html}</div>'


def picture(view: ClientView) -> str:
    """Return the picture of a message on a phone, which says where its buttons and fields work."""
    notes = (*view.notes, say("form.picture")) if view.has_controls else view.notes
    return phone_html(replace(view, notes=notes))


def download_link(words: str, name: str, address: str) -> str:
    """
    Return a link that downloads an exported file; the page of the app follows it as soon as it is shown.

    Args:
        words: The link's text.
        name: The file's name.
        address: The URL of the file.
    """
    return f'<a class="dn-export" download="{shown(name)}" href="{escape(address)}">{shown(words)}</a>'


def helper_text(
    text: str, required: str = "", length: str = "", tone: Tone = "", *, keeps_line: bool = False, is_over: bool = False
) -> str:
    """
    Return the helper texts of a field: one below it, and beside its label a mark and its length.

    Args:
        text: The text below the field.
        required: The mark of a required field; empty for none.
        length: The length of what the field contains, as text; empty for none.
        tone: The tone of the text.
        keeps_line: Whether the line below the field stays if the text is empty.
        is_over: Whether the field contains more than allowed.
    """
    beside = " · ".join(filter(None, (required, length)))
    count = f'<div class="dn-count{" dn-says-bad" if is_over else ""}">{shown(beside)}</div>' if beside else ""
    tone_class = f" dn-says-{tone}" if tone else ""
    line = f'<div class="dn-below{tone_class}" role="status">{shown(text)}</div>' if text or keeps_line else ""
    return count + line


def facts(pairs: Iterable[tuple[TextLike, TextLike]]) -> str:
    """
    Return labels and their values in columns, followed by long values, each on a line of its own.

    A single short value also has a line of its own, before the long values.
    """
    short_facts: list[tuple[TextLike, TextLike]] = []
    long_facts: list[tuple[TextLike, TextLike]] = []
    for pair in pairs:
        value = in_form(pair[1])
        is_long = width(value) > _MAX_FACT_WIDTH or _UNBREAKABLE.search(value)
        (long_facts if is_long else short_facts).append(pair)
    if len(short_facts) == 1:
        short_facts, long_facts = [], [*short_facts, *long_facts]
    items = "".join(
        f"<div{css_class}><dt>{shown(label)}</dt><dd>{shown(value)}</dd></div>"
        for css_class, facts_of_class in (("", short_facts), (' class="dn-long"', long_facts))
        for label, value in facts_of_class
    )
    return f'<dl class="dn-facts">{items}</dl>'


def figures(rows: Iterable[tuple[TextLike, TextLike, TextLike]], problems: Collection[TextLike] = ()) -> str:
    """
    Return labels and short values, each with a text below, which may be empty.

    Args:
        rows: The labels, the values, and the texts below.
        problems: The labels of figures that count problems, which are as conspicuous as tiles of problems.
    """
    items = "".join(
        f"<div{' class=dn-figure-bad' if label in problems else ''}><dt>{shown(label)}</dt>"
        f"<dd{' class=dn-long-figure' if width(in_form(value)) > _MAX_FIGURE_COLUMNS else ''}>"
        f"{_UNIT.sub('&nbsp;', shown(value))}"
        f"{_small(below)}</dd></div>"
        for label, value, below in rows
    )
    return f'<dl class="dn-facts dn-figures">{items}</dl>'


def passage(label: str, text: str) -> str:
    """
    Return a text with its line breaks, in the direction of its script; a long one scrolls.

    Args:
        label: The label, for screen readers.
        text: The text. Joined emoji stay joined.
    """
    lines = "\n".join("\u200d".join(map(shown, _EMOJI_JOINER.split(line))) for line in text.splitlines())
    return f'<div class="dn-passage" role="region" tabindex="0" dir="auto" aria-label="{shown(label)}">{lines}</div>'


def table(
    caption: TextLike,
    header: Sequence[TextLike],
    rows: Iterable[Sequence[tuple[TextLike, TextLike]]],
    max_length: int = _MAX_CELL_LENGTH,
) -> str:
    """
    Return a table.

    Args:
        caption: The caption.
        header: The names of the columns.
        rows: The cells, each with a small text below, which may be empty.
        max_length: The maximum length of a cell's text.
    """
    head = "".join(f'<th scope="col">{shown(name)}</th>' for name in header)
    body = "".join("<tr>" + "".join(_cell(*cell, max_length) for cell in row) + "</tr>" for row in rows)
    # A scrollable region must be reachable by keyboard.
    return (
        f'<div class="dn-scroll" role="region" tabindex="0" aria-label="{shown(caption)}"><table class="dn-table">'
        f"<caption>{shown(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def selectable_table(
    caption: str, header: Sequence[str], rows: Iterable[tuple[str, str, Sequence[Cell]]], columns: Sequence[str]
) -> str:
    """
    Return a table with rows of a fixed height, to be placed over the list box that selects one of them.

    The style sheet lays out each row as a grid; without the roles, browsers would no longer see a table.

    Args:
        caption: The caption, for screen readers only.
        header: The names of the columns, starting with the column of row names.
        rows: For each row its name, a small text below, and its cells.
        columns: The class of each column, which may be empty.
    """
    head = "".join(
        f'<th role="columnheader" scope="col" class="{kind}">{shown(_shortened(name))}</th>'
        for kind, name in zip(columns, header, strict=True)
    )
    body = "".join(
        f'<tr role="row"><th role="rowheader" scope="row" class="{columns[0]}"><div>{shown(_shortened(name))}</div>'
        f"{_small(detail)}</th>"
        + "".join(
            f'<td role="cell" class="{kind}{" dn-none" * cell.is_blank}">{cell_text(cell)}{_small(cell.below)}</td>'
            for kind, cell in zip(columns[1:], row_cells, strict=True)
        )
        + "</tr>"
        for name, detail, row_cells in rows
    )
    return (
        f'<table role="table" class="dn-table dn-lines"><caption class="dn-visually-hidden">{shown(caption)}</caption>'
        f'<thead role="rowgroup"><tr role="row">{head}</tr></thead><tbody role="rowgroup">{body}</tbody></table>'
    )


def list_head(names: Iterable[str], kind: str = "") -> str:
    """
    Return the column names above a list of rows; in a narrow pane, `cells` shows them in each row instead.

    Args:
        names: The names.
        kind: The class of the rows, if they have columns of their own.
    """
    spans = "".join(f"<span>{shown(capitalize(name))}</span>" for name in names)
    return f'<div class="dn-item {kind} dn-item-head" aria-hidden="true">{spans}</div>'


def cells(pairs: Iterable[tuple[str, str]]) -> str:
    """
    Return the cells of a row of a list.

    Args:
        pairs: The name of each column, and the HTML of its cell.
    """
    body = "".join(f"<div><dt>{shown(capitalize(name))}</dt><dd>{html}</dd></div>" for name, html in pairs)
    return f'<dl class="dn-cells">{body}</dl>'


def share_bars(label: str, rows: Iterable[tuple[str, float, str, Tone]]) -> str:
    """
    Return a list of shares, each as a bar.

    Args:
        label: The label of the list.
        rows: The name, the share from 0 to 1, a text, and the tone of each bar.
    """
    items = "".join(
        f'<div role="listitem"><span>{shown(name)}</span><span class="dn-bar" aria-hidden="true">'
        f"{_filled(share, tone)}</span><span>{shown(text)}</span></div>"
        for name, share, text, tone in rows
    )
    return f'<div class="dn-steps" role="list" aria-label="{shown(label)}">{items}</div>'


def bar(shares: Iterable[tuple[float, Tone]], label: str) -> str:
    """
    Return a progress bar.

    Args:
        shares: The filled shares, from 0 to 1, each with its tone.
        label: The label of the bar.
    """
    pieces = list(shares)
    # Rounded down, so that 100% means complete; first to a few digits, because 100 * 0.29 is slightly less than 29.
    percent = int(round(100 * min(sum(share for share, _ in pieces), 1), 6))
    filled = "".join(_filled(share, tone) for share, tone in pieces)
    return (
        f'<div class="dn-bar" role="progressbar" aria-label="{shown(label)}" aria-valuemin="0" aria-valuemax="100" '
        f'aria-valuenow="{percent}">{filled}</div>'
    )


def sheet(content: Sheet) -> str:
    """Return a sheet as forms show it, without its title: with what to click instead of Python code."""
    return "".join(notice(note) for note in content.notes) + facts(content.facts) + tables(content.tables)


def tables(sheet_tables: Iterable[Table]) -> str:
    """Return tables of a sheet as forms show them."""
    return "".join(
        table(sheet_table.caption, sheet_table.header, ([(cell, "") for cell in row] for row in sheet_table.rows))
        + (quiet(sheet_table.more) if sheet_table.more else "")
        for sheet_table in sheet_tables
    )


def code(lines: str) -> str:
    """Return lines of Python to copy; unlike other texts, with all their characters as they are."""
    if not lines:
        return ""
    label = escape(say("sheet.code"))
    return (
        f'<p class="dn-quiet">{label}</p><pre class="dn-code" tabindex="0" role="region" aria-label="{label}">'
        f"{escape(lines)}</pre>"
    )


def collapsible_text(label: str, text: str) -> str:
    """Return a long text that is collapsed until the user opens it."""
    lines = "\n".join(map(shown, text.splitlines()))
    name = shown(label)
    return collapsible(label, f'<pre class="dn-code" tabindex="0" role="region" aria-label="{name}">{lines}</pre>')


def collapsible(label: str, html: str) -> str:
    """Return HTML that is collapsed below its label until the user opens it."""
    return f"<details><summary>{shown(label)}</summary>{html}</details>"


def cell_text(cell: Cell) -> str:
    """Return the text of a cell, with its tone and its icon."""
    icon = cell.icon or cell.tone
    classes = [f"dn-says-{cell.tone}"] * bool(cell.tone) + [f"dn-icon-{icon}"] * bool(icon)
    css_class = f' class="{" ".join(classes)}"' if classes else ""
    return f"<div{css_class}>{shown(_shortened(cell.text))}</div>"


def _filled(share: float, tone: Tone) -> str:
    tone_class = f' class="dn-{tone}"' if tone else ""
    return f'<i{tone_class} style="width:{100 * share:.2f}%"></i>'


def _cell(text: TextLike, below: TextLike, max_length: int) -> str:
    # A short text stays on one line: a narrow pane would break it anywhere.
    words = in_form(text)
    max_line_length = _MAX_ID_LENGTH if _ID.fullmatch(words) else _MAX_UNBROKEN_LENGTH
    css_class = ' class="dn-short-cell"' if len(words) <= max_line_length and not below else ""
    return f"<td{css_class}>{shown(_shortened(text, max_length))}{_small(below)}</td>"


def _small(below: TextLike) -> str:
    return f"<small>{shown(_shortened(below))}</small>" if below else ""


def _shortened(text: TextLike, max_length: int = _MAX_CELL_LENGTH) -> str:
    return truncate(in_form(text), max_length)

"""
Reports of campaigns: pages for people without a notebook, such as managers.

A page is a self-contained HTML file without scripts. All content is escaped; bidirectional controls and unprintable
characters are shown as escape sequences.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from html import escape
from itertools import islice
from pathlib import Path

import pandas as pd

from dingnb.campaigns.recipient_count import Unit, counted_rows, text_key
from dingnb.campaigns.report.style import BADGES, style_sheet
from dingnb.campaigns.results.delivery_statistics import Funnel, funnel_of, share_text
from dingnb.campaigns.results.result_texts import explained_status, split_by_read, status_name, type_name
from dingnb.campaigns.results.results_frame import COLUMNS
from dingnb.campaigns.status import NOT_SENT_ONCE_CLOSED, TONES, Status
from dingnb.display import Sheet, Table, mode_name
from dingnb.media import Content
from dingnb.messages import decode
from dingnb.messages.markdown import TextRenderer
from dingnb.messages.preview import preview_html
from dingnb.tables.cell_values import to_display
from dingnb.tables.exports import CellValue, columns_of
from dingnb.tables.saving import export_path, save_atomically
from dingnb.tables.timestamps import ZONE
from dingnb.words import NOTHING, Text, capitalize, count, get_language, say
from dingnb.words.visible import truncate, visible, width

MAX_MISSED = 10_000
"""Maximum number of rows of people not reached that are listed."""

MAX_REASONS = 30
"""Maximum number of problems listed."""

MAX_TEXTS = 50
"""Maximum number of texts shown."""

_RETRY_COLUMN = "retry_at"
"""The column with the earliest time at which a retry can help."""

_SUFFIXES = (".html", ".htm")
_BYTES_PER_KB = 1024

_RESULT_COLUMNS_SHOWN = ("userid", "status", "reason", "code", _RETRY_COLUMN)
_MAX_CELL_LENGTH = 300
_MAX_LINE_LENGTH = 200
_MAX_NAME_LENGTH = 60

_MIN_WIDTH, _MAX_WIDTH = 9, 24
"""Minimum and maximum width of a column, in characters, without its padding."""

_CELL_PADDING = 4

_ROWS_MEASURED = 1_000
"""Number of rows by which the widths of columns are determined."""

_CONTENT_SECURITY_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_LANGUAGES = {"en": "en", "zh": "zh-CN"}


@dataclass(frozen=True, slots=True, repr=False)
class Report:
    """
    A page to share: a single static file without scripts or network resources.

    Results and language do not change after the report is created.

    Attributes:
        title: The heading.
        mode: ``SANDBOX`` or ``LIVE``.
        people: The number of people or, with a key, of messages.
        missed: The number of people or, with a key, of rows that the campaign did not reach, including people from whom
            the message was recalled.
        has_texts: Whether the report includes the texts of the messages.
        page: The HTML.
        missed_key: The key of the text for `missed`.
        unit: The counted unit.
        path: The file to which `Campaign.report` wrote the report; None if it wrote no file.
    """

    title: str
    mode: str
    people: int
    missed: int
    has_texts: bool
    page: str
    missed_key: str
    unit: Unit = "person"
    path: Path | None = None

    def to_html(self) -> str:
        """Return the page."""
        return self.page

    def save(self, path: str | os.PathLike[str]) -> Path:
        """
        Write the page atomically to a file that only its owner can read, and return its path.

        If the path is a symbolic link, the link's target is replaced.

        Args:
            path: The file; ``.html`` is added to a name without a suffix.

        Raises:
            FileError: The suffix is not supported, the file is open in another program, or it cannot be written.
        """
        return save_report(self, path, "save")

    def __repr__(self) -> str:
        line = Text("report.line", title=self._sheet().to_text().splitlines()[0], contents=self._content_text())
        return f"{line}\n  {self._file_text()}"

    def _repr_html_(self) -> str:
        """Return a card instead of the page, which would bloat the notebook."""
        return self._sheet().to_html()

    def _sheet(self) -> Sheet:
        return Sheet(
            Text("report.card", title=self.title),
            self.mode,
            facts=((Text("report.contents"), self._content_text()), (Text("report.sharing"), self._file_text())),
        )

    def _file_text(self) -> Text:
        """Return where the page is, or how to write it to a file."""
        return Text("report.save") if self.path is None else Text("report.saved", path=self.path)

    def _content_text(self) -> Text:
        return Text(
            "report.what_with_texts" if self.has_texts else "report.what",
            people=count(self.unit, self.people),
            missed=f"{self.missed:,}",
            label=Text(self.missed_key),
            kb=f"{max(1, round(len(self.page.encode()) / _BYTES_PER_KB)):,}",
        )


def write_report(report: Report, path: str | os.PathLike[str]) -> Report:
    """Write a report like `Report.save`, and return it with its path."""
    return replace(report, path=save_report(report, path, "report"))


def save_report(report: Report, path: str | os.PathLike[str], call: str) -> Path:
    """Write a report like `Report.save`; `call` is the name of the analyst's call, for errors."""
    target = export_path(path, _SUFFIXES, call)
    save_atomically(target, report.page.encode())
    return target


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportContent:
    """
    The content of a report.

    Attributes:
        title: The heading.
        mode: ``SANDBOX`` or ``LIVE``.
        facts: Labels and their values, as in a `Sheet`.
        summary: The number of people by status, as `Campaign.summary` returns it: indexed by status, with `people`
            (int64) and `share` (float64, of the total).
        missed: One row for each person who was not reached: kept columns, the columns of `Campaign.results`, and
            `retry_at` (datetime with time zone, or NaT). Only named levels of the frame's index are shown.
        missed_people: The person of each row in `missed`; NA if unknown.
        rows_of_nobody: The number of rows about no person (totals, notes), which are not in `missed`.
        bodies: The number of people and the bytes of `msg` for each text; empty to omit the texts.
        as_of: The time of the results.
        filtered_undetermined: The number of ``filtered`` people who may have the text from elsewhere; they are not
            counted as missed.
        sent_before: The number of ``filtered`` people who have the text from another campaign or a test, or were sent
            it there, by reason; they are not counted as missed either.
        undelivered: The number of people with an accepted call that did not reach them.
        read_unknown: The number of people who have the message, and for whom DingTalk does not report reads.
        attachments: The pictures and files that the texts refer to, by reference.
        answers: The number of people by answer; None if the messages cannot be answered.
        has_delivery: Whether DingTalk reports deliveries.
        recall_note: A note that sending again would send what was recalled or is to be recalled; otherwise empty.
        is_closed: Whether the campaign's cards are closed, so that nobody else gets one.
        unit: The counted unit: people or, with a key, messages.
    """

    title: str
    mode: str
    facts: Sequence[tuple[str, str]]
    summary: pd.DataFrame
    missed: pd.DataFrame
    missed_people: "pd.Series[str]"
    rows_of_nobody: int = 0
    bodies: Sequence[tuple[int, bytes]] = ()
    as_of: datetime | None = None
    filtered_undetermined: int = 0
    sent_before: Mapping[str, int] = field(default_factory=dict)
    undelivered: int = 0
    read_unknown: int = 0
    attachments: Mapping[str, Content] = field(default_factory=dict)
    answers: Table | None = None
    has_delivery: bool = True
    recall_note: Text = NOTHING
    is_closed: bool = False
    unit: Unit = "person"

    @property
    def funnel(self) -> Funnel:
        """The delivery funnel."""
        counts = {str(status): int(n) for status, n in self.summary["people"].items()}
        return funnel_of(
            counts,
            self.filtered_undetermined,
            sum(self.sent_before.values()),
            self.undelivered,
            has_delivery=self.has_delivery,
        )


def make_report(content: ReportContent) -> Report:
    """Return a report. The same content gives the same bytes in the same language."""
    funnel = content.funnel
    return Report(
        content.title,
        content.mode,
        funnel.people,
        int(counted_rows(content.missed_people, content.unit).sum()),
        bool(content.bodies),
        _make_page(content),
        funnel.missed_key,
        content.unit,
    )


def _make_page(content: ReportContent) -> str:
    """Return the page as HTML, in the current language."""
    funnel = content.funnel
    texts = _texts_section(content.bodies, TextRenderer(content.attachments), content.unit)
    parts = [
        _header_html(content),
        f'<p class="note">{_escape_line(say("report.sandbox_note"))}</p>' if content.mode == "SANDBOX" else "",
        _tiles_html(funnel, content.unit),
        _section_html("report.funnel", _steps_html(funnel, content.unit)) if funnel.people else "",
        _section_html(text_key(content.unit, "report.where"), _statuses_html(content)) if funnel.people else "",
        _answers_section(content.answers) if funnel.people and content.answers else "",
        _section_html("report.facts", _facts_html(content.facts)) if content.facts else "",
        _reasons_section(content),
        _section_html(text_key(content.unit, _missed_heading(content, funnel)), _missed_html(content, funnel)),
        texts,
        f"<footer>{_escape_line(say('report.with_texts' if texts else 'report.without_texts'))}</footer>",
    ]
    return (
        f'<!DOCTYPE html>\n<html lang="{_LANGUAGES[get_language()]}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_CONTENT_SECURITY_POLICY}">\n'
        '<meta name="viewport" content="width=device-width,initial-scale=1">\n'
        '<meta name="robots" content="noindex">\n<meta name="referrer" content="no-referrer">\n'
        f"<title>{_escape_line(content.title)}</title>\n<style>{style_sheet()}</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(filter(None, parts))
        + "\n</main>\n</body>\n</html>\n"
    )


def _header_html(content: ReportContent) -> str:
    mode = content.mode
    badge = f'<span class="badge {mode}">{_escape_line(mode_name(mode))}</span>' if mode in BADGES else ""
    as_of = (
        f'<p class="faint">{_escape_line(say("report.as_of", moment=_format_moment(content.as_of)))}</p>'
        if content.as_of
        else ""
    )
    return f"<header>{badge}<h1>{_escape_line(content.title)}</h1>{as_of}</header>"


def _tiles_html(funnel: Funnel, unit: Unit) -> str:
    if funnel.has_delivery:
        outcomes = [("report.delivered", funnel.delivered), ("report.read", funnel.read)]
    else:
        outcomes = [("report.accepted", funnel.accepted), ("report.answered", funnel.read)]
    tiles = [(text_key(unit, "report.people"), funnel.people), *outcomes]
    # "0 missed" would look final while results are open.
    shows_undetermined = funnel.has_delivery and funnel.undetermined and not funnel.missed
    tiles.append(
        ("report.not_known", funnel.undetermined) if shows_undetermined else (funnel.missed_key, funnel.missed)
    )
    if funnel.elsewhere:
        tiles.append(("form.status_elsewhere", funnel.elsewhere))
    html = "".join(
        f"<div><b>{n:,}</b><span>{_escape_line(capitalize(say(key)))}"
        f"{_share_suffix(n, funnel.people) if at else ''}</span></div>"
        for at, (key, n) in enumerate(tiles)
    )
    return f'<div class="tiles">{html}</div>'


def _share_suffix(n: int, people: int) -> str:
    return f" · {_format_share(n / people)}" if people else ""


def _steps_html(funnel: Funnel, unit: Unit) -> str:
    steps = [(text_key(unit, "report.step_people"), "everybody", funnel.people)]
    steps += [(funnel.step_text_key(status), str(status), n) for status, n in funnel.steps]
    rows = "".join(
        f'<div role="listitem"><span class="name">{_escape_line(say(key))}</span>'
        f'<span class="bar" aria-hidden="true">{_bar_html(fill, n / funnel.people)}</span>'
        f'<span class="n strong">{n:,}</span><span class="n faint">{_format_share(n / funnel.people)}</span></div>'
        for key, fill, n in steps
    )
    return f'<div class="steps" role="list">{rows}</div>'


def _bar_html(fill: str, share: float) -> str:
    return f'<i class="fill-{fill}" style="width:{100 * share:.2f}%"></i>' if share else ""


def _statuses_html(content: ReportContent) -> str:
    summary = content.summary
    counts = zip(summary.index, summary["people"], summary["share"], strict=True)
    people_of = {str(status): (int(n), float(share)) for status, n, share in counts}
    rows = []
    for status in TONES:
        n, share = people_of.get(status, (0, 0.0))
        if status is Status.FILTERED and content.sent_before:
            total = content.funnel.people
            rows.append(_sent_before_row(content.sent_before, total, content.unit))
            n -= content.funnel.elsewhere
            share = n / total
        if not n:
            continue
        next_step = NOTHING
        if not content.has_delivery and status is Status.ACCEPTED:
            # Nothing more is reported about cards.
            next_step = Text("next.accepted_only")
        elif content.is_closed and status in NOT_SENT_ONCE_CLOSED:
            next_step = Text("answer.closed_unsent")
        elif content.recall_note and status in {Status.FAILED, Status.FILTERED}:
            next_step = Text("report.then_retry_recalled", note=content.recall_note)
        rows += [
            _status_row(status, read, part, part_share, next_step)
            for read, part, part_share in split_by_read(status, n, share, content.read_unknown)
        ]
    header = (
        *_column_titles("status", text_key(content.unit, "people")),
        say("report.share"),
        say("report.next_step"),
    )
    return _table_html("standing", [capitalize(title) for title in header], rows)


def _status_row(
    status: Status, read: object, people: int, share: float, next_step: Text
) -> tuple[tuple[str, str], ...]:
    """Return the cells of a status, with what it means and what to do: `next_step`, or what the status asks for."""
    explained = explained_status(status, read)
    todo = str(next_step or Text(f"report.then_{explained}"))
    step = f'<b class="todo">{_escape_line(todo)}</b>'
    return (
        (_status_html(status, read), ""),
        (f"{people:,}", "n strong"),
        (_format_share(share), "n faint"),
        (f"<div>{_escape_line(say(f'report.means_{explained}'))}{step}</div>", ""),
    )


def _sent_before_row(sent_before: Mapping[str, int], total: int, unit: Unit) -> tuple[tuple[str, str], ...]:
    """Return the cells for the people who were not sent the text again, with the campaigns or tests that sent it."""
    people = sum(sent_before.values())
    name = f'<span class="status tone-gone">{_escape_line(capitalize(say("form.status_elsewhere")))}</span>'
    reasons = [
        reason if n == people else say("report.sent_before", people=count(unit, n), reason=reason)
        for reason, n in sent_before.items()
    ]
    shown = reasons[:MAX_REASONS]
    if len(reasons) > MAX_REASONS:
        shown.append(say("report.more_reasons", n=len(reasons) - MAX_REASONS))
    explanation = "".join(f"<div>{_escape_cell(reason)}</div>" for reason in shown)
    step = f'<b class="todo">{_escape_line(say("report.then_sent_before"))}</b>'
    return (
        (name, ""),
        (f"{people:,}", "n strong"),
        (_format_share(people / total), "n faint"),
        (f"<div>{explanation}{step}</div>", ""),
    )


def _answers_section(answers: Table) -> str:
    rows = [[(_escape_cell(str(cell)), "n" if at > 1 else "") for at, cell in enumerate(row)] for row in answers.rows]
    header = [capitalize(str(name)) for name in answers.header]
    return _section_html("answer.answers", _table_html("answers", header, rows, more=str(answers.more)))


def _facts_html(facts: Sequence[tuple[str, str]]) -> str:
    return (
        f"<dl>{''.join(f'<dt>{_escape_line(label)}</dt><dd>{_escape_cell(value)}</dd>' for label, value in facts)}</dl>"
    )


def _reasons_section(content: ReportContent) -> str:
    missed, unit = content.missed, content.unit
    if missed.empty:
        return ""
    keys = ["status", "reason", "code", "hint"]
    problems = missed[keys].astype(object).fillna("").astype(str).assign(person=content.missed_people.to_numpy())
    # The index of the list may have the name of one of these columns.
    problems = problems.reset_index(drop=True)
    counts = (
        problems.groupby(keys, sort=False)["person"]
        .agg(lambda persons: counted_rows(persons, unit).sum())
        .reset_index(name="n")
        .sort_values(["n", *keys], ascending=[False, *[True] * 4])
    )
    rows = [
        (
            (f"{n:,}", "n strong"),
            (_status_html(status, read=None), ""),
            (_reason_html(status, reason, code), ""),
            (_escape_cell(hint), ""),
        )
        for status, reason, code, hint, n in counts.head(MAX_REASONS).itertuples(index=False)
    ]
    header = (*_column_titles(text_key(unit, "people"), "status", "reason"), say("report.what_to_do"))
    more = say("report.more_reasons", n=len(counts) - MAX_REASONS) if len(counts) > MAX_REASONS else ""
    return _section_html(
        "campaign.reasons", _table_html("reasons", [capitalize(title) for title in header], rows, more=more)
    )


def _reason_html(status: str, reason: str, code: str) -> str:
    text = reason or say(f"report.means_{status}")
    return _escape_cell(say("report.with_code", reason=text, code=code) if code else text)


def _missed_heading(content: ReportContent, funnel: Funnel) -> str:
    may_have_it = content.missed["reached"].isna().any()
    if funnel.missed_key == "report.missed_or_recalled":
        return "report.missed_or_recalled_people_or_not" if may_have_it else "report.missed_or_recalled_people"
    return "report.missed_people_or_not" if may_have_it else "report.missed_people"


def _missed_html(content: ReportContent, funnel: Funnel) -> str:
    rows = content.rows_of_nobody
    note = _note_html(say("report.rows_of_nobody", rows=count("row", rows))) if rows else ""
    return _missed_people_html(content, funnel) + note


def _missed_people_html(content: ReportContent, funnel: Funnel) -> str:
    missed = content.missed
    if missed.empty:
        if not funnel.people:
            return f'<p class="faint">{_escape_line(say("report.nobody"))}</p>'
        is_settled = funnel.delivered + funnel.elsewhere == funnel.people
        unsettled_key = "report.nobody_missed_yet" if funnel.has_delivery else "report.nobody_missed_only"
        text = say("report.everybody" if is_settled else unsettled_key)
        if is_settled and funnel.elsewhere:
            text = say("report.nobody_missed_sent_before", people=count(content.unit, funnel.elsewhere))
        return f'<p class="{"fine" if is_settled else "faint"}">{_escape_line(text)}</p>'
    columns = columns_of(missed.head(MAX_MISSED))
    result_names = {*COLUMNS, _RETRY_COLUMN}
    input_columns = [column for column in columns if column.name not in result_names]
    result_columns = {column.name: column for column in columns if column.name in result_names}
    shown = [
        result_columns[name]
        for name in _RESULT_COLUMNS_SHOWN
        if any(cell is not None for cell in result_columns[name].cells)
    ]
    names = [column.name for column in input_columns] + _column_titles(*(column.name for column in shown))
    texts = [[_shorten(_format_cell(cell)) for cell in column.cells] for column in (*input_columns, *shown)]
    html = [
        [(_status_html(text, read=None) if column is result_columns["status"] else escape(text), "") for text in cells]
        for column, cells in zip((*input_columns, *shown), texts, strict=True)
    ]
    widths = _column_widths([[name, *cells] for name, cells in zip(names, texts, strict=True)])
    left = int(counted_rows(content.missed_people, content.unit)[MAX_MISSED:].sum())
    more = say("report.more_people", people=count(content.unit, left)) if left else ""
    return _table_html("people", names, list(zip(*html, strict=True)), widths=widths, more=more)


def _texts_section(bodies: Sequence[tuple[int, bytes]], renderer: TextRenderer, unit: Unit) -> str:
    if not bodies:
        return ""
    phones = "".join(_phone_html(count(unit, people), body, renderer) for people, body in bodies[:MAX_TEXTS])
    left = len(bodies) - MAX_TEXTS
    more = ""
    if left > 0:
        more = f'<p class="more">{_escape_line(say("report.more_texts", bodies=count("body", left)))}</p>'
    return _section_html("report.texts", f'<div class="texts">{phones}</div>{more}')


def _phone_html(people: Text, body: bytes, renderer: TextRenderer) -> str:
    message = decode(body)
    name = str(message["msgtype"])
    return preview_html(f"{type_name(name)} → {people}", name, message[name], renderer)


def _section_html(heading: str, html: str) -> str:
    return f"<section><h2>{_escape_line(say(heading))}</h2>{html}</section>"


def _table_html(
    kind: str, header: Sequence[str], rows: Sequence[Sequence[tuple[str, str]]], *, widths: str = "", more: str = ""
) -> str:
    """Return a table of cells, each given as HTML and a CSS class; narrow screens show column names in the cells."""
    labels = [_escape_line(name[:_MAX_NAME_LENGTH]) for name in header]
    head = "".join(f'<th scope="col">{label}</th>' for label in labels)
    body = "".join(
        "<tr>"
        + "".join(
            f'<td data-of="{label}" class="{style}">{html}</td>' if style else f'<td data-of="{label}">{html}</td>'
            for label, (html, style) in zip(labels, row, strict=True)
        )
        + "</tr>"
        for row in rows
    )
    note = _note_html(more) if more else ""
    return f'<table class="{kind}">{widths}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{note}'


def _note_html(text: str) -> str:
    return f'<p class="more">{_escape_line(text)}</p>'


def _column_widths(texts: Sequence[Sequence[str]]) -> str:
    """Return the relative widths of the columns by their longest texts, within limits."""
    longest = [max(width(text) for text in islice(column, _ROWS_MEASURED)) for column in texts]
    widths = [min(max(column_width, _MIN_WIDTH), _MAX_WIDTH) + _CELL_PADDING for column_width in longest]
    shares = "".join(f'<col style="width:{100 * column_width / sum(widths):.1f}%">' for column_width in widths)
    return f"<colgroup>{shares}</colgroup>"


def _column_titles(*columns: str) -> list[str]:
    return [say(f"report.column_{name}") for name in columns]


def _status_html(status: str, read: object) -> str:
    return f'<span class="status tone-{TONES[Status(status)]}">{_escape_line(status_name(status, read))}</span>'


def _format_cell(cell: CellValue) -> str:
    if isinstance(cell, datetime):
        return _format_moment(cell)
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        return str(int(cell))
    return "" if cell is None else str(to_display(cell))


def _format_moment(moment: datetime) -> str:
    stamp = pd.Timestamp(moment)
    return (stamp if stamp.tzinfo is None else stamp.tz_convert(ZONE)).strftime("%Y-%m-%d %H:%M")


def _format_share(share: float) -> str:
    return escape(share_text(share))


def _escape_line(text: str) -> str:
    return escape(truncate(visible(text), _MAX_LINE_LENGTH))


def _shorten(text: str) -> str:
    return truncate(visible(text), _MAX_CELL_LENGTH)


def _escape_cell(text: str) -> str:
    return escape(_shorten(text))

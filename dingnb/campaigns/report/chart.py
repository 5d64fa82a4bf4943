"""
The figures of a campaign, imported only when they are drawn, since they require matplotlib.

A notebook shows a figure as the value of the cell; a script saves it: ``figure.savefig("payslip.png")``. No figure is
created with pyplot, which would show it twice and keep it in memory.

Raises:
    MissingPackageError: matplotlib is not installed.
"""

import io
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC
from typing import Any

import numpy as np
import pandas as pd

from dingnb.campaigns.recipient_count import Unit, text_key
from dingnb.campaigns.report.style import BAR_COLOURS, LIGHT
from dingnb.campaigns.results.delivery_statistics import (
    Funnel,
    count_elsewhere,
    count_undelivered,
    funnel_of,
    in_beijing,
    reads_over_time,
    share_text,
)
from dingnb.campaigns.status import TONES, Status
from dingnb.errors import MissingPackageError
from dingnb.media.figures import CHINESE_FONTS
from dingnb.words import Text, get_language, say, say_in_english
from dingnb.words.visible import truncate, visible

try:
    from matplotlib import font_manager, rc_context, rcParamsDefault
    from matplotlib.axes import Axes
    from matplotlib.backend_bases import RendererBase
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
    from matplotlib.figure import Figure
    from matplotlib.font_manager import FontProperties
    from matplotlib.layout_engine import ConstrainedLayoutEngine
    from matplotlib.ticker import PercentFormatter
except ModuleNotFoundError as error:
    raise MissingPackageError(Text("plot.no_matplotlib"), Text("plot.no_matplotlib_todo")) from error

_LATIN = "DejaVu Sans"  # bundled with matplotlib
_WIDTH_INCHES, _HEIGHT_INCHES = 11.0, 4.6
_PNG_DPI, _DPI = 200, 100
_MAX_TITLE_LENGTH = 80
_MAX_LABEL_LENGTH = 30
_HALF_AN_HOUR = np.timedelta64(30, "m")
_MIN_BARS = 8
_DEFAULT_SETTINGS: Any = {name: value for name, value in rcParamsDefault.items() if not name.startswith("backend")}
"""matplotlib's own settings, without the settings of the window that shows a figure."""

_DATES = {
    "formats": ["%Y", "%Y-%m", "%m-%d", "%H:%M", "%H:%M", "%H:%M:%S"],
    "zero_formats": ["", "%Y", "%m-%d", "%m-%d", "%H:%M", "%H:%M"],
    "offset_formats": ["", "%Y", "%Y-%m", "%Y-%m-%d", "%Y-%m-%d", "%Y-%m-%d"],
}
"""Formats of ticks and their common part, for years to seconds; numeric, so that they suit any language."""

Say = Callable[..., str]
"""A function like `say`."""


class _StandaloneFigure(Figure):
    """A figure that notebooks display without pyplot."""

    def __init__(self, title: str, height: float, draw: Callable[[Figure, list[str], Say], Sequence[Axes]]) -> None:
        families, say_text = _fonts()
        layout = ConstrainedLayoutEngine(w_pad=0.16, h_pad=0.14, wspace=0.04)
        style = {"font.family": families, "font.size": 10, "text.color": LIGHT["ink"]}
        # The analyst's own matplotlib settings do not apply to this figure, either now or when it is drawn.
        self._settings: Any = {**_DEFAULT_SETTINGS, **style}
        with rc_context(self._settings):
            super().__init__(figsize=(_WIDTH_INCHES, height), dpi=_DPI, layout=layout, facecolor="white")
            heading = _printable(visible(title), families)
            shown = truncate(heading, _MAX_TITLE_LENGTH)
            self.suptitle(shown, x=0.012, ha="left", fontsize=14, fontweight="bold", parse_math=False)
            for axes in draw(self, families, say_text):
                axes.tick_params(colors=LIGHT["faint"], labelsize=10, length=0)

    def draw(self, renderer: RendererBase) -> None:
        """Draw the figure; `savefig` still uses the analyst's settings for files, such as the resolution."""
        with rc_context(self._settings):
            super().draw(renderer)

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        """Return the figure for a notebook, in high resolution and at its nominal size."""
        file = io.BytesIO()
        with rc_context(self._settings):
            self.savefig(file, format="png", dpi=_PNG_DPI)
        width, height = (round(inches * _DPI) for inches in self.get_size_inches())
        return file.getvalue(), {"width": width, "height": height}


class Chart(_StandaloneFigure):
    """
    On the left the delivery funnel, on the right the readers over time, with one step for each refresh.

    Args:
        people: One row for each person, with the columns `status`, `evidence`, `sent_at` and `updated_at` of
            `Campaign.results`.
        title: The title.
        has_delivery: Whether DingTalk reports deliveries and reads; otherwise there is only the left side.
        unit: The counted unit: people or, with a key, messages.
    """

    def __init__(self, people: pd.DataFrame, *, title: str, has_delivery: bool = True, unit: Unit = "person") -> None:
        def draw(figure: Figure, _families: list[str], say_text: Say) -> Sequence[Axes]:
            counts = {str(status): int(n) for status, n in people["status"].value_counts(sort=False).items()}
            funnel = funnel_of(
                counts,
                elsewhere=count_elsewhere(people),
                undelivered=count_undelivered(people),
                has_delivery=has_delivery,
            )
            if not funnel.has_delivery:
                axes = figure.subplots()
                _draw_funnel(axes, funnel, unit, say_text)
                return [axes]
            left, right = figure.subplots(1, 2, width_ratios=(1.15, 1))
            _draw_funnel(left, funnel, unit, say_text)
            _draw_reads(right, people, funnel, say_text)
            return left, right

        super().__init__(title, _HEIGHT_INCHES, draw)


class AnswersChart(_StandaloneFigure):
    """
    A bar for each answer to a campaign, by question, and for people who have not answered.

    Args:
        tally: The number of people by answer, as `Campaign.tally` returns it.
        labels: What people see of questions, by their columns.
        title: The title.
    """

    def __init__(self, tally: pd.DataFrame, labels: Mapping[str, str], *, title: str) -> None:
        rows = [tally[tally["question"] == question] for question in tally["question"].unique()]

        def draw(figure: Figure, families: list[str], say_text: Say) -> Sequence[Axes]:
            all_axes = figure.subplots(len(rows), 1, squeeze=False, height_ratios=[len(row) + 1 for row in rows])[:, 0]
            for axes, rows_of_question in zip(all_axes, rows, strict=True):
                question = rows_of_question["question"].iloc[0]
                heading = say_text("answer.answers") if question == "answer" else labels.get(question, question)
                _draw_answers(axes, rows_of_question, heading, families, say_text)
            return list(all_axes)

        super().__init__(title, 1.2 + 0.42 * (len(tally) + len(rows)), draw)


def _draw_answers(axes: Axes, rows: pd.DataFrame, heading: str, families: list[str], say_text: Say) -> None:
    _set_up(axes, _printable(truncate(visible(heading), _MAX_TITLE_LENGTH), families))
    axes.set_xticks([])
    for position, (answer, n, share) in enumerate(zip(rows["answer"], rows["people"], rows["share"], strict=True)):
        axes.barh(position, n, height=0.68, color=LIGHT["everybody" if pd.isna(answer) else "read"])
        text = f"{n:,}" if pd.isna(share) else f"{n:,} · {share_text(share)}"
        axes.annotate(text, (n, position), (6, 0), textcoords="offset points", va="center")
    labels = [
        say_text("answer.none")
        if pd.isna(answer)
        else _printable(truncate(visible(label), _MAX_LABEL_LENGTH), families)
        for answer, label in zip(rows["answer"], rows["label"], strict=True)
    ]
    axes.set_yticks(range(len(rows)), labels, parse_math=False)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    people = max(int(rows["people"].sum()), 1)
    axes.set_xlim(0, people * 1.24)


def _fonts() -> tuple[list[str], Say]:
    """Return the fonts, and a function like `say` that returns texts in a language these fonts support."""
    installed = {font.name for font in font_manager.fontManager.ttflist}
    chinese = next((name for name in CHINESE_FONTS if name in installed), "")
    if get_language() == "zh" and chinese:
        return [chinese, _LATIN], say
    return [_LATIN, chinese] if chinese else [_LATIN], say_in_english


def _printable(text: str, families: Sequence[str]) -> str:
    """Return a text with question marks in place of characters that no font contains."""
    paths = [font_manager.findfont(FontProperties(family=[name])) for name in families]
    fonts = [font_manager.get_font(path) for path in paths]
    return "".join(
        character if any(font.get_char_index(ord(character)) for font in fonts) else "?" for character in text
    )


def _draw_funnel(axes: Axes, funnel: Funnel, unit: Unit, say_text: Say) -> None:
    _set_up(axes, say_text("report.funnel"))
    axes.set_xticks([])
    if not funnel.people:
        _show_message(axes, say_text("report.nobody"))
        return
    bars = [(say_text(text_key(unit, "report.step_people")), funnel.people, LIGHT["everybody"])]
    bars += [(say_text(funnel.step_text_key(status)), n, LIGHT[status]) for status, n in funnel.steps]
    colours = {status: BAR_COLOURS[TONES[status]] for status, _ in funnel.others}
    names = {status: f"status.{status}" for status, _ in funnel.others}
    if funnel.were_all_filtered_sent_before:
        colours[Status.FILTERED], names[Status.FILTERED] = LIGHT["gone"], "form.status_elsewhere"
    others = [(say_text(names[status]), n, colours[status]) for status, n in funnel.others]
    positions = [*np.arange(len(bars)), *(len(bars) + 0.5 + np.arange(len(others)))]
    bars += others
    for position, (_, n, colour) in zip(positions, bars, strict=True):
        axes.barh(position, n, height=0.68, color=colour)
        axes.annotate(
            f"{n:,} · {share_text(n / funnel.people)}", (n, position), (6, 0), textcoords="offset points", va="center"
        )
    axes.set_yticks(positions, [name for name, _, _ in bars])
    axes.set_ylim(max(positions[-1], _MIN_BARS - 1) + 0.6, -0.6)
    axes.set_xlim(0, funnel.people * 1.24)


def _draw_reads(axes: Axes, people: pd.DataFrame, funnel: Funnel, say_text: Say) -> None:
    _set_up(axes, say_text("plot.reads"))
    reads = reads_over_time(people)
    times, readers = reads.times, reads.readers
    if not len(times):
        axes.set_xticks([])
        axes.set_yticks([])
        _show_message(axes, say_text("plot.nobody_read" if funnel.delivered else "plot.nobody_reached"))
        return
    sent = in_beijing(people["sent_at"])
    start = min(sent.min(), times[0]) if len(sent) else times[0]
    shares = np.concatenate([[0.0], readers / funnel.delivered])
    times_from_start: Any = np.concatenate([[start], times])
    axes.step(times_from_start, shares, where="post", color=LIGHT["read"], linewidth=2)
    axes.fill_between(times_from_start, shares, step="post", color=LIGHT["read"], alpha=0.12, linewidth=0)
    axes.plot(times_from_start[-1:], shares[-1:], "o", color=LIGHT["read"], markersize=6, clip_on=False)
    label = say_text("plot.read_of", n=int(readers[-1]), of=funnel.delivered, share=share_text(float(shares[-1])))
    axes.annotate(
        label, (times_from_start[-1], shares[-1]), (-8, 8), textcoords="offset points", ha="right", fontweight="bold"
    )
    margin = max(
        (times_from_start[-1] - start) // 20, _HALF_AN_HOUR if times_from_start[-1] == start else np.timedelta64(0, "m")
    )
    axes.set_xlim(start - margin, times_from_start[-1] + margin)
    axes.set_ylim(0, 1.08)
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    # The times are Beijing times without a time zone, and must not be shifted.
    locator = AutoDateLocator(tz=UTC, minticks=3, maxticks=6)  # type: ignore[no-untyped-call]  # matplotlib has not typed it
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator, tz=UTC, **_DATES))  # type: ignore[no-untyped-call]  # as above
    axes.xaxis.get_offset_text().set(color=LIGHT["faint"], fontsize=9)
    axes.grid(visible=True, axis="y", color=LIGHT["line"], linewidth=0.8)
    axes.set_axisbelow(True)
    axes.set_xlabel(say_text("plot.when"), color=LIGHT["faint"], fontsize=9, loc="left", labelpad=6)


def _set_up(axes: Axes, heading: str) -> None:
    axes.set_title(heading, loc="left", fontsize=11, pad=12, parse_math=False)
    axes.spines[:].set_visible(False)


def _show_message(axes: Axes, sentence: str) -> None:
    axes.set_yticks([])
    axes.text(0.5, 0.5, sentence, ha="center", va="center", transform=axes.transAxes, color=LIGHT["faint"])

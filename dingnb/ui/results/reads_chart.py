"""The number of readers over time, as a line on a time axis: inline SVG."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dingnb.campaigns.results.delivery_statistics import ReadTimeline
from dingnb.ui.kit import parts
from dingnb.words import join_sentences, say

_WIDTH, _HEIGHT = 480, 190
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 34, 14, 26
"""The margins; the right margin has room for half the label of the last tick."""
_MAX_POINTS = 60
_MAX_DOTS = 12
_MAX_TICKS = 5

_MINUTE = 60_000
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR
_YEAR = 365 * _DAY
_INTERVALS = (
    *(n * 1_000 for n in (1, 2, 5, 10, 30)),
    *(n * _MINUTE for n in (1, 2, 5, 10, 15, 30)),
    *(n * _HOUR for n in (1, 2, 3, 6, 12)),
    *(n * _DAY for n in (1, 2, 7, 14, 30, 90, 365)),
)
"""Intervals between ticks, in milliseconds."""


@dataclass(frozen=True, slots=True)
class _Axis:
    """
    A time axis.

    Attributes:
        first: The time at the left end, in milliseconds: local time in Beijing, counted from 1970.
        last: The time at the right end, likewise.
    """

    first: int
    last: int

    def x(self, at: int) -> float:
        """Return the horizontal position of a time."""
        return _LEFT + (at - self.first) / max(self.last - self.first, 1) * (_WIDTH - _LEFT - _RIGHT)

    def ticks(self) -> list[tuple[int, str]]:
        """Return round times on the axis, with their labels."""
        span = self.last - self.first
        interval = next((interval for interval in _INTERVALS if span / interval <= _MAX_TICKS), _INTERVALS[-1])
        label_format = _tick_format(interval, span)
        times = range(-(-self.first // interval) * interval, self.last + 1, interval)
        return [(at, pd.Timestamp(at, unit="ms").strftime(label_format)) for at in times]


def _tick_format(interval: int, span: int) -> str:
    """Return the format of the labels of ticks, which differ from each other."""
    if interval >= _DAY:
        return "%Y-%m-%d" if span >= _YEAR else "%m-%d"
    if span >= _DAY:
        return "%m-%d %H:%M"
    return "%H:%M" if interval >= _MINUTE else "%H:%M:%S"


def reads_chart(reads: ReadTimeline, delivered: int, sent_at: "np.datetime64 | None") -> str:
    """
    Return the chart as HTML, and below it its numbers as text.

    Args:
        reads: The number of readers over time, with at least one step.
        delivered: The number of people who received the message; the top of the chart.
        sent_at: The local time in Beijing of the first send, when nobody had read the message; None if unknown.
    """
    shown = reads.thin(_MAX_POINTS)
    points = list(zip(shown.times.astype("M8[ms]").astype(np.int64).tolist(), shown.readers.tolist(), strict=True))
    (first, _), (end, read) = points[0], points[-1]
    sent = first if sent_at is None else int(sent_at.astype("M8[ms]").astype(np.int64))
    start = min(sent, first)
    line = [(start, 0), *points]
    axis = _Axis(start, max(end, start + 1))
    numbers = {"end": _format_time(end), **_values(read, delivered)}
    if start < first:
        span = say("results_form.reads_line", start=_format_time(start), **numbers)
    else:
        span = say("results_form.reads_at", **numbers)
    drawn = "".join((_grid(delivered), _time_axis(axis), _curve(axis, line, delivered), _dots(axis, points, delivered)))
    size = f'viewBox="0 0 {_WIDTH} {_HEIGHT}"'
    name = "dn-chart dn-chart-many" if len(points) > _MAX_DOTS else "dn-chart"
    below = parts.quiet(join_sentences([span, say("results_form.reads_when")]))
    return f'<svg class="{name}" {size} role="img" aria-label="{parts.shown(span)}">{drawn}</svg>{below}'


def _y(read: float, delivered: int) -> float:
    return _HEIGHT - _BOTTOM - read / max(delivered, 1) * (_HEIGHT - _TOP - _BOTTOM)


def _grid(delivered: int) -> str:
    """Return grid lines at 0, at all people who received the message, and at half of them if that is a whole number."""
    lines = []
    half = [] if delivered % 2 else [delivered // 2]
    # Numbers, because shares on the same page are of the whole list.
    for read in (0, *half, delivered):
        y = _y(read, delivered)
        lines.append(
            f'<line class="dn-grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
            f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{read:,}</text>'
        )
    return "".join(lines)


def _time_axis(axis: _Axis) -> str:
    base = _HEIGHT - _BOTTOM
    return "".join(
        f'<line class="dn-grid" x1="{axis.x(at):.1f}" x2="{axis.x(at):.1f}" y1="{base}" y2="{base + 4}"/>'
        f'<text x="{axis.x(at):.1f}" y="{_HEIGHT - 6}" text-anchor="middle">{parts.shown(label)}</text>'
        for at, label in axis.ticks()
    )


def _curve(axis: _Axis, line: Iterable[tuple[int, int]], delivered: int) -> str:
    points = " ".join(f"{axis.x(at):.1f},{_y(read, delivered):.1f}" for at, read in line)
    right, left, base = axis.x(axis.last), axis.x(axis.first), _HEIGHT - _BOTTOM
    area = f'<polygon class="dn-area" points="{points} {right:.1f},{base} {left:.1f},{base}"/>'
    return f'{area}<polyline class="dn-line" points="{points}"/>'


def _dots(axis: _Axis, points: Iterable[tuple[int, int]], delivered: int) -> str:
    """Return a dot for each refresh, with its numbers as a tooltip."""
    dots = []
    for at, read in points:
        value = say("results_form.reads_value", **_values(read, delivered))
        dots.append(
            f'<circle cx="{axis.x(at):.1f}" cy="{_y(read, delivered):.1f}" r="3">'
            f"<title>{parts.shown(f'{_format_time(at)} · {value}')}</title></circle>"
        )
    return "".join(dots)


def _values(read: int, delivered: int) -> dict[str, object]:
    return {"read": read, "delivered": delivered}


def _format_time(at: int) -> str:
    return pd.Timestamp(at, unit="ms").strftime("%m-%d %H:%M:%S")

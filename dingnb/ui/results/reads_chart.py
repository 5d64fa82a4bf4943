"""The number of readers over time, as a line on a true time axis: inline SVG."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dingnb.campaigns.report.funnel import share_text
from dingnb.campaigns.results.read_times import ReadTimeline
from dingnb.ui.kit import parts
from dingnb.words import join_sentences, say

_WIDTH, _HEIGHT = 480, 190
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 34, 14, 26
"""The margins; that on the right has room for half the label of the last tick."""
_MAX_POINTS = 60
_MAX_DOTS = 12
_MAX_TICKS = 5

_MINUTE = 60_000
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR
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
        first: The time at its left end, in milliseconds of Beijing time.
        last: The time at its right end.
    """

    first: int
    last: int

    def x(self, at: int) -> float:
        """Return the horizontal position of a time."""
        return _LEFT + (at - self.first) / max(self.last - self.first, 1) * (_WIDTH - _LEFT - _RIGHT)

    def ticks(self) -> list[tuple[int, str]]:
        """Return round times on the axis, with their labels."""
        interval = next((it for it in _INTERVALS if (self.last - self.first) / it <= _MAX_TICKS), _INTERVALS[-1])
        form = "%m-%d" if interval >= _DAY else "%H:%M" if interval >= _MINUTE else "%H:%M:%S"
        times = range(-(-self.first // interval) * interval, self.last + 1, interval)
        return [(at, pd.Timestamp(at, unit="ms").strftime(form)) for at in times]


def reads_chart(reads: ReadTimeline, delivered: int, sent_at: "np.datetime64 | None") -> str:
    """
    Return the chart.

    Args:
        reads: The number of readers by refresh; at least one.
        delivered: The number of people who received the message; the top of the chart.
        sent_at: The local time of the first send, when nobody had read it; None if it is unknown.
    """
    shown = reads.thin(_MAX_POINTS)
    points = list(zip(shown.times.astype("M8[ms]").astype(np.int64).tolist(), shown.readers.tolist(), strict=True))
    start = points[0][0] if sent_at is None else min(int(sent_at.astype("M8[ms]").astype(np.int64)), points[0][0])
    line = [(start, 0), *points]
    axis = _Axis(start, max(points[-1][0], start + 1))
    span = say(
        "results_form.reads_line", start=_moment(start), end=_moment(points[-1][0]), **_values(points[-1][1], delivered)
    )
    drawn = "".join((_grid(), _time_axis(axis), _curve(axis, line, delivered), _dots(axis, points, delivered)))
    size = f'viewBox="0 0 {_WIDTH} {_HEIGHT}"'
    name = "dn-chart dn-chart-many" if len(points) > _MAX_DOTS else "dn-chart"
    below = parts.quiet(join_sentences([span, say("results_form.reads_when")]))
    return f'<svg class="{name}" {size} role="img" aria-label="{parts.shown(span)}">{drawn}</svg>{below}'


def _y(read: int, delivered: int) -> float:
    return _HEIGHT - _BOTTOM - read / max(delivered, 1) * (_HEIGHT - _TOP - _BOTTOM)


def _grid() -> str:
    """Return grid lines at 0%, 50% and 100%."""
    lines = []
    for share in (0.0, 0.5, 1.0):
        y = _HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM)
        lines.append(
            f'<line class="dn-grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
            f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{share:.0%}</text>'
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
    at = [f"{axis.x(time):.1f},{_y(read, delivered):.1f}" for time, read in line]
    base = f"{_HEIGHT - _BOTTOM}"
    last, first = at[-1].partition(",")[0], at[0].partition(",")[0]
    area = f'<polygon class="dn-area" points="{" ".join(at)} {last},{base} {first},{base}"/>'
    return f'{area}<polyline class="dn-line" points="{" ".join(at)}"/>'


def _dots(axis: _Axis, points: Iterable[tuple[int, int]], delivered: int) -> str:
    """Return a dot for each refresh, with its numbers as a tooltip."""
    return "".join(
        f'<circle cx="{axis.x(at):.1f}" cy="{_y(read, delivered):.1f}" r="3">'
        f"<title>{parts.shown(f'{_moment(at)} · {value}')}</title></circle>"
        for at, read in points
        for value in [say("results_form.reads_value", **_values(read, delivered))]
    )


def _values(read: int, delivered: int) -> dict[str, object]:
    return {"read": read, "delivered": delivered, "share": share_text(read / max(delivered, 1))}


def _moment(at: int) -> str:
    return pd.Timestamp(at, unit="ms").strftime("%m-%d %H:%M:%S")

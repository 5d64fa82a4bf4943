"""The figure of a campaign: its content in all states, its fonts, and its display in a notebook."""

import io
import subprocess
import sys
from importlib import import_module, util
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from IPython.core.formatters import DisplayFormatter
from matplotlib import font_manager
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.dates import num2date
from matplotlib.figure import Figure
from matplotlib.text import Text
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

import dingnb
from dingnb.campaigns.report import chart
from dingnb.campaigns.report.chart import AnswersChart, Chart
from dingnb.client import DingTalk
from dingnb.errors import MissingPackageError
from dingnb.tables.timestamps import timestamps
from tests.table_rows import for_each

NOON_NS = 1_793_678_400_000_000_000
HOUR_NS = 3_600_000_000_000
WITH_CHINESE = any(font.name in chart.CHINESE_FONTS for font in font_manager.fontManager.ttflist)


def people(hours: tuple[float, ...] = (), **counts: int) -> pd.DataFrame:
    """Return people by status; the first status was reported `hours` after noon."""
    statuses = [status for status, n in counts.items() for _ in range(n)]
    learned = [NOON_NS + int(hour * HOUR_NS) for hour in hours] + [NOON_NS] * (len(statuses) - len(hours))
    return pd.DataFrame(
        {
            "status": pd.Categorical(statuses),
            "evidence": pd.array([None] * len(statuses), dtype="str"),
            "sent_at": timestamps([NOON_NS] * len(statuses)),
            "updated_at": timestamps(learned),
        }
    )


def axes_of(frame: pd.DataFrame, title: str = "Payslip") -> list[Axes]:
    figure = Chart(frame, title=title)
    # Anything that cannot be drawn warns now, and warnings are errors.
    figure.savefig(io.BytesIO())
    return figure.axes


def bars_of(axes: Axes) -> dict[str, tuple[float, str]]:
    labels = [label.get_text() for label in axes.get_yticklabels()]
    lengths = [bar.get_width() for bar in axes.patches]
    numbers = [text.get_text() for text in axes.texts]
    return dict(zip(labels, zip(lengths, numbers, strict=True), strict=True))


def texts_of(axes: Axes) -> list[str]:
    return [text.get_text() for text in axes.findobj(Text) if text.get_visible() and text.get_text()]


def test_bars_have_the_tone_of_their_status() -> None:
    counts = {"queued": 1, "unknown": 1, "failed": 1, "rejected": 1, "cancelled": 1, "recalled": 1}
    bars = axes_of(people(read=1, **counts))[0].patches[-len(counts) :]
    waiting, unsure, failed, rejected, cancelled, recalled = (bar.get_facecolor() for bar in bars)
    assert failed == rejected
    assert cancelled == recalled
    assert len({waiting, unsure, failed, recalled}) == 4


def test_with_a_key_the_left_counts_messages(ding: DingTalk) -> None:
    frame = pd.DataFrame({"userid": [ding.sandbox.state.users()[0]["userid"]] * 3, "month": range(3)})
    run = ding.plan(frame, dingnb.text("month {{ month }}"), key="month").send("months").wait()
    left = run.plot().axes[0]
    assert bars_of(left)["All messages"] == (3, "3 · 100%")
    assert "Everyone in the list" not in bars_of(left)


def test_the_left_shows_the_funnel_and_all_other_people() -> None:
    left, _ = axes_of(people(read=5, delivered=3, accepted=1, unknown=1, filtered=2, rejected=8))
    assert bars_of(left) == {
        "Everyone in the list": (20, "20 · 100%"),
        "Accepted or delivered": (9, "9 · 45%"),
        "Delivered": (8, "8 · 40%"),
        "Read": (5, "5 · 25%"),
        "unknown": (1, "1 · 5%"),
        "filtered": (2, "2 · 10%"),
        "rejected": (8, "8 · 40%"),
    }


def test_the_right_shows_the_share_of_readers_over_time_in_beijing() -> None:
    _, right = axes_of(people((1, 1, 4), read=3, delivered=1, failed=6))
    (steps, _) = right.lines
    at = [num2date(number).strftime("%H:%M") for number in np.asarray(steps.get_xdata(orig=False), dtype=float)]
    assert at == ["12:00", "13:00", "16:00"]
    assert list(np.asarray(steps.get_ydata())) == [0, 0.5, 0.75]
    assert "3 of 4 · 75%" in texts_of(right)
    assert "Updated (Beijing time)" in texts_of(right)


def test_the_times_of_reads_are_those_of_beijing_in_any_time_zone() -> None:
    with mpl.rc_context({"timezone": "Asia/Shanghai"}):
        _, right = axes_of(people((1, 1, 4), read=3, delivered=1))
        labels = [label.get_text() for label in right.get_xticklabels() if label.get_visible()]
    assert {"12:00", "13:00", "14:00", "15:00", "16:00"} >= set(filter(None, labels))
    assert "13:00" in labels


@for_each(
    ("frame", "expected"),
    [
        (people(), ["This campaign has no people.", "No confirmed delivery yet."]),
        (people(queued=3), ["No confirmed delivery yet."]),
        (people(rejected=3), ["No confirmed delivery yet."]),
        (people(delivered=3), ["No confirmed read yet."]),
        (people((0,), read=1), ["1 of 1 · 100%"]),
        (people((0, 40_000), read=2), ["2 of 2 · 100%"]),
        (people((0, 0.0001), read=2), ["2 of 2 · 100%"]),
    ],
)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_state_can_be_drawn_without_a_warning(frame: pd.DataFrame, expected: list[str], language: Any) -> None:
    dingnb.set_language(language)
    shown = [text for axes in axes_of(frame) for text in texts_of(axes)]
    if language == "en":
        assert set(expected) <= set(shown)


def test_unknown_times_are_left_out() -> None:
    frame = people((1, 2), read=2, delivered=2)
    frame.loc[0, "updated_at"] = pd.NaT
    frame["sent_at"] = timestamps([None] * 4)
    _, right = axes_of(frame)
    assert "1 of 4 · 25%" in texts_of(right)


@pytest.fixture
def _without_chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chart, "CHINESE_FONTS", ())


@pytest.mark.usefixtures("_without_chinese")
def test_without_chinese_fonts_the_text_is_english() -> None:
    dingnb.set_language("zh")
    left, right = axes_of(people((1,), read=1), title="工资 2026")
    assert "Everyone in the list" in bars_of(left)
    assert "Read, of the people reached" in texts_of(right)
    figure = left.figure
    assert isinstance(figure, Figure)
    assert figure.get_suptitle() == "?? 2026"


def test_all_texts_use_the_same_fonts() -> None:
    figure = axes_of(people((1, 4), read=2, failed=1))[0].figure
    assert {tuple(text.get_fontfamily()) for text in figure.findobj(Text) if text.get_text()} == {
        tuple(chart._fonts()[0])
    }


def test_with_a_chinese_font_the_text_is_in_the_current_language(monkeypatch: pytest.MonkeyPatch) -> None:
    dingnb.set_language("zh")
    # Without a Chinese font, a font available everywhere is used instead.
    if not WITH_CHINESE:
        monkeypatch.setattr(chart, "CHINESE_FONTS", ("DejaVu Sans",))
    left = Chart(people(read=1), title="x").axes[0]
    assert "名单全部人员" in [label.get_text() for label in left.get_yticklabels()]


@pytest.mark.long
@for_each("title", ["$x$", r"$\frac$", "a_b^c", "\u202eevil\x1b", "😀\U000e0041", "x" * 10_000, ""])
def test_a_title_is_shown_as_it_is_and_never_read_as_a_formula(title: str) -> None:
    figure = axes_of(people(read=1), title=title)[0].figure
    assert isinstance(figure, Figure)
    shown = figure.get_suptitle()
    assert shown.isprintable()
    assert len(shown) <= 80
    if title.isascii() and title.isprintable() and len(title) <= 80:
        assert shown == title


def test_the_analysts_own_settings_are_ignored_and_kept() -> None:
    usual = Chart(people(read=1), title="x")
    with mpl.rc_context({"text.usetex": True, "axes.facecolor": "red", "font.size": 40, "text.color": "lime"}):
        figure = Chart(people(read=1), title="x")
        figure.savefig(io.BytesIO())
        assert mpl.rcParams["font.size"] == 40
    sizes = [[text.get_fontsize() for text in drawing.findobj(Text)] for drawing in (usual, figure)]
    assert sizes[0] == sizes[1]
    assert figure.axes[0].get_facecolor() == usual.axes[0].get_facecolor()


@for_each("question", ["$^$", "cost_$x^2$", r"$\frac$"])
def test_a_question_is_shown_as_it_is_and_never_read_as_a_formula(question: str) -> None:
    tally = pd.DataFrame({"question": [question], "answer": ["$^$"], "label": ["$^$"], "people": [3], "share": [1.0]})
    figure = AnswersChart(tally, {}, title="x")
    figure.savefig(io.BytesIO())
    (axes,) = figure.axes
    assert axes.get_title(loc="left") == question
    assert not any(text.get_parse_math() for text in axes.findobj(Text) if "$" in text.get_text())


def test_no_setting_of_the_analyst_changes_the_picture() -> None:
    frame = people((1, 4), read=2, failed=1)
    usual = Chart(frame, title="x")._repr_png_()
    theme = {
        "patch.force_edgecolor": True,
        "patch.edgecolor": "red",
        "grid.linestyle": ":",
        "lines.dash_capstyle": "round",
        "savefig.bbox": "tight",
        "savefig.facecolor": "black",
        "timezone": "Asia/Shanghai",
    }
    with mpl.rc_context(theme):
        assert Chart(frame, title="x")._repr_png_() == usual


def test_a_notebook_shows_it_as_the_value_of_the_cell_without_pyplot() -> None:
    before = plt.get_fignums()
    figure = Chart(people(read=1), title="x")
    shown, about = DisplayFormatter().format(figure)
    assert shown["image/png"].startswith(b"\x89PNG")
    assert about["image/png"] == {"width": 1100, "height": 460}
    assert plt.get_fignums() == before


CELL = """
import pandas as pd
from dingnb.campaigns.report.chart import Chart
from dingnb.tables.timestamps import timestamps
at = timestamps([1_793_678_400_000_000_000])
Chart(pd.DataFrame({"status": ["read"], "evidence": "result", "sent_at": at, "updated_at": at}), title="x")
"""


@pytest.mark.long
@pytest.mark.sampled(1)
@pytest.mark.parametrize("before", ["", "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.close(plt.figure())"])
def test_a_kernel_shows_it_exactly_once(before: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(dingnb.__file__).parents[1]))
    notebook = new_notebook(cells=[new_code_cell(before + CELL)])
    NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
    (output,) = notebook.cells[0].outputs
    assert output.output_type == "execute_result"
    assert "image/png" in output.data


def test_a_script_saves_it(tmp_path: Path) -> None:
    figure = Chart(people(read=1), title="x")
    for name in ("x.png", "x.pdf", "x.svg"):
        figure.savefig(tmp_path / name)
        assert (tmp_path / name).stat().st_size > 1_000


def test_without_matplotlib_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.delitem(sys.modules, chart.__name__)
    with pytest.raises(MissingPackageError) as caught:
        import_module(chart.__name__)
    assert 'pip install "dingnb[lab]"' in caught.value.hint
    assert isinstance(caught.value, ImportError)


def test_matplotlib_is_imported_only_when_something_is_drawn() -> None:
    assert util.find_spec("matplotlib")
    code = "import sys, dingnb.campaigns.campaign; print('matplotlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.strip() == "False"

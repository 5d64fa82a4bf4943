import io
import re
from collections.abc import Callable
from typing import Any

import IPython
import pytest

from dingnb.clock import VirtualClock, seconds_to_ns
from dingnb.display import ProgressBar, RowProgress, progress_shown_by
from dingnb.words.visible import width

RunCell = Callable[[str], list[tuple[str, dict[str, Any]]]]
COLUMNS = 60


class LookedAt(VirtualClock):
    """A clock moved by the test that counts as the real one."""

    is_real = True


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True

    def lines(self) -> list[str]:
        """Return each line as it overwrote the previous one."""
        return self.getvalue().split("\r")


@pytest.fixture(autouse=True)
def _columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(COLUMNS))


def test_a_file_gets_only_the_final_text_without_a_bar() -> None:
    stream = io.StringIO()
    bar = ProgressBar(LookedAt(), stream)
    for n in range(5):
        bar.show(f"{n} of 4", n / 4)
    bar.end("4 of 4", 1.0)
    assert stream.getvalue() == "4 of 4\n"


def test_a_terminal_shows_a_bar_and_overwrites_each_text_with_the_next() -> None:
    stream, clock = Terminal(), LookedAt()
    bar = ProgressBar(clock, stream)
    for share, text in ((0.0, "Sending: 0 of 20"), (0.0, "Sending: 0 of 20"), (0.52, "Sending: 10 of 20")):
        bar.show(text, share)
        clock.advance(seconds_to_ns(1))
    bar.end("Sent: 20 of 20", 1.0)
    bar.end("and then")
    assert stream.lines() == [
        "[....................] Sending: 0 of 20",
        "[##########..........] Sending: 10 of 20",
        "[####################] Sent: 20 of 20   \nand then\n",
    ]


@pytest.mark.parametrize("share", [None, 0.0, 0.3, 1.0])
def test_a_line_fits_the_terminal_and_overwrites_the_previous_one(share: float | None) -> None:
    stream, clock = Terminal(), LookedAt()
    bar = ProgressBar(clock, stream)
    for letters in (10, 30, 40, 45, 50, 200):
        for text in ("é" * letters, "e\u0301" * letters, "发" * (letters // 2)):
            bar.show(text, share)
            clock.advance(seconds_to_ns(1))
    widths = [width(line) for line in stream.lines()]
    assert widths == sorted(widths)
    assert max(widths) < COLUMNS
    bar.show("short", share)
    assert width(stream.lines()[-1]) == widths[-1]


def test_the_bar_shrinks_for_the_text_and_the_final_text_is_complete() -> None:
    stream, clock = Terminal(), LookedAt()
    bar = ProgressBar(clock, stream)
    for text in ("x" * 30, "x" * 40, "x" * 50, "x" * 55, "已" * 30):
        bar.show(text, 0.5)
        clock.advance(seconds_to_ns(1))
    bar.end("已" * 40, 0.5)
    assert [line.partition("]")[0] if "]" in line else line.rstrip(" ") for line in stream.lines()] == [
        "[##########..........",
        "[#####.....",
        "[##...",
        "x" * 55,
        "已" * 28 + "...",
        "已" * 40 + "\n",
    ]


def test_a_bar_that_was_shortened_does_not_jump_back() -> None:
    stream, clock = Terminal(), LookedAt()
    bar = ProgressBar(clock, stream)
    for letters in (10, 40, 10, 70, 10):
        bar.show("x" * letters, 0.5)
        clock.advance(seconds_to_ns(1))
    bar.end("done")
    bar.show("next", 0.5)
    bars = [line.partition("]")[0].count(".") for line in stream.getvalue().replace("\n", "\r").split("\r")]
    assert bars == [10, 5, 5, 3, 5, 0, 10]


def test_the_display_updates_at_most_ten_times_a_second_and_always_shows_the_end() -> None:
    stream, clock = Terminal(), LookedAt()
    bar = ProgressBar(clock, stream)
    for n in range(100):
        bar.show(f"{n} of 100")
        clock.advance(seconds_to_ns(0.01))
    bar.show("100 of 100")
    bar.show("nobody sees this")
    bar.end("done")
    shown = [line.rstrip(" ") for line in stream.lines()]
    assert shown == [*(f"{n} of 100" for n in range(0, 101, 10)), "done      \n"]


def test_under_a_virtual_clock_a_terminal_shows_only_the_end() -> None:
    stream, clock = Terminal(), VirtualClock()
    bar = ProgressBar(clock, stream)
    for _ in range(5):
        bar.show("on the way", 0.5)
        clock.advance(seconds_to_ns(1))
    assert stream.getvalue() == ""
    bar.end("done")
    assert stream.getvalue() == "done\n"


def test_a_closed_or_missing_stream_interrupts_nothing() -> None:
    closing, clock = Terminal(), LookedAt()
    bar = ProgressBar(clock, closing)
    closing.close()
    for broken in (bar, ProgressBar(clock, closing)):
        broken.show("text", 0.5)
        broken.end("text")


def test_a_program_without_a_console_continues(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", None)
    bar = ProgressBar(LookedAt())
    bar.show("text", 0.5)
    bar.end("text")


def test_a_stream_that_lacks_characters_gets_replacements() -> None:
    narrow = io.TextIOWrapper(io.BytesIO(), "ascii", newline="\n")
    ProgressBar(LookedAt(), narrow).end("Sent: 5 · 已发送")
    assert narrow.detach().getvalue() == b"Sent: 5 ? ???\n"


def test_hostile_text_cannot_control_the_terminal() -> None:
    stream = Terminal()
    ProgressBar(LookedAt(), stream).end("Campaign \x1b[2J\u202e\r goes on")
    assert stream.getvalue() == "Campaign \\x1b[2J\\u202e\\r goes on\n"


BEGIN = """
from dingnb.clock import VirtualClock, seconds_to_ns
from dingnb.display import ProgressBar, RowProgress, progress_shown_by
class LookedAt(VirtualClock):
    is_real = True
def work(clock):
    bar = ProgressBar(clock)
    for n in range(100):
        bar.show(f"Sending: {n} of 100 people", n / 100)
        clock.advance(seconds_to_ns(0.01))
    bar.show("nobody sees this", 1.0)
    bar.show("nor this", 1.0)
    bar.end("Sent: 99 of 100 people · <img src=x onerror=alert(1)>\\u202e", 0.999)
"""
HTML = (
    '<div style="font-family:var(--jp-ui-font-family,system-ui,sans-serif);color:var(--jp-ui-font-color1,#222);'
    'max-width:60em;margin:4px 0"><div role="progressbar" aria-label="Progress" aria-valuemin="0" aria-valuemax="100" '
    'aria-valuenow="99"'
)


def test_a_notebook_has_one_output_that_updates_in_place_and_keeps_its_final_state(run_cell: RunCell) -> None:
    shown = run_cell(f"{BEGIN}\nwork(LookedAt())")
    assert [kind for kind, _ in shown] == ["display_data"] + ["update_display_data"] * 11
    assert len({content["transient"]["display_id"] for _, content in shown}) == 1
    texts = [content["data"]["text/plain"] for _, content in shown]
    last = "Sent: 99 of 100 people · <img src=x onerror=alert(1)>\\u202e"
    assert texts == [*(f"Sending: {n} of 100 people" for n in range(0, 100, 10)), "nobody sees this", last]
    html = shown[-1][1]["data"]["text/html"]
    assert html.startswith(HTML)
    # A bar in progress is highlighted, a finished one is not.
    assert ["opacity" in content["data"]["text/html"] for _, content in shown] == [False] * 11 + [True]
    assert 'role="status" aria-live="polite"' in html
    assert "Sent: 99 of 100 people · &lt;img src=x onerror=alert(1)&gt;\\u202e</div>" in html
    assert set(re.findall(r"<(\w+)", html)) == {"div"}
    assert all(set(content["data"]) == {"text/plain", "text/html"} for _, content in shown)


def test_under_a_virtual_clock_a_notebook_gets_the_final_output_at_once(run_cell: RunCell) -> None:
    live = run_cell(f"{BEGIN}\nwork(LookedAt())")[-1][1]
    shown = run_cell(f"{BEGIN}\nwork(VirtualClock())")
    assert [kind for kind, _ in shown] == ["display_data"]
    assert shown[0][1] == {"data": live["data"], "metadata": live["metadata"], "transient": {}}


def test_output_after_the_end_is_separate(run_cell: RunCell) -> None:
    shown = run_cell(f"{BEGIN}\nbar = ProgressBar(LookedAt())\nbar.end('goes on')\nbar.show('1', .5)\nbar.end('2', 1)")
    assert [kind for kind, _ in shown] == ["display_data", "display_data", "update_display_data"]
    assert "progressbar" not in shown[0][1]["data"]["text/html"]
    assert "progressbar" in shown[1][1]["data"]["text/html"]


def test_a_captured_cell_contains_only_the_final_state(run_cell: RunCell) -> None:
    run_cell(BEGIN)
    shown = run_cell(
        "from IPython.utils.capture import capture_output\n"
        "with capture_output() as captured:\n    work(LookedAt())\n"
        "print(len(captured.outputs), repr(captured.stdout))"
    )
    assert shown == [("stream", {"name": "stdout", "text": "1 ''\n"})]


@pytest.mark.parametrize("error", ["OSError('gone')", "__import__('zmq').ZMQError(88)", "ValueError('closed file')"])
def test_a_kernel_that_cannot_display_it_interrupts_nothing_and_shows_the_rest(run_cell: RunCell, error: str) -> None:
    shown = run_cell(
        f"{BEGIN}\n"
        f"publisher = get_ipython().display_pub\n"
        f"def publish(**what):\n    raise {error}\n"
        f"publisher.publish = publish\n"
        f"bar = ProgressBar(LookedAt())\n"
        f"bar.show('lost', 0.5)\n"
        f"del publisher.publish\n"
        f"bar.end('found', 1.0)"
    )
    assert [(kind, content["data"]["text/plain"]) for kind, content in shown] == [("display_data", "found")]


def test_progress_can_be_shown_from_another_thread(run_cell: RunCell) -> None:
    shown = run_cell(
        f"{BEGIN}\nimport threading\nothers = [threading.Thread(target=work, args=[LookedAt()]) for _ in range(4)]\n"
        "for one in others: one.start()\nfor one in others: one.join()"
    )
    assert {kind for kind, _ in shown} == {"display_data", "update_display_data"}
    assert len(shown) == 4 * 12


def test_an_explicit_stream_is_written_to_in_a_notebook_too(run_cell: RunCell) -> None:
    shown = run_cell(f"{BEGIN}\nimport sys\nProgressBar(VirtualClock(), sys.stdout).end('2 of 2', 1.0)")
    assert shown == [("stream", {"name": "stdout", "text": "2 of 2\n"})]


def test_a_terminal_with_ipython_is_not_a_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal()
    monkeypatch.setattr(IPython, "get_ipython", object)
    monkeypatch.setattr("sys.stdout", stream)
    ProgressBar(LookedAt()).end("2 of 2")
    assert stream.getvalue() == "2 of 2\n"


class Drawn:
    """A place that records what was drawn in it."""

    is_live = True

    def __init__(self) -> None:
        self.drawn: list[tuple[str, float | None]] = []
        self.left: list[tuple[str, float | None]] = []

    def show(self, text: str, fraction: float | None) -> None:
        self.drawn.append((text, fraction))

    def end(self, text: str, fraction: float | None) -> None:
        self.left.append((text, fraction))


def test_rows_show_no_progress_before_two_seconds_and_then_until_the_end() -> None:
    clock, place = LookedAt(), Drawn()
    with progress_shown_by(place), RowProgress("progress.planning", 5_000, clock=clock) as progress:
        for _ in progress.track(range(5_000)):
            clock.advance(seconds_to_ns(0.001))
    assert place.drawn == [(f"Preparing messages: {n},000 of 5,000 rows", n / 5) for n in (2, 3, 4, 5)]
    assert place.left == [("Preparing messages: 5,000 of 5,000 rows", 1.0)]


def test_the_final_number_of_rows_is_exact() -> None:
    clock, place = LookedAt(), Drawn()
    with progress_shown_by(place), RowProgress("progress.planning", 2_500, clock=clock) as progress:
        for _ in progress.track(range(2_500)):
            clock.advance(seconds_to_ns(0.003))
    assert place.left == [("Preparing messages: 2,500 of 2,500 rows", 1.0)]


def test_fast_work_and_a_virtual_clock_show_nothing() -> None:
    quick, virtual = LookedAt(), VirtualClock()
    place = Drawn()
    for clock, step in ((quick, 0.0), (virtual, 1.0)):
        with progress_shown_by(place), RowProgress("progress.reading", clock=clock, file="a.csv") as progress:
            for _ in progress.track(range(3_000)):
                clock.advance(seconds_to_ns(step))
    assert (place.drawn, place.left) == ([], [])


def test_rows_of_an_unknown_number_are_counted_without_a_bar() -> None:
    clock, place = LookedAt(), Drawn()
    with progress_shown_by(place), RowProgress("progress.reading", clock=clock, file="a.csv") as progress:
        clock.advance(seconds_to_ns(3))
        progress.show(1_000)
    assert place.drawn == [("Reading a.csv: 1,000 rows", None)]

import io
import threading

import pytest

from dingnb.clock import VirtualClock, seconds_to_ns
from dingnb.display import ProgressBar, progress_shown_by


class LookedAt(VirtualClock):
    """A clock moved by the test that counts as the real one."""

    is_real = True


class Wall:
    """A place that records what was drawn in it."""

    def __init__(self, *, is_live: bool = True) -> None:
        self.is_live = is_live
        self.drawn: list[tuple[str, str, float | None]] = []

    def show(self, text: str, fraction: float | None) -> None:
        self.drawn.append(("draw", text, fraction))

    def end(self, text: str, fraction: float | None) -> None:
        self.drawn.append(("leave", text, fraction))


def work(clock: VirtualClock) -> None:
    bar = ProgressBar(clock)
    bar.show("1 of 2", 0.5)
    clock.advance(seconds_to_ns(1))
    bar.show("2 of 2")
    bar.end("done", 1.0)


ALL = [("draw", "1 of 2", 0.5), ("draw", "2 of 2", None), ("leave", "done", 1.0)]


def test_a_bar_is_drawn_in_the_current_place_only(capsys: pytest.CaptureFixture[str]) -> None:
    wall = Wall()
    with progress_shown_by(wall):
        work(LookedAt())
    assert wall.drawn == ALL
    assert capsys.readouterr().out == ""
    work(LookedAt())
    assert wall.drawn == ALL
    assert capsys.readouterr().out == "done\n"


@pytest.mark.parametrize(("clock", "is_live"), [(VirtualClock(), True), (LookedAt(), False)])
def test_without_a_live_display_only_the_final_state_is_drawn(clock: VirtualClock, *, is_live: bool) -> None:
    wall = Wall(is_live=is_live)
    with progress_shown_by(wall):
        work(clock)
    assert wall.drawn == ALL[-1:]


def is_interrupted(wall: Wall) -> None:
    with progress_shown_by(wall):
        ProgressBar(VirtualClock()).end("inner")
        raise KeyboardInterrupt


def test_an_inner_place_overrides_the_outer_one_until_it_ends() -> None:
    outer, inner = Wall(), Wall()
    with progress_shown_by(outer):
        with pytest.raises(KeyboardInterrupt):
            is_interrupted(inner)
        ProgressBar(VirtualClock()).end("outer")
    assert [text for _, text, _ in outer.drawn] == ["outer"]
    assert [text for _, text, _ in inner.drawn] == ["inner"]


def test_each_thread_has_its_own_place(capsys: pytest.CaptureFixture[str]) -> None:
    walls = [Wall(), Wall()]
    both = threading.Barrier(3)

    def draw(wall: Wall) -> None:
        with progress_shown_by(wall):
            both.wait()
            work(LookedAt())

    others = [threading.Thread(target=draw, args=[wall]) for wall in walls]
    for other in others:
        other.start()
    both.wait()
    work(LookedAt())
    for other in others:
        other.join()
    assert [wall.drawn for wall in walls] == [ALL, ALL]
    assert capsys.readouterr().out == "done\n"


def test_an_explicit_stream_is_still_written_to() -> None:
    wall, stream = Wall(), io.StringIO()
    with progress_shown_by(wall):
        ProgressBar(VirtualClock(), stream).end("done")
    assert (wall.drawn, stream.getvalue()) == ([], "done\n")

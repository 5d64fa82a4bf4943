import io
import sys

import pytest

from dingnb.display import ProgressLine


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_file_gets_only_the_last_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "ipykernel", raising=False)
    stream = io.StringIO()
    line = ProgressLine(stream)
    for n in range(5):
        line.show(f"{n} of 4")
    line.end("4 of 4")
    assert stream.getvalue() == "4 of 4\n"


def test_a_terminal_sees_each_text_written_over_the_last_one() -> None:
    stream = Terminal()
    line = ProgressLine(stream)
    line.show("1 of 2")
    line.show("1 of 2")
    line.show("2 of 2")
    line.end("done")
    shown = [part for part in stream.getvalue().split("\r") if part.strip()]
    assert shown == ["1 of 2", "2 of 2", "done\n"]


def test_a_closed_stream_or_one_without_the_letters_breaks_nothing_off() -> None:
    closed = Terminal()
    line = ProgressLine(closed)
    closed.close()
    line._overwrites = True
    line.show("text")
    line.end("text")
    narrow = io.TextIOWrapper(io.BytesIO(), "ascii")
    ProgressLine(narrow).end("已发送")
    narrow.detach()


def test_hostile_text_cannot_steer_the_terminal() -> None:
    stream = Terminal()
    ProgressLine(stream).end("Campaign \x1b[2J\u202e goes on")
    assert stream.getvalue() == "Campaign \\x1b[2J\\u202e goes on\n"

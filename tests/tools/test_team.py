"""The trial of a team's ledger."""

import pytest

from tools import team


@pytest.mark.long
def test_neither_sends_twice(capsys: pytest.CaptureFixture[str]) -> None:
    assert team.main([]) == 0
    shown = capsys.readouterr().out
    assert f"{team.PEOPLE} people, 0 of them twice, and 0 got nothing" in shown
    assert "bo@bos-laptop" in shown

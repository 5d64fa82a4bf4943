"""A kernel plays its tape as soon as it starts, or ends and says why."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dingnb.testing.kernel import prepare_kernel


@pytest.mark.parametrize("cassette", ["calls: [", None])
def test_a_kernel_without_a_usable_tape_exits_and_says_why(cassette: str | None, tmp_path: Path) -> None:
    environment = prepare_kernel("first", tmp_path, tmp_path / "home")
    if cassette is None:
        reason = environment.popitem()[0]
    else:
        reason = str(tmp_path / "first.yaml")
        Path(reason).write_text(cassette, encoding="utf-8")
    [start_up] = (tmp_path / "home").rglob("*.py")
    others = {name: value for name, value in os.environ.items() if name not in environment and name != reason}
    ended = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, start_up], env=others | environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 70
    assert "Traceback" in ended.stderr
    assert reason in ended.stderr

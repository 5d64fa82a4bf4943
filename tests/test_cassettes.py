"""What every cassette of this repository keeps to."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
import yaml

from dingnb.testing.cassette import load
from dingnb.transport import API, OAPI

CASSETTES = sorted((Path(__file__).parent.parent / "cassettes").glob("*"))
LARGEST_BYTES = 300_000


@pytest.fixture(params=CASSETTES, ids=lambda path: path.stem)
def path(request: pytest.FixtureRequest) -> Path:
    found: Path = request.param
    return found


def test_nothing_secret_or_personal_is_in_it(path: Path, find_secrets: Callable[[str], list[str]]) -> None:
    assert find_secrets(path.read_text("utf-8")) == []


def test_its_head_says_when_and_against_what_it_was_recorded(path: Path) -> None:
    recorded = load(path).recorded

    assert recorded["against"].startswith("the dingnb sandbox, ")
    assert recorded["by"].startswith("dingnb ")
    assert datetime.fromisoformat(recorded["at"]).tzinfo is not None
    assert recorded["time"] == "virtual"


def test_it_is_readable_short_and_in_order(path: Path) -> None:
    text = path.read_text("utf-8")
    cassette = load(path)

    assert "\\u" not in text
    assert len(text.encode()) <= LARGEST_BYTES
    assert [call.key for call in cassette.calls] == sorted(call.key for call in cassette.calls)
    assert all(
        one["request"]["uri"].startswith((f"{API}/", f"{OAPI}/")) for one in yaml.safe_load(text)["interactions"]
    )

"""Rules for every cassette in this repository."""

import functools
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
import yaml

from dingnb.errors import InputError
from dingnb.testing.cassette import load_cassette as load_anew
from dingnb.transport import API, OAPI

CASSETTES = sorted((Path(__file__).parent.parent / "cassettes").glob("*"))
LARGEST_BYTES = 300_000

load_cassette = functools.cache(load_anew)
"""Return a cassette, which no test changes; parsing it takes a while."""


@pytest.fixture(params=CASSETTES, ids=lambda path: path.stem)
def path(request: pytest.FixtureRequest) -> Path:
    found: Path = request.param
    return found


def test_a_cassette_contains_no_secrets_or_personal_data(path: Path, find_secrets: Callable[[str], list[str]]) -> None:
    assert find_secrets(path.read_text("utf-8")) == []


def test_each_secret_field_of_a_cassette_is_masked(path: Path) -> None:
    fields = re.findall(r"""["'?&](\w+)(?:"?: |=)"?([^\s"&',]+)""", path.read_text("utf-8"))
    secret = [(name, value) for name, value in fields if re.search(r"(?i)token|secret|ticket|aes_?key|session$", name)]
    assert {value for _, value in secret} == {"***"}
    load_cassette(path)


def test_a_cassette_with_an_unmasked_secret_is_refused(path: Path, tmp_path: Path) -> None:
    text = path.read_text("utf-8")
    places = [found.start() for found in re.finditer(r"\*\*\*", text)]
    for place in {places[0], places[len(places) // 2], places[-1]}:
        (tmp_path / "leaking.yaml").write_text(f"{text[:place]}of-an-app{text[place + 3 :]}", encoding="utf-8")
        with pytest.raises(
            InputError, match=r"leaking\.yaml contains a secret in plain text: interaction \d+, re"
        ) as caught:
            load_anew(tmp_path / "leaking.yaml")
        assert "of-an-app" not in str(caught.value)


def test_the_head_of_a_cassette_says_when_and_against_what_it_was_recorded(path: Path) -> None:
    recorded = load_cassette(path).recorded

    assert recorded["against"].startswith("the dingnb sandbox, ")
    assert recorded["by"].startswith("dingnb ")
    assert datetime.fromisoformat(recorded["at"]).tzinfo is not None
    assert recorded["time"] == "virtual"


def test_a_cassette_is_readable_short_and_in_order(path: Path) -> None:
    text = path.read_text("utf-8")
    cassette = load_cassette(path)

    assert "\\u" not in text
    assert len(text.encode()) <= LARGEST_BYTES
    assert [call.key for call in cassette.calls] == sorted(call.key for call in cassette.calls)
    assert all(
        interaction["request"]["uri"].startswith((f"{API}/", f"{OAPI}/"))
        for interaction in yaml.load(text, yaml.CSafeLoader)["interactions"]
    )

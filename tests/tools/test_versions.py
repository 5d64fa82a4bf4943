"""Tests on other versions: what they install, and the report about a missing Python."""

from pathlib import Path

import pytest

from tools import versions


def test_the_lowest_versions_are_the_lower_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions, "FOLDER", tmp_path / "versions")
    project = {
        "dependencies": ["h11>=0.16", "uvicorn>=0.35,<0.55"],
        "optional-dependencies": {"lab": ["voila>=0.5.13"], "testing": [], "dev": ["ruff>=0.14"]},
    }
    assert versions.write_lowest_constraints(project).read_text() == "h11==0.16\nuvicorn==0.35\nvoila==0.5.13\n"


def test_a_requirement_without_a_bound_is_an_error() -> None:
    with pytest.raises(SystemExit, match=r"h11 in pyproject\.toml has no lowest version"):
        versions.pin_lowest("h11")


def test_a_missing_python_is_reported(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("PATH", "")
    assert versions.main(["3.12"]) == 1
    assert "3.12: not tried: there is no python3.12 here" in capsys.readouterr().out

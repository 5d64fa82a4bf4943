"""Exports on the page of ``dingnb app``: links for files of any size, and nothing in the served folder."""

import json
import os
import stat
import time
from pathlib import Path

import pandas as pd
import pytest

import dingnb
from dingnb.cli import app
from dingnb.client import DingTalk
from dingnb.ui.app_page.exports import EXPORTS_VARIABLE, new_export_path
from dingnb.ui.kit import files
from dingnb.ui.kit.theme import style_sheet
from dingnb.words import Language, catalogue
from tests.ui.steps import read, words


def test_an_export_of_any_size_is_an_unguessable_link(
    ding: DingTalk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served, kept = tmp_path / "served", tmp_path / "kept"
    served.mkdir()
    monkeypatch.chdir(served)
    monkeypatch.setenv("VOILA_BASE_URL", "/")
    monkeypatch.setenv(EXPORTS_VARIABLE, str(kept))
    monkeypatch.setattr(files, "MAX_DATA_URL_BYTES", 10)
    form = ding.plan(pd.DataFrame({"userid": ["", "manager01"]}), dingnb.text("Hello there")).form()
    links = []
    for _ in range(2):
        form.problems.export.click()
        form.model.wait()
        links += [value for name, value in read(form.problems.exported.value).attributes if name == "href"]
    first, second = kept.iterdir()
    assert {first.name, second.name} == {link.split("/")[-2] for link in links}
    assert all(link.startswith("../../dingnb/exports/") and len(link.split("/")[-2]) == 43 for link in links)
    [written] = first.iterdir()
    assert [stat.S_IMODE(path.stat().st_mode) for path in (first, written)] == [0o700, 0o600]
    assert written.name.endswith("-problems.xlsx")
    assert list(served.iterdir()) == []
    assert f"{written.name} is ready, and your browser saves it." in words(form)
    assert str(kept) not in words(form)


def test_the_name_of_an_export_is_not_too_long_in_chinese(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    name = files.file_name("月" * 100, "已送达", "查" * 40)
    for _ in range(2):
        files.export_path(name).write_bytes(b"")
    assert {path.suffix for path in tmp_path.iterdir()} == {".xlsx"}
    assert len(list(tmp_path.iterdir())) == 2


def test_files_left_by_a_killed_app_are_deleted_after_a_day(tmp_path: Path) -> None:
    old, new = (new_export_path(tmp_path / name, "results.csv").parents[1] for name in ("old", "new"))
    two_days_ago = time.time() - 2 * 24 * 60 * 60
    os.utime(old, (two_days_ago, two_days_ago))
    app._delete_old_exports(tmp_path)
    assert list(tmp_path.iterdir()) == [new]
    app._delete_old_exports(tmp_path / "not there")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_voila_page_asks_to_reload_instead_of_running_the_cell(language: Language) -> None:
    words = catalogue.translations()["form.kernel_gone_page"][language == "zh"]
    rule = f"[data-voila] .dingnb.dn-{language}.jupyter-widgets-disconnected::before"
    assert f'{{ content: "{words}" }}' in style_sheet().partition(rule)[2].partition("\n")[0]


def test_the_page_has_an_icon_and_texts_for_when_its_server_is_gone(tmp_path: Path) -> None:
    app.write_server_settings(tmp_path)
    settings = json.loads((tmp_path / "jupyter_server_config.json").read_text("utf-8"))
    page = settings["VoilaConfiguration"]["resources"]["dingnb"]
    assert page["icon"].startswith("data:image/svg+xml,%3Csvg")
    assert page["maxMessageBytes"] > 200_000_000
    for at, texts in enumerate((page["texts"]["en"], page["texts"]["zh-CN"])):
        assert texts.pop("title") == f"dingnb · {catalogue.translations()['studio.home'][at]}"
        assert texts == {key: catalogue.translations()[f"app_page.{key}"][at].format(megabytes=200) for key in texts}
        assert set(texts) == {"opening", "away", "gone", "locked", "large", "gone_again", "locked_again", "large_again"}


@pytest.mark.parametrize("key", ["away", "gone", "locked"])
def test_the_page_does_not_promise_what_was_typed_without_its_server(key: str) -> None:
    english, chinese = catalogue.translations()[f"app_page.{key}"]
    assert "not saved" in english
    assert "copy" in english
    assert "复制" in chinese

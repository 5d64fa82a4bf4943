"""A page of the app that is being loaded: it may miss widgets that another thread makes meanwhile."""

import threading
from pathlib import Path

import pytest

import dingnb
from dingnb.ui.app_page.exports import EXPORTS_VARIABLE
from tests.ui.steps import words
from tests.ui.test_session import TAB
from tests.ui.test_studio import press, wait


def test_a_reloaded_page_shows_what_other_threads_find_once_it_is_displayed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DINGNB_HOME", str(tmp_path))
    monkeypatch.setenv(EXPORTS_VARIABLE, str(tmp_path / "exports"))
    monkeypatch.setenv("QUERY_STRING", f"session={TAB}")
    before = dingnb.studio()
    before.login.model.use_sandbox()
    before.login.model.wait()
    press(before.studio, before.studio.home.sample)

    page = dingnb.studio()
    wait(page.studio)
    finder = threading.Thread(target=page.studio.model.fail, args=(dingnb.InputError("Found by a check."),))
    finder.start()
    finder.join()
    assert "Found by a check." not in words(page)
    page.box.set_state({"_view_count": 1})
    assert "Found by a check." in words(page)

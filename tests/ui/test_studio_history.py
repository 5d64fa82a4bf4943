"""Back and Forward in the app: each opens a page that was shown before, and sends nothing."""

from pathlib import Path

import pytest

import dingnb
from dingnb.client import DingTalk
from dingnb.errors import LedgerError
from dingnb.sandbox import RunningSandbox
from dingnb.ui.app_page.exports import EXPORTS_VARIABLE
from dingnb.ui.studio.form import StudioForm
from dingnb.ui.studio.model import StudioModel
from dingnb.words import Text, say
from tests.ui.steps import is_shown, people, press_send, sends, type_into, watch_focus
from tests.ui.test_session import TAB
from tests.ui.test_studio import press, step_of, wait, words_of, write


@pytest.fixture
def form(ding: DingTalk) -> StudioForm:
    return StudioForm(StudioModel(ding))


def page_of(form: StudioForm) -> tuple[str, str]:
    wait(form)
    return form.model.page, "home" if form.model.state.is_home else step_of(form)


def test_each_page_that_was_shown_opens_again_and_sends_nothing(
    form: StudioForm, office: RunningSandbox, ding: DingTalk
) -> None:
    ding.plan(people(office, 3), dingnb.text("number {{ n }}")).send("before")
    press(form, form.home.sample)
    before = form.model.page
    assert before == "message"
    press(form, form.next)
    press(form, form.next)
    assert page_of(form) == ("send", "send")
    calls = sends(office)
    press(form, form.to_home)
    form.model.view_campaign("before")
    assert page_of(form) == ("results/before", "results")
    results = form.results
    for page in ("home", "results/before", "send", "check", "message", "recipients", "results/before"):
        form.model.return_to(page)
        assert page_of(form) == (page, page.partition("/")[0])
        if page == "results/before" and form.model.page == page and results is not None:
            # What was typed there, such as a reminder, is still there the first time.
            assert form.results is results
            results = None
    assert sends(office) == calls


def test_a_campaign_that_opens_shows_its_title_before_its_results(
    form: StudioForm, office: RunningSandbox, ding: DingTalk
) -> None:
    ding.plan(people(office, 3), dingnb.text("number {{ n }}")).send("before")
    pages: list[tuple[str, str, bool]] = []
    form.announcement.observe(
        lambda change: pages.append((change["new"], form.panel.children[0].value, form.results is None)), "value"
    )
    form.model.view_campaign("before")
    step, shown, are_results_missing = pages[0]
    assert say("studio.results") in step
    assert say("studio.opening_step") in shown
    assert are_results_missing
    assert "before" in form.head.value
    assert form.results is not None
    assert form.panel.children[-1] is form.results.box


def test_what_is_gone_leads_to_what_is_left(form: StudioForm, office: RunningSandbox) -> None:
    form.model.return_to("results/never sent")
    assert page_of(form)[0] == "home"
    form.model.return_to("send")
    assert page_of(form)[0] == "recipients"
    form.model.return_to("nonsense")
    assert page_of(form)[0] == "home"
    press(form, form.home.sample)
    write(form, "", "")
    form.model.return_to("send")
    assert page_of(form)[0] == "message"
    write(form, "Again", "Hello")
    press(form, form.next)
    press(form, form.next)
    press_send(form.compose.plan_form)
    run = form.model.run
    assert run is not None
    run.wait()
    calls = sends(office)
    form.model.return_to("send")
    assert page_of(form)[0] == "send"
    assert form.compose.plan_form.model.run is run
    assert sends(office) == calls


def test_the_page_names_what_it_shows_and_opens_what_its_script_requests(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DINGNB_HOME", str(tmp_path))
    monkeypatch.setenv(EXPORTS_VARIABLE, str(tmp_path / "exports"))
    monkeypatch.setenv("QUERY_STRING", f"session={TAB}")
    page = dingnb.studio()
    shown = page.history.shown
    assert 'data-page=""' in shown.value
    page.login.model.use_sandbox()
    page.login.model.wait()
    assert 'data-page="home" data-answers="0"' in shown.value
    page.to_settings.click()
    assert 'data-page="settings" data-answers="0"' in shown.value
    page.another.click()
    assert 'data-page="login" data-answers="0"' in shown.value
    assert is_shown(page.login.box)
    for number, (request, opened) in enumerate(
        (("settings", page.settings.box), ("login", page.login.box), ("home", page.studio.home.box)), 1
    ):
        type_into(page.history.request, f"{number} {request}")
        assert f'data-page="{request}" data-answers="{number}"' in shown.value
        assert is_shown(opened)
    assert not is_shown(page.login.box)
    # What cannot be opened is answered as well, with what is shown.
    type_into(page.history.request, "4 results/never sent")
    assert 'data-page="home" data-answers="4"' in shown.value
    # Back from the settings, the focus is on the button that opened them, since what had it is hidden.
    focused = watch_focus(monkeypatch)
    page.to_settings.click()
    type_into(page.history.request, "5 home")
    assert focused == [page.to_settings]

    def fail(_name: str) -> None:
        raise LedgerError(Text("form.nothing_done"))

    # The login, which shows the errors of the page, is hidden.
    monkeypatch.setattr(page.studio.model, "_has_campaign", fail)
    type_into(page.history.request, "6 results/before")
    assert 'data-page="home" data-answers="6"' in shown.value
    assert say("form.nothing_done") in words_of(page.studio.home.notice)


def test_until_an_app_is_connected_every_page_is_the_login(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DINGNB_HOME", str(tmp_path))
    monkeypatch.setenv(EXPORTS_VARIABLE, str(tmp_path / "exports"))
    monkeypatch.setenv("QUERY_STRING", f"session={TAB}")
    page = dingnb.studio()
    for number, request in enumerate(("login", "home", "message"), 1):
        page.to_settings.click()
        assert is_shown(page.settings.box)
        # An entry of the browser's history from before a reload.
        type_into(page.history.request, f"{number} {request}")
        assert f'data-page="" data-answers="{number}"' in page.history.shown.value
        assert is_shown(page.login.box)
        # There is no studio to return to.
        assert not is_shown(page.keep)
        assert not is_shown(page.settings.box)

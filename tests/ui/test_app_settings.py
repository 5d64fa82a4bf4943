"""The settings, the help and the phone of the studio's page."""

import json
import stat
from pathlib import Path

import pytest

import dingnb
from dingnb.campaigns.status import STATUSES
from dingnb.client import DingTalk, limits_of
from dingnb.clock import VirtualClock
from dingnb.sandbox import RunningSandbox
from dingnb.ui.app_page.exports import EXPORTS_VARIABLE
from dingnb.ui.app_page.notebook import write_notebook
from dingnb.ui.app_page.settings import AppSettings, load_settings, save_settings
from dingnb.ui.kit.form import DEBOUNCE_NS
from dingnb.ui.results.tiles import STATUS_ICONS
from dingnb.ui.studio.form import StudioForm
from dingnb.words import Language, get_language, say, set_language
from tests.environments import connection_environment
from tests.media.samples import PNG
from tests.ui.steps import is_shown, people, read, type_into, words
from tests.ui.test_compose import visible
from tests.ui.test_session import TAB
from tests.ui.test_studio import press


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the file of the settings, in a process of the app."""
    monkeypatch.setenv("DINGNB_HOME", str(tmp_path))
    monkeypatch.setenv(EXPORTS_VARIABLE, str(tmp_path / "exports"))
    monkeypatch.setenv("QUERY_STRING", f"session={TAB}")
    return tmp_path / "app" / "settings.json"


def test_limits_are_saved_and_apply_to_the_next_connection(kept: Path) -> None:
    page = dingnb.studio()
    page.to_settings.click()
    assert is_shown(page.settings.box)
    assert not is_shown(page.login.box)
    type_into(page.settings.calls_per_month, 20_000)
    type_into(page.settings.calls_per_second, 40)
    page.settings.save.click()
    assert "They apply once the page is reloaded." in words(page)
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    page.settings.back.click()
    assert is_shown(page.login.box)
    again = dingnb.studio()
    again.login.model.use_sandbox()
    again.login.model.wait()
    limits = limits_of(again.ding)
    assert (limits.calls_per_month, limits.calls_per_second) == (20_000, 40)
    again.to_settings.click()
    assert "of 20,000" in words(again)
    assert again.settings.calls_per_month.value == 20_000


@pytest.mark.parametrize(
    ("month", "second", "said"),
    [
        (99_999_999, 40, "Calls a month: 99,999,999 is not between 1 and 10,000,000."),
        (20_000, -3, "Calls a second: -3 is not between 1 and 100."),
        (0, 40, "Calls a month: 0 is not between 1 and 10,000,000."),
    ],
)
def test_limits_that_cannot_be_right_are_refused_with_the_reason(
    kept: Path, month: int, second: int, said: str
) -> None:
    page = dingnb.studio()
    page.to_settings.click()
    type_into(page.settings.calls_per_month, month)
    type_into(page.settings.calls_per_second, second)
    page.settings.save.click()
    assert said in words(page)
    assert "Nothing was saved." in words(page)
    assert (page.settings.calls_per_month.value, page.settings.calls_per_second.value) == (month, second)
    wrong = page.settings.calls_per_month if said.startswith("Calls a month") else page.settings.calls_per_second
    assert "dn-invalid" in wrong._dom_classes
    assert not kept.exists()
    type_into(page.settings.calls_per_month, 20_000)
    type_into(page.settings.calls_per_second, 40)
    page.settings.save.click()
    assert "dn-invalid" not in wrong._dom_classes
    assert load_settings().calls_per_month == 20_000


@pytest.mark.usefixtures("kept")
def test_settings_say_that_a_change_of_language_or_colours_does_not_keep_large_files(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = dingnb.studio()
    page.login.model.use_sandbox()
    page.login.model.wait()
    page.to_settings.click()
    assert "choose them again" not in words(page)
    page.settings.back.click()
    compose = page.studio.model.compose
    compose.choose_type("image")
    compose.choose_file("media_id", "chart.png", PNG)
    page.to_settings.click()
    assert "choose them again" not in words(page)
    page.settings.back.click()
    monkeypatch.setattr("dingnb.campaigns.draft_files.MAX_BYTES", len(PNG) - 1)
    page.to_settings.click()
    assert "reloads the page without the chosen pictures and files" in words(page)
    page.settings.back.click()
    set_language("zh")
    page.to_settings.click()
    assert "不保留所选的图片和文件" in words(page)


@pytest.mark.usefixtures("kept")
def test_settings_open_with_the_stored_limits_and_without_the_last_notice() -> None:
    page = dingnb.studio()
    page.to_settings.click()
    type_into(page.settings.calls_per_month, 0)
    page.settings.save.click()
    page.settings.back.click()
    page.to_settings.click()
    assert "is not between 1 and" not in words(page)
    assert page.settings.calls_per_month.value == AppSettings().calls_per_month
    assert "dn-invalid" not in page.settings.calls_per_month._dom_classes
    type_into(page.settings.calls_per_month, 7_000)
    page.settings.save.click()
    page.settings.back.click()
    save_settings(AppSettings(calls_per_month=9_000))
    page.to_settings.click()
    assert "The limits are saved" not in words(page)
    assert page.settings.calls_per_month.value == 9_000


@pytest.mark.usefixtures("kept")
def test_only_the_limit_that_was_changed_is_saved() -> None:
    page = dingnb.studio()
    page.to_settings.click()
    save_settings(AppSettings(calls_per_month=9_000))
    type_into(page.settings.calls_per_second, 21)
    page.settings.save.click()
    limits = load_settings()
    assert (limits.calls_per_month, limits.calls_per_second) == (9_000, 21)


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize(
    ("language", "login", "home", "step", "facts"),
    [
        (
            "en",
            "Back",
            "Back to “Campaigns”",
            "Back to “Recipients”",
            ["SANDBOX", "1000001; identifies the app"],
        ),
        ("zh", "返回", "回到群发任务页", "回到收件人页", ["· 沙箱", "1000001（发送时用于标识应用"]),
    ],
)
def test_the_buttons_that_close_a_panel_name_where_they_lead(
    language: Language, login: str, home: str, step: str, facts: list[str]
) -> None:
    page = dingnb.studio()
    set_language(language)
    page.to_settings.click()
    assert page.settings.back.description == login
    page.settings.back.click()
    page.login.model.use_sandbox()
    page.login.model.wait()
    page.to_settings.click()
    assert page.settings.back.description == home
    assert all(fact in words(page.settings.facts) for fact in facts)
    page.to_help.click()
    assert page.help.back.description == home
    page.help.back.click()
    page.studio.home.new.click()
    page.another.click()
    assert page.keep.description == step
    page.to_help.click()
    assert page.help.back.description == login
    page.keep.click()
    assert not is_shown(page.help.box)
    assert page.studio.head in list(visible(page.box))


def test_a_link_chooses_the_language_for_this_page_and_the_next(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = dingnb.studio()
    page.to_settings.click()
    links = [value for name, value in read(page.settings.language.value).attributes if name == "href"]
    assert links == [f"?session={TAB}&language=en", f"?session={TAB}&language=zh"]
    monkeypatch.setenv("QUERY_STRING", links[1].removeprefix("?"))
    assert dingnb.studio().to_settings.description == "设置"
    monkeypatch.setenv("QUERY_STRING", f"session={TAB}")
    assert dingnb.studio().to_help.description == "帮助"
    monkeypatch.setenv("QUERY_STRING", f"session={TAB}&language=<b>")
    dingnb.studio()
    assert get_language() == "zh"
    assert json.loads(kept.read_text())["language"] == "zh"


def test_a_link_chooses_the_colours_for_this_page_and_the_next_start(
    kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = dingnb.studio()
    page.to_settings.click()
    assert "aria-current=true>Light" in page.settings.theme.value
    links = [value for name, value in read(page.settings.theme.value).attributes if name == "href"]
    assert links == [f"?session={TAB}&theme=light", f"?session={TAB}&theme=dark"]
    monkeypatch.setenv("QUERY_STRING", links[1].removeprefix("?"))
    page = dingnb.studio()
    page.to_settings.click()
    assert "aria-current=true>Dark" in page.settings.theme.value
    assert json.loads(kept.read_text())["theme"] == "dark"
    # Another language keeps the colours.
    assert f"?session={TAB}&amp;theme=dark&amp;language=zh" in page.settings.language.value
    monkeypatch.setenv("QUERY_STRING", f"session={TAB}&theme=<b>")
    dingnb.studio()
    assert load_settings().theme == "dark"


@pytest.mark.usefixtures("kept")
def test_loading_the_page_takes_no_call_of_the_month(monkeypatch: pytest.MonkeyPatch, sandbox: RunningSandbox) -> None:
    for name, value in connection_environment(sandbox.settings, sandbox.base_url).items():
        monkeypatch.setenv(name, value)
    for _ in range(3):
        page = dingnb.studio()
        assert page.studio.model.home.state.calls == 0
        assert page.login.model.state.failure is None


def test_a_new_tab_goes_on_with_the_sandbox_but_only_if_it_was_used_last(
    kept: Path, monkeypatch: pytest.MonkeyPatch, sandbox: RunningSandbox
) -> None:
    page = dingnb.studio()
    assert is_shown(page.login.box)
    page.login.model.use_sandbox()
    page.login.model.wait()
    assert page.studio.ding.mode == "SANDBOX"
    monkeypatch.setenv("QUERY_STRING", f"session={TAB[::-1]}")
    # Without waiting: the page loads the widgets that there are when the cell has run.
    assert dingnb.studio().studio.model.state.is_home
    assert json.loads(kept.read_text())["uses_sandbox"] is True
    # An app of its own comes first, and is what the tab after it goes on with.
    for name, value in connection_environment(sandbox.settings, sandbox.base_url).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("QUERY_STRING", f"session={TAB[1:]}0")
    assert dingnb.studio().studio.ding.origin.kind != "sandbox"
    for name in connection_environment(sandbox.settings, sandbox.base_url):
        monkeypatch.delenv(name)
    monkeypatch.setenv("QUERY_STRING", f"session={TAB[2:]}00")
    assert is_shown(dingnb.studio().login.box)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{",
        '{"language": "fr", "calls_per_month": -1, "calls_per_second": "9", "theme": "red"}',
        '{"calls_per_month": 10000000000, "calls_per_second": 0}',
    ],
)
def test_invalid_settings_have_their_defaults(kept: Path, content: str) -> None:
    kept.parent.mkdir()
    kept.write_text(content)
    assert load_settings() == AppSettings()


def test_the_notebook_of_the_page_is_the_same_in_every_language(kept: Path) -> None:
    save_settings(AppSettings(language="zh"))
    (cell,) = json.loads(write_notebook(kept.parent).read_text())["cells"]
    assert cell["source"] == "import dingnb\ndingnb.studio()"


@pytest.mark.usefixtures("in_chinese")
def test_the_next_page_opens_in_the_language_and_the_colours_that_were_chosen(
    kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_notebook(kept.parent)

    def chosen() -> tuple[str, ...]:
        metadata = json.loads(path.read_text())["metadata"]
        return metadata["voila"]["theme"], metadata["dingnb"]["language"], metadata["title"]

    assert chosen() == ("light", "zh-CN", "dingnb · 群发任务")
    monkeypatch.setenv("QUERY_STRING", f"session={TAB}&theme=dark&language=en")
    dingnb.studio()
    assert chosen() == ("dark", "en", "dingnb · Campaigns")


def test_a_notebook_has_help_and_settings_without_those_of_the_app() -> None:
    page = dingnb.studio()
    page.to_help.click()
    assert "Can somebody get a message twice?" in words(page)
    assert "or to send a changed text without recalling the earlier one." in words(page)
    assert "a person can get a message from each." in words(page)
    # A reminder that was not sent is restored as well.
    assert "Chosen pictures and files are restored up to 20 MB in total." in words(page)
    assert [status for status in STATUSES if say(f"report.means_{status}") not in words(page)] == []
    assert words(page).count("Already sent before") == 1
    # As in the results, if it is unknown whether the person has read it.
    assert ">Delivered<" in page.help.text.value
    assert say("report.means_delivered_unreported") in words(page)
    # As in the results, with the same icons.
    assert [status for status in STATUSES if f"dn-icon-{STATUS_ICONS[status]}" not in page.help.text.value] == []
    page.to_settings.click()
    assert not is_shown(page.help.box)
    assert not is_shown(page.settings._app_settings)
    page.to_settings.click()
    assert not is_shown(page.settings.box)


def pause(form: StudioForm) -> None:
    """Wait until the next press is no part of a double click."""
    clock = form.model.clock
    assert isinstance(clock, VirtualClock)
    clock.advance(DEBOUNCE_NS)


def test_the_phone_of_a_recipient_is_beside_the_studio_of_the_sandbox(ding: DingTalk, office: RunningSandbox) -> None:
    form = ding.studio()
    assert not is_shown(form.phone.toggle)
    press(form, form.home.new)
    press(form, form.phone.toggle)
    pause(form)
    assert "Choose recipients or open a campaign" in words(form)
    form = ding.studio(people(office, 3))
    assert form.phone.frame.value == ""
    press(form, form.phone.toggle)
    pause(form)
    first, second = form.frame["userid"].tolist()[:2]
    assert f"userid={first}" in form.phone.frame.value
    type_into(form.phone.person, second)
    form.model.wait()
    assert f"userid={second}" in form.phone.frame.value
    press(form, form.to_home)
    assert not is_shown(form.phone.box)
    press(form, form.home.resume)
    assert is_shown(form.phone.box)
    press(form, form.phone.toggle)
    pause(form)
    assert form.phone.frame.value == ""
    assert not is_shown(form.phone.box)


def test_a_campaign_that_was_opened_shows_the_phones_of_its_people(ding: DingTalk, office: RunningSandbox) -> None:
    ding.plan(people(office, 2), dingnb.text("Hello")).send("old")
    form = ding.studio()
    form.model.view_campaign("old")
    press(form, form.phone.toggle)
    assert [userid for _, userid in form.phone.person.options] == people(office, 2)["userid"].tolist()


def test_hiding_the_phone_again_is_no_error(ding: DingTalk, office: RunningSandbox) -> None:
    form = ding.studio(people(office, 3))
    for _ in range(2):
        press(form, form.phone.toggle)
        pause(form)
    assert form.model.state.failure is None
    press(form, form.phone.toggle)
    pause(form)
    press(form, form.to_home)
    assert form.model.state.failure is None
    assert form.model.state.is_home


def test_a_double_click_on_the_phone_leaves_it_open_and_the_page(ding: DingTalk, office: RunningSandbox) -> None:
    form = ding.studio(people(office, 3))
    press(form, form.phone.toggle)
    # Opening the phone moves the buttons beside it.
    press(form, form.phone.toggle)
    press(form, form.to_home)
    assert is_shown(form.phone.box)
    assert not form.model.state.is_home

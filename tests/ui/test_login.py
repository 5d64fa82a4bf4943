import dataclasses
import html
import logging
import re
import threading
from pathlib import Path
from typing import Any

import ipywidgets
import keyring
import keyring.backends.fail
import pandas as pd
import pytest
from ipywidgets import Widget

import dingnb
from dingnb.api.contacts import Scope
from dingnb.auth import App, Origin, Secret, profiles
from dingnb.auth.database_url import DatabaseUrl
from dingnb.auth.profiles import Profile
from dingnb.client import limits_of
from dingnb.display.shell import user_namespace
from dingnb.errors import InputError
from dingnb.ledger.opening import parse_ledger_location
from dingnb.limits import STANDARD
from dingnb.sandbox import RunningSandbox
from dingnb.transport import Hosts
from dingnb.ui.login.form import LoginForm, SecretField, open_form, scope_text
from dingnb.ui.login.model import ConnectedApp
from dingnb.ui.studio.app_shell import AppShell
from dingnb.ui.studio.session import Session
from tests.memory_keyring import BrokenKeyring, MemoryKeyring
from tests.secret_leaks import find_leaks
from tests.table_rows import for_each
from tests.ui.steps import is_off, is_shown, press_enter, read, watch_focus

WRONG = "wr0ng-secret-that-nobody-may-see"


def type_into(field: ipywidgets.Widget, value: object) -> None:
    """Set a value as the browser does."""
    field.set_state({"value": value})


def fill(form: LoginForm, key: str, secret: str, agent_id: str = "") -> None:
    type_into(form.widgets.app_key, key)
    type_into(form.widgets.app_secret, secret)
    type_into(form.widgets.agent_id, agent_id)


def check(form: LoginForm) -> None:
    form.check()
    form.model.wait()


def remembered(
    sandbox: RunningSandbox, name: str = "hr", secret: str | None = None, agent_id: int | None = None
) -> None:
    app = App(sandbox.settings.app_key, Secret(secret or sandbox.settings.app_secret), agent_id)
    profiles.save(Profile(name, app, Hosts(sandbox.base_url, sandbox.base_url)))


def everything_saved() -> str:
    return str(Widget.get_manager_state())


@for_each("absurd", [pd.NA, float("nan"), 5, True, b"hr", ["hr"], pd.Series(["hr"])])
def test_a_profile_that_is_not_text_is_an_error(absurd: Any) -> None:
    for use in (dingnb.login, lambda profile: dingnb.studio(profile=profile)):
        with pytest.raises(InputError, match="profile= is not text"):
            use(absurd)
    with pytest.raises(InputError, match="oapi_base_url= is not text"):
        dingnb.login(oapi_base_url=absurd)


def test_without_credentials_it_asks_for_them(sandbox: RunningSandbox) -> None:
    form = dingnb.login()
    assert "No app is set up yet" in repr(form)
    assert "its page in DingTalk's developer console (open-dev.dingtalk.com)" in " ".join(repr(form).split())
    assert form.widgets.check.layout.display is None
    assert not sandbox.state.calls
    with pytest.raises(InputError, match="connected yet"):
        _ = form.ding


def test_a_typed_app_is_checked_and_connected(sandbox: RunningSandbox) -> None:
    form = dingnb.login()
    fill(form, sandbox.settings.app_key, sandbox.settings.app_secret, "1000001")
    check(form)
    assert repr(form).splitlines()[0] == "Connected: app ding…pkey, typed into the form, 57 people visible [SANDBOX]"
    assert "1000001, not verified yet" in repr(form)
    assert "ding = dingnb.connect()" in repr(form)
    assert form.ding.app.agent_id == 1_000_001
    assert sandbox.state.organisation.members.staff_count == 57
    assert form.widgets.check.layout.display == "none"


@pytest.mark.parametrize("order", ["letters first", "key first"])
def test_enter_in_the_last_field_checks_what_was_typed(sandbox: RunningSandbox, order: str) -> None:
    form = dingnb.login()
    fill(form, sandbox.settings.app_key, sandbox.settings.app_secret, "")
    press_enter(form.widgets.app_key)
    form.model.wait()
    assert form.model.state.failure is None
    if order == "letters first":
        type_into(form.widgets.agent_id, "1000001")
        press_enter(form.widgets.agent_id)
    else:
        press_enter(form.widgets.agent_id)
        type_into(form.widgets.agent_id, "1000001")
    form.model.wait()
    assert form.ding.app.agent_id == 1_000_001


def test_an_error_is_hidden_once_a_field_is_corrected(sandbox: RunningSandbox) -> None:
    form = dingnb.login()
    fill(form, sandbox.settings.app_key, sandbox.settings.app_secret, "12x")
    check(form)
    assert "12x" in form.widgets.status.value
    type_into(form.widgets.agent_id, "1000001")
    form.model.wait()
    assert "12x" not in form.widgets.status.value
    with pytest.raises(InputError, match="connected yet"):
        _ = form.ding


def test_working_credentials_are_used_without_asking(sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DINGTALK_APP_KEY", sandbox.settings.app_key)
    monkeypatch.setenv("DINGTALK_APP_SECRET", sandbox.settings.app_secret)
    form = dingnb.login()
    assert repr(form).startswith("Connected: app ding…pkey, from the environment, 57 people visible [SANDBOX]")
    assert form.widgets.app_secret.layout.display == "none"
    assert form.ding.origin.kind == "environment"


def test_failing_credentials_are_reported_and_the_fields_are_shown(
    sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DINGTALK_APP_KEY", sandbox.settings.app_key)
    monkeypatch.setenv("DINGTALK_APP_SECRET", WRONG)
    form = dingnb.login()
    assert "The app key or app secret is wrong" in repr(form)
    assert form.widgets.app_secret.layout.display is None
    assert WRONG not in repr(form)


def test_the_secret_is_cleared_from_its_field_once_typed(sandbox: RunningSandbox) -> None:
    form = dingnb.login()
    type_into(form.widgets.app_secret, sandbox.settings.app_secret)
    assert form.widgets.app_secret.value == ""
    assert "received, 31 characters" in form.widgets.app_secret.placeholder
    assert sandbox.settings.app_secret not in everything_saved()


def test_the_secret_is_in_no_widget_state_while_in_its_field() -> None:
    field = SecretField(description="App secret")
    type_into(field, WRONG)
    assert field.value == WRONG
    assert field.get_state()["value"] == ""
    assert WRONG not in everything_saved() + repr(field)
    assert field.trait_metadata("value", "echo_update") is False
    assert field.take().reveal() == WRONG
    assert field.value == ""


def test_a_wrong_secret_is_reported_and_appears_nowhere(
    sandbox: RunningSandbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    form = dingnb.login()
    fill(form, sandbox.settings.app_key, WRONG)
    check(form)
    assert "The app key or app secret is wrong" in repr(form)
    assert "developer console" in repr(form)
    shown = [repr(form), form._repr_html_(), str(form._repr_mimebundle_()), repr(form.model.state), caplog.text]
    assert not [text for text in [*shown, everything_saved()] if WRONG in text]
    with pytest.raises(InputError):
        _ = form.ding


def test_a_saved_notebook_contains_neither_key_nor_secret(sandbox: RunningSandbox) -> None:
    form = dingnb.login()
    fill(form, sandbox.settings.app_key, sandbox.settings.app_secret)
    for bundle in (form._repr_mimebundle_(), check(form) or form._repr_mimebundle_()):
        assert set(bundle) == {"application/vnd.jupyter.widget-view+json", "text/plain", "text/html"}
        assert sandbox.settings.app_key not in str(bundle)
        assert sandbox.settings.app_secret not in str(bundle)


@pytest.mark.parametrize(
    ("key", "secret", "agent_id", "expected"),
    [
        ("", "s", "", "The app key is missing"),
        ("k", "", "", "The app secret is missing"),
        ("di ng", "s", "", "The app key contains spaces"),
        ("dingkey", "密钥", "", "The app secret contains spaces"),
        ("dingkey", "s", "12x", "The agent id '12x' is not a number"),
    ],
)
def test_invalid_input_is_reported_without_a_call(
    sandbox: RunningSandbox, key: str, secret: str, agent_id: str, expected: str
) -> None:
    form = dingnb.login()
    fill(form, key, secret, agent_id)
    check(form)
    assert expected in repr(form)
    assert not sandbox.state.calls


def test_it_saves_on_request_and_shows_working_code(sandbox: RunningSandbox, memory: MemoryKeyring) -> None:
    form = dingnb.login()
    fill(form, sandbox.settings.app_key, sandbox.settings.app_secret, "1000001")
    type_into(form.widgets.profile, "hr")
    type_into(form.widgets.remember, value=True)
    check(form)
    assert "from the profile hr" in repr(form)
    assert form.model.state.code == 'ding = dingnb.connect(profile="hr")'
    names: dict[str, Any] = {"dingnb": dingnb}
    exec(form.model.state.code, names)  # noqa: S102 - the code shown by the form
    assert names["ding"].token()
    assert any(sandbox.settings.app_secret in text for text in memory.entries.values())


def test_the_code_takes_an_app_that_is_not_saved_from_the_form(sandbox: RunningSandbox) -> None:
    form = dingnb.login()
    names = user_namespace()
    names["login"] = form
    fill(form, sandbox.settings.app_key, sandbox.settings.app_secret, "1000001")
    check(form)
    assert "ding = login.ding" in form.widgets.status.value
    assert "ding = login.ding" in repr(form)
    exec("ding = login.ding", names)  # noqa: S102 - the code shown by the form
    assert names["ding"] is form.ding
    # Not in the notebook's namespace, as in a studio.
    del names["login"], names["ding"]
    form.render()
    assert "ding = dingnb.connect()" in html.unescape(form.widgets.status.value)


def test_the_code_has_the_limits_of_the_connection(sandbox: RunningSandbox, memory: MemoryKeyring) -> None:
    del memory  # it is the keyring
    remembered(sandbox)
    limits = dataclasses.replace(STANDARD, calls_per_month=20_000, calls_per_second=40)
    form = open_form("hr", limits=limits)
    names: dict[str, Any] = {"dingnb": dingnb}
    exec(form.model.state.code, names)  # noqa: S102 - the code shown by the form
    assert limits_of(names["ding"]) == limits


def test_the_name_is_required_when_the_app_is_saved() -> None:
    form = dingnb.login()
    assert form.widgets.profile.layout.display == "none"
    type_into(form.widgets.remember, value=True)
    assert form.widgets.profile.layout.display is None
    assert form.widgets.profile.value == "default"
    assert 'dingnb.connect(profile="default")' in read(form.widgets.profile_hint.value).text
    dingnb.set_language("zh")
    form.render()
    assert "在代码中指定此应用的名称" in read(form.widgets.profile_hint.value).text
    type_into(form.widgets.remember, value=False)
    assert form.widgets.profile_hint.layout.display == "none"
    type_into(form.widgets.remember, value=True)
    assert form.widgets.no_keyring.layout.display == "none"


def test_it_saves_nothing_unasked_and_no_failing_credentials(sandbox: RunningSandbox, memory: MemoryKeyring) -> None:
    form = dingnb.login()
    fill(form, sandbox.settings.app_key, WRONG)
    type_into(form.widgets.remember, value=True)
    check(form)
    type_into(form.widgets.remember, value=False)
    type_into(form.widgets.app_secret, sandbox.settings.app_secret)
    check(form)
    assert form.ding
    assert memory.entries == {}


@pytest.mark.parametrize("backend", [keyring.backends.fail.Keyring, BrokenKeyring])
def test_without_a_keyring_it_connects_and_says_how_to_continue(
    sandbox: RunningSandbox, backend: type, caplog: pytest.LogCaptureFixture
) -> None:
    keyring.set_keyring(backend())
    form = dingnb.login()
    assert "apps cannot be saved. Enter the credentials each time." in form.widgets.no_keyring.value
    assert form.widgets.status.value.count("dn-notice") == 1
    assert [widget.layout.display for widget in (form.widgets.remember, form.widgets.profile)] == ["none", "none"]
    assert not re.search(r"Error\b|dingnb\.", repr(form) + form.widgets.status.value + form.widgets.no_keyring.value)
    fill(form, sandbox.settings.app_key, sandbox.settings.app_secret)
    type_into(form.widgets.remember, value=True)
    check(form)
    assert "Connected, but not saved." in repr(form)
    assert "available in this kernel only" in repr(form)
    assert "“Save”" not in repr(form)
    assert form.ding.mode == "SANDBOX"
    assert sandbox.settings.app_secret not in repr(form) + caplog.text


def test_the_name_of_another_app_is_refused_before_any_call(sandbox: RunningSandbox) -> None:
    remembered(sandbox)
    form = dingnb.login()
    form.model.choose_another()
    calls = len(sandbox.state.calls)
    fill(form, "dinganother0001", "x")
    type_into(form.widgets.profile, "hr")
    type_into(form.widgets.remember, value=True)
    check(form)
    assert "already belongs to another app, ding…pkey" in repr(form)
    assert len(sandbox.state.calls) == calls


def test_the_default_profile_connects_automatically_and_another_can_be_chosen(sandbox: RunningSandbox) -> None:
    remembered(sandbox, "hr")
    remembered(sandbox, "it")
    form = dingnb.login()
    assert "from the profile hr" in repr(form)
    form.model.choose_another()
    assert "App ding…pkey stays connected until you try another one." in repr(form)
    assert form.ding.origin == Origin("profile", "hr")
    assert [label for label, _ in form.widgets.profiles.options] == ["hr · ding…pkey · default", "it · ding…pkey"]
    form.widgets.profiles.set_state({"index": 1})
    form.use()
    form.model.wait()
    assert form.ding.origin == Origin("profile", "it")
    assert profiles.load_default_name() == "it"


def test_a_profile_uses_its_own_ledger_and_no_other_if_that_is_down(sandbox: RunningSandbox) -> None:
    app = App(sandbox.settings.app_key, Secret(sandbox.settings.app_secret), sandbox.settings.agent_id)
    ledger = parse_ledger_location(Secret("postgresql://ann:s3cret@%2Fgone/notices"))
    assert isinstance(ledger, DatabaseUrl)
    profiles.save(Profile("team", app, Hosts(sandbox.base_url, sandbox.base_url), ledger))
    form = dingnb.login()
    assert "The database of the ledger postgresql://ann@%2Fgone/notices cannot be reached" in repr(form)
    assert "s3cret" not in repr(form)
    with pytest.raises(InputError):
        _ = form.ding


def test_a_new_secret_for_a_profile_keeps_to_its_ledger(sandbox: RunningSandbox) -> None:
    app = App(sandbox.settings.app_key, Secret(WRONG), sandbox.settings.agent_id)
    ledger = parse_ledger_location(Secret("postgresql://ann:s3cret@%2Fgone/notices"))
    assert isinstance(ledger, DatabaseUrl)
    profiles.save(Profile("team", app, Hosts(sandbox.base_url, sandbox.base_url), ledger))
    form = dingnb.login()
    fill(form, sandbox.settings.app_key, sandbox.settings.app_secret)
    type_into(form.widgets.profile, "team")
    type_into(form.widgets.remember, value=True)
    check(form)
    assert "The database of the ledger postgresql://ann@%2Fgone/notices cannot be reached" in repr(form)
    with pytest.raises(InputError):
        _ = form.ding


@pytest.mark.parametrize("name", ["", "other"])
def test_an_app_typed_again_is_said_to_have_the_ledger_of_the_team_in_its_profile(
    sandbox: RunningSandbox, name: str
) -> None:
    app = App(sandbox.settings.app_key, Secret(sandbox.settings.app_secret), sandbox.settings.agent_id)
    ledger = parse_ledger_location(Secret("postgresql://ann:s3cret@%2Fgone/notices"))
    assert isinstance(ledger, DatabaseUrl)
    profiles.save(Profile("hr", app, Hosts(sandbox.base_url, sandbox.base_url)))
    profiles.save(Profile("team", app, Hosts(sandbox.base_url, sandbox.base_url), ledger))
    form = dingnb.login()
    form.model.choose_another()
    fill(form, sandbox.settings.app_key, sandbox.settings.app_secret)
    if name:
        type_into(form.widgets.profile, name)
        type_into(form.widgets.remember, value=True)
    check(form)
    assert "although profile team of the same app has the team's ledger" in repr(form)
    assert "choose “Use another app or profile”, then team" in repr(form)


def test_a_profile_that_does_not_work_does_not_become_the_default(sandbox: RunningSandbox) -> None:
    remembered(sandbox, "hr")
    remembered(sandbox, "it", secret=WRONG)
    form = dingnb.login()
    form.model.use("it")
    form.model.wait()
    assert "app secret is wrong" in repr(form)
    assert profiles.load_default_name() == "hr"
    with pytest.raises(InputError):
        _ = form.ding


def test_a_profile_whose_secret_was_reset_needs_only_the_new_one(
    sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    focused = watch_focus(monkeypatch)
    remembered(sandbox, "hr", secret=WRONG, agent_id=1_000_001)
    form = dingnb.login()
    assert "Profile hr cannot connect." in repr(form)
    assert "enter the new one: saving it under the same name replaces the profile." in repr(form)
    assert (form.widgets.app_key.value, form.widgets.agent_id.value) == (sandbox.settings.app_key, "1000001")
    assert (form.widgets.use.button_style, form.widgets.check.button_style) == ("", "primary")
    form.use()
    form.model.wait()
    assert focused == [form.widgets.app_secret]
    type_into(form.widgets.app_secret, WRONG)
    check(form)
    assert (form.widgets.use.button_style, form.widgets.check.button_style) == ("", "primary")
    type_into(form.widgets.app_secret, sandbox.settings.app_secret)
    check(form)
    assert form.ding.origin == Origin("profile", "hr")
    assert form.ding.app.agent_id == 1_000_001
    assert [(entry.name, entry.is_default) for entry in profiles.list_profiles()] == [("hr", True)]
    assert profiles.load("hr").app.app_secret.reveal() == sandbox.settings.app_secret
    form.model.choose_another()
    assert (form.widgets.use.button_style, form.widgets.check.button_style) == ("primary", "")


def test_a_profile_whose_secret_was_reset_keeps_its_hosts(
    sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    remembered(sandbox, "hr", secret=WRONG)
    monkeypatch.setenv("DINGTALK_OAPI_BASE_URL", "http://127.0.0.1:9")
    form = dingnb.login()
    type_into(form.widgets.app_secret, sandbox.settings.app_secret)
    check(form)
    assert form.ding.origin == Origin("profile", "hr")
    assert profiles.load("hr").hosts == Hosts(sandbox.base_url, sandbox.base_url)


def test_the_primary_button_fits_the_chosen_profile(sandbox: RunningSandbox) -> None:
    remembered(sandbox, "hr")
    remembered(sandbox, "it", secret=WRONG)
    form = dingnb.login(profile="it")
    assert form.widgets.profiles.value == "it"
    assert (form.widgets.use.button_style, form.widgets.check.button_style) == ("", "primary")
    form.widgets.profiles.value = "hr"
    assert (form.widgets.use.button_style, form.widgets.check.button_style) == ("primary", "")
    form.widgets.profiles.value = "it"
    assert (form.widgets.use.button_style, form.widgets.check.button_style) == ("", "primary")
    form.widgets.profiles.value = "hr"
    type_into(form.widgets.app_secret, "typed")
    assert (form.widgets.use.button_style, form.widgets.check.button_style) == ("", "primary")


@pytest.mark.parametrize("is_app", [False, True])
def test_only_the_app_opens_with_the_focus_in_the_secret_of_a_refused_profile(
    sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, is_app: bool
) -> None:
    focused = watch_focus(monkeypatch)
    remembered(sandbox, "hr", secret=WRONG)
    page = AppShell(open_form(reads_scope=False), session=Session(tmp_path) if is_app else None)
    page.login.widgets.app_secret.set_state({"_view_count": 1})
    assert focused == ([page.login.widgets.app_secret] if is_app else [])


def test_deleting_a_profile_asks_for_confirmation(sandbox: RunningSandbox, memory: MemoryKeyring) -> None:
    remembered(sandbox)
    form = dingnb.login()
    form.model.choose_another()
    form.request_deletion()
    assert form.widgets.confirm_deletion.description == "Delete hr"
    form.model.cancel_deletion()
    assert form.widgets.confirm_deletion.layout.display == "none"
    form.model.delete_profile()
    form.model.wait()
    assert profiles.list_profiles()
    form.request_deletion()
    form.model.delete_profile()
    form.model.wait()
    assert "Profile hr was deleted." in repr(form)
    assert sandbox.settings.app_secret not in str(memory.entries)


def test_an_environment_that_precedes_a_profile_is_reported(
    sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    profiles.save(Profile("hr", App("dinganother0001", Secret("x"), None)))
    monkeypatch.setenv("DINGTALK_APP_KEY", sandbox.settings.app_key)
    monkeypatch.setenv("DINGTALK_APP_SECRET", sandbox.settings.app_secret)
    shown = repr(dingnb.login())
    assert "not the saved profile hr (ding…0001). Click “Use another app or profile” to change it." in shown


def test_the_sandbox_is_one_button_away() -> None:
    form = dingnb.login()
    form.widgets.sandbox.click()
    form.model.wait()
    assert form.ding.mode == "SANDBOX"
    assert form.model.state.code == 'ding = dingnb.connect("sandbox")'


def test_enter_in_a_field_only_moves_to_the_button(monkeypatch: pytest.MonkeyPatch) -> None:
    form, focused = dingnb.login(), watch_focus(monkeypatch)
    fields = (form.widgets.profile, form.widgets.app_key, form.widgets.app_secret, form.widgets.agent_id)
    for field in fields:
        press_enter(field)
    assert focused == [form.widgets.check] * len(fields)
    assert form.model.state.stage != "connected"


def test_clicks_while_it_is_busy_do_nothing(sandbox: RunningSandbox) -> None:
    form = dingnb.login()
    fill(form, sandbox.settings.app_key, sandbox.settings.app_secret)
    with sandbox.state.lock:
        # The sandbox cannot answer before the lock is released.
        form.check()
        assert form.model.state.stage == "checking"
        # A disabled button would lose the focus, which is to be on it if the check fails.
        assert not form.widgets.check.disabled
        assert not form.widgets.app_key.disabled
        assert is_off(form.widgets.check)
        assert "Checking with DingTalk" in form.widgets.status.value
        for click in (form.check, form.model.use_sandbox, form.model.choose_another):
            click()
        assert form.model.state.stage == "checking"
    form.model.wait()
    # The token of an earlier connection may be reused or renewed: the last call is made once.
    assert [call.path for call in sandbox.state.calls].count("/topapi/user/count") == 1


def test_a_secret_that_is_typed_during_a_check_is_kept_and_the_checked_one_is_used(sandbox: RunningSandbox) -> None:
    form = dingnb.login()
    fill(form, sandbox.settings.app_key, WRONG)
    with sandbox.state.lock:
        form.check()
        type_into(form.widgets.app_secret, sandbox.settings.app_secret)
        assert form.model.state.stage == "checking"
    form.model.wait()
    assert "The app key or app secret is wrong" in repr(form)
    assert WRONG not in repr(form) + form._repr_html_() + everything_saved()
    check(form)
    assert form.model.state.stage == "connected"


def test_handlers_return_at_once_and_the_check_runs_in_a_thread(sandbox: RunningSandbox) -> None:
    form = dingnb.login()
    fill(form, sandbox.settings.app_key, sandbox.settings.app_secret)
    seen = set()
    form.model.watch(lambda: seen.add(threading.current_thread().name))
    form.widgets.check.click()
    form.model.wait()
    assert "dingnb" in seen


def test_an_error_in_a_handler_is_shown_in_the_form() -> None:
    form = dingnb.login()

    def broken() -> None:
        message = "no such thing"
        raise LookupError(message)

    form._guarded(broken)(None)
    assert "LookupError: no such thing" in form.widgets.status.value


def test_an_unreachable_server_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DINGTALK_OAPI_BASE_URL", "http://127.0.0.1:9")
    form = dingnb.login()
    fill(form, "dingkey", "secret")
    check(form)
    assert "127.0.0.1:9 cannot be reached" in repr(form)


def test_an_app_that_could_not_be_checked_is_connected_again_by_one_button(
    sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DINGTALK_APP_KEY", sandbox.settings.app_key)
    monkeypatch.setenv("DINGTALK_APP_SECRET", sandbox.settings.app_secret)
    monkeypatch.setenv("DINGTALK_OAPI_BASE_URL", "http://127.0.0.1:9")
    form = dingnb.login()
    retry = form.widgets.retry
    assert is_shown(retry)
    assert (retry.description, retry.button_style) == ("Connect ding…pkey again", "primary")
    assert form.widgets.check.button_style == ""
    retry.click()
    form.model.wait()
    assert "127.0.0.1:9 cannot be reached" in repr(form)
    assert is_shown(retry)
    form.widgets.app_secret.value = "another"
    assert (retry.button_style, form.widgets.check.button_style) == ("", "primary")

    monkeypatch.setenv("DINGTALK_OAPI_BASE_URL", sandbox.base_url)
    retry.click()
    form.model.wait()
    assert form.ding.origin.kind == "environment"
    assert not is_shown(retry)
    form.widgets.another.click()
    assert not is_shown(retry)


def test_an_app_that_dingtalk_refuses_is_not_tried_again(
    sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DINGTALK_APP_KEY", sandbox.settings.app_key)
    monkeypatch.setenv("DINGTALK_APP_SECRET", WRONG)
    assert not is_shown(dingnb.login().widgets.retry)


def test_an_app_is_connected_although_its_scope_is_unknown(sandbox: RunningSandbox) -> None:
    sandbox.state.call_usage._months.update({sandbox.state.time.month(sandbox.state.time.now_ns()): 5_000})
    form = dingnb.login()
    fill(form, sandbox.settings.app_key, sandbox.settings.app_secret)
    check(form)
    assert "visible people unknown" in repr(form)
    assert "90020" in repr(form)
    assert form.ding.token()


@pytest.mark.parametrize(
    ("scope", "people", "expected"),
    [
        (Scope(frozenset({1}), frozenset()), 1204, "1,204 people visible"),
        (Scope(frozenset({1}), frozenset()), None, "whole organisation visible"),
        (Scope(frozenset({20, 30}), frozenset({"manager01"})), None, "2 departments and 1 person visible"),
        (Scope(frozenset({20, 30}), frozenset()), None, "2 departments visible"),
        (Scope(frozenset(), frozenset()), 0, "no people visible"),
        (None, None, "visible people unknown"),
    ],
)
def test_the_scope_of_the_app_is_described(scope: Scope | None, people: int | None, expected: str) -> None:
    assert scope_text(ConnectedApp("ding…4f2c", "LIVE", Origin("form"), None, scope, people)) == expected


def test_an_app_that_sees_nobody_is_warned_of_once() -> None:
    form = dingnb.login()
    nobody = Scope(frozenset(), frozenset())
    form.model._show(stage="connected", app=ConnectedApp("ding…4f2c", "LIVE", Origin("form"), None, nobody, 0))
    status = form.widgets.status.value
    assert status.count("cannot see anyone") == 1
    assert 'dn-notice-warn">The app cannot see anyone' in status
    assert "cannot see anyone" in repr(form)


def test_a_language_chosen_after_the_form_was_created_is_used() -> None:
    form = dingnb.login()
    dingnb.set_language("zh")
    bundle = form._repr_mimebundle_()
    assert "连接应用" in bundle["text/plain"]
    assert "连接应用" in bundle["text/html"]
    assert form.widgets.check.description == "检查并连接"
    assert "连接应用" in form.widgets.status.value


def test_the_saved_form_is_the_same_on_every_run_and_escapes(sandbox: RunningSandbox) -> None:
    remembered(sandbox, "<b>hr</b>")
    first, second = dingnb.login(), dingnb.login()
    assert first._repr_html_() == second._repr_html_()
    assert repr(first) == repr(second)
    assert "<b>hr</b>" not in first._repr_html_() + first.widgets.status.value


def test_the_status_is_announced_to_screen_readers() -> None:
    assert '<div role="status" aria-live="polite">' in dingnb.login().widgets.status.value


def test_every_field_has_a_label_and_no_button_has_an_icon() -> None:
    form = dingnb.login()
    for name in ("profiles", "profile", "app_key", "app_secret", "agent_id", "remember"):
        assert getattr(form.widgets, name).description
    for name in ("use", "delete", "cancel_deletion", "check", "sandbox", "another"):
        button = getattr(form.widgets, name)
        assert button.description
        assert not button.icon


def test_no_traceback_contains_the_typed_secret_if_clearing_the_field_fails() -> None:
    field = SecretField(value=WRONG)
    field.observe(lambda change: [][len(change)], "value")
    with pytest.raises(IndexError) as caught:
        field.take()
    assert find_leaks(caught.value, WRONG) == []
    assert field.value == ""

import dataclasses
import json
import os
import subprocess
import sys
import traceback

import keyring
import keyring.backends.fail
import pandas as pd
import pytest

import dingnb
from dingnb.auth import App, Secret, profiles
from dingnb.auth.profiles import Profile, ProfileEntry
from dingnb.auth.sources import find_credentials
from dingnb.errors import DingError, InputError, KeyringUnavailableError, ProfileError
from dingnb.transport import Hosts
from tests.memory_keyring import BrokenKeyring, ForgetfulKeyring, MemoryKeyring

SECRET = "s3cret-of-a-profile"
ELSEWHERE = Hosts("https://oapi.dingtalk.io", "https://api.dingtalk.io")


def profile(name: str = "hr", key: str = "dingprofile0001", hosts: Hosts | None = None) -> Profile:
    return Profile(name, App(key, Secret(SECRET), 42), hosts or Hosts())


def test_a_profile_is_restored_unchanged() -> None:
    profiles.save(profile(hosts=ELSEWHERE))
    found = profiles.load("hr")
    assert (found.app.app_key, found.app.app_secret.reveal(), found.app.agent_id) == ("dingprofile0001", SECRET, 42)
    assert found.hosts == ELSEWHERE


def test_the_list_is_masked_and_the_first_profile_is_the_default() -> None:
    for name in ("市场", "hr"):
        profiles.save(profile(name))
    assert profiles.list_profiles() == (
        ProfileEntry("hr", "ding…0001"),
        ProfileEntry("市场", "ding…0001", is_default=True),
    )
    assert SECRET not in repr(profiles.list_profiles()) + repr(profiles.load("hr"))


def test_the_index_entry_contains_no_secret_and_no_complete_key(memory: MemoryKeyring) -> None:
    profiles.save(profile())
    listing = memory.entries[profiles.SERVICE, profiles.INDEX_ENTRY]
    assert "hr" in listing
    assert SECRET not in listing
    assert "dingprofile0001" not in listing


def test_the_default_can_be_changed_and_forgetting_it_leaves_none(memory: MemoryKeyring) -> None:
    profiles.save(profile("hr"))
    profiles.save(profile("it"))
    profiles.set_default("it")
    assert profiles.load_default_name() == "it"
    profiles.delete("it")
    profiles.delete("it")
    assert profiles.load_default_name() == ""
    assert [remaining.name for remaining in profiles.list_profiles()] == ["hr"]
    profiles.delete("hr")
    assert SECRET not in json.dumps(list(memory.entries.values()))


def test_a_new_secret_replaces_the_old_and_another_app_is_refused() -> None:
    profiles.save(profile())
    profiles.save(Profile("hr", App("dingprofile0001", Secret("newer-secret"), None)))
    assert profiles.load("hr").app.app_secret.reveal() == "newer-secret"
    with pytest.raises(ProfileError, match="already belongs to another app, ding…0001"):
        profiles.save(profile(key="dingprofile9999"))
    assert profiles.load("hr").app.app_secret.reveal() == "newer-secret"


@pytest.mark.parametrize("name", ["", " hr", "a\nb", "x" * 65])
def test_an_invalid_name_is_an_error(name: str) -> None:
    with pytest.raises(ProfileError, match="is not a valid profile name"):
        profiles.save(profile(name))


def test_an_unknown_profile_is_reported_with_the_existing_ones() -> None:
    profiles.save(profile("hr"))
    with pytest.raises(ProfileError, match=r"“sales”.*saved profiles: hr"):
        profiles.load("sales")


def test_no_other_profile_is_advised_if_there_is_none() -> None:
    with pytest.raises(ProfileError, match="“sales” is not saved on this computer, and neither is any") as raised:
        profiles.load("sales")
    assert raised.value.hint.startswith("Save it with dingnb.login()")


@pytest.mark.parametrize("text", ["", "[]", "{", '{"app_key": 1}', '{"app_key": "k", "app_secret": "s"}'])
def test_a_foreign_keyring_entry_is_an_error(memory: MemoryKeyring, text: str) -> None:
    memory.set_password(profiles.SERVICE, "profile hr", text)
    with pytest.raises(ProfileError, match="cannot be read"):
        profiles.load("hr")


@pytest.mark.parametrize("text", ["{", "[1]", '{"keys": [], "default": "hr"}'])
def test_a_corrupt_list_counts_as_empty(memory: MemoryKeyring, text: str) -> None:
    memory.set_password(profiles.SERVICE, profiles.INDEX_ENTRY, text)
    assert profiles.list_profiles() == ()
    assert profiles.load_default_name() == ""


@pytest.mark.parametrize("backend", [keyring.backends.fail.Keyring, ForgetfulKeyring, BrokenKeyring])
def test_without_a_keyring_the_error_has_a_hint_and_no_secret(backend: type) -> None:
    keyring.set_keyring(backend())
    with pytest.raises(KeyringUnavailableError, match="Set DINGTALK_APP_KEY") as caught:
        profiles.save(profile())
    error: BaseException | None = caught.value
    while error is not None:
        assert SECRET not in "".join(traceback.format_exception(error))
        error = error.__context__
    assert profiles.load_default_name() == ""


def connect(**given: object) -> dingnb.DingTalk:
    return dingnb.connect(**given)


def test_arguments_precede_the_environment_which_precedes_the_default_profile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    profiles.save(profile())
    assert connect().app.app_key == "dingprofile0001"
    assert connect().origin.text == "from the profile hr"
    monkeypatch.setenv("DINGTALK_APP_KEY", "dingenvironment")
    monkeypatch.setenv("DINGTALK_APP_SECRET", "of-the-environment")
    assert connect().app.app_key == "dingenvironment"
    assert connect(app_key="dingargument", app_secret="x").app.app_key == "dingargument"


def test_a_profile_argument_takes_precedence_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    profiles.save(profile())
    monkeypatch.setenv("DINGTALK_APP_KEY", "dingenvironment")
    monkeypatch.setenv("DINGTALK_APP_SECRET", "of-the-environment")
    monkeypatch.setenv("DINGTALK_AGENT_ID", "7")
    app = connect(profile="hr").app
    assert (app.app_key, app.app_secret.reveal(), app.agent_id) == ("dingprofile0001", SECRET, 42)
    assert connect(profile="hr", agent_id=8).app.agent_id == 8
    assert connect(profile="hr", agent_id=" ").app.agent_id == 42


def test_the_profile_variable_precedes_the_default_but_not_an_app_in_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    profiles.save(profile("hr"))
    profiles.save(profile("it", key="dingprofile0002"))
    monkeypatch.setenv("DINGTALK_PROFILE", "it")
    assert connect().app.app_key == "dingprofile0002"
    monkeypatch.setenv("DINGTALK_APP_KEY", "dingenvironment")
    monkeypatch.setenv("DINGTALK_APP_SECRET", "of-the-environment")
    ding = connect()
    assert ding.app.app_key == "dingenvironment"
    assert "The environment takes precedence" in repr(ding)
    assert "it (ding…0002)" in repr(ding)


def test_an_incomplete_app_in_the_environment_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    profiles.save(profile())
    monkeypatch.setenv("DINGTALK_APP_KEY", "dingenvironment")
    with pytest.raises(InputError, match="DINGTALK_APP_SECRET"):
        connect()


def test_a_profile_includes_its_hosts_and_arguments_override_them() -> None:
    profiles.save(profile(hosts=ELSEWHERE))
    assert "https://oapi.dingtalk.io" in repr(connect())
    assert "https://oapi.dingtalk.com" in repr(connect(oapi_base_url="https://oapi.dingtalk.com"))


def test_base_urls_of_the_environment_apply_to_a_profile_of_dingtalks_own_hosts_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A proxy or a sandbox in the environment is for every app that is not saved with another."""
    monkeypatch.setenv("DINGTALK_OAPI_BASE_URL", ELSEWHERE.oapi_base_url)
    own = Hosts("https://dingtalk.example", "https://dingtalk.example")
    profiles.save(profile("hr"))
    profiles.save(profile("own", hosts=own))
    hosts = {name: find_credentials(os.environ, profile=name).hosts for name in ("hr", "own")}
    assert hosts == {"hr": ELSEWHERE, "own": own}


def test_the_agent_id_that_a_profile_lacks_is_asked_for_where_it_can_be_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DINGTALK_AGENT_ID", "7")
    profiles.save(dataclasses.replace(profile(), app=dataclasses.replace(profile().app, agent_id=None)))
    with pytest.raises(InputError, match=r"for a saved app in dingnb\.login\(\)"):
        connect().plan(pd.DataFrame({"userid": ["a"]}), dingnb.text("hi"))


def test_a_profile_with_a_dingtalk_host_over_plain_http_is_refused() -> None:
    profiles.save(profile(hosts=Hosts("http://oapi.dingtalk.io", "https://api.dingtalk.io")))
    with pytest.raises(InputError, match=r"oapi_base_url is http://oapi\.dingtalk\.io: .* https only"):
        connect()


def test_a_profile_together_with_an_app_is_refused() -> None:
    with pytest.raises(InputError, match="both profile='hr' and an app key"):
        connect(profile="hr", app_key="k")


def test_without_credentials_the_error_has_a_hint() -> None:
    keyring.set_keyring(BrokenKeyring())
    with pytest.raises(InputError, match=r"dingnb\.login\(\)"):
        connect()
    with pytest.raises(DingError, match="cannot be used"):
        connect(profile="hr")


def test_importing_dingnb_imports_neither_keyring_nor_widgets() -> None:
    code = "import sys, dingnb; print(sorted({'keyring', 'ipywidgets', 'uvicorn'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.strip() == "[]"

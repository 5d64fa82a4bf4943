import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest

import dingnb
from dingnb.auth import App, Secret
from dingnb.auth.credentials import find_app
from dingnb.auth.secret import Token, hide
from dingnb.errors import InputError
from tests.table_rows import for_each

SECRET = "aB3-dEf_GhIjKlMnOpQrStUvWxYz0123456789aBcDeFgHiJkLmNoPqRsTuVwXyZ"
KEY = "dingabcdefghijklmnop"
ENVIRON = {"DINGTALK_APP_KEY": KEY, "DINGTALK_APP_SECRET": SECRET, "DINGTALK_AGENT_ID": "123"}


def found(app: App) -> tuple[str, str, int | None]:
    return app.app_key, app.app_secret.reveal(), app.agent_id


def test_each_credential_comes_from_the_arguments_or_else_the_environment() -> None:
    assert found(find_app(None, None, None, ENVIRON)) == (KEY, SECRET, 123)
    assert found(find_app("other", None, 7, ENVIRON)) == ("other", SECRET, 7)
    assert found(find_app(None, Secret("mine"), None, ENVIRON)) == (KEY, "mine", 123)
    assert found(find_app(KEY, SECRET, None, {})) == (KEY, SECRET, None)
    assert found(find_app("  ", "\n", "", ENVIRON)) == (KEY, SECRET, 123)


def test_the_agent_id_of_the_environment_is_used_only_for_its_own_app() -> None:
    without_key = {name: value for name, value in ENVIRON.items() if name != "DINGTALK_APP_KEY"}
    for environ in (ENVIRON, without_key):
        assert found(find_app("dingotherapp", "mine", None, environ)) == ("dingotherapp", "mine", None)
        assert found(find_app("dingotherapp", "mine", 7, environ)) == ("dingotherapp", "mine", 7)
    assert found(find_app(f" {KEY}", "mine", None, ENVIRON)) == (KEY, "mine", 123)


@pytest.mark.parametrize("blank", [" {} ", "{}\n", "\r\n{}\r\n", "\t{}\u3000"])
def test_blanks_around_pasted_values_are_stripped(blank: str) -> None:
    app = find_app(blank.format(KEY), blank.format(SECRET), blank.format("123"), {})
    assert found(app) == (KEY, SECRET, 123)
    assert found(find_app(KEY, Secret(blank.format(SECRET)), None, {}))[1] == SECRET


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ((None, None), ["DINGTALK_APP_KEY", "DINGTALK_APP_SECRET"]),
        ((KEY, None), ["DINGTALK_APP_SECRET"]),
        ((None, SECRET), ["DINGTALK_APP_KEY"]),
        ((KEY, " "), ["DINGTALK_APP_SECRET"]),
    ],
    ids=["both", "secret", "key", "blank secret"],
)
def test_missing_credentials_are_named_with_a_hint(given: tuple[Any, Any], named: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        find_app(*given, None, {})
    assert [name for name in ENVIRON if name in caught.value.what] == named
    assert "dingnb.connect(" in caught.value.hint
    assert SECRET not in str(caught.value)


WRONG = {
    "double quotes": '"{}"',
    "single quotes": "'{}'",
    "curly quotes": "“{}”",
    "a line break": "{}\nX-Injected: 1",
    "a header": "{}\r\nHost: evil.example",
    "a blank": "{} {}",
    "full-width": "ａ{}",
    "a zero-width blank": "\u200b{}",
    "a NUL": "{}\0",
}


@for_each("pasted", WRONG.values())
def test_an_invalid_character_is_reported_without_the_credential(pasted: str) -> None:
    for key, secret in ((pasted.format(KEY, KEY), SECRET), (KEY, pasted.format(SECRET, SECRET))):
        with pytest.raises(InputError, match=r"APP_(KEY|SECRET) contains .* \(U\+[0-9A-F]{4}\)") as caught:
            find_app(key, secret, None, {})
        assert "Copy it again" in caught.value.hint
        assert SECRET not in str(caught.value)
        assert "\n" not in caught.value.what


def test_a_whole_file_pasted_as_a_secret_is_refused_without_showing_it() -> None:
    with pytest.raises(InputError, match="10,000 characters"):
        find_app(KEY, "x" * 10_000, None, {})


@for_each("agent_id", ["12a", "1.0", 1.0, True, "-5", "１２", "²", 0, "1" * 5_000, "None"])
def test_a_non_numeric_agent_id_is_refused(agent_id: Any) -> None:
    with pytest.raises(InputError, match="agent id") as caught:
        find_app(KEY, SECRET, agent_id, {})
    assert "digits" in caught.value.hint
    assert str(agent_id) in caught.value.what or "***" in caught.value.what


def test_an_app_secret_passed_as_agent_id_is_not_shown() -> None:
    with pytest.raises(InputError) as caught:
        find_app(KEY, SECRET, SECRET, {})
    assert SECRET not in str(caught.value)


def test_connect_refuses_before_any_call(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ENVIRON:
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(InputError, match="DINGTALK_APP_KEY, DINGTALK_APP_SECRET"):
        dingnb.connect()


SHOWS: dict[str, Callable[[Any], str]] = {
    "repr": repr,
    "str": str,
    "format": lambda secret: f"{secret} {secret!s:>80} {secret!r}",
    "percent": lambda secret: "%s %r" % (secret, secret),  # noqa: UP031 - it is what is tested
    "in a list": lambda secret: repr([secret, {"a": secret}]),
    "copied": lambda secret: repr(copy.copy(secret)) + repr(copy.deepcopy(secret)),
}


@pytest.mark.parametrize("show", SHOWS.values(), ids=SHOWS)
def test_a_secret_is_masked_in_all_output(show: Callable[[Any], str], ding: Any) -> None:
    token = ding.token()
    for holder in (Secret(SECRET), App(KEY, Secret(SECRET), 5), Token(SECRET, token.expires_at)):
        assert SECRET not in show(holder)
        assert KEY not in show(holder)
    assert token.reveal() not in show(token)


def test_a_secret_cannot_leave_by_pickle_or_vars() -> None:
    for holder in (Secret(SECRET), App(KEY, Secret(SECRET), 5)):
        with pytest.raises(TypeError, match="cannot be pickled"):
            pickle.dumps(holder)
    with pytest.raises(TypeError):
        vars(Secret(SECRET))
    with pytest.raises(TypeError, match="cannot be pickled"):
        Secret(SECRET).__getstate__()


def test_hide_finds_url_encoded_secrets() -> None:
    assert hide("a b+c/d, a%20b%2Bc%2Fd, a+b%2Bc%2Fd", Secret("a b+c/d")) == "***, ***, ***"
    assert hide("text", Secret("")) == "text"
    assert hide("abcdefghij", Secret("abc"), Secret("abcdefghij")) == "***"
    assert hide("a%25, a%", Secret("a%")) == "***, ***"
    assert hide("\ud800a, b", Secret("\ud800a"), Secret("b")) == "***, ***"

"""The command ``dingnb doctor``: each fault is found, with what to do, and no secret is shown."""

import json
import os
import socket
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Literal

import keyring
import keyring.backends.fail
import pytest

import dingnb
from dingnb.auth import App, Secret, profiles
from dingnb.auth.database_url import parse_database_url
from dingnb.cli.checks import MAX_CALLS, MAX_COUNTED_CALLS, check_quota, mask_for_report
from dingnb.cli.main import main
from dingnb.client import DingTalk
from dingnb.clock import NS_PER_S, VirtualClock
from dingnb.ledger import send_history
from dingnb.ledger.realm import Realm
from dingnb.ledger.sqlite import home as ledger_home
from dingnb.limits import Limits
from dingnb.sandbox import RunningSandbox
from dingnb.sandbox.settings import PERMISSIONS
from dingnb.transport import Hosts
from tests.environments import connection_environment
from tests.http_server import serving
from tests.memory_keyring import MemoryKeyring
from tests.postgres import as_member
from tests.table_rows import for_each

Open = Callable[..., RunningSandbox]
Doctor = Callable[..., "Report"]
Environ = dict[str, str]

PERMISSION_OF = {
    "lookup": "qyapi_get_member_by_mobile",
    "departments": "qyapi_get_department_list",
    "people": "qyapi_get_department_member",
    "names": "qyapi_get_member",
    "logins": "qyapi_liveness_base",
}
UNUSED = "qyapi_addresslist_search"
"""A permission that no feature needs."""

UNCHECKED = "Card.Instance.Write"
"""A permission that no call shows unless it changes something."""


class Report:
    """What ``dingnb doctor --json`` printed."""

    def __init__(self, status: int, printed: str) -> None:
        self.status = status
        self.printed = printed
        self.whole = json.loads(printed)
        self.checks = {check["check"]: check for check in self.whole["checks"]}

    def status_of(self, name: str) -> str:
        return str(self.checks[name]["status"])

    def of(self, *statuses: str) -> set[str]:
        return {name for name, check in self.checks.items() if check["status"] in statuses}


@pytest.fixture
def clock() -> VirtualClock:
    # The command uses the computer's clock.
    return VirtualClock(time.time_ns())


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in list(os.environ):
        if name.startswith("DINGTALK_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    before = keyring.get_keyring()
    keyring.set_keyring(MemoryKeyring())
    yield
    keyring.set_keyring(before)


@pytest.fixture
def doctor(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Doctor:
    """Run the command for the app of a sandbox, or with other variables."""

    def run(*words: str, sandbox: RunningSandbox | None = None, **environ: str) -> Report:
        given = {} if sandbox is None else connection_environment(sandbox.settings, sandbox.base_url)
        for name, value in {**given, **environ}.items():
            monkeypatch.setenv(name, value)
        capsys.readouterr()
        status = main(["doctor", "--json", *words])
        return Report(status, capsys.readouterr().out)

    return run


def test_a_sound_app_has_no_problem_and_each_check_has_a_result(doctor: Doctor, sandbox: RunningSandbox) -> None:
    report = doctor(sandbox=sandbox)
    assert (report.status, report.whole["problems"], report.whole["mode"]) == (0, 0, "SANDBOX")
    assert report.of("problem", "warning") == set()
    assert {"python", "packages", "home", "ledger", "credentials", "clock", "quota", *PERMISSION_OF} <= {*report.checks}
    assert all(PERMISSION_OF[name] in report.checks[name]["found"] for name in PERMISSION_OF)
    assert "2 of 5,000" in report.checks["quota"]["found"]


def test_it_makes_the_calls_that_it_announces_and_counts_them(doctor: Doctor, sandbox: RunningSandbox) -> None:
    doctor(sandbox=sandbox)
    assert (MAX_CALLS, MAX_COUNTED_CALLS) == (7, 2), "docs/app.md names these numbers, in both languages"
    assert sandbox.state.stats()["calls"] == MAX_CALLS
    assert sandbox.state.call_usage.used_in_month(time.time_ns()) == MAX_COUNTED_CALLS
    assert sandbox.state.messages() == []


def test_offline_makes_no_call(doctor: Doctor, sandbox: RunningSandbox) -> None:
    report = doctor("--offline", sandbox=sandbox)
    assert report.status == 0
    assert not {"token", "scope", *PERMISSION_OF} & {*report.checks}
    assert sandbox.state.stats()["calls"] == 0


def test_the_shared_sandbox_needs_no_app(doctor: Doctor) -> None:
    report = doctor("--sandbox")
    assert (report.status, report.whole["mode"]) == (0, "SANDBOX")


def test_without_an_app_that_is_the_problem(doctor: Doctor) -> None:
    report = doctor()
    assert (report.status, report.of("problem")) == (1, {"credentials"})
    assert "dingnb.login()" in report.checks["credentials"]["todo"]


def test_an_unknown_profile_is_a_problem(doctor: Doctor) -> None:
    report = doctor("--profile", "hr")
    assert (report.status, report.of("problem")) == (1, {"credentials"})
    assert "“hr”" in report.checks["credentials"]["found"]


def test_the_keyring_is_read_once(doctor: Doctor, sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    settings, hosts = sandbox.settings, Hosts(sandbox.base_url, sandbox.base_url)
    profiles.save(profiles.Profile("hr", App(settings.app_key, Secret(settings.app_secret), settings.agent_id), hosts))
    loaded, load = [], profiles.load
    monkeypatch.setattr(profiles, "load", lambda name: loaded.append(name) or load(name))
    report = doctor("--profile", "hr")
    assert (report.status, loaded) == (0, ["hr"])


def test_a_wrong_secret_is_a_problem_of_the_token(doctor: Doctor, sandbox: RunningSandbox) -> None:
    report = doctor(sandbox=sandbox, DINGTALK_APP_SECRET="wrong-secret-0123456789")
    assert (report.status, report.of("problem")) == (1, {"token"})
    assert report.checks["token"]["todo"]
    assert "wrong-secret" not in report.printed


def test_a_missing_agent_id_is_a_problem(doctor: Doctor, sandbox: RunningSandbox) -> None:
    report = doctor(sandbox=sandbox, DINGTALK_AGENT_ID="")
    assert (report.status, report.of("problem")) == (1, {"agent_id"})
    assert "DINGTALK_AGENT_ID" in report.checks["agent_id"]["todo"]


def test_a_server_that_cannot_be_reached_is_a_problem_of_the_network(doctor: Doctor, sandbox: RunningSandbox) -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        nowhere = f"http://127.0.0.1:{port}"
        report = doctor(sandbox=sandbox, DINGTALK_OAPI_BASE_URL=nowhere, DINGTALK_API_BASE_URL=nowhere)
    assert (report.status, report.of("problem")) == (1, {"network"})
    assert f"127.0.0.1:{port}" in report.checks["network"]["found"]


@for_each(
    ("fault", "path"),
    [("ban_page", "oauth2/accessToken"), ("html", "oauth2/accessToken"), ("reset_before", "auth/scopes")],
)
def test_an_answer_that_is_not_dingtalks_is_a_problem_of_the_network(
    fault: str, path: str, doctor: Doctor, open_sandbox: Open
) -> None:
    sandbox = open_sandbox()
    sandbox.state.faults.add(fault, path=path)
    report = doctor(sandbox=sandbox)
    assert (report.status, report.of("problem")) == (1, {"network"})
    assert report.checks["network"]["todo"]


@for_each("permission", PERMISSIONS)
def test_a_missing_permission_is_named_with_the_features_that_need_it(
    permission: str, doctor: Doctor, open_sandbox: Open
) -> None:
    report = doctor(sandbox=open_sandbox(missing_permissions=permission))
    expected = {name for name, needed in PERMISSION_OF.items() if needed == permission}
    assert expected or permission in {UNUSED, UNCHECKED}
    assert (report.status, report.of("warning", "problem")) == (0, expected)
    assert all(permission in report.checks[name]["todo"] for name in expected)


def test_it_says_how_the_permission_for_cards_is_verified(doctor: Doctor, sandbox: RunningSandbox) -> None:
    report = doctor(sandbox=sandbox)
    assert report.status_of("cards") == "note"
    assert UNCHECKED in report.checks["cards"]["found"]


@for_each(
    ("departments", "status", "found"), [("1", "ok", "whole"), ("50,10", "ok", "2 departments"), ("", "warning", "no")]
)
def test_the_contact_scope_is_shown(
    departments: str, status: str, found: str, doctor: Doctor, open_sandbox: Open
) -> None:
    report = doctor(sandbox=open_sandbox(scope_departments=departments))
    assert (report.status, report.status_of("scope")) == (0, status)
    assert found in report.checks["scope"]["found"]
    assert "0 people" not in report.checks["scope"]["found"]
    assert report.status_of("people") == ("note" if status == "warning" else "ok")


def test_a_used_up_quota_is_a_problem(doctor: Doctor, open_sandbox: Open) -> None:
    report = doctor(sandbox=open_sandbox(limits=Limits(calls_per_month=1)))
    assert (report.status, report.of("problem")) == (1, {"logins"})
    assert "90020" in report.checks["logins"]["found"]


@for_each(("language", "part"), [("en", "reaches up to 7 people"), ("zh", "一次调用最多可发给 7 人")])
def test_the_hint_about_a_quota_has_the_limit_of_the_edition(
    language: Literal["en", "zh"], part: str, sandbox: RunningSandbox, connect_to: Callable[..., DingTalk]
) -> None:
    dingnb.set_language(language)
    [check] = check_quota(connect_to(sandbox, limits=Limits(calls_per_month=0, recipients_per_call=7)))
    assert (check.severity, part in str(check.todo)) == ("problem", True)


@for_each(("ahead_s", "found"), [(600, "10 min behind"), (-600, "10 min ahead")])
def test_a_wrong_clock_is_a_warning(
    ahead_s: int, found: str, doctor: Doctor, open_sandbox: Open, clock: VirtualClock
) -> None:
    sandbox = open_sandbox()
    clock.set_wall(time.time_ns() + ahead_s * NS_PER_S)
    report = doctor(sandbox=sandbox)
    assert (report.status, report.of("warning")) == (0, {"clock"})
    assert found in report.checks["clock"]["found"]


def test_a_proxy_is_shown_without_its_address(doctor: Doctor) -> None:
    with serving(_Foreign) as url:
        app = {"DINGTALK_APP_KEY": "dingabcdefghijklmnop", "DINGTALK_APP_SECRET": "s" * 20}
        hosts = {"DINGTALK_OAPI_BASE_URL": url, "DINGTALK_API_BASE_URL": url}
        report = doctor("--offline", HTTPS_PROXY="http://user:password@proxy.example:3128", **app, **hosts)
    assert report.status_of("proxy") == "note"
    assert "HTTPS_PROXY" in report.checks["proxy"]["found"]
    assert "password" not in report.printed


def test_live_calls_are_announced_before_they_are_made(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(_Foreign) as url:
        for name, value in {
            "DINGTALK_APP_KEY": "dingabcdefghijklmnop",
            "DINGTALK_APP_SECRET": "s" * 20,
            "DINGTALK_OAPI_BASE_URL": url,
            "DINGTALK_API_BASE_URL": url,
        }.items():
            monkeypatch.setenv(name, value)
        assert main(["doctor"]) == 1
    printed = capsys.readouterr().out
    assert f"up to {MAX_CALLS} calls, {MAX_COUNTED_CALLS} of which count" in printed
    assert printed.index("up to") < printed.index("Network")
    assert "dingabcdefghijklmnop" not in printed


def test_a_folder_that_others_can_write_to_is_a_problem(doctor: Doctor, home: Path, sandbox: RunningSandbox) -> None:
    home.chmod(0o777)
    report = doctor("--offline", sandbox=sandbox)
    assert (report.status, report.of("problem")) == (1, {"home"})
    assert "chmod go-w" in report.checks["home"]["todo"]


def test_only_a_report_that_was_to_check_the_app_says_why_it_does_not(
    doctor: Doctor, home: Path, sandbox: RunningSandbox
) -> None:
    home.chmod(0o777)
    assert "has to be fixed first" in doctor(sandbox=sandbox).checks["network"]["found"]
    assert "network" not in doctor("--offline", sandbox=sandbox).checks
    assert sandbox.state.stats()["calls"] == 0


def test_each_bad_setting_is_a_problem_of_the_settings(doctor: Doctor, home: Path) -> None:
    home.chmod(0o777)
    bad = {"DINGNB_REPEAT_AFTER_S": "abc", "DINGNB_BAN_PAUSE_S": "-1", "DINGNB_OPERATOR": "ann\nbob"}
    for words in ((), ("--sandbox",)):
        report = doctor("--offline", *words, **bad)
        assert report.of("problem") >= {"home", "settings"}
        found = [check["found"] for check in report.whole["checks"] if check["check"] == "settings"]
        assert [text.partition("=")[0] for text in found] == ["repeat_after_s", "ban_pause_s", "operator"]
        assert all(name in report.printed for name in bad)


def test_a_bad_setting_is_no_problem_of_the_ledger(doctor: Doctor, sandbox: RunningSandbox) -> None:
    report = doctor(sandbox=sandbox, DINGNB_REPEAT_AFTER_S="abc")
    assert (report.status, report.of("problem"), report.status_of("ledger")) == (1, {"settings"}, "ok")


def test_a_file_in_place_of_the_folder_is_a_problem(doctor: Doctor, home: Path) -> None:
    (home / "file").write_text("")
    report = doctor("--offline", DINGNB_HOME=str(home / "file" / "ledger"))
    assert "home" in report.of("problem")


def test_a_path_that_the_system_refuses_is_a_problem(doctor: Doctor, home: Path) -> None:
    report = doctor("--offline", DINGNB_HOME=str(home / ("a" * 300)))
    assert "home" in report.of("problem")
    assert "too long" in report.checks["home"]["found"]


def test_a_missing_folder_is_not_created(doctor: Doctor, home: Path) -> None:
    report = doctor("--offline", DINGNB_HOME=str(home / "a" / "b"))
    assert report.status_of("home") == report.status_of("ledger") == "ok"
    assert list(home.iterdir()) == []


def test_the_ledger_is_opened_and_its_campaigns_counted(
    doctor: Doctor, ding: DingTalk, sandbox: RunningSandbox
) -> None:
    people = [user["userid"] for user in sandbox.state.users(2)]
    ding.plan(dingnb.read_recipients(_file_of(people)), dingnb.text("hi")).send("hello").wait()
    report = doctor("--offline", sandbox=sandbox)
    assert report.status_of("ledger") == "ok"
    assert report.checks["ledger"]["found"].startswith("1 campaign")


@for_each("content", [b"not a database, but a text of some length", b""])
def test_a_file_that_is_no_ledger_is_a_problem(
    content: bytes, doctor: Doctor, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("ledger")
    path = folder / ledger_home.LEDGER_FILE
    path.write_bytes(content)
    if not content:
        with closing(sqlite3.connect(path)) as other:
            other.execute("CREATE TABLE foreign_table (a)")
    before = path.read_bytes()
    report = doctor("--offline", DINGNB_HOME=str(folder))
    assert "ledger" in report.of("problem")
    assert report.checks["ledger"]["todo"]
    assert path.read_bytes() == before


def test_a_lost_ledger_is_a_problem_and_no_other_takes_its_place(
    doctor: Doctor, home: Path, sandbox: RunningSandbox
) -> None:
    send_history.record(Realm("r", "ding…1234", "LIVE"), home / ledger_home.LEDGER_FILE, "2026-11-27")
    report = doctor(sandbox=sandbox)
    assert (report.status, report.of("problem")) == (1, {"ledger"})
    assert "restore" in report.checks["ledger"]["todo"]
    assert "ledger" in report.checks["network"]["found"]
    assert sandbox.state.stats()["calls"] == 0
    assert list(home.iterdir()) == []


def test_offline_creates_no_ledger(doctor: Doctor, home: Path, sandbox: RunningSandbox) -> None:
    assert doctor("--offline", sandbox=sandbox).status_of("quota") == "ok"
    assert list(home.iterdir()) == []


def test_a_database_that_cannot_be_used_is_a_problem_of_the_ledger(doctor: Doctor, sandbox: RunningSandbox) -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"postgresql://ann:a-password@127.0.0.1:{taken.getsockname()[1]}/notices"
        report = doctor(sandbox=sandbox, DINGNB_LEDGER=url)
    assert (report.status, report.of("problem")) == (1, {"ledger"})
    assert report.checks["ledger"]["todo"]
    assert "a-password" not in report.printed
    assert sandbox.state.stats()["calls"] == 0


@pytest.mark.parametrize("words", [(), ("--sandbox",)])
def test_what_is_not_a_ledger_is_a_problem_of_the_ledger_only(
    doctor: Doctor, sandbox: RunningSandbox, words: tuple[str, ...]
) -> None:
    report = doctor("--offline", *words, sandbox=sandbox, DINGNB_LEDGER="mysql://h/db")
    assert (report.whole["problems"], report.of("problem")) == (1, {"ledger"})
    assert "DINGNB_LEDGER" in report.checks["ledger"]["todo"]


def test_a_missing_database_driver_is_a_problem_of_the_ledger_only(
    doctor: Doctor, sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    report = doctor("--offline", sandbox=sandbox, DINGNB_LEDGER="postgresql://ann@127.0.0.1/notices")
    assert (report.whole["problems"], report.of("problem")) == (1, {"ledger"})
    assert "dingnb[team]" in report.checks["ledger"]["todo"]


def test_a_teams_ledger_is_opened_and_its_place_not_shown(
    doctor: Doctor, sandbox: RunningSandbox, new_database: Callable[..., str]
) -> None:
    url = as_member(new_database())
    report = doctor(sandbox=sandbox, DINGNB_LEDGER=url)
    assert (report.status, report.of("problem")) == (0, set())
    assert report.checks["ledger"]["found"].startswith("a database that a team shares; 0 campaigns")
    assert "home" not in report.checks
    assert url.rpartition("/")[2] not in report.printed


def test_the_ledger_of_a_profile_is_checked(
    doctor: Doctor, sandbox: RunningSandbox, new_database: Callable[..., str], home: Path
) -> None:
    app, hosts = App("dingprofile0001", Secret("s"), 1), Hosts(sandbox.base_url, sandbox.base_url)
    profiles.save(profiles.Profile("hr", app, hosts, parse_database_url(as_member(new_database()))))
    for words in (["--profile", "hr"], []):
        report = doctor("--offline", *words)
        assert report.checks["ledger"]["found"].startswith("a database that a team shares; 0 campaigns")
        assert "home" not in report.checks
    # The environment takes precedence, as in a notebook.
    report = doctor("--offline", "--profile", "hr", DINGNB_LEDGER=str(home))
    assert report.checks["ledger"]["found"].startswith("none yet")


def test_a_missing_keyring_is_noted(doctor: Doctor, sandbox: RunningSandbox) -> None:
    keyring.set_keyring(keyring.backends.fail.Keyring())
    report = doctor("--offline", sandbox=sandbox)
    assert (report.status, report.status_of("keyring")) == (0, "note")


@for_each(("name", "version", "found"), [("pandas", "2.2.3", "pandas 2.2.3"), ("uvicorn", "0.99", "uvicorn 0.99")])
def test_a_package_of_the_wrong_version_is_a_problem(
    name: str, version: str, found: str, doctor: Doctor, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("packages")
    info = folder / f"{name}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        report = doctor("--offline")
    assert "packages" in report.of("problem")
    assert found in report.checks["packages"]["found"]


def test_the_report_has_no_secret_no_app_key_and_no_home(
    doctor: Doctor,
    sandbox: RunningSandbox,
    find_secrets: Callable[[str], list[str]],
    monkeypatch: pytest.MonkeyPatch,
    home: Path,
) -> None:
    monkeypatch.setenv("HOME", str(home.parent))
    report = doctor(sandbox=sandbox)
    assert find_secrets(report.printed) == []
    assert sandbox.settings.app_key not in report.printed
    assert str(home) not in report.printed
    assert report.checks["home"]["found"].startswith(f"~{os.sep}{home.name}")


@for_each(
    ("text", "masked"),
    [
        ("see /home/ann/x and (/home/ann)", "see ~/x and (~)"),
        ("文件夹/home/ann，", "文件夹~，"),
        ("/home/annfs/x, /home/ann.bak/x and /srv/home/ann/x", "/home/annfs/x, /home/ann.bak/x and /srv/home/ann/x"),
        ("It is in /home/ann.", "It is in ~."),
        ("What?Really", "What?Really"),
        ("url: /gettoken?appkey=a&appsecret=b (refused)", "url: /gettoken?*** (refused)"),
        ("https://example.com?a", "https://example.com?***"),
    ],
)
def test_only_the_home_folder_and_queries_of_urls_are_masked(
    text: str, masked: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/home/ann")
    assert mask_for_report(text, {}) == masked


def test_the_report_is_printed_in_both_languages(
    sandbox: RunningSandbox, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in connection_environment(sandbox.settings, sandbox.base_url).items():
        monkeypatch.setenv(name, value)
    shown = {}
    for language in ("en", "zh"):
        assert main(["doctor", "--language", language]) == 0
        shown[language] = capsys.readouterr().out
    assert "No problems found." in shown["en"]
    assert "未发现问题" in shown["zh"]
    assert len(shown["en"].splitlines()) == len(shown["zh"].splitlines())


def _file_of(userids: list[str]) -> str:
    path = Path(os.environ["DINGNB_HOME"]).parent / "people.csv"
    path.write_text("\n".join(["userid", *userids]), encoding="utf-8")
    return str(path)


class _Foreign(BaseHTTPRequestHandler):
    """Answers every call with 404, as a server that is no DingTalk."""

    def do_GET(self) -> None:
        self.send_error(404)

    do_POST = do_GET  # noqa: N815 - the name that http.server calls

"""The command ``dingnb sandbox``: its settings, its help, and the file that keeps its state."""

import inspect
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from dingnb.cli.main import main
from dingnb.errors import InputError
from dingnb.limits import STANDARD, Limits
from dingnb.sandbox import SandboxSettings, start
from dingnb.sandbox.settings import read_settings
from dingnb.words import in_language
from tests.table_rows import for_each
from tools.reference_pages import ASSUMPTION, sandbox_settings

OTHERS = {
    "people_counted_at": "processing",
    "same_content_counted_at": "acceptance",
    "recall_frees_content": True,
    "day_starts_at_utc_offset_h": -3.5,
    "excess_recipients": "truncate",
    "bad_agent_code": "70003",
    "no_receiver_code": "40032",
    "early_result": "empty",
    "many_people_result_code": "15",
    "lists_forbidden_users": True,
    "expired_token_code": "40014",
    "media_lifetime_s": 60,
    "checks_media_ids": False,
    "foreign_media_ids": "accepted",
    "media_format_by": "name",
    "large_media_code": "45001",
    "file_message_bytes": 1_000,
    "top_lists": "plain",
    "unknown_user_code": "60121",
    "monthly_quota_error": "wrapped",
    "unknown_department_code": "60003",
    "hidden_fields": "mobile,email",
    "missing_permissions": "qyapi_get_member",
    "scope_departments": "50,70",
    "throttled_calls_count": True,
    "callback_signature": "msg_signature",
    "foreign_callback_code": "71012",
    "stream_pushes": 2,
    "stream_later_after_s": 1,
    "stream_callback_repeat_s": 0,
    "stream_message_id_on_repeat": "new",
    "stream_max_pending": 9,
    "stream_ping_every_s": 0.5,
    "stream_connection_lifetime_s": 600,
    "card_templates": "mine.schema/hours",
    "unpublished_card_templates": "draft.schema",
    "foreign_card_templates": "theirs.schema",
    "card_people_per_call": 1,
    "card_value_bytes": 0,
    "non_text_card_values": "lost",
    "card_unsafe_words": "a,b",
    "repeated_card": "delivered",
    "repeated_card_route": "error",
    "card_callback_format": "value",
    "card_button_id_in": "params",
    "card_answer_deadline_s": 5,
    "card_http_pushes": 3,
    "card_presses_counted": False,
    "stream_pushes_per_month": 10,
    "over_stream_quota": "lost",
    "read_share": 0.5,
    "read_within_s": 60,
    "failed_share": 0.1,
    "callback_failed_after_s": 200,
    "task_starts_after_s": 0,
    "task_done_after_s": 3,
    "to_all_per_day": 1,
}


def word(name: str, value: Any) -> str:
    return f"{name}={str(value).lower() if isinstance(value, bool) else value}"


@for_each(("name", "value"), OTHERS.items())
def test_each_setting_can_be_set(name: str, value: Any) -> None:
    read = read_settings([word(name, value)], {"users": 5})
    assert read == SandboxSettings(users=5, **{name: value})
    assert getattr(SandboxSettings(), name) != value


def test_every_undocumented_setting_can_be_set() -> None:
    assumed = {name for name, meaning in sandbox_settings().items() if meaning.endswith(ASSUMPTION)}
    assert "people_counted_at" in assumed
    assert assumed <= set(OTHERS)


REPLACEMENTS = {
    "stream_pushes_per_month": "Use --set stream_pushes_per_month=…",
    "day_starts_at_utc_offset_h": "Use --set day_starts_at_utc_offset_h=…",
    "media_lifetime_s": "Use --set media_lifetime_s=…",
    "media_id_bytes": "limits=dataclasses.replace(STANDARD, media_id_bytes=…)",
    "people_per_card": "Use --set card_people_per_call=…",
    "card_request_bytes": "limits=dataclasses.replace(STANDARD, card_request_bytes=…)",
    "card_value_bytes": "Use --set card_value_bytes=…",
    "card_repeats": "limits=dataclasses.replace(STANDARD, card_repeats=…)",
}
"""The limits that the sandbox does not enforce, and what the error says to use instead."""


def test_the_limits_that_can_be_set_are_those_that_the_sandbox_reads(capsys: pytest.CaptureFixture[str]) -> None:
    folder = Path(inspect.getfile(SandboxSettings)).parent
    source = "\n".join(file.read_text(encoding="utf-8") for file in folder.rglob("*.py") if file.name != "settings.py")
    enforced = {field.name for field in fields(Limits) if re.search(rf"limits\.{field.name}\b", source)}
    assert enforced == {field.name for field in fields(Limits)} - set(REPLACEMENTS)
    with pytest.raises(SystemExit):
        main(["sandbox", "--help"])
    assert set(re.findall(r"^  limits\.(\w+)=", capsys.readouterr().out, re.MULTILINE)) == enforced


@for_each(("name", "instead"), REPLACEMENTS.items())
def test_a_limit_that_the_sandbox_does_not_enforce_is_refused_by_name(name: str, instead: str) -> None:
    with pytest.raises(InputError) as caught:
        read_settings([f"limits.{name}=20"], {})
    assert f"does not enforce limits.{name}." in str(caught.value)
    assert instead in str(caught.value)


@for_each("name", [field.name for field in fields(Limits) if field.name not in REPLACEMENTS])
def test_each_enforced_limit_can_be_set(name: str) -> None:
    limits = read_settings([f"limits.{name}=20", "limits.body_bytes=21", f"limits.{name}=22"], {}).limits
    assert getattr(limits, name) == 22
    assert read_settings([], {}).limits == STANDARD


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sideways=1", "no setting 'sideways'. For all settings, run dingnb sandbox --help."),
        ("limits.sideways=1", "no setting 'limits.sideways'"),
        ("limits=1", "no setting 'limits'"),
        ("users=3", "Use --users instead of --set users=…."),
        ("app_secret=x", "Use --app-secret instead of --set app_secret=…."),
        ("read_share", "'read_share' does not have the form NAME=VALUE"),
        ("", "NAME=VALUE"),
        ("same_content_counted_at=later", "cannot be 'later'. Set it to one of delivery, acceptance."),
        ("recall_frees_content=yes", "cannot be 'yes'. Set it to true or false."),
        ("recall_frees_content=True", "cannot be 'True'. Set it to true or false."),
        (
            "limits.body_bytes=-1",
            "The sandbox setting limits.body_bytes cannot be -1. Set it to a whole number from 1 to",
        ),
        ("limits.body_bytes=1.5", "cannot be '1.5'. Set it to a whole number from 1 to 1,000,000,000."),
        ("limits.body_bytes=", "cannot be ''. Set it to a whole number"),
        ("stream_max_pending=-1", "stream_max_pending cannot be -1. Set it to a whole number from 0 to 1,000,000,000."),
        ("read_within_s=nan", "cannot be nan. Set it to a number from 0 to 1,000,000,000."),
        ("read_within_s=inf", "cannot be inf. Set it to a number"),
        ("day_starts_at_utc_offset_h=24", "a number from -23 to 23"),
        ("day_starts_at_utc_offset_h=-24", "a number from -23 to 23"),
        ("read_share=1.5", "read_share cannot be 1.5. Set it to a number from 0 to 1."),
        ("hidden_fields=userid", "hidden_fields cannot be 'userid'. Set it to fields of v2/user/get"),
        ("hidden_fields=salary", "hidden_fields"),
        ("missing_permissions=qyapi", "missing_permissions"),
        ("scope_departments=finance", "scope_departments cannot be 'finance'. Set it to ids of departments"),
    ],
)
def test_an_invalid_setting_is_an_error(text: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(InputError) as caught:
        read_settings([text], {})
    assert said in " ".join(str(caught.value).split())
    assert main(["sandbox", "--port", "0", "--set", text]) == 1
    assert said in " ".join(capsys.readouterr().err.split())


def test_the_error_of_an_invalid_setting_is_in_the_language_in_which_it_is_shown() -> None:
    with pytest.raises(InputError) as caught:
        read_settings(["users=3"], {})
    with in_language("zh"):
        assert str(caught.value).splitlines() == ["设置 users 有专用选项。", "请用 --users 代替 --set users=…。"]


def test_the_help_lists_all_settings_with_defaults_and_choices(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["sandbox", "--help"])
    assert caught.value.code == 0
    shown = capsys.readouterr().out
    assert "same_content_counted_at=delivery  (one of delivery, acceptance)" in shown
    assert "limits.people_per_minute=5000  (a whole number from 1 to 1,000,000,000)" in shown
    assert "recall_frees_content=false  (true or false)" in shown
    for name in OTHERS:
        assert f"  {name}=" in shown
    assert "secret-not" not in shown


@pytest.mark.long
def test_the_command_line_does_not_load_the_server_before_it_is_needed() -> None:
    program = "import sys, dingnb.cli.main; print([one for one in ('uvicorn', 'starlette') if one in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.strip() == "[]"


def test_it_stores_its_state_and_reports_a_renamed_journal(tmp_path: Path) -> None:
    file = tmp_path / "kept.sqlite3"
    file.write_bytes(b"no journal")
    words = ["sandbox", "--port", "0", "--keep", str(file), "--set", "limits.people_per_minute=30"]
    command = [sys.executable, "-c", "import sys; from dingnb.cli.main import main; sys.exit(main())", *words]
    with subprocess.Popen(  # noqa: S603 - our own words
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={"LC_ALL": "C.UTF-8", "PATH": ""}
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("dingnb sandbox ready: ")
        process.terminate()
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 0
    assert errors.count("\n") == 1
    assert "kept.sqlite3.aside-1" in errors
    settings = read_settings(["limits.people_per_minute=30"], {})
    with start(settings, journal=file) as sandbox:
        assert sandbox.notes == ()


def test_a_journal_in_use_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "kept.sqlite3"
    with start(journal=file):
        assert main(["sandbox", "--port", "0", "--keep", str(file)]) == 1
    assert "--keep" in capsys.readouterr().err

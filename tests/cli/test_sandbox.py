"""The command ``dingnb sandbox``: its settings, its help, and the file that keeps its state."""

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
from tests.table_rows import for_each

OTHERS = {
    "people_counted_at": "processing",
    "same_content_taken_at": "acceptance",
    "recall_frees_content": True,
    "day_starts_at_utc_offset_h": -3.5,
    "over_100_users": "truncate",
    "bad_agent_code": "70003",
    "no_receiver_code": "40032",
    "early_result": "empty",
    "many_people_result_code": "15",
    "lists_forbidden_users": True,
    "expired_token_code": "40014",
    "media_life_s": 60,
    "checks_media_ids": False,
    "foreign_media_ids": "accepted",
    "media_format_by": "name",
    "large_media_code": "45001",
    "file_message_bytes": 1_000,
    "top_lists": "plain",
    "unknown_user_code": "60121",
    "month_used_up_answer": "wrapped",
    "unknown_department_code": "60003",
    "hidden_fields": "mobile,email",
    "missing_permissions": "qyapi_get_member",
    "scope_departments": "50,70",
    "refused_calls_fill_second": True,
    "callback_signature": "msg_signature",
    "foreign_callback_code": "71012",
    "stream_pushes": 2,
    "stream_later_after_s": 1,
    "stream_callback_repeat_s": 0,
    "stream_repeats_with": "new",
    "stream_kept": 9,
    "stream_ping_every_s": 0.5,
    "stream_connection_life_s": 600,
    "card_templates": "mine.schema/hours",
    "unpublished_card_templates": "draft.schema",
    "foreign_card_templates": "theirs.schema",
    "card_people_per_call": 1,
    "card_value_bytes": 0,
    "card_other_values": "lost",
    "card_unsafe_words": "a,b",
    "repeated_card": "delivered",
    "repeated_card_route": "error",
    "card_callback_format": "value",
    "card_button_id_in": "params",
    "card_answer_deadline_s": 5,
    "card_http_pushes": 3,
    "card_presses_counted": False,
    "stream_calls_per_month": 10,
    "over_stream_quota": "lost",
    "read_share": 0.5,
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
    names = [field.name for field in fields(SandboxSettings)]
    assert set(names[names.index("people_counted_at") :]) <= set(OTHERS)


@for_each("name", [field.name for field in fields(Limits)])
def test_each_limit_can_be_set(name: str) -> None:
    limits = read_settings([f"limits.{name}=30", "limits.body_bytes=31", f"limits.{name}=32"], {}).limits
    assert getattr(limits, name) == 32
    assert read_settings([], {}).limits == STANDARD


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sideways=1", "no setting 'sideways'"),
        ("limits.sideways=1", "no setting 'limits.sideways'"),
        ("limits=1", "no setting 'limits'"),
        ("app_secret=x", "no setting 'app_secret'"),
        ("read_share", "'read_share' does not have the form NAME=VALUE"),
        ("", "NAME=VALUE"),
        ("same_content_taken_at=later", "same_content_taken_at=later: must be delivery | acceptance"),
        ("recall_frees_content=yes", "must be true | false"),
        ("recall_frees_content=True", "must be true | false"),
        ("limits.body_bytes=-1", "must be 0, 1, 2, ..."),
        ("limits.body_bytes=1.5", "must be 0, 1, 2, ..."),
        ("limits.body_bytes=", "must be 0, 1, 2, ..."),
        ("read_within_s=nan", "must be 0 ..."),
        ("read_within_s=inf", "must be 0 ..."),
        ("day_starts_at_utc_offset_h=24", "-23 ... 23"),
        ("day_starts_at_utc_offset_h=-24", "-23 ... 23"),
        ("read_share=1.5", "read_share"),
        ("hidden_fields=userid", "hidden_fields"),
        ("hidden_fields=salary", "hidden_fields"),
        ("missing_permissions=qyapi", "missing_permissions"),
        ("scope_departments=finance", "scope_departments"),
    ],
)
def test_an_invalid_setting_is_an_error(text: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(InputError, match=re.escape(said)):
        read_settings([text], {})
    assert main(["sandbox", "--port", "0", "--set", text]) == 1
    assert said in capsys.readouterr().err


def test_the_help_lists_all_settings_with_defaults_and_choices(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["sandbox", "--help"])
    assert caught.value.code == 0
    shown = capsys.readouterr().out
    assert "same_content_taken_at=delivery  (delivery | acceptance)" in shown
    assert "limits.people_per_minute=5000  (0, 1, 2, ...)" in shown
    assert "recall_frees_content=false  (true | false)" in shown
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

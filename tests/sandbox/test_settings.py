"""The settings of a sandbox: what they accept, how lists of names are given, and how a journal knows them."""

from collections.abc import Iterable
from dataclasses import fields, replace
from hashlib import blake2b
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import numpy as np
import pytest
import requests

from dingnb.errors import InputError
from dingnb.limits import STANDARD
from dingnb.sandbox import SandboxSettings, start
from dingnb.sandbox.journal import settings_text
from tests.table_rows import for_each

NUMBERS = [name for name, kind in get_type_hints(SandboxSettings).items() if kind in {int, float}]
CHOICES = [name for name, kind in get_type_hints(SandboxSettings).items() if get_origin(kind) is Literal]


@for_each(
    "wrong",
    [
        {"users": -1},
        {"users": 1_000_001},
        {"users": 1.5},
        {"users": True},
        {"seed": "eleven"},
        {"read_share": 1.1},
        {"failed_share": -0.1},
        {"read_within_s": -1},
        {"task_starts_after_s": 2},
        {"app_secret": ""},
        {"app_key": None},
        {"stream_pushes": 0},
        {"callback_deadline_s": 0},
        {"stream_max_pending": -1},
        {"stream_max_pending": 10**10},
        {"day_starts_at_utc_offset_h": 99},
        {"media_lifetime_s": float("nan")},
        {"early_result": "nonsense"},
        {"early_result": ["error"]},
        {"recall_frees_content": "no"},
        {"recall_frees_content": 1},
        {"hidden_fields": ["salary"]},
        {"hidden_fields": 5},
        {"missing_permissions": "qyapi"},
        {"card_templates": [["a"]]},
        {"card_unsafe_words": b"bad"},
        {"scope_departments": "finance"},
        {"scope_departments": "9" * 5_000},
        {"scope_departments": [["a"]]},
        {"scope_departments": 1},
        {"limits": {}},
    ],
)
def test_invalid_settings_are_refused_by_name(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=f"^The sandbox setting {next(iter(wrong))} cannot be .*\nSet it to .*"):
        SandboxSettings(**wrong)


def test_an_invalid_limit_is_refused_by_name() -> None:
    with pytest.raises(InputError, match=r"setting limits\.calls_per_month cannot be -1"):
        SandboxSettings(limits=replace(STANDARD, calls_per_month=-1))


@for_each("name", NUMBERS)
def test_no_number_accepts_text_or_infinity(name: str) -> None:
    for value in ("1", float("inf"), None):
        with pytest.raises(InputError, match=name):
            SandboxSettings(**{name: value})


@for_each("name", CHOICES)
def test_each_choice_is_accepted_and_nothing_else(name: str) -> None:
    for choice in get_args(get_type_hints(SandboxSettings)[name]):
        assert getattr(SandboxSettings(**{name: choice}), name) == choice
    with pytest.raises(InputError, match=name):
        SandboxSettings(**{name: "nonsense"})


@for_each("secret", [b"confidential", np.array(["confidential", "other"])])
def test_a_secret_of_another_type_is_not_shown(secret: Any) -> None:
    with pytest.raises(InputError) as caught:
        SandboxSettings(app_secret=secret)
    assert "confidential" not in str(caught.value)


@for_each(
    ("given", "stored"),
    [
        ("mobile, email,,mobile", ("mobile", "email")),
        (["mobile", " email "], ("mobile", "email")),
        ({"mobile"}, ("mobile",)),
        ((name for name in ("email", "mobile")), ("email", "mobile")),
        ("", ()),
    ],
)
def test_names_can_be_given_as_any_iterable_or_with_commas(given: Iterable[str], stored: tuple[str, ...]) -> None:
    settings = SandboxSettings(hidden_fields=given)
    assert settings.hidden_fields == stored
    assert replace(settings, users=5).hidden_fields == stored
    assert hash(settings) == hash(SandboxSettings(hidden_fields=stored))


@for_each("given", ["50, 70", ["50", "70"], [50, 70, 50], (50, 70)])
def test_departments_are_numbers(given: Any) -> None:
    assert SandboxSettings(scope_departments=given).scope_departments == (50, 70)


def test_a_word_in_a_list_may_contain_a_comma() -> None:
    assert SandboxSettings(card_unsafe_words=["a,b"]).card_unsafe_words == ("a,b",)


CHANGED = SandboxSettings(
    users=20,
    hidden_fields="mobile,email",
    scope_departments="50,70",
    failed_share=0.1,
    session_lifetime_s=1.5,
    stream_ticket_lifetime_s=2.5,
    media_lifetime_s=3.5,
    stream_connection_lifetime_s=4.5,
    stream_max_pending=9,
    monthly_quota_error="wrapped",
    throttled_calls_count=True,
    stream_message_id_on_repeat="new",
    non_text_card_values="lost",
)


@for_each(
    ("settings", "stored"),
    [
        (SandboxSettings(), "20488fd654f6d334df6784a9d667874b"),
        (CHANGED, "75af6b3fdea10cf9664170226b407233"),
        (
            SandboxSettings(
                stream_pushes_per_month=10, excess_recipients="truncate", same_content_counted_at="acceptance"
            ),
            "003a9d5d4b5db2a2b541b95652056c93",
        ),
    ],
)
def test_journals_of_the_first_names_of_settings_still_open(settings: SandboxSettings, stored: str) -> None:
    # What a journal stores of its settings, written before settings were renamed.
    assert blake2b(settings_text(settings).encode(), digest_size=16).hexdigest() == stored


def test_a_limit_that_was_added_later_and_changed_is_part_of_the_text() -> None:
    settings = SandboxSettings(limits=replace(STANDARD, recipients_with_status_bar=7))
    assert "recipients_with_status_bar=7" in settings_text(settings)
    assert "recipients_with_status_bar" not in settings_text(SandboxSettings())


@for_each(
    ("given", "same"),
    [
        ({"failed_share": 0.0, "task_done_after_s": 1}, {}),
        ({"failed_share": 1.0, "read_within_s": 60.0}, {"failed_share": 1, "read_within_s": 60}),
        ({"stream_ping_every_s": 30.0}, {"stream_ping_every_s": 30}),
        ({"users": np.int64(20), "seed": np.int32(3)}, {"users": 20, "seed": 3}),
        ({"failed_share": np.float64(0.25)}, {"failed_share": 0.25}),
    ],
)
def test_equal_numbers_reopen_the_same_journal(given: dict[str, Any], same: dict[str, Any]) -> None:
    assert settings_text(SandboxSettings(**given)) == settings_text(SandboxSettings(**same))


def test_numbers_of_numpy_are_accepted() -> None:
    settings = SandboxSettings(users=np.int64(20), seed=np.int64(3), agent_id=np.int64(7), failed_share=np.float32(0.5))
    with start(settings) as sandbox:
        stats = requests.get(f"{sandbox.base_url}/_sandbox/stats", timeout=10).json()
    assert (stats["users"], stats["seed"], stats["agent_id"]) == (20, 3, 7)


def test_every_setting_but_the_secret_is_in_the_text_of_a_journal() -> None:
    others: dict[str, Any] = {
        "limits": replace(STANDARD, calls_per_month=1),
        "scope_departments": [5],
        "hidden_fields": ["mobile"],
        "missing_permissions": ["qyapi_get_member"],
        "day_starts_at_utc_offset_h": 9,
        "read_share": 0.1,
        "failed_share": 0.1,
        "task_starts_after_s": 0.1,
    }
    for name, kind in get_type_hints(SandboxSettings).items():
        default = getattr(SandboxSettings(), name)
        if kind is bool:
            other: Any = not default
        elif get_origin(kind) is Literal:
            other = get_args(kind)[1]
        elif kind in {int, float}:
            other = others.get(name, default + 1)
        else:
            other = others.get(name, "other")
        changed = settings_text(SandboxSettings(**{name: other})) != settings_text(SandboxSettings())
        assert changed == (name != "app_secret"), name
    assert {field.name for field in fields(SandboxSettings)} >= set(others)


def test_a_sandbox_with_lists_of_names_is_restored(tmp_path: Path) -> None:
    file = tmp_path / "kept.sqlite3"
    for given in ("mobile,email", ["mobile", "email"]):
        with start(SandboxSettings(users=20, hidden_fields=given), journal=file) as sandbox:
            assert sandbox.notes == ()
    with start(SandboxSettings(users=20, hidden_fields="mobile"), journal=file) as sandbox:
        assert "different settings" in str(sandbox.notes[0])

"""The code that connects an app again names its ledger."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

import dingnb
from dingnb.client import DingTalk
from dingnb.sandbox import RunningSandbox
from dingnb.ui.kit.code import reconnect_code
from tests.environments import connection_environment
from tests.postgres import as_member

New = Callable[..., str]


@pytest.fixture
def connect(sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch) -> Callable[..., DingTalk]:
    for name, value in connection_environment(sandbox.settings, sandbox.base_url).items():
        monkeypatch.setenv(name, value)
    return dingnb.connect


def code_for(ding: DingTalk) -> str:
    with ding:
        return reconnect_code(ding, os.environ)


def test_the_usual_ledger_is_not_named(
    connect: Callable[..., DingTalk], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "ledger" not in code_for(connect())
    monkeypatch.setenv("DINGNB_LEDGER", str(tmp_path / "usual"))
    assert "ledger" not in code_for(connect())


def test_another_folder_is_named(
    connect: Callable[..., DingTalk], home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert f'ledger="{tmp_path}"' in code_for(connect(ledger=tmp_path))
    monkeypatch.setenv("DINGNB_LEDGER", str(tmp_path / "usual"))
    assert f'ledger="{home}"' in code_for(connect(ledger=home))
    monkeypatch.setenv("DINGNB_LEDGER", "postgresql://a:b/c@d")
    assert f'ledger="{home}"' in code_for(connect(ledger=home))


def test_a_teams_ledger_is_named_without_its_password(
    connect: Callable[..., DingTalk], new_database: New, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = as_member(new_database())
    with_password = url.replace("member@", "member:s3cret@")
    assert f'ledger="{url}"' in code_for(connect(ledger=with_password))
    monkeypatch.setenv("DINGNB_LEDGER", with_password)
    code = code_for(connect())
    assert f'ledger="{url}"' in code
    assert "s3cret" not in code

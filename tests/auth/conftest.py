"""Fixtures for tests of credentials: an empty environment, and a keyring in memory."""

from collections.abc import Iterator

import keyring
import pytest

import dingnb
from tests.memory_keyring import MemoryKeyring

VARIABLES = ("APP_KEY", "APP_SECRET", "AGENT_ID", "PROFILE", "OAPI_BASE_URL", "API_BASE_URL")


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(f"DINGTALK_{name}", raising=False)
    dingnb.set_language("en")


@pytest.fixture(autouse=True)
def memory() -> Iterator[MemoryKeyring]:
    """Use a keyring in memory."""
    before, memory = keyring.get_keyring(), MemoryKeyring()
    keyring.set_keyring(memory)
    yield memory
    keyring.set_keyring(before)

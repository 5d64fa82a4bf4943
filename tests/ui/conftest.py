from collections.abc import Iterator

import pytest

from dingnb.sandbox import RunningSandbox, SandboxSettings, start
from tests.auth.conftest import bare_environment, memory

__all__ = ["bare_environment", "memory"]


@pytest.fixture(scope="session")
def shared_sandbox() -> Iterator[RunningSandbox]:
    with start(SandboxSettings(users=60)) as running:
        yield running


@pytest.fixture
def sandbox(shared_sandbox: RunningSandbox, bare_environment: None, monkeypatch: pytest.MonkeyPatch) -> RunningSandbox:
    """Give a sandbox that the environment points to, without naming its app."""
    del bare_environment  # it clears what is set here
    shared_sandbox.state.reset()
    monkeypatch.setenv("DINGTALK_OAPI_BASE_URL", shared_sandbox.base_url)
    return shared_sandbox

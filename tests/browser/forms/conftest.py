"""A sandbox that takes seconds to be sent through, and hosts whose kernels are connected to it, for all these tests."""

from collections.abc import Iterator
from contextlib import AbstractContextManager

import pytest

from dingnb.sandbox import RunningSandbox, SandboxSettings, start
from docs.hosts import HOSTS, Host, Theme
from tests.environments import reaching


@pytest.fixture(scope="session")
def sandbox() -> Iterator[RunningSandbox]:
    with start(SandboxSettings(users=400)) as running:
        yield running


def connected(
    name: str, sandbox: RunningSandbox, folders: pytest.TempPathFactory, theme: Theme = "light"
) -> AbstractContextManager[Host]:
    """Run a host whose kernels find the sandbox's app in their environment."""
    environment = {
        **reaching(sandbox.settings, sandbox.base_url),
        # A call that was under way when a network or a kernel went is repeated soon, and DingTalk drops what it has.
        "DINGNB_REPEAT_AFTER_S": "1",
    }
    return HOSTS[name](folders.mktemp(name), environment, theme)


@pytest.fixture(scope="session")
def lab(sandbox: RunningSandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    with connected("lab", sandbox, tmp_path_factory) as running:
        yield running


@pytest.fixture(scope="session")
def notebook7(sandbox: RunningSandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    with connected("notebook7", sandbox, tmp_path_factory) as running:
        yield running


@pytest.fixture(scope="session")
def voila(sandbox: RunningSandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    with connected("voila", sandbox, tmp_path_factory) as running:
        yield running


@pytest.fixture(scope="session")
def dark_voila(sandbox: RunningSandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    with connected("voila", sandbox, tmp_path_factory, "dark") as running:
        yield running

"""A sandbox with sends that take seconds, and hosts with kernels connected to it, shared by these tests."""

import itertools
from collections.abc import Iterator

import pytest

from dingnb.sandbox import RunningSandbox, SandboxSettings, start
from tests.browser.host_fixtures import host_fixture
from tests.browser.pages import end_kernels
from tests.environments import connection_environment
from tools.hosts import Host, Theme

_USED = itertools.count()


@pytest.fixture(scope="session")
def sandbox() -> Iterator[RunningSandbox]:
    with start(SandboxSettings(users=400)) as started:
        yield started


@pytest.fixture(scope="session")
def environment(sandbox: RunningSandbox) -> dict[str, str]:
    """Let kernels find the sandbox and its app."""
    return {
        **connection_environment(sandbox.settings, sandbox.base_url),
        # A call in progress when a network or kernel fails is repeated soon, and DingTalk drops duplicates.
        "DINGNB_REPEAT_AFTER_S": "1",
    }


lab = host_fixture("lab")
notebook7 = host_fixture("notebook7")
voila = host_fixture("voila")
dark_voila = host_fixture("voila", "dark")


@pytest.fixture
def themed(request: pytest.FixtureRequest, theme: Theme) -> Host:
    """Voilà with the theme of the test."""
    host: Host = request.getfixturevalue("voila" if theme == "light" else "dark_voila")
    return host


@pytest.fixture(autouse=True)
def _new_homes(running_hosts: list[Host]) -> None:
    """Let each test begin without drafts and campaigns: forms would show those of other tests to the same people."""
    for host in running_hosts:
        if host.home.exists():
            end_kernels(host)
            host.home.rename(host.home.with_name(f"used{next(_USED)}"))

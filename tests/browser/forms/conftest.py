"""A sandbox that takes seconds to be sent through, and hosts whose kernels are connected to it, for all these tests."""

from collections.abc import Iterator

import pytest

from dingnb.sandbox import RunningSandbox, SandboxSettings, start
from tests.browser.running import running
from tests.environments import reaching


@pytest.fixture(scope="session")
def sandbox() -> Iterator[RunningSandbox]:
    with start(SandboxSettings(users=400)) as started:
        yield started


@pytest.fixture(scope="session")
def environment(sandbox: RunningSandbox) -> dict[str, str]:
    """Let kernels find the sandbox and its app."""
    return {
        **reaching(sandbox.settings, sandbox.base_url),
        # A call that was under way when a network or a kernel went is repeated soon, and DingTalk drops what it has.
        "DINGNB_REPEAT_AFTER_S": "1",
    }


lab = running("lab")
notebook7 = running("notebook7")
voila = running("voila")
dark_voila = running("voila", "dark")

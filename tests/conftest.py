"""Fixtures for all tests: a virtual clock, a sandbox, and the language."""

import gc
import re
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import dingnb
from dingnb.auth import App, Origin, Secret
from dingnb.client import DingTalk
from dingnb.clock import VirtualClock
from dingnb.sandbox import RunningSandbox, SandboxSettings, start
from dingnb.sandbox.tokens import Tokens
from dingnb.testing.slow_route import slow_down
from dingnb.transport import Hosts

SECRET_PATTERNS = (
    r"(?:access_token|app_?secret|client_secret|sign)=(?!\*\*\*)[^&\s\"']+",
    r"\"(?:access_?token|app_?secret|client_?secret|ticket|aes_?key)\": *\"(?!\*\*\*)[^\"]+\"",
    r"\bSEC[0-9a-f]{64}\b",
    r"\bding[a-z0-9]{16}\b",
    r"://[^/?#@\s\"'*]+@",
    # Phone numbers other than those of the sandbox and unassigned ones.
    r"(?<!\d)1(?!3900\d{6}(?!\d)|380000\d{4}(?!\d))[3-9]\d{9}(?!\d)",
)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Set the language to English."""
    dingnb.set_language("en")
    yield
    dingnb.set_language("en")


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def open_sandbox(clock: VirtualClock) -> Iterator[Callable[..., RunningSandbox]]:
    """Start sandboxes on the virtual clock with the given settings."""
    running: list[RunningSandbox] = []

    def opened(**settings: Any) -> RunningSandbox:
        running.append(start(SandboxSettings(**{"users": 300, **settings}), clock))
        return running[-1]

    yield opened
    for sandbox in running:
        sandbox.stop()


@pytest.fixture
def sandbox(open_sandbox: Callable[..., RunningSandbox]) -> RunningSandbox:
    return open_sandbox()


@pytest.fixture
def connect_to(clock: VirtualClock) -> Iterator[Callable[..., DingTalk]]:
    """Connect to a sandbox on the virtual clock, over a network that takes the given time."""
    connected: list[DingTalk] = []

    def connect(sandbox: RunningSandbox, *, latency_s: float = 0, jitter_s: float = 0, **options: Any) -> DingTalk:
        settings = sandbox.settings
        app = App(settings.app_key, Secret(settings.app_secret), settings.agent_id)
        hosts = Hosts(sandbox.base_url, sandbox.base_url)
        ding = DingTalk(app, hosts, origin=Origin("arguments"), clock=clock, sandbox=sandbox, **options)
        if latency_s:
            slow_down(ding._transport, clock, latency_s=latency_s, jitter_s=jitter_s)
        connected.append(ding)
        return ding

    yield connect
    for ding in connected:
        ding.close()


@pytest.fixture
def ding(sandbox: RunningSandbox, connect_to: Callable[..., DingTalk]) -> DingTalk:
    return connect_to(sandbox)


@pytest.fixture(scope="session")
def find_secrets() -> Callable[[str], list[str]]:
    """Return the secrets and personal data in a text, found by value and by pattern."""
    settings = SandboxSettings()
    values = [settings.app_secret, Tokens(settings).issue(0)]

    def find(text: str) -> list[str]:
        by_pattern = [match.group() for shape in SECRET_PATTERNS for match in re.finditer(shape, text, re.IGNORECASE)]
        return [value for value in values if value in text] + by_pattern

    return find


@pytest.fixture
def without_garbage() -> Iterator[None]:
    """Collect no garbage of other tests while JSON is nested so deeply that its finalizers could not run."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.fixture
def whole_of() -> Callable[[BaseException], str]:
    """Return everything that a traceback with the variables of dingnb's frames could show of an error and its chain."""

    def show(error: BaseException | None) -> str:
        shown = []
        while error is not None:
            frames = error.__traceback__
            # Frames of tests contain the configured answers of the server.
            while frames and "dingnb" not in frames.tb_frame.f_globals["__name__"]:
                frames = frames.tb_next
            formatted = traceback.TracebackException(type(error), error, frames, capture_locals=True)
            shown += [
                "".join(formatted.format(chain=False)),
                repr(error),
                str(error),
                repr(error.args),
                repr(vars(error)),
            ]
            error = error.__cause__ or error.__context__
        return "\n".join(shown)

    return show

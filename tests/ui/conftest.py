"""Fixtures for tests of forms: a sandbox, a namespace for the user's names, and widgets without a page."""

import functools
import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import comm
import pytest
from ipywidgets import Layout, Widget
from ipywidgets.widgets.widget_style import Style

import dingnb
from dingnb.client import DingTalk
from dingnb.clock import NS_PER_S
from dingnb.sandbox import RunningSandbox, SandboxSettings, start
from dingnb.ui.results.auto_refresh_model import AutoRefreshModel
from dingnb.ui.run.model import RunModel
from tests.auth.conftest import bare_environment, memory
from tests.live_mode import make_live

__all__ = ["bare_environment", "memory"]


@pytest.fixture(scope="session")
def shared_sandbox() -> Iterator[RunningSandbox]:
    with start(SandboxSettings(users=60)) as running:
        yield running


@pytest.fixture
def sandbox(shared_sandbox: RunningSandbox, bare_environment: None, monkeypatch: pytest.MonkeyPatch) -> RunningSandbox:
    """Yield a sandbox configured in the environment, without its app."""
    del bare_environment  # it clears what is set here
    shared_sandbox.state.reset()
    monkeypatch.setenv("DINGTALK_OAPI_BASE_URL", shared_sandbox.base_url)
    return shared_sandbox


@pytest.fixture(autouse=True)
def namespace(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Give each test its own main module, in which forms look up the user's names."""
    main = ModuleType("__main__")
    monkeypatch.setitem(sys.modules, "__main__", main)
    return vars(main)


@pytest.fixture(autouse=True)
def patient_typing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what a test types one step of undo, even on a busy machine."""
    monkeypatch.setattr("dingnb.ui.compose.state._TYPING_PAUSE_NS", 60 * NS_PER_S)


@functools.cache
def synced(kind: type[Widget]) -> list[str]:
    return list(kind.class_traits(sync=True))


def open_empty(widget: Widget) -> None:
    if widget.comm is None:
        widget.comm = comm.create_comm(target_name="jupyter.widget", comm_id=widget._model_id)


@pytest.fixture(scope="session", autouse=True)
def cheap_widgets() -> Iterator[None]:
    """
    Spare a third of the time of making widgets: there is no page that receives what is sent at their opening.

    The state of layouts and styles, which have a hundred CSS properties, is not collected for that, and the names of
    what is synced are determined once for each kind of widget.
    """
    with pytest.MonkeyPatch.context() as patch:
        for kind in (Layout, Style):
            patch.setattr(kind, "open", open_empty)
        patch.setattr(vars(Widget)["_default_keys"], "func", lambda widget: [*synced(type(widget))])
        yield


@pytest.fixture(autouse=True)
def no_widgets_left() -> Iterator[None]:
    """Isolate the widgets of tests."""
    yield
    Widget.close_all()


@pytest.fixture(autouse=True)
def automatic_refreshes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """
    Leave the automatic refresh after a send to tests marked with ``refreshes``, and end it with them.

    On a virtual clock its eight hours pass as soon as a test waits for something else.
    """
    refreshes: list[AutoRefreshModel] = []
    start_if_sent = AutoRefreshModel._start_if_sent

    def start_here(model: AutoRefreshModel) -> None:
        refreshes.append(model)
        start_if_sent(model)

    monkeypatch.setattr(
        AutoRefreshModel,
        "_start_if_sent",
        start_here if request.node.get_closest_marker("refreshes") else lambda _: None,
    )
    yield
    for refresh in refreshes:
        refresh.end()


@pytest.fixture(autouse=True)
def nothing_followed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """
    Stop following campaigns at the end of each test.

    One that a test leaves behind is sent for hours of virtual time, which pass while later tests run, and each of its
    forms would be rendered five times a second.
    """
    followed: list[RunModel] = []
    follow = RunModel._follow

    def follow_here(model: RunModel) -> None:
        followed.append(model)
        follow(model)

    monkeypatch.setattr(RunModel, "_follow", follow_here)
    yield
    for model in followed:
        model.unfollow()


@pytest.fixture
def office(open_sandbox: Callable[..., RunningSandbox], bare_environment: None) -> RunningSandbox:
    """Return a sandbox on the virtual clock."""
    del bare_environment
    return open_sandbox()


@pytest.fixture
def ding(office: RunningSandbox, connect_to: Callable[..., DingTalk]) -> DingTalk:
    return connect_to(office)


@pytest.fixture
def live(ding: DingTalk) -> DingTalk:
    """Yield an app in LIVE mode that sends no real messages."""
    return make_live(ding)


@pytest.fixture
def in_chinese() -> Iterator[None]:
    """Set the language to Chinese."""
    dingnb.set_language("zh")
    yield
    dingnb.set_language("en")

"""Sending with a clock that advances while threads work, like a real one."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
import requests
from requests.adapters import BaseAdapter

import dingnb
from dingnb.client import DingTalk
from dingnb.clock import VirtualClock
from dingnb.sandbox import RunningSandbox
from dingnb.transport import OAPI

MOST_READS = 10_000


class TickingClock(VirtualClock):
    """A virtual clock that advances by a microsecond at each read."""

    def __init__(self) -> None:
        super().__init__()
        self._reads = 0

    def now_ns(self) -> int:
        return super().now_ns() + self._passed_ns()

    def monotonic_ns(self) -> int:
        return super().monotonic_ns() + self._passed_ns()

    def _passed_ns(self) -> int:
        self._reads += 1
        assert self._reads < MOST_READS, "time is asked for again and again, and not waited for"
        return self._reads * 1_000


class LosesFirstAnswers(BaseAdapter):
    """A route that loses the answers of the first calls for sending."""

    def __init__(self, inner: BaseAdapter, lost: int) -> None:
        super().__init__()
        self._inner = inner
        self._lost = iter(range(lost))

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        response = self._inner.send(request, *args, **kwargs)
        if "asyncsend_v2" in str(request.url) and next(self._lost, None) is not None:
            response.close()
            raise requests.ConnectionError
        return response

    def close(self) -> None:
        self._inner.close()


@pytest.fixture
def clock() -> TickingClock:
    return TickingClock()


def test_an_unknown_call_is_repeated_with_a_running_clock(
    sandbox: RunningSandbox, ding: DingTalk, staff: Callable[..., pd.DataFrame]
) -> None:
    session = ding._transport._session
    session.mount(OAPI, LosesFirstAnswers(session.get_adapter(OAPI), 2))
    results = ding.plan(staff(sandbox, 5), dingnb.text("number {{ n }}")).send().wait().results()
    assert results["status"].isin(["delivered", "read"]).all()
    assert results["evidence"].tolist() == ["duplicate"] * 2 + ["result"] * 3
    assert {message["userid"] for message in sandbox.state.messages()} == set(results["userid"])
    assert len(sandbox.state.messages()) == 5

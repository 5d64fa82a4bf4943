"""When an answer reaches the disk: with the next attempt, or at the latest with the last answer."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
import requests
from requests.adapters import BaseAdapter

import dingnb
from dingnb.client import DingTalk
from dingnb.clock import Clock, seconds_to_ns
from dingnb.ledger.sending import attempts
from dingnb.sandbox import RunningSandbox

FLUSHES, DOES_NOT_FLUSH = 2, 1


class AnswersSlowly(BaseAdapter):
    """A route whose answers take a while, so that several calls are under way at once."""

    def __init__(self, inner: BaseAdapter, clock: Clock) -> None:
        super().__init__()
        self._inner = inner
        self._clock = clock

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        response = self._inner.send(request, *args, **kwargs)
        self._clock.wait(self._clock.event(), seconds_to_ns(0.12))
        return response

    def close(self) -> None:
        self._inner.close()


def test_an_answer_is_flushed_unless_another_call_is_under_way(
    sandbox: RunningSandbox,
    ding: DingTalk,
    staff: Callable[..., pd.DataFrame],
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begin, mark_accepted = attempts.begin, attempts.mark_accepted
    open_calls, levels = 0, []

    def level_of(db: Any) -> int:
        return int(db.execute("PRAGMA synchronous").fetchone()[0])

    def begun(db: Any, *args: Any) -> attempts.BeginResult:
        nonlocal open_calls
        assert level_of(db) == FLUSHES, "an attempt has to be on the disk before its call"
        result = begin(db, *args)
        open_calls += result.start is not None
        return result

    def accepted(db: Any, *args: Any) -> bool:
        nonlocal open_calls
        levels.append(level_of(db))
        assert levels[-1] == (FLUSHES if open_calls == 1 else DOES_NOT_FLUSH)
        open_calls -= 1
        return mark_accepted(db, *args)

    people = staff(sandbox, 12)
    ding._transport.reroute(lambda route: AnswersSlowly(route, clock))
    monkeypatch.setattr(attempts, "begin", begun)
    monkeypatch.setattr(attempts, "mark_accepted", accepted)
    ding.plan(people, dingnb.text("number {{ n }}")).send()
    assert len(levels) == 12
    assert levels == [DOES_NOT_FLUSH] * 11 + [FLUSHES]

"""
Receives the answers to cards over Stream, and kills itself at a point of the n-th press.

Usage: ``python -m tests.survival.listener BASE_URL POINT NTH``.
"""

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

import dingnb
from dingnb.events.answers import AnswerCollector
from dingnb.events.stream import inbox
from dingnb.ledger import answers
from dingnb.sandbox import SandboxSettings

POINTS = ("received", "uncommitted", "committed", "acknowledged")
"""Before a press is recorded, within the transaction, after the transaction, and once the press was acknowledged."""


def killing_at_call(function: Callable[..., Any], nth: int, *, before: bool) -> Callable[..., Any]:
    """Return a function that kills this process before or after its n-th call."""
    calls = 0

    def call(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if before and calls == nth:
            os.kill(os.getpid(), signal.SIGKILL)
        result = function(*args, **kwargs)
        if calls == nth:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    return call


def main() -> None:
    """Connect, and receive until killed."""
    base_url, point, nth = sys.argv[1], sys.argv[2], int(sys.argv[3])
    if point == "received":
        AnswerCollector.record = killing_at_call(AnswerCollector.record, nth, before=True)  # type: ignore[method-assign]
    elif point == "uncommitted":
        answers.add = killing_at_call(answers.add, nth, before=False)
    elif point == "committed":
        AnswerCollector.record = killing_at_call(AnswerCollector.record, nth, before=False)  # type: ignore[method-assign]
    elif point == "acknowledged":
        inbox.build_acknowledgement = killing_at_call(inbox.build_acknowledgement, nth, before=False)
    settings = SandboxSettings()
    ding = dingnb.connect(
        app_key=settings.app_key,
        app_secret=settings.app_secret,
        agent_id=settings.agent_id,
        oapi_base_url=base_url,
        api_base_url=base_url,
    )
    ding.stream(cards=True).wait_until_connected()
    sys.stdin.read()


if __name__ == "__main__":
    main()

"""Fixtures for tests of planning and sending: people of a sandbox, and what the sandbox recorded about them."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd
import pytest
import requests

from dingnb.sandbox import RunningSandbox

COMMAND = (sys.executable, "-c", "import sys; from dingnb.cli.main import main; sys.exit(main())")


def get(base_url: str, path: str) -> Any:
    """Return the answer of the control API to a GET."""
    with requests.Session() as http:
        http.trust_env = False
        return http.get(f"{base_url}/_sandbox/{path}", timeout=10).json()


def post(base_url: str, path: str, **fields: Any) -> Any:
    """Return the answer of the control API to a POST."""
    with requests.Session() as http:
        http.trust_env = False
        return http.post(f"{base_url}/_sandbox/{path}", json=fields, timeout=10).json()


@pytest.fixture
def _interruptible() -> Iterator[None]:
    # A background process ignores SIGINT, and Python then installs no handler.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def staff() -> Callable[..., pd.DataFrame]:
    """Return the first n active people of a sandbox: their userids, and a number from 0 on in column `n`."""

    def make_frame(sandbox: RunningSandbox, n: int) -> pd.DataFrame:
        people = [user for user in sandbox.state.users() if user["active"]][:n]
        assert len(people) == n
        return pd.DataFrame({"userid": [person["userid"] for person in people], "n": range(n)})

    return make_frame


@pytest.fixture
def agrees() -> Callable[[str, pd.DataFrame], None]:
    """Assert that the results match what the sandbox delivered to each person."""

    def check(base_url: str, results: pd.DataFrame) -> None:
        messages = get(base_url, "messages")
        reached = {message["userid"]: message for message in messages}
        assert len(reached) == len(messages), "a person got it twice"
        delivered = results[results["status"].isin(["delivered", "read"])]
        assert set(delivered["userid"]) == set(reached)
        assert results["reached"].fillna(value=False).tolist() == results.index.isin(delivered.index).tolist()
        assert not set(results.loc[~results.index.isin(delivered.index), "userid"].dropna()) & set(reached)
        for userid, task_id, status in zip(delivered["userid"], delivered["task_id"], delivered["status"], strict=True):
            assert reached[userid]["task_id"] == task_id
            assert status == "delivered" or reached[userid]["read"]

    return check


@pytest.fixture
def result_calls() -> Callable[[RunningSandbox], int]:
    """Return the number of answered calls for a result."""
    return lambda sandbox: sum(call["path"].endswith("getsendresult") for call in sandbox.state.recorded_calls())


@pytest.fixture
def sandbox_process() -> Iterator[str]:
    """Run a sandbox in its own process, and return its base URL."""
    process = subprocess.Popen(  # noqa: S603 - our own command
        [*COMMAND, "sandbox", "--port", "0", "--users", "400"], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("dingnb sandbox ready: http://127.0.0.1:")
    yield line.split()[-1]
    process.terminate()
    assert process.wait(10) == 0
    process.stdout.close()

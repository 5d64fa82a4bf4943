"""Separate environments for third-party clients; `make peers` runs these tests, `make test` does not."""

import hashlib
import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
HOME = HERE.parents[1] / ".peers"
PATIENCE_S = 60

# These scripts run in other interpreters.
collect_ignore = ["stream_peer.py", "sdk_peer.py", "guard.py"]
if not os.environ.get("DINGNB_PEERS"):
    collect_ignore_glob = ["test_*.py"]


def until(find: Callable[[], Any]) -> Any:
    """Poll until a function returns something truthy, and return that; fail after `PATIENCE_S`."""
    deadline_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline_s:
        if found := find():
            return found
    message = f"nothing was found within {PATIENCE_S} s"
    raise AssertionError(message)


class Peer:
    """
    A third-party client in its own process.

    Args:
        python: The interpreter of its environment.
        script: The script to run.
        arguments: The arguments of the script.
        endpoint: The URL of DingTalk.

    Attributes:
        refused: The hosts to which it was refused a connection.
        errors: What it wrote to stderr.
    """

    def __init__(self, python: Path, script: str, arguments: list[str], endpoint: str) -> None:
        proxies = {"http_proxy", "https_proxy", "all_proxy", "no_proxy", "pythonpath"}
        environment = {name: value for name, value in os.environ.items() if name.lower() not in proxies}
        self.process = subprocess.Popen(  # noqa: S603 - our own command
            [python, HERE / script, *arguments],
            env={**environment, "DINGTALK_OPENAPI_ENDPOINT": endpoint},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.refused: list[str] = []
        self.errors: list[str] = []
        self._reports: queue.Queue[dict[str, Any]] = queue.Queue()
        self._threads = [
            threading.Thread(target=target, daemon=True) for target in (self._read_reports, self._read_errors)
        ]
        for thread in self._threads:
            thread.start()

    def next(self) -> dict[str, Any]:
        """Return the next line it reports."""
        try:
            return self._reports.get(timeout=PATIENCE_S)
        except queue.Empty:
            message = "It reported nothing more, but:\n" + "".join(self.errors)
            raise AssertionError(message) from None

    def ask(self, *words: str) -> None:
        """Write a line to it."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(words) + "\n")
        self.process.stdin.flush()

    def stop(self) -> None:
        """End it."""
        self.process.kill()
        for thread in self._threads:
            thread.join()
        self.process.communicate()

    def _read_reports(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with suppress(ValueError):
                report = json.loads(line)
                if "refused" in report:
                    self.refused.append(report["refused"])
                else:
                    self._reports.put(report)

    def _read_errors(self) -> None:
        assert self.process.stderr is not None
        self.errors.extend(self.process.stderr)


Starter = Callable[..., Peer]


@pytest.fixture(scope="session")
def start_peer() -> Iterator[Starter]:
    """Start peers, each in an environment with its exact requirements."""
    peers: list[Peer] = []

    def start(name: str, script: str, arguments: list[str], endpoint: str = "") -> Peer:
        peers.append(Peer(_environment(name), script, arguments, endpoint))
        return peers[-1]

    yield start
    for peer in peers:
        peer.stop()


def _environment(name: str) -> Path:
    requirements = HERE / "requirements" / f"{name}.txt"
    digest = hashlib.sha256(requirements.read_bytes()).hexdigest()[:12]
    folder = HOME / f"{name}-{digest}"
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    installed = folder / "installed"
    if not installed.exists():
        create = [sys.executable, "-m", "venv", "--clear", "--without-pip", folder]
        subprocess.run(create, check=True)  # noqa: S603 - our own command
        pip = [sys.executable, "-m", "pip", "--python", python]
        install = [*pip, "install", "--quiet", "--no-compile", "--no-deps", "--requirement", requirements]
        subprocess.run(install, check=True)  # noqa: S603 - likewise
        installed.touch()
    return python

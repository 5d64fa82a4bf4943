"""A real kernel, and the messages it sends to the notebook that runs a cell."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import dingnb
from tools.kernels import SocketKernelManager

RunCell = Callable[[str], list[tuple[str, dict[str, Any]]]]
CELL_TIMEOUT_S = 60
SILENT_TYPES = frozenset({"status", "execute_input"})


@pytest.fixture(scope="module")
def run_cell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunCell]:
    """Run a cell; return the type and content of each message with output."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path(dingnb.__file__).parents[1]),
        "IPYTHONDIR": str(tmp_path_factory.mktemp("ipython")),
    }
    manager = SocketKernelManager(kernel_name="python3")
    manager.start_kernel(env=environment)
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=CELL_TIMEOUT_S)

    def run(code: str) -> list[tuple[str, dict[str, Any]]]:
        shown: list[tuple[str, dict[str, Any]]] = []

        def take(message: Any) -> None:
            if message["msg_type"] not in SILENT_TYPES:
                shown.append((message["msg_type"], message["content"]))

        client.execute_interactive(code, timeout=CELL_TIMEOUT_S, output_hook=take)
        return shown

    try:
        yield run
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
